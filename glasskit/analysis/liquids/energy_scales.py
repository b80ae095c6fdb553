"""Ratios of energy scales between models of one kind: e_IS(T_p) at corresponding temperatures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares
from scipy.special import gammaincc

from ...axes import HUES, axes_for
from ...errors import ConvergenceError, InputError, InsufficientDataError
from ..digits import with_digits
from ..per_glass import FloatArray

DEGREE = 3  # of the common curve, a polynomial in 1/T
_LEAST = 4  # temperatures of each model
_DIFFER = 0.05  # probability of such a chi² below which one curve is said not to be enough


@dataclass(frozen=True)
class EnergyScales:
    """Joint fit of e_IS(T) = A_m + λ_m f(T/λ_m) for several models m with one common f.

    Attributes
    ----------
    names : tuple of str
        Models; the first is the reference, with λ = 1.
    scale, error : (M,) arrays
        λ_m and its standard deviation, from the curvature of chi², enlarged by √(chi²/dof) where that is above 1.
    offset : (M,) array
        A_m, with A = 0 for the reference [energy].
    chi2 : float
    degrees_of_freedom : int
    temperatures, energies, energy_errors : tuples of (T_m,) arrays
        What was fitted.
    coefficients : (DEGREE + 1,) array
        f(T) = Σ_k c_k T^-k.
    """

    names: tuple[str, ...]
    scale: FloatArray
    error: FloatArray
    offset: FloatArray
    chi2: float
    degrees_of_freedom: int
    temperatures: tuple[FloatArray, ...]
    energies: tuple[FloatArray, ...]
    energy_errors: tuple[FloatArray, ...]
    coefficients: FloatArray

    @property
    def text(self) -> str:
        """One sentence."""
        pairs = zip(self.names, self.scale, self.error, strict=True)
        each = [name if k == 0 else f"{name} {with_digits(x, dx)}" for k, (name, x, dx) in enumerate(pairs)]
        reduced = self.chi2 / self.degrees_of_freedom
        differ = gammaincc(self.degrees_of_freedom / 2, self.chi2 / 2) < _DIFFER
        rough = "; e_IS is not quite the same function in all, and errors are enlarged" if differ else ""
        return (
            f"Energy scales in units of {each[0]}, from e_IS at corresponding temperatures: {', '.join(each[1:])} "
            f"(chi²/dof = {reduced:.1f} with {self.degrees_of_freedom} degrees of freedom{rough}). T_onset is in "
            "the same ratios."
        )

    def plot(self, ax: Any | None = None) -> Any:
        """(e_IS − A)/λ against λ/T with error bars, all models on the common curve; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        reach: list[float] = []
        for m, name in enumerate(self.names):
            beta = self.scale[m] / self.temperatures[m]
            reach += beta.tolist()
            ax.errorbar(
                beta, (self.energies[m] - self.offset[m]) / self.scale[m], self.energy_errors[m] / self.scale[m],
                fmt="o", ms=4, lw=1, color=HUES[m % len(HUES)], label=name,
            )  # fmt: skip
        beta = np.linspace(min(reach), max(reach), 300)
        ax.plot(beta, np.polyval(self.coefficients[::-1], beta), color="0.4", lw=0.9)
        if fresh:
            ax.set(xlabel=r"$\lambda/T_p$", ylabel=r"$(e_{\rm IS}-A)/\lambda$")
            ax.legend(frameon=False)
        return ax


def energy_scales(states: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]]) -> EnergyScales:
    """Ratios of energy scales, by which temperatures of several models correspond.

    A potential multiplied by λ has e_IS(T) → λ e_IS(T/λ). Potentials that differ in more, such as the taper of their
    end, are compared by the λ that brings their e_IS(T), up to a constant, onto one curve: e_IS = A + λ f(T/λ), f a
    cubic in 1/T. All temperatures contribute, so λ is known much better than the kink of any single curve
    (`onset_temperature`); chi² says whether one curve is enough.

    Parameters
    ----------
    states : mapping of name to (temperatures, e_IS, errors)
        Models in order, the first is the reference; (T,) arrays each, of liquids in equilibrium [energy].

    Raises
    ------
    InputError
        Fewer than two models, arrays that do not match, or temperatures or errors that are not positive.
    InsufficientDataError
        Fewer than four temperatures of a model, or curves without slope, which fix no scale.
    ConvergenceError
        The fit did not converge; ``partial`` is scipy's result.
    """
    if len(states) < 2:
        raise InputError(f"states: {len(states)} models; expected the reference and at least one to compare.")
    data = [_checked(name, *values) for name, values in states.items()]
    start = [math.log(_slope_scale(one) / _slope_scale(data[0])) for one in data[1:]]
    found = least_squares(lambda log_scale: _residual(log_scale, data)[0], start, x_scale=0.1, xtol=1e-12, ftol=1e-14)
    if not found.success:
        raise ConvergenceError(f"the fit of energy scales did not converge: {found.message}", found)
    residual, solved = _residual(found.x, data)
    freedom = residual.size - len(solved) - len(start)
    chi2 = float(residual @ residual)
    covariance = np.linalg.inv(found.jac.T @ found.jac) * max(1.0, chi2 / freedom)
    scale = np.exp(np.r_[0.0, found.x])
    return EnergyScales(
        names=tuple(states), scale=scale, error=np.r_[0.0, np.sqrt(np.diag(covariance))] * scale,
        offset=np.r_[0.0, solved[DEGREE + 1 :]], chi2=chi2, degrees_of_freedom=freedom,
        temperatures=tuple(t for t, _, _ in data), energies=tuple(e for _, e, _ in data),
        energy_errors=tuple(s for _, _, s in data), coefficients=solved[: DEGREE + 1],
    )  # fmt: skip


def _checked(name: str, temperature: ArrayLike, energy: ArrayLike, error: ArrayLike) -> tuple[FloatArray, ...]:
    t, e, s = (np.asarray(x, dtype=np.float64) for x in (temperature, energy, error))
    if t.ndim != 1 or not t.shape == e.shape == s.shape:
        raise InputError(f"{name}: temperatures, e_IS and errors have shapes {t.shape}, {e.shape}, {s.shape}.")
    if not (np.isfinite([t, e, s]).all() and (t > 0).all() and (s > 0).all()):
        raise InputError(f"{name}: temperatures and errors must be positive, and all numbers finite.")
    if np.unique(t).size < _LEAST:
        raise InsufficientDataError(f"{name}: {np.unique(t).size} temperatures; an energy scale needs {_LEAST}.")
    return t, e, s


def _slope_scale(one: tuple[FloatArray, ...]) -> float:
    """Scale of a curve by itself: √ of its slope in 1/T, [energy]."""
    t, e, s = one
    slope = -float(np.polyfit(1 / t, e, 1, w=1 / s)[0])
    if not slope > 0:
        raise InsufficientDataError("e_IS does not fall with 1/T, so it fixes no energy scale: measure colder liquids.")
    return math.sqrt(slope)


def _residual(log_scale: FloatArray, data: list[tuple[FloatArray, ...]]) -> tuple[FloatArray, FloatArray]:
    """Weighted residuals with the best coefficients and offsets for these scales: all but the scales is linear."""
    rows, right = [], []
    for m, (t, e, s) in enumerate(data):
        scale = 1.0 if m == 0 else math.exp(log_scale[m - 1])
        powers = scale * (scale / t[:, None]) ** np.arange(DEGREE + 1)
        offsets = np.zeros((t.size, len(data) - 1))
        if m:
            offsets[:, m - 1] = 1.0
        rows.append(np.hstack([powers, offsets]) / s[:, None])
        right.append(e / s)
    design, value = np.vstack(rows), np.concatenate(right)
    solved = np.asarray(np.linalg.lstsq(design, value, rcond=None)[0], dtype=np.float64)
    return design @ solved - value, solved
