"""Overlaps: particles that stay, hop, exchange places, drift together; random walks with a known decay."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2

import glasskit as gk
from glasskit.errors import InputError
from glasskit.observables.liquid_record import liquid_record
from glasskit.observables.overlap import place_overlap, self_overlap, unwrapped
from glasskit.particles.configuration import Box

BOX = [6.0, 6.0]


def lattice(shift=0.0):
    site = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), -1).reshape(-1, 2)
    return gk.Configuration(site + shift, np.ones(36), BOX)


def test_unwrapping_follows_particles_across_the_boundary_and_takes_off_the_drift():
    rng = np.random.default_rng(1)
    step_tnc = rng.normal([0.3, -0.2], 0.4, size=(30, 36, 2))
    path_tnc = np.concatenate([np.zeros((1, 36, 2)), np.cumsum(step_tnc, axis=0)]) + lattice().positions
    found = unwrapped([lattice().replace(positions=position) for position in path_tnc])
    drift = (path_tnc - path_tnc[0]).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found, path_tnc - drift, atol=1e-11)


@pytest.mark.parametrize("measure", [self_overlap, place_overlap])
def test_a_crystal_that_drifts_as_a_whole_has_not_moved(measure):
    np.testing.assert_allclose(measure([lattice(0.37 * t) for t in range(5)]), 1.0, atol=1e-12)


def test_exchanged_places_are_the_same_place():
    position_nc = lattice().positions.copy()
    position_nc[[3, 20]] = position_nc[[20, 3]]
    states = [lattice(), lattice().replace(positions=position_nc)]
    assert self_overlap(states)[1] == pytest.approx(34 / 36)
    assert place_overlap(states)[1] == pytest.approx(1.0)


def test_exchanged_diameters_move_nothing():
    state = gk.Configuration(lattice().positions, np.linspace(0.8, 1.2, 36), BOX)
    other = state.replace(diameters=state.diameters[::-1])
    np.testing.assert_array_equal(self_overlap([state, other]), 1.0)


def test_a_hop_out_of_reach_leaves_a_place_empty():
    position_nc = lattice().positions.copy()
    position_nc[0] += [0.5, 0.0]
    position_nc[1] -= [0.5, 0.0]  # mean at rest
    states = [lattice(), lattice().replace(positions=position_nc)]
    assert self_overlap(states)[1] == pytest.approx(34 / 36)
    unrelated = math.pi * 0.09
    assert place_overlap(states)[1] == pytest.approx((34 / 36 - unrelated) / (1 - unrelated))


def test_places_of_unrelated_gases_do_not_overlap():
    rng = np.random.default_rng(2)
    states = [gk.Configuration(rng.random((200, 3)) * 6, np.ones(200), [6.0, 6.0, 6.0]) for _ in range(60)]
    # 59 lag-1 pairs of 200·200 pairs, each near by chance: relative error of the mean 1/√(59·200·0.113), 5 of them
    assert abs(place_overlap(states, origins=60)[1]) < 5 * 0.113 / math.sqrt(59 * 200 * 0.113) / 0.887


def test_random_walks_leave_their_place_as_chi_square():
    """|Δr|²/(s² t) is chi² of d degrees; 20,000 particle pairs per lag at least, 5 standard errors."""
    rng = np.random.default_rng(3)
    start = rng.random((2000, 3)) * 20
    path_tnc = start + np.concatenate([np.zeros((1, 2000, 3)), np.cumsum(rng.normal(0, 0.1, (20, 2000, 3)), axis=0)])
    states = [gk.Configuration(position, np.ones(2000), np.full(3, 20.0)) for position in path_tnc]
    found = self_overlap(states, distance=0.4)
    lag = np.arange(1, 11)
    exact = chi2.cdf(0.16 / (0.01 * lag), 3)
    np.testing.assert_allclose(found[1:11], exact, atol=5 * math.sqrt(0.25 / 4000))  # neighbouring origins are alike


def test_few_origins_are_a_sample_of_all():
    rng = np.random.default_rng(4)
    states = [gk.Configuration(rng.random((50, 2)) * 6, np.ones(50), BOX) for _ in range(6)]
    literal = [
        np.mean(
            [
                np.mean(np.linalg.norm(unwrapped(states)[o + lag] - unwrapped(states)[o], axis=1) <= 0.5)
                for o in range(6 - lag)
            ]
        )
        for lag in range(6)
    ]
    np.testing.assert_allclose(self_overlap(states, distance=0.5), literal, atol=1e-15)
    assert self_overlap(states, distance=0.5, origins=1)[5] == literal[5]


def test_record_of_a_run():
    rng = np.random.default_rng(5)
    model = gk.TAPERED_IPL
    state, states = model.random_configuration(120, rng=rng), []
    for _ in range(4):
        state = gk.swap_monte_carlo(state, model.potential, temperature=1.0, sweeps=20, rng=rng).configuration
        states.append(state)
    record = liquid_record(states, model.potential)
    assert record.energy[2] == pytest.approx(gk.potential_energy(states[2], model.potential) / 120)
    assert record.inherent_energy[3] == pytest.approx(gk.quench(states[3], model.potential).energy / 120)
    assert (record.inherent_energy < record.energy).all()
    np.testing.assert_array_equal(record.self_overlap, self_overlap(states))
    assert record.size_fluctuation.shape == record.place_overlap.shape == (4,)
    plain = liquid_record([s.replace(diameters=np.ones(120)) for s in states], model.potential, inherent=False)
    assert plain.inherent_energy is plain.size_fluctuation is None


def test_refusals():
    with pytest.raises(InputError, match="no configuration"):
        self_overlap([])
    with pytest.raises(InputError, match="below half the shortest"):
        self_overlap([lattice()], distance=3.0)
    tilted = gk.Configuration(lattice().positions, np.ones(36), Box(BOX, [1.0]))
    with pytest.raises(InputError, match="box is tilted"):
        place_overlap([tilted])
    with pytest.raises(InputError, match="by chance"):
        place_overlap([lattice()], distance=0.7)
    with pytest.raises(InputError, match="at least one"):
        place_overlap([lattice()], origins=0)
    with pytest.raises(InputError, match="do not mix"):
        self_overlap([lattice(), gk.Configuration(np.zeros((1, 2)), [1.0], BOX)])
