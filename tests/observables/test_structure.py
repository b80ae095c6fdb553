"""Composition fluctuations: exact values of small arrangements, and 1 on average at random."""

import numpy as np
import pytest

from glasskit import Configuration
from glasskit.errors import InputError
from glasskit.observables.structure import size_classes, size_fluctuation


def test_thirds():
    assert size_classes(np.array([3.0, 1.0, 2.0, 6.0, 5.0, 4.0])).tolist() == [0, -1, -1, 1, 1, 0]
    assert size_classes(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])).tolist() == [-1, -1, 0, 0, 0, 1, 1]
    assert size_classes(np.array([1.4, 1.0, 1.0, 1.4])).tolist() == [1, -1, -1, 1]
    assert size_classes(np.array([1.0, 2.0])).tolist() == [-1, 1]


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_a_large_and_a_small_particle_half_a_box_apart_along_one_axis(dimension):
    """Along that axis 1·1 - 1·(-1) = 2, so |2|²/2 = 2; along the others 1 - 1 = 0."""
    position_nc = np.zeros((2, dimension))
    position_nc[1, 0] = 1.5
    edge_c = np.full(dimension, 3.0)
    value = size_fluctuation(Configuration(position_nc, [1.0, 2.0], edge_c))
    assert value == pytest.approx(2.0 / dimension, rel=1e-14)  # a few roundings of sines and sums


def test_a_quarter_of_a_box_and_unequal_edges():
    """Phases 0 and pi/2: |1 - i|²/2 = 1 along the axis, 0 along the other; the box is not a cube."""
    value = size_fluctuation(Configuration([[0.0, 0.0], [0.0, 1.0]], [2.0, 1.0], [7.0, 4.0]))
    assert value == pytest.approx(0.5, rel=1e-14)


def test_every_particle_counts_as_in_the_definition():
    rng = np.random.default_rng(5)
    configuration = Configuration(rng.random((50, 3)) * 4, rng.random(50) + 0.5, np.full(3, 4.0))
    rank = np.argsort(np.argsort(configuration.diameters))
    c = np.where(rank < 16, -1, np.where(rank >= 34, 1, 0))
    waves = 2 * np.pi / 4.0 * np.eye(3)
    terms = [
        abs(sum(c_i * np.exp(1j * k @ r) for c_i, r in zip(c, configuration.positions, strict=True))) ** 2
        for k in waves
    ]
    assert size_fluctuation(configuration) == pytest.approx(np.mean(terms) / 32, rel=1e-12)  # 50 terms of order 1


def test_is_one_when_sizes_sit_at_random():
    """Each |.|²/Σc² is exponential with mean 1; 3 axes x 400 configurations: standard error 0.029, bound 4 of them."""
    rng = np.random.default_rng(8)
    size_n = rng.random(60)
    values = [size_fluctuation(Configuration(rng.random((60, 3)), size_n + 0.1, np.ones(3))) for _ in range(400)]
    assert abs(np.mean(values) - 1) < 4 / np.sqrt(3 * 400)


def test_equal_sizes_are_refused():
    with pytest.raises(InputError, match="all diameters are equal"):
        size_fluctuation(Configuration(np.zeros((3, 2)), np.ones(3), np.ones(2)))
