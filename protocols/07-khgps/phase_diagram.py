"""Phase diagram of the gapped KHGPS model and spectra near both parts of its line: ``python phase_diagram.py DIR``.

Theory only, of N → ∞, some seconds: what Fig. 8 of Lerner and Bouchbinder, J. Chem. Phys. 155, 200901 (2021), shows for
kappa from 0.1 to 1. (a) J_c(h), D ~ omega² on it below the special field and D ~ omega⁴ above; (b, c) D(omega) at one
field of each kind, J/J_c = 0.9 to 1, beside A omega² and A omega⁴ of the formula. Writes phase-diagram.csv,
approach.csv and phase-diagram.png into DIR.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import glasskit
from glasskit.axes import HUES

STIFFNESS = (0.1, 1.0)
FIELDS = np.geomspace(1e-3, 10.0, 200)
SHOWN = {"b": 0.01, "c": 1.0}
"""Panel -> field; the special one lies between them."""
RATIOS = (0.9, 0.97, 0.99, 0.999, 1.0)
LOWEST = 1e-3
"""Smallest frequency shown on the line, in units of the largest of the spectrum."""


def approach(field: float) -> list[dict[str, float]]:
    """D(omega) at each ratio J/J_c of one field, from its gap up."""
    critical = glasskit.khgps_critical_coupling(field=field, stiffness_range=STIFFNESS)
    rows = []
    for ratio in RATIOS:
        solution = glasskit.khgps_replica_symmetric(field=field, coupling=ratio * critical, stiffness_range=STIFFNESS)
        gap, end = solution.spectrum.gap, solution.spectrum.largest_frequency
        start = 0.01 * gap if ratio < 1 else LOWEST * end
        omega = gap + np.geomspace(start, (end - gap) * (1 - 1e-9), 200)
        power, prefactor = (solution.critical.exponent, solution.prefactor) if ratio == 1 else (np.nan, np.nan)
        for one, height in zip(omega, solution.density_of_states(omega), strict=True):
            rows.append({
                "field": field, "coupling_ratio": ratio, "gap": gap, "omega": one, "density": height,
                "power": power, "prefactor": prefactor,
            })  # fmt: skip
    return rows


def draw(diagram: Any, spectra: dict[str, list[dict[str, float]]]) -> Figure:
    """The three panels."""
    figure = Figure(figsize=(14.0, 4.4), layout="constrained")
    plane, *panels = figure.subplots(1, 3)
    diagram.plot(plane)
    plane.set_title(f"(a) {plane.get_title()}", fontsize=10)
    for axes, (panel, rows) in zip(panels, spectra.items(), strict=True):
        for ratio, color in zip(RATIOS, HUES, strict=False):
            of_ratio = [row for row in rows if row["coupling_ratio"] == ratio]
            omega = np.array([row["omega"] for row in of_ratio])
            label = f"$J/J_c={ratio:g}$" + (f", gap {of_ratio[0]['gap']:.2g}" if ratio < 1 else "")
            heights = [row["density"] for row in of_ratio]
            axes.plot(omega, heights, color=color, lw=1.3, label=label, zorder=3 - ratio)  # the line below the others
        power, prefactor = of_ratio[0]["power"], of_ratio[0]["prefactor"]
        low = omega[omega < 0.15 * omega[-1]]
        axes.plot(
            low,
            prefactor * low**power,
            color="0.3",
            lw=1,
            ls=(0, (4, 3)),
            label=rf"${prefactor:.3g}\,\omega^{power:.0f}$",
        )
        top = max(row["density"] for row in rows)
        axes.set(xscale="log", yscale="log", xlabel=r"$\omega$", ylabel=r"$D(\omega)$")
        axes.set_ylim(prefactor * low[0] ** power, 2 * top)
        axes.set_title(f"({panel}) $h={SHOWN[panel]:g}$: to the $\\omega^{power:.0f}$ line", fontsize=10)
        axes.legend(frameon=False, fontsize=8)
    return figure


def main(arguments: Sequence[str]) -> int:
    """Print, write and draw; return the exit code."""
    if len(arguments) != 1:
        print("usage: python phase_diagram.py DIR", file=sys.stderr)
        return 2
    out = Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    diagram = glasskit.khgps_phase_diagram(FIELDS, stiffness_range=STIFFNESS)
    special = diagram.special
    where = f"h = {special.field:.6f}, J = {special.coupling:.6f}"
    print(f"kappa from {STIFFNESS[0]:g} to {STIFFNESS[1]:g}: omega² meets omega⁴ at {where}")
    names = ("field", "coupling", "exponent", "prefactor", "q", "chi", "replicon", "softest")
    line = [
        dict(zip(names, values, strict=True))
        for values in zip(*(getattr(diagram, name) for name in names), strict=True)
    ]
    write(out / "phase-diagram.csv", line)
    spectra = {panel: approach(field) for panel, field in SHOWN.items()}
    write(out / "approach.csv", [row for rows in spectra.values() for row in rows])
    for rows in spectra.values():
        for ratio in RATIOS:
            first = next(row for row in rows if row["coupling_ratio"] == ratio)
            print(f"h = {first['field']:g}, J/J_c = {ratio:g}: gap {first['gap']:.6f}")
        print(f"h = {rows[-1]['field']:g}, on the line: D = {rows[-1]['prefactor']:.6g} omega^{rows[-1]['power']:.0f}")
    draw(diagram, spectra).savefig(out / "phase-diagram.png", dpi=150)
    print(f"written to {out}: phase-diagram.csv, approach.csv, phase-diagram.png")
    return 0


def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows({name: f"{value:.8g}" for name, value in row.items()} for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
