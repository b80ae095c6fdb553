"""What a Monte Carlo move costs: first in float32, then in float64 where that leaves the decision open.

Both moves give one particle another position or another diameter. The float32 pass sums a lower bound of its energy
there over its row of neighbours; the energy it has now is known. The float64 pass takes the difference over those
neighbours alone that may be within the cutoff, pair by pair.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..potentials.form import ONE, SCREEN_ERROR, PairForm, pair_cutoff, pair_diameter, pair_diameter_float32
from .jit import inline
from .records import LANES, compress, make_fetch, sum_of_lines, width

ZERO = np.float32(0.0)
WIDE_LANES = LANES // 2  # of float64


@cache
def make_moves(form: PairForm, dimension: int, screened: bool) -> tuple[Any, Any, Any, Any]:
    """Scalar functions (fetch a row, lower bound of an energy in float32, close neighbours, energy difference)."""
    energy, screen = form.energy, form.screen
    screens = screened and screen is not None
    A = dimension  # column of the diameter
    parts, fetch = width(dimension) // 4, make_fetch(width(dimension))
    error, nothing = np.float32(SCREEN_ERROR), np.float32(-np.inf)

    @inline
    def fetch_row(record_nq, member_nk, row, count, near_qk):
        """Records of a row of neighbours, a line per number."""
        for k in range(0, count, LANES):
            for part in range(parts):
                fetch(record_nq, part, member_nk, row, k, near_qk)

    @inline
    def least_energy(
        at_q, diameter, record_nq, skipped, member_nk, row, count, scale_c, closest2, p, near_qk, diameter_qk,
        least_k,
    ):  # fmt: skip
        """Lower bound in float32 of the energy at ``at_q`` with a diameter, without the pair with ``skipped``.

        The records of the row have been fetched. Minus infinity without a screen.
        """
        if not screens:
            return nothing
        room = (count + LANES - 1) // LANES * LANES
        x0, y0 = at_q[0], at_q[1]
        z0 = at_q[2] if dimension > 2 else x0
        w0 = at_q[3] if dimension > 3 else x0
        sx, sy = scale_c[0], scale_c[1]
        sz = scale_c[2] if dimension > 2 else ZERO
        sw = scale_c[3] if dimension > 3 else ZERO
        for k in range(room):
            x, y = np.float32(np.int32(x0 - near_qk[0, k])), np.float32(np.int32(y0 - near_qk[1, k]))
            r2 = x * x * sx + y * y * sy
            if dimension > 2:
                z = np.float32(np.int32(z0 - near_qk[2, k]))
                r2 += z * z * sz
            if dimension > 3:
                w = np.float32(np.int32(w0 - near_qk[3, k]))
                r2 += w * w * sw
            a = pair_diameter_float32(diameter, diameter_qk[A, k], p)
            rc = pair_cutoff(a, p)
            inside = (r2 < rc * rc) & (member_nk[row, k] != np.uint32(skipped))
            phi, size = screen(r2, ONE / r2, a, p)
            least_k[k] = phi - error * size if inside & (r2 >= closest2) else ZERO
        return sum_of_lines(least_k, room)

    @inline
    def select(
        record_nq, i, now, diameter, reach, skipped, member_nk, row, count, scale_c, p, near_qk, diameter_qk, close_k,
        select_1k,
    ):  # fmt: skip
        """List the neighbours within ``reach`` of the cutoff for either diameter; their number, padded to whole lines.

        The records of the row have been fetched. A squared distance of float32 is accurate to 1e-6 or so; ``reach``
        holds a wider margin.
        """
        room = (count + LANES - 1) // LANES * LANES
        x0, y0 = record_nq[i, 0], record_nq[i, 1]
        z0 = record_nq[i, 2] if dimension > 2 else x0
        w0 = record_nq[i, 3] if dimension > 3 else x0
        sx, sy = scale_c[0], scale_c[1]
        sz = scale_c[2] if dimension > 2 else ZERO
        sw = scale_c[3] if dimension > 3 else ZERO
        for k in range(room):
            x, y = np.float32(np.int32(x0 - near_qk[0, k])), np.float32(np.int32(y0 - near_qk[1, k]))
            r2 = x * x * sx + y * y * sy
            if dimension > 2:
                z = np.float32(np.int32(z0 - near_qk[2, k]))
                r2 += z * z * sz
            if dimension > 3:
                w = np.float32(np.int32(w0 - near_qk[3, k]))
                r2 += w * w * sw
            old_a = pair_diameter_float32(now, diameter_qk[A, k], p)
            new_a = pair_diameter_float32(diameter, diameter_qk[A, k], p)
            rc = max(pair_cutoff(old_a, p), pair_cutoff(new_a, p)) + reach
            close_k[k] = r2 < rc * rc
        number = 0
        for k in range(0, room, LANES):
            number = compress(member_nk, row, k, close_k, np.uint32(skipped), select_1k, number)
        for k in range(number, (number + WIDE_LANES - 1) // WIDE_LANES * WIDE_LANES):
            select_1k[0, k] = record_nq.shape[0] - 1
        return number

    @inline
    def energy_difference(state_na, i, step_c, diameter, length_c, select_1k, number, p, near_ak, difference_k):
        """Energy after minus energy before giving particle i a displacement and a diameter, in all and pair by pair."""
        lines = (number + WIDE_LANES - 1) // WIDE_LANES
        for k in range(lines):
            for part in range(parts):
                fetch(state_na, part, select_1k, 0, WIDE_LANES * k, near_ak)
        x0, y0, now = state_na[i, 0], state_na[i, 1], state_na[i, A]
        z0 = state_na[i, 2] if dimension > 2 else 0.0
        w0 = state_na[i, 3] if dimension > 3 else 0.0
        sx, sy = step_c[0], step_c[1]
        sz = step_c[2] if dimension > 2 else 0.0
        sw = step_c[3] if dimension > 3 else 0.0
        lx, ly = length_c[0], length_c[1]
        lz = length_c[2] if dimension > 2 else 1.0
        lw = length_c[3] if dimension > 3 else 1.0
        ix, iy, iz, iw = 1.0 / lx, 1.0 / ly, 1.0 / lz, 1.0 / lw
        for k in range(WIDE_LANES * lines):
            x, y = x0 - near_ak[0, k], y0 - near_ak[1, k]
            u, v = x + sx, y + sy
            x -= lx * np.rint(x * ix)
            y -= ly * np.rint(y * iy)
            u -= lx * np.rint(u * ix)
            v -= ly * np.rint(v * iy)
            before, after = x * x + y * y, u * u + v * v
            if dimension > 2:
                z = z0 - near_ak[2, k]
                t = z + sz
                z -= lz * np.rint(z * iz)
                t -= lz * np.rint(t * iz)
                before += z * z
                after += t * t
            if dimension > 3:
                w = w0 - near_ak[3, k]
                q = w + sw
                w -= lw * np.rint(w * iw)
                q -= lw * np.rint(q * iw)
                before += w * w
                after += q * q
            old_a, new_a = pair_diameter(now, near_ak[A, k], p), pair_diameter(diameter, near_ak[A, k], p)
            old_rc, new_rc = pair_cutoff(old_a, p), pair_cutoff(new_a, p)
            new, old = energy(after, new_a, p), energy(before, old_a, p)
            difference_k[k] = (new if after < new_rc * new_rc else 0.0) - (old if before < old_rc * old_rc else 0.0)
        return sum_of_lines(difference_k, WIDE_LANES * lines)

    return fetch_row, least_energy, select, energy_difference
