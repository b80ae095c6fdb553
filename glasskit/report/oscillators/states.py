"""What was made, and the states that the minimisation ended in: energies, displacements, lowest frequencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...analysis.bootstrap import BootstrapEstimate, bootstrap_mean
from ...errors import InsufficientDataError
from ..kinds import OSCILLATORS
from ..measured import Refused
from ..opening import OpenedCurve, left_out_lines
from ..section import Rows, Section
from ..tapering import group_reasons
from ..text import aligned, all_failed, estimate_text, wrapped
from .curve import OscillatorCurve
from .words import attempt

MEANS = ("energy", "mean_square", "lowest_frequency")


@dataclass(frozen=True)
class States:
    """Means over the instances of a curve.

    Attributes
    ----------
    means : dict of str to BootstrapEstimate or Refused
        ``energy`` per oscillator, ``mean_square`` <x²>, ``lowest_frequency`` of each instance.
    softest : float or Refused
        Lowest frequency of all instances.
    known_fraction : float or Refused
        Modes that are known in every instance, as a fraction of all.
    """

    means: Mapping[str, BootstrapEstimate | Refused]
    softest: float | Refused
    known_fraction: float | Refused


def measure_states(curve: OscillatorCurve) -> States:
    """Reduce the numbers of the instances of a curve."""
    table = curve.ensemble.table()
    frequencies = attempt(curve.known_frequencies)
    means = {name: attempt(bootstrap_mean, table[name]) for name in ("energy", "mean_square")}
    if isinstance(frequencies, Refused):
        return States({**means, "lowest_frequency": frequencies}, frequencies, frequencies)
    found = sum(omega.size for omega in frequencies)
    lowest = [float(omega[0]) for omega in frequencies if omega.size]
    means["lowest_frequency"] = attempt(_mean_lowest, lowest, curve)
    softest = min(lowest) if lowest else Refused(f"no instance has a mode below {curve.known:.4g}.")
    return States(means, softest, found / (curve.size * curve.instances))


def _mean_lowest(lowest: Sequence[float], curve: OscillatorCurve) -> BootstrapEstimate:
    if len(lowest) < curve.instances:
        raise InsufficientDataError(
            f"{curve.instances - len(lowest)} of {curve.instances} instances have no mode below {curve.known:.4g}, up "
            "to which all are known: ask for more modes of the spectrum."
        )
    return bootstrap_mean(np.array(lowest))


def instances_section(opened: Sequence[OpenedCurve]) -> Section:
    """Table of what was made and how, one row per curve, with curves that hold nothing and the reasons of failures."""
    kind = OSCILLATORS[opened[0].kind]
    parameters = (kind.size, *kind.parameters)
    head = ["curve", *(parameter.name for parameter in parameters), "wanted", "excluded", "used"]
    rows, excluded = [], []
    for curve in opened:
        ensemble = curve.ensemble
        if ensemble is None:
            rows.append([curve.name, curve.problem])
            continue
        counts = [str(number) for number in (curve.wanted, len(ensemble.failures), len(ensemble))]
        rows.append([curve.name, *(parameter.text(ensemble.settings) for parameter in parameters), *counts])
        excluded += [
            wrapped(f"{curve.name}: {number} excluded: {reason}", indent="  ")
            for reason, number in group_reasons(ensemble.failures).items()
        ]
        excluded += [wrapped(line, indent="  ") for line in left_out_lines(curve.name, curve.left_out, curve.kind)]
    return Section("Instances", aligned(head, rows) + excluded, {})


def states_section(
    opened: Sequence[OpenedCurve], curves: Sequence[OscillatorCurve], found: Mapping[str, States]
) -> Section:
    """Table of energies, displacements and lowest frequencies."""
    head = ["curve", "energy", "<x^2>", "lowest omega", "softest of all", "modes known", "used"]
    rows, table, refusals = [], [], []
    for curve in curves:
        states = found[curve.name]
        softest, share = states.softest, states.known_fraction
        rows.append([
            curve.name, *(estimate_text(states.means[name]) for name in MEANS),
            "not known" if isinstance(softest, Refused) else f"{softest:.4g}",
            "not known" if isinstance(share, Refused) else f"{100 * share:.3g} %", str(curve.instances),
        ])  # fmt: skip
        reasons = [value.reason for value in (*states.means.values(), softest, share) if isinstance(value, Refused)]
        refusals += [wrapped(f"{curve.name}: {reason}", indent="  ") for reason in dict.fromkeys(reasons)]
        table.append(_row(curve, states, reasons))
    for row in _rows_without(opened):
        rows.append([row["curve"], row["note"]])
        table.append(row)
    note = wrapped(
        "Energy per oscillator and mean square coordinate <x^2> at the minimum; lowest frequency of each instance, "
        "averaged, and the lowest of all; the part of all modes that lies where every instance is complete."
    )
    return Section("States at the minimum", [*aligned(head, rows), *refusals, note], {"curves": table})


def failures_section(opened: Sequence[OpenedCurve]) -> Section:
    """Return what was tried, and that all of it failed: all that is to say of a folder without a good instance."""
    tried = instances_section(opened)
    table = _rows_without(opened)
    sentence = all_failed({row["curve"]: row["excluded"] for row in table}, "instances")
    return Section(tried.title, [*tried.lines, "", wrapped(sentence)], {"curves": table})


def _rows_without(opened: Sequence[OpenedCurve]) -> Rows:
    """Rows of the curves that have no good instance."""
    return [
        {
            "curve": curve.name,
            "wanted": curve.wanted,
            "excluded": 0 if curve.ensemble is None else len(curve.ensemble.failures),
            "left_out": sum(shard.samples for shard in curve.left_out),
            "instances": 0,
            "note": curve.problem or "every instance that was tried failed.",
        }
        for curve in opened
        if curve.ensemble is None or not len(curve.ensemble)
    ]


def _row(curve: OscillatorCurve, states: States, reasons: Sequence[str]) -> dict[str, object]:
    left_out = sum(shard.samples for shard in curve.left_out)
    counts = {"wanted": curve.wanted, "excluded": len(curve.ensemble.failures), "left_out": left_out}
    row: dict[str, object] = {**curve.head(), **counts}
    for name, mean in states.means.items():
        known = not isinstance(mean, Refused)
        row[name], row[f"{name}_error"] = (mean.value, mean.error) if known else ("", "")  # type: ignore[union-attr]
    row["softest_frequency"] = "" if isinstance(states.softest, Refused) else states.softest
    row["known_fraction"] = "" if isinstance(states.known_fraction, Refused) else states.known_fraction
    row["complete_below"] = curve.known
    return {**row, "note": " ".join(dict.fromkeys(reasons)), "recipe_hash": curve.ensemble.identity.hash}
