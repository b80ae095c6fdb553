"""Distributions of local stresses P(sigma), sigma > 0, as generalised heterogeneous elasticity takes them in.

Predicted near sigma = 0 for a tapered potential or one with a minimum, or a table: arrays, or what was measured.
"""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from ..analysis.exponents.fit import require_taper
from ..analysis.per_glass import FloatArray
from ..analysis.stresses.distribution import LEAST_COUNT, StressDistribution
from ..analysis.stresses.prediction import predicted_slope
from ..errors import InputError, InsufficientDataError

MINIMUM = 1.0
"""Taper order that stands for a potential with a minimum: sigma goes linearly through 0 there, P(0) is finite."""

_SURELY = 3.0  # standard deviations by which a measured end must be too steep to be refused


class StressLaw(Protocol):
    """A distribution of local stresses on lowest < sigma <= highest, normalised or not."""

    @property
    def lowest(self) -> float:
        """Lower end of what is known [energy]; 0 for a law."""

    @property
    def highest(self) -> float:
        """Upper end of what is known [energy]."""

    @property
    def nodes(self) -> FloatArray:
        """Stresses at which the law has corners, ascending, its ends among them where they are positive."""

    def density(self, sigma: FloatArray) -> FloatArray:
        """P(sigma) between the ends."""

    def slope(self, sigma: FloatArray) -> FloatArray:
        """d ln P/d ln sigma between the ends."""


_LAW = ("lowest", "highest", "nodes", "density", "slope")


def require_stress_law(stress: Any) -> StressLaw:
    """Return a stress law, or refuse anything else.

    Raises
    ------
    InputError
        An array, a measured distribution, a number, text: whatever has not all that a `StressLaw` has.
    """
    if isinstance(stress, type) or not all(hasattr(stress, name) for name in _LAW):
        raise InputError(
            f"stress is {reprlib.repr(stress)}, a {type(stress).__name__}; expected a law P(sigma), as "
            "predicted_stress(taper), tabulated_stress(sigma, density) or measured_stress(distribution) return it."
        )
    return stress


@dataclass(frozen=True)
class PowerLawStress:
    """P(sigma) = (alpha + 1) sigma^alpha/scale^(alpha+1) for 0 < sigma <= scale.

    Parameters
    ----------
    exponent : float
        alpha > −1, or P cannot be normalised.
    scale : float
        Upper end [energy].

    Raises
    ------
    InputError
        An exponent of −1 or less, a scale that is not positive.
    """

    exponent: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        _check_scale(self.scale)
        require_number("exponent", self.exponent, expected="a number above −1")
        if not -1 < self.exponent < math.inf:
            raise InputError(
                f"P(sigma) ~ sigma^{self.exponent:g} cannot be normalised at sigma = 0; expected an exponent above −1."
            )

    @property
    def lowest(self) -> float:
        """0: the law is that of sigma → 0."""
        return 0.0

    @property
    def highest(self) -> float:
        """The scale."""
        return self.scale

    @property
    def nodes(self) -> FloatArray:
        """Its upper end."""
        return np.array([self.scale])

    def density(self, sigma: FloatArray) -> FloatArray:
        """P(sigma)."""
        return (self.exponent + 1) / self.scale * (sigma / self.scale) ** self.exponent

    def slope(self, sigma: FloatArray) -> FloatArray:
        """alpha everywhere."""
        return np.full(np.shape(sigma), float(self.exponent))


@dataclass(frozen=True)
class LogarithmicStress:
    """P(sigma) = 1/(sigma [1 − ln(sigma/scale)]²) for 0 < sigma <= scale: the law of the taper m = ∞, normalised.

    For sigma → 0 it is 1/(sigma ln²sigma); the constant 1 keeps it normalisable up to the scale.
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        _check_scale(self.scale)

    @property
    def lowest(self) -> float:
        """0: the law is that of sigma → 0."""
        return 0.0

    @property
    def highest(self) -> float:
        """The scale."""
        return self.scale

    @property
    def nodes(self) -> FloatArray:
        """Its upper end."""
        return np.array([self.scale])

    def density(self, sigma: FloatArray) -> FloatArray:
        """P(sigma)."""
        return 1 / (sigma * (1 - np.log(sigma / self.scale)) ** 2)

    def slope(self, sigma: FloatArray) -> FloatArray:
        """−1 + 2/(1 − ln(sigma/scale))."""
        return -1 + 2 / (1 - np.log(sigma / self.scale))


@dataclass(frozen=True, eq=False)
class TabulatedStress:
    """P(sigma) from a table, a power law between neighbouring points; nothing is assumed outside.

    Attributes
    ----------
    sigma, values : (K,) arrays
        Stresses [energy], positive and ascending, and P there, positive; in any unit, since P enters up to a factor.
    slope_sigma, slopes, slope_errors : (S,) arrays
        Local slopes d ln P/d ln sigma with their errors, where they were measured; else empty.
    source : str
        What it is, for figures.

    Raises
    ------
    InputError
        Arrays not as above, or with an end towards 0 as steep as sigma^-1, which cannot be normalised.
    """

    sigma: FloatArray
    values: FloatArray
    slope_sigma: FloatArray = field(default_factory=lambda: np.empty(0))
    slopes: FloatArray = field(default_factory=lambda: np.empty(0))
    slope_errors: FloatArray = field(default_factory=lambda: np.empty(0))
    source: str = "tabulated"

    @property
    def lowest(self) -> float:
        """First stress of the table."""
        return float(self.sigma[0])

    @property
    def highest(self) -> float:
        """Last stress of the table."""
        return float(self.sigma[-1])

    @property
    def nodes(self) -> FloatArray:
        """All stresses of the table."""
        return self.sigma

    def density(self, sigma: FloatArray) -> FloatArray:
        """P(sigma), linear in the double logarithm between points."""
        return np.exp(np.interp(np.log(sigma), np.log(self.sigma), np.log(self.values)))

    def slope(self, sigma: FloatArray) -> FloatArray:
        """Slope of the interval that holds sigma."""
        slopes = np.diff(np.log(self.values)) / np.diff(np.log(self.sigma))
        return slopes[np.clip(np.searchsorted(self.sigma, sigma, side="right") - 1, 0, slopes.size - 1)]


def predicted_stress(taper: float, *, scale: float = 1.0) -> StressLaw:
    """P(sigma) predicted for sigma → 0: sigma^(1/m − 1), or 1/(sigma ln²sigma) for m = ∞ [S (103)].

    A potential with a minimum is ``MINIMUM``, m = 1: a constant [S (104)]. The law is continued to ``scale`` and ends
    there; measured distributions follow it far below their scale only (`analysis.stresses`).

    Raises
    ------
    InputError
        A taper that is not an integer >= 1 or infinity, a scale that is not positive.
    """
    if math.isinf(require_taper(taper)):
        return LogarithmicStress(scale)
    return PowerLawStress(predicted_slope(taper), scale)


def tabulated_stress(sigma: ArrayLike, density: ArrayLike) -> TabulatedStress:
    """P(sigma) from arrays, for example of ``analysis.stresses.prediction``; zeros of P at the ends are left out.

    Raises
    ------
    InputError
        See ``TabulatedStress``.
    """
    try:
        sigma_k, value_k = (np.asarray(array, dtype=np.float64) for array in (sigma, density))
    except (TypeError, ValueError) as error:
        raise InputError(f"sigma or density are not arrays of numbers ({error}).") from error
    if sigma_k.ndim != 1 or sigma_k.shape != value_k.shape or sigma_k.size < 2:
        raise InputError(f"sigma and density have shapes {sigma_k.shape}, {value_k.shape}; expected equal (K >= 2,).")
    if not (np.isfinite(sigma_k).all() and (sigma_k > 0).all() and (np.diff(sigma_k) > 0).all()):
        raise InputError(
            "sigma is not finite, positive and ascending; pass magnitudes, the sign of a stress is not used."
        )
    if not np.isfinite(value_k).all() or (value_k < 0).any():
        raise InputError("P(sigma) is negative or not finite somewhere, so it cannot be normalised.")
    positive = np.flatnonzero(value_k)
    if positive.size < 2:
        raise InputError("P(sigma) vanishes at all stresses but one at most, so it cannot be normalised.")
    kept = slice(positive[0], positive[-1] + 1)
    if (value_k[kept] == 0).any():
        raise InputError("P(sigma) vanishes between positive values; merge the bins, or pass one part.")
    found = TabulatedStress(sigma_k[kept], value_k[kept])
    _check_end(float(found.slope(found.sigma[:1])[0]), found.lowest)
    return found


def measured_stress(distribution: StressDistribution) -> TabulatedStress:
    """P(sigma) as measured on an ensemble, from its bins with at least 25 values, with its local slopes and errors.

    Parameters
    ----------
    distribution : StressDistribution
        Of magnitudes: a component a ≠ b has either sign with equal probability, and only positive stresses count.

    Raises
    ------
    InsufficientDataError
        Fewer than two neighbouring bins with as many values.
    InputError
        Something else than a `StressDistribution`; a lower end as steep as sigma^-1 by three standard deviations.
    """
    if not isinstance(distribution, StressDistribution):
        raise InputError(
            f"distribution is {reprlib.repr(distribution)}, a {type(distribution).__name__}; expected what "
            "stress_distribution returns: for arrays take tabulated_stress(sigma, density)."
        )
    enough = distribution.count >= LEAST_COUNT
    inside = _longest_run(enough)
    if inside.stop - inside.start < 2:
        raise InsufficientDataError(
            f"{int(enough.sum())} bins hold {LEAST_COUNT} stresses or more, and no two neighbours; make more glasses "
            "or wider bins.",
            distribution,
        )
    sigma = distribution.sigma[inside]
    shown = (distribution.slope_sigma >= sigma[0]) & (distribution.slope_sigma <= sigma[-1])
    if shown.any():
        first = int(np.flatnonzero(shown)[0])
        _check_end(float(distribution.slope[first] + _SURELY * distribution.slope_error[first]), float(sigma[0]))
    return TabulatedStress(
        sigma,
        distribution.density[inside],
        slope_sigma=distribution.slope_sigma[shown],
        slopes=distribution.slope[shown],
        slope_errors=distribution.slope_error[shown],
        source=f"measured, {distribution.glasses} glasses",
    )


def _longest_run(flags: np.ndarray) -> slice:
    """Longest stretch of True."""
    ends = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    if ends.size == 0:
        return slice(0, 0)
    lengths = ends[1::2] - ends[::2]
    best = int(lengths.argmax())
    return slice(int(ends[2 * best]), int(ends[2 * best + 1]))


def _check_end(slope: float, sigma: float) -> None:
    if slope <= -1:
        raise InputError(
            f"P(sigma) rises towards sigma = 0 with slope {slope:.3g} at {sigma:.3g}, as steep as 1/sigma, and cannot "
            "be normalised there; give smaller stresses, or leave the steep end out."
        )


def require_number(name: str, value: Any, *, expected: str) -> None:
    """Refuse what is not one real number: an array, text, nothing.

    Raises
    ------
    InputError
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise InputError(f"{name} is {reprlib.repr(value)}, a {type(value).__name__}; expected {expected}.")


def _check_scale(scale: float) -> None:
    require_number("scale", scale, expected="a positive stress")
    if not 0 < scale < math.inf:
        raise InputError(f"scale is {scale:g}; expected a positive stress.")
