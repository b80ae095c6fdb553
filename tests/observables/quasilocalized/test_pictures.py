"""Pictures: what is drawn where, how long, and which glasses are refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

import glasskit as gk
from glasskit.errors import InputError
from glasskit.observables.quasilocalized.pictures import SHORTEST, plot_core, plot_difference, plot_mode


def grid(dimension, edge=12, tilts=None):
    """Particles on a square or cubic lattice of unit spacing: density 1, a_0 = 1."""
    place_nc = np.stack(np.meshgrid(*[np.arange(float(edge))] * dimension, indexing="ij"), -1).reshape(-1, dimension)
    box = gk.Box(np.full(dimension, float(edge)), tilts)
    return gk.Configuration(place_nc + 0.25, np.linspace(0.5, 1.0, len(place_nc)), box)


def spot(configuration, centre):
    """A mode that decays around a place, each particle moving its own way."""
    distance_n = np.linalg.norm(configuration.box.minimum_image(configuration.positions - np.asarray(centre)), axis=1)
    direction_nc = np.random.default_rng(1).normal(size=configuration.positions.shape)
    direction_nc /= np.linalg.norm(direction_nc, axis=1)[:, None]
    return np.exp(-(distance_n**2) / 4)[:, None] * direction_nc


def quiver(ax):
    (found,) = [child for child in ax.get_children() if isinstance(child, Quiver)]
    return found


@pytest.mark.parametrize("tilts", [None, [2.5]])
def test_every_visible_particle_has_its_arrow_where_it_is(tilts):
    glass = grid(2, tilts=tilts)
    corner = glass.box.wrap(np.array([6.0, 6.0]))  # the core lies across the boundary
    mode_nc = spot(glass, corner)
    arrows = quiver(plot_mode(glass, 7.0 * mode_nc, centre=corner, longest=4.0))
    length_n = np.linalg.norm(mode_nc, axis=1)
    visible = 4.0 * length_n / length_n.max() > SHORTEST
    assert 10 < visible.sum() < 100
    relative_nc = glass.box.wrap(glass.positions - corner)
    expected = np.hstack([relative_nc, 4.0 * mode_nc / length_n.max()])[visible]
    drawn = np.stack([arrows.X, arrows.Y, arrows.U, arrows.V], axis=1)
    order = np.lexsort(np.round(expected[:, :2], 6).T), np.lexsort(np.round(drawn[:, :2], 6).T)
    np.testing.assert_allclose(drawn[order[1]], expected[order[0]], atol=1e-9)
    # one unit of an arrow is one unit of length on the axes
    assert (arrows.scale, arrows.angles, arrows.scale_units) == (1.0, "xy", "xy")


def test_the_core_is_in_the_middle():
    glass = grid(2)
    arrows = quiver(plot_mode(glass, spot(glass, [5.75, -5.75])))
    length = np.hypot(arrows.U, arrows.V)
    assert length.max() == pytest.approx(4)
    middle = np.average(np.stack([arrows.X, arrows.Y]), axis=1, weights=length**4)
    np.testing.assert_allclose(middle, 0, atol=1e-6)  # where the mean shift came to rest


@pytest.mark.parametrize("colour", ["direction", "amplitude"])
def test_colours_tell_direction_or_amplitude(colour):
    glass = grid(2)
    arrows = quiver(plot_mode(glass, spot(glass, [0, 0]), colour=colour))
    told = {"direction": np.arctan2(arrows.V, arrows.U), "amplitude": np.hypot(arrows.U, arrows.V)}[colour]
    np.testing.assert_allclose(arrows.get_array(), told)


def test_particles_are_circles_of_their_diameters():
    glass = grid(2)
    circles = [c for c in plot_mode(glass, spot(glass, [0, 0])).collections if isinstance(c, EllipseCollection)]
    np.testing.assert_allclose(circles[0].get_widths(), glass.diameters)
    np.testing.assert_allclose(circles[0].get_heights(), glass.diameters)
    assert len(circles[0].get_offsets()) == 144
    bare = plot_mode(glass, spot(glass, [0, 0]), particles=False)
    assert not [c for c in bare.collections if isinstance(c, EllipseCollection)]


def roots(ax):
    """Places of the dots at the roots of arrows in three dimensions."""
    dots = [c for c in ax.collections if hasattr(c, "_offsets3d")]
    return np.concatenate([np.stack([np.asarray(x) for x in dot._offsets3d], axis=1) for dot in dots])


def test_a_core_shows_the_particles_that_move_most():
    glass = grid(3, edge=8)
    centre = np.array([3.75, -3.75, 0.25])
    mode_nc = spot(glass, centre)
    most = np.argsort(-np.linalg.norm(mode_nc, axis=1), kind="stable")[:26]  # 5 % of 512
    expected = glass.box.wrap(glass.positions - centre)[most]
    found = roots(plot_core(glass, mode_nc, part=0.05, centre=centre))
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(expected, axis=0), atol=1e-9)
    near = roots(plot_core(glass, mode_nc, part=0.05, centre=centre, reach=0.6))
    assert len(near) == (np.abs(expected) <= 0.6).all(axis=1).sum() < 26


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_mode_beside_its_parent(dimension):
    glass = grid(dimension, edge=10)
    pi_nc = spot(glass, np.zeros(dimension))
    pi_nc /= np.linalg.norm(pi_nc)
    wave_nc = np.zeros_like(pi_nc)
    wave_nc[:, 0] = np.sin(2 * np.pi * glass.positions[:, 1] / 10)
    psi_nc = pi_nc + 0.01 * wave_nc
    axes = plot_difference(glass, -3 * psi_nc, pi_nc)
    unit_nc = psi_nc / np.linalg.norm(psi_nc)
    overlap = np.vdot(unit_nc, pi_nc)
    largest = np.linalg.norm(pi_nc, axis=1).max() / np.linalg.norm(pi_nc - unit_nc, axis=1).max()
    titles = [ax.get_title() for ax in axes]
    assert titles[0].startswith("harmonic")
    assert titles[1].startswith("nonlinear")
    assert float(re.search(r", ([\d.]+)\$\\times", titles[2])[1]) == pytest.approx(largest, rel=0.01)
    number, power = re.search(r"= ([\d.]+)(?:\\times10\^\{(-\d+)\})?\$$", titles[2]).groups(default="0")
    value = float(number) * 10.0 ** int(power)
    assert value == pytest.approx(1 - overlap, rel=0.05)  # two digits
    if dimension == 2:
        first, second, third = (quiver(ax) for ax in axes)
        # the parent is turned to point the same way, and the wave is what is left
        assert np.vdot([first.U[-1], first.V[-1]], [second.U[-1], second.V[-1]]) > 0
        assert [np.hypot(q.U, q.V).max() for q in (first, second, third)] == pytest.approx([4, 4, 4])
        assert len(third.X) > len(second.X)


def test_pictures_can_be_saved(tmp_path):
    for dimension in (2, 3):
        glass = grid(dimension, edge=7)
        mode_nc = spot(glass, np.zeros(dimension))
        ax = (plot_mode if dimension == 2 else plot_core)(glass, mode_nc)
        ax.figure.savefig(tmp_path / f"{dimension}.png", dpi=30)
        assert (tmp_path / f"{dimension}.png").stat().st_size > 1000


FLAT, DEEP = grid(2, edge=6), grid(3, edge=6)


@pytest.mark.parametrize(
    ("function", "glass", "mode", "options", "message"),
    [
        (plot_mode, DEEP, DEEP.positions, {}, "glass in 3 dimensions; expected 2; plot_core draws those"),
        (plot_core, FLAT, FLAT.positions, {}, "glass in 2 dimensions; expected 3; plot_mode draws those"),
        (plot_mode, grid(4, edge=3), np.ones((81, 4)), {}, r"glass in 4 dimensions; expected 2\."),
        (plot_mode, FLAT, np.ones((36, 3)), {}, r"of shape \(36, 2\), found shape \(36, 3\)"),
        (plot_mode, FLAT, np.zeros((36, 2)), {}, "not all zero"),
        (plot_mode, FLAT, np.full((36, 2), np.nan), {}, "expected finite displacements"),
        (plot_mode, FLAT, FLAT.positions, {"longest": 0.0}, r"longest is 0.0; expected a positive length"),
        (plot_mode, FLAT, FLAT.positions, {"colour": "size"}, "colour is 'size'; expected one of direction, amplitude"),
        (plot_mode, FLAT, FLAT.positions, {"centre": [1.0]}, "centre: expected 2 coordinates"),
        (plot_core, DEEP, DEEP.positions, {"part": 0.0}, "part is 0.0; expected a part of the particles"),
        (plot_core, DEEP, DEEP.positions, {"reach": 0.01, "centre": [0.0] * 3}, r"reach is 0.01: none of the 4"),
        (plot_core, DEEP, DEEP.positions, {"ax": Figure().add_subplot()}, "expected three-dimensional axes"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_sentence(function, glass, mode, options, message):
    with pytest.raises(InputError, match=message):
        function(glass, mode, **options)


def test_differences_that_cannot_be_drawn():
    mode_nc = spot(FLAT, [0, 0])
    with pytest.raises(InputError, match="are the same mode; there is no difference"):
        plot_difference(FLAT, -2 * mode_nc, mode_nc)
    with pytest.raises(InputError, match="axes: expected three"):
        plot_difference(FLAT, mode_nc + 0.1, mode_nc, [Figure().add_subplot()])
    with pytest.raises(InputError, match="harmonic: expected real displacements"):
        plot_difference(FLAT, mode_nc[:-1], mode_nc)
