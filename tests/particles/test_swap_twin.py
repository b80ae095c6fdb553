"""Swap Monte Carlo against its slow twin, decision by decision, and against itself with other neighbour lists."""

from __future__ import annotations

import numpy as np
import pytest

import glasskit as gk
from glasskit import reference
from glasskit.particles.configuration import Configuration
from glasskit.particles.models import Model
from glasskit.particles.swap import SwapResult

# Model, dimension, particles: the smallest boxes that hold the cutoff.
SYSTEMS = {
    "tapered-3d": (gk.TAPERED_IPL, 3, 72),
    "tapered-3d-infinite": (gk.TAPERED_IPL.with_taper(np.inf), 3, 72),
    "tapered-2d": (gk.TAPERED_IPL, 2, 70),
    "tapered-4d": (gk.TAPERED_IPL, 4, 250),
    "poly": (gk.POLY, 3, 170),  # nonadditive sizes: an exchange changes every pair diameter around it
}
MOVES = 10_000


def distance(box, one: np.ndarray, other: np.ndarray) -> float:
    """Largest coordinate difference of two sets of positions under the minimum image."""
    return float(np.abs(box.minimum_image(one - other)).max())


def assert_same_chain(fast: SwapResult, slow: SwapResult) -> None:
    """Equal up to rounding; one decision taken differently would move a particle or exchange two sizes.

    A coordinate is rounded at 4e-16 per move; an energy at 2e-16 per move of the largest energy since the last sum
    anew, which is at most 1e4 times the present one.
    """
    box = fast.configuration.box
    np.testing.assert_array_equal(fast.configuration.diameters, slow.configuration.diameters)
    assert distance(box, fast.configuration.positions, slow.configuration.positions) < 1e-12
    np.testing.assert_allclose(fast.energies, slow.energies, rtol=1e-9)
    assert fast.displacement_acceptance == slow.displacement_acceptance
    assert fast.swap_acceptance == slow.swap_acceptance


def compare_with_twin(start: Configuration, model: Model, generator=np.random.PCG64, **settings) -> SwapResult:
    fast_rng, slow_rng = np.random.Generator(generator(17)), np.random.Generator(generator(17))
    lists = {"skin": settings.pop("skin", None)}
    fast = gk.swap_monte_carlo(start, model.potential, rng=fast_rng, **settings, **lists)
    slow = reference.swap_monte_carlo(start, model.potential, rng=slow_rng, **settings)
    assert_same_chain(fast, slow)
    assert fast_rng.random() == slow_rng.random()  # the same number of draws
    return fast


@pytest.fixture(scope="module")
def cold() -> Configuration:
    """72 particles of the tapered model cooled to T = 0.2."""
    rng = np.random.default_rng(2)
    configuration = gk.TAPERED_IPL.random_configuration(72, rng=rng)
    for temperature in (1.0, 0.5, 0.3, 0.2):
        run = gk.swap_monte_carlo(
            configuration, gk.TAPERED_IPL.potential, temperature=temperature, sweeps=200, rng=rng, step=0.1
        )
        configuration = run.configuration
    return configuration


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_same_decisions_from_a_random_start(name):
    model, dimension, number = SYSTEMS[name]
    start = model.random_configuration(number, dimension=dimension, rng=np.random.default_rng(1))
    assert reference.potential_energy(start, model.potential) > 1e6
    run = compare_with_twin(start, model, temperature=0.5, sweeps=-(-MOVES // number), swap_fraction=0.2, step=0.12)
    assert run.displacement_acceptance > 0.1
    assert run.swap_acceptance > 0.02


@pytest.mark.parametrize("swap_fraction", [0.0, 0.2, 1.0])
def test_the_same_decisions_from_a_cold_configuration(cold, swap_fraction):
    run = compare_with_twin(cold, gk.TAPERED_IPL, temperature=0.5, sweeps=30, swap_fraction=swap_fraction, step=0.1)
    assert run.energies[-1] < 2.5 * 72
    assert (run.displacement_acceptance > 0.2) == (swap_fraction < 1.0)
    assert (run.swap_acceptance > 0.05) == (swap_fraction > 0.0)


def test_the_same_decisions_with_similar_sizes_only(cold):
    compare_with_twin(
        cold, gk.TAPERED_IPL, temperature=0.5, sweeps=30, swap_fraction=0.5, step=0.1, largest_size_difference=0.2
    )


@pytest.mark.parametrize("generator", [np.random.Philox, np.random.MT19937])
def test_any_generator_of_numpy_gives_its_own_stream(cold, generator):
    compare_with_twin(cold, gk.TAPERED_IPL, generator, temperature=0.5, sweeps=5, swap_fraction=0.2, step=0.1)


@pytest.mark.parametrize(("skin", "step"), [(0.0, 0.1), (0.02, 0.1), (0.25, 0.1), (0.25, 4.18), (1.0, 1.0)])
def test_the_same_decisions_after_renewals_of_the_list(skin, step):
    # In two dimensions 70 particles leave room for lists that do not hold all pairs; 4.18 is half the box.
    start = gk.TAPERED_IPL.random_configuration(70, dimension=2, rng=np.random.default_rng(4))
    run = compare_with_twin(start, gk.TAPERED_IPL, temperature=0.5, sweeps=30, swap_fraction=0.2, step=step, skin=skin)
    assert run.row_updates > 50


LISTS = {"none": 0.0, "tiny": 1e-3, "thin": 0.2, "wide": 0.9, "all pairs": 1e3}  # skins


@pytest.fixture(scope="module")
def starts() -> dict[str, Configuration]:
    """Three dimensions, 200 particles: a random start with overlaps and the liquid that it becomes."""
    rng = np.random.default_rng(8)
    model = gk.TAPERED_IPL
    start = model.random_configuration(200, rng=rng)
    # Two pairs so close that the energy is far above 1e20.
    position_nc = start.positions.copy()
    position_nc[1], position_nc[3] = position_nc[0] + 0.003, position_nc[2] + 1e-4
    start = start.replace(positions=position_nc)
    liquid = gk.swap_monte_carlo(start, model.potential, temperature=0.5, sweeps=300, rng=rng).configuration
    return {"overlaps": start, "liquid": liquid}


@pytest.mark.parametrize("start", ["overlaps", "liquid"])
@pytest.mark.parametrize("step", [0.1, 0.6, "half the box"])
def test_lists_do_not_change_the_chain(start, step, starts):
    configuration, potential = starts[start], gk.TAPERED_IPL.potential
    step = 0.5 * float(configuration.box.lengths[0]) if step == "half the box" else step
    runs = {
        name: gk.swap_monte_carlo(
            configuration, potential, temperature=0.5, sweeps=12, rng=np.random.default_rng(6), step=step, skin=skin
        )
        for name, skin in LISTS.items()
    }
    if start == "overlaps":
        assert gk.potential_energy(configuration, potential) > 1e20
    for run in runs.values():
        assert_same_chain(run, runs["all pairs"])
    if step == 0.1:
        updates = [runs[name].row_updates for name in ("all pairs", "wide", "thin", "tiny")]
        assert updates[0] == 0
        assert updates == sorted(updates)
        assert updates[2] > 100


@pytest.mark.parametrize("seed", [371, 2130, 5132, 8634, 32091])
def test_a_long_move_out_of_an_overlap_renews_the_list(seed):
    # One particle leaves an energy of 1e23 behind and lands, off the list, beside a third one, which moves next: with
    # these seeds it would not have seen the newcomer if the fall in energy had kept the list from being renewed.
    start = Configuration([[-3.0, 0], [-3.0, 0.02], [3.1, 0]], [1.8, 1.8, 1.8], [12.2, 12.2])
    listed, everyone = (
        gk.swap_monte_carlo(
            start, gk.InversePowerLaw(), temperature=1.0, sweeps=2, rng=np.random.default_rng(seed), step=5.0,
            skin=skin, swap_fraction=0.0,
        )
        for skin in (4.0, 1e3)
    )  # fmt: skip
    assert distance(start.box, listed.configuration.positions, everyone.configuration.positions) < 1e-12
    assert listed.displacement_acceptance == everyone.displacement_acceptance


def test_deep_overlaps_in_a_large_box_are_left_to_float64():
    # Two particles so close in so large a box that the records of float32 do not tell their distance.
    potential = gk.InversePowerLaw()
    start = Configuration([[0, 0, 0], [0.002, 0, 0]], [1.0, 1.0], [400.0, 400.0, 400.0])
    energy = gk.potential_energy(start, potential)
    for share in (1e-5, 1e-4):
        settings = {"temperature": share * energy, "sweeps": 200, "swap_fraction": 0.0, "step": 1e-8, "skin": 1.0}
        compare_with_twin(start, gk.TAPERED_IPL, **settings)


def test_pairs_at_the_radius_of_the_rows():
    # On a lattice whose sixth neighbours are at the radius to within rounding, some are listed one way only.
    site_nc = 0.9 * np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), -1).reshape(-1, 3)
    start = Configuration(site_nc, np.full(512, 0.9), np.full(3, 7.2))
    potential, settings = gk.InversePowerLaw(), {"temperature": 1.0, "sweeps": 30, "step": 0.2}
    runs = [
        gk.swap_monte_carlo(start, potential, rng=np.random.default_rng(1), skin=skin, **settings)
        for skin in (5**0.5 * 0.9 - 1.955, 1.0)
    ]
    assert_same_chain(*runs)


def test_a_few_particles_in_a_vast_box():
    start = Configuration(np.random.default_rng(1).uniform(-2, 2, (30, 3)), np.ones(30), [1e4, 1e4, 1e4])
    compare_with_twin(start, gk.TAPERED_IPL, temperature=1.0, sweeps=20, swap_fraction=0.0, step=0.3, skin=0.3)
