"""How far oscillators of different stiffness were displaced: averages of x² over all that are softer than a limit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, InsufficientDataError

Array = NDArray[Any]


class PartialAverages(NamedTuple):
    """Sums over the oscillators with κ_i <= each limit; those of several instances add up.

    Attributes
    ----------
    limits : (m,) array
        κ.
    counts : (m,) array of int
        Number of oscillators.
    sums : (m,) array
        Σ x_i² over them.
    """

    limits: Array
    counts: Array
    sums: Array

    @property
    def mean_square(self) -> Array:
        """<x²>(κ) (m,): the mean of x_i² over all with κ_i <= κ [R, section 3].

        Raises
        ------
        InsufficientDataError
            If no oscillator is that soft; ``partial`` holds the sums.
        """
        if len(self.counts) and self.counts.min() == 0:
            raise InsufficientDataError(
                f"no oscillator has a stiffness of {self.limits[np.argmin(self.counts)]:.4g} or less: ask for larger "
                "limits or add instances.",
                partial=self,
            )
        return self.sums / self.counts


def partial_averages(coordinates: ArrayLike, stiffnesses: ArrayLike, limits: ArrayLike) -> PartialAverages:
    r"""Partial averages :math:`\kappa^{-1}\int_0^\kappa \langle x^2\rangle(\kappa')\,d\kappa'` of one state.

    Parameters
    ----------
    coordinates, stiffnesses : (N,) array_like
        x_i and κ_i.
    limits : (m,) array_like
        κ, in any order.

    Raises
    ------
    InputError
        If the arrays do not fit each other or hold anything but finite numbers.
    """
    x, kappa = np.asarray(coordinates, dtype=float), np.asarray(stiffnesses, dtype=float)
    at = np.atleast_1d(np.asarray(limits, dtype=float))
    if x.ndim != 1 or x.shape != kappa.shape or at.ndim != 1:
        raise InputError(
            f"coordinates and stiffnesses are arrays (N,) and limits (m,), found {x.shape}, {kappa.shape}, {at.shape}."
        )
    if not (np.isfinite(x).all() and np.isfinite(kappa).all() and np.isfinite(at).all()):
        raise InputError("coordinates, stiffnesses and limits must be finite numbers.")
    order = np.argsort(kappa, kind="stable")
    cumulated = np.concatenate([[0.0], np.cumsum(x[order] ** 2)])
    counts = np.searchsorted(kappa[order], at, side="right")
    return PartialAverages(at, counts, cumulated[counts])
