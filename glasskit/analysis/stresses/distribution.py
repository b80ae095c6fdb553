"""Distribution of local stresses P(sigma) in logarithmic bins, with its local slope: what is measured.

What is predicted for it stands in `prediction`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..per_glass import FloatArray, IntArray, one_glass, require_glasses

BINS_PER_DECADE = 10
SLOPE_SPAN = BINS_PER_DECADE // 2
"""Bins over which a local slope is taken where nothing else is asked for: half a decade."""

LEAST_COUNT = 25
"""Values in a bin from which its logarithm is taken: an error of 0.2 and a bias of 0.02."""

_STANDARD_RANGE = (1e-9, 1e6)
"""Pairs at the very end of the cutoff reach down to 1e-200 for m = infinity, but of those below 1e-9 a thousand
glasses hold too few to see a slope."""


@dataclass(frozen=True)
class StressDistribution:
    """P(sigma) with error bars over glasses.

    Attributes
    ----------
    edges : (B+1,) array
        Bin edges, equally spaced in log10; bin b holds edges[b] <= sigma < edges[b+1].
    sigma : (B,) array
        Geometric middle of each bin.
    density, error : (B,) arrays
        Fraction of *all* values in the bin over its width, and its standard deviation over resampled ensembles.
        Summed over bins with their widths it gives 1 − (below + above)/total.
    count : (B,) array
        Values in the bin, in all glasses. Where it is 0 the density and its error are 0: nothing was seen.
    below, above, total : int
        Values under the first edge (exact zeros among them), at or over the last edge, and in all.
    slope_sigma, slope, slope_error : (S,) arrays
        Local slope d ln P/d ln sigma between bins ``slope_span`` apart, at the geometric middle of the two; only
        where both hold at least 25 values.
    glasses, resamples : int
        Glasses in the ensemble, ensembles drawn from it.
    seed : int or None
        Seed of the resampling; None where the caller passed a generator.
    """

    edges: FloatArray
    sigma: FloatArray
    density: FloatArray
    error: FloatArray
    count: IntArray
    below: int
    above: int
    total: int
    slope_sigma: FloatArray
    slope: FloatArray
    slope_error: FloatArray
    glasses: int
    resamples: int
    seed: int | None

    def plot(self, *, slopes: bool = False, label: str | None = None, ax: Any | None = None) -> Any:
        """P(sigma) with error bars, or the local slope with its error band, in double logarithm; returns the axes."""
        from .plot import plot_distribution

        return plot_distribution(self, slopes=slopes, label=label, ax=ax)


def stress_distribution(
    values_per_glass: Sequence[ArrayLike],
    *,
    edges: ArrayLike | None = None,
    bins_per_decade: int = 10,
    slope_span: int = 2,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> StressDistribution:
    """P(sigma) of non-negative values, one array per glass, in logarithmic bins.

    Parameters
    ----------
    values_per_glass : sequence of (k_g,) arrays
        For example abs(r phi'(r)) of every pair [energy], or the modulus of a component or of a traceless part.
    edges : (B+1,) array, optional
        Positive, ascending, equally spaced in log10 (``log_bin_edges``). Default: from the smallest positive value
        to the largest, so that nothing but exact zeros is left out.
    bins_per_decade : int
        For the default edges.
    slope_span : int
        Distance, in bins, over which the local slope is taken.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for the errors.

    Raises
    ------
    InputError
        Negative or non-finite values, or edges that are not as above.
    InsufficientDataError
        Fewer than two glasses, or no positive value.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (86)-(94) and Fig. 3.
    """
    if edges is None:
        edges = _covering_edges(values_per_glass, bins_per_decade)
    edge_b = checked_log_edges(edges)
    count_gc = np.array(
        [count_in_bins(_checked(values, index), edge_b) for index, values in enumerate(values_per_glass)]
    )
    return distribution_from_counts(count_gc, edge_b, slope_span=slope_span, rng=rng, resamples=resamples)


def log_bin_edges(lowest: float, highest: float, bins_per_decade: int = 10) -> FloatArray:
    """Edges 10^(j/bins_per_decade), j integer, that cover lowest <= sigma <= highest; ensembles share their bins.

    Raises
    ------
    InputError
        Unless 0 < lowest <= highest and bins_per_decade >= 1.
    """
    if not (0 < lowest <= highest < math.inf and bins_per_decade >= 1):
        raise InputError(
            f"lowest {lowest}, highest {highest}, bins_per_decade {bins_per_decade}; "
            "expected 0 < lowest <= highest and at least one bin per decade."
        )
    first = math.floor(math.log10(lowest) * bins_per_decade)
    last = math.floor(math.log10(highest) * bins_per_decade) + 1
    # rounding may push an edge past the extreme value that it should cover: one bin more on each side, then trimmed
    edges = 10.0 ** (np.arange(first - 1, last + 2) / bins_per_decade)
    return edges[np.searchsorted(edges, lowest, side="right") - 1 : np.searchsorted(edges, highest, side="right") + 1]


def standard_edges() -> FloatArray:
    """Ten bins per decade from 1e-9 to 1e6 [energy], for ensembles that are counted before their range is known."""
    return log_bin_edges(*_STANDARD_RANGE, BINS_PER_DECADE)


def count_in_bins(values: FloatArray, edges: FloatArray) -> IntArray:
    """Counts of one glass, shape (B+2,): below the first edge, in each bin, at or above the last edge."""
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=edges.size + 1)


def bins_in_use(count_gc: IntArray) -> tuple[int, int]:
    """First and last bin that holds a value of any glass, of counts as from ``count_in_bins``; all where none does."""
    used = np.flatnonzero(count_gc[:, 1:-1].any(axis=0))
    return (int(used[0]), int(used[-1])) if used.size else (0, count_gc.shape[1] - 3)


def trim_bins(count_gc: NDArray[Any], first: int, last: int) -> NDArray[Any]:
    """Join the bins outside ``first`` to ``last`` with the counts below and above; edges: first to last + 1."""
    return np.column_stack(
        [count_gc[:, : first + 1].sum(axis=1), count_gc[:, first + 1 : last + 2], count_gc[:, last + 2 :].sum(axis=1)]
    )


def distribution_from_counts(
    count_gc: IntArray,
    edges: FloatArray,
    *,
    slope_span: int = 2,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> StressDistribution:
    """P(sigma) from the per-glass counts of ``count_in_bins``, shape (G, B+2), for ensembles too large to hold.

    Raises
    ------
    InputError
        Counts that do not fit the edges, or a slope_span that does not fit the bins.
    InsufficientDataError
        Fewer than two glasses, or no value inside the bins.
    """
    edges = checked_log_edges(edges)
    count_gc = np.asarray(count_gc)
    bins = edges.size - 1
    if count_gc.ndim != 2 or count_gc.shape[1] != bins + 2:
        raise InputError(f"counts have shape {count_gc.shape}; expected (glasses, {bins + 2}) for {bins} bins.")
    if slope_span < 1:
        raise InputError(f"slope_span is {slope_span}; expected at least 1 bin.")
    generator, seed = generator_and_seed(rng)
    glasses = count_gc.shape[0]
    require_glasses(glasses)
    count_c = count_gc.sum(axis=0)
    count, total = count_c[1:-1], int(count_c.sum())
    if count.sum() == 0:
        raise InsufficientDataError(f"none of {total} values lies between {edges[0]:g} and {edges[-1]:g}.")
    resampled_rc = resample_glasses(count_gc.astype(np.float64), rng=generator, resamples=resamples)
    width = np.diff(edges)
    resampled_rb = resampled_rc[:, 1:-1] / resampled_rc.sum(axis=1, keepdims=True) / width
    sigma = np.sqrt(edges[:-1] * edges[1:])
    density = count / total / width
    slope_sigma, slope, slope_error = _local_slopes(sigma, density, count, resampled_rb, slope_span, glasses)
    return StressDistribution(
        edges=edges,
        sigma=sigma,
        density=density,
        error=spread(resampled_rb, glasses),
        count=count,
        below=int(count_c[0]),
        above=int(count_c[-1]),
        total=total,
        slope_sigma=slope_sigma,
        slope=slope,
        slope_error=slope_error,
        glasses=glasses,
        resamples=resamples,
        seed=seed,
    )


def _local_slopes(
    sigma: FloatArray, density: FloatArray, count: IntArray, resampled_rb: FloatArray, span: int, glasses: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Finite differences of ln P over ``span`` bins; errors to first order, from the spread of relative changes.

    Averaging a power law over a bin multiplies it by a factor that is the same in every bin, so the slope has no bias
    from the width of the bins; to first order, because ln of a resampled density may not exist.
    """
    left = np.flatnonzero((count[:-span] >= LEAST_COUNT) & (count[span:] >= LEAST_COUNT))
    right = left + span
    distance = np.log(sigma[right] / sigma[left])
    slope = np.log(density[right] / density[left]) / distance
    change_rs = (resampled_rb[:, right] / density[right] - resampled_rb[:, left] / density[left]) / distance
    return np.sqrt(sigma[left] * sigma[right]), slope, spread(change_rs, glasses)


def _checked(values: ArrayLike, index: int) -> FloatArray:
    array = one_glass(values, index, what="stresses")
    if array.size and array.min() < 0:
        raise InputError(
            f"stresses of glass {index} go down to {array.min():g}; expected magnitudes, not signed values."
        )
    return array


def checked_log_edges(edges: ArrayLike) -> FloatArray:
    """Edges as a finite, positive, ascending array, equally spaced in the logarithm.

    Raises
    ------
    InputError
        Anything else.
    """
    edge_b = np.asarray(edges, dtype=np.float64)
    if edge_b.ndim != 1 or edge_b.size < 2 or not np.isfinite(edge_b).all() or edge_b[0] <= 0:
        raise InputError("edges are not a finite, positive 1-D array of at least two.")
    step = np.diff(np.log(edge_b))
    # 1e-6: edges read back from a table with seven digits are still equally spaced
    if (step <= 0).any() or np.ptp(step) > 1e-6 * step.mean():
        raise InputError("edges are not ascending and equally spaced in their logarithm; use log_bin_edges.")
    return edge_b


def _covering_edges(values_per_glass: Sequence[ArrayLike], bins_per_decade: int) -> FloatArray:
    lowest, highest = math.inf, 0.0
    for index, values in enumerate(values_per_glass):
        array = _checked(values, index)
        positive = array[array > 0]
        if positive.size:
            lowest, highest = min(lowest, float(positive.min())), max(highest, float(positive.max()))
    if highest == 0.0:
        raise InsufficientDataError("no glass has a positive value; there is no distribution to show.")
    return log_bin_edges(lowest, highest, bins_per_decade)
