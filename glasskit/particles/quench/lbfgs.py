"""Limited-memory BFGS (Liu & Nocedal, Math. Program. 45, 503 (1989)), with steps capped per particle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import kernel
from . import newton
from .line_search import line_search
from .stopping import StoppingRule
from .surface import EnergySurface, Point
from .vectors import Array, displacement, dot, largest_length

HISTORY = 10
LONGEST_STEP = 0.15  # of the mean diameter, for any particle in one step
NEWTON_BELOW = 1e-3  # relative force; measured: from 1e-2 one start in four is not yet near its minimum
LEAST_CURVATURE = 1e-10  # cosine between step and force change below which the pair is not remembered


@kernel
def two_loop(force: Array, step_mk: Array, change_mk: Array, curvature_m: Array, newest: int, held: int, scale: float,
             direction: Array) -> None:  # fmt: skip
    """direction = H · force, with H from the last ``held`` steps s and force changes y (ring buffers, 1/(s·y))."""
    memory, size = step_mk.shape
    weight = np.empty(held)
    for k in range(size):
        direction[k] = force[k]
    for m in range(held):
        row = (newest - m) % memory
        total = 0.0
        for k in range(size):
            total += step_mk[row, k] * direction[k]
        total *= curvature_m[row]
        weight[m] = total
        for k in range(size):
            direction[k] -= total * change_mk[row, k]
    for k in range(size):
        direction[k] *= scale
    for m in range(held - 1, -1, -1):
        row = (newest - m) % memory
        total = 0.0
        for k in range(size):
            total += change_mk[row, k] * direction[k]
        total = weight[m] - total * curvature_m[row]
        for k in range(size):
            direction[k] += total * step_mk[row, k]


class History:
    """The last steps and force changes, and the quasi-Newton direction they give."""

    def __init__(self, shape: tuple[int, int], cell: NDArray[np.float64], scale: float):
        self.cell = cell
        self.first_scale = scale
        self._step_mnc = np.empty((HISTORY, *shape))
        self._change_mnc = np.empty((HISTORY, *shape))
        self._curvature_m = np.empty(HISTORY)
        self.forget()

    def forget(self) -> None:
        """Start again from steepest descent."""
        self.held, self._newest, self._scale = 0, -1, self.first_scale

    def direction(self, forces: NDArray[np.float64], out: NDArray[np.float64]) -> None:
        """Approximate M⁻¹ F."""
        flat = (HISTORY, -1)
        two_loop(
            forces.reshape(-1), self._step_mnc.reshape(flat), self._change_mnc.reshape(flat), self._curvature_m,
            self._newest, self.held, self._scale, out.reshape(-1),
        )  # fmt: skip

    def remember(self, before: Point, after: Point) -> None:
        """Take in a step, unless the energy curves down along it."""
        row = (self._newest + 1) % HISTORY
        step_nc, change_nc = self._step_mnc[row], self._change_mnc[row]
        displacement(before.positions, after.positions, self.cell, step_nc)
        np.subtract(before.forces, after.forces, out=change_nc)
        sy, ss, yy = dot(step_nc, change_nc), dot(step_nc, step_nc), dot(change_nc, change_nc)
        if not (sy > LEAST_CURVATURE * (ss * yy) ** 0.5 and yy > 0.0):
            return
        self._curvature_m[row] = 1.0 / sy
        self._newest, self._scale = row, sy / yy
        self.held = min(self.held + 1, HISTORY)


def minimise(surface: EnergySurface, rule: StoppingRule, point: Point) -> tuple[Point, int]:
    """Minimise by L-BFGS, its last steps by Newton, until the rule is met or nothing helps any more.

    Parameters
    ----------
    surface : EnergySurface
    rule : StoppingRule
    point : Point
        The start, evaluated.

    Returns
    -------
    point : Point
        The last one.
    iterations : int
    """
    cap = LONGEST_STEP * surface.mean_diameter
    trial = Point(point.positions)
    direction = np.empty_like(point.positions)
    history = History(direction.shape, surface.cell, 1.0 / max(surface.stiffness(point), 1e-300))
    iterations, newton_below = 0, NEWTON_BELOW
    while not (rule.met(point) or rule.exhausted):
        if point.relative_force < newton_below:
            last, steps = newton.finish(surface, rule, point, trial, cap)
            point, trial = (point, trial) if last is point else (trial, point)
            if rule.converged:
                return point, iterations + steps
            iterations, newton_below = iterations + steps, 0.1 * min(newton_below, point.relative_force)
            if steps:
                history.forget()
        history.direction(point.forces, direction)
        longest = cap / max(largest_length(direction), 1e-300)
        downhill = dot(point.forces, direction) > 0.0
        if downhill and line_search(surface, point, trial, direction, 1.0, longest):
            history.remember(point, trial)
            point, trial = trial, point
            iterations += 1
        elif history.held:
            history.forget()
        else:
            break  # not even steepest descent leads down: the caller says how far it came
    return point, iterations
