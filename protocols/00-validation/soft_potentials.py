"""Soft potentials: D(omega) ~ omega^s of their minima, and the specific heat C(T) ~ T^(s+1) that follows from it.

python protocols/00-validation/soft_potentials.py [--samples 400] [--wells 100000]

All minima of quartic wells (s = 3 expected), and the deepest of each well, b3² <= 3 b2 b4 (s = 4): s by the estimator
of exponents in windows of omega, and d ln C/d ln T of the specific heat of the same frequencies, as harmonic
oscillators, at temperatures fixed beforehand. Modes of 2 to 9 T rule C(T): temperatures of 0.015 to 0.06 look at
frequencies of 0.03 to 0.5. Errors by resampling of samples. Neither tunnelling nor the wells' own anharmonicity is in
C(T).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from common import generator, save
from matplotlib.figure import Figure
from numpy.typing import NDArray

import glasskit
from glasskit.analysis.bootstrap import resample_glasses, spread
from glasskit.axes import HUES
from glasskit.seeds import DEFAULT_SEED

STREAM = 21
WINDOWS = (0.1, 0.2, 0.3)
TEMPERATURES = np.geomspace(0.015, 0.06, 5)
STEP = 0.02
"""Of ln T to either side, for the local exponent."""
HIGHEST = 1.5
"""Frequencies above are left out: at 25 times the highest temperature they add 1e-5 of C(T)."""
KINDS = {"all minima": 3, "b3² ≤ 3 b2 b4": 4}
Array = NDArray[np.float64]


def frequencies(samples: int, wells: int) -> dict[str, list[Array]]:
    """Frequencies of each sample, of all minima and of the deepest of each well."""
    found: dict[str, list[Array]] = {kind: [] for kind in KINDS}
    for index in range(samples):
        minima = glasskit.sample_quartic_wells(wells, rng=generator(STREAM, index))
        minima = minima.select((minima.stiffness < HIGHEST**2) & (minima.stiffness > 0))
        for kind, chosen in zip(KINDS, (minima, minima.select(minima.deepest)), strict=True):
            found[kind].append(chosen.frequencies)
    return found


def heat(per_sample: list[Array], temperature: Array) -> Array:
    """C(T) of each sample (samples, temperatures)."""
    return np.array([glasskit.specific_heat(omega, temperature) for omega in per_sample])


def heat_exponents(per_sample: list[Array]) -> dict[str, Any]:
    """d ln C/d ln T at the temperatures, and between the first and the last, with errors over samples."""
    either_side = np.concatenate([TEMPERATURES * np.exp(-STEP), TEMPERATURES * np.exp(STEP), TEMPERATURES[[0, -1]]])
    heat_gt = heat(per_sample, either_side)
    resampled = resample_glasses(heat_gt, rng=np.random.default_rng(DEFAULT_SEED))

    def slopes(sums_rt: Array) -> Array:
        log, count = np.log(sums_rt), len(TEMPERATURES)
        local = (log[:, count : 2 * count] - log[:, :count]) / (2 * STEP)
        whole = (log[:, -1] - log[:, -2]) / np.log(TEMPERATURES[-1] / TEMPERATURES[0])
        return np.column_stack([local, whole])

    value, error = slopes(heat_gt.sum(axis=0)[None])[0], spread(slopes(resampled), len(heat_gt))
    local = [list(pair) for pair in zip(value[:-1].tolist(), error[:-1].tolist(), strict=True)]
    return {"local": local, "whole": [float(value[-1]), float(error[-1])]}


def exponents(per_sample: list[Array]) -> list[dict[str, float]]:
    """S below every window."""
    rows = []
    for upper in WINDOWS:
        fit = glasskit.fit_exponent(per_sample, upper)
        rows.append({"upper": upper, "modes": fit.count, "s": fit.s, "error": fit.error})
    return rows


def draw(found: dict[str, list[Array]], results: dict[str, Any], wells: int) -> Figure:
    """D(omega) per well, C(T) per well, and its local exponents."""
    figure = Figure(figsize=(12.5, 4.0), layout="constrained")
    density, capacity, slope = figure.subplots(1, 3)
    edges = np.geomspace(0.03, 1, 25)
    middle, temperature = (
        np.sqrt(edges[1:] * edges[:-1]),
        np.geomspace(TEMPERATURES[0], TEMPERATURES[-1], 11),
    )
    for (kind, s), color in zip(KINDS.items(), HUES, strict=False):
        total = wells * len(found[kind])
        count = np.histogram(np.concatenate(found[kind]), edges)[0]
        d = count / (np.diff(edges) * total)
        density.errorbar(middle, d, d / np.sqrt(np.maximum(count, 1)), fmt="o", ms=3, color=color, label=kind)
        law = d[8] * (middle / middle[8]) ** s
        density.plot(middle, law, color=color, lw=0.8, label=rf"$\omega^{s}$")
        c = heat(found[kind], temperature).sum(axis=0) / total
        capacity.plot(temperature, c, color=color, lw=1.4, label=kind)
        capacity.plot(temperature, c[0] * (temperature / temperature[0]) ** (s + 1), color=color, lw=0.8, ls="--",
                      label=f"$T^{s + 1}$")  # fmt: skip
        value, error = np.array(results[kind]["C(T)"]["local"]).T
        slope.errorbar(TEMPERATURES, value, error, fmt="o", ms=4, color=color, label=kind)
        slope.axhline(s + 1, color=color, lw=0.8, ls="--")
    density.set(xscale="log", yscale="log", xlabel=r"$\omega$", ylabel=r"$D(\omega)$ per well")
    capacity.set(xscale="log", yscale="log", xlabel="$T$", ylabel="$C(T)$ per well")
    slope.set(xscale="log", xlabel="$T$", ylabel=r"d$\,$ln$\,C$/d$\,$ln$\,T$")
    slope.set_xticks(TEMPERATURES, [f"{t:.2g}" for t in TEMPERATURES], minor=False)
    slope.minorticks_off()
    for axes in (density, capacity, slope):
        axes.legend(fontsize=8, frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Sample, print, write numbers and a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--wells", type=int, default=100_000, help="of each sample")
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/soft-potentials.json"))
    options = parser.parse_args(arguments)
    found = frequencies(options.samples, options.wells)
    results: dict[str, Any] = {"temperatures": TEMPERATURES.tolist()}
    for kind, s in KINDS.items():
        results[kind] = {"s": exponents(found[kind]), "C(T)": heat_exponents(found[kind])}
        print(f"{kind}: s = {s} and C ~ T^{s + 1} expected")
        for row in results[kind]["s"]:
            print(f"  omega < {row['upper']:g}: {row['modes']} modes, s = {row['s']:.3f} +- {row['error']:.3f}")
        for t, (value, error) in zip(TEMPERATURES, results[kind]["C(T)"]["local"], strict=True):
            print(f"  T = {t:.4f}: d ln C/d ln T = {value:.3f} +- {error:.3f}")
        value, error = results[kind]["C(T)"]["whole"]
        print(f"  T = {TEMPERATURES[0]:.4g} to {TEMPERATURES[-1]:.4g}: {value:.3f} +- {error:.3f}")
    command = f"soft_potentials.py --samples {options.samples} --wells {options.wells}"
    save(options.out, command, results)
    draw(found, results, options.wells).savefig(options.out.with_suffix(".png"), dpi=140)


if __name__ == "__main__":
    main()
