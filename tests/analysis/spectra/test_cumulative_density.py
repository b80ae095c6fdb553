"""F(omega) by hand, against literal resampling, and on Poisson ensembles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.bootstrap import DEFAULT_SEED
from glasskit.analysis.spectra.cumulative_density import cumulative_density
from glasskit.errors import InputError, InsufficientDataError


def test_by_hand():
    result = cumulative_density([[1.0, 2.0], [2.0, 3.0], []], 10, [0.5, 1.0, 1.5, 2.0, 2.5], resamples=20)
    np.testing.assert_array_equal(result.count, [0, 1, 1, 3, 3])
    np.testing.assert_allclose(result.value, np.array([0, 1, 1, 3, 3]) / 30, rtol=1e-15)
    assert (result.glasses, result.resamples, result.seed) == (3, 20, DEFAULT_SEED)


def test_whole_spectra_integrate_to_one():
    spectra = np.random.default_rng(30).random((5, 40)) + 0.1
    result = cumulative_density(spectra, 40)
    assert result.value[-1] == 1
    assert result.value[0] == 1 / 200  # the default grid starts at the lowest mode of all
    assert (np.diff(result.value) >= 0).all()
    assert result.error[-1] == 0


def test_rattlers_change_the_number_of_modes_glass_by_glass():
    result = cumulative_density([[1.0], [1.0, 1.5]], [10, 7], [2.0])
    assert result.value[0] == 3 / 17


def test_error_and_band_equal_resampling_by_concatenation():
    rng = np.random.default_rng(31)
    modes_g = [rng.random(count) + 0.01 for count in (3, 0, 5, 2)]
    total_g = np.array([9, 12, 12, 6])
    omega = np.linspace(0.1, 1.0, 7)
    result = cumulative_density(modes_g, total_g, omega, rng=np.random.default_rng(32), resamples=80)
    literal = []
    for drawn in np.random.default_rng(32).integers(4, size=(80, 4)):
        together = np.concatenate([modes_g[glass] for glass in drawn])
        literal.append([(together <= w).sum() / total_g[drawn].sum() for w in omega])
    np.testing.assert_allclose(result.error, np.std(literal, axis=0, ddof=1) * math.sqrt(4 / 3), rtol=1e-12)
    # the 1-sigma band holds the central 68.27 %, and erf(1/√2) = 0.6827
    outside = (1 - math.erf(1 / math.sqrt(2))) / 2
    np.testing.assert_allclose(result.lower, np.quantile(literal, outside, axis=0), atol=1e-6)
    np.testing.assert_allclose(result.upper, np.quantile(literal, 1 - outside, axis=0), atol=1e-6)


def test_poisson_modes_have_poisson_errors():
    rng = np.random.default_rng(33)
    modes_g = [rng.random(count) ** (1 / 5) for count in rng.poisson(4, 1000)]
    result = cumulative_density(modes_g, 2997, [0.5, 0.8, 1.0])
    exact = 4 * np.array([0.5, 0.8, 1.0]) ** 5 / 2997
    np.testing.assert_array_less(np.abs(result.value - exact), 4.5 * np.sqrt(exact / 2997 / 1000))
    # error of an error: 1/√(2·1000) from resampling, about 1/√(2·1000)·√(2 + 1/λ) from the ensemble, λ >= 0.125
    np.testing.assert_allclose(result.error, np.sqrt(exact / 2997 / 1000), rtol=4.5 * math.sqrt(11 / 2000))


def test_plot_of_the_integral():
    axes = cumulative_density([[1.0, 2.0], [2.0, 3.0]], 10, [0.5, 1.0, 2.0]).plot(label="glasses")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [1 / 20, 3 / 20])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: cumulative_density([[1.0]], 10), InsufficientDataError, "at least 2 glasses"),
        (lambda: cumulative_density([[], []], 10), InsufficientDataError, "nothing to place a grid on"),
        (lambda: cumulative_density([[1.0], [0.0]], 10), InputError, "glass 1 has the frequency 0"),
        (lambda: cumulative_density([[1.0], [2.0]], 10, [1.0, 1.0]), InputError, "ascending"),
        (lambda: cumulative_density([[1.0], [2.0]], 10, [0.0, 1.0]), InputError, "ascending"),
        (lambda: cumulative_density([[1.0], [1.0, 2.0]], 1), InputError, "dN-d"),
        (lambda: cumulative_density([[1.0], [2.0]], [10, 10, 10]), InputError, "shape"),
        (lambda: cumulative_density([[1.0], [2.0]], 10, complete_below=1.5), InputError, "complete only below 1.5"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
