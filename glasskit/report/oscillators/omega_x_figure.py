"""Figure of omega_x and of kappa_0 <x²>/omega_x⁴ of a family against what it differs in: [R] Figs. 3a, 5a and 5b."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...analysis.digits import with_digits
from ...analysis.oscillators.collapse import Collapse
from ...analysis.oscillators.crossover import DOUBTFUL, ScalingLaw
from ...analysis.oscillators.displacement_ratios import DisplacementRatios, uncoupled_ratio
from ...axes import HUES
from ..figures import legend_below, new_figure, readable_ticks
from ..kinds import COUPLING
from .curve import OscillatorCurve
from .family import Family
from .law_marks import mark_crossover, symbol, title
from .regimes import field, is_weak, stiffest, varied
from .scaling_laws import Alone, FamilyLaws, in_units_of_the_field


def omega_x_figure(family: Family, collapsed: Collapse, laws: FamilyLaws) -> Any:
    """omega_x with its laws in the regime that was fitted, and kappa_0 <x²>/omega_x⁴ below, where it was judged."""
    shown = [curve for curve in family.members if varied(curve, family.along) > 0]  # the axis is logarithmic
    ratios = laws.ratios if isinstance(laws.ratios, DisplacementRatios) else None
    figure = new_figure(6.0, 5.0 if ratios is None else 7.0)
    grid = figure.add_gridspec(1 if ratios is None else 2, 1, height_ratios=[3] if ratios is None else [3, 2])
    axes = figure.add_subplot(grid[0])
    _omega_x(axes, family, shown, collapsed, laws)
    axes.set_title(title(family), fontsize=10)
    last = axes
    if ratios is not None:
        last = figure.add_subplot(grid[1], sharex=axes)
        _ratios(last, family, shown, ratios, uncoupled=in_units_of_the_field(family.members, collapsed))
        axes.tick_params(labelbottom=False)
    for each in dict.fromkeys((axes, last)):
        if family.along == COUPLING.name:
            mark_crossover(each, family.members[0], laws, told=each is axes)
    last.set_xlabel(symbol(family.along))
    readable_ticks(last.xaxis, [varied(curve, family.along) for curve in shown])
    legend_below(figure)
    return figure


def _omega_x(
    axes: Any, family: Family, shown: Sequence[OscillatorCurve], collapsed: Collapse, laws: FamilyLaws
) -> None:
    fitted = set(laws.fitted)
    for inside, filling in ((True, HUES[0]), (False, "white")):
        chosen = [curve for curve in shown if (curve.name in fitted) is inside]
        if chosen:
            m = collapsed.select(*(curve.name for curve in chosen))
            axes.errorbar(
                [varied(curve, family.along) for curve in chosen], collapsed.omega_x[m], collapsed.error[m], fmt="o",
                ms=5, color=HUES[0], mfc=filling, zorder=3,
                label=_plain(laws.regime) if inside else "outside this regime, not fitted",
            )  # fmt: skip
    if isinstance(laws.omega_x, ScalingLaw):
        _law(axes, laws.omega_x, 1.0, HUES[0], f"collapse of all: {_power(laws.omega_x, family.along)}")
        _guide(axes, laws.omega_x)
    if isinstance(laws.alone, Alone):
        alone = laws.alone.collapsed
        (unit,) = collapsed.omega_x[collapsed.select(alone.reference)] / alone.unit
        law = laws.alone.law
        axes.errorbar(law.x_pk[0], unit * law.y, unit * law.y_error, fmt="s", ms=4, color=HUES[1], mfc="none", zorder=4)
        _law(axes, law, unit, HUES[1], f"these alone: {_power(law, family.along)}", marker="s")
    axes.set(xscale="log", yscale="log", ylabel=r"$\omega_x$ by collapse")
    readable_ticks(axes.yaxis, collapsed.omega_x)


def _law(axes: Any, law: ScalingLaw, unit: float, hue: str, label: str, marker: str = "") -> None:
    """A fitted power, between the ends of what it was fitted to, at the mean height of its points."""
    ends = np.array([law.x_pk[0].min(), law.x_pk[0].max()])
    axes.plot(ends, unit * _height(law) * law.value(ends), color=hue, lw=1.1)
    axes.plot([], [], marker=marker, ms=4, mfc="none", color=hue, lw=1.1, label=label)


def _guide(axes: Any, law: ScalingLaw) -> None:
    """The expected slope through the middle of the fitted law."""
    (slope,) = law.expected
    if slope is None:
        return
    low, high = law.x_pk[0].min(), law.x_pk[0].max()
    x, middle = np.array([low, high]), np.sqrt(low * high)
    value = _height(law) * law.value(middle) * (x / middle) ** slope
    axes.plot(x, value, "--", color="0.3", lw=1.3, zorder=2, label=f"slope {slope:.4g}, as [R] expects")


def _height(law: ScalingLaw) -> float:
    """Factor that brings a law to the mean height of its points, which share the error of their unit."""
    return float(np.exp(np.mean(np.log(law.y / law.value(law.x_pk[0])))))


def _ratios(
    axes: Any, family: Family, shown: Sequence[OscillatorCurve], ratios: DisplacementRatios, *, uncoupled: bool
) -> None:
    """kappa_0 <x²>/omega_x⁴, the one number where it is one, and what uncoupled oscillators have."""
    seen = [curve for curve in shown if curve.name in ratios.names]
    k = [ratios.names.index(curve.name) for curve in seen]
    one = ratios.p_value >= DOUBTFUL
    number = f"one number: {with_digits(ratios.constant, ratios.constant_error)}" if one else "not one number"
    axes.errorbar(
        [varied(curve, family.along) for curve in seen], ratios.value[k], ratios.error[k], fmt="D", ms=4,
        color=HUES[2], label=f"{number}, p = {ratios.p_value:.2g}",
    )  # fmt: skip
    if one:
        axes.axhline(ratios.constant, color=HUES[2], lw=1.1)
    weak = [curve for curve in seen if is_weak(curve)]
    if uncoupled and weak:
        axes.plot(
            [varied(curve, family.along) for curve in weak],
            [uncoupled_ratio(field(curve), stiffest(curve)) for curve in weak], "_", ms=16, color="0.3", zorder=1,
            label=r"uncoupled: $2.7257 - h^{2/3}/\kappa_0$",
        )  # fmt: skip
    axes.set_ylabel(r"$\kappa_0 \langle x^2 \rangle / \omega_x^4$")
    if max(ratios.value) > 5 * min(ratios.value):
        axes.set_yscale("log")
        readable_ticks(axes.yaxis, ratios.value)


def _power(law: ScalingLaw, along: str) -> str:
    (value,), (error,) = law.exponents, law.errors
    return f"{symbol(along)}$^{{{with_digits(value, error)}}}$, p = {law.p_value:.2g}"


def _plain(regime: str) -> str:
    return f"${regime}$".replace("kappa_0", r"\kappa_0")
