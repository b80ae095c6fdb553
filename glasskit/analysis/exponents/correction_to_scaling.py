"""The exponent with its first correction, rate C·omega^s (1 + b·omega²), with errors over glasses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..per_glass import FloatArray
from .fit import ModesInWindow
from .mode_window import ModeWindow, mode_window
from .planning import corrected_errors
from .rate_models import (
    LARGEST_CORRECTION,
    CorrectedPower,
    PurePower,
    corrected_log_likelihood,
    exponent_given_correction,
)

_BETAS = np.linspace(-LARGEST_CORRECTION, LARGEST_CORRECTION, 41)
DETERMINED = 0.5
"""Expected error of b·upper² above which no correction is fitted: two of it span half the range of b."""


@dataclass(frozen=True, kw_only=True)
class CorrectionFit(ModesInWindow):
    """Fit of a rate C·omega^s (1 + b·omega²) per glass to the modes below ``upper``.

    Attributes
    ----------
    s, error : float
        Exponent as omega → 0, and its standard deviation over glasses.
    low, high : float
        Central 68 % of resampled ensembles: the better statement on s where b is near a bound.
    correction, correction_error : float
        b [1/frequency²] and its standard deviation over glasses.
    log_likelihood_gain : float
        ln of the likelihood over that of the best pure power; 2 for one more parameter at two standard errors.
    bounded : float
        Fraction of resampled ensembles in which |b|·upper² is at its bound; errors are too small where it is large.
    at_bound : bool
        Whether the fit itself is there: then the rate is no power with a small correction in this window, or the
        modes are too few.
    resamples : int
    seed : int or None
    """

    s: float
    error: float
    low: float
    high: float
    correction: float
    correction_error: float
    log_likelihood_gain: float
    bounded: float
    at_bound: bool
    resamples: int
    seed: int | None


def fit_correction(
    frequencies_per_glass: Sequence[ArrayLike],
    upper: float,
    *,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
    complete_below: ArrayLike | None = None,
) -> CorrectionFit:
    """Exponent as omega → 0 when the rate has a first correction, by maximum likelihood, |b|·upper² at most 1.

    s and b pull the same way: their estimates are correlated to 0.96 near s = 4, and s is 3.5 times less certain than
    in a pure power. The fit is redone in every resampled ensemble, from Σ ln(1 + beta·x²) of each glass on a grid of
    beta = b·upper², with a parabola through its highest point.

    Parameters
    ----------
    frequencies_per_glass, upper, rng, resamples, complete_below
        As in ``fit_exponent``.

    Raises
    ------
    InputError
        As in ``fit_exponent``.
    InsufficientDataError
        Too few modes to determine a correction, about 1080 at s = 4, or modes in fewer than two glasses (``partial``:
        ModesInWindow). The refusal asks for their number only: one that asks for the fitted b would keep its
        fluctuations to one side.
    """
    generator, seed = generator_and_seed(rng)
    window = mode_window(frequencies_per_glass, upper, complete_below=complete_below)
    _require_enough(window)
    point = CorrectedPower().fit(window)
    table_gc = np.concatenate([_sums(window), _tabulated(window)], axis=1)
    sum_rc = resample_glasses(table_gc, rng=generator, resamples=resamples)
    s_r, beta_r = _refitted(sum_rc[sum_rc[:, 0] > 0])
    error, beta_error = spread(np.stack([s_r, beta_r], axis=1), window.glasses)
    low, high = np.percentile(s_r, (16, 84))
    return CorrectionFit(
        upper=window.upper,
        count=window.count,
        glasses=window.glasses,
        s=point.s,
        error=float(error),
        low=float(low),
        high=float(high),
        correction=point.correction,
        correction_error=float(beta_error) / window.upper**2,
        log_likelihood_gain=point.log_likelihood - PurePower().fit(window).log_likelihood,
        bounded=float(np.mean(np.abs(beta_r) >= LARGEST_CORRECTION)),
        at_bound=point.at_bound,
        resamples=resamples,
        seed=seed,
    )


def _require_enough(window: ModeWindow) -> None:
    counted = ModesInWindow(upper=window.upper, count=window.count, glasses=window.glasses)
    occupied = np.unique(window.glass).size
    if window.count < 3 or occupied < 2:
        raise InsufficientDataError(
            f"{window.count} modes below {window.upper:g} in {occupied} glasses; a correction to scaling with an error "
            "needs some thousand, in two glasses at least: make more glasses.",
            counted,
        )
    needed = (corrected_errors(PurePower().fit(window).s)[1] / DETERMINED) ** 2
    if window.count < needed:
        raise InsufficientDataError(
            f"{window.count} modes below {window.upper:g} do not determine a correction to scaling, which needs about "
            f"{math.ceil(needed)}: make {math.ceil(needed / counted.modes_per_glass)} glasses, or take a wider window "
            "below the first phonon.",
            counted,
        )


def _sums(window: ModeWindow) -> FloatArray:
    """Modes and summed depth of each glass, (G, 2)."""
    return np.stack([window.per_glass(), window.per_glass(window.depth)], axis=1)


def _tabulated(window: ModeWindow) -> FloatArray:
    """Σ ln(1 + beta·x²) of each glass at every beta of the grid, (G, len(_BETAS))."""
    table_gb = np.zeros((window.glasses, _BETAS.size))
    x2 = np.exp(-2 * window.depth)
    x2 = np.minimum(x2, 1 - 1e-12)  # at beta = −1 a mode within rounding of the end would weigh without limit
    for b, beta in enumerate(_BETAS):
        table_gb[:, b] = window.per_glass(np.log1p(beta * x2))
    return table_gb


def _refitted(sum_rc: FloatArray) -> tuple[FloatArray, FloatArray]:
    """s and beta of highest likelihood in each resampled ensemble."""
    count_r1, depth_r1, logs_rb = sum_rc[:, :1], sum_rc[:, 1:2], sum_rc[:, 2:]
    mean_depth_r1 = depth_r1 / count_r1
    k_rb = exponent_given_correction(mean_depth_r1, _BETAS)
    value_rb = corrected_log_likelihood(k_rb, _BETAS, count_r1, depth_r1, logs_rb)
    best_r = value_rb.argmax(axis=1)
    row = np.arange(best_r.size)
    inner_r = np.clip(best_r, 1, _BETAS.size - 2)
    below, here, above = (value_rb[row, inner_r + side] for side in (-1, 0, 1))
    bend = below - 2 * here + above
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where((best_r == inner_r) & (bend < 0), (below - above) / (2 * bend), 0.0)
    beta_r = _BETAS[best_r] + np.clip(shift, -1, 1) * (_BETAS[1] - _BETAS[0])
    return exponent_given_correction(mean_depth_r1[:, 0], beta_r) - 1, beta_r
