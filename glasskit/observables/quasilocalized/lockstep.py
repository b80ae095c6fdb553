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
from .minimise import gradient_floor, to_edge

Array = NDArray[np.float64]
Asking: TypeAlias = Generator[Array, Array, Place]
Result = TypeVar("Result")

TOGETHER = 32  # minimisations whose solves are one: in 2D 1.3 ms each at N = 10,000, 16 ms alone
# radians; M⁻¹ turns steps towards the softest modes, and longer ones leave shallow minima for those: of 8 modes that
# `minimise` finds from a set of spots, 0.2 and 0.5 lose two, half as much and a quarter none
FIRST_ANGLE, LONGEST_ANGLE = 0.1, 0.2
MOST_STEPS = 200
MOST_PRODUCTS = 200  # of one step
LOOSEST = 0.1  # residual of the conjugate gradients, of the gradient
ENOUGH = 0.3  # of the tolerance


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
    ended: Callable[[DirectionEnergy, Array, Place], Result],
) -> list[Result | GlasskitError]:
    """Minima reached from unit vectors, or why one was not reached, in their order.

    `TOGETHER` of them are at work at any time; where one ends the next begins. Each has a surface of its own, and what
    is kept of it is what ``ended`` makes of (surface, start, minimum).
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
    surface: DirectionEnergy,
    start_nc: Array,
    tolerance: float,
    ended: Callable[[DirectionEnergy, Array, Place], Result],
) -> Generator[Array, Array, Result]:
    return ended(surface, start_nc, (yield from descent(surface, start_nc, tolerance)))


def descent(surface: DirectionEnergy, z_nc: Array, tolerance: float) -> Asking:
    """Newton steps in a trust region, as those of `minimise`: yields f, is sent M⁻¹·f."""
    place = surface.at(z_nc)
    if not place.defined:
        raise InputError(f"the {surface.energy.name} energy is not defined along the guess.")
    side, angle = np.sign(place.t), FIRST_ANGLE
    for _ in range(MOST_STEPS):
        size = float(np.linalg.norm(place.gradient))
        if size <= max(tolerance, gradient_floor(surface, place)):
            return place
        surface.bend(place)
        enough = max(size * min(LOOSEST, size), ENOUGH * tolerance)
        step_nc, promised, length = yield from _model_step(surface, place, angle, enough)
        out_nc = surface.landscape.projected(place.z + step_nc)
        trial = surface.at(out_nc / np.linalg.norm(out_nc))
        slack = 1e3 * np.finfo(np.float64).eps * max(1.0, abs(place.value))  # differences below rounding count as none
        gained = place.value - trial.value if trial.defined and np.sign(trial.t) == side else -np.inf
        ratio = (gained + slack) / (promised + slack)
        if ratio < 0.25:
            angle = 0.25 * min(angle, length)
        elif ratio > 0.75 and length >= 0.99 * angle:
            angle = min(2.0 * angle, LONGEST_ANGLE)
        if ratio > 0.1:
            place = trial
        else:
            surface.at(place.z)  # the tables of the curvature belong to the last place asked for
            if angle < 1e-12:
                break
    raise ConvergenceError(
        f"a {surface.energy.name} mode did not converge in {MOST_STEPS} steps: |∇E|/E = "
        f"{np.linalg.norm(place.gradient):.1e}, expected {tolerance:.1e}.",
        place,
    )


def _model_step(
    surface: DirectionEnergy, place: Place, angle: float, enough: float
) -> Generator[Array, Array, tuple[Array, float, float]]:
    """Step of the quadratic model, the decrease it promises, and its length, at most the angle.

    The preconditioner is kappa/(2p) [M⁻¹ − M⁻¹z zᵀM⁻¹/(zᵀM⁻¹z)], the inverse of (2p/kappa) M on the tangent space.
    """
    scale = place.kappa / (2.0 * surface.energy.p)
    soft_nc = yield place.z
    along = float(np.vdot(place.z, soft_nc))
    step_nc, residual_nc = np.zeros_like(place.z), place.gradient.copy()
    answer_nc = yield residual_nc
    ahead_nc = scale * (answer_nc - (np.vdot(soft_nc, residual_nc) / along) * soft_nc)
    search_nc = -ahead_nc
    squared, promised = float(np.vdot(residual_nc, ahead_nc)), 0.0
    for _ in range(MOST_PRODUCTS):
        product_nc = surface.curvature_product(place, search_nc)
        bend = float(np.vdot(search_nc, product_nc))
        length = squared / bend if bend > 0.0 else np.inf
        if not np.isfinite(length) or np.linalg.norm(step_nc + length * search_nc) >= angle:
            edge = to_edge(step_nc, search_nc, angle)
            promised += edge * squared - 0.5 * edge * edge * bend
            return step_nc + edge * search_nc, promised, angle
        step_nc += length * search_nc
        promised += 0.5 * length * squared
        residual_nc += length * product_nc
        residual_nc -= np.vdot(place.z, residual_nc) * place.z
        if np.linalg.norm(residual_nc) <= enough:
            break
        answer_nc = yield residual_nc
        ahead_nc = scale * (answer_nc - (np.vdot(soft_nc, residual_nc) / along) * soft_nc)
        before, squared = squared, float(np.vdot(residual_nc, ahead_nc))
        search_nc *= squared / before
        search_nc -= ahead_nc
    return step_nc, promised, float(np.linalg.norm(step_nc))
