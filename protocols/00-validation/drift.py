"""How e, e_IS and S_size(2π/L) drift with sweeps at T = 0.2 (N = 1000), from random positions.

Eight independent runs; configurations at logarithmically spaced sweeps are quenched. The sweeps that a recipe needs
are read off where the drift between one point and the last is within its error.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import PARTICLES, generator, mean_and_error, run_all, save, snapshot, tapered

import glasskit
from glasskit.observables.structure import size_fluctuation

POINTS = (1000, 2000, 4000, 8000, 15000, 30000, 60000, 100000, 140000, 200000)


def one_run(taper: str, temperature: float, points: tuple[int, ...], run: int) -> list[dict[str, float]]:
    """One run: at every point the last configuration, and the mean energy since the point before."""
    model = tapered(taper)
    rng = generator(2, round(1000 * temperature), 0 if taper == "inf" else int(taper), run)
    configuration = model.random_configuration(PARTICLES, rng=rng)
    rows, done = [], 0
    for point in points:
        # S_size is averaged over the last tenth of the interval: one configuration says little about it.
        shots, energies = [], []
        for sweeps in [point - done - 10 * ((point - done) // 100)] + [(point - done) // 100] * 10:
            liquid = glasskit.swap_monte_carlo(
                configuration, model.potential, temperature=temperature, sweeps=sweeps, rng=rng, step=model.step
            )
            configuration = liquid.configuration
            shots.append(size_fluctuation(configuration))
            energies.append(liquid.energies.mean() / PARTICLES)
        done = point
        row = snapshot(model, configuration, liquid.energies[-1])
        rows.append({**row, "e": float(np.mean(energies[1:])), "size_fluctuation": float(np.mean(shots[1:]))})
    return rows


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taper", default="2")
    parser.add_argument("--temperature", type=float, default=0.2)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--most", type=int, default=POINTS[-1], help="longest run in sweeps")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    points = tuple(p for p in POINTS if p <= options.most)
    jobs = [(options.taper, options.temperature, points, run) for run in range(options.runs)]
    runs = list(run_all(one_run, jobs, options.workers))
    results = {}
    print(f"taper {options.taper}, T = {options.temperature}, {options.runs} runs; e and S_size over the last tenth")
    print("sweeps   e                  e_IS               S_size(2π/L)")
    for k, point in enumerate(points):
        row = {name: mean_and_error([run[k][name] for run in runs]) for name in ("e", "e_is", "size_fluctuation")}
        results[str(point)] = row
        print(
            f"{point:<8} {row['e'][0]:.4f} ± {row['e'][1]:.4f}    {row['e_is'][0]:.4f} ± {row['e_is'][1]:.4f}"
            f"    {row['size_fluctuation'][0]:.1f} ± {row['size_fluctuation'][1]:.1f}"
        )
    print("changes within runs, from each point to the last one")
    for k, point in enumerate(points[:-1]):
        row = {
            name: mean_and_error([run[-1][name] - run[k][name] for run in runs])
            for name in ("e", "e_is", "size_fluctuation")
        }
        results[str(point)]["change_to_last"] = row
        print(
            f"{point:<8} {row['e'][0]:+.4f} ± {row['e'][1]:.4f}   {row['e_is'][0]:+.4f} ± {row['e_is'][1]:.4f}"
            f"   {row['size_fluctuation'][0]:+.1f} ± {row['size_fluctuation'][1]:.1f}"
        )
    command = "python protocols/00-validation/drift.py"
    command += f" --taper {options.taper} --temperature {options.temperature} --runs {options.runs} --most {points[-1]}"
    out = options.out or Path(f"data/results/validation/drift-m{options.taper}-T{options.temperature}.json")
    save(out, command, {"points": results, "runs": runs})


if __name__ == "__main__":
    main()
