"""From a direction to the nearest minimum of an energy on the unit sphere, without a preconditioner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .energies import DirectionEnergy, Place
from .trust_region import Trust, descent

NEAREST = Trust(first_angle=0.2, longest_angle=0.5, steps=300, products=2000)  # guesses are good


def minimise(surface: DirectionEnergy, z_nc: NDArray[np.float64], tolerance: float) -> tuple[Place, int]:
    """Minimum of the energy reached from a unit vector, and the number of steps; see `descent`.

    Raises
    ------
    InputError
        If the energy is not defined at the start.
    ConvergenceError
        If the steps end before; ``partial`` is the last `Place` and the number of steps.
    """
    walk = descent(surface, z_nc, tolerance, NEAREST)
    try:
        next(walk)
    except StopIteration as end:
        found: tuple[Place, int] = end.value
        return found
    raise RuntimeError("a descent without a preconditioner has nothing to ask for")
