"""Kernels on whole configurations that every minimiser shares: periodic steps, products, largest entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels.jit import kernel

Array = Any  # contiguous float64 arrays, seen by numba only


@kernel
def step_wrapped(position_nc: Array, direction_nc: Array, length: float, edge_c: Array, out_nc: Array) -> None:
    """out = position + length · direction, wrapped into [−L/2, L/2) as `Box.wrap` does."""
    for i in range(position_nc.shape[0]):
        for c in range(position_nc.shape[1]):
            half = 0.5 * edge_c[c]
            x = position_nc[i, c] + length * direction_nc[i, c]
            x -= edge_c[c] * np.rint(x / edge_c[c])
            if x < -half:
                x += edge_c[c]
            out_nc[i, c] = x if x < half else -half


@kernel
def displacement(from_nc: Array, to_nc: Array, edge_c: Array, out_nc: Array) -> None:
    """out = to − from under the minimum image: the step that rounding left, not the one intended."""
    for i in range(from_nc.shape[0]):
        for c in range(from_nc.shape[1]):
            x = to_nc[i, c] - from_nc[i, c]
            out_nc[i, c] = x - edge_c[c] * np.rint(x / edge_c[c])


@kernel
def moved_beyond(position_nc: Array, reference_nc: Array, edge_c: Array, distance: float) -> bool:
    """Whether any two particles may have come closer by more than a distance since the reference, or one is nowhere.

    No pair comes closer by more than the two longest displacements together.
    """
    longest, second, total = 0.0, 0.0, 0.0
    for i in range(position_nc.shape[0]):
        r2 = 0.0
        for c in range(position_nc.shape[1]):
            x = position_nc[i, c] - reference_nc[i, c]
            x -= edge_c[c] * np.rint(x / edge_c[c])
            r2 += x * x
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
