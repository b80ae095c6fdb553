"""FIRE 2.0 (Guénolé et al., Comput. Mater. Sci. 175, 109584 (2020)): damped dynamics with an adaptive time step."""

from __future__ import annotations

import math

import numpy as np

from ..kernels.jit import kernel
from .stopping import StoppingRule
from .surface import EnergySurface, Point
from .vectors import Array, dot, largest_length, step_wrapped

# Parameters of the paper's Table 2.
DELAY = 20
GROW, SHRINK = 1.1, 0.5
MIXING, MIXING_DECAY = 0.25, 0.99
SMALLEST_STEP = 0.02  # of the first time step
# Time steps in units of 1/√stiffness, the stiffness being the largest Σ_j |phi''| of a particle. The fastest
# vibration has omega <= √(2 stiffness), and the integrator is stable below a step of 2/omega.
FIRST_STEP = 0.2
LARGEST_STEP = 1.0
REFRESH = 100  # steps between looks at the stiffness, which falls as a hot start relaxes
LONGEST_MOVE = 0.1  # of the mean diameter, for any particle in one step


@kernel
def accelerate(velocity_nc: Array, force_nc: Array, time_step: float, mixing: float) -> None:
    """v += dt F (unit mass), then v = (1 − mixing) v + mixing |v| F/|F|."""
    v, f = velocity_nc.ravel(), force_nc.ravel()
    vv, ff = 0.0, 0.0
    for k in range(v.size):
        v[k] += time_step * f[k]
        vv += v[k] * v[k]
        ff += f[k] * f[k]
    towards = mixing * np.sqrt(vv) / np.sqrt(ff) if ff > 0.0 else 0.0
    for k in range(v.size):
        v[k] = (1.0 - mixing) * v[k] + towards * f[k]


def minimise(surface: EnergySurface, rule: StoppingRule, point: Point) -> tuple[Point, int]:
    """Minimise by FIRE 2.0 with semi-implicit Euler steps until the rule is met.

    No particle moves farther than 0.1 mean diameters in one step, whatever its velocity.

    Parameters
    ----------
    surface : EnergySurface
    rule : StoppingRule
    point : Point
        The start, evaluated.

    Returns
    -------
    point : Point
        The last one.
    iterations : int
    """
    cap = LONGEST_MOVE * surface.mean_diameter
    velocity = np.zeros_like(point.positions)
    unit = 1.0 / math.sqrt(max(surface.stiffness(point), 1e-300))
    time_step, mixing, uphill_free = FIRST_STEP * unit, MIXING, 0
    iterations = 0
    while not (rule.met(point) or rule.exhausted):
        if iterations and iterations % REFRESH == 0:
            unit = 1.0 / math.sqrt(max(surface.stiffness(point), 1e-300))
        if dot(point.forces, velocity) > 0.0:
            uphill_free += 1
            if uphill_free > DELAY:
                time_step = min(GROW * time_step, LARGEST_STEP * unit)
                mixing *= MIXING_DECAY
        elif iterations:
            uphill_free, mixing = 0, MIXING
            if iterations >= DELAY:
                time_step = max(SHRINK * time_step, SMALLEST_STEP * FIRST_STEP * unit)
            step_wrapped(point.positions, velocity, -0.5 * time_step, surface.cell, point.positions)
            velocity[:] = 0.0
        accelerate(velocity, point.forces, time_step, mixing)
        move = min(time_step, cap / max(largest_length(velocity), 1e-300))
        step_wrapped(point.positions, velocity, move, surface.cell, point.positions)
        surface.evaluate(point)
        iterations += 1
    return point, iterations
