"""Relaxation times and verdicts on autoregressive chains, whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from glasskit.analysis.liquids.autocorrelation import AutocorrelationTime, autocorrelation, autocorrelation_time
from glasskit.analysis.liquids.equilibration import equilibration_verdict, half_drift
from glasskit.errors import InputError, InsufficientDataError


def chains(rng, *, samples, times, tau):
    """Stationary chains of unit variance with autocorrelation exp(−t/tau): x(t+1) = a x(t) + noise."""
    a = math.exp(-1 / tau)
    noise_gt = rng.normal(size=(samples, times))
    noise_gt[:, 0] /= math.sqrt(1 - a * a)
    return lfilter([1.0], [1.0, -a], noise_gt, axis=1) * math.sqrt(1 - a * a)


def exact_time(tau):
    """Sum of exp(−t/tau) over t >= 1, plus one half."""
    return 0.5 / math.tanh(0.5 / tau)


def test_autocorrelation_equals_the_double_sum():
    series_gt = np.random.default_rng(60).normal(size=(3, 17)) + np.arange(3)[:, None]
    rho, variance = autocorrelation(series_gt)
    deviation_gt = series_gt - series_gt.mean(axis=1, keepdims=True)
    gamma = [sum(d[i] * d[i + t] for d in deviation_gt for i in range(17 - t)) / (3 * (17 - t)) for t in range(17)]
    np.testing.assert_allclose(rho, np.array(gamma) / gamma[0], atol=1e-13)
    assert variance == pytest.approx(gamma[0], rel=1e-13)


@pytest.mark.parametrize("tau", [1.0, 8.0, 30.0])
def test_relaxation_time_and_its_error(tau):
    rng = np.random.default_rng(61)
    estimates = [autocorrelation_time(chains(rng, samples=20, times=int(60 * tau), tau=tau)) for _ in range(100)]
    time, error = np.array([[e.time, e.error] for e in estimates]).T
    # cut at 5 τ (0.7 % low), mean unknown (second order in τ/n = 1/60: 2 %); 4.5 standard errors
    assert time.mean() == pytest.approx(exact_time(tau), rel=0.03 + 4.5 * time.std() / math.sqrt(100) / tau)
    assert error.mean() == pytest.approx(time.std(), rel=0.2 + 4.5 / math.sqrt(200))  # Sokal's error is good to 20 %


def test_white_noise_has_half_a_step_and_spacing_scales():
    series = np.random.default_rng(62).normal(size=(10, 3000))
    one, ten = autocorrelation_time(series), autocorrelation_time(series, spacing=10)
    assert abs(one.time - 0.5) < 4.5 * one.error
    for name in ("time", "error", "length", "window"):
        assert getattr(ten, name) == pytest.approx(10 * getattr(one, name), rel=1e-14)
    assert ten.relaxation_times == pytest.approx(one.relaxation_times)


def test_samples_may_have_means_of_their_own():
    series = chains(np.random.default_rng(63), samples=5, times=1000, tau=5)
    moved = autocorrelation_time(series + 100 * np.arange(5)[:, None])
    assert moved.time == pytest.approx(autocorrelation_time(series).time, rel=1e-9)  # eps·400/1 in each deviation


@pytest.mark.parametrize("length", [1, 3, 10])
def test_short_chains_are_refused_with_the_estimate(length):
    # a chain of 10 τ yields about 0.75 τ: the estimate is low, and still too long for 20 of them
    series = chains(np.random.default_rng(64), samples=50, times=40 * length, tau=40)
    with pytest.raises(InsufficientDataError, match="relaxation times long") as caught:
        autocorrelation_time(series)
    partial = caught.value.partial
    assert isinstance(partial, AutocorrelationTime)
    assert not partial.reliable
    assert partial.relaxation_times < 20
    assert 0 < partial.time < 40


def test_drift_by_hand():
    # 12 values, the first 2 left out (0.2 of 12, rounded), halves of 5
    series = np.zeros((3, 12))
    series[:, :2] = 99
    series[:, 7:] = [[1.0], [2.0], [3.0]]
    drift = half_drift(series)
    assert (drift.change, drift.first_mean, drift.second_mean) == (2.0, 0.0, 2.0)
    assert drift.error == pytest.approx(1 / math.sqrt(3))
    assert drift.z == pytest.approx(2 * math.sqrt(3))
    # Student's t with 2 degrees of freedom: P(|t| > x) = 1 − x/√(2 + x²)
    assert drift.p_value == pytest.approx(1 - drift.z / math.sqrt(2 + drift.z**2))
    assert drift.bound == pytest.approx(2 + 4.30265 / math.sqrt(3), rel=1e-5)


@pytest.mark.parametrize("samples", [3, 30])
def test_p_values_of_steady_runs_are_uniform(samples):
    rng = np.random.default_rng(65)
    p = np.sort([half_drift(chains(rng, samples=samples, times=100, tau=5)).p_value for _ in range(1500)])
    # Kolmogorov–Smirnov distance, false alarm 2·exp(−2·1500·d²) = 1e-5
    assert np.max(np.abs(p - (np.arange(1500) + 0.5) / 1500)) < math.sqrt(math.log(2e5) / 3000)


def test_steady_runs_are_equilibrated():
    series = 2.6 + 0.01 * chains(np.random.default_rng(66), samples=50, times=1000, tau=5)
    verdict = equilibration_verdict(series, tolerance=0.003, spacing=10)
    assert verdict.state == "equilibrated"
    assert verdict.words.startswith("equilibrated: energy drifts by")
    assert "tolerance 0.003" in verdict.words
    assert verdict.drift.bound < 0.003
    assert verdict.relaxation.time == pytest.approx(50, rel=0.2)  # ten standard errors


def test_falling_energy_is_not_equilibrated():
    series = 1.46 + 0.01 * chains(np.random.default_rng(67), samples=20, times=1000, tau=5)
    verdict = equilibration_verdict(series - 0.02 * np.arange(1000) / 1000, tolerance=0.003)
    assert verdict.state == "not equilibrated"
    assert verdict.words.startswith("not equilibrated: energy drifts by -0.00")
    assert "z = -" in verdict.words
    # halves of the last four fifths: centres 0.4 of the run apart
    assert verdict.drift.change == pytest.approx(-0.008, abs=4.5 * verdict.drift.error)


def test_many_samples_do_not_condemn_an_immaterial_drift():
    series = chains(np.random.default_rng(68), samples=4000, times=200, tau=1)
    verdict = equilibration_verdict(0.01 * series - 0.001 * np.arange(200) / 200, tolerance=0.003)
    assert verdict.drift.p_value < 1e-6
    assert verdict.state == "equilibrated"
    assert "seen but below it" in verdict.words


def test_few_samples_cannot_tell():
    series = chains(np.random.default_rng(69), samples=3, times=1000, tau=5)
    verdict = equilibration_verdict(series, tolerance=0.01, name="S_size")
    assert verdict.state == "cannot tell"
    assert "drift of the S_size" in verdict.words
    assert "make more or longer runs" in verdict.words


def test_short_runs_cannot_tell():
    series = chains(np.random.default_rng(70), samples=400, times=125, tau=20)
    verdict = equilibration_verdict(series, tolerance=10.0)
    assert verdict.state == "cannot tell"
    assert verdict.words.startswith("cannot tell: run is only")  # 5 relaxation times in truth, and about 10 as seen
    assert "relaxation times of the energy, at most; 20 are needed" in verdict.words
    assert not verdict.relaxation.reliable
    assert 5 < verdict.relaxation.relaxation_times < 20


def test_a_transient_is_left_out_and_seen_when_it_is_not():
    transient = 10 * np.exp(-np.arange(2000) / 20)
    series = 0.1 * chains(np.random.default_rng(71), samples=50, times=2000, tau=20) + transient
    assert equilibration_verdict(series, tolerance=0.05).state == "equilibrated"
    assert equilibration_verdict(series, tolerance=0.05, discard=0.0).state == "not equilibrated"


SERIES = np.random.default_rng(72).normal(size=(4, 40))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: half_drift(SERIES[:1]), InsufficientDataError, "at least 2 glasses"),
        (lambda: half_drift(np.tile(SERIES[:1], (5, 1))), InsufficientDataError, "drift alike"),
        (lambda: half_drift(SERIES, discard=1.0), InputError, "discard is 1"),
        (lambda: half_drift(SERIES, discard=0.9), InputError, "4 times are left"),
        (lambda: half_drift(SERIES[:, :9]), InputError, "at least 10 times"),
        (lambda: autocorrelation(np.full((2, 20), 0.1)), InputError, "does not vary"),
        (lambda: autocorrelation([[math.nan] * 20]), InputError, "NaN"),
        (lambda: autocorrelation_time(SERIES, spacing=0), InputError, "spacing"),
        (lambda: equilibration_verdict(SERIES, tolerance=0.0), InputError, "tolerance"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
