"""When a quench has converged, and what it returns: one rule and one result for every minimiser.

Converged means relative_force = max |F_ic| / rms phi' <= tolerance, where max |F_ic| is the largest component of any
particle's net force and rms phi' the typical bond force, over the pairs within their cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..configuration import Configuration
from .surface import EnergySurface, Point

# Coordinates are rounded to about eps·|x|, which changes forces by that times a stiffness. Measured on four models:
# minimisers left running end at 0.1 to 0.3 eps · max |x| · max_i Σ_j |phi''|; the sum is about 25 bonds' rms phi''.
FLOOR_ROUNDINGS = 1.0


@dataclass(frozen=True)
class QuenchResult:
    """A quenched configuration and how well it is quenched.

    Attributes
    ----------
    configuration : Configuration
        The inherent structure; everything below was evaluated on it, with a pair list made for it.
    energy : float
        Potential energy U [energy].
    max_force : float
        Largest component of any particle's net force, without sign [energy/length].
    relative_force : float
        max_force / rms phi' over the pairs within their cutoff; 0 where there are no forces.
    iterations : int
        Steps of the minimiser, its line searches not counted.
    force_evaluations : int
        Evaluations of energy and forces, all included.
    hessian_products : int
        Products of the Hessian with a vector, each cheaper than a force evaluation (L-BFGS only, in its last steps).
    rattlers : ndarray of int
        Particles without any pair inside its cutoff, ascending: their blocks of the Hessian are exactly zero, and the
        Hessian of a rigid glass has d + d · len(rattlers) zero modes. Particles that barely touch one to d neighbours
        (contact potentials only) are not rattlers in this sense: they add soft modes, not zero blocks.
    method : str
        The minimiser.
    force_tolerance : float
        The tolerance asked for.
    floor : float
        Smallest relative force that float64 coordinates resolve: eps · max |x| · max_i Σ_j |phi''| / rms phi'.
    met_at_floor : bool
        True where the tolerance itself was not reached, but the floor was.
    """

    configuration: Configuration
    energy: float
    max_force: float
    relative_force: float
    iterations: int
    force_evaluations: int
    hessian_products: int
    rattlers: NDArray[np.int64]
    method: str
    force_tolerance: float
    floor: float
    met_at_floor: bool


class StoppingRule:
    """Decides for any minimiser whether to go on.

    Parameters
    ----------
    surface : EnergySurface
    force_tolerance : float
        Largest relative force of a converged configuration.
    max_evaluations : int
        Force evaluations before giving up.
    """

    def __init__(self, surface: EnergySurface, force_tolerance: float, max_evaluations: int):
        self.surface = surface
        self.force_tolerance = force_tolerance
        self.max_evaluations = max_evaluations
        self.converged = False  # at the point last asked about
        self._floor_force = 0.0  # at the last look, when the largest force was
        self._looked_at = np.inf

    @property
    def exhausted(self) -> bool:
        """Whether the allowed number of force evaluations is used up."""
        return self.surface.evaluations >= self.max_evaluations

    def floor_force(self, point: Point) -> float:
        """Net force that rounding of the coordinates alone leaves: eps · max |x| · stiffness."""
        resolution = FLOOR_ROUNDINGS * np.finfo(np.float64).eps * float(np.abs(point.positions).max())
        return resolution * self.surface.stiffness(point)

    def met(self, point: Point) -> bool:
        """Whether a point is converged; if so it has been evaluated afresh, with a pair list of its own."""
        self.converged = False
        if self._seems_met(point):
            self.surface.evaluate_afresh(point)
            self.converged = self._seems_met(point)
        return self.converged

    def _seems_met(self, point: Point) -> bool:
        if not point.finite:
            return False
        if point.relative_force <= self.force_tolerance:
            return True
        # The floor costs a table of pairs: it is computed where the forces have come near its last value or have
        # fallen a hundredfold since. It changes with the bonds, and vanishes with them below rigidity.
        if point.max_force > max(2.0 * self._floor_force, 0.01 * self._looked_at):
            return False
        self._floor_force, self._looked_at = self.floor_force(point), point.max_force
        return point.max_force <= self._floor_force

    def result(self, point: Point, iterations: int, method: str) -> QuenchResult:
        """The result at the point last asked about."""
        surface = self.surface
        if not self.converged:
            surface.evaluate_afresh(point)
        floor_force = self.floor_force(point)
        relative = point.relative_force
        return QuenchResult(
            configuration=surface.configuration.replace(positions=point.positions),
            energy=float(point.energy),
            max_force=float(point.max_force),
            relative_force=float(relative),
            iterations=iterations,
            force_evaluations=surface.evaluations,
            hessian_products=surface.hessian_products,
            rattlers=surface.rattlers(point),
            method=method,
            force_tolerance=self.force_tolerance,
            floor=float(floor_force / point.bond_force) if point.bond_force > 0.0 else 0.0,
            met_at_floor=bool(relative > self.force_tolerance and point.max_force <= floor_force),
        )
