"""Gap ratios by hand, for independent levels and for random matrices, one and superposed."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from random_levels import independent_levels, orthogonal_matrix_levels
from scipy.integrate import quad

import glasskit
from glasskit.analysis.levels import curves
from glasskit.analysis.levels import gap_ratios as levels
from glasskit.analysis.levels.gap_ratios import gap_ratios, mean_gap_ratio
from glasskit.errors import InputError, InsufficientDataError


def test_by_hand():
    np.testing.assert_array_equal(gap_ratios([1.0, 2.0, 4.0, 5.0]), [0.5, 2.0])
    np.testing.assert_array_equal(levels.fold([0.5, 2.0, 1.0]), [0.5, 0.5, 1.0])
    assert glasskit.gap_ratios is gap_ratios


def test_shift_and_scale_drop_out():
    level = np.sort(np.random.default_rng(40).random(30))
    # the smallest gap is > 1e-4, so a shift by 3 costs at most 3 eps/1e-4
    assert np.diff(level).min() > 1e-4
    np.testing.assert_allclose(gap_ratios(7 * level + 3), gap_ratios(level), rtol=1e-10)


def test_mean_is_over_glasses_not_over_ratios():
    # glass means 0.5 and (1 + 1 + 1)/3 = 1; the glass with two levels says nothing
    result = mean_gap_ratio([[0.0, 1.0, 3.0], [0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0]], resamples=10)
    assert result.value == 0.75
    assert (result.glasses, result.ratios, result.skipped, result.resamples) == (2, 4, 1, 10)


def test_independent_levels():
    spectra = independent_levels(41, 400, 50)
    result = mean_gap_ratio(spectra)
    # false alarm 7e-6
    assert abs(result.value - curves.MEAN_FOLDED_POISSON) < 4.5 * result.error
    # variance of the folded ratio is 3 − 4 ln 2 − (2 ln 2 − 1)²; neighbours share gaps, which changes it by a tenth
    independent = math.sqrt((3 - 4 * math.log(2) - curves.MEAN_FOLDED_POISSON**2) / result.ratios)
    assert result.error == pytest.approx(independent, rel=0.3)
    assert result.error < 0.003


def test_three_by_three_random_matrices_follow_the_surmise_exactly():
    result = mean_gap_ratio(orthogonal_matrix_levels(np.random.default_rng(42), 20_000, 3), resamples=200)
    assert abs(result.value - curves.MEAN_FOLDED_GOE_SURMISE) < 4.5 * result.error
    assert result.error < 0.002  # large matrices, 0.5307, would be seen


def test_large_random_matrices():
    result = mean_gap_ratio(orthogonal_matrix_levels(np.random.default_rng(43), 600, 120))
    # 0.0003 for the finite size and the digits of the reference
    assert abs(result.value - curves.MEAN_FOLDED_GOE) < 4.5 * result.error + 3e-4
    assert result.error < 0.0013  # a quarter of the distance to the surmise for 3×3 matrices


def test_distribution_of_three_by_three_random_matrices():
    ratios = np.concatenate(
        [gap_ratios(level) for level in orthogonal_matrix_levels(np.random.default_rng(44), 10_000, 3)]
    )
    edges = np.array([0, 0.2, 0.5, 0.8, 1.2, 2, 4, np.inf])
    expected = [10_000 * quad(curves.gap_ratio_density_goe, a, b)[0] for a, b in itertools.pairwise(edges)]
    # histogram would refuse the infinite edge
    count = np.diff([np.sum(ratios < edge) for edge in edges])
    np.testing.assert_array_less(np.abs(count - expected), 4.7 * np.sqrt(expected))  # 7 bins, false alarm 2e-5


@pytest.mark.parametrize(("blocks", "exact"), [(2, 0.423415), (3, 0.403322)])
def test_superposed_random_matrices(blocks, exact):
    """Independent blocks of one size; exact means from O. Giraud et al., Phys. Rev. X 12, 011006 (2022), Table I."""
    levels_gm = orthogonal_matrix_levels(np.random.default_rng([46, blocks]), 800 * blocks, 60)
    mixed = np.sort(levels_gm.reshape(800, blocks * 60), axis=1)[:, 15 * blocks : -15 * blocks]  # away from the edges
    result = mean_gap_ratio(mixed)
    # 0.001 for the finite size: the density of levels varies
    assert abs(result.value - exact) < 4.5 * result.error + 1e-3
    assert result.error < 0.0025


def test_order_of_glasses_does_not_change_the_mean():
    spectra = independent_levels(45, 30, 10)
    assert mean_gap_ratio(spectra[::-1]).value == pytest.approx(mean_gap_ratio(spectra).value, rel=1e-14)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gap_ratios([1.0, 2.0]), InputError, "at least 3 levels"),
        (lambda: gap_ratios([1.0, 3.0, 2.0]), InputError, "not ascending at index 2"),
        (lambda: gap_ratios([1.0, 2.0, 2.0, 3.0]), InputError, "eigenvalues 1 and 2 are equal"),
        (lambda: gap_ratios([1.0, 2.0, math.nan]), InputError, "not finite"),
        (lambda: gap_ratios(np.ones((3, 3))), InputError, "1-D"),
        (lambda: mean_gap_ratio([]), InputError, "empty"),
        (lambda: mean_gap_ratio([[1.0, 2.0, 4.0], [1.0, 1.0, 4.0]]), InputError, "glass 1: eigenvalues 0 and 1"),
        (lambda: mean_gap_ratio([[1.0, 2.0, 4.0], [1.0, 2.0]]), InsufficientDataError, "1 of 2 glasses"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
