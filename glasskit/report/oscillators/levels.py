"""Level statistics of each curve: the lowest levels, and where spectra are full those in the middle and at the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...analysis.levels.curves import GOE, POISSON
from ...analysis.levels.spectrum_windows import LevelWindow
from ...analysis.levels.windows import LevelStatistics, level_statistics
from ...errors import InsufficientDataError
from ..measured import Refused, with_error
from ..section import Rows, Section
from ..text import aligned, wrapped
from .curve import OscillatorCurve
from .looks import looks
from .words import attempt, in_instances

LEVELS = 50
"""Levels in each window, a third of all where an instance has fewer than three times as many."""


def levels_section(curves: Sequence[OscillatorCurve]) -> Section:
    """Table of r̃, verdicts in words, and P(r) of the windows."""
    head = ["curve", "levels", "omega", "r~", "ratios", "used"]
    rows: list[list[str]] = []
    lines: list[str] = []
    table: Rows = []
    known: dict[str, LevelStatistics] = {}
    for curve in curves:
        found = attempt(_measure, curve)
        if isinstance(found, Refused):
            rows.append([curve.name, found.reason])
            table.append({**curve.head(), "note": found.reason})
            continue
        known[curve.name] = found
        for window in found.windows:
            mean, omega = window.mean, np.sqrt([window.lowest, window.highest])
            rows.append([
                curve.name, window.name, f"{omega[0]:.3g} to {omega[1]:.3g}", with_error(mean.value, mean.error),
                str(mean.ratios), str(mean.glasses),
            ])  # fmt: skip
            table.append({
                **curve.head(), "levels": window.name, "omega_from": omega[0], "omega_to": omega[1],
                "folded_ratio": mean.value, "folded_ratio_error": mean.error, "ratios": mean.ratios,
                "skipped": mean.skipped,
                **{f"p_{fit.curve.name}".replace(" ", "_"): fit.p_value for fit in window.folded.fits},
            })  # fmt: skip
        words = " ".join(in_instances(window.verdict) for window in found.windows)
        lines.append(wrapped(f"{curve.name}: {words}", indent="- "))
    note = wrapped(
        "r~ is the mean of min(r, 1/r) over ratios r of consecutive gaps of eigenvalues, per instance and then over "
        f"instances: {POISSON.mean_folded:.4f} for independent levels, {GOE.mean_folded:.4f} for large random "
        "matrices. Repulsion at one N does not prove extended modes: compare sizes and participation."
    )
    figures = {"levels": partial(_figure, curves, known)} if known else {}
    return Section("Level statistics", [*aligned(head, rows), note, *lines], {"levels": table}, figures)


def _measure(curve: OscillatorCurve) -> LevelStatistics:
    frequencies = curve.frequencies()
    levels = [omega**2 for omega in frequencies]
    if curve.full(frequencies):
        count = min(LEVELS, curve.size // 3)
        if count < 3:
            raise InsufficientDataError(f"N = {curve.size} leaves no window of three levels; make larger instances.")
        windows = [LevelWindow.lowest(count), LevelWindow.middle(count), LevelWindow.highest(count)]
        return level_statistics(levels, windows, modes_per_glass_total=curve.size)
    fewest = min(values.size for values in levels)
    if fewest >= 3:
        return level_statistics(levels, [LevelWindow.lowest(min(LEVELS, fewest))])
    if not curve.known > 0:
        raise InsufficientDataError("no frequency is known below which instances are complete.")
    return level_statistics(levels, [LevelWindow.by_omega(0.0, curve.known)])  # some instances have no three levels


def _figure(curves: Sequence[OscillatorCurve], known: Mapping[str, LevelStatistics]) -> Any:
    """P(r), one panel for each place in the spectrum."""
    from matplotlib.figure import Figure

    style = looks(curves)
    places = list(dict.fromkeys(_place(w.name) for found in known.values() for w in found.windows))
    figure = Figure(figsize=(max(3.7 * len(places), 5.0), 3.9), layout="constrained")
    panels = dict(zip(places, figure.subplots(1, len(places), squeeze=False, sharey=True)[0], strict=True))
    for name, found in known.items():
        for window in found.windows:
            window.plot(panels[_place(window.name)], label=name, color=style[name].hue, marker=style[name].marker)
    for place, ax in panels.items():
        ax.set_title(f"{place} levels", fontsize=10)
        ax.label_outer()
    return figure


def _place(window: str) -> str:
    """Lowest, middle or highest; a window of frequencies is at the lower end."""
    first = window.split()[0]
    return first if first in ("lowest", "middle", "highest") else "lowest"
