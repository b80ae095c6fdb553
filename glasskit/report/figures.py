"""Figures of a folder of glasses: F(omega) and s against the window. They are made of numbers already reduced.

matplotlib is imported inside the functions; a figure is an object of its own, no global state of pyplot is touched.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..analysis.exponents.fit import ExponentFit
from ..analysis.spectra.cumulative_density import CumulativeDensity
from .curve_style import CurveStyle, styles
from .measured import Refused
from .section import Section
from .stress_figure import stress_figure
from .tapering import CurveReport
from .windows import TABLE_WINDOWS, Window

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GUIDES = (4.0, 5.0)
"""Slopes s + 1 of F for s = 3 and s = 4, drawn as thin guides beside those that are predicted."""

LEAST_MODES = 12
"""Windows with fewer modes are in the tables but not in the figure. Windows are not chosen by their error, which grows
with s: that would leave out the large values only."""


def draw(reports: Sequence[CurveReport], further: Sequence[Section] = ()) -> dict[str, bytes]:
    """Return the figures that there are numbers for, as PNG and SVG, by file name.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    makers = {"cumulative": cumulative_figure, "exponents": exponents_figure, "stress": stress_figure}
    own: dict[str, Callable[[], Any]] = {name: partial(make, reports) for name, make in makers.items()}
    return images({**own, **{name: make for section in further for name, make in section.figures.items()}})


def images(makers: Mapping[str, Callable[[], Any]]) -> dict[str, bytes]:
    """Return what makers of figures draw, as PNG and SVG, by file name; a maker may find nothing to draw, None.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    drawn = {}
    for name, make in makers.items():
        figure = make()
        if figure is not None:
            drawn[f"{name}.png"] = image(figure, "png")
            drawn[f"{name}.svg"] = image(figure, "svg")
    return drawn


def image(figure: Figure, kind: str) -> bytes:
    """Return a figure as the bytes of a file; the same figure gives the same bytes."""
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "glasskit", "svg.fonttype": "path"}):
        figure.savefig(buffer, format=kind, dpi=160, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure [inches] that belongs to nobody."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def cumulative_figure(reports: Sequence[CurveReport]) -> Figure | None:
    """F(omega) of all curves with bands over glasses, in double logarithm, with guides of slope s + 1.

    The band holds the central 68 % of resampled ensembles. None where no curve has F.
    """
    shown = {r.name: r.cumulative for r in reports if isinstance(r.cumulative, CumulativeDensity)}
    shown = {name: density for name, density in shown.items() if density.count[-1] > 0}
    if not shown:
        return None
    slopes = {*GUIDES, *(r.prediction + 1 for r in reports if not isinstance(r.prediction, Refused))}
    unit = "[(energy/mass)$^{1/2}$/length]"
    return draw_cumulative(shown, styles(reports), slopes=sorted(slopes), unit=unit, samples="glasses")


def draw_cumulative(
    shown: Mapping[str, CumulativeDensity], style: Mapping[str, CurveStyle], *, slopes: Sequence[float], unit: str,
    samples: str,
) -> Figure:  # fmt: skip
    """Draw F(omega) of curves that have modes, with guides of some slopes; ``samples`` is what the bands are over."""
    figure = new_figure(6.8, 6.4)
    axes = figure.add_subplot()
    for name, density in shown.items():
        seen = density.count > 0
        axes.fill_between(
            density.omega[seen],
            np.maximum(density.lower[seen], 1e-12),
            density.upper[seen],
            color=style[name].hue,
            alpha=0.15,
            lw=0,
        )
        axes.plot(
            density.omega[seen], density.value[seen], color=style[name].hue, linestyle=style[name].dashes, lw=1.6,
            label=f"{style[name].label}\n{style[name].details}",
        )  # fmt: skip
    axes.set(
        xscale="log", yscale="log",
        xlabel=rf"frequency $\omega$  {unit}".rstrip(),
        ylabel=r"$F(\omega)$: fraction of all modes below $\omega$",
    )  # fmt: skip
    readable_ticks(axes.xaxis, np.concatenate([density.omega[density.count > 0] for density in shown.values()]))
    lowest = min(1 / (2 * density.glasses * _modes_per_glass(density)) for density in shown.values())
    highest = max(float(density.value[-1]) for density in shown.values())
    axes.set_ylim(lowest / 2, 2.5 * highest)
    _slope_guides(axes, shown, slopes)
    axes.set_title(f"Integrated density of states; bands: 68 % over {samples}", fontsize=10)
    legend_below(figure)
    return figure


def _modes_per_glass(density: CumulativeDensity) -> float:
    """Modes of a whole glass, from the first point where any was seen."""
    j = int(np.argmax(density.count > 0))
    return float(density.count[j] / density.value[j] / density.glasses)


def _slope_guides(axes: Any, shown: Mapping[str, CumulativeDensity], slopes: Sequence[float]) -> None:
    """Thin lines of slope s + 1 that fan out below the lowest curve, from one point to its upper end."""
    end = min(float(density.omega[-1]) for density in shown.values())
    height = 0.4 * min(float(np.interp(end, density.omega, density.value)) for density in shown.values())
    omega = np.array([end / 2, end])  # short enough to stay below curves that are as steep
    for slope in slopes:
        value = height * 0.5 ** max(slopes) * (2 * omega / end) ** slope
        axes.plot(omega, value, color="0.45", lw=0.8, zorder=0)
        axes.annotate(
            f"slope {slope:.3g}", (omega[1], value[1]), xytext=(4, 0), textcoords="offset points", fontsize=8,
            color="0.3", ha="left", va="center",
        )  # fmt: skip
    low, high = axes.get_xlim()
    axes.set_xlim(low, max(high, end * (high / low) ** 0.12))  # room for the words


def exponents_figure(reports: Sequence[CurveReport]) -> Figure | None:
    """s ± error against the upper end of the window; predictions and s = 4 as lines, windows of the table marked.

    Edges of gaps have no exponent: their windows are marked at the top, and the axis is that of the power laws. None
    where no window of any curve holds ``LEAST_MODES``.
    """
    windows = {r.name: _fitted(r.windows) for r in reports}
    if not any(windows.values()):
        return None
    style = styles(reports)
    figure = new_figure(6.8, 5.6)
    axes = figure.add_subplot()
    for marked in TABLE_WINDOWS:
        axes.axvline(marked, color="0.88", lw=6, zorder=0)
    _predictions(axes, reports)
    drawn = [name for name, found in windows.items() if found]
    laws = {name: [fit for fit, edge in windows[name] if not edge] for name in drawn}
    edges = 0
    for place, name in enumerate(drawn):
        shift = 0.007 * (place - (len(drawn) - 1) / 2)  # error bars side by side
        axes.errorbar(
            np.array([fit.upper for fit in laws[name]]) + shift, [fit.s for fit in laws[name]],
            [fit.error for fit in laws[name]], capsize=2,
            elinewidth=1, label=f"{style[name].label}\n{style[name].details}", **style[name].points,
        )  # fmt: skip
        at = [fit.upper + shift for fit, edge in windows[name] if edge]
        if at:
            mark_edges(axes, at, edges, style[name].hue)
            edges += 1
    if edges:
        edge_key(axes)
    axes.set(
        xlabel=r"upper end of the window $\omega_c$  [(energy/mass)$^{1/2}$/length]",
        ylabel=r"exponent $s$ of all modes below $\omega_c$",
        ylim=_range_of_s([fit for found in laws.values() for fit in found]),
    )  # fmt: skip
    axes.set_title("Exponent against window (grey bars: the table's); windows of one curve share modes", fontsize=10)
    handles = [*axes.get_legend_handles_labels()[0], *_line_handles(reports)]
    legend_below(figure, handles=handles)
    return figure


def _fitted(windows: Sequence[Window]) -> list[tuple[ExponentFit, bool]]:
    """Fits to enough modes, each with whether they are the edge of a gap."""
    fits = [(window.fit, window.edge) for window in windows if isinstance(window.fit, ExponentFit)]
    return [(fit, edge) for fit, edge in fits if fit.count >= LEAST_MODES]


def mark_edges(axes: Any, at: Sequence[float], row: int, hue: str) -> None:
    """Mark windows that hold the edge of a gap at the top of a panel of exponents, in the row of their curve."""
    axes.plot(at, [0.975 - 0.025 * row] * len(at), "x", color=hue, ms=5, transform=axes.get_xaxis_transform())


def edge_key(axes: Any) -> None:
    """Add what these marks mean to the legend."""
    axes.plot([], [], "x", color="0.4", ms=5, label="at the top: edge of a gap, no exponent")


def _predictions(axes: Any, reports: Sequence[CurveReport]) -> None:
    """Predicted exponents as dashed lines in the colours of their tapers, and s = 4 in grey."""
    style = styles(reports)
    lines: dict[tuple[float, str], None] = {}
    for report in reports:
        if not isinstance(report.prediction, Refused) and report.name in style:
            lines[report.prediction, style[report.name].hue] = None
    for s, hue in lines:
        axes.axhline(s, color=hue, lw=1.1, ls=(0, (4, 3)), zorder=1)
    axes.axhline(4.0, color="0.5", lw=3.5, alpha=0.45, zorder=0.5)


def _line_handles(reports: Sequence[CurveReport]) -> list[Any]:
    from matplotlib.lines import Line2D

    four = Line2D([], [], color="0.5", lw=3.5, alpha=0.45, label="$s = 4$")
    predicted = Line2D([], [], color="0.3", lw=1.1, ls=(0, (4, 3)), label="predicted $3 + 2/m$, in the colour of $m$")
    return [four] if all(isinstance(r.prediction, Refused) for r in reports) else [predicted, four]


def _range_of_s(fits: Sequence[ExponentFit]) -> tuple[float, float]:
    low = min([2.5, *(fit.s - fit.error for fit in fits)])
    high = max([5.5, *(fit.s + fit.error for fit in fits)])
    return low - 0.2, high + 0.2


def legend_below(figure: Any, **options: Any) -> None:
    """Legend below the axes in two columns, in letters of 8 points, smaller where it is wider than the figure."""
    legend = figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False, **options)
    size, room = 8.0, 0.98 * figure.bbox.width
    for _ in range(4):  # letters shrink, what is beside them does not
        figure.draw_without_rendering()
        if legend.get_window_extent().width <= room:
            break
        size *= room / legend.get_window_extent().width
        for text in legend.get_texts():
            text.set_fontsize(size)


def readable_ticks(axis: Any, values: ArrayLike) -> None:
    """Label a logarithmic axis that holds these values in plain numbers, where they span less than two decades.

    Evenly below a factor of 3, at 1, 2, 3, 5 and 7 below a decade, at 1, 2 and 5 above.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    span = np.max(values) / np.min(values)
    if span < 100:
        digits = (1.0, 2.0, 3.0, 5.0, 7.0) if span < 10 else (1.0, 2.0, 5.0)
        axis.set_major_locator(MaxNLocator(6) if span < 3 else LogLocator(subs=digits))
        axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
        axis.set_minor_locator(NullLocator())


def logarithmic_bars(value: ArrayLike, error: ArrayLike) -> NDArray[np.float64]:
    """Return error bars (2, n) below and above values on a logarithmic axis, where a bar to zero would have no end."""
    value, error = np.atleast_1d(value), np.atleast_1d(error)
    return np.stack([np.minimum(error, 0.9 * value), error])


__all__ = [
    "cumulative_figure",
    "draw",
    "edge_key",
    "exponents_figure",
    "image",
    "images",
    "logarithmic_bars",
    "mark_edges",
    "new_figure",
    "readable_ticks",
    "stress_figure",
]
