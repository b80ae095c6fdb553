"""The modes of an ensemble below one frequency: what every estimate of an exponent starts from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..per_glass import FloatArray, IntArray, PerGlass, flatten_per_glass, require_complete


@dataclass(frozen=True, eq=False)
class ModeWindow:
    """All modes with 0 < omega < ``upper``, each by its depth ln(upper/omega) below the end of the window.

    A rate C·omega^s makes the depths exponential with mean 1/(s+1), whatever ``upper`` is.

    Attributes
    ----------
    upper : float
        End of the window [frequency].
    depth : (n,) array
        ln(upper/omega) > 0, in the order of the glasses.
    glass : (n,) array of int
        The glass each mode belongs to.
    glasses : int
        Glasses, those without a mode in the window included.
    """

    upper: float
    depth: FloatArray
    glass: IntArray
    glasses: int

    @property
    def count(self) -> int:
        """Modes in the window, in all glasses together."""
        return self.depth.size

    def per_glass(self, value: FloatArray | None = None) -> FloatArray:
        """Sum over each glass of one number per mode, shape (glasses,); without ``value`` the number of modes."""
        return np.bincount(self.glass, weights=value, minlength=self.glasses).astype(np.float64)


def require_window(upper: float) -> float:
    """Return the end of a window, or refuse it unless it is positive and finite.

    Raises
    ------
    InputError
        Zero, negative, NaN or infinite.
    """
    if not (math.isfinite(upper) and upper > 0):
        raise InputError(f"upper is {upper}; expected a positive frequency.")
    return float(upper)


def require_positive(frequencies: PerGlass) -> PerGlass:
    """Return the frequencies of an ensemble, or refuse them if one is zero or negative.

    Raises
    ------
    InputError
        A frequency that is zero or negative.
    """
    if frequencies.value.size and frequencies.value.min() <= 0:
        glass = int(frequencies.glass[frequencies.value.argmin()])
        raise InputError(
            f"glass {glass} has the frequency {frequencies.value.min():g}; expected positive frequencies only: "
            "leave out zero modes, and glasses that are not in a minimum."
        )
    return frequencies


def mode_window(
    frequencies_per_glass: Sequence[ArrayLike], upper: float, *, complete_below: ArrayLike | None = None
) -> ModeWindow:
    """Take the modes below ``upper`` from the frequencies of all glasses, after every check.

    Parameters
    ----------
    frequencies_per_glass : sequence of (k_g,) arrays
        Frequencies of each glass, zero modes excluded; an empty array is a glass without soft modes and counts.
    upper : float
        End of the window; modes at or above it are left out.
    complete_below : float or (glasses,) array, optional
        Frequency below which all modes were proved present; a window that reaches above it is refused.

    Raises
    ------
    InputError
        No glass, frequencies that are not positive and finite, a window that is not positive or not complete.
    """
    upper = require_window(upper)
    frequencies = require_positive(flatten_per_glass(frequencies_per_glass, what="frequencies"))
    require_complete(upper, complete_below, frequencies.glasses)
    return window_of(frequencies, upper)


def window_of(frequencies: PerGlass, upper: float) -> ModeWindow:
    """Return the modes below ``upper`` of frequencies that were checked before."""
    inside = frequencies.value < upper
    depth = np.log(upper / frequencies.value[inside])
    return ModeWindow(upper, depth, frequencies.glass[inside], frequencies.glasses)


def upper_to_the(k: float, upper: float, partial: Any) -> float:
    """``upper``^k, the unit of the prefactor of a rate ~ omega^(k − 1).

    Raises
    ------
    InsufficientDataError
        Where float64 cannot hold it, k being in the hundreds: the modes begin at an edge close to ``upper``.
    """
    if abs(k * math.log(upper)) > 700:
        raise InsufficientDataError(
            f"the modes lie so close to the end of the window, {upper:g}, that omega^{k - 1:.0f} fits them best: a gap "
            "with an edge, not a power law. Take a window that reaches further above the edge.",
            partial,
        )
    return float(upper**k)
