"""Time per unit of every stage of one glass (N = 1000, m = 2, T_p = 0.2), next to its slow twin and its target.

Run alone on the machine, on one core: ``python benchmarks/stages.py``. Times are medians of several runs of
process time; compilation is excluded.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

import glasskit
from glasskit import reference

BELOW = 1.2


def median_time(function: Callable[[], Any], runs: int) -> float:
    """Median process time of a call [s], after one call that is not counted."""
    function()
    times = []
    for _ in range(runs):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return statistics.median(times)


def swap_twin(configuration: glasskit.Configuration, moves: int) -> Callable[[], None]:
    """Energy differences of displacements by sums over all particles: what a move costs without lists or kernels."""
    potential, rng = glasskit.TAPERED_IPL.potential, np.random.default_rng(0)

    def run() -> None:
        for _ in range(moves):
            i = rng.integers(configuration.number_of_particles)
            for position in (configuration.positions[i], configuration.positions[i] + 0.1 * rng.random(3)):
                vector = configuration.box.minimum_image(configuration.positions - position)
                r = np.delete(np.linalg.norm(vector, axis=1), i)
                a = potential.pair_diameter(configuration.diameters[i], np.delete(configuration.diameters, i))
                reference.pair_energy(potential, r, a).sum()

    return run


def dense_modes(matrix: Any) -> Callable[[], Any]:
    """All modes below the same frequency by dense LAPACK."""
    dense = matrix.toarray()
    return lambda: scipy.linalg.eigh(dense, subset_by_value=(-np.inf, BELOW**2))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--particles", type=int, default=1000)
    parser.add_argument("--sweeps", type=int, default=2000, help="sweeps at T = 0.2 before anything is timed")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    model, rng, n = glasskit.TAPERED_IPL, np.random.default_rng(1), options.particles
    potential, start = model.potential, model.random_configuration(n, rng=np.random.default_rng(0))

    def sweep(configuration: glasskit.Configuration, sweeps: int) -> Any:
        return glasskit.swap_monte_carlo(configuration, potential, temperature=0.2, sweeps=sweeps, rng=rng, step=0.1)

    liquid = sweep(start, options.sweeps).configuration
    glass = glasskit.quench(liquid, potential)
    matrix = glasskit.hessian(glass.configuration, potential)
    modes = glasskit.lowest_modes(matrix, below=BELOW)
    sweeps = max(1, 300000 // n)

    def timed(function: Callable[[], Any]) -> float:
        return median_time(function, options.runs)

    swap = timed(lambda: sweep(liquid, sweeps)) / (sweeps * n)
    quench = timed(lambda: glasskit.quench(liquid, potential))
    assembly = timed(lambda: glasskit.hessian(glass.configuration, potential))
    lowest = timed(lambda: glasskit.lowest_modes(matrix, below=BELOW))
    twins = median_time(swap_twin(liquid, 200), 3) / 200, median_time(dense_modes(matrix), 1)
    rows = [
        ("swap Monte Carlo, per attempted move", swap, twins[0], 0.5e-6),
        (f"quench to 1e-10 ({glass.force_evaluations} force evaluations)", quench, None, 1.0),
        ("Hessian", assembly, None, None),
        (f"all {len(modes.eigenvalues)} modes below {BELOW}, proved", lowest, twins[1], 1.5),
    ]
    print(f"N = {n}, m = 2, T = 0.2, one core; medians of {options.runs} runs")
    print(f"{'stage':<52}{'time':>12}{'slow twin':>12}{'ratio':>8}{'target':>12}")
    for stage, seconds, twin, target in rows:
        print(
            f"{stage:<52}{_unit(seconds):>12}{_unit(twin):>12}"
            f"{f'{seconds / twin:.2g}' if twin else '':>8}{_unit(target):>12}"
        )


def _unit(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for scale, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {name}"
    return f"{seconds / 1e-9:.3g} ns"


if __name__ == "__main__":
    main()
