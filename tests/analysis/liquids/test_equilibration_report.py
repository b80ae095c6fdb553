"""Overlap decays and equilibration reports on chains whose truth is known."""

from __future__ import annotations

import math

import matplotlib as mpl
import numpy as np
import pytest
from scipy.signal import lfilter

from glasskit.analysis.liquids.equilibration_report import EquilibrationReport, Watched, equilibration_report
from glasskit.analysis.liquids.overlap_decay import OverlapDecay, overlap_decay
from glasskit.errors import InputError, InsufficientDataError

mpl.use("Agg")


def chains(rng, *, samples, times, tau):
    a = math.exp(-1 / tau)
    noise_gt = rng.normal(size=(samples, times))
    noise_gt[:, 0] /= math.sqrt(1 - a * a)
    return lfilter([1.0], [1.0, -a], noise_gt, axis=1) * math.sqrt(1 - a * a)


def decays(rng, *, samples, lags, tau, noise=0.02):
    mean = np.exp(-np.arange(lags) / tau)
    return mean + noise * rng.normal(size=(samples, lags)) * (np.arange(lags) > 0)


def test_time_of_an_exponential():
    exact = np.tile(np.exp(-np.arange(100) / 20), (2, 1))
    found = overlap_decay(exact, spacing=5)
    # the 20th lag is 1/e to the last digits, whichever side of it rounding falls
    assert found.time == pytest.approx(100.0, rel=1e-9)
    assert found.error == pytest.approx(0, abs=1e-9)
    between = overlap_decay(np.tile(np.exp(-np.arange(100) / 20.5), (2, 1)), spacing=1)
    assert between.time == pytest.approx(20.5, abs=0.02)  # a line in ln(lag) between 20 and 21


def test_error_of_the_time_is_honest():
    """Runs that differ in τ by 10 %: 200 ensembles of 12; pulls of unit width."""
    rng = np.random.default_rng(70)
    found = [
        overlap_decay(
            np.exp(-np.arange(80)[None] / (20 * (1 + 0.1 * rng.normal(size=(12, 1))))),
            spacing=1,
            rng=rng,
            resamples=200,
        )
        for _ in range(200)
    ]
    time, error = np.array([[f.time, f.error] for f in found]).T
    assert error.mean() == pytest.approx(time.std(), rel=0.05 + 4.5 / math.sqrt(400))
    assert abs(time.mean() - 20) < 4.5 * time.std() / math.sqrt(200) + 0.05  # curvature: 20·0.1²/4


def test_overlaps_that_stay_or_fall_at_once_are_refused():
    rng = np.random.default_rng(71)
    with pytest.raises(InsufficientDataError, match="not to 1/e") as caught:
        overlap_decay(decays(rng, samples=4, lags=10, tau=40), spacing=2)
    partial = caught.value.partial
    assert isinstance(partial, OverlapDecay)
    assert (partial.decayed, partial.time, partial.error) == (False, 18.0, math.inf)
    with pytest.raises(InsufficientDataError, match="record more often"):
        overlap_decay(decays(rng, samples=4, lags=10, tau=0.5), spacing=2)


def watched(rng, *, tau=5.0, times=1000, drift=0.0):
    energy = 2.0 + 0.01 * chains(rng, samples=40, times=times, tau=tau) + drift * np.linspace(0, 1, times)
    composition = 3.0 + chains(rng, samples=40, times=times // 2, tau=tau)
    return [Watched("energy", energy, 0.005, 10.0), Watched("S_size", composition, 0.3, 20.0)]


def test_a_steady_liquid_is_equilibrated():
    rng = np.random.default_rng(72)
    overlaps = {"self-overlap": decays(rng, samples=40, lags=60, tau=8)}
    report = equilibration_report(watched(rng), overlaps=overlaps, overlap_spacing=10)
    assert report.state == "equilibrated"
    assert (report.samples, report.kept) == (40, 8000.0)
    assert report.slowest == "S_size"
    assert report.slowest_time == pytest.approx(100, rel=0.15)  # τ = 5 of spacing 20; 40 chains of 80 τ
    assert report.effective_samples == pytest.approx(40 * 8000 / 2 / report.slowest_time)
    assert report.overlaps["self-overlap"].time == pytest.approx(80, rel=0.02)
    for part in ("Verdict: equilibrated.", "energy drifts by", "S_size drifts by", "self-overlap decays", "Slowest is"):
        assert part in report.words


def test_a_drift_condemns_even_short_runs():
    rng = np.random.default_rng(73)
    report = equilibration_report(watched(rng, tau=40, drift=0.05))
    assert report.state == "not equilibrated"
    assert report.verdicts["S_size"].state == "cannot tell"
    assert "not equilibrated: energy drifts" in report.words


def test_short_chains_raise_with_the_report():
    rng = np.random.default_rng(74)
    with pytest.raises(InsufficientDataError, match="too short to judge S_size") as caught:
        equilibration_report([watched(rng)[0], watched(rng, tau=60)[1]])
    partial = caught.value.partial
    assert isinstance(partial, EquilibrationReport)
    assert partial.state == "cannot tell"
    assert partial.slowest == "S_size"
    assert partial.words.count("at least") == 1
    assert partial.effective_samples < 40 * 8000 / (2 * 500)
    # or by an overlap alone: long against the run, or not decayed at all
    for tau, words in ((50, "self-overlap decays"), (900, "self-overlap has not decayed")):
        overlaps = {"self-overlap": decays(rng, samples=40, lags=100, tau=tau)}
        with pytest.raises(InsufficientDataError, match="too short to judge self-overlap") as caught:
            equilibration_report(watched(rng), overlaps=overlaps, overlap_spacing=10)
        assert words in caught.value.partial.words


def test_too_few_samples_cannot_tell_without_being_short():
    rng = np.random.default_rng(75)
    entry = Watched("energy", 0.1 * chains(rng, samples=3, times=1000, tau=5), 0.005, 1.0)
    report = equilibration_report([entry])
    assert report.state == "cannot tell"


def test_figure():
    rng = np.random.default_rng(76)
    overlaps = {name: decays(rng, samples=40, lags=60, tau=8) for name in ("self-overlap", "place overlap")}
    report = equilibration_report(watched(rng), overlaps=overlaps, overlap_spacing=10)
    figure = report.plot()
    assert len(figure.axes) == 3
    own = mpl.figure.Figure()
    assert report.plot(figure=own) is own
    assert "1/e after" in report.overlaps["self-overlap"].plot().get_legend().get_texts()[1].get_text()


def test_refusals():
    rng = np.random.default_rng(77)
    energy, composition = watched(rng)
    with pytest.raises(InputError, match="nothing is watched"):
        equilibration_report([])
    with pytest.raises(InputError, match="one name"):
        equilibration_report([energy, energy])
    with pytest.raises(InputError, match="different numbers of runs"):
        equilibration_report([energy, Watched("S", composition.series[:5], 1.0, 20.0)])
    with pytest.raises(InputError, match="different lengths"):
        equilibration_report([energy, Watched("S", composition.series, 1.0, 10.0)])
    with pytest.raises(InputError, match="one row per run"):
        equilibration_report([energy], overlaps={"self-overlap": np.ones((3, 10))})
    with pytest.raises(InputError, match="lag 0 differs"):
        overlap_decay(np.full((2, 5), 0.5), spacing=1)
    with pytest.raises(InputError, match="three lags"):
        overlap_decay(np.ones((2, 2)), spacing=1)
    with pytest.raises(InputError, match="spacing is 0"):
        overlap_decay(np.ones((2, 5)), spacing=0)
    with pytest.raises(InsufficientDataError, match="at least 2 glasses"):
        overlap_decay(np.ones((1, 5)), spacing=1)


def test_a_time_of_unknown_error_is_drawn():
    """Where some resampled means never fall to 1/e the error is infinite, and the legend says so."""
    decay = np.exp(-np.arange(28) * 10 / np.array([15, 20, 25, 600, 30, 400])[:, None])
    found = overlap_decay(decay, spacing=10)
    assert found.decayed
    assert found.error == np.inf
    (line,) = [line for line in found.plot().get_lines() if str(line.get_label()).startswith("1/e")]
    assert "± inf sweeps" in line.get_label()
