"""How many oscillators take part in a mode, against its frequency, where recipes stored modes' participation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...analysis.profiles import Profile
from ...analysis.spectra.participation import participation_profile
from ..figures import legend_below, new_figure, readable_ticks
from ..measured import Refused, with_error
from ..opening import read_all
from ..section import Rows, Section
from ..text import wrapped
from .curve import OscillatorCurve
from .looks import looks
from .words import attempt

BINS = 12


def participation_section(curves: Sequence[OscillatorCurve]) -> Section | None:
    """Table and figure of N e(omega); None where no curve stores participation ratios."""
    found = {curve.name: attempt(_measure, curve) for curve in curves if curve.stores("participation")}
    if not found:
        return None
    known = {name: profile for name, profile in found.items() if isinstance(profile, Profile)}
    lines = [
        wrapped(f"{name}: {profile.reason}", indent="- ")
        for name, profile in found.items()
        if isinstance(profile, Refused)
    ]
    lines += [
        f"{name}: N e = {with_error(profile.value[0], profile.error[0])} near omega = {profile.x[0]:.3g}, "
        f"{with_error(profile.value[-1], profile.error[-1])} near {profile.x[-1]:.3g}"
        for name, profile in known.items()
    ]
    table: Rows = [
        {
            **curve.head(), "omega_from": profile.lower[b], "omega_to": profile.upper[b], "omega": profile.x[b],
            "participating": profile.value[b], "error": profile.error[b], "modes": int(profile.count[b]),
        }
        for curve in curves
        if (profile := known.get(curve.name)) is not None
        for b in range(profile.x.size)
    ]  # fmt: skip
    note = wrapped(
        "N e is the number of oscillators that take part in a mode, mean over the modes of a bin, of the frequencies "
        "at which every instance is complete. Modes that are localised keep it when N grows."
    )
    figures = {"participation": partial(_figure, curves, known)} if known else {}
    return Section("Participation", [*lines, note], {"participation": table}, figures)


def _measure(curve: OscillatorCurve) -> Profile:
    frequencies, known = curve.frequencies(), curve.known
    everything = curve.full(frequencies)
    omega = [values if everything else values[values < known] for values in frequencies]
    # ascending frequencies: those below a limit are the first ones
    taking_part = [e[: values.size] for e, values in zip(read_all(curve.ensemble, "participation"), omega, strict=True)]
    return participation_profile(omega, taking_part, particles=curve.size, bins=BINS, spacing="logarithmic")


def _figure(curves: Sequence[OscillatorCurve], known: Mapping[str, Profile]) -> Any:
    style = looks(curves)
    figure = new_figure(6.4, 4.8)
    axes = figure.add_subplot()
    for name, profile in known.items():
        profile.plot(axes, label=style[name].label, color=style[name].hue, marker=style[name].marker)
    axes.set(xscale="log", yscale="log", xlabel=r"frequency $\omega$", ylabel="oscillators that take part, $Ne$")
    readable_ticks(axes.xaxis, np.concatenate([profile.x for profile in known.values()]))
    readable_ticks(axes.yaxis, np.concatenate([profile.value for profile in known.values()]))
    axes.set_title("Participation against frequency", fontsize=10)
    legend_below(figure)
    return figure
