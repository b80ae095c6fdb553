"""About how many eigenvalues a dense Hessian has below a level, before anything is factorised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from .couplings import Couplings
from .products import multiply

Array = NDArray[Any]

VECTORS = 2
"""Random vectors: a number n is estimated to within √(2 n / VECTORS)."""
STEPS = 100
"""Products with J for each vector; levels near the lower end of the spectrum are resolved as its inverse square."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Estimate of the number of eigenvalues below a level.

    Attributes
    ----------
    levels, numbers : arrays
        Levels, ascending, and the estimated numbers of eigenvalues below them.
    lowest : float
        An upper bound of the lowest eigenvalue.
    """

    levels: Array
    numbers: Array
    lowest: float

    def of_number(self, number: float) -> float:
        """The level below which about `number` eigenvalues are expected."""
        return float(np.interp(number, self.numbers, self.levels))


def estimate_levels(couplings: Couplings, diagonal: Array) -> Levels:
    """Gauss quadrature of Lanczos's method for tr θ(level − M), M = J + diag(`diagonal`), on random vectors.

    Without orthogonalisation: copies of a converged Ritz value share its weight.

    Golub, Meurant, Matrices, Moments and Quadrature (2010), chapter 6.
    """
    size = len(diagonal)
    rng = np.random.default_rng(0)  # fixed: the same instance gives the same answer
    nodes, weights = [], []
    for _ in range(VECTORS):
        on, beside = _lanczos(couplings, diagonal, rng.standard_normal(size))
        values, vectors = scipy.linalg.eigh_tridiagonal(on, beside)
        nodes.append(values)
        weights.append(vectors[0] ** 2 * size / VECTORS)
    node, weight = np.concatenate(nodes), np.concatenate(weights)
    order = np.argsort(node)
    node, weight = node[order], weight[order]
    return Levels(node, np.cumsum(weight) - 0.5 * weight, float(node[0]))


def _lanczos(couplings: Couplings, diagonal: Array, start: Array) -> tuple[Array, Array]:
    """Diagonal and off-diagonal of the tridiagonal matrix that M is to its Krylov space from `start`."""
    on: list[float] = []
    beside: list[float] = []
    vector, previous = start / np.linalg.norm(start), np.zeros_like(start)
    product = np.empty_like(start)
    for _ in range(min(STEPS, len(start))):
        multiply(couplings.packed, vector, product)
        image = product + diagonal * vector - (beside[-1] if beside else 0.0) * previous
        on.append(float(vector @ image))
        image -= on[-1] * vector
        beside.append(float(np.linalg.norm(image)))
        if beside[-1] <= 1e-12 * max(np.abs(on)):  # the space is invariant
            break
        previous, vector = vector, image / beside[-1]
    return np.array(on), np.array(beside[: len(on) - 1])
