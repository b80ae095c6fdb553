"""Energies, forces and interacting pairs of a configuration: the object layer over the pair kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .configuration import Configuration
from .kernels.contractions import radial_coefficients
from .kernels.pair_sums import list_pairs, make_energy_and_forces, make_pair_table
from .neighbours import neighbours
from .potentials import PairPotential


class PairList(NamedTuple):
    """Pairs that may interact, each once: what the pair kernels run over."""

    i: NDArray[np.int32]  # (K,) ascending
    j: NDArray[np.int32]  # (K,)
    diameters: NDArray[np.float64]  # (K,) pair diameters [length]


class Pairs(NamedTuple):
    """All pairs within their cutoff, each once, with x = x_j − x_i under the minimum image."""

    i: NDArray[np.int64]  # (P,)
    j: NDArray[np.int64]  # (P,)
    vectors: NDArray[np.float64]  # (P, d) [length]
    diameters: NDArray[np.float64]  # (P,) pair diameters [length]
    derivatives: NDArray[np.float64]  # (5, P) phi to phi'''' [energy/length^k]

    @property
    def distances(self) -> NDArray[np.float64]:
        """Distances, shape (P,) [length]."""
        return np.sqrt(np.einsum("pc,pc->p", self.vectors, self.vectors))

    @property
    def radial(self) -> NDArray[np.float64]:
        """Radial coefficients phi1 to phi4 of the contractions, shape (4, P); see `hessian.contraction`."""
        return radial_coefficients(self.distances, self.derivatives)


def checked_cutoff(configuration: Configuration, potential: PairPotential) -> float:
    """Largest cutoff of any pair, or InputError where the minimum image would miss interactions."""
    cutoff = potential.largest_cutoff(configuration.diameters)
    half = 0.5 * float(configuration.box.lengths.min())
    if cutoff >= half:
        raise InputError(
            f"cutoff: the largest cutoff {cutoff:.6g} must be below half the shortest box edge {half:.6g}; "
            "use more particles or a shorter cutoff."
        )
    return cutoff


def pairs_within(
    radius: float,
    positions: NDArray[np.float64],
    cell: NDArray[np.float64],
    diameters: NDArray[np.float64],
    parameters: NDArray[np.float64],
) -> PairList:
    """List of the pairs closer than a radius, for the potential with these parameters."""
    near = neighbours(positions, cell, radius)
    i, a = list_pairs(diameters, *near, parameters)
    return PairList(i, near.member, a)


def _all_within_cutoff(configuration: Configuration, potential: PairPotential) -> PairList:
    return pairs_within(
        checked_cutoff(configuration, potential),
        configuration.positions,
        configuration.box.kernel_cell,
        configuration.diameters,
        potential.parameters,
    )


def interacting_pairs(configuration: Configuration, potential: PairPotential) -> Pairs:
    """Table of the pairs within their cutoff.

    Raises
    ------
    InputError
        If a cutoff reaches half the shortest box edge.
    """
    listed = _all_within_cutoff(configuration, potential)
    table = make_pair_table(potential.form, configuration.dimension)
    return Pairs(*table(configuration.positions, configuration.box.kernel_cell, *listed, potential.parameters))


def energy_and_forces(configuration: Configuration, potential: PairPotential) -> tuple[float, NDArray[np.float64]]:
    """Total energy and forces as they are: infinite or NaN where pairs coincide or nearly so."""
    listed = _all_within_cutoff(configuration, potential)
    force_nc = np.empty_like(configuration.positions)
    evaluate = make_energy_and_forces(potential.form, configuration.dimension)
    energy = evaluate(configuration.positions, configuration.box.kernel_cell, *listed, potential.parameters, force_nc)[
        0
    ]
    return float(energy), force_nc


def potential_energy(configuration: Configuration, potential: PairPotential) -> float:
    """Total potential energy U = Σ_{i<j} phi(r_ij; a_ij) [energy].

    Raises
    ------
    InputError
        If a cutoff reaches half the shortest box edge, or particles are so close that the energy overflows.
    """
    energy = energy_and_forces(configuration, potential)[0]
    if not np.isfinite(energy):
        raise InputError("positions: two particles are so close that their energy overflows; move them apart.")
    return energy


def forces(configuration: Configuration, potential: PairPotential) -> NDArray[np.float64]:
    """Forces −∂U/∂x_i on all particles, shape (N, d) [energy/length].

    Raises
    ------
    InputError
        If a cutoff reaches half the shortest box edge, or particles coincide or nearly so.
    """
    force_nc = energy_and_forces(configuration, potential)[1]
    if not np.isfinite(force_nc).all():
        raise InputError("positions: two particles are so close that their force is not finite; move them apart.")
    return force_nc
