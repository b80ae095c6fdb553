"""Solution of the gapped KHGPS model: published numbers, limits, a slow twin, simulated instances, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.errors import InputError
from glasskit.meanfield.critical_line import CriticalPoint, khgps_critical_coupling
from glasskit.meanfield.replica_symmetric import ReplicaSymmetric, khgps_replica_symmetric
from glasskit.reference import replica_symmetric as slow

RANGE = (0.1, 1.0)


def test_published_point():
    found = khgps_replica_symmetric(field=0.1, coupling=0.15, stiffness_range=RANGE)
    assert found.q == pytest.approx(0.10088, abs=5e-6)
    assert found.chi == pytest.approx(2.2104, abs=5e-5)
    assert found.stable
    assert found.softest == pytest.approx(0.1 - 0.15**2 * found.chi, rel=1e-12)


@pytest.mark.parametrize(
    ("stiffness_range", "field", "fraction"),
    [
        (RANGE, 0.1, 0.74), (RANGE, 0.1, 1.0), (RANGE, 1.0, 0.9), (RANGE, 0.003, 0.9), (RANGE, 0.01, 1.0),
        (RANGE, 20.0, 0.5), ((0.01, 1.0), 0.02, 0.95), ((0.5, 0.5), 0.3, 1.0), ((1.0, 30.0), 10.0, 0.5),
        ((1e-3, 1.0), 1e-4, 0.8), ((0.9, 1.0), 1e-5, 0.999),
    ],
)  # fmt: skip
def test_solution_satisfies_the_equations_of_the_slow_twin(stiffness_range, field, fraction):
    coupling = fraction * khgps_critical_coupling(field=field, stiffness_range=stiffness_range)
    found = khgps_replica_symmetric(field=field, coupling=coupling, stiffness_range=stiffness_range)
    twin = slow.averages(field=field, coupling=coupling, q=found.q, chi=found.chi, stiffness_range=stiffness_range)
    assert twin.square == pytest.approx(found.q, rel=1e-8)  # the tolerance of the twin's quadrature
    assert twin.inverse == pytest.approx(found.chi, rel=1e-8)
    assert 1 - coupling**2 * twin.inverse2 == pytest.approx(found.replicon, abs=2e-8)


def test_iteration_of_the_slow_twin_ends_at_the_same_solution():
    found = khgps_replica_symmetric(field=0.3, coupling=0.15, stiffness_range=(0.5, 1.0))
    twin = slow.solution(field=0.3, coupling=0.15, stiffness_range=(0.5, 1.0))
    assert found.q == pytest.approx(twin.q, rel=1e-8)  # last change 1e-9, contraction 0.1
    assert found.chi == pytest.approx(twin.chi, rel=1e-8)
    assert found.replicon == pytest.approx(twin.replicon, rel=1e-8)


def test_no_field_leaves_the_oscillators_at_rest():
    found = khgps_replica_symmetric(field=0.0, coupling=0.12, stiffness_range=RANGE)
    assert found.q == 0
    k0, k1 = found.softest, found.softest + 0.9
    assert found.chi == pytest.approx(math.log(k1 / k0) / 0.9, rel=1e-12)
    assert found.replicon == pytest.approx(1 - 0.12**2 / (k0 * k1), rel=1e-12)


def test_small_fields_approach_no_field():
    """q = h² E[1/k²]/lambda_R + O(h⁴) below the critical coupling of h = 0."""
    at_rest = khgps_replica_symmetric(field=0.0, coupling=0.12, stiffness_range=RANGE)
    found = khgps_replica_symmetric(field=1e-7, coupling=0.12, stiffness_range=RANGE)
    assert found.chi == pytest.approx(at_rest.chi, rel=1e-9)
    assert found.q == pytest.approx(1e-14 * (1 - at_rest.replicon) / 0.12**2 / at_rest.replicon, rel=1e-9)


def test_independent_oscillators():
    found = khgps_replica_symmetric(field=0.2, coupling=0.0, stiffness_range=RANGE)
    near = khgps_replica_symmetric(field=0.2, coupling=1e-9, stiffness_range=RANGE)
    assert found.replicon == 1
    assert found.softest == 0.1
    assert near.q == pytest.approx(found.q, rel=1e-12)  # differs by J² ~ 1e-18
    assert near.chi == pytest.approx(found.chi, rel=1e-12)


def test_one_stiffness_is_a_limit_of_the_range():
    one = khgps_replica_symmetric(field=0.3, coupling=0.4, stiffness_range=(0.8, 0.8))
    narrow = khgps_replica_symmetric(field=0.3, coupling=0.4, stiffness_range=(0.8 - 1e-6, 0.8 + 1e-6))
    assert narrow.q == pytest.approx(one.q, rel=1e-10)  # span² = 4e-12 times order one
    assert narrow.chi == pytest.approx(one.chi, rel=1e-10)


def test_scaling_of_the_units():
    """x → b x, kappa → b² kappa, J → b² J, h → b³ h leaves the model as it is."""
    b = 7.3
    found = khgps_replica_symmetric(field=0.1, coupling=0.15, stiffness_range=RANGE)
    scaled = khgps_replica_symmetric(field=0.1 * b**3, coupling=0.15 * b**2, stiffness_range=(0.1 * b**2, b**2))
    assert scaled.q == pytest.approx(found.q * b**2, rel=1e-11)
    assert scaled.chi == pytest.approx(found.chi / b**2, rel=1e-11)
    assert scaled.replicon == pytest.approx(found.replicon, rel=1e-11)


def instance(rng, n, field, coupling, stiffness_range):
    """Coordinates and inverse Hessian of the minimum next to x = 0: damped Newton steps, dense.

    One stiffness per quantile of its distribution: less noise, same limit.
    """
    upper = np.triu(rng.normal(0, coupling / math.sqrt(n), (n, n)), 1)
    coupling_nn = upper + upper.T
    kappa = stiffness_range[0] + np.diff(stiffness_range) * (np.arange(n) + rng.random(n)) / n
    x = np.full(n, 0.0)
    for _ in range(200):
        gradient = kappa * x + x**3 / 6 + coupling_nn @ x - field
        hessian = coupling_nn + np.diag(kappa + x**2 / 2)
        if np.abs(gradient).max() < 1e-12:
            return x, np.linalg.inv(hessian)
        damping = max(0.0, 0.05 - np.linalg.eigvalsh(hessian)[0]) if np.abs(gradient).max() > 1e-2 else 0.0
        x = x - np.linalg.solve(hessian + damping * np.eye(n), gradient)
    raise AssertionError("the small twin found no minimum")


@pytest.mark.parametrize(("field", "coupling"), [(0.1, 0.15), (0.05, 0.1)])
def test_simulated_instances(field, coupling):
    """Ten instances of 500: q and chi within 5 standard errors plus 2/N of their value, false alarm 1e-4 (t, 9)."""
    rng = np.random.default_rng([20240418, round(1000 * field)])
    found = khgps_replica_symmetric(field=field, coupling=coupling, stiffness_range=RANGE)
    square, response = [], []
    for _ in range(10):
        x, inverse = instance(rng, 500, field, coupling, RANGE)
        assert np.linalg.eigvalsh(inverse)[0] > 0
        square.append((x**2).mean())
        response.append(np.trace(inverse) / 500)
    for measured, exact in ((np.array(square), found.q), (np.array(response), found.chi)):
        error = measured.std(ddof=1) / math.sqrt(10)
        assert error < 0.025 * exact  # a formula wrong by 20 % is seen
        assert abs(measured.mean() - exact) < 7 * error + 2 / 500 * exact  # t with 9 degrees of freedom: 6e-5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(field=-0.1), "field is -0.1; expected a finite number >= 0"),
        (dict(field=math.nan), "field is nan"),
        (dict(field="strong"), "field is 'strong'"),
        (dict(coupling=-1), "coupling is -1"),
        (dict(stiffness_range=(0.0, 1.0)), "critical coupling is 0 and replica symmetry is broken at every J > 0"),
        (dict(stiffness_range=(1.0, 0.5)), "expected finite 0 < kappa_min <= kappa_0"),
        (dict(stiffness_range=(-0.1, 1.0)), "expected finite 0 < kappa_min <= kappa_0"),
        (dict(stiffness_range=(0.1, math.inf)), "expected finite 0 < kappa_min <= kappa_0"),
        (dict(stiffness_range=0.5), "expected two numbers"),
        (dict(stiffness_range=(0.1, 0.5, 1.0)), "expected two numbers"),
    ],
)  # fmt: skip
def test_bad_input(options, words):
    with pytest.raises(InputError, match=words):
        khgps_replica_symmetric(**{"field": 0.1, "coupling": 0.1, "stiffness_range": RANGE} | options)


def test_broken_side_is_refused_with_what_there_is():
    with pytest.raises(InputError, match=r"coupling 0.145 is above the critical coupling 0.142425") as beyond_a:
        khgps_replica_symmetric(field=0.001, coupling=0.145, stiffness_range=RANGE)
    unstable = beyond_a.value.partial
    assert isinstance(unstable, ReplicaSymmetric)
    assert not unstable.stable
    assert unstable.replicon < 0 < unstable.softest
    with pytest.raises(InputError, match="replica symmetry is broken") as beyond_b:
        khgps_replica_symmetric(field=1.0, coupling=0.35, stiffness_range=RANGE)
    assert isinstance(beyond_b.value.partial, CriticalPoint)
    with pytest.raises(InputError, match="replica symmetry is broken") as at_rest:
        khgps_replica_symmetric(field=0.0, coupling=0.14, stiffness_range=RANGE)
    assert at_rest.value.partial.coupling == pytest.approx(0.13714, abs=5e-6)


def test_prefactor_only_on_the_line():
    coupling = khgps_critical_coupling(field=0.1, stiffness_range=RANGE)
    assert khgps_replica_symmetric(field=0.1, coupling=coupling, stiffness_range=RANGE).prefactor == pytest.approx(
        67.8, abs=0.05
    )
    below = khgps_replica_symmetric(field=0.1, coupling=0.2025, stiffness_range=RANGE)
    with pytest.raises(InputError, match=r"not on the critical line, which passes at J = 0\.2025369"):
        _ = below.prefactor
