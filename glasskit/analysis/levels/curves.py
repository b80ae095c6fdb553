"""Distributions of the gap ratio r that are known: independent levels, 3×3 random matrices, large ones.

All three have P(r) = P(1/r)/r², so the folded ratio min(r, 1/r) has the density 2P(r) on [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..per_glass import FloatArray

MEAN_FOLDED_POISSON = 2 * math.log(2) - 1
"""Mean of min(r, 1/r) for independent levels: 0.38629."""

MEAN_FOLDED_GOE_SURMISE = 4 - 2 * math.sqrt(3)
"""Mean of min(r, 1/r) for 3×3 matrices of the orthogonal ensemble, exact: 0.53590."""

MEAN_FOLDED_GOE = 0.5307
"""Mean of min(r, 1/r) for large matrices of the orthogonal ensemble: numerical, Atas et al. (2013)."""

_FIT = 0.233378  # amplitude of the correction to the surmise, fitted by Atas et al. to 1000×1000 matrices
_BALANCE = 2 * (math.pi - 2) / (4 - math.pi)  # makes the integral of the correction vanish


@dataclass(frozen=True)
class ReferenceCurve:
    """A known distribution of gap ratios.

    Attributes
    ----------
    name : str
    mean_folded : float
        Mean of min(r, 1/r).
    density : callable
        P(r), r >= 0.
    """

    name: str
    mean_folded: float
    density: Callable[[ArrayLike], FloatArray]
    _half: Callable[[FloatArray], FloatArray]

    def cumulative(self, ratios: ArrayLike, *, folded: bool = False) -> FloatArray:
        """Probability of a ratio at or below r, closed form; of a folded one where ``folded``. Infinity is allowed."""
        r = np.asarray(ratios, dtype=np.float64)
        if folded:
            return 2 * self._half(np.clip(r, 0, 1))
        with np.errstate(divide="ignore"):
            inverse = np.where(r > 1, 1 / np.maximum(r, 1), 0)
        return np.where(r > 1, 1 - self._half(inverse), self._half(np.clip(r, 0, 1)))


def gap_ratio_density_poisson(ratios: ArrayLike) -> FloatArray:
    """P(r) = 1/(1 + r)² of independent levels (not an exponential: that is the density of the gaps themselves)."""
    r = np.asarray(ratios, dtype=np.float64)
    return 1 / (1 + r) ** 2


def gap_ratio_density_goe(ratios: ArrayLike) -> FloatArray:
    """P(r) = (27/8)(r + r²)/(1 + r + r²)^(5/2) of levels that repel: the surmise, exact for 3×3 matrices.

    References
    ----------
    Atas et al., Phys. Rev. Lett. 110, 084101 (2013); Schirmacher et al., Nat. Commun. 15, 3107 (2024),
    Eq. (18).
    """
    r = np.asarray(ratios, dtype=np.float64)
    return 27 / 8 * (r + r**2) / (1 + r + r**2) ** 2.5


def gap_ratio_density_goe_large(ratios: ArrayLike) -> FloatArray:
    """P(r) of large matrices of the orthogonal ensemble: the surmise plus a fitted correction of up to 0.016.

    With x = r + 1/r the correction is C/(1 + r)²·(1/x − c/x²), C = 0.233378, c = 2(π−2)/(4−π). It moves the mean of
    the folded ratio from 0.5359 to 0.5307, which some ten thousand ratios can see.

    References
    ----------
    Atas et al., Phys. Rev. Lett. 110, 084101 (2013), the fit to the difference between surmise and large matrices.
    """
    r = np.asarray(ratios, dtype=np.float64)
    inverse = r / (1 + r**2)
    return gap_ratio_density_goe(r) + _FIT / (1 + r) ** 2 * inverse * (1 - _BALANCE * inverse)


def _half_poisson(r: FloatArray) -> FloatArray:
    return r / (1 + r)


def _half_surmise(r: FloatArray) -> FloatArray:
    # with u = r + 1/2 and s = 1 + r + r² = u² + 3/4: the derivative of u(s−3)/s^(3/2) is (27/4)(s−1)/s^(5/2)
    return 0.5 + (2 * r + 1) * (r - 1) * (r + 2) / (4 * (1 + r + r**2) ** 1.5)


def _half_large(r: FloatArray) -> FloatArray:
    # integrals from 0 of r/((1+r)²(1+r²)) and r²/((1+r)²(1+r²)²), by partial fractions
    angle = np.arctan(r)
    first = (angle - r / (1 + r)) / 2
    second = (2 - angle - (r**2 + r + 2) / ((1 + r) * (1 + r**2))) / 4
    return _half_surmise(r) + _FIT * (first - _BALANCE * second)


POISSON = ReferenceCurve("Poisson", MEAN_FOLDED_POISSON, gap_ratio_density_poisson, _half_poisson)
GOE_SURMISE = ReferenceCurve("GOE (3×3)", MEAN_FOLDED_GOE_SURMISE, gap_ratio_density_goe, _half_surmise)
GOE = ReferenceCurve("GOE", MEAN_FOLDED_GOE, gap_ratio_density_goe_large, _half_large)
