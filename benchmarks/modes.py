"""Time and memory of everything that is known about the harmonic modes of one glass, next to bounds and targets.

Run alone on the machine, on one core: ``python benchmarks/modes.py`` takes seconds; the sizes of the targets are
``--proved 1000 8000 --full 1600 --estimated 64000 --density 100000`` (half an hour, most of it quenches). Each row
has a process of its own, so that its peak memory is its own; compilation is excluded. Glasses are quenches of random
configurations (tapered model, m = 2). Times are process times: medians of several runs up to N = 2000, else one run.

The bounds: counted floating-point operations at the rate of this machine's matrix product, and counted bytes (factors
and matrices that are streamed through the processor) at the rate of a copy of a large array, both measured.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sp

import glasskit
from glasskit.observables import multifrontal, polynomials

SMALL = 2000  # particles up to which runs are repeated and LAPACK is asked
TARGETS = {("proved", 1000): "0.4 LAPACK", ("proved", 8000): "40 s, 4 GB", ("full", 1600): "1.3 LAPACK"}
TARGETS |= {("estimated", 64000): "20 min, 8 GB", ("density", 100000): "5 min"}


@dataclass
class Counter:
    """Operations and bytes of the calls made while it is installed."""

    flops: float = 0.0
    bytes: float = 0.0
    undo: list[Callable[[], None]] = field(default_factory=list)

    def watch(self, owner: type, name: str, cost: Callable[..., tuple[float, float]]) -> None:
        """Add `cost` of the instance and arguments, after each call of a method."""
        original = getattr(owner, name)

        def counted(instance: Any, *args: Any) -> Any:
            result = original(instance, *args)
            flops, moved = cost(instance, *args)
            self.flops, self.bytes = self.flops + flops, self.bytes + moved
            return result

        setattr(owner, name, counted)
        self.undo.append(lambda: setattr(owner, name, original))


def factor_cost(factors: Any, matrix: Any, shift: float, dissection: Any) -> tuple[float, float]:
    shapes = [(block.end - block.first, len(block.boundary)) for block in dissection.blocks]
    flops = sum(p**3 / 3 + p * p * b + p * b * b for p, b in shapes)
    return flops, 8.0 * sum((p + b) ** 2 for p, b in shapes)


def solve_cost(factors: Any, block: np.ndarray) -> tuple[float, float]:
    entries = sum((c.end - c.first) * ((c.end - c.first) / 2 + len(c.boundary)) for c in factors._columns)
    return 4.0 * entries * block.shape[1], 16.0 * entries


def step_cost(operator: Any, *_: Any) -> tuple[float, float]:
    indptr, _, data = operator._arrays
    n, entries, width = len(indptr) - 1, len(data), polynomials.PANEL
    return (2.0 * entries + 6 * n) * width, 12.0 * entries + 24 * n * width


def counted(function: Callable[[], Any]) -> Counter:
    """Operations and bytes of one call."""
    counter = Counter()
    counter.watch(multifrontal.Multifrontal, "__init__", factor_cost)
    counter.watch(multifrontal.Multifrontal, "solve", solve_cost)
    counter.watch(polynomials.Chebyshev, "_advance", step_cost)
    try:
        function()
    finally:
        for undo in counter.undo:
            undo()
    return counter


def rates() -> tuple[float, float]:
    """Floating-point operations and bytes per second: a matrix product of 1500 rows, a copy of 80 MB."""
    a, b = np.ones((1500, 1500)), np.ones(10**7)
    out = np.empty_like(b)
    product = min(timed(lambda: a @ a) for _ in range(3))
    copy = min(timed(lambda: np.copyto(out, b)) for _ in range(5))
    return 2 * 1500**3 / product, 160e6 / copy


def timed(function: Callable[[], Any]) -> float:
    """Process time of a call [s]."""
    start = time.process_time()
    function()
    return time.process_time() - start


def glass_hessian(particles: int) -> sp.csr_matrix:
    model = glasskit.TAPERED_IPL
    start = model.random_configuration(particles, rng=np.random.default_rng(1))
    return glasskit.hessian(
        glasskit.quench(start, model.potential, force_tolerance=1e-8).configuration, model.potential
    )


def stage(kind: str, matrix: Any, below: float, count: int) -> tuple[Callable[[], Any], Callable[[], Any] | None]:
    """What is timed, and its slow twin."""
    particles, rng = matrix.shape[0] // 3, np.random.default_rng
    if kind == "full":
        dense = matrix.toarray()
        return lambda: glasskit.spectrum(matrix), lambda: scipy.linalg.eigvalsh(dense)
    if kind == "estimated":
        return lambda: glasskit.estimated_lowest_modes(matrix, below=below, rng=rng(0)), None
    if kind == "density":
        edges = np.r_[np.arange(0, 2, 0.1), np.arange(2, 30, 0.5)]
        return lambda: glasskit.spectral_density(matrix, edges, rng=rng(0), vectors=8), None
    if particles > SMALL:
        return lambda: glasskit.lowest_modes(matrix, count), None
    dense = matrix.toarray()
    return (
        lambda: glasskit.lowest_modes(matrix, count),
        lambda: scipy.linalg.eigh(dense, subset_by_index=(0, count + 2)),
    )


def measure(kind: str, particles: int, below: float, count: int, matrix: Any = None) -> str:
    """One row of the table."""
    stage(kind, glass_hessian(150), 0.8, 5)[0]()  # compilation
    matrix = glass_hessian(particles) if matrix is None else matrix
    run, twin = stage(kind, matrix, below, count)
    results: list[Any] = []
    runs = 5 if particles <= SMALL else 1
    times, costs = [], Counter()
    for _ in range(runs):  # counting costs nothing that is seen
        costs = counted(lambda: times.append(timed(lambda: results.append(run()))))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    reference = statistics.median(timed(twin) for _ in range(3)) if twin else None
    seconds = statistics.median(times)
    speed, bandwidth = rates()
    if kind == "full":
        n = 3.0 * particles  # half of the reduction to tridiagonal form is matrix-vector products
        costs = Counter(4 / 3 * n**3, 8 / 6 * n**3)
    return (
        f"{kind:<10}{particles:>8}{seconds:>10.3g} s{f'{seconds / reference:.2f}' if reference else '':>8}"
        f"{TARGETS.get((kind, particles), ''):>15}{memory:>9.2f} GB{costs.flops / speed:>10.3g} s"
        f"{costs.bytes / bandwidth:>10.3g} s   {describe(kind, results[-1])}"
    )


def describe(kind: str, result: Any) -> str:
    """What came out, in a few words."""
    if kind == "full":
        return f"{len(result)} eigenvalues"
    if kind == "density":
        relative = np.median(result.error[5:] / np.maximum(result.density[5:], 1e-12))
        return f"{result.moments} moments, resolution {result.resolution:.3f}, median relative error {relative:.3f}"
    text = f"{len(result.eigenvalues)} modes"
    if kind == "estimated":
        return f"{text} below {result.below}, {result.missing:.4f} ± {result.missing_error:.4f} missing"
    return f"{text}, complete below {result.complete_below:.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proved", type=int, nargs="*", default=[250, 500, 1000])
    parser.add_argument("--full", type=int, nargs="*", default=[250])
    parser.add_argument("--estimated", type=int, nargs="*", default=[1000])
    parser.add_argument("--density", type=int, nargs="*", default=[1000])
    parser.add_argument("--below", type=float, default=0.5, help="edge of the estimated modes")
    parser.add_argument("--count", type=int, default=40, help="modes that are proved")
    options = parser.parse_args()
    print(
        f"{'stage':<10}{'N':>8}{'time':>12}{'/LAPACK':>8}{'target':>15}{'memory':>12}{'arithmetic':>12}{'streaming':>12}"
    )
    context = multiprocessing.get_context("spawn")
    for kind in ("proved", "full", "estimated", "density"):
        for particles in getattr(options, kind):
            with context.Pool(1) as pool:
                print(pool.apply(measure, (kind, particles, options.below, options.count)), flush=True)


if __name__ == "__main__":
    main()
