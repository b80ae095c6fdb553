"""Rate models against direct maximisation, quadrature and a second formula for the integral of the logarithm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expn

from glasskit.analysis.exponents.mode_window import ModeWindow, mode_window
from glasskit.analysis.exponents.rate_models import (
    CorrectedPower,
    LogarithmicCubic,
    PurePower,
    corrected_log_likelihood,
    exponent_given_correction,
    logarithmic_integral,
)
from glasskit.analysis.exponents.synthetic_modes import corrected, logarithmic, pure
from glasskit.errors import InputError, InsufficientDataError

UPPER = 0.7
SHAPES = {
    "s = 3": lambda w, fit: w**3,
    "s free": lambda w, fit: w**fit.s,
    "s free, corrected": lambda w, fit: w**fit.s * (1 + fit.correction * w**2),
    "s = 4, corrected": lambda w, fit: w**4 * (1 + fit.correction * w**2),
    "omega^3/ln^2": lambda w, fit: (
        w**3 * (math.log(UPPER / fit.logarithm_scale) / np.log(w / fit.logarithm_scale)) ** 2
    ),
}
MODELS = (PurePower(3.0), PurePower(), CorrectedPower(), CorrectedPower(4.0), LogarithmicCubic())


@pytest.fixture(scope="module")
def modes_g():
    return corrected(np.random.default_rng(30), glasses=200, per_glass=5, s=4.0, beta=-0.6, upper=UPPER)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_likelihood_and_prefactor_are_those_of_the_poisson_process(model, modes_g):
    """ln L = Σ ln(C f) − G ∫C f, its integral by quadrature, constants n ln(n/G) − n − n ln(upper) taken off."""
    fit = model.fit(mode_window(modes_g, UPPER))
    assert not fit.at_bound
    assert fit.parameters == {"s = 3": 1, "s free": 2, "s free, corrected": 3, "s = 4, corrected": 2}.get(model.name, 2)
    omega = np.concatenate(modes_g)
    n, shape = omega.size, SHAPES[model.name]
    expected_modes = 200 * fit.prefactor * quad(lambda w: shape(w, fit), 0, UPPER)[0]
    assert expected_modes == pytest.approx(n, rel=1e-8)  # quadrature: 1.5e-8 absolute by default
    whole = np.sum(np.log(fit.prefactor * shape(omega, fit))) - expected_modes
    assert whole - (n * math.log(n / 200) - n) + n * math.log(UPPER) == pytest.approx(fit.log_likelihood, abs=1e-4)
    assert fit.aic == 2 * fit.parameters - 2 * fit.log_likelihood


@pytest.mark.parametrize("beta", [-0.6, 0.7])
def test_correction_is_the_maximum_in_two_dimensions(beta):
    """Nelder–Mead on the density as written, from several starts; it ends within 1e-5 of the maximum of ln L."""
    modes = corrected(np.random.default_rng(31), glasses=200, per_glass=10, s=4.0, beta=beta, upper=UPPER)
    x = np.concatenate(modes) / UPPER

    def loss(point):
        s, b = point
        if s <= -1 or not -1 < b <= 1:
            return np.inf
        return -np.sum(s * np.log(x) + np.log(1 + b * x**2) - np.log(1 / (s + 1) + b / (s + 3)))

    found = min((minimize(loss, start, method="Nelder-Mead") for start in ((3, 0), (4.5, -0.5), (5, 0.5))), key=_fun)
    fit = CorrectedPower().fit(mode_window(modes, UPPER))
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-5)
    # the likelihood falls by ½ at one error, here 0.4: 1e-5 in ln L is 0.0045 of it
    assert fit.s == pytest.approx(found.x[0], abs=0.01)
    assert fit.correction * UPPER**2 == pytest.approx(found.x[1], abs=0.01)


def _fun(result):
    return result.fun


def test_fixed_and_fitted_scale_of_the_logarithm():
    window = mode_window(logarithmic(np.random.default_rng(32), glasses=300, per_glass=8, upper=UPPER), UPPER)
    best = LogarithmicCubic().fit(window)
    at_best = LogarithmicCubic(best.logarithm_scale).fit(window)
    assert at_best.log_likelihood == pytest.approx(best.log_likelihood, abs=1e-9)
    assert (best.parameters, at_best.parameters) == (2, 1)
    for factor in (0.7, 1.5):
        assert LogarithmicCubic(factor * best.logarithm_scale).fit(window).log_likelihood < best.log_likelihood
    # far away it is the pure cube: the difference falls as 1/ln(scale)
    far, cube = LogarithmicCubic(UPPER * math.exp(500)).fit(window), PurePower(3.0).fit(window)
    n = window.count
    assert far.log_likelihood == pytest.approx(cube.log_likelihood, abs=n / 500)
    assert far.log_likelihood != pytest.approx(cube.log_likelihood, abs=1e-6)


def test_integral_of_the_logarithm():
    for steepness in (1e-3, 0.02, 0.3, 1.0, 3.0):
        by_quadrature = quad(lambda y, c=steepness: math.exp(-4 * y) / (1 + c * y) ** 2, 0, 12)[0]
        assert logarithmic_integral(steepness) == pytest.approx(by_quadrature, rel=1e-8)
        if steepness > 0.01:  # the exponential integral underflows beyond
            length = 1 / steepness
            assert logarithmic_integral(steepness) == pytest.approx(
                length * math.exp(4 * length) * expn(2, 4 * length), rel=1e-10
            )
    assert logarithmic_integral(0.0) == 0.25
    assert logarithmic_integral(1e-6) == pytest.approx(logarithmic_integral(0.999e-6), abs=1e-9)


def test_exponent_given_a_correction_has_no_slope_left():
    mean_depth_r = np.array([0.05, 0.2, 0.25, 1.0, 20.0])[:, None]
    beta_b = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    k_rb = exponent_given_correction(mean_depth_r, beta_b)
    assert np.allclose(k_rb[:, 2], 1 / mean_depth_r[:, 0], rtol=1e-12)

    def log_likelihood(k):
        return corrected_log_likelihood(k, beta_b, 1.0, mean_depth_r, np.zeros(5))

    step = 1e-4 * k_rb
    # central difference of a function of order one: (1e-4)² relative truncation, 1e-12 rounding over 1e-4
    slope = (log_likelihood(k_rb + step) - log_likelihood(k_rb - step)) / 2e-4
    assert np.abs(slope).max() < 1e-7
    assert np.all(log_likelihood(k_rb) > log_likelihood(1.01 * k_rb))
    assert np.all(log_likelihood(k_rb) > log_likelihood(0.99 * k_rb))


def test_bounds_are_reported():
    rng = np.random.default_rng(33)
    steep = mode_window(pure(rng, glasses=100, per_glass=20, s=8.0), 1.0)
    assert LogarithmicCubic().fit(steep).at_bound  # no logarithm is as steep as omega^8
    flat = mode_window(pure(rng, glasses=100, per_glass=20, s=2.0), 1.0)
    cube = LogarithmicCubic().fit(flat)
    assert cube.at_bound
    assert cube.logarithm_scale == math.inf
    rising = mode_window([np.append(m, 0.99) for m in pure(rng, glasses=100, per_glass=5, s=2.0)], 1.0)
    assert CorrectedPower(2.0).fit(rising).at_bound


def test_refusals():
    window = ModeWindow(1.0, np.array([0.1, 0.2]), np.array([0, 1]), 5)
    for model in MODELS:
        with pytest.raises(InsufficientDataError, match="2 modes below 1 in 5 glasses") as caught:
            model.fit(window)
        assert caught.value.partial is window
    for s in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="above -1"):
            PurePower(s)
        with pytest.raises(InputError, match="above -1"):
            CorrectedPower(s)
    with pytest.raises(InputError, match="positive frequency"):
        LogarithmicCubic(0.0)
    full = ModeWindow(1.0, np.array([0.1, 0.2, 0.3]), np.array([0, 1, 1]), 5)
    with pytest.raises(InputError, match="above the window"):
        LogarithmicCubic(1.0).fit(full)
