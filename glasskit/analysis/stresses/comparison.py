"""A measured P(sigma) beside a predicted one: their differences glass by glass, tested together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher_f

from ..per_glass import FloatArray, IntArray
from .distribution import StressDistribution, bins_in_use, distribution_from_counts, trim_bins

LEAST_EXPECTED = 100
"""Values, over all glasses, that a bin must be predicted to hold to enter the comparison."""

_GLASSES_PER_BIN = 5  # bins are joined until there are so many glasses for each: the covariance is estimated from them


@dataclass(frozen=True, eq=False)
class StressComparison:
    """Measured and predicted P(sigma).

    Attributes
    ----------
    kind : str
        'scalar', 'component' or 'traceless'.
    size : (float, float) or None
        Class of pair diameters; None for all pairs.
    measured : StressDistribution
    predicted : (B,) array
        Density in the bins of ``measured``, normalised alike.
    predicted_slope : (S,) array
        At ``measured.slope_sigma``, over the same span.
    deviation, deviation_error : (B,) arrays
        measured/predicted − 1 and its standard error over glasses (the difference is taken glass by glass, so that
        what both share drops out); 0 in bins predicted to hold fewer than ``LEAST_EXPECTED`` values.
    compared : (B,) bool array
        Bins that hold enough.
    chi2 : float
        Hotelling's T² of the differences: Σ z² if bins were independent.
    degrees : int
        Bins (joined where there are fewer than five glasses for each) behind ``chi2``.
    p_value : float
        Probability of such a ``chi2`` or larger without any difference: F(degrees, glasses − degrees). 1, with
        ``degrees`` 0, where fewer than ten glasses leave nothing to test with.
    """

    kind: str
    size: tuple[float, float] | None
    measured: StressDistribution
    predicted: FloatArray
    predicted_slope: FloatArray
    deviation: FloatArray
    deviation_error: FloatArray
    compared: NDArray[np.bool_]
    chi2: float
    degrees: int
    p_value: float

    @property
    def largest_deviation(self) -> float:
        """Largest |measured/predicted − 1| over the bins compared."""
        return float(np.abs(self.deviation).max(initial=0.0))

    @property
    def words(self) -> str:
        """One sentence."""
        if not self.compared.any():
            return f"{self.kind}: no bin is predicted to hold {LEAST_EXPECTED} values; make more glasses."
        worst = int(np.abs(self.deviation).argmax())
        sigma = self.measured.sigma[self.compared]
        tested = f"T² = {self.chi2:.1f} for {self.degrees} bins, p = {self.p_value:.2g}" if self.degrees else (
            "too few glasses for a test of all bins together"
        )  # fmt: skip
        return (
            f"{self.kind}: over {self.compared.sum()} bins from sigma = {sigma[0]:.2g} to {sigma[-1]:.2g} P is within "
            f"{100 * self.largest_deviation:.1f} % (± {100 * self.deviation_error[worst]:.1f} %) of what g(r) implies; "
            f"{tested}."
        )


def compare(
    count_gc: IntArray,
    predicted_gc: FloatArray,
    edges: FloatArray,
    *,
    kind: str,
    size: tuple[float, float] | None = None,
    slope_span: int,
    rng: np.random.Generator,
    resamples: int,
) -> StressComparison:
    """Compare per-glass counts with per-glass predicted counts, both of shape (G, B+2) as from ``count_in_bins``.

    Empty bins at both ends are trimmed.

    Raises
    ------
    InsufficientDataError, InputError
        As ``distribution_from_counts``.
    """
    first, last = bins_in_use(count_gc)
    count_gc, predicted_gc = trim_bins(count_gc, first, last), trim_bins(predicted_gc, first, last)
    edges = edges[first : last + 2]
    span = max(1, min(slope_span, edges.size - 2))
    measured = distribution_from_counts(count_gc, edges, slope_span=span, rng=rng, resamples=resamples)
    expected_c = predicted_gc.sum(axis=0)
    predicted = expected_c[1:-1] / expected_c.sum() / np.diff(edges)
    compared = expected_c[1:-1] >= LEAST_EXPECTED
    glasses = len(count_gc)
    difference_gb = (count_gc - predicted_gc)[:, 1:-1]
    scale = np.where(compared, expected_c[1:-1] / glasses, np.inf)
    chi2, degrees, p_value = _hotelling(difference_gb[:, compared])
    return StressComparison(
        kind=kind,
        size=size,
        measured=measured,
        predicted=predicted,
        predicted_slope=_slopes(measured, predicted, span),
        deviation=difference_gb.mean(axis=0) / scale,
        deviation_error=difference_gb.std(axis=0, ddof=1) / math.sqrt(glasses) / scale,
        compared=compared,
        chi2=chi2,
        degrees=degrees,
        p_value=p_value,
    )


def _slopes(measured: StressDistribution, predicted: FloatArray, span: int) -> FloatArray:
    """Slopes of the prediction over the same pairs of bins as those of the measurement."""
    ratio = measured.sigma[span:] / measured.sigma[:-span]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.log(predicted[span:] / predicted[:-span]) / np.log(ratio)
    middle = np.sqrt(measured.sigma[span:] * measured.sigma[:-span])
    place = np.searchsorted(middle, measured.slope_sigma * (1 - 1e-9))
    return slope[place]


def _hotelling(difference_gb: FloatArray) -> tuple[float, int, float]:
    """T² of the mean difference, the number of (joined) bins, and the probability of a larger one.

    The differences of a glass add up to nearly zero, so the last group is left out: it follows from the others.
    """
    glasses, bins = difference_gb.shape
    groups = min(bins, glasses // _GLASSES_PER_BIN)
    if groups < 2:
        return 0.0, 0, 1.0
    start = np.linspace(0, bins, groups + 1).astype(int)[:-1]
    joined_gb = np.add.reduceat(difference_gb, start, axis=1)[:, :-1]
    degrees = groups - 1
    mean = joined_gb.mean(axis=0)
    covariance = np.atleast_2d(np.cov(joined_gb, rowvar=False))
    t2 = float(glasses * mean @ np.linalg.lstsq(covariance, mean, rcond=1e-12)[0])
    f_value = t2 * (glasses - degrees) / (degrees * (glasses - 1))
    return t2, degrees, float(fisher_f.sf(f_value, degrees, glasses - degrees))
