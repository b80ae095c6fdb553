"""Figure of an equilibration report: a panel for every quantity, one for the overlaps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...axes import HUES
from .overlap_decay import LEVEL

if TYPE_CHECKING:
    from .equilibration_report import EquilibrationReport

_MOST_POINTS = 200  # a panel shows means over so many stretches at most


def plot_report(report: EquilibrationReport, figure: Any | None) -> Any:
    """Draw into ``figure`` or a new one; returns it."""
    panels = len(report.series) + bool(report.overlaps)
    if figure is None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 1.1 + 2.1 * panels), layout="constrained")
    axes_p = np.atleast_1d(figure.subplots(panels, 1))
    for axes, (name, (series_gt, spacing)) in zip(axes_p, report.series.items(), strict=False):
        _series(axes, report, name, series_gt, spacing)
    if report.overlaps:
        _overlaps(axes_p[-1], report)
    figure.suptitle(f"{report.state}: {report.samples} runs, slowest {report.slowest} {report.slowest_time:.3g} sweeps",
                    fontsize=10)  # fmt: skip
    return figure


def _series(axes: Any, report: EquilibrationReport, name: str, series_gt: Any, spacing: float) -> None:
    """Mean and error over runs, in stretches; grey: left out; lines: means of the halves."""
    times = series_gt.shape[1]
    start = np.unique(np.linspace(0, times, min(times, _MOST_POINTS) + 1).astype(int))
    stretch_gt = np.add.reduceat(series_gt, start[:-1], axis=1) / np.diff(start)
    sweep = spacing * 0.5 * (start[1:] + start[:-1])
    mean = stretch_gt.mean(axis=0)
    error = stretch_gt.std(axis=0, ddof=1) / math.sqrt(len(stretch_gt))
    axes.fill_between(sweep, mean - error, mean + error, color=HUES[0], alpha=0.3, lw=0)
    axes.plot(sweep, mean, color=HUES[0], lw=1)
    drift = report.verdicts[name].drift
    end = times * spacing
    cut = drift.discarded * end
    axes.axvspan(0, cut, color="0.9", zorder=0)
    middle = 0.5 * (cut + end)
    axes.plot([cut, middle], [drift.first_mean] * 2, color=HUES[1], lw=1.5)
    axes.plot([middle, end], [drift.second_mean] * 2, color=HUES[1], lw=1.5)
    kept = mean[sweep > cut]
    spread = max(np.ptp(kept), 4 * float(error[sweep > cut].max()), 1e-12)
    axes.set(xlabel="sweeps", ylabel=name, xlim=(0, end), ylim=(kept.min() - 0.3 * spread, kept.max() + 0.6 * spread))
    axes.set_title(report.verdicts[name].words.split(":")[0], fontsize=9)


def _overlaps(axes: Any, report: EquilibrationReport) -> None:
    for hue, (name, decay) in zip(HUES, report.overlaps.items(), strict=False):
        low, high = decay.mean - decay.mean_error, decay.mean + decay.mean_error
        axes.fill_between(decay.lag[1:], low[1:], high[1:], color=hue, alpha=0.3, lw=0)
        label = f"{name}: 1/e after {decay.time:.3g}" if decay.decayed else f"{name}: not decayed"
        axes.plot(decay.lag[1:], decay.mean[1:], color=hue, lw=1.2, label=label)
    axes.axhline(LEVEL, color="0.7", lw=0.8)
    axes.set(xscale="log", xlabel="lag [sweeps]", ylabel="overlap")
    axes.legend(fontsize=8, frameon=False)
