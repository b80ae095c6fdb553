"""Means and medians in bins by hand and against literal resampling; participation against frequency."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from glasskit.analysis.profiles import _weighted_medians, profile
from glasskit.analysis.spectra.participation import participation_profile
from glasskit.errors import InputError, InsufficientDataError

X = [[0.1, 0.5, 1.5], [0.2, 1.0, 1.9, 2.5], [0.3, 3.0]]
Y = [[1.0, 2.0, 5.0], [3.0, 4.0, 7.0, 9.0], [8.0, 9.0]]


def test_by_hand():
    # bins [0, 1), [1, 2), [2, 2.6] (one glass: left out) and x = 3 outside
    found = profile(X, Y, [0, 1, 2, 2.6], resamples=20)
    np.testing.assert_allclose(found.value, [14 / 4, 16 / 3], rtol=1e-15)
    np.testing.assert_allclose(found.x, [1.1 / 4, 4.4 / 3], rtol=1e-15)
    np.testing.assert_array_equal(found.count, [4, 3])
    np.testing.assert_array_equal(found.glasses_in_bin, [3, 2])
    np.testing.assert_array_equal([found.lower, found.upper], [[0, 1], [1, 2]])
    assert (found.left_out, found.glasses) == (2, 3)
    medians = profile(X, Y, [0, 1, 2, 2.6], statistic="median", resamples=20)
    np.testing.assert_array_equal(medians.value, [2.5, 5.0])


def test_the_last_edge_belongs_to_the_last_bin():
    assert profile([[1.0, 2.0], [1.5, 2.0]], [[1.0, 2.0], [1.0, 2.0]], [1, 1.5, 2], resamples=9).left_out == 1
    whole = profile(X, Y, bins=1, resamples=9)
    assert whole.left_out == 0
    assert whole.value[0] == pytest.approx(48 / 9)


def made(seed, glasses=30):
    """Values with a part that all values of a glass share, x in [0, 1)."""
    rng = np.random.default_rng(seed)
    x_g = [rng.random(rng.integers(5, 40)) for _ in range(glasses)]
    return x_g, [np.sin(3 * x) + 0.3 * rng.standard_normal() + 0.2 * rng.standard_normal(x.size) for x in x_g]


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_errors_equal_resampling_by_concatenation(statistic):
    x_g, y_g = made(80)
    edges = np.linspace(0, 1, 4)
    found = profile(x_g, y_g, edges, statistic=statistic, rng=np.random.default_rng(81), resamples=400)
    literal = []
    for drawn in np.random.default_rng(81).integers(30, size=(400, 30)):
        x, y = (np.concatenate([values[glass] for glass in drawn]) for values in (x_g, y_g))
        literal.append([getattr(np, statistic)(y[(x >= a) & (x < b)]) for a, b in itertools.pairwise(edges)])
    # means: first order in counts, which vary by a tenth; medians: lower of the two middle values against their mean
    np.testing.assert_allclose(found.error, np.std(literal, axis=0, ddof=1) * math.sqrt(30 / 29), rtol=0.05)


def test_chunks_of_medians_do_not_change_them(monkeypatch):
    x_g, y_g = made(82)
    whole = profile(x_g, y_g, bins=3, statistic="median", resamples=50)
    monkeypatch.setattr("glasskit.analysis.profiles._CHUNK_ENTRIES", 3000)
    np.testing.assert_array_equal(profile(x_g, y_g, bins=3, statistic="median", resamples=50).error, whole.error)


def test_weighted_medians_equal_those_of_repeated_values():
    rng = np.random.default_rng(86)
    value, glass = np.sort(rng.random(201)), rng.integers(9, size=201)
    weight_rg = rng.integers(0, 4, size=(50, 9)).astype(float)
    found = _weighted_medians(value, glass, weight_rg)
    for weight_g, median in zip(weight_rg, found, strict=True):
        repeated = np.repeat(value, weight_g[glass].astype(int))
        assert median == repeated[(repeated.size - 1) // 2]
    lopsided = (glass < 1).astype(int)  # all weight on the last values: outside the middle fifth
    assert _weighted_medians(np.arange(201.0), np.sort(1 - lopsided), np.array([[0.0, 1.0]]))[0] > 100
    assert _weighted_medians(value, glass, np.zeros((1, 9)))[0] == np.median(value)


def test_error_holds_the_scatter_of_ensembles():
    values = np.array([profile(*made([83, k], 40), [0, 0.5, 1], resamples=100).value for k in range(60)])
    errors = np.mean([profile(*made([83, k], 40), [0, 0.5, 1], resamples=100).error for k in range(5)], axis=0)
    # 60 ensembles: standard deviation known to 9 %, 4.2 of these
    np.testing.assert_allclose(values.std(axis=0, ddof=1), errors, rtol=0.4)


@pytest.mark.parametrize("spacing", ["population", "logarithmic", "linear"])
def test_default_bins_cover_everything(spacing):
    x_g, y_g = made(84)
    found = profile(x_g, y_g, bins=4, spacing=spacing, resamples=20)
    assert found.left_out == 0
    if spacing == "population":
        assert np.ptp(found.count) <= 1


def test_participation_of_known_modes():
    rng = np.random.default_rng(85)
    omega = [np.sort(rng.random(30) + 0.1) for _ in range(20)]
    e = [np.clip(0.5 * w, 0.01, 1) for w in omega]
    found = participation_profile(omega, e, bins=5)
    np.testing.assert_allclose(found.value, 0.5 * found.x, rtol=1e-12)
    number = participation_profile(omega, e, bins=5, particles=200, statistic="median")
    assert 200 * 0.05 < number.value[0] < number.value[-1] < 200 * 0.55
    axes = number.plot(label="glasses")
    assert axes.get_ylabel() == "median of $Ne$"
    assert axes.get_legend_handles_labels()[1] == ["glasses"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: profile([], []), InputError, "empty"),
        (lambda: profile([[1.0]], [[1.0]]), InsufficientDataError, "at least 2 glasses"),
        (lambda: profile([[], []], [[], []]), InsufficientDataError, "no glass has a value of x"),
        (lambda: profile([[1.0], [2.0]], [[1.0], []]), InputError, "do not match"),
        (lambda: profile([[1.0], [math.nan]], [[1.0], [1.0]]), InputError, "NaN"),
        (lambda: profile([[1.0], [2.0]], [[1.0], [1.0]], [0, 1.5, 3]), InsufficientDataError, "no bin of x"),
        (lambda: profile([[1.0], [1.0]], [[1.0], [1.0]]), InputError, "all values of x are 1"),
        (lambda: profile(X, Y, bins=0), InputError, "bins is 0"),
        (lambda: profile(X, Y, spacing="cubic"), InputError, "population, logarithmic, linear"),
        (lambda: profile([[-1.0], [1.0]], [[1.0], [1.0]], spacing="logarithmic"), InputError, "goes down to -1"),
        (lambda: profile(X, Y, statistic="mode"), InputError, "'mean' or 'median'"),
        (lambda: participation_profile([[1.0], [2.0]], [[0.5], [1.5]]), InputError, "glass 1 lie between 1.5 and 1.5"),
        (lambda: participation_profile([[1.0], [2.0]], [[0.5], [0.0]]), InputError, "more than 0"),
        (lambda: participation_profile([[1.0], [2.0]], [[0.5], [0.01]], particles=50), InputError, "1/N = 0.02"),
        (lambda: participation_profile([[1.0], [0.0]], [[0.5], [0.5]]), InputError, "glass 1 has the frequency 0"),
        (lambda: participation_profile([[1.0], [2.0]], [[0.5], [0.5]], particles=0), InputError, "particles is 0"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
