"""How many glasses: closed forms against simulated ensembles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.exponents.fit import ExponentFit, fit_exponent
from glasskit.analysis.exponents.mode_window import mode_window
from glasskit.analysis.exponents.planning import (
    corrected_errors,
    expected_log_likelihood_ratio,
    glasses_for_error,
    glasses_for_exponent,
    glasses_to_distinguish,
    modes_to_distinguish,
    probability_to_distinguish,
)
from glasskit.analysis.exponents.rate_models import CorrectedPower
from glasskit.analysis.exponents.synthetic_modes import pure
from glasskit.errors import InputError


def log_likelihood_ratio(omega, upper, truth, alternative):
    """Sum of the logarithms of two normalised power laws on (0, upper), written out."""

    def log_density(s):
        return np.log((s + 1) * omega**s / upper ** (s + 1))

    return np.sum(log_density(truth) - log_density(alternative), axis=-1)


@pytest.mark.parametrize(("truth", "alternative"), [(4, 3), (3, 4), (4, 3.5), (2, 5)])
def test_expected_log_likelihood_ratio_is_the_simulated_mean(truth, alternative):
    omega_m = 0.7 * np.random.default_rng(20).random(200_000) ** (1 / (truth + 1))
    ratio_m = log_likelihood_ratio(omega_m[:, None], 0.7, truth, alternative)
    expected = expected_log_likelihood_ratio(truth, alternative)
    assert abs(ratio_m.mean() - expected) < 4.5 * ratio_m.std() / math.sqrt(200_000)


def test_expected_numbers_of_modes():
    # ln(1000) over the mean ratio per mode: the literature's 300 and 1300
    assert math.log(1000) / expected_log_likelihood_ratio(4, 3) == pytest.approx(298.47, abs=0.01)
    assert math.log(1000) / expected_log_likelihood_ratio(4, 3.5) == pytest.approx(1288.6, abs=0.1)
    # the median needs as many, to 2 %
    for truth, alternative in ((4, 3), (3, 4), (4, 3.5)):
        mean = math.log(1000) / expected_log_likelihood_ratio(truth, alternative)
        assert modes_to_distinguish(truth=truth, alternative=alternative) == pytest.approx(mean, rel=0.02)
    assert modes_to_distinguish(truth=4, alternative=3, reliability=0.9) == 564


@pytest.mark.parametrize(("truth", "alternative", "modes"), [(4, 3, 300), (3, 4, 300), (3, 4, 450), (4, 3, 150)])
def test_probability_to_distinguish_is_the_simulated_fraction(truth, alternative, modes):
    omega_rm = np.random.default_rng(21).random((4000, modes)) ** (1 / (truth + 1))
    fraction = np.mean(log_likelihood_ratio(omega_rm, 1.0, truth, alternative) >= math.log(1000))
    exact = probability_to_distinguish(modes, truth=truth, alternative=alternative)
    assert abs(fraction - exact) < 4.5 * math.sqrt(exact * (1 - exact) / 4000)


@pytest.mark.parametrize(("reliability", "truth"), [(0.5, 4), (0.9, 4), (0.9, 3)])
def test_so_many_glasses_do_distinguish(reliability, truth):
    """The number of modes fluctuates here, as in glasses; that costs less than 0.02 of the reliability."""
    glasses = glasses_to_distinguish(2.5, reliability=reliability)
    rng = np.random.default_rng(22)
    won = []
    for modes in rng.poisson(2.5 * glasses, 3000):
        omega = rng.random(modes) ** (1 / (truth + 1))
        won.append(log_likelihood_ratio(omega, 1.0, truth, 7 - truth) >= math.log(1000))
    # glasses are enough for the less favourable truth, 4; where 3 is true the same number does better
    least = reliability - 0.02 - 4.5 * math.sqrt(reliability * (1 - reliability) / 3000)
    most = 1.0 if truth == 3 else reliability + 0.02 + 4.5 * math.sqrt(reliability * (1 - reliability) / 3000)
    assert least < np.mean(won) <= most


def test_one_mode_below_suffices_not():
    modes = modes_to_distinguish(truth=4, alternative=3)
    assert probability_to_distinguish(modes, truth=4, alternative=3) >= 0.5
    assert probability_to_distinguish(modes - 1, truth=4, alternative=3) < 0.5
    assert glasses_to_distinguish(1.0) == modes
    assert glasses_to_distinguish(0.1) == 10 * modes


def test_so_many_glasses_do_reach_the_wanted_error():
    """s scatters by the wanted 0.25 over ensembles of the size that a pilot of 150 glasses asks for."""
    rng = np.random.default_rng(23)

    def ensemble(glasses):
        return pure(rng, glasses=glasses, per_glass=2.0)

    asked = [glasses_for_error(fit_exponent(ensemble(150), 1.0, rng=rng)) for _ in range(20)]
    # k/√(n−2) = 0.25 at n = 402; an error from 300 modes is known to 1/√300 + √(2/300), n to twice that
    assert np.mean(asked) == pytest.approx(201, rel=4.5 * 2 * math.sqrt(3 / 300) / math.sqrt(20))
    s_r = [fit_exponent(ensemble(201), 1.0, rng=rng, resamples=2).s for _ in range(1500)]
    assert np.std(s_r) == pytest.approx(0.25, rel=4.5 / math.sqrt(3000))


def test_planned_glasses_reach_the_wanted_error_before_any_is_made():
    """1500 ensembles of the planned size scatter by the wanted 0.3 at s = 3.5; 300 with a correction, wanted 0.4.

    The bound |b|·upper² <= 1 lies 3 errors of b away with a correction: it cuts less than 1 % of the spread.
    """
    rng = np.random.default_rng(24)
    glasses = glasses_for_exponent(1.5, s=3.5, wanted=0.3)
    assert glasses == math.ceil((2 + 225) / 1.5)
    s_r = [
        fit_exponent(pure(rng, glasses=glasses, per_glass=1.5, s=3.5), 1.0, rng=rng, resamples=2).s for _ in range(1500)
    ]
    assert np.std(s_r) == pytest.approx(0.3, rel=4.5 / math.sqrt(3000))
    glasses = glasses_for_exponent(50.0, s=4.0, wanted=0.25, corrected=True)
    assert glasses == math.ceil((17.5 / 0.25) ** 2 / 50)
    s_r = [CorrectedPower().fit(mode_window(pure(rng, glasses=glasses, per_glass=50.0), 1.0)).s for _ in range(300)]
    # b·upper² = 0 ± 0.23: its information at ±0.23 differs from that at 0 by 10 %
    assert np.std(s_r) == pytest.approx(0.25, rel=4.5 / math.sqrt(600) + 0.1)


def test_errors_with_a_correction_are_the_inverse_information():
    """Covariance of ln x and x² by quadrature on a fine grid of the uniform variable x^k."""
    u = (np.arange(400_000) + 0.5) / 400_000
    for s in (2.0, 4.0):
        x = u ** (1 / (s + 1))
        information = np.cov([np.log(x), x**2], bias=True)
        assert corrected_errors(s) == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-3)


def test_glasses_for_error_by_hand():
    fit = ExponentFit(
        upper=1.0, count=102, glasses=50, s=4.0, error=0.5, analytic_error=0.5, prefactor=1.0, prefactor_error=0.1,
        resamples=1000, seed=None,
    )  # fmt: skip
    assert glasses_for_error(fit, 0.25) == math.ceil((2 + 100 * 4) / 2.04)
    assert glasses_for_error(fit, 0.5) == 50
    assert glasses_for_error(fit, 50.0) == 2
    with pytest.raises(InputError, match="positive"):
        glasses_for_error(fit, 0.0)


def test_refusals():
    with pytest.raises(InputError, match="widen the window"):
        glasses_to_distinguish(0.0)
    with pytest.raises(InputError, match="two different"):
        glasses_to_distinguish(1.0, first=4, second=4)
    with pytest.raises(InputError, match="odds"):
        glasses_to_distinguish(1.0, odds=1.0)
    with pytest.raises(InputError, match="reliability"):
        glasses_to_distinguish(1.0, reliability=1.0)
    with pytest.raises(InputError, match="widen the window"):
        glasses_for_exponent(math.nan)
    with pytest.raises(InputError, match="positive number"):
        glasses_for_exponent(1.0, wanted=0.0)
    with pytest.raises(InputError, match="above -1"):
        expected_log_likelihood_ratio(-1, 3)
