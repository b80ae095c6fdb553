"""S(k) and S_size(k): sums over particles by hand, freud, crystals, random sizes, 4D."""

from __future__ import annotations

import freud
import matplotlib as mpl
import numpy as np
import pytest

from glasskit import Configuration
from glasskit.errors import InputError
from glasskit.observables.structure import size_classes, size_fluctuation
from glasskit.observables.structure_factor import _intensity, size_structure_factor, structure_factor, wave_vectors
from glasskit.particles.configuration import Box

mpl.use("Agg")


def gas(n, lengths, seed):
    rng = np.random.default_rng(seed)
    lengths = np.asarray(lengths, dtype=float)
    return Configuration(rng.random((n, lengths.size)) * lengths, rng.random(n) + 0.5, lengths)


@pytest.mark.parametrize("lengths", [[4.0, 5.0], [3.0, 4.0, 3.5], [2.0, 2.5, 2.2, 2.1]])
def test_equals_sums_over_particles(lengths):
    state, largest = gas(30, lengths, 1), 7.0
    found, sizes = structure_factor(state, largest=largest), size_structure_factor(state, largest=largest)
    c = size_classes(state.diameters)
    shells = {}
    span = [range(-6, 7)] * len(lengths)
    for n in np.stack(np.meshgrid(*span), -1).reshape(-1, len(lengths)):
        k = 2 * np.pi * n / lengths
        size = np.linalg.norm(k)
        if 0 < size <= largest:
            wave = np.exp(1j * state.positions @ k)
            shells.setdefault(round(size, 7), []).append((abs(wave.sum()) ** 2 / 30, abs(c @ wave) ** 2 / (c @ c)))
    np.testing.assert_allclose(found.k, sorted(shells), atol=1e-7)
    np.testing.assert_array_equal(2 * found.vectors, [len(shells[k]) for k in sorted(shells)])
    mean = np.array([np.mean(shells[k], axis=0) for k in sorted(shells)])
    np.testing.assert_allclose(found.value, mean[:, 0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(sizes.value, mean[:, 1], rtol=1e-10, atol=1e-12)


def test_shells_of_equal_width_join_those_of_equal_length():
    state = gas(40, [5.0, 5.0, 5.0], 2)
    fine, coarse = structure_factor(state, largest=6.0), structure_factor(state, largest=6.0, bins=3)
    shell = np.minimum((fine.k / 2).astype(int), 2)
    total = np.bincount(shell, fine.vectors)
    np.testing.assert_allclose(coarse.vectors, total[total > 0])
    joined = np.bincount(shell, fine.value * fine.vectors)[total > 0] / total[total > 0]
    np.testing.assert_allclose(coarse.value, joined, rtol=1e-12)


def test_equals_freud():
    """freud sums over wave vectors with no negative component only, an eighth of them."""
    state = gas(200, [6.0, 6.0, 6.0], 3)
    n_vc = np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), -1).reshape(-1, 3)[1:]
    value_v = _intensity(state, np.ones(200), n_vc)
    edges = np.array([0.5, 3.0, 5.5])  # no vector on an edge
    twin = freud.diffraction.StaticStructureFactorDirect(bins=2, k_max=5.5, k_min=0.5)
    twin.compute((freud.box.Box.cube(6.0), state.positions))
    shell_v = np.searchsorted(edges, 2 * np.pi / 6 * np.linalg.norm(n_vc, axis=1)) - 1
    mean = [value_v[shell_v == shell].mean() for shell in (0, 1)]
    np.testing.assert_allclose(mean, twin.S_k, rtol=1e-5)  # float32


def test_bragg_peaks_of_a_square_lattice():
    site = np.stack(np.meshgrid(np.arange(6), np.arange(6)), -1).reshape(-1, 2)
    found = structure_factor(Configuration(site, np.ones(36), [6.0, 6.0]), largest=6.5)
    bragg = np.isclose(found.k, 2 * np.pi)
    # the two reciprocal vectors among four (±) share their |k| with no other: N each
    assert found.value[bragg] == pytest.approx(36.0)
    np.testing.assert_allclose(found.value[~bragg], 0, atol=1e-20)


@pytest.mark.parametrize("make", [structure_factor, size_structure_factor])
def test_one_for_random_places_and_sizes(make):
    """Means of about exponential variables; 1 − 1/N·... by 5 errors in each of four shells, 2e-6."""
    found = make([gas(60, [4.0, 4.0, 4.0], seed) for seed in range(200)], largest=3.2)
    assert len(found.k) == 4
    np.testing.assert_allclose(found.error, 1 / np.sqrt(200 * found.vectors), rtol=0.3)
    assert (np.abs(found.value - 1) < 5 * found.error).all()


def test_the_first_shell_of_a_cube_is_the_size_fluctuation():
    state = gas(50, [5.0, 5.0, 5.0], 9)
    found = size_structure_factor(state, largest=1.3)
    assert found.vectors.tolist() == [3]
    assert found.value[0] == pytest.approx(size_fluctuation(state), rel=1e-12)


def test_wave_vectors_come_once():
    n, k = wave_vectors(Box([3.0, 4.0, 5.0]), 6.0)
    np.testing.assert_allclose(k, 2 * np.pi * np.linalg.norm(n / [3.0, 4.0, 5.0], axis=1), rtol=1e-14)
    both = {tuple(v) for v in np.concatenate([n, -n])}
    assert len(both) == 2 * len(n)
    assert (0, 0, 0) not in both


def test_figure_and_refusals():
    states = [gas(20, [4.0, 4.0], seed) for seed in (1, 2)]
    assert structure_factor(states, largest=5.0).plot().get_ylabel() == "$S(k)$"
    single = structure_factor(states[0], largest=5.0)
    single.plot()
    with pytest.raises(InputError, match="at least two configurations"):
        _ = single.error
    with pytest.raises(InputError, match="below the first wave number"):
        structure_factor(states, largest=1.0)
    with pytest.raises(InputError, match="more than"):
        structure_factor(states, largest=5000.0)
    with pytest.raises(InputError, match="positive wave number"):
        structure_factor(states, largest=-1.0)
    with pytest.raises(InputError, match="at least one shell"):
        structure_factor(states, largest=5.0, bins=0)
    with pytest.raises(InputError, match="all diameters are equal"):
        size_structure_factor(states[0].replace(diameters=np.ones(20)), largest=5.0)


def sheared(state):
    """The same lattice of points with other cell vectors: b becomes b + a, c becomes c + a − b."""
    cell = state.box.cell @ [[1, 1, 1], [0, 1, -1], [0, 0, 1]]
    return Configuration(state.positions, state.diameters, Box(np.diag(cell), cell[np.triu_indices(3, k=1)]))


def test_a_tilted_box_has_the_waves_of_its_lattice():
    """A cell tilted by 0.3 of an edge against sums over particles, and against a copy strained with its waves."""
    state = gas(30, [3.0, 4.0, 3.5], 1)
    tilted = Configuration(state.positions, state.diameters, Box([3.0, 4.0, 3.5], [0.9, -0.5, 1.1]))
    found, sizes = structure_factor(tilted, largest=6.0), size_structure_factor(tilted, largest=6.0)
    c, cell = size_classes(state.diameters), tilted.box.cell
    shells = {}
    for n in np.stack(np.meshgrid(*[range(-6, 7)] * 3), -1).reshape(-1, 3):
        k = 2 * np.pi * np.linalg.inv(cell).T @ n
        if 0 < np.linalg.norm(k) <= 6.0:
            wave = np.exp(1j * tilted.positions @ k)
            shells.setdefault(round(np.linalg.norm(k), 7), []).append(
                (abs(wave.sum()) ** 2 / 30, abs(c @ wave) ** 2 / (c @ c))
            )
    mean = np.array([np.mean(shells[k], axis=0) for k in sorted(shells)])
    np.testing.assert_allclose(found.k, sorted(shells), atol=1e-7)
    np.testing.assert_allclose(found.value, mean[:, 0], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(sizes.value, mean[:, 1], rtol=1e-9, atol=1e-11)
    same = structure_factor(sheared(state), largest=6.0)
    np.testing.assert_allclose(same.value, structure_factor(state, largest=6.0).value, rtol=1e-9, atol=1e-11)


def test_size_fluctuation_of_a_tilted_box():
    state = gas(40, [5.0, 5.0, 5.0], 4)
    tilted = Configuration(state.positions, state.diameters, Box([5.0, 5.0, 5.0], [0.7, -0.3, 1.9]))
    c, inverse = size_classes(state.diameters), np.linalg.inv(tilted.box.cell)
    waves = [abs(c @ np.exp(2j * np.pi * tilted.positions @ row)) ** 2 / (c @ c) for row in inverse]
    assert size_fluctuation(tilted) == pytest.approx(np.mean(waves), rel=1e-12)
