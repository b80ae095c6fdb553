"""Second minima and barriers: a vacancy that a particle hops into, known by its mirror symmetry, and a scan as twin."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import scipy.optimize
from instabilities import sheared, sheared_to_the_edge

import glasskit as gk
from glasskit.errors import ConvergenceError, IncompleteSpectrumError, InputError, InsufficientDataError
from glasskit.observables.quasilocalized import path
from glasskit.observables.quasilocalized.band import Band
from glasskit.observables.quasilocalized.landscape import ModeLandscape
from glasskit.observables.quasilocalized.properties import mode_properties
from glasskit.observables.quasilocalized.saddle import find_saddle
from glasskit.observables.quasilocalized.wells import find_second_well
from glasskit.particles.configuration import Configuration
from glasskit.particles.system import forces, potential_energy
from glasskit.reference import hessian as hessian_twin

IPL = gk.BINARY_IPL.potential
EDGE = 1.08  # lattice constant


def vacancy(size=1.0, per_row=6, rows=6):
    """Triangular crystal without the particle at (−½, 0); particle 0 is the neighbour at (½, 0), of another size."""
    row, column = np.divmod(np.arange(per_row * rows), per_row)
    site_nc = np.stack((column + 0.5 * (row % 2) - 0.5, row * np.sqrt(0.75)), axis=1)[1:]
    diameters = np.ones(len(site_nc))
    diameters[0] = size
    return Configuration(EDGE * site_nc, diameters, EDGE * np.array([per_row, rows * np.sqrt(0.75)]))


@functools.cache
def hole(size=1.0):
    return gk.quench(vacancy(size), IPL, force_tolerance=1e-12).configuration


def hop(configuration):
    """The direction in which particle 0 goes into the vacancy."""
    mode = np.zeros_like(configuration.positions)
    mode[0, 0] = -1.0
    return mode


def mirror(configuration):
    """The number of the particle at the mirror image, x to −x, of every particle's place in a perfect vacancy."""
    image_nc = vacancy().positions * [-1, 1]
    image_nc[0] = vacancy().positions[0]  # particle 0 is its own image once it has hopped
    apart_nn = np.linalg.norm(configuration.box.minimum_image(image_nc[:, None] - vacancy().positions), axis=-1)
    assert apart_nn.min(axis=1).max() < 1e-9
    return apart_nn.argmin(axis=1)


def mirrored(configuration):
    """Positions in the mirror image of a configuration, particles renumbered so that neighbours stay neighbours."""
    partner = mirror(configuration)
    return configuration.replace(positions=configuration.positions[partner] * [-1, 1])


def symmetric_energy(configuration):
    """Lowest energy among mirror-symmetric states near the middle of the hop: that of the saddle, by symmetry."""

    def symmetric(x):
        here = configuration.replace(positions=x.reshape(-1, 2))
        apart_nc = configuration.box.minimum_image(mirrored(here).positions - here.positions)
        return here.replace(positions=here.positions + 0.5 * apart_nc)

    def value_and_slope(x):
        here = symmetric(x)
        slope_nc = -forces(here, IPL)
        return potential_energy(here, IPL), (0.5 * (slope_nc + slope_nc[mirror(here)] * [-1, 1])).ravel()

    step_nc = configuration.box.minimum_image(mirrored(configuration).positions - configuration.positions)
    start = configuration.positions + 0.5 * step_nc
    found = scipy.optimize.minimize(value_and_slope, start.ravel(), jac=True, method="BFGS", options={"gtol": 1e-8})
    return found.fun


def barrier_by_scan(first, displacement):
    """Highest of the lowest energies in planes across the line between two minima: the slow twin of a path."""
    along = displacement.ravel() / np.linalg.norm(displacement)

    def lowest(s, start):
        def value_and_slope(y):
            y = y - along * (along @ y - s)
            here = first.replace(positions=first.positions + y.reshape(-1, first.dimension))
            slope = -forces(here, IPL).ravel()
            return potential_energy(here, IPL), slope - along * (along @ slope)

        found = scipy.optimize.minimize(value_and_slope, start, jac=True, method="BFGS", options={"gtol": 1e-7})
        return found.fun, found.x

    grid = np.linspace(0, 1, 9) * np.linalg.norm(displacement)
    start, values, places = np.zeros(along.size), [], []
    for s in grid:
        value, start = lowest(s, start)
        values.append(value)
        places.append(start)
    k = int(np.argmax(values))
    top = scipy.optimize.minimize_scalar(
        lambda s: -lowest(s, places[k])[0], bracket=tuple(grid[k - 1 : k + 2]), options={"xtol": 1e-6}
    )
    return -top.fun - values[0]


def test_vacancy_hop_against_its_mirror_symmetry():
    configuration = hole()
    mode = hop(configuration)
    search = find_second_well(configuration, IPL, mode)
    well = search.well
    image = mirrored(configuration)
    exact_nc = configuration.box.minimum_image(image.positions - configuration.positions)
    exact_nc -= exact_nc.mean(axis=0)
    # positions of minima are good to 1e-12 bond forces over the softest stiffness
    np.testing.assert_allclose(well.displacement, exact_nc, rtol=0, atol=1e-9)
    distance = np.linalg.norm(exact_nc)
    assert well.distance == pytest.approx(distance, rel=1e-9)
    assert well.distance_a0 == pytest.approx(distance * np.sqrt(configuration.density), rel=1e-9)
    unit = ModeLandscape.of(configuration, IPL).direction(mode)
    assert well.overlap == pytest.approx(abs(np.vdot(exact_nc, unit)) / distance, rel=1e-9)
    assert search.outcome == well.outcome == "equal"
    assert search.found
    assert search.steps[-1] == well.step
    assert well.step > 0.4 * EDGE  # beyond the middle, or nearly so
    # energies are good to 1e-12 of each other; that of BFGS to its gradient squared over the stiffness
    barrier = symmetric_energy(configuration) - potential_energy(configuration, IPL)
    assert barrier > 0.1
    assert well.barrier == pytest.approx(barrier, rel=1e-9)
    assert well.passage.barrier_back == pytest.approx(barrier, rel=1e-9)
    assert well.passage.direct
    assert well.barrier_ratio == pytest.approx(barrier / mode_properties(configuration, IPL, mode).barrier, rel=1e-8)


def test_saddle_has_one_falling_direction_in_the_dense_twin():
    well = find_second_well(hole(), IPL, hop(hole())).well
    (saddle,) = well.passage.saddles
    value_m, vector_nm = np.linalg.eigh(hessian_twin(saddle.configuration, IPL))
    assert np.count_nonzero(value_m < -1e-6) == 1
    assert np.count_nonzero(np.abs(value_m) < 1e-6) == 2  # translations; the twin is of finite differences
    assert saddle.curvature == pytest.approx(value_m[0], rel=1e-6)
    assert abs(vector_nm[:, 0] @ saddle.direction.ravel()) == pytest.approx(1, abs=1e-6)
    assert saddle.relative_force < 2e-12


def test_unequal_wells_against_a_scan():
    configuration = hole(0.9)
    # the mirror image is a minimum again; a third size next to the vacancy tells the two apart
    diameters = configuration.diameters.copy()
    diameters[1] = 0.97
    configuration = gk.quench(configuration.replace(diameters=diameters), IPL, force_tolerance=1e-12).configuration
    search = find_second_well(configuration, IPL, hop(configuration))
    well = search.well
    assert search.outcome == ("higher" if well.energy_difference > 0 else "lower")
    assert abs(well.energy_difference) > 1e-4
    difference = potential_energy(well.configuration, IPL) - potential_energy(configuration, IPL)
    assert well.energy_difference == pytest.approx(difference, abs=1e-10)
    assert well.passage.direct
    # the top of the scan is flat: an error of 1e-6 in its place is 1e-12 in energy
    assert well.barrier == pytest.approx(barrier_by_scan(configuration, well.displacement), rel=1e-7)
    assert well.barrier - well.passage.barrier_back == pytest.approx(well.energy_difference, abs=1e-10)


def test_signs_lengths_and_shifts_do_not_matter():
    configuration = hole()
    known = find_second_well(configuration, IPL, hop(configuration)).well
    shifted = configuration.replace(positions=configuration.positions + np.array([2.3, -1.1]))
    for other, mode in (
        (configuration, -2.0 * hop(configuration)),
        (shifted, hop(configuration) + np.array([1.0, 0.5])),
    ):
        well = find_second_well(other, IPL, mode).well
        np.testing.assert_allclose(well.displacement, known.displacement, rtol=0, atol=1e-9)
        assert (well.overlap, well.barrier) == pytest.approx((known.overlap, known.barrier), rel=1e-9)


def test_rattlers_count_in_no_distance():
    """A tiny particle in a second vacancy, on the mirror axis and out of reach."""
    crystal = vacancy()
    site = int(np.argmin(np.linalg.norm(crystal.positions - crystal.box.wrap([0, 3 * EDGE * np.sqrt(0.75)]), axis=1)))
    diameters = crystal.diameters.copy()
    diameters[site] = 1e-3  # touches nothing nearer than its cutoff, 1.48 · ½(1 + 0.001) = 0.74
    first = gk.quench(crystal.replace(diameters=diameters), IPL, force_tolerance=1e-12)
    assert first.rattlers.tolist() == [site]
    search = find_second_well(first.configuration, IPL, hop(crystal))
    exact_nc = crystal.box.minimum_image(mirrored(first.configuration).positions - first.configuration.positions)
    exact_nc -= np.delete(exact_nc, site, axis=0).mean(axis=0)
    exact_nc[site] = 0.0
    np.testing.assert_allclose(search.well.displacement, exact_nc, rtol=0, atol=1e-9)
    assert search.outcome == "equal"
    shifted = first.configuration.positions.copy()
    shifted[site] += [0.1, 0.05]
    moved = gk.quench(first.configuration.replace(positions=shifted), IPL, force_tolerance=1e-12)
    assert path.same_minimum(first, moved, IPL)
    others_nc = np.delete(path.displacement(first, moved), site, axis=0)
    np.testing.assert_allclose(others_nc, 0, rtol=0, atol=1e-12)
    last = gk.quench(mirrored(first.configuration), IPL, force_tolerance=1e-12)
    assert not path.same_minimum(first, last, IPL)


def test_a_rattler_that_is_pushed_counts_in_no_distance():
    crystal = hole()
    tiny = len(crystal.diameters)
    positions = np.vstack((crystal.positions, [-0.5 * EDGE, 0.1]))  # in the vacancy itself, in the way
    first = gk.quench(Configuration(positions, np.append(crystal.diameters, 1e-3), crystal.box), IPL)
    assert first.rattlers.tolist() == [tiny]
    configuration = gk.quench(first.configuration, IPL, force_tolerance=1e-12).configuration
    well = find_second_well(configuration, IPL, hop(configuration), barrier=False).well
    pushed_nc = configuration.box.minimum_image(well.configuration.positions - configuration.positions)
    assert np.linalg.norm(pushed_nc[tiny]) > 0.05
    np.testing.assert_array_equal(well.displacement[tiny], 0.0)
    others_nc = np.delete(pushed_nc, tiny, axis=0)
    others_nc -= others_nc.mean(axis=0)
    np.testing.assert_allclose(np.delete(well.displacement, tiny, axis=0), others_nc, rtol=0, atol=1e-14)
    assert well.distance == pytest.approx(np.linalg.norm(others_nc), rel=1e-13)


@pytest.mark.parametrize("factor", [0.03, 1e5])
def test_one_minimum_or_two_with_margin(monkeypatch, factor):
    monkeypatch.setattr(path, "SAME", factor * path.SAME)
    first = gk.quench(hole(), IPL, force_tolerance=1e-12)
    shaken = np.random.default_rng(2).normal(scale=0.03, size=hole().positions.shape)
    again = gk.quench(hole().replace(positions=hole().positions + shaken), IPL, force_tolerance=1e-12)
    assert path.same_minimum(first, again, IPL)
    other = gk.quench(mirrored(hole()), IPL, force_tolerance=1e-12)
    assert not path.same_minimum(first, other, IPL)


def test_nothing_found_is_said():
    configuration = hole()
    search = find_second_well(configuration, IPL, hop(configuration), largest_step=0.2, steps=4)
    assert search.outcome == "none"
    assert not search.found
    np.testing.assert_allclose(np.abs(search.steps), np.repeat([0.05, 0.1, 0.15, 0.2], 2), rtol=1e-14)
    np.testing.assert_allclose(search.steps[::2], -search.steps[1::2], rtol=1e-14)
    with pytest.raises(InsufficientDataError, match=r"8 steps of up to 0\.2") as caught:
        _ = search.well
    assert caught.value.partial is search


def test_default_steps_reach_a0_towards_the_barrier_first():
    configuration = hole()
    shaken = np.random.default_rng(1).standard_normal(configuration.positions.shape)  # 0.17 each at most: comes back
    search = find_second_well(configuration, IPL, shaken)
    a_0 = configuration.density**-0.5
    assert search.outcome == "none"
    assert len(search.steps) == 40
    assert search.largest_step == pytest.approx(a_0, rel=1e-14)
    assert np.abs(search.steps).max() == pytest.approx(a_0, rel=1e-14)
    assert np.sign(search.steps[0]) == -np.sign(mode_properties(configuration, IPL, shaken).tau)


def test_a_glass():
    """A soft spot of a glass: its numbers against energies and a dense spectrum."""
    liquid = gk.BINARY_IPL.random_configuration(256, dimension=2, rng=np.random.default_rng([7, 2, 256, 14]))
    glass = gk.quench(liquid, IPL, force_tolerance=1e-12).configuration
    spot = gk.quartic_mode(glass, IPL, gk.lowest_modes(gk.hessian(glass, IPL), 1, dimension=2).modes[0])
    search = find_second_well(glass, IPL, spot)
    well = search.well
    assert search.outcome == "lower"
    (saddle,) = well.passage.saddles
    assert well.barrier == pytest.approx(potential_energy(saddle.configuration, IPL) - potential_energy(glass, IPL))
    value_m = np.linalg.eigvalsh(gk.hessian(saddle.configuration, IPL).toarray())
    assert np.count_nonzero(value_m < -1e-9) == 1
    assert well.barrier_ratio == pytest.approx(well.barrier / spot.barrier, rel=1e-9)
    assert well.energy_difference == pytest.approx(
        potential_energy(well.configuration, IPL) - potential_energy(glass, IPL)
    )
    end = glass.replace(positions=glass.positions + well.displacement)
    assert potential_energy(end, IPL) == pytest.approx(potential_energy(well.configuration, IPL), rel=1e-12)


def test_barrier_becomes_that_of_the_cubic_expansion_near_an_instability():
    """Saddle and minimum about to meet: barrier (2/3) kappa³/tau², curvatures ±kappa, up to terms of order kappa."""
    liquid = gk.BINARY_IPL.random_configuration(64, dimension=2, rng=np.random.default_rng([1, 2]))
    edge = sheared_to_the_edge(gk.quench(liquid, IPL, force_tolerance=1e-12).configuration, IPL)
    barrier_off, curvature_off = [], []
    for before in (1e-4, 1e-6):
        state = sheared(edge, IPL, -before)
        mode = gk.lowest_modes(gk.hessian(state, IPL), 1, dimension=2).modes[0]
        search = find_second_well(state, IPL, mode, largest_step=0.5)
        assert search.outcome == "lower"
        (saddle,) = search.well.passage.saddles
        barrier_off.append(abs(search.well.barrier_ratio - 1))
        curvature_off.append(abs(saddle.curvature / search.well.expansion.stiffness + 1))
    # kappa falls tenfold, from 0.4 to 0.04; edge is off by up to a tenth of the second distance
    assert barrier_off[1] < 0.25 * barrier_off[0] < 0.05
    assert curvature_off[1] < 0.25 * curvature_off[0] < 0.05


def test_without_barrier():
    well = find_second_well(hole(), IPL, hop(hole()), barrier=False).well
    assert well.outcome == "equal"
    with pytest.raises(InputError, match="barrier=True"):
        _ = well.barrier


def test_a_path_that_fails_raises_with_the_second_minimum(monkeypatch):
    monkeypatch.setattr(path, "ATTEMPTS", ((1, 1e-300),))
    monkeypatch.setattr("glasskit.observables.quasilocalized.band.MOST_STEPS", 3)
    with pytest.raises(ConvergenceError, match=r"not the way to it.*did not relax in 3 steps") as caught:
        find_second_well(hole(), IPL, hop(hole()))
    assert caught.value.partial.outcome == "equal"
    with pytest.raises(InputError, match="barrier=True"):
        _ = caught.value.partial.well.barrier


def test_newton_refuses_what_is_no_saddle():
    with pytest.raises(ConvergenceError, match="0 falling or flat directions"):
        find_saddle(hole(), IPL, force_tolerance=1e-12)


def test_intermediate_minima_are_found():
    """From one vacancy site over the next to a third: two hops in a row."""
    first = gk.quench(hole(), IPL, force_tolerance=1e-12)
    second = gk.quench(mirrored(hole()), IPL, force_tolerance=1e-12)
    # the vacancy is now at (½, 0); its neighbour at (3/2, 0) hops next
    positions = second.configuration.positions.copy()
    follower = int(np.argmin(np.linalg.norm(positions - [1.5 * EDGE, 0], axis=1)))
    positions[follower, 0] -= 0.7 * EDGE
    third = gk.quench(second.configuration.replace(positions=positions), IPL, force_tolerance=1e-12)
    passage = path.find_passage(first, third, IPL)
    assert len(passage.saddles) == 2
    assert not passage.direct
    between = second.configuration.box.minimum_image(passage.minima[1].positions - second.configuration.positions)
    np.testing.assert_allclose(between - between.mean(axis=0), 0, atol=1e-9)
    barrier = symmetric_energy(hole()) - first.energy
    assert passage.barrier == pytest.approx(barrier, rel=1e-8)


def test_tangents_and_energies_of_a_band():
    configuration = hole()
    whole_nc = mirrored(configuration).positions - configuration.positions
    whole_nc = configuration.box.minimum_image(whole_nc)
    way = np.stack((np.zeros_like(whole_nc), whole_nc - whole_nc.mean(axis=0)))
    band = Band(configuration, way, IPL, 3)
    assert band.energy_m[0] == pytest.approx(potential_energy(configuration, IPL), rel=1e-13)
    assert band.energy_m[4] == pytest.approx(band.energy_m[0], rel=1e-12)
    assert band.top == 2
    band.image_mnc[1] *= 0.4  # the springs bring it back
    band._evaluate(1)
    band.relax(1e-2)
    lengths = np.linalg.norm(np.diff(band.image_mnc, axis=0), axis=(1, 2))
    assert lengths[0] == pytest.approx(lengths[1], rel=0.1)
    # of four images none is in the middle at first: the highest one climbs there, where all forces end
    band = Band(configuration, way, IPL, 4)
    band.relax(1e-3)
    assert np.linalg.norm(forces(band.top_configuration(), IPL)) < 1e-3 * np.sqrt(way[0].size) * band.bond_force


def test_bad_input():
    configuration, mode = hole(), hop(hole())
    with pytest.raises(InputError, match="largest_step"):
        find_second_well(configuration, IPL, mode, largest_step=0.0)
    with pytest.raises(InputError, match="steps: expected an integer"):
        find_second_well(configuration, IPL, mode, steps=0)
    with pytest.raises(InputError, match="zero mode"):
        find_second_well(configuration, IPL, np.ones_like(mode))
    saddle = find_second_well(configuration, IPL, mode).well.passage.saddles[0]
    with pytest.raises(IncompleteSpectrumError, match="1 directions besides translations"):
        find_second_well(saddle.configuration, IPL, mode)
