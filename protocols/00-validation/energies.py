"""Energies of the tapered model (N = 1000, m = 2) at T = 1.0, 0.5, 0.3 against the calibration of two other codes.

Ten independent runs per temperature, each from random positions; after the first part of a run ten configurations
are taken at equal intervals, quenched, and compared. Errors are between runs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from common import PARTICLES, generator, mean_and_error, run_all, save, snapshot, tapered

import glasskit

# temperature: (sweeps left out, sweeps between configurations, calibrated energy per particle and its error)
STATES = {1.0: (2000, 500, 2.601, 0.002), 0.5: (5000, 1500, 1.984, 0.004), 0.3: (20000, 4000, 1.666, 0.003)}
RUNS, CONFIGURATIONS = 10, 10


def one_run(temperature: float, run: int) -> list[dict[str, float]]:
    """Ten configurations of one run."""
    discarded, interval, _, _ = STATES[temperature]
    model, rng = tapered("2"), generator(1, round(1000 * temperature), run)
    configuration = model.random_configuration(PARTICLES, rng=rng)
    snapshots = []
    for part in range(CONFIGURATIONS + 1):
        liquid = glasskit.swap_monte_carlo(
            configuration, model.potential, temperature=temperature, sweeps=interval if part else discarded, rng=rng,
            step=model.step,
        )  # fmt: skip
        configuration = liquid.configuration
        if part:
            shot = snapshot(model, configuration, liquid.energies[-1])
            snapshots.append({**shot, "mean_e": liquid.energies.mean() / PARTICLES})
    return snapshots


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/energies.json"))
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    jobs = [(t, run) for t in STATES for run in range(RUNS)]
    runs = list(run_all(one_run, jobs, options.workers))
    results = {}
    print("T     e of 100 configurations   e of all sweeps   calibration   e_IS            S_size(2π/L)")
    for k, (t, (_, _, known, known_error)) in enumerate(STATES.items()):
        own = runs[k * RUNS : (k + 1) * RUNS]
        row = {
            name: mean_and_error([sum(shot[name] for shot in run) / len(run) for run in own])
            for name in ("e", "mean_e", "e_is", "size_fluctuation")
        }
        results[str(t)] = {**row, "calibration": (known, known_error), "runs": RUNS, "configurations": CONFIGURATIONS}
        print(
            f"{t:<5} {row['e'][0]:.4f} ± {row['e'][1]:.4f}           {row['mean_e'][0]:.4f} ± {row['mean_e'][1]:.4f}"
            f"   {known:.3f}({round(1000 * known_error)})      {row['e_is'][0]:.4f} ± {row['e_is'][1]:.4f}"
            f" {row['size_fluctuation'][0]:.1f} ± {row['size_fluctuation'][1]:.1f}"
        )
    save(options.out, "python protocols/00-validation/energies.py", results)


if __name__ == "__main__":
    main()
