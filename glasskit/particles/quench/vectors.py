"""Kernels on whole configurations that every minimiser shares: periodic steps, products, largest entries.

A periodic cell is an array of edge lengths (d,), or the upper triangular matrix of a tilted one (d, d).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels.jit import inline, kernel

Array = Any  # contiguous float64 arrays, seen by numba only


@kernel
def step_wrapped(position_nc: Array, direction_nc: Array, length: float, cell: Array, out_nc: Array) -> None:
    """out = position + length · direction, wrapped into [−L/2, L/2) as `Box.wrap` does."""
    if cell.ndim == 1:
        for i in range(position_nc.shape[0]):
            for c in range(position_nc.shape[1]):
                half = 0.5 * cell[c]
                x = position_nc[i, c] + length * direction_nc[i, c]
                x -= cell[c] * np.rint(x / cell[c])
                if x < -half:
                    x += cell[c]
                out_nc[i, c] = x if x < half else -half
    else:
        d = position_nc.shape[1]
        for i in range(position_nc.shape[0]):
            for c in range(d):
                out_nc[i, c] = position_nc[i, c] + length * direction_nc[i, c]
            for c in range(d - 1, -1, -1):
                edge, half = cell[c, c], 0.5 * cell[c, c]
                whole = np.rint(out_nc[i, c] / edge)
                x = out_nc[i, c] - edge * whole
                if x < -half:
                    x += edge
                    whole -= 1.0
                elif x >= half:
                    x = -half
                    whole += 1.0
                out_nc[i, c] = x
                for e in range(c):
                    out_nc[i, e] -= cell[e, c] * whole


@inline
def _nearest(x_c: Array, cell: Array) -> None:
    """Put a vector under the minimum image of a tilted cell."""
    for c in range(x_c.size - 1, -1, -1):
        whole = np.rint(x_c[c] / cell[c, c])
        for e in range(c + 1):
            x_c[e] -= cell[e, c] * whole


@kernel
def displacement(from_nc: Array, to_nc: Array, cell: Array, out_nc: Array) -> None:
    """out = to − from under the minimum image: the step that rounding left, not the one intended."""
    if cell.ndim == 1:
        for i in range(from_nc.shape[0]):
            for c in range(from_nc.shape[1]):
                x = to_nc[i, c] - from_nc[i, c]
                out_nc[i, c] = x - cell[c] * np.rint(x / cell[c])
    else:
        for i in range(from_nc.shape[0]):
            for c in range(from_nc.shape[1]):
                out_nc[i, c] = to_nc[i, c] - from_nc[i, c]
            _nearest(out_nc[i], cell)


@kernel
def moved_beyond(position_nc: Array, reference_nc: Array, cell: Array, distance: float) -> bool:
    """Whether any two particles may have come closer by more than a distance since the reference, or one is nowhere.

    No pair comes closer by more than the two longest displacements together.
    """
    longest, second, total = 0.0, 0.0, 0.0
    x_c = np.empty(position_nc.shape[1])
    for i in range(position_nc.shape[0]):
        r2 = 0.0
        if cell.ndim == 1:
            for c in range(position_nc.shape[1]):
                x = position_nc[i, c] - reference_nc[i, c]
                x -= cell[c] * np.rint(x / cell[c])
                r2 += x * x
        else:
            for c in range(position_nc.shape[1]):
                x_c[c] = position_nc[i, c] - reference_nc[i, c]
            _nearest(x_c, cell)
            for c in range(position_nc.shape[1]):
                r2 += x_c[c] * x_c[c]
        second = max(second, min(longest, r2))
        longest = max(longest, r2)
        total += r2
    return not (np.sqrt(longest) + np.sqrt(second) <= distance and total == total)


@kernel
def dot(a_nc: Array, b_nc: Array) -> float:
    """Σ a·b over all particles."""
    a, b = a_nc.ravel(), b_nc.ravel()
    total = 0.0
    for k in range(a.size):
        total += a[k] * b[k]
    return total


@kernel
def largest_component(a_nc: Array) -> float:
    """max |a_ic|; NaN if any entry is NaN."""
    a = a_nc.ravel()
    largest, total = 0.0, 0.0
    for k in range(a.size):
        largest = max(largest, abs(a[k]))
        total += a[k]
    return largest if total == total else np.nan


@kernel
def largest_length(a_nc: Array) -> float:
    """max |a_i| over the particles."""
    largest = 0.0
    for i in range(a_nc.shape[0]):
        r2 = 0.0
        for c in range(a_nc.shape[1]):
            r2 += a_nc[i, c] * a_nc[i, c]
        largest = max(largest, r2)
    return np.sqrt(largest)
