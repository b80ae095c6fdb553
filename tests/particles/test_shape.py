"""Quenches that relax the shape of the box: no shear stress, no more energy, nothing changed but strain."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import glasskit as gk
from glasskit import reference
from glasskit.errors import ConvergenceError
from glasskit.observables.elasticity import elastic_moduli
from glasskit.particles.quench import RelaxedShapeResult, shape

IPL = gk.SmoothedInversePowerLaw()
DENSITY = {2: 1.1, 3: 1.2}


@cache
def glass(dimension: int, seed: int = 1, n: int = 120) -> gk.Configuration:
    """A glass quenched at fixed box: its shear stress is some per cent of its pressure."""
    rng = np.random.default_rng(seed)
    start = gk.random_configuration(
        n, density=DENSITY[dimension], diameters=rng.uniform(0.85, 1.0, n), dimension=dimension, rng=rng
    )
    return gk.quench(start, IPL, force_tolerance=1e-12).configuration


def relative_stress(configuration: gk.Configuration, potential) -> float:
    """Anew, from the local stresses."""
    local = gk.local_stresses(configuration, potential)
    deviatoric = local.stress + local.pressure * np.eye(configuration.dimension)
    return np.abs(deviatoric).max() * configuration.dimension * local.volume / local.magnitudes.sum()


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("tolerance", [1e-10, 1e-12])
def test_forces_and_shear_stress_vanish_together(dimension, tolerance):
    start = glass(dimension)
    assert relative_stress(start, IPL) > 1e-3
    found = gk.quench(start, IPL, relax_shape=True, force_tolerance=tolerance)
    assert isinstance(found, RelaxedShapeResult)
    assert found.relative_force <= tolerance
    assert found.relative_stress <= tolerance
    # The local stresses sum the same pairs in another order: rounding of a few eps per cent of the pressure.
    assert relative_stress(found.configuration, IPL) == pytest.approx(found.relative_stress, abs=1e-14)
    assert found.shape_steps > 1
    assert found.force_tolerance == tolerance
    assert not found.met_at_floor


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_energy_falls_and_the_volume_stays(dimension, seed):
    start = glass(dimension, seed)
    found = gk.quench(start, IPL, relax_shape=True)
    assert found.energy < gk.potential_energy(start, IPL)
    assert found.energy == pytest.approx(gk.potential_energy(found.configuration, IPL), rel=1e-14)
    assert found.configuration.box.volume == pytest.approx(start.box.volume, rel=1e-13)
    np.testing.assert_array_equal(found.configuration.diameters, start.diameters)


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_deformation_takes_the_first_cell_to_the_last(dimension):
    start = glass(dimension)
    found = gk.quench(start, IPL, relax_shape=True)
    assert np.linalg.det(found.deformation) == pytest.approx(1.0, rel=1e-13)
    assert not np.tril(found.deformation, k=-1).any()
    again = start.box.deformed(found.deformation)
    np.testing.assert_allclose(again.cell, found.configuration.box.cell, atol=1e-12)
    np.testing.assert_allclose(found.strain, 0.5 * (found.deformation.T @ found.deformation - np.eye(dimension)))
    assert 1e-5 < np.abs(found.strain).max() < 0.1


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_energy_is_least_against_every_strain_that_keeps_the_volume(dimension):
    found = gk.quench(glass(dimension), IPL, relax_shape=True)
    size = 1e-4
    for a in range(dimension):
        for b in range(a, dimension):
            for sign in (1, -1):
                matrix = np.eye(dimension)
                if a == b:
                    matrix[a, a] = np.exp(sign * size)
                    matrix /= np.linalg.det(matrix) ** (1 / dimension)
                else:
                    matrix[a, b] = sign * size
                strained = gk.quench(found.configuration.deformed(matrix), IPL)
                # ½ G V γ² of 1e-8 against rounding of 1e-14 of the energy
                assert strained.energy > found.energy * (1 + 1e-10)


def test_without_shear_stress_nothing_happens():
    once = gk.quench(glass(3), IPL, relax_shape=True)
    again = gk.quench(once.configuration, IPL, relax_shape=True)
    assert again.shape_steps == 0
    assert again.configuration.box == once.configuration.box
    np.testing.assert_array_equal(again.deformation, np.eye(3))
    assert again.energy == pytest.approx(once.energy, rel=1e-14)
    fixed = gk.quench(once.configuration, IPL)
    assert fixed.energy == pytest.approx(once.energy, rel=1e-14)


def test_a_crystal_keeps_its_shape():
    site_nc = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    basis = np.array([(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)])
    crystal = gk.Configuration(1.5 * (site_nc + basis).reshape(-1, 3), np.ones(256), [6.0] * 3)
    found = gk.quench(crystal, gk.LennardJones(cutoff=2.0, taper=3), relax_shape=True)
    assert found.shape_steps == 0
    assert found.configuration.box == crystal.box


def test_a_strained_crystal_finds_its_shape_again():
    site_nc = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    basis = np.array([(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)])
    crystal = gk.Configuration(1.5 * (site_nc + basis).reshape(-1, 3), np.ones(256), [6.0] * 3)
    strain = np.array([[1.02, 0.03, -0.01], [0, 0.99, 0.02], [0, 0, 1.0]])
    strain /= np.linalg.det(strain) ** (1 / 3)
    found = gk.quench(crystal.deformed(strain), gk.LennardJones(cutoff=2.0, taper=3), relax_shape=True)
    metric = found.configuration.box.cell.T @ found.configuration.box.cell
    np.testing.assert_allclose(metric, 36.0 * np.eye(3), atol=1e-7)  # stress 1e-10 over a modulus of order one
    assert found.energy == pytest.approx(gk.potential_energy(crystal, gk.LennardJones(cutoff=2.0, taper=3)), rel=1e-12)


def turned(configuration: gk.Configuration) -> gk.Configuration:
    """The same glass with its cell vectors in another order, turned until they are upright again."""
    q, r = np.linalg.qr(configuration.box.cell[:, [2, 0, 1]])
    q, r = q * np.sign(np.diag(r)), r * np.sign(np.diag(r))[:, None]
    box = gk.Box(np.diag(r), r[np.triu_indices(3, k=1)])
    return gk.Configuration(configuration.positions @ q, configuration.diameters, box)


def test_rotation_changes_nothing():
    # From a strained glass near its minimum: far away, rounding decides among many minima.
    relaxed = gk.quench(glass(3), IPL, relax_shape=True).configuration
    start = relaxed.deformed([[1.001, 0.001, -0.002], [0, 1 / 1.001, 0.001], [0, 0, 1]])
    other = turned(start)
    assert gk.potential_energy(other, IPL) == pytest.approx(gk.potential_energy(start, IPL), rel=1e-12)
    found = [gk.quench(c, IPL, relax_shape=True) for c in (relaxed, start, other)]
    assert found[1].energy == pytest.approx(found[0].energy, rel=1e-12)
    assert found[2].energy == pytest.approx(found[0].energy, rel=1e-12)
    moduli = [elastic_moduli(f.configuration, IPL) for f in found]
    # Stress within 1e-10 of the pressure leaves strains of 1e-9 and less.
    assert moduli[1].shear == pytest.approx(moduli[0].shear, rel=1e-7)
    assert moduli[2].shear == pytest.approx(moduli[0].shear, rel=1e-7)


def test_moduli_of_a_glass_without_shear_stress_have_the_major_symmetry():
    found = gk.quench(glass(3), IPL, relax_shape=True)
    moduli = elastic_moduli(found.configuration, IPL)
    # Its asymmetry is the deviatoric stress.
    np.testing.assert_allclose(moduli.stiffness, moduli.stiffness.T, atol=1e-8 * np.abs(moduli.stiffness).max())
    twin = reference.elastic_stiffness(found.configuration, IPL)
    np.testing.assert_allclose(moduli.tensor, twin, atol=1e-8 * np.abs(twin).max())
    assert np.linalg.eigvalsh(moduli.stiffness).min() > 0


def test_steps_that_raise_the_energy_are_not_taken(monkeypatch):
    # A first guess of the curvature fifty times too small: the first step goes far beyond the minimum.
    monkeypatch.setattr("glasskit.particles.quench.shape.SOFTENING", 0.008)
    relaxed = gk.quench(glass(3), IPL, relax_shape=True)
    start = relaxed.configuration.deformed([[1, 0.0005, 0], [0, 1, 0.0005], [0, 0, 1]])
    accepted = []
    judge = shape._accepted

    def judged(here, there, step):
        accepted.append((judge(here, there, step), there.quenched.energy - here.quenched.energy))
        return accepted[-1][0]

    monkeypatch.setattr(shape, "_accepted", judged)
    found = gk.quench(start, IPL, relax_shape=True)
    assert not accepted[0][0]
    assert accepted[0][1] > 0
    assert all(gain <= 1e-12 * abs(found.energy) for taken, gain in accepted if taken)
    assert found.energy <= gk.quench(start, IPL).energy


@pytest.mark.parametrize("method", ["lbfgs", "fire"])
def test_from_a_liquid_by_both_methods(method, rng):
    n = 150
    start = gk.random_configuration(n, density=1.1, diameters=rng.uniform(0.85, 1.0, n), dimension=2, rng=rng)
    found = gk.quench(start, IPL, relax_shape=True, method=method)
    assert found.relative_stress <= 1e-10
    assert found.method == method
    assert found.force_evaluations > found.iterations > 0


def test_the_default_is_a_fixed_box():
    start = glass(2)
    found = gk.quench(start, IPL)
    assert not isinstance(found, RelaxedShapeResult)
    assert found.configuration.box is start.box


def test_a_gas_has_nothing_to_relax():
    gas = gk.Configuration([[0.0, 0.0], [4.0, 4.0]], [1.0, 1.0], [10.0, 10.0])
    found = gk.quench(gas, IPL, relax_shape=True)
    assert found.relative_stress == 0.0
    assert found.shape_steps == 0


def test_too_few_evaluations_raise_with_what_there_is():
    with pytest.raises(ConvergenceError, match="quench: relative") as caught:
        gk.quench(glass(3), IPL, relax_shape=True, max_evaluations=30)
    assert caught.value.partial.configuration.number_of_particles == 120


def test_a_stress_that_stays_raises_with_the_result_so_far(monkeypatch):
    monkeypatch.setattr("glasskit.particles.quench.shape.MOST_STEPS", 1)
    with pytest.raises(ConvergenceError, match=r"relative shear stress .* after 1 changes of shape") as caught:
        gk.quench(glass(3), IPL, relax_shape=True)
    assert caught.value.partial.shape_steps == 1
    assert caught.value.partial.relative_stress > 1e-10
