"""The characteristic frequency omega_x of ensembles of oscillators: their displacements brought onto one curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed
from ..digits import with_digits
from ..per_glass import FloatArray
from .common_curve import CommonCurve, log_nodes
from .joint_fit import joint_fit, repeated_fits
from .stiffness_bins import StiffnessBins, stiffness_bins

DOUBTFUL = 0.05
REFUSED = 1e-3
"""Probability of the deviations, if all curves were one, below which they are said not to be."""
_UNCERTAIN = 1.0  # error of ln omega_x above which curves are said to fix no ratio


@dataclass(frozen=True, eq=False)
class Collapse:
    r"""Joint fit of <x²>(κ) = ω_m² Φ(κ/ω_m²) to several ensembles m with one common Φ.

    Attributes
    ----------
    names : tuple of str
    reference : str
        Ensemble in whose units omega_x is given.
    unit : float
        omega_x of the reference: h^(1/3) where its field was given, else 1.
    omega_x : (M,) array
    covariance : (M, M) array
        Of ln omega_x over resampled instances, zero for the reference; multiplied by chi²/dof where the curves do not
        collapse.
    chi2, degrees_of_freedom : float
        Deviations of bins from the common curve, scaled such that noise alone would make chi² of this number of
        degrees (Satterthwaite): bins of one instance are correlated.
    mismatch : float
        Rms relative deviation of x² from the common curve that noise does not explain; 0 where it explains all.
    mean_square : (M,) array
        <x²> over all oscillators.
    log_omega_rm, log_square_rm : (R, M) arrays
        ln omega_x and ln <x²> of resampled ensembles.
    bins : tuple of StiffnessBins
    curve, coefficients
        The common curve, in units of the reference.
    resamples : int
    seed : int or None
    """

    names: tuple[str, ...]
    reference: str
    unit: float
    omega_x: FloatArray
    covariance: FloatArray = field(repr=False)
    chi2: float
    degrees_of_freedom: float
    mismatch: float
    mean_square: FloatArray
    log_omega_rm: FloatArray = field(repr=False)
    log_square_rm: FloatArray = field(repr=False)
    bins: tuple[StiffnessBins, ...] = field(repr=False)
    curve: CommonCurve = field(repr=False)
    coefficients: FloatArray = field(repr=False)
    resamples: int
    seed: int | None

    @property
    def error(self) -> FloatArray:
        """Standard deviation of ``omega_x`` (M,), 0 for the reference."""
        return self.omega_x * np.sqrt(np.diag(self.covariance))

    @property
    def p_value(self) -> float:
        """Probability of such deviations or larger ones, if the curves were one."""
        return float(gammaincc(self.degrees_of_freedom / 2, self.chi2 / 2))

    @property
    def collapsed(self) -> bool:
        """Whether noise explains what is left, p >= 1e-3."""
        return self.p_value >= REFUSED

    @property
    def variance_factor(self) -> float:
        """Factor of all variances: 1, or chi²/dof where the curves do not collapse."""
        return _variance_factor(self.chi2, self.degrees_of_freedom)

    @property
    def summary(self) -> str:
        """Values of omega_x and the quality of the collapse."""
        pairs = zip(self.names, self.omega_x, self.error, strict=True)
        each = ", ".join(f"{name} {with_digits(x, dx)}" for name, x, dx in pairs if name != self.reference)
        one = "the curves are one within noise" if self.p_value >= DOUBTFUL else "doubtful whether the curves are one"
        verdict = (
            one
            if self.collapsed
            else f"not one curve: {100 * self.mismatch:.2g} % apart beyond noise, and errors are enlarged"
        )
        return (
            f"omega_x by collapse of <x²>(kappa), with {self.unit:.4g} for {self.reference}: {each} (chi²/dof = "
            f"{self.chi2 / self.degrees_of_freedom:.2f} with {self.degrees_of_freedom:.0f} degrees of freedom, p = "
            f"{self.p_value:.2g}: {verdict})."
        )

    def __str__(self) -> str:
        return self.summary

    def select(self, *names: str) -> list[int]:
        """Indices of ensembles by their names; InputError for one that is not there."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise InputError(f"no ensemble is called {missing[0]!r}; there are {', '.join(self.names)}.")
        return [self.names.index(name) for name in names]

    def plot(self, ax: Any | None = None, *, partial: bool = True) -> Any:
        """<x²>/omega_x² against kappa/omega_x², as partial averages like [R] or per bin (``partial=False``).

        The line joins what the common curve says of the points: between edges of bins only its means are known.
        """
        fresh = ax is None
        ax = axes_for(ax)
        joined: list[tuple[float, float]] = []
        for m, one in enumerate(self.bins):
            square = self.omega_x[m] ** 2
            at, mean = (one.edges[1:], one.partial_average) if partial else (one.middles, one.mean)
            style: dict[str, Any] = {"ms": 3.5, "lw": 0.8, "color": HUES[m % len(HUES)], "label": self.names[m]}
            marker = "osD^v"[m // len(HUES) % 5]
            if partial:
                ax.plot(at / square, mean / square, marker, **style)
            else:
                ax.errorbar(at / square, mean / square, one.error / square, fmt=marker, **style)
            joined += zip(at / square, self._common(m, partial=partial) / square, strict=True)
        ax.plot(*zip(*sorted(joined), strict=True), color="0.35", lw=0.9, zorder=0)
        if fresh:
            mean_label = r"\overline{x^2}" if partial else r"x^2"
            ax.set(
                xscale="log", yscale="log", xlabel=r"$\kappa/\omega_x^2$",
                ylabel=rf"$\langle {mean_label}\rangle(\kappa)/\omega_x^2$",
            )  # fmt: skip
            ax.legend(frameon=False, fontsize="small")
        return ax

    def _common(self, m: int, *, partial: bool) -> FloatArray:
        """x² of ensemble ``m`` by the common curve, of its bins or of all oscillators up to their upper edges (B,)."""
        edges, log_scale = self.bins[m].edges, 2 * math.log(self.omega_x[m] / self.unit)
        if partial:
            log_u = np.log(edges[1:]) - log_scale
            return math.exp(log_scale) * self.curve.partial_average(log_u, self.coefficients)
        design = self.curve.design(log_nodes(edges), np.full(len(edges) - 1, log_scale))
        return np.asarray(design @ self.coefficients)


def collapse_displacements(
    ensembles: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    *,
    reference: str | None = None,
    field: float | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 200,
) -> Collapse:
    r"""Find omega_x of every ensemble, up to one unit, from the collapse of mean squared displacements.

    Scaling says that <x²>(κ)/ω_x² is one function of κ/ω_x² for oscillators of stiffness κ, whatever J, h and κ_0, and
    so are the partial averages :math:`\kappa^{-1}\int_0^\kappa\langle x^2\rangle(\kappa')d\kappa'` of [R]. These share
    oscillators between limits; fitted are the means in bins between the limits, which do not. The common function is
    a spline of any shape.

    Parameters
    ----------
    ensembles : mapping of name to (limits, counts, sums)
        κ (m,) or (G, m), the last one κ_0; for each of G instances the number of oscillators up to each limit and
        their Σ x², (G, m) each. Stiffnesses are uniform on [0, κ_0].
    reference : str, optional
        Ensemble that sets the unit of omega_x; the first by default.
    field : float, optional
        h of the reference, if it is in the weak regime: its omega_x is then h^(1/3).
    rng, resamples
        Of the bootstrap over whole instances: None takes ``bootstrap.DEFAULT_SEED`` and records it.

    Raises
    ------
    InputError
        Fewer than two ensembles, an unknown reference, arrays that do not match, stiffnesses with a gap.
    InsufficientDataError
        Fewer than 10 instances, ensembles that do not overlap once scaled, or displacements that fix no scale.
    ConvergenceError
        The fit did not converge; ``partial`` is scipy's result.

    Notes
    -----
    The unit is a convention. Displacements fix ratios of omega_x only; [R] has omega_x ~ h^(1/3) for weak coupling,
    without a factor. With omega_x = h^(1/3) uncoupled oscillators, x³/6 + κx = h, have <x²> = 6^(2/3) ω_x² where
    κ << ω_x² and ω_x⁶/κ² where κ >> ω_x², and <x²> = 2.7257 ω_x⁴/κ_0 over all of them if κ_0 >> ω_x².

    The collapse holds exactly among uncoupled oscillators, where Φ solves that equation. Coupled ones have forces of
    random sign, and Φ has another shape: curves of both regimes share no Φ to any precision, and ``mismatch`` says how
    far they are from it.

    References
    ----------
    [R] Rainone et al., SciPost Phys. Core 4, 008 (2021), Figs. 3 and 5a. F. E. Satterthwaite, Biometrics 2, 110 (1946).
    """
    if len(ensembles) < 2:
        raise InputError(f"ensembles: {len(ensembles)}; expected at least two to bring onto one curve.")
    if not all(isinstance(values, tuple | list) and len(values) == 3 for values in ensembles.values()):
        raise InputError("ensembles: expected (limits, counts, sums) for each name.")
    names = tuple(ensembles)
    chosen = names[0] if reference is None else reference
    if chosen not in names:
        raise InputError(f"reference is {chosen!r}; expected one of {', '.join(names)}.")
    if field is not None and not (isinstance(field, int | float) and math.isfinite(field) and field != 0):
        raise InputError(f"field is {field!r}; expected the field of the reference, a number other than 0.")
    unit = 1.0 if field is None else abs(field) ** (1 / 3)
    generator, seed = generator_and_seed(rng)
    bins = tuple(stiffness_bins(name, *values) for name, values in ensembles.items())
    fit = joint_fit(bins, names.index(chosen))
    log_square_r, square_rm = repeated_fits(fit, generator, resamples)
    factors = np.array([one.instances / (one.instances - 1) for one in bins])  # as in bootstrap.spread
    covariance = np.atleast_2d(np.cov(0.5 * log_square_r.T)) * np.sqrt(np.outer(factors, factors))
    chi2, freedom = fit.judgement()
    covariance *= _variance_factor(chi2, freedom)
    worst = int(np.argmax(np.diag(covariance)))
    if not covariance[worst, worst] < _UNCERTAIN**2:
        raise InsufficientDataError(
            f"{names[worst]}: the error of ln omega_x is {math.sqrt(covariance[worst, worst]):.2g}, so its curve fixes "
            "no ratio: make more instances, or add curves in between."
        )
    return Collapse(
        names=names, reference=chosen, unit=unit, omega_x=unit * np.exp(0.5 * fit.log_square), covariance=covariance,
        chi2=chi2, degrees_of_freedom=freedom, mismatch=fit.mismatch(),
        mean_square=np.array([one.mean_square for one in bins]), log_omega_rm=math.log(unit) + 0.5 * log_square_r,
        log_square_rm=np.log(square_rm), bins=bins, curve=fit.curve, coefficients=fit.coefficients,
        resamples=resamples, seed=seed,
    )  # fmt: skip


def _variance_factor(chi2: float, freedom: float) -> float:
    return chi2 / freedom if gammaincc(freedom / 2, chi2 / 2) < REFUSED else 1.0
