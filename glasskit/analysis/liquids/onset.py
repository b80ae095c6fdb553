"""Onset temperature: where the energy of inherent structures begins to fall with the parent temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed
from ..digits import with_digits
from ..per_glass import FloatArray

_LEAST = 5  # temperatures; three parameters


@dataclass(frozen=True)
class Onset:
    """Fit of e_IS(T_p) by a constant above the onset and a line in 1/T_p below it.

    Attributes
    ----------
    temperature, error : float
        T_onset and its standard deviation, over energies redrawn within their errors, enlarged by √(chi²/dof) where
        that is above 1.
    plateau : float
        e_IS above the onset.
    slope : float
        B in e_IS = plateau − B (1/T_p − 1/T_onset) below it [energy²].
    chi2 : float
    degrees_of_freedom : int
        Temperatures less three.
    temperatures, energy, energy_error : (T,) arrays
        What was fitted, temperatures ascending.
    resamples : int
    seed : int or None
        Of the redrawn energies; None where the caller passed a generator.
    """

    temperature: float
    error: float
    plateau: float
    slope: float
    chi2: float
    degrees_of_freedom: int
    temperatures: FloatArray
    energy: FloatArray
    energy_error: FloatArray
    resamples: int
    seed: int | None

    def curve(self, temperatures: ArrayLike) -> FloatArray:
        """e_IS of the fit at any temperatures."""
        beta = 1 / np.asarray(temperatures, dtype=np.float64)
        return self.plateau - self.slope * np.maximum(beta - 1 / self.temperature, 0)

    @property
    def text(self) -> str:
        """One sentence."""
        reduced = self.chi2 / self.degrees_of_freedom
        rough = "; the two lines are a rough picture, and the error is enlarged" if reduced > 1 else ""
        return (
            f"T_onset = {with_digits(self.temperature, self.error)}: e_IS = {self.plateau:.4f} above it and falls by "
            f"{self.slope:.3g} for each unit of 1/T_p below (chi²/dof = {reduced:.1f} with {self.degrees_of_freedom} "
            f"degrees of freedom{rough})."
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

    Least squares of e_IS(T) = e_0 − B max(0, 1/T − 1/T_onset): liquids above the onset explore the same inherent
    structures whatever their temperature, below it those of a Gaussian landscape lie deeper by B/T. A definition by a
    kink of two straight lines: the true crossover is smooth, and other definitions differ by some 10 %. For comparing
    models at equal depth T_p/T_onset the definition must only be the same for all.

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
        Fewer than five temperatures, or none on one side of the kink: measure hotter, or colder, liquids (``partial``:
        Onset of the fit, ``resamples`` 0).

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
            f"{temperature.size} temperatures; an onset with three parameters needs at least {_LEAST}."
        )
    order = np.argsort(temperature)
    temperature, value, error = temperature[order], value[order], error[order]
    generator, seed = generator_and_seed(rng)
    beta = 1 / temperature
    kink, plateau, slope, chi2 = _fit(beta, value, error)
    freedom = temperature.size - 3
    fit = Onset(1 / kink, 0.0, plateau, slope, chi2, freedom, temperature, value, error, 0, seed)
    colder, hotter = int(np.sum(temperature < fit.temperature)), int(np.sum(temperature > fit.temperature))
    if slope <= 0 or colder < 2 or hotter < 2:
        raise InsufficientDataError(
            f"the best kink, at T = {fit.temperature:.3g}, has {colder} temperatures below and {hotter} above it and a "
            f"slope of {slope:.3g}; an onset needs two on either side and energies that fall: measure more of them.",
            fit,
        )
    drawn = fit.curve(temperature) + error * generator.standard_normal((resamples, temperature.size))
    kinks = np.array([_fit(beta, row, error)[0] for row in drawn])
    spread = float(np.std(1 / kinks, ddof=1)) * math.sqrt(max(1.0, chi2 / freedom))
    return Onset(1 / kink, spread, plateau, slope, chi2, freedom, temperature, value, error, resamples, seed)


def _fit(beta: FloatArray, value: FloatArray, error: FloatArray) -> tuple[float, float, float, float]:
    """Kink in 1/T, plateau, slope and chi²: linear but for the kink, which is sought between all temperatures."""

    def solved(kink: float) -> tuple[float, float, float]:
        design = np.stack([np.ones_like(beta), -np.maximum(beta - kink, 0)], axis=1) / error[:, None]
        (plateau, slope), *_ = np.linalg.lstsq(design, value / error, rcond=None)
        return float(np.sum((design @ [plateau, slope] - value / error) ** 2)), float(plateau), float(slope)

    # chi² is smooth between two temperatures and may have a minimum in each interval
    edges = np.sort(beta)
    best = min(
        (
            minimize_scalar(lambda kink: solved(kink)[0], bounds=(low, high), method="bounded", options={"xatol": 1e-9})
            for low, high in pairwise(edges)
        ),
        key=lambda found: found.fun,
    )
    chi2, plateau, slope = solved(float(best.x))
    return float(best.x), plateau, slope, chi2
