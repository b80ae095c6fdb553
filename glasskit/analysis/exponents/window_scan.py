"""The exponent against the window: is there a plateau? All windows are resampled with the same glasses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma

from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses
from ..per_glass import FloatArray
from .fit import ExponentFit, ModesInWindow, point_estimate, require_two_glasses, with_errors
from .mode_window import mode_window, require_window

LEAST_MODES = 12
"""Windows with fewer modes are left out. Windows are not chosen by their error, which grows with s: that would leave
out the large values only."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowScan:
    """The exponent in windows that lie inside each other.

    Attributes
    ----------
    fits : tuple of ExponentFit
        By ascending ``upper``, at least two; errors are those of ``fit_exponent``.
    correlation_ww : (W, W) array
        Correlations of the estimates, from ensembles in which the same glasses were drawn for all windows.
    drift, drift_error : float
        Change of s from the smallest to the largest window by a straight line in upper², weighted by the number of
        modes, and its error with the correlations included.
    plateau : float
        Upper end of the widest window up to which the drift is within two errors; the smallest two windows always
        count as constant.
    left_out : tuple of ModesInWindow
        Windows with fewer than ``LEAST_MODES`` modes.
    """

    fits: tuple[ExponentFit, ...]
    correlation_ww: FloatArray
    drift: float
    drift_error: float
    plateau: float
    left_out: tuple[ModesInWindow, ...]

    @property
    def drifts(self) -> bool:
        """Whether s depends on the window beyond two errors: 5 % of constant exponents are called drifting."""
        return abs(self.drift) > 2 * self.drift_error


def scan_windows(
    frequencies_per_glass: Sequence[ArrayLike],
    uppers: Sequence[float],
    *,
    complete_below: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> WindowScan:
    """Fit the exponent in many windows and say whether it depends on the window.

    Estimates of nested windows share modes, so their differences are far more certain than their error bars suggest.
    The drift is the slope of ln k against upper², k = s+1: a correction C·omega^s (1 + b·omega²) shifts k in
    proportion to upper² at first. ln k is estimated by digamma(n) − ln Σy, without bias for independent modes.

    Parameters
    ----------
    frequencies_per_glass, complete_below, rng, resamples
        As in ``fit_exponent``.
    uppers : sequence of float
        Upper ends, in any order, all different.

    Raises
    ------
    InputError
        As in ``fit_exponent``; no window, or the same one twice.
    InsufficientDataError
        Fewer than two windows with ``LEAST_MODES`` modes (``partial``: tuple of ModesInWindow), or modes in fewer than
        two different glasses (``partial``: ExponentFit).
    """
    generator, seed = generator_and_seed(rng)
    ordered = sorted(require_window(upper) for upper in uppers)
    if not ordered or len(set(ordered)) < len(ordered):
        raise InputError(f"upper ends {ordered}; expected at least two, all different.")
    widest = mode_window(frequencies_per_glass, ordered[-1], complete_below=complete_below)
    found, sums = [], []
    for upper in ordered:
        shift = math.log(upper / widest.upper)
        inside = widest.depth > -shift
        glass = widest.glass[inside]
        count_g = np.bincount(glass, minlength=widest.glasses)
        depth_g = np.bincount(glass, weights=widest.depth[inside] + shift, minlength=widest.glasses)
        found.append(ModesInWindow(upper=upper, count=int(count_g.sum()), glasses=widest.glasses))
        sums.append(np.stack([count_g.astype(np.float64), depth_g], axis=1))
    kept = [j for j, window in enumerate(found) if window.count >= LEAST_MODES]
    if len(kept) < 2:
        raise InsufficientDataError(
            f"{len(kept)} of {len(found)} windows hold {LEAST_MODES} modes, the widest {found[-1].count}; a scan needs "
            "two: make more glasses or widen the windows.",
            tuple(found),
        )
    fits, change_rw = _resampled([sums[j] for j in kept], [found[j].upper for j in kept], generator, resamples, seed)
    total_w = np.array([sums[j][:, 1].sum() for j in kept])
    log_k_w = digamma([fit.count for fit in fits]) - np.log(total_w)
    drift, error = _drift(fits, log_k_w, change_rw)
    return WindowScan(
        fits=fits,
        correlation_ww=np.asarray(np.corrcoef(change_rw, rowvar=False)),
        drift=drift,
        drift_error=error,
        plateau=_plateau(fits, log_k_w, change_rw),
        left_out=tuple(window for window in found if window.count < LEAST_MODES),
    )


def windows_below(largest: float, count: int, *, number: int = 15) -> tuple[float, ...]:
    """Place upper ends in geometric progression below ``largest``, which holds ``count`` modes.

    The smallest would hold ``LEAST_MODES`` if s were 4; the fitted s is not asked, lest it choose its own windows.

    Raises
    ------
    InputError
        Fewer than 2 windows, or a largest that is not positive.
    """
    if number < 2:
        raise InputError(f"{number} windows; expected at least 2.")
    smallest = (LEAST_MODES / max(count, 2 * LEAST_MODES)) ** 0.2
    return tuple(float(upper) for upper in require_window(largest) * np.geomspace(smallest, 1, number))


def _resampled(
    sums: list[FloatArray], uppers: list[float], rng: np.random.Generator, resamples: int, seed: int | None
) -> tuple[tuple[ExponentFit, ...], FloatArray]:
    """Fits with errors, and the relative changes of k, (resamples, windows), with the same glasses in all windows."""
    points = [point_estimate(sum_g2, upper) for sum_g2, upper in zip(sums, uppers, strict=True)]
    for point, sum_g2 in zip(points, sums, strict=True):
        require_two_glasses(point, sum_g2)
    sum_rc = resample_glasses(np.concatenate(sums, axis=1), rng=rng, resamples=resamples)
    sum_rc = sum_rc[sum_rc[:, 0] > 0]  # a smallest window without modes: exp(−12) of the ensembles
    fits, changes = [], []
    for j, (point, sum_g2) in enumerate(zip(points, sums, strict=True)):
        fit, change_r = with_errors(point, sum_g2, sum_rc[:, 2 * j : 2 * j + 2], resamples=resamples, seed=seed)
        fits.append(fit)
        changes.append(change_r)
    return tuple(fits), np.stack(changes, axis=1)


def _drift(fits: Sequence[ExponentFit], log_k_w: FloatArray, change_rw: FloatArray) -> tuple[float, float]:
    """Change of s over the windows by the weighted line through ln k, and its error over resampled ensembles."""
    square_w = np.array([fit.upper**2 for fit in fits])
    weight_w = np.array([float(fit.count) for fit in fits])
    weight_w /= weight_w.sum()
    centred_w = square_w - weight_w @ square_w
    slope_w = weight_w * centred_w / (weight_w @ centred_w**2)  # slope = slope_w · ln k
    scale = (square_w[-1] - square_w[0]) * math.exp(float(weight_w @ log_k_w))
    return float(scale * (slope_w @ log_k_w)), float(scale * np.std(change_rw @ slope_w, ddof=1))


def _plateau(fits: Sequence[ExponentFit], log_k_w: FloatArray, change_rw: FloatArray) -> float:
    """Upper end of the widest window with a drift within two errors over it and all smaller ones."""
    for number in range(len(fits), 2, -1):
        drift, error = _drift(fits[:number], log_k_w[:number], change_rw[:, :number])
        if abs(drift) <= 2 * error:
            return fits[number - 1].upper
    return fits[1].upper
