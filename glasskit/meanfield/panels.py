"""A dense Hessian less a shift, factorised in half a matrix: the number of eigenvalues below the shift, and solves.

Stiff oscillators are eliminated first. As long as what they leave is positive they need no pivots, and Cholesky's
method runs over panels of the lower triangle; the soft rest, where all eigenvalues below the shift come from, is left
to Bunch and Kaufman's. By Sylvester's law M − shift = G S Gᵀ has as many eigenvalues below zero as S has.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from ..observables.inertia import backward_error_bound, gaussian_probes
from ..observables.multifrontal import CholeskyCorner, Corner, PivotedCorner
from ..particles.kernels.jit import kernel
from .couplings import Couplings

Array = NDArray[Any]

WIDTH = 512
"""Oscillators eliminated at a time; wider panels are not faster, and leave more to the pivots."""


class Matrix(Protocol):
    """J + diag(`diagonal`)."""

    @property
    def couplings(self) -> Couplings:
        """J."""

    @property
    def diagonal(self) -> Array:
        """Its diagonal (N,)."""

    def __matmul__(self, block: Array) -> Array: ...


@kernel
def _gather(packed: Array, rows: Array, columns: Array, piece: Array) -> None:
    """Fill `piece` (rows, columns) with the couplings of these oscillators.

    The coupling of a pair stands in the packed row of its larger number: rows are read one after the other, each in
    the order of memory, and what is written between them stays in the cache.
    """
    down, across = np.argsort(rows), np.argsort(columns)
    for r in range(len(rows)):
        start = rows[r] * (rows[r] - 1) // 2
        for c in across:
            if columns[c] < rows[r]:
                piece[r, c] = np.float64(packed[start + columns[c]])
    for c in range(len(columns)):
        start = columns[c] * (columns[c] - 1) // 2
        for r in down:
            if rows[r] < columns[c]:
                piece[r, c] = np.float64(packed[start + rows[r]])
            elif rows[r] == columns[c]:
                piece[r, c] = 0.0


class PanelFactor:
    """M − shift = G S Gᵀ up to the order of oscillators, S = ±1, in 4 N² bytes and the square of the soft rest.

    Parameters
    ----------
    matrix : DenseHessian
        M.
    shift : float

    Attributes
    ----------
    shift : float
    number_below : int
        Eigenvalues of M below the shift; certain where none is within `backward_error` of it.
    backward_error : float
        Bound of the Frobenius norm of G S Gᵀ − (M − shift), measured on random vectors.

    Raises
    ------
    SingularBlockError
        If the shift is an eigenvalue.
    """

    def __init__(self, matrix: Matrix, shift: float):
        self.shift = shift
        self._packed = matrix.couplings.packed
        self._diagonal = matrix.diagonal - shift
        self._order = np.argsort(-self._diagonal, kind="stable")
        self._panels: list[tuple[int, int, Corner, Array]] = []  # first, last, corner of G, and Gᵀ beside the corner
        n = len(self._order)
        self._room = np.empty(WIDTH * n)
        for first in range(0, n, WIDTH):
            last = min(first + WIDTH, n)
            triangle, failed = scipy.linalg.lapack.dpotrf(
                self._reduced(first, last, first, last).T, lower=1, overwrite_a=1
            )
            if failed:
                self._panels.append((first, n, PivotedCorner(self._rest(first)), np.empty((n - first, 0))))
                break
            beside = self._reduced(first, last, last, n)
            corner = CholeskyCorner(triangle)
            self._panels.append((first, last, corner, corner.solve(beside.T).T if last < n else beside))
        del self._room
        begin, _, soft, _ = self._panels[-1]
        self._negative = begin + soft.negative
        self.number_below = len(self._negative)
        probes = gaussian_probes(n)
        self.backward_error = backward_error_bound(self._multiply(probes), matrix @ probes - shift * probes)

    def solve(self, block: Array) -> Array:
        """(M − shift)⁻¹ applied to the columns of `block` (N, b)."""
        rows = block.T[:, self._order]
        for first, last, corner, beside in self._panels:
            rows[:, first:last] = corner.solve(np.asfortranarray(rows[:, first:last]))
            rows[:, last:] -= rows[:, first:last] @ beside
        rows[:, self._negative] *= -1.0
        for first, last, corner, beside in reversed(self._panels):
            right = rows[:, first:last] - rows[:, last:] @ beside.T
            rows[:, first:last] = corner.solve_transposed(np.asfortranarray(right))
        return self._restored(rows)

    def _multiply(self, block: Array) -> Array:
        """G S Gᵀ applied to the columns of `block` (N, b)."""
        rows = block.T[:, self._order]
        for first, last, corner, beside in self._panels:
            own = corner.multiply_transposed(np.asfortranarray(rows[:, first:last]))
            rows[:, first:last] = own + rows[:, last:] @ beside.T
        rows[:, self._negative] *= -1.0
        for first, last, corner, beside in reversed(self._panels):
            rows[:, last:] += rows[:, first:last] @ beside
            rows[:, first:last] = corner.multiply(np.asfortranarray(rows[:, first:last]))
        return self._restored(rows)

    def _restored(self, rows: Array) -> Array:
        block = np.empty(rows.shape[::-1])
        block[self._order] = rows.T
        return block

    def _rest(self, first: int) -> Array:
        """What is left of oscillators `first` to the last one; of the Fortran array only the lower triangle."""
        n = len(self._order)
        rest = np.zeros((n - first, n - first))
        for start in range(first, n, WIDTH):
            stop = min(start + WIDTH, n)
            rest[start - first : stop - first, start - first :] = self._reduced(start, stop, start, n)
        return rest.T

    def _reduced(self, first: int, last: int, begin: int, end: int) -> Array:
        """Rows `first` to `last` and columns `begin` to `end` of M − shift, less what the panels so far take off."""
        piece = np.empty((last - first, end - begin))
        _gather(self._packed, self._order[first:last], self._order[begin:end], piece)
        if begin == first:
            own = np.arange(last - first)
            piece[own, own] = self._diagonal[self._order[first:last]]
        taken = self._room[: piece.size].reshape(piece.shape)
        for _, eliminated, _, beside in self._panels:
            np.matmul(
                beside[:, first - eliminated : last - eliminated].T, beside[:, begin - eliminated : end - eliminated],
                out=taken,
            )  # fmt: skip
            piece -= taken
        return piece
