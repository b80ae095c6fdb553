"""Level statistics of the lowest, middle and highest levels of each curve, where recipes asked for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..analysis.bootstrap import BootstrapEstimate, bootstrap_mean
from ..analysis.levels.curves import GOE, POISSON
from ..analysis.levels.windows import LevelStatistics, level_statistics
from ..analysis.spectra.phonons import PhononBands
from ..axes import HUES
from .curve_style import order_label
from .elasticity import Elasticity
from .measured import Refused, attempt
from .section import Curve, Rows, Section
from .text import aligned, estimate_text, wrapped

PLACES = ("lowest", "middle", "highest")
_MARKERS = "osD^vP"


def levels_section(curves: Sequence[Curve], elasticity: dict[str, Elasticity]) -> Section | None:
    """Table of r̃ and participation, verdicts in words, and P(r) of the three windows."""
    shown = [curve for curve in curves if curve.stores("eigenvalues_lowest")]
    if not shown:
        return None
    head = ["curve", "N", "T_p", "levels", "omega", "r~", "N e", "ratios", "used"]
    rows, lines, table, histogram = [], [], [], []
    known: dict[str, LevelStatistics] = {}
    for curve in shown:
        statistics, participation = _measure(curve, elasticity.get(curve.name))
        model, temperature = curve.settings.model, curve.settings.liquid.parent_temperature
        start = [curve.name, str(model.particles), f"{temperature:g}"]
        if isinstance(statistics, Refused):
            rows.append([*start, statistics.reason])
            table.append({**curve.head(), "note": statistics.reason})
            continue
        known[curve.name] = statistics
        for window in statistics.windows:
            mean, taking_part = window.mean, participation[window.name]
            omega = np.sqrt([window.lowest, window.highest])
            rows.append([
                *start, window.name, f"{omega[0]:.3g} to {omega[1]:.3g}", estimate_text(mean),
                estimate_text(taking_part), str(mean.ratios), str(mean.glasses),
            ])  # fmt: skip
            table.append({
                **curve.head(), "levels": window.name, "omega_from": omega[0], "omega_to": omega[1],
                "folded_ratio": mean.value, "folded_ratio_error": mean.error, "ratios": mean.ratios,
                "skipped": mean.skipped, **_participation_fields(taking_part),
                **{f"p_{fit.curve.name}".replace(" ", "_"): fit.p_value for fit in window.folded.fits},
                "in_phonon_bands": window.phonons.inside if window.phonons else "",
            })  # fmt: skip
            histogram += _histogram(curve, window)
        words = " ".join(window.verdict for window in statistics.windows)
        lines.append(wrapped(f"{curve.name}: {words}", indent="- "))
    note = wrapped(
        f"r~ is the mean of min(r, 1/r) over ratios r of consecutive gaps of eigenvalues, per glass and then over "
        f"glasses: {POISSON.mean_folded:.4f} for independent levels, {GOE.mean_folded:.4f} for large random matrices. "
        "N e is the number of particles that take part in a mode. Repulsion at one N does not prove extended modes."
    )
    figures = {"levels": lambda: _figure(shown, known)} if known else {}
    if len({curve.settings.model.particles for curve in shown if curve.name in known}) > 1:
        figures["levels_size"] = lambda: _size_figure(shown, known)
    return Section(
        "Level statistics", [*aligned(head, rows), note, *lines], {"levels": table, "levels_histogram": histogram},
        figures,
    )  # fmt: skip


def _measure(
    curve: Curve, elasticity: Elasticity | None
) -> tuple[LevelStatistics | Refused, dict[str, BootstrapEstimate | Refused]]:
    ensemble, particles = curve.ensemble, curve.settings.model.particles
    levels = {place: ensemble.arrays(f"eigenvalues_{place}") for place in PLACES}
    bands: PhononBands | None = None
    if elasticity is not None and not isinstance(elasticity.bands, Refused):
        bands = elasticity.bands
    participation = {
        place: attempt(bootstrap_mean, [particles * float(e.mean()) for e in ensemble.arrays(f"participation_{place}")])
        for place in PLACES
    }
    return attempt(level_statistics, levels, bands=bands), participation


def _participation_fields(mean: BootstrapEstimate | Refused) -> dict[str, Any]:
    known = not isinstance(mean, Refused)
    value, error = (mean.value, mean.error) if known else ("", "")  # type: ignore[union-attr]
    return {"participating": value, "participating_error": error}


def _histogram(curve: Curve, window: Any) -> Rows:
    found = window.ratio
    return [
        {
            **curve.head(), "levels": window.name, "r_from": found.edges[b], "r_to": found.edges[b + 1],
            "P": found.density[b], "error": found.error[b],
        }
        for b in range(found.density.size)
    ]  # fmt: skip


def _state_label(curve: Curve) -> str:
    return f"{order_label(curve.settings)}, $T_p = {curve.settings.liquid.parent_temperature:g}$"


def _figure(curves: Sequence[Curve], known: dict[str, LevelStatistics]) -> Any:
    """P(r) in the three windows: [S] Fig. 2; one row for each number of particles."""
    from matplotlib.figure import Figure

    shown = [curve for curve in curves if curve.name in known]
    sizes = sorted({curve.settings.model.particles for curve in shown}, reverse=True)
    figure = Figure(figsize=(3.7 * len(PLACES), 3.6 * len(sizes)), layout="constrained")
    grid = figure.subplots(len(sizes), len(PLACES), squeeze=False, sharey=True)
    for row, size in zip(grid, sizes, strict=True):
        same = [curve for curve in shown if curve.settings.model.particles == size]
        for number, curve in enumerate(same):
            known[curve.name].plot(
                row, label=curve.name, color=HUES[number % len(HUES)], marker=_MARKERS[number % len(_MARKERS)]
            )
        levels = sorted({curve.settings.modes.levels for curve in same})
        for ax, place in zip(row, PLACES, strict=True):
            ax.set_title(f"{place} {' or '.join(map(str, levels))} levels, N = {size}", fontsize=10)
    for ax in grid.flat:
        ax.label_outer()
    return figure


def _size_figure(curves: Sequence[Curve], known: dict[str, LevelStatistics]) -> Any:
    """r̃ against N, one panel for each window, one line for each taper and parent temperature."""
    from matplotlib.figure import Figure

    shown = [curve for curve in curves if curve.name in known]
    lines = {label: [c for c in shown if _state_label(c) == label] for label in map(_state_label, shown)}
    figure = Figure(figsize=(3.7 * len(PLACES), 3.4), layout="constrained")
    axes = figure.subplots(1, len(PLACES), sharey=True)
    for ax, place in zip(axes, PLACES, strict=True):
        for curve in (POISSON, GOE):
            ax.axhline(curve.mean_folded, color="0.6", lw=1, ls="--")
            place_of_name = (0.45, curve.mean_folded)
            ax.annotate(curve.name, place_of_name, xycoords=("axes fraction", "data"), fontsize=8, va="bottom")
        for number, (label, unsorted) in enumerate(lines.items()):
            same = sorted(unsorted, key=lambda c: c.settings.model.particles)
            means = [known[c.name][place].mean for c in same]
            ax.errorbar(
                [c.settings.model.particles for c in same], [m.value for m in means], [m.error for m in means],
                fmt=_MARKERS[number % len(_MARKERS)] + "-", ms=4, lw=1, color=HUES[number % len(HUES)],
                label=label,
            )  # fmt: skip
        ax.set(xscale="log", xlabel="number of particles $N$", title=f"{place} levels")
        sizes = sorted({c.settings.model.particles for c in shown})
        ax.set_xticks(sizes, [str(n) for n in sizes])
        ax.minorticks_off()
    axes[0].set_ylabel(r"$\tilde r$")
    axes[0].legend(frameon=False, fontsize=8)
    return figure
