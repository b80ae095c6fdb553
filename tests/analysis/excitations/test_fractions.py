"""Fractions and medians: intervals against their definition, order of stiffness, double wells against roots."""

from __future__ import annotations

import numpy as np
import pytest
from analysis.excitations.known import COVERAGE, LARGEST_BIAS, judged, soft_spots
from scipy.stats import binom

from glasskit.analysis.bootstrap import DEFAULT_SEED
from glasskit.analysis.excitations.asymmetry import cubic_against_quartic
from glasskit.analysis.excitations.double_wells import LOWER_MINIMUM, SECOND_MINIMUM, double_wells
from glasskit.analysis.excitations.medians import bootstrap_median
from glasskit.analysis.excitations.proportions import proportion
from glasskit.analysis.excitations.stiffness_order import stiffness_order
from glasskit.errors import InputError, NumericalError


@pytest.mark.parametrize(("hits", "glasses"), [(0, 300), (3, 300), (20, 21), (21, 21)])
def test_ends_of_the_interval_are_where_the_tails_hold_their_share(hits, glasses):
    found = proportion(np.arange(glasses) < hits, confidence=0.9)
    assert (found.hits, found.glasses, found.value) == (hits, glasses, hits / glasses)
    if hits > 0:
        assert binom.sf(hits - 1, glasses, found.lower) == pytest.approx(0.05, rel=1e-8)
    if hits < glasses:
        assert binom.cdf(hits, glasses, found.upper) == pytest.approx(0.05, rel=1e-8)
    assert (found.lower == 0) == (hits == 0)
    assert (found.upper == 1) == (hits == glasses)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """Summed over all outcomes, so no false alarm: at least 95 %."""
    intervals = [proportion(np.arange(40) < hits) for hits in range(41)]
    for truth in (0.004, 0.05, 0.4):
        inside = np.array([found.lower <= truth <= found.upper for found in intervals])
        assert binom.pmf(np.arange(41), 40, truth)[inside].sum() >= 0.95


def test_fractions_of_nothing_are_refused():
    for hits, confidence in (([], 0.95), ([[True]], 0.95), ([True], 1.0), ([True], 0.0)):
        with pytest.raises(InputError):
            proportion(np.array(hits, dtype=bool), confidence=confidence)
    assert str(proportion(np.arange(200) < 1)) == "0.5 % (0.013 to 2.8 %)"


@pytest.mark.parametrize("glasses", [21, 40])
def test_median_equals_literal_resampling(glasses):
    value_g = np.random.default_rng(3).normal(size=glasses)
    found = bootstrap_median(value_g, rng=np.random.default_rng(4), resamples=500)
    ordered = np.sort(value_g)  # draws are of places in the ascending order
    medians = np.median(ordered[np.random.default_rng(4).integers(glasses, size=(500, glasses))], axis=1)
    assert found.value == np.median(value_g)
    assert found.error == pytest.approx(np.std(medians, ddof=1) * np.sqrt(glasses / (glasses - 1)), rel=1e-12)
    assert found.seed is None
    assert bootstrap_median(value_g).seed == DEFAULT_SEED


def test_median_and_its_error_on_a_known_law():
    def estimate(rng):
        found = bootstrap_median(1.3 * np.exp(0.2 * rng.normal(size=101)), rng=rng, resamples=200)
        return found.value, found.error

    bias, coverage = judged(estimate, 1.3)
    assert abs(bias) < LARGEST_BIAS
    assert COVERAGE[0] < coverage < COVERAGE[1]


def test_order_of_the_stiffnesses(rng):
    spots = soft_spots(rng, 400, lower_than_quartic=3)
    found = stiffness_order(spots["kappa_2"], spots["kappa_4"], spots["kappa_3"])
    assert (found.harmonic_stiffer.hits, found.cubic_softer.hits, found.glasses) == (0, 3, 400)
    # the median of 1.3 e^(0.05 n) over 400: standard deviation 1.3·0.05·1.25/20 = 0.004
    assert abs(found.ratio.value - 1.3) < 4 * 0.0041
    assert found.ratio.error == pytest.approx(0.0041, rel=0.5)
    assert found.ratio.seed == DEFAULT_SEED
    np.testing.assert_array_equal(found.omega_quartic**2, np.sqrt(spots["kappa_4"]) ** 2)


@pytest.mark.parametrize("other", ["kappa_4", "kappa_3"])
def test_a_harmonic_mode_that_is_not_the_softest_is_refused(rng, other):
    spots = soft_spots(rng, 30)
    spots["kappa_2"][[4, 7]] = spots[other][[4, 7]] * (1 + 1e-7)
    if other == "kappa_3":
        spots["kappa_4"][[4, 7]] *= 2
    with pytest.raises(
        NumericalError, match=r"kappa_harmonic is above kappa_\w+ in 2 of 30 glasses \(glass 4"
    ) as caught:
        stiffness_order(spots["kappa_2"], spots["kappa_4"], spots["kappa_3"])
    np.testing.assert_array_equal(caught.value.partial, [4, 7])


def test_rounding_is_no_disorder(rng):
    spots = soft_spots(rng, 30)
    spots["kappa_2"] = spots["kappa_4"] * (1 + 1e-9)
    assert stiffness_order(spots["kappa_2"], spots["kappa_4"], spots["kappa_3"]).harmonic_stiffer.hits == 0
    with pytest.raises(NumericalError):
        stiffness_order(spots["kappa_2"], spots["kappa_4"], spots["kappa_3"], rounding=1e-10)


def test_wells_are_counted_where_the_polynomial_has_them():
    """kappa s²/2 + tau s³/6 + chi s⁴/24: extrema and zeros by their roots, for coefficients around both bounds."""
    rng = np.random.default_rng(5)
    kappa, chi = rng.uniform(0.1, 2, (2, 500))
    tau = np.sqrt(rng.uniform(2.4, 3.3, 500) * kappa * chi) * rng.choice([-1, 1], 500)
    second = [np.isreal(np.roots([c / 6, t / 2, k])).all() for k, t, c in zip(kappa, tau, chi, strict=True)]
    lower = [np.isreal(np.roots([c / 24, t / 6, k / 2])).all() for k, t, c in zip(kappa, tau, chi, strict=True)]
    found = double_wells(kappa, tau, chi)
    assert found.second_minimum.hits == sum(second)
    assert found.lower_minimum.hits == sum(lower)
    assert 0 < sum(lower) < sum(second) < 500
    assert (SECOND_MINIMUM, LOWER_MINIMUM) == (8 / 3, 3)


def test_the_relation_of_tau_and_kappa_chi(rng):
    spots = soft_spots(rng, 400)
    found = double_wells(spots["kappa_3"], spots["tau_3"], spots["chi_3"]).relation
    assert abs(found.slope - 1) < 4 * found.error
    assert found.expected == 1
    assert found.scatter == pytest.approx(0.3, rel=4 / np.sqrt(2 * 400))  # of ln tau²; four standard deviations
    fourth = double_wells(spots["kappa_4"], spots["tau_4"], spots["chi_4"]).relation
    assert fourth.scatter > 5 * found.scatter


def test_cubic_modes_share_a_ratio_that_quartic_ones_do_not(rng):
    """tau_3² = 1.5 kappa chi e^(0.3n); tau_4² = tau_3² e^(−2+2n), kappa_4 = kappa_3/1.3."""
    spots = soft_spots(rng, 400)
    cubic = double_wells(spots["kappa_3"], spots["tau_3"], spots["chi_3"])
    quartic = double_wells(spots["kappa_4"], spots["tau_4"], spots["chi_4"])
    for found, truth, width in ((cubic, 1.5, 0.3), (quartic, 1.5 * 1.3 * np.exp(-2), np.hypot(2.0, 0.3))):
        assert abs(found.ratio.value / truth - 1) < 5 * 1.25 * width / 20  # the median of 400: 1.25 width/20
        assert found.ratio.error == pytest.approx(1.25 * width / 20 * truth, rel=0.6)
        low, high = np.log(found.spread)
        # ±0.9945 of a normal distribution; each end has a standard deviation of 1.5 width/20
        assert high - low == pytest.approx(2 * 0.9945 * width, abs=5 * 1.5 * np.sqrt(2) * width / 20)
    assert found.ratio.seed == DEFAULT_SEED
    ratio = spots["tau_3"] ** 2 / (spots["kappa_3"] * spots["chi_3"])
    assert cubic.ratio.value == np.median(ratio)
    assert cubic.spread == pytest.approx((np.quantile(ratio, 0.16), np.quantile(ratio, 0.84)), rel=1e-12)


def test_what_makes_a_cubic_mode(rng):
    spots = soft_spots(rng, 400)
    found = cubic_against_quartic(
        spots["tau_3"], -spots["tau_4"], spots["chi_3"], spots["chi_4"], -spots["overlap_34"]
    )  # fmt: skip
    for estimate, truth in ((found.tau_ratio, np.e), (found.chi_ratio, 1.0), (found.turn, 1e-2)):
        assert abs(estimate.value - truth) < 4 * estimate.error
        assert estimate.error < 0.1 * truth
