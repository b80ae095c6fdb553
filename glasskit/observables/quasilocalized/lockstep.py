"""Many directions to their minima at once, each step preconditioned by M⁻¹, which is factorised once per glass.

Far from the core of a mode its energy is elastic: ∇ ln E = 2p (M·z/kappa − A:z…/t) with A:z… confined to the core. With
M as preconditioner, conjugate gradients need some ten products where they need hundreds without: those of the core.
One solve with the factors costs more than those it saves, thirty at a time cost a tenth each; so every minimisation
is a generator that asks for M⁻¹ of a vector, and what all of them ask for is solved together.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceError, GlasskitError, InputError
from ...particles.configuration import Configuration
from ...particles.hessian import hessian
from ...particles.potentials import PairPotential
from ..nonaffine import positive_factor
from ..system import prepare
from .energies import DirectionEnergy, Place
from .trust_region import Trust, descent

Array = NDArray[np.float64]
Result = TypeVar("Result")
Ended: TypeAlias = Callable[[DirectionEnergy, Array, Place, int], Result]

TOGETHER = 32  # minimisations whose solves are one: in 2D 1.3 ms each at N = 10,000, 16 ms alone
# M⁻¹ turns steps towards the softest modes, and longer ones leave shallow minima for those: of 8 modes that `minimise`
# finds from a set of spots, angles of 0.2 and 0.5 lose two, half as much and a quarter none
TRUST = Trust(first_angle=0.1, longest_angle=0.2, steps=200, products=200)


class Inverse:
    """M⁻¹ of a glass on the space without translations and rattlers, for blocks of vectors.

    Up to a shift of eight times the resolution of eigenvalues, as a preconditioner may be.
    """

    def __init__(self, configuration: Configuration, potential: PairPotential):
        self._dimension = d = configuration.dimension
        self._system = prepare(hessian(configuration, potential), d)
        self._factor = positive_factor(self._system, self._system.problem.matrix[d:, d:])

    def __call__(self, block_bnc: Array) -> Array:
        """Displacements of the block of forces, shape (b, N, d)."""
        count, d = len(block_bnc), self._dimension
        active = self._system.active
        moving_ab = np.zeros((len(active), count))
        moving_ab[d:] = self._factor.solve(np.ascontiguousarray(block_bnc.reshape(count, -1)[:, active].T[d:]))
        for axis in range(d):
            moving_ab[axis::d] -= moving_ab[axis::d].mean(axis=0)
        out = np.zeros((count, self._system.size))
        out[:, active] = moving_ab.T
        return out.reshape(block_bnc.shape)


def minimise_together(
    starts: Sequence[Array],
    surface: Callable[[], DirectionEnergy],
    inverse: Callable[[Array], Array],
    tolerance: float,
    ended: Ended[Result],
) -> list[Result | GlasskitError]:
    """Minima reached from unit vectors, or why one was not reached, in their order.

    `TOGETHER` of them are at work at any time; where one ends the next begins. Each has a surface of its own, and what
    is kept of it is what ``ended`` makes of (surface, start, minimum, steps).
    """
    results: list[Result | GlasskitError | None] = [None] * len(starts)
    waiting = iter(range(len(starts)))
    tasks: dict[int, Generator[Array, Array, Result]] = {}
    answers: dict[int, Array] = {}
    while True:
        asked: dict[int, Array] = {}
        while len(asked) < TOGETHER:
            k = next((k for k in tasks if k not in asked), None)
            if k is None:
                k = next(waiting, None)
                if k is None:
                    break
                tasks[k] = _task(surface(), starts[k], tolerance, ended)
            try:
                asked[k] = tasks[k].send(answers.pop(k)) if k in answers else next(tasks[k])
            except StopIteration as end:
                results[k] = end.value
                del tasks[k]
            except (ConvergenceError, InputError) as error:
                results[k] = error
                del tasks[k]
        if not asked:
            return [result for result in results if result is not None]
        answers = dict(zip(asked, inverse(np.array(list(asked.values()))), strict=True))


def _task(
    surface: DirectionEnergy, start_nc: Array, tolerance: float, ended: Ended[Result]
) -> Generator[Array, Array, Result]:
    place, steps = yield from descent(surface, start_nc, tolerance, TRUST, Elastic())
    return ended(surface, start_nc, place, steps)


class Elastic:
    """The preconditioner kappa/(2p) [M⁻¹ − M⁻¹z zᵀM⁻¹/(zᵀM⁻¹z)], the inverse of (2p/kappa) M on the tangent space.

    Asks for M⁻¹ of z once at each place, and of each residual.
    """

    def __init__(self) -> None:
        self._place: Place | None = None
        self._soft_nc: Array = np.empty(0)

    def __call__(self, surface: DirectionEnergy, place: Place, residual_nc: Array) -> Generator[Array, Array, Array]:
        """The residual, preconditioned."""
        if place is not self._place:
            self._soft_nc = yield place.z
            self._place = place
        answer_nc = yield residual_nc
        part = np.vdot(self._soft_nc, residual_nc) / np.vdot(place.z, self._soft_nc)
        return (place.kappa / (2.0 * surface.energy.p)) * (answer_nc - part * self._soft_nc)
