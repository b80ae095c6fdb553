"""D(omega) by hand, against literal resampling, and for Poisson modes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.analysis.bootstrap import DEFAULT_SEED
from glasskit.analysis.spectra.density_of_states import density_of_states
from glasskit.errors import InputError, InsufficientDataError


def test_by_hand():
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
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
