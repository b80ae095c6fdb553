"""Windows of frequency for curves without phonons: by the number of modes that they hold.

The end of a window is the frequency of the first mode that is not in it. Depths below an order statistic are
distributed as below a fixed frequency, so the exponent keeps its value and its error; the fractions are the same for
every curve, and none of them is chosen by what it gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...analysis.exponents.prefactor import QuarticPrefactor, quartic_prefactor
from ...errors import InputError
from ..measured import Refused
from ..windows import Window, measure_window
from .curve import Array, OscillatorCurve
from .words import attempt, in_instances

FRACTIONS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
"""Fractions of all modes of a curve in the windows of the table."""

SCAN = tuple(10 ** (-k / 6) for k in range(30, 7, -1))
"""Fractions at which s is drawn, from 1e-5 to 5 %: six in a decade."""

JUDGED_FRACTION, JUDGED_MODES = 1e-3, 1000
"""The window that is judged holds the lowest thousandth of all modes, or the lowest thousand where that is less: it
closes in on zero frequency as instances are added, and the error of s is then about 0.16."""


@dataclass(frozen=True)
class LowModes:
    """The lowest modes of all instances of a curve.

    Attributes
    ----------
    frequencies : list of (k_g,) arrays
        Those below ``end``, of every instance.
    pooled : (n,) array
        All of them, ascending.
    end : float
        Frequency below which all are known and given.
    total : int
        All modes of the good instances, N times their number.
    """

    frequencies: list[Array]
    pooled: Array
    end: float
    total: int

    def upper(self, modes: int) -> float:
        """End of the window that holds the lowest ``modes`` modes.

        Raises
        ------
        InputError
            If the next mode is not known.
        """
        if modes >= self.pooled.size:
            raise InputError(
                f"{modes} modes of {self.total} are wanted, but only {self.pooled.size} lie below {self.end:.4g}, up "
                "to which every instance is complete: ask for more modes of the spectrum."
            )
        return float(self.pooled[modes])


@dataclass(frozen=True)
class FractionWindow:
    """The exponent, and the prefactor at s = 4, from the lowest ``fraction`` of all modes.

    Attributes
    ----------
    fraction : float
    window : Window or Refused
        Refused where its end is not known.
    prefactor : QuarticPrefactor or Refused
    """

    fraction: float
    window: Window | Refused
    prefactor: QuarticPrefactor | Refused


def low_modes(curve: OscillatorCurve) -> LowModes:
    """Return the modes that the windows need.

    Raises
    ------
    InputError
        For frequencies that are not positive.
    """
    known, total = curve.known, curve.size * curve.instances
    frequencies = [omega[omega < known] for omega in curve.frequencies()]
    pooled = np.concatenate(frequencies)
    needed = _modes(max(*FRACTIONS, *SCAN), total) + 1
    if needed >= pooled.size:
        return LowModes(frequencies, np.sort(pooled), known, total)
    pooled = np.sort(np.partition(pooled, needed - 1)[:needed])
    end = float(np.nextafter(pooled[-1], np.inf))
    return LowModes([omega[omega < end] for omega in frequencies], pooled, end, total)


def _modes(fraction: float, total: int) -> int:
    return int(fraction * total * (1 + 1e-12))  # 3e-4 of 10,000 is 3, not 2.9999999999999996


def judged_modes(total: int) -> int:
    """Modes in the window that is judged, of ``total`` in all instances."""
    return min(JUDGED_MODES, _modes(JUDGED_FRACTION, total))


def judged_upper(low: LowModes) -> tuple[float, str]:
    """Return the end of the window that is judged, and how it came about."""
    modes = judged_modes(low.total)
    if modes >= low.pooled.size:
        return low.end, "up to which all modes are known"
    return low.upper(modes), f"the lowest {modes} of {low.total} modes"


def measure_fraction(curve: OscillatorCurve, low: LowModes, fraction: float) -> FractionWindow:
    """Fit one window; what cannot be said is refused in a sentence."""
    upper = attempt(low.upper, _modes(fraction, low.total))
    if isinstance(upper, Refused):
        return FractionWindow(fraction, upper, upper)
    known = curve.ensemble.complete_below
    found = measure_window(low.frequencies, upper, known)
    worded = replace(
        found,
        **{  # type: ignore[arg-type]  # only fields that may be refused
            name: Refused(in_instances(value.reason))
            for name, value in vars(found).items()
            if isinstance(value, Refused)
        },
    )
    prefactor = attempt(quartic_prefactor, low.frequencies, upper, modes_total=curve.size, complete_below=known)
    return FractionWindow(fraction, worded, prefactor)
