"""D(omega) and F(omega) of each curve, normalised to one mode per oscillator, on grids that all curves share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...analysis.spectra.cumulative_density import CumulativeDensity, cumulative_density
from ...analysis.spectra.density_of_states import DensityOfStates, density_of_states
from ...errors import InsufficientDataError
from ..figures import draw_cumulative, legend_below, logarithmic_bars, new_figure
from ..measured import Refused
from ..section import Section
from ..text import wrapped
from .curve import Array, OscillatorCurve
from .looks import looks
from .words import attempt

BINS_PER_DECADE = 10
POINTS_PER_DECADE = 20
"""Bins of D and points of F are multiples of these steps in log10(omega): curves of any folder are on one grid."""

GUIDES = (4.0, 2.0)
SLOPES = (3.0, 4.0, 5.0)
"""Guides of F: s + 1 for s = 2, 3 and 4."""


def density_section(curves: Sequence[OscillatorCurve]) -> Section:
    """Tables and figures of D and F; a line for each curve that has none."""
    densities = {curve.name: attempt(_density, curve) for curve in curves}
    cumulated = {curve.name: attempt(_cumulative, curve) for curve in curves}
    lines = [
        wrapped(f"{name}: no D(omega): {found.reason}", indent="- ")
        for name, found in densities.items()
        if isinstance(found, Refused)
    ]
    known = {name: found for name, found in densities.items() if isinstance(found, DensityOfStates)}
    integrals = {name: found for name, found in cumulated.items() if isinstance(found, CumulativeDensity)}
    lines += [
        f"{name}: {int(found.count.sum())} modes in {found.omega.size} bins from {found.edges[0]:.3g} to "
        f"{found.edges[-1]:.3g}"
        for name, found in known.items()
    ]
    tables = {
        "density": [row for curve in curves if curve.name in known for row in _rows(curve, known[curve.name])],
        "cumulative": [
            row for curve in curves if curve.name in integrals for row in _integral_rows(curve, integrals[curve.name])
        ],
    }
    figures: dict[str, Callable[[], Any]] = {}
    if known:
        figures["density"] = partial(_figure, curves, known)
    if integrals:
        figures["cumulative"] = partial(_integral_figure, curves, integrals)
    return Section("Density of states, normalised to one mode per oscillator", lines, tables, figures)


def _density(curve: OscillatorCurve) -> DensityOfStates:
    frequencies = curve.known_frequencies()
    edges = _lattice(frequencies, BINS_PER_DECADE)
    if not curve.full(frequencies):
        edges = edges[edges <= curve.known]
    if edges.size < 2:
        raise InsufficientDataError(
            f"no bin fits between the lowest mode and {curve.known:.4g}, up to which all are known."
        )
    known = None if curve.full(frequencies) else curve.ensemble.complete_below
    return density_of_states(frequencies, curve.size, edges, complete_below=known)


def _cumulative(curve: OscillatorCurve) -> CumulativeDensity:
    frequencies = curve.known_frequencies()
    omega = _lattice(frequencies, POINTS_PER_DECADE)[1:]
    if curve.full(frequencies):
        return cumulative_density(frequencies, curve.size, omega)
    omega = np.append(omega[omega < curve.known], curve.known)
    return cumulative_density(frequencies, curve.size, omega, complete_below=curve.ensemble.complete_below)


def _lattice(frequencies: Sequence[Array], per_decade: int) -> Array:
    """Powers of ten in equal steps from below the lowest mode to above the highest."""
    filled = [omega for omega in frequencies if omega.size]
    if not filled:
        raise InsufficientDataError("no instance has a mode that is known.")
    lowest, highest = min(omega[0] for omega in filled), max(omega[-1] for omega in filled)
    first = int(np.floor(per_decade * np.log10(lowest)))
    last = int(np.ceil(per_decade * np.log10(np.nextafter(highest, np.inf)))) + 1
    edges = 10.0 ** (np.arange(first, last + 1) / per_decade)
    # rounding of the logarithm: the lattice holds all modes, and no more than one edge beyond either
    start = int(np.searchsorted(edges, lowest, side="right")) - 1
    stop = int(np.searchsorted(edges, highest, side="right"))
    return np.asarray(edges[max(start, 0) : stop + 1])


def _rows(curve: OscillatorCurve, found: DensityOfStates) -> list[dict[str, Any]]:
    return [
        {
            **curve.head(), "omega_from": found.edges[b], "omega_to": found.edges[b + 1], "omega": found.omega[b],
            "D": found.density[b], "error": found.error[b], "modes": int(found.count[b]),
        }
        for b in range(found.omega.size)
    ]  # fmt: skip


def _integral_rows(curve: OscillatorCurve, found: CumulativeDensity) -> list[dict[str, Any]]:
    return [
        {
            **curve.head(), "omega": omega, "F": found.value[j], "error": found.error[j], "lower": found.lower[j],
            "upper": found.upper[j], "modes": int(found.count[j]),
        }
        for j, omega in enumerate(found.omega)
    ]  # fmt: skip


def _figure(curves: Sequence[OscillatorCurve], known: Mapping[str, DensityOfStates]) -> Any:
    """D(omega) of all curves in double logarithm, with guides omega^4 and omega^2: [R] Fig. 2."""
    style = looks(curves)
    figure = new_figure(6.8, 6.2)
    axes = figure.add_subplot()
    for name, found in known.items():
        seen = found.count > 0
        axes.errorbar(
            found.omega[seen], found.density[seen], logarithmic_bars(found.density[seen], found.error[seen]),
            elinewidth=0.8,
            label=f"{style[name].label} ({style[name].details})", **{**style[name].points, "markersize": 3.5},
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel=r"frequency $\omega$", ylabel=r"density of states $D(\omega)$")
    _guides(axes, list(known.values()))
    axes.set_title("Density of states, normalised to one mode per oscillator", fontsize=10)
    legend_below(figure)
    return figure


def _guides(axes: Any, found: Sequence[DensityOfStates]) -> None:
    """Lines of slope 4 and 2, below all points, over the softest half decade and a bit."""
    limits = axes.get_ylim()
    start = min(float(density.omega[density.count > 0][0]) for density in found)
    omega = np.array([1.3 * start, 5.0 * start])
    inside = [
        float(density.density[b] / (density.omega[b] / omega[0]) ** 4)
        for density in found
        for b in np.flatnonzero((density.count > 0) & (density.omega < omega[1]))
    ]
    height = 0.35 * min(inside)
    for slope, dashes in zip(GUIDES, ("-", (0, (4, 3))), strict=True):
        value = height * (omega / omega[0]) ** slope
        axes.plot(omega, value, color="0.4", lw=1, ls=dashes, zorder=0)
        axes.annotate(
            rf"$\omega^{slope:.0f}$", (omega[1], value[1]), xytext=(3, 0), textcoords="offset points", fontsize=9,
            color="0.3", va="center",
        )  # fmt: skip
    axes.set_ylim(min(limits[0], 0.5 * height), limits[1])


def _integral_figure(curves: Sequence[OscillatorCurve], known: Mapping[str, CumulativeDensity]) -> Any:
    return draw_cumulative(known, looks(curves), slopes=SLOPES, unit="", samples="instances")


__all__ = ["density_section"]
