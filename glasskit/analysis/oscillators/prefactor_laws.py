"""A_g against the coupling: exponential below its maximum, a power above it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..digits import with_digits
from ..per_glass import FloatArray
from ..straight_line import LinearFit, linear_fit
from .crossover import log_covariance
from .displacement_ratios import UNCOUPLED

LARGEST_RELATIVE = 0.5  # error of A_g over A_g: the logarithm of a number less well known is not normal
_DOUBTFUL = 0.05  # probability of a chi² below which a law is said not to hold

WEAK_SLOPE = -1 / (2 * UNCOUPLED)
"""Slope of the weak law as J → 0: of exp(−h²/(2J²<x²>)) with <x²> = 2.7257 h^(4/3)/kappa_0 of uncoupled oscillators."""


@dataclass(frozen=True, eq=False)
class WeakLaw:
    """ln[kappa_0^(1/2) h^(2/3) J A_g] = intercept + slope · kappa_0 h^(2/3)/J².

    Attributes
    ----------
    slope, slope_error, intercept, intercept_error : float
        Standard deviations are enlarged by √(chi²/dof) where that is above 1.
    window : (float, float)
        Smallest and largest kappa_0 h^(2/3)/J² that was fitted.
    fit : LinearFit
    x, y, y_error : (K,) arrays
        All points, those outside the window included.
    inside : (K,) array of bool
    """

    slope: float
    slope_error: float
    intercept: float
    intercept_error: float
    window: tuple[float, float]
    fit: LinearFit = field(repr=False)
    x: FloatArray = field(repr=False)
    y: FloatArray = field(repr=False)
    y_error: FloatArray = field(repr=False)
    inside: NDArray[np.bool_] = field(repr=False)

    @property
    def p_value(self) -> float:
        """Probability of such deviations or larger ones, if the law holds."""
        return self.fit.p_value

    @property
    def summary(self) -> str:
        """Slope, and whether the points are on a line."""
        verdict = "" if self.p_value >= _DOUBTFUL else ": not a line within errors, which are enlarged"
        return (
            f"ln[kappa_0^(1/2) h^(2/3) J A_g] has the slope {with_digits(self.slope, self.slope_error)} in "
            f"kappa_0 h^(2/3)/J² between {self.window[0]:.3g} and {self.window[1]:.3g} ({int(self.inside.sum())} "
            f"points, chi²/dof = {self.fit.chi2:.2f}/{self.fit.degrees_of_freedom}, p = {self.p_value:.2g}{verdict}); "
            f"{WEAK_SLOPE:.4f} is that of J → 0."
        )

    def __str__(self) -> str:
        return self.summary

    def prefactor(self, coupling: ArrayLike, *, field: float, largest_stiffness: float) -> FloatArray:
        """Return A_g at couplings J, with |h| and kappa_0."""
        j, top = np.asarray(coupling, dtype=np.float64), abs(field) ** (2 / 3)
        exponent = self.intercept + self.slope * largest_stiffness * top / j**2
        return np.asarray(np.exp(exponent) / (math.sqrt(largest_stiffness) * top * j))

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """kappa_0^(1/2) h^(2/3) J A_g against kappa_0 h^(2/3)/J² with the line in its window; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        value = np.exp(self.y)
        for chosen, filling, text in ((self.inside, color, label), (~self.inside, "none", None)):
            if chosen.any():
                ax.errorbar(
                    self.x[chosen], value[chosen], value[chosen] * self.y_error[chosen], fmt="o", ms=4, lw=1,
                    color=color, mfc=filling, label=text,
                )  # fmt: skip
        ends = np.array(self.window)
        ax.plot(ends, np.exp(self.intercept + self.slope * ends), color=color, lw=1)
        if fresh:
            ax.set(
                yscale="log", xlabel=r"$\kappa_0 h^{2/3}/J^2$", ylabel=r"$\kappa_0^{1/2}\, h^{2/3} J A_g$",
            )  # fmt: skip
        return ax


def fit_weak_law(
    coupling: ArrayLike,
    prefactor: ArrayLike,
    error: ArrayLike,
    *,
    field: ArrayLike,
    largest_stiffness: ArrayLike,
    window: tuple[float, float],
) -> WeakLaw:
    r"""Fit :math:`\log[\kappa_0^{1/2} h^{2/3} J A_g] \sim -\kappa_0 h^{2/3}/J^2`, [R] Eq. (3).

    Parameters
    ----------
    coupling, prefactor, error : (K,) arrays
        J, A_g with its standard deviation (``quartic_prefactor`` with ``modes_total`` = N).
    field, largest_stiffness : float or (K,) array
        h and kappa_0.
    window : (float, float)
        kappa_0 h^(2/3)/J² from and to which points are fitted; the law is meant for J << J_x, large values.

    Raises
    ------
    InputError
        Arrays that do not match, or numbers that are not positive.
    InsufficientDataError
        Fewer than three points in the window, or one whose A_g is known to less than 50 %.
    """
    j, a, da = prefactor_points(coupling, prefactor, error)
    h = _positive_each(np.abs(np.asarray(field, dtype=np.float64)), j.size, "field")
    kappa = _positive_each(largest_stiffness, j.size, "largest_stiffness")
    x = kappa * h ** (2 / 3) / j**2
    y = np.log(np.sqrt(kappa) * h ** (2 / 3) * j * a)
    low, high = window
    if not 0 <= low < high:
        raise InputError(f"window is ({low}, {high}); expected two values of kappa_0 h^(2/3)/J², ascending.")
    inside = (x >= low) & (x <= high)
    if inside.sum() < 3:
        raise InsufficientDataError(
            f"{inside.sum()} points have kappa_0 h^(2/3)/J² between {low:g} and {high:g}; a line needs 3."
        )
    _require_known(j[inside], a[inside], da[inside])
    design = np.column_stack([np.ones(inside.sum()), x[inside]])
    fit = linear_fit(design, y[inside], np.diag((da / a)[inside] ** 2), what="the weak law of A_g")
    return WeakLaw(
        slope=float(fit.value[1]), slope_error=float(fit.error[1]), intercept=float(fit.value[0]),
        intercept_error=float(fit.error[0]), window=(float(x[inside].min()), float(x[inside].max())), fit=fit,
        x=x, y=y, y_error=da / a, inside=inside,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class IntermediateLaw:
    """kappa_0 omega_x³ A_g, one number if A_g ~ 1/(kappa_0 omega_x³).

    Attributes
    ----------
    constant, constant_error : float
        The number; its error is enlarged where the values differ.
    trend, trend_error : float or None
        Exponent of J that is left in it, 0 if the law holds; None for two points.
    fit : LinearFit
        Of the logarithms, by a constant.
    coupling, value, error : (K,) arrays
        The points.
    """

    constant: float
    constant_error: float
    trend: float | None
    trend_error: float | None
    fit: LinearFit = field(repr=False)
    coupling: FloatArray = field(repr=False)
    value: FloatArray = field(repr=False)
    error: FloatArray = field(repr=False)

    @property
    def p_value(self) -> float:
        """Probability of such differences or larger ones, if it is one number."""
        return self.fit.p_value

    @property
    def summary(self) -> str:
        """The number, and whether it is one."""
        verdict = "" if self.p_value >= _DOUBTFUL else ": not one number, errors are enlarged"
        left = ""
        if self.trend is not None and self.trend_error is not None:
            left = f"; it goes as J^{with_digits(self.trend, self.trend_error)}"
        return (
            f"kappa_0 omega_x³ A_g = {with_digits(self.constant, self.constant_error)} for J from "
            f"{self.coupling.min():.3g} to {self.coupling.max():.3g} (chi²/dof = {self.fit.chi2:.2f}/"
            f"{self.fit.degrees_of_freedom}, p = {self.p_value:.2g}{verdict}{left})."
        )

    def __str__(self) -> str:
        return self.summary

    def prefactor(self, omega_x: ArrayLike, *, largest_stiffness: float) -> FloatArray:
        """Return A_g where omega_x is that, with kappa_0."""
        return np.asarray(self.constant / (largest_stiffness * np.asarray(omega_x, dtype=np.float64) ** 3))

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """kappa_0 omega_x³ A_g against J with its mean; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.errorbar(self.coupling, self.value, self.error, fmt="o", ms=4, lw=1, color=color, label=label)
        ax.axhline(self.constant, color=color, lw=1)
        if fresh:
            ax.set(xscale="log", yscale="log", xlabel="$J$", ylabel=r"$\kappa_0\,\omega_x^3 A_g$")
        return ax


def fit_intermediate_law(
    coupling: ArrayLike,
    prefactor: ArrayLike,
    error: ArrayLike,
    *,
    omega_x: ArrayLike,
    omega_x_error: ArrayLike,
    largest_stiffness: ArrayLike,
) -> IntermediateLaw:
    """Test A_g ~ 1/(kappa_0 omega_x³), [R] Eq. (4), over ensembles with J_x << J << kappa_0.

    Parameters
    ----------
    coupling, prefactor, error : (K,) arrays
        J, A_g with its standard deviation.
    omega_x : (K,) array
    omega_x_error : (K,) or (K, K) array
        Standard deviations of omega_x, or the covariance of its logarithm, as ``Collapse.covariance`` of these.
    largest_stiffness : float or (K,) array
        kappa_0.

    Raises
    ------
    InputError
        Arrays that do not match, or numbers that are not positive.
    InsufficientDataError
        Fewer than two points, or one whose A_g is known to less than 50 %.

    Notes
    -----
    A_g comes from the few softest modes and omega_x from all oscillators: their errors are taken as independent.
    """
    j, a, da = prefactor_points(coupling, prefactor, error)
    kappa = _positive_each(largest_stiffness, j.size, "largest_stiffness")
    omega = np.asarray(omega_x, dtype=np.float64)
    if omega.shape != j.shape:
        raise InputError(f"omega_x has shape {omega.shape}; expected one for each of {j.size} couplings.")
    covariance = np.diag((da / a) ** 2) + 9 * log_covariance(omega, omega_x_error, what="omega_x")
    _require_known(j, a, da)
    value, what = kappa * omega**3 * a, "the intermediate law of A_g"
    fit = linear_fit(np.ones((j.size, 1)), np.log(value), covariance, what=what)
    trend = None
    if j.size >= 3:
        log_j = np.log(j) - np.log(j).mean()
        line = linear_fit(np.column_stack([np.ones(j.size), log_j]), np.log(value), covariance, what=what)
        trend = float(line.value[1]), float(line.error[1])
    constant = math.exp(fit.value[0])
    return IntermediateLaw(
        constant=constant, constant_error=constant * float(fit.error[0]), trend=None if trend is None else trend[0],
        trend_error=None if trend is None else trend[1], fit=fit, coupling=j, value=value,
        error=value * np.sqrt(np.diag(covariance)),
    )  # fmt: skip


def prefactor_points(
    coupling: ArrayLike, prefactor: ArrayLike, error: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return J, A_g and its error as arrays (K,), or refuse them.

    Raises
    ------
    InputError
        Arrays that do not match, or numbers that are not positive and finite.
    """
    j, a, da = (np.asarray(one, dtype=np.float64) for one in (coupling, prefactor, error))
    if j.ndim != 1 or not j.shape == a.shape == da.shape:
        raise InputError(f"couplings, A_g and errors have shapes {j.shape}, {a.shape}, {da.shape}; expected (K,) each.")
    if not (np.isfinite([j, a, da]).all() and (np.array([j, a, da]) > 0).all()):
        raise InputError(
            "couplings, A_g and errors must be positive and finite; leave out ensembles without soft modes."
        )
    return j, a, da


def _positive_each(given: ArrayLike, size: int, what: str) -> FloatArray:
    value = np.asarray(given, dtype=np.float64)
    if value.shape not in ((), (size,)) or not (np.isfinite(value).all() and (value > 0).all()):
        raise InputError(f"{what}: expected one number other than 0 or {size} of them, found {given!r}.")
    return np.broadcast_to(value, (size,))


def _require_known(j: FloatArray, a: FloatArray, da: FloatArray) -> None:
    worst = int(np.argmax(da / a))
    if da[worst] > LARGEST_RELATIVE * a[worst]:
        raise InsufficientDataError(
            f"A_g at J = {j[worst]:g} is {with_digits(float(a[worst]), float(da[worst]))}; laws of its logarithm need "
            f"an error below {100 * LARGEST_RELATIVE:.0f} %: make more instances, or leave it out."
        )
