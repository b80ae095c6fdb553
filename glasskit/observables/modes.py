"""Harmonic modes of a glass: the full spectrum, the lowest modes with proof of completeness, participation."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from ..errors import IncompleteSpectrumError, InputError
from .completeness import Problem, Window, lowest_window, modes_below
from .inertia import Matrix, to_dense
from .mode_request import require_one_request
from .system import System, check, prepare


class LowestModes(NamedTuple):
    """The lowest non-zero modes of a Hessian.

    Attributes
    ----------
    eigenvalues : (k,) array
        omega² [energy / (mass length²)], ascending, all positive.
    modes : (k, N, d) array
        Orthonormal, orthogonal to the translations, zero on rattlers; the largest component is positive.
        Shape (k, N, 1) for ``dimension=0``.
    complete_below : float
        Frequency omega: every mode with omega < complete_below is among these, proved by a Sturm count.
    """

    eigenvalues: np.ndarray
    modes: np.ndarray
    complete_below: float


def spectrum(hessian: Matrix) -> np.ndarray:
    """All eigenvalues of a Hessian, ascending, zero modes included.

    Dense LAPACK: memory 16 n² bytes, time ~ n³ (4 s at n = 3000 on one core).

    Parameters
    ----------
    hessian : (n, n) sparse matrix or array
        Real, finite and symmetric to rounding.

    Returns
    -------
    eigenvalues : (n,) array
        omega² [energy / (mass length²)].

    Raises
    ------
    InputError
        If the matrix is not square, finite, real and symmetric.
    """
    matrix, _, _ = check(hessian)
    return scipy.linalg.eigh(to_dense(matrix), eigvals_only=True, check_finite=False, overwrite_a=True)


def lowest_modes(
    hessian: Matrix, count: int | None = None, *, below: float | None = None, dimension: int = 3
) -> LowestModes:
    r"""The lowest non-zero modes of a Hessian, proved complete.

    Solves :math:`M v = \omega^2 v`. The d translations are projected out exactly. A rattler, a particle whose d rows
    of M are exactly zero, is taken out of the problem and adds d zero modes. Eigenvalues between ±resolution are zero
    modes, with ``resolution = 4 (n + 100) eps ‖M‖₁`` for n coordinates: a bound on the rounding errors of M, of the
    factorisation and of the eigensolver, 3e-9 for 1000 particles of the tapered model (omega = 5e-5). There must
    be d zero modes plus d per rattler, and no eigenvalue below −resolution.

    Parameters
    ----------
    hessian : (dN, dN) sparse matrix or array
        Particle-major: row d·i + c is component c of particle i. Real, finite, symmetric to rounding.
    count : int, optional
        Number of modes wanted: exactly so many are returned.
    below : float, optional
        Frequency: all modes with omega < below are returned, perhaps none. A mode within rounding of the edge is
        decided by its computed value. Exactly one of `count` and `below` must be given.
    dimension : int
        Spatial dimension d. 0: a matrix without translations (d = 1, no zero modes allowed, no rattlers).

    Returns
    -------
    LowestModes
        ``eigenvalues`` (k,), ``modes`` (k, N, d) and ``complete_below``: equal to `below` where that was given, else
        a frequency in the gap above the last mode (that mode's own frequency where the next one is the same within
        rounding; infinity where all modes were asked for).

    Raises
    ------
    InputError
        For a matrix that is not square, finite, real and symmetric, whose size is not a multiple of d, or for a bad
        `count`, `below` or `dimension`.
    IncompleteSpectrumError
        If a mode is missing against the count, an eigenvalue is negative, or the number of zero modes is wrong.
        ``partial`` then holds all modes found, negative and surplus zero ones included, with ``complete_below`` 0.
    NumericalError
        If no factorisation near the end of the window is accurate.

    Notes
    -----
    The number of eigenvalues below a shift is that of the negative pivots of M − shift (Sylvester's law of inertia;
    Parlett, The Symmetric Eigenvalue Problem, SIAM 1998, section 3.3). Not a tool for the whole spectrum: see
    `spectrum`.
    """
    require_one_request(count, below)
    system = prepare(hessian, dimension)
    problem = system.problem
    if below is not None:
        if not isinstance(below, int | float | np.number) or not below > 0:
            raise InputError(f"below is a frequency, a positive number; found {below!r}")
        # a little above the edge, so that a mode near it is found and then decided by its value
        edge = float(below) ** 2
        step = 1e-3 * edge + 8 * problem.resolution
        window = modes_below(problem, edge + step, step=step)
    else:
        window = lowest_window(problem, _checked_count(count, problem))
    _refuse_incomplete(system, window)
    if below is not None:
        return _result(system, window, int(np.searchsorted(window.eigenvalues, edge)), float(below))
    assert count is not None
    return _result(system, window, count, _edge_above(window, count, problem))


def participation_ratio(mode: np.ndarray) -> float | np.ndarray:
    r"""Participation ratio of a mode: the fraction of particles that take part in it.

    .. math:: e = \frac{(\sum_i z_i^2)^2}{N \sum_i (z_i^2)^2}

    with :math:`z_i^2` the squared displacement of particle i: 1 for a translation, 1/N for a single particle.

    Parameters
    ----------
    mode : (N, d) or (k, N, d) array
        One mode, or a stack of k; any normalisation. N counts all particles, rattlers included.

    Returns
    -------
    float or (k,) array
        Between 1/N and 1.

    Raises
    ------
    InputError
        If the array has another rank, is empty, not finite, or a mode is zero everywhere.

    References
    ----------
    Kapteijns, Richard, Lerner, PRE 101, 032130 (2020), Eq. (14).
    """
    mode = np.asarray(mode, dtype=float)
    if mode.ndim not in (2, 3) or 0 in mode.shape[-2:]:
        raise InputError(f"a mode has shape (N, d), a stack of modes (k, N, d); found {mode.shape}")
    largest = np.max(np.abs(mode), axis=(-2, -1), keepdims=True)
    if not np.all(np.isfinite(largest) & (largest > 0)):
        raise InputError("a mode must be finite and not zero everywhere")
    square = np.sum((mode / largest) ** 2, axis=-1)  # scaled: no underflow of fourth powers
    ratio = np.sum(square, axis=-1) ** 2 / (mode.shape[-2] * np.sum(square**2, axis=-1))
    return float(ratio) if mode.ndim == 2 else ratio


def _checked_count(count: Any, problem: Problem) -> int:
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(f"count is an integer >= 1, found {count!r}")
    if count > problem.number_of_modes:
        raise InputError(f"count = {count} is more than the {problem.number_of_modes} non-zero modes there are")
    return int(count)


def _refuse_incomplete(system: System, window: Window) -> None:
    """Raise unless all counted modes were found, none is negative, and the zero modes are the expected ones."""
    values = window.eigenvalues
    complaints = (
        []
        if window.complete
        else [f"{len(values)} modes found where the inertia counts {window.counted} below omega² = {window.edge:.6g}"]
    )
    complaints += system.complaints(window)
    if complaints:
        raise IncompleteSpectrumError(
            "; ".join(complaints) + ": quench further, or look at the partial result",
            partial=_result(system, window, len(values), 0.0),
        )


def _result(system: System, window: Window, count: int, complete_below: float) -> LowestModes:
    return LowestModes(*system.restored(window, count), complete_below)


def _edge_above(window: Window, count: int, problem: Problem) -> float:
    """A frequency between mode `count` and the next one."""
    if count == problem.number_of_modes:
        return float("inf")
    last = window.eigenvalues[count - 1]
    if count == len(window.eigenvalues):
        return float(np.sqrt(window.edge))
    following = window.eigenvalues[count]
    apart = following - last > 4 * problem.resolution
    return float(np.sqrt((last + following) / 2 if apart else last))
