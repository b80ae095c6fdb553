"""Tilted boxes: wrapping, pair search, energies and derivatives against sums over lattice vectors."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from potential_cases import CASES, lattice

import glasskit as gk
from glasskit import reference
from glasskit.errors import InputError
from glasskit.observables.elasticity import elastic_moduli
from glasskit.particles.configuration import Box
from glasskit.particles.neighbours import neighbours
from glasskit.particles.quench.vectors import displacement, moved_beyond, step_wrapped
from glasskit.particles.system import interacting_pairs

TILTS = {2: [1.3], 3: [1.3, -0.8, 2.1], 4: [1.3, -0.8, 0.4, 2.1, -1.7, 0.9]}


def tilted_box(dimension: int, scale: float = 1.0, steepness: float = 1.0) -> Box:
    return Box(scale * np.array([5.0, 5.6, 6.1, 5.3])[:dimension], scale * steepness * np.array(TILTS[dimension]))


def random_tilted(dimension: int, n: int, rng, **options) -> gk.Configuration:
    box = tilted_box(dimension, **options)
    return gk.Configuration((rng.random((n, dimension)) - 0.5) @ box.cell.T, rng.uniform(0.8, 1.1, n), box)


def pairs_of(i, j) -> set[tuple[int, int]]:
    return {(min(a, b), max(a, b)) for a, b in zip(i.tolist(), j.tolist(), strict=True)}


# Boxes


def test_the_cell_is_upper_triangular():
    box = Box([5.0, 6.0, 7.0], [1.0, -2.0, 3.0])
    np.testing.assert_array_equal(box.cell, [[5, 1, -2], [0, 6, 3], [0, 0, 7]])
    assert box.volume == pytest.approx(210.0)
    assert not box.rectangular
    assert Box([5.0, 6.0]).rectangular
    assert Box([5.0, 6.0], [0.0]) == Box([5.0, 6.0])
    assert Box([5.0, 6.0]).kernel_cell.ndim == 1
    assert box.kernel_cell.ndim == 2


def test_tilts_are_reduced_to_the_same_lattice():
    given = np.array([[5.0, 13.0, -9.0], [0, 6.0, 17.0], [0, 0, 7.0]])
    box = Box(np.diag(given), given[np.triu_indices(3, k=1)])
    assert (np.abs(box.cell - np.diag(box.lengths)) <= 0.5 * box.lengths[:, None]).all()
    whole = np.linalg.inv(given) @ box.cell
    np.testing.assert_allclose(whole, np.rint(whole), atol=1e-14)
    assert Box(box.lengths, box.tilts) == box
    for tilt in (2.5, -2.5, np.nextafter(2.5, 3), np.nextafter(-2.5, -3), 7.5):
        once = Box([5.0, 1.0], [tilt])
        assert Box(once.lengths, once.tilts) == once
        assert abs(once.tilts[0]) <= 2.5


def test_boxes_are_values_that_travel(rng):
    box = tilted_box(3)
    assert box == tilted_box(3)
    assert box != Box(box.lengths)
    assert hash(box) == hash(tilted_box(3))
    assert hash(Box([1.0, 2.0], [-0.0])) == hash(Box([1.0, 2.0]))
    for again in (copy.deepcopy(box), pickle.loads(pickle.dumps(box))):
        assert again == box
        assert not again.tilts.flags.writeable
    assert "tilts" in repr(box)
    assert "tilts" not in repr(Box([1.0, 2.0]))


@pytest.mark.parametrize(
    ("tilts", "message"),
    [
        ([1.0], "expected 3 tilts"),
        ([1.0] * 6, "expected 3 tilts"),
        ([1, 2, math.nan], "finite"),
        ([[1, 2, 3]], "3 tilts"),
    ],
)
def test_impossible_tilts_are_refused(tilts, message):
    with pytest.raises(InputError, match=message):
        Box([1.0, 2.0, 3.0], tilts)


@pytest.mark.parametrize("matrix", [np.eye(2), np.eye(3)[::-1], -np.eye(3), np.tri(3), np.full((3, 3), math.nan)])
def test_impossible_deformations_are_refused(matrix):
    with pytest.raises(InputError, match="deformation: expected"):
        tilted_box(3).deformed(matrix)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_wrapping_stays_in_the_rectangle_moves_by_cell_vectors_and_is_idempotent(dimension, rng):
    box = tilted_box(dimension)
    half = 0.5 * box.lengths
    near = half * rng.choice([-3, -1, 1, 3], (300, dimension)) * (1 + rng.integers(-2, 3, (300, dimension)) * 2e-16)
    position_nc = np.concatenate((rng.normal(0, 20, (1000, dimension)), near))
    wrapped_nc = box.wrap(position_nc)
    assert (wrapped_nc >= -half).all()
    assert (wrapped_nc < half).all()
    np.testing.assert_array_equal(box.wrap(wrapped_nc), wrapped_nc)
    whole_nc = (position_nc - wrapped_nc) @ np.linalg.inv(box.cell).T
    np.testing.assert_allclose(whole_nc, np.rint(whole_nc), atol=1e-12)


def test_wrapping_is_exact_where_numbers_are():
    box = Box([4.0, 2.0], [0.5])
    for y in (-7, -1, 0, 1, 3, 8):
        wrapped = box.wrap([[0.25, y]])[0]
        whole = (Fraction(y) - Fraction(float(wrapped[1]))) / 2
        assert whole.denominator == 1
        assert ((Fraction(1, 4) - whole / 2 - Fraction(float(wrapped[0]))) / 4).denominator == 1


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_minimum_image_is_the_shortest_up_to_half_the_shortest_edge(dimension, rng):
    box = tilted_box(dimension)
    vector_pc = rng.uniform(-9, 9, (2000, dimension))
    found_pc = box.minimum_image(vector_pc)
    shift_kc = np.array(list(itertools.product(range(-3, 4), repeat=dimension))) @ box.cell.T
    start_pc = box.wrap(vector_pc)
    shortest = np.min([np.linalg.norm(start_pc + shift, axis=1) for shift in shift_kc], axis=0)
    near = shortest < 0.5 * box.lengths.min()
    assert near.sum() > 50
    np.testing.assert_allclose(np.linalg.norm(found_pc, axis=1)[near], shortest[near], atol=1e-13)
    assert (np.linalg.norm(found_pc, axis=1) >= shortest - 1e-13).all()


def test_deformations_compose(rng):
    configuration = random_tilted(3, 20, rng)
    one = np.array([[1.1, 0.2, -0.1], [0, 0.9, 0.3], [0, 0, 1.05]])
    other = np.array([[0.8, -0.1, 0.4], [0, 1.2, 0.1], [0, 0, 1.0]])
    both, product = configuration.deformed(one).deformed(other), configuration.deformed(other @ one)
    np.testing.assert_allclose(both.box.cell, product.box.cell, atol=1e-13)
    np.testing.assert_allclose(both.box.minimum_image(both.positions - product.positions), 0.0, atol=1e-13)
    assert both.box.volume == pytest.approx(configuration.box.volume * np.linalg.det(other @ one))


# Pair search


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize("radius", [0.6, 2.4])
@pytest.mark.parametrize("steepness", [0.3, 1.0, -1.7])
def test_pairs_are_those_of_the_sum_over_lattice_vectors(dimension, radius, steepness, rng):
    configuration = random_tilted(dimension, 250, rng, steepness=steepness)
    contacts = gk.HarmonicSpheres()
    i, j, _, _ = reference.images_within(
        configuration.box.cell, configuration.positions, np.full(250, radius), contacts
    )
    expected = pairs_of(i, j)
    assert len(expected) == len(i)  # no pair meets twice
    for full in (False, True):
        start, member = neighbours(configuration.positions, configuration.box.kernel_cell, radius, full=full)
        first = np.repeat(np.arange(250), np.diff(start))
        assert len(member) == len(expected) * (2 if full else 1)
        assert pairs_of(first, member) == expected


def test_cells_are_as_wide_as_their_height_not_their_edge(rng):
    # Half an edge of tilt brings the faces of this cell together by 18 %; 6.0/0.6 cells would fit on its edges.
    box = Box([6.0, 6.0, 6.0], [3.0, -3.0, 3.0])
    assert 1 / np.linalg.norm(np.linalg.inv(box.cell), axis=1).max() < 0.85 * 6.0
    position_nc = box.wrap(rng.uniform(-3, 3, (2000, 3)))
    start, member = neighbours(position_nc, box.kernel_cell, 0.6)
    first = np.repeat(np.arange(2000), np.diff(start))
    i, j = np.triu_indices(2000, k=1)
    near = (box.minimum_image(position_nc[j] - position_nc[i]) ** 2).sum(axis=1) < 0.36
    assert pairs_of(first, member) == pairs_of(i[near], j[near])


@pytest.mark.parametrize("n", [1, 2, 49])
def test_few_particles_are_compared_pair_by_pair(n, rng):
    configuration = random_tilted(3, n, rng)
    i, j, _, _ = reference.images_within(
        configuration.box.cell, configuration.positions, np.full(n, 2.0), gk.HarmonicSpheres()
    )
    start, member = neighbours(configuration.positions, configuration.box.kernel_cell, 2.0)
    assert pairs_of(np.repeat(np.arange(n), np.diff(start)), member) == pairs_of(i, j)


def test_a_large_search_equals_a_rectangular_one_in_another_cell_of_the_same_lattice(rng):
    # A tilt of a whole edge is no tilt: the kernels of tilted cells must find what those of rectangular ones do.
    box = Box([9.0, 10.0, 11.0])
    position_nc = (rng.random((3000, 3)) - 0.5) * box.lengths
    cell = np.array(box.cell)
    cell[0, 1], cell[1, 2] = 9.0, -10.0
    cell[0, 2] = 9.0
    cell.flags.writeable = False
    straight = neighbours(position_nc, box.lengths, 1.0)
    oblique = neighbours(position_nc, cell, 1.0)
    np.testing.assert_array_equal(straight.start, oblique.start)
    rows = [
        (np.sort(a), np.sort(b))
        for a, b in zip(*(np.split(x.member, x.start[1:-1]) for x in (straight, oblique)), strict=True)
    ]
    assert all(np.array_equal(a, b) for a, b in rows)


# Energies and derivatives


def solid(name: str, dimension: int) -> tuple[gk.Configuration, gk.particles.potentials.PairPotential]:
    """A strained lattice of one case of the potentials, with tilts of up to 0.3."""
    case = CASES[name]
    start = lattice(dimension, jitter=case.jitter, diameters=case.diameters, seed=3)
    shear = np.eye(dimension)
    shear[np.triu_indices(dimension, k=1)] = [0.03, -0.02, 0.04, 0.01, 0.02, -0.03][: dimension * (dimension - 1) // 2]
    return start.deformed(shear), case.potential


# Each pair is a set of kernels to compile, in which the form and the cell do not meet: every form once, every dimension
# twice or more; all forms in three dimensions, and some in two and four, are in rectangular boxes in test_pair_sums.py.
SYSTEMS = [("SmoothedInversePowerLaw", 2), ("SmoothedInversePowerLaw", 3), ("SmoothedInversePowerLaw", 4)]
SYSTEMS += [("InversePowerLaw", 3), ("LennardJones", 3), ("HarmonicSpheres", 2), ("StickySpheres", 2), ("Hertzian", 4)]


def test_every_potential_is_tried_in_a_tilted_box():
    assert {name for name, _ in SYSTEMS} == CASES.keys()


@pytest.mark.parametrize(("name", "dimension"), SYSTEMS)
def test_energies_and_forces_equal_sums_over_lattice_vectors(name, dimension):
    configuration, potential = solid(name, dimension)
    i, j, x_pc, a_p = reference.images_within(
        configuration.box.cell, configuration.positions, configuration.diameters, potential
    )
    r_p = np.linalg.norm(x_pc, axis=1)
    phi, slope = potential.pair_derivatives(r_p, a_p, order=1)
    assert gk.potential_energy(configuration, potential) == pytest.approx(float(phi.sum()), rel=1e-12)
    force_nc = np.zeros_like(configuration.positions)
    np.add.at(force_nc, i, (slope / r_p)[:, None] * x_pc)
    np.subtract.at(force_nc, j, (slope / r_p)[:, None] * x_pc)
    scale = np.abs(slope).max()
    np.testing.assert_allclose(gk.forces(configuration, potential), force_nc, atol=1e-12 * scale)
    found = interacting_pairs(configuration, potential)
    assert pairs_of(found.i, found.j) == pairs_of(i, j)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_the_hessian_equals_that_of_the_dense_twin(dimension):
    configuration, potential = solid("SmoothedInversePowerLaw", dimension)
    twin = reference.hessian(configuration, potential)
    np.testing.assert_allclose(gk.hessian(configuration, potential).toarray(), twin, atol=1e-11 * np.abs(twin).max())


def test_energies_do_not_depend_on_which_cell_describes_the_lattice(rng):
    # A turn by 90° takes a = (8, 0), b = (4, 8) to (0, 8), (−8, 4), whose lattice has an upright cell too: a − 2b
    # turns into (16, 0), and b into (−8, 4).
    potential, box = gk.HarmonicSpheres(), Box([8.0, 8.0], [4.0])
    configuration = gk.Configuration((rng.random((60, 2)) - 0.5) @ box.cell.T, np.full(60, 1.3), box)
    turned = gk.Configuration(configuration.positions @ [[0.0, 1.0], [-1.0, 0.0]], np.full(60, 1.3), Box([16, 4], [-8]))
    energy = gk.potential_energy(configuration, potential)
    assert gk.potential_energy(turned, potential) == pytest.approx(energy, rel=1e-12)


# Quench, modes, moduli


@pytest.mark.parametrize("method", ["lbfgs", "fire"])
@pytest.mark.parametrize("dimension", [2, 3])
def test_a_quench_in_a_tilted_box_ends_in_a_minimum(method, dimension):
    rng = np.random.default_rng(5)
    n = 150
    box = tilted_box(dimension, scale=(n / 1.15 / np.prod([5.0, 5.6, 6.1][:dimension])) ** (1 / dimension))
    start = gk.Configuration((rng.random((n, dimension)) - 0.5) @ box.cell.T, rng.uniform(0.85, 1.0, n), box)
    potential = gk.SmoothedInversePowerLaw()
    found = gk.quench(start, potential, method=method)
    assert found.relative_force <= 1e-10
    assert found.configuration.box == box
    _, _, x_pc, a_p = reference.images_within(box.cell, found.configuration.positions, start.diameters, potential)
    assert found.energy == pytest.approx(
        float(potential.pair_energy(np.linalg.norm(x_pc, axis=1), a_p).sum()), rel=1e-12
    )
    modes = gk.lowest_modes(gk.hessian(found.configuration, potential), count=3, dimension=dimension)
    assert (modes.eigenvalues > 0).all()
    moduli = elastic_moduli(found.configuration, potential)
    twin = reference.elastic_stiffness(found.configuration, potential)
    np.testing.assert_allclose(moduli.tensor, twin, rtol=0, atol=1e-8 * np.abs(twin).max())
    stress = gk.local_stresses(found.configuration, potential).stress
    np.testing.assert_allclose(stress, moduli.stress, atol=1e-12)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_steps_of_the_minimisers_wrap_as_boxes_do(dimension, rng):
    box = tilted_box(dimension)
    here, along = box.wrap(rng.normal(0, 9, (500, dimension))), rng.normal(0, 3, (500, dimension))
    out = np.empty_like(here)
    step_wrapped(here, along, 0.7, box.cell, out)
    np.testing.assert_array_equal(box.wrap(out), out)
    np.testing.assert_allclose(box.minimum_image(out - here - 0.7 * along), 0, atol=1e-13)
    edge_nc = np.copysign(0.5 * box.lengths, rng.normal(0, 1, (500, dimension)))
    step_wrapped(edge_nc, np.zeros_like(edge_nc), 1.0, box.cell, out)
    np.testing.assert_array_equal(box.wrap(out), out)
    assert (out < 0.5 * box.lengths).all()
    small = 0.1 * along
    step_wrapped(here, small, 1.0, box.cell, out)
    back = np.empty_like(out)
    displacement(here, out, box.cell, back)
    np.testing.assert_allclose(back, small, atol=1e-13)
    two = np.sort(np.linalg.norm(small, axis=1))[-2:].sum()
    assert moved_beyond(out, here, box.cell, two - 1e-9)
    assert not moved_beyond(out, here, box.cell, two + 1e-9)


def test_the_lowest_phonon_of_a_tilted_box_has_the_shortest_reciprocal_vector():
    # Triangular crystal in its oblique cell: three pairs of reciprocal vectors of equal length 4π/(√3 L).
    side, spacing = 6, 0.95
    box = Box([side * spacing, side * spacing * math.sqrt(3) / 2], [side * spacing / 2])
    site_nc = np.array(list(itertools.product(range(side), repeat=2))) / side
    crystal = gk.Configuration(site_nc @ box.cell.T, np.ones(side**2), box)
    found = elastic_moduli(crystal, gk.HarmonicSpheres())
    assert found.phonon_degeneracy == 6
    wave_number = 4 * math.pi / (math.sqrt(3) * side * spacing)
    assert found.omega_ph == pytest.approx(found.transverse_speed * wave_number, rel=1e-12)


def test_swap_monte_carlo_refuses_a_tilted_box(rng):
    configuration = random_tilted(3, 60, rng)
    with pytest.raises(InputError, match="tilted"):
        gk.swap_monte_carlo(configuration, gk.HarmonicSpheres(), temperature=1.0, sweeps=1, rng=rng)
