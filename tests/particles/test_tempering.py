"""Parallel tempering: exact Boltzmann distributions at every temperature, seen failing where exchanges are unfair.

p-values must exceed 1e-6 at fixed seeds; eight of them here.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from boltzmann import PAIRS, assignments, chi_square_p, decorrelated, mean_deviation, two_particles
from scipy import stats

import glasskit as gk
from glasskit.errors import InputError, InsufficientDataError
from glasskit.particles import tempering
from glasskit.particles.configuration import Box, Configuration
from glasskit.particles.swap import SwapResult
from glasskit.particles.temperature_ladder import gaussian_exchange_acceptance, suggest_temperatures
from glasskit.particles.tempering import exchange_probability, parallel_tempering, round_trips

FALSE_ALARM = 1e-6


def frozen():
    """Three particles at fixed places, whose six assignments of diameters have energies of their own."""
    position_nc = np.array([[-0.6, 0.02, 0.0], [0.55, -0.05, 0.03], [0.1, 0.9, -0.06]])
    return Configuration(position_nc, [0.9, 1.1, 1.3], np.full(3, 4.2)), gk.InversePowerLaw()


def p_values_of_assignments(monkeypatch) -> list[float]:
    """Chi² of the assignments at two temperatures, with an exchange after every move and moves that relax slowly.

    In place of swap Monte Carlo stands one exchange of two diameters, tried three times in ten, so that replicas keep
    the memory of an unfair exchange.
    """
    start, potential = frozen()
    diameter_sn, energy_s, _ = assignments(start, potential, 1.0)
    number = {tuple(row): s for s, row in enumerate(diameter_sn)}

    def lazy_move(configuration, _, *, temperature, sweeps, rng, **settings):
        old = new = number[tuple(configuration.diameters)]
        if rng.random() < 0.3:
            i, j = rng.choice(3, 2, replace=False)
            row = diameter_sn[old].copy()
            row[[i, j]] = row[[j, i]]
            if rng.random() < math.exp(min(0.0, (energy_s[old] - energy_s[number[tuple(row)]]) / temperature)):
                new = number[tuple(row)]
        configuration = configuration if new == old else configuration.replace(diameters=diameter_sn[new])
        return SwapResult(configuration, np.array([energy_s[new]]), 0.0, 0.0, 0.1, 0.0, 0, 0)

    monkeypatch.setattr(tempering, "swap_monte_carlo", lazy_move)
    temperatures = np.ptp(energy_s) * np.array([0.3, 1.0])
    run = parallel_tempering(
        start, potential, temperatures=temperatures, sweeps=9000, exchange_every=1, rng=np.random.default_rng(1)
    )
    found = []
    for temperature, energies in zip(temperatures, run.energies, strict=True):
        probability_s = assignments(start, potential, temperature)[2]
        sample_s = decorrelated(energies, 15)
        counts = np.bincount(np.argmin(np.abs(sample_s[:, None] - energy_s), axis=1), minlength=6)
        assert (sample_s.size * probability_s).min() > 5
        found.append(float(stats.chisquare(counts, sample_s.size * probability_s).pvalue))
    return found


def test_assignments_at_every_temperature(monkeypatch):
    assert min(p_values_of_assignments(monkeypatch)) > FALSE_ALARM


@pytest.mark.parametrize(
    "unfair",
    [
        lambda a, b, u, v: 1.0,
        lambda a, b, u, v: math.exp(min(0.0, -(a - b) * (u - v))),
        lambda a, b, u, v: math.exp(min(0.0, 0.1 * (a - b) * (u - v))),
    ],
    ids=["always", "wrong sign", "a tenth"],
)
def test_unfair_exchanges_are_seen(unfair, monkeypatch):
    monkeypatch.setattr(tempering, "exchange_probability", unfair)
    assert min(p_values_of_assignments(monkeypatch)) < 1e-9


def test_two_particles_at_every_temperature():
    potential, diameters, temperature = PAIRS["InversePowerLaw"]
    box = Box(2 * potential.largest_cutoff(np.array(diameters)) * np.array([1.02, 1.06, 1.10]))
    start = Configuration([-0.2 * box.lengths, 0.2 * box.lengths], diameters, box)
    temperatures = temperature * np.array([0.5, 1.0, 2.0])
    run = parallel_tempering(
        start, potential, temperatures=temperatures, sweeps=48_000, exchange_every=64, swap_fraction=0.0,
        step=0.5 * float(box.lengths.max()), rng=np.random.default_rng(2),
    )  # fmt: skip
    for t, energies in zip(temperatures, run.energies, strict=True):
        exact = two_particles(potential, float(potential.pair_diameter(*diameters)), box, float(t))
        sample_s = energies[15::16]
        assert chi_square_p(sample_s, exact) > FALSE_ALARM
        assert abs(mean_deviation(sample_s, exact)) < 4.9  # 1e-6


def test_probability_by_hand_and_detailed_balance():
    assert exchange_probability(2.0, 1.0, 5.0, 3.0) == 1.0  # the cold one takes the lower energy
    assert exchange_probability(2.0, 1.0, 3.0, 5.0) == pytest.approx(math.exp(-2.0))
    assert exchange_probability(2.0, 1.0, math.inf, 5.0) == 0.0
    for a, b, u, v in np.random.default_rng(3).normal(size=(20, 4)):
        # exp(−a u − b v) P(u, v → v, u) = exp(−a v − b u) P(v, u → u, v)
        forth = math.exp(-a * u - b * v) * exchange_probability(a, b, u, v)
        back = math.exp(-a * v - b * u) * exchange_probability(a, b, v, u)
        assert forth == pytest.approx(back, rel=1e-12)


@pytest.fixture(scope="module")
def liquid():
    rng = np.random.default_rng(4)
    model = gk.TAPERED_IPL
    state = model.random_configuration(100, rng=rng)
    return gk.swap_monte_carlo(state, model.potential, temperature=1.0, sweeps=200, rng=rng).configuration


def run_liquid(liquid, **settings):
    settings = {"temperatures": [0.8, 0.88, 0.97, 1.07], "sweeps": 120, "exchange_every": 4} | settings
    return parallel_tempering(liquid, gk.TAPERED_IPL.potential, rng=np.random.default_rng(5), **settings)


def test_the_result_does_not_depend_on_workers(liquid):
    one, two = run_liquid(liquid), run_liquid(liquid, workers=3)
    np.testing.assert_array_equal(one.energies, two.energies)
    np.testing.assert_array_equal(one.replica, two.replica)
    for a, b in zip(one.configurations, two.configurations, strict=True):
        np.testing.assert_array_equal(a.positions, b.positions)
        np.testing.assert_array_equal(a.diameters, b.diameters)


def test_bookkeeping(liquid):
    run = run_liquid(liquid)
    assert run.energies.shape == (4, 120)
    assert run.attempted.tolist() == [15, 15, 15]  # thirty rounds, pairs in turn
    assert (np.sort(run.replica, axis=1) == np.arange(4)).all()
    moved = (np.diff(run.replica, axis=0) != 0).sum()
    assert moved == 2 * run.accepted.sum() > 0
    np.testing.assert_array_equal(run.exchange_acceptance, run.accepted / 15)
    assert ((run.displacement_acceptance > 0.1) & (run.displacement_acceptance < 0.9)).all()
    assert (np.diff(run.energies.mean(axis=1)) > 0).all()
    for state, energies, k in zip(run.configurations, run.energies, itertools.count()):
        np.testing.assert_allclose(np.sort(state.diameters), np.sort(liquid.diameters))
        if run.replica[-1, k] == run.replica[-2, k]:
            assert gk.potential_energy(state, gk.TAPERED_IPL.potential) == pytest.approx(energies[-1], rel=1e-10)


def test_a_run_without_exchanges_is_a_run_of_swap_monte_carlo(liquid, monkeypatch):
    monkeypatch.setattr(tempering, "exchange_probability", lambda *_: 0.0)
    run = run_liquid(liquid, sweeps=4)
    generators = np.random.default_rng(5).spawn(5)
    for k, temperature in enumerate(run.temperatures):
        alone = gk.swap_monte_carlo(
            liquid, gk.TAPERED_IPL.potential, temperature=temperature, sweeps=4, rng=generators[k]
        )
        np.testing.assert_array_equal(alone.energies, run.energies[k])


def test_round_trips_by_hand():
    # replica 0: bottom, middle, top, middle, bottom (4 rounds); replica 2 reaches the bottom, leaves, is not back
    replica = np.array([[0, 1, 2], [1, 0, 2], [1, 2, 0], [2, 1, 0], [2, 0, 1], [0, 2, 1]])
    assert round_trips(replica).tolist() == [5]
    again = np.concatenate([replica, replica[::-1][1:]])
    # replica 0 turns at the bottom after 5 and is back after 10; replica 1 leaves it after 2, is back after 8
    assert sorted(round_trips(again).tolist()) == [5, 5, 6]


def test_round_trip_time(liquid):
    run = run_liquid(liquid, temperatures=[0.8, 0.85], sweeps=120)
    assert run.round_trip_time == 2 * 120 / len(run.round_trips)
    assert (run.round_trips % 4 == 0).all()
    with pytest.raises(InsufficientDataError, match="no replica went") as caught:
        _ = run_liquid(liquid, temperatures=[0.3, 3.0], sweeps=8).round_trip_time
    assert caught.value.partial == 16.0


def test_gaussian_acceptance_against_samples():
    rng = np.random.default_rng(6)
    cold, hot = (0.5, 100.0, 2.0), (0.55, 106.0, 2.5)
    u, v = rng.normal(100, 2, 400_000), rng.normal(106, 2.5, 400_000)
    accepted = np.exp(np.minimum(0, (1 / 0.5 - 1 / 0.55) * (u - v)))
    assert gaussian_exchange_acceptance(cold, hot) == pytest.approx(
        accepted.mean(), abs=4.9 * accepted.std() / math.sqrt(400_000)
    )
    assert gaussian_exchange_acceptance(cold, cold) == 1.0


def test_a_ladder_of_equal_acceptance():
    """Constant heat capacity C: E = C T, deviation √C T; the ladder is geometric."""
    t = np.linspace(0.1, 1.0, 30)
    found = suggest_temperatures(t, 500 * t, math.sqrt(500) * t, lowest=0.15, highest=0.9, acceptance=0.3)
    assert (found[0], found[-1]) == (0.15, 0.9)
    ratio = found[1:] / found[:-1]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)
    acceptance = [
        gaussian_exchange_acceptance((a, 500 * a, math.sqrt(500) * a), (b, 500 * b, math.sqrt(500) * b))
        for a, b in itertools.pairwise(found)
    ]
    assert min(acceptance) > 0.3 - 1e-6
    fewer = suggest_temperatures(t, 500 * t, math.sqrt(500) * t, lowest=0.15, highest=0.9, acceptance=0.2)
    assert len(fewer) < len(found)
    twice = suggest_temperatures(t, 2000 * t, math.sqrt(2000) * t, lowest=0.15, highest=0.9, acceptance=0.3)
    assert len(twice) - 1 == pytest.approx(2 * (len(found) - 1), abs=1.5)  # as √N


def test_a_suggested_ladder_meets_its_acceptance(liquid):
    """A liquid of 100 particles: acceptance of each pair within 5 errors and 0.03 (energies are not quite Gaussian)."""
    measured = run_liquid(liquid, temperatures=[0.7, 0.85, 1.0], sweeps=600, exchange_every=20)
    kept = measured.energies[:, 100:]
    ladder = suggest_temperatures(
        measured.temperatures, kept.mean(axis=1), kept.std(axis=1), lowest=0.7, highest=1.0, acceptance=0.4
    )
    run = run_liquid(liquid, temperatures=ladder, sweeps=1200, exchange_every=10)
    expected = 0.4  # or a little more, equal for all pairs
    error = math.sqrt(0.25 / run.attempted.min())
    assert (run.exchange_acceptance > expected - 5 * error - 0.03).all()
    assert (run.exchange_acceptance < expected + 5 * error + 0.2).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperatures": [1.0]}, "two or more"),
        ({"temperatures": [1.0, 0.5]}, "ascending"),
        ({"sweeps": 7}, "multiple of exchange_every"),
        ({"exchange_every": 0}, "multiple of exchange_every"),
        ({"workers": 0}, "integers of at least 1"),
        ({"step": [0.1, 0.1]}, "one per temperature"),
        ({"swap_fraction": 2.0}, "from 0 to 1"),
    ],
)
def test_bad_arguments(liquid, settings, words):
    with pytest.raises(InputError, match=words):
        run_liquid(liquid, **settings)


def test_bad_starts_and_generator(liquid):
    with pytest.raises(InputError, match="one configuration or 4"):
        run_liquid([liquid, liquid])
    with pytest.raises(InputError, match="configuration 1 has another box"):
        run_liquid([liquid, liquid.replace(diameters=np.ones(100)), liquid, liquid])
    with pytest.raises(InputError, match=r"numpy\.random\.Generator"):
        parallel_tempering(liquid, gk.TAPERED_IPL.potential, temperatures=[1, 2], sweeps=50, rng=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lowest": 0.05}, "within the measured range"),
        ({"acceptance": 1.0}, "between 0 and 1"),
        ({"mean_energy": [2.0, 1.0]}, "do not ascend"),
        ({"measured": [1.0]}, "M >= 2"),
        ({"mean_energy": [0.0, 1e9], "energy_deviation": [1.0, 1.0]}, "more than 500"),
    ],
)
def test_bad_ladders(changes, words):
    known = {"measured": [0.1, 1.0], "mean_energy": [1.0, 2.0], "energy_deviation": [0.1, 0.2]} | changes
    arguments = [known.pop(name) for name in ("measured", "mean_energy", "energy_deviation")]
    with pytest.raises(InputError, match=words):
        suggest_temperatures(*arguments, **({"lowest": 0.2, "highest": 0.9} | known))
