"""The window scan: errors of single fits, correlations of nested windows, and drifts that are there or are not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.exponents.synthetic_modes import corrected, pure, with_phonons
from glasskit.analysis.exponents.window_scan import LEAST_MODES, scan_windows, windows_below
from glasskit.errors import InputError, InsufficientDataError


def test_every_window_is_the_single_fit():
    modes_g = pure(np.random.default_rng(90), glasses=100, per_glass=5)
    scan = scan_windows(modes_g, [0.8, 1.0, 0.9])
    assert [fit.upper for fit in scan.fits] == [0.8, 0.9, 1.0]
    for fit in scan.fits:
        single = fit_exponent(modes_g, fit.upper)
        assert fit.s == pytest.approx(single.s, rel=1e-12)  # depths are shifted instead of taken anew
        assert fit.error == pytest.approx(single.error, rel=1e-9)
        assert (fit.count, fit.seed, fit.resamples) == (single.count, single.seed, single.resamples)


def test_correlation_of_nested_windows():
    """Correlations of s in one ensemble of 4000 glasses against those over 4000 ensembles of a pure power."""
    rng = np.random.default_rng(91)
    scan = scan_windows(pure(rng, glasses=4000, per_glass=3), [0.7, 0.85, 1.0], resamples=4000)
    k_rw = []
    for _ in range(4000):
        omega = rng.random(rng.poisson(2000)) ** 0.2
        k_rw.append([1 / np.log(u / omega[omega < u]).mean() for u in (0.7, 0.85, 1.0)])
    simulated = np.corrcoef(k_rw, rowvar=False)
    # two estimates, each with 1/√4000 times (1 − ρ²) and the noise of the resampling
    assert np.abs(scan.correlation_ww - simulated).max() < 4.5 * 2 / math.sqrt(4000)


def test_drift_of_a_pure_power_is_zero_within_honest_errors():
    """400 ensembles: mean pull 0 ± 0.05; alarms at two errors 4.6 %, standard error 1.1 %, and small-number tails."""
    rng, pull = np.random.default_rng(92), []
    for _ in range(400):
        modes_g = pure(rng, glasses=200, per_glass=2)
        scan = scan_windows(modes_g, windows_below(1.0, 400, number=10), rng=rng, resamples=100)
        pull.append(scan.drift / scan.drift_error)
        assert scan.drifts == (abs(pull[-1]) > 2)
    assert abs(np.mean(pull)) < 4.5 * np.std(pull) / math.sqrt(400) + 0.1
    assert np.mean(np.abs(pull) > 2) < 0.046 + 4.5 * 0.011 + 0.02


def test_drift_of_a_corrected_rate():
    """s falls from 4 near omega = 0 to the pure fit of the whole window, k = 1/<y> = (1/5 − 0.6/7)/(1/25 − 0.6/49)."""
    modes_g = corrected(np.random.default_rng(93), glasses=1000, per_glass=50, beta=-0.6)
    scan = scan_windows(modes_g, np.linspace(0.5, 1, 11))
    k_end = (1 / 5 - 0.6 / 7) / (1 / 25 - 0.6 / 49)
    b = -0.6 * 0.25  # at the smallest window
    k_start = (1 / 5 + b / 7) / (1 / 25 + b / 49)
    assert scan.drifts
    # a straight line in upper² through a bent curve: 20 % of the drift
    assert scan.drift == pytest.approx(k_end - k_start, rel=0.2, abs=4.5 * scan.drift_error)
    assert scan.fits[-1].s == pytest.approx(k_end - 1, abs=4.5 * scan.fits[-1].error)
    assert scan.plateau < 1.0


def test_phonons_end_the_plateau():
    modes_g = with_phonons(np.random.default_rng(94), glasses=300, per_glass=5, phonon=1.0, width=0.03, upper=1.2)
    scan = scan_windows(modes_g, np.linspace(0.5, 1.1, 13))
    assert scan.drifts
    # 5 % of the band, 0.6 modes per glass, lie below 0.95, as many as soft modes below 0.79; half of it below 1
    assert 0.7 <= scan.plateau < 0.99


def test_small_windows_are_left_out():
    modes_g = pure(np.random.default_rng(95), glasses=50, per_glass=2)
    scan = scan_windows(modes_g, [0.1, 0.2, 0.9, 1.0])
    assert [window.upper for window in scan.left_out] == [0.1, 0.2]
    assert all(fit.count >= LEAST_MODES for fit in scan.fits)


def test_placed_windows():
    uppers = windows_below(0.6, 1000, number=8)
    assert len(uppers) == 8
    assert uppers[-1] == pytest.approx(0.6, rel=1e-15)
    assert 1000 * (uppers[0] / 0.6) ** 5 == pytest.approx(LEAST_MODES, rel=1e-12)
    assert windows_below(0.6, 0)[0] < windows_below(0.6, 0)[-1]


def test_refusals():
    modes_g = pure(np.random.default_rng(96), glasses=50, per_glass=2)
    with pytest.raises(InsufficientDataError, match="1 of 2 windows hold 12 modes") as caught:
        scan_windows(modes_g, [0.1, 1.0])
    assert [window.upper for window in caught.value.partial] == [0.1, 1.0]
    with pytest.raises(InputError, match="all different"):
        scan_windows(modes_g, [0.9, 0.9])
    with pytest.raises(InputError, match="all different"):
        scan_windows(modes_g, [])
    with pytest.raises(InputError, match="upper is -1"):
        scan_windows(modes_g, [0.9, -1])
    with pytest.raises(InputError, match="complete"):
        scan_windows(modes_g, [0.9, 1.0], complete_below=0.95)
    with pytest.raises(InputError, match="at least 2"):
        windows_below(1.0, 100, number=1)
    with pytest.raises(InsufficientDataError, match="do not differ"):
        scan_windows([np.linspace(0.5, 0.95, 30)], [0.9, 1.0])
