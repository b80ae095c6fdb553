"""Laws of [R] for omega_x and A_g against J, each in a sentence; where one is fitted does not depend on how it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...analysis.exponents.prefactor import QuarticPrefactor
from ...analysis.oscillators.collapse import REFUSED, Collapse
from ...analysis.oscillators.crossover import ScalingLaw, crossover_coupling, expected_crossover, fit_scaling_law
from ...analysis.oscillators.prefactor_laws import IntermediateLaw, WeakLaw, fit_intermediate_law, fit_weak_law
from ...analysis.oscillators.prefactor_maximum import PrefactorMaximum, prefactor_maximum
from ...errors import InsufficientDataError
from ..kinds import COUPLING, FIELD, STIFFNESS
from ..measured import Refused
from .curve import OscillatorCurve
from .exponents import Exponents
from .prefactors import NARROWER, measured_prefactor, prefactor_at, quartic_allowed
from .words import attempt

EXPECTED_OMEGA_X = {"J": 7 / 8, "kappa_0": -3 / 8, "h": 1 / 3}
"""omega_x ~ J^(7/8) kappa_0^(-3/8), as [R] found in simulations for J_x < J < kappa_0, and h^(1/3) for J < J_x."""

LEAST_CURVES = 3

Points = Mapping[str, QuarticPrefactor]


def crossover_estimate(curve: OscillatorCurve) -> float:
    """J_x as expected; [R] leaves its factor open."""
    return expected_crossover(curve.parameter(FIELD.name), stiffest(curve))


def coupling(curve: OscillatorCurve) -> float:
    """J of a curve."""
    return float(curve.parameter(COUPLING.name))


def stiffest(curve: OscillatorCurve) -> float:
    """kappa_0 of a curve."""
    return float(curve.parameter(STIFFNESS.name)[1])


def laws_of(
    along: str,
    members: Sequence[OscillatorCurve],
    collapsed: Collapse | Refused,
    exponents: Mapping[str, Exponents],
    collapse: Callable[[Sequence[OscillatorCurve]], Collapse | Refused],
) -> dict[str, str]:
    """Return the sentences of all laws of a family, by name; a refused law says why. Those of A_g are laws along J.

    The exponent of omega_x is that of a collapse of the curves of J_x < J < kappa_0 among themselves, which are one
    curve or not whatever weak coupling looks like; in units of the weak regime, and so for J_x, it takes that of all.
    """
    between = [c for c in members if crossover_estimate(c) < coupling(c) < stiffest(c)]
    weak = [c for c in members if coupling(c) < crossover_estimate(c)]
    regime, curves = ("J < J_x", weak) if along == FIELD.name else ("J_x < J < kappa_0", between)
    found: dict[str, Any] = {}
    if isinstance(collapsed, Collapse):
        name = f"omega_x for {regime}"
        if len(curves) < len(members):
            found[f"{name}, collapsed without the others"] = attempt(_law_alone, along, curves, collapse)
            name += ", in the collapse of all"
        law = attempt(_omega_x_law, along, curves, collapsed)
        found[name] = law
        field = members[0].parameter(FIELD.name)
        if along == COUPLING.name and isinstance(law, ScalingLaw) and field != 0 and collapsed.unit != 1.0:
            refused = Refused("the law of omega_x for J_x < J < kappa_0 does not hold, and so crosses nothing.")
            found["crossover"] = attempt(crossover_coupling, law, field) if law.p_value >= REFUSED else refused
    if along == COUPLING.name:
        found |= _laws_of_prefactors(members, collapsed, exponents, weak, between)
    return {name: law.reason if isinstance(law, Refused) else str(law) for name, law in found.items()}


def _laws_of_prefactors(
    members: Sequence[OscillatorCurve],
    collapsed: Collapse | Refused,
    exponents: Mapping[str, Exponents],
    weak: Sequence[OscillatorCurve],
    between: Sequence[OscillatorCurve],
) -> dict[str, Any]:
    """The maximum of A_g and its laws on both sides; weak coupling is J << J_x, so that J < J_x/2 is looked at too."""
    found: dict[str, Any] = {}
    weaker = [c for c in weak if coupling(c) < crossover_estimate(c) / 2]
    for where, points in _prefactors(members, exponents).items():
        found[f"maximum of A_g{where}"] = attempt(_maximum, members, points)
        if members[0].kind.mean_field:
            found[f"A_g for J < J_x{where}"] = attempt(_weak_law, weak, points)
            found[f"A_g for J < J_x/2{where}"] = attempt(_weak_law, weaker, points)
            if isinstance(collapsed, Collapse):
                found[f"A_g for J_x < J < kappa_0{where}"] = attempt(_intermediate_law, between, collapsed, points)
    return found


def _law_alone(
    along: str, curves: Sequence[OscillatorCurve], collapse: Callable[[Sequence[OscillatorCurve]], Collapse | Refused]
) -> str:
    """Power law of omega_x of curves collapsed among themselves, and how well they collapse."""
    _require_curves(curves)
    alone = collapse(curves)
    if isinstance(alone, Refused):
        raise InsufficientDataError(alone.reason)
    return f"{_omega_x_law(along, curves, alone).summary} {alone.summary}"


def _omega_x_law(along: str, curves: Sequence[OscillatorCurve], collapsed: Collapse) -> ScalingLaw:
    _require_curves(curves)
    chosen = collapsed.select(*(curve.name for curve in curves))
    name = "kappa_0" if along == STIFFNESS.name else along
    varied = [stiffest(c) if along == STIFFNESS.name else float(c.parameter(along)) for c in curves]
    return fit_scaling_law(
        collapsed.omega_x[chosen], collapsed.covariance[np.ix_(chosen, chosen)], {name: varied},
        expected={name: EXPECTED_OMEGA_X[name]} if curves[0].kind.mean_field else None,
    )  # fmt: skip


def _prefactors(members: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> dict[str, Points]:
    """A_g of curves by where it is from: the window that was judged, where s = 4 is allowed, and the lowest modes."""
    coupled = [curve.name for curve in members if coupling(curve) > 0]
    judged = {name: measured_prefactor(exponents[name]) for name in coupled if quartic_allowed(exponents[name])}
    lowest = {name: prefactor_at(exponents[name], NARROWER[0]) for name in coupled}
    words = f" from the lowest {NARROWER[0]:g} of all modes, whatever s is"
    return {
        where: {n: p for n, p in found.items() if p is not None} for where, found in (("", judged), (words, lowest))
    }


def _maximum(members: Sequence[OscillatorCurve], points: Points) -> PrefactorMaximum:
    known = [curve for curve in members if curve.name in points]
    return prefactor_maximum(*_columns(known, points))


def _weak_law(weak: Sequence[OscillatorCurve], points: Points) -> WeakLaw:
    known = [curve for curve in weak if curve.name in points]
    return fit_weak_law(
        *_columns(known, points), field=weak[0].parameter(FIELD.name), largest_stiffness=stiffest(weak[0]),
        window=(0.0, float(np.finfo(float).max)),
    )  # fmt: skip


def _intermediate_law(between: Sequence[OscillatorCurve], collapsed: Collapse, points: Points) -> IntermediateLaw:
    known = [curve for curve in between if curve.name in points]
    columns = _columns(known, points)
    chosen = collapsed.select(*(curve.name for curve in known))
    return fit_intermediate_law(
        *columns, omega_x=collapsed.omega_x[chosen], omega_x_error=collapsed.covariance[np.ix_(chosen, chosen)],
        largest_stiffness=stiffest(known[0]),
    )  # fmt: skip


def _columns(curves: Sequence[OscillatorCurve], points: Points) -> tuple[list[float], ...]:
    """J, A_g and its error."""
    _require_curves(curves)
    rows = [(coupling(curve), points[curve.name].value, points[curve.name].error) for curve in curves]
    return tuple(list(column) for column in zip(*rows, strict=True))


def _require_curves(curves: Sequence[OscillatorCurve]) -> None:
    if len(curves) < LEAST_CURVES:
        raise InsufficientDataError(
            f"{len(curves)} of the family's curves can be used for it, it takes {LEAST_CURVES}: add couplings or "
            "instances."
        )
