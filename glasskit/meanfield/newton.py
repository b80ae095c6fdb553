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
    diagonal : (N,) array
        D, the diagonal of the Hessian.
    softest : float
        Smallest Ritz value of D^(-1/2) (Hessian) D^(-1/2) in the space searched: the softest direction that the
        gradient has a share in, 1 without couplings; not positive where the Hessian is not positive there.
    products : int
        Products with J.
    """

    step: Array
    diagonal: Array
    softest: float
    products: int


def newton_step(landscape: Landscape, point: Point, tolerance: float) -> NewtonStep:
    """Solve for the Newton step, up to a residual of `tolerance` times the gradient, in the coordinates D^(1/2) x.

    There the Hessian is 1 + D^(-1/2) J D^(-1/2), in which stiff oscillators, weakly coupled, are solved already.
    """
    diagonal = landscape.diagonal(point.coordinates)
    root = np.sqrt(np.maximum(diagonal, np.finfo(float).tiny))
    scaled = np.zeros_like(root)
    residual = -point.gradient / root
    search, squared = residual.copy(), float(np.sum(residual**2))
    enough = tolerance**2 * float(np.sum(point.gradient**2))
    on_diagonal: list[float] = []  # of the Lanczos matrix that conjugate gradients build, and beside it
    beside: list[float] = []
    length, ratio = 1.0, 0.0
    for products in range(1, MOST_PRODUCTS + 1):
        product = search + landscape.pull(search / root) / root
        curvature = float(np.sum(search * product))
        if not curvature > 0.0:
            return NewtonStep(scaled / root, diagonal, min(curvature, 0.0), products)
        previous, length = length, squared / curvature
        on_diagonal.append(1.0 / length + ratio / previous)
        scaled += length * search
        residual -= length * product
        before, squared = squared, float(np.sum(residual**2))
        if float(np.sum((root * residual) ** 2)) <= enough:
            break
        ratio = squared / before
        beside.append(np.sqrt(ratio) / length)
        search = residual + ratio * search
    values = scipy.linalg.eigvalsh_tridiagonal(
        np.array(on_diagonal), np.array(beside[: len(on_diagonal) - 1]), select="i", select_range=(0, 0)
    )
    return NewtonStep(scaled / root, diagonal, float(values[0]), products)


def stays(point: Point, found: NewtonStep) -> bool:
    """Whether the curvature along the whole step, wherever it was searched, keeps half of what it has at its start.

    On the way x + t·step the Hessian changes by x·step t + (step t)²/2 on its diagonal D only, and it is `softest`
    times D at least: no element of D may fall by more than half of that share. Then energy has one minimum in the
    convex neighbourhood, and the flow from either end leads there.
    """
    if not found.softest > 0.0:
        return False
    x, step = point.coordinates, found.step
    turn = np.clip(-x / np.where(step == 0.0, 1.0, step), 0.0, 1.0)  # x·step t + (step t)²/2 is least at this t
    change = x * step * turn + 0.5 * (step * turn) ** 2
    return bool(np.all(change >= -0.5 * found.softest * found.diagonal))
