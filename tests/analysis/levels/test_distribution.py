"""Histograms of gap ratios by hand, against literal resampling, and p-values where the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from random_levels import independent_levels, orthogonal_matrix_levels

from glasskit.analysis.levels.curves import GOE, GOE_SURMISE, POISSON
from glasskit.analysis.levels.distribution import gap_ratio_distribution
from glasskit.errors import InputError, InsufficientDataError


def test_by_hand():
    spectra = [[1.0, 2.0, 4.0, 5.0], [0.0, 1.0, 2.0], [1.0, 2.0]]  # r = 0.5, 2; 1; none
    result = gap_ratio_distribution(spectra, edges=[0, 0.75, 1.5], resamples=20)
    np.testing.assert_array_equal(result.count, [1, 1])
    np.testing.assert_allclose(result.density, [1 / 3 / 0.75, 1 / 3 / 0.75], rtol=1e-14)
    assert result.above == pytest.approx(1 / 3)
    assert (result.ratios, result.glasses) == (3, 2)
    folded = gap_ratio_distribution(spectra, folded=True, edges=[0, 0.75, 1], resamples=20)
    np.testing.assert_array_equal(folded.count, [2, 1])  # a ratio of 1 is in the last bin
    assert folded.above == 0


@pytest.mark.parametrize("folded", [False, True])
def test_errors_and_p_values_equal_resampling_by_concatenation(folded):
    levels = [np.sort(np.random.default_rng([60, g]).random(8 + 3 * g)) for g in range(4)]
    result = gap_ratio_distribution(levels, folded=folded, rng=np.random.default_rng(61), resamples=50)
    ratio_g = [np.diff(x)[:-1] / np.diff(x)[1:] for x in levels]
    ratio_g = [np.minimum(r, 1 / r) if folded else r for r in ratio_g]
    u = np.arange(1, 100) / 100
    points = u / (2 - u) if folded else u / (1 - u)  # where the folded or full Poisson distribution is u

    def cumulative(r):
        return np.array([np.mean(r <= p) for p in points])

    together = np.concatenate(ratio_g)
    density, wander = [], []
    for drawn in np.random.default_rng(61).integers(4, size=(50, 4)):
        sample = np.concatenate([ratio_g[glass] for glass in drawn])
        density.append(np.histogram(sample, result.edges)[0] / sample.size / np.diff(result.edges))
        wander.append(np.abs(cumulative(sample) - cumulative(together)).max() * math.sqrt(4 / 3))
    np.testing.assert_allclose(result.error, np.std(density, axis=0, ddof=1) * math.sqrt(4 / 3), rtol=1e-12)
    for fit in result.fits:
        distance = np.abs(cumulative(together) - fit.curve.cumulative(points, folded=folded)).max()
        assert fit.distance == pytest.approx(distance, rel=1e-12)
        assert fit.p_value == (1 + np.sum(np.array(wander) >= distance)) / 51
    np.testing.assert_allclose(POISSON.cumulative(points, folded=folded), u, rtol=1e-12)


def test_independent_levels_follow_poisson_and_nothing_else():
    result = gap_ratio_distribution(independent_levels(62, 300, 50), references=(POISSON, GOE, GOE_SURMISE))
    expected = result.expected(POISSON)
    np.testing.assert_array_less(np.abs(result.density - expected), 4.7 * result.error)  # 25 bins, false alarm 7e-5
    poisson, goe, surmise = result.fits
    assert poisson.p_value > 1e-3
    assert goe.p_value == surmise.p_value == pytest.approx(1 / 1001)


def test_random_matrices_follow_goe_and_large_ones_not_the_surmise():
    levels = orthogonal_matrix_levels(np.random.default_rng(63), 3000, 60)[:, 5:55]
    result = gap_ratio_distribution(levels, folded=True, references=(GOE, GOE_SURMISE, POISSON))
    np.testing.assert_array_less(np.abs(result.density - result.expected(GOE)), 4.7 * result.error + 0.005)
    goe, surmise, poisson = result.fits
    assert goe.p_value > 1e-3
    assert surmise.p_value < 0.01  # 144,000 ratios see 0.0055 in the cumulative distribution
    assert poisson.p_value == pytest.approx(1 / 1001)


def test_p_values_are_uniform_when_the_curve_is_true():
    p = [
        gap_ratio_distribution(independent_levels([64, k], 40, 30), folded=True, resamples=199).fits[1].p_value
        for k in range(300)
    ]
    # binomial, 300 tries: ± 4.2 standard deviations, and 0.03 as the bootstrap of 40 glasses is approximate
    for level in (0.1, 0.5):
        assert abs(np.mean(np.array(p) <= level) - level) < 4.2 * math.sqrt(level * (1 - level) / 300) + 0.03


def test_plot_adds_a_second_ensemble_without_drawing_the_curves_again():
    result = gap_ratio_distribution(independent_levels(65, 10, 20))
    axes = result.plot(label="one")
    before = len(axes.lines)
    result.plot(axes, label="two", color="red")
    labels = [text for text in axes.get_legend_handles_labels()[1]]
    assert labels == ["GOE", "Poisson", "one", "two"]
    assert len(axes.lines) == before + 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gap_ratio_distribution([]), InputError, "empty"),
        (lambda: gap_ratio_distribution([[1.0, 2.0, 4.0]]), InsufficientDataError, "1 of 1 glasses"),
        (lambda: gap_ratio_distribution([[1.0, 2.0, math.nan]] * 2), InputError, "NaN"),
        (lambda: gap_ratio_distribution([[0.0, 0.0, 1.0]] * 2), InputError, "glass 0: eigenvalues 0 and 1 are equal"),
        (lambda: gap_ratio_distribution([[1.0, 2.0, 4.0]] * 2, edges=[-1, 1]), InputError, "none below 0"),
        (lambda: gap_ratio_distribution([[1.0, 2.0, 4.0]] * 2, edges=[1, 1]), InputError, "ascending"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
