"""The same liquids quenched under other tapers: tables of what changes glass by glass, beside other tapers' liquids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..analysis.exponents.edge import is_edge
from ..analysis.exponents.fit import ExponentFit
from ..analysis.matched.differences import MatchedComparison, PairedDifference
from ..analysis.matched.samples import LOWEST, SOFT_MODES
from .matched_families import NUMBERS, MatchedFamily, Member, exponent_difference, predicted_difference
from .matched_figure import draw_families
from .measured import Refused, with_error
from .section import Rows, Section
from .stresses import SCALAR
from .text import aligned, taper_text, wrapped
from .windows import edge_text, exponent_text

_LABELS = {"e_is": "e_IS", "shear": "G", SOFT_MODES: "soft modes"}


def matched_section(families: Sequence[MatchedFamily]) -> Section | None:
    """Tables and figure of what changes when the same liquids are quenched under other tapers."""
    if not families:
        return None
    lines: list[str] = []
    table: Rows = []
    stresses: Rows = []
    for family in families:
        if lines:
            lines.append("")
        lines += [f"{family.name}; common window: modes below {family.upper:.4g}", *_exponents(family), ""]
        lines += _numbers(family)
        lines += [wrapped(f"{member.curve.name}: {words}", indent="- ") for member, words in _remarks(family)]
        table += [_row(family, member, kind) for member, kind in _members(family)]
        stresses += [row for member in family.requenched for row in _stress_rows(member)]
    lines.append(wrapped(NOTE))
    tables = {"matched": table, **({"matched_stress": stresses} if stresses else {})}
    return Section(
        "The same liquids quenched under other tapers", lines, tables, {"matched": lambda: draw_families(families)}
    )


NOTE = (
    "Differences are against the first row of each table: ± from the same glasses resampled in both curves, in "
    "brackets ± without regard to the liquids being the same (for own liquids, which are not, the only one). Own "
    "window: below half the first phonon of each curve, as another taper changes the stiffness and with it the scale "
    "of all frequencies; in the common window a softer glass shows more of its spectrum. Predicted: the difference of "
    "3 + 2/m. r: correlation between glasses of the lowest frequencies. e_IS and G of two tapers differ first of all "
    "because the potentials do."
)


def _members(family: MatchedFamily) -> list[tuple[Member, str]]:
    return [
        (family.reference, "reference"),
        *((member, "same liquids") for member in family.requenched),
        *((member, "own liquids") for member in family.own_liquids),
    ]


def _exponents(family: MatchedFamily) -> list[str]:
    head = ["curve", "liquids", "m", "used", "modes", "s", "difference", "s, own window", "difference", "predicted"]
    rows = []
    for member, kind in _members(family):
        cells = [member.curve.name, kind if kind != "own liquids" else _own_temperature(member)]
        cells += [taper_text(member.order), str(len(member.curve.ensemble))]
        cells.append("-" if isinstance(member.common, Refused) else str(member.common.count))
        for own in (False, True):
            fit = member.own if own else member.common
            cells.append(exponent_text(fit))
            reference = family.reference.own if own else family.reference.common
            edge = any(isinstance(found, ExponentFit) and is_edge(found) for found in (fit, reference))
            cells.append("-" if edge else _difference_text(exponent_difference(family, member, own=own)))
        predicted = predicted_difference(family, member)
        rows.append([*cells, _predicted_text(predicted, kind)])
    return aligned(head, rows)


def _predicted_text(predicted: float | None, kind: str) -> str:
    if predicted is None:
        return "none"
    return "-" if kind == "reference" else f"{predicted:+.2f}"


def _own_temperature(member: Member) -> str:
    return f"own, T_p = {member.curve.settings.liquid.parent_temperature:g}"


def _numbers(family: MatchedFamily) -> list[str]:
    reference = family.reference.curve
    shown = {name: label for name, label in _LABELS.items() if name == SOFT_MODES or reference.stores(name)}
    head = ["curve", "matched", "left out", "r"]
    for label in shown.values():
        head += [label, "difference"]
    rows = []
    for member in family.requenched:
        found = member.against
        if not isinstance(found, MatchedComparison):
            rows.append([member.curve.name, "not compared"])
            continue
        match, alike = found.match, found.numbers[LOWEST].correlation
        cells = [member.curve.name, str(found.glasses), str(match.only_first + match.only_second)]
        cells.append("-" if alike is None else f"{alike:.2f}")
        for name in shown:
            paired = found.numbers.get(name)
            cells += ["-", "-"] if paired is None else [f"{paired.second:.4f}", _difference_text(paired)]
        rows.append(cells)
    return aligned(head, rows)


def _remarks(family: MatchedFamily) -> Iterable[tuple[Member, str]]:
    """Why numbers are missing, a sentence for each curve that lacks one; windows that hold phonons."""
    for member, _ in _members(family):
        refused = [found.reason for found in (member.against, member.common, member.own) if isinstance(found, Refused)]
        if refused:
            yield member, refused[0]
        elif isinstance(member.against, MatchedComparison) and not isinstance(
            member.against.exponent, PairedDifference
        ):
            yield member, str(member.against.exponent)
        for window, fit in (("common", member.common), ("own", member.own)):
            if isinstance(fit, ExponentFit) and is_edge(fit):
                yield member, f"{window} window: {edge_text(fit)}."
        if member.phonon is not None and member.phonon < family.upper:
            yield (
                member,
                f"the common window reaches above the first phonon, {member.phonon:.3g}: s there is not that of soft "
                "modes; the own window is free of phonons.",
            )


def _difference_text(paired: PairedDifference | None) -> str:
    if paired is None:
        return "-"
    text = with_error(paired.difference, paired.error)
    return text if paired.correlation is None else f"{text} ({paired.independent_error:.2g})"


def _row(family: MatchedFamily, member: Member, kind: str) -> dict[str, Any]:
    row = {
        **member.curve.head(), "liquid_taper": taper_text(member.curve.settings.model.taper), "liquids": kind,
        "reference": family.reference.curve.name, "first_phonon": "" if member.phonon is None else member.phonon,
    }  # fmt: skip
    for prefix, own in (("", False), ("own_window_", True)):
        fit = member.own if own else member.common
        known = not isinstance(fit, Refused)
        row[f"{prefix}omega_c"], row[f"{prefix}modes"] = (fit.upper, fit.count) if known else ("", "")  # type: ignore[union-attr]
        row[f"{prefix}s"], row[f"{prefix}s_error"] = (fit.s, fit.error) if known else ("", "")  # type: ignore[union-attr]
        row[f"{prefix}edge"] = "" if isinstance(fit, Refused) else is_edge(fit)
        row.update(_columns(f"{prefix}s_difference", exponent_difference(family, member, own=own)))
    predicted = predicted_difference(family, member)
    row["predicted_s_difference"] = "" if predicted is None else predicted
    found = member.against
    compared = isinstance(found, MatchedComparison)
    row["matched"] = found.glasses if compared else ""  # type: ignore[union-attr]
    for name in (*NUMBERS, SOFT_MODES, LOWEST):
        paired = found.numbers.get(name) if compared else None  # type: ignore[union-attr]
        column = name.replace(" ", "_")
        row[column] = "" if paired is None else paired.second
        row.update(_columns(f"{column}_difference", paired))
    return row


def _columns(name: str, paired: PairedDifference | None) -> dict[str, Any]:
    if paired is None:
        return dict.fromkeys((name, f"{name}_error", f"{name}_unmatched_error", f"{name}_correlation"), "")
    correlation = "" if paired.correlation is None else paired.correlation
    return {
        name: paired.difference, f"{name}_error": paired.error,
        f"{name}_unmatched_error": paired.independent_error, f"{name}_correlation": correlation,
    }  # fmt: skip


def _stress_rows(member: Member) -> Iterable[dict[str, Any]]:
    if not isinstance(member.against, MatchedComparison) or member.against.stresses is None:
        return
    found = member.against.stresses
    for k in range(found.slope_sigma.size):
        yield {
            **member.curve.head(), "quantity": SCALAR, "sigma": found.slope_sigma[k],
            "slope_difference": found.slope_difference[k], "error": found.slope_error[k],
            "unmatched_error": found.slope_independent_error[k], "matched": found.glasses,
        }  # fmt: skip
