"""Shear moduli of BINARY_IPL and POLY against published ones, and the lowest phonon of TAPERED_IPL.

Published: Kapteijns, Richard, Lerner, PRE 101, 032130 (2020), Table II, and Schirmacher et al., Nat. Commun. 15, 3107
(2024).

Liquids start from random positions, are equilibrated by swap Monte Carlo at T_p and quenched. Two series per model:
against N at the parent temperature of the paper, extrapolated linearly in 1/N; and against T_p at N = 2000, up to
quenches of random positions (T_p = infinity), to see where the modulus saturates.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
from common import generator, run_all, save

import glasskit
from glasskit.errors import GlasskitError
from glasskit.observables.elasticity import elastic_moduli, microscopic_frequency
from glasskit.particles.models import MODELS

GLASSES = {1000: 200, 2000: 100, 4000: 60, 8000: 50}
SIZES_AT = {"binary-ipl": 2.0, "poly": 4.0}  # parent temperature of the series against N
SCAN = {"binary-ipl": (0.6, 0.8, 1.2, 4.0, math.inf), "poly": (0.5, 0.7, 0.9, 1.3, math.inf)}
SCAN_PARTICLES, SCAN_GLASSES = 2000, 60
PHONON = {1.0: 100, 0.2: 50}  # parent temperature: glasses of the tapered model, N = 1000
PUBLISHED = {"binary-ipl": 12.4, "poly": 9.22}
PUBLISHED_PHONON = 1.5
QUANTITIES = ("shear", "bulk", "pressure", "born_shear", "nonaffine_shear")


def sweeps_at(temperature: float, model: str) -> int:
    """Sweeps of equilibration: many relaxation times at and above the onset, few of them in the last state below."""
    if temperature == math.inf:
        return 0
    onset = {"binary-ipl": 0.8, "poly": 0.9, "tapered-ipl": 0.35}[model]
    return 300 if temperature > 2 * onset else 2000 if temperature >= onset else 8000


def one_glass(name: str, particles: int, temperature: float, index: int) -> dict[str, Any]:
    """Moduli of one glass, or why there are none."""
    model = MODELS[name]
    state = 0 if temperature == math.inf else round(1000 * temperature)
    rng = generator(7, sorted(MODELS).index(name), particles, state, index)
    liquid = model.random_configuration(particles, rng=rng)
    sweeps = sweeps_at(temperature, name)
    if sweeps:
        liquid = glasskit.swap_monte_carlo(
            liquid, model.potential, temperature=temperature, sweeps=sweeps, rng=rng, step=model.step,
            largest_size_difference=model.largest_size_difference,
        ).configuration  # fmt: skip
    try:
        glass = glasskit.quench(liquid, model.potential)
        found = elastic_moduli(glass.configuration, model.potential)
    except GlasskitError as error:
        return {"raised": str(error)}
    row = {quantity: getattr(found, quantity) for quantity in QUANTITIES}
    return row | {"e_is": glass.energy / particles, "raised": ""}


def states(scale: float) -> list[tuple[str, int, float, int]]:
    """Model, size, parent temperature and number of glasses of every state; numbers of glasses scaled."""
    rows = []
    for name in SIZES_AT:
        rows += [(name, n, SIZES_AT[name], count) for n, count in GLASSES.items()]
        rows += [(name, SCAN_PARTICLES, temperature, SCAN_GLASSES) for temperature in SCAN[name]]
    rows += [("tapered-ipl", 1000, temperature, count) for temperature, count in PHONON.items()]
    return [(name, n, temperature, max(3, round(scale * count))) for name, n, temperature, count in rows]


def summary(state: tuple[str, int, float, int], glasses: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over glasses with standard errors."""
    name, particles, temperature, _ = state
    good = [glass for glass in glasses if not glass["raised"]]
    row: dict[str, Any] = {
        "model": name, "particles": particles, "parent_temperature": str(temperature),
        "sweeps": sweeps_at(temperature, name), "glasses": len(good),
        "raised": [glass["raised"] for glass in glasses if glass["raised"]],
    }  # fmt: skip
    for quantity in (*QUANTITIES, "e_is"):
        values = np.array([glass[quantity] for glass in good])
        row[quantity] = [float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))]
    row["shear_spread"] = float(np.std([glass["shear"] for glass in good], ddof=1))
    # Of the mean modulus: that of a single glass may be negative.
    density = MODELS[name].density(3)
    omega_0 = microscopic_frequency(row["shear"][0], density=density, dimension=3)
    omega_ph = 2 * math.pi * omega_0 / particles ** (1 / 3)  # c_T/a0 · 2π a0/L
    relative = 0.5 * row["shear"][1] / row["shear"][0]
    return row | {"omega_0": [omega_0, relative * omega_0], "omega_ph": [omega_ph, relative * omega_ph]}


def extrapolation(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Weighted least squares of G = G_infinity + b/N, with errors from the standard errors of the means."""
    x = np.array([1.0 / row["particles"] for row in rows])
    y, error = np.array([row["shear"] for row in rows]).T
    design = np.stack([np.ones_like(x), x], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    value = covariance @ design.T @ (y / error)
    chi2 = float(np.sum(((y - value[0] - value[1] * x) / error) ** 2))
    return {
        "shear": float(value[0]), "error": float(math.sqrt(covariance[0, 0])), "slope": float(value[1]),
        "slope_error": float(math.sqrt(covariance[1, 1])), "chi2": chi2, "degrees_of_freedom": len(x) - 2,
    }  # fmt: skip


def verdict(value: float, error: float, published: float) -> str:
    """Difference from the published number in per cent and in our errors; they give no error of their own."""
    percent, errors = 100 * (value / published - 1), (value - published) / error
    return f"{percent:+.1f} %, {errors:+.1f} of our errors, from the published {published}"


def main() -> None:
    """Run, print the table, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all numbers of glasses")
    parser.add_argument("--largest", type=int, default=8000, help="leave out larger systems")
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/moduli.json"))
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    chosen = [state for state in states(options.scale) if state[1] <= options.largest]
    jobs = [(*state[:3], index) for state in chosen for index in range(state[3])]
    found = list(run_all(one_glass, jobs, options.workers))
    rows, at = [], 0
    for state in chosen:
        rows.append(summary(state, found[at : at + state[3]]))
        at += state[3]
    print("model        N     T_p   glasses  G                 K         p        omega_0   omega_ph           e_IS")
    for row in rows:
        print(
            f"{row['model']:<12} {row['particles']:<5} {row['parent_temperature']:<5} {row['glasses']:<8} "
            f"{row['shear'][0]:.3f} ± {row['shear'][1]:.3f}    {row['bulk'][0]:<9.3f} {row['pressure'][0]:<8.4f} "
            f"{row['omega_0'][0]:<9.4f} {row['omega_ph'][0]:.4f} ± {row['omega_ph'][1]:.4f}    {row['e_is'][0]:.4f}"
            + (f"    {len(row['raised'])} raised" if row["raised"] else "")
        )
    limits = {}
    for name, temperature in SIZES_AT.items():
        series = [row for row in rows if row["model"] == name and row["parent_temperature"] == str(temperature)]
        if len(series) < 3:
            continue
        fit = limits[name] = extrapolation(series)
        print(
            f"{name}: G = {fit['shear']:.3f} ± {fit['error']:.3f} for N to infinity at T_p = {temperature} "
            f"(chi² = {fit['chi2']:.1f} for {fit['degrees_of_freedom']}): "
            + verdict(fit["shear"], fit["error"], PUBLISHED[name])
        )
    for row in rows:
        if row["model"] == "tapered-ipl":
            text = verdict(*row["omega_ph"], PUBLISHED_PHONON)
            print(f"tapered-ipl, T_p = {row['parent_temperature']}: omega_ph {text}")
    save(
        options.out, f"python protocols/00-validation/moduli.py --scale {options.scale:g}",
        {"states": rows, "limits": limits, "published": PUBLISHED | {"omega_ph": PUBLISHED_PHONON}},
    )  # fmt: skip


if __name__ == "__main__":
    main()
