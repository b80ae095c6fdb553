"""Steps of the gradient flow against an integrator that knows nothing of Hessians."""

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg

from glasskit.meanfield import flow, minimise
from glasskit.meanfield.couplings import random_couplings
from glasskit.meanfield.flow import flow_step
from glasskit.meanfield.khgps import KHGPS
from glasskit.meanfield.landscape import Landscape
from glasskit.reference.meanfield import khgps_gradient

SIZE = 60


def landscape(strength, seed=1, field=0.01):
    rng = np.random.default_rng(seed)
    return Landscape(rng.uniform(0.0, 1.0, SIZE), random_couplings(SIZE, strength, rng), field, strength)


def followed(of, x, time):
    """The flow after `time` by an integrator of eighth order, with the dense matrix."""
    disorder = {"stiffnesses": of.stiffnesses, "couplings": of.couplings.dense(), "field": of.field}

    def descent(_, state):
        return -khgps_gradient(state, **disorder)

    return scipy.integrate.solve_ivp(descent, (0.0, time), x, method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]


@pytest.mark.parametrize("strength", [0.1, 1.0])
@pytest.mark.parametrize("width", [0.1, 1.0])
def test_the_error_of_a_step_is_what_was_allowed(strength, width):
    of = landscape(strength)
    start = of.at(width * np.random.default_rng(2).standard_normal(SIZE))
    for tolerance in (1e-2, 1e-3, 1e-4):
        step = flow_step(of, start, 1e-3, tolerance)
        for _ in range(20):  # until its estimate is 0.9³ of what is allowed
            step = flow_step(of, start, step.next_length, tolerance)
            if step.next_length == pytest.approx(step.length, rel=0.01):
                break
        expected = followed(of, start.coordinates, step.length)
        scale = np.sqrt(max(np.mean(start.coordinates**2), np.mean(expected**2)))
        error = np.sqrt(np.mean((step.end.coordinates - expected) ** 2)) / (tolerance * scale)
        # with the error of the space, at most 0.3; the estimate forgets what neighbours do to what is left out
        assert 0.4 < error < 1.2


@pytest.mark.parametrize("length", [0.01, 1.0, 30.0])
def test_both_estimates_are_those_of_their_formulas(length):
    of = landscape(0.3)
    start = of.at(np.random.default_rng(3).standard_normal(SIZE))
    space = flow._Space(of, start)
    for _ in range(8):
        space.extend()
    space.diagonalise()
    delta, image = space.displacement(length)
    matrix = of.couplings.dense(diagonal=of.diagonal(start.coordinates))
    np.testing.assert_allclose(image, matrix @ delta, rtol=0, atol=1e-12 * np.max(np.abs(image)))
    z = length * np.diag(matrix)
    phi_3 = np.where(z < 0.1, 1 / 6 - z / 24 + z**2 / 120, (1 - z + z**2 / 2 - np.exp(-z)) / np.maximum(z, 0.1) ** 3)
    change = start.coordinates * delta**2 / 2 + delta**3 / 6
    np.testing.assert_allclose(space.left_out(delta, length), 2 * length * phi_3 * change, rtol=0.1)
    basis = space._basis[:8]
    small = basis @ matrix @ basis.T  # 8 vectors stay orthogonal without further ado
    larger = np.zeros((10, 10))  # its exponential has φ_1 and φ_2 beside exp(−tT)
    larger[:8, :8], larger[0, 8], larger[8, 9] = -length * small, 1.0, 1.0
    corner = scipy.linalg.expm(larger)[7, 9]
    beyond = np.linalg.norm(matrix @ basis[7] - basis.T @ (basis @ matrix @ basis[7]))
    expected = np.linalg.norm(start.gradient) * length**2 * beyond * abs(corner) / np.sqrt(SIZE)
    assert space.error(length) == pytest.approx(expected, rel=1e-6)


def test_halved_steps_leave_an_eighth_of_the_error(monkeypatch):
    monkeypatch.setattr(flow, "KRYLOV_SHARE", 1e-9)  # spaces as large as the matrix
    of = landscape(0.3)
    start = of.at(np.random.default_rng(3).standard_normal(SIZE))
    errors = []
    for length in (0.04, 0.02, 0.01):
        step = flow_step(of, start, length, 1.0)
        assert step.length == length  # taken whole
        errors.append(np.max(np.abs(step.end.coordinates - followed(of, start.coordinates, length))))
    # the next order is some length times the rate of change, here about 2, off
    assert 2.8 < np.log2(errors[0] / errors[1]) < 3.2
    assert 2.8 < np.log2(errors[1] / errors[2]) < 3.2


def test_the_end_of_a_step_is_that_of_a_product():
    of = landscape(1.0)
    point = of.at(np.random.default_rng(4).standard_normal(SIZE))
    length = 0.1
    for _ in range(20):  # errors of all steps add up
        step = flow_step(of, point, length, 1e-3)
        point, length = step.end, step.next_length
    again = of.at(point.coordinates)
    # 20 steps, each rounding pulls of size 1; energies are sums of 60 terms of size 1
    np.testing.assert_allclose(point.gradient, again.gradient, rtol=0, atol=20 * 60 * 2.3e-16)
    assert point.energy == pytest.approx(again.energy, abs=60 * 60 * 2.3e-16)


@pytest.mark.parametrize(
    ("field", "stiffnesses", "width"), [(1e-8, (0.5, 1.0), 1.0), (1e-16, (0.5, 1.0), 1.0), (0.01, (0.0, 1.0), 1e5)]
)
@pytest.mark.parametrize("stale", [0.0, minimise.STALE])
def test_rounding_of_large_forces_is_not_taken_for_the_gradient(monkeypatch, field, stiffnesses, width, stale):
    """Forces fall by up to fifteen decades on the way: what steps know of the gradient is worth nothing then."""
    monkeypatch.setattr(minimise, "STALE", stale)
    model = KHGPS(100, coupling=0.05, field=field, stiffness_range=stiffnesses)
    found = model.sample(np.random.default_rng(0), start_width=width)
    again = found.landscape.at(found.coordinates)
    assert again.relative_gradient == pytest.approx(found.relative_gradient, rel=1e-9)
    assert again.relative_gradient <= 1e-12


def test_steps_begin_with_a_gradient_that_holds(monkeypatch):
    starts = []

    def noting(landscape, point, *more):
        starts.append(point)
        return flow_step(landscape, point, *more)

    monkeypatch.setattr(minimise, "flow_step", noting)
    of = landscape(0.1)
    minimise.minimise(of, 1e5 * np.random.default_rng(7).standard_normal(SIZE), tolerance=1e-12)
    assert len(starts) > 20
    for point in starts:
        again = of.at(point.coordinates)
        # roundings of forces a thousand times larger, a few dozen of them
        assert np.max(np.abs(point.gradient - again.gradient)) < 30 * 1e3 * 2.3e-16 * again.typical_force


@pytest.mark.parametrize("field", [1e-8, 0.01])
def test_starts_without_curvature(field):
    found = KHGPS(100, coupling=0.0, field=field, stiffness_range=(0.0, 0.0)).sample(np.random.default_rng(0))
    np.testing.assert_allclose(found.coordinates, np.cbrt(6 * field), rtol=1e-9)


def test_without_quartic_forces_one_step_goes_all_the_way():
    of = landscape(0.1, field=1e-8)  # x³/6 is 1e-18 of the linear force
    start = of.at(np.zeros(SIZE))
    matrix = of.couplings.dense(diagonal=of.stiffnesses)
    step = flow_step(of, start, 8.0, 1e-6)
    expected = (np.eye(SIZE) - scipy.linalg.expm(-8.0 * matrix)) @ np.linalg.solve(matrix, np.full(SIZE, 1e-8))
    assert np.linalg.norm(step.end.coordinates - expected) < 1e-6 * np.linalg.norm(expected)
    assert step.products < 20
    assert step.next_length == 32.0


def test_times_that_are_too_long_are_cut_without_another_product(monkeypatch):
    of = landscape(0.3)
    start = of.at(np.random.default_rng(5).standard_normal(SIZE))
    monkeypatch.setattr(flow, "MOST_PRODUCTS", 12)
    made = []
    pull = Landscape.pull
    monkeypatch.setattr(Landscape, "pull", lambda self, x: made.append(1) or pull(self, x))
    step = flow_step(of, start, 1e6, 1e-3)
    assert step.products == len(made) == 12
    assert 0.1 < step.length < 20.0
    expected = followed(of, start.coordinates, step.length)
    assert np.sqrt(np.mean((step.end.coordinates - expected) ** 2)) < 1.5e-3 * np.sqrt(np.mean(start.coordinates**2))


def test_spaces_that_are_full_cut_the_time(monkeypatch):
    monkeypatch.setattr(flow, "MOST_PRODUCTS", 5)
    of = landscape(0.1, field=1e-8)  # nothing is left out
    step = flow_step(of, of.at(np.zeros(SIZE)), 300.0, 1e-3)
    assert step.products == 5
    assert 1.0 < step.length < 100.0
    expected = followed(of, np.zeros(SIZE), step.length)
    assert np.linalg.norm(step.end.coordinates - expected) < 0.4e-3 * np.linalg.norm(expected)


@pytest.mark.parametrize("levels", [[1.0], [1.0, 2.0]])
def test_spaces_that_close_are_exact(levels):
    stiffnesses = np.tile(levels, 64 // len(levels))  # powers of 2: of equal ones the next vector is zero
    of = Landscape(stiffnesses, random_couplings(64, 0.0, np.random.default_rng(0)), 2.0**-27, 0.0)
    step = flow_step(of, of.at(np.zeros(64)), 3.0, 1e-9)
    assert len(levels) <= step.products <= len(levels) + 1  # of which the last one may be rounding
    np.testing.assert_allclose(step.end.coordinates, 2.0**-27 * -np.expm1(-3.0 * stiffnesses) / stiffnesses, rtol=1e-12)


def test_a_flow_that_cannot_go_down_ends(monkeypatch):
    monkeypatch.setattr(flow, "rises", lambda start, end: True)
    of = landscape(0.1)
    assert flow_step(of, of.at(np.zeros(SIZE)), 1.0, 1e-3).end is None
    assert minimise.minimise(of, np.zeros(SIZE), tolerance=1e-12).flow_steps == 0


@pytest.mark.parametrize("length", [1e-4, 0.3, 3.0, 300.0])
def test_the_corner_of_phi_2(length):
    on, beside = np.random.default_rng(6).uniform(0.2, 1.0, (2, 6))
    values, vectors = scipy.linalg.eigh_tridiagonal(on, beside[:-1])
    matrix = np.diag(on) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    larger = np.zeros((8, 8))  # exp of it has φ_1 and φ_2 beside exp(−tT)
    larger[:6, :6], larger[0, 6], larger[6, 7] = -length * matrix, 1.0, 1.0
    expected = scipy.linalg.expm(larger)[5, 7]
    found = flow._phi2_corner(values, vectors[0] * vectors[-1], length)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-15 * np.exp(max(0.0, -length * values[0])))
