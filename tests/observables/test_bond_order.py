"""Bond order of crystals, and that one moved atom changes its own neighbourhood only."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import glasskit as gk
from glasskit.errors import InputError
from glasskit.observables.bond_order import crystal_test, hexatic, steinhardt
from glasskit.particles.configuration import Box

BASES = {
    "sc": [[0, 0, 0]],
    "bcc": [[0, 0, 0], [0.5, 0.5, 0.5]],
    "fcc": [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
}


def crystal(name, cells=4):
    cell = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    site = (cell + np.array(BASES[name])[None]).reshape(-1, 3) * 1.5 + 0.1
    return gk.Configuration(site, np.ones(len(site)), np.full(3, 1.5 * cells))


def triangular(cells=6):
    cell = np.stack(np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij"), -1).reshape(-1, 1, 2)
    site = ((cell + np.array([[0, 0], [0.5, 0.5]])[None]) * [1.0, np.sqrt(3)]).reshape(-1, 2) + 0.1
    return gk.Configuration(site, np.ones(len(site)), [cells, cells * np.sqrt(3)])


@pytest.mark.parametrize(
    ("name", "l", "neighbours", "expected"),
    [
        ("fcc", 6, 12, 0.57452), ("fcc", 4, 12, 0.19094), ("bcc", 6, 14, 0.51069), ("bcc", 4, 14, 0.03637),
        ("sc", 6, 6, 0.35355), ("sc", 4, 6, 0.76376), ("fcc", 6, "voronoi", 0.57452),
    ],
)  # fmt: skip
def test_crystals(name, l, neighbours, expected):  # noqa: E741
    q, whole = steinhardt(crystal(name), l=l, neighbours=neighbours)
    np.testing.assert_allclose(q, expected, atol=2e-5)  # five digits, float32
    assert whole == pytest.approx(expected, abs=2e-5)


def test_moving_one_atom_of_fcc_changes_thirteen():
    before = crystal("fcc")
    position_nc = before.positions.copy()
    position_nc[17] += [0.08, 0.05, 0.02]
    change = np.abs(steinhardt(before)[0] - steinhardt(before.replace(positions=position_nc))[0])
    assert (change > 1e-5).sum() == 13


@pytest.mark.parametrize("neighbours", [6, "voronoi"])
def test_triangular_crystal(neighbours):
    np.testing.assert_allclose(hexatic(triangular(), neighbours=neighbours), 1.0, atol=1e-5)


def test_psi_of_a_turned_crystal_turns_sixfold():
    base = triangular()
    swapped = gk.Configuration(base.positions[:, ::-1], base.diameters, base.box.lengths[::-1])
    np.testing.assert_allclose(hexatic(swapped), -1.0, atol=1e-5)  # turned by 90°: exp(6i·π/2) = −1


@pytest.mark.parametrize("make", [lambda: crystal("fcc"), lambda: triangular(8)])
def test_crystals_and_gases_are_told_apart(make):
    solid = make()
    rng = np.random.default_rng(2)
    shaken = solid.replace(positions=solid.positions + rng.normal(scale=0.03, size=solid.positions.shape))
    for state in (solid, shaken):
        found = crystal_test(state)
        assert found.crystalline
        assert found.share > 0.9
        assert found.words.startswith("crystalline")
    gas = solid.replace(positions=rng.random(solid.positions.shape) * solid.box.lengths)
    found = crystal_test(gas)
    assert not found.crystalline
    assert found.order < 5 * found.random
    assert found.words.startswith("no crystal")


def test_a_grain_in_a_gas_is_seen_by_its_surroundings():
    solid = crystal("fcc", cells=6)
    rng = np.random.default_rng(4)
    position_nc = solid.positions.copy()
    outside = np.abs(position_nc).max(axis=1) > 3.0
    position_nc[outside] += rng.normal(scale=0.5, size=(outside.sum(), 3))
    found = crystal_test(solid.replace(positions=position_nc))
    assert found.share > 0.1
    assert found.crystalline


def test_a_glass_is_no_crystal():
    rng = np.random.default_rng(3)
    state = gk.TAPERED_IPL.random_configuration(300, rng=rng)
    glass = gk.quench(
        gk.swap_monte_carlo(state, gk.TAPERED_IPL.potential, temperature=0.5, sweeps=200, rng=rng).configuration,
        gk.TAPERED_IPL.potential,
    ).configuration
    assert not crystal_test(glass).crystalline


def test_refusals():
    flat, solid = triangular(), crystal("fcc", 2)
    hyper = gk.Configuration(np.random.default_rng(1).random((30, 4)), np.ones(30), np.ones(4))
    with pytest.raises(InputError, match="found d = 2; hexatic"):
        steinhardt(flat)
    with pytest.raises(InputError, match="found d = 3; steinhardt"):
        hexatic(solid)
    with pytest.raises(InputError, match="d = 2 and 3 only, found d = 4"):
        crystal_test(hyper)
    with pytest.raises(InputError, match="'voronoi' or a number"):
        steinhardt(solid, neighbours=40)
    with pytest.raises(InputError, match="from 1 to 20"):
        steinhardt(solid, l=0)
    with pytest.raises(InputError, match="k is 0"):
        hexatic(flat, k=0)
    with pytest.raises(InputError, match="too few"):
        crystal_test(gk.Configuration(solid.positions[:10], np.ones(10), solid.box))


def test_freud_is_loaded_when_used_only():
    code = "import sys, glasskit.observables.bond_order, glasskit.observables.radial; print('freud' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_tilted_cell_of_the_same_crystal():
    """Cell vectors b and c with whole lattice vectors added: the box is another, the crystal is not."""
    solid = crystal("fcc")
    tilted = gk.Configuration(solid.positions, solid.diameters, Box(solid.box.lengths, [1.5, -1.5, 3.0]))
    np.testing.assert_allclose(steinhardt(tilted)[0], 0.57452, atol=2e-5)
    flat = triangular()
    np.testing.assert_allclose(
        hexatic(gk.Configuration(flat.positions, flat.diameters, Box(flat.box.lengths, [2.0]))), 1.0, atol=1e-5
    )
