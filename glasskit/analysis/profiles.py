"""One quantity against another, in bins, with errors over glasses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..axes import HUES, axes_for
from ..errors import InputError, InsufficientDataError
from .bins import checked_edges, equal_edges
from .bootstrap import generator_and_seed, glass_weights, resample_glasses, spread
from .per_glass import FloatArray, IntArray, PerGlass, flatten_per_glass, require_glasses

_CHUNK_ENTRIES = 4_000_000


@dataclass(frozen=True)
class Profile:
    """Mean or median of y in bins of x; bins with values of fewer than two glasses are left out.

    Attributes
    ----------
    x_name, y_name : str
        Names for the axes of a figure.
    statistic : {"mean", "median"}
    lower, upper : (B,) arrays
        Edges of the bins: lower <= x < upper, the last one x <= upper.
    x : (B,) array
        Mean of x of the values in the bin.
    value, error : (B,) arrays
        Mean or median of all values in the bin, and its standard deviation over resampled ensembles.
    count, glasses_in_bin : (B,) arrays
        Values in the bin, and the glasses they come from.
    left_out : int
        Values outside the bins, or in bins that were left out.
    glasses, resamples : int
        Glasses in the ensemble, ensembles drawn from it.
    seed : int or None
        Seed of the resampling; None where the caller passed a generator.
    """

    x_name: str
    y_name: str
    statistic: str
    lower: FloatArray
    upper: FloatArray
    x: FloatArray
    value: FloatArray
    error: FloatArray
    count: IntArray
    glasses_in_bin: IntArray
    left_out: int
    glasses: int
    resamples: int
    seed: int | None

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """Points with error bars; the bins are the horizontal bars. Returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.errorbar(
            self.x, self.value, self.error, xerr=np.stack([self.x - self.lower, self.upper - self.x]), fmt=marker, ms=4,
            lw=1, elinewidth=0.9, color=color, label=label,
        )  # fmt: skip
        if fresh:
            ax.set(xlabel=self.x_name, ylabel=f"{self.statistic} of {self.y_name}")
        return ax


def profile(
    x_per_glass: Sequence[ArrayLike],
    y_per_glass: Sequence[ArrayLike],
    edges: ArrayLike | None = None,
    *,
    names: tuple[str, str] = ("x", "y"),
    bins: int = 20,
    spacing: str = "population",
    statistic: str = "mean",
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> Profile:
    """Mean or median of y in bins of x, over the values of all glasses, with errors by resampling glasses.

    Parameters
    ----------
    x_per_glass, y_per_glass : sequences of (k_g,) arrays
        Pairs of values, glass by glass.
    edges : (B+1,) array, optional
        Default: ``bins`` bins that cover all x.
    names : (str, str)
        Names of x and y for figures.
    bins : int
    spacing : {"population", "logarithmic", "linear"}
        Of the default edges; "population" puts the same number of values into every bin.
    statistic : {"mean", "median"}
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for the errors.

    Raises
    ------
    InputError
        Arrays that do not match or are not finite, an empty ensemble, bad edges, unknown options.
    InsufficientDataError
        Fewer than two glasses, no values, or no bin with values of two glasses.
    """
    if statistic not in ("mean", "median"):
        raise InputError(f"statistic is {statistic!r}; expected 'mean' or 'median'.")
    generator, seed = generator_and_seed(rng)
    x, y = _pairs(x_per_glass, y_per_glass, names)
    edge_b = _edges(x.value, bins, spacing, names[0]) if edges is None else checked_edges(edges)
    place = np.searchsorted(edge_b, x.value, side="right") - 1
    place[x.value == edge_b[-1]] -= 1
    size = edge_b.size - 1
    inside = (place >= 0) & (place < size)
    cell = x.glass[inside] * size + place[inside]

    def per_cell(value: FloatArray | None = None) -> FloatArray:
        return np.bincount(cell, weights=value, minlength=x.glasses * size).reshape(x.glasses, size).astype(np.float64)

    count_gb = per_cell()
    kept = np.flatnonzero((count_gb > 0).sum(axis=0) >= 2)
    if kept.size == 0:
        raise InsufficientDataError(
            f"no bin of {names[0]} holds values of two glasses; use wider bins or make more glasses."
        )
    count = count_gb.sum(axis=0)[kept]
    if statistic == "mean":
        sum_gb = per_cell(y.value[inside])[:, kept]
        value = sum_gb.sum(axis=0) / count
        # to first order in the change of counts: a resampled bin may be empty
        change_rb = resample_glasses(sum_gb - value * count_gb[:, kept], rng=generator, resamples=resamples) / count
    else:
        value = np.array([np.median(y.value[place == b]) for b in kept])
        change_rb = _resampled_medians(y, place, kept, generator, resamples)
    return Profile(
        x_name=names[0],
        y_name=names[1],
        statistic=statistic,
        lower=edge_b[kept],
        upper=edge_b[kept + 1],
        x=per_cell(x.value[inside]).sum(axis=0)[kept] / count,
        value=value,
        error=spread(change_rb, x.glasses),
        count=count.astype(np.int64),
        glasses_in_bin=(count_gb > 0).sum(axis=0)[kept],
        left_out=int(x.value.size - count.sum()),
        glasses=x.glasses,
        resamples=resamples,
        seed=seed,
    )


def _pairs(
    x_per_glass: Sequence[ArrayLike], y_per_glass: Sequence[ArrayLike], names: tuple[str, str]
) -> tuple[PerGlass, PerGlass]:
    x = flatten_per_glass(x_per_glass, what=f"values of {names[0]}")
    y = flatten_per_glass(y_per_glass, what=f"values of {names[1]}")
    require_glasses(x.glasses)
    if x.glasses != y.glasses or not np.array_equal(x.counts(), y.counts()):
        raise InputError(f"{names[0]} and {names[1]} do not match; expected one of each for every mode of every glass.")
    if x.value.size == 0:
        raise InsufficientDataError(f"no glass has a value of {names[0]}.")
    return x, y


def _edges(value: FloatArray, bins: int, spacing: str, name: str) -> FloatArray:
    known = ("population", "logarithmic", "linear")
    if spacing not in known:
        raise InputError(f"spacing is {spacing!r}; expected one of {', '.join(known)}.")
    lowest, highest = float(value.min()), float(value.max())
    if spacing != "population":
        if spacing == "logarithmic" and lowest <= 0:
            raise InputError(f"{name} goes down to {lowest:g}; expected positive values for logarithmic bins.")
        return equal_edges(lowest, highest, bins, spacing)
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise InputError(f"bins is {bins!r}; expected an integer of at least 1.")
    edge_b = np.unique(np.quantile(value, np.linspace(0, 1, int(bins) + 1)))
    if edge_b.size < 2:
        raise InputError(f"all values of {name} are {lowest:g}; pass edges.")
    return edge_b


def _resampled_medians(
    y: PerGlass, place: IntArray, kept: IntArray, rng: np.random.Generator, resamples: int
) -> FloatArray:
    """Median of each bin in every resampled ensemble; one without values in the bin takes the measured median."""
    order = np.argsort(y.value, kind="stable")
    member = [order[place[order] == b] for b in kept]
    largest = max(m.size for m in member)
    entries = _CHUNK_ENTRIES // largest * y.glasses  # so many rows that the weights of the fullest bin fit too
    parts = []
    for weight_rg in glass_weights(y.glasses, rng=rng, resamples=resamples, entries=entries):
        parts.append(np.stack([_weighted_medians(y.value[m], y.glass[m], weight_rg) for m in member], axis=1))
    return np.concatenate(parts)


def _weighted_medians(value: FloatArray, glass: IntArray, weight_rg: FloatArray) -> FloatArray:
    """Median of ascending ``value`` for each row of weights of glasses; with no weight at all, that of equal weights.

    Resampled medians lie near the measured one, so the middle fifth of the values is looked at first.
    """
    glasses = weight_rg.shape[1]
    half_r = weight_rg @ np.bincount(glass, minlength=glasses) / 2
    first, last = int(0.4 * value.size), int(0.6 * value.size) + 1
    below_r = weight_rg @ np.bincount(glass[:first], minlength=glasses)
    cumulative_rm = below_r[:, None] + np.cumsum(weight_rg[:, glass[first:last]], axis=1)
    if not (np.all(below_r < half_r) and np.all(cumulative_rm[:, -1] >= half_r)):
        first, cumulative_rm = 0, np.cumsum(weight_rg[:, glass], axis=1)
    middle_r = first + np.argmax(cumulative_rm >= half_r[:, None], axis=1)
    return np.where(half_r > 0, value[middle_r], np.median(value))
