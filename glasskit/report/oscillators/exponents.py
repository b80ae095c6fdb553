"""The exponent s of each curve: in windows of stated fractions of all modes, and judged in one of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...analysis.exponents.edge import STEEPEST, edge_in_words
from ...analysis.exponents.fit import ExponentFit
from ...analysis.exponents.prefactor import QuarticPrefactor
from ...analysis.exponents.verdict import ExponentVerdict, judge_exponent
from ...errors import GlasskitWarning
from ..figures import LEAST_MODES, edge_key, legend_below, mark_edges, new_figure
from ..measured import Refused, with_error
from ..section import Rows, Section
from ..text import aligned, wrapped
from ..verdicts import plateau_figures, verdict_row
from ..windows import EXPONENTS, WANTED_ERROR, Window, edge_text
from .curve import OscillatorCurve
from .looks import looks
from .windows import (
    FRACTIONS,
    JUDGED_FRACTION,
    JUDGED_MODES,
    SCAN,
    FractionWindow,
    LowModes,
    judged_upper,
    low_modes,
    measure_fraction,
)
from .words import attempt, in_instances, worded


@dataclass(frozen=True)
class Exponents:
    """All that the low modes of a curve say about s.

    Attributes
    ----------
    windows : tuple of FractionWindow
        Those of the table and those of the scan, ascending; none where frequencies cannot be used.
    verdict : ExponentVerdict or Refused
    end : str
        How the window that is judged came about.
    """

    windows: tuple[FractionWindow, ...]
    verdict: ExponentVerdict | Refused
    end: str


def measure_exponents(curve: OscillatorCurve) -> Exponents:
    """Fit and judge the exponent of a curve."""
    low = attempt(low_modes, curve)
    if isinstance(low, Refused):
        return Exponents((), low, "")
    upper, end = judged_upper(low)
    windows = tuple(measure_fraction(curve, low, fraction) for fraction in sorted({*FRACTIONS, *SCAN}))
    return Exponents(windows, _judged(curve, low, upper), end)


def _judged(curve: OscillatorCurve, low: LowModes, upper: float) -> ExponentVerdict | Refused:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlasskitWarning)  # they are in the verdict's words
        return attempt(
            judge_exponent, low.frequencies, upper, complete_below=curve.ensemble.complete_below,
            modes_total=curve.size, require_decision=False,
        )  # fmt: skip


def exponents_section(curves: Sequence[OscillatorCurve], found: Mapping[str, Exponents]) -> Section:
    """Table of s and A_g in all windows; s against the fraction of modes as a figure."""
    first, second = EXPONENTS
    head = ["curve", "fraction", "omega_c", "modes", "s", "A_g", f"for ± {WANTED_ERROR:g}",
            f"to tell {first:g} from {second:g}"]  # fmt: skip
    rows: list[list[str]] = []
    table: Rows = []
    for curve in curves:
        verdict = found[curve.name].verdict
        if not found[curve.name].windows and isinstance(verdict, Refused):
            rows.append([curve.name, verdict.reason])
            table.append({**curve.head(), "note": verdict.reason})
        windows = found[curve.name].windows
        table += [{**curve.head(), **_fields(measured)} for measured in windows]
        rows += _text_rows(curve.name, [measured for measured in windows if measured.fraction in FRACTIONS])
    note = wrapped(
        "Windows hold a stated fraction of all modes (one for each oscillator), the same for all curves: omega_c is "
        "the frequency of the first mode above. A_g is that of D = A_g omega^4, D normalised to one oscillator: it "
        "means nothing where s is not 4. The last columns are instances of this recipe that s would need. Edge of a "
        f"gap: even omega^{STEEPEST:g} would hardly have modes as close to the end of the window; in wider windows of "
        "such a curve s tells how modes rise above the edge."
    )
    title = "Exponent s of the density of states, D(omega) ~ omega^s, from the softest modes"
    figure: dict[str, Callable[[], Any]] = {"exponents": partial(_figure, curves, found)}
    return Section(title, [*aligned(head, rows), note], {"exponents": table}, figure)


def _text_rows(name: str, windows: Sequence[FractionWindow]) -> list[list[str]]:
    """A row for each window; one for all of those, the widest, that hold modes which are not known."""
    known = [measured for measured in windows if not isinstance(measured.window, Refused)]
    rows = [[name, f"{measured.fraction:g}", *_cells(measured)] for measured in known]
    unknown = [measured for measured in windows if isinstance(measured.window, Refused)]
    if unknown:
        first, more = unknown[0], " and more" if len(unknown) > 1 else ""
        rows.append([name, f"{first.fraction:g}{more}", *_cells(first)])
    return rows


def _cells(measured: FractionWindow) -> list[str]:
    window, prefactor = measured.window, measured.prefactor
    if isinstance(window, Refused):
        return [f"not known: {window.reason}"]
    start = [f"{window.upper:.4g}", str(window.modes)]
    if isinstance(window.fit, Refused):
        return [*start, f"no s: {window.fit.reason}"]
    if window.edge:
        return [*start, edge_text(window.fit)]
    amplitude = "not known" if isinstance(prefactor, Refused) else with_error(prefactor.value, prefactor.error)
    cost = (window.for_error, window.to_distinguish)
    return [
        *start,
        with_error(window.fit.s, window.fit.error),
        amplitude,
        *("-" if isinstance(n, Refused) else str(n) for n in cost),
    ]


def _fields(measured: FractionWindow) -> dict[str, Any]:
    window, prefactor = measured.window, measured.prefactor
    row: dict[str, Any] = {"fraction": measured.fraction, "in_table": measured.fraction in FRACTIONS}
    if isinstance(window, Refused):
        return {**row, "note": window.reason}
    fit = window.fit
    known = isinstance(fit, ExponentFit)
    row |= {"omega_c": window.upper, "modes": "" if isinstance(window.modes, Refused) else window.modes}
    for name in ("s", "error", "analytic_error"):
        row[name] = getattr(fit, name) if known else ""
    row["edge"] = window.edge if known else ""
    amplitude = isinstance(prefactor, QuarticPrefactor)
    row["A_g"], row["A_g_error"] = (prefactor.value, prefactor.error) if amplitude else ("", "")  # type: ignore[union-attr]
    for name, value in (("for_error", window.for_error), ("to_distinguish", window.to_distinguish)):
        row[f"instances_{name}"] = "" if isinstance(value, Refused) else value
    refused = [value.reason for value in (fit, prefactor) if isinstance(value, Refused)]
    if isinstance(fit, ExponentFit) and window.edge:
        refused.append(f"{edge_in_words(fit)}.")
    return {**row, "note": " ".join(dict.fromkeys(refused))}


def verdicts_section(curves: Sequence[OscillatorCurve], found: Mapping[str, Exponents]) -> Section:
    """Paragraphs, one for each curve, and a row of numbers; s against the window for each curve."""
    lines, table = [], []
    for curve in curves:
        verdict = found[curve.name].verdict
        if isinstance(verdict, Refused):
            lines.append(wrapped(f"{curve.name}: no verdict: {verdict.reason}", indent="- "))
            table.append({**curve.head(), "note": verdict.reason})
            continue
        end = found[curve.name].end
        lines.append(wrapped(f"{curve.name} (window: {end}): {in_instances(verdict.text)}", indent="- "))
        numbers = {name: value for name, value in verdict_row(verdict).items() if not name.startswith("A_g_omega")}
        table.append({**curve.head(), **numbers, "window": end})
    makers = plateau_figures({name: exponents.verdict for name, exponents in found.items()})
    title = (
        f"The exponent in words: the lowest {JUDGED_FRACTION:g} of all modes, at most {JUDGED_MODES}, a window fixed "
        "before s is known"
    )
    return Section(title, lines, {"verdicts": table}, {name: partial(_plateau, make) for name, make in makers.items()})


def _plateau(make: Callable[[], Any]) -> Any:
    return worded(make())


def _figure(curves: Sequence[OscillatorCurve], found: Mapping[str, Exponents]) -> Any:
    """s ± error against the fraction of modes in the window; None where no window holds enough of them.

    Edges of gaps have no exponent: their windows are marked at the top, and the axis is that of the power laws. A curve
    of one window shows nothing against it: where others have more it is left to the table.
    """
    windows = {
        curve.name: [
            (measured.fraction, measured.window)
            for measured in found[curve.name].windows
            if measured.fraction in SCAN
            and isinstance(measured.window, Window) and isinstance(measured.window.fit, ExponentFit)
            and measured.window.fit.count >= LEAST_MODES
        ]
        for curve in curves
    }  # fmt: skip
    known = [curve for curve in curves if windows[curve.name]]
    if not known:
        return None
    drawn = [curve for curve in known if len(windows[curve.name]) > 1] or known
    style = looks(curves)
    figure = new_figure(6.8, 5.4)
    axes = figure.add_subplot()
    axes.axhline(4.0, color="0.5", lw=3.5, alpha=0.45, zorder=0.5)
    axes.axvline(JUDGED_FRACTION, color="0.88", lw=6, zorder=0)
    edges = 0
    for place, curve in enumerate(drawn):
        shift = 1.02 ** (place - (len(drawn) - 1) / 2)  # error bars side by side
        laws = [(f * shift, w.fit) for f, w in windows[curve.name] if isinstance(w.fit, ExponentFit) and not w.edge]
        axes.errorbar(
            [x for x, _ in laws], [fit.s for _, fit in laws], [fit.error for _, fit in laws],
            capsize=2, elinewidth=0.8, label=style[curve.name].label, **style[curve.name].points,
        )  # fmt: skip
        at = [fraction * shift for fraction, window in windows[curve.name] if window.edge]
        if at:
            mark_edges(axes, at, edges, style[curve.name].hue)
            edges += 1
    if edges:
        edge_key(axes)
    axes.set(
        xscale="log",
        xlabel=r"fraction of all modes below $\omega_c$",
        ylabel=r"exponent $s$ of all modes below $\omega_c$",
        ylim=_range_of_s([w.fit for curve in drawn for _, w in windows[curve.name] if not w.edge]),
    )
    left = len(known) - len(drawn)
    only = f"\nnot drawn, in the table: {left} with one window" if left else ""
    axes.set_title(f"Exponent against window (grey: s = 4, and the widest window judged){only}", fontsize=10)
    legend_below(figure)
    return figure


def _range_of_s(fits: Sequence[ExponentFit | Refused]) -> tuple[float, float]:
    """Ends of the axis: all exponents, and their error bars as far as `STEEPEST`."""
    known = [fit for fit in fits if isinstance(fit, ExponentFit)]
    low = min([3.5, *(fit.s - fit.error for fit in known)])
    reach = [min(fit.s + fit.error, max(STEEPEST, fit.s)) for fit in known]
    return max(low - 0.2, 0.0), 1.06 * max([4.5, *reach])
