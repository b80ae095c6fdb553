"""The slow twin of nonlinear modes: against differences of the energy, by hand, and against itself."""

from __future__ import annotations

import numpy as np
import pytest
from potential_cases import CASES, H, distance_to_kinks, small_solid
from quasilocalized_cases import POTENTIAL, glass, harmonic_modes

import glasskit as gk
from glasskit import reference
from glasskit.errors import ConvergenceError, InputError


def direction(configuration, seed=4):
    z_nc = np.random.default_rng(seed).normal(size=configuration.positions.shape)
    return z_nc / np.linalg.norm(z_nc)


def test_series_of_one_bond_by_hand():
    # phi = (1 − r)²/2 at 0.8, the far particle moves across: r = √(0.64 + s²) = 0.8 + s²/1.6 − s⁴/4.096 + …,
    # U = 0.02 − 0.2 (s²/1.6 − s⁴/4.096) + s⁴/5.12 + …
    bond = gk.Configuration([[-0.4, 0], [0.4, 0]], [1.0, 1.0], [10.0, 10])
    series = reference.DirectionSeries(bond, gk.HarmonicSpheres())
    found = series.coefficients([[0.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(found, (-0.25, 0.0, 24 * (0.2 / 4.096 + 1 / 5.12), 1.0), rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("name", CASES)
def test_series_equal_differences_of_the_energy(name):
    configuration, potential = small_solid(name, 3)
    assert distance_to_kinks(configuration, CASES[name]) > 2 * H
    z_nc = direction(configuration)
    moved = [configuration.replace(positions=configuration.positions + k * H * z_nc) for k in (-2, -1, 0, 1, 2)]
    energies = [reference.potential_energy(c, potential) for c in moved]
    at = np.array([reference.DirectionSeries(c, potential).coefficients(z_nc)[:3] for c in moved])
    slopes = (at[0] - at[4] + 8 * (at[3] - at[1])) / (12 * H)
    # Rounding of U over H², 1e-12/1e-8 where terms of 1000 cancel in a pair energy (sticky spheres), of kappa = 600.
    assert np.dot([-1, 16, -30, 16, -1], energies) / (12 * H**2) == pytest.approx(at[2, 0], abs=1e-3)
    # Third and fourth order as slopes of the order below.
    np.testing.assert_allclose(slopes[:2], at[2, 1:], rtol=1e-7)


def test_contracted_series_are_gradients_of_the_coefficients():
    configuration, potential = small_solid("SmoothedInversePowerLaw", 3)
    series, z_nc = reference.DirectionSeries(configuration, potential), direction(configuration)
    assert [np.vdot(z_nc, row) for row in series.contracted(z_nc)] == pytest.approx(
        series.coefficients(z_nc), rel=1e-12
    )
    v_nc = direction(configuration, 5)
    at = np.array([series.coefficients(z_nc + k * 1e-2 * v_nc) for k in (-2, -1, 1, 2)])
    slopes = (at[0] - at[3] + 8 * (at[2] - at[1])) / 0.12  # exact for polynomials of fourth order
    gradients = [k * np.vdot(v_nc, row) for k, row in zip((2, 3, 4, 4), series.contracted(z_nc), strict=True)]
    np.testing.assert_allclose(gradients, slopes, rtol=1e-10, atol=1e-10 * np.abs(at).max())


def test_fixed_point_and_its_curvature():
    series, guess_nc = reference.DirectionSeries(glass(2), POTENTIAL), harmonic_modes(2)[0]
    mode_nc = series.fixed_point("quartic", guess_nc)
    assert np.linalg.norm(series.log_gradient("quartic", mode_nc)) <= 1e-11
    assert np.abs(mode_nc.sum(axis=0)).max() < 1e-12
    assert series.log_energies(mode_nc)[0] < series.log_energies(guess_nc)[0]
    with pytest.raises(ConvergenceError, match="did not converge in 1 steps") as caught:
        series.fixed_point("quartic", guess_nc, most=1)
    assert caught.value.partial.shape == guess_nc.shape
    with pytest.raises(InputError, match="kind: expected one of 'quartic', 'cubic', 'geometric', found 'quintic'"):
        series.fixed_point("quintic", guess_nc)
