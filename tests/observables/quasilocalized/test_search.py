"""The library of soft spots: planted truths, converged and distinct modes, the same bits however it is made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import glasskit as gk
from glasskit.errors import ConvergenceError, InputError
from glasskit.observables.quasilocalized import stages
from glasskit.observables.quasilocalized.balls import Ball, BallEnergy, response
from glasskit.observables.quasilocalized.dipoles import chosen_bonds, dipole_responses, pair_stiffness
from glasskit.observables.quasilocalized.energies import QUARTIC, DirectionEnergy
from glasskit.observables.quasilocalized.landscape import ModeLandscape
from glasskit.observables.quasilocalized.lockstep import Inverse, minimise_together
from glasskit.observables.quasilocalized.minimise import minimise
from glasskit.observables.quasilocalized.search import _library, ball_sizes, find_modes
from glasskit.observables.quasilocalized.solve import quartic_mode
from glasskit.seeds import DEFAULT_SEED

POTENTIAL = gk.BINARY_IPL.potential
COUNT = 100


def a_glass(n: int, dimension: int, seed: int):
    rng = np.random.default_rng(seed)
    start = gk.BINARY_IPL.random_configuration(n, dimension=dimension, rng=rng)
    liquid = gk.swap_monte_carlo(start, POTENTIAL, temperature=1.0, sweeps=50, rng=rng).configuration
    return gk.quench(liquid, POTENTIAL, force_tolerance=1e-12).configuration


@pytest.fixture(scope="module")
def glass():
    return a_glass(400, 2, 7)


@pytest.fixture(scope="module")
def landscape(glass):
    return ModeLandscape.of(glass, POTENTIAL)


@pytest.fixture(scope="module")
def library(glass):
    return find_modes(glass, POTENTIAL, count=COUNT)


def overlap(a, b):
    return abs(float(np.vdot(a, b)))


# --- the library ---


def test_the_quartic_mode_of_the_lowest_harmonic_mode_is_in_it(glass, library):
    lowest = gk.lowest_modes(gk.hessian(glass, POTENTIAL), 1, dimension=2).modes[0]
    known = quartic_mode(glass, POTENTIAL, lowest)
    best = max(library, key=lambda mode: overlap(mode.mode, known.mode))
    # gradients of 1e-10 leave differences of 1e-10 · stiffest/softest at most, about 1e-6; overlaps see its square
    assert overlap(best.mode, known.mode) == pytest.approx(1.0, abs=1e-10)
    assert best.stiffness == pytest.approx(known.stiffness, rel=1e-8)


def test_every_mode_is_converged_normalised_and_distinct(landscape, library):
    surface = DirectionEnergy(landscape, QUARTIC)
    for mode in library:
        place = surface.at(mode.mode)
        assert np.linalg.norm(place.gradient) <= max(1e-10, mode.floor)
        assert place.kappa == pytest.approx(mode.stiffness, rel=1e-12)
        assert np.linalg.norm(mode.mode) == pytest.approx(1.0, abs=1e-13)
    off = library.overlaps - np.eye(len(library))
    assert len(library) >= 2
    assert off.max() <= 0.5


def test_every_mode_is_a_minimum(landscape, library, rng):
    surface = DirectionEnergy(landscape, QUARTIC)
    for mode in library:
        z_nc = landscape.projected(mode.mode + 1e-4 * rng.standard_normal(mode.mode.shape) / 30)
        place, _ = minimise(surface, z_nc / np.linalg.norm(z_nc), 1e-8)
        assert overlap(place.z, mode.mode) == pytest.approx(1.0, abs=1e-9)


def test_books_are_kept_of_all_guesses(library):
    assert len(library.origins) == len(library.pairs) == COUNT
    assert library.hits.sum() + sum(library.failures.values()) == COUNT
    assert (library.hits == np.bincount(library.origins[library.origins >= 0])).all()
    assert (library.hits > 0).all()
    assert (np.diff(library.stiffness) >= 0).all()
    assert library.seed == DEFAULT_SEED
    assert library.sensitivity[0.5] == len(library) == len(list(library))
    assert library[0] is library.modes[0]
    numbers = list(library.sensitivity.values())
    assert numbers == sorted(numbers)


def test_duplicates_hand_their_guesses_to_the_softest_of_them(library):
    """Three modes, the last two of them alike; four guesses, one of which failed."""
    e_anc = np.eye(4).reshape(4, 2, 2)
    vectors = [e_anc[0], e_anc[1], (0.8 * e_anc[1] + 0.6 * e_anc[2])]
    modes = [replace(library[0], mode=z, stiffness=k) for z, k in zip(vectors, (3.0, 2.0, 1.0), strict=True)]
    made = _library(
        modes, np.array([0, 1, 2, -1]), {"not converged": 1}, threshold=0.5, tolerance=1e-10, energy="quartic",
        balls=(), selection="given", seed=None, pairs=np.zeros((4, 2), dtype=int),
    )  # fmt: skip
    assert made.stiffness.tolist() == [1.0, 3.0]
    assert made.origins.tolist() == [1, 0, 0, -1]
    assert made.hits.tolist() == [2, 1]
    assert made.sensitivity[0.7] == 2
    assert made.sensitivity[0.9] == 3


def test_the_table_has_a_row_for_each_mode(library):
    table = library.table()
    assert {len(column) for column in table.values()} == {len(library)}
    assert table["chi"] == pytest.approx(table["stiffness"] ** 2 / table["energy"], rel=1e-12)
    assert table["hits"].tolist() == library.hits.tolist()
    moved = np.linalg.norm(library[0].mode, axis=1)
    assert moved[table["core"][0]] == moved.max()


def test_the_same_bits_from_any_number_of_workers(glass, library):
    other = find_modes(glass, POTENTIAL, count=COUNT, workers=2)
    assert np.array_equal(other.vectors, library.vectors)
    assert np.array_equal(other.origins, library.origins)
    assert np.array_equal(other.stiffness, library.stiffness)


def test_fewer_and_given_guesses(glass, library):
    given = find_modes(glass, POTENTIAL, guesses=library.pairs[::10][:, ::-1])
    assert given.selection == "given"
    assert given.pairs.tolist() == library.pairs[::10].tolist()
    for mode in given:
        assert max(overlap(mode.mode, known.mode) for known in library) > 0.999


def test_geometric_and_cubic_modes_are_found_too(glass, library):
    for energy in ("geometric", "cubic"):
        found = find_modes(glass, POTENTIAL, energy=energy, count=20)
        assert {mode.kind for mode in found} == {energy}
        assert all(mode.gradient <= max(1e-10, mode.floor) for mode in found)


def test_progress_counts_every_stage_to_its_end(glass):
    seen = []
    find_modes(glass, POTENTIAL, count=10, progress=lambda *told: seen.append(told))
    assert [name for name, done, total in seen if done == total][:1] == ["dipoles"]
    assert seen[-1][0] == "modes"
    assert seen[-1][1] == seen[-1][2]


def test_failed_guesses_are_counted_with_their_reason(glass, monkeypatch):
    def stubborn(surface, z_nc, tolerance):
        if z_nc[0, 0] > 0.0:
            raise ConvergenceError("never")
        return minimise(surface, z_nc, tolerance)

    monkeypatch.setattr(stages, "minimise", stubborn)
    library = find_modes(glass, POTENTIAL, count=40)
    assert set(library.failures) == {"not converged"}
    assert library.failures["not converged"] == (library.origins < 0).sum() > 0
    assert library.hits.sum() == 40 - library.failures["not converged"]


def test_a_search_in_which_all_guesses_fail_says_so(glass, monkeypatch):
    def never(surface, z_nc, tolerance):
        raise ConvergenceError("never")

    monkeypatch.setattr(stages, "minimise", never)
    with pytest.raises(ConvergenceError, match="none of 5 guesses became a mode") as caught:
        find_modes(glass, POTENTIAL, count=5)
    assert caught.value.partial == {"not converged": 5}


def test_the_plot_shows_both_curves(library):
    axes = library.plot()
    assert len(axes.get_lines()) >= 2
    _, mean = library.saturation()
    assert mean[0] == pytest.approx(0.0, abs=1e-9)  # differences of logarithms of factorials of a hundred
    assert mean[-1] == pytest.approx(len(library))
    assert (np.diff(mean) >= 0).all()


# --- its parts ---


def test_a_ball_is_the_glass_with_its_surroundings_held(landscape, rng):
    ball = Ball.around(landscape, 17, 60)
    assert ball.moving.sum() == 60 - (~landscape.moving[ball.members]).sum()
    z_nc = ball.projected(rng.standard_normal((len(ball.members), 2)))
    z_nc /= np.linalg.norm(z_nc)
    full_nc = np.zeros_like(landscape.configuration.positions)
    full_nc[ball.members] = z_nc
    inner, outer = BallEnergy(ball, QUARTIC).at(z_nc), DirectionEnergy(landscape, QUARTIC).at(full_nc)
    assert inner.kappa == pytest.approx(outer.kappa, rel=1e-12)
    assert inner.t == pytest.approx(outer.t, rel=1e-12)
    held = ~ball.moving
    assert not inner.gradient[held].any()
    assert inner.gradient[~held] == pytest.approx(outer.gradient[ball.members][~held], rel=1e-9, abs=1e-9)


def test_the_response_of_a_ball_solves_its_hessian(glass, landscape):
    ball = Ball.around(landscape, 17, 60)
    force_nc = ball.projected(np.random.default_rng(3).standard_normal((len(ball.members), 2)))
    moved_nc = response(ball, force_nc)
    inside = ball.members[ball.moving]
    rows = (2 * inside[:, None] + np.arange(2)).ravel()
    matrix = gk.hessian(glass, POTENTIAL).toarray()[np.ix_(rows, rows)]
    left = matrix @ moved_nc[ball.moving].ravel() - force_nc[ball.moving].ravel()
    assert np.linalg.norm(left) < 0.011 * np.linalg.norm(force_nc)  # a percent was asked for
    assert not moved_nc[~ball.moving].any()


def test_balls_grow_up_to_a_share_of_the_glass():
    assert ball_sizes(255) == ()
    assert ball_sizes(400) == (64,)
    assert ball_sizes(10_000) == (64, 256, 1024)


def test_in_lockstep_the_same_minima_as_alone(glass, landscape):
    inverse = Inverse(glass, POTENTIAL)
    modes = gk.lowest_modes(gk.hessian(glass, POTENTIAL), 3, dimension=2).modes
    together = minimise_together(
        list(modes),
        lambda: DirectionEnergy(landscape, QUARTIC),
        inverse,
        1e-9,
        lambda surface, start, place, steps: place,
    )
    for start_nc, place in zip(modes[:1], together[:1], strict=True):
        alone, _ = minimise(DirectionEnergy(landscape, QUARTIC), start_nc, 1e-9)
        assert overlap(alone.z, place.z) == pytest.approx(1.0, abs=1e-10)
    for place in together:
        assert np.linalg.norm(place.gradient) <= 1e-9


def test_the_inverse_undoes_the_hessian(glass, rng):
    u_bnc = rng.standard_normal((3, 400, 2))
    u_bnc -= u_bnc.mean(axis=1, keepdims=True)
    matrix = gk.hessian(glass, POTENTIAL)
    force_bnc = (matrix @ u_bnc.reshape(3, -1).T).T.reshape(u_bnc.shape)
    moving = ModeLandscape.of(glass, POTENTIAL).moving
    back_bnc = Inverse(glass, POTENTIAL)(force_bnc)
    if not moving.all():
        u_bnc = np.where(moving[None, :, None], u_bnc, 0.0)
        u_bnc[:, moving] -= u_bnc[:, moving].mean(axis=1, keepdims=True)
    # the shift left in is eight resolutions, 4 (n+100) eps ‖M‖ = 5e-9 here, of softest stiffnesses of about 0.5
    assert np.abs(back_bnc - u_bnc).max() < 1e-6


def test_dipole_responses_against_a_dense_solve(glass, landscape):
    pairs = np.column_stack((landscape.i, landscape.j))[[3, 500]]
    found = dipole_responses(glass, POTENTIAL, pairs[:, ::-1])
    matrix = gk.hessian(glass, POTENTIAL).toarray()
    for bond, u_nc, stiffness in zip((3, 500), found.responses, found.stiffness, strict=True):
        force_nc = np.zeros_like(u_nc)
        unit = landscape.vectors[:, bond] / np.linalg.norm(landscape.vectors[:, bond])
        force_nc[landscape.i[bond]], force_nc[landscape.j[bond]] = -unit, unit
        exact = np.linalg.lstsq(matrix, force_nc.ravel(), rcond=1e-10)[0]
        # error of the solves: condition of 1e4 times residuals of 1e-15, amply
        assert u_nc.ravel() == pytest.approx(exact, abs=1e-9 * np.abs(exact).max())
        assert stiffness == pytest.approx(exact @ matrix @ exact / (exact @ exact), rel=1e-8)
    assert found.frequencies == pytest.approx(np.sqrt(found.stiffness))


def test_pair_stiffness_is_that_of_the_bare_dipole(glass, landscape):
    matrix = gk.hessian(glass, POTENTIAL)
    stiffness = pair_stiffness(landscape)
    for bond in (0, 77, landscape.i.size - 1):
        direction_nc = np.zeros_like(glass.positions)
        unit = landscape.vectors[:, bond] / np.linalg.norm(landscape.vectors[:, bond])
        direction_nc[landscape.i[bond]], direction_nc[landscape.j[bond]] = -unit, unit
        flat = direction_nc.ravel() / np.sqrt(2.0)
        assert stiffness[bond] == pytest.approx(flat @ (matrix @ flat), rel=1e-10)


def test_pairs_are_chosen_as_asked(landscape):
    rng = np.random.default_rng(0)
    stiffness = pair_stiffness(landscape)
    softest = chosen_bonds(landscape, "softest", 20, rng)
    assert stiffness[softest].max() < np.delete(stiffness, softest).min()
    assert chosen_bonds(landscape, "all", None, rng).tolist() == list(range(landscape.i.size))
    random = chosen_bonds(landscape, "random", None, rng)
    assert len(set(random.tolist())) == landscape.configuration.number_of_particles


# --- bad input ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"energy": "quintic"}, "energy: expected one of quartic, cubic, geometric"),
        ({"guesses": "best"}, "guesses: expected one of random, softest, all"),
        ({"guesses": [[0, 1, 2]]}, r"pairs: expected integers of shape \(G, 2\)"),
        ({"guesses": [[0, 0]]}, "particles 0 and 0 do not interact"),
        ({"guesses": "all", "count": 3}, "count: found 3 with guesses that say all pairs"),
        ({"count": 0}, "count: expected an integer from 1"),
        ({"count": 10**6}, "count: expected an integer from 1"),
        ({"threshold": 1.5}, "threshold: expected an overlap between 0 and 1"),
        ({"tolerance": 0.5}, "tolerance: expected a number between 0 and"),
        ({"workers": 0}, "workers: expected an integer of at least 1"),
        ({"rng": 7}, "rng is int; expected numpy.random.default_rng"),
    ],
)
def test_what_cannot_be_used_is_refused(glass, options, message):
    with pytest.raises(InputError, match=message):
        find_modes(glass, POTENTIAL, **options)


def test_a_glass_that_is_not_quenched_is_refused(glass, rng):
    shaken = glass.replace(positions=glass.positions + 1e-6 * rng.standard_normal(glass.positions.shape))
    with pytest.raises(InputError, match="quench it with force_tolerance"):
        find_modes(shaken, POTENTIAL)


def test_a_stiffness_below_all_modes_is_refused(library):
    with pytest.raises(InputError, match="below: the softest mode has stiffness"):
        library.completeness(below=1e-9)
