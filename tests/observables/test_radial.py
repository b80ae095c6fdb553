"""g(r): ideal gas, crystals, all pairs by hand, and freud."""

from __future__ import annotations

import math

import freud
import matplotlib as mpl
import numpy as np
import pytest

from glasskit import Configuration
from glasskit.errors import InputError
from glasskit.observables.radial import radial_distribution
from glasskit.particles.configuration import Box

mpl.use("Agg")


def gas(n, lengths, seed, *, sizes=(0.5, 1.5)):
    rng = np.random.default_rng(seed)
    lengths = np.asarray(lengths, dtype=float)
    return Configuration(rng.random((n, lengths.size)) * lengths, rng.uniform(*sizes, n), lengths)


@pytest.mark.parametrize("lengths", [[9.0, 11.0], [5.0, 6.0, 7.0], [3.0, 3.0, 4.0, 3.5]])
def test_an_ideal_gas_is_flat(lengths):
    """Counts of a shell are Poisson to 1 − shell/V: 12 shells x 3 partial ones at 5 errors, 2e-5."""
    states = [gas(60, lengths, seed) for seed in range(150)]
    found = radial_distribution(states, bins=12, classes=2)
    shells = 2 * math.pi ** (len(lengths) / 2) / math.gamma(len(lengths) / 2) / len(lengths)
    share = shells * np.diff(found.edges ** len(lengths)) / np.prod(lengths)
    expected_error = 1 / np.sqrt(150 * 60 * 59 / 2 * share)
    assert (np.abs(found.g - 1) < 5 * expected_error).all()
    np.testing.assert_allclose(found.error, expected_error, rtol=0.35)  # of 150 values: 6 %
    for k, j in ((0, 0), (0, 1), (1, 1)):
        pairs = 150 * (30 * 30 if k != j else 30 * 29 / 2)
        assert (np.abs(found.partial[k, j] - 1) < 5 / np.sqrt(pairs * share)).all()


@pytest.mark.parametrize("lengths", [[4.0, 5.0], [3.0, 4.0, 3.5], [2.0, 2.5, 2.2, 2.1]])
def test_equals_all_pairs(lengths):
    state = gas(40, lengths, 3)
    found = radial_distribution(state, bins=9, largest=0.9, classes=3)
    order = np.argsort(np.argsort(state.diameters)) * 3 // 40
    members = np.bincount(np.searchsorted(found.class_edges[1:-1], state.diameters, side="right"))
    np.testing.assert_allclose(members, np.bincount(order), atol=1)
    class_n = np.searchsorted(found.class_edges[1:-1], state.diameters, side="right")
    d = len(lengths)
    shell = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * np.diff(found.edges**d) / np.prod(lengths)
    total, partial = np.zeros(9), np.zeros((3, 3, 9))
    for i in range(40):
        for j in range(40):
            if i != j:
                r = np.linalg.norm(state.box.minimum_image(state.positions[i] - state.positions[j]))
                if r < 0.9:
                    b = int(r / 0.1)
                    total[b] += 1
                    partial[class_n[i], class_n[j], b] += 1
    np.testing.assert_allclose(found.g, total / (40 * 39) / shell, rtol=1e-12)
    ordered = members[:, None] * (members[None, :] - np.eye(3))
    np.testing.assert_allclose(found.partial, partial / ordered[:, :, None] / shell, rtol=1e-12)
    np.testing.assert_array_equal(found.error, 0)


def test_equals_freud():
    state = gas(300, [7.0, 7.5, 8.0], 4)
    found = radial_distribution(state, bins=30, largest=3.0)
    rdf = freud.density.RDF(bins=30, r_max=3.0, normalization_mode="finite_size")
    rdf.compute((freud.box.Box(7.0, 7.5, 8.0), state.positions))
    # freud's float32 may put a pair on the other side of an edge: one of about 300 in a shell
    np.testing.assert_allclose(found.g[5:], rdf.rdf[5:], rtol=0.02)
    assert np.median(np.abs(found.g[5:] / rdf.rdf[5:] - 1)) < 1e-5


def test_neighbours_of_a_square_lattice():
    site = np.stack(np.meshgrid(np.arange(8), np.arange(8)), -1).reshape(-1, 2) + 0.1
    found = radial_distribution(Configuration(site, np.ones(64), [8.0, 8.0]), bins=40, largest=2.0, classes=4)
    count = found.g * 63 * math.pi * np.diff(found.edges**2) / 64
    filled = np.flatnonzero(count)
    np.testing.assert_allclose(found.edges[filled], [1.0, 1.4], atol=1e-12)
    np.testing.assert_allclose(count[filled], [4, 4], rtol=1e-12)
    assert found.partial.shape == (1, 1, 40)  # one size, one class


def test_figures():
    found = radial_distribution([gas(50, [4.0, 4, 4], seed) for seed in (1, 2)], classes=2)
    assert found.plot().get_ylabel() == "$g(r)$"
    assert len(found.plot(partial=True).get_legend().get_texts()) == 3


def test_refusals():
    state = gas(10, [4.0, 4.0], 1)
    with pytest.raises(InputError, match="no configuration"):
        radial_distribution([])
    with pytest.raises(InputError, match="do not mix sizes"):
        radial_distribution([state, gas(11, [4.0, 4.0], 1)])
    with pytest.raises(InputError, match="half the shortest edge"):
        radial_distribution(state, largest=2.1)
    with pytest.raises(InputError, match="at least one shell"):
        radial_distribution(state, bins=0)


def test_a_tilted_box():
    state = gas(60, [5.0, 6.0, 5.5], 8)
    tilted = Configuration(state.positions, state.diameters, Box([5.0, 6.0, 5.5], [1.4, -2.0, 0.8]))
    found = radial_distribution(tilted, bins=5)
    shift = np.stack(np.meshgrid(*[range(-2, 3)] * 3), -1).reshape(-1, 3) @ tilted.box.cell.T
    i, j = np.triu_indices(60, k=1)
    vector = tilted.positions[j] - tilted.positions[i]
    r = np.linalg.norm(vector[:, None] + shift, axis=2).min(axis=1)  # over all images near
    shell = 4 / 3 * math.pi * np.diff(found.edges**3) / 165.0
    np.testing.assert_allclose(found.g, np.histogram(r, found.edges)[0] / i.size / shell, rtol=1e-12)
