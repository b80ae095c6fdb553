"""The one pair search: lists of particles closer than a radius, for any dimension, in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels.pair_search import find_neighbours


class Neighbours(NamedTuple):
    """Rows of neighbours in compressed form: those of particle i are ``member[start[i]:start[i + 1]]``."""

    start: NDArray[np.int64]  # (N + 1,)
    member: NDArray[np.int32]  # (total,)


def neighbours(
    positions: NDArray[np.float64], cell: NDArray[np.float64], radius: float, *, full: bool = False
) -> Neighbours:
    """All pairs closer than a radius under the minimum image.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
        Wrapped into the box.
    cell : ndarray, shape (d,) or (d, d)
        Edge lengths, or the upper triangular matrix of a tilted cell: `Box.kernel_cell`.
    radius : float
        Pairs closer than this are listed; at half the shortest edge or more, all pairs are.
    full : bool
        If true a pair stands in both rows, else in the row of its lower index.

    Returns
    -------
    Neighbours
    """
    n, d = positions.shape
    ball = np.pi * radius**2 if d == 2 else (4.2 if d == 3 else 5.0) * radius**d
    volume = float(np.prod(cell if cell.ndim == 1 else np.diag(cell)))
    expected = min(n * ball / volume, n)
    start = np.empty(n + 1, np.int64)
    index = np.empty(int(n * (1.2 * expected + 8) * (1.0 if full else 0.5)) + 16, np.int32)
    position_nc, cell = positions.view(), cell.view()
    position_nc.flags.writeable = cell.flags.writeable = False  # compiled once, not once more for writable arrays
    total = find_neighbours(position_nc, cell, radius, full, start, index)
    if total > index.size:
        index = np.empty(total, np.int32)
        find_neighbours(position_nc, cell, radius, full, start, index)
    return Neighbours(start, index[:total])
