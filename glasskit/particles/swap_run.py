"""The arrays of one run of swap Monte Carlo: random numbers in blocks, neighbour rows, energies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .configuration import Configuration
from .kernels import swap_sweeps
from .kernels.neighbour_rows import Rows, fill_rows
from .kernels.records import LANES, aligned, aligned_lines, fill_records, width
from .kernels.swap_sweeps import Particles, Room
from .neighbours import neighbours
from .potentials import PairPotential
from .system import checked_cutoff, energy_and_forces

BLOCK = 8192  # moves whose random numbers are drawn together
DEFAULT_SKIN = 0.65  # in units of the mean distance of particles, density^(-1/d)
COARSEST_RECORD = 1e-7  # of the smallest diameter: coarser float32 records are no screen for energies
CLOSEST = 5e5  # resolutions: from there on an exponent of 24 makes 5e-5 of the energy of it, half of SCREEN_ERROR
STEEPEST = 10.0  # nonadditivity times largest diameter up to which float32 pair diameters do for a screen
SHORTEST_EDGE = 1e-6  # whose square in units of 2^-64 is well within float32
DRIFT = 1e-9  # of the running energy that is not put down to rounding, in units of the largest energy met plus N T


def padded(member: NDArray[Any], nobody: int) -> NDArray[np.uint32]:
    """One row of particles, filled up to whole lines."""
    row = np.full((1, -(-len(member) // LANES) * LANES), nobody, np.uint32)
    row[0, : len(member)] = member
    return row


class Moves:
    """What the moves are, and their random numbers in blocks."""

    def __init__(
        self,
        configuration: Configuration,
        temperature: float,
        rng: np.random.Generator,
        swap_fraction: float,
        step: float,
        largest_size_difference: float,
    ):
        self.per_sweep = configuration.number_of_particles
        self.draw_mk = np.empty((BLOCK, swap_sweeps.draws_per_move(configuration.dimension)))
        self.threshold_m = np.empty(BLOCK)
        self.temperature = temperature
        self.rng = rng
        self.settings = step, swap_fraction, largest_size_difference

    def block(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Random numbers of that many moves, and the energy differences up to which they are accepted."""
        draw_mk, threshold_m = self.draw_mk[:number], self.threshold_m[:number]
        self.rng.random(out=draw_mk)
        np.log(np.subtract(1.0, draw_mk[:, -1], out=threshold_m), out=threshold_m)
        threshold_m *= -self.temperature
        return draw_mk, threshold_m


class Run:
    """The arrays of one run, with the neighbour rows and the running energy kept true."""

    def __init__(self, configuration: Configuration, potential: PairPotential, temperature: float, skin: float | None):
        d, n = configuration.dimension, configuration.number_of_particles
        self.start = configuration
        self.potential = potential
        self.temperature = temperature
        self.length_c = configuration.box.lengths
        state_na, record_nq = aligned((n + 1, width(d)), np.float64), aligned((n + 1, width(d)), np.int32)
        state_na[:], record_nq[:] = np.nan, 0
        state_na[:-1, :d], state_na[:-1, d] = configuration.positions, configuration.diameters
        self.particles = Particles(state_na, record_nq, record_nq.view(np.float32), np.zeros(n + 1))
        spare = DEFAULT_SKIN * configuration.density ** (-1.0 / d) if skin is None else float(skin)
        self.radius = checked_cutoff(configuration, potential) + spare
        # A row of all pairs is never stale.
        everything = 2.0 * self.radius >= self.length_c.min()
        self.limit2 = np.inf if everything else (0.5 * spare) ** 2
        self.everyone_1k = padded(np.arange(n), n)
        resolution = 2.0**-32 * float(self.length_c.max())
        if float(self.length_c.min()) < SHORTEST_EDGE:
            raise InputError(
                f"box: an edge of {self.length_c.min():.3g} is too short for float32; choose a unit of length near the "
                "diameters of the particles."
            )
        sizes, nonadditivity = configuration.diameters, abs(potential.nonadditivity)
        steepness = nonadditivity * float(sizes.max())  # by which a rounded diameter changes a pair diameter
        screened = resolution <= COARSEST_RECORD * float(sizes.min()) and steepness <= STEEPEST
        # A float32 distance is accurate to a few 1e-7 of itself, to that of a cutoff, and to the resolution of records.
        self.margin = np.float32((1e-5 + 1e-6 * steepness) * self.radius + 4.0 * resolution)
        # Closer pairs, whose distance the records do not tell well enough for their energy, count as nothing.
        self.closest2 = np.float32((CLOSEST * math.sqrt(d) * resolution) ** 2)
        self.make_moves, self.sum_energies = swap_sweeps.make_sweeps(potential.form, d, screened)
        self.counter = np.zeros(8, np.int64)
        self.builds = 0
        self.block = np.empty((0, 0)), np.empty(0)
        self.rows: Rows
        self.room: Room
        self.largest_drift = 0.0
        self.running = np.zeros(2)
        self.renew_energy()
        self.largest_drift = 0.0
        self.renew(rows=True)

    def advance(self, moves: Moves, goal: int, energy_s: NDArray[np.float64]) -> int:
        """Make moves up to the end of sweep ``goal``; returns why it ended there or earlier."""
        counter, p = self.counter, self.potential.parameters
        while counter[swap_sweeps.SWEEP] < goal:
            if counter[swap_sweeps.DRAWN] == len(self.block[0]):
                left = (goal - counter[swap_sweeps.SWEEP]) * moves.per_sweep - counter[swap_sweeps.MOVE]
                self.block = moves.block(min(left, BLOCK))
                counter[swap_sweeps.DRAWN] = 0
            reason = self.make_moves(
                self.particles, self.length_c, self.rows, (self.radius + float(self.margin)) ** 2, self.limit2,
                self.everyone_1k, self.margin, self.closest2, p, p.astype(np.float32), *moves.settings, *self.block,
                energy_s, counter, self.running, self.room,
            )  # fmt: skip
            if reason != swap_sweeps.DONE:
                return reason
        return swap_sweeps.DONE

    def configuration(self) -> Configuration:
        """The present configuration."""
        d, state_na = self.start.dimension, self.particles.state_na[:-1]
        return Configuration(state_na[:, :d], state_na[:, d], self.start.box)

    def renew(self, *, rows: bool) -> None:
        """Sum the energy of each particle anew; on request, after wrapping all and listing their neighbours anew."""
        if rows:
            self._renew_rows()
        self.sum_energies(self.particles, self.length_c, self.rows, self.potential.parameters, self.room)

    def _renew_rows(self) -> None:
        """Wrap all particles and list their neighbours anew."""
        d, state_na = self.start.dimension, self.particles.state_na
        wrapped = self.start.box.wrap(state_na[:-1, :d])
        state_na[:-1, :d] = wrapped
        start, member = neighbours(wrapped, self.length_c, self.radius)
        n = self.start.number_of_particles
        longest = int((np.diff(start) + np.bincount(member, minlength=n)).max())
        crowd = 4
        self._make_room(longest, crowd)  # from the present alone: a continued run fills its rows where this one does
        self.rows.reference_nc[:] = wrapped
        while not fill_rows(start, member, self.rows, self.length_c):
            crowd *= 4
            self._make_room(longest, crowd)
            self.rows.reference_nc[:] = wrapped
        fill_records(state_na, self.length_c, self.particles.record_nq, self.particles.diameter_nq)
        self.builds += 1

    def _make_room(self, longest: int, crowd: int) -> None:
        """Arrays for rows a little longer than the longest, and cells of up to ``crowd`` times the mean."""
        n, d = self.start.number_of_particles, self.start.dimension
        capacity = -(-min(longest + LANES, n) // LANES) * LANES
        most = max(3.0, (8.0 * n) ** (1.0 / d))  # per axis: a dilute system needs no more cells than particles
        cells_c = np.minimum(self.length_c / self.radius, most).astype(np.int64)
        cells_c[cells_c < 3] = 1
        cells = int(np.prod(cells_c))
        fullest = min(crowd * n // cells + LANES, n)
        self.rows = Rows(
            member_nk=aligned((n, capacity), np.uint32),
            count_n=np.empty(n, np.int64),
            reference_nc=np.empty((n, d)),
            record_nq=aligned((n + 1, width(d)), np.int32),
            cells_c=cells_c,
            cell_mk=aligned((cells, -(-fullest // LANES) * LANES), np.uint32),
            filled_m=np.empty(cells, np.int64),
            home_n=np.empty(n, np.int64),
            mark_n=np.zeros(n + 1, np.int64),
        )
        room = max(capacity, self.everyone_1k.shape[1], self.rows.cell_mk.shape[1])
        near_qk = aligned_lines(width(d), room, np.int32)
        self.room = Room(
            near_ak=aligned_lines(width(d), room, np.float64),
            near_qk=near_qk,
            diameter_qk=near_qk.view(np.float32),
            least_k=aligned_lines(1, room, np.float32)[0],
            close_k=np.empty(room, np.bool_),
            select_2k=aligned((2, room + LANES), np.uint32),
            difference_2k=aligned_lines(2, room, np.float64),
        )

    def renew_energy(self) -> float:
        """Sum the total energy anew; the drift of the running one if it is more than rounding explains, else zero.

        A move adds rounding errors of 1e-16 of the total and of the pairs' energies: after the most moves between
        two sums, some 1e-13 of the total if they are independent, 1e-10 if all have one sign.
        """
        n = self.start.number_of_particles
        found, largest = (float(value) for value in self.running)
        energy = float(energy_and_forces(self.configuration(), self.potential)[0])  # which knows nothing of the rows
        drift = abs(found - energy)
        self.running[:] = energy, abs(energy)
        if not largest <= swap_sweeps.OVERLAP * n * max(self.temperature, 1.0):
            return 0.0
        self.largest_drift = max(self.largest_drift, drift)
        return 0.0 if drift <= DRIFT * (largest + n * self.temperature) else drift
