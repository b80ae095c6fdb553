"""Swap Monte Carlo samples the Boltzmann distribution: two to four particles against integrals and enumerations.

Each test compares tens of thousands of decorrelated samples at a fixed seed; each p-value must exceed 1e-6, so that a
right program fails one of these tests with a probability below 1e-4. Moves made unfair on purpose give 1e-12 and less.
"""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
from boltzmann import (
    PAIRS,
    assignments,
    chi_square_p,
    decorrelated,
    few_particles,
    mean_deviation,
    two_particles,
)
from scipy import stats

import glasskit as gk
from glasskit.particles import swap_run
from glasskit.particles.configuration import Box, Configuration
from glasskit.particles.kernels import swap_sweeps
from glasskit.particles.potentials import POTENTIALS, PairPotential

FALSE_ALARM = 1e-6
ALL_PAIRS = 1e3  # a skin that makes one list of all pairs do for a run

# Each pair is a set of kernels to compile. The form sees r² and a diameter, the rest of a move coordinates: every form
# in three dimensions and one in all.
SYSTEMS = [(name, 3) for name in PAIRS] + [("InversePowerLaw", 2), ("InversePowerLaw", 4)]


def small_box(potential: PairPotential, diameters, dimension: int) -> Box:
    """Edges, all different, a little above twice the largest cutoff."""
    return Box(2 * potential.largest_cutoff(np.array(diameters)) * np.array([1.02, 1.06, 1.10, 1.14])[:dimension])


def energies_of_pair(name: str, dimension: int, *, samples: int, thin: int, seed: int = 7, **settings):
    """Chain of displacements of two particles, and the exact distribution."""
    potential, diameters, temperature = PAIRS[name]
    box = small_box(potential, diameters, dimension)
    start = Configuration([-0.2 * box.lengths, 0.2 * box.lengths], diameters, box)
    settings = {"step": 0.5 * float(box.lengths.max()), "skin": ALL_PAIRS, "swap_fraction": 0.0} | settings
    run = gk.swap_monte_carlo(
        start, potential, temperature=temperature, sweeps=samples * thin, rng=np.random.default_rng(seed), **settings
    )
    exact = two_particles(potential, float(potential.pair_diameter(*diameters)), box, temperature)
    return decorrelated(run.energies, thin), exact


def energies_of_few(
    potential: PairPotential, diameters, dimension: int, temperature: float, *, samples: int, thin: int
):
    """Chain of both moves, half of each, and an independent estimate of the distribution."""
    box = small_box(potential, diameters, dimension)
    rng = np.random.default_rng(11)
    start = Configuration((rng.random((len(diameters), dimension)) - 0.5) * box.lengths, diameters, box)
    run = gk.swap_monte_carlo(
        start, potential, temperature=temperature, sweeps=samples * thin, rng=rng, swap_fraction=0.5,
        step=0.5 * float(box.lengths.max()), skin=ALL_PAIRS,
    )  # fmt: skip
    return run, decorrelated(run.energies, thin), few_particles(potential, diameters, box, temperature, rng)


def frozen(number: int, dimension: int) -> tuple[Configuration, PairPotential]:
    """Particles on an irregular shape, close enough for the assignment of diameters to matter."""
    potential = gk.InversePowerLaw()
    position_nc = np.random.default_rng(3).uniform(-0.12, 0.12, (number, dimension))
    for i in range(number):
        position_nc[i, i % 2] += 0.65 * (1 if i < 2 else -1)
    return Configuration(position_nc, 0.9 + 0.1 * np.arange(number), np.full(dimension, 4.2)), potential


def p_value_of_assignments(energies: np.ndarray, energy_s: np.ndarray, probability_s: np.ndarray) -> float:
    """Each energy is identified with one assignment; chi² of the counts."""
    order = np.argsort(energy_s)
    assert np.diff(energy_s[order]).min() > 1e-6  # each assignment has an energy of its own
    middle = 0.5 * (energy_s[order][1:] + energy_s[order][:-1])
    state_s = order[np.searchsorted(middle, energies)]
    assert np.abs(energies - energy_s[state_s]).max() < 1e-9
    counts = np.bincount(state_s, minlength=energy_s.size)
    return float(stats.chisquare(counts, energies.size * probability_s).pvalue)


def test_every_potential_is_tried():
    assert {type(potential).__name__ for potential, *_ in PAIRS.values()} == set(POTENTIALS)


@pytest.mark.parametrize(("name", "dimension"), SYSTEMS)
def test_displacements_of_two_particles(name, dimension):
    sample_s, exact = energies_of_pair(name, dimension, samples=40_000, thin=12)
    assert chi_square_p(sample_s, exact) > FALSE_ALARM
    assert abs(mean_deviation(sample_s, exact)) < 4.9  # false alarm 1e-6


@pytest.mark.parametrize("name", ["HarmonicSpheres", "InversePowerLaw"])
def test_displacements_on_rows_that_follow(name):
    # A box with room for rows that do not hold all pairs; some steps are longer than the rows' range, most are not.
    potential, diameters, temperature = PAIRS[name]
    box = Box(1.6 * small_box(potential, diameters, 3).lengths)
    skin = 0.49 * float(box.lengths.min()) - potential.largest_cutoff(np.array(diameters))
    start = Configuration([-0.1 * box.lengths, 0.1 * box.lengths], diameters, box)
    run = gk.swap_monte_carlo(
        start, potential, temperature=temperature, sweeps=1_000_000, rng=np.random.default_rng(7), swap_fraction=0.0,
        step=0.4 * skin, skin=skin,
    )  # fmt: skip
    assert run.row_updates > 10_000
    exact = two_particles(potential, float(potential.pair_diameter(*diameters)), box, temperature)
    sample_s = decorrelated(run.energies, 100)
    assert chi_square_p(sample_s, exact) > FALSE_ALARM
    assert abs(mean_deviation(sample_s, exact)) < 4.9  # false alarm 1e-6


def swaps_of_frozen(number: int, dimension: int, **settings) -> float:
    """p-value of a chain of swaps alone."""
    start, potential = frozen(number, dimension)
    energy_s = assignments(start, potential, 1.0)[1]
    temperature = 0.3 * float(np.ptp(energy_s))  # the rarest assignment has a few hundred samples
    run = gk.swap_monte_carlo(
        start, potential, temperature=temperature, sweeps=400_000, rng=np.random.default_rng(number), swap_fraction=1.0,
        **settings,
    )  # fmt: skip
    np.testing.assert_array_equal(run.configuration.positions, start.positions)
    _, energy_s, probability_s = assignments(start, potential, temperature)
    return p_value_of_assignments(decorrelated(run.energies, 10), energy_s, probability_s)


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize("number", [3, 4])
def test_swaps_among_fixed_positions(number, dimension):
    assert swaps_of_frozen(number, dimension) > FALSE_ALARM


def test_swaps_of_similar_sizes_only():
    # Diameters 0.9, 1.0, 1.1, 1.2: exchanges of neighbours in size still reach every assignment.
    assert swaps_of_frozen(4, 3, largest_size_difference=0.11) > FALSE_ALARM


def test_a_size_limit_that_parts_the_sizes_leaves_each_part_in_equilibrium():
    start, potential = frozen(4, 3)
    start = start.replace(diameters=[0.8, 0.9, 1.1, 1.2])
    diameter_sn, energy_s, _ = assignments(start, potential, 1.0)
    reached = np.all((diameter_sn < 1.0) == (start.diameters < 1.0), axis=1)
    energy_s = energy_s[reached]
    temperature = 0.5 * float(np.ptp(energy_s))
    run = gk.swap_monte_carlo(
        start, potential, temperature=temperature, sweeps=400_000, rng=np.random.default_rng(5), swap_fraction=1.0,
        largest_size_difference=0.15,
    )  # fmt: skip
    probability_s = np.exp(-(energy_s - energy_s.min()) / temperature)
    probability_s /= probability_s.sum()
    assert p_value_of_assignments(decorrelated(run.energies, 20), energy_s, probability_s) > FALSE_ALARM


FEW = {
    "three": (gk.InversePowerLaw(), [1.3, 1.5, 1.7], 1.0),
    "four": (gk.InversePowerLaw(), [1.1, 1.3, 1.5, 1.7], 0.5),
    "nonadditive": (gk.SmoothedInversePowerLaw(), [1.0, 1.2, 1.4], 0.5),
}


@pytest.mark.parametrize(("name", "dimension"), [*itertools.product(("three", "four"), (2, 3, 4)), ("nonadditive", 3)])
def test_both_moves_together(name, dimension):
    potential, diameters, temperature = FEW[name]
    run, sample_s, exact = energies_of_few(potential, diameters, dimension, temperature, samples=30_000, thin=20)
    assert run.swap_acceptance > 0.3
    assert chi_square_p(sample_s, exact) > FALSE_ALARM
    assert abs(mean_deviation(sample_s, exact)) < 4.9


# Moves made unfair on purpose: (text of the kernel, what replaces it). Neither makes an energy wrong.
UNFAIR = {
    "acceptance": ("difference <= threshold", "0.7 * difference <= threshold"),
    "proposal": (
        "step * (2.0 * draw_mk[m, VECTOR + c] - 1.0)",
        "(step if energy < 0.1 else 0.3 * step) * (2.0 * draw_mk[m, VECTOR + c] - 1.0)",
    ),
}


# The screen would reject by the right rule what the unfair one accepts.
UNSCREENED = ("make_moves(form, dimension, screened)", "make_moves(form, dimension, False)")
UNCACHED = (
    "import numba\nfrom .jit import FASTMATH, inline\n\nkernel = numba.njit(fastmath=FASTMATH, error_model='numpy')"
)


@pytest.fixture(scope="module")
def unfair_kernels(tmp_path_factory):
    """The module of the kernels with one expression changed, compiled without the disk cache."""
    made = {}
    for kind, change in UNFAIR.items():
        text = Path(swap_sweeps.__file__).read_text(encoding="utf-8")
        for old, new in (change, UNSCREENED, ("from .jit import inline, kernel", UNCACHED)):
            assert old in text, f"the kernels hold no {old!r} any more: adapt the unfair move to them"
            text = text.replace(old, new)
        path = tmp_path_factory.mktemp("unfair") / f"{kind}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"{swap_sweeps.__package__}.unfair_{kind}", path)
        made[kind] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made[kind])
    return made


@pytest.mark.parametrize("kind", UNFAIR)
def test_an_unfair_displacement_is_caught(kind, unfair_kernels, monkeypatch):
    monkeypatch.setattr(swap_run, "swap_sweeps", unfair_kernels[kind])
    sample_s, exact = energies_of_pair("InversePowerLaw", 2, samples=40_000, thin=12)
    assert chi_square_p(sample_s, exact) < 1e-12


def test_an_unfair_swap_is_caught(unfair_kernels, monkeypatch):
    monkeypatch.setattr(swap_run, "swap_sweeps", unfair_kernels["acceptance"])
    assert swaps_of_frozen(4, 2) < 1e-12
