"""Figures of stress statistics: P(sigma) or its local slope by pair size, predictions as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..axes import HUES, axes_for
from .stress_comparison import StressComparison

if TYPE_CHECKING:
    from .stress_statistics import StressStatistics

_SYMBOLS = {
    "scalar": r"$|r\varphi'|$",
    "component": r"$|\sigma^{ab}|$, $a\neq b$",
    "traceless": r"$|\sigma^{aa} - \mathrm{tr}\,\sigma/d|$",
}
_LARGEST_RELATIVE_ERROR = 0.5  # points with larger errors hide the rest


def plot_stresses(statistics: StressStatistics, kind: str, *, slopes: bool, ax: Any | None) -> Any:
    """Draw the overall distribution and those of the size classes; each class is shifted by its normalisation only."""
    axes = axes_for(ax)
    shown = [statistics.overall[kind], *statistics.by_size[kind]]
    for hue, comparison in zip((HUES[-1], *HUES), shown, strict=False):
        (_slope_curve if slopes else _density_curve)(axes, comparison, hue)
    axes.set(xscale="log", xlabel=rf"$\sigma$ = {_SYMBOLS[kind]} [energy]")
    if slopes:
        axes.set_ylabel(r"local slope d$\,$ln$\,P$/d$\,$ln$\,\sigma$")
    else:
        axes.set(yscale="log", ylabel=r"$P(\sigma)$ [1/energy]")
    axes.set_title(f"{statistics.glasses} glasses; lines: from measured $g(r)$, no parameter", fontsize=10)
    axes.legend(fontsize=8, frameon=False, title="pair diameter", title_fontsize=8)
    return axes


def _label(comparison: StressComparison) -> str:
    return "all" if comparison.size is None else f"{comparison.size[0]:.3f} – {comparison.size[1]:.3f}"


def _density_curve(axes: Any, comparison: StressComparison, hue: str) -> None:
    found = comparison.measured
    good = (found.count > 0) & (found.error < _LARGEST_RELATIVE_ERROR * found.density)
    axes.errorbar(
        found.sigma[good], found.density[good], found.error[good], fmt="o", ms=2.5, lw=0.8, color=hue,
        label=_label(comparison),
    )  # fmt: skip
    line = comparison.compared & (comparison.predicted > 0)
    axes.plot(found.sigma[line], comparison.predicted[line], color=hue, lw=1.0)


def _slope_curve(axes: Any, comparison: StressComparison, hue: str) -> None:
    found = comparison.measured
    good = found.slope_error < _LARGEST_RELATIVE_ERROR
    axes.fill_between(
        found.slope_sigma[good], (found.slope - found.slope_error)[good], (found.slope + found.slope_error)[good],
        color=hue, alpha=0.25, lw=0, label=_label(comparison),
    )  # fmt: skip
    line = good & np.isfinite(comparison.predicted_slope)
    axes.plot(found.slope_sigma[line], comparison.predicted_slope[line], color=hue, lw=1.0)
