"""Factorisations of (M − shift): how many eigenvalues of M lie below the shift, and solves with the inverse.

Sylvester's law of inertia: if M − shift = L D Lᵀ, then D has as many negative eigenvalues as M has below the
shift. The computed L and D are the exact factors of M − shift + E, so by Weyl's inequality the count is exact for
M whenever no eigenvalue of M lies within ‖E‖ of the shift. ‖E‖ is measured here, not assumed.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
import scipy.linalg.blas as blas
import scipy.linalg.lapack as lapack
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ..errors import NumericalError

Matrix: TypeAlias = np.ndarray | sp.csr_matrix | sp.csr_array

_PROBES = 8
# (3 times the estimate below) < true value needs chi²_8 < 8/9 for the worst, rank-one E: probability 1e-3;
# for an E of many comparable singular values, as rounding errors have, it does not happen.
_PROBE_SAFETY = 3.0
LARGEST_DENSE = 12_000  # rows of a sparse matrix that is turned into a dense one; 1.2 GB


def eigenvalue_resolution(size: int, norm: float) -> float:
    """4 (n + 100) eps ‖M‖₁: bounds rounding errors in M, in backward stable factors, in computed eigenvalues.

    Measured errors at n = 3000 are 1e-3 (LAPACK's and Krylov eigenvalues), 0.02 (dense factors) of it; sparse
    factors, not backward stable, reach a few times it on poorly connected networks.
    """
    return 4 * (size + 100) * float(np.finfo(float).eps) * norm


def to_dense(matrix: Matrix) -> np.ndarray:
    """A copy as a dense array, columns contiguous."""
    return np.array(matrix, order="F") if isinstance(matrix, np.ndarray) else matrix.toarray(order="F")


class Factor(Protocol):
    """A factorisation of (M − shift)."""

    shift: float
    number_below: int  # eigenvalues of M below the shift
    backward_error: float  # bound on the Frobenius norm of L D Lᵀ − (M − shift)

    def solve(self, block: np.ndarray) -> np.ndarray:
        """Return (M − shift)⁻¹ applied to the columns of `block` (n, b)."""
        ...


class SingularShiftError(Exception):
    """No usable factorisation at this shift: an exact zero pivot, or pivots that left the diagonal."""


def _backward_error(product: np.ndarray, exact: np.ndarray) -> float:
    """Bound on ‖E‖_F from E times Gaussian columns: the mean of |E x|² is ‖E‖_F²."""
    return _PROBE_SAFETY * float(np.sqrt(np.mean(np.sum((product - exact) ** 2, axis=0))))


def _probes(n: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((n, _PROBES))


class SparseFactor:
    """L D Lᵀ without pivoting beyond a symmetric fill-reducing order, from SuperLU.

    Not backward stable in general for an indefinite matrix: `backward_error` tells whether it was.
    """

    def __init__(self, matrix: sp.csr_matrix | sp.csr_array, shift: float):
        n = matrix.shape[0]
        shifted = sp.csc_matrix(matrix - shift * sp.eye(n, format="csr"))
        try:
            # relax=1: on these matrices 20 % faster than SuperLU's default (measured)
            self._lu = splu(
                shifted,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0,
                relax=1,
                options={"SymmetricMode": True},
            )
        except RuntimeError as error:  # "Factor is exactly singular"
            raise SingularShiftError(str(error)) from error
        self._shifted = shifted
        order = self._lu.perm_c
        if not np.array_equal(self._lu.perm_r, order):
            raise SingularShiftError("pivots off the diagonal")
        lower, pivots = self._lu.L, self._lu.U.diagonal()
        x = _probes(n)
        product = lower @ (pivots[:, None] * (lower.T @ x))
        self.shift = shift
        self.number_below = int(np.count_nonzero(pivots < 0))
        self.backward_error = _backward_error(product[order], shifted @ x[order])
        self._refine = self.backward_error > eigenvalue_resolution(n, float(abs(shifted).sum(axis=0).max()))

    def solve(self, block: np.ndarray) -> np.ndarray:
        """Return (M − shift)⁻¹ applied to the columns of `block` (n, b)."""
        solution = self._lu.solve(block)
        if self._refine:
            solution += self._lu.solve(block - self._shifted @ solution)
        return solution


class DenseFactor:
    """L D Lᵀ with Bunch–Kaufman pivoting, D with blocks of size 1 and 2 (LAPACK sytrf): backward stable."""

    def __init__(self, matrix: Matrix, shift: float):
        n = matrix.shape[0]
        dense = to_dense(matrix)
        dense[np.arange(n), np.arange(n)] -= shift
        x = _probes(n)
        exact = dense @ x
        work = int(lapack.dsytrf_lwork(n, lower=1)[0])
        factor, pivot, info = lapack.dsytrf(dense, lower=1, lwork=work, overwrite_a=1)
        if info > 0:
            raise SingularShiftError("exact zero pivot")
        # syconv applies the interchanges to L and moves the off-diagonal of D out
        self._lower, off_diagonal, _ = lapack.dsyconv(factor, pivot, lower=1, overwrite_a=1)
        self._order, first = _pivot_order(pivot)
        diagonal = self._lower.diagonal().copy()
        single = np.ones(n, dtype=bool)
        single[first] = single[first + 1] = False
        self._single, self._first = np.flatnonzero(single), first
        self._pivots = diagonal[self._single, None]
        self._a, self._b, self._c = diagonal[first, None], off_diagonal[first, None], diagonal[first + 1, None]
        self._determinant = self._a * self._c - self._b**2
        self.shift = shift
        # a block of size 2 is chosen only where its determinant is negative: one eigenvalue of each sign;
        # the other two cases are counted too
        self.number_below = int(
            np.count_nonzero(self._pivots < 0)
            + np.count_nonzero(self._determinant < 0)
            + 2 * np.count_nonzero((self._determinant > 0) & (self._a < 0))
        )
        self.backward_error = _backward_error(self._apply(x), exact)

    def _triangle(self, block: np.ndarray, transposed: int, solve: bool) -> np.ndarray:
        routine = blas.dtrsm if solve else blas.dtrmm
        return routine(1.0, self._lower, block, lower=1, diag=1, trans_a=transposed, overwrite_b=1)

    def _apply(self, block: np.ndarray) -> np.ndarray:
        """L D Lᵀ applied to `block`, for the backward error."""
        y = self._triangle(np.asfortranarray(block[self._order]), 1, False)
        u, v = y[self._first], y[self._first + 1]
        y[self._single] *= self._pivots
        y[self._first], y[self._first + 1] = self._a * u + self._b * v, self._b * u + self._c * v
        return self._unpermuted(self._triangle(y, 0, False))

    def solve(self, block: np.ndarray) -> np.ndarray:
        """Return (M − shift)⁻¹ applied to the columns of `block` (n, b)."""
        y = self._triangle(np.asfortranarray(block[self._order]), 0, True)
        u, v = y[self._first], y[self._first + 1]
        y[self._single] /= self._pivots
        y[self._first] = (self._c * u - self._b * v) / self._determinant
        y[self._first + 1] = (self._a * v - self._b * u) / self._determinant
        return self._unpermuted(self._triangle(y, 1, True))

    def _unpermuted(self, block: np.ndarray) -> np.ndarray:
        out = np.empty_like(block)
        out[self._order] = block
        return out


def _pivot_order(pivot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row order and first rows of the 2-by-2 blocks from sytrf's pivots (lower triangle, counted from 1)."""
    order = np.arange(len(pivot))
    first = []
    k = 0
    while k < len(pivot):
        size = 1 if pivot[k] > 0 else 2
        row, other = k + size - 1, abs(pivot[k]) - 1
        order[row], order[other] = order[other], order[row]
        if size == 2:
            first.append(k)
        k += size
    return order, np.array(first, dtype=np.intp)


def _dense_is_cheaper(matrix: Matrix) -> bool:
    """Dense LAPACK beats SuperLU on small or well-filled matrices.

    The factor 40 is where both cost the same, measured on networks in two to four dimensions with 4 to 60 neighbours:
    a dense factor below N = 1250 for 31 neighbours in 3D, below N = 310 for 12 neighbours in 2D.
    """
    n = matrix.shape[0]
    return isinstance(matrix, np.ndarray) or n <= 40 * matrix.nnz / n


def factorise(matrix: Matrix, shift: float, *, step: float, tolerance: float) -> Factor:
    """Factorise (M − shift) with a backward error within `tolerance`.

    Parameters
    ----------
    matrix : (n, n) array or sparse CSR matrix
        Symmetric.
    shift : float
        Where to count [energy/length²].
    step : float
        Two more shifts, `shift + step` and `shift + 2 step`, are tried where the first one hits an eigenvalue or
        the sparse factorisation is unstable; the one used is ``factor.shift``.
    tolerance : float
        Largest accepted backward error.

    Raises
    ------
    NumericalError
        Where neither the sparse nor the dense factorisation is accurate enough.
    """
    shifts = [shift + k * step for k in range(3)]
    kinds: list[type[SparseFactor] | type[DenseFactor]] = [DenseFactor]
    if not _dense_is_cheaper(matrix):
        kinds = [SparseFactor, DenseFactor] if matrix.shape[0] <= LARGEST_DENSE else [SparseFactor]
    for kind in kinds:
        for trial in shifts:
            try:
                factor = kind(matrix, trial)
            except SingularShiftError:
                continue
            if factor.backward_error <= tolerance:
                return factor
    raise NumericalError(
        f"no factorisation of (hessian − {shift:.6g}) within a backward error of {tolerance:.1e} was found at "
        f"{len(shifts)} shifts; move the window a little"
    )
