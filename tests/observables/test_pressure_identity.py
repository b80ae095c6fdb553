"""The pressure by two ways, and stresses of particles that add up."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from potential_cases import small_solid

import glasskit as gk
from glasskit.errors import InputError, NumericalError
from glasskit.observables import pressure_identity as module
from glasskit.observables.pressure_identity import inverse_power_identity, pressure_identity
from glasskit.particles.configuration import Box

CASES = [("InversePowerLaw", 2), ("StickySpheres", 3), ("SmoothedInversePowerLaw", 4), ("Hertzian", 2)]


@pytest.mark.parametrize(("name", "dimension"), CASES)
def test_trace_of_the_stress_is_the_derivative_under_dilation(name, dimension):
    found = pressure_identity(*small_solid(name, dimension), step=2e-5)
    assert found.from_stress == pytest.approx(found.from_energy, rel=1e-8)
    assert abs(found.difference) < 20 * found.error + 1e-11 * abs(found.from_stress)


def test_a_wrong_derivative_is_seen(monkeypatch):
    solid, potential = small_solid("InversePowerLaw", 3)
    right = module.local_stresses

    def wrong(*arguments):
        found = right(*arguments)
        return replace(found, strengths=found.strengths * (1 + 1e-5))

    monkeypatch.setattr(module, "local_stresses", wrong)
    with pytest.raises(NumericalError, match="from dilation") as caught:
        pressure_identity(solid, potential, step=2e-5)
    partial = caught.value.partial
    assert partial.difference == pytest.approx(1e-5 * partial.from_energy, rel=0.01)


@pytest.mark.parametrize(("exponent", "dimension"), [(12, 2), (12, 3), (9.5, 2), (10, 4)])
def test_virial_of_an_inverse_power(exponent, dimension):
    solid, _ = small_solid("InversePowerLaw", dimension)
    found = inverse_power_identity(solid, exponent)
    assert found.from_energy > 0
    assert abs(found.difference) < found.error < 1e-9 * found.from_energy
    # another exponent on one side only would be seen
    assert abs(found.difference) < 1e-6 * found.from_energy / exponent


def test_virials_of_particles_add_up_to_the_stress():
    solid, potential = small_solid("SmoothedInversePowerLaw", 3)
    found = gk.local_stresses(solid, potential)
    virial_ncc = found.per_particle
    assert virial_ncc.shape == (solid.number_of_particles, 3, 3)
    np.testing.assert_allclose(virial_ncc.sum(axis=0), found.stress * found.volume, rtol=1e-12, atol=1e-11)
    tensor = found.tensors
    for particle in (0, 17):
        own = tensor[(found.i == particle) | (found.j == particle)].sum(axis=0) / 2
        np.testing.assert_allclose(virial_ncc[particle], own, rtol=1e-12, atol=1e-13)


def test_the_two_particles_of_a_pair_share_its_virial():
    # r phi' = −0.16 along (3/5, 4/5), as by hand in test_local_stress
    pair = gk.Configuration([[0.0, 0.0], [0.48, 0.64], [3.0, 3.0]], [1.2, 0.8, 1.0], [10.0, 10.0])
    found = gk.local_stresses(pair, gk.HarmonicSpheres())
    half = -0.08 * np.array([[0.36, 0.48], [0.48, 0.64]])
    np.testing.assert_allclose(found.per_particle, [half, half, np.zeros((2, 2))], atol=1e-15)
    # traceless: −0.16 (0.36 − 0.5) and −0.16 (0.64 − 0.5)
    np.testing.assert_allclose(found.traceless_diagonal, [[0.0224, 0.0224]], rtol=1e-12)


def test_refusals():
    solid, potential = small_solid("InversePowerLaw", 2)
    with pytest.raises(InputError, match="step is"):
        pressure_identity(solid, potential, step=0.1)
    with pytest.raises(InputError, match="more than d = 2"):
        inverse_power_identity(solid, 2)
    with pytest.raises(InputError, match="1 particles"):
        inverse_power_identity(gk.Configuration([[0.0, 0.0]], [1.0], [5.0, 5.0]), 12)
    with pytest.raises(InputError, match="diagonal"):
        inverse_power_identity(gk.Configuration(np.zeros((2, 2)), [1.0, 1.0], [2e3, 5.0]), 12)
    assert math.isfinite(inverse_power_identity(solid, 12).error)


def test_the_difference_formula_is_of_fourth_order():
    # two particles far from every kink: halving the step divides the error by 16, up to the next order
    pair = gk.Configuration([[0.0, 0.0], [0.9, 0.0]], [1.0, 1.0], [10.0, 10.0])
    potential = gk.InversePowerLaw(cutoff=4.0)
    coarse, fine = (pressure_identity(pair, potential, step=h, tolerance=1.0).difference for h in (0.01, 0.005))
    assert coarse / fine == pytest.approx(16, rel=0.05)


def test_the_dilation_of_a_tilted_box():
    solid, potential = small_solid("InversePowerLaw", 3)
    tilted = gk.Configuration(solid.positions, solid.diameters, Box(solid.box.lengths, [0.5, -0.3, 0.9]))
    found = pressure_identity(tilted, potential, step=2e-5)
    assert found.from_stress == pytest.approx(found.from_energy, rel=1e-7)
