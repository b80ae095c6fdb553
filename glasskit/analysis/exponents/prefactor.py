"""The prefactor A_g of the quartic law D(omega) = A_g omega^4, per mode and in microscopic units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..bootstrap import bootstrap_mean
from .fit import ModesInWindow
from .mode_window import mode_window


@dataclass(frozen=True, kw_only=True)
class QuarticPrefactor(ModesInWindow):
    """A_g from the number of modes below ``upper``, with s = 4 taken for granted.

    Attributes
    ----------
    value, error : float
        A_g [1/frequency^5], D normalised to 1 over ``modes_total`` modes; its standard deviation over glasses.
    reduced, reduced_error : float or None
        A_g·omega_0^5, where omega_0 was given.
    modes_total : int
        Modes of a glass, dN − d.
    omega_0 : float or None
        c_T/a_0 of the model [frequency].
    """

    value: float
    error: float
    reduced: float | None
    reduced_error: float | None
    modes_total: int
    omega_0: float | None


def quartic_prefactor(
    frequencies_per_glass: Sequence[ArrayLike],
    upper: float,
    *,
    modes_total: int,
    omega_0: float | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
    complete_below: ArrayLike | None = None,
) -> QuarticPrefactor:
    """Prefactor A_g = 5n/(G·modes_total·upper^5) of D(omega) = A_g omega^4, from n modes below ``upper`` in G glasses.

    It is the maximum of the likelihood at s = 4, and means nothing where s = 4 is not what the modes follow.

    Parameters
    ----------
    frequencies_per_glass, upper, rng, resamples, complete_below
        As in ``fit_exponent``.
    modes_total : int
        dN − d: all modes of a glass but the translations.
    omega_0 : float, optional
        c_T/a_0 with a_0 = (V/N)^(1/d), of the model at infinite parent temperature.

    Raises
    ------
    InputError
        As in ``fit_exponent``; fewer modes in total than in a window, an omega_0 that is not positive.
    InsufficientDataError
        No mode in the window or fewer than 2 glasses (``partial``: ModesInWindow).

    References
    ----------
    Kapteijns, Richard and Lerner, Phys. Rev. E 101, 032130 (2020), units of section II.
    """
    window = mode_window(frequencies_per_glass, upper, complete_below=complete_below)
    count_g = window.per_glass()
    if not modes_total >= max(count_g.max(), 1):
        raise InputError(
            f"modes_total is {modes_total}, but a glass has {count_g.max():.0f} modes below {window.upper:g}; expected "
            "all modes of a glass, dN − d."
        )
    if omega_0 is not None and not (omega_0 > 0 and np.isfinite(omega_0)):
        raise InputError(f"omega_0 is {omega_0}; expected a positive frequency.")
    if window.count == 0 or window.glasses < 2:
        raise InsufficientDataError(
            f"{window.count} modes below {window.upper:g} in {window.glasses} glasses; a prefactor with an error needs "
            "a mode and two glasses: make more glasses.",
            ModesInWindow(upper=window.upper, count=window.count, glasses=window.glasses),
        )
    mean = bootstrap_mean(count_g, rng=rng, resamples=resamples)
    unit = 5 / (modes_total * window.upper**5)
    scale = None if omega_0 is None else omega_0**5
    return QuarticPrefactor(
        upper=window.upper,
        count=window.count,
        glasses=window.glasses,
        value=unit * mean.value,
        error=unit * mean.error,
        reduced=None if scale is None else unit * mean.value * scale,
        reduced_error=None if scale is None else unit * mean.error * scale,
        modes_total=int(modes_total),
        omega_0=omega_0,
    )
