"""Nudged elastic band: a chain of states between two minima that relaxes onto the path over the lowest saddles.

Improved tangents: Henkelman & Jónsson, J. Chem. Phys. 113, 9978 (2000); the highest image climbs: Henkelman, Uberuaga &
Jónsson, J. Chem. Phys. 113, 9901 (2000). It serves to come near the highest saddle; what is read off it is the top
alone, which Newton's method takes over (`saddle`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceError
from ...particles.configuration import Configuration
from ...particles.potentials import PairPotential
from ...particles.quench.overlaps import separate_overlaps
from ...particles.quench.surface import EnergySurface, Point

Array = NDArray[np.float64]

SPRING = 0.1  # of the largest Σ_j |phi''| of a particle: as stiff as the stiffer bonds
LONGEST_MOVE = 0.05  # of the mean diameter, for any coordinate in one step
CLIMB_BELOW = 0.1  # relative force across the band from which its highest image climbs
MOST_STEPS = 1000
REFRESH = 50  # steps between looks at the stiffness, which falls as the band relaxes
# FIRE 2.0, as in particles.quench.fire
DELAY, GROW, SHRINK, MIXING, MIXING_DECAY = 20, 1.1, 0.5, 0.25, 0.99
FIRST_STEP, LARGEST_STEP = 0.2, 0.7  # time steps in units of 1/√stiffness


class Band:
    """States between two minima, as displacements from the first.

    Parameters
    ----------
    first : Configuration
        A minimum.
    way : (K, N, d) array
        Corners of the line on which the states lie at first, as displacements from the minimum; zero in the first. The
        last one stays fixed: another minimum, or any state beyond the barrier that is no higher than the first.
    potential : PairPotential
    images : int
        States between the two.

    Raises
    ------
    ConvergenceError
        If particles coincide on the line.
    """

    def __init__(self, first: Configuration, way: Array, potential: PairPotential, images: int):
        self.first = first
        self.image_mnc = _spread(way, images + 2)
        self._surfaces = [EnergySurface(first, potential) for _ in range(images + 2)]
        self._points = [Point(first.positions) for _ in range(images + 2)]
        self.energy_m = np.zeros(images + 2)
        self._force_mnc = np.zeros_like(self.image_mnc)
        self._evaluate(0)
        self.bond_force = self._points[0].bond_force
        for m in range(1, images + 2):
            self._evaluate(m)
            if m <= images:
                self._separate(m)
        self.steps = 0

    @property
    def top(self) -> int:
        """Number of the highest image; 0 or the last where no state between the minima is higher than both."""
        return int(np.argmax(self.energy_m))

    def top_configuration(self) -> Configuration:
        """The highest image."""
        return self.first.replace(positions=self.first.positions + self.image_mnc[self.top])

    def relax(self, tolerance: float) -> float:
        """Relax until the forces on the band are below a tolerance, by FIRE; returns the largest that is left.

        Parameters
        ----------
        tolerance : float
            Largest component of the force across the band, and of the climbing image, over the rms bond force.

        Raises
        ------
        ConvergenceError
            Not within the allowed steps; ``partial`` is the band.
        """
        velocity_mnc = np.zeros_like(self.image_mnc)
        unit, spring = self._units()
        time_step, mixing, uphill_free = FIRST_STEP * unit, MIXING, 0
        cap = LONGEST_MOVE * self._surfaces[0].mean_diameter
        largest, climber = np.inf, -1  # one image climbs to the end: of two equal ones neither would arrive
        for step in range(MOST_STEPS):
            if step % REFRESH == 0:
                unit, spring = self._units()
            if climber < 0 and largest < CLIMB_BELOW:
                climber = self.top
            force_mnc = self._band_forces(spring, climber)
            largest = float(np.abs(force_mnc).max()) / self.bond_force
            if largest <= tolerance:
                return largest
            if np.vdot(force_mnc, velocity_mnc) > 0.0:
                uphill_free += 1
                if uphill_free > DELAY:
                    time_step, mixing = min(GROW * time_step, LARGEST_STEP * unit), mixing * MIXING_DECAY
            else:
                velocity_mnc[:] = 0.0
                time_step, mixing = max(SHRINK * time_step, 0.02 * unit), MIXING
                uphill_free = 0
            velocity_mnc += time_step * force_mnc
            speed, size = np.linalg.norm(velocity_mnc), np.linalg.norm(force_mnc)
            velocity_mnc = (1.0 - mixing) * velocity_mnc + (mixing * speed / size) * force_mnc
            step_mnc = time_step * velocity_mnc
            step_mnc *= min(1.0, cap / max(float(np.abs(step_mnc).max()), 1e-300))
            self.image_mnc[1:-1] += step_mnc[1:-1]
            for m in range(1, len(self.image_mnc) - 1):
                self._evaluate(m)
            self.steps += 1
        raise ConvergenceError(
            f"the path between two minima did not relax in {MOST_STEPS} steps: relative force {largest:.1e}, expected "
            f"{tolerance:.1e}; leave this pair of minima out.",
            self,
        )

    def _units(self) -> tuple[float, float]:
        """Unit of time and spring constant that suit the stiffest particle of any image."""
        stiffest = max(surface.stiffness(point) for surface, point in zip(self._surfaces, self._points, strict=True))
        return 1.0 / math.sqrt(max(stiffest, 1e-300)), SPRING * stiffest

    def _separate(self, m: int) -> None:
        """Take particles apart that a straight line between two states put on top of each other."""
        before = self._points[m].positions.copy()
        apart = separate_overlaps(self._surfaces[m], self._points[m])
        self.image_mnc[m] += self.first.box.minimum_image(apart.positions - before)
        self._evaluate(m)

    def _evaluate(self, m: int) -> None:
        point = self._points[m]
        point.positions[:] = self.first.box.wrap(self.first.positions + self.image_mnc[m])
        self._surfaces[m].evaluate(point)
        if not point.finite:
            raise ConvergenceError("particles (almost) coincide on the path between two minima.", self)
        self.energy_m[m], self._force_mnc[m] = point.energy, point.forces

    def _band_forces(self, spring: float, climber: int) -> Array:
        """Forces across the band, springs along it; one image goes up along it instead."""
        out_mnc = np.zeros_like(self.image_mnc)
        for m in range(1, len(self.image_mnc) - 1):
            ahead_nc, behind_nc = self.image_mnc[m + 1] - self.image_mnc[m], self.image_mnc[m] - self.image_mnc[m - 1]
            tangent_nc = _tangent(self.energy_m[m - 1 : m + 2], behind_nc, ahead_nc)
            along = float(np.vdot(self._force_mnc[m], tangent_nc))
            out_mnc[m] = self._force_mnc[m] - along * tangent_nc
            if m == climber:
                out_mnc[m] -= along * tangent_nc
            else:
                uneven = float(np.linalg.norm(ahead_nc) - np.linalg.norm(behind_nc))
                out_mnc[m] += spring * uneven * tangent_nc
        return out_mnc


def _spread(way: Array, states: int) -> Array:
    """States at equal distances along a line with corners."""
    leg_k = np.linalg.norm(np.diff(way, axis=0), axis=(1, 2))
    mark_k = np.concatenate(([0.0], np.cumsum(leg_k)))
    out_mnc = np.empty((states, *way.shape[1:]))
    for m, mark in enumerate(np.linspace(0.0, mark_k[-1], states)):
        k = min(int(np.searchsorted(mark_k, mark, side="right")) - 1, len(leg_k) - 1)
        part = (mark - mark_k[k]) / leg_k[k] if leg_k[k] > 0.0 else 0.0
        out_mnc[m] = way[k] + min(part, 1.0) * (way[k + 1] - way[k])
    return out_mnc


def _tangent(energy_m: Array, behind_nc: Array, ahead_nc: Array) -> Array:
    """Unit tangent at an image: towards its higher neighbour, weighted by energies at an extremum."""
    low, here, high = (float(energy) for energy in energy_m)
    if low < here < high:
        tangent_nc = ahead_nc
    elif low > here > high:
        tangent_nc = behind_nc
    else:
        most, least = max(abs(high - here), abs(low - here)), min(abs(high - here), abs(low - here))
        weight, other = (most, least) if high > low else (least, most)
        tangent_nc = weight * ahead_nc + other * behind_nc if most > 0.0 else ahead_nc + behind_nc
    length = float(np.linalg.norm(tangent_nc))
    return tangent_nc / length if length > 0.0 else tangent_nc
