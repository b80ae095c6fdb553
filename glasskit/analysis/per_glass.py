"""The door of this room: ragged per-glass arrays, checked once and flattened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, InsufficientDataError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class PerGlass:
    """All values of an ensemble in one array, each with the index of its glass.

    Attributes
    ----------
    value : (M,) float64
        The values of glass 0, then of glass 1, and so on.
    glass : (M,) int64
        The glass each value belongs to.
    glasses : int
        Number of glasses, those without any value included.
    """

    value: FloatArray
    glass: IntArray
    glasses: int

    def counts(self, mask: NDArray[np.bool_] | None = None) -> IntArray:
        """Number of values in each glass, shape (glasses,), of those in ``mask`` where one is given."""
        glass = self.glass if mask is None else self.glass[mask]
        return np.bincount(glass, minlength=self.glasses)

    def sums(self, value: FloatArray, mask: NDArray[np.bool_] | None = None) -> FloatArray:
        """Sum over each glass of ``value``, one number per entry (per entry in ``mask`` where one is given)."""
        glass = self.glass if mask is None else self.glass[mask]
        return np.asarray(np.bincount(glass, weights=value, minlength=self.glasses), dtype=np.float64)


def one_glass(values: ArrayLike, index: int, *, what: str) -> FloatArray:
    """Return the values of glass ``index`` as a float64 array of rank 1 without NaN or infinity, or refuse them.

    Raises
    ------
    InputError
        Not numbers, not rank 1, or not finite.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{what} of glass {index} are not numbers ({error}); expected a 1-D array of floats."
        ) from error
    if array.ndim != 1:
        raise InputError(
            f"{what} of glass {index} have shape {array.shape}; expected a sequence with one 1-D array per glass."
        )
    if not np.isfinite(array).all():
        raise InputError(f"{what} of glass {index} contain NaN or infinity; leave failed glasses out and count them.")
    return array


def flatten_per_glass(values_per_glass: Sequence[ArrayLike], *, what: str) -> PerGlass:
    """Check a sequence of per-glass arrays and put them end to end.

    Parameters
    ----------
    values_per_glass : sequence of (k_g,) arrays
        One array per glass, of any length; an empty one is a glass with nothing to show.
    what : str
        Plural name of the values, for messages.

    Raises
    ------
    InputError
        No glass at all, or a glass whose values are not a finite array of rank 1.
    """
    arrays = [
        values if _is_vector(values) else one_glass(values, index, what=what)
        for index, values in enumerate(values_per_glass)
    ]
    if not arrays:
        raise InputError(f"the ensemble is empty: {what} of at least one glass are needed.")
    value = np.concatenate(arrays)
    if not np.isfinite(value).all():  # looked at once: per glass it takes longer than most statistics
        for index, array in enumerate(arrays):
            one_glass(array, index, what=what)
    length_g = np.array([array.size for array in arrays])
    return PerGlass(value, np.repeat(np.arange(len(arrays)), length_g), len(arrays))


def _is_vector(values: object) -> TypeGuard[FloatArray]:
    return isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype == np.float64


def require_glasses(glasses: int, *, partial: object = None) -> None:
    """Refuse an error bar over fewer than two glasses.

    Raises
    ------
    InsufficientDataError
        Fewer than two glasses.
    """
    if glasses < 2:
        raise InsufficientDataError(
            f"an error bar over glasses needs at least 2 glasses, found {glasses}; make more glasses.", partial
        )


def require_complete(highest: float, complete_below: ArrayLike | None, glasses: int) -> None:
    """Refuse a window that reaches above the frequency below which all modes are known.

    Parameters
    ----------
    highest : float
        Upper end of the window.
    complete_below : float or (glasses,) array, optional
        Frequency below which all modes were proved present, per glass or for all; None: the caller vouches for it.
    glasses : int
        Number of glasses.

    Raises
    ------
    InputError
        A window that is not complete in every glass, or an array of the wrong length.
    """
    if complete_below is None:
        return
    known = np.asarray(complete_below, dtype=np.float64)
    if known.shape not in ((), (glasses,)):
        raise InputError(f"complete_below has shape {known.shape}; expected one number or one for each of {glasses}.")
    missing = ~(np.broadcast_to(known, (glasses,)) >= highest)
    if missing.any():
        raise InputError(
            f"the window reaches {highest:g} but in {int(missing.sum())} of {glasses} glasses the modes are complete "
            f"only below {float(np.broadcast_to(known, (glasses,))[missing].min()):g}; lower the window."
        )
