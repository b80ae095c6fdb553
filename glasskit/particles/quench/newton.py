"""The last steps of L-BFGS, where the energy is all but quadratic: truncated Newton steps.

M·p = F is solved by conjugate gradients, only as well as the forces left are worth (Dembo & Steihaug, Math. Program.
26, 190 (1983)). Products with the Hessian M come from a table of pairs that is made once per step; each costs two
thirds of a force evaluation, and conjugate gradients need fewer of them than L-BFGS needs iterations.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..kernels.contractions import make_contraction
from ..kernels.jit import kernel
from .line_search import line_search
from .stopping import StoppingRule
from .surface import EnergySurface, Point
from .vectors import Array, largest_length

MOST_PRODUCTS = 2000
LOOSEST = 0.03  # residual of the first steps, of the force
FORCING = 30.0  # later residuals are this many times the relative force: Newton's own error is of that size
RESOLUTION = 1e-13  # relative force that no system of more than a few particles can fall below


@cache
def make_newton_step(dimension: int) -> Any:
    """Kernel that solves M·step = force; returns products with M, negative where M curves down along the way.

    The products are the second-order contractions of `kernels.contractions`.
    """
    multiply = make_contraction(dimension)

    @kernel
    def newton_step(
        i_p: Array, j_p: Array, x_pc: Array, radial_rp: Array, force_nc: Array, tolerance: float, step_nc: Array
    ) -> int:
        size = force_nc.size
        residual, along, product_nc = force_nc.copy().ravel(), force_nc.copy(), np.empty_like(force_nc)
        search, product, step = along.ravel(), product_nc.ravel(), step_nc.ravel()
        x_cp = np.empty((dimension, i_p.size))
        for k in range(i_p.size):
            for c in range(dimension):
                x_cp[c, k] = x_pc[k, c]
        squared = 0.0
        for k in range(size):
            step[k] = 0.0
            squared += residual[k] * residual[k]
        enough = tolerance * tolerance * squared
        for products in range(1, MOST_PRODUCTS + 1):
            product[:] = 0.0
            multiply(i_p, j_p, x_cp, radial_rp, along, 2, product_nc)
            curvature = 0.0
            for k in range(size):
                curvature += search[k] * product[k]
            if not curvature > 0.0:
                return -products
            length, before, squared = squared / curvature, squared, 0.0
            for k in range(size):
                step[k] += length * search[k]
                residual[k] -= length * product[k]
                squared += residual[k] * residual[k]
            if squared <= enough:
                break
            for k in range(size):
                search[k] = residual[k] + squared / before * search[k]
        return products

    return newton_step


def finish(surface: EnergySurface, rule: StoppingRule, point: Point, trial: Point, longest: float) -> tuple[Point, int]:
    """Newton steps until the rule is met, or until they are no better than L-BFGS.

    Parameters
    ----------
    surface : EnergySurface
    rule : StoppingRule
    point, trial : Point
        The start, evaluated, and another one to work with; afterwards one of them is the result.
    longest : float
        No particle moves farther in one step [length].

    Returns
    -------
    point : Point
        The last one.
    steps : int
    """
    solve = make_newton_step(surface.configuration.dimension)
    direction, steps = np.empty_like(point.positions), 0
    while not (rule.met(point) or rule.exhausted):
        pairs, relative = surface.pairs(point), point.relative_force
        wanted = 0.1 * max(rule.force_tolerance, RESOLUTION) / relative
        products = solve(
            pairs.i, pairs.j, pairs.vectors, pairs.radial, point.forces,
            min(LOOSEST, max(FORCING * relative, wanted)), direction,
        )  # fmt: skip
        surface.hessian_products += abs(products)
        cap = longest / max(largest_length(direction), 1e-300)
        if products < 0 or not line_search(surface, point, trial, direction, 1.0, cap):
            break
        point, trial = trial, point
        steps += 1
        if not point.relative_force < 0.5 * relative:
            break
    return point, steps
