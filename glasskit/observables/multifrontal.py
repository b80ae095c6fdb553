"""G S Gᵀ of a symmetric matrix by dense blocks: G block triangular, S a diagonal of signs.

The blocks of an order of elimination are factorised one after the other: Cholesky where a block is positive definite,
Bunch–Kaufman pivoting inside it where it is not; what is left of its neighbours is handed to its parent (I. S. Duff,
J. K. Reid, ACM Trans. Math. Softw. 9, 302 (1983)). By Haynsworth's formula the inertia of the matrix is the sum of
those of the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.linalg.blas as blas
import scipy.linalg.lapack as lapack
import scipy.sparse as sp

from ..particles.kernels.jit import kernel
from .dissection import Dissection


class SingularBlockError(Exception):
    """An exact zero pivot."""


class Corner(Protocol):
    """Factors of a dense block A = G S Gᵀ. Operands are blocks of rows (b, p): x stands for xᵀ in the formulas."""

    negative: np.ndarray  # (k,) the places of −1 in S

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """G⁻¹ x; may overwrite `rows`."""

    def solve_transposed(self, rows: np.ndarray) -> np.ndarray:
        """G⁻ᵀ x; may overwrite `rows`."""

    def multiply(self, rows: np.ndarray) -> np.ndarray:
        """G x; may overwrite `rows`."""

    def multiply_transposed(self, rows: np.ndarray) -> np.ndarray:
        """Gᵀ x; may overwrite `rows`."""


class CholeskyCorner:
    """G lower triangular, S = 1."""

    negative = np.empty(0, dtype=np.intp)

    def __init__(self, triangle: np.ndarray):
        self._triangle = triangle

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """G⁻¹ x; may overwrite `rows`."""
        return blas.dtrsm(1.0, self._triangle, rows, side=1, lower=1, trans_a=1, overwrite_b=1)

    def solve_transposed(self, rows: np.ndarray) -> np.ndarray:
        """G⁻ᵀ x; may overwrite `rows`."""
        return blas.dtrsm(1.0, self._triangle, rows, side=1, lower=1, overwrite_b=1)

    def multiply(self, rows: np.ndarray) -> np.ndarray:
        """G x; may overwrite `rows`."""
        return blas.dtrmm(1.0, self._triangle, rows, side=1, lower=1, trans_a=1, overwrite_b=1)

    def multiply_transposed(self, rows: np.ndarray) -> np.ndarray:
        """Gᵀ x; may overwrite `rows`."""
        return blas.dtrmm(1.0, self._triangle, rows, side=1, lower=1, overwrite_b=1)


class PivotedCorner:
    """G = P L Q |Λ|½ with interchanges P, L unit lower triangular, and Q Λ Qᵀ = D the blocks of Bunch and Kaufman."""

    def __init__(self, dense: np.ndarray):
        p = len(dense)
        work = int(lapack.dsytrf_lwork(p, lower=1)[0])
        factor, pivot, info = lapack.dsytrf(dense, lower=1, lwork=work, overwrite_a=1)
        if info > 0:
            raise SingularBlockError("exact zero pivot")
        # syconv applies the interchanges to L and moves the off-diagonal of D out
        self._triangle, off_diagonal, _ = lapack.dsyconv(factor, pivot, lower=1, overwrite_a=1)
        self._order, first = pivot_order(pivot)
        value, off = self._triangle.diagonal().copy(), off_diagonal[first]
        one, other = value[first], value[first + 1]
        # Jacobi's rotation: the larger eigenvalue without cancellation, the other one from the determinant
        mean, half = (one + other) / 2, np.hypot((one - other) / 2, off)
        large = mean + np.copysign(half, mean)
        if np.any(large == 0):
            raise SingularBlockError("exact zero pivots")
        angle = np.arctan2(2 * off, one - other) / 2 + np.where(mean < 0, np.pi / 2, 0)
        value[first], value[first + 1] = large, (one * other - off**2) / large
        self._first, self._cosine, self._sine = first, np.cos(angle), np.sin(angle)
        if np.any(value == 0):
            raise SingularBlockError("exact zero pivot")
        self._root = np.sqrt(np.abs(value))
        self.negative = np.flatnonzero(value < 0)

    def _rotate(self, rows: np.ndarray, back: bool) -> np.ndarray:
        """Q x, or Qᵀ x, in place."""
        sine = -self._sine if back else self._sine
        one, other = rows[:, self._first], rows[:, self._first + 1]
        rows[:, self._first] = self._cosine * one - sine * other
        rows[:, self._first + 1] = sine * one + self._cosine * other
        return rows

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """G⁻¹ x; may overwrite `rows`."""
        rows = np.asfortranarray(rows[:, self._order])
        rows = blas.dtrsm(1.0, self._triangle, rows, side=1, lower=1, trans_a=1, diag=1, overwrite_b=1)
        return self._rotate(rows, back=True) / self._root

    def solve_transposed(self, rows: np.ndarray) -> np.ndarray:
        """G⁻ᵀ x; may overwrite `rows`."""
        rows = self._rotate(np.asfortranarray(rows / self._root), back=False)
        rows = blas.dtrsm(1.0, self._triangle, rows, side=1, lower=1, diag=1, overwrite_b=1)
        return self._reordered(rows)

    def multiply(self, rows: np.ndarray) -> np.ndarray:
        """G x; may overwrite `rows`."""
        rows = self._rotate(np.asfortranarray(rows * self._root), back=False)
        rows = blas.dtrmm(1.0, self._triangle, rows, side=1, lower=1, trans_a=1, diag=1, overwrite_b=1)
        return self._reordered(rows)

    def multiply_transposed(self, rows: np.ndarray) -> np.ndarray:
        """Gᵀ x; may overwrite `rows`."""
        rows = np.asfortranarray(rows[:, self._order])
        rows = blas.dtrmm(1.0, self._triangle, rows, side=1, lower=1, diag=1, overwrite_b=1)
        return self._rotate(rows, back=True) * self._root

    def _reordered(self, rows: np.ndarray) -> np.ndarray:
        out = np.empty_like(rows)
        out[:, self._order] = rows
        return out


def pivot_order(pivot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row order and first rows of the 2-by-2 blocks from sytrf's pivots (lower triangle, counted from 1)."""
    order = list(range(len(pivot)))
    first, k, places = [], 0, pivot.tolist()
    while k < len(places):
        size = 1 if places[k] > 0 else 2
        row, other = k + size - 1, abs(places[k]) - 1
        order[row], order[other] = order[other], order[row]
        if size == 2:
            first.append(k)
        k += size
    return np.array(order, dtype=np.intp), np.array(first, dtype=np.intp)


@dataclass(frozen=True)
class _Column:
    """A block column of G and its signs."""

    first: int
    end: int
    boundary: np.ndarray  # (b,)
    corner: Corner
    below: np.ndarray  # (b, p)


class Multifrontal:
    """Factors of (matrix − shift) in a given order of elimination."""

    def __init__(self, matrix: sp.csr_matrix | sp.csr_array, shift: float, dissection: Dissection):
        n = matrix.shape[0]
        self._order = order = dissection.order
        blocks = dissection.blocks
        position = np.empty(n, dtype=np.intp)
        position[order] = np.arange(n)
        place = np.full(n, -1, dtype=np.intp)
        updates: dict[int, np.ndarray] = {}
        self._columns = []
        for number, block in enumerate(blocks):
            p, b = block.end - block.first, len(block.boundary)
            corner, below, rest = np.zeros((p, p), order="F"), np.zeros((b, p), order="F"), np.zeros((b, b), order="F")
            place[block.first : block.end] = np.arange(p)
            place[block.boundary] = np.arange(p, p + b)
            rows = order[block.first : block.end]
            _assemble(matrix.indptr, matrix.indices, matrix.data, shift, rows, position, place, corner, below)
            for child in block.children:
                _extend(updates.pop(child), place[blocks[child].boundary], corner, below, rest)
            factor = _factorise(corner, positive=b > 0)
            below = _eliminate(factor, below, rest)
            updates[number] = rest
            self._columns.append(_Column(block.first, block.end, block.boundary, factor, below))
        self.number_negative = sum(len(column.corner.negative) for column in self._columns)

    def solve(self, block: np.ndarray) -> np.ndarray:
        """(matrix − shift)⁻¹ applied to the columns of `block` (n, k)."""
        x = np.ascontiguousarray(block[self._order])
        for column in self._columns:
            own = column.corner.solve(x[column.first : column.end].T).T
            if len(column.boundary):
                x[column.boundary] -= column.below @ own
            x[column.first : column.end] = own
        for column in reversed(self._columns):
            own = x[column.first : column.end]
            own[column.corner.negative] *= -1
            if len(column.boundary):
                own -= column.below.T @ x[column.boundary]
            x[column.first : column.end] = column.corner.solve_transposed(own.T).T
        return self._restored(x)

    def multiply(self, block: np.ndarray) -> np.ndarray:
        """G S Gᵀ applied to the columns of `block` (n, k)."""
        x = np.ascontiguousarray(block[self._order])
        out = np.zeros_like(x)
        for column in self._columns:
            own = column.corner.multiply_transposed(x[column.first : column.end].copy().T).T
            if len(column.boundary):
                own = own + column.below.T @ x[column.boundary]
            own[column.corner.negative] *= -1
            if len(column.boundary):
                out[column.boundary] += column.below @ own
            out[column.first : column.end] += column.corner.multiply(own.T).T
        return self._restored(out)

    def _restored(self, x: np.ndarray) -> np.ndarray:
        out = np.empty_like(x, order="F")
        out[self._order] = x
        return out


def _factorise(dense: np.ndarray, *, positive: bool) -> Corner:
    """Factors of a lower triangle, overwritten; `positive`: worth trying whether it is positive definite."""
    if positive:
        triangle, info = lapack.dpotrf(dense, lower=1, clean=0, overwrite_a=0)
        if info == 0:
            return CholeskyCorner(triangle)
    return PivotedCorner(dense)


def _eliminate(corner: Corner, below: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The rows of G under `corner`; what their elimination leaves is subtracted from the lower triangle of `rest`."""
    if 0 in below.shape:
        return below
    below = corner.solve(below)
    blas.dsyrk(-1.0, below, beta=1.0, c=rest, lower=1, overwrite_c=1)
    if len(corner.negative):
        below = np.asfortranarray(below)
        part = np.asfortranarray(below[:, corner.negative])
        blas.dsyrk(2.0, part, beta=1.0, c=rest, lower=1, overwrite_c=1)
        below[:, corner.negative] *= -1
    return below


@kernel
def _assemble(indptr, indices, data, shift, rows, position, place, corner, below):  # type: ignore[no-untyped-def]
    """Entries of the matrix in the columns of the pivots, lower triangle."""
    p = len(rows)
    for k in range(p):
        for e in range(indptr[rows[k]], indptr[rows[k] + 1]):
            i = place[position[indices[e]]]
            if position[indices[e]] > position[rows[p - 1]]:
                below[i - p, k] += data[e]
            elif position[indices[e]] >= position[rows[k]]:
                corner[i, k] += data[e]
        corner[k, k] -= shift


@kernel
def _extend(update, place, corner, below, rest):  # type: ignore[no-untyped-def]
    """Add the lower triangle of what a child left; `place`, its rows among those of the parent, rises."""
    p, n = corner.shape[0], len(place)
    for j in range(n):
        column = place[j]
        for i in range(j, n):
            row = place[i]
            if column >= p:
                rest[row - p, column - p] += update[i, j]
            elif row >= p:
                below[row - p, column] += update[i, j]
            else:
                corner[row, column] += update[i, j]
