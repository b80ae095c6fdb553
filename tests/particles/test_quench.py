"""Quenches: both minimisers from every kind of start, one stopping rule, no pair lost, exact minima."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import scipy.optimize
from potential_cases import CASES, lattice

import glasskit as gk
from glasskit import reference
from glasskit.errors import ConvergenceError, InputError
from glasskit.particles.configuration import Configuration
from glasskit.particles.quench import METHODS, fire, lbfgs, newton
from glasskit.particles.quench.overlaps import EXTREME, separate_overlaps
from glasskit.particles.quench.stopping import StoppingRule
from glasskit.particles.quench.surface import EnergySurface, Point

MODEL = gk.TAPERED_IPL
both_methods = pytest.mark.parametrize("method", METHODS)


def random_start(n: int = 200, seed: int = 0) -> Configuration:
    return MODEL.random_configuration(n, rng=np.random.default_rng(seed))


def liquid(temperature: float, sweeps: int) -> Configuration:
    rng = np.random.default_rng(7)
    return gk.swap_monte_carlo(
        random_start(seed=1), MODEL.potential, temperature=temperature, sweeps=sweeps, rng=rng
    ).configuration


STARTS = {"random": random_start, "hot": lambda: liquid(5.0, 50), "cold": lambda: liquid(0.2, 400)}


@pytest.fixture(scope="module")
def starts() -> dict[str, Configuration]:
    return {name: make() for name, make in STARTS.items()}


def all_pairs_forces(configuration: Configuration, potential) -> tuple[np.ndarray, float]:
    """Forces and rms phi' as plain sums over all pairs, from the derivatives, not from the kernels of the quench."""
    i, j = np.triu_indices(configuration.number_of_particles, k=1)
    vector_pc = configuration.box.minimum_image(configuration.positions[j] - configuration.positions[i])
    r_p = np.linalg.norm(vector_pc, axis=1)
    a_p = potential.pair_diameter(configuration.diameters[i], configuration.diameters[j])
    slope_p = potential.pair_derivatives(r_p, a_p, order=1)[1]
    force_nc = np.zeros_like(configuration.positions)
    np.add.at(force_nc, i, (slope_p / r_p)[:, None] * vector_pc)
    np.subtract.at(force_nc, j, (slope_p / r_p)[:, None] * vector_pc)
    return force_nc, float(np.sqrt(np.mean(slope_p[r_p < potential.cutoff_of(a_p)] ** 2)))


def assert_minimum(configuration: Configuration, potential, zero_modes: int) -> None:
    eigenvalues = reference.spectrum(gk.hessian(configuration, potential).toarray())
    # Eigenvalues are exact to about eps · largest · a few; the softest modes of such glasses lie above 1e-6 largest.
    rounding = 1e-11 * eigenvalues[-1]
    assert np.count_nonzero(np.abs(eigenvalues) < rounding) == zero_modes
    assert eigenvalues[0] > -rounding


@both_methods
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("tolerance", [1e-10, 1e-12])
def test_reaches_a_minimum_from_every_start(starts, start, method, tolerance):
    glass = gk.quench(starts[start], MODEL.potential, method=method, force_tolerance=tolerance)
    force_nc, bond_force = all_pairs_forces(glass.configuration, MODEL.potential)
    assert glass.relative_force <= tolerance
    # Two summations of about 31 bond forces differ by at most 31 eps · a few bond forces.
    assert np.abs(force_nc).max() / bond_force <= tolerance + 1e-13
    assert glass.max_force / glass.relative_force == pytest.approx(bond_force, rel=1e-12)
    assert not glass.met_at_floor
    assert glass.energy == pytest.approx(reference.potential_energy(glass.configuration, MODEL.potential), rel=1e-12)
    assert glass.energy < gk.potential_energy(starts[start], MODEL.potential)
    assert glass.rattlers.size == 0
    assert (glass.method, glass.force_tolerance) == (method, tolerance)
    assert 0 < glass.iterations <= glass.force_evaluations
    assert (glass.hessian_products > 0) == (method == "lbfgs")
    assert_minimum(glass.configuration, MODEL.potential, zero_modes=3)


@pytest.mark.parametrize("dimension", [2, 3])
def test_newton_step_solves_the_linear_system(dimension, rng):
    model = gk.BINARY_IPL if dimension == 2 else MODEL
    glass = gk.quench(model.random_configuration(200, dimension=dimension, rng=rng), model.potential)
    surface = EnergySurface(glass.configuration, model.potential)
    pairs = surface.pairs(surface.start())
    force_nc = rng.normal(size=(200, dimension))
    force_nc -= force_nc.mean(axis=0)  # translations are not in the range of M
    step_nc = np.empty_like(force_nc)
    solve = newton.make_newton_step(dimension)
    products = solve(pairs.i, pairs.j, pairs.vectors, pairs.radial, force_nc, 1e-10, step_nc)
    matrix = gk.hessian(glass.configuration, model.potential)
    assert np.linalg.norm(matrix @ step_nc.ravel() - force_nc.ravel()) < 1e-9 * np.linalg.norm(force_nc)
    assert 0 < products < 3 * matrix.shape[0]


def test_newton_steps_are_refused_where_the_energy_curves_down(starts):
    surface = EnergySurface(starts["hot"], MODEL.potential)
    point = surface.start()
    pairs, step_nc = surface.pairs(point), np.empty_like(point.positions)
    solve = newton.make_newton_step(3)
    assert reference.spectrum(gk.hessian(starts["hot"], MODEL.potential).toarray())[0] < 0
    assert solve(pairs.i, pairs.j, pairs.vectors, pairs.radial, point.forces, 1e-6, step_nc) < 0
    rule, trial = StoppingRule(surface, 1e-10, 100), Point(point.positions)
    last, steps = newton.finish(surface, rule, point, trial, longest=0.1)
    assert (last is point, steps) == (True, 0)


@both_methods
@pytest.mark.parametrize(("model", "dimension"), [(gk.BINARY_IPL, 2), (gk.NBC, 3)], ids=["binary 2D", "NBC"])
def test_other_models(model, dimension, method, rng):
    start = model.random_configuration(200, dimension=dimension, rng=rng)
    glass = gk.quench(start, model.potential, method=method, force_tolerance=1e-12)
    assert glass.relative_force <= 1e-12
    assert_minimum(glass.configuration, model.potential, dimension)


@both_methods
@pytest.mark.parametrize(
    ("potential", "density"),
    [(gk.InversePowerLaw(taper=1), 1.0), (gk.HarmonicSpheres(), 1.2)],
    ids=["m = 1", "spheres"],
)
def test_second_derivatives_that_jump_do_not_matter(potential, density, method, rng):
    start = gk.random_configuration(200, density=density, diameters=MODEL.diameters, rng=rng)
    glass = gk.quench(start, potential, method=method, force_tolerance=1e-12)
    force_nc, bond_force = all_pairs_forces(glass.configuration, potential)
    assert np.abs(force_nc).max() <= (1e-12 + 1e-13) * bond_force


@both_methods
@pytest.mark.parametrize("name", CASES)
def test_every_registered_potential(name, method):
    case = CASES[name]
    start = lattice(3, jitter=0.3, diameters=case.diameters, seed=3)
    glass = gk.quench(start, case.potential, method=method)
    force_nc, bond_force = all_pairs_forces(glass.configuration, case.potential)
    assert np.abs(force_nc).max() <= (1e-10 + 1e-13) * bond_force


def test_both_methods_land_in_states_of_equal_energy():
    energy_sm = np.array(
        [
            [gk.quench(random_start(100, seed), MODEL.potential, method=method).energy / 100 for method in METHODS]
            for seed in range(20)
        ]
    )
    difference_s = energy_sm[:, 0] - energy_sm[:, 1]
    # Student's t with 19 degrees of freedom exceeds 6 in size with probability 9e-6.
    assert abs(difference_s.mean()) < 6 * difference_s.std(ddof=1) / math.sqrt(20)


@both_methods
@pytest.mark.parametrize("start", STARTS)
def test_the_result_is_what_the_public_functions_say(starts, start, method):
    glass = gk.quench(starts[start], MODEL.potential, method=method, force_tolerance=1e-3)
    assert glass.energy == gk.potential_energy(glass.configuration, MODEL.potential)
    assert glass.max_force == np.abs(gk.forces(glass.configuration, MODEL.potential)).max()


def test_a_quenched_glass_stays_where_it_is(starts):
    glass = gk.quench(starts["cold"], MODEL.potential)
    again = gk.quench(glass.configuration, MODEL.potential)
    np.testing.assert_array_equal(again.configuration.positions, glass.configuration.positions)
    assert (again.iterations, again.relative_force) == (0, glass.relative_force)


@both_methods
def test_whole_box_vectors_change_nothing(method, rng):
    # Multiples of 2^-30 in a box of edge 6: the shifted coordinates are exact, so every bit must agree.
    start = random_start(216)
    position_nc = np.round(start.positions * 2.0**30) / 2.0**30
    shift_nc = 6.0 * rng.integers(-5, 6, position_nc.shape)
    box = np.full(3, 6.0)
    glasses = [
        gk.quench(Configuration(x, start.diameters, box), MODEL.potential, method=method, force_tolerance=1e-6)
        for x in (position_nc, position_nc + shift_nc)
    ]
    np.testing.assert_array_equal(glasses[0].configuration.positions, glasses[1].configuration.positions)
    assert glasses[0].energy == glasses[1].energy


@both_methods
@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_two_particles_find_the_minimum_of_their_potential(method, dimension):
    potential = gk.LennardJones()
    exact = scipy.optimize.brentq(lambda r: potential.pair_derivatives(r, 1.0, order=1)[1], 1.0, 1.3, xtol=1e-15)
    direction = np.arange(1.0, dimension + 1)
    position_nc = np.stack((np.zeros(dimension), 1.4 * direction / np.linalg.norm(direction)))
    # The other particle is reached through the periodic boundary.
    glass = gk.quench(Configuration(position_nc + 3.9, np.ones(2), np.full(dimension, 8.0)), potential, method=method)
    found = np.linalg.norm(glass.configuration.box.minimum_image(np.diff(glass.configuration.positions, axis=0)))
    # One bond is both the net and the typical force: only the floor ends it, where the bond is exact to roundings.
    assert glass.met_at_floor
    assert found == pytest.approx(exact, abs=16 * np.finfo(float).eps * 4.0)
    assert glass.energy == pytest.approx(potential.pair_energy(exact, 1.0), rel=1e-14)


def test_a_tolerance_below_the_floor_is_met_at_the_floor(starts):
    for method in METHODS:
        glass = gk.quench(starts["cold"], MODEL.potential, method=method, force_tolerance=1e-20)
        assert glass.met_at_floor
        assert 1e-20 < glass.relative_force <= glass.floor < 1e-12


def test_the_floor_is_what_rounding_of_coordinates_does(starts, rng):
    glass = gk.quench(starts["cold"], MODEL.potential, force_tolerance=1e-20)
    # Farther from the origin coordinates are coarser; a shift by multiples of L/2 + rounding changes forces by as much.
    position_nc = (glass.configuration.positions + 2.0**20) - 2.0**20
    force_nc = gk.forces(glass.configuration.replace(positions=position_nc), MODEL.potential)
    coarser = np.spacing(2.0**20) / np.spacing(np.abs(glass.configuration.positions).max())
    bond_force = glass.max_force / glass.relative_force
    assert 0.02 < np.abs(force_nc).max() / bond_force / (glass.floor * coarser) < 1.0


def surfaces_agree(surface: EnergySurface, point: Point) -> bool:
    fresh = Point(point.positions)
    surface.evaluate_afresh(fresh)
    same_energy = math.isclose(point.energy, fresh.energy, rel_tol=1e-12)
    same_bonds = math.isclose(point.bond_force, fresh.bond_force, rel_tol=1e-12)
    return (
        same_energy
        and same_bonds
        and np.allclose(point.forces, fresh.forces, rtol=0, atol=1e-13 * fresh.bond_force * 100)
    )


@pytest.mark.parametrize("length", [0.01, 0.05, 0.11, 0.3, 2.0, 6.0])
def test_no_pair_is_lost_however_far_particles_move(starts, length, rng):
    glass = gk.quench(starts["cold"], MODEL.potential, force_tolerance=1e-3).configuration
    surface = EnergySurface(glass, MODEL.potential)
    point, listed = surface.start(), surface.builds
    drift_nc = rng.normal(size=point.positions.shape)
    drift_nc *= length / np.linalg.norm(drift_nc, axis=1).max()
    for step in range(30):
        move_nc = drift_nc
        if step % 2:  # one particle on its own
            move_nc = np.zeros_like(drift_nc)
            move_nc[rng.integers(200)] = drift_nc[0]
        point.positions[:] = glass.box.wrap(point.positions + move_nc)
        surface.evaluate(point)
        assert surfaces_agree(surface, point)
    assert surface.builds - listed - 30 >= 1  # every comparison made one


def test_lists_are_reused_between_small_steps(starts):
    glass = gk.quench(starts["cold"], MODEL.potential)
    surface = EnergySurface(starts["cold"], MODEL.potential)
    lbfgs.minimise(surface, StoppingRule(surface, 1e-10, 10_000), surface.start())
    assert surface.builds < 0.25 * glass.force_evaluations


@both_methods
@pytest.mark.parametrize("distance", [1e-3, 1e-13])
def test_extreme_overlaps(method, distance):
    # Energies of 1e36 and 1e156; the square of the bond force overflows in the second.
    start = random_start()
    position_nc = np.array(start.positions)
    position_nc[1] = position_nc[0] + [distance, 0.0, 0.0]
    overlapping = start.replace(positions=position_nc)
    assert gk.potential_energy(overlapping, MODEL.potential) > 1e35
    glass = gk.quench(overlapping, MODEL.potential, method=method)
    assert glass.relative_force <= 1e-10
    assert glass.energy / 200 < 1.5


def test_liquids_pass_the_first_stage_untouched(starts):
    for name in ("hot", "cold"):
        surface = EnergySurface(starts[name], MODEL.potential)
        point = separate_overlaps(surface, surface.start())
        np.testing.assert_array_equal(point.positions, starts[name].positions)
    surface = EnergySurface(starts["random"], MODEL.potential)
    first = surface.start()
    assert first.relative_force > EXTREME > separate_overlaps(surface, first).relative_force


class Watched(EnergySurface):
    """A surface that records the largest move of a particle between evaluations."""

    largest_move = 0.0

    def evaluate(self, point: Point) -> None:
        if hasattr(self, "last"):
            move_nc = self.configuration.box.minimum_image(point.positions - self.last)
            self.largest_move = max(self.largest_move, float(np.linalg.norm(move_nc, axis=1).max()))
        self.last = point.positions.copy()
        super().evaluate(point)


@pytest.mark.parametrize(("module", "name"), [(fire, "LONGEST_MOVE"), (lbfgs, "LONGEST_STEP")], ids=["fire", "lbfgs"])
def test_moves_are_capped_per_particle(starts, module, name, monkeypatch):
    monkeypatch.setattr(module, name, 0.002)
    surface = Watched(starts["hot"], MODEL.potential)
    module.minimise(surface, StoppingRule(surface, 1e-10, 200), surface.start())
    # FIRE takes back half a step before it makes one.
    assert 0.001 < surface.largest_move / surface.mean_diameter <= 0.002 * 1.500001


@both_methods
def test_a_gas_is_converged_and_rattles(method, rng):
    spheres = gk.HarmonicSpheres()
    start = gk.random_configuration(50, density=1e-6, diameters=np.ones(50), rng=rng)
    glass = gk.quench(start, spheres, method=method)
    assert (glass.energy, glass.max_force, glass.relative_force, glass.floor) == (0.0, 0.0, 0.0, 0.0)
    assert (glass.iterations, glass.met_at_floor) == (0, False)
    np.testing.assert_array_equal(glass.rattlers, np.arange(50))
    np.testing.assert_array_equal(glass.configuration.positions, start.positions)
    assert gk.quench(Configuration([[0.0, 0.0]], [1.0], [4.0, 4.0]), spheres, method=method).rattlers.tolist() == [0]


@both_methods
@pytest.mark.parametrize(
    "potential", [gk.HarmonicSpheres(), gk.InversePowerLaw(taper=math.inf)], ids=["spheres", "IPL"]
)
def test_below_rigidity_bonds_vanish_and_forces_reach_their_floor(potential, method, rng):
    start = gk.random_configuration(100, density=0.12, diameters=MODEL.diameters, rng=rng)
    glass = gk.quench(start, potential, method=method)
    force_nc = gk.forces(glass.configuration, potential)
    assert np.abs(force_nc).max() < 1e-13
    assert glass.energy < 1e-13


def test_rattlers_are_the_zero_blocks_of_the_hessian(rng):
    spheres = gk.HarmonicSpheres()
    packed = gk.random_configuration(100, density=1.3, diameters=np.ones(100), rng=rng)
    packed = gk.quench(packed, spheres).configuration
    # Two specks in the two largest holes of 20,000 random places.
    place_kc = (rng.random((20_000, 3)) - 0.5) * packed.box.lengths
    vector_knc = packed.box.minimum_image(place_kc[:, None] - packed.positions[None])
    gap_k = np.linalg.norm(vector_knc, axis=2).min(axis=1)
    first = int(gap_k.argmax())
    far_k = np.linalg.norm(packed.box.minimum_image(place_kc - place_kc[first]), axis=1) > 0.5
    speck_nc = place_kc[[first, int(np.where(far_k, gap_k, 0).argmax())]]
    start = Configuration(
        np.concatenate((packed.positions, speck_nc)), np.append(np.ones(100), [0.02, 0.02]), packed.box
    )
    glass = gk.quench(start, spheres, force_tolerance=1e-12)
    assert glass.rattlers.tolist() == [100, 101]
    assert_minimum(glass.configuration, spheres, zero_modes=3 + 3 * 2)


def test_running_out_of_evaluations_carries_the_result_so_far(starts):
    for method in METHODS:
        with pytest.raises(ConvergenceError, match=r"after .* force evaluations, expected 1e-10") as caught:
            gk.quench(starts["hot"], MODEL.potential, method=method, max_evaluations=40)
        partial = pickle.loads(pickle.dumps(caught.value)).partial
        assert 1e-10 < partial.relative_force < math.inf
        assert 40 <= partial.force_evaluations < 80  # a line search under way is finished
        assert partial.energy == gk.potential_energy(partial.configuration, MODEL.potential)
        assert partial.energy < gk.potential_energy(starts["hot"], MODEL.potential)
        assert not partial.met_at_floor


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "newton"}, "method: expected one of 'lbfgs', 'fire', found 'newton'"),
        ({"force_tolerance": 0.0}, "force_tolerance: must be positive"),
        ({"force_tolerance": -1e-10}, "force_tolerance: must be positive"),
        ({"force_tolerance": math.nan}, "force_tolerance: must be positive"),
        ({"max_evaluations": 0}, "max_evaluations: must be at least 1"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        gk.quench(random_start(), MODEL.potential, **options)


def test_bad_starts_are_refused():
    with pytest.raises(InputError, match="half the shortest box edge"):
        gk.quench(random_start(50), MODEL.potential)
    start = random_start()
    position_nc = np.array(start.positions)
    position_nc[1] = position_nc[0]
    with pytest.raises(InputError, match="coincide"):
        gk.quench(start.replace(positions=position_nc), MODEL.potential)
