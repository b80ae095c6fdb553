"""Edges of gaps: what is called one, how often by mistake, and what the verdict says of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from glasskit.analysis.exponents.edge import FALSE_ALARM, STEEPEST, edge_probability, is_edge
from glasskit.analysis.exponents.fit import ExponentFit, fit_exponent
from glasskit.analysis.exponents.synthetic_modes import pure
from glasskit.analysis.exponents.verdict import judge_exponent


def fitted(s, count, *, inflation=1.0):
    analytic = (s + 1) / np.sqrt(count - 2)
    return ExponentFit(
        upper=0.3, count=count, glasses=40, s=s, error=analytic * np.sqrt(inflation), analytic_error=analytic,
        prefactor=1.0, prefactor_error=0.1, resamples=1000, seed=1,
    )  # fmt: skip


@pytest.mark.parametrize(("s", "count"), [(4.0, 8), (10.0, 50), (20.0, 12), (208.0, 8)])
def test_the_probability_is_that_of_poisson_counts(s, count):
    """Gamma(n) <= x exactly where a Poisson process of mean x has n points and more."""
    x = (count - 1) * (STEEPEST + 1) / (s + 1)
    assert edge_probability(fitted(s, count)) == pytest.approx(poisson.sf(count - 1, x), rel=1e-9)


def test_false_alarms_are_as_rare_as_they_are_said_to_be():
    """Of 4000 windows of 20 modes of omega^10: 4 on average and at most 15 (Poisson, 2e-5); of omega^5 none."""
    rng = np.random.default_rng(20240418)
    alarms = {10.0: 0, 5.0: 0}
    for s in alarms:
        k = 19 / rng.gamma(20, 1 / (s + 1), 4000)
        alarms[s] = sum(is_edge(fitted(value - 1, 20)) for value in k)
    assert 0 < alarms[10.0] <= 15  # none at all: 2 %, not with this seed
    assert alarms[5.0] == 0
    assert FALSE_ALARM * 4000 == 4


def test_groups_of_modes_weigh_as_one():
    assert is_edge(fitted(60.0, 9))
    assert not is_edge(fitted(60.0, 9, inflation=4.0))


def edge_g(rng):
    """Three modes per instance above a gap: density ~ (omega − 0.24)^(1/2), far wider gap than band."""
    return [np.sort(0.24 + 0.003 * rng.random(3) ** (2 / 3)) for _ in range(20)]


def test_the_verdict_on_an_edge_names_no_exponent(rng):
    verdict = judge_exponent(edge_g(rng), 0.243, modes_total=200, require_decision=False)
    assert verdict.edge
    assert verdict.s > 50
    text = verdict.text
    assert text.startswith("60 modes below 0.243 in 20 glasses; this is an edge of a gap, not a power law: ")
    assert f"(s = {verdict.s:.0f} ± " in text
    assert "No exponent is judged" in text
    for words in ("allowed", "A power law describes", "A_g", "lowest mode"):
        assert words not in text


def test_power_laws_have_no_edge(rng):
    for s in (2.0, 4.0, 5.0):
        modes_g = pure(rng, glasses=40, per_glass=0.4, s=s, upper=0.3)
        assert not is_edge(fit_exponent(modes_g, 0.3))
    assert not judge_exponent(modes_g, 0.3, require_decision=False).edge
