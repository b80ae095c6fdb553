"""Bins: their edges, checked or placed, and their middles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from .per_glass import FloatArray


def bin_middles(edges: FloatArray) -> FloatArray:
    """Middles of bins: geometric where the edges are equally spaced in their logarithm, else arithmetic."""
    if edges[0] > 0:
        step = np.diff(np.log(edges))
        if np.ptp(step) <= 1e-6 * step.mean() and np.ptp(np.diff(edges)) > 1e-6 * edges[-1] / edges.size:
            return np.sqrt(edges[:-1] * edges[1:])
    return (edges[:-1] + edges[1:]) / 2


def checked_edges(edges: ArrayLike, *, lowest: float = -np.inf) -> FloatArray:
    """Edges of bins as a finite ascending array of at least two, none below ``lowest``.

    Raises
    ------
    InputError
        Anything else.
    """
    edge_b = np.asarray(edges, dtype=np.float64)
    if edge_b.ndim != 1 or edge_b.size < 2 or not np.isfinite(edge_b).all() or (np.diff(edge_b) <= 0).any():
        raise InputError("edges are not a finite, ascending 1-D array of at least two.")
    if edge_b[0] < lowest:
        raise InputError(f"edges start at {edge_b[0]:g}; expected none below {lowest:g}.")
    return edge_b


def equal_edges(lowest: float, highest: float, bins: int, spacing: str, *, also: tuple[str, ...] = ()) -> FloatArray:
    """Edges of ``bins`` bins that cover lowest <= value <= highest, "logarithmic" or "linear".

    Raises
    ------
    InputError
        An unknown spacing, fewer than one bin, or no interval to cover.
    """
    makers: dict[str, Any] = {"logarithmic": np.geomspace, "linear": np.linspace}
    if spacing not in makers:
        raise InputError(f"spacing is {spacing!r}; expected one of {', '.join(makers)}.")
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise InputError(f"bins is {bins!r}; expected an integer of at least 1.")
    if not (np.isfinite(highest) and lowest < highest):
        raise InputError(f"no bins fit between {lowest:g} and {highest:g}; pass edges.")
    edge_b = makers[spacing](lowest, highest, int(bins) + 1)
    edge_b[0] = lowest
    edge_b[-1] = np.nextafter(highest, np.inf)  # the highest value is in the last bin
    return edge_b
