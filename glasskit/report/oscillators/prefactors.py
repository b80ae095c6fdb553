"""A_g against J, where curves differ in nothing else: [R] Fig. 6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ...analysis.exponents.prefactor import QuarticPrefactor
from ...analysis.exponents.verdict import ExponentVerdict
from ...axes import HUES
from ..figures import logarithmic_bars, new_figure, readable_ticks
from ..kinds import COUPLING
from ..measured import Refused, with_error
from ..section import Rows, Section
from ..text import aligned, wrapped
from .curve import OscillatorCurve, families
from .exponents import Exponents
from .looks import family_label

NARROWER = (1e-4, 3e-4)
"""Fractions of all modes in smaller windows than the one that is judged: does A_g depend on it?"""


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
            edge = begins_at_edge(found[curve.name])
            words = "edge" if edge else "allowed" if allowed else "disfavoured"
            assert prefactor is not None
            narrower = [prefactor_at(found[curve.name], fraction) for fraction in NARROWER]
            rows.append([
                curve.name, str(number), f"{curve.parameter(along):g}", f"{prefactor.upper:.4g}", str(prefactor.count),
                with_error(prefactor.value, prefactor.error), words,
                *("not known" if one is None else with_error(one.value, one.error) for one in narrower),
            ])  # fmt: skip
            table.append({
                **curve.head(), "family": number, "omega_c": prefactor.upper, "modes": prefactor.count,
                "A_g": prefactor.value, "A_g_error": prefactor.error, "quartic_allowed": allowed, "edge": edge,
            })  # fmt: skip
            for fraction, one in zip(NARROWER, narrower, strict=True):
                table[-1][f"A_g_{fraction:g}"] = "" if one is None else one.value
                table[-1][f"A_g_{fraction:g}_error"] = "" if one is None else one.error
    note = wrapped(
        f"Curves of one family differ in {along} only. A_g is that of D = A_g omega^4, D normalised to one oscillator, "
        "in the window that was judged; it means little where s = 4 is disfavoured, depends on the window there, and "
        f"means nothing at the edge of a gap: the last columns are from the lowest {NARROWER[0]:g} and "
        f"{NARROWER[1]:g} of all modes."
    )
    head = ["curve", "family", along, "omega_c", "modes", "A_g", "s = 4 is", *(f"A_g, {f:g}" for f in NARROWER)]
    figure = {"prefactors": partial(_figure, groups, found, along)}
    return Section(f"Prefactor A_g against {along}", [*aligned(head, rows), note], {"prefactors": table}, figure)


def measured_prefactor(exponents: Exponents) -> QuarticPrefactor | None:
    """Return A_g in the window that was judged, where there is a verdict."""
    return exponents.verdict.prefactor if isinstance(exponents.verdict, ExponentVerdict) else None


def prefactor_at(exponents: Exponents, fraction: float) -> QuarticPrefactor | None:
    """A_g from the lowest `fraction` of all modes."""
    for one in exponents.windows:
        if one.fraction == fraction:
            return None if isinstance(one.prefactor, Refused) else one.prefactor
    return None


def quartic_allowed(exponents: Exponents) -> bool:
    """Whether there is a verdict and s = 4 is among the exponents that it allows."""
    return isinstance(exponents.verdict, ExponentVerdict) and 4.0 in exponents.verdict.allowed


def begins_at_edge(exponents: Exponents) -> bool:
    """Whether the window that was judged holds the edge of a gap, where A_g stands for no power law."""
    return isinstance(exponents.verdict, ExponentVerdict) and exponents.verdict.edge


def _figure(groups: Sequence[Sequence[OscillatorCurve]], found: Mapping[str, Exponents], along: str) -> Any:
    figure = new_figure(6.0, 4.8)
    axes = figure.add_subplot()
    for number, group in enumerate(groups):
        hue = HUES[number % len(HUES)]
        points = [
            (c.parameter(along), measured_prefactor(found[c.name]), quartic_allowed(found[c.name])) for c in group
        ]
        values = [(x, p.value, p.error, ok) for x, p, ok in points if p is not None]
        axes.plot([v[0] for v in values], [v[1] for v in values], color=hue, lw=0.8, zorder=1)
        for x, y, error, allowed in values:
            axes.errorbar(
                [x], [y], logarithmic_bars(y, error), fmt="o", color=hue, ms=6, capsize=2,
                markerfacecolor=hue if allowed else "white",
            )  # fmt: skip
        for marker, fraction in zip("v^", NARROWER, strict=True):
            known = [(c.parameter(along), prefactor_at(found[c.name], fraction)) for c in group]
            inner = [(x, p.value, p.error) for x, p in known if p is not None]
            if inner:
                at, height, errors = zip(*inner, strict=True)
                axes.errorbar(
                    at, height, logarithmic_bars(height, errors), fmt=f"{marker}:", color=hue, ms=4, lw=0.7,
                    elinewidth=0.7, alpha=0.6,
                )  # fmt: skip
        axes.plot([], [], "o-", color=hue, label=family_label(group[0], but=along))
    axes.plot([], [], "o", color="0.4", markerfacecolor="white", label="open: $s = 4$ is disfavoured")
    for marker, fraction in zip("v^", NARROWER, strict=True):
        axes.plot([], [], f"{marker}:", color="0.4", ms=4, lw=0.7, label=f"from the lowest {fraction:g} of all modes")
    couplings = sorted({c.parameter(along) for group in groups for c in group})
    axes.set(
        xscale="log" if couplings[0] > 0 else "linear", yscale="log",
        xlabel=f"coupling ${along}$", ylabel=r"$A_g$ of $D(\omega) = A_g\,\omega^4$",
    )  # fmt: skip
    if len(couplings) <= 8:
        axes.set_xticks(couplings, [f"{value:g}" for value in couplings])
        axes.minorticks_off()
    elif couplings[0] > 0:
        readable_ticks(axes.xaxis, couplings)
    axes.set_title("Prefactor per oscillator, in the window that was judged", fontsize=10)
    axes.legend(fontsize=8, frameon=False)
    return figure
