"""The lowest modes of a prepared matrix together with the proof that none is missing.

One factorisation at a shift just above the window does both jobs: its inertia counts the modes below it, and a
block Krylov space of its inverse finds them. Small matrices, and large parts of a spectrum, go to LAPACK; the
count comes from the factorisation all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from .dissection import Dissection, dissect
from .inertia import LARGEST_DENSE, Factor, Matrix, dense_is_cheaper, factorise, to_dense
from .krylov import RitzSpace, approach_lowest, converge_below, lapack_pairs

Pairs: TypeAlias = tuple[np.ndarray, np.ndarray]  # eigenvalues (k,) ascending, vectors (n, k)

_SMALL = 750  # rows below which LAPACK's dense solver is faster (measured: N = 250 in 3D)
_LARGE_PART = 16  # more than this fraction of the spectrum is also faster there (measured: 1/24 to 1/13)
_LOOK_AHEAD = 5  # modes beyond those asked for, among which a gap is sought
_SEARCH_SHIFT = 1e-6  # in units of the norm
_SEARCH_ACCURACY = 1e-3  # relative, of the estimates that place the gap


@dataclass(frozen=True)
class Problem:
    """A symmetric matrix without empty rows, and the null vectors to project out of it."""

    matrix: Matrix
    null: np.ndarray  # (n, z), orthonormal
    norm: float  # 1-norm of the matrix: an upper bound on every |eigenvalue|
    resolution: float  # eigenvalues closer than this, or closer than this to zero, are not told apart

    @property
    def number_of_modes(self) -> int:
        """Modes that are left when the null vectors are projected out."""
        return self.matrix.shape[0] - self.null.shape[1]

    @cached_property
    def dissection(self) -> Dissection | None:
        """The order of elimination of a sparse matrix."""
        return None if isinstance(self.matrix, np.ndarray) else dissect(self.matrix)

    def factorise(self, shift: float, *, step: float, tolerance: float) -> Factor:
        """See `inertia.factorise`."""
        needed = not dense_is_cheaper(self.matrix)
        dissection = self.dissection if needed else None
        return factorise(self.matrix, shift, step=step, tolerance=tolerance, dissection=dissection)

    @property
    def residual_tolerance(self) -> float:
        """Largest accepted |M v − eigenvalue v|: 128 eps ‖M‖₁; rounding leaves 10 to 40 (measured)."""
        return 128 * float(np.finfo(float).eps) * self.norm


@dataclass(frozen=True)
class Window:
    """What was found below an edge, and how many eigenvalues there are by the inertia (null vectors left out)."""

    eigenvalues: np.ndarray  # (k,), ascending
    vectors: np.ndarray  # (n, k)
    edge: float  # proved: no more than `counted` eigenvalues lie below
    counted: int

    @property
    def complete(self) -> bool:
        """Whether as many modes were found as there are."""
        return len(self.eigenvalues) == self.counted


def modes_below(
    problem: Problem, shift: float, *, step: float, space: RitzSpace | None = None, known: Pairs | None = None
) -> Window:
    """All eigenpairs below an edge not more than `step` / 2 under `shift`.

    The factors are those of M − shift + E. If they count c negative pivots, then the eigenvalue c + 1 of M is at
    least shift − ‖E‖, the edge (Weyl); and if c eigenvalues are found below the edge, they are all. Where one lies
    closer to the shift than the error the shift is moved up, by `step` and then by more.
    `space` or `known`, the lowest pairs, are what an earlier search left.
    A window that is not ``complete`` is returned as it is: the caller decides.
    """
    space = space or RitzSpace(problem.matrix, problem.null)
    shift, step = min(shift, 2 * problem.norm), min(step, problem.norm)  # above every eigenvalue already
    for _ in range(8):
        factor = problem.factorise(shift, step=step, tolerance=step / 2)
        expected = factor.number_below - problem.null.shape[1]
        margin = 2 * max(problem.resolution, factor.backward_error)
        if known is not None and len(known[0]) >= expected:
            values, vectors = known
        else:
            values, vectors = _solve_below(problem, factor, factor.shift + margin, expected, space)
        if not np.any(np.abs(values - factor.shift) <= margin):
            break
        shift, step = factor.shift + step, 4 * step
    edge = factor.shift - factor.backward_error
    below = values < edge
    return Window(values[below], vectors[:, below], edge, expected)


def _solve_below(problem: Problem, factor: Factor, below: float, expected: int, space: RitzSpace) -> Pairs:
    n = problem.matrix.shape[0]
    if expected <= 0:
        return np.empty(0), np.empty((n, 0))
    if _lapack_is_faster(problem, expected):
        return solve_dense(problem, below=below)
    return converge_below(space, factor.solve, below, expected, problem.residual_tolerance)


def lowest_window(problem: Problem, count: int) -> Window:
    """A window that ends in a gap not far above the `count` lowest modes; it may hold a few more."""
    if count == problem.number_of_modes:
        return modes_below(problem, 2 * problem.norm, step=problem.norm)
    number = min(count + _LOOK_AHEAD, problem.number_of_modes)
    space, known = RitzSpace(problem.matrix, problem.null), None
    if _lapack_is_faster(problem, number):
        known = solve_dense(problem, number=number)
        values = known[0]
    else:
        # just below zero, so that the null vectors do no harm
        shift = -_SEARCH_SHIFT * problem.norm
        factor = problem.factorise(shift, step=shift / 8, tolerance=abs(shift) / 2)
        values = approach_lowest(space, factor.solve, number, relative=_SEARCH_ACCURACY, absolute=problem.resolution)
    # the widest gap: the values are estimates, and a count needs room
    gaps = values[count:] - values[count - 1 : -1]
    k = count + int(np.argmax(gaps))
    gap, least = values[k] - values[k - 1], 8 * problem.resolution
    # the estimates are upper bounds: at least k modes lie below this shift, and the zero modes lie there too
    shift = max(values[k - 1], 0) + max(gap / 2, least)
    return modes_below(problem, shift, step=max(gap / 8, least), space=space, known=known)


def _lapack_is_faster(problem: Problem, number: int) -> bool:
    n = problem.matrix.shape[0]
    return n <= _SMALL or (_LARGE_PART * number > n and n <= LARGEST_DENSE)


def solve_dense(problem: Problem, *, below: float | None = None, number: int | None = None) -> Pairs:
    """Eigenpairs by LAPACK without the projected null vectors, ascending: up to `below`, or the `number` lowest."""
    lifted = to_dense(problem.matrix)
    # to the top of the spectrum, out of the way
    lifted += 4 * problem.norm * (problem.null @ problem.null.T)
    return lapack_pairs(lifted, below=below, number=number)
