"""P(sigma) by pair size against what g(r) implies: inverted potentials, isotropic factors, whole ensembles."""

from __future__ import annotations

import math
from dataclasses import replace

import matplotlib as mpl
import mpmath as mp
import numpy as np
import pytest
from scipy.stats import beta

import glasskit as gk
from glasskit.analysis.stresses.distribution import log_bin_edges
from glasskit.analysis.stresses.inversion import (
    PairsBelow,
    StressInverse,
    component_factor,
    factor_matrix,
    traceless_factor,
)
from glasskit.analysis.stresses.prediction import local_slope
from glasskit.analysis.stresses.statistics import KINDS, pair_size_edges, stress_statistics
from glasskit.errors import InputError, InsufficientDataError
from glasskit.observables.local_stress import local_stresses

mpl.use("Agg")

POTENTIALS = [
    gk.InversePowerLaw(),
    gk.InversePowerLaw(taper=math.inf),
    gk.SmoothedInversePowerLaw(),
    gk.Hertzian(),
    gk.LennardJones(),
    gk.StickySpheres(),
]


@pytest.mark.parametrize(("potential", "branches"), list(zip(POTENTIALS, [1, 1, 1, 2, 3, 3], strict=True)), ids=str)
def test_distances_become_stresses_on_every_branch(potential, branches):
    """Pairs thrown into a shell, counted by their stress: literally, and by inversion. Shares differ by √(p/M)."""
    inverse = StressInverse(potential, 1.1)
    assert inverse.turning.size == branches + 1
    x = (0.5**3 + (1 - 0.5**3) * (np.arange(200_000) + 0.5) / 200_000) ** (1 / 3)  # even in volume
    sigma_p = inverse(x)
    sigma = np.quantile(sigma_p, np.linspace(0.01, 0.99, 23))
    sigma = sigma[sigma > 0]
    x_edges = np.array([0.05, 0.5, 1.0])
    below = PairsBelow(sigma, inverse, x_edges, dimension=3)([0, 200_000])
    literal = np.searchsorted(np.sort(sigma_p), sigma)
    np.testing.assert_allclose(below, literal, atol=4)  # midpoints: half a point at each end of three branches


@pytest.mark.parametrize(
    ("taper", "slopes"),
    [(2, [-0.76, -0.60, -0.53, -0.503]), (math.inf, [-0.72, -0.76, -0.81, -0.86])],
)
def test_slopes_of_one_pair_size_through_the_package(taper, slopes):
    """Flat g(r), d = 3, r_c = 1.955, sigma = 1, 0.1, 1e-2, 1e-4 in units of (a/r_c)^12: published to two digits."""
    potential = gk.InversePowerLaw(taper=taper)
    unit = 1.955**-12
    edges = np.geomspace(1e-5, 10.0, 1201) * unit
    below = PairsBelow(edges, StressInverse(potential, 1.0), np.array([0.05, 1.0]), dimension=3)([1.0])
    middle = np.sqrt(edges[1:] * edges[:-1])
    slope = local_slope(middle, np.diff(below) / np.diff(edges))
    found = np.interp(np.log([1, 0.1, 1e-2, 1e-4]), np.log(middle / unit), slope)
    np.testing.assert_allclose(found, slopes, atol=0.006)  # half of the last digit that was printed


def _mean_over_t(y):
    """Mean of (2/π) asin(min(1, y/t)) for t of density 1/(2√(1−t)), with v = √(1−t) even in (0, 1)."""
    inner = [mp.sqrt(1 - min(1, y * 10**k)) for k in range(1, 8)]
    points = sorted({mp.mpf(0), *inner, mp.sqrt(1 - y), mp.mpf(1)})
    return mp.quad(lambda v: 2 / mp.pi * mp.asin(min(1, y / max(1 - v * v, y))), points)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_factors_of_isotropic_directions(dimension):
    w = np.array([1e-7, 1e-3, 0.05, 0.2, 0.4, 0.499])
    y = 2 * w
    exact = {
        2: 2 / math.pi * np.arcsin(y),
        3: [float(_mean_over_t(v)) for v in y],
        4: 2 / math.pi * (np.arcsin(y) + y * np.arccosh(1 / y)),
    }[dimension]
    np.testing.assert_allclose(component_factor(w, dimension), exact, rtol=1e-9)
    np.testing.assert_array_equal(component_factor([0.0, 0.5, 0.9], dimension), [0, 1, 1])
    e2 = beta(0.5, (dimension - 1) / 2)
    np.testing.assert_allclose(
        traceless_factor(w, dimension), e2.cdf(1 / dimension + w) - e2.cdf(1 / dimension - w), rtol=1e-8
    )
    assert traceless_factor(1 - 1 / dimension, dimension) == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_a_factor_matrix_are_probabilities(kind):
    edges = log_bin_edges(1e-3, 1.0, 5)
    fine = np.geomspace(edges[0], edges[-1], 4 * (edges.size - 1) + 1)
    matrix = factor_matrix(kind, edges, fine, 3)
    assert matrix.min() >= 0
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-12)
    if kind == "scalar":  # each fine bin stays in its own
        np.testing.assert_array_equal(np.argmax(matrix, axis=1), np.repeat(np.arange(1, edges.size), 4))
    with pytest.raises(InputError, match="'scalar', 'component'"):
        factor_matrix("norm", edges, fine, 3)


def test_classes_of_equal_weight_and_of_a_mixture():
    a = np.random.default_rng(1).random(1000) + 0.5
    edges = pair_size_edges(a, 5)
    np.testing.assert_array_equal(np.histogram(a, edges)[0], 200)
    np.testing.assert_allclose(pair_size_edges(np.repeat([1.0, 1.2, 1.4], 7), 4)[1:3], [1.1, 1.3])
    with pytest.raises(InputError, match="0 pairs"):
        pair_size_edges([], 2)


@pytest.fixture(scope="module")
def liquids():
    """Forty decorrelated states of a liquid of 150 particles."""
    rng = np.random.default_rng(77)
    model = gk.TAPERED_IPL
    configuration = model.random_configuration(150, rng=rng)
    states = []
    for sweeps in [500] + 40 * [60]:
        run = gk.swap_monte_carlo(configuration, model.potential, temperature=0.6, sweeps=sweeps, rng=rng)
        configuration = run.configuration
        states.append(local_stresses(configuration, model.potential))
    return states[1:], model.potential


@pytest.fixture(scope="module")
def statistics(liquids):
    return stress_statistics(liquids[0], liquids[1], size_classes=3, size_resolution=0.02, resamples=100)


def test_the_prediction_holds_in_every_class(statistics):
    """Twelve tests, each fails by chance with 1e-5: 1.2e-4 at most, at a fixed seed."""
    for kind in KINDS:
        for comparison in (statistics.overall[kind], *statistics.by_size[kind]):
            assert comparison.degrees == 7  # 40 glasses / 5, less one
            assert comparison.p_value > 1e-5, comparison.words
            assert comparison.words.startswith(kind)
            # single bins: about 70 of each at 5.5 standard errors (t of 39 degrees: 3e-6 each)
            good = comparison.deviation_error > 0
            assert (np.abs(comparison.deviation[good]) < 5.5 * comparison.deviation_error[good]).all()


def test_counts_are_those_of_literal_histograms(liquids, statistics):
    stresses, _ = liquids
    assert statistics.pairs.sum() == sum(len(glass.i) for glass in stresses) == statistics.distance_count.sum()
    assert np.ptp(statistics.pairs) < 0.05 * statistics.pairs.mean()  # edges of equal weight, of the first glass
    for kind, name in (("scalar", "magnitudes"), ("component", "off_diagonal"), ("traceless", "traceless_diagonal")):
        values = np.concatenate([getattr(glass, name).ravel() for glass in stresses])
        found = statistics.overall[kind].measured
        np.testing.assert_array_equal(found.count, np.histogram(values, found.edges)[0])
        assert found.total == values.size
        low, high = statistics.size_edges[1:3]
        chosen = [glass.diameters >= high for glass in stresses]
        top = np.concatenate([getattr(g, name)[c].ravel() for g, c in zip(stresses, chosen, strict=True)])
        assert statistics.by_size[kind][2].measured.total == top.size
        assert statistics.by_size[kind][1].size == (low, high)


def test_slopes_of_the_prediction_are_those_of_the_measurement(statistics):
    comparison = statistics.overall["scalar"]
    found = comparison.measured
    assert comparison.predicted_slope.shape == found.slope.shape
    good = found.slope_error > 0
    # prediction and measurement share their pairs: closer than independent ones; 5 errors of 60 slopes
    assert (np.abs(found.slope - comparison.predicted_slope)[good] < 5 * found.slope_error[good] + 0.02).all()


def test_directions_that_are_not_isotropic_are_seen(liquids):
    stresses, potential = liquids
    tilted = []
    for glass in stresses:
        e = np.sign(glass.directions) * np.abs(glass.directions) ** 1.2  # towards the axes
        tilted.append(replace(glass, directions=e / np.linalg.norm(e, axis=1)[:, None]))
    found = stress_statistics(tilted, potential, size_classes=1, size_resolution=0.02, resamples=50)
    assert found.overall["component"].p_value < 1e-6
    assert found.overall["scalar"].p_value > 1e-5


def test_an_ensemble_of_a_mixture():
    rng = np.random.default_rng(3)
    model = gk.TAPERED_IPL
    configuration = gk.random_configuration(100, density=0.8, diameters=np.repeat([1.0, 1.4], 50), rng=rng)
    states = []
    for sweeps in [300] + 12 * [30]:
        run = gk.swap_monte_carlo(configuration, model.potential, temperature=1.0, sweeps=sweeps, rng=rng)
        configuration = run.configuration
        states.append(local_stresses(configuration, model.potential))
    found = stress_statistics(iter(states[1:]), model.potential, sigma_edges=log_bin_edges(1e-4, 30, 4), resamples=50)
    np.testing.assert_allclose(found.size_edges[1:3], [1.1, 1.3])
    assert len(found.by_size["scalar"]) == 3
    assert min(c.p_value for kind in KINDS for c in found.by_size[kind]) > 1e-6


@pytest.mark.parametrize("slopes", [False, True])
def test_figures(statistics, slopes):
    axes = statistics.plot("traceless", slopes=slopes)
    assert len(axes.get_legend().get_texts()) == 4
    other = mpl.figure.Figure().add_subplot()
    assert statistics.plot("scalar", slopes=slopes, ax=other) is other
    alone = statistics.overall["scalar"].measured.plot(slopes=slopes, label="all pairs")
    assert alone.get_ylabel() == axes.get_ylabel()
    with pytest.raises(InputError, match="scalar, component, traceless"):
        statistics.plot("norm")


def test_refusals(liquids):
    stresses, potential = liquids
    with pytest.raises(InputError, match="ensemble is empty"):
        stress_statistics([], potential)
    with pytest.raises(InsufficientDataError, match="at least 2 glasses"):
        stress_statistics(stresses[:1], potential, size_resolution=0.2)
    with pytest.raises(InputError, match="not those of"):
        stress_statistics(stresses, potential.replace(cutoff=1.96), size_resolution=0.2)
    with pytest.raises(InputError, match="outside the edges"):
        stress_statistics(stresses, potential, size_classes=[0.9, 1.0], size_resolution=0.2)
    with pytest.raises(InputError, match="ascending edges"):
        stress_statistics(stresses, potential, size_classes=[1.0, 0.5])
    with pytest.raises(InputError, match="distance_bins"):
        stress_statistics(stresses, potential, distance_bins=1)
    with pytest.raises(InputError, match="size_resolution"):
        stress_statistics(stresses, potential, size_resolution=0.0)
    empty = local_stresses(gk.Configuration([[0.0, 0, 0], [2, 2, 2]], [1.0, 1.0], [9.0, 9, 9]), potential)
    with pytest.raises(InsufficientDataError, match="glass 1 has no pair"):
        stress_statistics([stresses[0], empty], potential, size_resolution=0.2)
    assert stress_statistics(stresses[:3], potential, size_resolution=0.2, resamples=20).overall["scalar"].degrees == 0
