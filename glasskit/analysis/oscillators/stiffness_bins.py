"""Mean squared displacement in bins of stiffness, from partial sums: bins share no oscillators, sums do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..per_glass import FloatArray

LEAST_INSTANCES = 10
LEAST_COUNT = 200  # oscillators of a bin in all instances together; its mean is close to normal
_WINDOW = 5  # bins whose relative variances are averaged
_UNIFORM = 6.0  # standard deviations by which the number of softer oscillators may differ from that of a uniform law


@dataclass(frozen=True, eq=False)
class StiffnessBins:
    """x² of the oscillators between consecutive stiffnesses.

    Partial averages up to different limits share all softer oscillators; bins between the limits share none.

    Attributes
    ----------
    name : str
    edges : (B + 1,) array
        Stiffness; the first is 0, the last kappa_0.
    counts_gb, sums_gb : (G, B) arrays
        Oscillators and Σ x² of each instance.
    error : (B,) array
        Standard deviation of ``mean`` over instances, its square averaged over neighbouring bins.
    correlation_bb : (B, B) array
        Covariance of the bins' means over ``error`` of both; about 1 on its diagonal.
    variance_freedom : float
        Degrees of freedom that each ``error`` rests on.
    """

    name: str
    edges: FloatArray
    counts_gb: FloatArray = field(repr=False)
    sums_gb: FloatArray = field(repr=False)
    error: FloatArray
    correlation_bb: FloatArray = field(repr=False)
    variance_freedom: float

    @property
    def instances(self) -> int:
        """Instances G."""
        return len(self.counts_gb)

    @property
    def mean(self) -> FloatArray:
        """Mean of x² in each bin (B,)."""
        return self.sums_gb.sum(axis=0) / self.counts_gb.sum(axis=0)

    @property
    def mean_square(self) -> float:
        """Mean of x² over all oscillators."""
        return float(self.sums_gb.sum() / self.counts_gb.sum())

    @property
    def middles(self) -> FloatArray:
        """Geometric middles of the bins, half of the upper edge for the first (B,)."""
        return np.r_[self.edges[1] / 2, np.sqrt(self.edges[1:-1] * self.edges[2:])]

    @property
    def partial_average(self) -> FloatArray:
        """Mean of x² over all oscillators up to each upper edge (B,), what [R] plots."""
        return np.cumsum(self.sums_gb.sum(axis=0)) / np.cumsum(self.counts_gb.sum(axis=0))


def stiffness_bins(name: str, limits: ArrayLike, counts: ArrayLike, sums: ArrayLike) -> StiffnessBins:
    """Turn partial counts and sums into bins with errors over instances.

    The softest bins are joined until each is expected to hold 200 oscillators in all.

    Parameters
    ----------
    name : str
        Of the curve, for messages.
    limits : (m,) or (G, m) array
        Ascending stiffnesses, the last kappa_0; the same for all instances.
    counts, sums : (G, m) arrays
        Oscillators with a stiffness up to each limit, and Σ x² over them.

    Raises
    ------
    InputError
        Arrays that do not match or are not sums over growing sets; stiffnesses that are not uniform between 0 and the
        last limit, be it by a gap or by a density ~ κ^β; instances that are all alike.
    InsufficientDataError
        Fewer than 10 instances, or fewer than 4 bins with 200 oscillators.
    """
    at, count_gm, sum_gm = _checked(name, limits, counts, sums)
    count_gb, sum_gb, edges = _joined(np.diff(count_gm, axis=1, prepend=0), np.diff(sum_gm, axis=1, prepend=0), at)
    if len(edges) < 5:
        raise InsufficientDataError(
            f"{name}: {len(edges) - 1} bins of stiffness hold {LEAST_COUNT} oscillators, a collapse needs 4: make "
            "more instances."
        )
    return StiffnessBins(name, edges, count_gb, sum_gb, *_errors(name, count_gb, sum_gb))


def _checked(name: str, limits: ArrayLike, counts: ArrayLike, sums: ArrayLike) -> tuple[FloatArray, ...]:
    at, count_gm, sum_gm = (np.asarray(x, dtype=np.float64) for x in (limits, counts, sums))
    if at.ndim == 2 and len(at) and (at == at[0]).all():
        at = at[0]
    if at.ndim != 1 or count_gm.ndim != 2 or not count_gm.shape == sum_gm.shape == (len(count_gm), at.size):
        raise InputError(
            f"{name}: limits, counts and sums have shapes {at.shape}, {count_gm.shape}, {sum_gm.shape}; expected (m,) "
            "and (G, m) twice, the limits the same in all instances."
        )
    if len(count_gm) < LEAST_INSTANCES:
        raise InsufficientDataError(
            f"{name}: {len(count_gm)} instances; errors over instances need {LEAST_INSTANCES}: make more."
        )
    if not (np.isfinite(at).all() and np.isfinite(count_gm).all() and np.isfinite(sum_gm).all()):
        raise InputError(f"{name}: limits, counts or sums are not finite.")
    growing = (np.diff(count_gm, axis=1, prepend=0) >= 0).all() and (np.diff(sum_gm, axis=1, prepend=0) >= 0).all()
    if at.size < 2 or at[0] <= 0 or (np.diff(at) <= 0).any() or not growing or not (count_gm[:, -1] > 0).all():
        raise InputError(
            f"{name}: expected positive, ascending limits, and counts and sums over all softer oscillators, which grow."
        )
    _require_uniform(name, at, count_gm.sum(axis=0))
    return at, count_gm, sum_gm


def _require_uniform(name: str, at: FloatArray, count_m: FloatArray) -> None:
    """Refuse a stiffness range with a gap, a density that is not constant, or limits that do not end at kappa_0."""
    total, share = count_m[-1], at[:-1] / at[-1]
    if _follows(count_m, share):
        return
    worst = int(np.argmax(np.abs(count_m[:-1] - total * share)))
    raise InputError(
        f"{name}: {count_m[worst]:.0f} of {total:.0f} oscillators are softer than {at[worst]:.4g}, expected "
        f"{total * share[worst]:.0f} with stiffnesses uniform from 0 to {at[-1]:.4g}; {_reason(count_m, share)}"
    )


def _follows(count_m: FloatArray, share: FloatArray) -> bool:
    """Whether so many softer oscillators have the expected shares of all, by six standard deviations."""
    total = count_m[-1]
    off = np.abs(count_m[:-1] - total * share)
    return bool(np.all((off <= _UNIFORM * np.sqrt(total * share * (1 - share))) | (off <= _UNIFORM**2)))


def _reason(count_m: FloatArray, share: FloatArray) -> str:
    """What other law the stiffnesses follow: a power, by the limit with half of them below, or a gap, by the first."""
    found = count_m[:-1] / count_m[-1]
    middle, first = int(np.argmin(np.abs(found - 0.5))), int(np.argmax(found > 0))
    if 0 < found[middle] < 1:
        power = np.log(found[middle]) / np.log(share[middle])
        if _follows(count_m, share**power):
            return (
                f"their density goes as kappa^{power - 1:.2g}, and both the averages over bins and the laws of omega_x "
                "are those of a constant density, stiffness_exponent = 0."
            )
        gap = (share[first] - found[first]) / (1 - found[first])
        if 0 < gap < 1 and _follows(count_m, np.maximum(share - gap, 0) / (1 - gap)):
            return "they have a gap, and scaling by omega_x is a statement about the model without gap."
    return "scaling by omega_x is a statement about a constant density of them down to 0, with kappa_0 the last limit."


def _joined(count_gb: FloatArray, sum_gb: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Join neighbouring bins, from the softest on, until all hold enough oscillators, as uniform stiffnesses would."""
    last: list[int] = []
    held = 0.0
    for b, count in enumerate(count_gb.sum() * np.diff(upper, prepend=0.0) / upper[-1]):
        held += count
        if held >= LEAST_COUNT:
            last.append(b)
            held = 0.0
    if last:
        last[-1] = upper.size - 1  # what is left over
    start = [0, *(b + 1 for b in last[:-1])]
    edges = np.r_[0.0, upper[last]]
    return np.add.reduceat(count_gb, start, axis=1), np.add.reduceat(sum_gb, start, axis=1), edges


def _errors(name: str, count_gb: FloatArray, sum_gb: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Errors of the means, the covariance in their units, degrees of freedom of each error.

    The squared error of one bin is itself uncertain, and smaller where the mean happens to be. The relative variance
    of one oscillator varies slowly with its stiffness: its geometric mean over five bins is neither.
    """
    instances, total = len(count_gb), count_gb.sum(axis=0)
    mean = sum_gb.sum(axis=0) / total
    scatter_gb = (sum_gb - mean * count_gb) * math.sqrt(instances / (instances - 1)) / total
    variance = np.sum(scatter_gb**2, axis=0)
    if not ((mean > 0) & (variance > 1e-24 * mean**2)).all():
        raise InputError(f"{name}: x² does not differ between instances in some bin, so it has no error.")
    kurtosis = instances * np.sum(scatter_gb**4, axis=0) / variance**2
    # a variance scatters by √((kurtosis − 1)/G) of itself, and the mean of its logarithm is half that squared too low
    unsure = (kurtosis - 1) / instances
    log_one = np.log(variance * total / mean**2) + 0.5 * unsure
    half = _WINDOW // 2
    smooth = np.array([log_one[max(b - half, 0) : b + half + 1].mean() for b in range(mean.size)])
    error = np.sqrt(np.exp(smooth) / total) * mean
    scaled_gb = scatter_gb / error
    freedom = min(2.0 / float(unsure.mean()), instances - 1.0) * min(_WINDOW, mean.size)
    return error, scaled_gb.T @ scaled_gb, freedom
