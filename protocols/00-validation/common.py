"""What the recorded runs of this folder share: seeds, a pool of workers, a result file and a progress line."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import glasskit
from glasskit.ensembles.executors import available_cores, spawned_pool
from glasskit.observables.structure import size_fluctuation
from glasskit.particles.models import Model

SEED = 20240418
PARTICLES = 1000


def tapered(taper: str) -> Model:
    """Return the tapered model; ``taper`` as on the command line."""
    return glasskit.TAPERED_IPL.with_taper(math.inf if taper == "inf" else int(taper))


def generator(*key: int) -> np.random.Generator:
    """One independent stream for every key."""
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=key))


def snapshot(model: Model, configuration: glasskit.Configuration, energy: float) -> dict[str, float]:
    """Energy per particle, that of the inherent structure, and S_size(2π/L), of one liquid configuration."""
    glass = glasskit.quench(configuration, model.potential)
    n = configuration.number_of_particles
    return {"e": energy / n, "e_is": glass.energy / n, "size_fluctuation": size_fluctuation(configuration)}


def run_all(task: Callable[..., Any], jobs: list[tuple[Any, ...]], workers: int | None = None) -> Iterator[Any]:
    """Yield the results of the jobs in their order, with a line of progress for each that ends."""
    start = time.perf_counter()
    with spawned_pool(workers or available_cores()) as pool:
        futures = [pool.submit(task, *job) for job in jobs]
        for number, future in enumerate(futures, start=1):
            yield future.result()
            print(f"{number}/{len(jobs)} after {time.perf_counter() - start:.0f} s", flush=True)


def mean_and_error(values: Any) -> tuple[float, float]:
    """Mean over independent runs and its standard error."""
    values = np.asarray(values, dtype=float)
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def save(path: Path, command: str, results: Any) -> None:
    """Write results with the command and versions that made them."""
    from glasskit.ensembles.provenance import versions

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"command": command, "versions": versions(), "results": results}, indent=1) + "\n")
    print(f"written: {path}")
