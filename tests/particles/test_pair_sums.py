"""Energies, forces and pair tables of systems against plain sums over all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from potential_cases import CASES, H, all_pairs, distance_to_kinks, lattice, small_solid

import glasskit as gk
from glasskit import reference
from glasskit.errors import InputError
from glasskit.particles.potentials import POTENTIALS
from glasskit.particles.potentials.sticky import MINIMUM, sticky_coefficients
from glasskit.particles.system import interacting_pairs

# Every potential in three dimensions, two in two and four: each pair is a set of kernels to compile.
SYSTEMS = [(name, 3) for name in CASES] + [("InversePowerLaw", 2), ("InversePowerLaw", 4)]
SYSTEMS += [("StickySpheres", 2), ("SmoothedInversePowerLaw", 4)]
systems = pytest.mark.parametrize(("name", "dimension"), SYSTEMS)


def test_every_registered_potential_has_a_case_and_is_public():
    assert CASES.keys() == POTENTIALS.keys()
    for name, potential in POTENTIALS.items():
        assert getattr(gk, name) is potential
        assert type(CASES[name].potential) is potential


@systems
def test_no_pair_is_near_a_kink(name, dimension):
    configuration, potential = small_solid(name, dimension)
    assert distance_to_kinks(configuration, CASES[name]) > 2 * H
    assert len(interacting_pairs(configuration, potential).i) > configuration.number_of_particles


@systems
def test_energy_equals_the_plain_sum(name, dimension):
    configuration, potential = small_solid(name, dimension)
    # A few hundred terms, each rounded to 1e-16 of the largest, which cancellation leaves at 1e-13 of the sum.
    assert gk.potential_energy(configuration, potential) == pytest.approx(
        reference.potential_energy(configuration, potential), rel=1e-12, abs=rounding_of_terms(configuration, potential)
    )


def rounding_of_terms(configuration, potential):
    """What rounding leaves of an energy: of sticky spheres, whose terms add up to 5448 in every pair of the attraction.

    Two summations by other instructions differ by eps of the terms of each pair, all of one sign at worst.
    """
    if not isinstance(potential, gk.StickySpheres):
        return 0.0
    stretch = np.linspace(MINIMUM, potential.cutoff_ratio * MINIMUM, 200)
    terms = np.abs(sticky_coefficients(potential.cutoff_ratio)[:, None] * stretch ** np.c_[[-12, -6, 0, 2, 4, 6]])
    return np.finfo(float).eps * terms.sum(axis=0).max() * len(interacting_pairs(configuration, potential).i)


@systems
def test_forces_equal_finite_differences(name, dimension):
    configuration, potential = small_solid(name, dimension)
    force_nc = gk.forces(configuration, potential)
    slow_nc = reference.forces(configuration, potential, h=H)
    # Truncation H⁴/30 · phi^(5), with phi^(5) up to 1e6, plus rounding eps · U/H: both near 1e-10.
    assert np.abs(force_nc - slow_nc).max() < 1e-8 * np.abs(force_nc).max()


@systems
def test_forces_sum_to_zero(name, dimension):
    configuration, potential = small_solid(name, dimension)
    force_nc = gk.forces(configuration, potential)
    assert np.abs(force_nc.sum(axis=0)).max() < 1e-13 * np.abs(force_nc).sum()


@systems
def test_pair_table_lists_each_interacting_pair_once(name, dimension):
    configuration, potential = small_solid(name, dimension)
    pairs = interacting_pairs(configuration, potential)
    i, j, vector_pc, a_p = all_pairs(configuration, potential)
    inside = np.linalg.norm(vector_pc, axis=1) < potential.cutoff_of(a_p)
    order = np.lexsort((pairs.j, pairs.i))
    np.testing.assert_array_equal(pairs.i[order], i[inside])
    np.testing.assert_array_equal(pairs.j[order], j[inside])
    np.testing.assert_allclose(pairs.vectors[order], vector_pc[inside], rtol=0, atol=1e-15)
    np.testing.assert_allclose(pairs.diameters[order], a_p[inside], rtol=1e-15)
    np.testing.assert_allclose(pairs.distances, np.linalg.norm(pairs.vectors, axis=1), rtol=1e-15)
    table = potential.pair_derivatives(pairs.distances, pairs.diameters)
    np.testing.assert_allclose(pairs.derivatives, table, rtol=1e-12, atol=1e-11 * np.abs(table).max())


@systems
def test_energy_and_forces_ignore_translations_and_relabelling(name, dimension):
    configuration, potential = small_solid(name, dimension)
    rng = np.random.default_rng(5)
    order = rng.permutation(configuration.number_of_particles)
    moved = gk.Configuration(
        configuration.positions[order] + rng.uniform(-9, 9, dimension),
        configuration.diameters[order],
        configuration.box,
    )
    # Adding 9 to a coordinate rounds it at 1e-15, which changes an energy by 1e-15 · phi'.
    energy = gk.potential_energy(configuration, potential)
    assert gk.potential_energy(moved, potential) == pytest.approx(energy, rel=1e-12)
    force_nc = gk.forces(configuration, potential)
    assert np.abs(gk.forces(moved, potential) - force_nc[order]).max() < 1e-11 * np.abs(force_nc).max()


def test_the_cell_search_finds_every_pair_of_a_large_liquid(rng):
    configuration = gk.TAPERED_IPL.random_configuration(1500, rng=rng)
    potential = gk.TAPERED_IPL.potential
    i, j, vector_pc, a_p = all_pairs(configuration, potential)
    inside = np.linalg.norm(vector_pc, axis=1) < potential.cutoff_of(a_p)
    pairs = interacting_pairs(configuration, potential)
    assert set(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True)) == set(
        zip(i[inside].tolist(), j[inside].tolist(), strict=True)
    )
    # Overlaps make energies of 1e15 and more; both sums are dominated by their largest term.
    assert gk.potential_energy(configuration, potential) == pytest.approx(
        reference.potential_energy(configuration, potential), rel=1e-11
    )


@pytest.mark.parametrize(("exponent", "dimension"), [(12, 2), (12, 3), (9.5, 2)])
def test_untapered_inverse_powers_scale_and_obey_the_virial_theorem(exponent, dimension, rng):
    # A cluster far smaller than the cutoff: taper and shift change the inverse power by 1e-11 (r²/r_c² times m).
    potential = gk.InversePowerLaw(exponent=exponent, cutoff=1e6)
    configuration = lattice(dimension, jitter=0.1, diameters=(0.7, 1.6), seed=3)
    cluster = gk.Configuration(configuration.positions, configuration.diameters, np.full(dimension, 3e6))
    energy, force_nc = gk.potential_energy(cluster, potential), gk.forces(cluster, potential)
    scaled = cluster.replace(positions=1.25 * cluster.positions)
    assert gk.potential_energy(scaled, potential) == pytest.approx(1.25**-exponent * energy, rel=1e-10)
    assert np.sum(cluster.positions * force_nc) == pytest.approx(exponent * energy, rel=1e-10)


def test_a_cutoff_of_half_the_box_is_refused():
    configuration = lattice(3, jitter=0.1, diameters=(0.9, 1.1), seed=0)
    for evaluate in (gk.potential_energy, gk.forces, gk.hessian, interacting_pairs):
        with pytest.raises(InputError, match="half the shortest box edge"):
            evaluate(configuration, gk.InversePowerLaw(cutoff=2.0))
        evaluate(configuration, gk.InversePowerLaw(cutoff=1.99))


def test_a_pair_without_positive_diameter_is_refused():
    configuration = gk.Configuration([[0.0, 0], [1, 0]], [0.5, 1.5], [9.0, 9])
    gk.potential_energy(configuration, gk.Hertzian(nonadditivity=0.99))
    with pytest.raises(InputError, match="no positive diameter"):
        gk.potential_energy(configuration, gk.Hertzian(nonadditivity=1.0))


def test_coinciding_particles_are_refused():
    configuration = gk.Configuration([[0.0, 0], [0, 0], [1, 1]], [1.0, 1, 1], [9.0, 9])
    with pytest.raises(InputError, match="energy overflows"):
        gk.potential_energy(configuration, gk.InversePowerLaw())
    for potential in (gk.InversePowerLaw(), gk.Hertzian()):
        with pytest.raises(InputError, match="force is not finite"):
            gk.forces(configuration, potential)
    assert gk.potential_energy(configuration, gk.Hertzian()) == pytest.approx(0.4)


def test_one_particle_has_no_energy():
    alone = gk.Configuration([[0.0, 0, 0]], [1.0], [9.0, 9, 9])
    assert gk.potential_energy(alone, gk.InversePowerLaw()) == 0.0
    np.testing.assert_array_equal(gk.forces(alone, gk.InversePowerLaw()), np.zeros((1, 3)))
