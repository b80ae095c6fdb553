"""From a start to the minimum that gradient descent leads to: the flow first, Newton steps once they cannot leave it.

[R] minimised by nonlinear conjugate gradients, whose minimum depends, where there are many, on line searches. Here the
gradient flow is followed, whose minimum is a property of the landscape and of the start alone, as well as its steps are
accurate: between many minima a small error decides. At the default tolerance the minimum was that of a hundredfold
smaller one in 159 of 160 instances of N = 200 (J = 0.1 to 5, κ_0 = 1, h = 0.01) and all 24 of N = 1000 for J <= 1, but
only in 4 of 8 for N = 1000, J = 5 (`benchmarks/flow.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .flow import flow_step, rises
from .landscape import Array, Landscape, Point
from .newton import newton_step, stays

FLOW_TOLERANCE = 1e-3
"""Error of a step of the flow, relative to the rms coordinate."""
FIRST_TRY, NEXT_TRY = 0.1, 0.3
"""Relative gradient at which a Newton step is tried first, and the factor to the next try."""
LOOSEST = 0.01
"""Residual of the first conjugate-gradient solves, relative to the gradient."""
FLOOR = 1e-9
"""Relative gradient from which on Newton steps fail only where float64 ends."""
STALE = 1e-3
"""Typical force, relative to the largest since the last product with J at a point, below which the rounding of steps of
the flow, which make none, may be seen in the gradient."""
MOST_STEPS = 5000


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where a minimisation ended.

    Attributes
    ----------
    point : Point
    energies : (steps + 1,) array
        Energy of the start and after every step; it falls, but for float64 rounding at the end.
    flow_steps, newton_steps, products : int
        Steps taken, and products with J in all.
    """

    point: Point
    energies: Array
    flow_steps: int
    newton_steps: int
    products: int


def minimise(
    landscape: Landscape, start: Array, *, tolerance: float, flow_tolerance: float = FLOW_TOLERANCE
) -> Minimum:
    """Minimise until the relative gradient is at most `tolerance`, or nothing helps any more (the caller checks).

    Parameters
    ----------
    landscape : Landscape
    start : (N,) array
    tolerance : float
        Of `Point.relative_gradient`.
    flow_tolerance : float
        Error of each step of the flow, relative to the rms coordinate.
    """
    point = landscape.at(np.array(start, dtype=np.float64))
    energies, products, flow_steps, newton_steps = [point.energy], 1, 0, 0
    length = 0.5 / (landscape.largest_curvature(point.coordinates) or 1.0)  # 0: free oscillators at rest
    next_try, largest = FIRST_TRY, point.typical_force
    while point.relative_gradient > tolerance and flow_steps + newton_steps < MOST_STEPS:
        if point.relative_gradient <= next_try:
            ended, used, path = _newton(landscape, point, tolerance)
            products += used
            newton_steps += len(path)
            energies += path
            next_try = NEXT_TRY * min(next_try, point.relative_gradient)
            point = ended
            if point.relative_gradient <= max(tolerance, FLOOR):  # what Newton steps leave there is rounding
                break
        step = flow_step(landscape, point, length, flow_tolerance)
        products += step.products
        length = step.next_length
        if step.end is None:
            break
        point = step.end
        largest = max(largest, point.typical_force)
        if point.relative_gradient <= max(next_try, tolerance) or point.typical_force < STALE * largest:
            point = landscape.at(point.coordinates)
            products += 1
            largest = point.typical_force
        flow_steps += 1
        energies.append(point.energy)
    return Minimum(point, np.array(energies), flow_steps, newton_steps, products)


def _newton(landscape: Landscape, point: Point, tolerance: float) -> tuple[Point, int, list[float]]:
    """Newton steps from `point` while each stays in its basin and lowers the gradient; the energies they led through.

    Each is solved as well as its own quadratic error deserves, and no better than the tolerance asks for.
    """
    products = 0
    path: list[float] = []
    while point.relative_gradient > tolerance:
        relative = point.relative_gradient
        found = newton_step(landscape, point, max(min(LOOSEST, relative), 0.1 * tolerance / relative))
        products += found.products
        if not stays(point, found):
            break
        end = landscape.at(point.coordinates + found.step)
        products += 1
        if rises(point, end) or not end.relative_gradient < relative:
            break
        point = end
        path.append(point.energy)
    return point, products, path
