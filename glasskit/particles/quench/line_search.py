"""Line search that works down to the last digit: energies where they can be told apart, else slopes alone.

A step t along a direction p with slope U'(0) < 0 is accepted if U'(t) >= SIGMA U'(0) and either
U(t) <= U(0) + DELTA t U'(0) (Wolfe) or, where U(t) and U(0) agree to rounding, U'(t) <= (2 DELTA − 1) U'(0)
(approximate Wolfe: Hager & Zhang, SIAM J. Optim. 16, 170 (2005), Eqs. (1.2) and (4.1)).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .surface import EnergySurface, Point
from .vectors import dot, step_wrapped

DELTA = 1e-4
SIGMA = 0.9
ENERGY_ROUNDING = 1e-13  # of |U|: a sum over N = 1000 is good to a few 1e-14
GROWTH = 4.0
MOST_TRIALS = 30


def line_search(
    surface: EnergySurface,
    here: Point,
    trial: Point,
    direction: NDArray[np.float64],
    first: float,
    longest: float,
) -> bool:
    """Move ``trial`` along a descent direction until it is acceptable.

    Parameters
    ----------
    surface : EnergySurface
    here, trial : Point
        The start, evaluated; and the point to fill.
    direction : ndarray, shape (N, d)
    first, longest : float
        First step tried, and the longest allowed. At the longest, the energy has to fall but the slope may be steep.

    Returns
    -------
    bool
        False if no acceptable step was found; ``trial`` is then of no use.
    """
    slope0 = -dot(here.forces, direction)
    low, high = 0.0, math.inf  # the energy falls enough at low and is still falling; high is too far
    t = min(first, longest)
    for _ in range(MOST_TRIALS):
        step_wrapped(here.positions, direction, t, surface.cell, trial.positions)
        surface.evaluate(trial)
        slope = -dot(trial.forces, direction)
        if not (trial.finite and math.isfinite(slope)):
            high = t
            t = low + 0.1 * (high - low)
            continue
        lower = trial.energy <= here.energy + DELTA * t * slope0 or (
            trial.energy <= here.energy + ENERGY_ROUNDING * abs(here.energy) and slope <= (2 * DELTA - 1) * slope0
        )
        if lower and (slope >= SIGMA * slope0 or t >= longest):
            return True
        if lower and slope < 0.0:
            low, slope_low = t, slope
            t = min(GROWTH * t, longest) if high == math.inf else 0.5 * (low + high)
        else:
            high = t
            if slope > 0.0:
                secant = slope_low / (slope_low - slope) if low > 0.0 else slope0 / (slope0 - slope)
                t = low + min(max(secant, 0.1), 0.9) * (high - low)
            else:
                t = 0.5 * (low + high)
    return False
