"""From pair to system: energy, forces and tables of interacting pairs.

The cutoff test and the minimum image of every kernel but the Monte Carlo moves are here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..potentials.form import PairForm, pair_cutoff, pair_diameter
from .jit import kernel


@cache
def make_energy_and_forces(form: PairForm, dimension: int) -> Any:
    """Kernel (positions, lengths, diameters, start, index, p, force out) -> (energy, Σ phi'², pairs).

    ``start`` and ``index`` are half lists; the sums run over pairs within the cutoff.
    """
    force = form.force

    @kernel
    def energy_and_forces(position_nc, length_c, diameter_n, start_n, neighbour_k, p, force_nc):
        n = position_nc.shape[0]
        energy, slope2, pairs = 0.0, 0.0, 0
        force_nc[:] = 0.0
        x = np.empty(dimension)
        own = np.empty(dimension)
        for i in range(n):
            for c in range(dimension):
                own[c] = 0.0
            for k in range(start_n[i], start_n[i + 1]):
                j = neighbour_k[k]
                r2 = 0.0
                for c in range(dimension):
                    x[c] = position_nc[j, c] - position_nc[i, c]
                    if x[c] > 0.5 * length_c[c]:
                        x[c] -= length_c[c]
                    elif x[c] < -0.5 * length_c[c]:
                        x[c] += length_c[c]
                    r2 += x[c] * x[c]
                a = pair_diameter(diameter_n[i], diameter_n[j], p)
                rc = pair_cutoff(a, p)
                if r2 < rc * rc:
                    phi, phi1 = force(r2, a, p)
                    energy += phi
                    slope2 += phi1 * phi1 * r2
                    pairs += 1
                    for c in range(dimension):
                        own[c] += phi1 * x[c]
                        force_nc[j, c] -= phi1 * x[c]
            for c in range(dimension):
                force_nc[i, c] += own[c]
        return energy, slope2, pairs

    return energy_and_forces


@cache
def make_pair_table(form: PairForm, dimension: int) -> Any:
    """Kernel that lists the pairs within the cutoff with vectors, pair diameters and five derivatives."""
    derivatives = form.derivatives

    @kernel
    def pair_table(position_nc, length_c, diameter_n, start_n, neighbour_k, p):
        n, most = position_nc.shape[0], neighbour_k.size
        i_p, j_p = np.empty(most, np.int64), np.empty(most, np.int64)
        x_pc, a_p, phi_op = np.empty((most, dimension)), np.empty(most), np.empty((5, most))
        x = np.empty(dimension)
        m = 0
        for i in range(n):
            for k in range(start_n[i], start_n[i + 1]):
                j = neighbour_k[k]
                r2 = 0.0
                for c in range(dimension):
                    x[c] = position_nc[j, c] - position_nc[i, c]
                    x[c] -= length_c[c] * np.rint(x[c] / length_c[c])
                    r2 += x[c] * x[c]
                a = pair_diameter(diameter_n[i], diameter_n[j], p)
                rc = pair_cutoff(a, p)
                if r2 < rc * rc:
                    phi = derivatives(np.sqrt(r2), a, p)
                    i_p[m], j_p[m], a_p[m] = i, j, a
                    for c in range(dimension):
                        x_pc[m, c] = x[c]
                    phi_op[0, m], phi_op[1, m], phi_op[2, m] = phi[0], phi[1], phi[2]
                    phi_op[3, m], phi_op[4, m] = phi[3], phi[4]
                    m += 1
        return i_p[:m].copy(), j_p[:m].copy(), x_pc[:m].copy(), a_p[:m].copy(), phi_op[:, :m].copy()

    return pair_table
