"""From pair to system: energy, forces and tables of interacting pairs.

The cutoff test and the minimum image of every kernel but the Monte Carlo moves are here. Pairs come as a list (i, j,
pair diameter) of all that may be within their cutoff. A periodic cell is an array of edge lengths (d,), or the upper
triangular matrix of a tilted one (d, d): kernels are compiled for one or the other.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..potentials.form import PairForm, pair_cutoff, pair_diameter
from .jit import inline, kernel
from .pair_blocks import BLOCK, make_pair_blocks


@kernel
def list_pairs(diameter_n, start_n, neighbour_k, p):
    """First particle and pair diameter of every entry of a half list."""
    i_k, a_k = np.empty(neighbour_k.size, np.int32), np.empty(neighbour_k.size)
    for i in range(start_n.size - 1):
        for k in range(np.uint64(start_n[i]), np.uint64(start_n[i + 1])):
            i_k[k] = i
            a_k[k] = pair_diameter(diameter_n[i], diameter_n[np.uint32(neighbour_k[k])], p)
    return i_k, a_k


@inline
def _nearest_images(x_cb, cell, count, r2_b):
    """Put the vectors of a block under the minimum image and give their squares."""
    if cell.ndim == 1:
        r2_b[:count] = 0.0
        for c in range(x_cb.shape[0]):
            x_b, length, inverse = x_cb[c], cell[c], 1.0 / cell[c]
            for k in range(count):
                x_b[k] -= length * np.rint(x_b[k] * inverse)
            for k in range(count):
                r2_b[k] += x_b[k] * x_b[k]
    else:
        for c in range(x_cb.shape[0] - 1, -1, -1):
            x_b, inverse = x_cb[c], 1.0 / cell[c, c]
            for k in range(count):
                r2_b[k] = np.rint(x_b[k] * inverse)
            for e in range(c + 1):
                x_b, shift = x_cb[e], cell[e, c]
                for k in range(count):
                    x_b[k] -= shift * r2_b[k]
        r2_b[:count] = 0.0
        for c in range(x_cb.shape[0]):
            x_b = x_cb[c]
            for k in range(count):
                r2_b[k] += x_b[k] * x_b[k]


@cache
def make_energy_and_forces(form: PairForm, dimension: int) -> Any:
    """Kernel (positions, cell, i, j, pair diameters, p, force out) -> (energy, Σ phi'², pairs).

    Every listed pair stands once; the sums run over those within the cutoff.
    """
    force = form.force
    differences, accumulate = make_pair_blocks(dimension)

    @kernel
    def energy_and_forces(position_nc, cell, i_k, j_k, a_k, p, force_nc):
        energy, slope2, pairs = 0.0, 0.0, 0
        x_cb, r2_b, slope_b = np.empty((dimension, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
        force_nc[:] = 0.0
        for begin in range(0, i_k.size, BLOCK):
            count = min(BLOCK, i_k.size - begin)
            i_b, j_b, a_b = i_k[begin : begin + count], j_k[begin : begin + count], a_k[begin : begin + count]
            differences(position_nc, i_b, j_b, x_cb)
            _nearest_images(x_cb, cell, count, r2_b)
            for k in range(count):
                a, r2 = a_b[k], r2_b[k]
                rc = pair_cutoff(a, p)
                # Computed beyond the cutoff as well, where it means nothing: a branch would not vectorise.
                phi, phi1 = force(r2, a, p)
                inside = r2 < rc * rc
                phi1 = phi1 if inside else 0.0
                energy += phi if inside else 0.0
                slope2 += phi1 * phi1 * r2
                pairs += inside
                slope_b[k] = phi1
            for c in range(dimension):
                x_b = x_cb[c]
                for k in range(count):
                    x_b[k] *= slope_b[k]
            accumulate(i_b, j_b, x_cb, force_nc)
        return energy, slope2, pairs

    return energy_and_forces


@cache
def make_pair_table(form: PairForm, dimension: int) -> Any:
    """Kernel that lists the pairs within the cutoff with vectors, pair diameters and five derivatives."""
    derivatives = form.derivatives
    differences, _ = make_pair_blocks(dimension)

    @kernel
    def pair_table(position_nc, cell, i_k, j_k, a_k, p):
        x_cb, r2_b = np.empty((dimension, BLOCK)), np.empty(BLOCK)
        inside_k, m = np.empty(i_k.size, np.bool_), 0
        for begin in range(0, i_k.size, BLOCK):
            count = min(BLOCK, i_k.size - begin)
            differences(position_nc, i_k[begin : begin + count], j_k[begin : begin + count], x_cb)
            _nearest_images(x_cb, cell, count, r2_b)
            for k in range(count):
                rc = pair_cutoff(a_k[begin + k], p)
                inside_k[begin + k] = r2_b[k] < rc * rc
                m += inside_k[begin + k]
        i_p, j_p = np.empty(m, np.int64), np.empty(m, np.int64)
        x_pc, a_p, phi_op = np.empty((m, dimension)), np.empty(m), np.empty((5, m))
        m = 0
        for begin in range(0, i_k.size, BLOCK):
            count = min(BLOCK, i_k.size - begin)
            differences(position_nc, i_k[begin : begin + count], j_k[begin : begin + count], x_cb)
            _nearest_images(x_cb, cell, count, r2_b)
            for k in range(count):
                if inside_k[begin + k]:
                    a = a_k[begin + k]
                    phi = derivatives(np.sqrt(r2_b[k]), a, p)
                    i_p[m], j_p[m], a_p[m] = i_k[begin + k], j_k[begin + k], a
                    for c in range(dimension):
                        x_pc[m, c] = x_cb[c, k]
                    phi_op[0, m], phi_op[1, m], phi_op[2, m] = phi[0], phi[1], phi[2]
                    phi_op[3, m], phi_op[4, m] = phi[3], phi[4]
                    m += 1
        return i_p, j_p, x_pc, a_p, phi_op

    return pair_table
