"""Windows of a spectrum by hand, and verdicts on ensembles whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from random_levels import independent_levels, orthogonal_matrix_levels

from glasskit.analysis.digits import with_digits
from glasskit.analysis.levels.spectrum_windows import FIGURE_WINDOWS, LevelWindow, cut_windows, nonzero_levels
from glasskit.analysis.levels.windows import level_statistics
from glasskit.analysis.spectra.phonons import phonon_bands
from glasskit.errors import InputError, InsufficientDataError


def test_windows_by_hand():
    levels = np.arange(1.0, 12.0)
    windows = [
        LevelWindow.lowest(3),
        LevelWindow.middle(4),
        LevelWindow.highest(3),
        LevelWindow.by_index(2, 6),
        LevelWindow.by_omega(2, 3),
    ]
    cut = cut_windows([levels], windows, modes_per_glass_total=11)
    expected = {
        "lowest 3": [1, 2, 3],
        "middle 4": [4, 5, 6, 7],
        "highest 3": [9, 10, 11],
        "levels 2 to 5": [3, 4, 5, 6],
        "2 <= omega < 3": [4, 5, 6, 7, 8],
    }
    assert {name: list(found[0]) for name, found in cut.items()} == expected
    assert [window.name for window in FIGURE_WINDOWS] == ["lowest 50", "middle 50", "highest 50"]


def test_levels_without_zero_modes():
    np.testing.assert_array_equal(nonzero_levels([2.0, 1e-12, -1e-13, 1e-14, 1.0]), [1.0, 2.0])
    np.testing.assert_array_equal(nonzero_levels([1.0, 2.0], zero_modes=0), [1.0, 2.0])
    with pytest.raises(InputError, match="4 eigenvalues are zero and 0 negative; expected 3"):
        nonzero_levels([0.0, 0, 0, 0, 1])
    with pytest.raises(InputError, match="1 negative"):
        nonzero_levels([0.0, 0, 0, -1, 1])


def test_verdicts_where_the_truth_is_known():
    goe = orthogonal_matrix_levels(np.random.default_rng(70), 250, 100)[:, 20:80]
    blocks = np.sort(orthogonal_matrix_levels(np.random.default_rng(71), 500, 60).reshape(250, 120), axis=1)[:, 30:90]
    crowded = np.sort(np.concatenate([independent_levels(72, 250, 30)] * 2, axis=1) + 1e-3 * np.arange(60) / 60, axis=1)
    ensembles = {"matrices": goe, "independent": independent_levels(73, 250, 60), "blocks": blocks, "pairs": crowded}
    found = level_statistics(ensembles)
    said = dict(zip(ensembles, found.verdict.split("\n"), strict=False))
    # value within 4.5 errors of the truth: "in agreement" needs 3, which these seeds give
    assert "in agreement with GOE 0.531" in said["matrices"]
    assert "in agreement with Poisson 0.386" in said["independent"]
    assert "between Poisson 0.386 and GOE 0.531" in said["blocks"]
    assert "below Poisson 0.386: levels cluster" in said["pairs"]
    assert abs(found["blocks"].mean.value - 0.4234) < 4.5 * found["blocks"].mean.error + 1e-3
    assert found["matrices"].errors_from(found["matrices"].folded.fits[2].curve) > 10
    assert found.verdict.endswith("compare sizes and participation.")
    assert "has p = " in said["matrices"]
    assert "p <= 0.001 against Poisson" in said["matrices"]
    even = np.arange(60.0) + 0.01 * np.random.default_rng(74).random((50, 60))
    assert "above GOE 0.531: levels more evenly spaced" in level_statistics({"even": even}).verdict


def test_few_glasses_cannot_tell_and_the_number_that_would_is_said():
    spectra = [[0.0, 1.0, 1 + 1 / folded] for folded in (0.35, 0.55, 0.4, 0.52)]  # one ratio each
    found = level_statistics({"few": spectra})
    assert "cannot tell Poisson from GOE: about" in found.verdict
    glasses = int(found.verdict.split("about ")[1].split()[0])
    assert glasses == math.ceil(4 * (6 * found["few"].mean.error / (0.5307 - 2 * math.log(2) + 1)) ** 2)


def test_three_windows_of_full_spectra():
    spectra = independent_levels(76, 20, 200)
    found = level_statistics(spectra, modes_per_glass_total=200)
    assert [window.name for window in found.windows] == ["lowest 50", "middle 50", "highest 50"]
    assert found["middle 50"].mean.ratios == 20 * 48
    assert found["highest 50"].highest == pytest.approx(spectra[:, -1].mean(), rel=1e-14)
    same = level_statistics({"middle 50": spectra[:, 75:125]})["middle 50"]
    assert same.mean == found["middle 50"].mean
    assert found["lowest 50"].phonons is None


def test_share_of_phonons():
    bands = phonon_bands([10.0] * 3, transverse_speed=1.0, longitudinal_speed=3.0, highest=1.2)
    rng = np.random.default_rng(77)
    phonons = np.repeat(bands.omega[:3], bands.degeneracy[:3]) * (1 + 0.001 * rng.standard_normal((20, 52)))
    others = rng.uniform(0.1, 0.2, (20, 13))  # 52 phonons and 13 others, far below
    levels = np.sort(np.concatenate([phonons, others], axis=1), axis=1) ** 2
    found = level_statistics(levels, [LevelWindow.lowest(65)], bands=bands, half_width=0.01).windows[0]
    assert found.phonons.inside == pytest.approx(52 / 65)
    # the band at the upper end is cut by the last level of each glass, which is a phonon above its undisturbed place
    assert found.phonons.expected == pytest.approx(52 / 65)
    assert "80% of the levels lie within 1% of a phonon band (80% would be" in found.verdict
    above = level_statistics(4 * levels, [LevelWindow.lowest(65)], bands=bands).windows[0]
    assert above.phonons is None  # the bands given do not reach so far


def test_plots():
    found = level_statistics(independent_levels(78, 10, 200), modes_per_glass_total=200)
    axes = found.plot(label="cold")
    assert [ax.get_title() for ax in axes] == ["lowest 50", "middle 50", "highest 50"]
    lines = len(axes[0].lines)
    found.plot(axes, label="hot", color="red")
    assert len(axes[0].lines) == lines + 1
    assert "hot" in axes[1].get_legend().get_texts()[-1].get_text()
    with pytest.raises(InputError, match="2 axes for 3 windows"):
        found.plot(axes[:2])


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.5123, 0.0042, "0.512(4)"),
        (0.537, 0.0131, "0.537(13)"),
        (0.537, 0.0196, "0.54(2)"),
        (0.5, 0.00996, "0.500(10)"),
        (123.4, 45, "120(40)"),
        (1234, 99.7, "1230(100)"),
        (0.1, 0.0, "0.1"),
    ],
)
def test_digits(value, error, text):
    assert with_digits(value, error) == text


SPECTRA = independent_levels(79, 4, 60)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: level_statistics([]), InputError, "empty"),
        (lambda: level_statistics({}), InputError, "no window"),
        (lambda: level_statistics(SPECTRA), InputError, "pass modes_per_glass_total"),
        (lambda: level_statistics(SPECTRA, modes_per_glass_total=63), InputError, "glass 0 has 60 levels, expected 63"),
        (lambda: level_statistics(SPECTRA, modes_per_glass_total=[60, 60]), InputError, "shape"),
        (lambda: level_statistics(SPECTRA, [LevelWindow.lowest(61)]), InputError, "wants 61 levels but there are 60"),
        (lambda: level_statistics(SPECTRA, [LevelWindow.lowest(9)] * 2), InputError, "two windows"),
        (lambda: level_statistics(-SPECTRA[:, ::-1], [LevelWindow.by_omega(0, 1)]), InputError, "not negative"),
        (lambda: level_statistics(SPECTRA[:, ::-1]), InputError, "glass 0 are not ascending"),
        (lambda: level_statistics(SPECTRA[:1], [LevelWindow.lowest(9)]), InsufficientDataError, "'lowest 9': 1 of 1"),
        (lambda: level_statistics([SPECTRA[0]] * 3, [LevelWindow.lowest(9)]), InsufficientDataError, "do not differ"),
        (lambda: level_statistics(0 * SPECTRA, [LevelWindow.lowest(9)]), InputError, "'lowest 9': glass 0: eigenval"),
        (lambda: level_statistics([[1.0, math.nan]] * 2, [LevelWindow.lowest(9)]), InputError, "NaN"),
        (lambda: level_statistics(SPECTRA, [LevelWindow.by_omega(0, 0.01)]), InsufficientDataError, "0 of 4 glasses"),
        (lambda: level_statistics({"a": SPECTRA})["b"], InputError, "no window 'b'; there are 'a'"),
        (lambda: LevelWindow.lowest(2), InputError, "at least 3"),
        (lambda: LevelWindow.by_index(5, 7), InputError, "at least three levels"),
        (lambda: LevelWindow.by_omega(2, 1), InputError, "low < high"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
