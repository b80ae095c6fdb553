"""Size distributions: moments, order, stratification."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import scipy.stats

import glasskit as gk
from glasskit.errors import InputError


def exact_moment(sizes: gk.PowerLawDiameters, power: float) -> float:
    """<a^power> = ∫a^(power−k) da / ∫a^−k da over the range."""

    def integral(exponent):
        low, high = sizes.smallest, sizes.largest
        return (
            math.log(high / low)
            if exponent == -1
            else (high ** (exponent + 1) - low ** (exponent + 1)) / (exponent + 1)
        )

    return integral(power - sizes.exponent) / integral(-sizes.exponent)


RANGES = [
    gk.PowerLawDiameters(0.73, 1.62),
    gk.PowerLawDiameters(1.0, 2.22),
    gk.PowerLawDiameters(0.5, 2.0, exponent=1),
    gk.PowerLawDiameters(0.5, 2.0, exponent=0),
    gk.PowerLawDiameters(0.5, 2.0, exponent=2.5),
]
ranges = pytest.mark.parametrize("sizes", RANGES, ids=str)


@ranges
def test_stratified_moments_are_exact_up_to_the_midpoint_rule(sizes, rng):
    n = 1000
    diameter_n = sizes.sample(n, rng)
    for power in (1, 2, 3):
        # Midpoint rule in u: error (max slope change)/(24 n²) relative, below 10/n² for these ranges.
        assert np.mean(diameter_n**power) == pytest.approx(exact_moment(sizes, power), rel=10 / n**2)


def test_the_mean_of_the_inverse_cube_law_is_the_printed_one():
    for a, b in ((0.73, 1.62), (0.725327, 1.6095), (1.0, 2.22)):
        assert exact_moment(gk.PowerLawDiameters(a, b), 1) == pytest.approx(2 * a * b / (a + b), rel=1e-14)
    assert exact_moment(gk.NBC.diameters, 1) == pytest.approx(1.0, rel=1e-6)
    assert exact_moment(gk.TAPERED_IPL.diameters, 1) == pytest.approx(1.0065, abs=5e-5)


@ranges
def test_quantiles_invert_the_distribution(sizes):
    u = np.linspace(0, 1, 101)
    a = sizes.quantile(u)
    assert (a[0], a[-1]) == (pytest.approx(sizes.smallest, rel=1e-14), pytest.approx(sizes.largest, rel=1e-14))
    k = 1 - sizes.exponent
    cdf = np.log(a / sizes.smallest) if k == 0 else a**k - sizes.smallest**k
    np.testing.assert_allclose(cdf / cdf[-1], u, atol=1e-13)


@ranges
def test_independent_sizes_follow_the_law(sizes):
    independent = dataclasses.replace(sizes, stratified=False)
    sample = independent.sample(5000, np.random.default_rng(3))
    assert sample.min() >= sizes.smallest
    assert sample.max() <= sizes.largest
    grid_u = np.linspace(0, 1, 20001)
    grid_a = sizes.quantile(grid_u)
    # Kolmogorov–Smirnov, fixed seed; a wrong exponent off by one gives p < 1e-30. False alarm 1e-5 per range.
    assert scipy.stats.kstest(sample, lambda a: np.interp(a, grid_a, grid_u)).pvalue > 1e-5


def test_stratified_samples_differ_in_order_only():
    sizes = gk.PowerLawDiameters(0.73, 1.62)
    first, second = (sizes.sample(500, np.random.default_rng(seed)) for seed in (1, 2))
    assert (first != second).any()
    np.testing.assert_array_equal(np.sort(first), np.sort(second))
    np.testing.assert_array_equal(first, sizes.sample(500, np.random.default_rng(1)))
    assert len(np.unique(first)) == 500
    # In random order: rank correlation with the index, 5 standard errors 1/√n.
    assert abs(scipy.stats.spearmanr(np.arange(500), first).statistic) < 5 / math.sqrt(500)


def test_independent_means_scatter_as_stated():
    # 0.7 % at n = 1000 for the range (0.73, 1.62); here from 400 samples, known to 3.5 %.
    sizes, rng = gk.PowerLawDiameters(0.73, 1.62, stratified=False), np.random.default_rng(5)
    means = [sizes.sample(1000, rng).mean() for _ in range(400)]
    assert np.std(means) / np.mean(means) == pytest.approx(0.007, abs=0.001)


@pytest.mark.parametrize(("n", "large"), [(1, 0), (2, 1), (7, 3), (100, 50)])
def test_a_binary_mixture_has_equal_halves_and_a_small_odd_one(n, large, rng):
    sample = gk.BinaryDiameters(1.0, 1.4).sample(n, rng)
    assert sample.shape == (n,)
    assert (sample == 1.4).sum() == large
    assert (sample == 1.0).sum() == n - large


def test_a_binary_mixture_is_in_random_order():
    sizes = gk.BinaryDiameters(1.0, 1.4)
    first, second, same = (sizes.sample(64, np.random.default_rng(seed)) for seed in (1, 2, 1))
    assert (first != second).any()
    np.testing.assert_array_equal(first, same)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, math.inf), (math.nan, 1.0)])
def test_impossible_ranges_are_refused(low, high):
    for family in (gk.PowerLawDiameters, gk.BinaryDiameters):
        with pytest.raises(InputError, match="diameters: expected 0 <"):
            family(low, high)


@pytest.mark.parametrize("exponent", [math.nan, math.inf])
def test_the_exponent_must_be_finite(exponent):
    with pytest.raises(InputError, match="exponent"):
        gk.PowerLawDiameters(1.0, 2.0, exponent=exponent)


def test_a_range_of_one_size_gives_that_size(rng):
    for exponent in (1, 3):
        np.testing.assert_allclose(gk.PowerLawDiameters(1.5, 1.5, exponent).sample(5, rng), 1.5, rtol=1e-15)
