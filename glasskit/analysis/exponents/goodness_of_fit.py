"""Whether a power law describes the modes of a window at all: their distribution, and their number per glass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import gamma

from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed
from ..per_glass import FloatArray
from .fit import ModesInWindow
from .mode_window import mode_window

LEAST_MODES = 8
_LARGEST_SIMULATED = 300  # modes; beyond, the corrected statistics do not depend on the number of modes


@dataclass(frozen=True, kw_only=True)
class GoodnessOfFit(ModesInWindow):
    """Distribution of the modes below ``upper`` against the best power law.

    Attributes
    ----------
    kolmogorov_smirnov, anderson_darling : float
        √n·max|F_n − F|, and n∫(F_n − F)²/[F(1−F)] dF, which weighs the lowest modes more.
    kolmogorov_smirnov_probability, anderson_darling_probability : float
        Probability of a larger value if modes are independent and their rate is a power of omega.
    simulations : int
        Ensembles drawn for the probabilities, which are no smaller than 1/(simulations + 1).
    seed : int or None
    """

    kolmogorov_smirnov: float
    anderson_darling: float
    kolmogorov_smirnov_probability: float
    anderson_darling_probability: float
    simulations: int
    seed: int | None


@dataclass(frozen=True, kw_only=True)
class CountDispersion(ModesInWindow):
    """Number of modes per glass against a Poisson distribution of one mean.

    Attributes
    ----------
    ratio : float
        Variance over mean. Above 1: glasses are not alike, ensembles are mixed, or modes come in groups. Below 1:
        modes repel each other.
    above, below : float
        Probability of a larger and of a smaller ratio in Poisson glasses with the same total.
    """

    ratio: float
    above: float
    below: float

    @property
    def probability(self) -> float:
        """Two-sided probability of so large a departure."""
        return min(1.0, 2 * min(self.above, self.below))


def goodness_of_fit(
    frequencies_per_glass: Sequence[ArrayLike],
    upper: float,
    *,
    rng: np.random.Generator | None = None,
    simulations: int = 1000,
    complete_below: ArrayLike | None = None,
) -> GoodnessOfFit:
    """Test whether the modes of all glasses below ``upper`` follow a power of omega, with s fitted.

    Under a power law the depths ln(upper/omega) are exponential, and with their mean fitted the distribution of both
    statistics depends on nothing but n: it is simulated with exponentials whose mean is fitted each time (parametric
    bootstrap). Above 300 modes it is simulated at 300, with Stephens' corrections for the number on both sides.
    Modes are taken as independent: see ``count_dispersion``.

    Parameters
    ----------
    frequencies_per_glass, upper, rng, complete_below
        As in ``fit_exponent``.
    simulations : int
        At least 1.

    Raises
    ------
    InputError
        As in ``fit_exponent``; no simulations.
    InsufficientDataError
        Fewer than 8 modes in the window (``partial``: ModesInWindow).

    References
    ----------
    A. Clauset, C. R. Shalizi and M. E. J. Newman, SIAM Rev. 51, 661 (2009), section 4.1.
    M. A. Stephens, in Goodness-of-Fit Techniques (Dekker, 1986), section 4.9 and Table 4.14.
    """
    if simulations < 1:
        raise InputError(f"simulations is {simulations}; expected at least 1, and 1000 for a probability of 0.01.")
    generator, seed = generator_and_seed(rng)
    window = mode_window(frequencies_per_glass, upper, complete_below=complete_below)
    if window.count < LEAST_MODES:
        raise InsufficientDataError(
            f"{window.count} modes below {window.upper:g}; a test of their distribution needs at least {LEAST_MODES}: "
            "make more glasses.",
            ModesInWindow(upper=window.upper, count=window.count, glasses=window.glasses),
        )
    measured = exponential_statistics(window.depth[None])
    size = min(window.count, _LARGEST_SIMULATED)
    simulated = exponential_statistics(generator.exponential(size=(simulations, size)))
    corrected, expected = _corrected(measured, window.count)[0], _corrected(simulated, size)
    larger = (1 + np.sum(expected >= corrected, axis=0)) / (simulations + 1)
    return GoodnessOfFit(
        upper=window.upper,
        count=window.count,
        glasses=window.glasses,
        kolmogorov_smirnov=float(math.sqrt(window.count) * measured[0, 0]),
        anderson_darling=float(measured[0, 1]),
        kolmogorov_smirnov_probability=float(larger[0]),
        anderson_darling_probability=float(larger[1]),
        simulations=simulations,
        seed=seed,
    )


def exponential_statistics(depth_rn: FloatArray) -> FloatArray:
    """max|F_n − F| and n∫(F_n − F)²/[F(1−F)] dF against the exponential of the same mean, for each row; (R, 2).

    Parameters
    ----------
    depth_rn : (R, n) array
        Positive numbers, each row a sample.
    """
    scaled_rn = np.sort(depth_rn, axis=1)
    scaled_rn = scaled_rn / scaled_rn.mean(axis=1, keepdims=True)
    n = scaled_rn.shape[1]
    below_rn = -np.expm1(-scaled_rn)  # F at the points
    step_n = np.arange(1, n + 1) / n
    distance_r = np.maximum((step_n - below_rn).max(axis=1), (below_rn - step_n + 1 / n).max(axis=1))
    log_below_rn = np.log(np.maximum(below_rn, np.finfo(float).tiny))
    # ln(1 − F) is minus the point itself
    weight_n = 2 * np.arange(1, n + 1) - 1
    sum_r = np.sum(weight_n * (log_below_rn - scaled_rn[:, ::-1]), axis=1)
    return np.stack([distance_r, -n - sum_r / n], axis=1)


def _corrected(statistic_r2: FloatArray, n: int) -> FloatArray:
    """Stephens' modified statistics, whose distribution hardly depends on n."""
    root = math.sqrt(n)
    distance_r = (statistic_r2[:, 0] - 0.2 / n) * (root + 0.26 + 0.5 / root)
    return np.stack([distance_r, statistic_r2[:, 1] * (1 + 0.6 / n)], axis=1)


def count_dispersion(
    frequencies_per_glass: Sequence[ArrayLike], upper: float, *, complete_below: ArrayLike | None = None
) -> CountDispersion:
    """Test whether the number of modes below ``upper`` is Poisson distributed over glasses, with one mean for all.

    Σ(n_g − n̄)²/n̄ has the mean G−1 and, for a given total n of Poisson numbers, the variance 2(G−1)(1 − 1/n); its
    distribution is taken as the gamma distribution of these moments (chi-squared for many modes).

    Parameters
    ----------
    frequencies_per_glass, upper, complete_below
        As in ``fit_exponent``.

    Raises
    ------
    InputError
        As in ``fit_exponent``.
    InsufficientDataError
        Fewer than 8 modes in the window or fewer than 2 glasses (``partial``: ModesInWindow).
    """
    window = mode_window(frequencies_per_glass, upper, complete_below=complete_below)
    counted = ModesInWindow(upper=window.upper, count=window.count, glasses=window.glasses)
    if window.count < LEAST_MODES or window.glasses < 2:
        raise InsufficientDataError(
            f"{window.count} modes below {window.upper:g} in {window.glasses} glasses; a test of their number needs at "
            f"least {LEAST_MODES} in two glasses: make more glasses.",
            counted,
        )
    count_g, mean = window.per_glass(), counted.modes_per_glass
    freedom = window.glasses - 1
    index = float(np.sum((count_g - mean) ** 2) / mean)
    scale = 2 * (1 - 1 / window.count)
    return CountDispersion(
        upper=window.upper,
        count=window.count,
        glasses=window.glasses,
        ratio=index / freedom,
        above=float(gamma.sf(index, freedom / scale, scale=scale)),
        below=float(gamma.cdf(index, freedom / scale, scale=scale)),
    )
