"""Factorisations of (M − shift): how many eigenvalues of M lie below the shift, and solves with the inverse.

Sylvester's law of inertia: if M − shift = G S Gᵀ, then S has as many negative entries as M has eigenvalues below
the shift. The computed G and S are the exact factors of M − shift + E, so by Weyl's inequality the count is exact for
M whenever no eigenvalue of M lies within ‖E‖ of the shift. ‖E‖ is measured here, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

import numpy as np
import scipy.sparse as sp

from ..errors import NumericalError
from .dissection import Dissection, dissect
from .multifrontal import Multifrontal, PivotedCorner, SingularBlockError

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
    backward_error: float  # bound on the Frobenius norm of G S Gᵀ − (M − shift)

    def solve(self, block: np.ndarray) -> np.ndarray:
        """Return (M − shift)⁻¹ applied to the columns of `block` (n, b)."""
        ...


def backward_error_bound(product: np.ndarray, exact: np.ndarray) -> float:
    """Bound on ‖E‖_F from E times Gaussian columns: the mean of |E x|² is ‖E‖_F²."""
    return _PROBE_SAFETY * float(np.sqrt(np.mean(np.sum((product - exact) ** 2, axis=0))))


def gaussian_probes(n: int) -> np.ndarray:
    """Columns for `backward_error_bound` (n, probes), always the same."""
    return np.random.default_rng(0).standard_normal((n, _PROBES))


class SparseFactor:
    """G S Gᵀ by dense blocks, with interchanges inside each of them (see `Multifrontal`).

    Not backward stable in general for an indefinite matrix: `backward_error` tells whether it was.
    """

    def __init__(self, matrix: sp.csr_matrix | sp.csr_array, shift: float, dissection: Dissection | None = None):
        n = matrix.shape[0]
        self._matrix, self.shift = matrix, shift
        self._factors = Multifrontal(matrix, shift, dissection or dissect(matrix))
        x = gaussian_probes(n)
        self.number_below = self._factors.number_negative
        self.backward_error = backward_error_bound(self._factors.multiply(x), self._multiply(x))
        # the largest entry is a lower bound of the norm: rather one refinement too many
        self._refine = self.backward_error > eigenvalue_resolution(n, float(np.max(np.abs(matrix.data), initial=0)))

    def _multiply(self, block: np.ndarray) -> np.ndarray:
        return self._matrix @ block - self.shift * block

    def solve(self, block: np.ndarray) -> np.ndarray:
        """Return (M − shift)⁻¹ applied to the columns of `block` (n, b)."""
        solution = self._factors.solve(block)
        if self._refine:
            solution += self._factors.solve(block - self._multiply(solution))
        return solution


class DenseFactor:
    """G S Gᵀ from Bunch–Kaufman pivoting (LAPACK sytrf): backward stable."""

    def __init__(self, matrix: Matrix, shift: float):
        n = matrix.shape[0]
        dense = to_dense(matrix)
        dense[np.arange(n), np.arange(n)] -= shift
        x = gaussian_probes(n)
        exact = dense @ x
        self._factors = PivotedCorner(dense)
        self.shift = shift
        self.number_below = len(self._factors.negative)
        self.backward_error = backward_error_bound(self._apply(x), exact)

    def _apply(self, block: np.ndarray) -> np.ndarray:
        """G S Gᵀ applied to `block`, for the backward error."""
        rows = self._factors.multiply_transposed(block.T)
        rows[:, self._factors.negative] *= -1
        return self._factors.multiply(rows).T

    def solve(self, block: np.ndarray) -> np.ndarray:
        """Return (M − shift)⁻¹ applied to the columns of `block` (n, b)."""
        rows = self._factors.solve(block.T)
        rows[:, self._factors.negative] *= -1
        return self._factors.solve_transposed(rows).T


def dense_is_cheaper(matrix: Matrix) -> bool:
    """One dense factor beats one by blocks on small or well-filled matrices.

    The factor 10 is where both cost the same, measured on glasses in three dimensions with 31 neighbours: N = 320.
    """
    n = matrix.shape[0]
    return isinstance(matrix, np.ndarray) or n <= 10 * matrix.nnz / n


def factorise(
    matrix: Matrix, shift: float, *, step: float, tolerance: float, dissection: Dissection | None = None
) -> Factor:
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
    dissection : Dissection, optional
        An order of elimination of `matrix`, where there is one already.

    Raises
    ------
    NumericalError
        Where neither the sparse nor the dense factorisation is accurate enough.
    """
    shifts = [shift + k * step for k in range(3)]
    kinds: list[Callable[[float], Factor]] = [partial(DenseFactor, matrix)]
    if not isinstance(matrix, np.ndarray) and not dense_is_cheaper(matrix):
        sparse = partial(SparseFactor, matrix, dissection=dissection or dissect(matrix))
        kinds = [sparse, *kinds] if matrix.shape[0] <= LARGEST_DENSE else [sparse]
    for kind in kinds:
        for trial in shifts:
            try:
                factor = kind(trial)
            except SingularBlockError:
                continue
            if factor.backward_error <= tolerance:
                return factor
    raise NumericalError(
        f"no factorisation of (hessian − {shift:.6g}) within a backward error of {tolerance:.1e} was found at "
        f"{len(shifts)} shifts; move the window a little"
    )
