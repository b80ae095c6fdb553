"""Sums over wave vectors of the infinite medium by quadrature; a wrong real root is not proved."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from glasskit.theory.propagators import Continuum, periodic_cube
from glasskit.theory.selfconsistent import SelfConsistency, _real_roots
from glasskit.theory.static import critical_disorder, disorder_at, softest_modulus


@pytest.mark.parametrize("w", [0.3 + 0.1j, 3.9 + 0.2j, 4.1 + 0.2j, -2 + 0.3j, 20 + 1j, -300 + 5j])
def test_closed_form_and_series_are_the_integrals(w):
    def integral(function):
        real = quad(lambda q: function(q).real, 0, 1, epsabs=1e-15, epsrel=1e-13)[0]
        return real + 1j * quad(lambda q: function(q).imag, 0, 1, epsabs=1e-15, epsrel=1e-13)[0]

    J, P, slope = Continuum().sums(np.array([w, 0.5j]))  # one on each side of |w| = 4, or both below
    assert J[0] == pytest.approx(integral(lambda q: 3 * q**2 / (q * q - w)), rel=1e-12)
    assert P[0] == pytest.approx(integral(lambda q: 3 * q**4 / (q * q - w)), rel=1e-12)
    assert slope[0] == pytest.approx(integral(lambda q: 3 * w * q**4 / (q * q - w) ** 2), rel=1e-12)


def test_a_real_w_is_the_limit_from_above():
    w = np.array([0.5, 1.5, 6.0, -1.0])
    for at, above in zip(Continuum().sums(w), Continuum().sums(w + 1e-11j), strict=True):
        np.testing.assert_allclose(at, above, atol=1e-9)
    assert (Continuum().sums(w)[0].imag[1:] == 0).all()


def test_the_repelling_real_root_is_not_proved():
    gamma = 0.5 * critical_disorder(2.0)
    equation = SelfConsistency(2.0, gamma, periodic_cube(20.0))
    wrong = 1 - brentq(lambda y: disorder_at(y, 2.0) - gamma, 1e-9, softest_modulus(2.0), xtol=1e-16)
    z = np.array([1e-12 + 0j])
    assert not _real_roots(equation, z, np.array([wrong + 0j]))[1].any()
    right = equation.map(np.array([0.1555513 + 0j]), z)[0]
    assert _real_roots(equation, z, right)[1].all()
