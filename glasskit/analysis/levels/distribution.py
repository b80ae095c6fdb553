"""Histogram of gap ratios with errors over glasses, and how well known distributions fit it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ..bins import checked_edges
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..per_glass import FloatArray, IntArray
from .curves import GOE, POISSON, ReferenceCurve
from .gap_ratios import gap_ratios_of_glasses

_POINTS = 100  # places at which cumulative distributions are compared, equally likely for independent levels


@dataclass(frozen=True)
class GoodnessOfFit:
    """Comparison of the measured distribution with a known one.

    Attributes
    ----------
    curve : ReferenceCurve
    distance : float
        Largest distance between the two cumulative distributions, at 100 points (Kolmogorov and Smirnov).
    p_value : float
        Fraction of resampled ensembles that are farther from the measured one than the known curve is, at least
        1/(resamples + 1). Small: the curve is not what was drawn from.
    """

    curve: ReferenceCurve
    distance: float
    p_value: float


@dataclass(frozen=True)
class GapRatioDistribution:
    """P(r), or that of the folded ratio min(r, 1/r).

    Attributes
    ----------
    folded : bool
    edges : (B+1,) array
    density, error : (B,) arrays
        Fraction of all ratios in the bin over its width, and its standard deviation over resampled ensembles.
    count : (B,) array
    above : float
        Fraction of ratios above the last edge.
    fits : tuple of GoodnessOfFit
        One for each reference curve, in the order given.
    ratios, glasses, resamples : int
    seed : int or None
    """

    folded: bool
    edges: FloatArray
    density: FloatArray
    error: FloatArray
    count: IntArray
    above: float
    fits: tuple[GoodnessOfFit, ...]
    ratios: int
    glasses: int
    resamples: int
    seed: int | None

    def expected(self, curve: ReferenceCurve) -> FloatArray:
        """Mean density of a known distribution over each bin, exactly."""
        return np.diff(curve.cumulative(self.edges, folded=self.folded)) / np.diff(self.edges)

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """Histogram as points with error bars, known densities as lines; returns the axes."""
        fresh = not (ax is not None and ax.lines)
        ax = axes_for(ax)
        if fresh:  # the curves are drawn once, whatever is added
            r = np.linspace(self.edges[0], self.edges[-1], 400)
            for fit, dashes in zip(self.fits, ("-", "--", ":", "-."), strict=False):
                value = fit.curve.density(r) * (2 if self.folded else 1)
                ax.plot(r, value, color="0.35", ls=dashes, lw=1.1, label=fit.curve.name, zorder=1)
            name = r"\tilde r" if self.folded else "r"
            ax.set(xlabel=f"gap ratio ${name}$", ylabel=f"$P({name})$", xlim=(self.edges[0], self.edges[-1]))
        middle = (self.edges[1:] + self.edges[:-1]) / 2
        ax.errorbar(middle, self.density, self.error, fmt=marker, ms=3.5, lw=1, color=color, label=label, zorder=2)
        ax.set_ylim(bottom=0)
        return ax


def gap_ratio_distribution(
    eigenvalues_per_glass: Sequence[ArrayLike],
    *,
    folded: bool = False,
    edges: ArrayLike | None = None,
    references: Sequence[ReferenceCurve] = (GOE, POISSON),
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> GapRatioDistribution:
    """Distribution of r, or of min(r, 1/r), over all ratios of all glasses, next to known ones.

    Goodness of fit: D is the largest distance between measured and known cumulative distributions. Neighbouring
    ratios share a gap and ratios of one glass share the glass, so tables for independent numbers do not apply.
    Instead whole glasses are resampled: the p-value is the probability that a resampled ensemble is at least D away
    from the measured one (distances enlarged by √(G/(G−1)), as all errors here).

    Parameters
    ----------
    eigenvalues_per_glass : sequence of (k_g,) arrays
        As for `mean_gap_ratio`; glasses with fewer than three levels are left out.
    folded : bool
        False: r, which [S] Fig. 2 shows. True: min(r, 1/r).
    edges : (B+1,) array, optional
        Default: 25 bins on [0, 5], 20 bins on [0, 1] where ``folded``.
    references : sequence of ReferenceCurve
        Known distributions: ``GOE`` for large matrices, ``GOE_SURMISE`` (Eq. (18) of [S]), ``POISSON``.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for errors and p-values.

    Raises
    ------
    InputError
        As `gap_ratios`, an empty ensemble, or edges that are not ascending from 0 or more.
    InsufficientDataError
        Fewer than two glasses with three levels.

    References
    ----------
    [S] Schirmacher et al., Nat. Commun. 15, 3107 (2024), Fig. 2.
    """
    generator, seed = generator_and_seed(rng)
    ratio_g, _ = gap_ratios_of_glasses(eigenvalues_per_glass, folded=folded)
    if edges is None:
        edges = np.linspace(0, 1, 21) if folded else np.linspace(0, 5, 26)
    edge_b = checked_edges(edges, lowest=0.0)
    u = np.arange(1, _POINTS) / _POINTS
    point_p = u / (2 - u) if folded else u / (1 - u)
    histogram_gb = np.array([np.histogram(ratio, edge_b)[0] for ratio in ratio_g])
    below_gp = np.array([np.searchsorted(np.sort(ratio), point_p, side="right") for ratio in ratio_g])
    total_g = np.array([ratio.size for ratio in ratio_g])
    sum_gc = np.column_stack([total_g, histogram_gb, below_gp]).astype(np.float64)
    resampled_rc = resample_glasses(sum_gc, rng=generator, resamples=resamples)
    fraction_rc = resampled_rc[:, 1:] / resampled_rc[:, :1]
    fraction_c = sum_gc[:, 1:].sum(axis=0) / total_g.sum()
    bins = edge_b.size - 1
    glasses = len(ratio_g)
    wander_r = np.abs(fraction_rc[:, bins:] - fraction_c[bins:]).max(axis=1) * np.sqrt(glasses / (glasses - 1))
    count = histogram_gb.sum(axis=0)
    return GapRatioDistribution(
        folded=folded,
        edges=edge_b,
        density=fraction_c[:bins] / np.diff(edge_b),
        error=spread(fraction_rc[:, :bins], glasses) / np.diff(edge_b),
        count=count,
        above=float(1 - count.sum() / total_g.sum()),
        fits=tuple(_fit(curve, point_p, fraction_c[bins:], wander_r, folded) for curve in references),
        ratios=int(total_g.sum()),
        glasses=glasses,
        resamples=resamples,
        seed=seed,
    )


def _fit(
    curve: ReferenceCurve, point_p: FloatArray, measured_p: FloatArray, wander_r: FloatArray, folded: bool
) -> GoodnessOfFit:
    distance = float(np.abs(measured_p - curve.cumulative(point_p, folded=folded)).max())
    return GoodnessOfFit(curve, distance, float((1 + np.sum(wander_r >= distance)) / (1 + wander_r.size)))
