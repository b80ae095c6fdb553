"""Laws of [R] for omega_x and A_g against J, each in a sentence; where one is fitted does not depend on how it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...analysis.oscillators.collapse import Collapse
from ...analysis.oscillators.crossover import ScalingLaw, crossover_coupling, expected_crossover, fit_scaling_law
from ...analysis.oscillators.prefactor_laws import IntermediateLaw, WeakLaw, fit_intermediate_law, fit_weak_law
from ...analysis.oscillators.prefactor_maximum import PrefactorMaximum, prefactor_maximum
from ...errors import InsufficientDataError
from ..kinds import COUPLING, FIELD, STIFFNESS
from ..measured import Refused
from .curve import OscillatorCurve
from .exponents import Exponents
from .prefactors import measured_prefactor, quartic_allowed
from .words import attempt

EXPECTED_OMEGA_X = {"J": 7 / 8}
"""omega_x ~ J^(7/8) kappa_0^(-3/8), which [R] found in its own simulations for J_x < J < kappa_0."""

LEAST_CURVES = 3


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
    members: Sequence[OscillatorCurve],
    collapsed: Collapse | Refused,
    exponents: Mapping[str, Exponents],
    collapse: Callable[[Sequence[OscillatorCurve]], Collapse | Refused],
) -> dict[str, str]:
    """Return the sentences of all laws of a family along J, by name; a refused law says why.

    The exponent of omega_x is that of a collapse of the curves of J_x < J < kappa_0 among themselves, which are one
    curve or not whatever weak coupling looks like; in units of the weak regime, and so for J_x, it takes that of all.
    """
    known = [c for c in members if coupling(c) > 0 and quartic_allowed(exponents[c.name])]
    between = [c for c in members if crossover_estimate(c) < coupling(c) < stiffest(c)]
    found: dict[str, Any] = {"maximum of A_g": attempt(_maximum, known, exponents)}
    if isinstance(collapsed, Collapse):
        regime = "omega_x for J_x < J < kappa_0"
        if len(between) < len(members):
            found[f"{regime}, collapsed without the others"] = attempt(_law_alone, between, collapse)
            regime += ", in the collapse of all"
        law = attempt(_omega_x_law, between, collapsed)
        found[regime] = law
        field = members[0].parameter(FIELD.name)
        if isinstance(law, ScalingLaw) and field != 0 and collapsed.unit != 1.0:
            found["crossover"] = attempt(crossover_coupling, law, field)
    if members[0].kind.mean_field:
        found["A_g for J < J_x"] = attempt(
            _weak_law, [c for c in known if coupling(c) < crossover_estimate(c)], exponents
        )
        if isinstance(collapsed, Collapse):
            both = [c for c in between if c in known]
            found["A_g for J_x < J < kappa_0"] = attempt(_intermediate_law, both, collapsed, exponents)
    return {name: law.reason if isinstance(law, Refused) else str(law) for name, law in found.items()}


def _law_alone(
    between: Sequence[OscillatorCurve], collapse: Callable[[Sequence[OscillatorCurve]], Collapse | Refused]
) -> str:
    """Power law of omega_x of curves collapsed among themselves, and how well they collapse."""
    _require_curves(between)
    alone = collapse(between)
    if isinstance(alone, Refused):
        raise InsufficientDataError(alone.reason)
    return f"{_omega_x_law(between, alone).summary} {alone.summary}"


def _omega_x_law(between: Sequence[OscillatorCurve], collapsed: Collapse) -> ScalingLaw:
    _require_curves(between)
    chosen = collapsed.select(*(curve.name for curve in between))
    return fit_scaling_law(
        collapsed.omega_x[chosen], collapsed.covariance[np.ix_(chosen, chosen)],
        {"J": [coupling(curve) for curve in between]},
        expected=EXPECTED_OMEGA_X if between[0].kind.mean_field else None,
    )  # fmt: skip


def _maximum(known: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> PrefactorMaximum:
    return prefactor_maximum(*_points(known, exponents))


def _weak_law(weak: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> WeakLaw:
    return fit_weak_law(
        *_points(weak, exponents), field=weak[0].parameter(FIELD.name), largest_stiffness=stiffest(weak[0]),
        window=(0.0, float(np.finfo(float).max)),
    )  # fmt: skip


def _intermediate_law(
    between: Sequence[OscillatorCurve], collapsed: Collapse, exponents: Mapping[str, Exponents]
) -> IntermediateLaw:
    points = _points(between, exponents)
    chosen = collapsed.select(*(curve.name for curve in between))
    return fit_intermediate_law(
        *points, omega_x=collapsed.omega_x[chosen], omega_x_error=collapsed.covariance[np.ix_(chosen, chosen)],
        largest_stiffness=stiffest(between[0]),
    )  # fmt: skip


def _points(curves: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> tuple[list[float], ...]:
    """J, A_g and its error of curves that are known to have it."""
    _require_curves(curves)
    rows = []
    for curve in curves:
        prefactor = measured_prefactor(exponents[curve.name])
        assert prefactor is not None
        rows.append((coupling(curve), prefactor.value, prefactor.error))
    return tuple(list(column) for column in zip(*rows, strict=True))


def _require_curves(curves: Sequence[OscillatorCurve]) -> None:
    if len(curves) < LEAST_CURVES:
        raise InsufficientDataError(
            f"{len(curves)} curves of the family are there for it, it takes {LEAST_CURVES}: add couplings or instances."
        )
