"""Heterogeneous elasticity of an infinite medium: roots, limits, integrals, and its slow twin."""

import math
import pickle

import numpy as np
import pytest

from glasskit.errors import ConvergenceError, InputError, InsufficientDataError, NumericalError
from glasskit.reference import heterogeneous_elasticity as slow
from glasskit.theory import causality, selfconsistent
from glasskit.theory.heterogeneous_elasticity import HeterogeneousElasticity
from glasskit.theory.propagators import Continuum
from glasskit.theory.static import critical_disorder, disorder_at, static_self_energy

MODULI = (0.0, 0.5, 2.0, 50.0, math.inf)


def medium(K, fraction):
    return HeterogeneousElasticity(K, fraction * critical_disorder(K))


@pytest.mark.parametrize(("K", "expected"), [(0.0, 1 / 6), (2.0, 0.222618), (math.inf, 0.25)])
def test_critical_disorder(K, expected):
    assert critical_disorder(K) == pytest.approx(expected, abs=5e-7 if K == 2 else 1e-15)


@pytest.mark.parametrize("K", MODULI)
def test_critical_disorder_is_the_maximum(K):
    y = np.linspace(1e-6, 1, 100_001)
    values = np.array([disorder_at(value, K) for value in y])
    # the curvature of gamma(y) is some −2, so the grid misses the maximum by less than (1e-5)²
    assert values.max() == pytest.approx(critical_disorder(K), abs=1e-10)
    assert values.max() <= critical_disorder(K) * (1 + 1e-15)


def test_published_numbers():
    found = medium(2.0, 0.9)
    # the digits that are known of them
    assert found.density_of_states(0.5) == pytest.approx(0.7305645, abs=5e-8)
    assert found.self_energy(0.5) == pytest.approx(0.2514676 + 0.3071035j, abs=7e-8)


@pytest.mark.parametrize(("K", "fraction", "omega"), [(2.0, 0.9, 0.5), (2.0, 1.0, 0.6), (math.inf, 0.5, 0.9)])
def test_closed_forms_and_newton_against_quadrature_and_iteration(K, fraction, omega):
    found = medium(K, fraction)
    sigma, density = slow.self_energy(K, found.disorder, omega, digits=18)
    # float64 with |1/(1 − Phi')| < 40 at these frequencies
    assert abs(found.self_energy(omega) - complex(sigma)) < 1e-13
    assert found.density_of_states(omega) == pytest.approx(float(density), rel=1e-12)


@pytest.mark.parametrize("K", MODULI)
@pytest.mark.parametrize("fraction", [0.0, 1e-4, 0.5, 0.99, 1.0])
def test_sum_rule_and_kramers_kronig(K, fraction):
    check = medium(K, fraction).causality
    # the quadrature aims at 1e-5
    assert check.norm == pytest.approx(2 / 3 if math.isinf(K) else 1.0, rel=1e-5)
    assert check.static == pytest.approx(check.expected_static, rel=1e-5)


def test_second_moment_is_that_of_the_mean_moduli():
    """∫omega² g = (3/5)(c_L² + 2 c_T²)/3 with Sigma = 0: Sigma falls off as 1/z."""
    found = medium(2.0, 0.9)
    node, weight = np.polynomial.legendre.leggauss(400)
    angle = np.pi / 2 * (node + 1)
    omega = found.causality.highest * (1 - np.cos(angle)) / 2  # smooth at the square root of the upper edge
    moment = (
        np.sum(weight * found.density_of_states(omega) * omega**2 * np.sin(angle)) * np.pi / 4 * found.causality.highest
    )
    # the density has a corner where the transverse band ends: 400 points see it to 1e-6
    assert moment == pytest.approx(0.2 * (2 + 4 / 3 + 2), rel=1e-5)


@pytest.mark.parametrize("K", MODULI)
def test_debye_limit(K):
    found, omega = medium(K, 0.5), 1e-3
    # the next term is of relative order omega²
    assert found.density_of_states(omega) == pytest.approx(found.debye_density(omega), rel=1e-4)
    assert found.self_energy(omega).real == pytest.approx(static_self_energy(K, found.disorder), abs=1e-4)


def test_rayleigh_attenuation_at_low_frequency():
    """Im Sigma ~ omega³ far below the boson peak, to full relative accuracy."""
    found = medium(2.0, 0.5)
    ratio = found.self_energy(np.array([1e-3, 1e-2])).imag / np.array([1e-9, 1e-6])
    assert ratio[1] == pytest.approx(ratio[0], rel=2e-3)


def test_marginal_medium_is_quadratic_with_another_prefactor():
    found, omega = medium(2.0, 1.0), np.array([1e-6, 1e-5, 1e-4])
    reduced = found.density_of_states(omega) / omega**2
    assert reduced == pytest.approx(reduced[0], rel=1e-3)
    assert reduced[0] > 2 * found.debye_density(1.0)
    imaginary = found.self_energy(omega).imag / omega
    assert imaginary == pytest.approx(imaginary[0], rel=1e-3)


def test_self_energy_near_criticality_for_an_incompressible_medium():
    """[S (39)] with the minus sign is exact for K = ∞: Sigma(1 − Sigma) = gamma (1 + z G_T)."""
    found, omega = medium(math.inf, 0.97), 0.1
    sigma = found.self_energy(omega)
    G_T = Continuum().sums(np.array(omega**2 / (1 - sigma)))[0] / (1 - sigma)
    root = np.sqrt(0.25 - found.disorder * (1 + omega**2 * G_T))
    assert sigma == pytest.approx(0.5 - root, abs=1e-13)


@pytest.mark.parametrize("K", MODULI)
@pytest.mark.parametrize("fraction", [1e-3, 0.9, 1.0])
def test_every_root_is_the_attracting_one_of_the_upper_half_plane(K, fraction):
    found = medium(K, fraction)
    omega = np.concatenate([np.geomspace(1e-8, 0.1, 60), np.linspace(0.11, 2 * math.sqrt(min(K, 50) + 3), 200)])
    sigma, z = found.self_energy(omega), omega**2 + 0j
    phi, slope = found._equation.map(sigma, z)
    assert np.abs(phi - sigma).max() < 1e-13
    assert (sigma.imag >= 0).all()
    assert (np.abs(slope) < 1 + 1e-6).all()
    above = omega > found.causality.highest
    assert (sigma[above].imag == 0).all()
    assert (found.density_of_states(omega[above]) == 0).all()
    assert (found.density_of_states(omega[~above]) > 0).all()


def test_frequencies_do_not_see_each_other():
    found, omega = medium(2.0, 0.95), np.linspace(0, 3, 37)
    together = found.self_energy(omega)
    alone = np.array([found.self_energy(value) for value in omega])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-14)
    assert found.self_energy(omega.reshape(1, 37)).shape == (1, 37)
    assert together[0] == found.static_self_energy


def test_a_wrong_root_is_seen_by_the_sum_rule(monkeypatch):
    right = causality.solve_self_energy
    monkeypatch.setattr(causality, "solve_self_energy", lambda equation, omega: 1.01 * right(equation, omega))
    with pytest.raises(NumericalError, match="not causal") as raised:
        medium(2.0, 0.9).density_of_states(0.5)
    assert raised.value.partial.deviation > 1e-4


def test_unproved_roots_come_with_the_arrays_so_far(monkeypatch):
    monkeypatch.setattr(selfconsistent, "_MOST_STEPS", 1)
    with pytest.raises(ConvergenceError, match=r"could not be proved at [0-9]+ of 5 frequencies") as raised:
        medium(2.0, 0.9).self_energy(np.linspace(0, 1, 5))
    partial = pickle.loads(pickle.dumps(raised.value)).partial
    assert partial.proved[0]
    assert not partial.proved.all()
    assert partial.self_energy.shape == (5,)


def test_boson_peak_is_a_maximum_and_moves_to_zero():
    frequency = []
    for distance in (1e-2, 1e-4, 1e-6):
        found = medium(2.0, 1 - distance)
        peak = found.boson_peak()
        around = (
            found.density_of_states(peak.frequency * np.array([0.97, 1.03]))
            / (peak.frequency * np.array([0.97, 1.03])) ** 2
        )
        assert (around < peak.height).all()
        assert peak.excess > 1.5
        frequency.append(peak.frequency)
    # omega_BP ~ (gamma_c − gamma)^(1/4); corrections are of the order of the root of the distance
    assert frequency[1] / frequency[2] == pytest.approx(math.sqrt(10), rel=0.03)
    assert frequency[0] / frequency[1] == pytest.approx(math.sqrt(10), rel=0.3)


def test_no_boson_peak_at_critical_disorder_or_without_disorder():
    for fraction in (0.0, 1.0):
        with pytest.raises(InsufficientDataError, match="no maximum") as raised:
            medium(2.0, fraction).boson_peak()
        assert raised.value.partial.debye_level > 0


@pytest.mark.parametrize(
    ("K", "gamma", "message"),
    [
        (2.0, 0.23, "above the critical disorder 0.222618"),
        (2.0, -0.1, "expected a number between 0"),
        (2.0, math.nan, "expected a number between 0"),
        (-1.0, 0.1, "bulk_modulus is -1"),
        (math.nan, 0.1, "bulk_modulus is nan"),
        ("soft", 0.1, "bulk_modulus is 'soft'"),
        (2.0, None, "disorder is None"),
    ],
)
def test_bad_media_are_refused_in_one_sentence(K, gamma, message):
    with pytest.raises(InputError, match=message) as raised:
        HeterogeneousElasticity(K, gamma)
    assert str(raised.value).count(". ") == 0


@pytest.mark.parametrize("omega", [-0.1, math.nan, "fast", [0.1, -1.0]])
def test_bad_frequencies_are_refused(omega):
    with pytest.raises(InputError, match="omega"):
        medium(2.0, 0.9).self_energy(omega)


def test_spectrum_is_drawn():
    found = medium(2.0, 0.9).spectrum(np.linspace(0, 2, 50))
    assert found.reduced[0] == found.debye_level
    assert found.reduced[1:] * found.omega[1:] ** 2 == pytest.approx(found.density[1:], rel=1e-14)
    axes = found.plot()
    assert axes.get_lines()[0].get_ydata() == pytest.approx(found.reduced)
    assert found.plot(axes) is axes
    with pytest.raises(InputError, match="1-D"):
        medium(2.0, 0.9).spectrum(0.5)
