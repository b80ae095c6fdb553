"""The report in words: plain tables, every number with its error, every missing one with its reason."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence

from ..analysis.bootstrap import BootstrapEstimate
from ..analysis.liquids.equilibration import EquilibrationVerdict
from ..ensembles.pipelines.glass_settings import GlassSettings
from .measured import Refused, with_error
from .opening import left_out_lines, made_words
from .section import Section
from .tapering import ENERGY_SLOPE, SIZE_TOLERANCE, TEMPERATURE_TOLERANCE, CurveReport
from .windows import EXPONENTS, TABLE_WINDOWS, WANTED_ERROR, Window, edge_text

WIDTH = 118
DEMIXING = 3.0
"""S_size(2π/L) above which the report says that sizes begin to separate; 1 is a random arrangement."""

Rows = list[list[str]]


def format_report(title: str, reports: Sequence[CurveReport], further: Sequence[Section] = ()) -> str:
    """Return the whole report as text; of a folder without a good glass only what was tried, and that all failed."""
    if not any(report.glasses for report in reports):
        lines = [*glasses_table(reports), "", wrapped(all_failed({r.name: r.excluded for r in reports}, "glasses"))]
        return layout([(title, [_setting_line(reports), UNITS]), ("Glasses", lines)])
    sections = [
        (title, [_setting_line(reports), UNITS]),
        ("Glasses", glasses_table(reports)),
        ("Energies per particle and composition, second half of each run", energies_table(reports)),
        ("Equilibrium of the liquids: second half of the runs against the first, after their first 20 %",
         equilibrium_lines(reports)),
        ("Exponent s of the density of states, D(omega) ~ omega^s, from all modes below omega_c",
         exponents_table(reports)),
        *((section.title, section.lines) for section in further),
        ("Notes", [wrapped(note, indent="- ") for note in notes(reports)]),
    ]  # fmt: skip
    return layout(sections)


def all_failed(excluded: Mapping[str, int], several: str) -> str:
    """Say that no sample could be made, with the number of failures of each curve."""
    counts = ", ".join(f"{number} of {name}" for name, number in excluded.items() if number)
    return (
        f"Nothing to analyse: all {sum(excluded.values())} {several} that were tried failed ({counts}); the reasons "
        "are above. Change what they name in the recipe, and run it into a new folder."
    )


def layout(sections: Sequence[tuple[str, list[str]]]) -> str:
    """Return titles, underlined, with the lines below them; what has no lines is left out."""
    return "\n\n".join("\n".join([head, "-" * len(head), *lines]) for head, lines in sections if lines)


UNITS = (
    "Reduced units: lengths as the diameters, energies in epsilon, masses 1, omega in (energy/mass)^(1/2)/length.\n"
    "± is one standard deviation, by bootstrap over whole glasses (as many as column used says)."
)


def wrapped(text: str, *, indent: str = "") -> str:
    """Return a paragraph in lines of the report's width, hanging from ``indent``."""
    rest = " " * len(indent)
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )


def aligned(head: Sequence[str], rows: Rows) -> list[str]:
    """Return rows under their heads; the first column is aligned left, the others right.

    A row shorter than the head ends in a sentence, which may be as long as it likes.
    """
    cells = [list(head), *(row if len(row) == len(head) else row[:-1] for row in rows)]
    widths = [max(len(row[column]) for row in cells if column < len(row)) for column in range(len(head))]
    lines = []
    for row, sentence in zip(cells, ["", *(row[-1] if len(row) < len(head) else "" for row in rows)], strict=True):
        padded = [cell.rjust(widths[column]) if column else cell.ljust(widths[0]) for column, cell in enumerate(row)]
        start = "  ".join(padded) + "  "
        room = max(WIDTH - len(start), 40)
        parts = textwrap.wrap(sentence, room, break_on_hyphens=False, break_long_words=False) or [""]
        lines += [(begin + part).rstrip() for begin, part in zip([start, *[" " * len(start)] * len(parts)], parts)]  # noqa: B905
    return lines


def taper_text(order: float | None) -> str:
    """Return the order of a taper as text, ``inf`` for infinity, ``-`` for a potential without one."""
    if order is None:
        return "-"
    return "inf" if math.isinf(order) else f"{order:g}"


def order_text(settings: GlassSettings) -> str:
    """Return the taper of the liquid, and that of the quench where it is another one."""
    if settings.model.potential == "SmoothedInversePowerLaw":
        return f"q={settings.model.smoothness}"
    liquid, glass = taper_text(settings.model.taper), taper_text(settings.quench.taper)
    return liquid if liquid == glass else f"{liquid}, quenched {glass}"


def prediction_text(report: CurveReport) -> str:
    """Return the predicted exponent, with the word for the logarithm at infinite order."""
    if isinstance(report.prediction, Refused):
        return "none"
    order = report.settings.quench.taper if report.settings else None
    return f"{report.prediction:.2f}" + (" (log)" if order is not None and math.isinf(order) else "")


def estimate_text(estimate: BootstrapEstimate | Refused) -> str:
    """Return a mean with its error; without an error where there is only one glass, or the reason for neither."""
    if isinstance(estimate, Refused):
        return "not known"
    return with_error(estimate.value, estimate.error)


def _setting_line(reports: Sequence[CurveReport]) -> str:
    found = {model_text(report.settings) for report in reports if report.settings}
    return "; ".join(sorted(found))


def model_text(settings: GlassSettings) -> str:
    """Return potential, size, dimension and density."""
    model = settings.model
    return f"{model.potential}, N = {model.particles}, d = {model.dimension}, density {model.density:g}"


def glasses_table(reports: Sequence[CurveReport]) -> list[str]:
    """Return the table of what was made and how: one row per curve."""
    head = ["curve", "taper", "T_p", "sweeps", "wanted", "excluded", "used", "accepted moves", "accepted swaps",
            "predicted s"]  # fmt: skip
    rows: Rows = []
    excluded = []
    for report in reports:
        settings = report.settings
        if settings is None:
            rows.append([report.name, report.problem])
            continue
        rows.append([
            report.name, order_text(settings), f"{settings.liquid.parent_temperature:g}",
            str(settings.liquid.sweeps), str(report.wanted), str(report.excluded), str(report.glasses),
            *(estimate_text(report.means[name]) if name in report.means else "-"
              for name in ("displacement_acceptance", "swap_acceptance")),
            prediction_text(report),
        ])  # fmt: skip
        excluded += [
            wrapped(f"{report.name}: {number} excluded: {reason}", indent="  ")
            for reason, number in report.failures.items()
        ]
        excluded += [wrapped(line, indent="  ") for line in left_out_lines(report.name, report.left_out, "glass")]
    return aligned(head, rows) + excluded


def energies_table(reports: Sequence[CurveReport]) -> list[str]:
    """Return the table of energies and composition, second halves of the runs: one row per curve."""
    head = ["curve", "T_p", "e (liquid)", "e_IS (glass)", "S_size(2pi/L)", "rattlers per glass", "used"]
    rows: Rows = []
    for report in reports:
        if report.settings is None or not report.means:
            rows.append([report.name, report.problem])
            continue
        reasons = {estimate.reason for estimate in report.means.values() if isinstance(estimate, Refused)}
        if reasons:
            rows.append([report.name, "; ".join(sorted(reasons))])
            continue
        rows.append([
            report.name, f"{report.settings.liquid.parent_temperature:g}",
            *(estimate_text(report.means[name]) for name in ("liquid_energy", "e_is", "size_fluctuation", "rattlers")),
            str(report.glasses),
        ])  # fmt: skip
    return aligned(head, rows)


def equilibrium_lines(reports: Sequence[CurveReport]) -> list[str]:
    """Return the verdicts in words, with relaxation times in sweeps."""
    lines = []
    for report in reports:
        if not report.verdicts:
            lines.append(f"{report.name}: {report.problem}")
            continue
        lines.append(f"{report.name}: {report.equilibrated}")
        for quantity, verdict in report.verdicts.items():
            if isinstance(verdict, Refused):
                words = f"{quantity}: cannot tell: {verdict.reason}"
            else:
                words = f"{verdict.words}; {relaxation_text(verdict)}; {verdict.drift.samples} runs."
            lines.append(wrapped(words, indent="  - "))
    return lines


def relaxation_text(verdict: EquilibrationVerdict) -> str:
    """Return the relaxation time in sweeps; a bound from below where the runs are too short to know it."""
    relaxation = verdict.relaxation
    if relaxation.reliable:
        return f"relaxation time {with_error(relaxation.time, relaxation.error)} sweeps"
    return f"relaxation time not known, at least about {relaxation.time:.2g} sweeps"


def exponents_table(reports: Sequence[CurveReport]) -> list[str]:
    """Return the table of exponents: one row per curve and window."""
    first, second = EXPONENTS
    head = ["curve", "omega_c", "modes", "s", "predicted", f"glasses for ± {WANTED_ERROR:g}",
            f"glasses to tell {first:g} from {second:g}"]  # fmt: skip
    rows: Rows = []
    for report in reports:
        if not report.windows:
            rows.append([report.name, report.problem])
        rows += [_window_row(report, window) for window in report.windows if window.upper in TABLE_WINDOWS]
    return aligned(head, rows)


def _window_row(report: CurveReport, window: Window) -> list[str]:
    row = [report.name, f"{window.upper:g}"]
    if isinstance(window.modes, Refused):
        return [*row, window.modes.reason]
    row.append(str(window.modes))
    if isinstance(window.fit, Refused):
        cost = (
            ""
            if isinstance(window.to_distinguish, Refused)
            else f" About {window.to_distinguish} glasses would tell \
{EXPONENTS[0]:g} from {EXPONENTS[1]:g}."
        )
        return [*row, f"no s: {window.fit.reason}{cost}"]
    if window.edge:
        return [*row, edge_text(window.fit)]
    return [*row, with_error(window.fit.s, window.fit.error), prediction_text(report), str(window.for_error),
            str(window.to_distinguish)]  # fmt: skip


def notes(reports: Sequence[CurveReport]) -> list[str]:
    """Return what a reader must know before believing the numbers."""
    found = [note for report in reports for note in _curve_notes(report)]
    if any(report.means for report in reports):
        found.append(
            "S_size(2pi/L) is 1 on average where sizes sit at random places and grows where they separate. Beside the "
            "energy it is what must be in equilibrium. Accepted drifts: of the energy "
            f"{100 * TEMPERATURE_TOLERANCE:g} % of T times de/dT = {ENERGY_SLOPE:g}, of S_size "
            f"{100 * SIZE_TOLERANCE:g} % of its mean."
        )
    doubtful = [r.name for r in reports if r.verdicts and r.equilibrated != "equilibrated"]
    if doubtful:
        found.append(
            f"Equilibrium of the liquids is not shown for {', '.join(doubtful)}: T_p there names a protocol, not a "
            "temperature, and e, e_IS and S_size are those of runs of that length."
        )
    tapers = {r.settings.model.taper for r in reports if r.settings and r.settings.model.taper is not None}
    if len(tapers) > 1:
        found.append(
            "Equal T_p is not equal depth for two tapers: the temperature scales of m = 2 and m = infinity differ by "
            "about 6 %. e_IS, beside T_p in the table, tells how deep a glass lies among those of its own taper; "
            "between tapers e_IS differs because the potentials do."
        )
    if any(isinstance(w.modes, int) and w.modes > 0 for r in reports for w in r.windows):
        first, second = EXPONENTS
        found += [
            f"Glasses to tell {first:g} from {second:g}: after which the modes of that window favour the true one by "
            "1000 to 1 in half of all repetitions. Glasses needed are as uncertain as the number of modes they are "
            "reckoned from. In small windows s rests on few modes, in large ones on modes that the power law may "
            "not hold for: look at s against the window, and choose none for its s.",
            "Predicted s is 3 + 2/m (for m = infinity 3, the density of states then being omega^3/ln^2 omega, not a "
            "pure power): Schirmacher et al., Nat. Commun. 15, 3107 (2024), who claim it for deeply supercooled "
            "parent liquids; disputed by Lerner and Bouchbinder, Phys. Rev. E 111, L013402 (2025).",
        ]
    return found


def _curve_notes(report: CurveReport) -> list[str]:
    found = []
    made = report.glasses + report.excluded
    if report.settings and made < report.wanted:
        found.append(
            f"{report.name} is not finished: {made} of {report.wanted} glasses are {made_words(report.left_out)}."
        )
    if made > report.wanted:
        found.append(
            f"{report.name}: {made} glasses are stored, more than the {report.wanted} of the recipe; all count."
        )
    if len(report.versions) > 1:
        found.append(f"{report.name} was made with {len(report.versions)} different sets of library versions.")
    size = report.means.get("size_fluctuation")
    if isinstance(size, BootstrapEstimate) and size.value > DEMIXING:
        found.append(
            f"{report.name}: S_size(2pi/L) is {with_error(size.value, size.error)}, above {DEMIXING:g}: large and "
            "small particles begin to separate, as the additive model does near T_p = 0.2. The composition of these "
            "liquids varies across the box and relaxes slowly; that may change the exponent."
        )
    return found
