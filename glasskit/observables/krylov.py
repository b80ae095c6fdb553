"""Eigenpairs of M below a shift from a block Krylov space of (M − shift)⁻¹, with Rayleigh–Ritz in M.

By the min-max principle the k-th Ritz value of M is never below the k-th eigenvalue: k Ritz values below the shift
mean at least k eigenvalues there. The inertia of (M − shift) says how many there are; together they are a proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from .inertia import Matrix

Solve = Callable[[np.ndarray], np.ndarray]

# Twelve-fold phonon bands fit in one block. Wider blocks need fewer passes over the factor but more columns:
# 8 to 24 cost the same within 15 % at N = 1000 (measured).
BLOCK = 16
_NEW_BLOCKS = 4  # random blocks added where all that was found has converged but the count asks for more
_VECTORS_PER_MODE, _SPARE_BLOCKS = 12, 40  # largest space; 5 vectors per mode and 10 blocks are typical
_FIRST_LOOK = 6  # blocks before convergence is looked at
_CORRECT_BELOW = 100  # in units of the tolerance: smaller residuals are corrected one by one


class RitzSpace:
    """An orthonormal basis, orthogonal to known null vectors, with the projection of M onto it.

    Parameters
    ----------
    matrix : (n, n) array or sparse matrix
        Symmetric M.
    null : (n, z) array
        Orthonormal null vectors of M, projected out exactly.
    """

    def __init__(self, matrix: Matrix | _Inverse, null: np.ndarray):
        self._matrix, self._null = matrix, null
        n = len(null)
        self.size = 0
        self.capacity = n - null.shape[1]
        self._basis = np.empty((n, 0), order="F")
        self._image = np.empty((n, 0), order="F")  # M times the basis
        self._projected = np.empty((0, 0))
        self._rng = np.random.default_rng(0)  # fixed: the same matrix gives the same bits

    def random_block(self) -> np.ndarray:
        """Gaussian columns (n, BLOCK); the next ones of a fixed stream."""
        return self._rng.standard_normal((len(self._basis), BLOCK))

    def extend(self, block: np.ndarray) -> np.ndarray:
        """Append the part of `block` (n, b) that is new to the space; return it, orthonormal (n, <= b)."""
        if block.shape[1] == 0:
            return block
        block = block / np.linalg.norm(block, axis=0)
        basis = self._basis[:, : self.size]
        # what the first pass leaves is orthogonal to within eps / (its length), what the second leaves to within eps;
        # columns that are nothing but rounding errors are dropped: tiny after the first, shortened by the second
        for shortest in (1e-13, 0.5):
            block = block - self._null @ (self._null.T @ block)
            block -= basis @ (basis.T @ block)
            block, triangle, _ = scipy.linalg.qr(block, mode="economic", pivoting=True, check_finite=False)
            block = block[:, np.abs(triangle.diagonal()) > shortest]
        block = np.asfortranarray(block[:, : self.capacity - self.size])
        self._append(block)
        return block

    def advance(self, solve: Solve, block: np.ndarray) -> np.ndarray:
        """Extend by the inverse applied to `block`, or at random where that leads nowhere new; empty when full."""
        new = self.extend(solve(block)) if block.shape[1] else block
        return new if new.shape[1] else self.extend(self.random_block())

    def _append(self, block: np.ndarray) -> None:
        old, new = self.size, self.size + block.shape[1]
        if new > self._basis.shape[1]:
            room = min(self.capacity, max(2 * old, 16 * BLOCK))
            for name in ("_basis", "_image"):
                grown = np.empty((len(self._basis), room), order="F")
                grown[:, :old] = getattr(self, name)[:, :old]
                setattr(self, name, grown)
            projected = np.zeros((room, room))
            projected[:old, :old] = self._projected[:old, :old]
            self._projected = projected
        self._basis[:, old:new] = block
        self._image[:, old:new] = self._matrix @ block
        columns = self._basis[:, :new].T @ self._image[:, old:new]
        self._projected[:new, old:new] = columns
        self._projected[old:new, :new] = columns.T
        corner = columns[old:]
        self._projected[old:new, old:new] = (corner + corner.T) / 2
        self.size = new

    def both_ends(self, lowest: int, highest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The `lowest` and the `highest` Ritz values (k,), their vectors (n, k), and residuals |M v − value v| (k,)."""
        projected = self._projected[: self.size, : self.size]
        values, weights = scipy.linalg.eigh(projected, driver="evd", check_finite=False)
        ends = np.r_[0:lowest, max(lowest, self.size - highest) : self.size]
        values, weights = values[ends], weights[:, ends]
        vectors = self._basis[:, : self.size] @ weights
        return values, vectors, np.linalg.norm(self._image[:, : self.size] @ weights - vectors * values, axis=0)

    def image_of_last(self, number: int) -> np.ndarray:
        """M times the last `number` vectors of the basis (n, number)."""
        return self._image[:, self.size - number : self.size]

    def ritz(
        self, *, below: float | None = None, number: int | None = None, accurate: bool = False
    ) -> tuple[np.ndarray, ...]:
        """Ritz values (k,) ascending, vectors (n, k) and residuals M v − value v (n, k); see `lapack_pairs`."""
        projected = self._projected[: self.size, : self.size]
        values, weights = lapack_pairs(projected, below=below, number=number, accurate=accurate)
        vectors = self._basis[:, : self.size] @ weights
        return values, vectors, self._image[:, : self.size] @ weights - vectors * values


def lapack_pairs(
    matrix: np.ndarray,
    *,
    below: float | None = None,
    number: int | None = None,
    accurate: bool = False,
    overwrite: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues ascending and vectors of a dense matrix: all up to `below`, or the `number` lowest.

    By bisection and inverse iteration, which is faster, or all by divide and conquer, which is more accurate and is
    tried where bisection fails. With n x n matrices of 8 n² bytes, the former takes a copy of the matrix and room for
    `number` vectors, or for n with `below`, the latter a copy and twice its size.

    With `overwrite` a matrix in Fortran order is not copied but lost, and with it the second attempt: LinAlgError is
    then raised where bisection fails.
    """
    options: dict[str, Any] = {"overwrite_a": overwrite, "check_finite": False}
    if not accurate:
        last = min(number or 1, len(matrix)) - 1
        window = {"subset_by_index": (0, last)} if below is None else {"subset_by_value": (-np.inf, below)}
        try:
            return scipy.linalg.eigh(matrix, **window, **options)
        except scipy.linalg.LinAlgError:  # bisection fails on some tight clusters: "Internal Error"
            if overwrite:
                raise
    values, vectors = scipy.linalg.eigh(matrix, driver="evd", **options)
    wanted = number if below is None else int(np.searchsorted(values, below, side="right"))
    return values[:wanted], vectors[:, :wanted]


def converge_below(
    space: RitzSpace, solve: Solve, below: float, expected: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Grow `space` until `expected` Ritz pairs, or more, up to `below` have residuals within `tolerance`.

    Parameters
    ----------
    space : RitzSpace
        Empty, or grown by an earlier search; grown in place.
    solve : callable
        (M − shift)⁻¹ on the columns of a block, shift near `below`.
    below, expected : float, int
        Upper end of the window and number of eigenvalues in it, without the null vectors of `space`.
    tolerance : float
        Largest residual |M v − value v|.

    Returns
    -------
    values (k,), vectors (n, k)
        The converged pairs, ascending. Fewer than `expected` where the search gave up.
    """
    most = min(space.capacity, space.size + _VECTORS_PER_MODE * expected + _SPARE_BLOCKS * BLOCK)
    block, new_blocks, worst = space.random_block(), 0, np.inf
    next_look = max(expected, space.size + _FIRST_LOOK * BLOCK)
    if space.size:
        block = np.hstack([space.ritz(number=min(expected, 2 * BLOCK))[1], block])
    while True:
        block = space.advance(solve, block)
        full = space.size >= most or block.shape[1] == 0
        if not full and space.size < next_look:
            continue
        values, vectors, residuals = space.ritz(below=below)
        size = np.linalg.norm(residuals, axis=0)
        if tolerance < size.max(initial=0) < _CORRECT_BELOW * tolerance:
            values, vectors, residuals = space.ritz(below=below, accurate=True)
            size = np.linalg.norm(residuals, axis=0)
        open_ = size > tolerance
        done = len(values) >= expected and not open_.any()
        if done or full:
            return values[~open_], vectors[:, ~open_]
        next_look = space.size + max(2 * BLOCK, space.size // 8)
        if not open_.any() and space.size > 4 * BLOCK and new_blocks < _NEW_BLOCKS:
            block = np.hstack([block, space.random_block()])
            new_blocks += 1
        elif len(values) >= expected:
            # the basis carries the rounding errors of the solves, amplified where an eigenvalue is close to the
            # shift: convergence stalls, and solves for the residuals themselves remove them
            if size.max() < _CORRECT_BELOW * tolerance or size.max() > worst / 2:
                block, next_look = residuals[:, open_], space.size
            worst = size.max()


def approach_lowest(space: RitzSpace, solve: Solve, number: int, *, relative: float, absolute: float) -> np.ndarray:
    """Grow `space` until its `number` lowest Ritz values settle to within a relative or absolute change; return them.

    A first look that places a window: not converged eigenvalues, but upper bounds of them.
    """
    block, previous = space.random_block(), np.full(number, np.inf)
    while block.shape[1]:
        block = space.advance(solve, space.advance(solve, block))
        if space.size < number:
            continue
        values = space.ritz(number=number)[0]
        if np.all(np.abs(values - previous) <= relative * np.abs(values) + absolute):
            return values
        previous = values
    return space.ritz(number=number)[0]


class _Inverse:
    """(M − shift)⁻¹ where a space expects a matrix."""

    def __init__(self, solve: Solve):
        self._solve = solve

    def __matmul__(self, block: np.ndarray) -> np.ndarray:
        return self._solve(block)


def converge_around(
    matrix: Matrix, solve: Solve, shift: float, below: int, above: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Find the `below` eigenvalues next under `shift` and the `above` next over it, to residuals within `tolerance`.

    Rayleigh–Ritz in the inverse: eigenvalues inside the spectrum of M are at both ends of that of (M − shift)⁻¹, where
    Ritz values are bounds, while between those of M there would be some of no eigenvalue.

    Parameters
    ----------
    matrix : (n, n) array or sparse matrix
        M.
    solve : callable
        (M − shift)⁻¹ on the columns of a block.
    shift : float
    below, above : int
        Eigenvalues wanted on either side; no more than there are.
    tolerance : float
        Largest residual |M v − value v|.

    Returns
    -------
    values (k,), vectors (n, k)
        The converged pairs, ascending. Fewer than wanted where the search gave up.
    """
    number = below + above
    space = RitzSpace(_Inverse(solve), np.empty((matrix.shape[0], 0)))
    most = min(space.capacity, _VECTORS_PER_MODE * number + _SPARE_BLOCKS * BLOCK)
    new, next_look = space.extend(space.random_block()), min(most, 2 * number + _FIRST_LOOK * BLOCK)
    reach, last_guess = _reach(matrix, shift, new), np.inf
    while True:
        new = space.extend(space.image_of_last(new.shape[1]))
        full = space.size >= most
        if not full and new.shape[1] == 0:
            new = space.extend(space.random_block())
        if not full and space.size < next_look:
            continue
        next_look = space.size + max(2 * BLOCK, space.size // 8)
        inverse, ends, residuals = space.both_ends(below + BLOCK, above + BLOCK)
        inner = np.r_[0:below, len(inverse) - above : len(inverse)]
        # v with (M − shift)⁻¹ v = θ v + r has the residual (M − shift) r/θ in M: a guess, for products with M cost more
        guess = reach * np.max(residuals[inner] / np.abs(inverse[inner]))
        promising = guess <= tolerance or guess > last_guess / 2  # or as good as it gets
        last_guess = guess
        if not full and not promising:
            continue
        # rounding errors, of the solves and of this eigenproblem, mix vectors of similar eigenvalues; M, projected on
        # the wanted ones and some beyond them, sorts them out
        span = scipy.linalg.qr(ends, mode="economic", check_finite=False)[0]
        image = matrix @ span
        values, weights = scipy.linalg.eigh(span.T @ image, check_finite=False)
        vectors = span @ weights
        close = np.linalg.norm(image @ weights - vectors * values, axis=0) <= tolerance
        middle = int(np.searchsorted(values, shift))
        wanted = slice(max(middle - below, 0), middle + above)
        if full or (middle >= below and len(values) - middle >= above and close[wanted].all()):
            return values[wanted][close[wanted]], vectors[:, wanted][:, close[wanted]]


def _reach(matrix: Matrix, shift: float, block: np.ndarray) -> float:
    """Root mean square of |(M − shift) v| over the orthonormal columns of a random block."""
    return float(np.linalg.norm(matrix @ block - shift * block)) / math.sqrt(block.shape[1])
