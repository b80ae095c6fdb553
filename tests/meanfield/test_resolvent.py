"""Spectrum of the replica-symmetric phase: sum rules, exact limits, both gapless laws, dense matrices, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasskit.errors import InputError
from glasskit.meanfield.critical_line import khgps_critical_coupling
from glasskit.meanfield.replica_symmetric import khgps_replica_symmetric

RANGE = (0.1, 1.0)


def solved(field, fraction, stiffness_range=RANGE):
    coupling = fraction * khgps_critical_coupling(field=field, stiffness_range=stiffness_range)
    return khgps_replica_symmetric(field=field, coupling=coupling, stiffness_range=stiffness_range)


def last_frequency(found):
    """Where D ends for all purposes: above it D < 1e-9. Weak fields leave a square root that hardly has a tail."""
    low, high = found.spectrum.gap, found.spectrum.largest_frequency
    for _ in range(5):
        omega = np.linspace(low, high, 40)
        last = np.flatnonzero(found.density_of_states(omega) > 1e-9)[-1]
        low, high = omega[last], omega[min(last + 1, 39)]
    return high


def nodes(found, panels=20):
    """Frequencies and weights from gap to end, crowded as sin² at both, where D has square roots."""
    t, w = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(0, math.pi / 2, panels + 1)
    half = np.diff(edges)[:, None] / 2
    angle = (edges[:-1, None] + half + half * t).ravel()
    length = last_frequency(found) - found.spectrum.gap
    return found.spectrum.gap + length * np.sin(angle) ** 2, (half * w).ravel() * length * np.sin(2 * angle)


@pytest.mark.parametrize(
    ("field", "fraction", "stiffness_range", "tolerance"),
    [
        (1.0, 0.9, RANGE, 1e-7), (1.0, 1.0, RANGE, 1e-7), (0.3, 0.7, (0.5, 0.5), 1e-7), (0.01, 1.0, RANGE, 1e-7),
        (0.0, 0.8, (1.0, 1.0), 1e-7), (0.0, 0.8, RANGE, 1e-7), (0.0, 1.0, RANGE, 1e-7), (0.1, 0.74, RANGE, 2e-4),
    ],
)  # fmt: skip
def test_sum_rules(field, fraction, stiffness_range, tolerance):
    """∫D = 1, ∫D omega² = E[kappa + x²/2] (the trace of the Hessian), ∫D/omega² = chi.

    To 1e-7, D beyond the end; the last case has a step of D of width 1e-3 that the nodes do not resolve.
    """
    found = solved(field, fraction, stiffness_range)
    omega, weight = nodes(found)
    density = found.density_of_states(omega)
    assert (density >= 0).all()
    assert weight @ density == pytest.approx(1, rel=tolerance)
    assert weight @ (density * omega**2) == pytest.approx((sum(stiffness_range) + found.q) / 2, rel=tolerance)
    if fraction < 1:
        assert weight @ (density / omega**2) == pytest.approx(found.chi, rel=tolerance)


def test_one_stiffness_without_field_is_a_semicircle():
    """J_ij + kappa: eigenvalues on the semicircle of radius 2J about kappa."""
    found = khgps_replica_symmetric(field=0.0, coupling=0.3, stiffness_range=(1.0, 1.0))
    assert found.spectrum.lowest_eigenvalue == pytest.approx(0.4, rel=1e-10)
    assert found.spectrum.largest_frequency == pytest.approx(math.sqrt(1.6), rel=1e-10)
    omega = np.sqrt(np.linspace(0.41, 1.59, 50))
    semicircle = np.sqrt(0.36 - (omega**2 - 1) ** 2) / (2 * math.pi * 0.3**2)
    np.testing.assert_allclose(found.density_of_states(omega), 2 * omega * semicircle, rtol=1e-9)


@pytest.mark.parametrize(("field", "exponent"), [(0.0, 2), (0.01, 2), (0.1, 4), (1.0, 4)])
def test_gapless_spectrum_starts_with_the_prefactor(field, exponent):
    found = solved(field, 1.0)
    assert found.spectrum.gap == 0
    assert found.critical.exponent == exponent
    omega = np.array([5e-4, 1e-3])  # corrections of relative order (omega/0.1)² on these lines
    ratio = found.density_of_states(omega) / omega**exponent / found.prefactor
    np.testing.assert_allclose(ratio, 1, atol=2e-4)


def test_gap_closes_at_the_line():
    gaps = [solved(0.1, fraction).spectrum.gap for fraction in (0.01, 0.3, 0.9, 0.99, 0.9999, 1.0)]
    assert (np.diff(gaps) < 0).all()
    assert gaps[0] == pytest.approx(math.sqrt(0.1), rel=1e-2)  # nearly independent oscillators
    assert gaps[-1] == 0
    found = solved(0.1, 0.9)
    density = found.density_of_states(found.spectrum.gap * np.array([0.999, 1.1]))
    assert density[0] == 0 < density[1]


def test_spectrum_of_matrices():
    """Fractions of eigenvalues of diag(kappa + x²/2) + J_ij below marks, with x drawn from its distribution.

    Fluctuations of linear statistics of such matrices are of order 1/N of their own: N = 1500 leaves 2/1500, the draw
    of the diagonal (quantiles of kappa, random force) 0.5/√1500 = 0.013; allowed: 5 of these over three matrices.
    """
    found = khgps_replica_symmetric(field=0.1, coupling=0.15, stiffness_range=RANGE)
    rng = np.random.default_rng(20240418)
    n, marks = 1500, np.array([0.3, 0.5, 0.8, 1.0])
    below = []
    for _ in range(3):
        upper = np.triu(rng.normal(0, 0.15 / math.sqrt(n), (n, n)), 1)
        k = found.softest + 0.9 * (np.arange(n) + rng.random(n)) / n
        force = np.abs(0.1 + found.width * rng.normal(size=n))
        x = np.zeros(n)
        for _ in range(60):
            x = x - (x**3 / 6 + k * x - force) / (x**2 / 2 + k)
        reaction = 0.15**2 * found.chi
        frequency = np.sqrt(np.linalg.eigvalsh(upper + upper.T + np.diag(k + reaction + x**2 / 2)))
        below.append([(frequency < mark).mean() for mark in marks])
    t, w = np.polynomial.legendre.leggauss(60)
    gap = found.spectrum.gap
    for mark, measured in zip(marks, np.mean(below, axis=0), strict=True):
        omega, weight = gap + (mark - gap) * (t + 1) / 2, w * (mark - gap) / 2
        assert measured == pytest.approx(weight @ found.density_of_states(omega), abs=5 * 0.013 / math.sqrt(3))


def test_arrays_of_any_shape_and_order():
    found = khgps_replica_symmetric(field=0.1, coupling=0.15, stiffness_range=RANGE)
    omega = np.array([[0.9, 0.0], [0.3, 50.0]])
    density = found.density_of_states(omega)
    assert density.shape == (2, 2)
    assert density[0, 1] == density[1, 1] == 0
    assert density[1, 0] == pytest.approx(float(found.density_of_states(0.3)), rel=1e-10)


@pytest.mark.parametrize("omega", [[-0.1], [math.nan], [math.inf]])
def test_bad_frequencies(omega):
    found = khgps_replica_symmetric(field=0.1, coupling=0.15, stiffness_range=RANGE)
    with pytest.raises(InputError, match="negative or not finite"):
        found.density_of_states(omega)


def test_no_spectrum_without_coupling():
    free = khgps_replica_symmetric(field=0.1, coupling=0.0, stiffness_range=RANGE)
    with pytest.raises(InputError, match="no resolvent equation"):
        free.density_of_states([0.5])


def test_no_spectrum_beyond_the_line():
    with pytest.raises(InputError) as refused:
        khgps_replica_symmetric(field=0.001, coupling=0.145, stiffness_range=RANGE)
    with pytest.raises(InputError, match="above the critical coupling"):
        refused.value.partial.density_of_states([0.5])
