"""Which form of the rate the modes of a window support: likelihood ratios, Akaike's criterion, odds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from ...errors import InputError
from .fit import predicted_exponent, require_taper
from .mode_window import mode_window
from .rate_models import CorrectedPower, LogarithmicCubic, ModelFit, PurePower, RateModel

CANDIDATES = (2.0, 3.0, 4.0, 5.0)
"""Exponents that are fixed in every comparison, beside the prediction 3 + 2/m where the taper is known."""


@dataclass(frozen=True, kw_only=True)
class ModelComparison:
    """Forms of the rate fitted to the same modes.

    Attributes
    ----------
    upper : float
    count, glasses : int
        Modes in the window, glasses.
    fits : tuple of ModelFit
        In the order of the models.
    inflation : float
        Variance of the estimate over that of independent modes, at least 1: log-likelihoods are divided by it, so
        that modes that come in groups do not count as independent evidence (quasi-likelihood).
    """

    upper: float
    count: int
    glasses: int
    fits: tuple[ModelFit, ...]
    inflation: float = 1.0

    def __getitem__(self, name: str) -> ModelFit:
        """Return the fit of a form by its name.

        Raises
        ------
        InputError
            A name that was not compared.
        """
        for fit in self.fits:
            if fit.name == name:
                return fit
        raise InputError(f"no rate model {name!r}; compared were {', '.join(fit.name for fit in self.fits)}.")

    def criterion(self, fit: ModelFit) -> float:
        """2·parameters − 2·log_likelihood/inflation: Akaike's criterion where the inflation is 1."""
        return 2 * fit.parameters - 2 * fit.log_likelihood / self.inflation

    @property
    def best(self) -> ModelFit:
        """Form of the smallest criterion."""
        return min(self.fits, key=self.criterion)

    def log_odds(self, name: str) -> float:
        """ln of the odds against a form, relative to the best: half its excess in the criterion, never negative.

        Between two forms with one parameter each it is the logarithm of their likelihood ratio.
        """
        return (self.criterion(self[name]) - self.criterion(self.best)) / 2

    def odds(self, name: str) -> float:
        """Odds N:1 against a form, relative to the best; 1 for the best itself."""
        return math.exp(min(self.log_odds(name), 700.0))

    def log_likelihood_ratio(self, first: str, second: str) -> float:
        """ln[L(first)/L(second)], divided by the inflation; parameters are not counted."""
        return (self[first].log_likelihood - self[second].log_likelihood) / self.inflation

    @property
    def weights(self) -> dict[str, float]:
        """Akaike weights exp(−criterion/2), normalised over the forms."""
        relative = {fit.name: math.exp(-min(self.log_odds(fit.name), 700.0)) for fit in self.fits}
        total = sum(relative.values())
        return {name: value / total for name, value in relative.items()}

    def table(self) -> str:
        """Return the comparison as lines of text, the best first."""
        lines = [f"{'rate':22s} {'s':>6s} {'ln L':>9s} {'AIC':>9s} {'weight':>7s}  odds against"]
        weights = self.weights
        for fit in sorted(self.fits, key=self.criterion):
            bound = "  (at its bound)" if fit.at_bound else ""
            lines.append(
                f"{fit.name:22s} {fit.s:6.2f} {fit.log_likelihood:9.2f} {self.criterion(fit):9.2f} "
                f"{weights[fit.name]:7.3f}  {odds_text(self.odds(fit.name))}{bound}"
            )
        return "\n".join(lines)


def odds_text(odds: float) -> str:
    """Return odds as ``40:1``, with two digits, one decimal below ten, and a power of ten above a million."""
    if odds > 1e6:
        return f"more than 10^{math.floor(math.log10(odds))}:1"
    if odds < 9.95:
        return f"{odds:.1f}:1"
    digits = math.floor(math.log10(odds)) - 1
    return f"{round(odds, -digits):.0f}:1"


def candidate_exponents(taper: float | None = None) -> tuple[float, ...]:
    """Return the exponents to compare, ascending: 2, 3, 4, 5, and 3 + 2/m where the order m of the taper is given."""
    if taper is None or math.isinf(require_taper(taper)):
        return CANDIDATES
    return tuple(sorted({*CANDIDATES, predicted_exponent(taper)}))


def disputed_exponents(taper: float | None) -> tuple[float, ...]:
    """Return the exponents in question, ascending: 3, 4 and, where the taper is known, 3 + 2/m."""
    return tuple(sorted({3.0, 4.0} if taper is None else {3.0, 4.0, predicted_exponent(taper)}))


def rate_models(taper: float | None = None, *, logarithm_scale: float | None = None) -> tuple[RateModel, ...]:
    """Return the forms of a standard comparison: candidates, free s, correction to scaling, the form of m = ∞."""
    fixed = tuple(PurePower(s) for s in candidate_exponents(taper))
    return (*fixed, PurePower(), CorrectedPower(), LogarithmicCubic(logarithm_scale))


def compare_rates(
    frequencies_per_glass: Sequence[ArrayLike],
    upper: float,
    *,
    models: Sequence[RateModel] | None = None,
    taper: float | None = None,
    complete_below: ArrayLike | None = None,
    inflation: float = 1.0,
) -> ModelComparison:
    """Fit forms of the rate to the modes below ``upper`` by maximum likelihood, and compare them.

    Parameters
    ----------
    frequencies_per_glass, upper, complete_below
        As in ``fit_exponent``.
    models : sequence of RateModel, optional
        None: those of ``rate_models(taper)``. Names must differ.
    taper : int or math.inf, optional
        Order m of the taper; adds s = 3 + 2/m to the standard models.
    inflation : float
        At least 1: (error/analytic_error)² of an ``ExponentFit``, where modes of a glass are not independent.

    Raises
    ------
    InputError
        As in ``fit_exponent``; models with the same name, an inflation below 1.
    InsufficientDataError
        Fewer than 3 modes in the window.

    References
    ----------
    K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference (Springer, 2002), sections 2.2 to 2.9.
    """
    models = rate_models(taper) if models is None else tuple(models)
    names = [model.name for model in models]
    if not names or len(set(names)) < len(names):
        raise InputError(f"rate models {names}; expected at least one, all of different names.")
    if not inflation >= 1:
        raise InputError(f"inflation is {inflation}; expected at least 1, the value of independent modes.")
    window = mode_window(frequencies_per_glass, upper, complete_below=complete_below)
    fits = tuple(model.fit(window) for model in models)
    return ModelComparison(
        upper=window.upper, count=window.count, glasses=window.glasses, fits=fits, inflation=float(inflation)
    )
