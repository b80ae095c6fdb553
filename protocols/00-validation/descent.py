"""Inherent structures of the same liquids (N = 1000, m = 2, T = 1.0) by L-BFGS, FIRE and steepest descent.

Steepest descent follows dx/dt = F in Euler steps of a tenth of the stiffest particle's time, so that it ends in the
minimum whose basin holds the liquid; below a relative force of 1e-2 L-BFGS takes over. Different minimisers may end in
different minima of one liquid; the mean of e_IS over liquids must not depend on them.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from common import PARTICLES, generator, mean_and_error, run_all, save, tapered

import glasskit
from glasskit.particles.quench.surface import EnergySurface
from glasskit.particles.quench.vectors import step_wrapped

STEP, REFRESH, HANDOVER = 0.1, 50, 1e-2
METHODS = ("lbfgs", "fire", "descent")


def descend(liquid: glasskit.Configuration, potential: glasskit.InversePowerLaw) -> tuple[glasskit.Configuration, int]:
    """Follow the force until it is a hundredth of the typical bond force; the configuration and the steps taken."""
    surface = EnergySurface(liquid, potential)
    point, steps, time_step = surface.start(), 0, 0.0
    while point.relative_force > HANDOVER:
        if steps % REFRESH == 0:  # never steps over more than 0.02 diameters while the start relaxes
            time_step = min(STEP / surface.stiffness(point), 0.02 / max(point.max_force, 1e-300))
        step_wrapped(point.positions, point.forces, time_step, surface.edges, point.positions)
        surface.evaluate(point)
        steps += 1
    return glasskit.Configuration(point.positions.copy(), liquid.diameters, liquid.box), steps


def one_liquid(temperature: float, sweeps: int, particles: int, index: int) -> dict[str, float]:
    """e_IS of one liquid by every method."""
    model, rng = tapered("2"), generator(5, round(1000 * temperature), index)
    liquid = glasskit.swap_monte_carlo(
        model.random_configuration(particles, rng=rng), model.potential,
        temperature=temperature, sweeps=sweeps, rng=rng, step=model.step,
    ).configuration  # fmt: skip
    descended, steps = descend(liquid, model.potential)
    starts = {"lbfgs": (liquid, "lbfgs"), "fire": (liquid, "fire"), "descent": (descended, "lbfgs")}
    found: dict[str, float] = {"steps": steps}
    for name, (start, method) in starts.items():
        found[name] = glasskit.quench(start, model.potential, method=method).energy / particles
    return found


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--sweeps", type=int, default=1000)
    parser.add_argument("--particles", type=int, default=PARTICLES)
    parser.add_argument("--liquids", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/descent.json"))
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    jobs = [(options.temperature, options.sweeps, options.particles, index) for index in range(options.liquids)]
    liquids = list(run_all(one_liquid, jobs, options.workers))
    energy = {name: np.array([liquid[name] for liquid in liquids]) for name in METHODS}
    results: dict[str, object] = {
        "liquids": len(liquids),
        "descent_steps": float(np.mean([q["steps"] for q in liquids])),
    }
    print("method    e_IS                  minus steepest descent    same minimum")
    for name in METHODS:
        value, error = mean_and_error(energy[name])
        shift, shift_error = mean_and_error(energy[name] - energy["descent"])
        same = int(np.sum(np.abs(energy[name] - energy["descent"]) < 1e-9))
        results[name] = {"e_is": (value, error), "minus_descent": (shift, shift_error), "same_minimum": same}
        print(f"{name:<9} {value:.5f} ± {error:.5f}     {shift:+.5f} ± {shift_error:.5f}       {same}/{len(liquids)}")
    spread = float(np.std(energy["descent"], ddof=1))
    print(f"e_IS of single liquids spreads by {spread:.4f}; error of the mean {spread / math.sqrt(len(liquids)):.5f}")
    save(options.out, f"python protocols/00-validation/descent.py --temperature {options.temperature}", results)


if __name__ == "__main__":
    main()
