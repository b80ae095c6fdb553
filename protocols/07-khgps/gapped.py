"""Samples of the gapped model against its solution for N → ∞: ``python gapped.py DIR``, DIR a run of gapped.toml.

In the stable phase, with M the Hessian at the minimum and E the averages of the replica-symmetric solution:

    <x²> = q,   Tr M⁻¹/N = chi,   Tr M⁻²/N = E[m⁻²]/lambda_R = (1 − lambda_R)/(J² lambda_R),   F(omega) = ∫D d omega

where F is taken at the frequency below which the solution has a twentieth of its modes. Each is measured at every N and
extrapolated by a + b/N. On the critical line the modes below a frequency are counted: A_g = 5F(omega)/omega⁵, as omega
→ 0, beside the same of the solution's D, whose limit is the formula. Writes gapped.csv, critical-line.csv, gapped.png
into DIR.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq, curve_fit

import glasskit
from glasskit.analysis.exponents.prefactor import quartic_prefactor
from glasskit.axes import HUES
from glasskit.ensembles.recipe import read_recipe

SHARE = 0.05
"""Of all modes: those below the frequency at which F is compared."""
NAMES = ("<x²>", "Tr M⁻¹/N", "Tr M⁻²/N", "F")
EXPECTED_MODES = (30, 100, 300, 1000, 3000)
"""Windows of A_g: frequencies below which the solution expects so many modes in all instances of the largest N."""


class Ensembles(NamedTuple):
    """The curves of one state: number of oscillators -> samples, and the solution there."""

    samples: dict[int, glasskit.Ensemble]
    solution: Any

    @property
    def title(self) -> str:
        """Where in the (h, J) plane."""
        return f"h = {self.solution.field:g}, J = {self.solution.coupling:g}"


def read(folder: Path) -> dict[str, Ensembles]:
    """The states of a run by the first part of their curves' names."""
    states: dict[str, Ensembles] = {}
    for curve in read_recipe(folder / "recipe.toml").curves:
        if not (folder / curve.name).is_dir():
            print(f"{curve.name}: no samples yet")
            continue
        model = curve.settings.model
        name = curve.name.rpartition("-n")[0]
        if name not in states:
            solution = glasskit.khgps_replica_symmetric(
                field=model.field,
                coupling=_on_line(model) if name.startswith("line") else model.coupling,
                stiffness_range=model.stiffness_range,
            )
            states[name] = Ensembles({}, solution)
        states[name].samples[model.size] = glasskit.Ensemble.open(folder / curve.name)
    return states


def _on_line(model: Any) -> float:
    """J_c of the field, of which the recipe has seven digits."""
    critical = glasskit.khgps_critical_coupling(field=model.field, stiffness_range=model.stiffness_range)
    if abs(model.coupling / critical - 1) > 1e-6:
        raise SystemExit(f"J = {model.coupling} is not the critical coupling {critical:.7f} of h = {model.field}.")
    return critical


class Cumulative:
    """F(omega) of a solution, its D interpolated on 2,000 frequencies that are dense at the lower edge."""

    def __init__(self, solution: Any) -> None:
        gap, end = solution.spectrum.gap, solution.spectrum.largest_frequency
        omega = gap + (end - gap) * np.linspace(0, 1, 2001) ** 3
        density = np.concatenate([[0.0], solution.density_of_states(omega[1:])])
        self.gap, self.end = gap, end
        with np.errstate(over="ignore"):  # of harmonic means of slopes at the edge, where D begins as a root
            self.integral = PchipInterpolator(omega, density).antiderivative()
        if abs(self.integral(end) - 1) > 1e-4:  # what is missing is at the upper edge, steep where h << J
            raise SystemExit(f"the solution's D integrates to {float(self.integral(end)):.7f}, expected 1.")

    def __call__(self, omega: float) -> float:
        """Share of the modes below omega."""
        return float(self.integral(np.clip(omega, self.gap, self.end)))

    def frequency(self, share: float) -> float:
        """Frequency below which this share of the modes is."""
        return float(brentq(lambda omega: self(omega) - share, self.gap, self.end, xtol=1e-10))


def predictions(solution: Any, share: float) -> NDArray[np.float64]:
    """The quantities of `NAMES` for N → ∞."""
    replicon, coupling = solution.replicon, solution.coupling
    return np.array([solution.q, solution.chi, (1 - replicon) / (coupling**2 * replicon), share])


def measured(samples: glasskit.Ensemble, omega: float) -> NDArray[np.float64]:
    """The quantities of `NAMES` of every instance, (instances, 4)."""
    rows = [
        (square, np.mean(frequencies**-2.0), np.mean(frequencies**-4.0), np.mean(frequencies < omega))
        for square, frequencies in zip(samples.table()["mean_square"], samples.frequencies, strict=True)
    ]
    return np.array(rows)


def extrapolated(size: NDArray[Any], value: NDArray[Any], error: NDArray[Any]) -> tuple[float, float, float, float]:
    """Limit a and slope b of a + b/N with the error of a, and chi² of the fit."""
    line, covariance = curve_fit(lambda n, a, b: a + b / n, size, value, sigma=error, absolute_sigma=True)
    chi2 = float(np.sum(((value - line[0] - line[1] / size) / error) ** 2))
    return float(line[0]), float(line[1]), float(np.sqrt(covariance[0, 0])), chi2


def compare(states: dict[str, Ensembles]) -> list[dict[str, Any]]:
    """Every quantity of every state in the stable phase, at every N and extrapolated."""
    rows = []
    for name, state in states.items():
        if name.startswith("line") or len(state.samples) < 2:
            continue
        omega = Cumulative(state.solution).frequency(SHARE)
        exact = predictions(state.solution, SHARE)
        size = np.array(sorted(state.samples))
        values = [measured(state.samples[n], omega) for n in size]
        mean = np.array([v.mean(axis=0) for v in values])
        error = np.array([v.std(axis=0, ddof=1) / np.sqrt(len(v)) for v in values])
        for k, quantity in enumerate(NAMES):
            limit, slope, spread, chi2 = extrapolated(size, mean[:, k], error[:, k])
            rows.append(
                {
                    "state": name, "h": state.solution.field, "J": state.solution.coupling, "quantity": quantity,
                    "theory": exact[k], "limit": limit, "error": spread, "slope": slope, "chi2": chi2,
                    "degrees_of_freedom": len(size) - 2,
                    "n": size, "instances": [len(v) for v in values], "mean": mean[:, k], "mean_error": error[:, k],
                }
            )  # fmt: skip
    return rows


def prefactors(states: dict[str, Ensembles]) -> list[dict[str, Any]]:
    """5F/omega⁵ on the critical line, of samples and of the solution, in windows of stated modes."""
    rows = []
    for name, state in states.items():
        if not name.startswith("line"):
            continue
        cumulative, largest = Cumulative(state.solution), max(state.samples)
        modes = largest * len(state.samples[largest])
        for expected in EXPECTED_MODES:
            if expected > 0.3 * modes:
                continue
            omega = cumulative.frequency(expected / modes)
            for n, samples in sorted(state.samples.items()):
                found = quartic_prefactor(samples.frequencies, omega, modes_total=n)
                rows.append(
                    {
                        "state": name, "h": state.solution.field, "J": state.solution.coupling, "n": n,
                        "instances": len(samples), "omega": omega, "modes": found.count, "A_g": found.value,
                        "error": found.error, "theory": 5 * cumulative(omega) / omega**5,
                        "formula": state.solution.prefactor,
                    }
                )  # fmt: skip
    return rows


def tell(rows: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    """Print both tables."""
    previous = ""
    for row in rows:
        if row["state"] != previous:
            previous = row["state"]
            counts = ", ".join(f"{n} ({g})" for n, g in zip(row["n"], row["instances"], strict=True))
            print(f"\nh = {row['h']:g}, J = {row['J']:g}; N (instances): {counts}")
            print(
                f"{'':10s} {'theory':>11s} {'largest N':>22s} {'sigma':>6s} {'N -> infinity':>22s} {'sigma':>6s}  chi2"
            )
        theory, mean, error = row["theory"], row["mean"][-1], row["mean_error"][-1]
        at_n = f"{mean:.6f} ± {error:.6f}"
        limit = f"{row['limit']:.6f} ± {row['error']:.6f}"
        print(
            f"{row['quantity']:10s} {theory:11.6f} {at_n:>22s} {(mean - theory) / error:6.1f} {limit:>22s} "
            f"{(row['limit'] - theory) / row['error']:6.1f}  {row['chi2']:.1f}/{row['degrees_of_freedom']}"
        )
    if rows:
        sigma = np.array([(row["limit"] - row["theory"]) / row["error"] for row in rows])
        within = int(np.sum(np.abs(sigma) <= 2))
        print(f"\nextrapolated: {within} of {len(sigma)} within 2 sigma, largest {np.abs(sigma).max():.1f}")
    for row in lines:
        print(
            f"h = {row['h']:g}, J_c = {row['J']:.7f}, N = {row['n']} ({row['instances']}), omega < {row['omega']:.4f}: "
            f"{row['modes']} modes, A_g = {row['A_g']:.4g} ± {row['error']:.2g}, solution {row['theory']:.4g}, "
            f"formula {row['formula']:.4g}"
        )


def draw(rows: list[dict[str, Any]], lines: list[dict[str, Any]], path: Path) -> None:
    """Deviations from the solution against 1/N, and A_g against the window."""
    from matplotlib.figure import Figure

    states = list(dict.fromkeys(row["state"] for row in lines))
    figure = Figure(figsize=(11.5, 3.6 + 3.2 * bool(states)), layout="constrained")
    grid = figure.add_gridspec(1 + bool(states), 12)
    for k, quantity in enumerate(NAMES):
        ax = figure.add_subplot(grid[0, 3 * k : 3 * k + 3])
        of_it = [row for row in rows if row["quantity"] == quantity]
        for colour, row in zip(HUES, of_it, strict=False):
            relative, bar = row["mean"] / row["theory"] - 1, row["mean_error"] / row["theory"]
            ax.errorbar(
                1 / row["n"], relative, bar, fmt="o", ms=4, color=colour, label=f"h = {row['h']:g}, J = {row['J']:g}"
            )
            inverse = np.array([0, 1 / row["n"][0]])
            ax.plot(inverse, (row["limit"] + row["slope"] * inverse) / row["theory"] - 1, color=colour, lw=0.8)
        ax.axhline(0, color="black", lw=0.8)
        ax.set(xlabel="1/N", title=quantity)
        ax.set_ylabel("measured / solution − 1" if k == 0 else "")
        ax.ticklabel_format(style="sci", axis="x", scilimits=(0, 0))
    if rows:
        figure.axes[0].legend(fontsize=7)
    for k, name in enumerate(states):
        ax = figure.add_subplot(grid[1, 6 * k : 6 * k + 6])
        of_it = [row for row in lines if row["state"] == name]
        for colour, n in zip(HUES, sorted({row["n"] for row in of_it}), strict=False):
            own = [row for row in of_it if row["n"] == n]
            omega = [row["omega"] for row in own]
            ax.errorbar(
                omega, [r["A_g"] for r in own], [r["error"] for r in own], fmt="o", ms=4, color=colour, label=f"N = {n}"
            )
        ax.plot(omega, [r["theory"] for r in own], color="black", lw=1, label="solution")
        ax.axhline(of_it[0]["formula"], color="black", lw=0.8, ls=":", label="limit")
        ax.set(
            xlabel="ω", ylabel="5 F(ω) / ω⁵", title=f"h = {of_it[0]['h']:g}, J = J_c", ylim=(0, None), xlim=(0, None)
        )
        ax.legend(fontsize=7)
    figure.savefig(path, dpi=140)


def save(rows: list[dict[str, Any]], path: Path) -> None:
    """Write rows; arrays as numbers separated by blanks."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        for row in rows:
            cells = [" ".join(f"{x:.7g}" for x in v) if np.ndim(v) else v for v in row.values()]
            writer.writerow([f"{cell:.7g}" if isinstance(cell, float) else cell for cell in cells])


def main(arguments: list[str]) -> int:
    """Compare, print, write, draw."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    states = read(folder)
    rows, lines = compare(states), prefactors(states)
    tell(rows, lines)
    if rows:
        save(rows, folder / "gapped.csv")
    if lines:
        save(lines, folder / "critical-line.csv")
    draw(rows, lines, folder / "gapped.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
