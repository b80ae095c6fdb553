"""The exponent from the lowest frequency of each glass: its Weibull distribution, and its mean against N."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from ...errors import InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses
from ..per_glass import FloatArray
from .mode_window import ModeWindow, mode_window, upper_to_the

LEAST_GLASSES = 5  # with a mode below the window's end


@dataclass(frozen=True, kw_only=True)
class LowestFrequencyFit:
    """Weibull distribution of the lowest frequency: P(omega_min > w) = exp(−C w^k/k) for w < ``upper``.

    Attributes
    ----------
    upper : float
        Frequency at which the lowest frequency is censored.
    glasses, occupied : int
        Glasses, and those of them with a mode below ``upper``.
    s, error : float
        Exponent k − 1 of the density of states, and its standard deviation over glasses.
    analytic_error : float
        The same from the curvature of the likelihood.
    prefactor : float
        C, in modes per glass and per frequency^(s+1).
    resamples : int
        0 in a partial result whose ``error`` is the analytic one.
    seed : int or None
    """

    upper: float
    glasses: int
    occupied: int
    s: float
    error: float
    analytic_error: float
    prefactor: float
    resamples: int
    seed: int | None

    @property
    def censored(self) -> int:
        """Glasses without a mode below ``upper``."""
        return self.glasses - self.occupied


@dataclass(frozen=True)
class _Lowest:
    """Depth of the lowest mode of each glass that has one, and the profile likelihood of k with its derivatives."""

    depth: FloatArray  # ln(upper/omega_min), of occupied glasses
    occupied_g: FloatArray
    depth_g: FloatArray  # 0 for glasses without a mode: they weigh as if it were at the window's end

    def score(self, k: float) -> float:
        """Slope of the profile likelihood d·ln k − (k−1)·Σy − d·ln Σ_g exp(−k y_g)."""
        weight_g = np.exp(-k * self.depth_g)
        d = self.depth.size
        return float(d / k - self.depth.sum() + d * (weight_g @ self.depth_g) / weight_g.sum())


def fit_lowest_frequency(
    frequencies_per_glass: Sequence[ArrayLike],
    upper: float,
    *,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
    complete_below: ArrayLike | None = None,
) -> LowestFrequencyFit:
    """Exponent from the lowest frequency of each glass alone, by maximum likelihood, censored at ``upper``.

    Modes of rate C·omega^s leave no mode below w with probability exp(−C w^k/k), k = s+1. It uses one mode per glass,
    the lowest, and so is the less certain but the less sensitive to what comes at higher frequency. A glass without a
    mode below ``upper`` counts as one with omega_min >= upper. With d occupied glasses the maximum is biased by k/d
    when most glasses are censored and by 1.38 k/d when none is; k is divided by 1 + (1 + 0.38 d/G)/d.

    The error resamples glasses and moves 1/k by one Newton step of the likelihood in each resampled ensemble.

    Parameters
    ----------
    frequencies_per_glass, rng, resamples, complete_below
        As in ``fit_exponent``; of each glass only the lowest frequency is used.
    upper : float
        Frequency at which to censor: below the lowest phonon.

    Raises
    ------
    InputError
        As in ``fit_exponent``.
    InsufficientDataError
        Fewer than 5 glasses with a mode below ``upper``, or glasses that do not differ (``partial``:
        LowestFrequencyFit with the analytic error where there is one, else the ModeWindow).

    References
    ----------
    Weibull, J. Appl. Mech. 18, 293 (1951); A. C. Cohen, Technometrics 7, 579 (1965), Eqs. (14) and (15) (censoring).
    """
    generator, seed = generator_and_seed(rng)
    window = mode_window(frequencies_per_glass, upper, complete_below=complete_below)
    lowest = _lowest(window)
    d = lowest.depth.size
    if d < LEAST_GLASSES or np.ptp(lowest.depth) < 1e-9:
        raise InsufficientDataError(
            f"{d} of {window.glasses} glasses have a mode below {window.upper:g}; a distribution of the lowest "
            f"frequency needs at least {LEAST_GLASSES} different ones: make more glasses.",
            window,
        )
    k = _likeliest(lowest)
    weight_g = np.exp(-k * lowest.depth_g)
    moments_g3 = np.stack([weight_g, weight_g * lowest.depth_g, weight_g * lowest.depth_g**2], axis=1)
    total = moments_g3.sum(axis=0)
    curvature = d / k**2 + d * (total[2] / total[0] - (total[1] / total[0]) ** 2)
    unbiased = k / (1 + (1 + 0.38 * d / window.glasses) / d)
    unit = upper_to_the(unbiased, window.upper, window)
    fit = LowestFrequencyFit(
        upper=window.upper,
        glasses=window.glasses,
        occupied=d,
        s=unbiased - 1,
        error=1 / math.sqrt(curvature),
        analytic_error=1 / math.sqrt(curvature),
        prefactor=unbiased * d / float(np.exp(-unbiased * lowest.depth_g).sum()) / unit,
        resamples=0,
        seed=None,
    )
    sum_gc = np.concatenate([lowest.occupied_g[:, None], lowest.depth_g[:, None], moments_g3], axis=1)
    sum_rc = resample_glasses(sum_gc, rng=generator, resamples=resamples)
    sum_rc = sum_rc[sum_rc[:, 0] > 0]
    score_r = sum_rc[:, 0] / k - sum_rc[:, 1] + sum_rc[:, 0] * sum_rc[:, 3] / sum_rc[:, 2]
    error = float(np.std(score_r, ddof=1)) / curvature * math.sqrt(d / (d - 2))
    return replace(fit, error=error, resamples=resamples, seed=seed)


def _lowest(window: ModeWindow) -> _Lowest:
    deepest_g = np.full(window.glasses, -1.0)
    np.maximum.at(deepest_g, window.glass, window.depth)
    occupied = deepest_g >= 0
    return _Lowest(deepest_g[occupied], occupied.astype(np.float64), np.where(occupied, deepest_g, 0.0))


def _likeliest(lowest: _Lowest) -> float:
    """Root of the score: it falls from infinity at k → 0 to below zero, through one root."""
    low, high = 1e-3 / lowest.depth.mean(), 1 / lowest.depth.mean()
    while lowest.score(low) <= 0:
        low /= 10
    while lowest.score(high) >= 0:
        high *= 2
    return float(brentq(lowest.score, low, high, rtol=1e-13))
