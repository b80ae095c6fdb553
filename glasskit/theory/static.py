"""Heterogeneous elasticity at zero frequency: the disorder an elastic medium can bear, and how soft it makes it."""

from __future__ import annotations

import math

from scipy.optimize import brentq

from ..errors import InputError

_TIGHT = {"xtol": 1e-16, "rtol": 8.9e-16}  # to the last bits of float64
_EXCESS = 1e-12
"""Relative excess over the critical disorder that is rounding of the caller, not instability."""


def critical_disorder(bulk_modulus: float) -> float:
    """Largest disorder gamma_c for which a medium is stable: the maximum of gamma(y) over 0 < y < 1.

    gamma(y) = y (1 − y) (K + 4y/3)/(K + 2y) with y = 1 − Sigma(0) and K in units of the mean shear modulus; 1/6 for
    K = 0, 1/4 for K = ∞.

    Parameters
    ----------
    bulk_modulus : float
        K >= 0, ``math.inf`` for an incompressible medium.

    Raises
    ------
    InputError
        A negative or undefined bulk modulus.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eq. (33) at z = 0; their 1/4 in (39) is that of K = ∞, or of
    gamma (1 + B).
    """
    return disorder_at(softest_modulus(bulk_modulus), bulk_modulus)


def softest_modulus(bulk_modulus: float) -> float:
    """Effective shear modulus y_c = 1 − Sigma(0) at critical disorder, the smallest that is stable.

    Raises
    ------
    InputError
        A negative or undefined bulk modulus.
    """
    K = checked_bulk_modulus(bulk_modulus)
    if K == 0 or math.isinf(K):
        return 0.5

    def logarithmic_slope(y: float) -> float:
        return 1 / y - 1 / (1 - y) + (4 / 3) / (K + 4 * y / 3) - 2 / (K + 2 * y)

    # At y = 1/2 the last two terms remain, which are negative; at 1/4 they are above −0.41, the first two 8/3.
    return float(brentq(logarithmic_slope, 0.25, 0.5, **_TIGHT))


def disorder_at(y: float, bulk_modulus: float) -> float:
    """Disorder gamma(y) that reduces the shear modulus from 1 to y."""
    if math.isinf(bulk_modulus):
        return y * (1 - y)
    if bulk_modulus == 0:
        return y * (1 - y) * 2 / 3
    return y * (1 - y) * (bulk_modulus + 4 * y / 3) / (bulk_modulus + 2 * y)


def static_self_energy(bulk_modulus: float, disorder: float) -> float:
    """Sigma(0) = 1 − y: the stable root of gamma(y) = gamma, y_c <= y <= 1.

    Raises
    ------
    InputError
        A bulk modulus or a disorder out of range, above the critical one among them.
    """
    gamma = checked_disorder(bulk_modulus, disorder)
    lowest = softest_modulus(bulk_modulus)
    if gamma >= disorder_at(lowest, bulk_modulus):
        return 1 - lowest
    # in Sigma, not in y = 1 − Sigma, so that a small Sigma keeps its digits
    return float(brentq(lambda s: disorder_at(1 - s, bulk_modulus) - gamma, 0.0, 1 - lowest, **_TIGHT))


def checked_bulk_modulus(bulk_modulus: float) -> float:
    """Bulk modulus as a float.

    Raises
    ------
    InputError
        Not a number >= 0 (``math.inf`` allowed).
    """
    try:
        K = float(bulk_modulus)
    except (TypeError, ValueError) as error:
        raise InputError(f"bulk_modulus is {bulk_modulus!r}; expected a number >= 0 or math.inf.") from error
    if not K >= 0:
        raise InputError(f"bulk_modulus is {K:g}; expected a number >= 0 or math.inf, in units of the shear modulus.")
    return K


def checked_disorder(bulk_modulus: float, disorder: float) -> float:
    """Disorder as a float between 0 and the critical one.

    Raises
    ------
    InputError
        Not a number, negative, or unstable.
    """
    critical = critical_disorder(bulk_modulus)
    try:
        gamma = float(disorder)
    except (TypeError, ValueError) as error:
        raise InputError(f"disorder is {disorder!r}; expected a number between 0 and {critical:.6g}.") from error
    if not 0 <= gamma < math.inf:
        raise InputError(f"disorder is {gamma:g}; expected a number between 0 and {critical:.6g}.")
    if gamma > critical * (1 + _EXCESS):
        raise InputError(
            f"disorder {gamma:.6g} is above the critical disorder {critical:.6g} of bulk modulus {bulk_modulus:g}, "
            "where the medium has unstable modes; choose a smaller one."
        )
    return gamma
