"""Comparison of rates: odds by hand, and how often the truth wins on synthetic ensembles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.exponents.lowest_frequency import fit_lowest_frequency
from glasskit.analysis.exponents.model_comparison import candidate_exponents, compare_rates, odds_text, rate_models
from glasskit.analysis.exponents.planning import modes_to_distinguish
from glasskit.analysis.exponents.rate_models import PurePower
from glasskit.analysis.exponents.synthetic_modes import clustered, logarithmic, pure
from glasskit.errors import InputError, InsufficientDataError


def test_by_hand():
    # Σ ln(1/omega) = 6 ln 2 of three modes: ln L = 3 ln k − (k−1)·6 ln 2
    comparison = compare_rates([[0.5], [0.25, 1.0], [0.125], []], 1.0, models=[PurePower(0.0), PurePower(1.0)])
    assert comparison["s = 0"].log_likelihood == 0
    second = 3 * math.log(2) - 6 * math.log(2)
    assert comparison["s = 1"].log_likelihood == pytest.approx(second, rel=1e-14)
    assert comparison.best.name == "s = 0"
    assert comparison.odds("s = 1") == pytest.approx(8, rel=1e-14)
    assert comparison.odds("s = 0") == 1
    assert comparison.weights == pytest.approx({"s = 0": 8 / 9, "s = 1": 1 / 9}, rel=1e-14)
    assert comparison.log_likelihood_ratio("s = 1", "s = 0") == pytest.approx(second, rel=1e-14)


def test_free_exponent_costs_a_parameter():
    modes_g = pure(np.random.default_rng(40), glasses=100, per_glass=4)
    comparison = compare_rates(modes_g, 1.0)
    depth = -np.log(np.concatenate(modes_g))
    k, n = 1 / depth.mean(), depth.size
    gain = n * (math.log(k / 5) - 1 + 5 / k)  # of the maximum over s = 4
    assert comparison.log_likelihood_ratio("s free", "s = 4") == pytest.approx(gain, rel=1e-9)
    assert comparison["s free"].aic - comparison["s = 4"].aic == pytest.approx(2 - 2 * gain, rel=1e-9)


def test_truth_wins_as_often_as_planned():
    """4 against 3 at 1000:1 in half of 600 ensembles of the planned mean number of modes.

    The number of modes fluctuates, which shifts the fraction by less than 0.02; standard error 0.0204, times 4.5.
    """
    modes = modes_to_distinguish(truth=4, alternative=3)
    rng, models = np.random.default_rng(41), [PurePower(3.0), PurePower(4.0)]
    won = [
        compare_rates(pure(rng, glasses=100, per_glass=modes / 100), 1.0, models=models).odds("s = 3") >= 1000
        for _ in range(600)
    ]
    assert np.mean(won) == pytest.approx(0.5, abs=0.02 + 4.5 * 0.0204)


def test_logarithm_is_told_from_other_powers_only_by_many_modes():
    rng = np.random.default_rng(42)
    few = compare_rates(logarithmic(rng, glasses=200, per_glass=2, scale=10.0), 1.0, taper=math.inf)
    many = compare_rates(logarithmic(rng, glasses=2000, per_glass=50, scale=10.0), 1.0, taper=math.inf)
    assert few.odds("omega^3/ln^2") < 20
    assert few.odds("s free") < 20
    assert many.best.name == "omega^3/ln^2"
    assert many.odds("s = 4") > 1e6
    # 100,000 modes: ln(10) is known to a few per cent
    assert many["omega^3/ln^2"].logarithm_scale == pytest.approx(10, rel=0.3)


def test_groups_of_modes_do_not_count_as_independent():
    """Odds against s = 3 of groups of three equal those of a third of the modes, once the inflation is divided out."""
    modes_g = clustered(np.random.default_rng(43), glasses=300, per_glass=6, size=3)
    single_g = [modes[::3] for modes in modes_g]
    raw, single = compare_rates(modes_g, 1.0), compare_rates(single_g, 1.0)
    tempered = compare_rates(modes_g, 1.0, inflation=3.0)
    assert raw.log_likelihood_ratio("s = 4", "s = 3") == pytest.approx(
        3 * single.log_likelihood_ratio("s = 4", "s = 3"), rel=1e-9
    )
    assert tempered.log_odds("s = 3") == pytest.approx(single.log_odds("s = 3"), rel=1e-6)
    fit = fit_exponent(modes_g, 1.0)
    # error of the squared ratio of errors from 600 groups: twice √(2/600)
    assert (fit.error / fit.analytic_error) ** 2 == pytest.approx(3, rel=4.5 * 2 * math.sqrt(2 / 600))


def test_candidates():
    assert candidate_exponents() == (2, 3, 4, 5)
    assert candidate_exponents(math.inf) == candidate_exponents(2) == candidate_exponents(1) == (2, 3, 4, 5)
    assert candidate_exponents(8) == (2, 3, 3.25, 4, 5)
    assert [model.name for model in rate_models(3)] == [
        "s = 2", "s = 3", "s = 3.667", "s = 4", "s = 5", "s free", "s free, corrected", "omega^3/ln^2"
    ]  # fmt: skip


def test_odds_in_words():
    assert [odds_text(odds) for odds in (1.0, 7.64, 9.96, 43.4, 1234.0, 2.5e9)] == [
        "1.0:1", "7.6:1", "10:1", "43:1", "1200:1", "more than 10^9:1"
    ]  # fmt: skip


def test_table_has_a_line_per_model():
    comparison = compare_rates(pure(np.random.default_rng(44), glasses=100, per_glass=4), 1.0, taper=8)
    lines = comparison.table().splitlines()
    assert len(lines) == 1 + 8
    assert lines[1].startswith(comparison.best.name)


def test_refusals():
    modes_g = [[0.5, 0.6], [0.7]]
    with pytest.raises(InputError, match="different names"):
        compare_rates(modes_g, 1.0, models=[PurePower(3.0), PurePower(3.0)])
    with pytest.raises(InputError, match="at least 1"):
        compare_rates(modes_g, 1.0, inflation=0.5)
    with pytest.raises(InputError, match="complete"):
        compare_rates(modes_g, 1.0, complete_below=0.9)
    with pytest.raises(InputError, match="no rate model 's = 9'"):
        compare_rates(modes_g, 1.0)["s = 9"]
    with pytest.raises(InputError, match="expected an integer"):
        compare_rates(modes_g, 1.0, taper=2.5)
    with pytest.raises(InsufficientDataError, match="2 modes"):
        compare_rates([[0.5], [0.6]], 1.0)


@pytest.mark.parametrize("upper", [0.1116, 9.01])
def test_modes_at_an_edge_are_no_power_law(upper):
    modes = [np.array([upper * (1 - 1e-3 * depth)]) for depth in np.random.default_rng(3).random(200)]
    for judge in (fit_exponent, fit_lowest_frequency, compare_rates):
        with pytest.raises(InsufficientDataError, match="a gap with an edge, not a power law"):
            judge(modes, upper)
