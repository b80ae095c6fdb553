"""Newton steps by conjugate gradients, and the rule that says when they stay in the minimum that the flow leads to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from .landscape import Array, Landscape, Point

MOST_PRODUCTS = 2000


@dataclass(frozen=True, eq=False)
class NewtonStep:
    """Solution of (Hessian) · step = −gradient.

    Attributes
    ----------
    step : (N,) array
    softest : float
        Smallest Ritz value of the Hessian in the space searched: the softest curvature that the gradient has a share
        in; not positive where the Hessian is not positive there.
    products : int
        Products with J.
    """

    step: Array
    softest: float
    products: int


def newton_step(landscape: Landscape, point: Point, tolerance: float) -> NewtonStep:
    """Solve for the Newton step up to a residual of `tolerance` times the gradient."""
    diagonal = landscape.diagonal(point.coordinates)
    step = np.zeros_like(point.gradient)
    residual = -point.gradient
    search, squared = residual.copy(), float(np.sum(residual**2))
    enough = tolerance**2 * squared
    on_diagonal: list[float] = []  # of the Lanczos matrix that conjugate gradients build, and beside it
    beside: list[float] = []
    length, ratio = 1.0, 0.0
    for products in range(1, MOST_PRODUCTS + 1):
        product = diagonal * search + landscape.pull(search)
        curvature = float(np.sum(search * product))
        if not curvature > 0.0:
            return NewtonStep(step, min(curvature, 0.0), products)
        previous, length = length, squared / curvature
        on_diagonal.append(1.0 / length + ratio / previous)
        step += length * search
        residual -= length * product
        before, squared = squared, float(np.sum(residual**2))
        if squared <= enough:
            break
        ratio = squared / before
        beside.append(np.sqrt(ratio) / length)
        search = residual + ratio * search
    values = scipy.linalg.eigvalsh_tridiagonal(
        np.array(on_diagonal), np.array(beside[: len(on_diagonal) - 1]), select="i", select_range=(0, 0)
    )
    return NewtonStep(step, float(values[0]), products)


def stays(point: Point, found: NewtonStep) -> bool:
    """Whether the curvature along the whole step, wherever it was searched, keeps half of its softest value.

    On the way x + t·step the Hessian changes by x·step t + (step t)²/2 on its diagonal only; no element may fall by
    more than half the softest curvature. Then energy has one minimum in the convex neighbourhood, and the flow from
    either end leads there.
    """
    if not found.softest > 0.0:
        return False
    x, step = point.coordinates, found.step
    turn = np.clip(-x / np.where(step == 0.0, 1.0, step), 0.0, 1.0)  # x·step t + (step t)²/2 is least at this t
    change = x * step * turn + 0.5 * (step * turn) ** 2
    return bool(np.min(change) > -0.5 * found.softest)
