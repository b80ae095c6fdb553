"""Slow twins of the KHGPS model: dense sums over a full matrix, finite differences, plain steepest descent."""

from __future__ import annotations

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
