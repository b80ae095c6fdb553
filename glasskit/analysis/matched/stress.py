"""P(sigma) of two ensembles quenched from the same liquids: ratio and difference of local slopes, glass by glass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..per_glass import FloatArray, require_glasses
from ..stresses.distribution import LEAST_COUNT, checked_log_edges


@dataclass(frozen=True)
class MatchedStresses:
    """Two distributions of local stresses in the same bins; differences are second − first.

    Attributes
    ----------
    sigma : (B,) array
        Geometric middles of the bins that hold at least ``LEAST_COUNT`` values of both ensembles.
    log_ratio, error, independent_error : (B,) arrays
        ln(P_second/P_first), its standard deviation with both resampled by the same glasses, and what that would be if
        the glasses did not belong together.
    slope_sigma : (S,) array
        Geometric middles of two such bins ``slope_span`` apart.
    slope_difference, slope_error, slope_independent_error : (S,) arrays
        Difference of the local slopes d ln P/d ln sigma there.
    glasses, resamples : int
    seed : int or None
        Of the bootstrap; None where the caller passed a generator.
    """

    sigma: FloatArray
    log_ratio: FloatArray
    error: FloatArray
    independent_error: FloatArray
    slope_sigma: FloatArray
    slope_difference: FloatArray
    slope_error: FloatArray
    slope_independent_error: FloatArray
    glasses: int
    resamples: int
    seed: int | None

    def plot(self, *, label: str | None = None, color: str = HUES[0], ax: Any | None = None) -> Any:
        """Difference of the local slopes against sigma, with its error band; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        shown = self.slope_error < 0.5  # points with larger errors hide the rest
        value, error = self.slope_difference[shown], self.slope_error[shown]
        ax.fill_between(self.slope_sigma[shown], value - error, value + error, color=color, alpha=0.3, lw=0)
        ax.plot(self.slope_sigma[shown], value, color=color, lw=1, label=label)
        if fresh:
            ax.axhline(0, color="0.7", lw=0.8, zorder=0)
            ax.set(xscale="log", xlabel=r"$\sigma$ [energy]", ylabel=r"difference of d$\,$ln$\,P$/d$\,$ln$\,\sigma$")
        return ax


def matched_stresses(
    first_counts: ArrayLike,
    second_counts: ArrayLike,
    edges: ArrayLike,
    *,
    slope_span: int = 2,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> MatchedStresses:
    """Compare P(sigma) of the same glasses under two potentials.

    Parameters
    ----------
    first_counts, second_counts : (G, B+2) arrays
        Of ``stresses.distribution.count_in_bins``; row g of both belongs to the same liquid.
    edges : (B+1,) array
        Equally spaced in the logarithm.
    slope_span : int
        Distance of the two bins of a slope.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for the errors, which are to first order in the changes of the densities.

    Raises
    ------
    InputError
        Counts that do not fit the edges or each other, edges that are not as above.
    InsufficientDataError
        Fewer than two glasses, or no bin with ``LEAST_COUNT`` values of both.
    """
    first_gc, second_gc = np.asarray(first_counts), np.asarray(second_counts)
    edge_b = checked_log_edges(edges)
    if first_gc.shape != second_gc.shape or first_gc.ndim != 2 or first_gc.shape[1] != edge_b.size + 1:
        raise InputError(
            f"counts have shapes {first_gc.shape} and {second_gc.shape}; expected both ({len(first_gc)}, "
            f"{edge_b.size + 1}) for {edge_b.size - 1} bins."
        )
    if slope_span < 1:
        raise InputError(f"slope_span is {slope_span}; expected at least 1 bin.")
    glasses, columns = first_gc.shape
    require_glasses(glasses)
    generator, seed = generator_and_seed(rng)
    total = [float(counts.sum()) for counts in (first_gc, second_gc)]
    inside = [counts.sum(axis=0)[1:-1] for counts in (first_gc, second_gc)]
    good = (inside[0] >= LEAST_COUNT) & (inside[1] >= LEAST_COUNT)
    if not good.any():
        raise InsufficientDataError(
            f"no bin holds {LEAST_COUNT} values of both ensembles of {glasses} glasses; make more, or wider bins."
        )
    both_gc = np.concatenate([first_gc, second_gc], axis=1).astype(np.float64)
    resampled_rc = resample_glasses(both_gc, rng=generator, resamples=resamples)
    change = []
    for part in (0, 1):
        part_rc = resampled_rc[:, part * columns : (part + 1) * columns]
        share_rb = part_rc[:, 1:-1][:, good] / part_rc.sum(axis=1, keepdims=True)
        change.append(share_rb / (inside[part][good] / total[part]) - 1)
    sigma = np.sqrt(edge_b[:-1] * edge_b[1:])
    log_ratio = np.log(inside[1][good] / total[1]) - np.log(inside[0][good] / total[0])
    # two bins, a span apart, both good; their places among the good ones
    left = np.flatnonzero(good[:-slope_span] & good[slope_span:])
    place = np.cumsum(good) - 1
    low, high = place[left], place[left + slope_span]
    distance = np.log(sigma[left + slope_span] / sigma[left])
    tilt = [(c[:, high] - c[:, low]) / distance for c in change]
    return MatchedStresses(
        sigma[good], log_ratio, spread(change[1] - change[0], glasses),
        np.hypot(spread(change[0], glasses), spread(change[1], glasses)),
        np.sqrt(sigma[left] * sigma[left + slope_span]), (log_ratio[high] - log_ratio[low]) / distance,
        spread(tilt[1] - tilt[0], glasses), np.hypot(spread(tilt[0], glasses), spread(tilt[1], glasses)),
        glasses, resamples, seed,
    )  # fmt: skip
