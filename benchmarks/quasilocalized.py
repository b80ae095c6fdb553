"""Time of nonlinear modes of one glass, of a product with their curvature, and how the latter grows with N.

Run on one core: ``python benchmarks/quasilocalized.py`` (minutes, most of it quenches). Binary model; process time,
compilation excluded, medians of several runs. Products are timed next to one with the Hessian in compressed sparse
rows (scipy) along the same direction. Target: quartic and cubic mode from the lowest harmonic one of 2000 particles in
three dimensions in 0.3 s.
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

import glasskit
from glasskit.observables.quasilocalized.energies import CUBIC, QUARTIC, DirectionEnergy
from glasskit.observables.quasilocalized.landscape import ModeLandscape
from glasskit.observables.quasilocalized.solve import nonlinear_mode
from glasskit.particles.system import interacting_pairs

MODEL = glasskit.BINARY_IPL
SIZES = (1000, 2000, 4000, 8000, 16000)


def seconds(function: Callable[[], Any], runs: int = 5, repeats: int = 1) -> float:
    """Median process time of a call [s]."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        for _ in range(repeats):
            function()
        times.append((time.process_time() - start) / repeats)
    return statistics.median(times)


def glass(particles: int, dimension: int, force_tolerance: float, index: int = 0) -> glasskit.Configuration:
    start = MODEL.random_configuration(particles, dimension=dimension, rng=np.random.default_rng([particles, index]))
    return glasskit.quench(start, MODEL.potential, force_tolerance=force_tolerance).configuration


def modes_row(particles: int, index: int) -> str:
    """Landscape, quartic and cubic mode of a glass in three dimensions."""
    configuration = glass(particles, 3, 1e-12, index)
    lowest_nc = glasskit.lowest_modes(glasskit.hessian(configuration, MODEL.potential), 1).modes[0]
    ready = ModeLandscape.of(configuration, MODEL.potential)
    quartic = nonlinear_mode(ready, QUARTIC, lowest_nc)
    cubic = nonlinear_mode(ready, CUBIC, quartic.mode)
    times = [
        seconds(lambda: ModeLandscape.of(configuration, MODEL.potential)),
        seconds(lambda: nonlinear_mode(ready, QUARTIC, lowest_nc)),
        seconds(lambda: nonlinear_mode(ready, CUBIC, quartic.mode)),
    ]
    return (
        f"{particles:>8}{index:>6}{times[0]:>11.3f} s{times[1]:>9.3f} s{times[2]:>9.3f} s{sum(times):>9.3f} s"
        f"{quartic.steps:>7}{quartic.products:>6}{cubic.steps:>7}{cubic.products:>6}"
    )


def product_times(particles: int, dimension: int) -> tuple[float, float, float]:
    """Seconds of the gradient, of a curvature product and of a product with the sparse Hessian."""
    configuration = glass(particles, dimension, 1e-10)  # products do not ask how well it is quenched
    matrix = glasskit.hessian(configuration, MODEL.potential)
    pairs = interacting_pairs(configuration, MODEL.potential)
    ready = ModeLandscape(
        configuration, pairs.i, pairs.j, np.ascontiguousarray(pairs.vectors.T), pairs.radial,
        np.ones(particles, dtype=bool), 1.0, 0.0, 0.0,
    )  # fmt: skip
    surface = DirectionEnergy(ready, QUARTIC)
    z_nc, v_nc = np.random.default_rng(0).normal(size=(2, particles, dimension))
    place = surface.at(z_nc / np.linalg.norm(z_nc))
    surface.bend(place)
    flat = v_nc.ravel()
    repeats = max(1, 200_000 // particles)
    return (
        seconds(lambda: surface.at(place.z), repeats=repeats),
        seconds(lambda: surface.curvature_product(place, v_nc), repeats=repeats),
        seconds(lambda: matrix @ flat, repeats=repeats),
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--particles", type=int, default=2000, help="of the glasses whose modes are timed")
    parser.add_argument("--glasses", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="of the table of products")
    options = parser.parse_args()
    modes_row(100, 0)  # compilation
    print(f"{'N':>8}{'glass':>6}{'landscape':>13}{'quartic':>11}{'cubic':>11}{'all':>11}{'steps, products':>19}")
    for index in range(options.glasses):
        print(modes_row(options.particles, index), flush=True)
    print(f"\n{'d':>3}{'N':>8}{'gradient':>13}{'product':>13}{'csr':>13}{'product/csr':>13}{'product/N':>13}")
    for dimension in (2, 3):
        product_times(100, dimension)
        measured = []
        for particles in options.sizes:
            gradient, product, sparse = product_times(particles, dimension)
            measured.append(product)
            print(
                f"{dimension:>3}{particles:>8}{gradient * 1e6:>10.0f} µs{product * 1e6:>10.0f} µs"
                f"{sparse * 1e6:>10.0f} µs{product / sparse:>13.2f}{product / particles * 1e9:>10.0f} ns",
                flush=True,
            )
        if len(measured) > 1:
            slope = np.polyfit(np.log(options.sizes), np.log(measured), 1)[0]
            print(f"    product ~ N^{slope:.2f}")


if __name__ == "__main__":
    main()
