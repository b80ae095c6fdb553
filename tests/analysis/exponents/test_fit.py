"""The exponent: by hand, against literal resampling, and on synthetic ensembles whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glasskit
from glasskit.analysis.bootstrap import DEFAULT_SEED
from glasskit.analysis.exponents.fit import ExponentFit, ModesInWindow, fit_exponent, predicted_exponent
from glasskit.analysis.exponents.synthetic_modes import pure
from glasskit.errors import InputError, InsufficientDataError


def test_by_hand():
    # three modes below 1, Σ ln(1/omega) = (1 + 2 + 3) ln 2; 1.0 is not below 1, the last glass is empty
    fit = fit_exponent([[0.5], [0.25, 1.0, 2.0], [0.125], []], 1.0, resamples=50)
    k = 2 / (6 * math.log(2))
    assert fit.s == pytest.approx(k - 1, rel=1e-14)
    assert fit.analytic_error == pytest.approx(k, rel=1e-14)
    assert (fit.count, fit.glasses, fit.modes_per_glass) == (3, 4, 0.75)
    assert fit.prefactor == pytest.approx(k * 0.75, rel=1e-14)  # the rate C omega^s holds 0.75 modes below 1


def test_is_public():
    assert glasskit.fit_exponent is fit_exponent


def test_units_of_frequency_drop_out():
    rng = np.random.default_rng(10)
    modes_g = pure(rng, glasses=30, per_glass=3, s=4)
    here, there = fit_exponent(modes_g, 0.9), fit_exponent([7 * modes for modes in modes_g], 7 * 0.9)
    # logarithms of 7ω and of ω round differently, by eps each
    assert there.s == pytest.approx(here.s, rel=1e-13)
    assert there.error == pytest.approx(here.error, rel=1e-12)
    assert there.prefactor == pytest.approx(here.prefactor / 7 ** (here.s + 1), rel=1e-12)


def test_order_of_glasses_and_of_modes_does_not_matter():
    rng = np.random.default_rng(11)
    modes_g = pure(rng, glasses=100, per_glass=3, s=4)
    mixed_g = [rng.permutation(modes_g[glass]) for glass in rng.permutation(100)]
    here, there = fit_exponent(modes_g, 1.0, resamples=2000), fit_exponent(mixed_g, 1.0, resamples=2000)
    assert there.s == pytest.approx(here.s, rel=1e-13)
    # 4.5 × √2 × the relative error 1/√(2·2000) of a standard deviation
    assert there.error == pytest.approx(here.error, rel=4.5 * math.sqrt(2 / 4000))


def test_error_equals_resampling_by_concatenation():
    modes_g = pure(np.random.default_rng(12), glasses=20, per_glass=1.5, s=3, upper=0.8)
    fit = fit_exponent(modes_g, 0.8, rng=np.random.default_rng(13), resamples=300)
    modes = np.concatenate(modes_g)
    y, k, n = np.log(0.8 / modes).mean(), fit.s + 1, modes.size
    occupied = sum(m.size > 0 for m in modes_g)
    relative_y, log_c = [], []
    for drawn in np.random.default_rng(13).integers(20, size=(300, 20)):
        again = np.concatenate([modes_g[glass] for glass in drawn])
        relative_y.append(np.log(0.8 / again).mean() / y - 1)
        correction = math.sqrt(n / (n - 2) * occupied / (occupied - 1))
        # C = k (n/G) upper^-k, to first order in the changes of ln n and ln k
        log_c.append(again.size / n - 1 - (1 - k * math.log(0.8)) * correction * relative_y[-1])
    assert fit.error == pytest.approx(k * np.std(relative_y, ddof=1) * correction, rel=1e-10)
    assert fit.prefactor_error == pytest.approx(fit.prefactor * np.std(log_c, ddof=1), rel=1e-10)


def test_unbiased_with_honest_error_bars():
    """One-sigma coverage and bias over 4000 ensembles of 100 glasses with 3 modes each; s = 4.

    Coverage has the standard error √(0.68·0.32/4000) = 0.0074, so 0.68 ± 0.034 (5 % of 68 %) is 4.6 of them; the mean
    of s has that of 0.29/√4000. False alarms below 1e-5 each. (Over 400 ensembles the standard error is 0.023 and an
    honest estimator leaves 0.68 ± 0.05 for 3 % of seeds, so ten times 400 are drawn.)
    """
    rng = np.random.default_rng(14)
    deviation, error = [], []
    for _ in range(4000):
        fit = fit_exponent(pure(rng, glasses=100, per_glass=3, s=4, upper=0.7), 0.7, rng=rng, resamples=100)
        deviation.append(fit.s - 4)
        error.append(fit.error)
    deviation, error = np.array(deviation), np.array(error)
    assert abs(deviation.mean()) < 4.5 * deviation.std() / math.sqrt(4000)
    covered = np.abs(deviation) < error
    assert covered.mean() == pytest.approx(0.68, abs=0.05 * 0.68)
    assert error.mean() == pytest.approx(5 / math.sqrt(298), rel=0.02)  # k/√(n−2), n = 300


@pytest.mark.parametrize(("glasses", "per_glass"), [(100, 0.08), (12, 2.5)])
def test_few_modes_or_few_glasses_are_still_covered(glasses, per_glass):
    # 1000 ensembles: standard error of the coverage 0.015; it is 66-69 % here, within 4.5 of them
    rng = np.random.default_rng(15)
    covered = []
    while len(covered) < 1000:
        modes_g = pure(rng, glasses=glasses, per_glass=per_glass, s=3)
        if sum(m.size for m in modes_g) < 3 or sum(m.size > 0 for m in modes_g) < 2:
            continue
        fit = fit_exponent(modes_g, 1.0, rng=rng, resamples=100)
        covered.append(abs(fit.s - 3) < fit.error)
    assert np.mean(covered) == pytest.approx(0.675, abs=4.5 * 0.015)


def test_modes_that_come_in_triples_widen_the_error():
    rng = np.random.default_rng(16)
    single_g = pure(rng, glasses=400, per_glass=2, s=4)
    fit = fit_exponent([np.repeat(modes, 3) for modes in single_g], 1.0)
    # a third of the modes is independent; the error of an error from 800 exponentials is √(2/800) = 5 %
    assert fit.error / fit.analytic_error == pytest.approx(math.sqrt(3), rel=4.5 * 0.055)


def test_prefactor_and_its_error():
    rng = np.random.default_rng(17)
    pull = []
    for _ in range(1000):
        # C such that a glass has 3 modes below 0.7: C = 3·5/0.7^5
        fit = fit_exponent(pure(rng, glasses=200, per_glass=3, s=4, upper=0.7), 0.7, rng=rng, resamples=100)
        pull.append(math.log(fit.prefactor / (15 / 0.7**5)) / (fit.prefactor_error / fit.prefactor))
    # unit variance; 4.5 standard errors of a standard deviation over 1000, plus 3 % for the finite resampling
    assert np.std(pull) == pytest.approx(1, abs=4.5 / math.sqrt(2000) + 0.03)
    assert abs(np.median(pull)) < 4.5 * 1.2533 / math.sqrt(1000) + 0.05  # first order: biased by half an error of ln C


def test_seed_is_fixed_and_recorded():
    modes_g = pure(np.random.default_rng(18), glasses=10, per_glass=3, s=4)
    default, again = fit_exponent(modes_g, 1.0), fit_exponent(modes_g, 1.0)
    assert default == again
    assert default.seed == DEFAULT_SEED
    passed = fit_exponent(modes_g, 1.0, rng=np.random.default_rng(DEFAULT_SEED))
    assert passed.seed is None
    assert passed.error == default.error


def test_too_few_modes_carry_the_count():
    with pytest.raises(InsufficientDataError, match="2 modes below 1 in 3 glasses") as caught:
        fit_exponent([[0.5], [0.6], [2.0]], 1.0)
    assert caught.value.partial == ModesInWindow(upper=1.0, count=2, glasses=3)


@pytest.mark.parametrize(
    "modes_g", [[[0.5, 0.6, 0.7, 0.8]], [[0.5, 0.6, 0.7, 0.8], []], [[0.3, 0.5, 0.8]] * 40, [[0.5]] * 3]
)
def test_one_glass_or_copies_of_it_are_refused_with_the_analytic_error(modes_g):
    with pytest.raises(InsufficientDataError, match="do not differ") as caught:
        fit_exponent(modes_g, 1.0)
    partial = caught.value.partial
    assert isinstance(partial, ExponentFit)
    assert partial.resamples == 0
    assert partial.error == partial.analytic_error > 0


def test_windows_above_the_complete_part_are_refused():
    modes_g = pure(np.random.default_rng(19), glasses=3, per_glass=5, s=4)
    assert fit_exponent(modes_g, 0.9, complete_below=0.9) == fit_exponent(modes_g, 0.9)
    fit_exponent(modes_g, 0.9, complete_below=[0.9, 1.0, math.inf])
    with pytest.raises(InputError, match=r"in 1 of 3 glasses the modes are complete only below 0\.85"):
        fit_exponent(modes_g, 0.9, complete_below=[0.9, 0.85, 1.2])
    with pytest.raises(InputError, match="in 3 of 3"):
        fit_exponent(modes_g, 0.9, complete_below=math.nan)
    with pytest.raises(InputError, match="shape"):
        fit_exponent(modes_g, 0.9, complete_below=[0.9, 0.9])


@pytest.mark.parametrize(
    ("modes_g", "upper", "words"),
    [
        ([], 1.0, "empty"),
        ([[0.5, 0.0], [0.4]], 1.0, "glass 0 has the frequency 0;"),
        ([[0.5], [0.4, -0.1]], 1.0, "glass 1 has the frequency -0.1"),
        ([[0.5], [math.nan]], 1.0, "glass 1 contain NaN"),
        ([np.array([0.5]), np.array([0.4, math.inf])], 1.0, "glass 1 contain NaN"),
        ([0.5, 0.6, 0.7], 1.0, "one 1-D array per glass"),
        ([["a"], [0.3]], 1.0, "not numbers"),
        ([[0.5, 0.6], [0.4]], 0.0, "upper is 0"),
        ([[0.5, 0.6], [0.4]], math.nan, "upper is nan"),
    ],
)
def test_bad_input(modes_g, upper, words):
    with pytest.raises(InputError, match=words):
        fit_exponent(modes_g, upper)


def test_predicted_exponents():
    assert [predicted_exponent(m) for m in (1, 2, 4, math.inf)] == [5.0, 4.0, 3.5, 3.0]
    for taper in (0, -1, 2.5, math.nan, -math.inf):
        with pytest.raises(InputError, match="expected an integer"):
            predicted_exponent(taper)
