"""Figure of the distributions of local stresses, and of their slopes against what is predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.stresses.distribution import StressDistribution
from ..analysis.stresses.prediction import predicted_slope
from .curve_style import CurveStyle, styles
from .measured import Refused, attempt
from .stresses import COMPONENT, SCALAR, expected_slope
from .tapering import CurveReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = {
    COMPONENT: r"components $|\sigma_{ab}| = |e_a e_b\, r\varphi'|$, $a \neq b$",
    SCALAR: r"scalars $|r\varphi'|$",
}
LARGEST_RELATIVE_ERROR = 0.7
"""Bins of P and slopes with larger errors are in the tables but not in the figure."""


def stress_figure(reports: Sequence[CurveReport]) -> Figure | None:
    """P(sigma) of components and of scalars, above their local slopes; one column each. None where no curve has them.

    Dashed: the asymptotic slope 1/m − 1. Dotted, for scalars: pairs of diameter 1 and a flat g(r).
    """
    from .figures import new_figure

    style = styles(reports)
    known = [r for r in reports if any(isinstance(found, StressDistribution) for found in r.stresses.values())]
    if not known:
        return None
    figure = new_figure(10.0, 7.6)
    axes_qp = figure.subplots(2, 2, sharex="col", height_ratios=(1.35, 1.0))
    for column, quantity in enumerate((COMPONENT, SCALAR)):
        above, below = axes_qp[0][column], axes_qp[1][column]
        for report in known:
            found = report.stresses[quantity]
            if isinstance(found, StressDistribution):
                _distribution(above, found, style[report.name])
                _slopes(below, found, style[report.name])
        _guides(above, known, style, quantity)
        _asymptotes(below, known, style)
        above.set_xlim(*_shown_range(known, quantity))
        if quantity == SCALAR:
            _flat_expectations(below, known, style)
        above.set(xscale="log", yscale="log", title=NAMES[quantity])
        above.title.set_fontsize(10)
        below.set(xlabel=r"$\sigma$ [energy]", ylim=(-2.05, 0.45))
    axes_qp[0][0].set_ylabel(r"$P(\sigma)$ [1/energy]")
    axes_qp[1][0].set_ylabel(r"local slope d ln$\,P$/d ln$\,\sigma$")
    figure.legend(
        handles=_handles(known, style), loc="outside lower center", ncols=2, fontsize=8, frameon=False
    )  # fmt: skip
    return figure


def _distribution(axes: Any, found: StressDistribution, style: CurveStyle) -> None:
    known = (found.count > 0) & (found.error <= LARGEST_RELATIVE_ERROR * found.density)
    sigma, density, error = found.sigma[known], found.density[known], found.error[known]
    axes.fill_between(
        sigma, np.maximum(density - error, 1e-2 * density), density + error, color=style.hue, alpha=0.2, lw=0
    )
    axes.plot(sigma, density, color=style.hue, ls=style.dashes, lw=1.4)


def _slopes(axes: Any, found: StressDistribution, style: CurveStyle) -> None:
    known = found.slope_error <= LARGEST_RELATIVE_ERROR / 2
    keywords = {**style.points, "markersize": 3.5, "linestyle": "none"}
    axes.errorbar(
        found.slope_sigma[known], found.slope[known], found.slope_error[known], elinewidth=0.8, **keywords
    )  # fmt: skip


def _shown_range(known: Sequence[CurveReport], quantity: str) -> tuple[float, float]:
    """Range of the bins in which any curve has something."""
    found = [r.stresses[quantity] for r in known]
    sigma = np.concatenate([f.sigma[f.count > 0] for f in found if isinstance(f, StressDistribution)])
    return float(sigma.min()) / 2, 2 * float(sigma.max())


def _guides(axes: Any, known: Sequence[CurveReport], style: dict[str, CurveStyle], quantity: str) -> None:
    """Straight lines of the asymptotic slope of each taper, beside the distributions at small sigma."""
    for place, (order, report) in enumerate(_tapers(known).items()):
        found = report.stresses[quantity]
        if not isinstance(found, StressDistribution) or found.slope.size == 0:
            continue
        low = found.slope_sigma[0]
        sigma = np.array([low, 1e3 * low])
        start = float(np.interp(math.log(low), np.log(found.sigma[found.count > 0]),
                                np.log(found.density[found.count > 0])))  # fmt: skip
        slope = predicted_slope(order)
        factor = 4.0 ** ((place // 2 + 1) * (-1) ** place)  # above, below, further above ...
        axes.plot(
            sigma, factor * math.exp(start) * (sigma / low) ** slope, color=style[report.name].hue, lw=1, ls=(0, (4, 3))
        )


def _asymptotes(axes: Any, known: Sequence[CurveReport], style: dict[str, CurveStyle]) -> None:
    for order, report in _tapers(known).items():
        axes.axhline(predicted_slope(order), color=style[report.name].hue, lw=1.0, ls=(0, (4, 3)), zorder=0)


def _flat_expectations(axes: Any, known: Sequence[CurveReport], style: dict[str, CurveStyle]) -> None:
    low, high = axes.get_xlim()
    for report in _tapers(known).values():
        if report.settings is None:
            continue
        curve = attempt(expected_slope, report.settings)
        if not isinstance(curve, Refused):
            inside = (curve[0] > low) & (curve[0] < high)
            axes.plot(
                curve[0][inside], curve[1][inside], color=style[report.name].hue, lw=1.6, ls=(0, (1, 1.2)), zorder=0
            )


def _tapers(known: Sequence[CurveReport]) -> dict[float, CurveReport]:
    """Return the first curve of each order for which a slope is predicted."""
    found: dict[float, CurveReport] = {}
    for report in known:
        if not isinstance(report.order, Refused):
            found.setdefault(report.order, report)
    return found


def _handles(known: Sequence[CurveReport], style: dict[str, CurveStyle]) -> list[Any]:
    from matplotlib.lines import Line2D

    curves = [
        Line2D(
            [], [], label=f"{style[r.name].label}\n{style[r.name].details}", **{**style[r.name].points, "markersize": 4}
        )
        for r in known
    ]
    return [
        *curves,
        Line2D([], [], color="0.3", lw=1, ls=(0, (4, 3)), label=r"predicted for $\sigma \to 0$: $1/m - 1$"),
        Line2D([], [], color="0.3", lw=1.6, ls=(0, (1, 1.2)), label=r"pairs of diameter 1, flat $g(r)$"),
    ]
