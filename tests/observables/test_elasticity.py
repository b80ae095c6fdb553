"""Elastic moduli: against dense twins, strained states quenched again, crystals worked out by hand, and identities."""

from __future__ import annotations

import itertools
import math
import pickle

import numpy as np
import pytest

import glasskit as gk
from glasskit import reference
from glasskit.errors import ConvergenceError, IncompleteSpectrumError, InputError, NumericalError
from glasskit.observables import elastic_tensor
from glasskit.observables.elasticity import elastic_moduli, microscopic_frequency

IPL = gk.SmoothedInversePowerLaw(exponent=10, cutoff_ratio=1.4, smoothness=3, nonadditivity=0.1)
DENSITY = {2: 1.1, 3: 1.2, 4: 1.35}
SIZE = {2: 40, 3: 60, 4: 90}  # a little above what the cutoff asks for: dense twins


def glass(dimension: int, seed: int = 1, tolerance: float = 1e-12) -> gk.Configuration:
    """A small glass of particles between 0.85 and 1, quenched from random positions."""
    rng = np.random.default_rng(seed)
    n = SIZE[dimension]
    start = gk.random_configuration(
        n, density=DENSITY[dimension], diameters=rng.uniform(0.85, 1.0, n), dimension=dimension, rng=rng
    )
    return gk.quench(start, IPL, force_tolerance=tolerance).configuration


def lattice(basis: list, cells: tuple[int, ...], cell: list, diameter: float = 1.0) -> gk.Configuration:
    """Crystal of a rectangular cell with the given fractional basis."""
    corner_nc = np.array(list(itertools.product(*(range(k) for k in cells))), dtype=float)
    site_nc = (corner_nc[:, None] + np.array(basis)).reshape(-1, len(cells)) * np.array(cell)
    return gk.Configuration(site_nc, np.full(len(site_nc), diameter), np.array(cells) * np.array(cell))


FCC = [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)]


def triangular(spacing: float) -> gk.Configuration:
    return lattice([(0, 0), (0.5, 0.5)], (5, 4), [spacing, math.sqrt(3) * spacing])


# Twins


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize("seed", [1, 2])
def test_stiffness_equals_that_of_the_dense_twin(dimension, seed):
    configuration = glass(dimension, seed)
    found = elastic_moduli(configuration, IPL)
    twin = reference.elastic_stiffness(configuration, IPL)
    # The twin keeps terms with net forces, 1e-12 of a bond's; rounding is 1e-13 of the largest coefficient.
    np.testing.assert_allclose(found.tensor, twin, rtol=0, atol=1e-10 * np.abs(twin).max())
    assert np.abs(found.nonaffine).max() > 0.05 * np.abs(found.born).max()


def test_stiffness_with_rattlers_equals_that_of_the_dense_twin():
    configuration = glass(2)
    rattler = gk.HarmonicSpheres()
    # A triangular crystal of contacts with one particle shrunk until nothing touches it.
    crystal = triangular(0.95)
    small = crystal.diameters.copy()
    small[7] = 0.3
    caged = gk.quench(crystal.replace(diameters=small), rattler, force_tolerance=1e-13)
    assert caged.rattlers.tolist() == [7]
    found = elastic_moduli(caged.configuration, rattler)
    assert found.rattlers == 1
    assert found.kinks == "the second derivative jumps at contact"
    assert not found.velocities[:, 7].any()
    twin = reference.elastic_stiffness(caged.configuration, rattler)
    np.testing.assert_allclose(found.tensor, twin, rtol=0, atol=1e-10 * np.abs(twin).max())
    assert elastic_moduli(configuration, IPL).kinks == ""


@pytest.mark.parametrize("dimension", [2, 3])
def test_central_differences_of_strained_states_converge_as_the_step_squared(dimension):
    configuration = glass(dimension, seed=3)
    found = elastic_moduli(configuration, IPL)
    errors = [
        np.abs(reference.strained_stiffness(configuration, IPL, h) - found.tensor).max() / np.abs(found.tensor).max()
        for h in (2e-4, 1e-4, 5e-5)
    ]
    assert errors[1] < 1e-4
    # Terms of fourth order in the step leave a few per cent; rounding, eps/h of stresses, 1e-11.
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1)


def test_shear_moduli_per_plane_are_second_derivatives_of_the_energy():
    configuration = glass(3, seed=4)
    found = elastic_moduli(configuration, IPL)
    h = 1e-4
    for a, b in ((0, 1), (1, 0), (2, 1)):
        step = np.zeros((3, 3))
        step[a, b] = h
        # dσ_ab/dγ under 1 + γ e_a e_b, which keeps the volume, is (1/V) d²U/dγ².
        ahead, behind = (reference.strained_stress(configuration, IPL, np.eye(3) + s * step)[a, b] for s in (1, -1))
        assert found.simple_shear[a, b] == pytest.approx((ahead - behind) / (2 * h), rel=1e-4)
        stretches = []
        for s in (1, -1):
            stretch = np.ones(3)
            stretch[[a, b]] = math.exp(s * h / 2), math.exp(-s * h / 2)
            # dU/dγ at e^{γ/2}, e^{−γ/2} is ½ V (σ_aa − σ_bb).
            stress = reference.strained_stress(configuration, IPL, np.diag(stretch))
            stretches.append(0.5 * (stress[a, a] - stress[b, b]))
        assert found.pure_shear[a, b] == pytest.approx((stretches[0] - stretches[1]) / (2 * h), rel=1e-4)


def test_non_affine_displacements_are_those_of_a_strained_glass_quenched_again():
    configuration = glass(3, seed=6)
    found = elastic_moduli(configuration, IPL)
    np.testing.assert_allclose(found.velocities.sum(axis=1), 0, atol=1e-12)
    h, moved = 1e-5, []
    shear = np.array([[0, 0, 1.0], [0, 0, 0], [0, 0, 0]])  # xz, fifth in Voigt order
    for sign in (1, -1):
        strained = configuration.deformed(np.eye(3) + sign * h * shear)
        there = gk.quench(strained, IPL, force_tolerance=1e-12).configuration
        moved.append(there.box.minimum_image(there.positions - strained.positions))
    difference = (moved[0] - moved[1]) / (2 * h)
    difference -= difference.mean(axis=0)
    np.testing.assert_allclose(difference, found.velocities[4], atol=1e-4 * np.abs(found.velocities).max())


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_bulk_modulus_is_the_pressure_change_of_configurations_quenched_again(dimension):
    configuration = glass(dimension, seed=5)
    found = elastic_moduli(configuration, IPL)
    h, pressures = 1e-4, []
    for scale in (1 + h, 1 - h):
        scaled = gk.Configuration(
            scale * configuration.positions, configuration.diameters, scale * configuration.box.lengths
        )
        pressures.append(gk.local_stresses(gk.quench(scaled, IPL, force_tolerance=1e-12).configuration, IPL).pressure)
    # V dp/dV = dp/d(ln scale)/d.
    assert found.bulk == pytest.approx((pressures[1] - pressures[0]) / (2 * h * dimension), rel=1e-4)


# Identities


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_symmetries_of_the_stiffness(dimension):
    found = elastic_moduli(glass(dimension), IPL)
    n = dimension * (dimension + 1) // 2
    assert found.stiffness.shape == found.born.shape == found.nonaffine.shape == (n, n)
    scale = np.abs(found.born).max()
    np.testing.assert_allclose(found.lagrangian, found.lagrangian.T, atol=1e-13 * scale)
    tensor = found.tensor
    np.testing.assert_allclose(tensor, tensor.transpose(1, 0, 2, 3), atol=1e-13 * scale)
    np.testing.assert_allclose(tensor, tensor.transpose(0, 1, 3, 2), atol=1e-13 * scale)
    one = np.eye(dimension)
    asymmetry = np.einsum("cd,ab->abcd", found.stress, one) - np.einsum("ab,cd->abcd", found.stress, one)
    np.testing.assert_allclose(tensor - tensor.transpose(2, 3, 0, 1), asymmetry, atol=1e-13 * scale)
    # Cauchy: the affine part of central forces is symmetric in all four indices; the non-affine part is not.
    born = elastic_tensor.from_voigt(found.born, dimension)
    np.testing.assert_allclose(born, born.transpose(0, 2, 1, 3), atol=1e-13 * scale)
    assert np.abs(tensor - tensor.transpose(0, 2, 1, 3)).max() > 0.01 * scale
    assert np.linalg.eigvalsh(found.nonaffine).min() > -1e-12 * scale


def test_the_average_over_orientations_is_that_over_random_rotations():
    # The twin of the invariants: the shear modulus of plane (0, 1) averaged over a spherical design, the 60 rotations
    # of the icosahedron, which average tensors of rank four exactly (Delsarte, Goethals, Seidel: strength 5).
    golden = (1 + math.sqrt(5)) / 2
    turn = 0.5 * np.array([[golden, 1 / golden, 1], [1 / golden, 1, -golden], [-1, golden, 1 / golden]])
    cycle = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
    assert np.abs(turn @ turn.T - np.eye(3)).max() < 1e-14
    group = [np.eye(3)]
    for known in group:
        for generator in (turn, cycle):
            new = generator @ known
            if not any(np.abs(new - old).max() < 1e-9 for old in group):
                group.append(new)
    assert len(group) == 60
    found = elastic_moduli(glass(3), IPL)
    turned = [np.einsum("ia,jb,kc,ld,abcd->ijkl", r, r, r, r, found.tensor) for r in group]
    average = np.mean(turned, axis=0)
    assert average[0, 1, 0, 1] == pytest.approx(found.shear, rel=1e-12)
    assert (average[0, 0, 0, 0] + 2 * average[0, 0, 1, 1]) / 3 == pytest.approx(found.bulk, rel=1e-12)
    assert average[0, 0, 0, 0] - average[0, 0, 1, 1] == pytest.approx(2 * found.shear, rel=1e-11)
    # Means of the moduli per plane: simple and pure shear in d = 3, weights 3 : 2 of the five deviatoric strains.
    planes = np.triu_indices(3, k=1)
    simple = 0.5 * (found.simple_shear + found.simple_shear.T)[planes].mean()
    assert 0.6 * simple + 0.4 * found.pure_shear[planes].mean() == pytest.approx(found.shear, rel=1e-12)


def test_lagrangian_and_stress_strain_coefficients_of_an_isotropic_body():
    one, p = np.eye(3), 2.5
    pairs = np.einsum("ac,bd->abcd", one, one) + np.einsum("ad,bc->abcd", one, one)
    lagrangian = 7.0 * np.einsum("ab,cd->abcd", one, one) + 3.0 * pairs
    bulk, shear = elastic_tensor.isotropic_average(elastic_tensor.stress_strain(lagrangian, -p * one))
    assert shear == pytest.approx(3.0 - p, rel=1e-14)  # C44 − p
    assert bulk == pytest.approx((13.0 + 2 * 7.0) / 3 + p / 3, rel=1e-14)  # (C11 + 2 C12)/3 + p/3


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_voigt_order(dimension):
    a, b = elastic_tensor.voigt_axes(dimension)
    names = ["xyzw"[k] + "xyzw"[m] for k, m in zip(a, b, strict=True)]
    assert (
        names
        == {
            2: ["xx", "yy", "xy"],
            3: ["xx", "yy", "zz", "yz", "xz", "xy"],
            4: ["xx", "yy", "zz", "ww", "zw", "yw", "yz", "xw", "xz", "xy"],
        }[dimension]
    )
    matrix = np.arange(float(len(a) ** 2)).reshape(len(a), len(a))
    np.testing.assert_array_equal(elastic_tensor.to_voigt(elastic_tensor.from_voigt(matrix, dimension)), matrix)


# Crystals


def test_triangular_lattice_of_springs_by_hand():
    # Three bonds per particle along 60° steps: Σ n_a n_b n_c n_d = (3/8)(δδ + δδ + δδ); area (√3/2) r².
    potential, r = gk.HarmonicSpheres(), 0.93
    found = elastic_moduli(triangular(r), potential)
    slope, curvature = -(1 - r), 1.0
    unit = 3 / 8 * (curvature * r**2 - slope * r) / (math.sqrt(3) / 2 * r**2)
    pressure = -3 * slope * r / (math.sqrt(3) * r**2)
    assert found.pressure == pytest.approx(pressure, rel=1e-12)
    np.testing.assert_allclose(found.lagrangian, unit * np.array([[3, 1, 0], [1, 3, 0], [0, 0, 1]]), atol=1e-11)
    assert found.shear == pytest.approx(unit - pressure, rel=1e-11)
    assert found.bulk == pytest.approx(2 * unit, rel=1e-11)
    assert np.abs(found.nonaffine).max() < 1e-20  # every site is a centre of inversion
    # Without stress G = √3/4 of the spring's stiffness; here (1 − r/a) of it is left as stress.
    barely = elastic_moduli(triangular(1 - 1e-6), potential)
    assert barely.shear == pytest.approx(math.sqrt(3) / 4, rel=1e-5)
    assert barely.bulk == pytest.approx(math.sqrt(3) / 2, rel=1e-5)


def test_square_lattice_of_springs_by_hand():
    # Springs to four neighbours at 1 and four at √2, both with phi' < 0: cutoff of contacts a = 1.6.
    found = elastic_moduli(lattice([(0, 0)], (6, 6), [1.0, 1.0], diameter=1.6), gk.HarmonicSpheres())
    a = 1.6
    slope, r = np.array([-(1 - 1 / a) / a, -(1 - math.sqrt(2) / a) / a]), np.array([1, math.sqrt(2)])
    near, far = 1 / a**2 - slope / r
    c11, c12 = near + far, far  # area 1; bonds x, y, and two diagonals with n_x⁴ = ¼, r² = 2
    np.testing.assert_allclose(found.lagrangian, [[c11, c12, 0], [c12, c11, 0], [0, 0, c12]], atol=1e-12)
    pressure = -(slope @ r)
    assert found.pressure == pytest.approx(pressure, rel=1e-12)
    assert found.shear == pytest.approx(0.5 * (c12 + 0.5 * (c11 - c12)) - pressure, rel=1e-11)
    assert found.simple_shear[0, 1] == pytest.approx(c12 - pressure, rel=1e-11)
    assert found.pure_shear[0, 1] == pytest.approx(0.5 * (c11 - c12) - pressure, rel=1e-11)


@pytest.mark.parametrize(
    ("basis", "cells", "cell", "potential"),
    [
        (FCC, (4, 4, 4), 1.5, gk.LennardJones(cutoff=2.5, taper=3)),
        ([(0, 0, 0), (0.5, 0.5, 0.5)], (5, 5, 5), 1.2, gk.InversePowerLaw(exponent=5, cutoff=2.5, taper=3)),
    ],
    ids=["fcc", "bcc"],
)
def test_cubic_crystals_by_lattice_sums(basis, cells, cell, potential):
    found = elastic_moduli(lattice(basis, cells, [cell] * 3), potential)
    # Sums over the shells of neighbours of one site, half of each pair.
    corner_kc = np.array(list(itertools.product(range(-3, 4), repeat=3)), dtype=float)
    x_kc = cell * (corner_kc[:, None] + np.array(basis)).reshape(-1, 3)
    r_k = np.linalg.norm(x_kc, axis=1)
    near = (r_k > 0) & (r_k < 2.5)
    x_kc, r_k = x_kc[near], r_k[near]
    _, slope, curvature = potential.pair_derivatives(r_k, 1.0, order=2)
    phi2 = curvature / r_k**2 - slope / r_k**3
    volume = 2 * cell**3 / len(basis)
    c11, c12 = phi2 @ x_kc[:, 0] ** 4 / volume, phi2 @ (x_kc[:, 0] * x_kc[:, 1]) ** 2 / volume
    pressure = -(slope @ r_k) / (3 * volume)
    scale = abs(c11)
    expected = np.zeros((6, 6))
    expected[:3, :3] = c12
    expected[range(6), range(6)] = [c11] * 3 + [c12] * 3  # Cauchy: C44 = C12
    np.testing.assert_allclose(found.lagrangian, expected, rtol=0, atol=1e-8 * scale)
    assert found.pressure == pytest.approx(pressure, rel=1e-10)
    assert found.bulk == pytest.approx((c11 + 2 * c12 + pressure) / 3, rel=1e-8)
    assert found.shear == pytest.approx((c11 - c12 + 3 * c12) / 5 - pressure, rel=1e-8)
    assert np.abs(found.nonaffine).max() < 1e-16 * scale


def test_phonons_of_a_crystal_have_the_speed_of_its_moduli():
    # Long waves: omega → c k with corrections (k r)²/24 and more; along [100] c_T² = C44'/ρ, c_L² = C11'/ρ.
    cells = (3, 3, 40)
    crystal = lattice(FCC, cells, [1.5] * 3)
    potential = gk.LennardJones(cutoff=2.0, taper=3)
    found = elastic_moduli(crystal, potential)
    modes = gk.lowest_modes(gk.hessian(crystal, potential), count=4)
    k = 2 * math.pi / crystal.box.lengths[2]
    speed = math.sqrt(found.stiffness[3, 3] / found.density)
    np.testing.assert_allclose(np.sqrt(modes.eigenvalues[:4]), speed * k, rtol=2e-3)
    assert found.phonon_degeneracy == 4


# Wave speeds and units


def test_speeds_and_frequencies():
    found = elastic_moduli(glass(3), IPL)
    density, length = found.density, found.box.lengths[0]
    assert found.transverse_speed == pytest.approx(math.sqrt(found.shear / density))
    assert found.longitudinal_speed == pytest.approx(math.sqrt((found.bulk + 4 / 3 * found.shear) / density))
    assert found.omega_ph == pytest.approx(2 * math.pi * found.transverse_speed / length)
    assert found.omega_0 == pytest.approx(found.transverse_speed * density ** (1 / 3))
    assert microscopic_frequency(12.4, density=0.82, dimension=3) == pytest.approx(
        math.sqrt(12.4 / 0.82) * 0.82 ** (1 / 3)
    )
    assert found.born_shear - found.nonaffine_shear == pytest.approx(found.shear, rel=1e-14)


@pytest.mark.parametrize(("dimension", "degeneracy"), [(2, 4), (3, 12), (4, 24)])
def test_degeneracy_of_the_lowest_phonon(dimension, degeneracy):
    assert elastic_moduli(glass(dimension), IPL).phonon_degeneracy == degeneracy


# Refusals


def test_a_liquid_is_refused_with_its_affine_part():
    rng = np.random.default_rng(3)
    liquid = gk.random_configuration(64, density=1.15, diameters=np.ones(64), rng=rng)
    liquid = gk.swap_monte_carlo(liquid, IPL, temperature=1.0, sweeps=20, rng=rng).configuration
    with pytest.raises(ConvergenceError, match="expected at most 1e-08: not a minimum") as caught:
        elastic_moduli(liquid, IPL)
    assert caught.value.partial.relative_force > 1e-8
    assert not caught.value.partial.nonaffine.any()
    assert caught.value.partial.shear == caught.value.partial.born_shear > 0


def test_a_saddle_is_refused():
    # Squares of springs under compression: forces balance, transverse waves are unstable.
    square = lattice([(0, 0)], (6, 6), [1.0, 1.0], diameter=1.05)
    with pytest.raises(IncompleteSpectrumError, match="negative eigenvalues and 0 zero modes") as caught:
        elastic_moduli(square, gk.HarmonicSpheres())
    assert caught.value.partial.born[0, 0] > 0


def test_floppy_networks_are_refused():
    # Two rows of contacts along x only: every row slides freely.
    rows = lattice([(0, 0)], (6, 3), [0.999999, 2.0])
    with pytest.raises(IncompleteSpectrumError, match="zero modes") as caught:
        elastic_moduli(rows, gk.HarmonicSpheres())
    assert caught.value.partial.born[0, 0] > 0


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan])
def test_impossible_tolerances_are_refused(tolerance):
    with pytest.raises(InputError, match="force_tolerance"):
        elastic_moduli(glass(2), IPL, force_tolerance=tolerance)


def test_a_gas_is_refused(rng):
    gas = gk.Configuration([[0.0, 0.0], [4.0, 4.0]], [1.0, 1.0], [10.0, 10.0])
    with pytest.raises(InputError, match="a gas has no elasticity"):
        elastic_moduli(gas, IPL)


def test_negative_moduli_have_no_sound():
    with pytest.raises(NumericalError, match="shear modulus -1 is negative"):
        microscopic_frequency(-1.0, density=1.0, dimension=3)
    with pytest.raises(InputError, match="density"):
        microscopic_frequency(1.0, density=0.0, dimension=3)


def test_arrays_are_read_only_and_results_travel():
    found = elastic_moduli(glass(2), IPL)
    for array in (found.born, found.nonaffine, found.stress, found.velocities):
        assert not array.flags.writeable
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.stiffness, found.stiffness)
