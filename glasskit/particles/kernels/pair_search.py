"""Neighbour search in a periodic box of any dimension: cells where enough of them fit, else all pairs."""

from __future__ import annotations

import numpy as np

from .jit import kernel


@kernel
def _reach(length_c, radius, n):
    """Cells per radius: 2 (fewer candidates), 1, or 0 where too few cells would fit on an edge or for few particles."""
    for k in (2, 1):
        cells, fits = 1.0, True
        for c in range(length_c.size):
            cells *= int(length_c[c] * k / radius)
            fits = fits and int(length_c[c] * k / radius) >= 2 * k + 1
        if fits and cells <= 8 * n and n > 50:
            return k
    return 0


@kernel
def _all_pairs(position_nc, length_c, radius, full, start_n, neighbour_k):
    n, d = position_nc.shape
    everything = 2.0 * radius >= length_c.min()
    count = 0
    for i in range(n):
        start_n[i] = count
        for j in range(0 if full else i + 1, n):
            r2 = 0.0
            for c in range(d):
                x = position_nc[j, c] - position_nc[i, c]
                x -= length_c[c] * np.rint(x / length_c[c])
                r2 += x * x
            if j != i and (everything or r2 < radius * radius):
                if count < neighbour_k.size:
                    neighbour_k[count] = j
                count += 1
    start_n[n] = count
    return count


@kernel
def find_neighbours(position_nc, length_c, radius, full, start_n, neighbour_k):
    """Fill compressed rows of neighbours closer than a radius; with half the shortest edge or more, of all pairs.

    With ``full`` every pair stands in both rows, else only in the row of its lower index. Positions are wrapped.
    Returns the number of entries; where it exceeds the room in ``neighbour_k``, rows were counted but not all filled.
    """
    n, d = position_nc.shape
    reach = _reach(length_c, radius, n)
    if reach == 0 or 2.0 * radius >= length_c.min():
        return _all_pairs(position_nc, length_c, radius, full, start_n, neighbour_k)

    # Count-sort the particles into cells, the last axis running fastest.
    cell_c, size = np.empty(d, np.int64), 1
    for c in range(d):
        cell_c[c] = int(length_c[c] * reach / radius)
        size *= cell_c[c]
    at_nc, home_n, first_k = np.empty((n, d), np.int64), np.empty(n, np.int64), np.zeros(size + 1, np.int64)
    for i in range(n):
        home = 0
        for c in range(d):
            k = int(np.floor((position_nc[i, c] / length_c[c] + 0.5) * cell_c[c]))
            at_nc[i, c] = min(max(k, 0), cell_c[c] - 1)
            home = home * cell_c[c] + at_nc[i, c]
        home_n[i] = home
        first_k[home + 1] += 1
    for k in range(size):
        first_k[k + 1] += first_k[k]
    # Four columns whatever the dimension, the spare ones zero: a fixed width is several times faster.
    member_n, sorted_nc, fill_k = np.empty(n, np.int64), np.zeros((n, 4)), first_k[:-1].copy()
    for i in range(n):
        m = fill_k[home_n[i]]
        fill_k[home_n[i]] += 1
        member_n[m] = i
        for c in range(d):
            sorted_nc[m, c] = position_nc[i, c]

    # Every stretch of cells along the last axis is one stretch of sorted particles; images are shifted, not searched.
    width = 2 * reach + 1
    rows = width ** (d - 1)
    last, last_cells, radius2 = d - 1, cell_c[d - 1], radius * radius
    origin_c = np.zeros(4)
    count = 0
    for i in range(n):
        start_n[i] = count
        for code in range(rows):
            rest, row = code, 0
            for c in range(last):
                k = at_nc[i, c] + rest % width - reach
                rest //= width
                origin_c[c] = position_nc[i, c]
                if k < 0:
                    k += cell_c[c]
                    origin_c[c] += length_c[c]
                elif k >= cell_c[c]:
                    k -= cell_c[c]
                    origin_c[c] -= length_c[c]
                row = row * cell_c[c] + k
            low, high = at_nc[i, last] - reach, at_nc[i, last] + reach
            for part in range(2):
                begin, end, shift = max(low, 0), min(high, last_cells - 1), 0.0
                if part == 1:
                    if low < 0:
                        begin, end, shift = low + last_cells, last_cells - 1, length_c[last]
                    elif high >= last_cells:
                        begin, end, shift = 0, high - last_cells, -length_c[last]
                    else:
                        break
                origin_c[last] = position_nc[i, last] + shift
                first, beyond = first_k[row * last_cells + begin], first_k[row * last_cells + end + 1]
                x0, y0, z0, w0 = origin_c[0], origin_c[1], origin_c[2], origin_c[3]
                # Every candidate is written where the next neighbour belongs, as long as all of them would fit.
                if count + beyond - first <= neighbour_k.size:
                    for m in range(first, beyond):
                        x, y = sorted_nc[m, 0] - x0, sorted_nc[m, 1] - y0
                        z, w = sorted_nc[m, 2] - z0, sorted_nc[m, 3] - w0
                        r2 = x * x + y * y + z * z + w * w
                        j = member_n[m]
                        neighbour_k[count] = j
                        count += (r2 < radius2) & ((j > i) | (full & (j != i)))
                else:
                    for m in range(first, beyond):
                        x, y = sorted_nc[m, 0] - x0, sorted_nc[m, 1] - y0
                        z, w = sorted_nc[m, 2] - z0, sorted_nc[m, 3] - w0
                        r2 = x * x + y * y + z * z + w * w
                        j = member_n[m]
                        if r2 < radius2 and (j > i or (full and j != i)):
                            if count < neighbour_k.size:
                                neighbour_k[count] = j
                            count += 1
    start_n[n] = count
    return count
