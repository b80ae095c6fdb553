"""Heterogeneous elasticity of periodic samples: wave vectors, gap, edge, marginality."""

import itertools
import math
from functools import lru_cache

import numpy as np
import pytest

from glasskit.errors import InputError
from glasskit.theory.finite_sample import FiniteSample
from glasskit.theory.heterogeneous_elasticity import HeterogeneousElasticity
from glasskit.theory.propagators import Continuum, periodic_cube
from glasskit.theory.static import critical_disorder

K = 2.0
CRITICAL = critical_disorder(K)


@lru_cache
def sample(fraction, length=20.0):
    return HeterogeneousElasticity(K, fraction * CRITICAL).finite_sample(length)


def wave_vectors(length):
    reach = range(-int(length), int(length) + 1)
    square = np.array([a * a + b * b + c * c for a, b, c in itertools.product(reach, repeat=3)])
    q_squared = square * (2 * np.pi / length) ** 2
    return q_squared[(square > 0) & (q_squared < 1)]


def test_shells_are_all_wave_vectors():
    q_squared, w = wave_vectors(20.0), np.array([0.3 + 0.05j, -2.0 + 0.1j])
    shells = periodic_cube(20.0)
    assert shells.count == q_squared.size == 146
    J, P, slope = shells.sums(w)
    terms = q_squared[:, None] - w
    np.testing.assert_allclose(J, (1 / terms).mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(P, (q_squared[:, None] / terms).mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(slope, (q_squared[:, None] * w / terms**2).mean(axis=0), rtol=1e-13)


def test_a_large_sample_is_the_infinite_medium_off_the_axis():
    w = np.array([0.5 + 0.5j])
    large, infinite = periodic_cube(120.0).sums(w), Continuum().sums(w)
    # wave vectors 0.05 apart: to second order in that, times a curvature of some 4
    for found, expected in zip(large, infinite, strict=True):
        assert found == pytest.approx(expected, rel=1e-2)


def test_sum_rule_and_static_limit_are_those_of_the_infinite_medium():
    found = sample(0.9)
    assert found.wave_vectors == 146
    assert found.static_self_energy == HeterogeneousElasticity(K, 0.9 * CRITICAL).static_self_energy
    assert found.causality.deviation < 1e-5
    assert found.critical_disorder == CRITICAL


@pytest.mark.parametrize("fraction", [0.05, 0.9])
def test_gap_below_the_edge_and_square_root_above(fraction):
    found = sample(fraction)
    edge = found.gap_edge()
    below = np.sqrt(edge * np.array([0.01, 0.5, 0.9, 1 - 1e-6]))
    assert (found.density_of_states(below) == 0).all()
    assert (found.self_energy(below).imag == 0).all()
    near = np.array([1e-5, 4e-5])
    level = found.density_of_states(np.sqrt(edge * (1 + near)))
    # corrections to √(lambda − lambda_c) are of the relative order of that root
    assert level[1] / level[0] == pytest.approx(2, rel=0.01)
    assert np.sqrt(edge) < found.lowest_wave


def test_edge_is_proportional_to_the_distance_from_criticality():
    ratio = np.array([sample(1 - distance).gap_edge() / distance for distance in (1e-3, 1e-5, 1e-7)])
    # first correction linear in the distance, then rounding of 1e-16/1e-7
    assert ratio[1] == pytest.approx(ratio[2], rel=1e-4)
    assert ratio[0] == pytest.approx(ratio[2], rel=1e-2)
    assert sample(1.0).gap_edge() == 0


def test_marginal_sample_is_quadratic_without_phonons():
    omega = np.array([1e-5, 1e-4, 1e-3])
    reduced = sample(1.0).density_of_states(omega) / omega**2
    # the correction is of relative order omega
    assert reduced == pytest.approx(reduced[0], rel=1e-4)
    infinite = HeterogeneousElasticity(K, CRITICAL).density_of_states(1e-4) / 1e-8
    assert 0.1 < reduced[1] / infinite < 1


def test_incompressible_samples():
    found = FiniteSample(math.inf, 0.2, 15.0)
    assert found.causality.norm == pytest.approx(2 / 3, rel=1e-5)
    assert 0 < found.gap_edge() < found.lowest_wave**2


@pytest.mark.parametrize(
    ("disorder", "length", "message"),
    [
        (0.1, 6.0, "above 2π"),
        (0.1, math.nan, "above 2π"),
        (0.1, 1e4, "more than can be listed"),
        (0.1, "wide", "box_length is 'wide'"),
        (0.0, 20.0, "lines, not a density"),
        (0.3, 20.0, "above the critical disorder"),
    ],
)
def test_bad_samples_are_refused(disorder, length, message):
    with pytest.raises(InputError, match=message):
        FiniteSample(K, disorder, length)


def test_spectrum_of_a_sample_is_drawn():
    found = sample(0.9).spectrum(np.linspace(0, 1, 40))
    assert found.box_length == 20
    assert found.reduced[0] == 0
    assert len(found.plot().get_lines()) == 1  # no Debye level
