"""r̃ along spectra, against participation and against N, where the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from random_levels import independent_levels, orthogonal_matrix_levels

from glasskit.analysis.levels.curves import MEAN_FOLDED_GOE, MEAN_FOLDED_POISSON
from glasskit.analysis.levels.gap_ratios import mean_gap_ratio
from glasskit.analysis.levels.profile import gap_ratio_profile, gap_ratio_sizes, reference_lines
from glasskit.analysis.levels.spectrum_windows import LevelWindow
from glasskit.axes import axes_for
from glasskit.errors import InputError, InsufficientDataError


def half_and_half(seed, glasses):
    """Spectra that repel below omega = 1 and ignore each other above."""
    matrices = orthogonal_matrix_levels(np.random.default_rng(seed), glasses, 60)[:, 10:50]
    low = 0.5 + 0.4 * matrices / np.abs(matrices).max()
    high = 1.1 + 0.9 * np.sort(np.random.default_rng([*seed, 1]).random((glasses, 40)), axis=1)
    return np.concatenate([low, high], axis=1)


def test_by_hand():
    # middle levels 4 and 9 (omega 2 and 3) in glass 0, 4 in glass 1
    found = gap_ratio_profile([[1.0, 4.0, 9.0, 10.0], [1.0, 4.0, 5.0], [1.0, 2.0]], edges=[1.5, 2.5, 3.5], resamples=9)
    np.testing.assert_allclose(found.value, [(3 / 5 + 1 / 3) / 2])
    np.testing.assert_allclose(found.x, [2.0])
    assert (found.left_out, found.glasses) == (1, 3)


def test_repulsion_is_seen_where_it_is():
    found = gap_ratio_profile(half_and_half([90], 300), edges=np.sqrt([0.2, 0.8, 1.2, 2.0]))
    exact = np.array([MEAN_FOLDED_GOE, MEAN_FOLDED_POISSON])  # the bin in between holds the jump of the density
    np.testing.assert_array_less(np.abs(found.value[[0, 2]] - exact), 4.5 * found.error[[0, 2]] + 5e-4)
    assert (found.error[[0, 2]] < 0.004).all()


def test_against_participation():
    levels = half_and_half([91], 300)
    e = np.where(levels < 1, 0.6, 0.05)
    found = gap_ratio_profile(levels, e, edges=[0, 0.3, 1])
    assert abs(found.value[1] - MEAN_FOLDED_GOE) < 4.5 * found.error[1] + 5e-4
    assert abs(found.value[0] - MEAN_FOLDED_POISSON) < 4.5 * found.error[0] + 2e-3  # the gap between the two halves
    assert found.x_name == "participation ratio $e$"


def test_windows_of_the_same_glasses_are_joined_glass_by_glass():
    levels = independent_levels(96, 6, 40)
    pieces = {"low": levels[:, :10], "high": levels[:, 25:]}
    found = gap_ratio_profile(pieces, edges=[0, np.sqrt(levels[:, 20].mean()), 20], resamples=50)
    ratios = [gap_ratio_profile(part, bins=1, resamples=50) for part in pieces.values()]
    assert found.glasses == 6
    assert found.count.sum() + found.left_out == 6 * (8 + 13)
    total = sum(part.value[0] * part.count[0] for part in ratios)
    assert found.value @ found.count == pytest.approx(total, rel=1e-12)  # no ratio across the gap between windows
    e = {name: np.full(part.shape, 0.5) + 0.1 * (name == "low") for name, part in pieces.items()}
    np.testing.assert_array_equal(gap_ratio_profile(pieces, e, edges=[0.4, 0.55, 0.7]).count, [6 * 13, 6 * 8])


def test_one_bin_is_the_mean_over_equally_long_spectra():
    levels = independent_levels(92, 20, 30)
    assert gap_ratio_profile(levels, bins=1).value[0] == pytest.approx(mean_gap_ratio(levels).value, rel=1e-14)


def test_against_size():
    ensembles = {400: independent_levels(93, 50, 40), 100: independent_levels(94, 50, 40)}
    found = gap_ratio_sizes(ensembles, LevelWindow.highest(20), modes_per_glass_total={100: 40, 400: 40})
    np.testing.assert_array_equal(found.particles, [100, 400])
    assert found.means[1] == mean_gap_ratio(ensembles[400][:, 20:])
    lines = str(found).split("\n")
    assert lines[0] == "highest 20: r̃ (Poisson 0.3863, GOE 0.5307)"
    assert lines[2].startswith("N = 400: 0.3")
    assert lines[2].endswith("900 ratios of 50 glasses")
    axes = found.plot()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["100", "400"]
    assert axes.get_legend_handles_labels()[1] == ["GOE", "Poisson", "highest 20"]


def test_reference_lines():
    axes = axes_for(None)
    reference_lines(axes)
    assert [line.get_ydata()[0] for line in axes.lines] == [MEAN_FOLDED_GOE, MEAN_FOLDED_POISSON]


LEVELS = independent_levels(95, 4, 10)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gap_ratio_profile([]), InputError, "empty"),
        (lambda: gap_ratio_profile(LEVELS - 5), InputError, "negative eigenvalues"),
        (lambda: gap_ratio_profile(LEVELS[:1]), InsufficientDataError, "at least 2 glasses"),
        (lambda: gap_ratio_profile(LEVELS, LEVELS[:, 1:]), InputError, "one for every level"),
        (lambda: gap_ratio_profile([[1.0, 2.0]] * 3), InsufficientDataError, "no glass has a value"),
        (lambda: gap_ratio_profile([[1.0, 1.0, 2.0]] * 3), InputError, "glass 0: eigenvalues 0 and 1 are equal"),
        (lambda: gap_ratio_profile([[1.0, math.nan, 2.0]] * 3), InputError, "NaN"),
        (lambda: gap_ratio_profile({}), InputError, "no window"),
        (lambda: gap_ratio_profile({"a": LEVELS, "b": LEVELS[:2]}), InputError, "different numbers of glasses"),
        (lambda: gap_ratio_profile({"a": LEVELS}, {"b": LEVELS}), InputError, "different windows"),
        (lambda: gap_ratio_sizes({}, LevelWindow.lowest(5)), InputError, "no ensemble"),
        (lambda: gap_ratio_sizes({0: LEVELS}, LevelWindow.lowest(5)), InputError, "N = 0; expected positive"),
        (lambda: gap_ratio_sizes({9: LEVELS}, LevelWindow.highest(5)), InputError, "N = 9: windows in the middle"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
