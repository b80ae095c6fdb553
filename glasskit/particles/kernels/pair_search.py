"""Neighbour search in a periodic box of any dimension: cells where enough of them fit, else all pairs.

The particles are sorted into cells and surrounded by as many periodic images as the search reaches, so that every
line of cells is one stretch of memory and nothing is wrapped. A few adjacent cells share their candidates: those
near the box their particles span. For each particle the distances to all of these are then one vectorised loop.

A periodic cell is an array of edge lengths (d,), or the upper triangular matrix of a tilted one (d, d); kernels are
compiled for one or the other. The cells of a tilted box are cut along its own faces: what counts for the reach of the
search is the distance between two of them.
"""

from __future__ import annotations

import numpy as np

from .jit import kernel

GROUP = 3  # adjacent cells that share candidates; measured: 2 to 4 are within 10 %, 1 takes 1.4 times as long
COLUMNS = 4  # whatever the dimension, the spare coordinates zero: a fixed number is several times faster


@kernel
def _edges(cell):
    """Edge lengths."""
    if cell.ndim == 1:
        return cell
    length_c = np.empty(cell.shape[0])
    for c in range(cell.shape[0]):
        length_c[c] = cell[c, c]
    return length_c


@kernel
def _inverse(cell):
    """Inverse of an upper triangular matrix."""
    d = cell.shape[0]
    inverse = np.zeros((d, d))
    for c in range(d):
        inverse[c, c] = 1.0 / cell[c, c]
        for b in range(c - 1, -1, -1):
            total = 0.0
            for e in range(b + 1, c + 1):
                total += cell[b, e] * inverse[e, c]
            inverse[b, c] = -total / cell[b, b]
    return inverse


@kernel
def _heights(cell):
    """Distances between opposite faces: edge lengths, or one over the rows of the inverse."""
    if cell.ndim == 1:
        return cell
    inverse, height_c = _inverse(cell), np.empty(cell.shape[0])
    for c in range(cell.shape[0]):
        total = 0.0
        for e in range(c, cell.shape[0]):
            total += inverse[c, e] * inverse[c, e]
        height_c[c] = 1.0 / np.sqrt(total)
    return height_c


@kernel
def _nearest(x_c, cell):
    """Put one vector under the minimum image."""
    if cell.ndim == 1:
        for c in range(x_c.size):
            x_c[c] -= cell[c] * np.rint(x_c[c] / cell[c])
    else:
        for c in range(x_c.size - 1, -1, -1):
            whole = np.rint(x_c[c] / cell[c, c])
            for e in range(c + 1):
                x_c[e] -= cell[e, c] * whole


@kernel
def _lattice_vector(cell, image_c, shift_c):
    """Cell vectors times whole numbers."""
    if cell.ndim == 1:
        for c in range(image_c.size):
            shift_c[c] = image_c[c] * cell[c]
    else:
        for c in range(image_c.size):
            shift_c[c] = 0.0
            for e in range(c, image_c.size):
                shift_c[c] += cell[c, e] * image_c[e]


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
def _all_pairs(position_nc, cell, radius, full, start_n, neighbour_k):
    n, d = position_nc.shape
    everything = 2.0 * radius >= _edges(cell).min()
    count, x_c = 0, np.empty(d)
    for i in range(n):
        start_n[i] = count
        for j in range(0 if full else i + 1, n):
            for c in range(d):
                x_c[c] = position_nc[j, c] - position_nc[i, c]
            _nearest(x_c, cell)
            r2 = 0.0
            for c in range(d):
                r2 += x_c[c] * x_c[c]
            if j != i and (everything or r2 < radius * radius):
                if count < neighbour_k.size:
                    neighbour_k[count] = j
                count += 1
    start_n[n] = count
    return count


@kernel
def _fractions(position_nc, cell):
    """Positions wrapped into a tilted cell, between its faces, and their coordinates along its vectors."""
    n, d = position_nc.shape
    inverse, inside_nc, fraction_nc = _inverse(cell), np.empty((n, d)), np.empty((n, d))
    for i in range(n):
        for c in range(d):
            fraction, inside_nc[i, c] = 0.0, position_nc[i, c]
            for e in range(c, d):
                fraction += inverse[c, e] * position_nc[i, e]
            fraction_nc[i, c] = fraction
        for c in range(d):
            whole = np.floor(fraction_nc[i, c] + 0.5)
            fraction_nc[i, c] -= whole
            for e in range(c + 1):
                inside_nc[i, e] -= cell[e, c] * whole
    return inside_nc, fraction_nc


@kernel
def _sort_into_cells(position_nc, cell, cell_c, first_k, member_n, sorted_cn):
    """Count-sort the particles by cell, the last axis running fastest; those of cell k begin at ``first_k[k]``."""
    if cell.ndim == 1:
        _sort(position_nc, position_nc, cell, cell_c, first_k, member_n, sorted_cn)
    else:
        inside_nc, fraction_nc = _fractions(position_nc, cell)
        _sort(inside_nc, fraction_nc, np.ones(cell.shape[0]), cell_c, first_k, member_n, sorted_cn)


@kernel
def _sort(position_nc, along_nc, length_c, cell_c, first_k, member_n, sorted_cn):
    """Count-sort by coordinates along the edges, which are between −½ and ½ of the lengths."""
    n, d = position_nc.shape
    home_n = np.empty(n, np.int64)
    first_k[:] = 0
    for i in range(n):
        home = 0
        for c in range(d):
            k = int(np.floor((along_nc[i, c] / length_c[c] + 0.5) * cell_c[c]))
            home = home * cell_c[c] + min(max(k, 0), cell_c[c] - 1)
        home_n[i] = home
        first_k[home + 1] += 1
    for k in range(first_k.size - 1):
        first_k[k + 1] += first_k[k]
    fill_k = first_k[:-1].copy()
    for i in range(n):
        m = fill_k[home_n[i]]
        fill_k[home_n[i]] += 1
        member_n[m] = i
        for c in range(d):
            sorted_cn[c, m] = position_nc[i, c]


@kernel
def _surround(cell, cell_c, reach, first_k, member_n, sorted_cn, start_k, image_m, around_cm):
    """Lay out the particles and their images in ``reach`` more cells on every side; returns their number.

    With no room in ``image_m`` they are only counted.
    """
    last, count = cell_c.size - 1, np.uint64(0)
    wide_c, shift_c, image_c = cell_c + 2 * reach, np.zeros(COLUMNS), np.zeros(cell_c.size)
    filling, e = image_m.size > 0, 0
    lines = 1
    for c in range(last):
        lines *= wide_c[c]
    for line in range(lines):
        rest, row, stride = line, 0, cell_c[last]
        for c in range(last - 1, -1, -1):
            k = rest % wide_c[c] - reach
            rest //= wide_c[c]
            image = -1 if k < 0 else (1 if k >= cell_c[c] else 0)
            image_c[c] = image
            row += stride * (k - image * cell_c[c])
            stride *= cell_c[c]
        for image in range(-1, 2):
            low = cell_c[last] - reach if image < 0 else 0
            high = reach if image > 0 else cell_c[last]
            image_c[last] = image
            _lattice_vector(cell, image_c, shift_c)
            begin, end = first_k[row + low], first_k[row + high]
            if not filling:
                count += np.uint64(end - begin)
                continue
            for k in range(low, high):
                start_k[e] = np.int64(count) + first_k[row + k] - begin
                e += 1
            for m in range(np.uint64(begin), np.uint64(end)):
                image_m[count] = member_n[m]
                for c in range(COLUMNS):
                    around_cm[c, count] = sorted_cn[c, m] + shift_c[c]
                count += np.uint64(1)
    if filling:
        start_k[e] = count
    return np.int64(count)


@kernel
def _surrounded(line, edge_c, wide_c):
    """Where a line of cells of a block with edges ``edge_c`` begins in a block with edges ``wide_c``."""
    last = wide_c.size - 1
    at, stride = 0, wide_c[last]
    for c in range(last - 1, -1, -1):
        at += stride * (line % edge_c[c])
        line //= edge_c[c]
        stride *= wide_c[c]
    return at


@kernel
def _collect(sorted_cn, first, beyond, radius, start_k, at, line_s, width, image_m, around_cm, near_m, near_cm, work_m):
    """Candidates of the particles first to beyond: all closer than the radius to the box that these span.

    They are in the lines of cells that start at ``at + line_s`` and are ``width`` long.
    """
    x, y, z, w = around_cm[0], around_cm[1], around_cm[2], around_cm[3]
    middle_c, half_c = np.empty(COLUMNS), np.empty(COLUMNS)
    for c in range(COLUMNS):
        low, high = sorted_cn[c, first], sorted_cn[c, first]
        for m in range(first + 1, beyond):
            low, high = min(low, sorted_cn[c, m]), max(high, sorted_cn[c, m])
        # A little larger, so that rounding loses nothing.
        middle_c[c], half_c[c] = 0.5 * (low + high), 0.5 * (high - low) + 1e-12 * radius
    x0, y0, z0, w0 = middle_c[0], middle_c[1], middle_c[2], middle_c[3]
    x1, y1, z1, w1 = half_c[0], half_c[1], half_c[2], half_c[3]
    most = np.uint64(0)
    for s in range(line_s.size):
        begin, end = np.uint64(start_k[at + line_s[s]]), np.uint64(start_k[at + line_s[s] + width])
        for k in range(end - begin):
            dx, dy = max(abs(x[begin + k] - x0) - x1, 0.0), max(abs(y[begin + k] - y0) - y1, 0.0)
            dz, dw = max(abs(z[begin + k] - z0) - z1, 0.0), max(abs(w[begin + k] - w0) - w1, 0.0)
            work_m[k] = dx * dx + dy * dy + dz * dz + dw * dw
        for k in range(end - begin):
            near_m[most] = begin + k
            most += np.uint64(work_m[k] < radius * radius)
    for k in range(most):
        m = np.uint64(near_m[k])
        near_cm[0, k], near_cm[1, k], near_cm[2, k], near_cm[3, k] = x[m], y[m], z[m], w[m]
        near_m[k] = image_m[m]
    return most


@kernel
def _row(i, x, y, z, w, most, radius2, full, near_m, near_cm, work_m, out_k):
    """Write the neighbours of one particle among its candidates; returns their number."""
    x_m, y_m, z_m, w_m = near_cm[0], near_cm[1], near_cm[2], near_cm[3]
    for k in range(most):
        dx, dy, dz, dw = x_m[k] - x, y_m[k] - y, z_m[k] - z, w_m[k] - w
        work_m[k] = dx * dx + dy * dy + dz * dz + dw * dw
    if full:
        for k in range(most):
            work_m[k] = work_m[k] if near_m[k] != i else np.inf
    else:
        for k in range(most):
            work_m[k] = work_m[k] if near_m[k] > i else np.inf
    # Every candidate is written where the next neighbour belongs: no branch to mispredict.
    count = np.uint64(0)
    for k in range(most):
        out_k[count] = near_m[k]
        count += np.uint64(work_m[k] < radius2)
    return np.int64(count)


@kernel
def find_neighbours(position_nc, cell, radius, full, start_n, neighbour_k):
    """Fill compressed rows of neighbours closer than a radius; with half the shortest edge or more, of all pairs.

    With ``full`` every pair stands in both rows, else only in the row of its lower index. Positions are wrapped.
    Returns the number of entries; where it exceeds the room in ``neighbour_k``, rows were counted but not filled.
    """
    n, d = position_nc.shape
    height_c = _heights(cell)
    reach = _reach(height_c, radius, n)
    if reach == 0 or 2.0 * radius >= _edges(cell).min():
        return _all_pairs(position_nc, cell, radius, full, start_n, neighbour_k)
    cell_c = np.empty(d, np.int64)
    for c in range(d):
        cell_c[c] = int(height_c[c] * reach / radius)
    wide_c, edge = cell_c + 2 * reach, cell_c[d - 1]
    first_k, start_k = np.empty(cell_c.prod() + 1, np.int64), np.empty(wide_c.prod() + 1, np.int64)
    member_n, sorted_cn = np.empty(n, np.int32), np.zeros((COLUMNS, n))
    _sort_into_cells(position_nc, cell, cell_c, first_k, member_n, sorted_cn)
    image_m, around_cm = np.empty(0, np.int32), np.empty((COLUMNS, 0))
    images = _surround(cell, cell_c, reach, first_k, member_n, sorted_cn, start_k, image_m, around_cm)
    image_m, around_cm = np.empty(images, np.int32), np.empty((COLUMNS, images))
    _surround(cell, cell_c, reach, first_k, member_n, sorted_cn, start_k, image_m, around_cm)

    near_m, near_cm, work_m = np.empty(images, np.int32), np.empty((COLUMNS, images)), np.empty(images)
    found_k, begin_n = np.empty(neighbour_k.size + images, np.int32), np.empty(n, np.int64)
    line_s = np.empty((2 * reach + 1) ** (d - 1), np.int64)
    for s in range(line_s.size):
        line_s[s] = _surrounded(s, np.full(d, 2 * reach + 1), wide_c)
    x_n, y_n, z_n, w_n = sorted_cn[0], sorted_cn[1], sorted_cn[2], sorted_cn[3]
    total = 0
    for line in range((first_k.size - 1) // edge):
        corner = _surrounded(line, cell_c, wide_c)
        for at in range(0, edge, GROUP):
            group = min(GROUP, edge - at)
            first, beyond = first_k[line * edge + at], first_k[line * edge + at + group]
            if first == beyond:
                continue
            most = _collect(
                sorted_cn, first, beyond, radius, start_k, corner + at, line_s, 2 * reach + group, image_m, around_cm,
                near_m, near_cm, work_m,
            )  # fmt: skip
            for m in range(first, beyond):
                i = member_n[m]
                # Once the room is used up, rows are only counted.
                begin_n[i] = total if total <= neighbour_k.size else 0
                start_n[i + 1] = _row(
                    i, x_n[m], y_n[m], z_n[m], w_n[m], most, radius * radius, full, near_m, near_cm, work_m,
                    found_k[begin_n[i] :],
                )  # fmt: skip
                total += start_n[i + 1]

    # From the order of the cells to that of the particles.
    start_n[0] = 0
    for i in range(n):
        start_n[i + 1] += start_n[i]
        if total <= neighbour_k.size:
            to, source = np.uint64(start_n[i]), np.uint64(begin_n[i])
            for k in range(np.uint64(start_n[i + 1]) - to):
                neighbour_k[to + k] = found_k[source + k]
    return total
