"""Spectra of a dense Hessian J + diag: all eigenvalues, or the lowest modes proved complete by one factorisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
from numpy.typing import NDArray

from ..errors import IncompleteSpectrumError
from ..observables.krylov import converge_around, lapack_pairs
from ..observables.modes import participation_ratio
from .couplings import Couplings
from .memory import require

Array = NDArray[Any]

DENSE_SIZE = 1500
"""Up to so many oscillators LAPACK finds a part of the spectrum faster than a Krylov space does."""
DENSE_SHARE = 0.1
"""From this share of all modes on, likewise."""
TOLERANCE = 1e-8
"""Largest residual of a mode, relative to the largest curvature: eigenvalues hold to its square over the gap."""
FIRST_GUESS = 50
"""Modes looked for first where a frequency is given and their number is not known."""


class LowModes(NamedTuple):
    """The lowest modes of an instance.

    Attributes
    ----------
    eigenvalues : (k,) array
        omega², ascending.
    modes : (k, N) array
        Orthonormal.
    participation : (k,) array
        (Σz_i²)²/(N Σz_i⁴).
    complete_below : float
        Frequency: every mode with omega below it is among these; infinity where all modes are.
    """

    eigenvalues: Array
    modes: Array
    participation: Array
    complete_below: float


@dataclass(frozen=True, eq=False)
class DenseHessian:
    """M = J + diag(`diagonal`), kept as its parts.

    Parameters
    ----------
    couplings : Couplings
    diagonal : (N,) array
        κ_i + x_i²/2.
    largest : float
        Bound of the eigenvalues, see `Landscape.largest_curvature`.
    """

    couplings: Couplings
    diagonal: Array
    largest: float

    @property
    def size(self) -> int:
        """N."""
        return len(self.diagonal)

    @property
    def shape(self) -> tuple[int, int]:
        """(N, N)."""
        return self.size, self.size

    @property
    def resolution(self) -> float:
        """(N + 1) eps Σ_i M_ii: bound of the rounding of a Cholesky factorisation [Higham 2002, Theorem 10.3]."""
        return (self.size + 1) * float(np.finfo(float).eps) * float(np.sum(np.abs(self.diagonal)))

    def __matmul__(self, block: Array) -> Array:
        return self.couplings @ block + self.diagonal[:, None] * block

    def array(self, shift: float = 0.0) -> Array:
        """M − shift as a float64 (N, N) array, after a look at the memory."""
        take = "take fewer oscillators"
        require(8.0 * self.size**2, f"the Hessian of {self.size} oscillators as an array", remedy=take)
        return self.couplings.dense(diagonal=self.diagonal - shift)

    def all_eigenvalues(self) -> Array:
        """All eigenvalues, ascending, by LAPACK; raises IncompleteSpectrumError where one is negative."""
        values = scipy.linalg.eigh(self.array(), eigvals_only=True, overwrite_a=True, check_finite=False)
        self.refuse_negative(values, values)
        return values

    def refuse_negative(self, values: Array, partial: Any) -> None:
        """Raise where the lowest of `values` is below zero by more than rounding."""
        if len(values) and values[0] < -self.resolution:
            raise IncompleteSpectrumError(
                f"the lowest eigenvalue is {values[0]:.3g}, expected none below zero at a minimum: the state is a "
                "saddle; start from a random state (start_width > 0).",
                partial=partial,
            )

    def proves(self, edge: float, modes_nk: Array) -> bool:
        """Whether all eigenvalues but as many as there are columns in `modes_nk` (N, k) are above `edge`.

        M − edge + c V Vᵀ > 0 means xᵀMx > edge xᵀx for all x orthogonal to V, so that, by the min-max principle, the
        (k + 1)-th eigenvalue is above `edge` whatever V is. It is positive where its Cholesky factorisation ends.
        """
        matrix = self.array(shift=edge)
        if modes_nk.shape[1]:
            raised = 2.0 * self.largest + abs(edge)
            matrix = scipy.linalg.blas.dsyrk(
                raised, np.asfortranarray(modes_nk), beta=1.0, c=matrix, lower=1, overwrite_c=1
            )
        return bool(scipy.linalg.lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)[1] == 0)


def lowest_modes(hessian: DenseHessian, count: int | None, below: float | None) -> LowModes:
    """Find the `count` lowest modes, or all of frequency under `below`; the caller has checked that one is given."""
    few = count is None or count < DENSE_SHARE * hessian.size
    found = _by_krylov(hessian, count, below) if few and hessian.size > DENSE_SIZE else _dense(hessian, count, below)
    hessian.refuse_negative(found.eigenvalues, found)
    return found


def _dense(hessian: DenseHessian, count: int | None, below: float | None) -> LowModes:
    if below is not None:
        values, vectors = lapack_pairs(hessian.array(), below=below**2)
        return _result(values, vectors, below)
    assert count is not None
    if count == hessian.size:
        values, vectors = scipy.linalg.eigh(hessian.array(), overwrite_a=True, check_finite=False)
        return _result(values, vectors, np.inf)
    values, vectors = lapack_pairs(hessian.array(), number=count + 1)
    return _result(values[:count], vectors[:, :count], float(np.sqrt(max(0.5 * (values[-1] + values[-2]), 0.0))))


def _by_krylov(hessian: DenseHessian, count: int | None, below: float | None) -> LowModes:
    """Shift-invert Krylov space on one Cholesky factor, then a second factorisation that proves none missing."""
    number = FIRST_GUESS if count is None else count
    values, vectors = _lowest_pairs(hessian, number + 1)
    while below is not None and values[-1] <= below**2:
        number *= 2
        if number >= DENSE_SHARE * hessian.size:
            return _dense(hessian, count, below)
        values, vectors = _lowest_pairs(hessian, number + 1)
    wanted = number if below is None else int(np.searchsorted(values, below**2))
    edge = 0.5 * float(values[wanted - 1] + values[wanted]) if below is None else below**2
    found = _result(values[:wanted], vectors[:, :wanted], float(np.sqrt(edge)))
    if edge - values[wanted - 1 : wanted].max(initial=-np.inf) <= hessian.resolution:
        edge += hessian.resolution
    if not hessian.proves(edge + hessian.resolution, vectors[:, :wanted]):
        raise IncompleteSpectrumError(
            f"a mode below omega = {found.complete_below:.6g} is missing or too close to it: ask for another number of "
            "modes or another frequency.",
            partial=found._replace(complete_below=0.0),
        )
    return found


def _lowest_pairs(hessian: DenseHessian, number: int) -> tuple[Array, Array]:
    """Return eigenvalues (k,) and vectors (N, k) of the `number` lowest modes found; that it is a minimum, proved."""
    factor, failed = scipy.linalg.lapack.dpotrf(hessian.array(), lower=1, clean=0, overwrite_a=1)
    if failed:
        values, vectors = _softest_pair(hessian)
        hessian.refuse_negative(values, _result(values, vectors, 0.0))
        raise IncompleteSpectrumError(f"the lowest eigenvalue, {values[0]:.3g}, is zero within rounding.", partial=None)

    def solve(block: Array) -> Array:
        return scipy.linalg.lapack.dpotrs(factor, block, lower=1)[0]

    values, vectors = converge_around(hessian, solve, 0.0, 0, number, TOLERANCE * hessian.largest)
    if len(values) < number:
        raise IncompleteSpectrumError(
            f"{len(values)} of {number} modes converged: ask for fewer modes.", partial=_result(values, vectors, 0.0)
        )
    return values, vectors


def _softest_pair(hessian: DenseHessian) -> tuple[Array, Array]:
    operator = scipy.sparse.linalg.LinearOperator(
        hessian.shape, matvec=lambda x: (hessian @ x.reshape(-1, 1)).ravel(), dtype=float
    )
    guess = np.random.default_rng(0).standard_normal(hessian.size)  # fixed: the same instance gives the same answer
    return scipy.sparse.linalg.eigsh(operator, k=1, which="SA", v0=guess)


def _result(values: Array, vectors: Array, complete_below: float) -> LowModes:
    modes = np.ascontiguousarray(vectors.T)
    share = np.asarray(participation_ratio(modes[:, :, None])) if len(modes) else np.empty(0)
    return LowModes(np.array(values), modes, share, complete_below)
