"""The exponent from how the lowest frequency falls with the number of particles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, require_resamples
from ..digits import with_error
from ..per_glass import FloatArray, flatten_per_glass
from .mode_window import require_positive

STATISTICS = ("mean", "median")
_LEAST_SIZES = 3
_LEAST_GLASSES = 5
_CHUNK_ENTRIES = 4_000_000  # resampled frequencies held at once: 32 MB


@dataclass(frozen=True, kw_only=True)
class LowestOfSize:
    """Lowest frequency of the glasses of one size.

    Attributes
    ----------
    particles, glasses : int
    without : int
        Glasses without any mode listed: their lowest frequency is not known, only that it is high.
    value, error : float
        Mean or median over glasses and its bootstrap error [frequency].
    """

    particles: int
    glasses: int
    without: int
    value: float
    error: float


@dataclass(frozen=True, kw_only=True)
class LowestFrequencyScaling:
    """Straight line through ln(lowest frequency) against ln N.

    Attributes
    ----------
    sizes : tuple of LowestOfSize
        By ascending number of particles.
    statistic : str
        "mean" or "median".
    slope, slope_error : float
        −1/k and its error from those of the sizes.
    s, error : float
        k − 1 and its error to first order.
    chi_squared, freedom : float, int
        Weighted squared distance from the line, and sizes − 2.
    probability : float
        Of a larger distance if the line is true; 1 for two sizes, which say nothing.
    resamples : int
    seed : int or None
    """

    sizes: tuple[LowestOfSize, ...]
    statistic: str
    slope: float
    slope_error: float
    s: float
    error: float
    chi_squared: float
    freedom: int
    probability: float
    resamples: int
    seed: int | None


def scale_lowest_frequency(
    frequencies_by_size: Mapping[int, Sequence[ArrayLike]],
    *,
    statistic: str = "mean",
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> LowestFrequencyScaling:
    """Exponent s from <omega_min> ∝ N^(−1/k), k = s+1.

    In a glass of N particles a rate N·c·omega^s leaves P(omega_min > w) = exp(−N c w^k/k): mean, median and every
    quantile fall as N^(−1/k). That holds while omega_min lies where the rate is a power, below the first phonon of
    *every* size, and for c that does not depend on N; ``chi_squared`` says whether the sizes agree with a line.

    Parameters
    ----------
    frequencies_by_size : mapping of int to sequence of (k_g,) arrays
        Number of particles -> frequencies of each glass; only the lowest of each glass is used.
    statistic : {"mean", "median"}
        The mean needs the lowest frequency of every glass; the median needs it of more than half, the rest being
        glasses of which all modes below some higher frequency are known and there is none.
    rng, resamples
        As in ``fit_exponent``.

    Raises
    ------
    InputError
        Frequencies that are not positive and finite, sizes that are not positive, an unknown statistic, a mean over
        glasses of which one has no mode, fewer than 2 resamples.
    InsufficientDataError
        A size with fewer than 5 glasses, or a median above the known part (``partial``: tuple of LowestOfSize of the
        sizes before it); fewer than three sizes or a lowest frequency that does not fall with N (``partial``: the fit
        where there are two sizes, else the tuple).
    """
    if statistic not in STATISTICS:
        raise InputError(f"statistic is {statistic!r}; expected one of {', '.join(STATISTICS)}.")
    require_resamples(resamples)
    generator, seed = generator_and_seed(rng)
    sizes: tuple[LowestOfSize, ...] = ()
    for particles in sorted(frequencies_by_size):
        lowest_g = _lowest(particles, frequencies_by_size[particles])
        _require_known(particles, lowest_g, statistic, sizes)
        value, error = _resampled(lowest_g, statistic, generator, resamples)
        without = int(np.isinf(lowest_g).sum())
        sizes += (LowestOfSize(particles=particles, glasses=lowest_g.size, without=without, value=value, error=error),)
    if len(sizes) < 2:
        raise InsufficientDataError(
            f"{len(sizes)} size of glasses; a fall with N needs at least {_LEAST_SIZES} different sizes.", sizes
        )
    return _line(sizes, statistic, resamples, seed)


def _lowest(particles: int, frequencies_per_glass: Sequence[ArrayLike]) -> FloatArray:
    """Lowest frequency of each glass; infinite for one without a mode."""
    if not particles >= 1:
        raise InputError(f"a size is {particles} particles; expected a positive number.")
    frequencies = require_positive(flatten_per_glass(frequencies_per_glass, what=f"frequencies at N = {particles}"))
    lowest_g = np.full(frequencies.glasses, np.inf)
    np.minimum.at(lowest_g, frequencies.glass, frequencies.value)
    return lowest_g


def _require_known(particles: int, lowest_g: FloatArray, statistic: str, before: tuple[LowestOfSize, ...]) -> None:
    without = int(np.isinf(lowest_g).sum())
    if lowest_g.size < _LEAST_GLASSES:
        raise InsufficientDataError(
            f"{lowest_g.size} glasses at N = {particles}; an error over glasses needs at least {_LEAST_GLASSES}.",
            before,
        )
    if statistic == "mean" and without:
        raise InputError(
            f"{without} of {lowest_g.size} glasses at N = {particles} have no mode listed, so the mean of the lowest "
            'frequency is not known; pass statistic="median", or modes up to a higher frequency.'
        )
    if 2 * without >= lowest_g.size - 3 * math.sqrt(lowest_g.size):  # resampled medians must be known too
        raise InsufficientDataError(
            f"{without} of {lowest_g.size} glasses at N = {particles} have no mode listed, so the median of the lowest "
            "frequency is not known with an error; list modes up to a higher frequency.",
            before,
        )


def _resampled(lowest_g: FloatArray, statistic: str, rng: np.random.Generator, resamples: int) -> tuple[float, float]:
    """Mean or median over glasses and its bootstrap error."""
    function = np.mean if statistic == "mean" else np.median
    glasses, parts = lowest_g.size, []
    rows = max(1, _CHUNK_ENTRIES // glasses)
    for start in range(0, resamples, rows):
        drawn = rng.integers(glasses, size=(min(rows, resamples - start), glasses))
        parts.append(function(lowest_g[drawn], axis=1))
    error = float(np.std(np.concatenate(parts), ddof=1)) * math.sqrt(glasses / (glasses - 1))
    return float(function(lowest_g)), error


def _line(sizes: tuple[LowestOfSize, ...], statistic: str, resamples: int, seed: int | None) -> LowestFrequencyScaling:
    """Weighted straight line; refuse one without a degree of freedom, or one that does not fall."""
    log_n = np.log([float(size.particles) for size in sizes])
    log_w = np.log([size.value for size in sizes])
    weight = np.array([(size.value / size.error) ** 2 for size in sizes])
    centred = log_n - weight @ log_n / weight.sum()
    slope = float(weight * centred @ log_w / (weight @ centred**2))
    slope_error = float(1 / math.sqrt(weight @ centred**2))
    if slope >= 0:
        raise InsufficientDataError(
            f"the {statistic} of the lowest frequency does not fall with N (slope {with_error(slope, slope_error)} in "
            "logarithms); make more glasses, or sizes further apart.",
            sizes,
        )
    rest = log_w - weight @ log_w / weight.sum() - slope * centred
    chi_squared, freedom = float(weight @ rest**2), len(sizes) - 2
    fit = LowestFrequencyScaling(
        sizes=sizes,
        statistic=statistic,
        slope=slope,
        slope_error=slope_error,
        s=-1 / slope - 1,
        error=slope_error / slope**2,
        chi_squared=chi_squared,
        freedom=freedom,
        probability=float(chi2.sf(chi_squared, freedom)) if freedom else 1.0,
        resamples=resamples,
        seed=seed,
    )
    if len(sizes) < _LEAST_SIZES:
        raise InsufficientDataError(
            f"{len(sizes)} sizes of glasses; a power of N is only tested by {_LEAST_SIZES} or more: add a size.", fit
        )
    return fit
