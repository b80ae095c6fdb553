"""Figures of stress statistics: P(sigma) or its local slope by pair size, predictions as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...axes import HUES, axes_for
from .comparison import StressComparison
from .distribution import StressDistribution

if TYPE_CHECKING:
    from .statistics import StressStatistics

_SYMBOLS = {
    "scalar": r"$|r\varphi'|$",
    "component": r"$|\sigma^{ab}|$, $a\neq b$",
    "traceless": r"$|\sigma^{aa} - \mathrm{tr}\,\sigma/d|$",
}
_DENSITY, _SLOPE = r"$P(\sigma)$ [1/energy]", r"local slope d$\,$ln$\,P$/d$\,$ln$\,\sigma$"
_LARGEST_RELATIVE_ERROR = 0.5  # points with larger errors hide the rest


def plot_stresses(statistics: StressStatistics, kind: str, *, slopes: bool, ax: Any | None) -> Any:
    """Draw the overall distribution and those of the size classes; each class is shifted by its normalisation only."""
    axes = axes_for(ax)
    shown = [statistics.overall[kind], *statistics.by_size[kind]]
    for hue, comparison in zip((HUES[-1], *HUES), shown, strict=False):
        (_slope_curve if slopes else _density_curve)(axes, comparison, hue)
    axes.set(xscale="log", xlabel=rf"$\sigma$ = {_SYMBOLS[kind]} [energy]")
    if slopes:
        axes.set_ylabel(_SLOPE)
    else:
        axes.set(yscale="log", ylabel=_DENSITY)
    axes.set_title(f"{statistics.glasses} glasses; lines: from measured $g(r)$, no parameter", fontsize=10)
    axes.legend(fontsize=8, frameon=False, title="pair diameter", title_fontsize=8)
    return axes


def plot_distribution(found: StressDistribution, *, slopes: bool, label: str | None, ax: Any | None) -> Any:
    """Draw one measured distribution, or its local slope."""
    axes = axes_for(ax)
    (_slope_band if slopes else _density_points)(axes, found, HUES[0], label)
    axes.set(xscale="log", xlabel=r"$\sigma$ [energy]")
    if slopes:
        axes.set_ylabel(_SLOPE)
    else:
        axes.set(yscale="log", ylabel=_DENSITY)
    axes.set_title(f"{found.glasses} glasses", fontsize=10)
    if label is not None:
        axes.legend(fontsize=8, frameon=False)
    return axes


def _label(comparison: StressComparison) -> str:
    return "all" if comparison.size is None else f"{comparison.size[0]:.3f} – {comparison.size[1]:.3f}"


def _density_points(axes: Any, found: StressDistribution, hue: str, label: str | None) -> None:
    good = (found.count > 0) & (found.error < _LARGEST_RELATIVE_ERROR * found.density)
    sigma, density, error = found.sigma[good], found.density[good], found.error[good]
    axes.errorbar(sigma, density, error, fmt="o", ms=2.5, lw=0.8, color=hue, label=label)


def _slope_band(axes: Any, found: StressDistribution, hue: str, label: str | None) -> None:
    good = found.slope_error < _LARGEST_RELATIVE_ERROR
    slope, error = found.slope[good], found.slope_error[good]
    axes.fill_between(found.slope_sigma[good], slope - error, slope + error, color=hue, alpha=0.25, lw=0, label=label)


def _density_curve(axes: Any, comparison: StressComparison, hue: str) -> None:
    _density_points(axes, comparison.measured, hue, _label(comparison))
    line = comparison.compared & (comparison.predicted > 0)
    axes.plot(comparison.measured.sigma[line], comparison.predicted[line], color=hue, lw=1.0)


def _slope_curve(axes: Any, comparison: StressComparison, hue: str) -> None:
    found = comparison.measured
    _slope_band(axes, found, hue, _label(comparison))
    line = (found.slope_error < _LARGEST_RELATIVE_ERROR) & np.isfinite(comparison.predicted_slope)
    axes.plot(found.slope_sigma[line], comparison.predicted_slope[line], color=hue, lw=1.0)
