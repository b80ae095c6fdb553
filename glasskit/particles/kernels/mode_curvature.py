"""Sums over pairs behind the energies of nonlinear modes: gradient and curvature of kappa^p/t^q along any direction.

kappa = M:zz and t = A:z…z, with A the derivative tensor of third or fourth order, or any other of their form, given by
its radial coefficients a2 to a4. At fixed z the Hessian of the energy acts on a vector v, pair by pair, as

    a (x·v) x + b [(z·v) x + (x·v) z] + c v + e (z·v) z

with four numbers per pair: a product costs about as much as one with M, and no tensor is ever stored.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .jit import kernel
from .pair_blocks import BLOCK, make_pair_blocks


@cache
def make_mode_gradient(dimension: int) -> Any:
    """Kernel (i, j, x (d, P), phi (2, P), a (3, P), z, order, dz, along, out2, outk).

    Writes M·z into out2 and A:z…z, one index left, into outk; keeps of every pair z_j − z_i in dz (d, P), and x·z and
    z·z in along (2, P), for `make_curvature_weights`.
    """
    differences, accumulate = make_pair_blocks(dimension)

    @kernel
    def gradient(i_p, j_p, x_cp, phi_2p, a_3p, z_nc, order, dz_cp, along_2p, out2_nc, outk_nc):
        value_cb, first_b, second_b = np.empty((dimension, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
        out2_nc[:], outk_nc[:] = 0.0, 0.0
        for begin in range(0, i_p.size, BLOCK):
            end = min(begin + BLOCK, i_p.size)
            i_b, j_b, dz_cb, x_cb = i_p[begin:end], j_p[begin:end], dz_cp[:, begin:end], x_cp[:, begin:end]
            xz_b, zz_b = along_2p[0, begin:end], along_2p[1, begin:end]
            differences(z_nc, i_b, j_b, dz_cb)
            xz_b[:], zz_b[:] = 0.0, 0.0
            for c in range(dimension):
                x_b, z_b = x_cb[c], dz_cb[c]
                for k in range(end - begin):
                    xz_b[k] += x_b[k] * z_b[k]
                    zz_b[k] += z_b[k] * z_b[k]
            phi1_b, phi2_b = phi_2p[0, begin:end], phi_2p[1, begin:end]
            for c in range(dimension):
                x_b, z_b, value_b = x_cb[c], dz_cb[c], value_cb[c]
                for k in range(end - begin):
                    value_b[k] = -phi2_b[k] * xz_b[k] * x_b[k] - phi1_b[k] * z_b[k]
            accumulate(i_b, j_b, value_cb, out2_nc)
            a2_b, a3_b, a4_b = a_3p[0, begin:end], a_3p[1, begin:end], a_3p[2, begin:end]
            if order == 3:
                for k in range(end - begin):
                    first_b[k] = a3_b[k] * xz_b[k] * xz_b[k] + a2_b[k] * zz_b[k]
                    second_b[k] = 2.0 * a2_b[k] * xz_b[k]
            else:
                for k in range(end - begin):
                    xz, zz = xz_b[k], zz_b[k]
                    first_b[k] = (a4_b[k] * xz * xz + 3.0 * a3_b[k] * zz) * xz
                    second_b[k] = 3.0 * (a3_b[k] * xz * xz + a2_b[k] * zz)
            for c in range(dimension):
                x_b, z_b, value_b = x_cb[c], dz_cb[c], value_cb[c]
                for k in range(end - begin):
                    value_b[k] = -first_b[k] * x_b[k] - second_b[k] * z_b[k]
            accumulate(i_b, j_b, value_cb, outk_nc)

    return gradient


@kernel
def curvature_weights(phi_2p, a_3p, along_2p, kappa, t, order, out_4p):
    """Numbers a, b, c, e of every pair for M/kappa − (order − 1) A:z…/t, of the mode that ``along`` was kept for."""
    for k in range(out_4p.shape[1]):
        xz, zz = along_2p[0, k], along_2p[1, k]
        phi1, phi2 = phi_2p[0, k] / kappa, phi_2p[1, k] / kappa
        a2, a3, a4 = a_3p[0, k] / t, a_3p[1, k] / t, a_3p[2, k] / t
        if order == 3:
            out_4p[0, k] = phi2 - 2.0 * a3 * xz
            out_4p[1, k] = -2.0 * a2
            out_4p[2, k] = phi1 - 2.0 * a2 * xz
            out_4p[3, k] = 0.0
        else:
            out_4p[0, k] = phi2 - 3.0 * (a4 * xz * xz + a3 * zz)
            out_4p[1, k] = -6.0 * a3 * xz
            out_4p[2, k] = phi1 - 3.0 * (a3 * xz * xz + a2 * zz)
            out_4p[3, k] = -6.0 * a2


@cache
def make_curvature_product(dimension: int) -> Any:
    """Kernel (i, j, x (d, P), dz (d, P), weights (4, P), v, out): the sum over pairs of the module's head."""
    differences, accumulate = make_pair_blocks(dimension)

    @kernel
    def product(i_p, j_p, x_cp, dz_cp, weight_4p, v_nc, out_nc):
        dv_cb, along_x_b, along_z_b = np.empty((dimension, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
        out_nc[:] = 0.0
        for begin in range(0, i_p.size, BLOCK):
            end = min(begin + BLOCK, i_p.size)
            i_b, j_b, dz_cb, x_cb = i_p[begin:end], j_p[begin:end], dz_cp[:, begin:end], x_cp[:, begin:end]
            differences(v_nc, i_b, j_b, dv_cb)
            along_x_b[:], along_z_b[:] = 0.0, 0.0
            for c in range(dimension):
                x_b, z_b, v_b = x_cb[c], dz_cb[c], dv_cb[c]
                for k in range(end - begin):
                    along_x_b[k] += x_b[k] * v_b[k]
                    along_z_b[k] += z_b[k] * v_b[k]
            a_b, b_b = weight_4p[0, begin:end], weight_4p[1, begin:end]
            c_b, e_b = weight_4p[2, begin:end], weight_4p[3, begin:end]
            for k in range(end - begin):
                xv, zv = along_x_b[k], along_z_b[k]
                along_x_b[k] = a_b[k] * xv + b_b[k] * zv
                along_z_b[k] = b_b[k] * xv + e_b[k] * zv
            for c in range(dimension):
                x_b, z_b, v_b = x_cb[c], dz_cb[c], dv_cb[c]
                for k in range(end - begin):
                    v_b[k] = -along_x_b[k] * x_b[k] - along_z_b[k] * z_b[k] - c_b[k] * v_b[k]
            accumulate(i_b, j_b, dv_cb, out_nc)

    return product
