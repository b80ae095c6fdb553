"""Processor time of each stage of the glasses of a recipe, curve by curve: where the hours of a run go.

``python benchmarks/recipe.py protocols/06-quasilocalized/paper.toml [--glasses 3] [--curve NAME]``: makes the first
glasses of each curve, those of the run itself, compilation excluded, and prints the median time of each stage per
glass, what is left of the whole, and the hours of one core that the curve takes. One core, nothing is stored.
"""

from __future__ import annotations

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from glasskit.ensembles.pipelines import glass
from glasskit.ensembles.recipe import Curve, read_recipe

STAGES = {
    "liquid": ("make_liquid",),
    "quench": ("quench",),
    "modes": ("hessian", "lowest_modes"),
    "moduli": ("elastic_moduli",),
    "levels": ("levels", "spectrum"),
    "excitations": ("excitations",),
}


def timed(function: Callable[..., Any], spent: dict[str, float], stage: str) -> Callable[..., Any]:
    """The same function, which adds its processor time to a stage."""

    def wrapped(*arguments: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            spent[stage] += time.process_time() - start

    return wrapped


def row(curve: Curve, glasses: int) -> str:
    """Make glasses of one curve; one line of the table."""
    print(f"{curve.name:20}", end="", flush=True)
    glass.warm_up(curve.settings)
    spent = dict.fromkeys(STAGES, 0.0)
    kept = {name: getattr(glass, name) for names in STAGES.values() for name in names}
    try:
        for stage, names in STAGES.items():
            for name in names:
                setattr(glass, name, timed(kept[name], spent, stage))
        make, found = glass.sampler(curve.settings), []
        for index in range(glasses):
            spent.update(dict.fromkeys(spent, 0.0))
            start = time.process_time()
            make(index, np.random.default_rng(curve.seed_sequence(index)))
            whole = time.process_time() - start
            found.append([*spent.values(), whole - sum(spent.values()), whole])
    finally:
        for name, function in kept.items():
            setattr(glass, name, function)
    medians = [statistics.median(column) for column in zip(*found, strict=True)]
    return "".join(f"{value:10.2f} s" for value in medians) + f"{medians[-1] * curve.glasses / 3600:9.2f} h"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--glasses", type=int, default=3, help="of each curve (default 3)")
    parser.add_argument("--curve", action="append", help="only this one; may be repeated")
    options = parser.parse_args()
    recipe = read_recipe(options.recipe)
    if recipe.kind != "glass":
        parser.error(f"{options.recipe} makes {recipe.kind}; expected a recipe of glasses")
    head = [*STAGES, "rest", "whole"]
    print(f"{'curve':20}" + "".join(f"{name:>12}" for name in head) + f"{'curve':>11}")
    for curve in recipe.curves:
        if not options.curve or curve.name in options.curve:
            print(row(curve, options.glasses), flush=True)


if __name__ == "__main__":
    main()
