"""How omega_x and <x²> depend on coupling, largest stiffness and field, and where one regime ends."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..digits import with_digits
from ..per_glass import FloatArray
from ..straight_line import LinearFit, linear_fit

DOUBTFUL = 0.05  # probability of a chi² below which a law is said not to hold


@dataclass(frozen=True, eq=False)
class ScalingLaw:
    """y = amplitude · Π_p x_p^(exponent_p), fitted in logarithms.

    Attributes
    ----------
    what : str
        Name of y.
    variables : tuple of str
        Names of the x that were varied.
    exponents, errors : (P,) arrays
        With standard deviations, enlarged by √(chi²/dof) where that is above 1.
    expected : tuple of float or None
        Exponents to compare with.
    amplitude, amplitude_error : float
    fit : LinearFit
        ln amplitude and exponents; chi², degrees of freedom, covariance.
    curvature, curvature_error : float or None
        Of ln y against ln x, d²ln y/d(ln x)², where one variable has four points or more: how the exponent drifts.
    local : tuple of (float, float)
        Exponents between neighbouring points of one variable, ascending, with errors; empty for several variables.
    x_pk, y, y_error
        The points.
    """

    what: str
    variables: tuple[str, ...]
    exponents: FloatArray
    errors: FloatArray
    expected: tuple[float | None, ...]
    amplitude: float
    amplitude_error: float
    fit: LinearFit = field(repr=False)
    curvature: float | None
    curvature_error: float | None
    local: tuple[tuple[float, float], ...]
    x_pk: FloatArray = field(repr=False)
    y: FloatArray = field(repr=False)
    y_error: FloatArray = field(repr=False)

    @property
    def p_value(self) -> float:
        """Probability of such deviations or larger ones, if the law holds."""
        return self.fit.p_value

    @property
    def summary(self) -> str:
        """Exponents, and whether a power law is what the points follow."""
        each = []
        for name, value, error, hoped in zip(self.variables, self.exponents, self.errors, self.expected, strict=True):
            beside = "" if hoped is None else f" (expected {hoped:.4g})"
            each.append(f"{name}^{with_digits(value, error)}{beside}")
        verdict = "" if self.p_value >= DOUBTFUL else ": not a power law within errors, which are enlarged"
        bent = ""
        if self.curvature is not None and self.curvature_error is not None:
            bent = f"; the exponent changes by {with_digits(self.curvature, self.curvature_error)} per factor e"
        if len(self.local) > 1:
            steps = ", ".join(with_digits(value, error) for value, error in self.local)
            bent += f"; between neighbours it is {steps}"
        known = self.amplitude_error < 1e-9 * self.amplitude  # where x = 1 is the reference, whose y is exact
        amplitude = f"{self.amplitude:.4g}" if known else with_digits(self.amplitude, self.amplitude_error)
        return (
            f"{self.what} = {amplitude} {' '.join(each)} from {self.y.size} "
            f"points (chi²/dof = {self.fit.chi2:.2f}/{self.fit.degrees_of_freedom}, p = {self.p_value:.2g}{verdict}"
            f"{bent})."
        )

    def __str__(self) -> str:
        return self.summary

    def value(self, *x: ArrayLike) -> FloatArray:
        """Return y at given variables, in their order."""
        logs = [np.log(np.asarray(one, dtype=np.float64)) for one in x]
        return np.exp(self.fit.value[0] + sum(e * one for e, one in zip(self.exponents, logs, strict=True)))

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """y against the only variable, or against the fitted law of several, in double logarithm; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        single = len(self.variables) == 1
        at = self.x_pk[0] if single else self.value(*self.x_pk)
        ax.errorbar(at, self.y, self.y_error, fmt="o", ms=4, lw=1, color=color, label=label)
        ends = np.array([at.min(), at.max()])
        ax.plot(ends, self.value(ends) if single else ends, color=color, lw=1)
        if fresh:
            law = " ".join(f"{n}^{e:.3f}" for n, e in zip(self.variables, self.exponents, strict=True))
            ax.set(xscale="log", yscale="log", ylabel=self.what)
            ax.set_xlabel(self.variables[0] if single else f"{self.amplitude:.3g} {law}")
        return ax


def fit_scaling_law(
    y: ArrayLike,
    error: ArrayLike,
    variables: Mapping[str, ArrayLike],
    *,
    expected: Mapping[str, float] | None = None,
    what: str = "omega_x",
) -> ScalingLaw:
    """Exponents of a power law in one or several variables.

    Parameters
    ----------
    y : (K,) array
        Positive values.
    error : (K,) or (K, K) array
        Their standard deviations; or the covariance of ln y, as ``Collapse.covariance`` of the same ensembles.
    variables : mapping of name to (K,) array
        Positive numbers that were varied, those held fixed left out.
    expected : mapping of name to float, optional
    what : str
        Name of y.

    Raises
    ------
    InputError
        Arrays that do not match, numbers that are not positive, expected exponents of no variable.
    InsufficientDataError
        No degree of freedom left, or variables that do not vary independently.

    Notes
    -----
    [R] has omega_x ~ J^(7/8) kappa_0^(−3/8) in the intermediate and h^(1/3) in the weak regime. Energy has the unit of
    A x_0⁴, so omega_x is exactly kappa_0^(1/2) times a function of J/kappa_0 and h/kappa_0^(3/2): the exponents of J,
    kappa_0 and h have α + β + 3γ/2 = 1/2, whatever they are. Where h plays no role, that of kappa_0 is no second
    measurement but a check.
    """
    names = tuple(variables)
    value = np.asarray(y, dtype=np.float64)
    x_pk = np.array([np.asarray(variables[name], dtype=np.float64) for name in names])
    if not names or value.ndim != 1 or x_pk.shape != (len(names), value.size):
        raise InputError(f"{what}: y has shape {value.shape} and the variables {x_pk.shape}; expected (K,) and (P, K).")
    if not (np.isfinite(x_pk).all() and (x_pk > 0).all()):
        raise InputError(f"{what}: variables must be positive and finite.")
    hoped = dict(expected or {})
    if set(hoped) - set(names):
        raise InputError(f"expected exponents of {', '.join(set(hoped) - set(names))}; variables: {', '.join(names)}.")
    covariance = log_covariance(value, error, what=what)
    centre = np.log(x_pk).mean(axis=1)
    log_x = np.log(x_pk) - centre[:, None]
    design = np.vstack([np.ones(value.size), log_x]).T
    centred = linear_fit(design, np.log(value), covariance, what=what)
    shift = np.eye(len(names) + 1)
    shift[0, 1:] = -centre
    fit = LinearFit(
        shift @ centred.value, shift @ centred.covariance @ shift.T, centred.chi2, centred.degrees_of_freedom
    )
    curvature = None
    if len(names) == 1 and value.size >= 4:
        bent = linear_fit(np.column_stack([design, 0.5 * log_x[0] ** 2]), np.log(value), covariance, what=what)
        curvature = float(bent.value[2]), float(bent.error[2])
    return ScalingLaw(
        what=what, variables=names, exponents=fit.value[1:], errors=fit.error[1:],
        expected=tuple(hoped.get(name) for name in names), amplitude=math.exp(fit.value[0]),
        amplitude_error=math.exp(fit.value[0]) * float(fit.error[0]), fit=fit,
        curvature=None if curvature is None else curvature[0],
        curvature_error=None if curvature is None else curvature[1],
        local=_between_neighbours(log_x[0], np.log(value), covariance) if len(names) == 1 else (),
        x_pk=x_pk, y=value, y_error=value * np.sqrt(np.diag(covariance)),
    )  # fmt: skip


def _between_neighbours(x: FloatArray, y: FloatArray, covariance: FloatArray) -> tuple[tuple[float, float], ...]:
    """Slopes of y between points next to each other in x, with errors; points of equal x are passed over."""
    order = np.argsort(x, kind="stable")
    steps = [(a, b) for a, b in itertools.pairwise(order) if x[b] > x[a]]
    return tuple(
        (
            float((y[b] - y[a]) / (x[b] - x[a])),
            math.sqrt(max(float(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b]), 0.0)) / float(x[b] - x[a]),
        )
        for a, b in steps
    )


def log_covariance(value: FloatArray, error: ArrayLike, *, what: str) -> FloatArray:
    """Covariance of ln ``value`` (K, K) from standard deviations of ``value`` (K,), or as given (K, K).

    Raises
    ------
    InputError
        Values that are not positive, errors that are not or of another shape.
    """
    if value.ndim != 1 or not (np.isfinite(value).all() and (value > 0).all()):
        raise InputError(f"{what}: expected positive, finite values in an array of rank 1.")
    given = np.asarray(error, dtype=np.float64)
    if given.shape not in ((value.size,), (value.size, value.size)) or not np.isfinite(given).all():
        raise InputError(
            f"{what}: errors have shape {given.shape}; expected standard deviations ({value.size},) or a covariance of "
            f"logarithms ({value.size}, {value.size}), finite."
        )
    if given.ndim == 1:
        if not (given > 0).all():
            raise InputError(f"{what}: standard deviations must be positive.")
        return np.diag((given / value) ** 2)
    if not (np.allclose(given, given.T) and (np.diag(given) >= 0).all()):
        raise InputError(f"{what}: the covariance is not symmetric, or has a negative variance.")
    return given


@dataclass(frozen=True)
class CrossoverCoupling:
    """J_x, at which the law of omega_x in the intermediate regime reaches the value of the weak one.

    Attributes
    ----------
    value, error : float
    extrapolated : float
        Factor between J_x and the nearest coupling that the law was fitted to; 1 inside.
    """

    value: float
    error: float
    extrapolated: float

    @property
    def summary(self) -> str:
        """J_x, and how far outside the fitted couplings it lies."""
        far = "" if self.extrapolated <= 1 else f", extrapolated by a factor of {self.extrapolated:.2g}"
        return f"The weak regime ends at J_x = {with_digits(self.value, self.error)}{far}."

    def __str__(self) -> str:
        return self.summary


def expected_crossover(field: float, largest_stiffness: float) -> float:
    """J_x = h^(8/21) kappa_0^(3/7), where omega_x = h^(1/3) and J^(7/8) kappa_0^(-3/8) meet [R, section 4].

    Both laws are known up to factors of order one, and so is J_x, the end of the weak regime.
    """
    return float(abs(field) ** (8 / 21) * largest_stiffness ** (3 / 7))


def crossover_coupling(law: ScalingLaw, field: float, *, factor: float = 1.0) -> CrossoverCoupling:
    """Solve omega_x(J_x) = h^(1/3) for a law of omega_x against J at fixed kappa_0.

    Parameters
    ----------
    law : ScalingLaw
        Of the intermediate regime, omega_x in units in which uncoupled oscillators have h^(1/3) (``field=h`` of
        `collapse_displacements`). One variable, the coupling.
    field : float
        h.
    factor : float
        omega_x/h^(1/3) of the weak regime.

    Raises
    ------
    InputError
        A law of several variables, or a field or factor that is not positive.
    InsufficientDataError
        An exponent that is not above 0 by three errors: two lines that hardly cross.

    References
    ----------
    [R] section 4: J_x ~ h^(8/21) kappa_0^(3/7).
    """
    if len(law.variables) != 1:
        raise InputError(f"the law has the variables {', '.join(law.variables)}; expected the coupling alone.")
    if not (math.isfinite(field) and field != 0 and math.isfinite(factor) and factor > 0):
        raise InputError(f"field is {field} and factor {factor}; expected a field other than 0 and a factor > 0.")
    slope, error = float(law.exponents[0]), float(law.errors[0])
    if not slope > 3 * error:
        raise InsufficientDataError(
            f"omega_x ~ J^{with_digits(slope, error)} does not rise with J beyond doubt: add couplings or instances.",
            law,
        )
    log_j = (math.log(factor * abs(field) ** (1 / 3)) - float(law.fit.value[0])) / slope
    gradient = np.array([1.0, log_j])
    spread = math.sqrt(max(float(gradient @ law.fit.covariance @ gradient), 0.0)) * law.fit.enlargement / slope
    value = math.exp(log_j)
    outside = max(law.x_pk.min() / value, value / law.x_pk.max(), 1.0)
    return CrossoverCoupling(value, value * spread, float(outside))
