"""Quartic, cubic and geometric modes of small glasses: what they solve, the slow twin, symmetries."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from quasilocalized_cases import POTENTIAL, glass, harmonic_modes

import glasskit as gk
from glasskit import reference
from glasskit.errors import InputError
from glasskit.observables.quasilocalized.energies import CUBIC, GEOMETRIC, QUARTIC
from glasskit.observables.quasilocalized.landscape import ModeLandscape
from glasskit.observables.quasilocalized.solve import cubic_mode, geometric_mode, nonlinear_mode, quartic_mode
from glasskit.particles.hessian import contraction
from glasskit.particles.system import interacting_pairs

SOLVERS = {"quartic": quartic_mode, "cubic": cubic_mode, "geometric": geometric_mode}
kinds = pytest.mark.parametrize("kind", SOLVERS)
dimensions = pytest.mark.parametrize("dimension", [2, 3])


@dimensions
def test_both_sides_of_the_equation_of_quartic_and_cubic_modes_agree(dimension):
    """M·π = (kappa/chi) U4:πππ and M·π = (kappa/tau) U3:ππ, from the sparse Hessian and the contractions."""
    configuration = glass(dimension)
    matrix, pairs = gk.hessian(configuration, POTENTIAL), interacting_pairs(configuration, POTENTIAL)
    landscape = ModeLandscape.of(configuration, POTENTIAL)
    for guess_nc in harmonic_modes(dimension)[:8]:
        for energy in (QUARTIC, CUBIC):
            found = nonlinear_mode(landscape, energy, guess_nc)
            left_nc = (matrix @ found.mode.ravel()).reshape(found.mode.shape)
            higher_nc = contraction(pairs, found.mode, energy.order)
            coefficient = found.chi if energy is QUARTIC else found.tau
            assert found.stiffness == pytest.approx(np.vdot(found.mode, left_nc), rel=1e-11)
            assert coefficient == pytest.approx(np.vdot(found.mode, higher_nc), rel=1e-10)
            difference_nc = left_nc - found.stiffness / coefficient * higher_nc
            assert np.linalg.norm(difference_nc) < 1e-8 * np.linalg.norm(left_nc)


@dimensions
def test_geometric_modes_solve_their_equation(dimension):
    """M·π = (kappa/S) Σ (π·π) π, summed by hand."""
    configuration = glass(dimension)
    found = geometric_mode(configuration, POTENTIAL, harmonic_modes(dimension)[0])
    pairs = interacting_pairs(configuration, POTENTIAL)
    dz_pc = found.mode[pairs.j] - found.mode[pairs.i]
    square_p = np.einsum("pc,pc->p", dz_pc, dz_pc)
    right_nc = np.zeros_like(found.mode)
    np.add.at(right_nc, pairs.j, square_p[:, None] * dz_pc)
    np.subtract.at(right_nc, pairs.i, square_p[:, None] * dz_pc)
    left_nc = (gk.hessian(configuration, POTENTIAL) @ found.mode.ravel()).reshape(found.mode.shape)
    spread = np.sum(square_p**2)
    assert found.energy == pytest.approx(found.stiffness**2 / spread, rel=1e-12)
    assert np.linalg.norm(left_nc - found.stiffness / spread * right_nc) < 1e-8 * np.linalg.norm(left_nc)


@pytest.mark.parametrize(("dimension", "seed"), [(2, 1), (3, 0)])
def test_equals_fixed_point_maps_of_dense_algebra(dimension, seed):
    """The same modes from the same harmonic guesses.

    Of 39 guesses (3 of each of 8 glasses in two dimensions and 5 in three) the maps end in the same quartic mode 39
    times, in the same geometric one 38 times (the other is farther from the guess), in the same cubic one 28 times: in
    another 3 times, and 8 times the map does not converge.
    """
    series = reference.DirectionSeries(glass(dimension, seed), POTENTIAL)
    landscape = ModeLandscape.of(glass(dimension, seed), POTENTIAL)
    guesses = harmonic_modes(dimension, seed)
    for energy, count in ((QUARTIC, 2), (GEOMETRIC, 2), (CUBIC, 1)):
        for guess_nc in guesses[:count]:
            found = nonlinear_mode(landscape, energy, guess_nc)
            twin_nc = series.fixed_point(energy.name, guess_nc, most=600)
            # |∇ ln E| <= 1e-10 and the smallest curvature of ln E is above 0.1.
            assert np.linalg.norm(twin_nc * np.sign(np.vdot(twin_nc, found.mode)) - found.mode) < 1e-9
            assert found.gradient <= 1e-10


@dimensions
@kinds
def test_what_is_found_is_a_minimum(dimension, kind):
    configuration = glass(dimension, particles=64)
    found = SOLVERS[kind](configuration, POTENTIAL, harmonic_modes(dimension, particles=64)[0])
    series = reference.DirectionSeries(configuration, POTENTIAL)
    assert series.log_curvature(kind, found.mode)[0] > 0.1
    index = ("quartic", "cubic", "geometric").index(kind)
    assert found.energy == pytest.approx(np.exp(series.log_energies(found.mode)[index]), rel=1e-10)
    kappa, tau, chi, _ = series.coefficients(found.mode)
    assert (found.stiffness, found.tau, found.chi) == pytest.approx((kappa, tau, chi), rel=1e-10)


@dimensions
def test_stiffness_and_energy_order_of_the_three_modes(dimension):
    """The lowest harmonic mode has the least kappa of all directions; each mode lowers its own energy most."""
    lowest_nc = harmonic_modes(dimension)[0]
    configuration = glass(dimension)
    kappa = np.vdot(lowest_nc, (gk.hessian(configuration, POTENTIAL) @ lowest_nc.ravel()).reshape(lowest_nc.shape))
    quartic = quartic_mode(configuration, POTENTIAL, lowest_nc)
    cubic = cubic_mode(configuration, POTENTIAL, quartic.mode)
    assert kappa <= quartic.stiffness
    assert kappa <= cubic.stiffness
    assert quartic.energy <= cubic.stiffness**2 / cubic.chi
    assert cubic.energy <= quartic.stiffness**3 / quartic.tau**2
    assert cubic.barrier == pytest.approx(2 / 3 * cubic.energy, rel=1e-10)


@kinds
def test_length_translation_and_side_of_the_guess(kind):
    solve, configuration, guess_nc = SOLVERS[kind], glass(3), harmonic_modes(3)[1]
    found = solve(configuration, POTENTIAL, guess_nc)
    again = solve(configuration, POTENTIAL, guess_nc)
    np.testing.assert_array_equal(again.mode, found.mode)
    assert (again.stiffness, again.tau, again.steps, again.products) == (
        found.stiffness, found.tau, found.steps, found.products,
    )  # fmt: skip
    scaled = solve(configuration, POTENTIAL, -4.0 * guess_nc)
    np.testing.assert_array_equal(scaled.mode, -found.mode)
    assert (scaled.stiffness, scaled.tau, scaled.chi) == (found.stiffness, -found.tau, found.chi)
    # A translation leaves rounding of the guess, and convergence to 1e-10.
    moved = solve(configuration, POTENTIAL, guess_nc + np.array([1.0, -2.0, 0.5]))
    assert np.linalg.norm(moved.mode - found.mode) < 1e-9
    assert moved.overlap == pytest.approx(found.overlap, abs=1e-9)


@dimensions
@kinds
def test_modes_are_unit_vectors_without_translation(dimension, kind):
    found = SOLVERS[kind](glass(dimension), POTENTIAL, harmonic_modes(dimension)[0])
    assert np.linalg.norm(found.mode) == pytest.approx(1.0, abs=1e-14)
    assert np.abs(found.mode.sum(axis=0)).max() < 1e-13
    assert found.kind == kind
    assert 0.0 < found.overlap <= 1.0


def test_expansion_is_that_of_the_energy_along_the_mode():
    found = cubic_mode(glass(3), POTENTIAL, harmonic_modes(3)[0])
    s = np.arange(-4, 5) * 0.02
    position_nc = glass(3).positions
    energy = [gk.potential_energy(glass(3).replace(positions=position_nc + step * found.mode), POTENTIAL) for step in s]
    fit = np.polynomial.Polynomial.fit(s, energy, 8).convert().coef
    # Powers beyond the eighth and the jump of phi'''' at the cutoff.
    assert fit[2] * 2 == pytest.approx(found.stiffness, rel=1e-4)
    assert fit[3] * 6 == pytest.approx(found.tau, rel=1e-3)
    assert fit[4] * 24 == pytest.approx(found.chi, rel=2e-2)


# Pairs of unlike sizes are so close that a speck of dust finds room between the particles of a glass.
UNLIKE = POTENTIAL.replace(nonadditivity=0.5)


@cache
def with_rattler():
    """A glass, and the same with a speck of dust in its largest hole, out of reach of all others."""
    clean = gk.quench(glass(2, particles=64), UNLIKE, force_tolerance=1e-12).configuration
    point_kc = np.stack(np.meshgrid(*[np.linspace(0, 1, 80)] * 2), -1).reshape(-1, 2) * clean.box.lengths
    vector_knc = clean.box.minimum_image(point_kc[:, None] - clean.positions)
    cutoff_n = UNLIKE.cutoff_of(UNLIKE.pair_diameter(0.01, clean.diameters))
    room_k = (np.linalg.norm(vector_knc, axis=2) - cutoff_n).min(axis=1)
    assert room_k.max() > 0.0
    position_nc = np.vstack([clean.positions, point_kc[np.argmax(room_k)]])
    return clean, gk.Configuration(position_nc, np.r_[clean.diameters, 0.01], clean.box)


@kinds
def test_rattlers_stay_at_rest(kind):
    clean, dusty = with_rattler()
    guess_nc = np.random.default_rng(1).normal(size=clean.positions.shape)
    landscape = ModeLandscape.of(dusty, UNLIKE)
    assert landscape.moving[:-1].all()
    assert not landscape.moving[-1]
    found = SOLVERS[kind](dusty, UNLIKE, np.vstack([guess_nc, [5.0, -7.0]]))
    expected = SOLVERS[kind](clean, UNLIKE, guess_nc)
    np.testing.assert_array_equal(found.mode[-1], 0.0)
    # The same sums over the same pairs, up to rounding, both converged to 1e-10.
    assert np.linalg.norm(found.mode[:-1] - expected.mode) < 1e-9
    with pytest.raises(InputError, match="nothing is left of the guess without translations and rattlers"):
        SOLVERS[kind](dusty, UNLIKE, np.vstack([np.ones_like(guess_nc), [5.0, -7.0]]))
