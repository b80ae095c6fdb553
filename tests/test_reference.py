"""The slow twins themselves: against numbers worked out by hand, and against mistakes in calling them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glasskit as gk
from glasskit import reference
from glasskit.errors import InputError
from glasskit.particles.potentials import PairPotential


def test_gradient_of_a_polynomial_is_exact():
    # Fourth-order differences have no truncation error for a cubic; rounding leaves eps/h.
    x = np.array([[0.3, -1.2], [2.0, 0.7]])
    np.testing.assert_allclose(reference.gradient(lambda y: np.sum(y**3), x, h=1e-2), 3 * x**2, rtol=0, atol=1e-12)


def test_gradient_of_a_vector_function_has_the_axes_of_value_then_argument():
    matrix = np.arange(6.0).reshape(2, 3)
    found = reference.gradient(lambda y: matrix @ y, np.array([1.0, -2.0, 0.5]), h=1e-2)
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found, matrix, atol=1e-12)


def test_gradient_converges_with_the_fourth_power_of_the_step():
    errors = [abs(reference.gradient(np.sin, 0.4, h=h).item() - math.cos(0.4)) for h in (0.1, 0.05)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.02)


def test_gradient_leaves_its_argument_alone():
    x = np.array([1.0, 2.0])
    reference.gradient(lambda y: float(y @ y), x)
    np.testing.assert_array_equal(x, [1.0, 2.0])


@pytest.mark.parametrize(
    ("potential", "r", "a", "energy"),
    [
        (gk.InversePowerLaw(exponent=2, cutoff=2.0, taper=1), 1.0, 1.0, 0.75 * 0.75),
        (gk.InversePowerLaw(exponent=2, cutoff=2.0, taper=3), 1.0, 1.0, 0.75 * 0.75**3),
        (gk.InversePowerLaw(exponent=2, cutoff=2.0, taper=math.inf), 1.0, 1.0, 0.75 * math.exp(-0.5)),
        (gk.InversePowerLaw(exponent=2, cutoff=2.0, taper=1), 1.0, 2.0, 3.0 * 0.75),
        (gk.LennardJones(cutoff=2.0, taper=1), 1.0, 1.0, -4 * (2.0**-12 - 2.0**-6) * 0.75),
        (gk.Hertzian(), 1.0, 1.25, 0.4 * 0.2**2.5),
        (gk.HarmonicSpheres(), 1.0, 1.25, 0.02),
        (gk.StickySpheres(), 2 ** (1 / 6) * 1.4, 1.4, -1.0),
        (gk.StickySpheres(), 1.0, 1.0, 0.0),
        # n = 2, q = 1: 1/s² − 2/x_c² + s²/x_c⁴ = (1/s − s/x_c²)², at s = 1, x_c = 2.
        (gk.SmoothedInversePowerLaw(exponent=2, cutoff_ratio=2.0, smoothness=1), 1.0, 1.0, 0.75**2),
    ],
    ids=str,
)
def test_pair_energies_worked_out_by_hand(potential, r, a, energy):
    # Sticky coefficients near 1e4 cancel to order one: 1e-16 of them is 1e-12.
    assert reference.pair_energy(potential, r, a) == pytest.approx(energy, rel=1e-11, abs=1e-11)
    assert potential.pair_energy(r, a) == pytest.approx(energy, rel=1e-11, abs=1e-11)
    assert reference.pair_energy(potential, potential.cutoff_of(a), a) == 0.0


def test_energy_of_a_triangle_across_the_boundary():
    # Two contacts, of lengths 0.8 through the periodic face and 0.62; the third side is 1.01 diameters.
    corners = gk.Configuration([[4.9, 0], [-4.3, 0], [-4.3, 0.62]], [1.0, 1.0, 1.0], [10.0, 10.0])
    expected = 0.5 * 0.2**2 + 0.5 * 0.38**2
    assert reference.potential_energy(corners, gk.HarmonicSpheres()) == pytest.approx(expected, rel=1e-13)
    force_nc = reference.forces(corners, gk.HarmonicSpheres())
    np.testing.assert_allclose(force_nc, [[-0.2, 0], [0.2, -0.38], [0, 0.38]], atol=1e-10)


def test_hessian_of_a_bond_is_a_spring_and_its_pressure():
    bond = gk.Configuration([[0.0, 0, -0.4], [0, 0, 0.4]], [1.0, 1.0], [5.0, 5, 5])
    block = np.diag([-0.25, -0.25, 1.0])
    found = reference.hessian(bond, gk.HarmonicSpheres())
    np.testing.assert_allclose(found, np.block([[block, -block], [-block, block]]), atol=1e-14)
    np.testing.assert_allclose(reference.spectrum(found), [-0.5, -0.5, 0, 0, 0, 2], atol=1e-14)


def test_potentials_without_a_twin_are_refused():
    class Unwritten(PairPotential):
        def cutoff_of(self, a):
            return np.full(np.shape(a), 2.0)

    with pytest.raises(InputError, match="no twin is written for Unwritten"):
        reference.pair_energy(Unwritten(), 1.0, 1.0)
