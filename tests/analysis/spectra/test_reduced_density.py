"""The reduced density of a Debye spectrum, boson peaks that are known, and densities estimated without modes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from spring_networks import spring_network

from glasskit.analysis.spectra.density_of_states import density_of_states
from glasskit.analysis.spectra.phonons import debye_level
from glasskit.analysis.spectra.reduced_density import (
    ReducedDensity,
    boson_peak,
    density_from_estimates,
    reduced_density,
)
from glasskit.errors import InputError, InsufficientDataError
from glasskit.observables.spectral_density import SpectralDensity, spectral_density


def peaked_spectra(rng, glasses, modes, *, top=2.0, omega_peak=0.8, excess=2.0, width=0.35):
    """Frequencies with D(omega) ∝ omega²·(1 + excess·exp(−ln²(omega/omega_peak)/2width²)) up to ``top``."""
    grid = np.linspace(0.0, top, 20_001)
    bump = np.exp(-((np.log(np.maximum(grid, 1e-9) / omega_peak) / width) ** 2) / 2)
    cumulative = cumulative_trapezoid(grid**2 * (1 + excess * bump), grid, initial=0)
    return np.interp(rng.random((glasses, modes)), cumulative / cumulative[-1], grid)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_debye_spectrum_is_flat(dimension):
    debye = debye_level(transverse_speed=1.3, longitudinal_speed=2.2, density=0.9, dimension=dimension)
    spectra = debye.frequency * np.random.default_rng(50).random((200, 500)) ** (1 / dimension)
    reduced = reduced_density(density_of_states(spectra, 500, np.geomspace(0.2, 1, 9) * debye.frequency), dimension)
    # wide bins, exact nevertheless; 8 bins, false alarm 5e-5
    np.testing.assert_array_less(np.abs(reduced.value - debye.level), 4.5 * reduced.error)
    assert (reduced.error / debye.level < 0.09).all()  # 224 modes in the emptiest bin
    axes = reduced.plot(debye=debye)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Debye level"]


def test_boson_peak_is_found_within_its_error():
    offset = []
    for seed in range(20):
        spectra = peaked_spectra(np.random.default_rng([51, seed]), 60, 500)
        density = density_of_states(spectra, 500, np.geomspace(0.3, 1.9, 20), resamples=200)
        peak = boson_peak(reduced_density(density, 3), span=3)
        assert peak.failures < 0.05
        assert 0 < peak.omega_error < 0.1
        offset.append((peak.omega - 0.8) / peak.omega_error)
    # mean of 20 standard deviates: 4.5/√20 = 1.0, and as much for the bias of a parabola over 7 bins (0.3 errors)
    assert abs(np.mean(offset)) < 1.3
    assert 0.4 < np.std(offset) < 1.8  # χ² of 19: outside [0.40, 1.75] with probability 1e-5


def test_height_of_the_peak():
    spectra = peaked_spectra(np.random.default_rng(52), 400, 1000, width=0.5)
    peak = boson_peak(reduced_density(density_of_states(spectra, 1000, np.geomspace(0.3, 1.9, 20)), 3), span=3)
    grid = np.linspace(0.0, 2.0, 20_001)
    bump = np.exp(-((np.log(np.maximum(grid, 1e-9) / 0.8) / 0.5) ** 2) / 2)
    norm = np.trapezoid(grid**2 * (1 + 2 * bump), grid)
    assert abs(peak.height - 3 / norm) < 4.5 * peak.height_error + 0.01 * 3 / norm  # 1 % for the parabola


@pytest.mark.parametrize(("lower", "upper"), [(0.0, 0.7), (0.9, 2.0)])
def test_maximum_at_the_end_of_the_window_is_refused(lower, upper):
    spectra = peaked_spectra(np.random.default_rng(53), 200, 1000)
    reduced = reduced_density(density_of_states(spectra, 1000, np.geomspace(0.3, 1.9, 20)), 3)
    with pytest.raises(InsufficientDataError, match=r"is largest at .* at the end of the window"):
        boson_peak(reduced, lower=lower, upper=upper)


def test_peak_that_wanders_to_the_end_in_resampled_ensembles_is_refused():
    edges = np.geomspace(1, 2, 8)
    value = np.array([1.0, 1.1, 1.2, 1.3, 1.2, 1.1, 1.0])
    resampled_rb = np.tile(value, (100, 1))
    resampled_rb[:10] = value[::-1].cumsum()  # rises to the end in ten of a hundred
    reduced = ReducedDensity(
        edges, np.sqrt(edges[1:] * edges[:-1]), value, 0 * value, np.full(7, 99), 3, 9, 100, 1, resampled_rb
    )
    with pytest.raises(InsufficientDataError, match="in 10% of resampled ensembles") as caught:
        boson_peak(reduced)
    assert caught.value.partial.omega == pytest.approx(2**0.5, rel=1e-12)  # by symmetry, the middle of the window
    assert caught.value.partial.failures == pytest.approx(0.1)
    resampled_rb[4:10] = value
    # a parabola through five points at equal distances: weights (−3, 12, 17, 12, −3)/35
    assert boson_peak(reduced).height == pytest.approx((17 * 1.3 + 24 * 1.2 - 6 * 1.1) / 35, rel=1e-12)


def test_estimate_without_modes_agrees_with_modes():
    hessians = [spring_network(60, 3, seed=g + 1) for g in range(4)]
    spectra = [np.sqrt(np.linalg.eigvalsh(h.toarray())[3:]) for h in hessians]
    edges = np.linspace(0.3, 1.8, 7) * max(w.max() for w in spectra) / 2
    exact = density_of_states(spectra, spectra[0].size, edges)
    rng = np.random.default_rng(56)
    estimates = [spectral_density(h, edges, rng=rng, vectors=64, resolution=0.02) for h in hessians]
    found = density_from_estimates(estimates)
    vectors = np.sqrt(np.mean([e.error**2 for e in estimates], axis=0) / 4)
    # same glasses, so only the random vectors differ: 6 bins, false alarm 5e-5; 2 % for the resolution
    np.testing.assert_array_less(np.abs(found.density - exact.density), 4.5 * vectors + 0.02 * exact.density.max())
    one = density_from_estimates(estimates[0])
    np.testing.assert_array_equal(one.error, estimates[0].error)
    assert one.glasses == 1
    np.testing.assert_allclose(one.resampled_rb.std(axis=0), one.error, rtol=0.15)  # 1000 resamples: 2 %
    assert reduced_density(found, 3).value.shape == (6,)


def test_refusals():
    estimate = SpectralDensity(np.array([0.0, 1, 2]), np.ones(2), np.ones(2), 0.1, 10, 8, 97, 3.0)
    other = SpectralDensity(np.array([0.0, 1, 3]), np.ones(2), np.ones(2), 0.1, 10, 8, 97, 3.0)
    with pytest.raises(InputError, match="different edges"):
        density_from_estimates([estimate, other])
    with pytest.raises(InputError, match="at least one glass"):
        density_from_estimates([])
    density = density_of_states([[1.0, 2.0], [1.5, 3.0]], 2, [0.5, 2.5, 3.5])
    with pytest.raises(InputError, match="dimension is 5"):
        reduced_density(density, 5)
    with pytest.raises(InputError, match="span is 0"):
        boson_peak(reduced_density(density, 3), span=0)
    with pytest.raises(InsufficientDataError, match="0 bins"):
        boson_peak(reduced_density(density, 3))
