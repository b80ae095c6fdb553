"""Edges of the spectrum outside which Sigma is real: where the attracting real root meets a repelling one.

For a given real Sigma, Phi(Sigma, z) = Sigma has one solution z below the lowest plane wave and, if Sigma < 0, one
above the highest, since Phi grows with z between poles. The edge is its extremum over Sigma, where dPhi/dSigma = 1.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from .selfconsistent import SelfConsistency
from .static import disorder_at, softest_modulus, static_self_energy

_TIGHT = {"xtol": 1e-16, "rtol": 8.9e-16}
_BESIDE = 1e-15  # relative distance from a pole, where Phi is infinite


def lowest_eigenvalue(equation: SelfConsistency) -> float:
    """Lower edge lambda_c > 0 of a medium with a lowest plane wave; 0 at critical disorder."""
    K, gamma = equation.bulk_modulus, equation.disorder
    softest = softest_modulus(K)
    if gamma >= disorder_at(softest, K):
        return 0.0
    pole = float(equation.waves.notable()[0]) ** 2

    def eigenvalue(sigma: float) -> float:
        return _solved(equation, sigma, 0.0, pole * (1 - sigma) * (1 - _BESIDE))

    # at z = 0 the two roots are those of gamma(y) = gamma, whose smaller one is unstable
    other = 1 - brentq(lambda y: disorder_at(y, K) - gamma, 1e-300, softest, **_TIGHT)
    stable = static_self_energy(K, gamma)
    inset = 1e-12 * (other - stable)  # they are exact only to rounding
    sigma = brentq(
        lambda s: 1 - _real_map(equation, s, eigenvalue(s))[1], stable + inset, other - inset, xtol=1e-15, rtol=8.9e-16
    )
    return eigenvalue(float(sigma))


def highest_eigenvalue(equation: SelfConsistency) -> float:
    """Upper edge of the spectrum; without disorder that of the plane waves."""
    top = float(equation.waves.notable()[-1]) ** 2

    def pole(sigma: float) -> float:
        softened = 1 - sigma
        return top * (softened if math.isinf(equation.bulk_modulus) else equation.bulk_modulus + 4 * softened / 3)

    if equation.disorder == 0:
        return pole(0.0)

    def eigenvalue(sigma: float) -> float:
        far = 2 * pole(sigma)
        while _real_map(equation, sigma, far)[0] < sigma:
            far *= 4
        return _solved(equation, sigma, pole(sigma) * (1 + _BESIDE), far)

    def stability(sigma: float) -> float:
        return 1 - _real_map(equation, sigma, eigenvalue(sigma))[1]

    outer = -equation.disorder
    while stability(outer) > 0:
        outer *= 2
    inner = outer / 2
    while stability(inner) < 0:
        inner /= 2
    return eigenvalue(float(brentq(stability, outer, inner, xtol=1e-15, rtol=8.9e-16)))


def _solved(equation: SelfConsistency, sigma: float, below: float, above: float) -> float:
    """z between the two at which ``sigma`` is a root; an end, where the solution is within rounding of a pole."""

    def difference(z: float) -> float:
        return _real_map(equation, sigma, z)[0] - sigma

    for end, sign in ((below, 1), (above, -1)):
        if sign * difference(end) >= 0:
            return end
    return float(brentq(difference, below, above, **_TIGHT))


def _real_map(equation: SelfConsistency, sigma: float, z: float) -> tuple[float, float]:
    phi, slope = equation.map(np.array(complex(sigma)), np.array(complex(z)))
    return float(phi.real), float(slope.real)
