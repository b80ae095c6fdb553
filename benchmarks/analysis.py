"""Time of the full analysis of an exponent against its target, in total and by part.

Run alone on the machine, on one core: ``python benchmarks/analysis.py`` (seconds). Process time, medians of the runs.
Synthetic glasses with a given number of modes below 1.2 each, s = 4: the verdict of ``judge_exponent`` below 1.2 with
15 windows, comparison, correction, lowest frequency, tests and prefactor, 1,000 resampled ensembles for every error.
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

from glasskit.analysis.exponents.correction_to_scaling import fit_correction
from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.exponents.goodness_of_fit import count_dispersion, goodness_of_fit
from glasskit.analysis.exponents.lowest_frequency import fit_lowest_frequency
from glasskit.analysis.exponents.model_comparison import compare_rates
from glasskit.analysis.exponents.verdict import judge_exponent
from glasskit.analysis.exponents.window_scan import scan_windows, windows_below

TARGET = 20.0  # seconds, 10,000 glasses × 60 frequencies, 1,000 resampled ensembles
UPPER = 1.2


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
    parser.add_argument("--glasses", type=int, default=10_000)
    parser.add_argument("--frequencies", type=int, default=60)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    modes_g = list(UPPER * rng.random((options.glasses, options.frequencies)) ** 0.2)
    drawn = {"complete_below": UPPER, "resamples": options.resamples}
    windows = windows_below(UPPER, options.glasses * options.frequencies)
    parts: dict[str, Callable[[], Any]] = {
        "verdict, all parts": lambda: judge_exponent(
            modes_g, UPPER, taper=3, modes_total=2997, omega_0=2.0, require_decision=False, **drawn
        ),
        "  fit of one window": lambda: fit_exponent(modes_g, UPPER, **drawn),
        f"  scan of {len(windows)} windows": lambda: scan_windows(modes_g, windows, **drawn),
        "  comparison of 8 rates": lambda: compare_rates(modes_g, UPPER, taper=3),
        "  correction to scaling": lambda: fit_correction(modes_g, UPPER, **drawn),
        "  lowest frequency": lambda: fit_lowest_frequency(modes_g, UPPER, **drawn),
        "  goodness of fit": lambda: goodness_of_fit(modes_g, UPPER, simulations=options.resamples),
        "  number per glass": lambda: count_dispersion(modes_g, UPPER),
    }
    print(f"{options.glasses} glasses × {options.frequencies} frequencies, {options.resamples} resampled ensembles")
    print(f"{'':26s} {'time [s]':>9s} {'target [s]':>11s}")
    for name, function in parts.items():
        target = f"{TARGET:11.0f}" if name.startswith("verdict") else ""
        print(f"{name:26s} {median_time(function, options.runs):9.2f} {target}", flush=True)


if __name__ == "__main__":
    main()
