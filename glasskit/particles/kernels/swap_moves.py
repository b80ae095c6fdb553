"""The two Monte Carlo moves, each with its energy difference, and the sweep that alternates them.

A row of the state holds the coordinates of a particle and then its diameter, so that one neighbour is one stretch
of memory. Positions may leave the box between list builds; the minimum image takes care of that.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..potentials.form import PairForm, pair_cutoff, pair_diameter
from .jit import inline, kernel

# Why a call of the sweep kernel came back.
DONE, STALE_LIST, STALE_ENERGY = 0, 1, 2
# Entries of the counter array.
SWEEP, MOVE, DISPLACEMENTS, DISPLACEMENTS_ACCEPTED, SWAPS, SWAPS_ACCEPTED = range(6)


@cache
def make_moves(form: PairForm, dimension: int) -> tuple[Any, Any]:
    """Scalar functions (energy difference of a displacement, energy difference of a resize).

    Both collect the neighbours that matter first, particle by particle, and then sum over those alone, which
    vectorises without gathers: of the listed neighbours less than half are within the cutoff.
    """
    energy = form.energy
    A = dimension  # column of the diameter

    @inline
    def collect(state_na, i, other_diameter, reach, skipped, length_c, neighbour_k, begin, end, p, near_ak):
        """Vectors from, and diameters of, neighbours within reach of the cutoff for either diameter of particle i."""
        x0, y0, a0 = state_na[i, 0], state_na[i, 1], state_na[i, A]
        z0 = state_na[i, 2] if dimension > 2 else 0.0
        w0 = state_na[i, 3] if dimension > 3 else 0.0
        lx, ly = length_c[0], length_c[1]
        lz = length_c[2] if dimension > 2 else 1.0
        lw = length_c[3] if dimension > 3 else 1.0
        ix, iy, iz, iw = 1.0 / lx, 1.0 / ly, 1.0 / lz, 1.0 / lw
        count = 0
        for k in range(begin, end):
            j = neighbour_k[k]
            a_j = state_na[j, A]
            rc = max(pair_cutoff(pair_diameter(a0, a_j, p), p), pair_cutoff(pair_diameter(other_diameter, a_j, p), p))
            rc += reach
            x, y = x0 - state_na[j, 0], y0 - state_na[j, 1]
            x -= lx * np.rint(x * ix)
            y -= ly * np.rint(y * iy)
            near_ak[0, count], near_ak[1, count], near_ak[A, count] = x, y, a_j
            r2 = x * x + y * y
            if dimension > 2:
                z = z0 - state_na[j, 2]
                z -= lz * np.rint(z * iz)
                near_ak[2, count] = z
                r2 += z * z
            if dimension > 3:
                w = w0 - state_na[j, 3]
                w -= lw * np.rint(w * iw)
                near_ak[3, count] = w
                r2 += w * w
            count += (r2 < rc * rc) & (j != skipped)
        return count

    @inline
    def displacement_difference(state_na, i, step_c, length_c, neighbour_k, begin, end, p, near_ak):
        """Energy after minus energy before displacing particle i by ``step_c``."""
        a_i = state_na[i, A]
        sx, sy = step_c[0], step_c[1]
        sz = step_c[2] if dimension > 2 else 0.0
        sw = step_c[3] if dimension > 3 else 0.0
        lx, ly = length_c[0], length_c[1]
        lz = length_c[2] if dimension > 2 else 1.0
        lw = length_c[3] if dimension > 3 else 1.0
        ix, iy, iz, iw = 1.0 / lx, 1.0 / ly, 1.0 / lz, 1.0 / lw
        reach = np.sqrt(sx * sx + sy * sy + sz * sz + sw * sw)
        count = collect(state_na, i, a_i, reach, i, length_c, neighbour_k, begin, end, p, near_ak)
        difference = 0.0
        for k in range(count):
            x, y = near_ak[0, k], near_ak[1, k]
            u, v = x + sx, y + sy
            u -= lx * np.rint(u * ix)
            v -= ly * np.rint(v * iy)
            before, after = x * x + y * y, u * u + v * v
            if dimension > 2:
                z = near_ak[2, k]
                t = z + sz
                t -= lz * np.rint(t * iz)
                before += z * z
                after += t * t
            if dimension > 3:
                w = near_ak[3, k]
                q = w + sw
                q -= lw * np.rint(q * iw)
                before += w * w
                after += q * q
            a = pair_diameter(a_i, near_ak[A, k], p)
            rc = pair_cutoff(a, p)
            new, old = energy(after, a, p), energy(before, a, p)
            difference += (new if after < rc * rc else 0.0) - (old if before < rc * rc else 0.0)
        return difference

    @inline
    def resize_difference(state_na, i, diameter, skipped, length_c, neighbour_k, begin, end, p, near_ak):
        """Energy after minus energy before giving particle i another diameter, its pair with ``skipped`` left out."""
        a_i = state_na[i, A]
        count = collect(state_na, i, diameter, 0.0, skipped, length_c, neighbour_k, begin, end, p, near_ak)
        difference = 0.0
        for k in range(count):
            r2 = near_ak[0, k] ** 2 + near_ak[1, k] ** 2
            if dimension > 2:
                r2 += near_ak[2, k] ** 2
            if dimension > 3:
                r2 += near_ak[3, k] ** 2
            old_a, new_a = pair_diameter(a_i, near_ak[A, k], p), pair_diameter(diameter, near_ak[A, k], p)
            old_rc, new_rc = pair_cutoff(old_a, p), pair_cutoff(new_a, p)
            new, old = energy(r2, new_a, p), energy(r2, old_a, p)
            difference += (new if r2 < new_rc * new_rc else 0.0) - (old if r2 < old_rc * old_rc else 0.0)
        return difference

    return displacement_difference, resize_difference


@cache
def make_sweeps(form: PairForm, dimension: int) -> Any:
    """Kernel that runs sweeps until done or until the neighbour list or the running energy needs renewal.

    Arguments: state (N, d + 1), reference positions (N, d) of the list, box lengths, full neighbour rows, the indices
    of all particles, squared distance from the reference at which the list is stale, parameters, temperature,
    half-width of a displacement component, swap fraction, largest size difference of a swap, generator, number of
    sweeps, energy per sweep (out), counters (in and out), energies [running, largest magnitude] (in and out).
    Returns the reason.
    """
    displacement_difference, resize_difference = make_moves(form, dimension)
    A = dimension

    @kernel
    def sweeps(
        state_na, reference_nc, length_c, start_n, neighbour_k, everyone_n, limit2, p, temperature, step, swap_fraction,
        largest_difference, rng, total, energy_s, counter, running,
    ):  # fmt: skip
        n = state_na.shape[0]
        step_c, near_ak = np.empty(dimension), np.empty((dimension + 1, n))
        energy, largest = running[0], running[1]
        reason = DONE
        while counter[SWEEP] < total and reason == DONE:
            # The random number comes first: accepted if the difference is at most −T ln(1 − u), which is finite.
            if rng.random() < swap_fraction:
                i = int(rng.random() * n)
                j = int(rng.random() * (n - 1))
                j += 1 if j >= i else 0
                threshold = -temperature * np.log(1.0 - rng.random())
                a_i, a_j = state_na[i, A], state_na[j, A]
                counter[SWAPS] += 1
                if a_i != a_j and abs(a_i - a_j) <= largest_difference:
                    difference = resize_difference(
                        state_na, i, a_j, j, length_c, neighbour_k, start_n[i], start_n[i + 1], p, near_ak
                    )
                    difference += resize_difference(
                        state_na, j, a_i, i, length_c, neighbour_k, start_n[j], start_n[j + 1], p, near_ak
                    )
                    if difference <= threshold:
                        state_na[i, A], state_na[j, A] = a_j, a_i
                        energy += difference
                        largest = max(largest, abs(energy))
                        counter[SWAPS_ACCEPTED] += 1
            else:
                i = int(rng.random() * n)
                for c in range(dimension):
                    step_c[c] = step * (2.0 * rng.random() - 1.0)
                threshold = -temperature * np.log(1.0 - rng.random())
                counter[DISPLACEMENTS] += 1
                moved2 = 0.0
                for c in range(dimension):
                    moved2 += (state_na[i, c] + step_c[c] - reference_nc[i, c]) ** 2
                if moved2 <= limit2:
                    difference = displacement_difference(
                        state_na, i, step_c, length_c, neighbour_k, start_n[i], start_n[i + 1], p, near_ak
                    )
                else:  # a step out of the range of the list, of any length, is judged against all particles
                    difference = displacement_difference(state_na, i, step_c, length_c, everyone_n, 0, n, p, near_ak)
                if difference <= threshold:
                    for c in range(dimension):
                        state_na[i, c] += step_c[c]
                    energy += difference
                    largest = max(largest, abs(energy))
                    counter[DISPLACEMENTS_ACCEPTED] += 1
                    if moved2 > limit2:
                        reason = STALE_LIST
            counter[MOVE] += 1
            if counter[MOVE] == n:
                counter[MOVE] = 0
                energy_s[counter[SWEEP]] = energy
                counter[SWEEP] += 1
            # A fall from a huge energy leaves rounding errors of the huge one behind (or infinity minus infinity).
            # A stale list matters more: its renewal sums the energy anew as well.
            if reason == DONE and not largest <= 1e4 * (abs(energy) + n):
                reason = STALE_ENERGY
        running[0], running[1] = energy, largest
        return reason

    return sweeps
