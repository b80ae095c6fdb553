"""Swap Monte Carlo: displacements and exchanges of diameters at a fixed temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, NumericalError
from .configuration import Configuration
from .kernels import swap_sweeps
from .potentials import PairPotential
from .swap_run import Moves, Run

REFRESH = 500  # sweeps after which lists and energies are renewed in any case, counted from the start of a run


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
        Largest difference between the running energy and its sum anew, once no particles nearly coincide [energy].
    list_builds : int
        How often all neighbour rows were made anew.
    row_updates : int
        How often the row of one particle followed it.
    """

    configuration: Configuration
    energies: NDArray[np.float64] = field(repr=False)
    displacement_acceptance: float
    swap_acceptance: float
    step: float
    largest_energy_drift: float
    list_builds: int
    row_updates: int


def default_step(configuration: Configuration) -> float:
    """Half-width of displacement components where none is given: a tenth of the mean diameter."""
    # An exact sum does not depend on the order of the sizes, so that a continued run keeps its step to the last bit.
    return 0.1 * math.fsum(configuration.diameters) / configuration.number_of_particles


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
        Start; overlaps of any energy are allowed, coinciding particles too. While a pair's energy overflows, the
        recorded energies are infinite.
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
        If the running energy departs from its sum anew by more than rounding explains, or if a pair's energy still
        overflows at the end; ``partial`` is the result.

    Notes
    -----
    Ninarello, Berthier, Coslovich, PRX 7, 021039 (2017); Schirmacher et al., Nat. Commun. 15, 3107 (2024), Methods.
    The same Generator state, arguments and machine give the same result bit for bit. Lists and energies are renewed
    every `REFRESH` sweeps, so that a run ended at a multiple of it and continued equals one that was not.
    """
    step = default_step(configuration) if step is None else float(step)
    _check(configuration, temperature, sweeps, rng, swap_fraction, step)
    _check_limits(largest_size_difference, skin)
    sweeps = int(sweeps)
    run = Run(configuration, potential, float(temperature), skin)
    moves = Moves(configuration, float(temperature), rng, float(swap_fraction), step, float(largest_size_difference))
    energy_s = np.empty(sweeps)
    drift = 0.0
    while run.counter[swap_sweeps.SWEEP] < sweeps and drift == 0.0:
        goal = min(sweeps, (run.counter[swap_sweeps.SWEEP] // REFRESH + 1) * REFRESH)
        reason = run.advance(moves, goal, energy_s)
        drift = run.renew_energy()
        if run.counter[swap_sweeps.MOVE] == 0:  # the energy just recorded may hold the rounding errors of a huge one
            energy_s[run.counter[swap_sweeps.SWEEP] - 1] = run.running[0]
        if run.counter[swap_sweeps.SWEEP] < sweeps:
            run.renew(rows=reason != swap_sweeps.STALE_ENERGY or run.counter[swap_sweeps.SWEEP] == goal)
    counter = run.counter
    attempted, accepted = counter[[2, 4]], counter[[3, 5]]
    displaced, swapped = np.divide(accepted, attempted, out=np.zeros(2), where=attempted > 0)
    result = SwapResult(
        run.configuration(), energy_s[: counter[swap_sweeps.SWEEP]], float(displaced), float(swapped), step,
        run.largest_drift, run.builds, int(counter[swap_sweeps.REFERENCES]),
    )  # fmt: skip
    if drift != 0.0:
        raise NumericalError(
            f"swap_monte_carlo: the running energy departed by {drift:.3g} from its sum anew, more than "
            "rounding explains; this is a defect of the program, please report it with the seed.",
            result,
        )
    if not np.isfinite(run.running[0]):
        raise NumericalError(
            "swap_monte_carlo: two particles are still so close at the end that their energy overflows; they part "
            "when one of them is displaced, so allow displacements and more sweeps.",
            result,
        )
    return result


def _check(
    configuration: Configuration,
    temperature: float,
    sweeps: int,
    rng: np.random.Generator,
    swap_fraction: float,
    step: float,
) -> None:
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
    if not configuration.box.rectangular:
        raise InputError("swap_monte_carlo: the box is tilted; liquids are sampled in rectangular boxes only.")
    longest = float(configuration.box.lengths.max())
    if step > longest:
        raise InputError(f"step: more than the longest box edge {longest:.6g} means nothing, found {step:.6g}.")
    if not isinstance(rng, np.random.Generator):
        raise InputError(f"rng: expected a numpy.random.Generator, found {type(rng).__name__}.")


def _check_limits(largest_size_difference: float, skin: float | None) -> None:
    if not largest_size_difference >= 0:
        raise InputError(f"largest_size_difference: must not be negative, found {largest_size_difference}.")
    if skin is not None and not (np.isfinite(skin) and skin >= 0):
        raise InputError(f"skin: must be finite and not negative, found {skin}.")


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
        Length and number of trial runs. After each the step is multiplied by ln(wanted)/ln(found acceptance), within
        a factor of two: exact where the acceptance falls exponentially with the step, and stable where it falls as
        a power.

    Returns
    -------
    step : float
        At most half the shortest box edge, where even larger ones would be accepted too often.
    configuration : Configuration
        Where the last trial run ended.

    Raises
    ------
    InputError
        If the wanted acceptance is not in (0, 1), if there are no trial runs or no displacements in them, or as for
        `swap_monte_carlo`.
    """
    if not 0.0 < acceptance < 1.0:
        raise InputError(f"acceptance: expected a number between 0 and 1, found {acceptance}.")
    if not isinstance(rounds, (int, np.integer)) or rounds < 1:
        raise InputError(f"rounds: expected an integer of at least 1, found {rounds!r}.")
    if swap_fraction == 1.0:
        raise InputError("swap_fraction: with 1 nothing is displaced and there is no step to tune.")
    step = default_step(configuration)
    largest = 0.5 * float(configuration.box.lengths.min())
    for _ in range(rounds):
        run = swap_monte_carlo(
            configuration, potential, temperature=temperature, sweeps=sweeps, rng=rng, swap_fraction=swap_fraction,
            step=step,
        )  # fmt: skip
        configuration = run.configuration
        found = min(max(run.displacement_acceptance, 1e-9), 1.0 - 1e-9)
        step = min(step * min(max(math.log(acceptance) / math.log(found), 0.5), 2.0), largest)
    return step, configuration
