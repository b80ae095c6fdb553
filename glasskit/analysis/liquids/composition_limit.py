"""The limit k → 0 of the composition's structure factor: how close a mixture is to demixing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2 as chi2_distribution

from ...errors import ConvergenceError, InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..digits import with_error
from ..per_glass import FloatArray, require_glasses

_LEAST_SHELLS = 3
_REFUSED_BELOW = 1e-4  # probability of so bad a fit, below which no limit is given
_DECIDED = 3.0  # standard errors by which 1/S(0) must exceed zero


@dataclass(frozen=True, eq=False)
class CompositionLimit:
    """Fit 1/S(k) = a + b k² (Ornstein–Zernike) to the shells below a wave number.

    Attributes
    ----------
    value, error : float
        S(0) = 1/a and its standard deviation by bootstrap over glasses, to first order: error(a)/a².
    inverse, inverse_error : float
        a: zero where the mixture demixes.
    curvature, curvature_error : float
        b and its standard deviation [length²].
    length : float
        √(b/a) [length]: composition is correlated over this distance.
    k, mean, mean_error : (K,) arrays
        What was fitted: S(k) averaged over glasses, with its standard error.
    chi2, p_value : float
        Σ of squared deviations over errors, whose relative size all shells share up to 1/√V, and the probability of
        a larger one.
    glasses : int
    seed : int or None
    """

    value: float
    error: float
    inverse: float
    inverse_error: float
    curvature: float
    curvature_error: float
    length: float
    k: FloatArray = field(repr=False)
    mean: FloatArray = field(repr=False)
    mean_error: FloatArray = field(repr=False)
    chi2: float
    p_value: float
    glasses: int
    seed: int | None

    def plot(self, *, ax: Any | None = None) -> Any:
        """1/S against k² with the fit and its intercept; returns the axes."""
        from ...axes import HUES, axes_for

        axes = axes_for(ax)
        axes.errorbar(self.k**2, 1 / self.mean, self.mean_error / self.mean**2, fmt="o", ms=4, color=HUES[0])
        line = np.array([0.0, 1.05 * self.k[-1] ** 2])
        axes.plot(line, self.inverse + self.curvature * line, color="0.4", lw=1)
        axes.errorbar([0.0], [self.inverse], [self.inverse_error], fmt="s", ms=4, color=HUES[1], capsize=3)
        axes.set(xlabel="$k^2$ [1/length$^2$]", ylabel=r"$1/S_{\rm size}(k)$", ylim=(min(0, self.inverse), None))
        axes.set_title(
            rf"$S_{{\rm size}}(0) = {self.value:.3g} \pm {self.error:.1g}$, {self.glasses} glasses", fontsize=10
        )
        return axes


def composition_limit(
    k: ArrayLike,
    value_gk: ArrayLike,
    vectors: ArrayLike,
    *,
    largest: float,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> CompositionLimit:
    """Extrapolate S_size(k) to k = 0, from independent glasses or liquids.

    |Σ c exp(ik·r)|² of a Gaussian field is exponential, so the mean over the V wave vectors of a shell is a gamma
    variate of relative variance 1/V. Its likelihood with 1/S = a + b k² (a generalised linear model with its
    canonical link) is concave, and weighs by the fitted S, not by the scattered ones, as least squares would.
    Errors come from the scatter between glasses, whatever its distribution.

    Parameters
    ----------
    k : (K,) array
        Ascending [1/length]; `observables.structure_factor.size_structure_factor` gives both arrays.
    value_gk : (G, K) array
        S(k) of each glass.
    vectors : (K,) array
        Wave vectors in each shell: their weights.
    largest : float
        End of the fit: a quarter of the structure's main peak, 2π/spacing, or less.
    rng, resamples
        Of the bootstrap over glasses; None: ``bootstrap.DEFAULT_SEED``.

    Raises
    ------
    InputError
        Arrays that do not fit, or are not positive on average.
    InsufficientDataError
        Fewer than two glasses or three shells; a fit that misses the points (p < 1e-4), falls with k² although S
        should grow towards k = 0, or leaves 1/S(0) within three errors of zero, so that S(0) has no upper bound.
        ``partial`` is the CompositionLimit where there is a fit.
    """
    k, value_gk, vectors = (np.asarray(array, dtype=np.float64) for array in (k, value_gk, vectors))
    if vectors.shape != k.shape or not (vectors > 0).all():
        raise InputError(f"vectors has shape {vectors.shape} or entries below 1; expected one number for each k.")
    if k.ndim != 1 or value_gk.ndim != 2 or value_gk.shape[1] != k.size or (np.diff(k) <= 0).any():
        raise InputError(f"k and S have shapes {k.shape}, {value_gk.shape}; expected ascending (K,) and (G, K).")
    if not np.isfinite(value_gk).all() or (value_gk.mean(axis=0) <= 0).any():
        raise InputError("S contains NaN or infinity, or is not positive on average.")
    require_glasses(len(value_gk))
    generator, seed = generator_and_seed(rng)
    chosen = k <= largest
    if chosen.sum() < _LEAST_SHELLS:
        raise InsufficientDataError(
            f"{int(chosen.sum())} shells of wave vectors lie below {largest:.4g}; a line with a check needs at least "
            f"{_LEAST_SHELLS}: take larger boxes or a larger end of the fit."
        )
    k, value_gk, vectors = k[chosen], value_gk[:, chosen], vectors[chosen]
    mean = value_gk.mean(axis=0)
    mean_error = value_gk.std(axis=0, ddof=1) / math.sqrt(len(value_gk))
    if not (mean_error > 0).all():
        raise InsufficientDataError(
            "glasses do not differ in S(k), so there is no error to weigh by; check their seeds."
        )
    design = np.column_stack([np.ones(k.size), k**2])
    coefficients, fitted = _most_likely(mean, vectors, design)
    # to first order in the means of resampled ensembles: d(a, b) = −F⁻¹ Xᵀ V dS, F = Xᵀ V S² X
    shift_rk = resample_glasses(value_gk, rng=generator, resamples=resamples) / len(value_gk) - mean
    information = design.T @ (design * (vectors * fitted**2)[:, None])
    errors = spread(-(shift_rk * vectors) @ design @ np.linalg.inv(information), len(value_gk))
    dispersion = float(np.mean(vectors * value_gk.var(axis=0, ddof=1) / fitted**2)) / len(value_gk)
    chi2 = float(np.sum(vectors * (mean / fitted - 1) ** 2)) / dispersion
    (a, b), (a_error, b_error) = coefficients, errors
    found = CompositionLimit(
        value=math.inf, error=math.inf, inverse=float(a), inverse_error=float(a_error), curvature=float(b),
        curvature_error=float(b_error),
        length=math.inf, k=k, mean=mean, mean_error=mean_error, chi2=chi2,
        p_value=float(chi2_distribution.sf(chi2, k.size - 2)), glasses=len(value_gk), seed=seed,
    )  # fmt: skip
    return _decided(found)


def _most_likely(mean: FloatArray, vectors: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients and fitted S that maximise Σ V (ln(1/S) − mean/S): Newton steps, halved where 1/S would vanish."""
    coefficients = np.array([1 / np.average(mean, weights=vectors), 0.0])
    for _ in range(200):
        fitted = 1 / (design @ coefficients)
        information = design.T @ (design * (vectors * fitted**2)[:, None])
        step = np.linalg.solve(information, design.T @ (vectors * (fitted - mean)))
        while not (design @ (coefficients + step) > 0.05 / fitted).all():
            step *= 0.5
        coefficients = coefficients + step
        if (np.abs(step) <= 1e-10 * np.abs(coefficients).max()).all():
            return coefficients, 1 / (design @ coefficients)
    raise ConvergenceError(
        "the fit of 1/S = a + b k² did not settle in 200 steps; look at S(k), and end the fit at a smaller k.",
        coefficients,
    )


def _decided(found: CompositionLimit) -> CompositionLimit:
    a, error = found.inverse, found.inverse_error
    if a > 0:
        found = replace(found, value=1 / a, error=error / a**2, length=math.sqrt(max(found.curvature, 0.0) / a))
    if found.p_value < _REFUSED_BELOW:
        raise InsufficientDataError(
            f"1/S(k) is no line in k² up to k = {found.k[-1]:.4g} (p = {found.p_value:.1g}); end the fit at a "
            "smaller k, or take longer runs where S(k) still changes.",
            found,
        )
    if found.curvature < -_DECIDED * found.curvature_error:
        raise InsufficientDataError(
            f"1/S(k) falls with k² (b = {with_error(found.curvature, found.curvature_error)}): S does "
            "not grow towards k = 0, so that there is no "
            "Ornstein–Zernike limit; end the fit at a smaller k or quote S at the smallest k.",
            found,
        )
    if not a > _DECIDED * error:
        raise InsufficientDataError(
            f"1/S(0) = {with_error(a, error)} is not above zero by {_DECIDED:g} errors, so that S(0) has no upper "
            "bound: the mixture may demix; take larger boxes and more glasses.",
            found,
        )
    return found
