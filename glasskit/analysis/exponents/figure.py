"""The plateau plot of a verdict: s against the window, with the candidate exponents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...axes import HUES, axes_for
from ...errors import InsufficientDataError
from ..digits import with_error
from .fit import predicted_exponent
from .model_comparison import disputed_exponents

if TYPE_CHECKING:
    from .verdict import ExponentVerdict


def draw_plateau(verdict: ExponentVerdict, ax: Any | None = None) -> Any:
    """Draw s ± error against the end of the window, candidates as lines, the judged window, and the first phonon.

    Raises
    ------
    InsufficientDataError
        Too few modes for two windows (``partial``: as of the scan).
    """
    if isinstance(verdict.scan, InsufficientDataError):
        raise InsufficientDataError(str(verdict.scan), verdict.scan.partial)
    ax = axes_for(ax)
    fits = verdict.scan.fits
    upper = np.array([fit.upper for fit in fits])
    s, error = np.array([fit.s for fit in fits]), np.array([fit.error for fit in fits])
    ax.fill_between(upper, s - error, s + error, color=HUES[0], alpha=0.2, lw=0, label="± error over glasses")
    ax.plot(upper, s, "o-", color=HUES[0], ms=4, lw=1.2, label=r"$s$ of all modes below $\omega_c$")
    judged = verdict.fit
    ax.errorbar(
        [judged.upper], [judged.s], [judged.error], fmt="D", color=HUES[1], ms=6, capsize=3, zorder=4,
        label=f"judged window: {with_error(judged.s, judged.error)}",
    )  # fmt: skip
    low, high = _range(s, error, verdict)
    ax.set(
        xlabel=r"upper end of the window $\omega_c$", ylabel=r"exponent $s$", ylim=(low, high),
        title=f"{judged.count} modes below {judged.upper:.3g} in {judged.glasses} glasses",
    )  # fmt: skip
    _candidate_lines(ax, verdict, low, high)
    _correction_marker(ax, verdict, float(upper[0]))
    if verdict.first_phonon is not None and verdict.first_phonon < 1.3 * upper[-1]:
        ax.axvspan(verdict.first_phonon, 1.35 * upper[-1], color="0.9", zorder=0, label="above the first phonon")
        ax.set_xlim(right=1.02 * max(float(upper[-1]), verdict.first_phonon))
    ax.legend(loc="best", fontsize=8, edgecolor="none", framealpha=0.85)
    return ax


def _range(s: Any, error: Any, verdict: ExponentVerdict) -> tuple[float, float]:
    """Show all points and the exponents in question; the wide bands of the smallest windows may be cut."""
    near = error <= 3 * verdict.fit.error
    low = min(disputed_exponents(verdict.taper)[0], float((s - error)[near].min(initial=math.inf)), float(s.min()))
    high = max(disputed_exponents(verdict.taper)[-1], float((s + error)[near].max(initial=0.0)), float(s.max()))
    return low - 0.3, high + 0.3


def _candidate_lines(ax: Any, verdict: ExponentVerdict, low: float, high: float) -> None:
    """Draw candidates as thin lines with their names outside; disfavoured ones are paler."""
    prediction = None if verdict.taper is None else predicted_exponent(verdict.taper)
    for candidate in verdict.candidates:
        if not low < candidate < high:
            continue
        allowed = candidate in verdict.allowed
        name = f"{candidate:.3g}" + (" (3+2/m)" if candidate == prediction else "")
        ax.axhline(candidate, color="0.3" if allowed else "0.75", lw=1.0, ls=(0, (4, 3)), zorder=0.5)
        ax.annotate(
            name, (1.01, candidate), xycoords=("axes fraction", "data"), va="center", fontsize=8,
            color="0.2" if allowed else "0.65", annotation_clip=False,
        )  # fmt: skip


def _correction_marker(ax: Any, verdict: ExponentVerdict, left: float) -> None:
    """Mark s as omega → 0 of the corrected fit at the left edge of the scan, where there is one."""
    found = verdict.correction
    if isinstance(found, InsufficientDataError) or found.at_bound:
        return
    ax.errorbar(
        [0.97 * left], [found.s], [found.error], fmt="s", color=HUES[2], ms=5, capsize=3, markerfacecolor="white",
        label=rf"corrected, $\omega \to 0$: {with_error(found.s, found.error)}",
    )  # fmt: skip
