"""One figure of both worlds: A_g, s, level statistics and participation, a column for whatever was varied."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np

from ...analysis.levels.profile import reference_lines
from ...axes import HUES
from ..figures import mark_edges
from ..measured import Refused, attempt
from .laws import Measured, TestedLaw
from .samples import GLASSES, Spectra
from .windows import RULES, WindowNumbers, participation_curve

_MARKERS = "osD^vP"
_GLASS_UNIT = r"$\omega/\omega_0$"
Point = tuple[float, float] | None


@dataclass(frozen=True)
class Series:
    """Curves drawn in one colour: places on the horizontal axis, and what was measured there."""

    label: str
    members: list[tuple[float, Spectra]]


@dataclass(frozen=True)
class Column:
    """One column of panels."""

    title: str
    axis: str
    frequency: str
    series: list[Series]
    ticks: list[str] | None = None


def worlds_figure(
    spectra: Sequence[Spectra], measured: Sequence[Measured], laws: Sequence[TestedLaw], *, onset: float | None
) -> Any:
    """Draw five rows (A_g, s, r̃, N e in windows, N e against frequency) with a column for each thing that was varied.

    Filled symbols are windows of a share of all modes (of levels for r̃), open ones those of half a known frequency.
    Edges of gaps have no exponent: they are marked at the top.
    """
    from matplotlib.figure import Figure

    columns = [*_glass_columns(spectra, onset), _oscillator_column(spectra)]
    figure = Figure(figsize=(4.3 * len(columns), 14.0), layout="constrained")
    grid = figure.subplots(5, len(columns), squeeze=False)
    numbers = {(one, found.rule): found for one, found in measured}
    edges = any(found.edge for _, found in measured if found.rule != "levels")
    for j, column in enumerate(columns):
        _draw_column(grid[:, j], column, numbers, laws)
    figure.legend(handles=_keys(onset, edges=edges), fontsize=8, frameon=False, loc="outside lower center", ncols=2)
    for row in grid[1:4]:
        low, high = (
            f(end) for f, end in zip((min, max), zip(*(ax.get_ylim() for ax in row), strict=True), strict=True)
        )
        for ax in row:
            ax.set_ylim(low, high)
    return figure


def _glass_columns(spectra: Sequence[Spectra], onset: float | None) -> list[Column]:
    glasses = [one for one in spectra if one.world == GLASSES]
    families: dict[str, list[Spectra]] = {}
    for one in glasses:
        families.setdefault(one.family, []).append(one)
    varied = {name: same for name, same in families.items() if len({one.control for one in same}) > 1}
    tapers = sorted({one.parameters["taper"] for one in glasses}, key=_order)
    columns = []
    if varied or len(tapers) == 1:
        axis = r"$1/T_p$" if onset is None else r"$T_{\rm onset}/T_p$"
        columns.append(Column("glasses: parent temperature", axis, _GLASS_UNIT, _along_control(varied or families)))
    if len(tapers) > 1:
        columns.append(_taper_column(glasses, tapers))
    return columns


def _along_control(families: dict[str, list[Spectra]]) -> list[Series]:
    return [
        Series(name, [(float(one.control), one) for one in same if not isinstance(one.control, Refused)])
        for name, same in families.items()
    ]


def _taper_column(glasses: Sequence[Spectra], tapers: Sequence[str]) -> Column:
    """Curves against the taper under which glasses are at rest: of liquids of their own, and of shared ones."""
    groups: dict[tuple[str, str], dict[Spectra, float]] = {}
    several = len({one.series for one in glasses}) > 1
    own = [one for one in glasses if one.parameters["taper"] == one.parameters["liquid_taper"]]
    for one in glasses:
        taper, liquid = one.parameters["taper"], one.parameters["liquid_taper"]
        words = _own_liquids(one, own)
        if taper != liquid:
            words = f"liquids of $m = {_symbol(liquid)}$, $T_p = {one.parameters['parent_temperature']:g}$"
            alike = {**one.parameters, "taper": liquid}  # those liquids as glasses of their own potential
            same = [other for other in own if other.series == one.series and other.parameters == alike]
            groups.setdefault((one.series, words), {}).update(dict.fromkeys(same, float(tapers.index(liquid))))
        if words:
            groups.setdefault((one.series, words), {})[one] = float(tapers.index(taper))
    series = [
        Series(f"{base}, {words}" if several else words, [(place, one) for one, place in members.items()])
        for (base, words), members in groups.items()
    ]
    return Column(
        "glasses: taper", "order $m$ of the taper", _GLASS_UNIT, series, [f"${_symbol(taper)}$" for taper in tapers]
    )


def _own_liquids(one: Spectra, own: Sequence[Spectra]) -> str:
    """Name of the series of a curve with liquids of its own: a temperature of several tapers, or one for each taper."""
    temperature = one.parameters["parent_temperature"]
    same = [other for other in own if other.series == one.series and other.folder == one.folder]
    if len({other.parameters["taper"] for other in same if other.parameters["parent_temperature"] == temperature}) > 1:
        return f"own liquids, $T_p = {temperature:g}$"
    alone = len({o.parameters["parent_temperature"] for o in same if o.family == one.family}) == 1
    return "own liquids" if alone else ""


def _oscillator_column(spectra: Sequence[Spectra]) -> Column:
    families: dict[str, list[Spectra]] = {}
    for one in spectra:
        if one.world != GLASSES:
            families.setdefault(one.family, []).append(one)
    return Column(
        "oscillators: coupling", r"$\kappa_0 h^{2/3}/J^2$", r"$\omega/\sqrt{\kappa_0}$", _along_control(families)
    )


def _symbol(taper: str) -> str:
    return r"\infty" if taper == "inf" else taper


def _order(taper: str) -> float:
    return -1.0 if taper == "-" else float(taper)


def _draw_column(
    axes: Any, column: Column, numbers: dict[tuple[Spectra, str], WindowNumbers], laws: Sequence[TestedLaw]
) -> None:
    prefactor, exponent, ratio, extent, against = axes
    for number, series in enumerate(column.series):
        looks = {"color": HUES[number % len(HUES)], "marker": _MARKERS[number % len(_MARKERS)]}
        for read, ax in ((_prefactor, prefactor), (_exponent, exponent), (_participating, extent)):
            _points(ax, series, numbers, "share", read, looks, filled=True)
            _points(ax, series, numbers, "scale", read, looks, filled=False)
        _edges(exponent, series, numbers, number, looks["color"])
        prefactor.plot([], [], ls="", ms=5, label=_wrapped(series.label), **looks)
        _points(ratio, series, numbers, "levels", _ratio, looks, filled=True)
        _points(ratio, series, numbers, "levels", _independent, {**looks, "marker": "_"}, filled=True)
    prefactor.set_yscale("log")
    height = prefactor.get_ylim()  # of the points: a refused law may lead far away
    if column.ticks is None:
        _law_lines(prefactor, column, laws)
    _participation_lines(against, column)
    prefactor.set(ylim=height, title=column.title, ylabel=r"$A_g$ in units of $\omega_{\rm unit}^{-5}$")
    exponent.set(ylabel="exponent $s$")
    exponent.axhline(4, color="0.7", lw=0.8, zorder=0)
    ratio.set(ylabel=r"$\tilde r$ of the lowest levels")
    reference_lines(ratio)
    ratio.legend(frameon=False, fontsize=7)
    extent.set(ylabel="$Ne$ in the window", yscale="log")
    against.set(ylabel="$Ne$", xlabel=column.frequency, xscale="log", yscale="log")
    ends = np.array([ax.get_xlim() for ax in axes[:4]])
    for ax in axes[:4]:
        ax.set(xlim=(ends[:, 0].min(), ends[:, 1].max()))
        if column.ticks is not None:
            ax.set_xticks(range(len(column.ticks)), column.ticks)
    extent.set_xlabel(column.axis)
    for axis in (prefactor.yaxis, extent.yaxis, against.xaxis, against.yaxis):
        _plain_ticks(axis)
    if prefactor.get_legend_handles_labels()[0]:
        if len(column.series) > 1:  # room for the legend above the points
            prefactor.set_ylim(top=height[1] * (height[1] / height[0]) ** (0.2 * len(column.series)))
        prefactor.legend(fontsize=6, loc="upper left" if len(column.series) > 1 else "best", frameon=False)


def _points(
    ax: Any, series: Series, numbers: dict[tuple[Spectra, str], WindowNumbers], rule: str,
    read: Callable[[WindowNumbers], Point], looks: dict[str, Any], *, filled: bool,
) -> None:  # fmt: skip
    """Draw one quantity in one window, where it is known."""
    found = [(place, *point) for place, one in series.members if (point := read(numbers[one, rule])) is not None]
    if found:
        x, y, error = np.array(found).T
        face = looks["color"] if filled else "white"
        ax.errorbar(x, y, np.where(error > 0, error, 0), ls="", ms=5, capsize=2, lw=1, mfc=face, **looks)


def _edges(
    ax: Any, series: Series, numbers: dict[tuple[Spectra, str], WindowNumbers], row: int, hue: str
) -> None:  # fmt: skip
    """Mark curves whose windows hold the edge of a gap, where no exponent is drawn."""
    at = [place for rule in ("share", "scale") for place, one in series.members if numbers[one, rule].edge]
    if at:
        mark_edges(ax, at, row, hue)


def _prefactor(numbers: WindowNumbers) -> Point:
    found = numbers.prefactor
    if isinstance(found, Refused) or found.reduced is None or found.reduced_error is None:
        return None
    return found.reduced, found.reduced_error


def _exponent(numbers: WindowNumbers) -> Point:
    return None if isinstance(numbers.fit, Refused) or numbers.edge else (numbers.fit.s, numbers.fit.error)


def _ratio(numbers: WindowNumbers) -> Point:
    return None if isinstance(numbers.ratio, Refused) else (numbers.ratio.value, numbers.ratio.error)


def _independent(numbers: WindowNumbers) -> Point:
    return None if isinstance(numbers.independent, Refused) else (numbers.independent, 0.0)


def _participating(numbers: WindowNumbers) -> Point:
    found = numbers.participating
    return None if isinstance(found, Refused) else (float(found.value[0]), float(found.error[0]))


def _wrapped(label: str) -> str:
    """A label in lines of at most 36 characters, not broken within its formulas."""
    return fill(re.sub(r"\$[^$]*\$", lambda formula: formula.group().replace(" ", ""), label), 36)


def _keys(onset: float | None, *, edges: bool) -> list[Any]:
    """Legend of what symbols and lines mean."""
    from matplotlib.lines import Line2D

    point: dict[str, Any] = {"color": "0.3", "ls": "", "ms": 5}
    below = r"below half the first phonon, or half of $(\kappa_0 \langle x^2\rangle)^{1/4}$"
    weak = r"$J < J_x/2$" if onset is None else r"$T_p < T_{\rm onset}$ or $J < J_x/2$"
    return [
        Line2D([], [], marker="o", label=rf"{RULES['share']} ($\tilde r$: {RULES['levels']})", **point),
        Line2D([], [], marker="o", mfc="white", label=below, **point),
        Line2D([], [], marker="_", label=r"$\tilde r$ of these levels dealt out anew: independent", **point),
        *([Line2D([], [], color="0.3", marker="x", ls="", ms=5, label="at the top: edge of a gap, no exponent")]
          if edges else []),
        Line2D([], [], color="0.3", lw=0.8, ls="--", label=r"$A_g \sim \exp(-bx)$, all states"),
        Line2D([], [], color="0.3", lw=0.8, label=rf"the same, {weak} (dots: $J < J_x$)"),
    ]  # fmt: skip


def _plain_ticks(axis: Any) -> None:
    """Numbers without powers of ten, as many as there is room for."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _law_lines(ax: Any, column: Column, laws: Sequence[TestedLaw]) -> None:
    """Draw fits of A_g over all states, and over those where it is expected: dashes and lines."""
    hues = {series.label: HUES[number % len(HUES)] for number, series in enumerate(column.series)}
    for tested in laws:
        law = tested.law
        if isinstance(law, Refused) or tested.quantity != "A_g" or tested.family not in hues:
            continue
        x = np.linspace(*law.span, 100)
        dashes = {"all": "--", "J < J_x": ":"}.get(tested.states, "-")
        ax.plot(x, np.exp(law.constant - law.slope * x), color=hues[tested.family], lw=0.8, ls=dashes,
                alpha=1.0 if tested.rule == "share" else 0.45)  # fmt: skip


def _participation_lines(ax: Any, column: Column) -> None:
    """N e against frequency, one line for each curve, from dark to bright along the axis of the column."""
    from matplotlib import colormaps

    members = [member for series in column.series for member in series.members]
    places = sorted({place for place, _ in members})
    for place, one in members:
        found = attempt(participation_curve, one)
        if not isinstance(found, Refused):
            shade = colormaps["viridis"](0.9 * places.index(place) / max(len(places) - 1, 1))
            ends = place in (places[0], places[-1])
            ax.errorbar(found.x, found.value, found.error, color=shade, lw=1, label=one.state if ends else None)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize=7)
