"""The comparison in words: one table of both worlds, the laws, what both show, and what is not known and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...analysis.exponents.edge import edge_in_words
from ..measured import Refused, with_error
from ..text import WIDTH, aligned, estimate_text, wrapped
from ..windows import edge_text, exponent_text
from .laws import Measured, TestedLaw
from .samples import GLASSES, OSCILLATORS, Spectra
from .windows import RULES, WindowNumbers

FAR = 3.0
"""Errors above which two numbers are said to differ."""

Row = dict[str, Any]


def comparison_text(title: str, measured: Sequence[Measured], laws: Sequence[TestedLaw], notes: Sequence[str]) -> str:
    """Return the whole comparison as text."""
    sections = [
        (title, _families(measured)),
        ("Windows", [wrapped(f"{name}: {rule}.", indent="- ") for name, rule in RULES.items()]),
        ("Soft modes of both worlds", _table(measured)),
        ("What both show", _words(measured)),
        ("ln y = a - b x: the prefactor A_g against what the samples were made with", _laws(laws)),
        ("What is not known", [*_refusals(measured), *(wrapped(note, indent="- ") for note in notes)]),
        ("Notes", [wrapped(note, indent="- ") for note in NOTES]),
    ]
    return "\n\n".join("\n".join([head, "-" * min(len(head), WIDTH), *lines]) for head, lines in sections if lines)


NOTES = (
    "D(omega) is normalised to one over all modes of a sample, dN - d of a glass and N of oscillators; A_g takes s = 4 "
    "for granted, and means little where s is something else.",
    "The error of b is enlarged by the root of chi^2/dof where that is above 1; p is the probability of such a chi^2 "
    "or a larger one, if the law holds.",
    "± is one standard deviation, by bootstrap over whole samples. Windows of one curve share their softest modes.",
    "r~ is the mean of min(r, 1/r) over ratios of consecutive gaps of omega²; dealt is that of these levels dealt out "
    "anew among the samples, which makes them independent at the same density. r~ depends on N, on how many of the "
    "softest levels are looked at and on how fast their density grows: compare it with dealt. Repulsion at one N "
    "does not prove extended modes.",
    "N e counts particles or oscillators that take part in a mode.",
    "J_x = h^(8/21) kappa_0^(3/7), where omega_x = h^(1/3) and J^(7/8) kappa_0^(-3/8) meet, is known up to a factor of "
    "order one. Predicted below it is ln[kappa_0^(1/2) h^(2/3) J A_g] = a - b kappa_0 h^(2/3)/J^2 (Rainone et al., "
    "SciPost Phys. Core 4, 008 (2021), Eq. (3)); that A_g of glasses falls as exp(-b/T_p) is an observation, and that "
    "both look alike is an analogy.",
)


def _families(measured: Sequence[Measured]) -> list[str]:
    """Which curves belong together, and in what unit their frequencies are."""
    lines = []
    for family in dict.fromkeys(spectra.family for spectra, _ in measured):
        same = {spectra.name: spectra for spectra, _ in measured if spectra.family == family}
        first = next(iter(same.values()))
        unit = f"unit not known: {first.unit.reason}" if isinstance(first.unit, Refused) else (
            f"frequencies in units of {first.unit_words} = {first.unit:.4g}.")  # fmt: skip
        lines.append(wrapped(f"{family} ({', '.join(same)}): {unit}", indent="- "))
    return lines


def _table(measured: Sequence[Measured]) -> list[str]:
    head = ["curve", "state", "samples", "window", "omega_c", "modes", "s", "A_g", "r~", "dealt", "N e"]
    return aligned(head, [_cells(spectra, numbers) for spectra, numbers in measured])


def _cells(spectra: Spectra, numbers: WindowNumbers) -> list[str]:
    start = [spectra.name, spectra.state, str(spectra.samples), numbers.rule]
    if isinstance(numbers.upper, Refused):
        return [*start, numbers.upper.reason]
    independent = numbers.independent
    return [
        *start,
        "not known" if isinstance(spectra.unit, Refused) else f"{numbers.upper / spectra.unit:.4g}",
        str(numbers.modes),
        exponent_text(numbers.fit),
        _prefactor(numbers),
        estimate_text(numbers.ratio),
        "not known" if isinstance(independent, Refused) else f"{independent:.3f}",
        _participating(numbers),
    ]


def _prefactor(numbers: WindowNumbers) -> str:
    found = numbers.prefactor
    if isinstance(found, Refused) or found.reduced is None or found.reduced_error is None:
        return "not known"
    return with_error(found.reduced, found.reduced_error)


def _participating(numbers: WindowNumbers) -> str:
    found = numbers.participating
    return "not known" if isinstance(found, Refused) else with_error(float(found.value[0]), float(found.error[0]))


def _words(measured: Sequence[Measured]) -> list[str]:
    lines = []
    for rule in RULES:
        for world in (GLASSES, OSCILLATORS):
            same = [numbers for spectra, numbers in measured if spectra.world == world and numbers.rule == rule]
            found = [words for words in (_exponents(same), _repulsion(same), _extents(same)) if words]
            refused = sum(isinstance(numbers.upper, Refused) for numbers in same)
            if refused:
                found.append(f"no window in {refused} of {len(same)} curves")
            lines.append(wrapped(f"{rule}, {world}: {'; '.join(found)}.", indent="- "))
    return lines


def _exponents(same: Sequence[WindowNumbers]) -> str:
    fits = [numbers.fit for numbers in same if not isinstance(numbers.fit, Refused) and not numbers.edge]
    edges = sum(numbers.edge for numbers in same)
    gaps = f"no s but the edge of a gap in {edges} curves" if edges != 1 else "no s but the edge of a gap in 1 curve"
    if not fits:
        return gaps if edges else ""
    low, high = min(fits, key=lambda fit: fit.s), max(fits, key=lambda fit: fit.s)
    far = sum(abs(fit.s - 4) > FAR * fit.error for fit in fits)
    return (
        f"s is {with_error(low.s, low.error)} to {with_error(high.s, high.error)} in {len(fits)} curves, and not 4 by "
        f"more than {FAR:g} errors in {far}"
    ) + (f"; {gaps}" if edges else "")


def _repulsion(same: Iterable[WindowNumbers]) -> str:
    known = [
        (numbers.ratio.value - numbers.independent) / numbers.ratio.error
        for numbers in same
        if not isinstance(numbers.ratio, Refused) and not isinstance(numbers.independent, Refused)
    ]
    if not known:
        return ""
    repel = sum(z > FAR for z in known)
    return (
        f"r~ lies {min(known):.1f} to {max(known):.1f} errors above that of independent levels, by more than {FAR:g} "
        f"in {repel} of {len(known)}"
    )


def _extents(same: Iterable[WindowNumbers]) -> str:
    found = [float(n.participating.value[0]) for n in same if not isinstance(n.participating, Refused)]
    return f"N e is {min(found):.3g} to {max(found):.3g}" if found else ""


def _laws(laws: Sequence[TestedLaw]) -> list[str]:
    """Tables of the families in which a law can be tested, and one sentence for all that share a reason why not."""
    head = ["window", "y", "x", "states", "curves", "b", "chi^2", "dof", "p"]
    lines: list[str] = []
    alone: dict[str, list[str]] = {}
    for family in dict.fromkeys(law.family for law in laws):
        same = [law for law in laws if law.family == family]
        reasons = {tested.law.reason if isinstance(tested.law, Refused) else "" for tested in same}
        if len(reasons) == 1 and "" not in reasons:
            alone.setdefault(reasons.pop(), []).append(family)
            continue
        lines += [family, *aligned(head, [_law_cells(tested) for tested in same])]
    return [*lines, *(wrapped(f"{'; '.join(same)}: {reason}", indent="- ") for reason, same in alone.items())]


def _law_cells(tested: TestedLaw) -> list[str]:
    law, start = tested.law, [tested.rule, tested.quantity, tested.variable, tested.states]
    if isinstance(law, Refused):
        return [*start, law.reason]
    return [
        *start, str(len(law.states)), with_error(law.slope, law.error), f"{law.chi2:.3g}",
        str(law.degrees_of_freedom), f"{law.p_value:.2g}" if law.p_value > 1e-6 else "< 1e-6",
    ]  # fmt: skip


def _refusals(measured: Sequence[Measured]) -> list[str]:
    """What is not known, and why, in sentences; curves that share a reason together."""
    found: dict[str, list[str]] = {}
    for spectra, numbers in measured:
        for what, why in numbers.refusals.items():
            if what != "window":  # these stand in the table
                found.setdefault(f"no {what}: {why}", []).append(f"{spectra.name} ({numbers.rule})")
        if not isinstance(numbers.fit, Refused) and numbers.edge:
            found.setdefault(edge_text(numbers.fit), []).append(f"{spectra.name} ({numbers.rule})")
        if isinstance(spectra.control, Refused):
            found.setdefault(f"no x: {spectra.control.reason}", []).append(spectra.name)
    return [wrapped(f"{', '.join(dict.fromkeys(where))}: {reason}", indent="- ") for reason, where in found.items()]


def table_rows(measured: Sequence[Measured]) -> list[Row]:
    """Return one row for each curve and window, with all digits; an empty number is not known, the note says why."""
    return [_row(spectra, numbers) for spectra, numbers in measured]


def _row(spectra: Spectra, numbers: WindowNumbers) -> Row:
    unit = None if isinstance(spectra.unit, Refused) else spectra.unit
    row: Row = {
        "world": spectra.world, "folder": spectra.folder, "family": spectra.family, "curve": spectra.name,
        "size": spectra.size, "samples": spectra.samples,
        **dict.fromkeys(("parent_temperature", "taper", "coupling", "field"), ""), **spectra.parameters,
        "x": "" if isinstance(spectra.control, Refused) else spectra.control,
        "unit": "" if unit is None else unit, "window": numbers.rule,
    }  # fmt: skip
    names = ("omega_c", "modes", "s", "s_error", "edge", "A_g", "A_g_error", "folded_ratio", "folded_ratio_error",
             "ratios", "folded_ratio_dealt", "participating", "participating_error")  # fmt: skip
    row |= dict.fromkeys(names, "")
    if not isinstance(numbers.upper, Refused):
        row |= {"omega_c": numbers.upper / unit if unit else "", "modes": numbers.modes}
    if not isinstance(numbers.fit, Refused):
        row |= {"s": numbers.fit.s, "s_error": numbers.fit.error, "edge": numbers.edge}
    if not isinstance(numbers.prefactor, Refused) and numbers.prefactor.reduced is not None:
        row |= {"A_g": numbers.prefactor.reduced, "A_g_error": numbers.prefactor.reduced_error}
    if not isinstance(numbers.ratio, Refused):
        row |= {"folded_ratio": numbers.ratio.value, "folded_ratio_error": numbers.ratio.error,
                "ratios": numbers.ratio.ratios, "folded_ratio_dealt": numbers.independent}  # fmt: skip
    if not isinstance(numbers.participating, Refused):
        row |= {"participating": float(numbers.participating.value[0]),
                "participating_error": float(numbers.participating.error[0])}  # fmt: skip
    notes = [f"no {what}: {why}" for what, why in numbers.refusals.items()]
    if not isinstance(numbers.fit, Refused) and numbers.edge:
        notes.append(f"{edge_in_words(numbers.fit)}.")
    return {**row, "note": " ".join(notes)}


def law_rows(laws: Sequence[TestedLaw]) -> list[Row]:
    """Return one row for each law that was tested."""
    rows = []
    for tested in laws:
        row: Row = {"world": tested.world, "family": tested.family, "window": tested.rule, "y": tested.quantity,
                    "x": tested.variable, "states": tested.states}  # fmt: skip
        law = tested.law
        names = ("curves", "x_from", "x_to", "b", "b_error", "a", "chi2", "degrees_of_freedom", "p_value")
        row |= dict.fromkeys(names, "")
        if isinstance(law, Refused):
            rows.append({**row, "note": law.reason})
            continue
        values = (len(law.states), *law.span, law.slope, law.error, law.constant, law.chi2, law.degrees_of_freedom,
                  law.p_value)  # fmt: skip
        rows.append({**row, **dict(zip(names, values, strict=True)), "note": ""})
    return rows
