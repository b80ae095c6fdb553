"""Force evaluations and time of a quench by each minimiser from each kind of start (tapered model, m = 2).

Run alone on the machine, on one core: ``python benchmarks/quench.py``. Medians over the starts, process time;
compilation and the Monte Carlo runs are excluded. Target: under 1 s at N = 1000.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import statistics
import time

import numpy as np

import glasskit
from glasskit.particles.quench import METHODS

TARGET = 1.0  # s, N = 1000
MODEL = glasskit.TAPERED_IPL


def liquids(temperature: float, particles: int, count: int, sweeps: int) -> list[glasskit.Configuration]:
    """Snapshots of one run, a tenth of its length apart."""
    rng = np.random.default_rng(1)
    configuration, snapshots = MODEL.random_configuration(particles, rng=rng), []
    for number in (sweeps, *[max(1, sweeps // 10)] * count):
        configuration = glasskit.swap_monte_carlo(
            configuration, MODEL.potential, temperature=temperature, sweeps=number, rng=rng, step=MODEL.step
        ).configuration
        snapshots.append(configuration)
    return snapshots[1:]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--particles", type=int, default=1000)
    parser.add_argument("--starts", type=int, default=10, help="of each kind")
    parser.add_argument("--sweeps", type=int, default=2000, help="at T = 0.2; a tenth of it at T = 1 and 5")
    parser.add_argument("--tolerance", type=float, default=1e-10)
    options = parser.parse_args()
    n, count, sweeps = options.particles, options.starts, options.sweeps
    starts = {
        "random": [MODEL.random_configuration(n, rng=np.random.default_rng(seed)) for seed in range(count)],
        "T = 5": liquids(5.0, n, count, sweeps // 10),
        "T = 1": liquids(1.0, n, count, sweeps // 10),
        "T = 0.2": liquids(0.2, n, count, sweeps),
    }
    print(f"N = {n}, m = 2, relative force {options.tolerance:g}, {count} starts of each kind, target {TARGET} s")
    print(f"{'method':8}{'start':10}{'evaluations':>12}{'(most)':>8}{'time [s]':>10}{'us/eval':>9}{'e_IS':>9}")
    for method in METHODS:
        glasskit.quench(starts["random"][0], MODEL.potential, method=method, force_tolerance=1e-2)
        for name, configurations in starts.items():
            evaluations, times, energies = [], [], []
            for configuration in configurations:
                start = time.process_time()
                glass = glasskit.quench(
                    configuration, MODEL.potential, method=method, force_tolerance=options.tolerance
                )
                times.append(time.process_time() - start)
                evaluations.append(glass.force_evaluations)
                energies.append(glass.energy / n)
            middle, each = statistics.median(times), sum(times) / sum(evaluations)
            print(
                f"{method:8}{name:10}{statistics.median(evaluations):12.0f}{max(evaluations):8}{middle:10.3f}"
                f"{1e6 * each:9.0f}{statistics.mean(energies):9.4f}" + ("" if middle < TARGET else "  ABOVE TARGET")
            )


if __name__ == "__main__":
    main()
