"""Second minima of the expansion along a mode, and whether they are the lower ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ..bootstrap import BootstrapEstimate
from .columns import LEAST_GLASSES, one_per_glass
from .medians import bootstrap_median
from .power_laws import PowerLaw, fit_power_law
from .proportions import CONFIDENCE, Proportion, proportion
from .ticks import plain_ticks

SECOND_MINIMUM = 8.0 / 3.0
"""tau²/(kappa chi) above which kappa s²/2 + tau s³/6 + chi s⁴/24 has a second minimum."""

LOWER_MINIMUM = 3.0
"""tau²/(kappa chi) above which the second minimum is the lower one [K (32)]."""

MIDDLE = (0.16, 0.84)
"""Quantiles one standard deviation from the middle of a normal distribution."""


@dataclass(frozen=True, eq=False)
class DoubleWells:
    """tau² against kappa·chi of one mode of each glass.

    Attributes
    ----------
    second_minimum, lower_minimum : Proportion
        Glasses with tau² above (8/3) kappa chi and above 3 kappa chi.
    relation : PowerLaw
        tau² against kappa·chi; slope 1 is expected of cubic modes.
    ratio : BootstrapEstimate
        Median of tau²/(kappa chi). Modes that follow tau² ~ kappa chi have the same one in every ensemble.
    spread : (float, float)
        Quantiles of tau²/(kappa chi) between which the middle 68 % of the glasses lie: within a small factor for modes
        that follow that relation, over decades for those that do not.
    """

    second_minimum: Proportion
    lower_minimum: Proportion
    relation: PowerLaw
    ratio: BootstrapEstimate
    spread: tuple[float, float]

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """Scatter in double logarithm with both bounds [K Fig. 8]; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.plot(self.relation.x, self.relation.y, marker, ms=3, mew=0, alpha=0.5, color=color, label=label)
        if fresh:
            self.bounds(ax, self.relation.x.min(), self.relation.x.max())
            ax.set(xscale="log", yscale="log", xlabel=self.relation.names[0], ylabel=self.relation.names[1])
            plain_ticks(ax)
        return ax

    @staticmethod
    def bounds(ax: Any, low: float, high: float) -> None:
        """Draw tau² = 3 kappa chi and (8/3) kappa chi."""
        x = np.array([low, high])
        ax.plot(x, LOWER_MINIMUM * x, color="0.1", lw=1, label=r"$\tau^2 = 3\kappa\chi$: second minimum as deep")
        name = r"$\tau^2 = (8/3)\kappa\chi$: second minimum appears"
        ax.plot(x, SECOND_MINIMUM * x, color="0.1", lw=1, ls=(0, (4, 3)), label=name)


def double_wells(
    kappa: ArrayLike,
    tau: ArrayLike,
    chi: ArrayLike,
    *,
    confidence: float = CONFIDENCE,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> DoubleWells:
    """Compare tau² with (8/3) kappa chi and with 3 kappa chi.

    Above the first the expansion to fourth order has a second minimum, above the second that is the lower one.

    Parameters
    ----------
    kappa, tau, chi : (G,) arrays
        Of one mode per glass [energy/length^2, 3, 4]; tau of either sign, not zero.
    confidence : float
        Of the intervals of the fractions.
    rng, resamples
        Of the bootstrap of the slope and of the median over glasses.

    Raises
    ------
    InputError
        Arrays that are empty, do not match, are not finite, or where zero (kappa, chi also: below zero) has no place.
    InsufficientDataError
        Fewer than 10 glasses.

    References
    ----------
    Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Eqs. (32) and (33), Figs. 8 and 9(d, e).
    """
    kappa_g, tau_g, chi_g = one_per_glass(
        kappa=kappa, tau=tau, chi=chi, positive=("kappa", "chi"), nonzero=("tau",), least=LEAST_GLASSES
    )
    product_g = kappa_g * chi_g
    ratio_g = tau_g**2 / product_g
    low, high = np.quantile(ratio_g, MIDDLE)
    return DoubleWells(
        second_minimum=proportion(tau_g**2 > SECOND_MINIMUM * product_g, confidence=confidence),
        lower_minimum=proportion(tau_g**2 > LOWER_MINIMUM * product_g, confidence=confidence),
        relation=fit_power_law(
            product_g, tau_g**2, names=(r"$\kappa\chi$", r"$\tau^2$"), expected=1.0, rng=rng, resamples=resamples
        ),
        ratio=bootstrap_median(ratio_g, rng=rng, resamples=resamples),
        spread=(float(low), float(high)),
    )
