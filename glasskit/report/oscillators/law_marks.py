"""What figures of the laws of a family share: their title, the name of what is varied, their ticks, and J_x."""

from __future__ import annotations

from typing import Any

from ...analysis.digits import with_digits
from ...analysis.oscillators.crossover import CrossoverCoupling
from ..kinds import STIFFNESS
from .curve import OscillatorCurve
from .family import Family
from .looks import family_label
from .regimes import crossover_estimate, has_crossover
from .scaling_laws import FamilyLaws


def title(family: Family) -> str:
    """Return what the curves of a family share."""
    return f"Family {family.number}, along {family.along}: {family_label(family.members[0], but=family.along)}"


def symbol(along: str) -> str:
    """Return the number that a family differs in, as mathematical text; of a range of stiffness its upper end."""
    return r"$\kappa_0$" if along == STIFFNESS.name else f"${along}$"


def mark_crossover(axes: Any, member: OscillatorCurve, laws: FamilyLaws, *, told: bool) -> None:
    """J_x as a dotted line where it is expected, and as a band where it was measured."""
    if not has_crossover(member):
        return
    axes.axvline(
        crossover_estimate(member), color="0.5", lw=1, ls=":", zorder=1,
        label=r"$J_x = h^{8/21} \kappa_0^{3/7}$" if told else None,
    )  # fmt: skip
    if isinstance(laws.crossover, CrossoverCoupling):
        value, error = laws.crossover.value, laws.crossover.error
        label = f"$J_x$ = {with_digits(value, error)}, where $\\omega_x = h^{{1/3}}$" if told else None
        axes.axvspan(value - error, value + error, color="0.5", alpha=0.3, lw=0, zorder=0, label=label)
