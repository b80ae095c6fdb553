"""Pair potentials: values, four derivatives, ends, and the arguments they refuse."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

import glasskit as gk
from glasskit import reference
from glasskit.errors import InputError
from glasskit.particles.potentials import POTENTIALS, smoothing_coefficients, sticky_coefficients
from glasskit.particles.potentials.sticky import MINIMUM

mp.mp.dps = 40

TAPERS = (1, 2, 3, 4, 8, math.inf)
VARIANTS = [
    *(gk.InversePowerLaw(taper=m) for m in TAPERS),
    *(gk.InversePowerLaw(exponent=n) for n in (10, 7, 9.5)),
    *(gk.LennardJones(taper=m) for m in TAPERS),
    *(gk.SmoothedInversePowerLaw(smoothness=q) for q in (1, 2, 3, 4)),
    gk.SmoothedInversePowerLaw(exponent=12, cutoff_ratio=1.25, smoothness=2, nonadditivity=0.2),
    gk.SmoothedInversePowerLaw(exponent=7, smoothness=2),
    gk.SmoothedInversePowerLaw(exponent=9.5, smoothness=3),
    gk.Hertzian(),
    gk.HarmonicSpheres(),
    *(gk.StickySpheres(cutoff_ratio=x) for x in (1.1, 1.2, 1.5)),
]
variants = pytest.mark.parametrize("potential", VARIANTS, ids=str)

DIAMETERS = (0.8, 1.0, 1.4)
FRACTIONS = (0.55, 0.7, 0.83, 0.87, 0.93, 0.97)  # distances in units of the cutoff; both branches of sticky spheres


def test_every_registered_potential_is_among_the_variants():
    assert {type(potential) for potential in VARIANTS} == set(POTENTIALS.values())


# The same potentials once more, in forty digits, with polynomials found from their defining conditions.


def _mp_taper(x, m):
    return mp.exp(x / (2 * (x - 1))) if m == math.inf else (1 - x * x) ** m


def _mp_polynomial(powers, conditions):
    """Coefficients c with Σ c_k d^l/ds^l s^k = v for every condition (s, l, v)."""
    rows = [[mp.ff(k, order) * s ** (k - order) for k in powers] for s, order, _ in conditions]
    return list(mp.lu_solve(mp.matrix(rows), mp.matrix([v for *_, v in conditions])))


def _mp_smoothing(p):
    n, x_c, powers = mp.mpf(p.exponent), mp.mpf(p.cutoff_ratio), [2 * k for k in range(p.smoothness + 1)]
    ends = [(x_c, order, -mp.ff(-n, order) * x_c ** (-n - order)) for order in range(p.smoothness + 1)]
    return powers, _mp_polynomial(powers, ends)


def _mp_sticky(p):
    powers, low = [-12, -6, 0, 2, 4, 6], mp.mpf(2) ** (mp.mpf(1) / 6)
    ends = [(low * mp.mpf(p.cutoff_ratio), order, 0) for order in range(3)]
    curvature = 4 * (156 * low**-14 - 42 * low**-8)
    return powers, _mp_polynomial(powers, [(low, 0, -1), (low, 1, 0), (low, 2, curvature), *ends])


def mp_terms(p, a):
    """The pair energy as a function of r that returns a list of terms, their sum the energy."""
    a = mp.mpf(a)
    if isinstance(p, gk.InversePowerLaw):
        n, rc = mp.mpf(p.exponent), mp.mpf(p.cutoff)
        return lambda r: [((a / r) ** n - (a / rc) ** n) * _mp_taper(r / rc, p.taper)]
    if isinstance(p, gk.LennardJones):
        rc = mp.mpf(p.cutoff)
        powers = [(4, 12), (-4, 6)]
        return lambda r: [c * ((a / r) ** n - (a / rc) ** n) * _mp_taper(r / rc, p.taper) for c, n in powers]
    if isinstance(p, gk.SmoothedInversePowerLaw):
        n, (powers, c) = mp.mpf(p.exponent), _mp_smoothing(p)
        return lambda r: [(a / r) ** n, *(c[k] * (r / a) ** power for k, power in enumerate(powers))]
    if isinstance(p, gk.Hertzian):
        return lambda r: [mp.mpf(2) / 5 * (1 - r / a) ** (mp.mpf(5) / 2)]
    if isinstance(p, gk.HarmonicSpheres):
        return lambda r: [(1 - r / a) ** 2 / 2]
    powers, c = _mp_sticky(p)

    def sticky(r):
        if r / a < mp.mpf(2) ** (mp.mpf(1) / 6):
            return [4 * (a / r) ** 12, -4 * (a / r) ** 6]
        return [c[k] * (r / a) ** power for k, power in enumerate(powers)]

    return sticky


def mp_derivative(terms, r, order):
    """The derivative, and the sum of the magnitudes of its terms: what rounding is relative to."""
    count = len(terms(r))
    values = [mp.diff(lambda x, k=k: terms(x)[k], r, order) for k in range(count)]
    return float(mp.fsum(values)), float(mp.fsum(abs(v) for v in values))


@variants
def test_derivatives_equal_forty_digit_ones(potential):
    for a in DIAMETERS:
        terms = mp_terms(potential, a)
        for fraction in FRACTIONS:
            r = fraction * float(potential.cutoff_of(a))
            found = potential.pair_derivatives(r, a)
            for order in range(5):
                exact, magnitude = mp_derivative(terms, mp.mpf(r), order)
                # A dozen operations per term and the rounding of coefficients, whose equations have condition
                # numbers up to 1e4 for sticky spheres of range 1.1.
                floor = 1e-12 if isinstance(potential, gk.StickySpheres) else 2e-14
                assert abs(found[order] - exact) <= 1e-10 * abs(exact) + floor * magnitude + 1e-20, (a, r, order)


@variants
def test_each_derivative_is_the_slope_of_the_one_below(potential):
    a = np.array(DIAMETERS)
    h = 1e-4
    for fraction in FRACTIONS:
        r = fraction * potential.cutoff_of(a)
        at = [potential.pair_derivatives(r + k * h, a) for k in (-2, -1, 1, 2)]
        slope = (at[0] - at[3] + 8 * (at[2] - at[1])) / (12 * h)
        exact = potential.pair_derivatives(r, a)
        # Truncation h⁴/30 · phi^(k+5): at most (n+8)⁴ (h/r)⁴/30 = 1e-10 of phi^(k+1) for powers; near the end of
        # T_inf and of a Hertzian contact the length is 3 % of the cutoff, (h/0.03)⁴ · 100 = 1e-8.
        for order in range(4):
            scale = np.abs(exact[order + 1]) + 1e-3 * np.abs(exact[order]) / a
            assert (np.abs(slope[order] - exact[order + 1]) <= 1e-7 * scale + 1e-9).all(), (fraction, order)


@variants
def test_fast_functions_equal_the_derivatives(potential):
    form, p = potential.form, potential.parameters
    for a in DIAMETERS:
        terms = mp_terms(potential, a)
        for fraction in FRACTIONS:
            r = fraction * float(potential.cutoff_of(a))
            compiled = potential.pair_derivatives(r, a)
            # Sums in another order: what their terms, of the magnitude below, leave after cancelling.
            rounding = [1e-13 * mp_derivative(terms, mp.mpf(r), order)[1] + 1e-20 for order in range(5)]
            energy, (same_energy, slope_over_r) = form.energy(r * r, a, p), form.force(r * r, a, p)
            assert energy == pytest.approx(compiled[0], rel=1e-12, abs=rounding[0])
            assert same_energy == pytest.approx(compiled[0], rel=1e-12, abs=rounding[0])
            assert slope_over_r * r == pytest.approx(compiled[1], rel=1e-12, abs=rounding[1])
            for order, value in enumerate(form.derivatives(r, a, p)):
                assert value == pytest.approx(compiled[order], rel=1e-12, abs=rounding[order])


@variants
def test_energies_equal_the_printed_formulas(potential):
    if isinstance(potential, gk.SmoothedInversePowerLaw) and potential.exponent % 2:
        with pytest.raises(InputError, match="even exponent"):
            reference.pair_energy(potential, 1.0, 1.0)
        return
    a = np.array(DIAMETERS)[:, None]
    r = potential.cutoff_of(a) * np.array([*FRACTIONS, 1.0, 1.1])
    printed = reference.pair_energy(potential, r, a)
    # Terms of the polynomials are of order one near the cutoff, where they cancel; sticky coefficients reach 1e4.
    np.testing.assert_allclose(potential.pair_energy(r, a), printed, rtol=1e-11, atol=1e-10)


@variants
def test_energy_vanishes_as_the_stated_power_of_the_distance_to_the_cutoff(potential):
    a = 1.0
    rc = float(potential.cutoff_of(a))
    reach = rc - MINIMUM if isinstance(potential, gk.StickySpheres) else rc  # of the branch that ends at the cutoff
    delta = reach * np.array([0.04, 0.02, 0.01])
    derivative_op = np.abs(potential.pair_derivatives(rc - delta, a))
    if potential.smoothness_at_cutoff == math.inf:
        # ln phi = −r_c/(2 delta) + ..., steeper than any power: d ln phi/d ln delta = 1 + r_c/(2 delta) at 1.5 %.
        slope = np.log2(derivative_op[:, 1] / derivative_op[:, 2])
        assert (slope > 25).all()
        return
    m = potential.smoothness_at_cutoff
    leading = 2.5 if isinstance(potential, gk.Hertzian) else m + 1
    for order in range(min(4, m + 1) + 1):
        slope = np.log2(derivative_op[order, :2] / derivative_op[order, 1:])
        # phi^(k) ∝ delta^(leading−k) (1 + b delta + ...): extrapolated to delta → 0, with (b delta)² < 0.1 left.
        assert 2 * slope[1] - slope[0] == pytest.approx(leading - order, abs=0.12), order


@variants
def test_energy_and_vanishing_derivatives_are_continuous_at_the_cutoff(potential):
    for a in DIAMETERS:
        rc = float(potential.cutoff_of(a))
        np.testing.assert_array_equal(potential.pair_derivatives([rc, np.nextafter(rc, 9), 2 * rc], a), 0.0)
        below = potential.pair_derivatives(np.nextafter(rc, 0), a)
        assert np.isfinite(below).all()
        # One rounding step below the cutoff a vanishing derivative is 1e-16 times the next one, except for the square
        # root in phi'' of a Hertzian contact; cancelling terms leave 1e-16 of theirs: up to 1e5 in the fourth
        # derivative of the polynomials, and 1e7 in the second of sticky spheres.
        bound = {gk.Hertzian: 1e-7, gk.StickySpheres: 5e-9}.get(type(potential), 2e-11)
        assert (np.abs(below[: min(4, potential.smoothness_at_cutoff) + 1]) < bound).all()


@pytest.mark.parametrize(
    "potential", [gk.Hertzian(), gk.HarmonicSpheres(), gk.InversePowerLaw(taper=math.inf)], ids=str
)
def test_pairs_one_rounding_error_inside_the_cutoff_stay_finite(potential, rng):
    form, p = potential.form, potential.parameters
    for a in np.concatenate((rng.uniform(0.5, 2, 500), rng.uniform(1.9, 2, 500))).tolist():
        rc = float(potential.cutoff_of(a))
        for r in (np.nextafter(rc, 0), rc * (1 - 1e-15)):
            numbers = (form.energy(r * r, a, p), *form.force(r * r, a, p), *form.derivatives(float(r), a, p))
            assert np.isfinite(numbers).all()


def test_smoothing_coefficients_are_those_of_the_binary_model():
    expected = [-1.1106337662511798, 1.2676152372297065, -0.4960406072849212, 0.0660511826415732]
    np.testing.assert_allclose(smoothing_coefficients(10, 1.48, 3), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("exponent", "cutoff_ratio", "smoothness"), [(10, 1.4, 3), (12, 1.25, 2), (7, 1.5, 1), (9.5, 1.3, 5)]
)
def test_smoothing_coefficients_solve_their_defining_equations(exponent, cutoff_ratio, smoothness):
    potential = gk.SmoothedInversePowerLaw(exponent, cutoff_ratio, smoothness)
    exact = [float(c) for c in _mp_smoothing(potential)[1]]
    np.testing.assert_allclose(smoothing_coefficients(exponent, cutoff_ratio, smoothness), exact, rtol=1e-12)


@pytest.mark.parametrize("cutoff_ratio", [1.05, 1.1, 1.2, 1.5, 2.5])
def test_sticky_coefficients_solve_their_defining_equations(cutoff_ratio):
    exact = [float(c) for c in _mp_sticky(gk.StickySpheres(cutoff_ratio))[1]]
    # Equations scaled by their largest entry keep a condition number of about 1e6 at a range of 1.05.
    np.testing.assert_allclose(sticky_coefficients(cutoff_ratio), exact, rtol=1e-8)


@pytest.mark.parametrize("cutoff_ratio", [1.1, 1.2, 1.5])
def test_sticky_branches_meet_smoothly(cutoff_ratio):
    potential = gk.StickySpheres(cutoff_ratio)
    left, right = (potential.pair_derivatives(MINIMUM * (1 + s * 1e-9), 1.0) for s in (-1, 1))
    assert left[0] == pytest.approx(-1, rel=1e-12)
    assert right[0] == pytest.approx(-1, rel=1e-9)
    # phi'' = 57 at the minimum and |phi'''| up to 1e4: phi' is 57e-9 on either side, phi'' changes by up to 1e-5.
    assert abs(right[1] - left[1]) < 2e-7
    assert right[2] == pytest.approx(left[2], abs=1e-4)
    assert abs(right[3] - left[3]) > 1  # the kink that the class declares


@pytest.mark.parametrize("exponent", [12, 7, 9.5])
def test_without_taper_an_inverse_power_is_homogeneous(exponent):
    # At a cutoff of 1e6 diameters taper and shift are changes of 1e-11 and less.
    potential = gk.InversePowerLaw(exponent=exponent, cutoff=1e6, taper=1)
    r = np.array([0.7, 1.0, 2.3])
    phi_op = potential.pair_derivatives(r, 1.1)
    np.testing.assert_allclose(phi_op[0], (1.1 / r) ** exponent, rtol=1e-10)
    np.testing.assert_allclose(potential.pair_energy(1.7 * r, 1.1), 1.7**-exponent * phi_op[0], rtol=1e-10)
    for order in range(4):
        np.testing.assert_allclose(r * phi_op[order + 1], -(exponent + order) * phi_op[order], rtol=1e-9)


def test_pair_diameters_of_the_binary_model():
    a = gk.BINARY_IPL.potential.pair_diameter([1.0, 1.0, 1.4], [1.0, 1.4, 1.4])
    np.testing.assert_allclose(a, [1.0, 1.18, 1.4], rtol=1e-15)


@pytest.mark.parametrize("nonadditivity", [0.0, 0.1, 0.49, -0.1, -0.5, -3.0])
@pytest.mark.parametrize("family", [gk.Hertzian, gk.InversePowerLaw, gk.StickySpheres])
def test_largest_cutoff_equals_brute_force(family, nonadditivity, rng):
    potential = family(nonadditivity=nonadditivity)
    for n in (1, 2, 3, 50):
        diameters = rng.uniform(0.2, 2.2, n)
        brute = potential.cutoff_of(potential.pair_diameter(diameters[:, None], diameters[None, :])).max()
        assert potential.largest_cutoff(diameters) == pytest.approx(brute, rel=1e-15)


def test_largest_cutoff_refuses_sizes_that_leave_a_pair_without_diameter():
    potential = gk.SmoothedInversePowerLaw(nonadditivity=0.5)
    potential.largest_cutoff(np.array([1.0, 2.9]))
    with pytest.raises(InputError, match="no positive diameter"):
        potential.largest_cutoff(np.array([1.0, 2.0, 3.0]))


def test_arrays_broadcast():
    potential = gk.InversePowerLaw()
    r, a = np.array([[1.0], [1.5], [5.0]]), np.array([0.8, 1.2])
    table = potential.pair_derivatives(r, a, order=2)
    assert table.shape == (3, 3, 2)
    assert potential.pair_energy(r, a).shape == (3, 2)
    assert potential.pair_energy(1.0, 1.0).shape == ()
    assert potential.pair_derivatives(1.0, 1.0).shape == (5,)
    assert table[1, 1, 0] == potential.pair_derivatives(1.5, 0.8)[1]
    assert (table[:, 2] == 0).all()


def test_potentials_are_values():
    assert gk.InversePowerLaw(taper=2) == gk.InversePowerLaw().replace(taper=2)
    assert gk.InversePowerLaw(cutoff=1.5).form == gk.InversePowerLaw(cutoff=1.9).form  # a scan does not recompile
    assert gk.InversePowerLaw(taper=3).form != gk.InversePowerLaw().form
    with pytest.raises(AttributeError):
        gk.InversePowerLaw().cutoff = 2.0


@pytest.mark.parametrize("taper", [0, 2.5, 2.0, -1, "x", None, math.nan, -math.inf])
@pytest.mark.parametrize("family", [gk.InversePowerLaw, gk.LennardJones])
def test_tapers_that_are_no_positive_integer_are_refused(family, taper):
    with pytest.raises(InputError, match="taper: expected an integer m >= 1"):
        family(taper=taper)


def test_integer_types_of_numpy_are_tapers():
    assert gk.InversePowerLaw(taper=np.int64(3)) == gk.InversePowerLaw(taper=3)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "1", None])
@pytest.mark.parametrize(
    ("family", "name"),
    [
        (gk.InversePowerLaw, "cutoff"),
        (gk.InversePowerLaw, "exponent"),
        (gk.LennardJones, "cutoff"),
        (gk.SmoothedInversePowerLaw, "cutoff_ratio"),
        (gk.SmoothedInversePowerLaw, "exponent"),
        (gk.SmoothedInversePowerLaw, "smoothness"),
        (gk.StickySpheres, "cutoff_ratio"),
    ],
)
def test_numbers_that_must_be_positive_are_checked(family, name, value):
    with pytest.raises(InputError, match=name):
        family(**{name: value})


@pytest.mark.parametrize("family", list(POTENTIALS.values()))
def test_nonadditivity_must_be_finite(family):
    for value in (math.inf, -math.inf, math.nan, "x"):
        with pytest.raises(InputError, match="nonadditivity"):
            family(nonadditivity=value)


def test_a_sticky_range_must_exceed_one():
    with pytest.raises(InputError, match="cutoff_ratio"):
        gk.StickySpheres(cutoff_ratio=1.0)


def test_smoothness_must_be_whole():
    with pytest.raises(InputError, match="smoothness must be an integer"):
        gk.SmoothedInversePowerLaw(smoothness=2.5)


@pytest.mark.parametrize("r", [0.0, -1.0, math.nan, math.inf])
def test_distances_and_diameters_must_be_positive(r):
    for arguments in ((r, 1.0), (1.0, r), ([1.0, r], 1.0)):
        with pytest.raises(InputError, match="positive and finite"):
            gk.InversePowerLaw().pair_energy(*arguments)


@pytest.mark.parametrize("order", [5, -1, 1.5, None])
def test_derivatives_beyond_the_fourth_are_refused(order):
    with pytest.raises(InputError, match="order: expected 0 to 4"):
        gk.InversePowerLaw().pair_derivatives(1.0, 1.0, order=order)
