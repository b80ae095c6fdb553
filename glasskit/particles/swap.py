"""Swap Monte Carlo: displacements and exchanges of diameters at a fixed temperature."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, NumericalError
from .configuration import Configuration
from .kernels import swap_moves
from .neighbours import Neighbours, neighbours
from .potentials import PairPotential
from .system import checked_cutoff, potential_energy

REFRESH = 100  # sweeps after which lists and energies are renewed in any case, counted from the start of a run


@dataclass(frozen=True, eq=False)
class SwapResult:
    """A run of swap Monte Carlo.

    Attributes
    ----------
    configuration : Configuration
        The last one.
    energies : ndarray, shape (sweeps,)
        Total potential energy after each sweep [energy].
    displacement_acceptance, swap_acceptance : float
        Accepted over attempted moves; zero where none was attempted. Exchanges of equal diameters and of a size
        difference beyond the limit count as attempted and rejected.
    step : float
        Half-width of the displacement components that was used [length].
    largest_energy_drift : float
        Largest difference between the running energy and its sum anew [energy].
    list_builds : int
        How often the neighbour list was built.
    """

    configuration: Configuration
    energies: NDArray[np.float64] = field(repr=False)
    displacement_acceptance: float
    swap_acceptance: float
    step: float
    largest_energy_drift: float
    list_builds: int


def default_step(configuration: Configuration) -> float:
    """Half-width of displacement components where none is given: a tenth of the mean diameter."""
    return 0.1 * float(configuration.diameters.mean())


def swap_monte_carlo(
    configuration: Configuration,
    potential: PairPotential,
    *,
    temperature: float,
    sweeps: int,
    rng: np.random.Generator,
    swap_fraction: float = 0.2,
    step: float | None = None,
    largest_size_difference: float = np.inf,
    skin: float | None = None,
) -> SwapResult:
    """Sample the Boltzmann distribution exp(−U/T) of positions and of the assignment of diameters.

    A sweep is N attempted moves. With probability ``swap_fraction`` a move exchanges the diameters of two particles,
    otherwise it displaces one particle by a vector whose components are uniform on (−step, step). Both are accepted
    by Metropolis' rule on the energy difference; both proposals are symmetric.

    Parameters
    ----------
    configuration : Configuration
        Start; overlaps of any energy are allowed.
    potential : PairPotential
    temperature : float
        T > 0, with k_B = 1 [energy].
    sweeps : int
        Number of sweeps, at least one.
    rng : numpy.random.Generator
        The only source of randomness; it is advanced.
    swap_fraction : float
        In [0, 1]; 0.2 in Schirmacher et al.
    step : float, optional
        Half-width of a displacement component [length]; by default a tenth of the mean diameter. `tune_step` finds
        one for a wanted acceptance.
    largest_size_difference : float
        Exchanges of a larger difference in diameter are rejected outright [length].
    skin : float, optional
        Extra range of the neighbour lists [length]; affects speed only, though in the last digits of the energies.

    Returns
    -------
    SwapResult

    Raises
    ------
    InputError
        If an argument is out of range or a cutoff reaches half the shortest box edge.
    NumericalError
        If the running energy departs from its sum anew by more than rounding explains; ``partial`` is the result.

    Notes
    -----
    Ninarello, Berthier, Coslovich, PRX 7, 021039 (2017); Schirmacher et al., Nat. Commun. 15, 3107 (2024), Methods.
    The same Generator state, arguments and machine give the same result bit for bit.
    """
    step = default_step(configuration) if step is None else float(step)
    _check(configuration, temperature, sweeps, swap_fraction, step)
    run = _Run(configuration, potential, skin)
    kernel = swap_moves.make_sweeps(potential.form, configuration.dimension)
    energy_s = np.empty(sweeps)
    counter = np.zeros(6, np.int64)
    while counter[swap_moves.SWEEP] < sweeps:
        goal = min(sweeps, (counter[swap_moves.SWEEP] // REFRESH + 1) * REFRESH)
        reason = kernel(
            run.state_na, run.reference_nc, run.length_c, run.near.start, run.near.member, run.everyone_n, run.limit2,
            run.p, float(temperature), step, float(swap_fraction), float(largest_size_difference), rng, goal,
            energy_s, counter, run.running,
        )  # fmt: skip
        drift_found = not run.renew_energy(int(counter[2:].sum()))
        if reason != swap_moves.STALE_ENERGY:
            run.renew_list()
        if drift_found:
            break
    attempted, accepted = counter[[2, 4]], counter[[3, 5]]
    displaced, swapped = np.divide(accepted, attempted, out=np.zeros(2), where=attempted > 0)
    result = SwapResult(
        run.configuration(), energy_s[: counter[swap_moves.SWEEP]], float(displaced), float(swapped), step,
        run.largest_drift, run.builds,
    )  # fmt: skip
    if drift_found:
        raise NumericalError(
            f"swap_monte_carlo: the running energy departed by {run.largest_drift:.3g} from its sum anew, more than "
            "rounding explains; this is a defect of the program, please report it with the seed.",
            result,
        )
    return result


def _check(configuration: Configuration, temperature: float, sweeps: int, swap_fraction: float, step: float) -> None:
    if not (np.isfinite(temperature) and temperature > 0):
        raise InputError(f"temperature: must be positive and finite, found {temperature}.")
    if not isinstance(sweeps, (int, np.integer)) or sweeps < 1:
        raise InputError(f"sweeps: expected an integer of at least 1, found {sweeps!r}.")
    if not 0.0 <= swap_fraction <= 1.0:
        raise InputError(f"swap_fraction: expected a number from 0 to 1, found {swap_fraction}.")
    if swap_fraction > 0 and configuration.number_of_particles < 2:
        raise InputError("swap_fraction: exchanges need at least two particles, found one; set it to 0.")
    if not (np.isfinite(step) and step > 0):
        raise InputError(f"step: must be positive and finite, found {step}.")


class _Run:
    """The arrays of one run, with the neighbour list and the running energy kept true."""

    def __init__(self, configuration: Configuration, potential: PairPotential, skin: float | None):
        d = configuration.dimension
        self.start = configuration
        self.potential = potential
        self.p = potential.parameters
        self.length_c = configuration.box.lengths
        self.state_na = np.concatenate((configuration.positions, configuration.diameters[:, None]), axis=1)
        spare = 0.7 * configuration.density ** (-1.0 / d) if skin is None else float(skin)
        self.radius = checked_cutoff(configuration, potential) + spare
        self.limit2 = (0.5 * spare) ** 2
        self.everyone_n = np.arange(configuration.number_of_particles, dtype=np.int32)
        self.builds = 0
        self.near: Neighbours
        self.reference_nc: NDArray[np.float64]
        self.largest_drift = 0.0
        self.moves = 0
        self.running = np.array([potential_energy(configuration, potential), 0.0])
        self.running[1] = abs(self.running[0])
        self.renew_list()

    def configuration(self) -> Configuration:
        """The present configuration."""
        return Configuration(self.state_na[:, :-1], self.state_na[:, -1], self.start.box)

    def renew_list(self) -> None:
        """Wrap all particles and list their neighbours anew."""
        wrapped = self.start.box.wrap(self.state_na[:, :-1])
        self.state_na[:, :-1] = wrapped
        self.reference_nc = wrapped
        self.near = neighbours(wrapped, self.length_c, self.radius, full=True)
        self.builds += 1

    def renew_energy(self, moves: int) -> bool:
        """Sum the energy anew; false if the running one was off by more than rounding explains.

        Each accepted move adds one rounding of the running energy and one of a sum of some tens of terms; the
        bound takes a hundred roundings of the largest energy met per move.
        """
        present = self.configuration()
        energy = potential_energy(present, self.potential)
        found, largest = self.running
        allowed = 100.0 * np.finfo(float).eps * max(largest, abs(energy)) * (moves - self.moves + 1)
        drift = abs(found - energy)
        self.running[:] = energy, abs(energy)
        self.moves = moves
        if not np.isfinite(allowed):  # an exact overlap: infinity minus infinity tells nothing
            return True
        self.largest_drift = max(self.largest_drift, drift if largest <= 1e4 * (abs(energy) + len(self.p)) else 0.0)
        return bool(drift <= allowed)


def tune_step(
    configuration: Configuration,
    potential: PairPotential,
    *,
    temperature: float,
    rng: np.random.Generator,
    acceptance: float = 0.4,
    sweeps: int = 50,
    rounds: int = 12,
    swap_fraction: float = 0.2,
) -> tuple[float, Configuration]:
    """Find the displacement half-width with a wanted acceptance, as a run of its own before any sampling.

    Changing the step while sampling would break detailed balance; keep the returned one fixed.

    Parameters
    ----------
    configuration, potential, temperature, rng, swap_fraction
        As for `swap_monte_carlo`.
    acceptance : float
        Wanted fraction of accepted displacements, in (0, 1).
    sweeps, rounds : int
        Length and number of trial runs; after each the step is multiplied by the ratio of found to wanted
        acceptance, within a factor of two.

    Returns
    -------
    step : float
    configuration : Configuration
        Where the last trial run ended.

    Raises
    ------
    InputError
        If the wanted acceptance is not in (0, 1).
    """
    if not 0.0 < acceptance < 1.0:
        raise InputError(f"acceptance: expected a number between 0 and 1, found {acceptance}.")
    step = default_step(configuration)
    largest = 0.5 * float(configuration.box.lengths.min())
    for _ in range(rounds):
        run = swap_monte_carlo(
            configuration, potential, temperature=temperature, sweeps=sweeps, rng=rng, swap_fraction=swap_fraction,
            step=step,
        )  # fmt: skip
        configuration = run.configuration
        step = min(step * float(np.clip(run.displacement_acceptance / acceptance, 0.5, 2.0)), largest)
    return step, configuration
