"""Time of every stage of a glass against N, with the exponent of each stage; table, figure and numbers.

Run alone on the machine, on one core: ``python benchmarks/growth.py`` (half an hour up to N = 64,000). Tapered model in
three dimensions, m = 2, liquids of 300 sweeps at T = 0.5 and 300 at 0.2; process time, compilation excluded. Liquid:
8,000 sweeps, from the time of 100. Modes: 40 proved up to N = 8000; beyond, those below 0.5 with estimated
completeness. One glass per size above N = 2000, else the median of five.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import glasskit

SIZES = (250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000)
SWEEPS = 8000
LARGEST_PROVED = 8000
STAGES = ("liquid", "quench", "Hessian", "modes, proved", "modes, estimated")
MODEL = glasskit.TAPERED_IPL


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Process time of a call [s] and its result."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def one_glass(particles: int, index: int) -> dict[str, float]:
    """Seconds of every stage."""
    potential, rng = MODEL.potential, np.random.default_rng([particles, index])

    def run(liquid: glasskit.Configuration, temperature: float, sweeps: int) -> glasskit.Configuration:
        return glasskit.swap_monte_carlo(
            liquid, potential, temperature=temperature, sweeps=sweeps, rng=rng, step=MODEL.step
        ).configuration

    liquid = run(MODEL.random_configuration(particles, rng=rng), 0.5, 300)
    liquid = run(liquid, 0.2, 300)
    sweep, liquid = timed(lambda: run(liquid, 0.2, 100))
    quench, glass = timed(lambda: glasskit.quench(liquid, potential))
    assembly, hessian = timed(lambda: glasskit.hessian(glass.configuration, potential))
    times = {"liquid": sweep * SWEEPS / 100, "quench": quench, "Hessian": assembly}
    if particles <= LARGEST_PROVED:
        times["modes, proved"] = timed(lambda: glasskit.lowest_modes(hessian, 40))[0]
    else:
        times["modes, estimated"] = timed(lambda: glasskit.estimated_lowest_modes(hessian, below=0.5, rng=rng))[0]
    return times


def measure(particles: int) -> dict[str, float]:
    """Medians over glasses of one size, after one small glass that compiles."""
    one_glass(250, 0)
    runs = [one_glass(particles, index) for index in range(5 if particles <= 2000 else 1)]
    return {stage: statistics.median(run[stage] for run in runs) for stage in runs[0]}


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Slope of log time against log N by least squares; NaN for fewer than two sizes."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]) if len(sizes) > 1 else float("nan")


def draw(found: dict[int, dict[str, float]], path: Path) -> None:
    """Figure: seconds per glass against N, a line per stage."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    for stage, marker in zip(STAGES, "osD^v", strict=True):
        sizes = [n for n in found if stage in found[n]]
        if not sizes:
            continue
        seconds = [found[n][stage] for n in sizes]
        slope = exponent(sizes, seconds)
        axes.loglog(sizes, seconds, marker=marker, label=f"{stage}: $N^{{{slope:.2f}}}$" if len(sizes) > 1 else stage)
    axes.set_xlabel("particles N")
    axes.set_ylabel("seconds of one core per glass")
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Print the table, write figure and numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, default=Path("data/results/validation"))
    options = parser.parse_args()
    found: dict[int, dict[str, float]] = {}
    print(f"{'N':>8}" + "".join(f"{stage:>18}" for stage in STAGES) + "   [s]")
    context = multiprocessing.get_context("spawn")
    for particles in sorted(options.sizes):
        with context.Pool(1) as pool:
            found[particles] = pool.apply(measure, (particles,))
        cells = [f"{found[particles][stage]:.3g}" if stage in found[particles] else "" for stage in STAGES]
        print(f"{particles:>8}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
    slopes = {}
    for stage in STAGES:
        sizes = [n for n in found if stage in found[n]]
        if len(sizes) > 1:
            slopes[stage] = exponent(sizes, [found[n][stage] for n in sizes])
            print(f"{stage}: time ~ N^{slopes[stage]:.2f} from N = {sizes[0]} to {sizes[-1]}")
    options.out.mkdir(parents=True, exist_ok=True)
    command = "python benchmarks/growth.py --sizes " + " ".join(map(str, found))
    text = json.dumps({"command": command, "seconds": found, "exponents": slopes}, indent=1)
    (options.out / "growth.json").write_text(text + "\n")
    draw(found, options.out / "growth.png")


if __name__ == "__main__":
    main()
