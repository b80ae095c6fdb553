"""First stage of every quench: take extreme overlaps apart before a minimiser sees them.

In a random start two particles may be so close that one bond force exceeds all others by twenty orders of magnitude:
step sizes, curvatures and velocities learnt from it are worthless afterwards (some codes lose particles there).
"""

from __future__ import annotations

import numpy as np

from .surface import EnergySurface, Point
from .vectors import step_wrapped

EXTREME = 30.0  # relative force; measured: 8 to 27 in liquids (T = 0.2 to 5), 33 to 124 in random starts
LONGEST_STEP = 0.1  # of the mean diameter
MOST_STEPS = 200


def separate_overlaps(surface: EnergySurface, point: Point) -> Point:
    """Clipped steepest descent while single bonds dominate all others.

    Every particle moves along its net force F_i, by 0.1 mean diameters where a component of F_i reaches the rms bond
    force or more, in proportion below. Configurations without extreme overlaps are returned as they are.

    Parameters
    ----------
    surface : EnergySurface
    point : Point
        Evaluated.

    Returns
    -------
    Point
        Evaluated; never of higher energy.
    """
    trial = Point(point.positions)
    cap = LONGEST_STEP * surface.mean_diameter
    for _ in range(MOST_STEPS):
        if not point.relative_force > EXTREME:
            break
        # Divided by its largest component before any square is taken: forces may exceed 1e154.
        largest_n1 = np.abs(point.forces).max(axis=1, keepdims=True)
        reference = point.bond_force if np.isfinite(point.bond_force) else point.max_force
        direction = point.forces / np.maximum(largest_n1, reference)
        step_wrapped(point.positions, direction, cap, surface.cell, trial.positions)
        surface.evaluate(trial)
        if not trial.energy < point.energy:
            break
        point, trial = trial, point
    return point
