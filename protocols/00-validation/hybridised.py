"""Hybridised modes taken apart: two soft spots in one harmonic mode, and a soft spot in a plane wave.

Ensembles of two-dimensional BINARY_IPL glasses quenched from T = 2. Of each, the lowest harmonic modes ψ; from every ψ
the quartic mode π, and from what π leaves of ψ a second one. Kept, as data and as pictures, are

- two spots: of N = 400, where waves lie higher, the ψ that is made by two different spots (mutual overlap below 0.1,
  squares of overlaps add to more than 0.8) most equally;
- spot and wave: of N = 1600, the ψ with participation ratio above 0.3 that overlaps most with a π of participation
  ratio below 0.1.

Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Fig. 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from common import generator, run_all, save

import glasskit
from glasskit.errors import ConvergenceError, InputError

MODEL = glasskit.BINARY_IPL
TEMPERATURE, SWEEPS = 2.0, 200
ENSEMBLES = {"two-spots": (400, 4), "spot-and-wave": (1600, 12)}  # particles, harmonic modes
DISTINCT, MADE_OF, WAVE, SPOT = 0.1, 0.8, 0.3, 0.1


def one_glass(index: int, particles: int, modes: int) -> list[dict[str, Any]]:
    """Return every harmonic mode of a glass from which a quartic mode was found."""
    rng = generator(12, particles, index)
    start = MODEL.random_configuration(particles, dimension=2, rng=rng)
    liquid = glasskit.swap_monte_carlo(start, MODEL.potential, temperature=TEMPERATURE, sweeps=SWEEPS, rng=rng)
    glass = glasskit.quench(liquid.configuration, MODEL.potential, force_tolerance=1e-12).configuration
    rows = []
    harmonic = glasskit.lowest_modes(glasskit.hessian(glass, MODEL.potential), modes, dimension=2)
    for number, psi_nc in enumerate(harmonic.modes):
        try:
            first = glasskit.quartic_mode(glass, MODEL.potential, psi_nc)
            rest_nc = psi_nc - np.vdot(psi_nc, first.mode) * first.mode
            second = glasskit.quartic_mode(glass, MODEL.potential, rest_nc)
        except (ConvergenceError, InputError):
            continue
        rows.append(
            {
                "glass": index, "number": number, "participation": float(glasskit.participation_ratio(psi_nc)),
                "overlaps": [abs(float(np.vdot(psi_nc, one.mode))) for one in (first, second)],
                "mutual": abs(float(np.vdot(first.mode, second.mode))),
                "participations": [first.participation, second.participation],
                "stiffness": [float(harmonic.eigenvalues[number]), first.stiffness, second.stiffness],
                "arrays": {
                    "positions": glass.positions, "diameters": glass.diameters, "lengths": glass.box.lengths,
                    "harmonic": psi_nc, "first": first.mode, "second": second.mode,
                },
            }
        )  # fmt: skip
    return rows


def _two_spots(row: dict[str, Any]) -> bool:
    made_of = sum(overlap**2 for overlap in row["overlaps"])
    return row["mutual"] < DISTINCT and made_of > MADE_OF


def _spot_and_wave(row: dict[str, Any]) -> bool:
    return row["participation"] > WAVE and row["participations"][0] < SPOT


def main() -> None:
    """Search, print and keep the two best examples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glasses", type=int, nargs=2, default=(150, 24), help="for each of the two examples")
    parser.add_argument("--out", type=Path, default=Path("data/results/validation"))
    parser.add_argument("--workers", type=int, default=None)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {}
    for (name, (particles, modes)), glasses in zip(ENSEMBLES.items(), options.glasses, strict=True):
        jobs = [(index, particles, modes) for index in range(glasses)]
        rows = [row for found in run_all(one_glass, jobs, options.workers) for row in found]
        right = [row for row in rows if (_two_spots if name == "two-spots" else _spot_and_wave)(row)]
        report[name] = {"glasses": glasses, "particles": particles, "modes": len(rows), "examples": len(right)}
        if not right:
            print(f"{name}: none found; take more glasses.")
            continue
        best = max(right, key=lambda row: min(row["overlaps"]) if name == "two-spots" else row["overlaps"][0])
        arrays = best.pop("arrays")
        report[name]["best"] = best
        print(name, report[name])
        np.savez_compressed(options.out / f"hybridised-{name}.npz", **arrays)
        glass = glasskit.Configuration(arrays["positions"], arrays["diameters"], arrays["lengths"])
        _picture(glass, arrays, options.out / f"hybridised-{name}.png", both=name == "two-spots")
    save(options.out / "hybridised.json", " ".join(["python", *sys.argv]), report)


def _picture(glass: glasskit.Configuration, arrays: dict[str, np.ndarray], path: Path, *, both: bool) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.5, 4.9), layout="constrained")
    axes = figure.subplots(1, 3)
    if both:
        for ax, name in zip(axes, ("harmonic", "first", "second"), strict=True):
            glasskit.plot_mode(glass, arrays[name], ax, particles=False, centre=(0.0, 0.0))
            ax.set(title=name + " mode" if name == "harmonic" else name + " quartic mode", xlabel="$x$", ylabel="$y$")
    else:
        glasskit.plot_difference(glass, arrays["harmonic"], arrays["first"], list(axes), particles=False)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
