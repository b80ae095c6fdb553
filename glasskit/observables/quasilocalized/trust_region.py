"""Newton steps within a trust region on the unit sphere: from a direction to the nearest minimum of an energy.

Each step minimises the quadratic model of ln E in the tangent space by conjugate gradients, as far as the model is
trusted or until it bends down (Steihaug, SIAM J. Numer. Anal. 20, 626 (1983); on manifolds Absil, Baker & Gallivan,
Found. Comput. Math. 7, 303 (2007)). Steps that do not lower the energy as promised are taken back, so that it ends in
a minimum, never in a saddle that fixed-point maps would be content with; the last steps converge quadratically.

A descent is a generator, as its preconditioner may have to ask somebody else for M⁻¹ of a vector; without one it asks
nothing and runs to its end at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceError, InputError
from .energies import DirectionEnergy, Place

Array = NDArray[np.float64]
Descent: TypeAlias = Generator[Array, Array, tuple[Place, int]]
Preconditioner: TypeAlias = Callable[[DirectionEnergy, Place, Array], Generator[Array, Array, Array]]

LOOSEST = 0.1  # residual of the conjugate gradients, of the gradient
ENOUGH = 0.3  # of the tolerance: no residual below it is worth its products
NUDGE = 1e-4  # radians away from a start that is stationary already: it may be a saddle
ROUNDINGS = 4.0  # measured: gradients stop falling at 0.1 to 1 times eps · 2p · stiffest/kappa
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Trust:
    """How far one descent may go.

    Attributes
    ----------
    first_angle, longest_angle : float
        Of a step [radians].
    steps : int
    products : int
        With the curvature, of one step.
    """

    first_angle: float
    longest_angle: float
    steps: int
    products: int


class ModelStep(NamedTuple):
    """Step of the quadratic model, the decrease it promises, its length, and whether it ends at the edge of trust."""

    step_nc: Array
    promised: float
    length: float
    at_edge: bool


def gradient_floor(surface: DirectionEnergy, place: Place) -> float:
    """Length of ∇ ln E that rounding alone leaves."""
    return ROUNDINGS * _EPS * 2.0 * surface.energy.p * surface.landscape.stiffest / place.kappa


def descent(
    surface: DirectionEnergy, z_nc: Array, tolerance: float, trust: Trust, precondition: Preconditioner | None = None
) -> Descent:
    """Minimum of the energy reached from a unit vector, and the number of steps.

    Converged: |∇E|/E = |∇ ln E| <= tolerance, or the floor of rounding where that is larger. Yields what the
    preconditioner asks for, and is sent the answers.

    Raises
    ------
    InputError
        If the energy is not defined at the start.
    ConvergenceError
        If the steps end before; ``partial`` is the last `Place` and the number of steps.
    """
    place = surface.at(z_nc)
    if not place.defined or place.kappa <= _kappa_floor(surface) or abs(place.t) <= _t_floor(surface):
        raise InputError(_undefined(surface, place))
    if np.linalg.norm(place.gradient) <= max(tolerance, gradient_floor(surface, place)):
        place = surface.at(_nudged(surface, place.z))
    side, angle, best, idle, step = np.sign(place.t), trust.first_angle, np.inf, 0, 0
    for step in range(trust.steps):
        size = float(np.linalg.norm(place.gradient))
        if size <= tolerance:
            return place, step
        idle = 0 if size < 0.5 * best else idle + 1
        best = min(best, size)
        if size <= gradient_floor(surface, place) and (idle > 0 or size <= 10.0 * tolerance):
            return place, step
        surface.bend(place)
        enough = max(size * min(LOOSEST, size), ENOUGH * tolerance)
        ahead = yield from _model_step(surface, place, angle, enough, trust.products, precondition)
        trial = surface.at(_moved(surface, place.z, ahead.step_nc))
        # Differences below the rounding of the value count as none.
        slack = 1e3 * _EPS * max(1.0, abs(place.value))
        gained = place.value - trial.value if trial.defined and np.sign(trial.t) == side else -np.inf
        ratio = (gained + slack) / (ahead.promised + slack)
        if ratio < 0.25:
            angle = 0.25 * min(angle, ahead.length)
        elif ratio > 0.75 and ahead.at_edge:
            angle = min(2.0 * angle, trust.longest_angle)
        if ratio > 0.1:
            place = trial
        else:
            surface.at(place.z)  # the tables of the curvature belong to the last place asked for
            if angle < 1e-12:
                break
    raise ConvergenceError(
        f"the {surface.energy.name} mode did not converge in {step + 1} steps: |∇E|/E = "
        f"{np.linalg.norm(place.gradient):.1e}, expected {tolerance:.1e} (rounding: "
        f"{gradient_floor(surface, place):.1e}); try another guess.",
        (place, step + 1),
    )


def _model_step(
    surface: DirectionEnergy,
    place: Place,
    angle: float,
    enough: float,
    most_products: int,
    precondition: Preconditioner | None,
) -> Generator[Array, Array, ModelStep]:
    """Step within an angle, by conjugate gradients until the residual is ``enough``."""
    step_nc, residual_nc = np.zeros_like(place.z), place.gradient.copy()
    search_nc, squared, promised = np.zeros_like(place.z), np.inf, 0.0
    for _ in range(most_products):
        ahead_nc = residual_nc if precondition is None else (yield from precondition(surface, place, residual_nc))
        before, squared = squared, float(np.vdot(residual_nc, ahead_nc))
        search_nc *= squared / before
        search_nc -= ahead_nc
        product_nc = surface.curvature_product(place, search_nc)
        bend = float(np.vdot(search_nc, product_nc))
        length = squared / bend if bend > 0.0 else np.inf
        if not np.isfinite(length) or np.linalg.norm(step_nc + length * search_nc) >= angle:
            edge = _to_edge(step_nc, search_nc, angle)
            promised += edge * squared - 0.5 * edge * edge * bend
            return ModelStep(step_nc + edge * search_nc, promised, angle, True)
        step_nc += length * search_nc
        promised += 0.5 * length * squared
        residual_nc += length * product_nc
        residual_nc -= np.vdot(place.z, residual_nc) * place.z
        if np.linalg.norm(residual_nc) <= enough:
            break
    return ModelStep(step_nc, promised, float(np.linalg.norm(step_nc)), False)


def _to_edge(step_nc: Array, search_nc: Array, angle: float) -> float:
    """The positive length along ``search`` at which |step| becomes the angle."""
    a, b = float(np.vdot(search_nc, search_nc)), float(np.vdot(step_nc, search_nc))
    c = float(np.vdot(step_nc, step_nc)) - angle * angle
    return (-b + np.sqrt(b * b - a * c)) / a


def _moved(surface: DirectionEnergy, z_nc: Array, step_nc: Array) -> Array:
    out_nc = surface.landscape.projected(z_nc + step_nc)
    return out_nc / np.linalg.norm(out_nc)


def _nudged(surface: DirectionEnergy, z_nc: Array) -> Array:
    """A direction near z without its symmetries; that near −z is the opposite."""
    side = np.sign(z_nc.flat[np.argmax(np.abs(z_nc))])
    other_nc = surface.landscape.projected(np.sin(1.0 + np.arange(z_nc.size)).reshape(z_nc.shape))
    return _moved(surface, z_nc, NUDGE * side / np.linalg.norm(other_nc) * other_nc)


def _kappa_floor(surface: DirectionEnergy) -> float:
    """What rounding alone leaves of kappa."""
    return ROUNDINGS * _EPS * surface.landscape.stiffest


def _t_floor(surface: DirectionEnergy) -> float:
    """What rounding alone leaves of tau, whose terms cancel where it is zero; even orders must be positive instead."""
    return ROUNDINGS * _EPS * surface.cubic_terms() if surface.energy.order == 3 else 0.0


def _undefined(surface: DirectionEnergy, place: Place) -> str:
    name = surface.energy.name
    if not place.kappa > _kappa_floor(surface):
        return (
            f"initial: the energy does not rise along the guess (kappa = {place.kappa:.3e}): the configuration is not "
            f"a minimum, or the guess is a zero mode; {name} modes need kappa > 0."
        )
    symbol = {"quartic": "chi = U4:zzzz", "cubic": "tau = U3:zzz", "geometric": "S"}[name]
    zero = f"other than zero (rounding leaves {_t_floor(surface):.0e})"
    return (
        f"initial: {symbol} = {place.t:.3e} along the guess, expected "
        f"{zero if surface.energy.order == 3 else 'positive'} for the {name} energy; try another guess."
    )
