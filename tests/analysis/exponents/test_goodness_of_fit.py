"""Goodness of fit: statistics against scipy and literal sums, probabilities uniform where a power law is true."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest

from glasskit.analysis.exponents.goodness_of_fit import count_dispersion, exponential_statistics, goodness_of_fit
from glasskit.analysis.exponents.synthetic_modes import clustered, mixed, only_lowest, pure, with_missing, with_phonons
from glasskit.errors import InputError, InsufficientDataError


def test_statistics_against_their_definitions():
    depth = np.random.default_rng(70).gamma(1.3, size=40)
    distance, square = exponential_statistics(depth[None])[0]
    scale = depth.mean()
    assert distance == pytest.approx(kstest(depth, "expon", args=(0, scale)).statistic, rel=1e-12)
    # n∫(F_n − F)²/[F(1−F)] dF by the midpoint rule in F; its logarithmic ends converge as the step
    grid = (np.arange(2_000_000) + 0.5) / 2_000_000
    empirical = np.searchsorted(np.sort(-np.expm1(-depth / scale)), grid, side="right") / 40
    integral = 40 * np.mean((empirical - grid) ** 2 / (grid * (1 - grid)))
    assert square == pytest.approx(integral, rel=1e-4)


def test_published_quantiles():
    """Upper 5 % points for an exponential with fitted scale: modified 1.094 and 1.321 (Stephens 1986, Table 4.14).

    From 20,000 samples of 50: standard error of the fraction 0.0015; quantiles are printed to 0.001.
    """
    statistic = exponential_statistics(np.random.default_rng(71).exponential(size=(20_000, 50)))
    distance = (statistic[:, 0] - 0.2 / 50) * (math.sqrt(50) + 0.26 + 0.5 / math.sqrt(50))
    assert np.mean(distance > 1.094) == pytest.approx(0.05, abs=4.5 * 0.0016)
    assert np.mean(statistic[:, 1] * (1 + 0.6 / 50) > 1.321) == pytest.approx(0.05, abs=4.5 * 0.0016)


@pytest.mark.parametrize("per_glass", [0.5, 30.0])
def test_probabilities_are_uniform_under_the_truth(per_glass):
    """400 ensembles of 80 glasses, of 40 and of 2400 modes; the latter are simulated at 300.

    Fractions below 0.1 and 0.5 within 4.5 standard errors, 0.015 and 0.025, plus 1/200 of the simulations.
    """
    rng, found = np.random.default_rng(72), []
    for _ in range(400):
        modes_g = pure(rng, glasses=80, per_glass=per_glass)
        fit, counts = goodness_of_fit(modes_g, 1.0, rng=rng, simulations=199), count_dispersion(modes_g, 1.0)
        found.append(
            (fit.kolmogorov_smirnov_probability, fit.anderson_darling_probability, counts.above, counts.probability)
        )
    for probability in np.array(found).T:
        assert np.mean(probability <= 0.1) == pytest.approx(0.1, abs=4.5 * 0.015 + 0.005)
        assert np.mean(probability <= 0.5) == pytest.approx(0.5, abs=4.5 * 0.025 + 0.005)


def test_phonons_in_the_window_are_seen():
    modes_g = with_phonons(np.random.default_rng(73), glasses=100, per_glass=4, phonon=0.95, width=0.02)
    fit = goodness_of_fit(modes_g, 1.0)
    assert fit.kolmogorov_smirnov_probability == fit.anderson_darling_probability == 1 / 1001
    assert goodness_of_fit(modes_g, 0.85).anderson_darling_probability > 0.001


def test_what_dispersion_sees_and_what_not():
    rng = np.random.default_rng(74)
    keywords = {"glasses": 400, "per_glass": 4.0}
    assert count_dispersion(mixed(rng, **keywords), 1.0).above < 1e-6
    assert count_dispersion(clustered(rng, **keywords, size=3), 1.0).ratio == pytest.approx(3, rel=0.35)
    assert count_dispersion(only_lowest(rng, kept=4, **keywords), 1.0).below < 1e-6
    # modes lost at random leave a Poisson process with the same exponent: no test of the modes can see them
    lost = with_missing(rng, fraction=0.3, **keywords)
    assert count_dispersion(lost, 1.0).probability > 0.001
    assert goodness_of_fit(lost, 1.0).anderson_darling_probability > 0.001


def test_fields_are_the_statistics_of_the_depths():
    modes_g = pure(np.random.default_rng(75), glasses=50, per_glass=3, upper=0.7)
    fit = goodness_of_fit(modes_g, 0.7, simulations=10)
    depth = np.log(0.7 / np.concatenate(modes_g))
    distance, square = exponential_statistics(depth[None])[0]
    assert fit.kolmogorov_smirnov == pytest.approx(math.sqrt(depth.size) * distance, rel=1e-12)
    assert fit.anderson_darling == pytest.approx(square, rel=1e-9)


def test_ratio_by_hand():
    # counts 8 and 2: mean 5, Σ(n − 5)²/5 = 18/5 over one degree of freedom
    found = count_dispersion([np.linspace(0.1, 0.9, 8), [0.5, 0.6]], 1.0)
    assert found.ratio == pytest.approx(3.6, rel=1e-14)
    assert found.above + found.below == pytest.approx(1, abs=1e-12)


def test_refusals():
    with pytest.raises(InsufficientDataError, match="7 modes") as caught:
        goodness_of_fit([np.linspace(0.1, 0.9, 7)], 1.0)
    assert caught.value.partial.count == 7
    with pytest.raises(InsufficientDataError, match="in 1 glasses"):
        count_dispersion([np.linspace(0.1, 0.9, 20)], 1.0)
    with pytest.raises(InputError, match="simulations is 0"):
        goodness_of_fit([[0.5]], 1.0, simulations=0)
    with pytest.raises(InputError, match="complete"):
        count_dispersion([[0.5]], 1.0, complete_below=0.9)
