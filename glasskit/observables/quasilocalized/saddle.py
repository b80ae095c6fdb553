"""Saddles of first order: reached by Newton's method, proved by the inertia of the Hessian, left on both sides."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse.linalg
from numpy.typing import NDArray

from ...errors import ConvergenceError, IncompleteSpectrumError
from ...particles.configuration import Configuration
from ...particles.hessian import contraction, hessian
from ...particles.potentials import PairPotential
from ...particles.quench import QuenchResult, quench
from ...particles.quench.stopping import StoppingRule
from ...particles.quench.surface import EnergySurface, Point
from ...particles.quench.vectors import dot, largest_length, step_wrapped
from ..completeness import Window, modes_below
from ..system import System, prepare

Array = NDArray[np.float64]

LONGEST_STEP = 0.05  # of the mean diameter, for any particle in one Newton step
MOST_STEPS = 60
MOST_HALVINGS = 12
LOOSEST = 0.01  # residual of a Newton equation, of the force


@dataclass(frozen=True, eq=False)
class Saddle:
    """A stationary state with exactly one direction along which the energy falls.

    Attributes
    ----------
    configuration : Configuration
    energy : float
        Potential energy U [energy].
    relative_force : float
        Largest force component over the rms bond force.
    curvature : float
        The negative eigenvalue of the Hessian [energy/length²].
    direction : (N, d) array
        Its eigenvector, |u| = 1.
    """

    configuration: Configuration = field(repr=False)
    energy: float
    relative_force: float
    curvature: float
    direction: Array = field(repr=False)


def falling_directions(configuration: Configuration, potential: PairPotential) -> tuple[System, Window]:
    """Eigenvalues that are negative, or zero besides translations and rattlers, with their number by the inertia."""
    system = prepare(hessian(configuration, potential), configuration.dimension)
    resolution = system.problem.resolution
    return system, modes_below(system.problem, 16.0 * resolution, step=8.0 * resolution)


def find_saddle(start: Configuration, potential: PairPotential, *, force_tolerance: float) -> Saddle:
    """The saddle of first order that Newton's method reaches from a state near it.

    Raises
    ------
    ConvergenceError
        If the forces do not vanish, or the state has another number of falling directions than one; ``partial`` is
        the last state as a `QuenchResult`.
    """
    result = _stationary(start, potential, force_tolerance)
    system, window = falling_directions(result.configuration, potential)
    if not (window.counted == 1 and window.complete and window.eigenvalues[0] < -system.problem.resolution):
        raise ConvergenceError(
            f"a stationary state with {window.counted} falling or flat directions was found where a saddle with one "
            "was expected.",
            result,
        )
    value, mode_mnc = system.restored(window, 1)
    return Saddle(result.configuration, result.energy, result.relative_force, float(value[0]), mode_mnc[0])


def descend(
    saddle: Saddle, potential: PairPotential, distance: float, *, force_tolerance: float
) -> tuple[QuenchResult, QuenchResult]:
    """The minima on the two sides of a saddle: quenches from it, displaced by −distance and +distance along u."""
    start, shift_nc = saddle.configuration, distance * saddle.direction
    behind, ahead = (start.replace(positions=start.positions + sign * shift_nc) for sign in (-1.0, 1.0))
    return (
        quench(behind, potential, force_tolerance=force_tolerance),
        quench(ahead, potential, force_tolerance=force_tolerance),
    )


def require_minimum(configuration: Configuration, potential: PairPotential) -> None:
    """IncompleteSpectrumError unless every direction but translations and rattlers rises."""
    window = falling_directions(configuration, potential)[1]
    if window.counted:
        raise IncompleteSpectrumError(
            f"configuration: {window.counted} directions besides translations and rattlers do not rise; expected a "
            "minimum of the energy, a quenched glass that is rigid.",
            window.eigenvalues,
        )


def _stationary(start: Configuration, potential: PairPotential, force_tolerance: float) -> QuenchResult:
    """Newton's method on the forces, with steps halved until |F| falls."""
    surface = EnergySurface(start, potential)
    rule = StoppingRule(surface, force_tolerance, 10_000)
    point, trial = surface.start(), Point(start.positions)
    for step in range(MOST_STEPS):
        if rule.met(point):
            return rule.result(point, step, "newton")
        step_nc = _newton_step(surface, point)
        length = min(1.0, LONGEST_STEP * surface.mean_diameter / max(largest_length(step_nc), 1e-300))
        size = dot(point.forces, point.forces)
        for _ in range(MOST_HALVINGS):
            step_wrapped(point.positions, step_nc, length, surface.cell, trial.positions)
            surface.evaluate(trial)
            if trial.finite and dot(trial.forces, trial.forces) < size:
                break
            length *= 0.5
        else:
            break
        point, trial = trial, point
    result = rule.result(point, MOST_STEPS, "newton")
    raise ConvergenceError(
        f"Newton's method does not reach a stationary state from here: relative force {result.relative_force:.1e}, "
        f"expected {force_tolerance:.1e}.",
        result,
    )


def _newton_step(surface: EnergySurface, point: Point) -> Array:
    """p with M·p = F, M indefinite, by MINRES on the space without translations."""
    pairs, shape = surface.pairs(point), point.forces.shape
    force_nc = point.forces - point.forces.mean(axis=0)

    def multiply(z: Array) -> Array:
        return contraction(pairs, z.reshape(shape), 2).ravel()

    size = force_nc.size
    operator = scipy.sparse.linalg.LinearOperator((size, size), matvec=multiply, dtype=np.float64)
    tolerance = max(1e-8, min(LOOSEST, point.relative_force))
    step, _ = scipy.sparse.linalg.minres(operator, force_nc.ravel(), rtol=tolerance, maxiter=5 * size)
    return np.ascontiguousarray(step.reshape(shape))
