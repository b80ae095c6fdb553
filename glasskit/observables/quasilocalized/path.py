"""The way from one minimum of the energy to another: the saddles on it, and the barrier."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceError
from ...particles.configuration import Configuration
from ...particles.hessian import contraction
from ...particles.potentials import PairPotential
from ...particles.quench import QuenchResult
from ...particles.system import interacting_pairs
from .band import Band
from .saddle import Saddle, descend, find_saddle

Array = NDArray[np.float64]

ATTEMPTS = ((7, 3e-2), (7, 1e-3), (15, 1e-2), (15, 1e-3), (31, 1e-3))
"""Images of the band and relative force it is relaxed to, from which Newton's method is tried, until one leads to a
saddle that joins the minima."""

MOST_SADDLES = 6
LEAVE = 0.05  # of the distance of the minima: how far from the saddle the quenches to both sides begin
SAME = 1e3  # of the residual forces: linear restoring force below which two states are one minimum


@dataclass(frozen=True, eq=False)
class Passage:
    """A path of lowest energy between two minima, by its minima and saddles.

    Attributes
    ----------
    saddles : tuple of Saddle
        In order. Each has one falling direction, and quenches from it to both sides end in the minima next to it.
    minima : tuple of Configuration
        One more than saddles: the two ends and those between, where the two are not neighbours.
    energies : (K+1,) array
        Of the minima [energy].
    """

    saddles: tuple[Saddle, ...]
    minima: tuple[Configuration, ...] = field(repr=False)
    energies: Array

    @property
    def direct(self) -> bool:
        """Whether the two minima are neighbours, separated by one saddle."""
        return len(self.saddles) == 1

    @property
    def barrier(self) -> float:
        """Highest saddle above the first minimum [energy]. Other paths may be lower: it is a bound from above."""
        return max(saddle.energy for saddle in self.saddles) - float(self.energies[0])

    @property
    def barrier_back(self) -> float:
        """The same above the last minimum [energy]."""
        return max(saddle.energy for saddle in self.saddles) - float(self.energies[-1])


def displacement(first: QuenchResult, last: QuenchResult) -> Array:
    """From one minimum to another, nearest images, without the mean of the particles that are rattlers in neither.

    Rattlers keep the motion they made.
    """
    box = first.configuration.box
    step_nc = box.minimum_image(last.configuration.positions - first.configuration.positions)
    return step_nc - step_nc[~rattling(first, last)].mean(axis=0)


def rattling(first: QuenchResult, last: QuenchResult) -> NDArray[np.bool_]:
    """Which particles are rattlers in one of the two minima."""
    out = np.zeros(first.configuration.number_of_particles, dtype=bool)
    out[first.rattlers] = out[last.rattlers] = True
    return out


def same_minimum(first: QuenchResult, last: QuenchResult, potential: PairPotential) -> bool:
    """Whether two quenches ended in one minimum.

    They did where the linear restoring force M·Δ of their displacement is no more than what is left of forces: at
    another minimum it is larger by the anharmonic part, many orders of magnitude. Rattlers of the first feel none.
    """
    pairs = interacting_pairs(first.configuration, potential)
    restoring = float(np.abs(contraction(pairs, displacement(first, last), 2)).max())
    bond_force = float(np.sqrt(np.mean(pairs.derivatives[1] ** 2)))
    left = max(first.relative_force, first.floor, last.relative_force, last.floor)
    return restoring <= SAME * left * bond_force


def find_passage(
    first: QuenchResult,
    last: QuenchResult,
    potential: PairPotential,
    *,
    way: Array | None = None,
    force_tolerance: float = 1e-12,
) -> Passage:
    """Path between two minima over saddles.

    A band of states is relaxed, its top becomes a saddle by Newton's method, and quenches to both sides of it tell
    which minima it joins. Where these are others than the two ends, the same is done for the parts.

    Parameters
    ----------
    first, last : QuenchResult
    potential : PairPotential
    way : (K, N, d) array, optional
        Corners of a line to start from, as displacements from the first minimum: into the other minimum, or far enough
        to be beyond the first barrier and no higher than the first minimum. Default: the straight line.
    force_tolerance : float

    Raises
    ------
    ConvergenceError
        If no saddle is found, or more than six are needed; ``partial`` holds the saddles so far.
    """
    found: list[Saddle] = []

    def chain(
        start: QuenchResult, end: QuenchResult, way: Array | None = None
    ) -> tuple[list[Saddle], list[QuenchResult]]:
        if len(found) >= MOST_SADDLES:
            raise ConvergenceError(
                f"more than {MOST_SADDLES} saddles lie between the two minima; they are not neighbours.", tuple(found)
            )
        saddle, before, after = _joint(start, end, way, potential, force_tolerance, tuple(found))
        found.append(saddle)
        saddles = [saddle]
        minima: list[QuenchResult] = []
        if not same_minimum(start, before, potential):
            left, minima = chain(start, before)
            saddles = left + saddles
            minima = [*minima, before]
        if not same_minimum(end, after, potential):
            right, between = chain(after, end)
            saddles, minima = saddles + right, [*minima, after, *between]
        return saddles, minima

    saddles, between = chain(first, last, way)
    minima = [first, *between, last]
    return Passage(
        tuple(saddles),
        tuple(state.configuration for state in minima),
        np.array([state.energy for state in minima]),
    )


def _joint(
    start: QuenchResult,
    end: QuenchResult,
    way: Array | None,
    potential: PairPotential,
    force_tolerance: float,
    found: tuple[Saddle, ...],
) -> tuple[Saddle, QuenchResult, QuenchResult]:
    """A saddle between two minima, and the minima on the sides of the first and of the last."""
    whole_nc = displacement(start, end)
    if way is None:
        way = np.stack((np.zeros_like(whole_nc), whole_nc))
    distance = float(np.linalg.norm(way[-1]))
    band, reason = None, "no state between the minima is higher than both"
    best: tuple[Saddle, QuenchResult, QuenchResult] | None = None
    for images, tolerance in ATTEMPTS:
        try:
            if band is None or len(band.image_mnc) != images + 2:
                band = Band(start.configuration, way, potential, images)
            band.relax(tolerance)
            if not 0 < band.top <= images:
                continue
            saddle = find_saddle(band.top_configuration(), potential, force_tolerance=force_tolerance)
        except ConvergenceError as error:
            reason = str(error).rstrip(".")
            continue
        sides = descend(saddle, potential, LEAVE * distance, force_tolerance=force_tolerance)
        if same_minimum(sides[0], sides[1], potential):
            reason = "the saddle that was found leads to the same minimum on both sides"
            continue
        before, after = _in_order(sides, start, end)
        touches = [same_minimum(start, before, potential), same_minimum(end, after, potential)]
        if all(touches):
            return saddle, before, after
        if best is None or any(touches):
            best = saddle, before, after
    if best is not None:
        return best
    raise ConvergenceError(
        f"no saddle was found between two minima {np.linalg.norm(whole_nc):.3g} apart: {reason}.", found
    )


def _in_order(
    sides: tuple[QuenchResult, QuenchResult], start: QuenchResult, end: QuenchResult
) -> tuple[QuenchResult, QuenchResult]:
    """The two minima next to a saddle, that on the side of the start first."""

    def apart(one: QuenchResult, other: QuenchResult) -> float:
        return float(np.linalg.norm(displacement(one, other)))

    straight = apart(start, sides[0]) + apart(end, sides[1])
    crossed = apart(start, sides[1]) + apart(end, sides[0])
    return (sides[0], sides[1]) if straight <= crossed else (sides[1], sides[0])
