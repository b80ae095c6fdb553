"""Averages over one oscillator against elementary cases and against finer quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.meanfield.averages import force_nodes, inverse_cube, oscillator_averages, position_over_force


@pytest.mark.parametrize("stiffness", [0.0, 1e-9, 0.3, 1e6])
def test_position_solves_the_cubic(stiffness):
    force = np.geomspace(1e-12, 1e6, 50)
    x = position_over_force(force, stiffness) * force
    np.testing.assert_allclose(x**3 / 6 + stiffness * x, force, rtol=1e-14)  # 50 roundings: the terms are positive


def test_position_at_rest_is_the_linear_response():
    assert position_over_force(np.array([0.0]), 0.2)[0] == pytest.approx(5.0, rel=1e-15)


@pytest.mark.parametrize(
    ("field", "width", "softest"), [(0.1, 0.05, 0.0), (0.0, 0.3, 1e-6), (2.0, 1e-5, 0.1), (1.0, 1e3, 0.5)]
)
def test_weights_integrate_even_powers_of_the_force(field, width, softest):
    force, weight = force_nodes(field, width, softest, softest + 1)
    assert weight.sum() == pytest.approx(1, rel=1e-12)
    assert weight @ force**2 == pytest.approx(field**2 + width**2, rel=1e-12)
    assert weight @ force**4 == pytest.approx(field**4 + 6 * (field * width) ** 2 + 3 * width**4, rel=1e-12)


def test_no_force_gives_the_averages_of_the_stiffness():
    found = oscillator_averages(field=0.0, width=0.0, softest=0.2, span=0.6)
    assert found.square == 0
    assert found.inverse == pytest.approx(math.log(4) / 0.6, rel=1e-14)
    assert found.inverse2 == pytest.approx(1 / (0.2 * 0.8), rel=1e-14)
    cube = inverse_cube(field=0.0, width=0.0, softest=0.2, span=0.6)
    assert cube == pytest.approx((0.2 + 0.8) / (2 * (0.2 * 0.8) ** 2), rel=1e-14)


@pytest.mark.parametrize("field", [1e-3, 0.3, 50.0])
def test_one_stiffness_is_the_limit_of_a_narrow_range(field):
    exact = oscillator_averages(field=field, width=0.2, softest=0.5, span=0.0)
    narrow = oscillator_averages(field=field, width=0.2, softest=0.5 - 5e-7, span=1e-6)
    for name in ("square", "inverse", "inverse2"):  # differ by the curvature of the average: span²/24 × order 10
        assert getattr(narrow, name) == pytest.approx(getattr(exact, name), rel=1e-11)


def test_closed_forms_agree_with_a_sum_over_stiffness():
    field, width, softest, span = 0.3, 0.2, 0.05, 0.9
    force, weight = force_nodes(field, width, softest, softest + span)
    node, share = np.polynomial.legendre.leggauss(200)  # the nearest pole is 0.05 below the range: error 1e-30
    sums = np.zeros(4)
    for k, w in zip(softest + span * (node + 1) / 2, share / 2, strict=True):
        x = position_over_force(force, k) * force
        m = k + x * x / 2
        sums += w * np.array([weight @ x**2, weight @ (1 / m), weight @ m**-2.0, weight @ m**-3.0])
    found = oscillator_averages(field=field, width=width, softest=softest, span=span)
    cube = inverse_cube(field=field, width=width, softest=softest, span=span)
    np.testing.assert_allclose([found.square, found.inverse, found.inverse2, cube], sums, rtol=1e-12)


def test_independent_oscillators_at_small_field():
    """J = 0, kappa_min → 0: q = 2.7257 h^(4/3)/kappa_0 − h²/kappa_0² + … ."""
    for kappa_0, field in ((1.0, 1e-3), (1.0, 1e-4), (3.0, 1e-3)):
        found = oscillator_averages(field=field, width=0.0, softest=1e-12, span=kappa_0)
        series = 2.7257 * field ** (4 / 3) / kappa_0 - field**2 / kappa_0**2
        assert found.square == pytest.approx(series, rel=2e-5)  # four decimals of the constant; next term h⁴/kappa_0⁵


def test_prefactor_of_independent_oscillators():
    """The constant 2.7257 is 6^(1/3) (1 + 6/12), from x1 = (6h)^(1/3) and x0 → 0."""
    found = oscillator_averages(field=1e-9, width=0.0, softest=1e-16, span=1.0)
    assert found.square == pytest.approx(1.5 * 6 ** (1 / 3) * 1e-12, rel=2e-6)  # next term: −h^(2/3)/2.7
