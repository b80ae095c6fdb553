"""The lowest frequency of each glass: against a generic maximiser, literal resampling, and synthetic ensembles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from glasskit.analysis.exponents.lowest_frequency import LowestFrequencyFit, fit_lowest_frequency
from glasskit.analysis.exponents.lowest_frequency_scaling import LowestFrequencyScaling, scale_lowest_frequency
from glasskit.analysis.exponents.synthetic_modes import pure, with_phonons
from glasskit.errors import InputError, InsufficientDataError


def direct_maximum(modes_g, upper):
    """k and C of highest likelihood, from the density C w^(k−1) exp(−C w^k/k) and the survival of empty glasses."""
    lowest = np.array([min(modes) for modes in modes_g if min(modes, default=np.inf) < upper])
    censored = len(modes_g) - lowest.size

    def loss(point):
        k, log_c = np.exp(point[0]), point[1]
        c = np.exp(log_c)
        return -np.sum(log_c + (k - 1) * np.log(lowest) - c * lowest**k / k) + censored * c * upper**k / k

    found = minimize(loss, (math.log(4), 1.0), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11})
    return math.exp(found.x[0]), math.exp(found.x[1])


@pytest.mark.parametrize("per_glass", [0.4, 3.0])
def test_equals_the_direct_maximum(per_glass):
    modes_g = pure(np.random.default_rng(50), glasses=80, per_glass=per_glass, upper=0.8)
    fit = fit_lowest_frequency(modes_g, 0.8)
    k, c = direct_maximum(modes_g, 0.8)
    d = fit.occupied
    shrunk = 1 + (1 + 0.38 * d / 80) / d
    assert (fit.s + 1) * shrunk == pytest.approx(k, rel=1e-6)
    # C at the shrunk k: the number of occupied glasses stays what it is
    depth_g = np.log(0.8 / np.array([min([*modes, 0.8]) for modes in modes_g]))
    assert fit.prefactor == pytest.approx(
        (fit.s + 1) * d / np.exp(-(fit.s + 1) * depth_g).sum() / 0.8 ** (fit.s + 1), rel=1e-12
    )
    assert c == pytest.approx(k * d / np.exp(-k * depth_g).sum() / 0.8**k, rel=1e-5)
    assert fit.censored == 80 - d


def test_error_equals_resampling_with_a_new_fit_each_time():
    """One Newton step in 1/k against the full fit of 400 resampled ensembles, with the same glasses drawn.

    They differ in second order, k/√d relative to the error, here 7 %; twice that is allowed.
    """
    modes_g = pure(np.random.default_rng(51), glasses=200, per_glass=1.5)
    fit = fit_lowest_frequency(modes_g, 1.0, rng=np.random.default_rng(52), resamples=400)
    inverse = []
    for drawn in np.random.default_rng(52).integers(200, size=(400, 200)):
        again = fit_lowest_frequency([modes_g[g] for g in drawn], 1.0, resamples=2)
        inverse.append(1 / (again.s + 1))
    literal = np.std(inverse, ddof=1) * (fit.s + 1) ** 2
    assert fit.error == pytest.approx(literal, rel=0.14)


@pytest.mark.parametrize(("glasses", "per_glass"), [(100, 0.3), (20, 10.0), (100, 3.0)])
def test_unbiased_with_honest_error_bars(glasses, per_glass):
    """Over 1000 ensembles: bias below a tenth of the error, coverage 0.675 within 4.5 of its standard error 0.015."""
    rng, deviation, error = np.random.default_rng(53), [], []
    for _ in range(1000):
        fit = fit_lowest_frequency(pure(rng, glasses=glasses, per_glass=per_glass), 1.0, rng=rng, resamples=60)
        deviation.append(fit.s - 4)
        error.append(fit.error)
    deviation, error = np.array(deviation), np.array(error)
    assert abs(deviation.mean()) < (0.1 + 4.5 / math.sqrt(1000)) * deviation.std()
    assert np.mean(np.abs(deviation) < error) == pytest.approx(0.675, abs=4.5 * 0.015)
    assert error.mean() == pytest.approx(deviation.std(), rel=4.5 / math.sqrt(2000) + 0.03)


def test_only_the_lowest_counts():
    rng = np.random.default_rng(54)
    modes_g = pure(rng, glasses=50, per_glass=8)
    lowest_g = [[min(modes)] if modes.size else [] for modes in modes_g]
    assert fit_lowest_frequency(modes_g, 0.9) == fit_lowest_frequency(lowest_g, 0.9)


def test_phonons_above_the_lowest_modes_do_not_matter():
    # band at 1.4 ± 0.07, 4.3 widths above the window; 6·(1.1/2)^5 = 0.3 soft modes per glass in the window
    modes_g = with_phonons(np.random.default_rng(55), glasses=2000, per_glass=6, phonon=1.4, upper=2.0)
    fit = fit_lowest_frequency(modes_g, 1.1)
    assert fit.error == pytest.approx(5 / math.sqrt(fit.occupied), rel=0.2)
    assert abs(fit.s - 4) < 4.5 * fit.error


def test_refusals_of_one_ensemble():
    with pytest.raises(InsufficientDataError, match="2 of 4 glasses have a mode below 1") as caught:
        fit_lowest_frequency([[0.5], [0.6], [1.5], []], 1.0)
    assert caught.value.partial.count == 2
    with pytest.raises(InsufficientDataError, match="different"):
        fit_lowest_frequency([[0.5]] * 20, 1.0)
    with pytest.raises(InputError, match="empty"):
        fit_lowest_frequency([], 1.0)
    with pytest.raises(InputError, match="has the frequency 0"):
        fit_lowest_frequency([[0.5], [0.0]], 1.0)
    with pytest.raises(InputError, match="complete"):
        fit_lowest_frequency([[0.5], [0.4]], 1.0, complete_below=0.9)


def ensembles(rng, sizes=(250, 500, 1000, 2000), *, glasses=400, s=4.0):
    """Rate N·omega^s/50 up to 3, so that every glass has modes."""
    return {n: pure(rng, glasses=glasses, per_glass=n / 50 * 3 ** (s + 1) / (s + 1), s=s, upper=3.0) for n in sizes}


def test_mean_of_weibull_by_hand():
    # <omega_min> = (k/C)^(1/k) Γ(1 + 1/k), C = N/50, k = 5; its relative spread is 0.23, 4.5 standard errors of 400
    fit = scale_lowest_frequency(ensembles(np.random.default_rng(56)))
    for size in fit.sizes:
        exact = (250 / size.particles) ** 0.2 * math.gamma(1.2)
        assert size.value == pytest.approx(exact, rel=4.5 * 0.23 / 20)
        assert size.error == pytest.approx(0.23 * exact / 20, rel=0.25)
    assert isinstance(fit, LowestFrequencyScaling)
    assert fit.freedom == 2


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_slope_is_unbiased_with_honest_error_bars(statistic):
    """250 times four sizes of 60 glasses, s = 3: standard error of the coverage 0.03; χ² has the mean 2."""
    rng, pull, squares = np.random.default_rng(57), [], []
    for _ in range(250):
        fit = scale_lowest_frequency(
            ensembles(rng, glasses=60, s=3.0, sizes=(40, 100, 250, 600)), statistic=statistic, rng=rng, resamples=100
        )
        pull.append((fit.slope + 0.25) / fit.slope_error)
        squares.append(fit.chi_squared)
        assert fit.s == pytest.approx(-1 / fit.slope - 1)
    assert abs(np.mean(pull)) < 4.5 / math.sqrt(250)
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=4.5 * 0.03)
    # standard error of the mean of χ² 2/√250; the median's bootstrap errors scatter by 25 %, which adds to χ²
    assert np.mean(squares) == pytest.approx(2.1, abs=4.5 * 2 / math.sqrt(250))


def test_line_is_that_of_a_weighted_polynomial_fit():
    fit = scale_lowest_frequency(ensembles(np.random.default_rng(61), glasses=50))
    log_n = np.log([size.particles for size in fit.sizes])
    log_w = np.log([size.value for size in fit.sizes])
    weight = [size.value / size.error for size in fit.sizes]
    (slope, start), covariance = np.polyfit(log_n, log_w, 1, w=weight, cov="unscaled")
    assert fit.slope == pytest.approx(slope, rel=1e-9)
    assert fit.slope_error == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-9)
    assert fit.error == pytest.approx(fit.slope_error / slope**2, rel=1e-9)
    assert fit.chi_squared == pytest.approx(np.sum((weight * (log_w - start - slope * log_n)) ** 2), rel=1e-9)


def test_sizes_that_are_not_on_a_line_are_seen():
    glasses = ensembles(np.random.default_rng(58))
    glasses[500] = [0.9 * modes for modes in glasses[500]]
    assert scale_lowest_frequency(glasses).probability < 1e-6


def test_refusals_of_several_sizes():
    rng = np.random.default_rng(59)
    good = ensembles(rng, glasses=40)
    with pytest.raises(InsufficientDataError, match="3 or more") as caught:
        scale_lowest_frequency({250: good[250], 500: good[500]})
    assert isinstance(caught.value.partial, LowestFrequencyScaling)
    assert caught.value.partial.freedom == 0
    with pytest.raises(InsufficientDataError, match="1 size") as caught:
        scale_lowest_frequency({250: good[250]})
    assert caught.value.partial[0].particles == 250
    with pytest.raises(InputError, match="1 of 41 glasses at N = 250 have no mode listed"):
        scale_lowest_frequency({**good, 250: [*good[250], []]})
    assert scale_lowest_frequency({**good, 250: [*good[250], []]}, statistic="median").sizes[0].without == 1
    with pytest.raises(InsufficientDataError, match="30 of 70") as caught:
        scale_lowest_frequency({**good, 500: good[500] + [[]] * 30}, statistic="median")
    assert [size.particles for size in caught.value.partial] == [250]
    with pytest.raises(InsufficientDataError, match="does not fall with N"):
        scale_lowest_frequency(dict(zip((2000, 1000, 500, 250), good.values(), strict=True)))
    with pytest.raises(InsufficientDataError, match="3 glasses at N = 250"):
        scale_lowest_frequency({**good, 250: good[250][:3]})
    with pytest.raises(InputError, match="expected one of mean, median"):
        scale_lowest_frequency(good, statistic="mode")
    with pytest.raises(InputError, match="at N = 500 of glass 1 contain NaN"):
        scale_lowest_frequency({**good, 500: [[0.5], [math.nan]]})
    with pytest.raises(InputError, match="positive number"):
        scale_lowest_frequency({0: good[250]})


def test_partial_results_are_results():
    fit = fit_lowest_frequency(pure(np.random.default_rng(60), glasses=30, per_glass=2), 1.0)
    assert isinstance(fit, LowestFrequencyFit)
    assert fit.resamples == 1000
    assert fit.error == pytest.approx(fit.analytic_error, rel=0.6)
