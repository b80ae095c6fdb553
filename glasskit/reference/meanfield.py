"""Slow twins of the models of oscillators: dense sums, finite differences, plain steepest descent, sums over images.

The functions that begin with ``khgps`` take any full matrix of couplings, that of a lattice as well.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConvergenceError

Array = NDArray[Any]


def khgps_energy(x: Array, *, stiffnesses: Array, couplings: Array, field: float) -> float:
    """Energy of a state (N,) with the full symmetric matrix of couplings (N, N), zero on its diagonal."""
    energy = 0.0
    for i in range(len(x)):
        energy += stiffnesses[i] * x[i] ** 2 / 2 + x[i] ** 4 / 24 - field * x[i]
        energy += sum(couplings[i, j] * x[i] * x[j] for j in range(i))
    return float(energy)


def khgps_gradient(x: Array, *, stiffnesses: Array, couplings: Array, field: float) -> Array:
    """∂H/∂x_i (N,) with the full matrix of couplings (N, N)."""
    return stiffnesses * x + x**3 / 6 + couplings @ x - field


def khgps_hessian_by_differences(x: Array, *, step: float = 1e-5, **disorder: Any) -> Array:
    """Central differences of the gradient (N, N); `disorder` as for `khgps_gradient`."""
    columns = []
    for i in range(len(x)):
        shift = np.zeros(len(x))
        shift[i] = step
        columns.append((khgps_gradient(x + shift, **disorder) - khgps_gradient(x - shift, **disorder)) / (2 * step))
    return np.array(columns)


def khgps_descent(
    x: Array, *, time_step: float, gradient: float, most_steps: int = 1_000_000, **disorder: Any
) -> Array:
    """Steepest descent with a fixed small step (Euler's method for the gradient flow) down to a largest `gradient`.

    Raises ConvergenceError, with the state as ``partial``, after `most_steps`.
    """
    for _ in range(most_steps):
        slope = khgps_gradient(x, **disorder)
        if np.max(np.abs(slope)) <= gradient:
            return x
        x = x - time_step * slope
    raise ConvergenceError(f"steepest descent did not end in {most_steps} steps: take longer steps.", partial=x)


def lattice_distance(first: Any, second: Any, *, length: int) -> float:
    """Distance between two sites, integer coordinates (d,), the least over the second one's images in 3^d boxes."""
    return min(
        math.dist(first, [a + length * shift for a, shift in zip(second, shifts, strict=True)])
        for shifts in itertools.product((-1, 0, 1), repeat=len(first))
    )


def gps_couplings(length: int, dimension: int, *, coupling: float, g: Array) -> Array:
    """Full matrix (N, N) of J g_ij/r_ij^d, pair by pair, from the full symmetric matrix of g (N, N)."""
    sites = list(itertools.product(range(length), repeat=dimension))
    couplings = np.zeros((len(sites), len(sites)))
    for i, first in enumerate(sites):
        for j in range(i):
            distance = lattice_distance(first, sites[j], length=length)
            couplings[i, j] = couplings[j, i] = coupling * g[i, j] / distance**dimension
    return couplings
