"""Laws of A_g against J in a family of curves: its maximum, and the laws of [R] on both sides of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...analysis.exponents.prefactor import QuarticPrefactor
from ...analysis.oscillators.collapse import Collapse
from ...analysis.oscillators.prefactor_laws import IntermediateLaw, WeakLaw, fit_intermediate_law, fit_weak_law
from ...analysis.oscillators.prefactor_maximum import PrefactorMaximum, prefactor_maximum
from ...errors import InsufficientDataError
from ..measured import Refused
from .curve import OscillatorCurve
from .exponents import Exponents
from .prefactors import NARROWER, measured_prefactor, prefactor_at, quartic_allowed
from .regimes import coupling, field, is_intermediate, is_weak, is_weaker, stiffest
from .windows import judged_modes
from .words import attempt

LEAST_CURVES = 3

JUDGED, LOWEST = "", f" from the lowest {NARROWER[0]:g} of all modes, whatever s is"
"""Where A_g is from, in words: the window that was judged, where s = 4 is allowed, or the lowest modes."""

Points = Mapping[str, QuarticPrefactor]


@dataclass(frozen=True)
class PrefactorLaws:
    """What A_g(J) of a family follows, with A_g from one place.

    Attributes
    ----------
    where : str
        ``JUDGED`` or ``LOWEST``.
    points : mapping of str to QuarticPrefactor
        A_g of the curves that have one there, by name.
    maximum : PrefactorMaximum or Refused
    weak, weaker : WeakLaw or Refused or None
        For J < J_x and for J < J_x/2; None where [R] says nothing of the model.
    intermediate : IntermediateLaw or Refused or None
        For J_x < J < kappa_0; None without omega_x too.
    left_out : tuple of str
        See `not_full`.
    """

    where: str
    points: Points
    maximum: PrefactorMaximum | Refused
    weak: WeakLaw | Refused | None
    weaker: WeakLaw | Refused | None
    intermediate: IntermediateLaw | Refused | None
    left_out: tuple[str, ...] = ()

    def named(self) -> dict[str, object]:
        """Return the laws that were looked for, by what they are laws of, and what was left out."""
        every = {
            "maximum of A_g": self.maximum, "A_g for J < J_x": self.weak, "A_g for J < J_x/2": self.weaker,
            "A_g for J_x < J < kappa_0": self.intermediate,
        }  # fmt: skip
        found: dict[str, object] = {f"{name}{self.where}": law for name, law in every.items() if law is not None}
        if self.left_out:
            found["left out of A_g"] = f"{', '.join(self.left_out)}."
        return found


def prefactor_laws(
    members: Sequence[OscillatorCurve], collapsed: Collapse | Refused, exponents: Mapping[str, Exponents]
) -> tuple[PrefactorLaws, ...]:
    """Fit the laws of A_g of a family along J, once for each place A_g is from."""
    few = tuple(not_full(members, exponents))
    return tuple(
        replace(_laws(where, members, collapsed, points), left_out=few if where == JUDGED else ())
        for where, points in prefactor_points(members, exponents).items()
    )


def prefactor_points(curves: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> dict[str, Points]:
    """A_g of coupled curves by where it is from: the judged window, where s = 4 is allowed, and the lowest modes.

    Without curves of which too few modes were computed to fill the judged window: a handful above a gap allows s = 4.
    """
    coupled = [curve for curve in curves if coupling(curve) > 0]
    judged = {
        curve.name: measured_prefactor(exponents[curve.name])
        for curve in coupled
        if quartic_allowed(exponents[curve.name]) and not _missing(curve, exponents)
    }
    lowest = {curve.name: prefactor_at(exponents[curve.name], NARROWER[0]) for curve in coupled}
    return {
        where: {n: p for n, p in found.items() if p is not None}
        for where, found in ((JUDGED, judged), (LOWEST, lowest))
    }


def not_full(curves: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> list[str]:
    """Coupled curves that `prefactor_points` leaves out, with the modes there are and those that were wanted."""
    return [
        f"{curve.name} ({_known(curve, exponents)} of {judged_modes(curve.size * curve.instances)} modes)"
        for curve in curves
        if coupling(curve) > 0 and quartic_allowed(exponents[curve.name]) and _missing(curve, exponents)
    ]


def _known(curve: OscillatorCurve, exponents: Mapping[str, Exponents]) -> int:
    prefactor = measured_prefactor(exponents[curve.name])
    return 0 if prefactor is None else prefactor.count


def _missing(curve: OscillatorCurve, exponents: Mapping[str, Exponents]) -> bool:
    return _known(curve, exponents) < judged_modes(curve.size * curve.instances)


def weak_law(curves: Sequence[OscillatorCurve], points: Points, what: str = "of the family's curves") -> WeakLaw:
    """Fit the law of weak coupling to all curves that have a point; a refusal says ``what`` they are.

    Raises
    ------
    InsufficientDataError
        Fewer than three, or an A_g that is hardly known.
    """
    known = [curve for curve in curves if curve.name in points]
    require_curves(known, what)
    return fit_weak_law(
        *_columns(known, points), field=[field(curve) for curve in known],
        largest_stiffness=[stiffest(curve) for curve in known], window=(0.0, float(np.finfo(float).max)),
    )  # fmt: skip


def require_curves(curves: Sequence[OscillatorCurve], what: str = "of the family's curves") -> None:
    """Refuse a law of fewer than three curves; ``what`` they are."""
    if len(curves) < LEAST_CURVES:
        raise InsufficientDataError(
            f"{len(curves)} {what} can be used for it, it takes {LEAST_CURVES}: add couplings or instances."
        )


def _laws(
    where: str, members: Sequence[OscillatorCurve], collapsed: Collapse | Refused, points: Points
) -> PrefactorLaws:
    weak = weaker = intermediate = None
    if members[0].kind.mean_field:
        weak = attempt(weak_law, [c for c in members if is_weak(c)], points)
        weaker = attempt(weak_law, [c for c in members if is_weaker(c)], points)
        if isinstance(collapsed, Collapse):
            between = [c for c in members if is_intermediate(c)]
            intermediate = attempt(_intermediate_law, between, collapsed, points)
    return PrefactorLaws(where, points, attempt(_maximum, members, points), weak, weaker, intermediate)


def _maximum(members: Sequence[OscillatorCurve], points: Points) -> PrefactorMaximum:
    known = [curve for curve in members if curve.name in points]
    return prefactor_maximum(*_columns(known, points))


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
    require_curves(curves)
    rows = [(coupling(curve), points[curve.name].value, points[curve.name].error) for curve in curves]
    return tuple(list(column) for column in zip(*rows, strict=True))
