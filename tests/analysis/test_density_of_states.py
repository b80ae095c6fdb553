"""D(omega) and F(omega) by hand, against literal resampling, and on Poisson ensembles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.bootstrap import DEFAULT_SEED
from glasskit.analysis.density_of_states import cumulative_density, density_of_states
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


def test_density_by_hand():
    result = density_of_states([[1.0, 2.0], [2.0, 3.0], []], 10, [0.5, 1.0, 2.0, 2.5], resamples=20)
    np.testing.assert_array_equal(result.count, [0, 1, 2])  # an edge belongs to the bin above it
    np.testing.assert_allclose(result.density, [0, 1 / 30, 4 / 30], rtol=1e-15)
    np.testing.assert_allclose(result.omega, [0.75, 1.5, 2.25])
    assert (result.below, result.above) == (0, pytest.approx(27 / 30, rel=1e-14))
    assert (result.glasses, result.resamples, result.seed) == (3, 20, DEFAULT_SEED)


@pytest.mark.parametrize("spacing", ["logarithmic", "linear"])
def test_density_of_full_spectra_is_normalised(spacing):
    spectra = np.random.default_rng(34).random((5, 40)) + 0.1
    result = density_of_states(spectra, 40, spacing=spacing, bins=13)
    assert result.density @ np.diff(result.edges) == pytest.approx(1, rel=1e-13)
    assert (result.below, result.above) == (0, 0)
    assert result.count.sum() == 200
    middles = np.sqrt(result.edges[1:] * result.edges[:-1]) if spacing == "logarithmic" else None
    np.testing.assert_allclose(
        result.omega, middles if middles is not None else np.convolve(result.edges, [0.5, 0.5], "valid")
    )


def test_default_bins_end_where_glasses_are_complete():
    result = density_of_states([[0.5, 0.9], [0.6, 1.4]], 10, complete_below=[1.2, 1.5], bins=3)
    assert (result.edges[0], result.edges[-1]) == (0.5, 1.2)
    assert result.count.sum() == 3
    assert result.above == pytest.approx(17 / 20)


def test_density_error_equals_resampling_by_concatenation():
    rng = np.random.default_rng(35)
    modes_g = [rng.random(count) for count in (3, 0, 5, 2)]
    total_g, edges = np.array([9, 12, 12, 6]), np.linspace(0, 1.0, 4)
    result = density_of_states(modes_g, total_g, edges, rng=np.random.default_rng(36), resamples=60)
    literal = []
    for drawn in np.random.default_rng(36).integers(4, size=(60, 4)):
        together = np.concatenate([modes_g[glass] for glass in drawn])
        literal.append(np.histogram(together, edges)[0] / total_g[drawn].sum() / np.diff(edges))
    np.testing.assert_allclose(result.error, np.std(literal, axis=0, ddof=1) * math.sqrt(4 / 3), rtol=1e-12)
    np.testing.assert_allclose(result.resampled_rb, literal, rtol=1e-12)


def test_density_of_a_power_law():
    rng = np.random.default_rng(37)
    modes_g = [rng.random(count) ** (1 / 5) for count in rng.poisson(20, 1000)]  # 20 ω^5 modes below ω
    result = density_of_states(modes_g, 2997, np.linspace(0.4, 1.0, 7))
    exact = 20 / 2997 * np.diff(result.edges**5) / np.diff(result.edges)
    np.testing.assert_array_less(np.abs(result.density - exact), 4.5 * result.error)  # six bins: false alarm 5e-5
    poisson = np.sqrt(exact / np.diff(result.edges) / 2997 / 1000)
    np.testing.assert_allclose(result.error, poisson, rtol=0.2)  # error of an error 3 %, from glasses and resamples


def test_plot_shows_the_bins_that_hold_modes():
    axes = density_of_states([[1.0, 2.0], [2.0, 3.0]], 10, [0.5, 0.9, 1.5, 3.5]).plot(label="glasses")
    np.testing.assert_allclose(axes.lines[0].get_xdata(), [1.2, 2.5])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: density_of_states([], 10), InputError, "empty"),
        (lambda: density_of_states([[1.0]], 10, [0.5, 2]), InsufficientDataError, "at least 2 glasses"),
        (lambda: density_of_states([[], []], 10), InsufficientDataError, "nothing to place bins on"),
        (lambda: density_of_states([[1.0], [0.0]], 10, [0.5, 2]), InputError, "glass 1 has the frequency 0"),
        (lambda: density_of_states([[1.0], [math.nan]], 10, [0.5, 2]), InputError, "NaN"),
        (lambda: density_of_states([[1.0], [2.0]], 10), InputError, "spectra are not full"),
        (lambda: density_of_states([[1.0], [2.0]], 10, [2.0, 1.0]), InputError, "ascending"),
        (lambda: density_of_states([[1.0], [2.0]], 10, [-1.0, 1.0]), InputError, "none below 0"),
        (lambda: density_of_states([[1.0], [2.0]], 10, [1.0, 3.0], complete_below=2.5), InputError, "only below 2.5"),
        (lambda: density_of_states([[1.0], [2.0]], 1, spacing="cubic"), InputError, "logarithmic, linear"),
        (lambda: density_of_states([[1.0], [2.0]], 1, bins=0), InputError, "bins is 0"),
        (lambda: density_of_states([[1.0], [1.0]], 1), InputError, "no bins fit"),
    ],
)
def test_density_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
