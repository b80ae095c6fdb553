"""Make some glasses of a finished run again, with the version at hand, and compare them with what is stored.

``python protocols/00-validation/remake.py RECIPE.toml DIR [INDEX ...]``; by default numbers 0 and 137 of every curve.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import glasskit
from glasskit.ensembles import pipelines
from glasskit.ensembles.recipe import read_recipe


def main(recipe: str, folder: str, *indices: str) -> None:
    """Print one line per glass."""
    for curve in read_recipe(recipe).curves:
        ensemble = glasskit.Ensemble.open(Path(folder) / curve.name)
        make = pipelines.load(curve.target).sampler(curve.settings)
        for index in map(int, indices or ("0", "137")):
            made = make(index, np.random.default_rng(curve.seed_sequence(index)))
            at = list(ensemble.indices).index(index)
            liquid = np.abs(list(ensemble.arrays("liquid_energies"))[at] - made["liquid_energies"]).max()
            energy, omega = ensemble.table()["e_is"][at], ensemble.frequencies[at]
            same = len(omega) == len(made["frequencies"])
            change = f"{np.abs(omega - made['frequencies']).max():.1e}" if same and len(omega) else "other modes"
            print(
                f"{curve.name} {index}: liquid energies {liquid:.1e}, e_IS {made['e_is'] - energy:+.1e}, "
                f"frequencies {change}"
            )


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
