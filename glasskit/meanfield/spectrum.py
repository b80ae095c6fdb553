"""Spectra of a dense Hessian J + diag: all eigenvalues, or the lowest modes, counted by a factorisation."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
from numpy.typing import NDArray

from ..errors import IncompleteSpectrumError
from ..observables.krylov import converge_around, lapack_pairs
from ..observables.modes import participation_ratio
from ..observables.multifrontal import SingularBlockError
from .couplings import Couplings
from .levels import VECTORS, estimate_levels
from .memory import require
from .panels import PanelFactor

Array = NDArray[Any]

DENSE_SIZE = 1500
"""Up to so many oscillators LAPACK finds a part of the spectrum faster than a Krylov space does."""
DENSE_SHARE = 0.1
"""From this share of all modes on, likewise."""
TOLERANCE = 1e-8
"""Largest residual of a mode, relative to the largest curvature: eigenvalues hold to its square over the gap."""
MARGIN, MOST = 2.5, 2.0
"""Standard errors by which the number of modes expected below the first level exceeds that asked for, and the largest
number accepted there, over the one expected."""
TRIES = 4
"""Levels tried until one has enough modes below it, and not too many."""
KRYLOV_BYTES = 5.0
"""Bytes per N² of a Krylov space and its factor, which is half a matrix."""
ROOM = 1000.0
"""Bytes per oscillator that LAPACK and its callers take beside matrices."""


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
        """(N + 1) eps Σ_i M_ii, which bounds what rounding does in Cholesky factors [Higham 2002, Theorem 10.3]."""
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


def lowest_modes(hessian: DenseHessian, count: int | None, below: float | None) -> LowModes:
    """Find the `count` lowest modes, or all of frequency under `below`; the caller has checked that one is given."""
    found = None if left_to_lapack(hessian.size, count) else modes_by_factor(hessian, count, below)
    found = _dense(hessian, count, below) if found is None else found
    hessian.refuse_negative(found.eigenvalues, found)
    return found


def modes_by_factor(hessian: DenseHessian, count: int | None, below: float | None) -> LowModes | None:
    """The same by one factor and a Krylov space, whatever the size; None where they are not few, or no factor exists.

    Raises
    ------
    IncompleteSpectrumError
        If the modes do not converge or cannot be counted.
    """
    factor = factor_of_few(hessian, count, below)
    return None if factor is None else modes_under(hessian, factor, count)


def left_to_lapack(size: int, count: int | None) -> bool:
    """Whether LAPACK finds the `count` lowest modes, None where their number is not known before, of `size`."""
    return size <= DENSE_SIZE or (count is not None and count >= DENSE_SHARE * size)


def lapack_bytes(size: int, count: int | None) -> float:
    """Memory of `count` modes by LAPACK, [bytes]: the matrix, and room for one vector more, or all if count is None.

    By bisection, or by relatively robust representations where all are asked for, with the matrix overwritten.
    """
    vectors = size if count is None else min(count + 1, size)
    return 8.0 * size * (size + vectors) + ROOM * size


def _dense(hessian: DenseHessian, count: int | None, below: float | None) -> LowModes:
    """Modes by LAPACK, after a look at the memory; if its fast driver fails, by divide and conquer, in 24 N² bytes."""
    window: dict[str, Any] = {"number": min((count or 0) + 1, hessian.size)} if below is None else {"below": below**2}
    _require_modes(lapack_bytes(hessian.size, count), hessian.size, count, below)
    pairs = None
    with contextlib.suppress(scipy.linalg.LinAlgError):
        pairs = lapack_pairs(hessian.array(), **window, overwrite=True)
    if pairs is None:
        _require_modes(24.0 * hessian.size**2 + ROOM * hessian.size, hessian.size, count, below)
        pairs = lapack_pairs(hessian.array(), **window, accurate=True, overwrite=True)
    values, vectors = pairs
    if below is not None:
        return _result(values, vectors.copy(order="F"), below)  # without the room for all that they are in
    complete_below = np.inf if count == hessian.size else math.sqrt(max(0.5 * float(values[-1] + values[-2]), 0.0))
    return _result(values[:count], vectors[:, :count], complete_below)


def _require_modes(needed: float, size: int, count: int | None, below: float | None) -> None:
    what = f"{count} modes" if below is None else f"all modes below omega = {below:.6g}"
    fewer = "fewer modes" if below is None else "a lower frequency"
    if size > DENSE_SIZE:
        fewer += f" (less than {DENSE_SHARE:g} of all modes take {KRYLOV_BYTES * size**2 / 1e9:.2f} GB)"
    remedy = f"ask for {fewer}, for eigenvalues only, or take fewer oscillators"
    require(needed, f"finding {what} of {size} oscillators", remedy=remedy)


def factor_of_few(hessian: DenseHessian, count: int | None, below: float | None) -> PanelFactor | None:
    """A factor at `below`, or at a level above `count` modes; None where it fails or has too many modes below it."""
    factor = _factor_at(hessian, below**2) if below is not None else _factor_above(hessian, count or 0)
    return factor if factor is not None and factor.number_below < DENSE_SHARE * hessian.size else None


def modes_under(hessian: DenseHessian, factor: PanelFactor, count: int | None) -> LowModes:
    """All modes under a level by a Krylov space of the inverse there; its factor has counted how many there are."""
    edge, number = factor.shift, factor.number_below
    values, vectors = np.empty(0), np.empty((hessian.size, 0))
    if number:
        values, vectors = converge_around(hessian, factor.solve, edge, number, 0, TOLERANCE * hessian.largest)
    missing = number - len(values)
    if missing or edge - values.max(initial=-np.inf) <= 2.0 * factor.backward_error:
        wrong = (
            f"{missing} of {number} modes did not converge" if missing else "a mode is too close to it to be counted"
        )
        raise IncompleteSpectrumError(
            f"below omega = {np.sqrt(edge):.6g} {wrong}: ask for another number of modes or another frequency.",
            partial=_result(values[:count], vectors[:, :count], 0.0),
        )
    if count is None:
        return _result(values, vectors, float(np.sqrt(edge)))
    complete_below = np.sqrt(max(0.5 * float(values[count - 1] + values[count]), 0.0))
    return _result(values[:count], vectors[:, :count], float(complete_below))


def _factor_at(hessian: DenseHessian, edge: float) -> PanelFactor | None:
    """The Hessian less `edge` factorised; None where it cannot be, the edge being an eigenvalue within rounding."""
    take = "take fewer oscillators"
    require(KRYLOV_BYTES * hessian.size**2, f"half the Hessian of {hessian.size} oscillators", remedy=take)
    try:
        factor = PanelFactor(hessian, edge)
    except SingularBlockError:
        return None
    return factor if factor.backward_error <= hessian.resolution else None


def _factor_above(hessian: DenseHessian, count: int) -> PanelFactor | None:
    """A factor at a level with more than `count` eigenvalues below it, and not many more; None where none is found."""
    levels = estimate_levels(hessian.couplings, hessian.diagonal)
    if levels.lowest < -hessian.resolution:
        values, vectors = _softest_pair(hessian)
        hessian.refuse_negative(values, _result(values, vectors, 0.0))
    wanted = expected = count + 1 + MARGIN * math.sqrt(2.0 * count / VECTORS)
    for _ in range(TRIES):
        factor = _factor_at(hessian, levels.of_number(expected))
        if factor is None:
            return None
        if count < factor.number_below <= MOST * wanted:
            return factor
        expected *= wanted / max(factor.number_below, 1)
        del factor  # before the next one is made
    return None


def _softest_pair(hessian: DenseHessian) -> tuple[Array, Array]:
    operator = scipy.sparse.linalg.LinearOperator(
        hessian.shape, matvec=lambda x: (hessian @ x.reshape(-1, 1)).ravel(), dtype=float
    )
    guess = np.random.default_rng(0).standard_normal(hessian.size)  # fixed: the same instance gives the same answer
    return scipy.sparse.linalg.eigsh(operator, k=1, which="SA", v0=guess)


def _result(values: Array, vectors: Array, complete_below: float) -> LowModes:
    modes = np.ascontiguousarray(vectors.T)
    share = np.array([participation_ratio(mode[:, None]) for mode in modes])  # all at once would take three times them
    return LowModes(np.array(values), modes, share, complete_below)
