"""Relaxation time of a time series: integrated autocorrelation time with automatic window and error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import irfft, next_fast_len, rfft

from ...errors import InputError, InsufficientDataError
from ..per_glass import FloatArray

LEAST_RELAXATION_TIMES = 20.0
"""Shortest acceptable chain, in relaxation times: the bias from the unknown mean is then below 2τ/T = 10 %."""

_WINDOW_FACTOR = 5.0  # leaves out exp(−5) of an exponential's area


@dataclass(frozen=True)
class AutocorrelationTime:
    """Integrated autocorrelation time of a family of chains.

    Attributes
    ----------
    time, error : float
        τ and its standard deviation, in the unit of ``spacing`` (sweeps). Chains decorrelate over about τ; a chain of
        length T holds T/(2τ) independent values.
    length : float
        Length of one chain in the same unit.
    samples : int
        Number of chains.
    window : float
        Lag at which the sum over the autocorrelation was cut.
    variance : float
        Variance of the series within a chain.
    """

    time: float
    error: float
    length: float
    samples: int
    window: float
    variance: float

    @property
    def relaxation_times(self) -> float:
        """Length of one chain in units of τ."""
        return self.length / self.time

    @property
    def reliable(self) -> bool:
        """Whether the chain is long enough for τ to be believed."""
        return self.relaxation_times >= LEAST_RELAXATION_TIMES


def check_series(series: ArrayLike) -> FloatArray:
    """Return a series as a (samples, times) array; one chain may be given as a (times,) array.

    Raises
    ------
    InputError
        Another rank, no sample, fewer than 10 times, or NaN or infinity.
    """
    series_gt = np.asarray(series, dtype=np.float64)
    if series_gt.ndim == 1:
        series_gt = series_gt[None, :]
    if series_gt.ndim != 2 or series_gt.shape[0] == 0:
        raise InputError(f"series has shape {np.shape(series)}; expected (samples, times).")
    if series_gt.shape[1] < 10:
        raise InputError(
            f"each run holds {series_gt.shape[1]} values of the series; expected at least 10 times: make longer runs."
        )
    if not np.isfinite(series_gt).all():
        raise InputError("series contains NaN or infinity; leave failed samples out and count them.")
    return series_gt


def autocorrelation(series: ArrayLike) -> tuple[FloatArray, float]:
    """Autocorrelation function of a family of chains, and the variance within a chain.

    ρ(t) = Γ(t)/Γ(0), Γ(t) the mean of δx(i)·δx(i+t) over i and over chains, δx the deviation from the mean of *its
    own* chain: samples may differ in their mean, as glasses of independently drawn sizes do.

    Parameters
    ----------
    series : (samples, times) or (times,) array

    Returns
    -------
    rho : (times,) array
        ρ(0) = 1. By FFT with zero padding.
    variance : float

    Raises
    ------
    InputError
        Not such an array, or a series that does not vary.
    """
    series_gt = check_series(series)
    times = series_gt.shape[1]
    deviation_gt = series_gt - series_gt.mean(axis=1, keepdims=True)
    padded = next_fast_len(2 * times, real=True)
    power = np.zeros(padded // 2 + 1)
    for deviation in deviation_gt:  # one by one: the padded transform of all chains may not fit in memory
        power += np.abs(rfft(deviation, padded)) ** 2
    gamma = irfft(power, padded)[:times] / (deviation_gt.shape[0] * np.arange(times, 0, -1))
    # below this the deviations are the rounding of the mean
    floor = np.finfo(np.float64).eps * np.abs(series_gt).max()
    if not gamma[0] > floor**2:
        raise InputError("series does not vary in time; a constant has no relaxation time.")
    return gamma / gamma[0], float(gamma[0])


def autocorrelation_time(series: ArrayLike, *, spacing: float = 1.0) -> AutocorrelationTime:
    """Integrated autocorrelation time τ = spacing·(½ + Σ_{t=1}^{W} ρ(t)).

    The window W is the smallest with W >= 5 τ(W) (Sokal). Subtracting the mean of a chain of n values lowers Γ(t) by
    2τΓ(0)/n at every lag; to first order this is undone by the factor 1 + (2W + 1 − 2τ)/n (after Wolff, who has one
    mean for all chains). The error is τ·√(4(W + ½ − τ)/(n·samples)), with τ in units of the spacing. For
    ρ = exp(−t/τ) with τ much longer than the spacing, τ is the relaxation time itself; white noise has ½ spacing.

    Parameters
    ----------
    series : (samples, times) or (times,) array
        Equally spaced values of chains of one recipe, in equilibrium: cut the transient off first.
    spacing : float
        Time between two values, in sweeps.

    Raises
    ------
    InputError
        Not such an array, a series that does not vary, or a spacing that is not positive.
    InsufficientDataError
        The chain is shorter than ``LEAST_RELAXATION_TIMES`` τ; ``partial`` is the estimate, which is then usually
        too small.

    References
    ----------
    A. D. Sokal, in Functional Integration (Plenum, 1997), p. 131, section 3 (window);
    U. Wolff, Comput. Phys. Commun. 156, 143 (2004) (error, correction for the mean).
    """
    if not (math.isfinite(spacing) and spacing > 0):
        raise InputError(f"spacing is {spacing}; expected a positive number of sweeps.")
    series_gt = check_series(series)
    samples, times = series_gt.shape
    rho, variance = autocorrelation(series_gt)
    # half a chain at most: beyond it ρ is noise, and its sum over all lags is -1/2 whatever the series
    tau_w = np.cumsum(rho[: times // 2]) - 0.5
    long_enough = np.arange(tau_w.size) >= _WINDOW_FACTOR * tau_w
    window = int(np.argmax(long_enough)) if long_enough.any() else tau_w.size - 1
    raw = float(tau_w[window])
    # anticorrelated series: the variance of a mean is never negative, so neither is τ
    steps = max(raw * (1 + (2 * window + 1 - 2 * raw) / times), 1e-3)
    error = steps * math.sqrt(4 * max(window + 0.5 - steps, 0.5) / (times * samples))
    estimate = AutocorrelationTime(
        time=steps * spacing,
        error=error * spacing,
        length=times * spacing,
        samples=samples,
        window=window * spacing,
        variance=variance,
    )
    if not estimate.reliable:
        raise InsufficientDataError(
            f"the chain is only {estimate.relaxation_times:.1f} relaxation times long (τ is at least about "
            f"{estimate.time:.3g}); expected {LEAST_RELAXATION_TIMES:g}: run longer.",
            estimate,
        )
    return estimate
