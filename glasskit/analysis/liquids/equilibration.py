"""Has a family of liquid runs come to equilibrium: drift between the halves, and a verdict in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student_t

from ...errors import InputError, InsufficientDataError
from ..digits import with_error
from ..per_glass import FloatArray, require_glasses
from .autocorrelation import LEAST_RELAXATION_TIMES, AutocorrelationTime, autocorrelation_time, check_series

DISCARDED_FRACTION = 0.2
"""Share of a run left out as its transient. After a quench from a random start the whole excess would sit in the
first half and condemn every run. In a run of 20 relaxation times an exponential excess A leaves 0.0023 A between the
halves of what is kept; in one of 5 relaxation times 0.14 A, which the test is there to see."""

SIGNIFICANCE = 0.0027
"""Two-sided probability below which a drift counts as seen: three standard deviations."""


@dataclass(frozen=True)
class HalfDrift:
    """Change of a quantity from the first half of the runs to the second, averaged over samples.

    Attributes
    ----------
    change, error : float
        Mean over samples of (mean of second half − mean of first half), and its standard error from the scatter
        between samples, which needs no assumption on correlations in time.
    z : float
        change/error.
    p_value : float
        Two-sided probability of such a z without drift: Student's t with samples − 1 degrees of freedom.
    bound : float
        abs(change) + error × the 97.5 % point of Student's t: the drift is not larger (95 % confidence).
    first_mean, second_mean : float
        Means of the halves.
    samples : int
    discarded : float
        Fraction of each run left out at its start.
    """

    change: float
    error: float
    z: float
    p_value: float
    bound: float
    first_mean: float
    second_mean: float
    samples: int
    discarded: float


@dataclass(frozen=True)
class EquilibrationVerdict:
    """What can be said about the equilibrium of one quantity.

    Attributes
    ----------
    state : "equilibrated", "not equilibrated" or "cannot tell"
    words : str
        The state with its reason and numbers.
    drift : HalfDrift
    relaxation : AutocorrelationTime
        Of the kept part of the runs; look at ``relaxation.reliable``: in runs that are too short it is too small.
    tolerance : float
        Drift between the halves that is accepted as immaterial.
    """

    state: Literal["equilibrated", "not equilibrated", "cannot tell"]
    words: str
    drift: HalfDrift
    relaxation: AutocorrelationTime
    tolerance: float


def half_drift(series: ArrayLike, *, discard: float = DISCARDED_FRACTION) -> HalfDrift:
    """Compare the first half of each run with the second, after leaving out a fraction ``discard`` at the start.

    Parameters
    ----------
    series : (samples, times) array
        One quantity in runs of one recipe, for example the potential energy per particle.
    discard : float
        Fraction left out, 0 <= discard < 1.

    Raises
    ------
    InputError
        Not such an array, fewer than 10 times kept, or a discard outside [0, 1).
    InsufficientDataError
        Fewer than two samples, or samples whose drifts are all the same to the last digits.
    """
    kept_gt = _kept(check_series(series), discard)
    samples, times = kept_gt.shape
    require_glasses(samples)
    half = times // 2
    first_g, second_g = kept_gt[:, :half].mean(axis=1), kept_gt[:, times - half :].mean(axis=1)
    change_g = second_g - first_g
    error = float(np.std(change_g, ddof=1)) / math.sqrt(samples)
    # copies of one run differ by the rounding of two means at most
    if error <= 4 * np.finfo(np.float64).eps * np.abs(kept_gt).max():
        raise InsufficientDataError(
            f"the {samples} samples all drift alike, so there is no scatter to judge by; expected independent runs."
        )
    change = float(change_g.mean())
    return HalfDrift(
        change=change,
        error=error,
        z=change / error,
        p_value=2 * float(student_t.sf(abs(change / error), samples - 1)),
        bound=abs(change) + error * float(student_t.ppf(0.975, samples - 1)),
        first_mean=float(first_g.mean()),
        second_mean=float(second_g.mean()),
        samples=samples,
        discarded=discard,
    )


def equilibration_verdict(
    series: ArrayLike,
    *,
    tolerance: float,
    name: str = "energy",
    spacing: float = 1.0,
    discard: float = DISCARDED_FRACTION,
) -> EquilibrationVerdict:
    """Judge whether one quantity is in equilibrium, with two criteria that are both reported.

    *Statistical*: is a drift between the halves seen at all (p < ``SIGNIFICANCE``)? *Material*: is it larger than
    ``tolerance``? With enough samples any drift is significant and with few samples none is; so

    - "not equilibrated": a drift is seen and exceeds the tolerance;
    - "equilibrated": the drift, with its 95 % confidence bound, is below the tolerance, seen or not, and the kept
      run is at least 20 relaxation times long;
    - "cannot tell": the run is shorter, or the samples are too few to bound the drift by the tolerance.

    Only slow changes that show in this quantity are judged: apply it to the energy and to the size fluctuation
    S_size(2π/L), which relaxes slowest.

    Parameters
    ----------
    series : (samples, times) array
        Equally spaced values in runs of one recipe.
    tolerance : float
        In units of the series. For the potential energy per particle, (de/dT)·ΔT with the error ΔT of temperature
        that one would accept: 0.003 is 1 % of T = 0.2 for the tapered inverse power law (de/dT = 1.6 near T = 0.4).
    name : str
        Name of the quantity, for the words.
    spacing : float
        Sweeps between two values.
    discard : float
        Fraction of each run left out at its start.

    Raises
    ------
    InputError
        Not such an array, a series that does not vary, or a tolerance or spacing that is not positive.
    InsufficientDataError
        Fewer than two samples, or copies of one run.
    """
    if not (math.isfinite(tolerance) and tolerance > 0):
        raise InputError(f"tolerance is {tolerance}; expected a positive drift in units of the series.")
    series_gt = check_series(series)
    drift = half_drift(series_gt, discard=discard)
    try:
        relaxation = autocorrelation_time(_kept(series_gt, discard), spacing=spacing)
    except InsufficientDataError as error:
        relaxation = error.partial
    state, words = _judge(name, drift, relaxation, tolerance)
    return EquilibrationVerdict(state, words, drift, relaxation, tolerance)


def _judge(
    name: str, drift: HalfDrift, relaxation: AutocorrelationTime, tolerance: float
) -> tuple[Literal["equilibrated", "not equilibrated", "cannot tell"], str]:
    measured = f"{with_error(drift.change, drift.error, sign=True)} (z = {drift.z:.1f})"
    seen = drift.p_value < SIGNIFICANCE
    if seen and abs(drift.change) > tolerance:
        return (
            "not equilibrated",
            f"not equilibrated: {name} drifts by {measured} between the halves, tolerance {tolerance:.2g}",
        )
    if not relaxation.reliable:
        return (
            "cannot tell",
            f"cannot tell: run is only {relaxation.relaxation_times:.0f} relaxation times of the {name}, at most; "
            f"{LEAST_RELAXATION_TIMES:g} are needed (drift {measured})",
        )
    if drift.bound > tolerance:
        return (
            "cannot tell",
            f"cannot tell: drift of the {name} {measured} is known only to be below {drift.bound:.2g}, "
            f"tolerance {tolerance:.2g}; make more or longer runs",
        )
    immaterial = ", seen but below it" if seen else ""
    return (
        "equilibrated",
        f"equilibrated: {name} drifts by {measured}, tolerance {tolerance:.2g}{immaterial}; "
        f"run is {relaxation.relaxation_times:.0f} relaxation times",
    )


def _kept(series_gt: FloatArray, discard: float) -> FloatArray:
    if not 0 <= discard < 1:
        raise InputError(f"discard is {discard}; expected a fraction between 0 and 1.")
    kept_gt = series_gt[:, round(discard * series_gt.shape[1]) :]
    if kept_gt.shape[1] < 10:
        raise InputError(f"{kept_gt.shape[1]} times are left after discarding; expected at least 10: record more.")
    return kept_gt
