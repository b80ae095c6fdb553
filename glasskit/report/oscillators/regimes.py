"""Regimes of coupling that [R] tells apart, from J, h and kappa_0 of a curve alone, before anything is measured.

Weak coupling is J < J_x = h^(8/21) kappa_0^(3/7), intermediate J_x < J < kappa_0, strong J >= 5 kappa_0. J_x is known
up to a factor of order one, and so half of it is looked at too. [R] is Rainone et al., SciPost Phys. Core 4, 008
(2021).
"""

from __future__ import annotations

import math

from ...analysis.oscillators.crossover import expected_crossover
from ..kinds import COUPLING, FIELD, STIFFNESS
from .curve import OscillatorCurve

STRONG = 5
"""J/kappa_0 from which coupling is called strong, J >> kappa_0."""


def coupling(curve: OscillatorCurve) -> float:
    """J of a curve."""
    return float(curve.parameter(COUPLING.name))


def field(curve: OscillatorCurve) -> float:
    """|h| of a curve."""
    return abs(float(curve.parameter(FIELD.name)))


def stiffest(curve: OscillatorCurve) -> float:
    """kappa_0 of a curve."""
    return float(curve.parameter(STIFFNESS.name)[1])


def varied(curve: OscillatorCurve, along: str) -> float:
    """Number that a family along a parameter differs in; kappa_0 of a range of stiffness."""
    return stiffest(curve) if along == STIFFNESS.name else float(curve.parameter(along))


def crossover_estimate(curve: OscillatorCurve) -> float:
    """J_x as expected; [R] leaves its factor open."""
    return expected_crossover(curve.parameter(FIELD.name), stiffest(curve))


def has_crossover(curve: OscillatorCurve) -> bool:
    """Whether [R] expects a J_x of it: mean field, stiffnesses from zero on, and a field."""
    gapless = curve.kind.mean_field and curve.parameter(STIFFNESS.name)[0] == 0
    return gapless and crossover_estimate(curve) > 0


def weakness(curve: OscillatorCurve) -> float:
    """J_x/J: above 1 in the weak regime, 0 without a field, which has none."""
    if not crossover_estimate(curve) > 0:
        return 0.0
    return crossover_estimate(curve) / coupling(curve) if coupling(curve) > 0 else math.inf


def is_weak(curve: OscillatorCurve) -> bool:
    """Whether J < J_x."""
    return weakness(curve) > 1


def is_weaker(curve: OscillatorCurve) -> bool:
    """Whether J < J_x/2."""
    return weakness(curve) > 2


def is_intermediate(curve: OscillatorCurve) -> bool:
    """Whether J_x < J < kappa_0."""
    return crossover_estimate(curve) < coupling(curve) < stiffest(curve)


def is_below_largest_stiffness(curve: OscillatorCurve) -> bool:
    """Whether J < kappa_0 and J_x < kappa_0: weak or intermediate, with omega_x² below kappa_0 in both regimes."""
    return max(coupling(curve), crossover_estimate(curve)) < stiffest(curve)


def is_strong(curve: OscillatorCurve) -> bool:
    """Whether J >= 5 kappa_0."""
    return coupling(curve) > 0 and coupling(curve) >= STRONG * stiffest(curve)
