"""Arrays given by a caller, taken in as float64 or refused in one sentence."""

from __future__ import annotations

import reprlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError


def number_array(name: str, values: ArrayLike, *, expected: str) -> NDArray[np.float64]:
    """Return a new float64 array of `values`, of their shape; the caller looks at their range.

    Parameters
    ----------
    name : str
        Plural noun of the argument, for the message.
    values : array
        Real numbers.
    expected : str
        What was hoped for, for the message.

    Raises
    ------
    InputError
        Anything but real numbers (text, complex numbers, nothing), or rows of different lengths.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):  # rows of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "biuf":
        raise InputError(f"{name} are {reprlib.repr(values)}, which is no array of real numbers; expected {expected}.")
    return np.array(array, dtype=np.float64)
