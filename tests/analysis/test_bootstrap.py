"""Bootstrap over glasses against literal resampling, and its moments."""

from __future__ import annotations

import numpy as np
import pytest

import glasskit.analysis.bootstrap as bootstrap
from glasskit.analysis.bootstrap import DEFAULT_SEED, bootstrap_mean, resample_glasses, spread
from glasskit.errors import InputError, InsufficientDataError


def test_equals_drawing_glasses_and_concatenating_their_modes():
    rng = np.random.default_rng(1)
    modes_g = [rng.random(size) for size in (0, 3, 1, 7, 2)]
    sum_gc = np.array([[modes.size, modes.sum(), (modes**2).sum()] for modes in modes_g])
    fast = resample_glasses(sum_gc, rng=np.random.default_rng(2), resamples=50)
    drawn_rg = np.random.default_rng(2).integers(5, size=(50, 5))
    slow = []
    for drawn in drawn_rg:
        together = np.concatenate([modes_g[glass] for glass in drawn])
        slow.append([together.size, together.sum(), (together**2).sum()])
    np.testing.assert_allclose(fast, slow, rtol=1e-13)  # sums of at most 35 numbers


def test_does_not_depend_on_how_it_is_cut_into_chunks(monkeypatch):
    sum_gc = np.random.default_rng(3).integers(0, 9, size=(7, 2)).astype(float)  # integers: sums are exact
    whole = resample_glasses(sum_gc, rng=np.random.default_rng(4), resamples=100)
    monkeypatch.setattr(bootstrap, "_CHUNK_ENTRIES", 3 * 7)
    np.testing.assert_array_equal(resample_glasses(sum_gc, rng=np.random.default_rng(4), resamples=100), whole)


def test_resampled_mean_has_the_mean_and_variance_of_drawing_with_replacement():
    value_g = np.random.default_rng(5).exponential(size=12)
    resampled = resample_glasses(value_g[:, None], rng=np.random.default_rng(6), resamples=20_000)[:, 0] / 12
    variance = value_g.var() / 12
    # 4.5 standard errors, false alarm 7e-6; variance of a variance <= 2.5·2/R relative for kurtosis up to 5
    assert abs(resampled.mean() - value_g.mean()) < 4.5 * np.sqrt(variance / 20_000)
    assert abs(resampled.var() / variance - 1) < 4.5 * np.sqrt(5 / 20_000)


def test_squared_error_of_a_mean_is_unbiased_for_five_glasses():
    rng = np.random.default_rng(7)
    square = [bootstrap_mean(rng.normal(size=5), rng=rng, resamples=50).error ** 2 for _ in range(3000)]
    # the true squared error is 1/5; that of five normals scatters by √(2/4), plus √(2/49) from resampling
    assert abs(np.mean(square) * 5 - 1) < 4.5 * np.sqrt((2 / 4 + 2 / 49 + 1 / 49) / 3000)


def test_default_seed_is_fixed_and_recorded():
    first, second = bootstrap_mean(np.arange(5.0)), bootstrap_mean(np.arange(5.0))
    assert first == second
    assert first.seed == DEFAULT_SEED
    passed = bootstrap_mean(np.arange(5.0), rng=np.random.default_rng(DEFAULT_SEED))
    assert passed.seed is None
    assert passed.error == first.error


def test_spread_of_equal_resamples_is_zero():
    assert spread(np.ones((10, 1)), 3)[0] == 0


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: bootstrap_mean(np.ones(1)), InsufficientDataError, "at least 2 glasses, found 1"),
        (lambda: bootstrap_mean(np.array([1.0, np.nan])), InputError, "finite"),
        (lambda: bootstrap_mean(np.ones((2, 2))), InputError, "one finite number per glass"),
        (lambda: bootstrap_mean(np.ones(3), rng=17), InputError, "default_rng"),
        (lambda: bootstrap_mean(np.ones(3), resamples=1), InputError, "resamples is 1"),
        (lambda: resample_glasses(np.ones(3), rng=np.random.default_rng(0)), InputError, "glasses, columns"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
