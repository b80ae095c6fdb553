"""Figure 1 and Table 1 of the theory: ``python run.py [DIR] [--bulk-modulus K] [--fractions …]``; csv and png into DIR.

Needs no ensemble: everything is solved, in some ten seconds.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from scipy.integrate import quad

from glasskit.axes import HUES
from glasskit.errors import InputError, InsufficientDataError
from glasskit.theory.generalized_heterogeneous_elasticity import GeneralizedHeterogeneousElasticity
from glasskit.theory.heterogeneous_elasticity import HeterogeneousElasticity
from glasskit.theory.static import critical_disorder
from glasskit.theory.stress_laws import predicted_stress
from glasskit.theory.type_two_exponents import exponent_table

TAPERS = (1, 2, 3, 4, math.inf)
SAMPLE_FRACTIONS = (0.5, 0.9, 0.99, 0.999, 1.0)
GAP_TAPERS = (2, 3, math.inf)
GAP_FRACTION = 0.5
"""Of the critical disorder: the sample whose gap is filled is far from criticality."""
IN_GAP, END = 0.01, 100.0
"""Chosen, not predicted: type-II modes in the gap per type-I mode, for the amplitude; the frequency where P(sigma) ends
over that of the gap's edge, for zeta: a hundred, since m = infinity is far from its law up to there."""
DPI = 140


def main(arguments: Sequence[str] | None = None) -> int:
    """Write tables and figures; 2 where the arguments cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=Path("runs/heterogeneous-elasticity"))
    parser.add_argument("--bulk-modulus", type=float, default=2.0, help="in units of the mean shear modulus; inf")
    parser.add_argument("--fractions", type=float, nargs="+", default=[0.5, 0.9, 0.99, 0.999, 0.9999, 1.0],
                        help="disorders in units of the critical one")  # fmt: skip
    parser.add_argument("--box-length", type=float, default=20.0, help="of the finite sample, in units of 1/k_xi")
    options = parser.parse_args(arguments)
    try:
        media = [medium(options.bulk_modulus, fraction) for fraction in options.fractions]
        samples = [medium(options.bulk_modulus, f).finite_sample(options.box_length) for f in SAMPLE_FRACTIONS]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    out = options.directory
    out.mkdir(parents=True, exist_ok=True)
    write(out / "infinite.csv", infinite_rows(media))
    write(out / "samples.csv", sample_rows(samples))
    write(out / "table-1.csv", table_rows())
    filled = samples[SAMPLE_FRACTIONS.index(GAP_FRACTION)]
    gap = gap_rows(filled)
    write(out / "gap.csv", gap)
    draw_reduced(media, samples).savefig(out / "reduced-density.png", dpi=DPI)
    draw_exponents().savefig(out / "type-two-exponents.png", dpi=DPI)
    draw_gap(filled, gap).savefig(out / "gap.png", dpi=DPI)
    for name in ("infinite.csv", "samples.csv", "table-1.csv"):
        print((out / name).read_text())
    return 0


def medium(bulk_modulus: float, fraction: float) -> HeterogeneousElasticity:
    return HeterogeneousElasticity(bulk_modulus, fraction * critical_disorder(bulk_modulus))


def infinite_rows(media: Iterable[HeterogeneousElasticity]) -> list[dict[str, str]]:
    rows = []
    for found in media:
        check = found.causality
        row = {"fraction": found.disorder / found.critical_disorder, "gamma": found.disorder,
               "static_self_energy": found.static_self_energy, "debye_level": found.debye_density(1.0),
               "highest_frequency": check.highest, "norm": check.norm}  # fmt: skip
        try:
            peak = found.boson_peak()
            row |= {"boson_peak": peak.frequency, "peak_height": peak.height, "peak_over_debye": peak.excess}
        except InsufficientDataError:  # at critical disorder; the columns stay empty
            row |= {"boson_peak": math.nan, "peak_height": math.nan, "peak_over_debye": math.nan}
        rows.append({name: "" if math.isnan(value) else f"{value:.7g}" for name, value in row.items()})
    return rows


def sample_rows(samples: Iterable[Any]) -> list[dict[str, str]]:
    rows = []
    for found in samples:
        distance = found.critical_disorder - found.disorder
        edge = found.gap_edge()
        row = {"fraction": found.disorder / found.critical_disorder, "wave_vectors": found.wave_vectors,
               "lowest_wave": found.lowest_wave, "gap_edge_lambda": edge, "gap_edge_omega": math.sqrt(edge),
               "norm": found.causality.norm}  # fmt: skip
        rows.append({name: f"{value:.7g}" for name, value in row.items()})
        rows[-1]["edge_over_distance"] = f"{edge / distance:.7g}" if distance > 0 else ""
    return rows


def table_rows() -> list[dict[str, str]]:
    rows = []
    for row in exponent_table(TAPERS):
        powers = {"P": row.stress, "rho": row.level, "g": row.frequency, "F": row.integrated}
        written = {name: f"{value:.6g}" for name, value in powers.items()}
        rows.append({"m": f"{row.taper:g}", **written, "divided_by": "ln^2" if row.logarithm else ""})
    return rows


def type_two(sample: Any, taper: float) -> tuple[GeneralizedHeterogeneousElasticity, float]:
    """Type-II modes of a taper and their amplitude, both as chosen for a sample."""
    edge = math.sqrt(sample.gap_edge())
    found = GeneralizedHeterogeneousElasticity(predicted_stress(taper), zeta=(END * edge) ** -2)
    return found, IN_GAP / quad(found.density_of_states, 0, edge, epsrel=1e-10)[0]


def gap_rows(sample: Any) -> list[dict[str, str]]:
    """g(omega) of type-I modes, and in the gap that of type-II modes; empty above, where they hybridise."""
    edge = math.sqrt(sample.gap_edge())
    below, above = edge * np.geomspace(0.03, 1, 101), edge * np.geomspace(1, 2, 201)[1:]
    omega = np.concatenate([below, above])
    columns = {"omega": omega, "type_one": sample.spectrum(omega).density}
    for taper in GAP_TAPERS:
        found, amplitude = type_two(sample, taper)
        density = amplitude * found.density_of_states(below)
        columns[f"type_two_m{taper:g}"] = np.append(density, np.full(above.size, math.nan))
    rows = zip(*columns.values(), strict=True)
    return [{k: "" if math.isnan(x) else f"{x:.7g}" for k, x in zip(columns, row, strict=True)} for row in rows]


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def draw_reduced(media: Sequence[HeterogeneousElasticity], samples: Sequence[Any]) -> Figure:
    """g/omega²: far from criticality, towards it, and of a sample with a gap."""
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    far, near, finite = figure.subplots(1, 3)
    linear, low = np.linspace(0, 1.02, 600), np.geomspace(1e-3, 2, 500)
    highest = media[0].causality.highest
    media[0].spectrum(linear * highest).plot(far)
    far.set(title="infinite, far from criticality; dashed: Debye", ylim=(0, None))
    for found, color in zip(media, HUES, strict=False):
        found.spectrum(low).plot(near, color=color)
    near.set(title="infinite, towards criticality", xscale="log", ylim=(0, None))
    for found, color in zip(samples, HUES, strict=False):
        found.spectrum(np.geomspace(0.01, 0.5, 1500)).plot(finite, color=color)
    finite.set(title=f"periodic, $L = {samples[0].box_length:g}$", xscale="log", ylim=(0, 12))
    for axes in (far, near, finite):
        axes.set(xlabel=r"frequency $\omega$", ylabel=r"reduced density $g(\omega)/\omega^2$")
        axes.legend(fontsize=8, frameon=False)
        axes.title.set_fontsize(10)
    return figure


def draw_gap(sample: Any, rows: Sequence[dict[str, str]]) -> Figure:
    """Their Fig. 1c: type-II modes in the gap of a sample, reduced and in double logarithm."""
    table = {name: np.array([float(row[name] or "nan") for row in rows]) for name in rows[0]}
    omega = table.pop("omega")
    edge = math.sqrt(sample.gap_edge())
    figure = Figure(figsize=(10.5, 4.4), layout="constrained")
    reduced, both = figure.subplots(1, 2)
    labels = [f"type I, $\\gamma = {GAP_FRACTION:g}\\,\\gamma_c$, $L = {sample.box_length:g}$"]
    for taper in GAP_TAPERS:
        name = r"$m = \infty$" if math.isinf(taper) else f"$m = {taper}$"
        low, high = (f"{s:.2f}" for s in type_two(sample, taper)[0].local_exponent(edge * np.array([0.1, 1])))
        labels.append(f"type II, {name}: $s$ = {low}" + (f" to {high}" if high != low else ""))
    for (name, density), label, color in zip(table.items(), labels, HUES, strict=False):
        style = {"color": color, "lw": 1.4, "label": label}
        reduced.plot(omega, density / omega**2, **style)
        if name == "type_one":
            density = np.where(density > 0, density, math.nan)
        both.plot(omega, density, **style)
    for axes, ylabel in ((reduced, r"reduced density $g(\omega)/\omega^2$"), (both, r"density $g(\omega)$")):
        axes.axvline(edge, color="0.6", lw=0.8, ls=":", label=r"edge of the gap $\omega_c$")
        axes.axvline(sample.lowest_wave, color="0.6", lw=0.8, label=r"lowest wave $\omega_o$")
        axes.set(xlabel=r"frequency $\omega$", ylabel=ylabel)
    reduced.set(ylim=(0, None), title="type-II modes in the gap of a sample")
    both.set(xscale="log", yscale="log", xlim=(0.1 * edge, None), ylim=(1e-3 * IN_GAP, None))
    ticks = edge * np.array([0.1, 0.2, 0.5, 1, 2])
    both.set_xticks(ticks, [f"{omega:.2g}" for omega in ticks])
    both.xaxis.set_minor_locator(NullLocator())
    zeta = type_two(sample, GAP_TAPERS[0])[0].zeta
    both.set_title(
        f"chosen, not predicted: $\\zeta$ = {zeta:.2g},\n{IN_GAP:g} type-II modes in the gap per type-I mode"
    )
    both.legend(fontsize=8, frameon=False)
    for axes in (reduced, both):
        axes.title.set_fontsize(10)
    return figure


def draw_exponents() -> Figure:
    """Local exponent of type-II modes against frequency, for the laws of P(sigma) at small sigma."""
    omega = np.geomspace(1e-6, 0.5, 200)
    axes = None
    for taper, color in zip(TAPERS, HUES, strict=False):
        spectrum = GeneralizedHeterogeneousElasticity(predicted_stress(taper)).spectrum(omega)
        label = r"$m = \infty$" if math.isinf(taper) else "minimum, $m = 1$" if taper == 1 else f"$m = {taper}$"
        axes = spectrum.plot(axes, exponents=True, label=label, color=color)
    assert axes is not None
    axes.set_title(r"type-II modes; $\sigma/\zeta$ in units of the end of $P(\sigma)$", fontsize=10)
    axes.set_ylim(2.9, 5.9)
    axes.legend(fontsize=8, frameon=False)
    return axes.figure


if __name__ == "__main__":
    sys.exit(main())
