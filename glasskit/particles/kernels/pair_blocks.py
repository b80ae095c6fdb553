"""Blocks of pairs: the differences of a per-particle array along pairs, and sums over pairs back onto particles.

Loops that load or store at the particles of a pair do not vectorise, those over the pairs of a block do: they are
kept apart, and a block is small enough to stay in the fastest memory in between.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .jit import inline

BLOCK = 256  # pairs


@cache
def make_pair_blocks(dimension: int) -> tuple[Any, Any]:
    """Functions (differences, accumulate) for blocks of pairs (i_k, j_k); buffers are (dimension, BLOCK).

    Pairs with the same i next to each other are the faster. Indices are unsigned because numba treats signed ones
    as possibly counted from the end, which costs more than the loads themselves.
    """
    third, fourth = dimension > 2, dimension > 3

    @inline
    def differences(source_nc, i_k, j_k, out_cb):
        """out = source_j − source_i."""
        x_b, y_b = out_cb[0], out_cb[1]
        z_b, w_b = out_cb[2 if third else 0], out_cb[3 if fourth else 0]
        k, size = np.uint64(0), np.uint64(i_k.size)
        while k < size:
            i = np.uint32(i_k[k])
            x, y = source_nc[i, 0], source_nc[i, 1]
            z = source_nc[i, 2] if third else 0.0
            w = source_nc[i, 3] if fourth else 0.0
            while k < size and np.uint32(i_k[k]) == i:
                j = np.uint32(j_k[k])
                x_b[k] = source_nc[j, 0] - x
                y_b[k] = source_nc[j, 1] - y
                if third:
                    z_b[k] = source_nc[j, 2] - z
                if fourth:
                    w_b[k] = source_nc[j, 3] - w
                k += np.uint64(1)

    @inline
    def accumulate(i_k, j_k, value_cb, out_nc):
        """Add the value of a pair to i, and its opposite to j."""
        x_b, y_b = value_cb[0], value_cb[1]
        z_b, w_b = value_cb[2 if third else 0], value_cb[3 if fourth else 0]
        x, y, z, w = 0.0, 0.0, 0.0, 0.0
        last = np.uint32(i_k[0])
        for k in range(np.uint64(i_k.size)):
            i, j = np.uint32(i_k[k]), np.uint32(j_k[k])
            if i != last:
                out_nc[last, 0] += x
                out_nc[last, 1] += y
                if third:
                    out_nc[last, 2] += z
                if fourth:
                    out_nc[last, 3] += w
                x, y, z, w = 0.0, 0.0, 0.0, 0.0
                last = i
            x += x_b[k]
            y += y_b[k]
            out_nc[j, 0] -= x_b[k]
            out_nc[j, 1] -= y_b[k]
            if third:
                z += z_b[k]
                out_nc[j, 2] -= z_b[k]
            if fourth:
                w += w_b[k]
                out_nc[j, 3] -= w_b[k]
        out_nc[last, 0] += x
        out_nc[last, 1] += y
        if third:
            out_nc[last, 2] += z
        if fourth:
            out_nc[last, 3] += w

    return differences, accumulate
