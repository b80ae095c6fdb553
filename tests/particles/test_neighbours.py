"""The pair search against a comparison of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from glasskit.particles.configuration import Box
from glasskit.particles.kernels.pair_search import find_neighbours
from glasskit.particles.neighbours import Neighbours, neighbours


def rows(found: Neighbours) -> list[list[int]]:
    return [sorted(found.member[a:b].tolist()) for a, b in zip(found.start[:-1], found.start[1:], strict=True)]


def brute_force(positions: np.ndarray, lengths: np.ndarray, radius: float, full: bool) -> list[list[int]]:
    x_nnc = Box(lengths).minimum_image(positions[None, :] - positions[:, None])
    near_nn = np.einsum("ijc,ijc->ij", x_nnc, x_nnc) < radius**2
    if 2 * radius >= lengths.min():
        near_nn[:] = True
    np.fill_diagonal(near_nn, False)
    if not full:
        near_nn = np.triu(near_nn)
    return [np.flatnonzero(row).tolist() for row in near_nn]


def assert_equals_brute_force(positions, lengths, radius, tie=0.0):
    """Equal lists; pairs within ``tie`` of the radius, where rounding decides, may be listed or not."""
    for full in (False, True):
        found = rows(neighbours(positions, lengths, radius, full=full))
        if not tie:
            assert found == brute_force(positions, lengths, radius, full)
            continue
        surely, possibly = (brute_force(positions, lengths, radius + side * tie, full) for side in (-1, 1))
        for row, least, most in zip(found, surely, possibly, strict=True):
            assert len(row) == len(set(row))
            assert set(least) <= set(row) <= set(most)


def uniform(rng, n, lengths):
    return Box(lengths).wrap(rng.uniform(-0.5, 0.5, (n, len(lengths))) * lengths)


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize("n", [1, 2, 7, 50, 51, 300])
def test_equals_brute_force_at_any_radius_and_box(n, dimension, rng):
    for _ in range(10):
        lengths = rng.uniform(1, 5, dimension)
        assert_equals_brute_force(uniform(rng, n, lengths), lengths, lengths.min() * rng.uniform(0.02, 0.6))


@pytest.mark.parametrize(("dimension", "n"), [(2, 400), (3, 600), (4, 700)])
@pytest.mark.parametrize("cells", [2.01, 2.5, 2.99, 3.0, 3.01, 4.0, 5.0, 5.5, 7.3, 9.0])
def test_equals_brute_force_around_whole_numbers_of_cells(cells, dimension, n, rng):
    lengths = np.linspace(6.0, 7.1, dimension)
    assert_equals_brute_force(uniform(rng, n, lengths), lengths, lengths.min() / cells)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_one_edge_much_longer_than_the_others(dimension, rng):
    lengths = np.array([30.0, *[3.0] * (dimension - 1)])
    for axis in range(dimension):
        edges = np.roll(lengths, axis)
        assert_equals_brute_force(uniform(rng, 400, edges), edges, 0.8)


def test_the_half_list_holds_each_pair_of_the_full_list_once(rng):
    lengths = np.array([9.0, 9.0, 9.0])
    positions = uniform(rng, 500, lengths)
    half, full = (neighbours(positions, lengths, 1.3, full=flag) for flag in (False, True))
    assert 2 * half.member.size == full.member.size
    both = {(i, j) for i, row in enumerate(rows(half)) for j in row}
    assert both | {(j, i) for i, j in both} == {(i, j) for i, row in enumerate(rows(full)) for j in row}


@pytest.mark.parametrize("radius", [2.0, 2.5, 100.0])
def test_a_radius_of_half_the_shortest_edge_lists_all_pairs(radius, rng):
    lengths = np.array([4.0, 8.0, 8.0])
    positions = uniform(rng, 80, lengths)
    assert neighbours(positions, lengths, radius).member.size == 80 * 79 // 2
    assert neighbours(positions, lengths, radius, full=True).member.size == 80 * 79


@pytest.mark.parametrize("dimension", [2, 3])
def test_particles_on_the_faces_of_the_box_and_of_the_cells(dimension, rng):
    for lengths in (np.full(dimension, 6.0), np.full(dimension, 4.931825532693928)):
        for parts in (5, 6, 7, 10):
            # Coordinates on multiples of L/parts, and one rounding step to either side of them.
            grid = rng.integers(0, parts + 1, (300, dimension)) * (lengths / parts) - lengths / 2
            grid += rng.integers(-1, 2, grid.shape) * np.spacing(grid)
            positions = Box(lengths).wrap(grid)
            edge = float(lengths[0] / parts)
            for radius in (edge, np.nextafter(edge, 0), np.nextafter(edge, 9), 2 * edge, 1.01 * edge):
                # A difference of two coordinates of size L/2 is rounded twice.
                assert_equals_brute_force(positions, lengths, radius, tie=4e-16 * lengths[0])


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_a_crowd_overflows_the_first_guess_of_the_room_needed(dimension, rng):
    # All particles in one corner of a large box: every pair is near, the guess expects hardly any.
    lengths = np.full(dimension, 20.0)
    positions = Box(lengths).wrap(10.0 + rng.uniform(-0.3, 0.3, (200, dimension)))
    assert_equals_brute_force(positions, lengths, 2.0)
    # Half a crowd, half a gas: the rows after the crowd are filled as well.
    positions[:100] = uniform(rng, 100, lengths)
    assert_equals_brute_force(positions, lengths, 2.0)
    assert_equals_brute_force(positions[::-1].copy(), lengths, 2.0)


def test_too_little_room_is_reported_and_not_overrun(rng):
    lengths = np.full(3, 8.0)
    positions = uniform(rng, 400, lengths)
    expected = neighbours(positions, lengths, 1.5)
    room = np.full(expected.member.size + 100, -1, np.int32)
    for size in (0, 1, 100, expected.member.size - 1, expected.member.size):
        start = np.empty(401, np.int64)
        total = find_neighbours(positions, lengths, 1.5, False, start, room[:size])
        assert total == expected.member.size
        np.testing.assert_array_equal(start, expected.start)
        assert (room[size:] == -1).all()
        room[:] = -1
    find_neighbours(positions, lengths, 1.5, False, start, room[: expected.member.size])
    np.testing.assert_array_equal(room[: expected.member.size], expected.member)
