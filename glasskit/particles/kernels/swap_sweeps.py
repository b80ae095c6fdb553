"""Sweeps of Monte Carlo moves: the loop that decides, and keeps positions, copies, energies and rows true.

A move is decided by its energy difference in float64. Where the potential has a float32 screen, a move whose float32
difference exceeds the threshold by more than its error bound is rejected without: the chain is the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..potentials.form import PairForm, pair_cutoff, pair_diameter
from .jit import inline, kernel
from .neighbour_rows import make_refer
from .records import quantised
from .swap_moves import make_moves

# Why a call of the sweep kernel came back.
DONE, STALE_LIST, STALE_ENERGY = 0, 1, 2
# Entries of the counter array.
SWEEP, MOVE, DISPLACEMENTS, DISPLACEMENTS_ACCEPTED, SWAPS, SWAPS_ACCEPTED, DRAWN, REFERENCES = range(8)
# Columns of the random numbers of a move: which kind, which particle, the vector or the partner, acceptance.
KIND, PARTICLE, VECTOR = 0, 1, 2
# Error of the remembered energy of a particle, in units of the largest energy since it was summed: each of the some
# 1e4 changes between two sums adds at most 1e-16, and it only has to be an upper bound.
REMEMBERED = 1e-11
OVERLAP = 1e6  # energy per particle above which rounded coordinates (n eps L/r of a pair at r) spoil any comparison


def draws_per_move(dimension: int) -> int:
    """Random numbers of a move, the same for both kinds, so that a stretch of moves is a stretch of the stream."""
    return VECTOR + dimension + 1


class Particles(NamedTuple):
    """The present state: one record more than particles, for none."""

    state_na: NDArray[np.float64]  # coordinates, which may leave the box, and the diameter; padded to multiples of four
    record_nq: NDArray[np.int32]  # compact copies, see records.py
    diameter_nq: NDArray[np.float32]  # the same memory
    energy_n: NDArray[np.float64]  # energy of each particle with all others


class Room(NamedTuple):
    """Working space for the neighbours of one particle."""

    near_ak: NDArray[np.float64]
    near_qk: NDArray[np.int32]
    diameter_qk: NDArray[np.float32]  # the same memory
    least_k: NDArray[np.float32]
    close_k: NDArray[np.bool_]
    select_2k: NDArray[np.uint32]
    difference_2k: NDArray[np.float64]


@cache
def make_sweeps(form: PairForm, dimension: int, screened: bool) -> tuple[Any, Any]:
    """Kernels (moves, energies).

    The first makes the moves of a block of random numbers until done or until something needs renewal, and returns the
    reason. Arguments: particles, box lengths, rows, their squared radius, squared distance from its reference that a
    particle may reach, a row of all particles, margin of a float32 distance, parameters as float64 and float32,
    half-width of a displacement component, swap fraction, largest size difference of a swap, random numbers (moves,
    d + 3), thresholds (moves,), energy per sweep (out), counters (in and out), energies [running, largest magnitude]
    (in and out), room. The second sums the energy of each particle anew.
    """
    fetch_row, least_energy, select, energy_difference = make_moves(form, dimension, screened)
    refer = make_refer(dimension)
    energy_of_pair, nonnegative = form.energy, form.nonnegative
    A = dimension  # column of the diameter

    @inline
    def of_pair(state_na, i, j, length_c, p):
        """Energy of one pair."""
        r2 = 0.0
        for c in range(dimension):
            x = state_na[i, c] - state_na[j, c]
            x -= length_c[c] * np.rint(x / length_c[c])
            r2 += x * x
        a = pair_diameter(state_na[i, A], state_na[j, A], p)
        rc = pair_cutoff(a, p)
        return energy_of_pair(r2, a, p) if r2 < rc * rc else 0.0

    @inline
    def remember(energy_n, i, total, select_1k, number, difference_k):
        """Enter the accepted change of the pairs of particle i."""
        energy_n[i] += total
        for k in range(number):
            energy_n[select_1k[0, k]] += difference_k[k]

    @kernel
    def moves(
        particles, length_c, rows, radius2, limit2, everyone_1k, margin, closest2, p, p32, step, swap_fraction,
        largest_difference, draw_mk, threshold_m, energy_s, counter, running, room,
    ):  # fmt: skip
        state_na, record_nq, diameter_nq, energy_n = particles
        near_ak, near_qk, near_diameter_qk, least_k, close_k, select_2k, difference_2k = room
        n = state_na.shape[0] - 1
        step_c, still_c, at_q = np.empty(dimension), np.zeros(dimension), np.empty(4, np.int32)
        inverse_c, scale_c = 1.0 / length_c, np.empty(dimension, np.float32)
        for c in range(dimension):
            scale_c[c] = (length_c[c] / 4294967296.0) ** 2
        energy, largest = running[0], running[1]
        reason, astray = DONE, -1
        while reason == DONE and (astray >= 0 or counter[DRAWN] < draw_mk.shape[0]):
            if astray >= 0:  # its reference has changed: the rows follow, before anything else moves
                counter[REFERENCES] += 1
                done = refer(rows, astray, radius2, length_c, scale_c, near_qk, close_k, select_2k[0])
                reason = DONE if done else STALE_LIST
                astray = -1
                continue
            m = counter[DRAWN]
            # Accepted if the difference is at most −T ln(1 − u), which is finite.
            threshold = threshold_m[m]
            unsure = REMEMBERED * largest if largest <= OVERLAP * n else np.inf
            i = int(draw_mk[m, PARTICLE] * n)
            if draw_mk[m, KIND] < swap_fraction:
                j = int(draw_mk[m, VECTOR] * (n - 1))
                j += 1 if j >= i else 0
                counter[SWAPS] += 1
                if state_na[i, A] < state_na[j, A]:
                    i, j = j, i
                a_i, a_j = state_na[i, A], state_na[j, A]
                if a_i != a_j and a_i - a_j <= largest_difference:
                    # The smaller one, j, grows: most exchanges fail there.
                    before = energy_n[i] + energy_n[j] - 2.0 * of_pair(state_na, i, j, length_c, p)
                    fetch_row(record_nq, rows.member_nk, j, rows.count_n[j], near_qk)
                    grown = least_energy(
                        record_nq[j], diameter_nq[i, A], record_nq, i, rows.member_nk, j, rows.count_n[j], scale_c,
                        closest2, p32, near_qk, near_diameter_qk, least_k,
                    )  # fmt: skip
                    hopeless = nonnegative and grown > before + unsure + threshold
                    if not hopeless:
                        fetch_row(record_nq, rows.member_nk, i, rows.count_n[i], near_qk)
                        shrunk = least_energy(
                            record_nq[i], diameter_nq[j, A], record_nq, j, rows.member_nk, i, rows.count_n[i], scale_c,
                            closest2, p32, near_qk, near_diameter_qk, least_k,
                        )  # fmt: skip
                        hopeless = grown + shrunk > before + unsure + threshold
                    if not hopeless:
                        number_i = select(
                            record_nq, i, diameter_nq[i, A], diameter_nq[j, A], margin, j, rows.member_nk, i,
                            rows.count_n[i], scale_c, p32, near_qk, near_diameter_qk, close_k, select_2k[:1],
                        )  # fmt: skip
                        change_i = energy_difference(
                            state_na, i, still_c, a_j, length_c, select_2k[:1], number_i, p, near_ak, difference_2k[0]
                        )
                        fetch_row(record_nq, rows.member_nk, j, rows.count_n[j], near_qk)
                        number_j = select(
                            record_nq, j, diameter_nq[j, A], diameter_nq[i, A], margin, i, rows.member_nk, j,
                            rows.count_n[j], scale_c, p32, near_qk, near_diameter_qk, close_k, select_2k[1:],
                        )  # fmt: skip
                        change_j = energy_difference(
                            state_na, j, still_c, a_i, length_c, select_2k[1:], number_j, p, near_ak, difference_2k[1]
                        )
                        difference = change_i + change_j
                        if difference <= threshold:
                            state_na[i, A], state_na[j, A] = a_j, a_i
                            diameter_nq[i, A], diameter_nq[j, A] = a_j, a_i
                            remember(energy_n, i, change_i, select_2k[:1], number_i, difference_2k[0])
                            remember(energy_n, j, change_j, select_2k[1:], number_j, difference_2k[1])
                            energy += difference
                            largest = max(largest, abs(energy))
                            counter[SWAPS_ACCEPTED] += 1
            else:
                moved2, step2 = 0.0, 0.0
                for c in range(dimension):
                    step_c[c] = step * (2.0 * draw_mk[m, VECTOR + c] - 1.0)
                    step2 += step_c[c] ** 2
                    moved2 += (state_na[i, c] + step_c[c] - rows.reference_nc[i, c]) ** 2
                listed = moved2 <= limit2
                if not listed and step2 <= limit2:
                    # A reference midway between the old one and the trial position is close enough to both ends.
                    for c in range(dimension):
                        rows.reference_nc[i, c] += 0.5 * (state_na[i, c] + step_c[c] - rows.reference_nc[i, c])
                    astray = i
                    continue
                counter[DISPLACEMENTS] += 1
                for c in range(dimension):
                    at_q[c] = quantised(state_na[i, c] + step_c[c], inverse_c[c])
                # A step longer than the range of the rows is judged against all particles but itself.
                everyone_1k[0, i] = n
                member_nk, row, count = (rows.member_nk, i, rows.count_n[i]) if listed else (everyone_1k, 0, n)
                a_i = diameter_nq[i, A]
                fetch_row(record_nq, member_nk, row, count, near_qk)
                moved = least_energy(
                    at_q, a_i, record_nq, i, member_nk, row, count, scale_c, closest2, p32, near_qk, near_diameter_qk,
                    least_k,
                )  # fmt: skip
                if not moved > energy_n[i] + unsure + threshold:
                    number = select(
                        record_nq, i, a_i, a_i, np.float32(margin + np.sqrt(step2)), i, member_nk, row, count, scale_c,
                        p32, near_qk, near_diameter_qk, close_k, select_2k[:1],
                    )  # fmt: skip
                    difference = energy_difference(
                        state_na, i, step_c, state_na[i, A], length_c, select_2k[:1], number, p, near_ak,
                        difference_2k[0],
                    )  # fmt: skip
                    if difference <= threshold:
                        for c in range(dimension):
                            state_na[i, c] += step_c[c]
                            record_nq[i, c] = at_q[c]
                        remember(energy_n, i, difference, select_2k[:1], number, difference_2k[0])
                        energy += difference
                        largest = max(largest, abs(energy))
                        counter[DISPLACEMENTS_ACCEPTED] += 1
                        if not listed:
                            astray = i
                            for c in range(dimension):
                                rows.reference_nc[i, c] = state_na[i, c]
                everyone_1k[0, i] = i
            counter[DRAWN] += 1
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
        return reason if astray < 0 else STALE_LIST

    @kernel
    def energies(particles, length_c, rows, p, room):
        state_na, energy_n = particles.state_na, particles.energy_n
        still_c = np.zeros(dimension)
        for i in range(state_na.shape[0] - 1):
            # Without a diameter nothing interacts: the difference is minus the energy.
            energy_n[i] = -energy_difference(
                state_na, i, still_c, np.nan, length_c, rows.member_nk[i : i + 1], rows.count_n[i], p, room.near_ak,
                room.difference_2k[0],
            )  # fmt: skip

    return moves, energies
