"""Structure of one configuration: how particle sizes are distributed in space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..particles.configuration import Configuration


def size_classes(diameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sort particles into sizes: +1 for the largest third, -1 for the smallest third, 0 between.

    Equal diameters stay together, so that a binary mixture has +1 and -1 only.

    Parameters
    ----------
    diameters : ndarray, shape (N,)

    Returns
    -------
    ndarray, shape (N,)
    """
    ordered = np.sort(diameters)
    third = max(1, len(ordered) // 3)
    smallest, largest = ordered[third - 1], ordered[-third]
    return (diameters >= largest).astype(np.float64) - (diameters <= smallest)


def size_fluctuation(configuration: Configuration) -> float:
    """Fluctuation of composition at the longest wavelengths, S_size(2π/L).

    S_size(k) = |Σ_i c_i exp(i k·r_i)|² / Σ_i c_i² with c_i from :func:`size_classes`, averaged over the d wave
    vectors of length 2π/L along the axes (of a tilted box: its d shortest reciprocal vectors, 2π times the rows of the
    inverse cell). It is 1 on average when sizes sit at random places; it grows, and
    relaxes slowly, where large and small particles begin to separate. It is the structure factor of one
    configuration, not a thermal average: its scatter is as large as its mean.

    Parameters
    ----------
    configuration : Configuration

    Returns
    -------
    float

    Raises
    ------
    InputError
        If all diameters are equal.
    """
    class_n = size_classes(configuration.diameters)
    norm = float(class_n @ class_n)
    if norm == 0.0:
        raise InputError("size_fluctuation: all diameters are equal, expected at least two different ones.")
    if configuration.box.rectangular:  # in this order of operations, to the last bit as recorded with glasses
        phase_nc = 2.0 * np.pi * configuration.positions / configuration.box.lengths
    else:
        phase_nc = 2.0 * np.pi * fractions(configuration)
    amplitude_c = class_n @ np.cos(phase_nc), class_n @ np.sin(phase_nc)
    return float(np.mean(amplitude_c[0] ** 2 + amplitude_c[1] ** 2) / norm)


def fractions(configuration: Configuration) -> NDArray[np.float64]:
    """Positions in units of the cell vectors, shape (N, d): exp(2πi n·fraction) with integers n are the box's waves."""
    box = configuration.box
    if box.rectangular:
        return np.asarray(configuration.positions / box.lengths)
    return np.asarray(np.linalg.solve(box.cell, configuration.positions.T).T)
