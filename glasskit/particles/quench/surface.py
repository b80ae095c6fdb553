"""The energy surface that a minimiser walks on: energies and forces from a Verlet list that is never out of date."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..configuration import Configuration
from ..kernels.pair_sums import make_energy_and_forces, make_pair_table
from ..potentials import PairPotential
from ..system import PairList, Pairs, checked_cutoff, pairs_within
from .vectors import largest_component, moved_beyond

SKIN = 0.2  # of the mean diameter; measured: 0.15 to 0.3 are equally fast at N = 1000


class Point:
    """Positions and what was evaluated there; minimisers keep two and swap them.

    Attributes
    ----------
    positions : ndarray, shape (N, d)
        Wrapped into [−L/2, L/2) along every axis [length].
    frozen : ndarray, shape (N, d)
        Read-only view of the positions: the type of a configuration's own, so that pair kernels compile once.
    forces : ndarray, shape (N, d)
    energy : float
    max_force : float
        Largest component of any particle's net force, without sign.
    bond_force : float
        rms phi' over the pairs within their cutoff; 0 without pairs.
    """

    __slots__ = ("bond_force", "energy", "forces", "frozen", "max_force", "positions")

    def __init__(self, positions: NDArray[np.float64]):
        self.positions = np.array(positions, dtype=np.float64, order="C")
        self.frozen = self.positions.view()
        self.frozen.flags.writeable = False
        self.forces = np.zeros_like(self.positions)
        self.energy = math.nan
        self.max_force = math.nan
        self.bond_force = math.nan

    @property
    def finite(self) -> bool:
        """Whether energy and forces are numbers."""
        return math.isfinite(self.energy) and math.isfinite(self.max_force)

    @property
    def relative_force(self) -> float:
        """max_force / bond_force; 0 without bonds, infinite where forces or their squares overflow."""
        if not (self.finite and math.isfinite(self.bond_force)):
            return math.inf
        # Bond forces whose squares underflow (ends of the taper T_inf in a gas) count as none.
        return self.max_force / self.bond_force if self.bond_force > 0.0 else 0.0


class EnergySurface:
    """Energies and forces of one system at any positions, and products with its Hessian, all counted.

    The list holds every pair closer than cutoff + skin at the positions it was built for; it is rebuilt as soon as the
    two longest displacements from there (minimum image) add up to more than the skin, so no pair is lost however long
    a step is.
    """

    def __init__(self, configuration: Configuration, potential: PairPotential):
        self.configuration = configuration
        self.diameters = configuration.diameters
        self.cell = configuration.box.kernel_cell
        self.mean_diameter = float(configuration.diameters.mean())
        self.evaluations = 0
        self.hessian_products = 0
        self.builds = 0
        self._cutoff = checked_cutoff(configuration, potential)
        self._skin = SKIN * self.mean_diameter
        self._parameters = potential.parameters
        self._evaluate = make_energy_and_forces(potential.form, configuration.dimension)
        self._pair_table = make_pair_table(potential.form, configuration.dimension)
        self._near = self._listed(configuration.positions, self._cutoff + self._skin)
        self._reference = configuration.positions.copy()

    def _listed(self, positions: NDArray[np.float64], radius: float) -> PairList:
        self.builds += 1
        return pairs_within(radius, positions, self.cell, self.diameters, self._parameters)

    def _current_list(self, positions: NDArray[np.float64]) -> PairList:
        if moved_beyond(positions, self._reference, self.cell, self._skin):
            self._near = self._listed(positions, self._cutoff + self._skin)
            self._reference[:] = positions
        return self._near

    def evaluate(self, point: Point) -> None:
        """Energy and forces at the positions of a point, written into it."""
        self._fill(point, self._current_list(point.frozen))

    def evaluate_afresh(self, point: Point) -> None:
        """The same with a list made for these positions alone, exactly as `potential_energy` and `forces` do."""
        self._fill(point, self._listed(point.frozen, self._cutoff))

    def _fill(self, point: Point, near: PairList) -> None:
        self.evaluations += 1
        point.energy, slope2, pairs = self._evaluate(point.frozen, self.cell, *near, self._parameters, point.forces)
        point.max_force = largest_component(point.forces)
        point.bond_force = math.sqrt(slope2 / pairs) if pairs else 0.0

    def pairs(self, point: Point) -> Pairs:
        """Table of the pairs within their cutoff, with their derivatives."""
        near = self._current_list(point.frozen)
        return Pairs(*self._pair_table(point.frozen, self.cell, *near, self._parameters))

    def stiffness(self, point: Point) -> float:
        """Largest Σ_j |phi''(r_ij)| of any particle [energy/length²]; 0 without pairs."""
        pairs, n = self.pairs(point), len(self.diameters)
        curvature = np.abs(pairs.derivatives[2])
        return float((np.bincount(pairs.i, curvature, n) + np.bincount(pairs.j, curvature, n)).max())

    def rattlers(self, point: Point) -> NDArray[np.int64]:
        """Particles without any pair inside its cutoff, ascending."""
        pairs = self.pairs(point)
        return np.setdiff1d(np.arange(len(self.diameters)), np.concatenate((pairs.i, pairs.j)))

    def start(self) -> Point:
        """The configuration's own point, evaluated.

        Raises
        ------
        InputError
            If the energy there is not finite.
        """
        point = Point(self.configuration.positions)
        self.evaluate(point)
        if not point.finite:
            raise InputError(
                "quench: the energy of the start is not finite because particles (almost) coincide; move them apart."
            )
        return point
