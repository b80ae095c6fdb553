"""The lowest modes of a glass too large to factorise, with an estimate, not a proof, that none is missing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.stats

from ..errors import IncompleteSpectrumError, InputError
from .completeness import Problem, Window
from .inertia import Matrix
from .krylov import BLOCK, RitzSpace
from .polynomials import Chebyshev, largest_eigenvalue_bound
from .system import prepare

_MARGIN = 1.1  # modes are sought up to this many times the edge, so that the check is blind to those beyond it
_REACH = 1.25  # the polynomial of the search is small above so many times the edge
_SEARCH_GROWTH = 3.5  # ln 2T of the search's polynomial between those two frequencies
_BACKGROUND = 1e-2  # expected contribution to `missing` of all modes beyond the margin
_NOTICED = 0.25  # larger values of `missing` are refused
CHECKS = 32  # random vectors of the check
_VECTORS_PER_MODE, _SPARE_BLOCKS = 12, 40  # largest space; 3 vectors per mode and 10 blocks are typical


class EstimatedModes(NamedTuple):
    """The lowest non-zero modes of a Hessian, completeness estimated.

    Attributes
    ----------
    eigenvalues : (k,) array
        omega² [energy / (mass length²)], ascending, all positive.
    modes : (k, N, d) array
        Orthonormal, orthogonal to the translations, zero on rattlers; the largest component is positive.
    below : float
        Frequency omega: the modes below it were sought. Not a proof; see `missing`.
    missing : float
        Estimate of the number of modes below `below` that were not found; its expectation is not smaller than that
        number, and about 0.01 where none is missing.
    missing_error : float
        Standard error of it.
    overlooked : float
        Probability that one missing mode would have passed the check.
    """

    eigenvalues: np.ndarray
    modes: np.ndarray
    below: float
    missing: float
    missing_error: float
    overlooked: float


def estimated_lowest_modes(
    hessian: Matrix, *, below: float, rng: np.random.Generator, dimension: int = 3
) -> EstimatedModes:
    r"""All non-zero modes below a frequency, without a factorisation; their number is checked statistically.

    A block Krylov space of the Chebyshev polynomial :math:`T_k(M)` that is large below the edge, with Rayleigh–Ritz
    in M, finds the modes; each has the same small residual as those of `lowest_modes`. Whether all were found is
    asked of fresh random vectors z, orthogonal to what was found:

    .. math:: \mathrm{missing} = \langle z^T p(M)^2 z \rangle, \qquad p = T_q / T_q(\mathrm{edge})

    with p ≥ 1 below the edge and so small beyond it that all other modes together add 0.01. Each missing mode adds
    the square of a Gaussian of variance one or more, averaged over 32 vectors: above 0.25 with probability 1 − 6e-6.
    For up to about 8000 particles `lowest_modes` is faster, and it proves.

    Parameters
    ----------
    hessian : (dN, dN) sparse matrix or array
        As for `lowest_modes`.
    below : float
        Frequency: all modes with omega < below are sought.
    rng : Generator
        Source of the random vectors.
    dimension : int
        Spatial dimension d; 0 for a matrix without translations.

    Returns
    -------
    EstimatedModes
        Modes, and the estimated number of those that are missing.

    Raises
    ------
    InputError
        For a bad matrix, `below` or `dimension`.
    IncompleteSpectrumError
        If the search does not converge, the check finds more than 0.25 missing modes, an eigenvalue is negative, or
        the number of zero modes is wrong. ``partial`` holds the `EstimatedModes` found.

    References
    ----------
    Zhou, Saad, Tiago, Chelikowsky, Phys. Rev. E 74, 066704 (2006); Di Napoli, Polizzi, Saad, Numer. Linear Algebra
    Appl. 23, 674 (2016) for counts by polynomials and random vectors.
    """
    if not isinstance(below, int | float | np.number) or not 0 < below < np.inf:
        raise InputError(f"below is a frequency, a positive number; found {below!r}")
    system = prepare(hessian, dimension)
    problem, edge = system.problem, float(below) ** 2
    upper = largest_eigenvalue_bound(problem.matrix, rng)
    if (_REACH * below) ** 2 >= upper / 4:
        raise InputError(f"below = {below} is no low frequency: all are below {np.sqrt(upper):.4g}; use lowest_modes")
    operator = Chebyshev(problem.matrix, (_REACH * below) ** 2, upper)
    degree = _degree(_MARGIN * below, _REACH * below, upper, _SEARCH_GROWTH)
    values, vectors, converged = _search(problem, operator, degree, (_MARGIN * below) ** 2)
    samples = _check(problem, operator, vectors, float(below), upper, rng)
    missing, error = float(samples.mean()), float(samples.std(ddof=1) / np.sqrt(len(samples)))
    overlooked = float(scipy.stats.chi2.cdf(_NOTICED * CHECKS, CHECKS))
    kept = int(np.searchsorted(values, edge))
    window = Window(values[:kept], vectors[:, :kept], edge, kept)
    found = EstimatedModes(*system.restored(window, kept), float(below), missing, error, overlooked)
    complaints = system.complaints(window)
    if not converged:
        complaints.append("the search did not converge")
    if missing > _NOTICED:
        complaints.append(f"an estimated {missing:.2f} ± {error:.2f} modes below omega = {below} were not found")
    if complaints:
        raise IncompleteSpectrumError("; ".join(complaints) + ": quench further, or ask for fewer", partial=found)
    return found


def _degree(inside: float, outside: float, upper: float, growth: float) -> int:
    """Degree k with T_k ≈ exp(growth) / 2 at frequency `inside` where T_k = 1 at `outside`."""
    span = upper - outside**2
    return int(np.ceil(growth / np.arccosh(1 + 2 * (outside**2 - inside**2) / span)))


def _search(problem: Problem, operator: Chebyshev, degree: int, below: float) -> tuple[np.ndarray, np.ndarray, bool]:
    """Converged eigenpairs up to `below`, ascending, and whether the search came to its own end.

    It ends where all Ritz pairs up to `below` have converged, no more came with the last look, and the next one
    above is no longer on its way down: its residual bounds its distance to an eigenvalue.
    """
    space = RitzSpace(problem.matrix, problem.null)
    block, found = space.random_block(), -1
    while True:
        block = space.advance(lambda columns: operator.apply(columns, degree), block)
        number = max(found, 0) + 1
        full = space.size >= _VECTORS_PER_MODE * number + _SPARE_BLOCKS * BLOCK or block.shape[1] == 0
        if not full and space.size < number + 2 * BLOCK:
            continue
        values, vectors, residuals = space.ritz(number=min(number + BLOCK, space.size), accurate=True)
        size = np.linalg.norm(residuals, axis=0)
        inside = int(np.searchsorted(values, below))
        settled = size[:inside] <= problem.residual_tolerance
        beyond = inside < len(values) and values[inside] - size[inside] > below
        if settled.all() and (full or (beyond and inside == found)):
            return values[:inside], vectors[:, :inside], True
        if full:
            return values[:inside][settled], vectors[:, :inside][:, settled], False
        found = inside


def _check(
    problem: Problem, operator: Chebyshev, found: np.ndarray, below: float, upper: float, rng: np.random.Generator
) -> np.ndarray:
    """Samples (CHECKS,) of the number of modes that are not among those found; see `estimated_lowest_modes`."""
    n = problem.matrix.shape[0]
    outside = _MARGIN * below
    # T² is ½ on average beyond the margin, n modes: T(edge)² = n / (2 · background)
    growth = np.log(2 * np.sqrt(n / (2 * _BACKGROUND)))
    degree = _degree(below, outside, upper, growth)
    operator.set_interval(outside**2, upper)
    samples = []
    for _ in range(CHECKS // BLOCK):
        start = rng.standard_normal((n, BLOCK))
        for known in (problem.null, found):
            start -= known @ (known.T @ start)
        filtered = operator.apply(start, degree)
        samples.append(np.sum(filtered**2, axis=0))
    at_edge = np.cosh(degree * np.arccosh(1 + 2 * (outside**2 - below**2) / (upper - outside**2)))
    return np.concatenate(samples) / at_edge**2
