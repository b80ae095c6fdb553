"""The density of states of the GPS lattice: exponent at low frequencies, local slopes above.

glasskit run protocols/00-validation/gps_lattice.toml --out runs/gps-lattice
python protocols/00-validation/gps_lattice.py runs/gps-lattice

The windows of s are set by numbers of modes, not by what s comes out: 0 < omega < omega_k with k modes per instance
below omega_k. Slopes are those of ln D between neighbouring bins, equally wide in ln omega; 1 is the reconstructed
density of the theory, D ~ omega.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import glasskit

PER_INSTANCE = (2, 4, 8, 16, 32)
BINS = 12


def exponents(frequencies: list[np.ndarray]) -> None:
    """Print s with its error for every window."""
    pooled = np.sort(np.concatenate(frequencies))
    for k in PER_INSTANCE:
        upper = float(pooled[k * len(frequencies)])
        fit = glasskit.fit_exponent(frequencies, upper)
        print(f"  {k:3d} modes per instance below omega = {upper:.4f}: s = {fit.s:.2f} +- {fit.error:.2f}")


def slopes(frequencies: list[np.ndarray]) -> None:
    """Print D, and the slope of ln D between bins with its error over resampled ensembles."""
    first = float(np.quantile(np.concatenate(frequencies), 0.002))
    edges = np.geomspace(first, 1.001 * max(omega[-1] for omega in frequencies), BINS + 1)
    density = glasskit.density_of_states(frequencies, len(frequencies[0]), edges)
    width = np.log(edges[1] / edges[0])
    steps = np.diff(np.log(density.density)) / width
    errors = np.std(np.diff(np.log(np.maximum(density.resampled_rb, 1e-300)), axis=1), axis=0, ddof=1) / width
    for b, (omega, value, error) in enumerate(zip(density.omega, density.density, density.error, strict=True)):
        line = f"  omega = {omega:.3f}: D = {value:.4f} +- {error:.4f}, D/omega = {value / omega:.3f}"
        print(line + (f", slope to the next {steps[b]:.2f} +- {errors[b]:.2f}" if b < BINS - 1 else ""))


def main() -> None:
    """Print the tables of all curves of a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for curve in sorted(path for path in parser.parse_args().folder.iterdir() if path.is_dir()):
        ensemble = glasskit.Ensemble.open(curve)
        table, frequencies = ensemble.table(), [np.array(omega) for omega in ensemble.frequencies]
        print(
            f"{curve.name}: {len(frequencies)} instances of N = {len(frequencies[0])}, <x^2> = "
            f"{np.mean(table['mean_square']):.4f}, products {np.mean(table['products']):.0f}"
        )
        exponents(frequencies)
        slopes(frequencies)


if __name__ == "__main__":
    main()
