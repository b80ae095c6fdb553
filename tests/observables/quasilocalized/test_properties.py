"""Properties of directions: strain coupling against strained boxes, wells of quartics against their roots."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from instabilities import sheared, sheared_to_the_edge

import glasskit as gk
from glasskit.errors import InputError, InsufficientDataError
from glasskit.observables.mode_decay import mode_decay
from glasskit.observables.mode_shape import mode_shape
from glasskit.observables.quasilocalized.landscape import ModeLandscape
from glasskit.observables.quasilocalized.properties import mode_properties, properties_of
from glasskit.observables.quasilocalized.quartic_expansion import QuarticExpansion
from glasskit.observables.quasilocalized.strain_coupling import StrainCoupling, strain_coupling
from glasskit.particles.configuration import Configuration
from glasskit.particles.hessian import contraction
from glasskit.particles.system import forces, interacting_pairs

IPL = gk.BINARY_IPL.potential
SIZES = {2: 64, 3: 128, 4: 256}


@functools.cache
def glass(d, n=None, seed=3):
    liquid = gk.BINARY_IPL.random_configuration(n or SIZES[d], dimension=d, rng=np.random.default_rng([seed, d]))
    return gk.quench(liquid, IPL, force_tolerance=1e-12).configuration


@functools.cache
def harmonic(d):
    return gk.lowest_modes(gk.hessian(glass(d), IPL), 1, dimension=d).modes[0]


def directions(d):
    """The softest harmonic mode, and one that has nothing to do with the glass."""
    noise = np.random.default_rng(d).standard_normal(glass(d).positions.shape)
    return harmonic(d), ModeLandscape.of(glass(d), IPL).direction(noise)


def derivative(function, h):
    """Central difference of fourth order."""
    return (8 * (function(h) - function(-h)) - (function(2 * h) - function(-2 * h))) / (12 * h)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_strain_coupling_is_the_change_of_forces_in_strained_boxes(d):
    configuration, h = glass(d), 1e-4
    for mode in directions(d):
        tensor = strain_coupling(ModeLandscape.of(configuration, IPL), mode)
        for a, b in itertools.combinations_with_replacement(range(d), 2):
            gradient = np.zeros((d, d))
            gradient[a, b] = 1

            def pull(s, gradient=gradient, mode=mode):
                return -float(np.vdot(forces(configuration.deformed(np.eye(d) + s * gradient), IPL), mode))

            # h⁴ times fifth derivatives of about 1e5 F/length⁴ and rounding 1e-14/h · Σ|phi'| both stay below 1e-8
            assert tensor[a, b] == pytest.approx(derivative(pull, h), abs=1e-7 * np.abs(tensor).max())
        np.testing.assert_array_equal(tensor, tensor.T)


@pytest.mark.parametrize("d", [2, 3])
def test_strained_displacements_along_an_eigenmode_are_coupling_over_stiffness(d):
    moduli = gk.elastic_moduli(glass(d), IPL)
    known = mode_properties(glass(d), IPL, harmonic(d))
    order = {2: [(0, 0), (1, 1), (0, 1)], 3: [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]}[d]
    for velocity_nc, (a, b) in zip(moduli.velocities, order, strict=True):
        expected = -known.coupling.tensor[a, b] / known.stiffness
        # the solve and the eigenmode are good to 1e-9 of the largest
        assert np.vdot(velocity_nc, harmonic(d)) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("d", [2, 3])
def test_expansion_is_that_of_the_stiffness_at_displaced_positions(d):
    configuration, h = glass(d), 3e-4
    for mode in directions(d):
        known = mode_properties(configuration, IPL, mode)

        def kappa(s, mode=mode):
            z_nc = configuration.replace(positions=configuration.positions + s * mode)
            return float(mode.ravel() @ (gk.hessian(z_nc, IPL) @ mode.ravel()))

        second = (16 * (kappa(h) + kappa(-h)) - kappa(2 * h) - kappa(-2 * h) - 30 * kappa(0)) / (12 * h * h)
        assert known.stiffness == pytest.approx(kappa(0), rel=1e-12)
        assert known.tau == pytest.approx(derivative(kappa, h), rel=1e-7, abs=1e-7 * known.stiffness)
        # rounding leaves 1e-15 · kappa/h², 1e-8 of it; pairs that cross the cutoff change phi'''' by a jump
        assert known.chi == pytest.approx(second, rel=1e-6)


@pytest.mark.parametrize("d", [2, 3])
def test_properties_follow_rotations_shifts_and_signs(d):
    configuration, mode = glass(d), harmonic(d)
    known = mode_properties(configuration, IPL, mode)
    turn = np.roll(np.eye(d), 1, axis=0)
    turn[0] *= -1.0
    turned = Configuration(configuration.positions @ turn.T, configuration.diameters, configuration.box)
    shifted = configuration.replace(positions=configuration.positions + 0.37 * configuration.box.lengths)
    for other, z_nc, matrix, sign in (
        (turned, mode @ turn.T, turn, 1),
        (shifted, mode, np.eye(d), 1),
        (configuration, -3.0 * mode, np.eye(d), -1),
        (configuration, mode + np.arange(d), np.eye(d), 1),
    ):
        found = mode_properties(other, IPL, z_nc)
        for name, flips in (("stiffness", 1), ("tau", sign), ("chi", 1), ("participation", 1), ("core_size", 1)):
            # rounding of coordinates, eps L, times kappa'/kappa of a few hundred
            assert getattr(found, name) == pytest.approx(flips * getattr(known, name), rel=1e-10), name
        expected = sign * matrix @ known.coupling.tensor @ matrix.T
        np.testing.assert_allclose(found.coupling.tensor, expected, rtol=0, atol=1e-10 * np.abs(expected).max())
        assert found.coupling.shear == pytest.approx(known.coupling.shear, rel=1e-9)
        assert found.coupling.dilatation == pytest.approx(sign * known.coupling.dilatation, rel=1e-9)
        assert found.coupling.dilatation_to_shear == pytest.approx(known.coupling.dilatation_to_shear, rel=1e-9)
        moved = matrix @ known.core + (0.37 * configuration.box.lengths if other is shifted else 0)
        away = configuration.box.minimum_image(found.core - moved)
        assert np.abs(away).max() < 1e-6  # mean shift ends at 1e-9 of its reach per step


@pytest.mark.parametrize("d", [2, 3, 4])
def test_largest_shear_over_orientations(d):
    rng = np.random.default_rng(d)
    matrix = rng.standard_normal((d, d))
    coupling = StrainCoupling(matrix + matrix.T, 2.0, 3.0)
    first, second = coupling.shear_axes
    assert first @ second == pytest.approx(0, abs=1e-14)
    assert [first @ first, second @ second] == pytest.approx([1, 1], rel=1e-14)
    assert coupling.nu(np.outer(first, second)) == pytest.approx(coupling.shear, rel=1e-13)
    best = 0.0
    for _ in range(2000):
        pair = np.linalg.qr(rng.standard_normal((d, 2)))[0]
        best = max(best, coupling.nu(np.outer(pair[:, 0], pair[:, 1])))
    assert 0.8 * coupling.shear < best <= coupling.shear * (1 + 1e-13)  # 2000 orientations come near it
    assert coupling.nu(np.eye(d)) == pytest.approx(d * coupling.dilatation, rel=1e-13)
    np.testing.assert_allclose(coupling.softening, -1.5 * coupling.tensor, rtol=1e-14)


def test_dilatation_to_shear_of_known_tensors():
    def of(*diagonal):
        return StrainCoupling(np.diag(diagonal).astype(float), 1.0, 0.0)

    assert of(3, 0, 0).largest_deviation == pytest.approx(2, rel=1e-14)
    assert of(3, 0, 0).dilatation_to_shear == pytest.approx(0.5, rel=1e-14)
    assert of(-3, 0, 0).dilatation_to_shear == pytest.approx(0.5, rel=1e-14)
    assert of(2, 2, -1).largest_deviation == pytest.approx(-2, rel=1e-14)
    assert of(2, 2, -1).dilatation_to_shear == pytest.approx(-0.5, rel=1e-14)
    assert of(-2, -2, 1).dilatation_to_shear == pytest.approx(-0.5, rel=1e-14)
    # in two dimensions both eigenvalues of the deviator are equally large: the sign is that of the trace
    assert of(3, 1).dilatation_to_shear == of(-3, -1).dilatation_to_shear == pytest.approx(2, rel=1e-14)
    assert of(1, 1, 1).dilatation_to_shear == np.inf


def test_softening_is_the_part_of_the_response_along_the_mode():
    """U3:ψψ·(ψ ψ·v) with the non-affine v: what Eq. (21) keeps of dκ/dε."""
    d = 2
    moduli, mode = gk.elastic_moduli(glass(d), IPL), harmonic(d)
    known = mode_properties(glass(d), IPL, mode)
    along = float(np.vdot(moduli.velocities[2], mode))
    cubic = contraction(interacting_pairs(glass(d), IPL), mode, 3)
    assert known.coupling.softening[0, 1] == pytest.approx(float(np.vdot(cubic, mode)) * along, rel=1e-7)


def test_softening_becomes_exact_near_an_instability():
    """Eqs. (21) of the perspective and (29) of NQEs I, whose error is of the order of kappa: √(gamma_c − gamma)."""
    edge = sheared_to_the_edge(glass(2, seed=1), IPL)
    errors = []
    for before in (1e-3, 1e-5):
        state, h = sheared(edge, IPL, -before), 0.02 * before
        mode = gk.lowest_modes(gk.hessian(state, IPL), 1, dimension=2).modes[0]

        def kappa(s, state=state):
            return gk.lowest_modes(gk.hessian(sheared(state, IPL, s), IPL), 1, dimension=2).eigenvalues[0]

        measured = (kappa(h) - kappa(-h)) / (2 * h)  # good to (h/before)², 4e-4
        errors.append(abs(measured / mode_properties(state, IPL, mode).coupling.softening[0, 1] - 1))
    assert errors[1] < 5e-3
    assert errors[0] > 5 * errors[1]


@pytest.mark.parametrize(
    ("kappa", "tau", "chi"), [(1.0, 2.9, 3.0), (0.3, -2.0, 4.2), (2.0, 7.0, 7.0), (1e-3, 1.0, 50.0)]
)
def test_wells_of_a_quartic_against_its_roots(kappa, tau, chi):
    expansion = QuarticExpansion(kappa, tau, chi)
    root_s = np.roots([chi / 6, tau / 2, kappa])
    if np.iscomplex(root_s).any():
        assert expansion.wells == "single"
        with pytest.raises(InsufficientDataError, match="no second minimum"):
            _ = expansion.second_minimum
        return
    near, far = sorted(root_s, key=abs)

    def energy(s):
        return kappa * s**2 / 2 + tau * s**3 / 6 + chi * s**4 / 24

    assert expansion.quartic_barrier == pytest.approx((near, energy(near)), rel=1e-9)
    # a difference of terms that nearly cancel
    assert expansion.second_minimum == pytest.approx((far, energy(far)), rel=1e-9, abs=1e-12)
    assert expansion.wells == ("second lower" if energy(far) < 0 else "second higher")


def test_thresholds_of_wells():
    def wells(ratio, chi=2.0):
        return QuarticExpansion(1.5, -np.sqrt(ratio * 1.5 * abs(chi)), chi).wells

    assert [wells(8 / 3 - 1e-9), wells(8 / 3 + 1e-9)] == ["single", "second higher"]
    assert [wells(3 - 1e-9), wells(3 + 1e-9)] == ["second higher", "second lower"]
    assert [wells(5.0, -2.0), QuarticExpansion(1.0, 1.0, 0.0).wells] == ["unbounded", "unbounded"]
    flat = QuarticExpansion(1.0, 0.0, 1.0)
    assert flat.wells == "single"
    assert [flat.barrier, abs(flat.barrier_position)] == [np.inf, np.inf]
    nearly_cubic = QuarticExpansion(1.0, 2.0, 1e-6)
    # the quartic term changes both by about chi s/tau, 1e-6
    expected = (nearly_cubic.barrier_position, nearly_cubic.barrier)
    assert nearly_cubic.quartic_barrier == pytest.approx(expected, rel=1e-5)


def test_numbers_are_those_of_the_nonlinear_mode():
    spot = gk.quartic_mode(glass(3), IPL, harmonic(3))
    known = mode_properties(glass(3), IPL, spot)
    assert (known.stiffness, known.tau, known.chi) == pytest.approx((spot.stiffness, spot.tau, spot.chi), rel=1e-12)
    assert (known.barrier, known.barrier_position) == pytest.approx((spot.barrier, spot.barrier_position), rel=1e-12)
    assert (known.asymmetry, known.frequency) == pytest.approx((spot.asymmetry, spot.frequency), rel=1e-12)
    assert known.participants == pytest.approx(spot.participation * 128, rel=1e-12)
    lowest = gk.lowest_modes(gk.hessian(glass(3), IPL), 1)
    assert mode_properties(glass(3), IPL, lowest.modes[0]).stiffness == pytest.approx(lowest.eigenvalues[0], rel=1e-9)


def test_decay_is_fitted_or_refused_with_the_reason():
    configuration = glass(2, 900)
    landscape = ModeLandscape.of(configuration, IPL)
    r = np.linalg.norm(configuration.positions, axis=1)
    noise = np.random.default_rng(5).standard_normal(configuration.positions.shape)
    mode = landscape.direction(noise / (1 + r**2)[:, None] ** 0.75)
    known = properties_of(landscape, mode)
    assert known.decay_refusal == ""
    twin = mode_decay(mode_shape(configuration, mode))
    assert known.decay.exponent == pytest.approx(twin.exponent, rel=1e-9)  # the mode is made a unit vector once more
    # r^-1.5 from 1.5 on; the error bar of one mode is about 0.1, five of them
    assert known.decay.exponent == pytest.approx(1.5, abs=0.5)
    wave = properties_of(landscape, np.cos(2 * np.pi * configuration.positions / configuration.box.lengths)[:, ::-1])
    assert "is extended" in wave.decay_refusal
    with pytest.raises(InsufficientDataError, match="is extended"):
        _ = wave.decay
    small = mode_properties(glass(3), IPL, harmonic(3))
    with pytest.raises(InsufficientDataError):
        _ = small.decay


def test_bad_input():
    with pytest.raises(InputError, match="one displacement per particle"):
        mode_properties(glass(2), IPL, harmonic(3))
    with pytest.raises(InputError, match="zero mode"):
        mode_properties(glass(2), IPL, np.ones((64, 2)))
    with pytest.raises(InputError, match="largest force"):
        mode_properties(glass(2).replace(positions=glass(2).positions + 1e-3 * harmonic(2)), IPL, harmonic(2))
    with pytest.raises(InputError, match="strain: expected"):
        mode_properties(glass(2), IPL, harmonic(2)).coupling.nu(np.eye(3))
