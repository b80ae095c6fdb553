"""The sparse Hessian and the contractions to fourth order."""

from __future__ import annotations

import numpy as np
import pytest
from potential_cases import CASES, H, distance_to_kinks, small_solid

import glasskit as gk
from glasskit import reference
from glasskit.errors import InputError
from glasskit.particles.hessian import contraction
from glasskit.particles.system import interacting_pairs

# The same systems as in test_pair_sums.py: no further kernels to compile.
SYSTEMS = [(name, 3) for name in CASES] + [("InversePowerLaw", 2), ("InversePowerLaw", 4)]
SYSTEMS += [("StickySpheres", 2), ("SmoothedInversePowerLaw", 4)]
systems = pytest.mark.parametrize(("name", "dimension"), SYSTEMS)


def unit_mode(configuration, seed=11):
    """A random mode of unit length: no particle moves by more than its step."""
    mode_nc = np.random.default_rng(seed).normal(size=configuration.positions.shape)
    return mode_nc / np.linalg.norm(mode_nc)


def along(configuration, potential, mode_nc, function):
    """Derivative of a function of the configuration along a mode, by fourth-order differences."""
    at = [
        function(configuration.replace(positions=configuration.positions + k * H * mode_nc), potential)
        for k in (-2, -1, 1, 2)
    ]
    return (at[0] - at[3] + 8 * (at[2] - at[1])) / (12 * H)


@systems
def test_equals_the_dense_sum_over_all_pairs(name, dimension):
    configuration, potential = small_solid(name, dimension)
    dense = reference.hessian(configuration, potential)
    # The same derivatives added in another order: the largest blocks are sums of about twenty terms.
    assert np.abs(gk.hessian(configuration, potential).toarray() - dense).max() < 1e-13 * np.abs(dense).max()


@systems
def test_equals_finite_differences_of_the_forces(name, dimension):
    configuration, potential = small_solid(name, dimension)
    assert distance_to_kinks(configuration, CASES[name]) > 2 * H
    rows = np.random.default_rng(2).choice(configuration.positions.size, 24, replace=False)
    matrix = gk.hessian(configuration, potential).toarray()
    for k in rows:
        step_nc = np.zeros_like(configuration.positions)
        step_nc.flat[k] = 1.0
        column = -along(configuration, potential, step_nc, gk.forces).ravel()
        # Truncation H⁴/30 · phi^(6), phi^(6) up to 1e7, and rounding eps · |F|/H, against entries of 10 to 1000.
        assert np.abs(matrix[:, k] - column).max() < 1e-8 * np.abs(matrix).max()


@systems
def test_is_symmetric_to_the_last_bit(name, dimension):
    matrix = gk.hessian(*small_solid(name, dimension))
    assert (matrix != matrix.T).nnz == 0
    assert matrix.has_canonical_format
    assert matrix.shape == (matrix.shape[0],) * 2


@systems
def test_translations_are_zero_modes(name, dimension):
    configuration, potential = small_solid(name, dimension)
    matrix = gk.hessian(configuration, potential)
    n = configuration.number_of_particles
    for c in range(dimension):
        shift_nc = np.zeros((n, dimension))
        shift_nc[:, c] = 1.0
        # A row sum of about a hundred rounded entries.
        assert np.abs(matrix @ shift_nc.ravel()).max() < 1e-13 * np.abs(matrix).max()
    blocks = matrix.toarray().reshape(n, dimension, n, dimension).sum(axis=2)
    assert np.abs(blocks).max() < 1e-13 * np.abs(matrix).max()


def test_spectrum_of_a_crystal_has_exactly_d_zero_modes():
    configuration, potential = small_solid("HarmonicSpheres", 3)
    eigenvalues = reference.spectrum(gk.hessian(configuration, potential).toarray())
    assert (np.abs(eigenvalues) < 1e-12).sum() == 3


def test_a_particle_without_interactions_has_an_explicit_zero_block():
    configuration = gk.Configuration([[0.0, 0], [0.9, 0], [4, 4]], [1.0, 1, 1], [10.0, 10])
    matrix = gk.hessian(configuration, gk.Hertzian())
    assert matrix.indptr[4:].tolist() == [16, 18, 20]
    assert matrix.indices[16:].tolist() == [4, 5, 4, 5]
    assert (matrix.data[16:] == 0).all()


def test_two_particles_by_hand():
    # phi = (1 − r)²/2 at r = 0.8 along x: phi'' = 1 along the bond, phi'/r = −0.25 across it.
    configuration = gk.Configuration([[-0.4, 0], [0.4, 0]], [1.0, 1.0], [10.0, 10])
    block = np.diag([1.0, -0.25])
    expected = np.block([[block, -block], [-block, block]])
    np.testing.assert_allclose(gk.hessian(configuration, gk.HarmonicSpheres()).toarray(), expected, atol=1e-15)


@systems
def test_second_contraction_is_the_hessian_times_the_mode(name, dimension):
    configuration, potential = small_solid(name, dimension)
    z_nc = unit_mode(configuration)
    product = (gk.hessian(configuration, potential) @ z_nc.ravel()).reshape(z_nc.shape)
    second_nc = contraction(interacting_pairs(configuration, potential), z_nc, 2)
    assert np.abs(second_nc - product).max() < 1e-12 * np.abs(product).max()


@systems
@pytest.mark.parametrize("order", [3, 4])
def test_higher_contractions_are_directional_derivatives_of_the_lower(name, dimension, order):
    configuration, potential = small_solid(name, dimension)
    z_nc = unit_mode(configuration)
    exact_nc = contraction(interacting_pairs(configuration, potential), z_nc, order)
    slope_nc = along(configuration, potential, z_nc, lambda c, p: contraction(interacting_pairs(c, p), z_nc, order - 1))
    # Each particle moves by H|z_i| < H/3. Truncation (H/3)⁴/30 · phi^(order+4): 1e-9 of phi^(order) for powers and,
    # with 0.05 diameters left to contact, for the Hertzian.
    assert np.abs(slope_nc - exact_nc).max() < 1e-8 * np.abs(exact_nc).max()


@systems
@pytest.mark.parametrize("order", [2, 3, 4])
def test_contractions_obey_their_sum_rules(name, dimension, order):
    configuration, potential = small_solid(name, dimension)
    pairs, z_nc = interacting_pairs(configuration, potential), unit_mode(configuration)
    out_nc = contraction(pairs, z_nc, order)
    size = np.abs(out_nc).max()
    assert np.abs(out_nc.sum(axis=0)).max() < 1e-12 * size
    np.testing.assert_allclose(contraction(pairs, -3 * z_nc, order), (-3.0) ** (order - 1) * out_nc, atol=1e-11 * size)
    np.testing.assert_allclose(contraction(pairs, z_nc + 1.0, order), out_nc, atol=1e-11 * size)


def test_contraction_refuses_other_orders_and_shapes():
    configuration, potential = small_solid("InversePowerLaw", 3)
    pairs, z_nc = interacting_pairs(configuration, potential), np.ones_like(configuration.positions)
    for order in (1, 5, 2.5):
        with pytest.raises(InputError, match="order: expected 2, 3 or 4"):
            contraction(pairs, z_nc, order)
    for wrong in (z_nc.ravel(), z_nc[:, :2]):
        with pytest.raises(InputError, match=r"mode: expected shape \(N, 3\)"):
            contraction(pairs, wrong, 2)
    with pytest.raises(InputError, match="one row per particle"):
        contraction(pairs, z_nc[:5], 2)
