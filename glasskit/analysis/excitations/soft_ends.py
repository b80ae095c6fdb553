"""Densities of the lowest frequencies and barriers, one of each glass, and the powers with which they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bins import equal_edges
from ..bootstrap import generator_and_seed
from ..exponents.lowest_frequency import LowestFrequencyFit, fit_lowest_frequency
from ..per_glass import FloatArray, IntArray
from .columns import LEAST_GLASSES, one_per_glass
from .ticks import plain_ticks

PARTS = (0.25, 0.5, 0.75, 1.0)
FREQUENCY_EXPONENT = 4.0
BARRIER_EXPONENT = 0.25


@dataclass(frozen=True, eq=False)
class SoftEnd:
    """Density p(v) of the lowest value v of each glass, and its power for v → 0.

    Attributes
    ----------
    name : str
        Of v, for figures.
    expected : float
        Power of v to compare with.
    parts : tuple of float
        Part of the glasses that each fit rests on: those with the smallest v; the others are censored.
    fits : tuple of LowestFrequencyFit
        Weibull fits, p ~ v^s as v → 0, one for each part; none is chosen. The glasses of a part are also in the next.
    edges, density, error : (B+1,), (B,), (B,) arrays
        Histogram with bins of equal width in ln v: density, normalised to 1 over the glasses, and its standard error
        as of a binomial count.
    count : (B,) array of int
    value_g : (G,) array
        v of each glass.
    """

    name: str
    expected: float
    parts: tuple[float, ...]
    fits: tuple[LowestFrequencyFit, ...]
    edges: FloatArray
    density: FloatArray
    error: FloatArray
    count: IntArray
    value_g: FloatArray = field(repr=False)

    @property
    def drawn(self) -> float:
        """Part of the glasses whose fit `plot` draws: half of them, or the next larger part with enough glasses."""
        return next((part for part in self.parts if part >= 0.5), self.parts[-1])

    def weibull(self, v: FloatArray, fit: LowestFrequencyFit) -> FloatArray:
        """C v^s exp(−C v^(s+1)/(s+1)) of one of the fits, at most to be believed below its ``upper``."""
        k = fit.s + 1
        return np.asarray(fit.prefactor * v**fit.s * np.exp(-fit.prefactor * v**k / k))

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """Density in double logarithm with the fit to the part ``drawn``; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        seen = self.count > 0
        middle = np.sqrt(self.edges[:-1] * self.edges[1:])
        known = np.minimum(self.error, 0.9 * self.density)  # one value in a bin: the bar would end below zero
        ax.errorbar(
            middle[seen], self.density[seen], [known[seen], self.error[seen]], fmt=marker, ms=4, lw=1, color=color,
            label=label,
        )  # fmt: skip
        fit = self.fits[self.parts.index(self.drawn)]
        v = np.geomspace(self.edges[0], fit.upper, 100)
        ax.plot(v, self.weibull(v, fit), color=color, lw=1)
        if fresh:
            self.guide(ax)
            ax.set(xscale="log", yscale="log", xlabel=self.name, ylabel="density")
            plain_ticks(ax)
        return ax

    def guide(self, ax: Any) -> None:
        """Draw the expected power, dashed, from the smallest value to half above the density at the median."""
        middle = float(np.median(self.value_g))
        v = np.array([self.edges[0], middle])
        end = 1.5 * self.density[np.searchsorted(self.edges, middle) - 1]
        ax.plot(
            v, end * (v / middle) ** self.expected, color="0.3", lw=1, ls=(0, (4, 3)), label=f"power {self.expected:g}"
        )


def soft_end(
    value: ArrayLike,
    *,
    expected: float,
    name: str = "v",
    parts: Sequence[float] = PARTS,
    bins: int | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> SoftEnd:
    """Density of one positive number per glass, the smallest of many, and its power at the small end.

    Values of rate C·v^s leave the smallest one of a glass above v with probability exp(−C v^(s+1)/(s+1)); s is
    fitted to the smallest ``part`` of the glasses, the others being censored, for several parts.

    Parameters
    ----------
    value : (G,) array
    expected : float
        Power to compare with.
    name : str
    parts : sequence of float
        Ascending in (0, 1]; those that leave fewer than 10 glasses are left out.
    bins : int, optional
        Of the histogram; default about 2·G^(1/3).
    rng, resamples
        Of the bootstrap over glasses.

    Raises
    ------
    InputError
        Values that are not positive and finite, parts that are none.
    InsufficientDataError
        Fewer than 10 glasses in the largest part.
    """
    (value_g,) = one_per_glass(value=value, positive=("value",), least=LEAST_GLASSES)
    asked = tuple(float(part) for part in parts)
    if not asked or not all(0 < part <= 1 for part in asked) or list(asked) != sorted(set(asked)):
        raise InputError(f"parts are {asked}; expected ascending numbers above 0, up to 1.")
    kept = tuple(part for part in asked if round(part * value_g.size) >= LEAST_GLASSES)
    if not kept:
        raise InsufficientDataError(
            f"{asked[-1]:g} of {value_g.size} glasses are fewer than {LEAST_GLASSES}; make more glasses."
        )
    generator_and_seed(rng)  # refused before anything is fitted
    ordered = np.sort(value_g)
    fits = tuple(
        fit_lowest_frequency(list(value_g[:, None]), _upper(ordered, part), rng=rng, resamples=resamples)
        for part in kept
    )  # fmt: skip
    number = max(4, round(2 * value_g.size ** (1 / 3))) if bins is None else bins
    if ordered[0] == ordered[-1]:
        raise InputError(f"all values of {name} are {ordered[0]:g}; a density needs different ones.")
    edge_b = equal_edges(float(ordered[0]), float(ordered[-1]), number, "logarithmic")
    count_b = np.histogram(value_g, edge_b)[0]
    scale_b = value_g.size * np.diff(edge_b)
    return SoftEnd(
        name=name,
        expected=expected,
        parts=kept,
        fits=fits,
        edges=edge_b,
        density=count_b / scale_b,
        error=np.sqrt(count_b * (1 - count_b / value_g.size)) / scale_b,
        count=count_b,
        value_g=value_g,
    )


def _upper(ordered: FloatArray, part: float) -> float:
    """The value at which to censor: ``part`` of the glasses lie below it."""
    below = round(part * ordered.size)
    return float(ordered[below]) if below < ordered.size else float(np.nextafter(ordered[-1], np.inf))


def lowest_frequencies(kappa: ArrayLike, *, name: str = r"$\omega$", **options: Any) -> SoftEnd:
    """Density of omega = √kappa of the quartic (or cubic) mode found in each glass; D ~ omega⁴ is expected.

    That mode is the one nearest to the lowest harmonic mode, not proved to be the lowest of its kind.

    Parameters
    ----------
    kappa : (G,) array
        Stiffness [energy/length²].
    **options
        Of `soft_end`.

    References
    ----------
    Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Eq. (30).
    """
    (kappa_g,) = one_per_glass(kappa=kappa, positive=("kappa",))
    return soft_end(np.sqrt(kappa_g), expected=FREQUENCY_EXPONENT, name=name, **options)


def barriers(kappa: ArrayLike, tau: ArrayLike, *, name: str = "$B$", **options: Any) -> SoftEnd:
    """Density of the barriers B = (2/3) kappa³/tau² of the cubic mode of each glass; p(B) ~ B^(1/4) is predicted.

    It follows from tau² ∝ kappa, hence B ∝ omega⁴, and from D(omega) ~ omega⁴. B scatters about c·omega⁴ from glass
    to glass, so that fits of large parts are too flat even where the law holds.

    Parameters
    ----------
    kappa, tau : (G,) arrays
        Of the cubic mode [energy/length²], [energy/length³]; tau of either sign, not zero.
    **options
        Of `soft_end`.

    References
    ----------
    Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Eqs. (35) and (36).
    """
    (kappa_g, tau_g) = one_per_glass(kappa=kappa, tau=tau, positive=("kappa",), nonzero=("tau",))
    return soft_end(2 * kappa_g**3 / (3 * tau_g**2), expected=BARRIER_EXPONENT, name=name, **options)
