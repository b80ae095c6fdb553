"""Temperatures for parallel tempering, from the energy fluctuations of a few runs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq
from scipy.special import log_ndtr

from ..errors import InputError

MOST = 500  # temperatures


def gaussian_exchange_acceptance(cold: tuple[float, float, float], hot: tuple[float, float, float]) -> float:
    """Mean acceptance of exchanges between two temperatures with Gaussian energies.

    x = (1/T_a − 1/T_b)(U_a − U_b) is Gaussian with mean m and variance v; E[min(1, e^x)] = Φ(m/√v) + e^(m + v/2)
    Φ(−(m + v)/√v).

    Parameters
    ----------
    cold, hot : (temperature, mean energy, standard deviation of the energy)
        Of the total energy.
    """
    beta = 1 / cold[0] - 1 / hot[0]
    mean, deviation = beta * (cold[1] - hot[1]), abs(beta) * math.hypot(cold[2], hot[2])
    if deviation == 0:
        return math.exp(min(0.0, mean))
    upper = log_ndtr(-(mean + deviation**2) / deviation) + mean + deviation**2 / 2
    return float(math.exp(log_ndtr(mean / deviation)) + math.exp(upper))


def suggest_temperatures(
    measured: ArrayLike,
    mean_energy: ArrayLike,
    energy_deviation: ArrayLike,
    *,
    lowest: float,
    highest: float,
    acceptance: float = 0.3,
) -> NDArray[np.float64]:
    """Temperatures from ``lowest`` to ``highest`` with equal exchange acceptance of at least ``acceptance``.

    Mean energies are interpolated between the measured temperatures (monotonic cubics), the heat capacity
    deviation²/T² by lines; energies count as Gaussian, which at N = 1000 they are to a percent. The number of
    temperatures grows as √N.

    Parameters
    ----------
    measured, mean_energy, energy_deviation : array_like, shape (M,)
        Temperatures of short runs, ascending, M >= 2, and mean and standard deviation of the *total* energy there.
    lowest, highest : float
        Ends, within the measured range.
    acceptance : float
        In (0, 1); 0.2 to 0.4 suit.

    Returns
    -------
    ndarray, shape (K,)

    Raises
    ------
    InputError
        Arrays that do not fit, energies that do not rise with temperature, ends outside the measured range, or a
        ladder of more than 500 temperatures.
    """
    t, e, s = (np.asarray(array, dtype=np.float64) for array in (measured, mean_energy, energy_deviation))
    if t.ndim != 1 or t.size < 2 or not t.shape == e.shape == s.shape or not np.isfinite([t, e, s]).all():
        raise InputError(f"shapes {t.shape}, {e.shape}, {s.shape}; expected three finite equal (M,), M >= 2.")
    if t[0] <= 0 or not ((np.diff(t) > 0).all() and (np.diff(e) > 0).all() and (s > 0).all()):
        raise InputError("temperatures or mean energies do not ascend, or a deviation is not positive.")
    if not (t[0] <= lowest < highest <= t[-1]):
        raise InputError(
            f"ends {lowest} and {highest}; expected ascending within the measured range {t[0]:.4g} to {t[-1]:.4g}."
        )
    if not 0 < acceptance < 1:
        raise InputError(f"acceptance: expected a number between 0 and 1, found {acceptance}.")
    mean = PchipInterpolator(t, e)

    def known(temperature: float) -> tuple[float, float, float]:
        capacity = float(np.interp(temperature, t, (s / t) ** 2))
        return temperature, float(mean(temperature)), temperature * math.sqrt(capacity)

    def ladder(wanted: float) -> list[float]:
        """From the lowest upwards, as far as whole rungs reach."""
        found = [float(lowest)]
        while gaussian_exchange_acceptance(known(found[-1]), known(highest)) < wanted:
            cold = known(found[-1])
            found.append(
                float(brentq(lambda x, c=cold: gaussian_exchange_acceptance(c, known(x)) - wanted, cold[0], highest))
            )
            if len(found) > MOST:
                raise InputError(
                    f"more than {MOST} temperatures would be needed; expected a wider spacing or less range."
                )
        return found

    rungs = len(ladder(acceptance))
    # the last rung is shorter than the others: raise the acceptance until as many rungs end at the highest
    low, high = acceptance, 1 - 1e-9
    for _ in range(30):
        middle = 0.5 * (low + high)
        try:
            short = len(ladder(middle)) <= rungs
        except InputError:  # nearly 1: far too many
            short = False
        low, high = (middle, high) if short else (low, middle)
    return np.array([*ladder(low), float(highest)])
