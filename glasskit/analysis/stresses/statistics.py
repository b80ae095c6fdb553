"""P(sigma) of components, traceless part and scalar by pair size, each beside what the measured g(r) implies for it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ...particles.potentials import PairPotential
from ..bootstrap import generator_and_seed
from ..per_glass import FloatArray, IntArray, require_glasses
from .comparison import StressComparison, compare
from .distribution import SLOPE_SPAN, count_in_bins, standard_edges
from .inversion import NEAREST, PairsBelow, StressInverse, factor_matrix

if TYPE_CHECKING:
    from ...observables.local_stress import LocalStresses

KINDS = ("scalar", "component", "traceless")
"""|r phi'|; |e_a e_b r phi'| for a < b; |(e_a² − 1/d) r phi'|: one value per pair, per pair and a < b, per pair and a.
"""

_FINE = 6  # bins of the prediction in one bin of sigma


@dataclass(frozen=True, eq=False)
class StressStatistics:
    """Distributions of local stresses of an ensemble, measured and predicted.

    Attributes
    ----------
    size_edges : (K+1,) array
        Edges of the classes of pair diameters a_ij [length].
    overall : dict of str to StressComparison
        By kind ('scalar', 'component', 'traceless'), all pairs together.
    by_size : dict of str to tuple of K StressComparison
        By kind, the classes in ascending order of size.
    pairs : (K,) int array
        Pairs in each class, all glasses.
    x_edges : (X+1,) array
        Edges of the distances x = r/r_c that were counted.
    distance_count : (K, X) int array
        Pairs by class and distance: divided by x^d differences it is g(r), up to a factor, of the class.
    glasses : int
    seed : int or None
        Of the bootstrap; None where the caller passed a generator.
    """

    size_edges: FloatArray
    overall: dict[str, StressComparison]
    by_size: dict[str, tuple[StressComparison, ...]]
    pairs: IntArray
    x_edges: FloatArray = field(repr=False)
    distance_count: IntArray = field(repr=False)
    glasses: int
    seed: int | None

    def plot(self, kind: str = "component", *, slopes: bool = False, ax: Any | None = None) -> Any:
        """P(sigma) by pair size with predictions as lines, or local slopes with error bands; returns the axes.

        Parameters
        ----------
        kind : {"scalar", "component", "traceless"}
        slopes : bool
            Draw d ln P/d ln sigma in place of P.
        ax : matplotlib axes, optional
        """
        from .plot import plot_stresses

        if kind not in KINDS:
            raise InputError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}.")
        return plot_stresses(self, kind, slopes=slopes, ax=ax)


def pair_size_edges(diameters: ArrayLike, classes: int = 4) -> FloatArray:
    """Edges of ``classes`` classes of pair diameters with equal numbers of pairs, shape (classes + 1,).

    Where there are few different values (a mixture of two or three sizes), each is a class of its own.

    Raises
    ------
    InputError
        No pair, or fewer than one class.
    """
    a_p = np.sort(np.asarray(diameters, dtype=np.float64))
    if a_p.size == 0 or classes < 1:
        raise InputError(f"found {a_p.size} pairs for {classes} classes of size; expected at least one of each.")
    distinct = np.unique(np.round(a_p, 9))
    if distinct.size <= 2 * classes:
        middle = 0.5 * (distinct[1:] + distinct[:-1])
        return np.concatenate([[0.99 * distinct[0]], middle, [1.01 * distinct[-1]]])
    return np.quantile(a_p, np.linspace(0, 1, classes + 1))


def stress_statistics(
    stresses: Iterable[LocalStresses],
    potential: PairPotential,
    *,
    size_classes: int | ArrayLike = 4,
    sigma_edges: ArrayLike | None = None,
    slope_span: int = SLOPE_SPAN,
    distance_bins: int = 1000,
    size_resolution: float = 0.005,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> StressStatistics:
    """Gather the local stresses of many glasses and compare them with what their distances imply.

    One glass is held at a time, so that ``stresses`` may be a generator over thousands.

    The prediction has no parameter: pairs of diameter a at distance r carry sigma = |r phi'(r; a)|, so the counts of
    pairs in bins of (r, a) fix P(sigma) = Σ r^(d−1) g(r)/|d sigma/dr|; components carry the factor |e_a e_b| of
    isotropic directions. g is taken as constant within a bin of r/r_c, and the sizes in a part of a class as their
    mean ± standard deviation in the first glass. So a histogram with bins of 0.001 r_c predicts P(sigma) for pairs
    that are 1e-6 r_c from their cutoff.

    Parameters
    ----------
    stresses : iterable of LocalStresses
        One per glass, of one potential and dimension.
    potential : PairPotential
        The one the stresses were computed with.
    size_classes : int or (K+1,) array
        Number of classes of pair diameter with equal numbers of pairs (edges from the first glass, outer classes
        open), or edges that hold all pairs.
    sigma_edges : (B+1,) array, optional
        As from ``log_bin_edges``. Default: ten per decade over all values between 1e-9 and 1e6.
    slope_span : int
        Bins over which local slopes are taken; half a decade by default.
    distance_bins : int
        Bins of r/r_c from 0.05 to 1.
    size_resolution : float
        Relative width of the parts of a class. With 0.005 the steepest bins of the core, at the largest sigma, are
        predicted 1 % too high, elsewhere much less; the error goes as the width squared.
    rng, resamples
        Of the bootstrap over glasses; None: ``bootstrap.DEFAULT_SEED``, recorded.

    Raises
    ------
    InputError
        Glasses of different dimension, stresses that are not those of the potential, sizes outside given edges.
    InsufficientDataError
        Fewer than two glasses, or a glass without pairs.
    """
    generator, seed = generator_and_seed(rng)
    edges = standard_edges() if sigma_edges is None else np.asarray(sigma_edges, np.float64)
    gatherer: _Gatherer | None = None
    for index, glass in enumerate(stresses):
        if len(glass.i) == 0:
            raise InsufficientDataError(f"glass {index} has no pair within its cutoff; leave it out and count it.")
        if gatherer is None:
            gatherer = _Gatherer(glass, potential, size_classes, edges, distance_bins, size_resolution)
        gatherer.add(glass, index)
    if gatherer is None:
        raise InputError("the ensemble is empty: local stresses of at least two glasses are needed.")
    require_glasses(len(gatherer.below_gkf))
    return gatherer.result(slope_span, generator, resamples, seed)


class _Gatherer:
    """Counts of one glass after the other."""

    def __init__(
        self,
        first: LocalStresses,
        potential: PairPotential,
        size_classes: int | ArrayLike,
        edges: FloatArray,
        bins: int,
        resolution: float,
    ):
        self.potential, self.dimension, self.edges = potential, first.dimension, edges
        self.given = np.ndim(size_classes) > 0
        self.size_edges = np.asarray(
            size_classes if self.given else pair_size_edges(first.diameters, int(size_classes)),  # type: ignore[arg-type]
            dtype=np.float64,
        )
        if self.size_edges.ndim != 1 or self.size_edges.size < 2 or (np.diff(self.size_edges) <= 0).any():
            raise InputError("size_classes is neither a number of classes nor ascending edges of at least one class.")
        if bins < 10:
            raise InputError(f"distance_bins is {bins}; expected at least 10, and hundreds for a good prediction.")
        if not 1e-4 <= resolution <= 0.5:
            raise InputError(f"size_resolution is {resolution}; expected a relative width from 1e-4 to 0.5.")
        self.resolution = float(resolution)
        self.classes = self.size_edges.size - 1
        self.x_edges = np.linspace(NEAREST, 1.0, bins + 1)
        self.fine = np.exp(
            np.interp(np.arange((edges.size - 1) * _FINE + 1) / _FINE, np.arange(edges.size), np.log(edges))
        )
        self.fine[::_FINE] = edges
        self._split_classes(first)
        self.count_gkc: dict[str, list[IntArray]] = {kind: [] for kind in KINDS}
        self.below_gkf: list[FloatArray] = []
        self.distance_count = np.zeros((self.classes, bins), np.int64)

    def _split_classes(self, first: LocalStresses) -> None:
        """Parts of each class, each stood for by two diameters with the same mean and variance as its pairs."""
        self.part_edges, self.part_class, self.counters = [], [], []
        class_p = self._class_of(first.diameters, 0)
        for k in range(self.classes):
            a_p = first.diameters[class_p == k]
            if a_p.size == 0:
                a_p = np.array([0.5 * (self.size_edges[k] + self.size_edges[k + 1])])
            inner = self._inner_edges(a_p)
            part_p = np.searchsorted(inner, a_p, side="right")
            for part in range(inner.size + 1):
                a = a_p[part_p == part]
                nodes = [a.mean()] if np.ptp(a) < 1e-9 else [a.mean() - a.std(), a.mean() + a.std()]
                self.counters.append(
                    [
                        PairsBelow(
                            self.fine, StressInverse(self.potential, node), self.x_edges, dimension=self.dimension
                        )
                        for node in nodes
                    ]
                )
                self.part_class.append(k)
            self.part_edges.extend([*([self.size_edges[k]] if k else []), *inner])

    def _inner_edges(self, a_p: FloatArray) -> FloatArray:
        """Edges between parts of equal width, without empty parts."""
        low, high = float(a_p.min()), float(a_p.max())
        if high - low < 1e-9:
            return np.empty(0)
        inner = np.linspace(low, high, math.ceil(math.log(high / low) / self.resolution) + 1)[1:-1]
        filled = np.bincount(np.searchsorted(inner, a_p, side="right"), minlength=inner.size + 1) > 0
        return inner[filled[1:]]  # an empty part joins the one below it

    def _class_of(self, a_p: FloatArray, index: int) -> IntArray:
        low, high = self.size_edges[0], self.size_edges[-1]
        if self.given and not (a_p.min() >= low and a_p.max() <= high):
            raise InputError(
                f"pair diameters of glass {index} reach from {a_p.min():.6g} to {a_p.max():.6g}, outside the edges "
                f"{low:.6g} to {high:.6g}; give edges that hold all pairs."
            )
        return np.searchsorted(self.size_edges[1:-1], a_p, side="right")

    def add(self, glass: LocalStresses, index: int) -> None:
        if glass.dimension != self.dimension:
            raise InputError(
                f"glass {index} has d = {glass.dimension}, the first {self.dimension}; do not mix recipes."
            )
        x_p = glass.distances / self.potential.cutoff_of(glass.diameters)
        self._check(glass, x_p, index)
        class_p = self._class_of(glass.diameters, index)
        values = {
            "scalar": glass.magnitudes[:, None],
            "component": glass.off_diagonal,
            "traceless": glass.traceless_diagonal,
        }
        for kind, value_pa in values.items():
            rows = [count_in_bins(value_pa[class_p == k].ravel(), self.edges) for k in range(self.classes)]
            self.count_gkc[kind].append(np.array(rows))
        bins = self.x_edges.size - 1
        part_p = np.searchsorted(np.asarray(self.part_edges), glass.diameters, side="right")
        bin_p = np.clip(np.searchsorted(self.x_edges, x_p, side="right") - 1, 0, bins - 1)
        count_mx = np.bincount(part_p * bins + bin_p, minlength=len(self.counters) * bins).reshape(-1, bins)
        below_kf = np.zeros((self.classes, self.fine.size + 1))
        for k, counters, count_x in zip(self.part_class, self.counters, count_mx, strict=True):
            self.distance_count[k] += count_x
            if count_x.any():
                below_kf[k, :-1] += np.mean([counter(count_x) for counter in counters], axis=0)
                below_kf[k, -1] += count_x.sum()
        self.below_gkf.append(below_kf)

    def _check(self, glass: LocalStresses, x_p: FloatArray, index: int) -> None:
        """A few pairs are enough to see that the stresses are of another potential."""
        few = slice(None, None, max(1, len(x_p) // 20))
        expected = (
            glass.distances[few]
            * self.potential.pair_derivatives(glass.distances[few], glass.diameters[few], order=1)[1]
        )
        if x_p.max() > 1 or not np.allclose(glass.strengths[few], expected, rtol=1e-8, atol=0):
            raise InputError(f"the stresses of glass {index} are not those of {self.potential}; pass their potential.")

    def result(self, slope_span: int, rng: np.random.Generator, resamples: int, seed: int | None) -> StressStatistics:
        below_gkf = np.array(self.below_gkf)
        fine_gkf = np.diff(below_gkf, axis=2, prepend=0.0)  # below the first edge, fine bins, above the last
        overall, by_size = {}, {}
        per_pair = {"scalar": 1, "component": self.dimension * (self.dimension - 1) // 2, "traceless": self.dimension}
        for kind in KINDS:
            matrix = factor_matrix(kind, self.edges, self.fine, self.dimension)
            predicted_gkc = fine_gkf[:, :, 1:-1] @ matrix
            predicted_gkc[:, :, 0] += fine_gkf[:, :, 0]
            predicted_gkc[:, :, -1] += fine_gkf[:, :, -1]
            predicted_gkc *= per_pair[kind]
            count_gkc = np.array(self.count_gkc[kind])
            settings: dict[str, Any] = {"kind": kind, "slope_span": slope_span, "rng": rng, "resamples": resamples}
            overall[kind] = compare(count_gkc.sum(axis=1), predicted_gkc.sum(axis=1), self.edges, **settings)
            by_size[kind] = tuple(
                compare(
                    count_gkc[:, k], predicted_gkc[:, k], self.edges, **settings,
                    size=(float(self.size_edges[k]), float(self.size_edges[k + 1])),
                )
                for k in range(self.classes)
            )  # fmt: skip
        return StressStatistics(
            size_edges=self.size_edges, overall=overall, by_size=by_size, pairs=self.distance_count.sum(axis=1),
            x_edges=self.x_edges, distance_count=self.distance_count, glasses=len(below_gkf), seed=seed,
        )  # fmt: skip
