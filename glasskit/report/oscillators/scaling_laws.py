"""Laws of [R] for omega_x, <x²> and A_g of a family of curves; where one is fitted does not depend on how it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...analysis.oscillators.collapse import REFUSED, Collapse
from ...analysis.oscillators.crossover import CrossoverCoupling, ScalingLaw, crossover_coupling, fit_scaling_law
from ...analysis.oscillators.displacement_ratios import DisplacementRatios, displacement_ratios
from ...errors import InsufficientDataError
from ..kinds import COUPLING, FIELD, STIFFNESS
from ..measured import Refused
from .curve import OscillatorCurve
from .exponents import Exponents
from .prefactor_laws import PrefactorLaws, prefactor_laws, require_curves
from .regimes import is_below_largest_stiffness, is_intermediate, is_weak, stiffest, varied
from .words import attempt

EXPECTED_OMEGA_X = {"J": 7 / 8, "kappa_0": -3 / 8, "h": 1 / 3}
"""omega_x ~ J^(7/8) kappa_0^(-3/8), as [R] found in simulations for J_x < J < kappa_0, and h^(1/3) for J < J_x."""

Collapsing = Callable[[Sequence[OscillatorCurve]], Collapse | Refused]

ALONE = ", collapsed without the others"


@dataclass(frozen=True)
class Alone:
    """Curves of one regime, collapsed among themselves: the law of their omega_x, and how well they collapse."""

    law: ScalingLaw
    collapsed: Collapse
    ratios: DisplacementRatios | Refused | None

    def __str__(self) -> str:
        return f"{self.law.summary} {self.collapsed.summary}"


@dataclass(frozen=True)
class FamilyLaws:
    """What the numbers of a family follow; a law is Refused with its reason, or None where none was looked for.

    Attributes
    ----------
    regime : str
        Of coupling, in which omega_x was fitted.
    fitted : tuple of str
        Names of the curves of this regime.
    alone : Alone or Refused or None
        From a collapse of these curves only; None where they are the whole family.
    omega_x : ScalingLaw or Refused or None
        From the collapse of the family.
    crossover : CrossoverCoupling or Refused or None
        J_x, where that law meets h^(1/3).
    ratios : DisplacementRatios or Refused or None
        kappa_0 <x²>/omega_x⁴ of curves with J and J_x below kappa_0, from the collapse of the family.
    prefactors : tuple of PrefactorLaws
        Of families along J.
    """

    regime: str
    fitted: tuple[str, ...]
    alone: Alone | Refused | None = None
    omega_x: ScalingLaw | Refused | None = None
    crossover: CrossoverCoupling | Refused | None = None
    ratios: DisplacementRatios | Refused | None = None
    prefactors: tuple[PrefactorLaws, ...] = ()

    def sentences(self) -> dict[str, str]:
        """Return what each law says, or why there is none, by its name."""
        name = f"omega_x for {self.regime}"
        found: dict[str, object] = {
            f"{name}{ALONE}": self.alone,
            f"{name}{'' if self.alone is None else ', in the collapse of all'}": self.omega_x,
            "crossover": self.crossover,
            "displacements for J and J_x < kappa_0": self.ratios,
        }
        if isinstance(self.alone, Alone):
            found[f"displacements for {self.regime}{ALONE}"] = self.alone.ratios
        for laws in self.prefactors:
            found |= laws.named()
        return {
            name: law.reason if isinstance(law, Refused) else str(law) for name, law in found.items() if law is not None
        }


def laws_of(
    along: str,
    members: Sequence[OscillatorCurve],
    collapsed: Collapse | Refused,
    exponents: Mapping[str, Exponents],
    collapse: Collapsing,
) -> FamilyLaws:
    """Fit all laws of a family; those of A_g are laws along J.

    The exponent of omega_x is that of a collapse of the curves of J_x < J < kappa_0 among themselves, which are one
    curve or not whatever weak coupling looks like; in units of the weak regime, and so for J_x, it takes that of all.
    """
    regime, belongs = ("J < J_x", is_weak) if along == FIELD.name else ("J_x < J < kappa_0", is_intermediate)
    curves = [curve for curve in members if belongs(curve)]
    prefactors = prefactor_laws(members, collapsed, exponents) if along == COUPLING.name else ()
    fitted = tuple(curve.name for curve in curves)
    if isinstance(collapsed, Refused):
        return FamilyLaws(regime, fitted, prefactors=prefactors)
    law = attempt(_omega_x_law, along, curves, collapsed)
    return FamilyLaws(
        regime, fitted, omega_x=law, prefactors=prefactors,
        alone=attempt(_alone, along, curves, collapse) if len(curves) < len(members) else None,
        crossover=_crossover(members, law, collapsed) if along == COUPLING.name else None,
        ratios=_ratios(members, collapsed),
    )  # fmt: skip


def in_units_of_the_field(members: Sequence[OscillatorCurve], collapsed: Collapse) -> bool:
    """Whether the reference of a collapse is in the weak regime, with omega_x = h^(1/3)."""
    return any(curve.name == collapsed.reference and is_weak(curve) for curve in members)


def _crossover(
    members: Sequence[OscillatorCurve], law: ScalingLaw | Refused, collapsed: Collapse
) -> CrossoverCoupling | Refused | None:
    if isinstance(law, Refused) or not in_units_of_the_field(members, collapsed):
        return None
    if not law.p_value >= REFUSED:
        return Refused("the law of omega_x for J_x < J < kappa_0 does not hold, and so crosses nothing.")
    return attempt(crossover_coupling, law, members[0].parameter(FIELD.name))


def _alone(along: str, curves: Sequence[OscillatorCurve], collapse: Collapsing) -> Alone:
    require_curves(curves)
    alone = collapse(curves)
    if isinstance(alone, Refused):
        raise InsufficientDataError(alone.reason)
    return Alone(_omega_x_law(along, curves, alone), alone, _ratios(curves, alone))


def _omega_x_law(along: str, curves: Sequence[OscillatorCurve], collapsed: Collapse) -> ScalingLaw:
    require_curves(curves)
    chosen = collapsed.select(*(curve.name for curve in curves))
    name = "kappa_0" if along == STIFFNESS.name else along
    return fit_scaling_law(
        collapsed.omega_x[chosen], collapsed.covariance[np.ix_(chosen, chosen)],
        {name: [varied(curve, along) for curve in curves]},
        expected={name: EXPECTED_OMEGA_X[name]} if curves[0].kind.mean_field else None,
    )  # fmt: skip


def _ratios(curves: Sequence[OscillatorCurve], collapsed: Collapse) -> DisplacementRatios | Refused | None:
    """kappa_0 <x²>/omega_x⁴ where [R] says that it is one number; None for fewer than two curves."""
    chosen = [curve for curve in curves if curve.kind.mean_field and is_below_largest_stiffness(curve)]
    if len(chosen) < 2:
        return None
    return attempt(
        displacement_ratios, collapsed, [stiffest(curve) for curve in chosen], names=[curve.name for curve in chosen]
    )
