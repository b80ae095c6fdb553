"""The stages of a search, each a function of its arguments only: worker processes run them on any part of the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceError, GlasskitError, InputError
from ...particles.potentials import PairPotential
from .balls import Ball, BallEnergy, response
from .energies import DirectionEnergy, ModeEnergy, Place
from .landscape import ModeLandscape
from .lockstep import Ended, Inverse, minimise_together
from .minimise import minimise
from .solve import QuasilocalizedMode, result_at

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

LOOSE = 1e-2  # |∇E|/E in balls, whose walls change the modes by more
_MOST_MOVES = 4  # of a ball after the core of its mode
_NOT_CONVERGED, _UNDEFINED = "not converged", "energy not defined along the guess"


@dataclass(frozen=True, eq=False)
class Spot:
    """A direction on its way to a mode: particles that move, how they do, and kappa."""

    members: Integers
    z_nc: Array
    stiffness: float

    def in_glass(self, shape: tuple[int, ...]) -> Array:
        """The same displacements, all other particles at rest."""
        out_nc = np.zeros(shape)
        out_nc[self.members] = self.z_nc
        return out_nc


Found: TypeAlias = "Spot | str"  # or why there is none


@dataclass(frozen=True, eq=False)
class Search:
    """What all stages of one search share."""

    landscape: ModeLandscape
    potential: PairPotential
    energy: ModeEnergy
    token: str  # of this search: factors made for it in a process serve all its stages


def spots_of_dipoles(search: Search, bonds: Integers, size: int) -> list[Found]:
    """Minima in balls of a size, reached from the responses of these balls to force dipoles."""
    land = search.landscape
    found: list[Found] = []
    for bond in bonds:
        ball = Ball.around(land, int(land.i[bond]), size)
        force_nc = np.zeros((len(ball.members), land.vectors.shape[0]))
        ends = np.searchsorted(ball.members, [land.i[bond], land.j[bond]])
        force_nc[ends] = np.outer((-1.0, 1.0), land.vectors[:, bond])
        start = Spot(ball.members, response(ball, force_nc), np.inf)
        found.append(_settled(search, start, ball, int(land.i[bond]), size))
    return found


def spots_in_larger_balls(search: Search, spots: Iterable[Spot], size: int) -> list[Found]:
    """The minima that spots become in larger balls."""
    found: list[Found] = []
    for spot in spots:
        center = _core(spot)
        found.append(_settled(search, spot, Ball.around(search.landscape, center, size), center, size))
    return found


def responses_of_glass(search: Search, bonds: Integers) -> list[Found]:
    """Responses of the whole glass to force dipoles, where it is too small for balls."""
    land = search.landscape
    force_gnc = np.zeros((len(bonds), *land.configuration.positions.shape))
    row = np.arange(len(bonds))
    force_gnc[row, land.i[bonds]], force_gnc[row, land.j[bonds]] = -land.vectors.T[bonds], land.vectors.T[bonds]
    everyone = np.arange(force_gnc.shape[1])
    return [Spot(everyone, u_nc, np.inf) for u_nc in _inverse(search)(force_gnc)]


def spots_in_glass(search: Search, spots: list[Spot], tolerance: float) -> list[Found]:
    """The minima that spots become in the glass."""
    everyone = np.arange(search.landscape.moving.size)

    def ended(surface: DirectionEnergy, start_nc: Array, place: Place, steps: int) -> Spot:
        return Spot(everyone, place.z, place.kappa)

    return _together(search, spots, tolerance, ended)


def modes_in_glass(search: Search, spots: list[Spot], tolerance: float) -> list[QuasilocalizedMode | str]:
    """The modes that spots are, converged."""

    def ended(surface: DirectionEnergy, start_nc: Array, place: Place, steps: int) -> QuasilocalizedMode:
        return result_at(surface, place, start_nc, steps)

    return _together(search, spots, tolerance, ended)


def _settled(search: Search, spot: Spot, ball: Ball, center: int, size: int) -> Found:
    """Minimum in the ball around the particle that moves most: the ball follows it, within limits.

    So guesses that reach one spot from several sides end in the same ball.
    """
    shape = search.landscape.configuration.positions.shape
    for _ in range(_MOST_MOVES):
        z_nc = ball.projected(spot.in_glass(shape)[ball.members])
        length = float(np.linalg.norm(z_nc))
        if not length > 0.0:
            return _UNDEFINED
        try:
            place, _ = minimise(BallEnergy(ball, search.energy), z_nc / length, LOOSE)
        except (ConvergenceError, InputError) as error:
            return _reason(error)
        inside = ball.moving
        spot = Spot(ball.members[inside], place.z[inside], place.kappa)
        before, center = center, _core(spot)
        if center == before:
            break
        ball = Ball.around(search.landscape, center, size)
    return spot


def _core(spot: Spot) -> int:
    return int(spot.members[np.argmax(np.einsum("nc,nc->n", spot.z_nc, spot.z_nc))])


def _reason(error: GlasskitError) -> str:
    return _NOT_CONVERGED if isinstance(error, ConvergenceError) else _UNDEFINED


def _together(search: Search, spots: list[Spot], tolerance: float, ended: Ended[Any]) -> list[Any]:
    land = search.landscape
    starts = [land.projected(spot.in_glass(land.configuration.positions.shape)) for spot in spots]
    starts = [start_nc / np.linalg.norm(start_nc) for start_nc in starts]
    ends = minimise_together(starts, lambda: DirectionEnergy(land, search.energy), _inverse(search), tolerance, ended)
    return [_reason(end) if isinstance(end, GlasskitError) else end for end in ends]


_KEPT: dict[str, Inverse] = {}  # of the search at work in this process, one


def _inverse(search: Search) -> Inverse:
    if search.token not in _KEPT:
        _KEPT.clear()
        _KEPT[search.token] = Inverse(search.landscape.configuration, search.potential)
    return _KEPT[search.token]


def forget(token: str) -> None:
    """Drop the factors kept for a search in this process."""
    _KEPT.pop(token, None)


def on_one_thread(stage: Callable[..., list[Any]], *arguments: Any) -> list[Any]:
    """A stage with BLAS on one thread: sums over more are other bits, and slower for blocks this small."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return stage(*arguments)
