"""How many sweeps, and how much processor time, the tapered liquid takes to forget where its particles were.

The self-overlap q(t) = <cos k·(r_i(t) − r_i(0))> at k near 2π over the distance of neighbours, over the wave vectors of
the three axes, decays to 1/e in the relaxation time τ. For every setting of the swap fraction, the step and the largest
size difference: τ in sweeps, and in seconds of one core. Runs continue a liquid relaxed at p_swap 0.2 and step 0.1.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from pathlib import Path

import numpy as np
from common import PARTICLES, generator, mean_and_error, run_all, save, tapered

import glasskit

WAVE_NUMBER = 7.0  # near the first peak of the structure factor at density 1
FRACTIONS, STEPS, DIFFERENCES = (0.1, 0.2, 0.4, 0.6), (0.06, 0.1, 0.15), (math.inf, 0.3, 0.15)
Settings = list[tuple[float, float, float]]


def decay(positions_snc: np.ndarray, box: glasskit.Box) -> np.ndarray:
    """Self-overlap at every lag, over all pairs of stored configurations so far apart and over the axes."""
    k_c = 2 * np.pi / box.lengths * np.round(WAVE_NUMBER * box.lengths / (2 * np.pi))
    wave_snc = np.exp(1j * k_c * positions_snc)
    count = len(wave_snc)
    spectrum = np.abs(np.fft.fft(wave_snc, 2 * count, axis=0)) ** 2
    products = np.fft.ifft(spectrum.mean(axis=(1, 2))).real[:count]
    return products / np.arange(count, 0, -1)


def relaxation_time(overlap_t: np.ndarray, spacing: int) -> float:
    """Lag at which the overlap falls to 1/e, between stored configurations by a line; NaN if it does not."""
    below = np.flatnonzero(overlap_t < math.exp(-1))
    if below.size == 0:
        return math.nan
    i = int(below[0])
    share = (overlap_t[i - 1] - math.exp(-1)) / (overlap_t[i - 1] - overlap_t[i])
    return float(spacing * (i - 1 + share))


def one_run(
    taper: str, temperature: float, choices: Settings, sweeps: int, spacing: int, run: int
) -> list[dict[str, float]]:
    """All settings from one liquid: relaxation time and seconds per sweep."""
    model = tapered(taper)
    potential = model.potential
    rng = generator(3, round(1000 * temperature), 0 if taper == "inf" else int(taper), run)
    liquid = model.random_configuration(PARTICLES, rng=rng)
    for hot in (1.0, 0.5, 0.3, temperature):
        count = 2 * sweeps if hot == temperature else 500
        liquid = glasskit.swap_monte_carlo(
            liquid, potential, temperature=hot, sweeps=count, rng=rng, step=0.1
        ).configuration
    rows = []
    for fraction, step, difference in choices:
        settings = {"swap_fraction": fraction, "step": step, "largest_size_difference": difference}

        def continued(configuration: glasskit.Configuration, count: int, settings=settings) -> glasskit.SwapResult:
            return glasskit.swap_monte_carlo(
                configuration, potential, temperature=temperature, sweeps=count, rng=rng, **settings
            )

        start = time.process_time()
        first = continued(liquid, 500)
        seconds = (time.process_time() - start) / 500
        configuration, positions = first.configuration, []
        for _ in range(sweeps // spacing):
            configuration = continued(configuration, spacing).configuration
            positions.append(configuration.positions)
        overlap_t = decay(np.array(positions), configuration.box)
        row = {"sweeps": relaxation_time(overlap_t, spacing), "seconds_per_sweep": seconds}
        rows.append(row | {"displaced": first.displacement_acceptance, "swapped": first.swap_acceptance})
    return rows


def main() -> None:
    """Run and print the table, the fastest relaxation per processor time first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taper", default="2")
    parser.add_argument("--temperature", type=float, default=0.2)
    parser.add_argument("--fractions", type=float, nargs="+", default=FRACTIONS)
    parser.add_argument("--steps", type=float, nargs="+", default=STEPS)
    parser.add_argument("--differences", type=float, nargs="+", default=DIFFERENCES)
    parser.add_argument("--sweeps", type=int, default=6000, help="length of each run")
    parser.add_argument("--spacing", type=int, default=20, help="sweeps between stored configurations")
    parser.add_argument("--runs", type=int, default=4, help="independent liquids")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    choices = list(itertools.product(options.fractions, options.steps, options.differences))
    shared = options.taper, options.temperature, choices, options.sweeps, options.spacing
    jobs = [(*shared, run) for run in range(options.runs)]
    runs = list(run_all(one_run, jobs, options.workers))
    rows = []
    for k, (fraction, step, difference) in enumerate(choices):
        times = [run[k]["sweeps"] for run in runs]
        row = {"swap_fraction": fraction, "step": step, "largest_size_difference": difference}
        seconds = float(np.median([run[k]["seconds_per_sweep"] for run in runs]))
        mean, error = mean_and_error(times)
        acceptance = {name: float(np.mean([run[k][name] for run in runs])) for name in ("displaced", "swapped")}
        rows.append(row | {"sweeps": [mean, error], "seconds": [mean * seconds, error * seconds]} | acceptance)
    rows.sort(key=lambda row: (math.isnan(row["seconds"][0]), row["seconds"][0]))
    print(f"taper {options.taper}, T = {options.temperature}, N = {PARTICLES}, {options.runs} liquids, one core")
    print("swap fraction  step  largest size difference  accepted (moves, swaps)   τ [sweeps]     τ [s]")
    for row in rows:
        print(
            f"{row['swap_fraction']:<14} {row['step']:<5} {row['largest_size_difference']:<24} {row['displaced']:.2f}, "
            f"{row['swapped']:<18.2f} {row['sweeps'][0]:7.0f} ± {row['sweeps'][1]:<5.0f} {row['seconds'][0]:.3f} ± "
            f"{row['seconds'][1]:.3f}"
        )
    command = f"python protocols/00-validation/relaxation.py --taper {options.taper}"
    command += f" --temperature {options.temperature} --sweeps {options.sweeps} --spacing {options.spacing}"
    command += f" --runs {options.runs}"
    out = options.out or Path(f"data/results/validation/relaxation-m{options.taper}-T{options.temperature}.json")
    save(out, command, {"settings": rows, "runs": runs})


if __name__ == "__main__":
    main()
