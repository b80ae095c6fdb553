"""Sums over a table of pairs that know nothing of the potential: Hessian and contractions to fourth order.

x = x_j − x_i, z = z_j − z_i, and the radial coefficients
phi1 = phi'/r, phi2 = phi''/r² − phi'/r³, phi3 = phi'''/r³ − 3phi''/r⁴ + 3phi'/r⁵,
phi4 = phi''''/r⁴ − 6phi'''/r⁵ + 15phi''/r⁶ − 15phi'/r⁷.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .jit import inline, kernel
from .pair_blocks import BLOCK, make_pair_blocks


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


@cache
def make_contraction(dimension: int) -> Any:
    """Function (i, j, x (d, pairs), radial coefficients, z, order, out) that other kernels may close over.

    Adds the derivative tensor of the given order, contracted with z on all but one index, to ``out``.
    """
    differences, accumulate = make_pair_blocks(dimension)

    @inline
    def contract(i_p, j_p, x_cp, radial_rp, z_nc, order, out_nc):
        z_cb, along_x_b, along_z_b = np.empty((dimension, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
        for begin in range(0, i_p.size, BLOCK):
            end = min(begin + BLOCK, i_p.size)
            i_b, j_b, phi1_b, phi2_b = i_p[begin:end], j_p[begin:end], radial_rp[0, begin:end], radial_rp[1, begin:end]
            differences(z_nc, i_b, j_b, z_cb)
            # x·z and, where the order needs it, z·z.
            along_x_b[:], along_z_b[:] = 0.0, 0.0
            for c in range(dimension):
                x_b, z_b = x_cp[c, begin:end], z_cb[c]
                for k in range(end - begin):
                    along_x_b[k] += x_b[k] * z_b[k]
                if order > 2:
                    for k in range(end - begin):
                        along_z_b[k] += z_b[k] * z_b[k]
            if order == 2:
                for k in range(end - begin):
                    along_x_b[k] *= phi2_b[k]
                    along_z_b[k] = phi1_b[k]
            else:
                phi3_b, phi4_b = radial_rp[2, begin:end], radial_rp[3, begin:end]
                for k in range(end - begin):
                    xz, zz = along_x_b[k], along_z_b[k]
                    if order == 3:
                        along_x_b[k] = phi3_b[k] * xz * xz + phi2_b[k] * zz
                        along_z_b[k] = 2.0 * phi2_b[k] * xz
                    else:
                        along_x_b[k] = phi4_b[k] * xz**3 + 3.0 * phi3_b[k] * xz * zz
                        along_z_b[k] = 3.0 * (phi3_b[k] * xz * xz + phi2_b[k] * zz)
            for c in range(dimension):
                x_b, z_b = x_cp[c, begin:end], z_cb[c]
                for k in range(end - begin):
                    z_b[k] = -along_x_b[k] * x_b[k] - along_z_b[k] * z_b[k]
            accumulate(i_b, j_b, z_cb, out_nc)

    return contract


@cache
def make_contract(dimension: int) -> Any:
    """Kernel of `make_contraction`."""
    contraction = make_contraction(dimension)

    @kernel
    def contract(i_p, j_p, x_cp, radial_rp, z_nc, order, out_nc):
        contraction(i_p, j_p, x_cp, radial_rp, z_nc, order, out_nc)

    return contract


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
