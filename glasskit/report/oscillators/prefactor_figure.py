"""Figure of A_g against J of a family with what its laws say, and J_x: [R] Fig. 6."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...analysis.digits import with_digits
from ...analysis.oscillators.collapse import Collapse
from ...analysis.oscillators.prefactor_laws import IntermediateLaw, WeakLaw
from ...analysis.oscillators.prefactor_maximum import PrefactorMaximum
from ...axes import HUES
from ..figures import legend_below, logarithmic_bars, new_figure, readable_ticks
from .curve import OscillatorCurve
from .family import Family
from .law_marks import mark_crossover, title
from .prefactor_laws import JUDGED, PrefactorLaws
from .regimes import coupling, field, is_intermediate, stiffest
from .scaling_laws import FamilyLaws


def prefactor_figure(family: Family, collapsed: Collapse | None, laws: FamilyLaws) -> Any:
    """A_g against J with the law of weak coupling, 1/(kappa_0 omega_x³), and J_x; None where no law was fitted."""
    if not any(isinstance(law, WeakLaw | IntermediateLaw) for found in laws.prefactors for law in vars(found).values()):
        return None
    figure = new_figure(6.4, 5.6)
    axes = figure.add_subplot()
    for found, hue, marker in zip(laws.prefactors, HUES, "ov", strict=False):
        _prefactors(axes, family.members, found, hue, marker)
        _lines_of_prefactors(axes, family.members, found, collapsed, hue)
    mark_crossover(axes, family.members[0], laws, told=True)
    axes.set(xscale="log", yscale="log", xlabel="coupling $J$", ylabel=r"$A_g$ of $D(\omega) = A_g\,\omega^4$")
    shown = [c for c in family.members if any(c.name in found.points for found in laws.prefactors)]
    readable_ticks(axes.xaxis, [coupling(curve) for curve in shown])
    readable_ticks(axes.yaxis, [point.value for found in laws.prefactors for point in found.points.values()])
    axes.set_title(title(family), fontsize=10)
    legend_below(figure)
    return figure


def _prefactors(axes: Any, members: Sequence[OscillatorCurve], found: PrefactorLaws, hue: str, marker: str) -> None:
    known = [curve for curve in members if curve.name in found.points]
    if not known:
        return
    value, error = np.array([(found.points[c.name].value, found.points[c.name].error) for c in known]).T
    words = "judged window, $s = 4$ allowed" if found.where == JUDGED else found.where.partition(",")[0].strip()
    axes.errorbar(
        [coupling(curve) for curve in known], value, logarithmic_bars(value, error), fmt=marker, ms=5,
        color=hue, mfc=hue if found.where == JUDGED else "white", label=f"$A_g$, {words}", zorder=3,
    )  # fmt: skip


def _lines_of_prefactors(
    axes: Any, members: Sequence[OscillatorCurve], found: PrefactorLaws, collapsed: Collapse | None, hue: str
) -> None:
    """Fitted laws, between the ends of what they were fitted to."""
    first = members[0]
    for law, dashes, words in ((found.weak, "-", "J < J_x"), (found.weaker, "--", "J < J_x/2")):
        if isinstance(law, WeakLaw):
            low, high = (np.sqrt(stiffest(first) * field(first) ** (2 / 3) / x) for x in reversed(law.window))
            j = np.geomspace(low, high, 100)
            slope = with_digits(law.slope, law.slope_error)
            axes.plot(
                j, law.prefactor(j, field=field(first), largest_stiffness=stiffest(first)), dashes, color=hue, lw=1.2,
                label=f"${words}$: weak law, slope {slope}",
            )  # fmt: skip
    if isinstance(found.intermediate, IntermediateLaw) and collapsed is not None:
        inverse = found.intermediate
        low, high = inverse.coupling.min(), inverse.coupling.max()
        between = [c for c in members if is_intermediate(c) and low <= coupling(c) <= high]
        omega_x = collapsed.omega_x[collapsed.select(*(curve.name for curve in between))]
        constant = with_digits(inverse.constant, inverse.constant_error)
        axes.plot(
            [coupling(curve) for curve in between], inverse.prefactor(omega_x, largest_stiffness=stiffest(first)), "-.",
            color=hue, lw=1.2, label=rf"{constant} $/(\kappa_0\,\omega_x^3)$",
        )  # fmt: skip
    if isinstance(found.maximum, PrefactorMaximum) and found.maximum.established:
        axes.axvspan(*found.maximum.bracket, color=hue, alpha=0.1, lw=0, label="couplings next to the largest $A_g$")
