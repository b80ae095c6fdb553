"""The door of this folder: one number per glass and quantity, checked together."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..per_glass import FloatArray, require_glasses

LEAST_GLASSES = 10
"""Glasses below which no slope is given: at 10 the mean bootstrap error is about a tenth off the true one."""


def one_per_glass(
    *, positive: Collection[str] = (), nonzero: Collection[str] = (), least: int = 2, **quantities: ArrayLike
) -> tuple[FloatArray, ...]:
    """Quantities of an ensemble as float64 arrays of equal length, in the order given.

    Parameters
    ----------
    positive : collection of str
        Names of those that must be above zero.
    nonzero : collection of str
        Names of those that may have either sign, but not be zero.
    least : int
        Glasses needed.
    **quantities : (G,) arrays

    Raises
    ------
    InputError
        No glass, another rank than 1, unequal lengths, NaN or infinity, zero or less where that has no meaning.
    InsufficientDataError
        Fewer glasses than are needed.
    """
    arrays = {}
    for name, values in quantities.items():
        try:
            array = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"{name}: not numbers ({error}); expected one float per glass.") from error
        if array.ndim != 1:
            raise InputError(f"{name} has shape {array.shape}; expected one number per glass, shape (G,).")
        arrays[name] = array
    lengths = {name: array.size for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {size}" for name, size in lengths.items())
        raise InputError(
            f"the quantities are of different numbers of glasses: {found}; expected one of each per glass."
        )
    glasses = next(iter(lengths.values()))
    if glasses == 0:
        raise InputError(f"the ensemble is empty: {', '.join(arrays)} of at least {least} glasses are needed.")
    for name, array in arrays.items():
        bad = ~np.isfinite(array)
        if bad.any():
            raise InputError(
                f"{name} of glass {int(bad.argmax())} is NaN or infinite; leave glasses without that mode out, of all "
                "quantities, and count them."
            )
        low = array <= 0
        if name in positive and low.any():
            glass = int(low.argmax())
            raise InputError(f"{name} of glass {glass} is {array[glass]:g}; expected a number above zero.")
        if name in nonzero and (array == 0).any():
            raise InputError(f"{name} of glass {int((array == 0).argmax())} is zero; expected a number of either sign.")
    require_glasses(glasses)
    if glasses < least:
        raise InsufficientDataError(f"{glasses} glasses; at least {least} are needed here: make more.")
    return tuple(arrays.values())
