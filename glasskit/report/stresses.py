"""Distributions of local stresses of the curves of a folder: one glass in memory at a time, bins that curves share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..analysis.stresses.distribution import (
    SLOPE_SPAN,
    StressDistribution,
    bins_in_use,
    count_in_bins,
    distribution_from_counts,
    standard_edges,
    trim_bins,
)
from ..analysis.stresses.prediction import local_slope, single_size_prediction
from ..ensembles.pipelines.glass_settings import GlassSettings, potential_of
from ..ensembles.store import Ensemble
from ..ensembles.tables import read_table
from ..errors import InputError
from ..observables.local_stress import local_stresses
from ..particles.configuration import Configuration
from ..particles.potentials import PairPotential
from .measured import Refused, attempt

SCALAR, COMPONENT = "scalar", "component"
"""|r phi'(r)| of every pair, and |sigma_ab| = |e_a e_b r phi'(r)| of every pair and every a < b [energy]."""


def glass_potential(settings: GlassSettings) -> PairPotential:
    """Return the potential under which the glasses of a curve are at rest."""
    return potential_of(replace(settings.model, taper=settings.quench.taper))


def magnitudes(configuration: Configuration, potential: PairPotential) -> dict[str, NDArray[np.float64]]:
    """Return the magnitudes of a glass's local stresses, by the names of this module.

    Parameters
    ----------
    configuration : Configuration
    potential : PairPotential

    Returns
    -------
    dict
        ``SCALAR``: one value per pair; ``COMPONENT``: one per pair and pair of axes a < b. All [energy].
    """
    stresses = local_stresses(configuration, potential)
    return {SCALAR: stresses.magnitudes, COMPONENT: stresses.off_diagonal.ravel()}


def stress_distributions(ensembles: Mapping[str, Ensemble]) -> dict[str, dict[str, StressDistribution | Refused]]:
    """Return, for every curve with glasses, the distribution of each quantity, in the same bins for all curves.

    It holds no prediction and no classes of size, and takes a fifth of the time of ``stress_statistics``.
    """
    edges = standard_edges()
    counts = {name: count_stresses(ensemble, edges) for name, ensemble in ensembles.items() if len(ensemble)}
    found: dict[str, dict[str, StressDistribution | Refused]] = {name: {} for name in counts}
    for quantity in (SCALAR, COMPONENT) if counts else ():
        first, last = bins_in_use(np.concatenate([count_gc[quantity] for count_gc in counts.values()]))
        for name, count_gc in counts.items():
            found[name][quantity] = attempt(
                distribution_from_counts, trim_bins(count_gc[quantity], first, last), edges[first : last + 2],
                slope_span=SLOPE_SPAN,
            )  # fmt: skip
    return found


def count_stresses(ensemble: Ensemble, edges: NDArray[np.float64]) -> dict[str, NDArray[np.int64]]:
    """Counts of each quantity's magnitudes as from ``count_in_bins``, shape (glasses, bins + 2)."""
    potential = glass_potential(read_table(GlassSettings, ensemble.settings))
    counts: dict[str, list[NDArray[np.int64]]] = {SCALAR: [], COMPONENT: []}
    for configuration in ensemble.configurations():
        for quantity, values in magnitudes(configuration, potential).items():
            counts[quantity].append(count_in_bins(values, edges))
    return {quantity: np.array(rows) for quantity, rows in counts.items()}


def expected_slope(settings: GlassSettings, points: int = 4000) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Local slope of P(|r phi'|) that pairs of diameter 1 would have with a flat g(r): no parameter, no measurement.

    The slope of ``predicted_slope`` is reached only for sigma → 0; this is how far away from it a measured window is.
    Distances from 0.7 of a diameter to the cutoff.

    Returns
    -------
    sigma, slope : arrays of at most ``points``

    Raises
    ------
    InputError
        If |r phi'| is not monotonic, as with a minimum of the potential.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (90)-(94).
    """
    potential = glass_potential(settings)
    cutoff = float(potential.cutoff_of(1.0))
    # equally spaced in the logarithm of the distance to the cutoff, where sigma changes by many decades
    r = cutoff - np.geomspace(cutoff - 0.7, 1e-6 * cutoff, points)
    _, slope, curvature = potential.pair_derivatives(r, np.ones_like(r), order=2)
    kept = np.abs(r * slope) > 1e-30  # far below what is measured, far above what underflows
    r, slope, curvature = r[kept], slope[kept], curvature[kept]
    if not (slope < 0).all():
        raise InputError("r phi' changes sign: a potential with a minimum has no single slope.")
    sigma, density = single_size_prediction(
        r, -r * slope, np.ones_like(r), dimension=settings.model.dimension, sigma_slope=slope + r * curvature
    )
    return sigma, local_slope(sigma, density)
