"""Neighbour search in a periodic box of any dimension: cells where three fit on every edge, else all pairs."""

from __future__ import annotations

import numpy as np

from .jit import kernel


@kernel
def find_neighbours(position_nc, length_c, radius, full, start_n, neighbour_k):
    """Fill compressed rows of neighbours closer than a radius (at most half the shortest edge, or everything).

    With ``full`` every pair stands in both rows, else only in the row of its lower index. A radius of half the
    shortest edge or more lists all pairs. Returns the number of entries; where it exceeds the room in
    ``neighbour_k``, the rows are counted but not all filled.
    """
    n, d = position_nc.shape
    radius2 = radius * radius
    everything = 2.0 * radius >= length_c.min()
    cell_c = np.empty(d, np.int64)
    stencil = 1
    for c in range(d):
        # No more cells than about one particle each: wider cells than the radius are allowed, narrower are not.
        cell_c[c] = min(int(length_c[c] / radius), max(3, int(n ** (1.0 / d)) + 1))
        stencil *= 3
    cells = 1
    use_cells = not everything
    for c in range(d):
        use_cells = use_cells and cell_c[c] >= 3
        cells *= max(cell_c[c], 1)
    use_cells = use_cells and cells > 2 * stencil

    count = 0
    if not use_cells:
        for i in range(n):
            start_n[i] = count
            for j in range(0 if full else i + 1, n):
                if j == i:
                    continue
                r2 = 0.0
                for c in range(d):
                    x = position_nc[j, c] - position_nc[i, c]
                    x -= length_c[c] * np.rint(x / length_c[c])
                    r2 += x * x
                if everything or r2 < radius2:
                    if count < neighbour_k.size:
                        neighbour_k[count] = j
                    count += 1
        start_n[n] = count
        return count

    coordinate_nc = np.empty((n, d), np.int64)
    cell_n = np.empty(n, np.int64)
    first_c = np.zeros(cells + 1, np.int64)
    for i in range(n):
        index = 0
        for c in range(d):
            k = int(np.floor((position_nc[i, c] / length_c[c] + 0.5) * cell_c[c]))
            k = min(max(k, 0), cell_c[c] - 1)
            coordinate_nc[i, c] = k
            index = index * cell_c[c] + k
        cell_n[i] = index
        first_c[index + 1] += 1
    for k in range(cells):
        first_c[k + 1] += first_c[k]
    member_n = np.empty(n, np.int64)
    fill_c = first_c[:-1].copy()
    for i in range(n):
        member_n[fill_c[cell_n[i]]] = i
        fill_c[cell_n[i]] += 1

    for i in range(n):
        start_n[i] = count
        for code in range(stencil):
            rest, index = code, 0
            for c in range(d):
                k = coordinate_nc[i, c] + rest % 3 - 1
                rest //= 3
                if k < 0:
                    k += cell_c[c]
                elif k >= cell_c[c]:
                    k -= cell_c[c]
                index = index * cell_c[c] + k
            for m in range(first_c[index], first_c[index + 1]):
                j = member_n[m]
                if j == i or (j < i and not full):
                    continue
                r2 = 0.0
                for c in range(d):
                    x = position_nc[j, c] - position_nc[i, c]
                    x -= length_c[c] * np.rint(x / length_c[c])
                    r2 += x * x
                if r2 < radius2:
                    if count < neighbour_k.size:
                        neighbour_k[count] = j
                    count += 1
    start_n[n] = count
    return count
