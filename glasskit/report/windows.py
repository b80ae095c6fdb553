"""The exponent in a set of frequency windows, with what it would cost to know it better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..analysis.exponents.edge import is_edge
from ..analysis.exponents.fit import ExponentFit, fit_exponent
from ..analysis.exponents.planning import glasses_for_error, glasses_to_distinguish
from ..errors import InputError, InsufficientDataError
from .measured import Refused, attempt, with_error

TABLE_WINDOWS = (0.6, 0.7, 0.8, 1.0)
"""Upper ends of the windows in the table [frequency]; the lowest phonon of the tapered model at N = 1000 is at 1.5."""

SCAN = tuple(float(edge) for edge in np.round(np.arange(0.40, 1.201, 0.05), 2))
"""Upper ends at which s is drawn; those of the table are among them."""

WANTED_ERROR = 0.25
EXPONENTS = (3.0, 4.0)
"""The two exponents to be told apart: at odds of 1000 to 1, in half of all repetitions."""


@dataclass(frozen=True)
class Window:
    """The exponent from all modes with 0 < omega < ``upper``.

    Attributes
    ----------
    upper : float
    modes : int or Refused
        Modes in the window, in all glasses; refused where the window is not complete.
    fit : ExponentFit or Refused
    for_error, to_distinguish : int or Refused
        Glasses of this recipe needed for s ± ``WANTED_ERROR``, and to tell ``EXPONENTS`` apart.
    """

    upper: float
    modes: int | Refused
    fit: ExponentFit | Refused
    for_error: int | Refused
    to_distinguish: int | Refused

    @property
    def edge(self) -> bool:
        """Whether the modes in the window are the edge of a gap, so that s is no exponent of a power law."""
        return isinstance(self.fit, ExponentFit) and is_edge(self.fit)


def edge_text(fit: ExponentFit) -> str:
    """Say in place of an exponent that the modes are the edge of a gap, with the number a power law would have."""
    return f"no s: edge of a gap (as a power law {with_error(fit.s, fit.error)})"


def exponent_text(fit: ExponentFit | Refused) -> str:
    """Return s with its error as a cell of a table; "edge" where the window holds the edge of a gap."""
    if isinstance(fit, Refused):
        return "not known"
    return "edge" if is_edge(fit) else with_error(fit.s, fit.error)


def measure_window(frequencies: Sequence[ArrayLike], upper: float, complete_below: ArrayLike) -> Window:
    """Fit one window; what cannot be said is refused in a sentence."""
    try:
        fit = fit_exponent(frequencies, upper, complete_below=complete_below)
    except InputError as error:
        reason = Refused(str(error))
        return Window(upper, reason, reason, reason, reason)
    except InsufficientDataError as error:
        reason, found = Refused(str(error)), error.partial
        cost = attempt(_cost, found.modes_per_glass)
        return Window(upper, found.count, reason, reason, cost)
    return Window(upper, fit.count, fit, glasses_for_error(fit, WANTED_ERROR), _cost(fit.modes_per_glass))


def _cost(modes_per_glass: float) -> int:
    return glasses_to_distinguish(modes_per_glass, first=EXPONENTS[0], second=EXPONENTS[1])


def scan(frequencies: Sequence[ArrayLike], complete_below: ArrayLike) -> tuple[Window, ...]:
    """Fit all windows of table and scan, ascending; those of the scan that are not complete are left out."""
    known = float(np.min(complete_below))
    edges = sorted({*TABLE_WINDOWS, *(edge for edge in SCAN if edge <= known)})
    return tuple(measure_window(frequencies, upper, complete_below) for upper in edges)
