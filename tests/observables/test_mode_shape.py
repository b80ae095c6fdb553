"""Cores and decays of modes that are made to have them, against slow twins, through the boundary of the box."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize

from glasskit.errors import InputError, InsufficientDataError
from glasskit.observables.mode_decay import fit_rate, mode_decay
from glasskit.observables.mode_shape import mode_shape
from glasskit.particles.configuration import Box, Configuration, random_configuration


def place(seed, n, d):
    return random_configuration(n, density=1.0, diameters=np.ones(n), dimension=d, rng=np.random.default_rng(seed))


def mode_around(configuration, core, amplitude, seed):
    """Gaussian displacements of root mean square ``amplitude(r)`` at distance r from ``core``."""
    r = np.linalg.norm(configuration.box.minimum_image(configuration.positions - core), axis=1)
    noise = np.random.default_rng(seed).standard_normal(configuration.positions.shape)
    return amplitude(r)[:, None] * noise / math.sqrt(configuration.dimension)


def power(p, size=0.7):
    return lambda r: (r**2 + size**2) ** (-p / 2)


def shape_by_loops(configuration, mode, core, edges):
    """Distances and rms amplitudes in shells, particle by particle and image by image: the slow twin."""
    lengths, square = configuration.box.lengths, np.sum(mode**2, axis=1) / np.sum(mode**2)
    sums, counts, distances = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1), []
    for x, weight in zip(configuration.positions, square, strict=True):
        images = np.stack(np.meshgrid(*[[-1, 0, 1]] * configuration.dimension), -1).reshape(-1, configuration.dimension)
        r = min(math.dist(x + image * lengths, core) for image in images)
        distances.append(r)
        for s in range(len(edges) - 1):
            if edges[s] <= r < edges[s + 1]:
                sums[s] += weight
                counts[s] += 1
    return np.array(distances), np.sqrt(sums[counts > 0] / counts[counts > 0]), counts[counts > 0]


@pytest.mark.parametrize("d", [2, 3, 4])
def test_shells_against_loops(d):
    configuration = place([1, d], 400, d)
    mode = mode_around(configuration, configuration.box.lengths * 0.49, power(d - 1), 2)
    edges = np.linspace(0, configuration.box.lengths.min() / 2, 7)
    shape = mode_shape(configuration, mode, edges)
    distance, amplitude, count = shape_by_loops(configuration, mode, shape.core, edges)
    np.testing.assert_allclose(shape.distance, distance, rtol=1e-10)
    np.testing.assert_allclose(shape.amplitude, amplitude, rtol=1e-10)
    np.testing.assert_array_equal(shape.count, count)
    order = np.argsort(distance)
    half = order[: np.searchsorted(np.cumsum(shape.square[order]), 0.5) + 1]
    assert distance[half[-2]] <= shape.core_size <= distance[half[-1]]
    assert shape.square.sum() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_core_is_found_through_the_boundary(d):
    configuration = place([3, d], 1000, d)
    for k, core in enumerate((np.zeros(d), 0.5 * configuration.box.lengths, -0.48 * configuration.box.lengths)):
        # a mode in phase, so that only the places of particles scatter the core
        r = np.linalg.norm(configuration.box.minimum_image(configuration.positions - core), axis=1)
        shape = mode_shape(configuration, np.exp(-(r**2))[:, None] * np.ones(d))
        # the weights exp(−4r²) hold about one particle, so the core is found to a mean distance: 160 such modes were
        # off by 0.3 on average and 1.1 at most
        assert np.linalg.norm(configuration.box.minimum_image(shape.core - core)) < 1.5, k


@pytest.mark.parametrize("d", [2, 3])
def test_nothing_depends_on_where_the_box_begins(d):
    configuration = place([4, d], 800, d)
    mode = mode_around(configuration, np.zeros(d), power(d - 1), 5)
    shape, decay = mode_shape(configuration, mode), mode_decay(mode_shape(configuration, mode), inner=1.0)
    for shift in (0.5, 0.37, -0.81):
        moved = configuration.replace(positions=configuration.positions + shift * configuration.box.lengths)
        other = mode_shape(moved, mode)
        apart = configuration.box.minimum_image(other.core - shape.core - shift * configuration.box.lengths)
        np.testing.assert_allclose(apart, 0, atol=1e-9)  # mean shift stops at 2e-9 of the mean distance
        np.testing.assert_allclose(other.distance, shape.distance, atol=1e-8)
        np.testing.assert_allclose(other.amplitude, shape.amplitude, rtol=1e-7)
        assert other.core_size == pytest.approx(shape.core_size, rel=1e-7)
        # the error comes from cells of the box, which move with its origin
        assert mode_decay(other, inner=1.0).exponent == pytest.approx(decay.exponent, abs=1e-6)


def test_a_second_core_does_not_pull():
    configuration = place(6, 1000, 3)
    first = configuration.positions[0]
    apart = np.linalg.norm(configuration.box.minimum_image(configuration.positions - first), axis=1)
    second = configuration.positions[np.argmin(np.abs(apart - 4))]
    amplitude = np.exp(-2 * apart)
    amplitude += 0.95 * np.exp(
        -2 * np.linalg.norm(configuration.box.minimum_image(configuration.positions - second), axis=1)
    )
    shape = mode_shape(configuration, amplitude[:, None] * np.ones(3))
    # the mean over both, with weights 1 and 0.95⁴, would be 1.8 away
    assert np.linalg.norm(configuration.box.minimum_image(shape.core - first)) < 1.0


@pytest.mark.parametrize(("d", "n"), [(2, 1600), (3, 3000)])
def test_power_law_is_measured_within_its_error(d, n):
    deviates, errors = [], []
    for k in range(30):
        configuration = place([8, d, k], n, d)
        mode = mode_around(configuration, np.zeros(d), power(d - 1, size=0.3), [9, k])
        shape = mode_shape(configuration, mode)
        # around the known centre, to test the fit alone
        distance = np.linalg.norm(configuration.box.minimum_image(configuration.positions), axis=1)
        inside = (distance > 2) & (distance < 0.4 * configuration.box.lengths.min())
        cluster = np.unique(shape.cell[inside], return_inverse=True)[1]
        p, error, _ = fit_rate(np.log(distance[inside]), shape.square[inside], cluster)
        deviates.append((p - (d - 1)) / error)
        errors.append(error)
    # 200 modes: the finite core shifts the exponent by 1 %, 0.3 errors; standard deviation 1.04 and 1.09
    assert abs(np.mean(deviates)) < 4.2 / math.sqrt(30) + 0.3
    assert 0.55 < np.std(deviates) < 1.65  # χ² of 29 at 1e-4 on either side: [0.55, 1.55], times 1.09
    assert max(errors) < 0.3


def test_many_modes_together_give_the_exponent_of_the_far_field():
    shapes = []
    for k in range(40):
        configuration = place([10, k], 1500, 3)
        shapes.append(mode_shape(configuration, mode_around(configuration, np.zeros(3), power(2.0, size=0.5), [11, k])))
    decay = mode_decay(shapes, inner=1.8)
    # the core is found to 0.4 of a mean distance on average: with 400 modes the exponent is 1.983 ± 0.007
    assert abs(decay.exponent - 2) < 4.5 * decay.exponent_error + 0.02
    assert decay.exponent_error < 0.06
    assert decay.evidence > 20
    assert (decay.modes, decay.clusters, decay.expected) == (40, 40, 2.0)


def test_exponential_has_its_localisation_length():
    shapes = []
    for k in range(40):
        configuration = place([12, k], 1500, 3)
        shapes.append(
            mode_shape(configuration, mode_around(configuration, np.zeros(3), lambda r: np.exp(-r / 1.3), [13, k]))
        )
    decay = mode_decay(shapes, inner=1.5)
    # for the same reason: with 400 modes the length is 1.334 ± 0.003
    assert abs(decay.localisation_length - 1.3) < 4.5 * decay.localisation_error + 0.04
    assert decay.localisation_error < 0.06
    assert decay.evidence < -20


def test_fit_against_a_general_minimiser_and_its_error_against_the_jackknife():
    rng, cluster = np.random.default_rng(14), np.repeat(np.arange(300), 4)
    # the four particles of a cluster lie together and share a factor, which the errors must know
    t = rng.random(300)[cluster] + 0.1 * rng.random(1200)
    square = np.exp(1.0 - 2 * 1.7 * t) * rng.exponential(size=1200) * rng.gamma(2, 0.5, size=300)[cluster]
    rate, error, likelihood = fit_rate(t, square, cluster)

    def loss(ab):
        mean = np.exp(ab[0] - 2 * ab[1] * t)
        return np.sum(np.log(mean) + square / mean)

    best = scipy.optimize.minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert rate == pytest.approx(best.x[1], abs=1e-6)
    # likelihoods are those of squares over their mean
    assert likelihood == pytest.approx(-best.fun + 1200 * math.log(square.mean()), rel=1e-9)
    left = [fit_rate(t[cluster != c], square[cluster != c], cluster[:1196])[0] for c in range(300)]
    # both are first-order in 1/300 clusters; particles taken as independent would give 0.7 of it
    jackknife = math.sqrt(299 / 300 * np.sum((np.array(left) - np.mean(left)) ** 2))
    assert error == pytest.approx(jackknife, rel=0.05)
    assert fit_rate(t, square, np.arange(1200))[1] < 0.8 * error


@pytest.mark.parametrize("d", [2, 3])
def test_plane_waves_are_extended(d):
    configuration = place([15, d], 1000, d)
    k = 2 * math.pi / configuration.box.lengths[0]
    wave = np.zeros((1000, d))
    wave[:, 1] = np.cos(k * configuration.positions[:, 0])
    shape = mode_shape(configuration, wave)
    assert shape.extended
    assert shape.participation == pytest.approx(2 / 3, abs=0.06)  # 1000 places: 4.5 times 0.013
    with pytest.raises(InsufficientDataError, match="is extended") as caught:
        mode_decay(shape)
    assert caught.value.partial is shape
    assert mode_shape(configuration, np.random.default_rng(16).standard_normal((1000, d))).extended
    assert not mode_shape(configuration, mode_around(configuration, np.zeros(d), power(d - 1), 17)).extended


def test_uniform_mode_has_the_uniform_size():
    configuration = place(18, 2000, 3)
    shape = mode_shape(configuration, np.ones((2000, 3)))
    assert shape.core_size == pytest.approx(shape.uniform_size, rel=1e-9)
    np.testing.assert_allclose(shape.amplitude, math.sqrt(1 / 2000), rtol=1e-12)


def test_plot_has_a_guide():
    configuration = place(19, 500, 3)
    shape = mode_shape(configuration, mode_around(configuration, np.zeros(3), power(2.0), 20))
    axes = shape.plot(label="soft")
    assert axes.get_legend_handles_labels()[1] == ["$r^{-2}$", "soft"]
    assert len(shape.plot(axes).lines) == 3


SMALL = place(21, 60, 3)
SOFT = mode_around(SMALL, np.zeros(3), power(2.0), 22)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: mode_shape(SMALL, SOFT[:, :2]), InputError, "expected \\(60, 3\\)"),
        (lambda: mode_shape(SMALL, 0 * SOFT), InputError, "zero everywhere"),
        (lambda: mode_shape(SMALL, math.nan * SOFT), InputError, "finite"),
        (lambda: mode_shape(SMALL, SOFT, [0, 3]), InputError, "half the shortest edge"),
        (lambda: mode_shape(SMALL, SOFT, [1, 0.5]), InputError, "ascending"),
        (lambda: mode_decay([]), InputError, "no shape"),
        (lambda: mode_decay(mode_shape(SMALL, SOFT), inner=1.2), InsufficientDataError, "a factor of 1.5"),
        (lambda: mode_decay(mode_shape(SMALL, SOFT), inner=0.2, outer=0.5), InsufficientDataError, "particles in"),
        (lambda: mode_decay(mode_shape(SMALL, SOFT), inner=-1, outer=1), InputError, "inner is -1"),
        (lambda: mode_decay(mode_shape(SMALL, SOFT), outer=9), InputError, "outer is 9"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_shapes_of_different_boxes_are_refused():
    other = Configuration(2 * SMALL.positions, SMALL.diameters, Box(2 * SMALL.box.lengths))
    with pytest.raises(InputError, match="boxes of different size"):
        mode_decay([mode_shape(SMALL, SOFT), mode_shape(other, SOFT)], inner=0.5, outer=1.5)


def test_modes_that_vanish_in_the_range_are_refused():
    with pytest.raises(InsufficientDataError, match="no particle in the range moves"):
        fit_rate(np.arange(1.0, 40.0), np.zeros(39), np.arange(39))
