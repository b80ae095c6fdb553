"""Density of vibrational states of a large glass without diagonalisation: the kernel polynomial method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from .inertia import Matrix
from .polynomials import Chebyshev, largest_eigenvalue_bound
from .system import prepare

_MOST_MOMENTS = 100_000


@dataclass(frozen=True)
class SpectralDensity:
    """An estimated density of states.

    Attributes
    ----------
    omega_edges : (k + 1,) array
        Edges of the bins.
    density : (k,) array
        Mean of D(omega) over each bin; the integral over all frequencies is 1. Not forced to be positive.
    error : (k,) array
        Standard error of it, from the spread between the random vectors.
    resolution : float
        Standard deviation in omega of the peak that a single mode makes; it narrows towards the largest frequency.
    moments, vectors : int
        Chebyshev moments and random vectors used.
    number_of_modes : int
        Modes that the density counts: d (N − rattlers) − d.
    largest_omega : float
        Upper bound of all frequencies.
    """

    omega_edges: np.ndarray
    density: np.ndarray
    error: np.ndarray
    resolution: float
    moments: int
    vectors: int
    number_of_modes: int
    largest_omega: float


def spectral_density(
    hessian: Matrix,
    omega_edges: np.ndarray,
    *,
    rng: np.random.Generator,
    vectors: int = 8,
    resolution: float | None = None,
    dimension: int = 3,
) -> SpectralDensity:
    r"""Density of states in bins of frequency, estimated from random vectors.

    .. math:: D(\omega) = \frac{1}{n} \sum_k \delta(\omega - \omega_k)

    over the n modes that are neither translations nor those of rattlers. With the largest frequency Ω and
    :math:`\omega = \Omega \sin(\theta/2)`, the moments :math:`\mu_m = \mathrm{tr}\, T_m(1 - 2M/\Omega^2)/n` are
    estimated by :math:`z^T T_m z`, z random unit vectors, and summed with Jackson's coefficients. Every mode becomes
    a positive peak of standard deviation `resolution` at low frequency; bins hold the exact integrals of these peaks.
    Products of matrix and vector only: π Ω / (4 resolution) for each random vector.

    Parameters
    ----------
    hessian : (dN, dN) sparse matrix or array
        As for `lowest_modes`, of an inherent structure.
    omega_edges : (k + 1,) array
        Edges of the bins, increasing, not negative.
    rng : Generator
        Source of the random vectors.
    vectors : int
        Number of random vectors, at least 2; multiples of 8 use the processor best. The error is that of a mean of so
        many values: with 8 of them 3 errors are exceeded with probability 0.02 (Student's t, 7 degrees of freedom).
    resolution : float, optional
        Frequency; half the narrowest bin by default.
    dimension : int
        Spatial dimension d; 0 for a matrix without translations.

    Returns
    -------
    SpectralDensity
        ``density``, ``error`` and how they were made.

    Raises
    ------
    InputError
        For a bad matrix, edges that do not increase, fewer than two vectors, or a resolution that asks for more than
        100,000 moments.
    NumericalError
        If there are eigenvalues well below zero.

    Notes
    -----
    Where D varies within a resolution the estimate is smoothed, which `error` does not contain.

    References
    ----------
    Weiße, Wellein, Alvermann, Fehske, Rev. Mod. Phys. 78, 275 (2006), Eqs. (32), (71), (77).
    """
    edges, width = _checked_edges(omega_edges, resolution)
    if isinstance(vectors, bool) or not isinstance(vectors, int | np.integer) or vectors < 2:
        raise InputError(f"vectors is an integer >= 2: the error comes from their spread; found {vectors!r}")
    problem = prepare(hessian, dimension).problem
    if problem.null.shape[1] != dimension:
        raise InputError("the Hessian is not translation invariant; use dimension=0 for a matrix without translations")
    largest = largest_eigenvalue_bound(problem.matrix, rng)
    top = float(np.sqrt(largest))
    moments = int(np.ceil(np.pi * top / (2 * width)))
    if moments > _MOST_MOMENTS:
        raise InputError(
            f"a resolution of {width:.3g} needs {moments} moments, more than {_MOST_MOMENTS}; ask for less"
        )
    start = rng.standard_normal((problem.matrix.shape[0], int(vectors)))
    start -= problem.null @ (problem.null.T @ start)
    # unit vectors: their directions are uniform, so the estimate has no bias, and its integral is exactly 1
    start /= np.linalg.norm(start, axis=0)
    values = Chebyshev(problem.matrix, 0.0, largest).moments(start, moments)
    bins = bin_integrals(values, 2 * np.arcsin(np.minimum(edges / top, 1))) / np.diff(edges)[:, None]
    return SpectralDensity(
        edges,
        bins.mean(axis=1),
        bins.std(axis=1, ddof=1) / np.sqrt(vectors),
        np.pi * top / (2 * moments),
        moments,
        int(vectors),
        problem.number_of_modes,
        top,
    )


def bin_integrals(moments: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Integrals between the angles `theta` (k + 1,) of the density with Chebyshev `moments` (m, r): shape (k, r)."""
    number = len(moments)
    m = np.arange(number)
    q = np.pi / (number + 1)
    jackson = ((number - m + 1) * np.cos(q * m) + np.sin(q * m) / np.tan(q)) / (number + 1)
    weights = (2 / np.pi) * (jackson / np.maximum(m, 1))[:, None] * moments
    cumulative = theta[:, None] / np.pi * moments[0] + np.sin(np.outer(theta, m[1:])) @ weights[1:]
    return np.diff(cumulative, axis=0)


def _checked_edges(omega_edges: Any, resolution: float | None) -> tuple[np.ndarray, float]:
    edges = np.array(omega_edges, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or not np.all(np.isfinite(edges)) or edges[0] < 0:
        raise InputError(f"omega_edges are at least two frequencies >= 0; found {omega_edges!r}")
    steps = np.diff(edges)
    if np.any(steps <= 0):
        raise InputError("omega_edges must increase")
    if resolution is None:
        return edges, float(steps.min()) / 2
    if not isinstance(resolution, int | float | np.number) or not 0 < resolution < np.inf:
        raise InputError(f"resolution is a frequency, a positive number; found {resolution!r}")
    return edges, float(resolution)
