"""Parallel tempering on top of swap Monte Carlo: replicas at several temperatures that exchange configurations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, InsufficientDataError
from .configuration import Configuration
from .potentials import PairPotential
from .swap import SwapResult, swap_monte_carlo


@dataclass(frozen=True, eq=False)
class TemperingResult:
    """A run of parallel tempering.

    Attributes
    ----------
    temperatures : ndarray, shape (K,)
        Ascending [energy].
    configurations : tuple of K Configuration
        The last one at each temperature.
    energies : ndarray, shape (K, sweeps)
        Total potential energy at each temperature after each sweep, before any exchange [energy].
    replica : ndarray, shape (rounds + 1, K)
        Which of the K replicas, counted by their temperature at the start, is at each temperature after each round.
    attempted, accepted : ndarray, shape (K − 1,)
        Exchanges between neighbouring temperatures.
    displacement_acceptance, swap_acceptance : ndarray, shape (K,)
        Of the moves at each temperature, averaged over rounds.
    exchange_every : int
        Sweeps in a round.
    """

    temperatures: NDArray[np.float64]
    configurations: tuple[Configuration, ...] = field(repr=False)
    energies: NDArray[np.float64] = field(repr=False)
    replica: NDArray[np.int64] = field(repr=False)
    attempted: NDArray[np.int64] = field(repr=False)
    accepted: NDArray[np.int64] = field(repr=False)
    displacement_acceptance: NDArray[np.float64] = field(repr=False)
    swap_acceptance: NDArray[np.float64] = field(repr=False)
    exchange_every: int

    @property
    def exchange_acceptance(self) -> NDArray[np.float64]:
        """Accepted over attempted exchanges of each pair of neighbours, shape (K − 1,); 0 where none was attempted."""
        return np.divide(self.accepted, self.attempted, out=np.zeros(len(self.accepted)), where=self.attempted > 0)

    @property
    def round_trips(self) -> NDArray[np.int64]:
        """Durations of all finished ways from the lowest temperature to the highest and back [sweeps]."""
        return self.exchange_every * round_trips(self.replica)

    @property
    def round_trip_time(self) -> float:
        """Mean sweeps that a replica takes per round trip: K × sweeps/number of finished trips.

        This counts the time of unfinished trips too, which the mean of finished ones would leave out.

        Raises
        ------
        InsufficientDataError
            No trip has finished; ``partial`` is a lower bound, K × sweeps.
        """
        trips, total = len(self.round_trips), self.energies.size
        if trips == 0:
            raise InsufficientDataError(
                f"no replica went from the lowest temperature to the highest and back in {self.energies.shape[1]} "
                "sweeps; run longer, or set temperatures where the exchange acceptance is low closer together.",
                float(total),
            )
        return total / trips


def parallel_tempering(
    start: Configuration | Sequence[Configuration],
    potential: PairPotential,
    *,
    temperatures: ArrayLike,
    sweeps: int,
    rng: np.random.Generator,
    exchange_every: int = 50,
    swap_fraction: float = 0.2,
    step: float | ArrayLike | None = None,
    largest_size_difference: float = np.inf,
    workers: int = 1,
) -> TemperingResult:
    """Sample the Boltzmann distribution at several temperatures at once.

    In every round each replica makes ``exchange_every`` sweeps of `swap_monte_carlo` at its temperature; then
    neighbours exchange their configurations with probability min(1, exp[(1/T_k − 1/T_l)(U_k − U_l)]), pairs (0, 1),
    (2, 3), ... after even rounds and (1, 2), (3, 4), ... after odd ones. The joint distribution Π exp(−U_k/T_k) is
    left invariant by both, so that every temperature samples its own.

    Parameters
    ----------
    start : Configuration or sequence of K of them
        One for all, or one for each temperature: same particles and box [length].
    potential : PairPotential
    temperatures : array_like, shape (K,)
        At least two, ascending; `suggest_temperatures` spaces them for a wanted acceptance [energy].
    sweeps : int
        Per temperature, a multiple of ``exchange_every``.
    rng : numpy.random.Generator
        Spawns one Generator for the moves at each temperature and one for the exchanges.
    exchange_every : int
        Sweeps in a round. Starting a run makes its neighbour rows, which at N = 1000 costs about as much as ten sweeps.
    swap_fraction, largest_size_difference
        As for `swap_monte_carlo`.
    step : float or array_like, shape (K,), optional
        Half-width of a displacement component, for all or for each temperature [length].
    workers : int
        Threads (the kernels run without Python's lock). The result does not depend on it.

    Returns
    -------
    TemperingResult

    Raises
    ------
    InputError
        Temperatures, sweeps or starts that are not as above, or as `swap_monte_carlo`.
    NumericalError
        As `swap_monte_carlo`.

    Notes
    -----
    K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996); alternating pairs: S. Syed et al., J. R. Stat. Soc.
    B 84, 321 (2022). The composition must equilibrate too: tempering helps a demixing liquid only if its highest
    temperature mixes.
    """
    temperature_k = _checked_temperatures(temperatures)
    configurations = _checked_starts(start, len(temperature_k))
    rounds = _checked_rounds(sweeps, exchange_every, rng, workers)
    step_k = _checked_steps(step, len(temperature_k))
    *generators, exchanges = rng.spawn(len(temperature_k) + 1)
    state = _State(temperature_k, rounds)
    energy_ks = np.empty((len(temperature_k), rounds * exchange_every))

    def advance(k: int) -> SwapResult:
        return swap_monte_carlo(
            configurations[k], potential, temperature=float(temperature_k[k]), sweeps=exchange_every,
            rng=generators[k], swap_fraction=swap_fraction, step=step_k[k],
            largest_size_difference=largest_size_difference,
        )  # fmt: skip

    with ThreadPoolExecutor(workers) as pool:
        for number in range(rounds):
            # kernels are compiled in the first round, by one thread
            runs = list((map if number == 0 or workers == 1 else pool.map)(advance, range(len(temperature_k))))
            energy_ks[:, number * exchange_every : (number + 1) * exchange_every] = [run.energies for run in runs]
            order = state.exchange(number, np.array([run.energies[-1] for run in runs]), exchanges)
            configurations = [runs[k].configuration for k in order]
            state.displaced += [run.displacement_acceptance for run in runs]
            state.swapped += [run.swap_acceptance for run in runs]
    return TemperingResult(
        temperatures=temperature_k, configurations=tuple(configurations), energies=energy_ks, replica=state.replica,
        attempted=state.attempted, accepted=state.accepted, displacement_acceptance=state.displaced / rounds,
        swap_acceptance=state.swapped / rounds, exchange_every=int(exchange_every),
    )  # fmt: skip


class _State:
    """Who is where, and what was accepted."""

    def __init__(self, temperature_k: NDArray[np.float64], rounds: int):
        count = len(temperature_k)
        self.beta_k = 1.0 / temperature_k
        self.replica = np.empty((rounds + 1, count), np.int64)
        self.replica[0] = np.arange(count)
        self.attempted, self.accepted = np.zeros(count - 1, np.int64), np.zeros(count - 1, np.int64)
        self.displaced, self.swapped = np.zeros(count), np.zeros(count)

    def exchange(self, number: int, energy_k: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Exchange neighbours after round ``number``; returns whose configuration each temperature receives."""
        order = np.arange(len(energy_k))
        for k in range(number % 2, len(energy_k) - 1, 2):
            self.attempted[k] += 1
            if rng.random() < exchange_probability(self.beta_k[k], self.beta_k[k + 1], energy_k[k], energy_k[k + 1]):
                order[[k, k + 1]] = order[[k + 1, k]]
                self.accepted[k] += 1
        self.replica[number + 1] = self.replica[number][order]
        return order


def exchange_probability(beta_a: float, beta_b: float, energy_a: float, energy_b: float) -> float:
    """min(1, exp[(beta_a − beta_b)(U_a − U_b)]), Metropolis' rule for two replicas; 0 where an energy is infinite."""
    if not (math.isfinite(energy_a) and math.isfinite(energy_b)):
        return 0.0
    return math.exp(min(0.0, (beta_a - beta_b) * (energy_a - energy_b)))


def round_trips(replica: NDArray[np.int64]) -> NDArray[np.int64]:
    """Durations, in rounds, of ways from the first temperature to the last and back, of all replicas.

    Parameters
    ----------
    replica : ndarray, shape (rounds + 1, K)
        As in `TemperingResult`.

    Returns
    -------
    ndarray, shape (trips,)
    """
    found = []
    for member in range(replica.shape[1]):
        place_r = np.argmax(replica == member, axis=1)
        left, reached = -1, False
        for time in np.flatnonzero((place_r == 0) | (place_r == replica.shape[1] - 1)):
            if place_r[time] != 0:
                reached = left >= 0
            else:
                if reached:
                    found.append(time - left)
                left, reached = int(time), False
    return np.array(found, np.int64)


def _checked_temperatures(temperatures: ArrayLike) -> NDArray[np.float64]:
    temperature_k = np.asarray(temperatures, dtype=np.float64)
    if temperature_k.ndim != 1 or temperature_k.size < 2:
        raise InputError(f"temperatures: expected two or more, found shape {temperature_k.shape}.")
    if not (np.isfinite(temperature_k).all() and temperature_k[0] > 0 and (np.diff(temperature_k) > 0).all()):
        raise InputError(f"temperatures: must be positive, finite and ascending, found {temperature_k.tolist()}.")
    return temperature_k


def _checked_starts(start: Configuration | Sequence[Configuration], count: int) -> list[Configuration]:
    listed = [start] * count if isinstance(start, Configuration) else list(start)
    if len(listed) != count:
        raise InputError(f"start: expected one configuration or {count}, one per temperature, found {len(listed)}.")
    sizes = np.sort(listed[0].diameters)
    for index, other in enumerate(listed):
        if other.box != listed[0].box or not np.array_equal(np.sort(other.diameters), sizes):
            raise InputError(
                f"start: configuration {index} has another box or other particles than the first; replicas that "
                "exchange must be states of one system."
            )
    return listed


def _checked_rounds(sweeps: int, exchange_every: int, rng: np.random.Generator, workers: int) -> int:
    whole = all(isinstance(value, (int, np.integer)) and value >= 1 for value in (sweeps, exchange_every, workers))
    if not whole or sweeps % exchange_every:
        raise InputError(
            f"found sweeps = {sweeps!r}, exchange_every = {exchange_every!r}, workers = {workers!r}; expected "
            "integers of at least 1, sweeps a multiple of exchange_every."
        )
    if not isinstance(rng, np.random.Generator):
        raise InputError(f"rng: expected a numpy.random.Generator, found {type(rng).__name__}.")
    return int(sweeps) // int(exchange_every)


def _checked_steps(step: float | ArrayLike | None, count: int) -> list[float | None]:
    if step is None:
        return [None] * count
    step_k = np.asarray(step, dtype=np.float64)
    if step_k.shape not in ((), (count,)):
        raise InputError(f"step: expected one number or {count}, one per temperature, found shape {step_k.shape}.")
    return [float(value) for value in np.broadcast_to(step_k, (count,))]
