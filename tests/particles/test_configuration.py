"""Boxes and configurations: wrapping, immutability, checks at the door."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

import glasskit as gk
from glasskit.errors import InputError
from glasskit.particles.configuration import Box

EDGES = np.array([10.0, 3.3, 7.1, 1.0, 0.1, 1e-3, 123.456, math.pi, 2.0**-20, np.nextafter(10, 11)])


def adversarial_coordinates(length: float, rng: np.random.Generator) -> np.ndarray:
    """Multiples of L/2 with rounding steps to both sides, tiny and enormous numbers, and random ones."""
    multiples = 0.5 * length * np.concatenate((np.arange(-9, 10), [1e3, -1e3, 1e8 + 1, -(2.0**53)]))
    near = np.concatenate([multiples + k * np.spacing(multiples) for k in (-2, -1, 0, 1, 2)])
    tiny = np.array([0.0, -0.0, 5e-324, -5e-324, 1e-300, -1e-17, 1e-17])
    huge = rng.choice([-1, 1], 300) * 10.0 ** rng.uniform(0, 300, 300)
    return np.concatenate((near, tiny, huge, rng.normal(0, 3 * length, 1000)))


@pytest.mark.parametrize("length", EDGES)
def test_wrapped_coordinates_lie_in_the_half_open_box_and_stay_there(length, rng):
    box = Box([length, length])
    x = adversarial_coordinates(length, rng)
    position_nc = np.stack([x, x[::-1]], axis=1)
    wrapped_nc = box.wrap(position_nc)
    assert (wrapped_nc >= -0.5 * length).all()
    assert (wrapped_nc < 0.5 * length).all()
    np.testing.assert_array_equal(box.wrap(wrapped_nc), wrapped_nc)


@pytest.mark.parametrize("length", EDGES)
def test_wrapping_moves_by_whole_edges_exactly(length, rng):
    x = adversarial_coordinates(length, rng)[:200]
    for before, after in zip(x, Box([length, length]).wrap(np.stack([x, x], axis=1))[:, 0], strict=True):
        moved = (Fraction(float(before)) - Fraction(float(after))) / Fraction(float(length))
        assert moved.denominator == 1


def test_coordinates_inside_the_box_are_kept_bit_for_bit(rng):
    box = Box([3.3, 7.1, 10.0])
    position_nc = (rng.random((1000, 3)) - 0.5) * box.lengths
    np.testing.assert_array_equal(box.wrap(position_nc), position_nc)


def test_the_upper_face_goes_to_the_lower_one():
    box = Box([3.3, 10.0])
    np.testing.assert_array_equal(box.wrap(box.lengths / 2), -box.lengths / 2)
    np.testing.assert_array_equal(box.wrap(-box.lengths / 2), -box.lengths / 2)
    np.testing.assert_array_equal(box.wrap([np.nextafter(1.65, 0), 0]), [np.nextafter(1.65, 0), 0])


def test_minimum_image_is_the_shortest_of_all_images(rng):
    box = Box([3.0, 5.0, 8.0])
    vector_pc = rng.uniform(-9, 9, (500, 3))
    shift_kc = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), -1).reshape(-1, 3) * box.lengths
    shortest = np.linalg.norm(vector_pc[:, None] + shift_kc, axis=2).min(axis=1)
    np.testing.assert_allclose(np.linalg.norm(box.minimum_image(vector_pc), axis=1), shortest, atol=1e-14)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_measures(dimension):
    box = Box.cube(100.0, dimension)
    assert box.dimension == dimension
    assert box.volume == pytest.approx(100.0, rel=1e-14)
    assert np.ptp(box.lengths) == 0
    configuration = gk.Configuration(np.zeros((50, dimension)), np.ones(50), box)
    assert configuration.number_of_particles == 50
    assert configuration.dimension == dimension
    assert configuration.density == pytest.approx(0.5, rel=1e-14)


def test_a_box_is_a_value():
    assert Box([1, 2]) == Box((1.0, 2.0))
    assert Box([1, 2]) != Box([2, 1])
    assert Box([1, 2]) != "box"
    assert len({Box([1, 2]), Box([1, 2]), Box([1, 3])}) == 2


def test_arrays_are_copied_and_frozen(rng):
    positions, diameters, lengths = rng.random((5, 3)), rng.uniform(1, 2, 5), np.full(3, 4.0)
    configuration = gk.Configuration(positions, diameters, lengths)
    kept = [positions.copy(), diameters.copy()]
    positions[:], diameters[:], lengths[:] = 7.0, 7.0, 7.0
    np.testing.assert_array_equal(configuration.positions, kept[0])
    np.testing.assert_array_equal(configuration.diameters, kept[1])
    np.testing.assert_array_equal(configuration.box.lengths, 4.0)
    for array in (configuration.positions, configuration.diameters, configuration.box.lengths):
        assert array.dtype == np.float64
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
    for name in ("positions", "diameters", "box"):
        with pytest.raises(AttributeError):
            setattr(configuration, name, None)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_copies_and_pickles_are_equal_and_frozen(duplicate, rng):
    configuration = gk.random_configuration(20, density=1.3, diameters=np.ones(20), rng=rng)
    again = duplicate(configuration)
    np.testing.assert_array_equal(again.positions, configuration.positions)
    np.testing.assert_array_equal(again.diameters, configuration.diameters)
    assert again.box == configuration.box
    for array in (again.positions, again.diameters, again.box.lengths):
        assert not array.flags.writeable


def test_foreign_layouts_become_contiguous_float64(rng):
    positions = np.asfortranarray(rng.random((6, 3)).astype(np.float32))
    configuration = gk.Configuration(positions[::2], [1, 2, 3], [4, 4, 4])
    assert configuration.positions.flags.c_contiguous
    assert configuration.positions.dtype == configuration.diameters.dtype == np.float64
    np.testing.assert_array_equal(configuration.positions, positions[::2].astype(float))


def test_replace_keeps_what_is_not_named(rng):
    configuration = gk.random_configuration(10, density=1.0, diameters=rng.uniform(1, 2, 10), rng=rng)
    moved = configuration.replace(positions=configuration.positions + 100.0)
    assert moved.box is configuration.box
    np.testing.assert_array_equal(moved.diameters, configuration.diameters)
    assert np.abs(moved.positions).max() <= configuration.box.lengths[0] / 2
    swapped = configuration.replace(diameters=configuration.diameters[::-1])
    np.testing.assert_array_equal(swapped.positions, configuration.positions)
    np.testing.assert_array_equal(swapped.diameters, configuration.diameters[::-1])


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_random_positions_are_uniform(dimension):
    rng = np.random.default_rng(7)
    n = 20000
    configuration = gk.random_configuration(n, density=0.5, diameters=np.ones(n), dimension=dimension, rng=rng)
    assert configuration.density == pytest.approx(0.5, rel=1e-13)
    u_nc = configuration.positions / configuration.box.lengths + 0.5
    # Mean 1/2 and variance 1/12 of each axis, within 4.5 standard errors: false alarms 7e-6 each, six to twelve looks.
    assert np.abs(u_nc.mean(axis=0) - 0.5).max() < 4.5 * math.sqrt(1 / 12 / n)
    assert np.abs(u_nc.var(axis=0) - 1 / 12).max() < 4.5 * math.sqrt(1 / 180 / n)


def test_random_configurations_are_functions_of_the_generator():
    sizes = gk.PowerLawDiameters(0.73, 1.62)
    first, same, other = (
        gk.random_configuration(30, density=1, diameters=sizes, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.positions, same.positions)
    np.testing.assert_array_equal(first.diameters, same.diameters)
    assert (first.positions != other.positions).any()


@pytest.mark.parametrize(
    "lengths", [5.0, [5.0], [1.0] * 5, [[1.0, 2.0]], [0.0, 1.0], [-1.0, 1.0], [math.nan, 1.0], [math.inf, 1.0], []]
)
def test_impossible_boxes_are_refused(lengths):
    with pytest.raises(InputError, match="box: "):
        Box(lengths)


@pytest.mark.parametrize(
    ("positions", "diameters", "message"),
    [
        ([[0.0, 0.0]], [1.0], r"positions: expected shape \(N, 3\)"),
        ([0.0, 0.0, 0.0], [1.0], r"positions: expected shape \(N, 3\)"),
        (np.zeros((0, 3)), [], r"positions: expected shape \(N, 3\)"),
        (np.zeros((2, 3)), [1.0], r"diameters: expected shape \(2,\), found \(1,\)"),
        (np.zeros((2, 3)), [[1.0], [1.0]], r"diameters: expected shape \(2,\)"),
        ([[0.0, 0.0, math.nan]], [1.0], "every coordinate must be finite"),
        ([[0.0, -math.inf, 0.0]], [1.0], "every coordinate must be finite"),
        (np.zeros((2, 3)), [1.0, 0.0], "diameters: must be positive"),
        (np.zeros((2, 3)), [1.0, -1.0], "diameters: must be positive"),
        (np.zeros((2, 3)), [1.0, math.nan], "diameters: must be positive"),
        (np.zeros((2, 3)), [1.0, math.inf], "diameters: must be positive"),
    ],
)
def test_impossible_configurations_are_refused(positions, diameters, message):
    with pytest.raises(InputError, match=message):
        gk.Configuration(positions, diameters, [4.0, 4.0, 4.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n: expected at least one particle"),
        ({"n": -5}, "n: expected at least one particle"),
        ({"density": 0.0}, "density: must be positive"),
        ({"density": -1.0}, "density: must be positive"),
        ({"density": math.nan}, "density: must be positive"),
        ({"density": math.inf}, "density: must be positive"),
        ({"dimension": 1}, "dimension: expected one of"),
        ({"dimension": 5}, "dimension: expected one of"),
        ({"diameters": np.ones(4)}, r"diameters: expected shape \(3,\)"),
    ],
)
def test_impossible_random_configurations_are_refused(arguments, message, rng):
    with pytest.raises(InputError, match=message):
        gk.random_configuration(**{"n": 3, "density": 1.0, "diameters": np.ones(3), "rng": rng} | arguments)
