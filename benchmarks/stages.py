"""Time per unit of every stage of a glass, next to its slow twin in the same run, its target, and two bounds.

Run alone on the machine: ``python benchmarks/stages.py`` (some ten minutes; ``--rows`` picks some, ``--long`` adds one
with 64,000 particles). One core, process time, medians of five runs, compilation excluded, unless a row says otherwise.
Tapered model in three dimensions, m = 2, T = 0.2, N = 1000, unless a row says otherwise.

Bounds: counted operations at the rate of this machine's matrix product (twice that in float32), and counted bytes at
the rate of a copy: one that stays in the second-level cache for rows of 1000 particles, else one in memory. Counts
of the Monte Carlo moves are per listed neighbour (float32) and per close neighbour of the moves that are not rejected
there (float64); counts of the quench are those of its force evaluations.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import math
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import modes as modes_table
import numpy as np
import quench as quench_table
import scipy.linalg
import scipy.optimize

import glasskit
from glasskit import reference
from glasskit.particles import swap_run
from glasskit.particles.models import Model

BELOW = 1.2
RUNS = 5
# Of one listed neighbour in float32: 3 differences, conversions, scaled squares and sums (15), pair diameter and cutoff
# (6), 1/r² and energy (14), bound and sum (3). An index and a record.
SCREEN_FLOPS, SCREEN_BYTES = 38, 20
# Of one close neighbour in float64: two vectors with minimum images (27), two diameters and cutoffs (12), two energies
# (26), difference and sums (4). An index and a record.
EXACT_FLOPS, EXACT_BYTES = 69, 36
TAPER_FLOPS = {2: 0, math.inf: 30}  # more of them per energy in float64: square root, exponential, division

GLASS = """
import time
start = time.perf_counter()
import numpy as np
from glasskit.ensembles.pipelines import glass
from glasskit.ensembles.recipe import parse_recipe
recipe = parse_recipe('''{recipe}''', source="")
make = glass.sampler(recipe.curves[0].settings)
for index in range(2):
    make(index, np.random.default_rng(index))
    print(time.perf_counter() - start)
    start = time.perf_counter()
"""
RECIPE = """
kind = "glass"
seed = 1
[model]
name = "tapered-ipl"
particles = 1000
[modes]
below = 1.2
[curves.cold]
taper = 2
parent_temperature = 0.2
liquid.sweeps = {sweeps}
glasses = {glasses}
"""


class Row(NamedTuple):
    """One line of the table; times in seconds per unit, ratio to the slow twin."""

    stage: str
    seconds: float
    target: float | None = None
    ratio: float | None = None
    arithmetic: float | None = None
    memory: float | None = None
    note: str = ""


def median_time(function: Callable[[], Any], runs: int = RUNS, clock: Callable[[], float] = time.process_time) -> float:
    """Median time of a call [s], after one call that is not counted."""
    function()
    times = []
    for _ in range(runs):
        start = clock()
        function()
        times.append(clock() - start)
    return statistics.median(times)


def copy_rate(numbers: int) -> float:
    """Bytes per second, read and written, of copies of an array of float64."""
    source = np.ones(numbers)
    target = np.empty_like(source)
    repeats = max(1, 10**7 // numbers)

    def run() -> None:
        for _ in range(repeats):
            np.copyto(target, source)

    return 16.0 * numbers * repeats / median_time(run)


def relaxed(model: Model, particles: int, dimension: int, temperature: float, sweeps: int) -> glasskit.Configuration:
    """Liquid after so many sweeps at each of some temperatures down to the last."""
    rng = np.random.default_rng(1)
    liquid = model.random_configuration(particles, dimension=dimension, rng=rng)
    for hot in (*(t for t in (1.0, 0.5, 0.3) if t > temperature), temperature):
        liquid = glasskit.swap_monte_carlo(
            liquid, model.potential, temperature=hot, sweeps=sweeps, rng=rng, step=model.step,
            largest_size_difference=model.largest_size_difference,
        ).configuration  # fmt: skip
    return liquid


def swap(
    stage: str,
    model: Model,
    particles: int,
    dimension: int,
    temperature: float,
    target: float | None,
    sweeps: int = 500,
) -> Row:
    """Per attempted move, over runs that renew their lists twice."""
    potential, rng = model.potential, np.random.default_rng(2)
    liquid = relaxed(model, particles, dimension, temperature, min(sweeps, 500))
    settings = {"largest_size_difference": model.largest_size_difference, "step": model.step, "rng": rng}
    last: list[glasskit.SwapResult] = []

    def run() -> None:
        last[:] = [
            glasskit.swap_monte_carlo(liquid, potential, temperature=temperature, sweeps=sweeps, **settings)  # type: ignore[arg-type]
        ]

    seconds = median_time(run) / (sweeps * particles)
    small = relaxed(model, 250 if dimension == 3 else 150, dimension, temperature, 50)
    twin = median_time(
        lambda: reference.swap_monte_carlo(
            small, potential, temperature=temperature, sweeps=1, swap_fraction=0.2, **settings  # type: ignore[arg-type]
        ), 3,
    ) / small.number_of_particles  # fmt: skip
    listed = float(swap_run.Run(liquid, potential, temperature, None).rows.count_n.mean())
    cutoff = potential.largest_cutoff(liquid.diameters)
    close = listed * (cutoff / (cutoff + swap_run.DEFAULT_SKIN)) ** dimension
    exact = 0.8 * last[0].displacement_acceptance + 0.4 * last[0].swap_acceptance
    rows = 0.8 + 0.2 * 1.3  # of an exchange often only one
    speed, _ = modes_table.rates()
    more = TAPER_FLOPS.get(getattr(potential, "taper", 2), 0)
    arithmetic = (rows * listed * SCREEN_FLOPS / 2 + exact * close * (EXACT_FLOPS + 2 * more)) / speed
    traffic = rows * listed * SCREEN_BYTES + exact * close * EXACT_BYTES
    memory = traffic / copy_rate(2**13 if particles <= 4000 else 10**7)
    note = f"{listed:.0f} listed; accepted {last[0].displacement_acceptance:.2f}, {last[0].swap_acceptance:.2f}"
    return Row(stage, seconds, target, seconds / twin, arithmetic, memory, note + f"; twin at {len(small.diameters)}")


def tapered(m: float) -> Model:
    return glasskit.TAPERED_IPL.with_taper(m)


def quench() -> Row:
    """Twenty liquids by L-BFGS; scipy's, with the same forces, on the first three."""
    potential = tapered(2).potential
    liquids = quench_table.liquids(0.2, 1000, 20, 2000)
    glasskit.quench(liquids[0], potential)
    found = quench_table.measured(liquids, "lbfgs", 1e-10)

    def plain(liquid: glasskit.Configuration) -> None:
        def function(x: np.ndarray) -> tuple[float, np.ndarray]:
            moved = liquid.replace(positions=x.reshape(-1, 3))
            return glasskit.potential_energy(moved, potential), -glasskit.forces(moved, potential).ravel()

        start = liquid.positions.ravel()
        options = {"maxiter": 20000, "maxfun": 20000, "ftol": 0.0, "gtol": 1e-9}
        scipy.optimize.minimize(function, start, jac=True, method="L-BFGS-B", options=options)

    twin = statistics.median(median_time(lambda c=c: plain(c), 1) for c in liquids[:3])
    pairs = len(glasskit.particles.system.interacting_pairs(liquids[0], potential).i) * 1.45  # listed, of a mean skin
    work = found["evaluations"] * pairs
    speed, _ = modes_table.rates()
    return Row(
        f"quench to 1e-10, {found['evaluations']:.0f} evaluations (target 500)", found["time"], 0.12,
        found["time"] / twin, work * quench_table.FLOPS / speed, work * quench_table.BYTES / copy_rate(2**13),
        "20 liquids; twin: scipy L-BFGS-B",
    )  # fmt: skip


def glass_of(particles: int) -> glasskit.Configuration:
    return glasskit.quench(relaxed(tapered(2), particles, 3, 0.2, 500), tapered(2).potential).configuration


def hessian() -> Row:
    potential, glass, small = tapered(2).potential, glass_of(1000), glass_of(125)
    seconds = median_time(lambda: glasskit.hessian(glass, potential))
    of_small = median_time(lambda: glasskit.hessian(small, potential))
    twin = median_time(lambda: reference.hessian(small, potential), 1)
    stored = glasskit.hessian(glass, potential).nnz * 12.0
    return Row("Hessian", seconds, 4e-3, of_small / twin, None, stored / copy_rate(10**6), "twin at 125")


def lowest() -> Row:
    matrix = glasskit.hessian(glass_of(1000), tapered(2).potential)
    dense = matrix.toarray()
    seconds = median_time(lambda: glasskit.lowest_modes(matrix, below=BELOW))
    found = len(glasskit.lowest_modes(matrix, below=BELOW).eigenvalues)
    twin = median_time(lambda: scipy.linalg.eigh(dense, subset_by_index=(0, 42)), 3)
    costs = modes_table.counted(lambda: glasskit.lowest_modes(matrix, below=BELOW))
    speed, bandwidth = modes_table.rates()
    return Row(
        f"all {found} modes below {BELOW}, proved (target 0.4 of LAPACK)", seconds, 0.4 * twin, seconds / twin,
        costs.flops / speed, costs.bytes / bandwidth, "twin: 43 lowest by LAPACK",
    )  # fmt: skip


def fresh_process(cache: str, sweeps: int) -> list[float]:
    """Wall time to the first and the second glass of a new process."""
    code = GLASS.format(recipe=RECIPE.format(sweeps=sweeps, glasses=1))
    environment = {**os.environ, "GLASSKIT_CACHE_DIR": cache}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


def glass() -> Row:
    """The headline: liquid of 8,000 sweeps, quench, modes with proof, from the second glass of a process on."""
    from glasskit.ensembles.pipelines import glass as pipeline
    from glasskit.ensembles.recipe import parse_recipe

    make = pipeline.sampler(parse_recipe(RECIPE.format(sweeps=8000, glasses=1), source="").curves[0].settings)
    index = iter(range(RUNS + 1))
    seconds = median_time(lambda: make(next(index), np.random.default_rng(7)))
    return Row("one glass: 8,000 sweeps, quench, modes", seconds, 1.8)


def start() -> list[Row]:
    """Wall time of the first glass with an empty and with a filled kernel cache."""
    with tempfile.TemporaryDirectory() as cache:
        first = fresh_process(cache, 500)
        again = [fresh_process(cache, 500) for _ in range(3)]
    made = statistics.median(second for _, second in again)
    return [
        Row("first glass of a fresh installation (wall)", first[0], 40.0, note=f"500 sweeps: {made:.2f} s of it warm"),
        Row("first glass of a process, kernels cached (wall)", statistics.median(f for f, _ in again), 2.0),
    ]


def workers() -> Row:
    """Glasses per hour of two workers over one, without the start of the workers."""

    def wall(count: int, glasses: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            recipe = Path(folder) / "recipe.toml"
            recipe.write_text(RECIPE.format(sweeps=2000, glasses=glasses))
            command = [sys.executable, "-m", "glasskit", "run", str(recipe), "--out", folder + "/out", "--workers"]
            begin = time.perf_counter()
            subprocess.run([*command, str(count)], check=True, capture_output=True)
            return time.perf_counter() - begin

    ratios = []
    for _ in range(3):
        one, two = (wall(count, 44) - wall(count, 4) for count in (1, 2))
        ratios.append(one / two)
    return Row("one worker's time over that of two (target 1.9)", statistics.median(ratios), note="a number")


ROWS: dict[str, Callable[[], Row | list[Row]]] = {
    "swap": lambda: swap("swap move", tapered(2), 1000, 3, 0.2, 0.15e-6),
    "swap-inf": lambda: swap("swap move, m = inf (target 1.5 x m = 2)", tapered(math.inf), 1000, 3, 0.2, 0.225e-6),
    "swap-nbc": lambda: swap("swap move, NBC in 2D, N = 1024, T = 0.15", glasskit.NBC, 1024, 2, 0.15, 0.15e-6),
    "swap-binary": lambda: swap("swap move, binary IPL, T = 0.6", glasskit.BINARY_IPL, 1000, 3, 0.6, 0.15e-6),
    "quench": quench,
    "hessian": hessian,
    "modes": lowest,
    "glass": glass,
    "start": start,
    "workers": workers,
}
LONG: dict[str, Callable[[], Row | list[Row]]] = {
    "swap-64000": lambda: swap(
        "swap move, N = 64,000 (target 1.6 x 1000)", tapered(2), 64000, 3, 0.2, 0.24e-6, sweeps=100
    ),
}


def _unit(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for scale, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {name}"
    return f"{seconds / 1e-9:.3g} ns"


def main() -> None:
    """Print the table, one process per row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=[*ROWS, *LONG], help="only these")
    parser.add_argument("--long", action="store_true", help="also the long rows")
    options = parser.parse_args()
    names = options.rows or [*ROWS, *(LONG if options.long else [])]
    print(f"{'stage':<58}{'time':>10}{'target':>10}{'/ twin':>10}{'arithmetic':>12}{'memory':>10}")
    context = multiprocessing.get_context("spawn")
    for name in names:
        with context.Pool(1) as pool:
            found = pool.apply(_measured, (name,))
        for row in found:
            ratio = "" if row.ratio is None else f"{row.ratio:.2g}"
            value = f"{row.seconds:.2f}" if row.note == "a number" else _unit(row.seconds)
            print(
                f"{row.stage:<58}{value:>10}{_unit(row.target):>10}{ratio:>10}{_unit(row.arithmetic):>12}"
                f"{_unit(row.memory):>10}  {row.note}", flush=True,
            )  # fmt: skip
    print("modes at other sizes, full spectra, densities of states: benchmarks/modes.py; growth with N: growth.py")


def _measured(name: str) -> list[Row]:
    found = (ROWS | LONG)[name]()
    return found if isinstance(found, list) else [found]


if __name__ == "__main__":
    main()
