"""The same distributions from the fast swap Monte Carlo and from its slow twin: e and e_IS at T = 1.0, 0.5, 0.3.

The twin (`glasskit.reference.swap_monte_carlo`) sums all pairs in Python, some 50 µs per move: N = 80 here. Independent
seeds for both, runs from the same kind of start (a liquid of the fast one at that temperature).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import generator, mean_and_error, run_all, save, tapered

import glasskit
from glasskit import reference

PARTICLES, TEMPERATURES, SETTINGS = 80, (1.0, 0.5, 0.3), {"swap_fraction": 0.2, "step": 0.1}


def one_run(taper: str, slow: bool, temperature: float, sweeps: int, run: int) -> tuple[float, float]:
    """Mean energy of the run after a tenth of it, and of ten inherent structures."""
    potential = tapered(taper).potential
    rng = generator(4, round(1000 * temperature), 0 if taper == "inf" else int(taper), int(slow), run)
    liquid = tapered(taper).random_configuration(PARTICLES, rng=rng)
    for hot in (2.0, 1.0, 0.5, 0.3):
        if hot >= temperature:
            liquid = glasskit.swap_monte_carlo(
                liquid, potential, temperature=hot, sweeps=2000, rng=rng, **SETTINGS
            ).configuration
    function = reference.swap_monte_carlo if slow else glasskit.swap_monte_carlo
    energies, inherent = [], []
    for part in range(11):
        result = function(liquid, potential, temperature=temperature, sweeps=sweeps // 11, rng=rng, **SETTINGS)
        liquid = result.configuration
        if part:
            energies.append(result.energies.mean() / PARTICLES)
            inherent.append(glasskit.quench(liquid, potential).energy / PARTICLES)
    return float(np.mean(energies)), float(np.mean(inherent))


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taper", default="2")
    parser.add_argument("--sweeps", type=int, default=2200, help="of each run")
    parser.add_argument("--runs", type=int, default=12, help="independent runs of each kind and temperature")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    kinds = [(slow, t) for t in TEMPERATURES for slow in (True, False)]
    jobs = [(options.taper, *kind, options.sweeps, run) for kind in kinds for run in range(options.runs)]
    found = list(run_all(one_run, jobs, options.workers))
    results = []
    print(f"taper {options.taper}, N = {PARTICLES}, {options.runs} runs of {options.sweeps} sweeps each")
    print("T     e, twin            e, fast            difference          e_IS, twin         e_IS, fast")
    for k, t in enumerate(TEMPERATURES):
        start = 2 * k * options.runs
        slow, fast = (np.array(found[start + j * options.runs : start + (j + 1) * options.runs]) for j in (0, 1))
        row = {
            "temperature": t,
            "e": [mean_and_error(runs[:, 0]) for runs in (slow, fast)],
            "e_is": [mean_and_error(runs[:, 1]) for runs in (slow, fast)],
        }
        results.append(row)
        (a, da), (b, db) = row["e"]
        (c, dc), (d, dd) = row["e_is"]
        print(
            f"{t:<5} {a:.4f} ± {da:.4f}    {b:.4f} ± {db:.4f}    {b - a:+.4f} ± {np.hypot(da, db):.4f}    "
            f"{c:.4f} ± {dc:.4f}    {d:.4f} ± {dd:.4f}"
        )
    command = f"python protocols/00-validation/twin.py --taper {options.taper} --sweeps {options.sweeps}"
    out = options.out or Path(f"data/results/validation/twin-m{options.taper}.json")
    save(out, command + f" --runs {options.runs}", results)


if __name__ == "__main__":
    main()
