"""Libraries of quartic modes: a glass of 10,000 particles in two dimensions, one of 2,000 and one of 10,000 in three.

BINARY_IPL from T = 1 (100 sweeps from random positions). Prints per glass: processor time of the search and of its
stages, modes, how many there are at least, coverage, and the same for the softer half. One process, one thread.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import generator, save

import glasskit
from glasskit.errors import InsufficientDataError
from glasskit.observables.quasilocalized.library import ModeLibrary
from glasskit.observables.quasilocalized.search import find_modes

MODEL = glasskit.BINARY_IPL
GLASSES = {"2d": (2, 10_000, 1500), "3d": (3, 2000, 500), "3d-large": (3, 10_000, 2500)}  # d, particles, guesses
TEMPERATURE, SWEEPS = 1.0, 100


def a_glass(dimension: int, particles: int) -> glasskit.Configuration:
    """Return a glass of the model."""
    rng = generator(11, dimension, particles)
    start = MODEL.random_configuration(particles, dimension=dimension, rng=rng)
    liquid = glasskit.swap_monte_carlo(start, MODEL.potential, temperature=TEMPERATURE, sweeps=SWEEPS, rng=rng)
    return glasskit.quench(liquid.configuration, MODEL.potential, force_tolerance=1e-12).configuration


def completeness(library: ModeLibrary, below: float | None) -> dict[str, Any]:
    """Return what capture and recapture say, or why they say nothing."""
    try:
        seen = library.completeness(below)
    except InsufficientDataError as error:
        return {"below": below, "unknown": str(error)}
    return {
        "below": below, "observed": seen.observed, "estimated": seen.estimated, "error": seen.error,
        "coverage": seen.coverage, "coverage_error": seen.coverage_error,
    }  # fmt: skip


def one_library(name: str, figures: Path) -> dict[str, Any]:
    """Search one glass."""
    dimension, particles, guesses = GLASSES[name]
    glass = a_glass(dimension, particles)
    find_modes(glass, MODEL.potential, count=1)  # compiles
    stages: dict[str, tuple[int, float]] = {}
    start = last = time.process_time()

    def told(stage: str, done: int, total: int) -> None:
        nonlocal last
        if done == total:
            now = time.process_time()
            stages[stage], last = (total, now - last), now
            print(f"  {stage}: {total} in {stages[stage][1]:.1f} s", flush=True)

    library = find_modes(glass, MODEL.potential, count=guesses, progress=told)
    seconds = time.process_time() - start
    print(f"{name}, N = {particles}: {seconds:.0f} s of processor time\n{library.summary()}", flush=True)
    figures.mkdir(parents=True, exist_ok=True)
    library.plot().figure.savefig(figures / f"library-{name}.png", dpi=150)
    median = float(np.median(library.stiffness))
    return {
        "particles": particles, "guesses": guesses, "seconds": seconds, "stages": stages, "modes": len(library),
        "stiffness": library.stiffness.tolist(), "hits": library.hits.tolist(), "failures": library.failures,
        "sensitivity": library.sensitivity, "completeness": [completeness(library, b) for b in (None, median)],
    }  # fmt: skip


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/library.json"))
    parser.add_argument("--figures", type=Path, default=Path("figures"))
    parser.add_argument("--glasses", nargs="+", choices=GLASSES, default=list(GLASSES))
    options = parser.parse_args()
    results = {name: one_library(name, options.figures) for name in options.glasses}
    save(options.out, "python protocols/00-validation/library.py", results)


if __name__ == "__main__":
    main()
