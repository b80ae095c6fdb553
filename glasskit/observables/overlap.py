"""Overlap of a liquid with its own past: of particles with themselves, and of places whoever stands there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..errors import InputError
from ..particles.configuration import Configuration
from .radial import checked_alike

REACH = 0.3
"""Default distance of an overlap in units of density^(−1/d): beyond the rattling in a cage (about 0.1), so that
vibrations do not count, and short of half the distance of neighbours, so that no two particles share a place."""


def unwrapped(configurations: Sequence[Configuration]) -> NDArray[np.float64]:
    """Positions followed across the boundaries, without the drift of their mean, shape (T, N, d) [length].

    Swap Monte Carlo exchanges diameters, so that an index follows a position, not a size. Each step is the minimum
    image of the difference of two successive configurations: record often enough for particles to move less than
    half the box in between. The mean moves as a whole by Monte Carlo displacements, which changes nothing.

    Raises
    ------
    InputError
        No configuration, or configurations that differ in number or box.
    """
    listed = list(configurations)
    box = checked_alike(listed).box
    position_tnc = np.array([c.positions for c in listed])
    step_tnc = box.minimum_image(np.diff(position_tnc, axis=0))
    step_tnc -= step_tnc.mean(axis=1, keepdims=True)
    return np.concatenate([position_tnc[:1], position_tnc[:1] + np.cumsum(step_tnc, axis=0)])


def self_overlap(
    configurations: Sequence[Configuration], *, distance: float | None = None, origins: int = 50
) -> NDArray[np.float64]:
    """Share of particles that are within ``distance`` of where they were, at every lag, shape (T,).

    Parameters
    ----------
    configurations : sequence of Configuration
        Of one run, equally spaced in time.
    distance : float, optional
        Default: ``REACH`` in units of density^(−1/d) [length].
    origins : int
        Times, evenly spread, from which each lag is measured, at most.

    Returns
    -------
    ndarray, shape (T,)
        1 at lag 0; towards density × volume of the sphere / N, about 0, once all have moved.

    Raises
    ------
    InputError
        As `unwrapped`, or a distance that is not positive and below half the shortest edge.
    """
    listed, distance = _checked(configurations, distance)
    position_tnc = unwrapped(listed)

    def share(start: int, end: int) -> float:
        moved_nc = position_tnc[end] - position_tnc[start]
        return float(np.mean(np.einsum("nc,nc->n", moved_nc, moved_nc) <= distance**2))

    return _over_origins(len(listed), origins, share)


def place_overlap(
    configurations: Sequence[Configuration], *, distance: float | None = None, origins: int = 50
) -> NDArray[np.float64]:
    """Share of places that are taken as before, whichever particle stands there, at every lag, shape (T,).

    q(t) = (1/N) Σ_ij θ(distance − |r_i(t0+t) − r_j(t0)|), from which the value of unrelated configurations, density ×
    volume of the sphere, is subtracted: (q − q_∞)/(1 − q_∞). Particles that exchange their places, which swaps and
    hops do at no cost to the structure, count as unmoved here; what decays is the memory of the arrangement.

    Parameters, Raises
        As `self_overlap`.

    Returns
    -------
    ndarray, shape (T,)
        1 at lag 0, 0 on average for unrelated configurations.
    """
    listed, distance = _checked(configurations, distance)
    box, n = listed[0].box, listed[0].number_of_particles
    if not box.rectangular:
        raise InputError("place_overlap: the box is tilted, expected a rectangular one, as liquids have.")
    folded_tnc = np.mod(unwrapped(listed), box.lengths)
    folded_tnc = np.where(folded_tnc < box.lengths, folded_tnc, 0.0)  # a remainder of −1e−17 rounds up to L
    trees = [cKDTree(folded_nc, boxsize=box.lengths) for folded_nc in folded_tnc]
    d = box.dimension
    unrelated = n / box.volume * math.pi ** (d / 2) / math.gamma(d / 2 + 1) * distance**d
    if unrelated >= 1:
        raise InputError(f"distance {distance:.4g} is so long that places overlap by chance; expected a shorter one.")

    def share(start: int, end: int) -> float:
        same = float(trees[start].count_neighbors(trees[end], distance)) / n
        return (same - unrelated) / (1 - unrelated)

    return _over_origins(len(listed), origins, share)


def _checked(configurations: Sequence[Configuration], distance: float | None) -> tuple[list[Configuration], float]:
    listed = list(configurations)
    first = checked_alike(listed)
    distance = REACH * first.density ** (-1 / first.dimension) if distance is None else float(distance)
    if not 0 < distance < 0.5 * float(first.box.lengths.min()):
        raise InputError(f"distance is {distance:.6g}; expected a positive length below half the shortest box edge.")
    return listed, distance


def _over_origins(times: int, origins: int, share: Any) -> NDArray[np.float64]:
    """Mean over origins of ``share(start, start + lag)``."""
    if origins < 1:
        raise InputError(f"origins is {origins}; expected at least one.")
    found = np.empty(times)
    for lag in range(times):
        starts = np.unique(np.linspace(0, times - 1 - lag, min(origins, times - lag)).astype(int))
        found[lag] = np.mean([share(int(start), int(start) + lag) for start in starts])
    return found
