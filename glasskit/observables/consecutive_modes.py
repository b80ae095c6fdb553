"""Modes number `first` to `first + count` of a spectrum, anywhere in it, proved to be these.

Level statistics need consecutive levels from the middle and from the top of a spectrum, not all of it. A shift inside
the window is found by counting (the inertia of M − shift), a block Krylov space of the inverse finds the levels around
it, and two more counts, in gaps below and above them, prove that none is missing and which numbers they have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..errors import IncompleteSpectrumError, InputError
from .completeness import Pairs, Problem, Window
from .inertia import LARGEST_DENSE, Factor, Matrix, to_dense
from .krylov import converge_around, lapack_pairs
from .modes import lowest_modes
from .polynomials import PANEL, Chebyshev, largest_eigenvalue_bound
from .spectral_density import bin_integrals
from .system import System, prepare

_SMALL = 750  # rows below which LAPACK's dense solver is faster
_LOOK_AHEAD = 8  # levels beyond the window on either side, among which a gap for the count is sought
_MOST_COUNTS, _TRUSTED_COUNTS = 60, 6  # factorisations before a window is given up, and the estimate is
_MOMENTS = 200
# where the shift happens to be too close to a level, rounding errors of the solves are large: others are tried, so far
# off the middle in units of the window
_ASIDE = (0.0, 0.2, -0.2)
_STEP = 1e-9  # in units of the norm: first step aside where a count hits an eigenvalue


class ConsecutiveModes(NamedTuple):
    """Consecutive modes of a Hessian.

    Attributes
    ----------
    first : int
        Number of the first mode, counted from 0 at the lowest non-zero one.
    eigenvalues : (count,) array
        omega² [energy / (mass length²)], ascending.
    modes : (count, N, d) array
        Orthonormal, zero on rattlers; the largest component is positive.
    total : int
        Non-zero modes of the whole spectrum.
    """

    first: int
    eigenvalues: np.ndarray
    modes: np.ndarray
    total: int


def consecutive_modes(hessian: Matrix, first: int, count: int, *, dimension: int = 3) -> ConsecutiveModes:
    """Modes number `first` to `first + count − 1` of a Hessian, proved complete.

    Zero modes (d translations, d per rattler) are not numbered; that there are no more of them, and no negative
    eigenvalue, is for `lowest_modes` to check, which makes the window that starts at 0.

    Parameters
    ----------
    hessian : (dN, dN) sparse matrix or array
        As for `lowest_modes`.
    first : int
        0: the lowest non-zero mode. Negative: counted from the top, −50 the fiftieth from above.
    count : int
    dimension : int
        As for `lowest_modes`.

    Returns
    -------
    ConsecutiveModes

    Raises
    ------
    InputError
        As `lowest_modes`, or a window that is not inside the spectrum.
    IncompleteSpectrumError
        If fewer or other modes are found than two counts of the inertia say there are (``partial``:
        a ConsecutiveModes of all that was found, ``first`` −1).
    NumericalError
        If no factorisation near the window is accurate.
    """
    system = prepare(hessian, dimension)
    problem = system.problem
    total, null = problem.number_of_modes, problem.null.shape[1]
    for name, value in (("first", first), ("count", count)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise InputError(f"{name} is an integer, found {value!r}")
    start = int(first) + (total if first < 0 else 0)
    if count < 1 or start < 0 or start + count > total:
        raise InputError(
            f"modes number {first} to {first + count - 1} are not inside a spectrum of {total} non-zero modes"
        )
    if start == 0:
        lowest = lowest_modes(hessian, count, dimension=dimension)
        return ConsecutiveModes(0, lowest.eigenvalues, lowest.modes, total)
    size = problem.matrix.shape[0]
    if size <= _SMALL or (16 * count > size and size <= LARGEST_DENSE):
        values, vectors = _all(problem)
        found = values[start + null : start + null + count], vectors[:, start + null : start + null + count]
        return _result(system, start, found)
    shift_of = _estimated_levels(problem)
    for aside in _ASIDE:
        pairs, low = _find(problem, shift_of, start + null, int(count), aside)
        complaint = _complaint(problem, pairs[0], low, start + null, int(count))
        if not complaint:
            first = start + null - low
            return _result(system, start, (pairs[0][first : first + count], pairs[1][:, first : first + count]))
    raise IncompleteSpectrumError(
        f"modes {start} to {start + count - 1}: {complaint}; compute the whole spectrum instead, or look at the "
        "partial result",
        partial=_result(system, -1, pairs),
    )


def _all(problem: Problem) -> Pairs:
    return lapack_pairs(to_dense(problem.matrix), number=problem.matrix.shape[0], accurate=True)


def _result(system: System, first: int, pairs: Pairs) -> ConsecutiveModes:
    window = Window(*pairs, np.inf, len(pairs[0]))
    return ConsecutiveModes(first, *system.restored(window, len(pairs[0])), system.problem.number_of_modes)


def _find(
    problem: Problem, shift_of: Callable[[float], float], start: int, count: int, aside: float
) -> tuple[Pairs, int]:
    """The levels around the window, and how many of all eigenvalues presumably lie below the first of them."""
    size = problem.matrix.shape[0]
    factor = _inside(problem, shift_of, start + (0.5 + aside) * count, count)
    below = min(factor.number_below, factor.number_below - start + _LOOK_AHEAD)
    above = min(size - factor.number_below, start + count - factor.number_below + _LOOK_AHEAD)
    # null vectors are eigenvectors like others here: the numbers count them
    tolerance = problem.residual_tolerance
    pairs = converge_around(problem.matrix, factor.solve, factor.shift, below, above, tolerance)
    return pairs, factor.number_below - int(np.count_nonzero(pairs[0] < factor.shift))


def _inside(problem: Problem, shift_of: Callable[[float], float], target: float, count: int) -> Factor:
    """A factorisation at a shift with about `target` eigenvalues below, to within a quarter of `count`.

    The first shifts come from an estimate of the integrated density of states, each next one from how far the count
    missed; a bracket takes over where that fails.
    """
    low, high, offset = 0.0, problem.norm, 0.0
    for trial in range(_MOST_COUNTS):
        shift = shift_of(target + offset)
        if trial >= _TRUSTED_COUNTS or not low < shift < high:
            shift = (low + high) / 2
        factor = _count(problem, shift)
        miss = factor.number_below - target
        if abs(miss) <= max(count / 4, 0.5):
            return factor
        low, high = (factor.shift, high) if miss < 0 else (low, factor.shift)
        offset -= miss
    raise IncompleteSpectrumError(
        f"no shift with about {target:g} eigenvalues below it was found in {_MOST_COUNTS} counts: more than "
        f"{count // 2} levels are degenerate there; take a wider window"
    )


def _estimated_levels(problem: Problem) -> Callable[[float], float]:
    """The eigenvalue of a given number, roughly: from Chebyshev moments of random vectors, as `spectral_density`."""
    rng = np.random.default_rng(0)  # fixed: the same matrix gives the same bits
    matrix = sp.csr_matrix(problem.matrix)
    largest = largest_eigenvalue_bound(matrix, rng)
    vectors = rng.standard_normal((matrix.shape[0], PANEL))
    vectors /= np.linalg.norm(vectors, axis=0)
    theta = np.linspace(0, np.pi, 2 * _MOMENTS)
    share = bin_integrals(Chebyshev(matrix, 0.0, largest).moments(vectors, _MOMENTS), theta).mean(axis=1)
    number = np.concatenate([[0.0], np.cumsum(np.maximum(share, 0))])
    number *= matrix.shape[0] / number[-1]
    eigenvalue = largest * np.sin(theta / 2) ** 2
    return lambda index: float(np.interp(index, number, eigenvalue))


def _count(problem: Problem, shift: float) -> Factor:
    step = _STEP * problem.norm
    return problem.factorise(shift, step=step, tolerance=step)


def _complaint(problem: Problem, values: np.ndarray, low: int, start: int, count: int) -> str:
    """What two counts say against the levels found, if anything; `low`: the presumed number of the first of them."""
    first = start - low  # place of the window in what was found
    last = first + count
    if first < 0 or last > len(values):
        return f"{len(values)} levels found from number {low}, not all of them"
    lower, number_lower = _gap(problem, values, first, -1, 0)
    upper, number_upper = _gap(problem, values, last, +1, problem.matrix.shape[0])
    found = int(np.count_nonzero((values > lower) & (values < upper)))
    if found != number_upper - number_lower:
        return f"{found} levels found where the inertia counts {number_upper - number_lower}"
    if int(np.count_nonzero(values <= lower)) + low != number_lower:
        return f"the first level found is not number {low}"
    return ""


def _gap(problem: Problem, values: np.ndarray, place: int, side: int, end: int) -> tuple[float, int]:
    """The widest gap beside `place` among the levels found, outwards, and how many eigenvalues lie below it.

    At the end of the spectrum nothing is counted: `end` eigenvalues lie below.
    """
    ahead = place - np.arange(_LOOK_AHEAD) if side < 0 else place + np.arange(_LOOK_AHEAD)
    ahead = ahead[(ahead >= 1) & (ahead <= len(values) - 1)]
    if len(ahead) == 0:
        return side * np.inf, end
    best = ahead[np.argmax(values[ahead] - values[ahead - 1])]
    middle, gap = (values[best] + values[best - 1]) / 2, values[best] - values[best - 1]
    if gap < 64 * problem.resolution:
        raise IncompleteSpectrumError(
            f"{_LOOK_AHEAD} levels beside a window are degenerate at omega² = {middle:.6g}, so that no count tells "
            "whether one is missing; move the window, or compute the whole spectrum"
        )
    factor = problem.factorise(middle, step=gap / 16, tolerance=gap / 8)
    return factor.shift, factor.number_below
