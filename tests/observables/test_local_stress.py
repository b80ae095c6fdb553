"""Local stresses of pairs: by hand, by identities, by rotation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from potential_cases import small_solid

import glasskit as gk
from glasskit import reference
from glasskit.errors import InputError


def pair(angle: float, distance: float = 0.8) -> gk.Configuration:
    """Two particles in the plane, across the boundary of the box."""
    x = distance * np.array([math.cos(angle), math.sin(angle)])
    corner = np.array([4.8, 4.9])
    return gk.Configuration([corner, corner + x], [1.2, 0.8], [10.0, 10.0])


def test_two_particles_by_hand():
    # phi' = −(1 − r/a)/a = −0.2 at r = 0.8, a = 1: r phi' = −0.16, along (3/5, 4/5).
    found = gk.local_stresses(pair(math.atan2(4, 3)), gk.HarmonicSpheres())
    assert (found.i.tolist(), found.j.tolist()) == ([0], [1])
    assert found.dimension == 2
    np.testing.assert_allclose(found.directions, [[0.6, 0.8]], atol=1e-14)
    np.testing.assert_allclose(found.distances, [0.8], rtol=1e-14)
    np.testing.assert_allclose(found.diameters, [1.0], rtol=1e-15)
    np.testing.assert_allclose(found.strengths, [-0.16], rtol=1e-13)
    np.testing.assert_allclose(found.magnitudes, [0.16], rtol=1e-13)
    np.testing.assert_allclose(found.tensors, [[[-0.0576, -0.0768], [-0.0768, -0.1024]]], rtol=1e-12)
    np.testing.assert_allclose(found.traceless, [[[0.0224, -0.0768], [-0.0768, -0.0224]]], rtol=1e-12)
    np.testing.assert_allclose(found.off_diagonal, [[0.0768]], rtol=1e-12)
    np.testing.assert_allclose(found.stress, found.tensors[0] / 100, rtol=1e-14)
    assert found.pressure == pytest.approx(0.16 / 2 / 100, rel=1e-13)


@pytest.mark.parametrize("potential", [gk.HarmonicSpheres(), gk.LennardJones()], ids=str)
def test_rotating_a_pair_rotates_its_tensor(potential):
    at_zero, rotated = (gk.local_stresses(pair(angle), potential) for angle in (0.0, 0.7))
    rotation = np.array([[math.cos(0.7), -math.sin(0.7)], [math.sin(0.7), math.cos(0.7)]])
    np.testing.assert_allclose(rotated.tensors[0], rotation @ at_zero.tensors[0] @ rotation.T, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(rotated.strengths, at_zero.strengths, rtol=1e-11)


def test_exchanging_axes_exchanges_the_components_of_every_tensor():
    configuration, potential = small_solid("InversePowerLaw", 3)
    axes = [2, 0, 1]
    turned = gk.Configuration(
        configuration.positions[:, axes], configuration.diameters, configuration.box.lengths[axes]
    )
    found, expected = gk.local_stresses(turned, potential), gk.local_stresses(configuration, potential)
    order, same = np.lexsort((found.j, found.i)), np.lexsort((expected.j, expected.i))
    tensor_pcc = expected.tensors[same][:, axes][:, :, axes]
    np.testing.assert_allclose(found.tensors[order], tensor_pcc, rtol=1e-12, atol=1e-14)
    assert found.pressure == pytest.approx(expected.pressure, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "dimension"), [("InversePowerLaw", 2), ("StickySpheres", 3), ("SmoothedInversePowerLaw", 4)]
)
def test_traces_and_parts_are_consistent(name, dimension):
    found = gk.local_stresses(*small_solid(name, dimension))
    tensor_pcc, traceless_pcc = found.tensors, found.traceless
    pairs = len(found.i)
    assert tensor_pcc.shape == traceless_pcc.shape == (pairs, dimension, dimension)
    assert found.off_diagonal.shape == (pairs, dimension * (dimension - 1) // 2)
    size = found.magnitudes.max()
    np.testing.assert_allclose(np.einsum("paa->p", tensor_pcc), found.strengths, rtol=1e-13, atol=1e-14 * size)
    np.testing.assert_allclose(np.einsum("paa->p", traceless_pcc), 0.0, atol=1e-14 * size)
    # e^a e^b has norm one: the tensor's norm is |r phi'|, and 1 − 1/d of its square is left without the trace.
    np.testing.assert_allclose(np.linalg.norm(tensor_pcc, axis=(1, 2)), found.magnitudes, rtol=1e-13)
    left = math.sqrt(1 - 1 / dimension) * found.magnitudes
    np.testing.assert_allclose(np.linalg.norm(traceless_pcc, axis=(1, 2)), left, rtol=1e-12)
    np.testing.assert_array_equal(found.off_diagonal[:, 0], np.abs(tensor_pcc[:, 0, 1]))
    np.testing.assert_array_equal(found.off_diagonal[:, -1], np.abs(tensor_pcc[:, -2, -1]))
    np.testing.assert_allclose(found.stress, tensor_pcc.sum(axis=0) / found.volume, rtol=1e-11, atol=1e-13 * size)
    assert found.pressure == pytest.approx(-np.trace(found.stress) / dimension, rel=1e-11, abs=1e-13 * size)


@pytest.mark.parametrize(
    ("name", "dimension"), [("InversePowerLaw", 2), ("StickySpheres", 3), ("SmoothedInversePowerLaw", 4)]
)
def test_stress_is_the_slope_of_the_energy_under_strain(name, dimension):
    # Positions and box stretched along one axis by 1 + eps: dU/d(eps) = V sigma^aa, at fixed diameters.
    configuration, potential = small_solid(name, dimension)
    stress_cc = gk.local_stresses(configuration, potential).stress

    def energy(strain_c):
        factor_c = np.exp(strain_c)
        stretched = gk.Configuration(
            configuration.positions * factor_c, configuration.diameters, configuration.box.lengths * factor_c
        )
        return reference.potential_energy(stretched, potential)

    # No pair is within 4e-4 of a kink, and strains of 2e-5 move distances up to 2 by 4e-5: truncation below 1e-10 of
    # the slope, rounding eps · U/h = 1e-9 of it.
    slope_c = reference.gradient(energy, np.zeros(dimension), h=1e-5) / configuration.box.volume
    np.testing.assert_allclose(np.diag(stress_cc), slope_c, rtol=0, atol=1e-7 * np.abs(stress_cc).max())


@pytest.mark.parametrize(("exponent", "dimension"), [(12, 2), (12, 3), (9.5, 2)])
def test_pressure_of_an_untapered_inverse_power_is_its_energy(exponent, dimension):
    # A cluster in a box of 3e6 with a cutoff of 1e6: taper and shift matter at 1e-11.
    solid, _ = small_solid("InversePowerLaw", dimension)
    cluster = gk.Configuration(solid.positions, solid.diameters, np.full(dimension, 3e6))
    potential = gk.InversePowerLaw(exponent=exponent, cutoff=1e6)
    found = gk.local_stresses(cluster, potential)
    energy = gk.potential_energy(cluster, potential)
    assert found.pressure * cluster.box.volume == pytest.approx(exponent / dimension * energy, rel=1e-10)
    assert len(found.i) == len(solid.positions) * (len(solid.positions) - 1) // 2


def test_signs_follow_repulsion_and_attraction():
    minimum = 2 ** (1 / 6)
    for distance, sign in ((0.98 * minimum, -1), (1.02 * minimum, 1)):
        found = gk.local_stresses(pair(0.3, distance), gk.LennardJones(taper=math.inf, cutoff=4.9))
        assert np.sign(found.strengths[0]) == sign
        assert np.sign(found.pressure) == -sign


def test_a_glass_without_contacts_has_no_stress():
    apart = gk.Configuration([[0.0, 0, 0], [2, 2, 2]], [1.0, 1.0], [9.0, 9, 9])
    found = gk.local_stresses(apart, gk.Hertzian())
    assert found.tensors.shape == (0, 3, 3)
    assert found.pressure == 0.0
    np.testing.assert_array_equal(found.stress, np.zeros((3, 3)))


def test_arrays_are_read_only():
    found = gk.local_stresses(pair(0.1), gk.HarmonicSpheres())
    with pytest.raises(ValueError, match="read-only"):
        found.strengths[0] = 0
    with pytest.raises(AttributeError):
        found.volume = 1.0


def test_a_cutoff_beyond_half_the_box_is_refused():
    with pytest.raises(InputError, match="half the shortest box edge"):
        gk.local_stresses(pair(0.1), gk.InversePowerLaw(cutoff=5.0))
