"""Sums over a table of pairs that know nothing of the potential: Hessian and contractions to fourth order.

x = x_j − x_i, z = z_j − z_i, and the radial coefficients
phi1 = phi'/r, phi2 = phi''/r² − phi'/r³, phi3 = phi'''/r³ − 3phi''/r⁴ + 3phi'/r⁵,
phi4 = phi''''/r⁴ − 6phi'''/r⁵ + 15phi''/r⁶ − 15phi'/r⁷.
"""

from __future__ import annotations

import numpy as np

from .jit import kernel


@kernel
def radial_coefficients(r_p, phi_op):
    """phi1 to phi4 of every pair, shape (4, pairs), from distances and derivatives."""
    out = np.empty((4, r_p.size))
    for k in range(r_p.size):
        y = 1.0 / r_p[k]
        f1, f2, f3, f4 = phi_op[1, k] * y, phi_op[2, k] * y * y, phi_op[3, k] * y**3, phi_op[4, k] * y**4
        y2 = y * y
        out[0, k] = f1
        out[1, k] = f2 - f1 * y2
        out[2, k] = f3 - 3.0 * y2 * (f2 - f1 * y2)
        out[3, k] = f4 - 6.0 * y2 * f3 + 15.0 * y2 * y2 * (f2 - f1 * y2)
    return out


@kernel
def contract(i_p, j_p, x_pc, radial_rp, z_nc, order, out_nc):
    """Derivative tensor of the given order contracted with z on all but one index, added into ``out_nc``."""
    d = x_pc.shape[1]
    z = np.empty(d)
    for k in range(i_p.size):
        i, j = i_p[k], j_p[k]
        xz, zz = 0.0, 0.0
        for c in range(d):
            z[c] = z_nc[j, c] - z_nc[i, c]
            xz += x_pc[k, c] * z[c]
            zz += z[c] * z[c]
        phi1, phi2, phi3, phi4 = radial_rp[0, k], radial_rp[1, k], radial_rp[2, k], radial_rp[3, k]
        if order == 2:
            along_x, along_z = phi2 * xz, phi1
        elif order == 3:
            along_x, along_z = phi3 * xz * xz + phi2 * zz, 2.0 * phi2 * xz
        else:
            along_x = phi4 * xz**3 + 3.0 * phi3 * xz * zz
            along_z = 3.0 * (phi3 * xz * xz + phi2 * zz)
        for c in range(d):
            f = along_x * x_pc[k, c] + along_z * z[c]
            out_nc[j, c] += f
            out_nc[i, c] -= f


@kernel
def hessian_rows(i_p, j_p, x_pc, radial_rp, n):
    """Hessian in compressed sparse rows, particle-major, columns ascending; every particle has its diagonal block."""
    d, pairs = x_pc.shape[1], i_p.size
    degree_n = np.ones(n, np.int64)
    for k in range(pairs):
        degree_n[i_p[k]] += 1
        degree_n[j_p[k]] += 1
    start_n = np.zeros(n + 1, np.int64)
    for i in range(n):
        start_n[i + 1] = start_n[i] + degree_n[i]
    # Entries (neighbour, pair) of each row, the diagonal marked by pair −1; then sorted by neighbour.
    other_b, pair_b = np.empty(start_n[n], np.int64), np.empty(start_n[n], np.int64)
    fill_n = start_n[:-1].copy()
    for i in range(n):
        other_b[fill_n[i]], pair_b[fill_n[i]] = i, -1
        fill_n[i] += 1
    for k in range(pairs):
        i, j = i_p[k], j_p[k]
        other_b[fill_n[i]], pair_b[fill_n[i]] = j, k
        other_b[fill_n[j]], pair_b[fill_n[j]] = i, k
        fill_n[i] += 1
        fill_n[j] += 1

    indptr = np.empty(n * d + 1, np.int64)
    indices, data = np.empty(start_n[n] * d * d, np.int64), np.empty(start_n[n] * d * d)
    diagonal = np.empty((d, d))
    indptr[0] = 0
    for i in range(n):
        begin, width = start_n[i], degree_n[i]
        order = np.argsort(other_b[begin : begin + width])
        diagonal[:] = 0.0
        base = begin * d * d
        middle = 0
        for m in range(width):
            b = begin + order[m]
            k = pair_b[b]
            if k < 0:
                middle = m
            for e in range(d):
                for c in range(d):
                    indices[base + (e * width + m) * d + c] = other_b[b] * d + c
            if k < 0:
                continue
            for e in range(d):
                # One triangle, mirrored: the matrix is symmetric to the last bit.
                for c in range(e, d):
                    value = radial_rp[1, k] * x_pc[k, e] * x_pc[k, c]
                    if e == c:
                        value += radial_rp[0, k]
                    data[base + (e * width + m) * d + c] = -value
                    data[base + (c * width + m) * d + e] = -value
                    diagonal[e, c] += value
        for e in range(d):
            indptr[i * d + e + 1] = base + (e + 1) * width * d
            for c in range(d):
                data[base + (e * width + middle) * d + c] = diagonal[min(e, c), max(e, c)]
    return indptr, indices, data
