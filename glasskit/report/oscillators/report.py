"""The report of a folder of coupled oscillators: what each curve holds, section by section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...ensembles.store import Ensemble
from ..encoding import plain_value, results_bytes, section_tables
from ..kinds import OSCILLATORS
from ..opening import OpenedCurve, made_words
from ..section import Section
from ..text import layout, wrapped
from .curve import OscillatorCurve, oscillator_curves
from .density import density_section
from .displacements import displacements_section, partial_means
from .exponents import Exponents, exponents_section, measure_exponents, verdicts_section
from .levels import levels_section
from .mean_squares import mean_squares_section
from .participation import participation_section
from .prefactors import prefactors_section
from .scaling import scaling_section
from .states import States, failures_section, instances_section, measure_states, states_section
from .weak_coupling import weak_coupling_section
from .windows import FRACTIONS, JUDGED_FRACTION, JUDGED_MODES

UNITS = (
    "Reduced units: that of x^4/4! and the unit of x are 1; kappa and J are stiffnesses, omega = (stiffness)^(1/2).\n"
    "± is one standard deviation, by bootstrap over whole instances (as many as column used says)."
)


@dataclass(frozen=True)
class OscillatorReport:
    """A folder of oscillators, reduced.

    Attributes
    ----------
    text : str
    sections : list of Section
        Their tables and figures are what is written.
    content : dict
        What ``results.json`` holds beyond the tables.
    """

    text: str
    sections: list[Section]
    content: Mapping[str, Any]

    def files(self, recipe: str) -> dict[str, bytes]:
        """Return the tables, and ``results.json`` with everything, by name."""
        return {**section_tables(self.sections), "results.json": results_bytes(recipe, self.content, self.sections)}

    def draw(self) -> dict[str, bytes]:
        """Return the figures as PNG and SVG, by name.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from ..figures import images

        return images({name: make for section in self.sections for name, make in section.figures.items()})


def oscillator_report(title: str, opened: Sequence[OpenedCurve]) -> OscillatorReport:
    """Reduce the curves of a folder of oscillators, all of one kind.

    Raises
    ------
    StorageError
        If a curve changes while it is read.
    """
    curves = oscillator_curves(opened)
    kind = OSCILLATORS[opened[0].kind]
    if not curves:
        section = failures_section(opened)
        text = layout([(title, [kind.title, UNITS]), (section.title, section.lines)])
        return OscillatorReport(text, [section], _content(opened, {}, {}))
    states = {curve.name: measure_states(curve) for curve in curves}
    exponents = {curve.name: measure_exponents(curve) for curve in curves}
    found = [
        instances_section(opened),
        states_section(opened, curves, states),
        density_section(curves),
        exponents_section(curves, exponents),
        verdicts_section(curves, exponents),
        prefactors_section(curves, exponents),
        weak_coupling_section(curves, exponents),
        mean_squares_section(curves, states),
        displacements_section(curves, partial_means(curves)),
        scaling_section(curves, exponents),
        levels_section(curves),
        participation_section(curves),
    ]
    sections = [section for section in found if section is not None]
    remarks = [wrapped(remark, indent="- ") for remark in _remarks(curves)]
    parts = [(title, [kind.title, UNITS]), *((section.title, section.lines) for section in sections)]
    text = layout([*parts, ("Notes", remarks)])
    return OscillatorReport(text, sections, _content(opened, states, exponents))


def _remarks(curves: Sequence[OscillatorCurve]) -> list[str]:
    """What a reader must know before believing the numbers."""
    found = []
    for curve in curves:
        made = curve.instances + len(curve.ensemble.failures)
        if made < curve.wanted:
            found.append(
                f"{curve.name} is not finished: {made} of {curve.wanted} instances are {made_words(curve.left_out)}."
            )
        if made > curve.wanted:
            found.append(
                f"{curve.name}: {made} instances are stored, more than the {curve.wanted} of the recipe; all count."
            )
        if len(curve.ensemble.versions) > 1:
            found.append(
                f"{curve.name} was made with {len(curve.ensemble.versions)} different sets of library versions."
            )
    without = [curve.name for curve in curves if not curve.stores("participation")]
    if without:
        found.append(
            f"No participation of {', '.join(without)}: full spectra hold no modes; set spectrum.count or below."
        )
    return found


def _content(
    opened: Sequence[OpenedCurve], states: Mapping[str, States], exponents: Mapping[str, Exponents]
) -> dict[str, Any]:
    return {
        "kind": opened[0].kind,
        "table_fractions": list(FRACTIONS),
        "judged_window": {"fraction": JUDGED_FRACTION, "at_most_modes": JUDGED_MODES},
        "curves": [_curve(curve, states.get(curve.name), exponents.get(curve.name)) for curve in opened],
    }


def _curve(curve: OpenedCurve, states: States | None, exponents: Exponents | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": curve.name, "wanted": curve.wanted, "problem": curve.problem}
    if curve.ensemble is None:
        return row
    return {
        **row,
        **_origin(curve.ensemble),
        "left_out": plain_value(curve.left_out),
        "states": plain_value(states),
        "windows": plain_value(exponents and exponents.windows),
    }


def _origin(ensemble: Ensemble) -> dict[str, Any]:
    return {
        "hash": ensemble.identity.hash, "seed": ensemble.identity.seed, "settings": ensemble.settings,
        "instances": len(ensemble), "excluded": len(ensemble.failures),
        "failures": {str(index): reason for index, reason in ensemble.failures.items()},
        "versions": ensemble.versions,
    }  # fmt: skip
