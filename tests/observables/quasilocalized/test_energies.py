"""Energies of a direction: gradients and curvatures against finite differences of the slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from potential_cases import CASES, small_solid
from quasilocalized_cases import solid_landscape

from glasskit import reference
from glasskit.observables.quasilocalized.energies import CUBIC, GEOMETRIC, QUARTIC, DirectionEnergy

# The systems of test_hessian.py: no further kernels to compile.
SYSTEMS = [(name, 3) for name in CASES] + [("InversePowerLaw", 2), ("InversePowerLaw", 4)]
SYSTEMS += [("StickySpheres", 2), ("SmoothedInversePowerLaw", 4)]
systems = pytest.mark.parametrize(("name", "dimension"), SYSTEMS)
ENERGIES = (QUARTIC, CUBIC, GEOMETRIC)
STEP = 1e-4  # of a unit vector


def tangent_directions(landscape):
    """A unit vector and two directions tangent to the sphere there, without translations."""
    rng = np.random.default_rng(12)
    z_nc, *others = (landscape.projected(rng.normal(size=landscape.configuration.positions.shape)) for _ in range(3))
    z_nc /= np.linalg.norm(z_nc)
    return z_nc, *((v - np.vdot(v, z_nc) * z_nc) / np.linalg.norm(v) for v in others)


@systems
def test_value_and_gradient_equal_those_of_the_slow_twin(name, dimension):
    landscape = solid_landscape(name, dimension)
    series = reference.DirectionSeries(*small_solid(name, dimension))
    z_nc = tangent_directions(landscape)[0]
    places = [DirectionEnergy(landscape, energy).at(z_nc) for energy in ENERGIES]
    kappa, tau, chi, spread = series.coefficients(z_nc)
    assert [place.t for place in places] == pytest.approx((chi, tau, spread), rel=1e-11)
    expected = series.log_energies(z_nc)
    for place, value in zip(places, expected, strict=True):
        assert place.kappa == pytest.approx(kappa, rel=1e-12)
        assert place.defined == (kappa > 0 and (place.t > 0 or place is places[1]))
        if place.defined:
            assert place.value == pytest.approx(value, abs=1e-10)
    rows = np.random.default_rng(3).choice(z_nc.size, 24, replace=False)
    for row in rows:
        e_nc = np.zeros_like(z_nc)
        e_nc.flat[row] = STEP
        at = np.array([series.log_energies(z_nc + k * e_nc) for k in (-2, -1, 1, 2)])
        slopes = (at[0] - at[3] + 8 * (at[2] - at[1])) / (12 * STEP)
        found = [place.gradient.flat[row] for place in places]
        # Truncation of STEP⁴ |∇ ln E|⁴/30 relative: 1e-8 for tau near zero, where |∇ ln E| is 700.
        for value, slope, place in zip(found, slopes, places, strict=True):
            assert abs(value - slope) < 1e-7 * np.linalg.norm(place.gradient)


@systems
@pytest.mark.parametrize("energy", ENERGIES, ids=lambda energy: energy.name)
def test_curvature_equals_differences_of_the_gradient(name, dimension, energy):
    landscape = solid_landscape(name, dimension)
    surface = DirectionEnergy(landscape, energy)
    z_nc, v_nc, _ = tangent_directions(landscape)
    h = STEP
    # ∇ ln E has no part along z at any length of z, so neither is one taken out of it off the sphere.
    at = [surface.at(z_nc + k * h * v_nc).gradient for k in (-2, -1, 1, 2)]
    expected_nc = (at[0] - at[3] + 8 * (at[2] - at[1])) / (12 * h)
    expected_nc -= np.vdot(z_nc, expected_nc) * z_nc
    place = surface.at(z_nc)
    surface.bend(place)
    found_nc = surface.curvature_product(place, v_nc)
    assert np.linalg.norm(found_nc - expected_nc) < 1e-7 * np.linalg.norm(expected_nc)


@systems
@pytest.mark.parametrize("energy", ENERGIES, ids=lambda energy: energy.name)
def test_curvature_is_symmetric_and_tangent(name, dimension, energy):
    landscape = solid_landscape(name, dimension)
    surface = DirectionEnergy(landscape, energy)
    z_nc, u_nc, v_nc = tangent_directions(landscape)
    place = surface.at(z_nc)
    surface.bend(place)
    first_nc, second_nc = surface.curvature_product(place, u_nc), surface.curvature_product(place, v_nc)
    scale = np.linalg.norm(first_nc)
    assert abs(np.vdot(v_nc, first_nc) - np.vdot(u_nc, second_nc)) < 1e-12 * scale
    assert abs(np.vdot(z_nc, first_nc)) < 1e-13 * scale
    assert np.abs(first_nc.sum(axis=0)).max() < 1e-12 * scale
    assert surface.products == 2


@pytest.mark.parametrize("energy", ENERGIES, ids=lambda energy: energy.name)
def test_energies_do_not_depend_on_length_translation_or_side(energy):
    landscape = solid_landscape("SmoothedInversePowerLaw", 4)
    surface = DirectionEnergy(landscape, energy)
    z_nc = tangent_directions(landscape)[0]
    place = surface.at(z_nc)
    for other_nc, factor in ((3.0 * z_nc, 3.0), (z_nc + 0.1, 1.0), (-z_nc, -1.0)):
        other = surface.at(other_nc)
        assert other.value == pytest.approx(place.value, abs=1e-12)
        assert np.linalg.norm(other.h - place.h / factor) < 1e-12 * np.linalg.norm(place.h)
        assert np.linalg.norm(other.u - place.u / factor) < 1e-12 * np.linalg.norm(place.u)
