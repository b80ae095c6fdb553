"""About how many eigenvalues a dense Hessian has below a level, before anything is factorised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from .couplings import Couplings
from .products import multiply_two

Array = NDArray[Any]

VECTORS = 2
"""Random vectors, which share the passes over J: a number n is estimated to within √(2 n / VECTORS)."""
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
    one, other = (_Lanczos(diagonal, rng.standard_normal(size)) for _ in range(VECTORS))
    products = np.empty((VECTORS, size))
    for _ in range(min(STEPS, size)):
        multiply_two(couplings.packed, one.vector, other.vector, products[0], products[1])
        one.advance(products[0])
        other.advance(products[1])
        if one.closed and other.closed:
            break
    nodes, weights = [], []
    for chain in (one, other):
        values, vectors = scipy.linalg.eigh_tridiagonal(*chain.tridiagonal)
        nodes.append(values)
        weights.append(vectors[0] ** 2 * size / VECTORS)
    node, weight = np.concatenate(nodes), np.concatenate(weights)
    order = np.argsort(node)
    node, weight = node[order], weight[order]
    return Levels(node, np.cumsum(weight) - 0.5 * weight, float(node[0]))


class _Lanczos:
    """The tridiagonal matrix that M is to its Krylov space from a start; the caller multiplies `vector` by J."""

    def __init__(self, diagonal: Array, start: Array):
        self._diagonal = diagonal
        self._on: list[float] = []
        self._beside: list[float] = []
        self._previous = np.zeros_like(start)
        self.vector = start / np.linalg.norm(start)
        self.closed = False  # the space is invariant

    def advance(self, product: Array) -> None:
        """One step further, from `product` = J `vector`; nothing where the space is closed."""
        if self.closed:
            return
        last = self._beside[-1] if self._beside else 0.0
        image = product + self._diagonal * self.vector - last * self._previous
        self._on.append(float(self.vector @ image))
        image -= self._on[-1] * self.vector
        self._beside.append(float(np.linalg.norm(image)))
        self.closed = self._beside[-1] <= 1e-12 * max(np.abs(self._on))
        if not self.closed:
            self._previous, self.vector = self.vector, image / self._beside[-1]

    @property
    def tridiagonal(self) -> tuple[Array, Array]:
        """Its diagonal and what is beside it."""
        return np.array(self._on), np.array(self._beside[: len(self._on) - 1])
