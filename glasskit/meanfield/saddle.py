"""One replica-symmetric solution, found from its field and its softest effective stiffness.

The equations a = J² chi, q = E[x²], chi = E[1/m] have the coupling J in two places. With a given instead of J there is
one equation left, s² chi = a q for the width s = J√q of the force, and J = √(a/chi) follows: no second root to land on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ..errors import InputError
from .averages import oscillator_averages

_TOLERANCE = 4e-15  # of ln s, relative


@dataclass(frozen=True)
class Saddle:
    """Solution of the replica-symmetric equations at one (h, J), stable or not.

    Attributes
    ----------
    field, coupling : float
        h and J.
    softest, span : float
        Smallest effective stiffness kappa_min − J² chi, and kappa_0 − kappa_min.
    width : float
        s = J√q, standard deviation of the force from the other oscillators.
    q, chi, replicon : float
        E[x²], E[1/m] and 1 − J² E[1/m²].
    """

    field: float
    coupling: float
    softest: float
    span: float
    width: float
    q: float
    chi: float
    replicon: float


def saddle(*, field: float, reaction: float, softest: float, span: float) -> Saddle:
    """Return the solution with a given reaction a = J² chi, where k is uniform on [softest, softest + span].

    Parameters
    ----------
    field : float
        h >= 0. At h = 0 this is the solution x = 0, the only stable one.
    reaction, softest : float
        a and kappa_min − a, both: either may be the small one.
    span : float
        kappa_0 − kappa_min >= 0.
    """
    width = 0.0
    if field > 0 and reaction > 0:
        width = _width(field, reaction, softest, span)
    found = oscillator_averages(field=field, width=width, softest=softest, span=span)
    return Saddle(
        field=field,
        coupling=math.sqrt(reaction / found.inverse),
        softest=softest,
        span=span,
        width=width,
        q=found.square,
        chi=found.inverse,
        replicon=1 - reaction * found.inverse2 / found.inverse,
    )


def _width(field: float, reaction: float, softest: float, span: float) -> float:
    """Root s of s² chi = a q by bisection and interpolation of ln s.

    Its relative error is that of rounding over lambda_R + (h/s)²: where lambda_R = 0 and the field is weak, s is as
    uncertain as it is sensitive to the field (J is not: it moves with s²).
    """

    def excess(log_width: float) -> float:
        width = math.exp(log_width)
        found = oscillator_averages(field=field, width=width, softest=softest, span=span)
        return 2 * log_width + math.log(found.inverse / (reaction * found.square))

    at_rest = oscillator_averages(field=field, width=0.0, softest=softest, span=span)
    if at_rest.square < np.finfo(float).tiny:
        return 0.0  # h² is below the smallest float64
    low = 0.5 * math.log(reaction * at_rest.square / at_rest.inverse)
    low, high = low - 0.1, low + 0.1  # near the root where the interaction is weak
    while excess(low) > 0:
        low -= 1.0
    while excess(high) < 0:
        high += 1.0
    return math.exp(brentq(excess, low, high, xtol=_TOLERANCE, rtol=_TOLERANCE))


def require_range(stiffness_range: tuple[float, float]) -> tuple[float, float]:
    """Return (kappa_min, kappa_0) with 0 < kappa_min <= kappa_0, or refuse them.

    Raises
    ------
    InputError
    """
    try:
        kappa_min, kappa_0 = (float(value) for value in stiffness_range)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"stiffness_range is {stiffness_range!r}; expected two numbers, (kappa_min, kappa_0) with "
            "0 < kappa_min <= kappa_0."
        ) from error
    if kappa_min == 0 < kappa_0 < math.inf:
        raise InputError(
            f"stiffness_range is (0, {kappa_0:g}), where the critical coupling is 0 and replica symmetry is broken at "
            "every J > 0; give kappa_min > 0, or minimise instances of the ungapped model instead."
        )
    if not 0 < kappa_min <= kappa_0 < math.inf:
        raise InputError(f"stiffness_range is ({kappa_min:g}, {kappa_0:g}); expected finite 0 < kappa_min <= kappa_0.")
    return kappa_min, kappa_0


def require_number(name: str, value: float) -> float:
    """Return ``value`` as a finite float >= 0, or refuse it.

    Raises
    ------
    InputError
    """
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is {value!r}; expected a finite number >= 0.") from error
    if not 0 <= number < math.inf:
        raise InputError(f"{name} is {number:g}; expected a finite number >= 0.")
    return number
