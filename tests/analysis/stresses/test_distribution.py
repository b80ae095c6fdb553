"""P(sigma) on exactly sampled distributions, and the zero-parameter prediction against its known slopes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.stresses.distribution import (
    count_in_bins,
    distribution_from_counts,
    log_bin_edges,
    stress_distribution,
)
from glasskit.analysis.stresses.prediction import local_slope, predicted_slope, single_size_prediction, slope_at
from glasskit.errors import InputError, InsufficientDataError

CUTOFF = 1.955


def tapered_stress(x, taper):
    """|x phi'(x)| and its derivative for phi = (x^-12 − 1) T(x), in units of (a/r_c)^12, with a = 1 and x = r/r_c.

    phi' = f'T + fT', written with the logarithmic derivatives u = T'/T and v = u' of the taper.
    """
    f, f1, f2 = x**-12 - 1, -12 * x**-13, 156 * x**-14
    if taper == math.inf:
        t, u, v = np.exp(x / (2 * (x - 1))), -0.5 / (x - 1) ** 2, 1 / (x - 1) ** 3
    else:
        t = (1 - x**2) ** taper
        u, v = -2 * taper * x / (1 - x**2), -2 * taper * (1 + x**2) / (1 - x**2) ** 2
    phi1 = (f1 + f * u) * t
    phi2 = (f2 + 2 * f1 * u + f * (u**2 + v)) * t
    return -x * phi1, -(phi1 + x * phi2)


def test_by_hand():
    # total 8: one zero, two in [0.1, 1), three in [1, 10), one at 10 and one above
    result = stress_distribution([[0.0, 0.1, 0.9, 1.0], [2.0, 3.0, 10.0, 50.0]], edges=[0.1, 1, 10], resamples=10)
    np.testing.assert_array_equal(result.count, [2, 3])
    assert (result.below, result.above, result.total, result.glasses) == (1, 2, 8, 2)
    np.testing.assert_allclose(result.density, [2 / 8 / 0.9, 3 / 8 / 9], rtol=1e-14)
    np.testing.assert_allclose(result.sigma, [math.sqrt(0.1), math.sqrt(10)], rtol=1e-14)
    assert np.sum(result.density * np.diff(result.edges)) == pytest.approx(1 - 3 / 8, rel=1e-14)
    assert result.slope.size == 0  # too few values for a slope


def test_default_bins_leave_out_zeros_only():
    rng = np.random.default_rng(50)
    value_g = [np.append(10.0 ** rng.uniform(-5, 1, size=300), 0.0) for _ in range(4)]
    value_g[2] = np.append(value_g[2], [1e-6, 10.0])  # exactly on edges
    result = stress_distribution(value_g)
    assert (result.below, result.above) == (4, 0)
    assert result.edges[0] == pytest.approx(1e-6)
    # the grid is 10^(j/10) whatever the data, so ensembles share their bins
    np.testing.assert_allclose(np.log10(result.edges) * 10, np.rint(np.log10(result.edges) * 10), atol=1e-12)


@pytest.mark.parametrize("bins_per_decade", [1, 3, 7, 10])
def test_bins_cover_extremes_on_their_edges(bins_per_decade):
    for j in range(-40, 20):
        value = 10.0 ** (j / bins_per_decade)
        for extreme in (value, np.nextafter(value, 0), np.nextafter(value, 1e99)):
            edges = log_bin_edges(extreme, extreme, bins_per_decade)
            assert edges[0] <= extreme < edges[-1]
            assert edges.size <= 3


@pytest.mark.parametrize("exponent", [-0.5, -2 / 3, 0.0])
def test_power_law_by_inverse_transform(exponent):
    # P = (1+a) sigma^a on (0, 1): the bin from p to q holds q^(1+a) − p^(1+a) exactly
    rng = np.random.default_rng(51)
    value_g = [rng.random(1000) ** (1 / (1 + exponent)) for _ in range(200)]
    result = stress_distribution(value_g, edges=log_bin_edges(1e-3, 0.99, 5))
    share = np.diff(np.minimum(result.edges, 1) ** (1 + exponent))
    exact = share / np.diff(result.edges)
    one_sigma = np.sqrt(share * (1 - share) / 200_000) / np.diff(result.edges)
    # 15 bins at 4.7 standard errors: false alarm 4e-5
    np.testing.assert_array_less(np.abs(result.density - exact), 4.7 * one_sigma)
    # error of an error over 200 glasses and 1000 resamples: √(1/400 + 1/2000) = 0.055, more where bins are sparse
    np.testing.assert_allclose(result.error, one_sigma, rtol=4.7 * 0.08)
    inside = result.slope_sigma < 0.5  # the last bin ends at 1 exactly
    np.testing.assert_array_less(np.abs(result.slope - exponent)[inside], 4.7 * result.slope_error[inside])
    assert inside.sum() >= 10


def test_slope_errors_are_honest():
    rng = np.random.default_rng(52)
    pull = []
    for _ in range(150):
        result = stress_distribution(
            [rng.random(100) ** 2 for _ in range(60)], edges=log_bin_edges(1e-3, 0.99, 4), rng=rng, resamples=100
        )
        pull.extend((result.slope[:4] + 0.5) / result.slope_error[:4])
    # 600 pulls, of which neighbours share bins, so count them as 300: 4.5/√600
    assert np.std(pull) == pytest.approx(1, abs=4.5 / math.sqrt(600))


def test_equals_literal_histograms_and_resampling():
    rng = np.random.default_rng(53)
    value_g = [rng.exponential(size=count) for count in (400, 300, 500, 350)]
    edges = log_bin_edges(0.1, 2.0, 4)
    result = stress_distribution(value_g, edges=edges, rng=np.random.default_rng(54), resamples=60)
    width = np.diff(edges)

    def density(values):
        return np.histogram(values, bins=edges)[0] / values.size / width

    whole = density(np.concatenate(value_g))
    np.testing.assert_allclose(result.density, whole, rtol=1e-13)
    literal = np.array(
        [
            density(np.concatenate([value_g[glass] for glass in drawn]))
            for drawn in np.random.default_rng(54).integers(4, size=(60, 4))
        ]
    )
    np.testing.assert_allclose(result.error, np.std(literal, axis=0, ddof=1) * math.sqrt(4 / 3), rtol=1e-11)
    step = 2 * math.log(10) / 4
    slope = np.log(whole[2:] / whole[:-2]) / step
    np.testing.assert_allclose(result.slope, slope, rtol=1e-10)
    np.testing.assert_allclose(result.slope_sigma, result.sigma[1:-1], rtol=1e-13)
    change = (literal[:, 2:] / whole[2:] - literal[:, :-2] / whole[:-2]) / step
    np.testing.assert_allclose(result.slope_error, np.std(change, axis=0, ddof=1) * math.sqrt(4 / 3), rtol=1e-10)


def test_counts_may_be_gathered_glass_by_glass():
    rng = np.random.default_rng(55)
    value_g = [rng.random(200) for _ in range(5)]
    edges = log_bin_edges(0.01, 0.5, 3)
    gathered = distribution_from_counts(np.array([count_in_bins(values, edges) for values in value_g]), edges)
    whole = stress_distribution(value_g, edges=edges)
    np.testing.assert_array_equal(gathered.density, whole.density)
    np.testing.assert_array_equal(gathered.error, whole.error)


@pytest.mark.parametrize("taper", [1, 2, 3, math.inf])
def test_stress_of_this_test_is_the_derivative_of_the_potential(taper):
    def phi(x):
        t = np.exp(x / (2 * (x - 1))) if taper == math.inf else (1 - x**2) ** taper
        return (x**-12 - 1) * t

    x, h = np.linspace(0.5, 0.95, 7), 1e-6
    sigma, slope = tapered_stress(x, taper)
    # central differences: third derivative times h²/6 and eps·phi/h, both below 1e-8 of the value here
    np.testing.assert_allclose(sigma, -x * (phi(x + h) - phi(x - h)) / (2 * h), rtol=1e-7)
    difference = (tapered_stress(x + h, taper)[0] - tapered_stress(x - h, taper)[0]) / (2 * h)
    np.testing.assert_allclose(slope, difference, rtol=1e-7)


@pytest.mark.parametrize(
    ("taper", "slopes"),
    [(2, [-0.762, -0.601, -0.534, -0.503]), (math.inf, [-0.721, -0.761, -0.806, -0.865])],
)
def test_local_slopes_for_one_pair_size(taper, slopes):
    """Slopes at sigma = 1, 0.1, 1e-2, 1e-4 for flat g(r), d = 3, from a computation with 15 digits (mpmath)."""
    epsilon = np.geomspace(0.7, 1e-6 if taper == 2 else 0.02, 4000)
    sigma, sigma_slope = tapered_stress(1 - epsilon, taper)
    for argument in (None, sigma_slope / CUTOFF):
        sorted_sigma, density = single_size_prediction(
            CUTOFF * (1 - epsilon), sigma, np.ones(4000), dimension=3, sigma_slope=argument
        )
        slope = np.interp(np.log([1, 0.1, 1e-2, 1e-4]), np.log(sorted_sigma), local_slope(sorted_sigma, density))
        # three printed digits, and differences over steps of 0.3 % in epsilon
        np.testing.assert_allclose(slope, slopes, atol=6e-4)


@pytest.mark.parametrize(("dimension", "taper"), [(2, 2), (3, 2), (3, math.inf)])
def test_prediction_equals_pairs_thrown_into_a_shell(dimension, taper):
    # distances between 0.5 and 0.99 r_c with density r^(d-1), by inverse transform; g = 1
    rng = np.random.default_rng(56)
    low, high = 0.5**dimension, 0.99**dimension
    value_g = [tapered_stress((low + (high - low) * rng.random(2000)) ** (1 / dimension), taper)[0] for _ in range(50)]
    x = np.linspace(0.5, 0.99, 20_001)
    sigma, density = single_size_prediction(x, tapered_stress(x, taper)[0], np.ones(x.size), dimension=dimension)
    edges = log_bin_edges(2 * sigma[0], sigma[-1] / 2, 3)
    result = stress_distribution(value_g, edges=edges)
    cumulative = np.concatenate([[0], np.cumsum(np.diff(sigma) * (density[1:] + density[:-1]) / 2)])
    share = np.diff(np.interp(np.clip(edges, sigma[0], sigma[-1]), sigma, cumulative))
    assert cumulative[-1] == pytest.approx(1, abs=1e-4)  # trapezoids on 20,000 points
    measured = result.density * np.diff(edges)
    # at most 30 bins at 4.7 standard errors, false alarm 1e-4 · 0.8; trapezoids 1e-5
    np.testing.assert_array_less(np.abs(measured - share), 4.7 * np.sqrt(share / 100_000) + 2e-5)


def test_predicted_slopes():
    assert [predicted_slope(m) for m in (1, 2, 4, math.inf)] == [0.0, -0.5, -0.75, -1.0]
    np.testing.assert_array_equal(slope_at([0.1, 0.01], 2), [-0.5, -0.5])
    # of 1/(sigma ln² sigma), by finite difference of its logarithm
    log_p = [-x - 2 * math.log(-x) for x in (math.log(1e-4) - 1e-5, math.log(1e-4) + 1e-5)]
    assert slope_at(1e-4, math.inf) == pytest.approx((log_p[1] - log_p[0]) / 2e-5, rel=1e-9)
    with pytest.raises(InputError, match="between 0 and 1"):
        slope_at(1.0, math.inf)
    with pytest.raises(InputError, match="taper"):
        predicted_slope(0)


R = np.array([1.0, 1.2, 1.4])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: stress_distribution([[1.0, -0.5], [1.0]]), InputError, "glass 0 go down to -0.5"),
        (lambda: stress_distribution([[1.0, 2.0], [math.inf]]), InputError, "glass 1 contain NaN"),
        (lambda: stress_distribution([[1.0, 2.0]]), InsufficientDataError, "at least 2 glasses"),
        (lambda: stress_distribution([[0.0], [0.0]]), InsufficientDataError, "no glass has a positive value"),
        (lambda: stress_distribution([[1.0], [2.0]], edges=[3.0, 30.0]), InsufficientDataError, "none of 2 values"),
        (lambda: stress_distribution([[1.0], [2.0]], edges=[1, 2, 3]), InputError, "log_bin_edges"),
        (lambda: stress_distribution([[1.0], [2.0]], edges=[0, 1]), InputError, "positive"),
        (lambda: stress_distribution([[1.0], [2.0]], slope_span=0), InputError, "slope_span"),
        (lambda: log_bin_edges(2.0, 1.0), InputError, "lowest <= highest"),
        (lambda: distribution_from_counts(np.ones((2, 3)), np.array([1.0, 10, 100])), InputError, "2 bins"),
        (lambda: single_size_prediction(R, [1, 2, 1.5], R, dimension=3), InputError, "monotonic"),
        (lambda: single_size_prediction(R, [3, 2], R, dimension=3), InputError, "shapes"),
        (lambda: single_size_prediction(R, [3, 2, 1], -R, dimension=3), InputError, "negative"),
        (lambda: single_size_prediction(R, [3, 2, 1], R, dimension=3, sigma_slope=[1, 0, 1]), InputError, "vanishes"),
        (lambda: local_slope([1, 2, 3], [1, 0, 1]), InputError, "not positive"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
