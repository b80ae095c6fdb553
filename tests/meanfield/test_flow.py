"""Steps of the gradient flow against an integrator that knows nothing of Hessians."""

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg

from glasskit.meanfield import flow
from glasskit.meanfield.couplings import random_couplings
from glasskit.meanfield.flow import flow_step
from glasskit.meanfield.landscape import Landscape
from glasskit.meanfield.minimise import minimise
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
        length = 1e-3  # so short that it is taken whole, and the next one tried is far too long or just so
        for _ in range(8):
            step = flow_step(of, start, length, tolerance)
            if step.next_length < 3.9 * length:
                break
            length = step.next_length
        expected = followed(of, start.coordinates, length)
        scale = np.sqrt(max(np.mean(start.coordinates**2), np.mean(expected**2)))
        error = np.sqrt(np.mean((step.end.coordinates - expected) ** 2)) / (tolerance * scale)
        # the estimate forgets the pull of neighbours on what is left out; it is one of size, not a bound
        assert 0.01 < error < 1.5


def test_halved_steps_leave_an_eighth_of_the_error(monkeypatch):
    monkeypatch.setattr(flow, "KRYLOV_SHARE", 1e-9)  # spaces as large as the matrix
    of = landscape(0.3)
    start = of.at(np.random.default_rng(3).standard_normal(SIZE))
    errors = []
    for length in (0.04, 0.02, 0.01):
        step = flow_step(of, start, length, 1.0)
        assert step.next_length == pytest.approx(4.0 * length)  # taken whole
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
    assert step.next_length < 20.0
    assert step.end.energy < start.energy


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
    assert minimise(of, np.zeros(SIZE), tolerance=1e-12).flow_steps == 0


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
