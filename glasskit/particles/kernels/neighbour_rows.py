"""Neighbour rows that follow single particles: no list of all particles is made anew because one has left its place.

Row i holds every j whose reference position is within the radius of that of i. As long as every particle is within half
the skin of its reference, no interacting pair is missing. A particle that would go further gets another reference, on
the way to where it goes, and its row and those of its old and new neighbours are brought up to date.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jit import inline, kernel
from .records import LANES, compress, make_fetch, quantised, width


class Rows(NamedTuple):
    """Neighbours of each particle, and cells of reference positions to find new ones.

    Rows of particles and of cells are filled up with N, which is no particle.
    """

    member_nk: NDArray[np.uint32]
    count_n: NDArray[np.int64]
    reference_nc: NDArray[np.float64]
    record_nq: NDArray[np.int32]  # (N + 1, width) of the references
    cells_c: NDArray[np.int64]  # cells per axis, each at least a radius wide; one where fewer than three would fit
    cell_mk: NDArray[np.uint32]  # particles of each cell
    filled_m: NDArray[np.int64]  # number of them
    home_n: NDArray[np.int64]  # cell of each particle
    mark_n: NDArray[np.int64]  # (N + 1,); the last entry is the last mark


@inline
def cell_of(rows, i, dimension, length_c):
    """Cell of the reference position of particle i, whether inside the box or not."""
    home = 0
    for c in range(dimension):
        x = rows.reference_nc[i, c] / length_c[c] + 0.5
        x -= np.floor(x)
        home = home * rows.cells_c[c] + min(int(x * rows.cells_c[c]), rows.cells_c[c] - 1)
    return home


@inline
def append(member_mk, count_m, m, i):
    """Enter i into row m; false where that is full."""
    if count_m[m] == member_mk.shape[1]:
        return False
    member_mk[m, count_m[m]] = i
    count_m[m] += 1
    return True


@inline
def remove(member_mk, count_m, m, i, nobody):
    """Take i out of row m, where it is."""
    k = 0
    while k < count_m[m] and member_mk[m, k] != np.uint32(i):
        k += 1
    if k == count_m[m]:
        return
    count_m[m] -= 1
    member_mk[m, k] = member_mk[m, count_m[m]]
    member_mk[m, count_m[m]] = nobody


@cache
def make_refer(dimension: int) -> Any:
    """Function that brings the rows up to date after the reference of particle i has changed; false where one is full.

    Distances are those of float32 records: ``radius2`` holds a margin for that.
    """
    fetch = make_fetch(width(dimension))

    @inline
    def refer(rows, i, radius2, length_c, scale_c, near_qk, close_k, select_k):
        member_nk, count_n, mark_n = rows.member_nk, rows.count_n, rows.mark_n
        n = count_n.size
        for c in range(dimension):
            rows.record_nq[i, c] = quantised(rows.reference_nc[i, c], 1.0 / length_c[c])
        home = cell_of(rows, i, dimension, length_c)
        if home != rows.home_n[i]:
            remove(rows.cell_mk, rows.filled_m, rows.home_n[i], i, n)
            if not append(rows.cell_mk, rows.filled_m, home, i):
                return False
            rows.home_n[i] = home
        x0, y0 = rows.record_nq[i, 0], rows.record_nq[i, 1]
        z0 = rows.record_nq[i, 2] if dimension > 2 else x0
        w0 = rows.record_nq[i, 3] if dimension > 3 else x0
        number = 0
        for code in range(3**dimension):
            rest, part, m, stride, twice = code, home, 0, 1, False
            for c in range(dimension - 1, -1, -1):
                cells = rows.cells_c[c]
                shift = rest % 3 - 1
                rest //= 3
                twice = twice or (cells == 1 and shift != 0)
                m += stride * ((part % cells + shift + cells) % cells)
                part //= cells
                stride *= cells
            if twice:
                continue
            filled = rows.filled_m[m]
            room = (filled + LANES - 1) // LANES * LANES
            for k in range(0, room, LANES):
                fetch(rows.record_nq, 0, rows.cell_mk, m, k, near_qk)
            for k in range(room):
                x, y = np.float32(np.int32(x0 - near_qk[0, k])), np.float32(np.int32(y0 - near_qk[1, k]))
                r2 = x * x * scale_c[0] + y * y * scale_c[1]
                if dimension > 2:
                    z = np.float32(np.int32(z0 - near_qk[2, k]))
                    r2 += z * z * scale_c[2]
                if dimension > 3:
                    w = np.float32(np.int32(w0 - near_qk[3, k]))
                    r2 += w * w * scale_c[3]
                close_k[k] = (r2 < radius2) & (k < filled)
            for k in range(0, room, LANES):
                if number + LANES > select_k.size:
                    return False
                number = compress(rows.cell_mk, m, k, close_k, np.uint32(i), select_k, number)
        mark_n[-1] += 2
        fresh, known = mark_n[-1], mark_n[-1] + 1
        for k in range(number):
            mark_n[select_k[k]] = fresh
        for k in range(count_n[i]):
            j = member_nk[i, k]
            if mark_n[j] == fresh:
                mark_n[j] = known
            else:
                remove(member_nk, count_n, j, i, n)
            member_nk[i, k] = n
        count_n[i] = 0
        for k in range(number):
            j = select_k[k]
            if not append(member_nk, count_n, i, j):
                return False
            if mark_n[j] == fresh and not append(member_nk, count_n, j, i):
                return False
        return True

    return refer


@kernel
def fill_rows(start_n, member_k, rows, length_c):
    """Rows and cells from lists in compressed form, every pair once, of the references; false where a cell is full.

    Both rows of a pair come from one entry: rows would miss pairs later if one of them did not know of the other.
    """
    n, dimension = rows.reference_nc.shape
    rows.member_nk[:] = n
    rows.count_n[:] = 0
    rows.cell_mk[:] = n
    rows.filled_m[:] = 0
    for i in range(n):
        for k in range(start_n[i], start_n[i + 1]):
            append(rows.member_nk, rows.count_n, i, member_k[k])
            append(rows.member_nk, rows.count_n, member_k[k], i)
        home = cell_of(rows, i, dimension, length_c)
        rows.home_n[i] = home
        if not append(rows.cell_mk, rows.filled_m, home, i):
            return False
        for c in range(dimension):
            rows.record_nq[i, c] = quantised(rows.reference_nc[i, c], 1.0 / length_c[c])
    return True
