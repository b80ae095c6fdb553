"""The one free number of type-II modes, zeta, fitted to a measured density of states."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar

from ..analysis.per_glass import FloatArray
from ..axes import HUES, axes_for
from ..errors import InputError, InsufficientDataError
from .generalized_heterogeneous_elasticity import GeneralizedHeterogeneousElasticity
from .stress_laws import StressLaw, require_stress_law

_GRID = 400
_AS_WELL = 4.0  # chi² above the least of a minimum that is told: two standard deviations
_DECADES = 12  # of zeta, downwards, where P is a law down to sigma = 0


@dataclass(frozen=True, eq=False)
class InertiaFit:
    """zeta and the weight of type-II modes, both fitted: the theory fixes neither.

    Attributes
    ----------
    zeta, lower, upper : float
        Best value and its interval of one standard deviation (chi² larger by 1) around it.
    others : tuple of (float, float, float)
        zeta, chi² and amplitude of other minima of chi² less than 4 above the least, ascending in chi²: the local slope
        of P(sigma) has equal values at several sigma, and zeta is then none of them for certain.
    amplitude : float
        Factor between D(omega) and the normalised g of ``GeneralizedHeterogeneousElasticity``: the number of type-II
        modes per mode that D is normalised to.
    chi_squared : float
    degrees_of_freedom : int
        Points less two.
    omega, density, error : (M,) arrays
        What was fitted.
    stress : StressLaw
    """

    zeta: float
    lower: float
    upper: float
    others: tuple[tuple[float, float, float], ...]
    amplitude: float
    chi_squared: float
    degrees_of_freedom: int
    omega: FloatArray
    density: FloatArray
    error: FloatArray
    stress: StressLaw

    @property
    def theory(self) -> GeneralizedHeterogeneousElasticity:
        """The theory with this zeta, marked as fitted."""
        return GeneralizedHeterogeneousElasticity(self.stress, self.zeta, zeta_fitted=True)

    @property
    def text(self) -> str:
        """One sentence for reports."""
        return (
            f"ζ = {self.zeta:.4g} ({self.lower:.4g} to {self.upper:.4g}) and the amplitude {self.amplitude:.4g} were "
            f"fitted to D(ω) at {self.omega.size} frequencies from {self.omega[0]:.4g} to {self.omega[-1]:.4g} "
            f"(χ² = {self.chi_squared:.1f} for {self.degrees_of_freedom} degrees of freedom); the theory fixes neither."
            + "".join(f" ζ = {z:.4g} with {a:.4g} fits, too (χ² = {chi2:.1f})." for z, chi2, a in self.others)
        )

    def plot(self, ax: Any | None = None) -> Any:
        """Draw the fitted points and the curve in double logarithm; returns the axes."""
        ax = axes_for(ax)
        ax.errorbar(self.omega, self.density, self.error, fmt="o", ms=3, lw=0.8, color=HUES[0], label="fitted to")
        curve = self.amplitude * self.theory.density_of_states(self.omega)
        ax.plot(self.omega, curve, color=HUES[1], lw=1.4, label=f"$\\zeta = {self.zeta:.4g}$, fitted")
        ax.set(xscale="log", yscale="log", xlabel=r"frequency $\omega$", ylabel=r"density of states $D(\omega)$")
        ax.set_title(r"type-II modes: $\zeta$ and amplitude fitted, not predicted", fontsize=10)
        ax.legend(fontsize=8, frameon=False)
        return ax


def fit_inertia(stress: StressLaw, omega: ArrayLike, density: ArrayLike, error: ArrayLike) -> InertiaFit:
    """Fit zeta, and a factor, to a density of states D(omega) with errors, by least squares.

    Only the bending of g in the double logarithm determines zeta: with a pure power law for P(sigma) any value fits
    as well as any other, and none is returned.

    Parameters
    ----------
    stress : StressLaw
        P(sigma).
    omega, density, error : (M,) arrays
        Ascending frequencies, D and its standard deviations, M >= 3; for example of ``analysis.spectra``.

    Raises
    ------
    InputError
        Something else than a stress law, arrays not as above, or a range of frequencies wider than P covers.
    InsufficientDataError
        Data that do not determine zeta to one standard deviation within what P covers; ``partial`` is the best fit.
    """
    require_stress_law(stress)
    omega, density, error = _checked(omega, density, error)
    highest = math.log(stress.highest / omega[-1] ** 2)
    lowest = math.log(stress.lowest / omega[0] ** 2) if stress.lowest > 0 else highest - _DECADES * math.log(10)
    if not lowest < highest:
        raise InputError(
            f"P(sigma) covers {stress.highest / stress.lowest:.3g} in sigma, the frequencies "
            f"{(omega[-1] / omega[0]) ** 2:.3g} in omega²; narrow the frequencies so that one zeta fits them."
        )
    inset = 1e-12 * (1 + abs(lowest) + abs(highest))
    grid = np.linspace(lowest + inset, highest - inset, _GRID)

    def profile(log_zeta: float) -> tuple[float, float]:
        """Chi² at the best amplitude, and that amplitude."""
        g = GeneralizedHeterogeneousElasticity(stress, math.exp(log_zeta)).density_of_states(omega)
        amplitude = float(np.sum(density * g / error**2) / np.sum((g / error) ** 2))
        return float(np.sum(((density - amplitude * g) / error) ** 2)), amplitude

    values = np.array([profile(x)[0] for x in grid])

    def bottom(at: int) -> float:
        """The minimum next to a point of the grid."""
        around = grid[max(at - 1, 0)], grid[min(at + 1, _GRID - 1)]
        finer = minimize_scalar(lambda x: profile(x)[0], bounds=around, method="bounded", options={"xatol": 1e-10})
        return float(finer.x) if finer.fun < values[at] else float(grid[at])

    best = int(values.argmin())
    log_zeta = bottom(best)
    chi_squared, amplitude = profile(log_zeta)
    inner = np.flatnonzero((values[1:-1] < values[:-2]) & (values[1:-1] < values[2:])) + 1
    minima = [bottom(int(at)) for at in inner if at != best and values[at] < chi_squared + 2 * _AS_WELL]
    others = sorted((profile(x)[0], math.exp(x), profile(x)[1]) for x in minima)

    outside = values > chi_squared + 1
    left, right = np.flatnonzero(outside & (grid < log_zeta)), np.flatnonzero(outside & (grid > log_zeta))
    ends = [grid[0], grid[-1]]
    for side, found in ((0, left[-1:]), (1, right[:1])):
        if found.size:
            ends[side] = brentq(lambda x: profile(x)[0] - chi_squared - 1, *sorted((grid[found[0]], log_zeta)))
    fit = InertiaFit(
        zeta=math.exp(log_zeta),
        lower=math.exp(ends[0]),
        upper=math.exp(ends[1]),
        others=tuple((z, chi2, a) for chi2, z, a in others if chi2 < chi_squared + _AS_WELL),
        amplitude=amplitude,
        chi_squared=chi_squared,
        degrees_of_freedom=omega.size - 2,
        omega=omega,
        density=density,
        error=error,
        stress=stress,
    )
    if not (left.size and right.size):
        raise InsufficientDataError(
            f"zeta is not determined: chi² changes by less than 1 from {fit.zeta:.4g} to an end of what P(sigma) "
            f"covers ({fit.lower:.4g} to {fit.upper:.4g}); a power law has no scale, else more modes are needed.",
            fit,
        )
    return fit


def _checked(omega: ArrayLike, density: ArrayLike, error: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    try:
        w, D, e = (np.asarray(array, dtype=np.float64) for array in (omega, density, error))
    except (TypeError, ValueError) as problem:
        raise InputError(f"omega, density or error are not arrays of numbers ({problem}).") from problem
    if w.ndim != 1 or w.size < 3 or not w.shape == D.shape == e.shape:
        raise InputError(
            f"omega, density, error have shapes {w.shape}, {D.shape}, {e.shape}; expected equal (M >= 3,)."
        )
    if not (np.isfinite(w) & np.isfinite(D) & np.isfinite(e)).all() or w[0] <= 0 or (np.diff(w) <= 0).any():
        raise InputError("omega is not positive and ascending, or something is not finite.")
    if not (e > 0).all():
        raise InputError("errors are not positive somewhere; leave empty bins out.")
    return w, D, e
