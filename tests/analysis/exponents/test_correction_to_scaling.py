"""The correction to scaling: fast refits against direct ones, and synthetic ensembles with a known correction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.exponents.correction_to_scaling import fit_correction
from glasskit.analysis.exponents.mode_window import mode_window
from glasskit.analysis.exponents.planning import corrected_errors
from glasskit.analysis.exponents.rate_models import CorrectedPower
from glasskit.analysis.exponents.synthetic_modes import corrected, pure, with_phonons
from glasskit.errors import InputError, InsufficientDataError


def test_error_equals_resampling_with_a_new_fit_each_time():
    """Refits on the grid of corrections against CorrectedPower on the concatenated modes of the same 60 draws.

    A parabola over a grid of 0.05 leaves 1 % of an error of b, and so 1 % in its spread.
    """
    modes_g = corrected(np.random.default_rng(80), glasses=100, per_glass=20, s=4.0, beta=-0.3)
    fit = fit_correction(modes_g, 1.0, rng=np.random.default_rng(81), resamples=60)
    literal = []
    for drawn in np.random.default_rng(81).integers(100, size=(60, 100)):
        again = CorrectedPower().fit(mode_window([modes_g[g] for g in drawn], 1.0))
        literal.append((again.s, again.correction))
    error, correction_error = np.std(literal, axis=0, ddof=1) * math.sqrt(100 / 99)
    assert fit.error == pytest.approx(error, rel=0.01)
    assert fit.correction_error == pytest.approx(correction_error, rel=0.01)
    assert (fit.low, fit.high) == pytest.approx(np.percentile(np.array(literal)[:, 0], (16, 84)), abs=0.02 * error)


@pytest.mark.parametrize("beta", [-0.6, 0.0])
def test_unbiased_with_honest_intervals(beta):
    """250 ensembles of 4000 modes, s = 4: bias, spread as planned, and coverage of the central 68 %."""
    rng, s, error, covered = np.random.default_rng(82), [], [], []
    for _ in range(250):
        fit = fit_correction(corrected(rng, glasses=200, per_glass=20, beta=beta), 1.0, rng=rng, resamples=100)
        s.append(fit.s)
        error.append(fit.error)
        covered.append(fit.low < 4 < fit.high)
    spread = np.std(s)
    assert abs(np.mean(s) - 4) < (0.15 + 4.5 / math.sqrt(250)) * spread
    assert np.mean(covered) == pytest.approx(0.68, abs=4.5 * 0.03)
    assert np.mean(error) == pytest.approx(spread, rel=4.5 / math.sqrt(500) + 0.05)
    if beta == 0:
        # the information of the uncorrected rate; the bound of b cuts 0.1 of its tail
        assert spread == pytest.approx(corrected_errors(4.0)[0] / math.sqrt(4000), rel=4.5 / math.sqrt(500) + 0.1)


def test_pure_power_fits_a_corrected_rate_with_a_bias_and_the_corrected_fit_without():
    modes_g = corrected(np.random.default_rng(83), glasses=500, per_glass=20, beta=-0.6)
    fit = fit_correction(modes_g, 1.0)
    assert abs(fit.s - 4) < 4.5 * fit.error < 0.5
    assert abs(fit.correction + 0.6) < 4.5 * fit.correction_error
    depth = -np.log(np.concatenate(modes_g))
    assert 1 / depth.mean() - 1 < 3.5
    assert fit.log_likelihood_gain > 20


def test_units():
    modes_g = corrected(np.random.default_rng(84), glasses=100, per_glass=20)
    here, there = fit_correction(modes_g, 1.0), fit_correction([7 * modes for modes in modes_g], 7.0)
    assert there.s == pytest.approx(here.s, abs=1e-5 * here.error)
    assert there.correction == pytest.approx(here.correction / 49, rel=1e-5)
    assert there.correction_error == pytest.approx(here.correction_error / 49, rel=1e-5)
    assert there.error == pytest.approx(here.error, rel=1e-5)


def test_phonons_drive_it_to_its_bound():
    modes_g = with_phonons(np.random.default_rng(85), glasses=100, per_glass=20, phonon=0.95, width=0.02)
    fit = fit_correction(modes_g, 1.0)
    assert fit.at_bound
    assert fit.bounded > 0.9


def test_refusals():
    rng = np.random.default_rng(86)
    # (16.4/0.5)² = 1080 modes at s = 4, 800 at 3.5 and 1500 at 4.6: 500 are refused, 2500 are not
    with pytest.raises(InsufficientDataError, match="do not determine a correction") as caught:
        fit_correction(pure(rng, glasses=100, per_glass=5), 1.0)
    assert caught.value.partial.glasses == 100
    fit_correction(pure(rng, glasses=100, per_glass=25), 1.0, resamples=10)
    with pytest.raises(InsufficientDataError, match="in 1 glasses"):
        fit_correction([rng.random(3000), []], 1.0)
    with pytest.raises(InputError, match="complete"):
        fit_correction([[0.5]], 1.0, complete_below=0.9)
