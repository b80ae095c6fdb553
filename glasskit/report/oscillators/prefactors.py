"""A_g against J, where curves differ in nothing else: [R] Fig. 6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ...analysis.exponents.prefactor import QuarticPrefactor
from ...analysis.exponents.verdict import ExponentVerdict
from ...axes import HUES
from ..figures import new_figure, plain_ticks
from ..kinds import COUPLING
from ..measured import with_error
from ..section import Rows, Section
from ..text import aligned, wrapped
from .curve import OscillatorCurve, families
from .exponents import Exponents
from .looks import family_label


def prefactors_section(curves: Sequence[OscillatorCurve], found: Mapping[str, Exponents]) -> Section | None:
    """Table and figure of A_g in the window that was judged; None where no curves differ in J only."""
    if not curves:
        return None
    along = COUPLING.name
    groups = [[c for c in group if measured_prefactor(found[c.name])] for group in families(curves, along)]
    groups = [group for group in groups if len(group) > 1]
    if not groups:
        return None
    rows: list[list[str]] = []
    table: Rows = []
    for number, group in enumerate(groups, 1):
        for curve in group:
            prefactor, allowed = measured_prefactor(found[curve.name]), quartic_allowed(found[curve.name])
            assert prefactor is not None
            rows.append([
                curve.name, str(number), f"{curve.parameter(along):g}", f"{prefactor.upper:.4g}", str(prefactor.count),
                with_error(prefactor.value, prefactor.error), "allowed" if allowed else "disfavoured",
            ])  # fmt: skip
            table.append({
                **curve.head(), "family": number, "omega_c": prefactor.upper, "modes": prefactor.count,
                "A_g": prefactor.value, "A_g_error": prefactor.error, "quartic_allowed": allowed,
            })  # fmt: skip
    note = wrapped(
        f"Curves of one family differ in {along} only. A_g is that of D = A_g omega^4, D normalised to one oscillator, "
        "in the window that was judged; it means little where s = 4 is disfavoured."
    )
    head = ["curve", "family", along, "omega_c", "modes", "A_g", "s = 4 is"]
    figure = {"prefactors": partial(_figure, groups, found, along)}
    return Section(f"Prefactor A_g against {along}", [*aligned(head, rows), note], {"prefactors": table}, figure)


def measured_prefactor(exponents: Exponents) -> QuarticPrefactor | None:
    """Return A_g in the window that was judged, where there is a verdict."""
    return exponents.verdict.prefactor if isinstance(exponents.verdict, ExponentVerdict) else None


def quartic_allowed(exponents: Exponents) -> bool:
    """Whether there is a verdict and s = 4 is among the exponents that it allows."""
    return isinstance(exponents.verdict, ExponentVerdict) and 4.0 in exponents.verdict.allowed


def _figure(groups: Sequence[Sequence[OscillatorCurve]], found: Mapping[str, Exponents], along: str) -> Any:
    figure = new_figure(6.0, 4.8)
    axes = figure.add_subplot()
    for number, group in enumerate(groups):
        hue = HUES[number % len(HUES)]
        points = [
            (c.parameter(along), measured_prefactor(found[c.name]), quartic_allowed(found[c.name])) for c in group
        ]
        values = [(x, p.value, min(p.error, 0.9 * p.value), p.error, ok) for x, p, ok in points if p is not None]
        axes.plot([v[0] for v in values], [v[1] for v in values], color=hue, lw=0.8, zorder=1)
        for x, y, down, up, allowed in values:
            axes.errorbar(
                [x], [y], [[down], [up]], fmt="o", color=hue, ms=6, capsize=2,
                markerfacecolor=hue if allowed else "white",
            )  # fmt: skip
        axes.plot([], [], "o-", color=hue, label=family_label(group[0], but=along))
    axes.plot([], [], "o", color="0.4", markerfacecolor="white", label="open: $s = 4$ is disfavoured")
    couplings = sorted({c.parameter(along) for group in groups for c in group})
    axes.set(
        xscale="log" if couplings[0] > 0 else "linear", yscale="log",
        xlabel=f"coupling ${along}$", ylabel=r"$A_g$ of $D(\omega) = A_g\,\omega^4$",
    )  # fmt: skip
    if len(couplings) <= 8:
        axes.set_xticks(couplings, [f"{value:g}" for value in couplings])
        axes.minorticks_off()
    elif couplings[0] > 0:
        plain_ticks(axes.xaxis)
    axes.set_title("Prefactor per oscillator, in the window that was judged", fontsize=10)
    axes.legend(fontsize=8, frameon=False)
    return figure
