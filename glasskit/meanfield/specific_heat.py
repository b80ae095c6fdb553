"""Low-temperature specific heat of a list of harmonic frequencies: T^(s+1) where D(omega) ~ omega^s."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .inputs import number_array

_CHUNK = 1_000_000  # entries of a block of temperatures × frequencies


def specific_heat(frequencies: ArrayLike, temperature: ArrayLike) -> NDArray[np.float64]:
    """Return C(T) = Σ x² eˣ/(eˣ − 1)², x = omega/T, of quantum harmonic oscillators (hbar = k_B = 1).

    Parameters
    ----------
    frequencies : (n,) array
        omega > 0 of all modes; divide C by n for the specific heat per mode.
    temperature : array
        T > 0, of any shape.

    Returns
    -------
    array of the shape of ``temperature``
        Between 0 and n. Modes above about 700 T contribute nothing.

    Raises
    ------
    InputError
        Frequencies or temperatures that are no positive, finite numbers, or none; frequencies that are no list.

    References
    ----------
    Lerner and Bouchbinder, J. Chem. Phys. 155, 200901 (2021), Sec. V.
    """
    omega = number_array("frequencies", frequencies, expected="a list of numbers > 0, one per mode")
    t = number_array("temperatures", temperature, expected="one or more numbers > 0")
    for name, values in (("frequencies", omega), ("temperature", t)):
        if values.size == 0 or not (np.isfinite(values).all() and (values > 0).all()):
            raise InputError(f"{name} holds {values.size} values, some not positive and finite, or none; expected > 0.")
    if omega.ndim != 1:
        raise InputError(f"frequencies have shape {omega.shape}; expected a list, one number per mode.")
    rows = max(1, _CHUNK // len(omega))
    flat = t.ravel()
    blocks = [_sum_of_modes(omega, flat[i : i + rows]) for i in range(0, len(flat), rows)]
    return np.concatenate(blocks).reshape(t.shape)


def _sum_of_modes(omega: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.minimum(omega / t[:, None], 1400.0)  # beyond, exp(−x) is 0 and x² must not overflow
    return np.asarray((np.exp(-x) * (x / np.expm1(-x)) ** 2).sum(axis=1), dtype=np.float64)
