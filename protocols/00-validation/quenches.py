"""Quenches of N = 1000 glasses of the tapered model from T = 5, 1.0 and 0.2, by both minimisers, at two tolerances.

Every quench is checked on the returned configuration: the relative force is evaluated anew, and for the looser
tolerance the spectrum must have three translations and nothing negative.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from common import PARTICLES, generator, run_all, save, tapered

import glasskit
from glasskit.errors import ConvergenceError, IncompleteSpectrumError
from glasskit.particles.system import interacting_pairs

SWEEPS = {5.0: 200, 1.0: 500, 0.2: 4000}
TOLERANCES = (1e-10, 1e-12)


def one_liquid(taper: str, particles: int, temperature: float, index: int) -> list[dict[str, float | bool | str]]:
    """All four quenches of one liquid configuration."""
    model, rng = tapered(taper), generator(3, round(1000 * temperature), index)
    start = model.random_configuration(particles, rng=rng)
    liquid = glasskit.swap_monte_carlo(
        start, model.potential, temperature=temperature, sweeps=SWEEPS[temperature], rng=rng, step=model.step
    ).configuration
    rows: list[dict[str, float | bool | str]] = []
    for method in ("lbfgs", "fire"):
        for tolerance in TOLERANCES:
            begin = time.process_time()
            try:
                glass = glasskit.quench(liquid, model.potential, method=method, force_tolerance=tolerance)
                raised = ""
            except ConvergenceError as error:
                glass, raised = error.partial, str(error)
            seconds = time.process_time() - begin
            pairs = interacting_pairs(glass.configuration, model.potential)
            force_nc = glasskit.forces(glass.configuration, model.potential)
            relative = float(np.abs(force_nc).max() / np.sqrt(np.mean(pairs.derivatives[1] ** 2)))
            stable = True
            if tolerance == TOLERANCES[0]:
                try:
                    glasskit.lowest_modes(glasskit.hessian(glass.configuration, model.potential), below=0.5)
                except IncompleteSpectrumError:
                    stable = False
            rows.append(
                {
                    "method": method, "tolerance": tolerance, "relative_force": relative, "raised": raised,
                    "evaluations": glass.force_evaluations, "seconds": seconds, "e_is": glass.energy / particles,
                    "stable": stable,
                }
            )  # fmt: skip
    return rows


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taper", default="2")
    parser.add_argument("--glasses", type=int, default=100)
    parser.add_argument("--particles", type=int, default=PARTICLES)
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/quenches.json"))
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    jobs = [(options.taper, options.particles, t, index) for t in SWEEPS for index in range(options.glasses)]
    per_liquid = list(run_all(one_liquid, jobs, options.workers))
    results = []
    print("T     method  tolerance  reached    largest relative force  evaluations  CPU s  e_IS               minima")
    for k, temperature in enumerate(SWEEPS):
        own = per_liquid[k * options.glasses : (k + 1) * options.glasses]
        for column in range(4):
            rows = [liquid[column] for liquid in own]
            energies = [row["e_is"] for row in rows]
            method, tolerance = rows[0]["method"], rows[0]["tolerance"]
            reached = sum(row["relative_force"] <= tolerance and not row["raised"] for row in rows)
            worst = max(row["relative_force"] for row in rows)
            row = {
                "temperature": temperature, "method": method, "tolerance": tolerance, "reached": reached,
                "of": len(rows), "largest_relative_force": worst,
                "median_evaluations": float(np.median([row["evaluations"] for row in rows])),
                "median_seconds": float(np.median([row["seconds"] for row in rows])),
                "e_is": [float(np.mean(energies)), float(np.std(energies, ddof=1) / len(energies) ** 0.5)],
                "minima": sum(row["stable"] for row in rows) if tolerance == TOLERANCES[0] else None,
            }  # fmt: skip
            results.append(row)
            minima = f"{row['minima']}/{len(rows)}" if row["minima"] is not None else ""
            print(
                f"{temperature:<5} {method:<7} {tolerance:<10g} {reached}/{len(rows):<7} {worst:<23.2g} "
                f"{row['median_evaluations']:<12.0f} {row['median_seconds']:<6.2f} "
                f"{row['e_is'][0]:.4f} ± {row['e_is'][1]:.4f}    {minima}"
            )
    save(options.out, f"python protocols/00-validation/quenches.py --taper {options.taper}", results)


if __name__ == "__main__":
    main()
