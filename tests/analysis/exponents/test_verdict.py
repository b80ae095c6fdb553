"""The verdict: parts that agree with the single estimates, words, decisions, warnings, refusals, and the figure."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.exponents.correction_to_scaling import CorrectionFit
from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.exponents.lowest_frequency import fit_lowest_frequency
from glasskit.analysis.exponents.model_comparison import compare_rates, disputed_exponents, rate_models
from glasskit.analysis.exponents.planning import modes_to_distinguish
from glasskit.analysis.exponents.prefactor import quartic_prefactor
from glasskit.analysis.exponents.rate_models import CorrectedPower
from glasskit.analysis.exponents.synthetic_modes import clustered, corrected, mixed, pure, with_phonons
from glasskit.analysis.exponents.verdict import ExponentVerdict, judge_exponent
from glasskit.analysis.exponents.window_scan import WindowScan, scan_windows
from glasskit.errors import GlasskitWarning, InputError, InsufficientDataError


@pytest.fixture(scope="module")
def quartic_g():
    """1500 modes of s = 4 below 0.6: 3 is excluded by 10^10:1, 3.667 is not always."""
    return pure(np.random.default_rng(100), glasses=1000, per_glass=1.5, s=4.0, upper=0.6)


@pytest.fixture(scope="module")
def verdict(quartic_g):
    return judge_exponent(quartic_g, 0.6, taper=3, modes_total=2997, omega_0=2.0, scan=[0.4, 0.5, 0.6])


def test_parts_are_the_single_estimates(quartic_g, verdict):
    assert verdict.fit == fit_exponent(quartic_g, 0.6)
    assert (verdict.s, verdict.error) == (verdict.fit.s, verdict.fit.error)
    inflation = max(1, (verdict.error / verdict.fit.analytic_error) ** 2)
    models = [*rate_models(3), CorrectedPower(3.0), CorrectedPower(3 + 2 / 3), CorrectedPower(4.0)]
    assert verdict.comparison == compare_rates(quartic_g, 0.6, models=models, inflation=inflation)
    assert verdict.lowest == fit_lowest_frequency(quartic_g, 0.6)
    assert verdict.scan.fits == scan_windows(quartic_g, [0.4, 0.5, 0.6]).fits
    assert verdict.prefactor == quartic_prefactor(quartic_g, 0.6, modes_total=2997, omega_0=2.0)


def test_decision(verdict):
    assert verdict.candidates == (2, 3, 3 + 2 / 3, 4, 5)
    assert verdict.decided
    assert {2.0, 3.0} <= set(verdict.disfavoured)
    assert 4.0 in verdict.allowed
    assert verdict.odds(3.0) > 1000
    assert verdict.warnings == ()


def test_words(verdict):
    text = verdict.text
    assert "\n" not in text
    assert text.startswith(f"{verdict.fit.count} modes below 0.6 in 1000 glasses; s = ")
    for words in (
        "allowed: ", "disfavoured: 2 (", "3 + 2/m for m = 3 is 3.667", "with the window",
        "The lowest mode of each glass",
        "A power law describes", "is Poisson", "in units of omega_0^-5",
    ):  # fmt: skip
        assert words in text
    if (3 + 2 / 3, 4.0) in verdict.glasses_needed:
        assert "3.667 from 4 about" in text


def test_glasses_needed_for_what_is_open():
    """Groups of three count as one mode, and so three times as many glasses are needed."""
    modes_g = clustered(np.random.default_rng(108), glasses=200, per_glass=0.9, size=3)
    verdict = judge_exponent(modes_g, 1.0, taper=3, require_decision=False)
    assert verdict.comparison.inflation > 2
    assert verdict.glasses_needed
    for (first, second), glasses in verdict.glasses_needed.items():
        assert {first, second} <= set(verdict.allowed)
        modes = max(
            modes_to_distinguish(truth=first, alternative=second), modes_to_distinguish(truth=second, alternative=first)
        )
        independent = verdict.fit.modes_per_glass / verdict.comparison.inflation
        assert glasses == math.ceil(modes / independent)


def test_undecided_data_are_refused_with_the_verdict():
    modes_g = pure(np.random.default_rng(101), glasses=100, per_glass=0.4)
    with pytest.raises(InsufficientDataError, match=r"decide nothing: .* glasses would disfavour 3") as caught:
        judge_exponent(modes_g, 1.0)
    verdict = caught.value.partial
    assert isinstance(verdict, ExponentVerdict)
    assert not verdict.decided
    assert isinstance(verdict.correction, InsufficientDataError)
    again = judge_exponent(modes_g, 1.0, require_decision=False)
    assert again.text == verdict.text
    assert "Undecided." in again.text
    assert "A correction to scaling is not determined." in again.text
    assert again.corrected_odds == {}


def test_as_many_glasses_as_promised_do_decide():
    """The number of glasses that a pilot quotes for 4 against 3 at 1000:1, made 40 times of s = 4.

    20:1 is then reached in 85 %; in 70 % if the pilot, with 40 modes, is two errors of 16 % off; minus 4.5 standard
    errors of 0.072. s = 4 is lost at 20:1 against a free exponent, 2.8 errors off, or against a form close to it.
    """
    rng = np.random.default_rng(102)
    pilot = judge_exponent(pure(rng, glasses=100, per_glass=0.4), 1.0, require_decision=False, resamples=50)
    glasses = pilot.glasses_needed[3.0, 4.0]
    found = [
        judge_exponent(pure(rng, glasses=glasses, per_glass=0.4), 1.0, rng=rng, resamples=20, require_decision=False)
        for _ in range(40)
    ]
    assert np.mean([verdict.decided for verdict in found]) > 0.70 - 4.5 * 0.072
    assert np.mean([4.0 in verdict.allowed for verdict in found]) > 0.98 - 4.5 * 0.022


def test_corrected_rate():
    verdict = judge_exponent(corrected(np.random.default_rng(103), glasses=1000, per_glass=8, beta=-0.6), 1.0)
    assert isinstance(verdict.correction, CorrectionFit)
    assert abs(verdict.correction.s - 4) < 4.5 * verdict.correction.error < 0.7
    assert verdict.allowed == ()
    assert "allowed: none of these powers" in verdict.text
    assert "s drifts with the window" in verdict.text
    assert "No power law of independent modes describes" in verdict.text
    assert "With a correction" in verdict.text
    # pure powers are all out, but 4 with a correction is what the modes are of; its likelihood is near the best
    assert set(verdict.corrected_odds) == {3.0, 4.0}
    assert verdict.corrected_odds[4.0] < 20 < 1000 < verdict.corrected_odds[3.0]


def test_glasses_that_are_not_alike_are_reported():
    rng = np.random.default_rng(104)
    assert "varies more than Poisson" in judge_exponent(mixed(rng, glasses=400, per_glass=4), 1.0).text
    verdict = judge_exponent(clustered(rng, glasses=400, per_glass=6, size=3), 1.0, require_decision=False)
    assert verdict.comparison.inflation == pytest.approx(3, rel=0.5)
    assert "Modes of a glass are not independent" in verdict.text


def test_windows_above_the_first_phonon_are_warned_of():
    modes_g = with_phonons(np.random.default_rng(105), glasses=300, per_glass=4, upper=1.2, phonon=1.0)
    with pytest.warns(GlasskitWarning, match="above the first phonon at 0.9: phonons are counted"):
        verdict = judge_exponent(modes_g, 1.1, first_phonon=0.9, scan=[0.7, 0.8, 1.1], require_decision=False)
    assert len(verdict.warnings) == 1
    assert verdict.text.endswith(f"Warning: {verdict.warnings[0]}")
    with pytest.warns(GlasskitWarning, match="2 windows of the scan"):
        judge_exponent(modes_g, 0.8, first_phonon=0.9, scan=[0.8, 1.0, 1.1], require_decision=False)
    judge_exponent(modes_g, 0.8, first_phonon=0.9, require_decision=False)  # nothing to warn of: would be an error


def test_default_windows_hold_the_judged_one(quartic_g):
    for keywords in ({}, {"first_phonon": 1.0}, {"first_phonon": 1.6, "complete_below": 0.7}):
        verdict = judge_exponent(quartic_g, 0.6, **keywords)
        assert isinstance(verdict.scan, WindowScan)
        uppers = [fit.upper for fit in verdict.scan.fits]
        assert 0.6 in uppers
        assert max(uppers) <= keywords.get("complete_below", math.inf)
    assert max(uppers) == pytest.approx(0.7)


def test_a_generator_gives_the_same_verdict_twice(quartic_g):
    first, second = (judge_exponent(quartic_g, 0.6, rng=np.random.default_rng(106), resamples=50) for _ in range(2))
    assert first.text == second.text
    assert first.fit.seed is None


def test_prefactor_by_hand():
    # 3 modes below 0.5 in 4 glasses of 100 modes: A_g·0.5^5/5·100 = 3/4
    found = quartic_prefactor([[0.4], [0.3, 0.45], [], [0.6]], 0.5, modes_total=100, omega_0=2.0, resamples=4000)
    assert found.value == pytest.approx(5 * 0.75 / 100 / 0.5**5, rel=1e-14)
    assert found.reduced == pytest.approx(32 * found.value, rel=1e-14)
    # standard error of the mean of 1, 2, 0, 0: √(11/12/4); the bootstrap knows it to 1/√8000 times 4.5
    assert found.error / found.value == pytest.approx(math.sqrt(11 / 48) / 0.75, rel=0.05)
    assert found.reduced_error == pytest.approx(32 * found.error, rel=1e-14)


def test_prefactor_is_that_of_the_rate():
    # D = A_g omega^4 with A_g = 0.1 leaves 2997·0.1·0.6^5/5 modes below 0.6 per glass
    rng, pull = np.random.default_rng(107), []
    for _ in range(300):
        modes_g = pure(rng, glasses=200, per_glass=2997 * 0.1 * 0.6**5 / 5, upper=0.6)
        found = quartic_prefactor(modes_g, 0.6, modes_total=2997, rng=rng, resamples=100)
        assert found.reduced is None
        pull.append((found.value - 0.1) / found.error)
    assert abs(np.mean(pull)) < 4.5 * 1.05 / math.sqrt(300) + 0.05
    assert np.std(pull) == pytest.approx(1, abs=4.5 / math.sqrt(600) + 0.03)


@pytest.mark.parametrize(
    ("modes_g", "upper", "keywords", "words"),
    [
        ([], 1.0, {}, "empty"),
        ([[0.5, math.nan], [0.4]], 1.0, {}, "contain NaN"),
        ([[0.5, 0.0], [0.4]], 1.0, {}, "has the frequency 0"),
        ([[0.5, -0.2], [0.4]], 1.0, {}, "has the frequency -0.2"),
        ([[0.5], [0.4]], 1.0, {"complete_below": 0.8}, "complete only below 0.8"),
        ([[0.5], [0.4]], 1.0, {"first_phonon": -1.0}, "first_phonon is -1"),
        ([[0.5], [0.4]], math.nan, {}, "upper is nan"),
        ([[0.5, 0.7, 0.8], [0.4]], 1.0, {"taper": 2.5}, "expected an integer"),
        ([[0.5, 0.7, 0.8], [0.4]], 1.0, {"modes_total": 2}, "expected all modes of a glass"),
        ([[0.5, 0.7, 0.8], [0.4]], 1.0, {"modes_total": 30, "omega_0": 0.0}, "omega_0 is 0"),
        ([[0.5, 0.7, 0.8], [0.4]], 1.0, {"scan": [1.0, 1.2], "complete_below": 1.1}, "complete only below 1.1"),
    ],
)
def test_bad_input(modes_g, upper, keywords, words):
    with pytest.raises(InputError, match=words):
        judge_exponent(modes_g, upper, **keywords)


def test_too_few_modes_and_one_glass_are_refused():
    with pytest.raises(InsufficientDataError, match="about 444 glasses would tell s = 3 from 4") as caught:
        judge_exponent([[0.5], [0.4], []], 0.8)
    assert caught.value.partial.count == 2
    with pytest.raises(InsufficientDataError, match="lie in 1 glasses"):
        judge_exponent([np.linspace(0.2, 0.9, 50)], 1.0)
    with pytest.raises(InsufficientDataError, match="0 modes below"):
        judge_exponent([[0.5], [0.4], []], 0.1)
    with pytest.raises(InsufficientDataError, match="a prefactor"):
        quartic_prefactor([[0.5], []], 0.4, modes_total=10)


def test_disputed_exponents():
    assert disputed_exponents(None) == disputed_exponents(2) == disputed_exponents(math.inf) == (3, 4)
    assert disputed_exponents(4) == (3, 3.5, 4)
    assert disputed_exponents(1) == (3, 4, 5)


def test_figure(verdict, tmp_path):
    axes = verdict.plot()
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert any("judged window" in text for text in legend)
    drawn = axes.get_lines()[0]
    assert np.array_equal(drawn.get_xdata(), [0.4, 0.5, 0.6])
    assert np.array_equal(drawn.get_ydata(), [fit.s for fit in verdict.scan.fits])
    assert {"3", "4", "3.67 (3+2/m)"} <= {note.get_text() for note in axes.texts}
    assert verdict.plot(axes) is axes
    axes.figure.savefig(tmp_path / "plateau.png")


def test_figure_of_too_few_modes_is_refused():
    verdict = judge_exponent([[0.5], [0.6, 0.9], [0.4, 0.7]], 1.0, require_decision=False, scan=[0.5, 1.0])
    with pytest.raises(InsufficientDataError, match="a scan needs two"):
        verdict.plot()
    assert "too few modes to scan" in verdict.text
