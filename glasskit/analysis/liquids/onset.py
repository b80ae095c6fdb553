"""Onset temperature: where the energy of inherent structures begins to fall with the parent temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed
from ..digits import with_digits
from ..per_glass import FloatArray

_LEAST = 6  # temperatures; four parameters
_SEEN = 3.0  # standard deviations by which the two slopes must differ


@dataclass(frozen=True)
class Onset:
    """Fit of e_IS(T_p) by two straight lines in 1/T_p that meet at the onset.

    Attributes
    ----------
    temperature, error : float
        T_onset and its standard deviation, over energies redrawn within their errors, enlarged by √(chi²/dof) where
        that is above 1.
    level : float
        e_IS at the onset.
    hot_slope, cold_slope : float
        B in e_IS = level − B (1/T_p − 1/T_onset) above and below it [energy²].
    bend, bend_error : float
        cold_slope − hot_slope, what makes it an onset, and its standard deviation at the kink found.
    chi2 : float
    degrees_of_freedom : int
        Temperatures less four.
    temperatures, energy, energy_error : (T,) arrays
        What was fitted, temperatures ascending.
    resamples : int
    seed : int or None
        Of the redrawn energies; None where the caller passed a generator.
    """

    temperature: float
    error: float
    level: float
    hot_slope: float
    cold_slope: float
    bend: float
    bend_error: float
    chi2: float
    degrees_of_freedom: int
    temperatures: FloatArray
    energy: FloatArray
    energy_error: FloatArray
    resamples: int
    seed: int | None

    def curve(self, temperatures: ArrayLike) -> FloatArray:
        """e_IS of the fit at any temperatures."""
        beyond = 1 / np.asarray(temperatures, dtype=np.float64) - 1 / self.temperature
        return self.level - np.where(beyond < 0, self.hot_slope, self.cold_slope) * beyond

    @property
    def text(self) -> str:
        """One sentence."""
        reduced = self.chi2 / self.degrees_of_freedom
        rough = "; the two lines are a rough picture, and the error is enlarged" if reduced > 1 else ""
        return (
            f"T_onset = {with_digits(self.temperature, self.error)}: for each unit of 1/T_p e_IS falls by "
            f"{self.hot_slope:.3g} above it and by {self.cold_slope:.3g} below (chi²/dof = {reduced:.1f} with "
            f"{self.degrees_of_freedom} degrees of freedom{rough})."
        )

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """e_IS against 1/T_p with error bars and the fit; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        beta = np.linspace(0.8 / self.temperatures[-1], 1.05 / self.temperatures[0], 400)
        ax.errorbar(1 / self.temperatures, self.energy, self.energy_error, fmt=marker, ms=4, color=color, label=label)
        ax.plot(beta, self.curve(1 / beta), color=color, lw=1)
        ax.axvline(1 / self.temperature, color=color, lw=0.8, ls=":")
        if fresh:
            ax.set(xlabel=r"inverse parent temperature $1/T_p$", ylabel=r"$e_{\rm IS}$")
        return ax


def onset_temperature(
    temperatures: ArrayLike,
    energy: ArrayLike,
    energy_error: ArrayLike,
    *,
    rng: np.random.Generator | None = None,
    resamples: int = 400,
) -> Onset:
    """Onset temperature from mean energies of inherent structures at several parent temperatures.

    Least squares of e_IS(T) = e_0 − B (1/T − 1/T_onset), with one B above the onset and a larger one below: far above
    it liquids explore inherent structures that hardly depend on their temperature, below it those of a Gaussian
    landscape lie deeper by B/T. A definition by a kink of two straight lines: the true crossover is smooth, and other
    definitions differ by some 10 %. For comparing models at equal depth T_p/T_onset the definition must only be the
    same for all; ratios of T_onset between models of one kind are known better from `energy_scales`.

    Parameters
    ----------
    temperatures : (T,) array
        Parent temperatures, all different, of liquids in equilibrium [energy]. Out-of-equilibrium points at low T lie
        too high and bias T_onset.
    energy, energy_error : (T,) arrays
        Mean e_IS per particle and its standard error.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Sets of energies drawn for the error.

    Raises
    ------
    InputError
        Arrays that do not match, temperatures or errors that are not positive.
    InsufficientDataError
        Fewer than six temperatures, fewer than two on one side of the kink, or slopes that do not differ by three
        standard deviations: measure hotter, colder, or more (``partial``: Onset of the fit, ``resamples`` 0).

    References
    ----------
    S. Sastry, P. G. Debenedetti, F. H. Stillinger, Nature 393, 554 (1998), Fig. 1; A. Heuer, J. Phys.: Condens. Matter
    20, 373101 (2008), section 3 for the Gaussian landscape.
    """
    temperature, value, error = (np.asarray(x, dtype=np.float64) for x in (temperatures, energy, energy_error))
    if temperature.ndim != 1 or not temperature.shape == value.shape == error.shape:
        raise InputError(
            f"temperatures, energy and energy_error have shapes {temperature.shape}, {value.shape}, {error.shape}; "
            "expected three arrays of one length."
        )
    if not (np.isfinite([temperature, value, error]).all() and (temperature > 0).all() and (error > 0).all()):
        raise InputError("temperatures and errors must be positive, and all numbers finite.")
    if np.unique(temperature).size != temperature.size:
        raise InputError("a temperature is given twice; expected one mean energy for each.")
    if temperature.size < _LEAST:
        raise InsufficientDataError(
            f"{temperature.size} temperatures; an onset with four parameters needs at least {_LEAST}."
        )
    order = np.argsort(temperature)
    temperature, value, error = temperature[order], value[order], error[order]
    generator, seed = generator_and_seed(rng)
    beta = 1 / temperature
    freedom = temperature.size - 4
    kink, level, hot, bend, bend_error, chi2 = (float(x) for x in _fits(beta, value[None], error)[:, 0])
    fit = Onset(
        1 / kink, 0.0, level, hot, hot + bend, bend, bend_error, chi2, freedom, temperature, value, error, 0, seed
    )
    colder, hotter = int(np.sum(temperature < fit.temperature)), int(np.sum(temperature > fit.temperature))
    if colder < 2 or hotter < 2 or fit.bend < _SEEN * fit.bend_error * math.sqrt(max(1.0, fit.chi2 / freedom)):
        raise InsufficientDataError(
            f"the best kink, at T = {fit.temperature:.3g}, has {colder} temperatures below and {hotter} above it, and "
            f"its slope grows by {with_digits(fit.bend, fit.bend_error)} there; an onset needs two on either side and "
            f"a growth of {_SEEN:g} errors: measure more temperatures, or more glasses.",
            fit,
        )
    drawn = fit.curve(temperature) + error * generator.standard_normal((resamples, temperature.size))
    spread = float(np.std(1 / _fits(beta, drawn, error)[0], ddof=1)) * math.sqrt(max(1.0, fit.chi2 / freedom))
    return replace(fit, error=spread, resamples=resamples)


def _fits(beta: FloatArray, value_rt: FloatArray, error: FloatArray) -> FloatArray:
    """Kink in 1/T, e_IS there, hot slope, bend, error of the bend and chi² of each row of energies, shape (6, R).

    With a given number of temperatures above the kink the two lines are fitted each for themselves, and the kink is
    where they meet. Where they meet outside their interval, the best kink inside it is one of its ends. So chi² is
    least at a meeting point or at a temperature; two temperatures at least stand on either side, ends included.
    """
    order = np.argsort(beta)  # hottest first
    beta, value_rt, weight = beta[order], value_rt[:, order], error[order] ** -2
    kinks = [np.broadcast_to(beta[1:-1], (len(value_rt), beta.size - 2))]
    for hot in range(2, beta.size - 1):
        level_1, rise_1 = _line(beta[:hot], value_rt[:, :hot], weight[:hot])
        level_2, rise_2 = _line(beta[hot:], value_rt[:, hot:], weight[hot:])
        with np.errstate(divide="ignore", invalid="ignore"):
            meeting_r = (level_1 - level_2) / (rise_2 - rise_1)
        meeting_r = np.nan_to_num(meeting_r, nan=beta[hot])  # two equal lines meet everywhere
        kinks.append(np.clip(meeting_r, beta[hot - 1], beta[hot])[:, None])
    kink_rk = np.concatenate(kinks, axis=1)
    beyond_rkt = beta - kink_rk[:, :, None]
    # e = level − hot (beta − kink) − bend max(0, beta − kink)
    design = np.stack([np.ones_like(beyond_rkt), -beyond_rkt, -np.maximum(beyond_rkt, 0.0)], axis=-1)
    normal = np.einsum("rktp,t,rktq->rkpq", design, weight, design)
    right = np.einsum("rktp,t,rt->rkp", design, weight, value_rt)
    solved_rkp = np.linalg.solve(normal, right[..., None])[..., 0]
    chi2_rk = (value_rt[:, None, :] - np.einsum("rktp,rkp->rkt", design, solved_rkp)) ** 2 @ weight
    best = np.arange(len(value_rt)), np.argmin(chi2_rk, axis=1)
    bend_error_r = np.sqrt(np.linalg.inv(normal[best])[:, 2, 2])
    return np.concatenate([[kink_rk[best]], solved_rkp[best].T, [bend_error_r, chi2_rk[best]]])


def _line(x: FloatArray, y_rt: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value at x = 0 and slope of the weighted least-squares line of each row."""
    middle = np.average(x, weights=weight)
    rise_r = y_rt @ (weight * (x - middle)) / (weight @ (x - middle) ** 2)
    return y_rt @ weight / weight.sum() - rise_r * middle, rise_r
