"""Where the replica-symmetric solution ends: the critical coupling J_c(h), kind and strength of its spectrum."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq

from ..errors import InputError
from .averages import inverse_cube
from .saddle import Saddle, require_number, require_range, saddle

_RTOL = 4e-15
_LEAST_STIFFNESS = 1e-4  # of kappa_min: at h = 0 the line has kappa_min − a above a thousandth of kappa_min


@dataclass(frozen=True)
class CriticalPoint:
    """A point of the critical line of the KHGPS model with a gapped range of stiffness.

    Attributes
    ----------
    field, coupling : float
        h and J_c(h).
    exponent : int
        2 on line A, where the replicon vanishes and the modes are delocalised; 4 on line B, where the softest
        effective stiffness vanishes and the modes are localised.
    prefactor : float
        D(omega)/omega^exponent as omega → 0, D normalised to 1 over the modes.
    saddle : Saddle
        The solution there.
    """

    field: float
    coupling: float
    exponent: int
    prefactor: float
    saddle: Saddle


def khgps_critical_coupling(*, field: float, stiffness_range: tuple[float, float]) -> float:
    """Critical coupling J_c(h), above which replica symmetry is broken and below which the spectrum has a gap.

    Parameters and errors as in `khgps_critical_point`, of which this is the ``coupling``.
    """
    return khgps_critical_point(field=field, stiffness_range=stiffness_range).coupling


def khgps_critical_point(*, field: float, stiffness_range: tuple[float, float]) -> CriticalPoint:
    """Critical coupling with the kind and the strength of the gapless spectrum on the line.

    Line A, small h: 1 = J² E[1/m²] while J² chi < kappa_min, and D = 2 omega²/(pi J³ √E[1/m³]).
    Line B, large h: J² chi = kappa_min while 1 > J² E[1/m²], and D = A_g omega⁴ with
    A_g = 4√2 P_F(0) lambda_R^(−5/2)/(kappa_0 − kappa_min), P_F(0) = exp(−h²/2J²q)/(J√(2πq)).
    Relative error of the coupling below 1e-8, of the prefactor below 1e-7, however small the field.

    Parameters
    ----------
    field : float
        h >= 0 (the model is symmetric in its sign); 0 is the limit h → 0.
    stiffness_range : (float, float)
        (kappa_min, kappa_0) with 0 < kappa_min <= kappa_0.

    Returns
    -------
    CriticalPoint

    Raises
    ------
    InputError
        A negative field, a range that is not increasing, kappa_min = 0 (its critical coupling is 0).

    References
    ----------
    Model: Rainone et al., SciPost Phys. Core 4, 008 (2021), Eq. (1). Its phase diagram: Lerner and Bouchbinder,
    J. Chem. Phys. 155, 200901 (2021), Fig. 8.
    """
    kappa_min, kappa_0 = require_range(stiffness_range)
    return critical_point(require_number("field", field), kappa_min, kappa_0 - kappa_min)


def critical_point(field: float, kappa_min: float, span: float) -> CriticalPoint:
    """`khgps_critical_point` behind the door."""

    def at(softest: float) -> Saddle:
        return saddle(field=field, reaction=kappa_min - softest, softest=softest, span=span)

    if field > 0:
        marginal = at(0.0)
        if marginal.replicon > 0:
            return CriticalPoint(field, marginal.coupling, 4, quartic_prefactor(marginal), marginal)
    low = 0.0 if field > 0 else _LEAST_STIFFNESS * kappa_min
    found = at(brentq(lambda softest: at(softest).replicon, low, kappa_min, xtol=1e-16 * kappa_min, rtol=_RTOL))
    return CriticalPoint(field, found.coupling, 2, quadratic_prefactor(found), found)


def quadratic_prefactor(point: Saddle) -> float:
    """D/omega² on line A: 2/(pi J³ √E[1/m³])."""
    cube = inverse_cube(field=point.field, width=point.width, softest=point.softest, span=point.span)
    return 2 / (math.pi * point.coupling**3 * math.sqrt(cube))


def quartic_prefactor(point: Saddle) -> float:
    """A_g = D/omega⁴ on line B: 4√2 P_F(0) lambda_R^(−5/2)/(kappa_0 − kappa_min)."""
    density = math.exp(-0.5 * (point.field / point.width) ** 2) / (point.width * math.sqrt(2 * math.pi))
    return 4 * math.sqrt(2) * density * point.replicon**-2.5 / point.span


def khgps_special_point(*, stiffness_range: tuple[float, float]) -> CriticalPoint:
    """Point (h*, J*) of the critical line where line A (omega², h < h*) meets line B (omega⁴, h > h*).

    There lambda_R = 0 and J² chi = kappa_min at once. Both prefactors are singular (that of A vanishes, that of B
    diverges), so ``prefactor`` is infinite and ``exponent`` is 4: the limit from line B.

    Raises
    ------
    InputError
        As `khgps_critical_point`; and kappa_min = kappa_0, where all of the line is A.
    """
    kappa_min, kappa_0 = require_range(stiffness_range)
    span = kappa_0 - kappa_min
    if span == 0:
        raise InputError(
            f"stiffness_range is ({kappa_min:g}, {kappa_0:g}), a single stiffness, for which the whole critical line "
            "is omega²; the special point needs kappa_min < kappa_0."
        )

    def at(log_field: float) -> Saddle:
        return saddle(field=math.exp(log_field), reaction=kappa_min, softest=0.0, span=span)

    low = high = 1.5 * math.log(kappa_min)
    while at(low).replicon > 0:
        low -= 1.0
    while at(high).replicon < 0:
        high += 1.0
    found = at(brentq(lambda log_field: at(log_field).replicon, low, high, xtol=1e-14, rtol=_RTOL))
    return CriticalPoint(found.field, found.coupling, 4, math.inf, found)
