"""Chebyshev polynomials of a sparse symmetric matrix, applied by matrix-vector products only."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from scipy.sparse.csgraph import reverse_cuthill_mckee

from ..errors import NumericalError
from ..particles.kernels.jit import kernel

PANEL = 8  # columns that go through the matrix together: one cache line


def largest_eigenvalue_bound(matrix: sp.csr_matrix | sp.csr_array, rng: np.random.Generator, steps: int = 40) -> float:
    """An upper bound of the spectrum: Lanczos's largest Ritz value plus its residual, and 2 % more, or the 1-norm.

    Y. Zhou and R.-C. Li, Linear Algebra Appl. 435, 480 (2011). From a random start an eigenvalue far above escapes
    with negligible probability only; polynomials that grow would show it.
    """
    norm = float(abs(matrix).sum(axis=0).max())
    v = rng.standard_normal(matrix.shape[0])
    v /= np.linalg.norm(v)
    before, diagonal, off = np.zeros_like(v), [], [0.0]
    for _ in range(min(steps, len(v))):
        w = matrix @ v - off[-1] * before
        diagonal.append(float(v @ w))
        w -= diagonal[-1] * v
        off.append(float(np.linalg.norm(w)))
        if off[-1] <= 1e-12 * norm:
            break
        before, v = v, w / off[-1]
    ritz, weights = scipy.linalg.eigh_tridiagonal(np.array(diagonal), np.array(off[1:-1]))
    return min(norm, 1.02 * float(ritz[-1] + off[-1] * abs(weights[-1, -1])))


class Chebyshev:
    """Polynomials T_m of X = (upper + lower − 2 M) / (upper − lower).

    They are within ±1 where eigenvalues of M are between `lower` and `upper`, and grow exponentially with m below
    `lower`.
    """

    def __init__(self, matrix: sp.csr_matrix | sp.csr_array, lower: float, upper: float):
        # neighbours next to each other in memory
        self._order = reverse_cuthill_mckee(sp.csr_matrix(matrix), symmetric_mode=True)
        ordered = sp.csr_matrix(matrix[self._order][:, self._order])
        self._arrays = ordered.indptr, ordered.indices, ordered.data
        self.number_of_columns = matrix.shape[0]
        self.set_interval(lower, upper)

    def set_interval(self, lower: float, upper: float) -> None:
        """Another interval, same matrix."""
        self._scale, self._offset = -2 / (upper - lower), (upper + lower) / (upper - lower)

    def _panels(self, block: np.ndarray) -> list[np.ndarray]:
        """Columns in groups of PANEL, the last one filled up with zeros; rows in the inner order."""
        ordered = block[self._order]
        pad = -block.shape[1] % PANEL
        ordered = np.hstack([ordered, np.zeros((len(ordered), pad))])
        return [np.ascontiguousarray(ordered[:, k : k + PANEL]) for k in range(0, ordered.shape[1], PANEL)]

    def _advance(self, x: np.ndarray, before: np.ndarray, factor: float, products: np.ndarray) -> None:
        _step(*self._arrays, factor * self._scale, factor * self._offset, x, before, products)

    def apply(self, block: np.ndarray, degree: int) -> np.ndarray:
        """T_degree(X) on the columns of `block` (n, k)."""
        out, products = [], np.empty((2, PANEL))
        for x in self._panels(block):
            before, now = x, np.zeros_like(x)
            self._advance(before, now, 1.0, products)
            for _ in range(degree - 1):
                self._advance(now, before, 2.0, products)
                before, now = now, before
            out.append(now if degree else before)
        result = np.empty((len(block), len(out) * PANEL))
        result[self._order] = np.hstack(out)
        return result[:, : block.shape[1]]

    def moments(self, block: np.ndarray, number: int) -> np.ndarray:
        """Products zᵀ T_m(X) z, m < `number`, for the columns z of `block` (n, k); shape (number, k).

        Two moments for each product with the matrix: T_2m = 2 T_m² − 1, T_2m+1 = 2 T_m+1 T_m − T_1.
        """
        moments = np.empty((2 * (number // 2) + 2, 0))
        for x in self._panels(block):
            part, products = np.empty((len(moments), PANEL)), np.empty((2, PANEL))
            part[0] = np.sum(x**2, axis=0)
            before, now = x, np.zeros_like(x)
            self._advance(before, now, 1.0, products)
            part[1] = products[1]
            for m in range(1, len(part) // 2):
                part[2 * m] = 2 * products[0] - part[0]
                self._advance(now, before, 2.0, products)
                before, now = now, before
                part[2 * m + 1] = 2 * products[1] - part[1]
            moments = np.hstack([moments, part])
        moments = moments[:number, : block.shape[1]]
        if not np.all(np.abs(moments) <= (1 + 1e-6) * moments[0]):
            raise NumericalError(
                "moments grow: there are eigenvalues outside the interval, perhaps negative ones; quench further"
            )
        return moments


@kernel
def _step(indptr, indices, data, scale, offset, x, before, products):  # type: ignore[no-untyped-def]
    """`before` becomes scale · M x + offset · x − before; `products`: its own with itself and with `x`, by columns."""
    products[:] = 0.0
    for i in range(len(indptr) - 1):
        for k in range(PANEL):
            before[i, k] = offset * x[i, k] - before[i, k]
        for e in range(indptr[i], indptr[i + 1]):
            j, value = indices[e], scale * data[e]
            for k in range(PANEL):
                before[i, k] += value * x[j, k]
        for k in range(PANEL):
            products[0, k] += before[i, k] * before[i, k]
            products[1, k] += before[i, k] * x[i, k]
