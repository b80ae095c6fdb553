"""Time of heterogeneous elasticity against its target: 400 frequencies in 0.1 s.

Run alone on the machine, on one core: ``python benchmarks/theory.py`` (seconds). Process time, medians of the runs;
nothing is kept between runs.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from glasskit.reference.heterogeneous_elasticity import self_energy
from glasskit.theory.heterogeneous_elasticity import HeterogeneousElasticity
from glasskit.theory.static import critical_disorder

TARGET = 0.1  # seconds, 400 frequencies


def median_time(function: Callable[[], Any], runs: int) -> float:
    """Median process time of a call [s], after one that is not counted."""
    function()
    times = []
    for _ in range(runs):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frequencies", type=int, default=400)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    omega = np.linspace(0.001, 2.5, options.frequencies)
    print(f"{options.frequencies} frequencies, target {TARGET:g} s for 400")
    for bulk_modulus in (2.0, math.inf):
        for fraction in (0.5, 0.9, 1.0):
            parameters = bulk_modulus, fraction * critical_disorder(bulk_modulus)
            name = f"K = {bulk_modulus:g}, gamma = {fraction:g} gamma_c"
            for what, call in (
                ("self-energy", lambda p=parameters: HeterogeneousElasticity(*p).self_energy(omega)),
                ("density, with the integral checks", lambda p=parameters: HeterogeneousElasticity(*p).spectrum(omega)),
                ("boson peak, with the checks", lambda p=parameters: boson_peak(p)),
            ):
                print(f"{name:32s} {what:36s} {median_time(call, options.runs):8.4f} s")
    sample = 2.0, 0.9 * critical_disorder(2.0)
    for length in (20.0, 40.0):
        taken = median_time(lambda L=length: HeterogeneousElasticity(*sample).finite_sample(L).self_energy(omega), 3)
        print(f"{'periodic, L = ' + format(length, 'g'):32s} {'self-energy':36s} {taken:8.4f} s")
    taken = median_time(lambda: self_energy(*sample, 0.5, digits=18), 1)
    print(f"{'slow twin':32s} {'self-energy, one frequency':36s} {taken:8.4f} s")


def boson_peak(parameters: tuple[float, float]) -> Any:
    """The peak, or nothing at critical disorder."""
    medium = HeterogeneousElasticity(*parameters)
    return medium.causality if medium.disorder >= medium.critical_disorder else medium.boson_peak()


if __name__ == "__main__":
    main()
