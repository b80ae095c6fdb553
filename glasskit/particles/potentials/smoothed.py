"""Inverse power law ended by an even polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..kernels.jit import inline
from .base import PairPotential, registered
from .form import HEADER, ONE, PairForm, inverse_power, stretch
from .tapered import _half, has_screen


def smoothing_coefficients(exponent: float, cutoff_ratio: float, smoothness: int) -> NDArray[np.float64]:
    """Coefficients c_0, c_2, ..., c_2q of the even polynomial that ends (a/r)^n with q vanishing derivatives.

    They solve s^-n + Σ_l c_2l s^(2l) = O((x_c − s)^(q+1)) at s = x_c. In y = (s/x_c)², the polynomial is minus the
    Taylor polynomial of y^(−n/2) of degree q about y = 1, expanded in powers of y.

    Parameters
    ----------
    exponent, cutoff_ratio, smoothness : float, float, int
        n, x_c = r_c/a, q.

    Returns
    -------
    ndarray, shape (q + 1,)
    """
    taylor, binomial = np.zeros(smoothness + 1), 1.0
    power = np.zeros(smoothness + 1)
    power[0] = 1.0  # coefficients of (y − 1)^k
    for k in range(smoothness + 1):
        taylor += binomial * power
        power = np.concatenate(([0.0], power[:-1])) - power
        binomial *= (-0.5 * exponent - k) / (k + 1)
    return -taylor * cutoff_ratio ** (-(exponent + 2.0 * np.arange(smoothness + 1)))


@cache
def _smoothed_form(exponent: float, smoothness: int) -> PairForm:
    half, terms = _half(exponent), smoothness + 1

    @inline
    def energy(r2, a, p):
        y = r2 / (a * a)
        total = p[HEADER + terms - 1]
        for k in range(terms - 2, -1, -1):
            total = total * y + p[HEADER + k]
        return total + (1.0 / y) ** half

    @inline
    def force(r2, a, p):
        b2 = 1.0 / (a * a)
        y = r2 * b2
        total, slope = p[HEADER + terms - 1], 0.0
        for k in range(terms - 2, -1, -1):
            slope = slope * y + total
            total = total * y + p[HEADER + k]
        inverse = 1.0 / y
        f = inverse**half
        return total + f, 2.0 * b2 * (slope - half * f * inverse)

    @inline
    def derivatives(r, a, p):
        s = r / a
        d0, d1, d2, d3, d4 = inverse_power(exponent, s, 1.0)
        for k in range(terms):
            c, q = p[HEADER + k], 2 * k
            d0 += c * s**q
            d1 += c * q * s ** max(q - 1, 0)
            d2 += c * q * (q - 1) * s ** max(q - 2, 0)
            d3 += c * q * (q - 1) * (q - 2) * s ** max(q - 3, 0)
            d4 += c * q * (q - 1) * (q - 2) * (q - 3) * s ** max(q - 4, 0)
        return stretch((d0, d1, d2, d3, d4), 1.0 / a)

    @inline
    def screen(r2, y2, a, p):
        a2 = a * a
        y = r2 * (ONE / a2)
        total = p[HEADER + terms - 1]
        for k in range(terms - 2, -1, -1):
            total = total * y + p[HEADER + k]
        f = (a2 * y2) ** half
        return total + f, f + abs(p[HEADER])

    # Terms of alternating sign grow with the smoothness and cancel to fewer digits.
    return PairForm(energy, force, derivatives, True, screen if has_screen(exponent) and smoothness <= 6 else None)


@registered
@dataclass(frozen=True)
class SmoothedInversePowerLaw(PairPotential):
    """Inverse power law plus the even polynomial that makes q derivatives vanish at the cutoff.

    phi(r) = (a/r)^n + Σ_{l=0..q} c_2l (r/a)^(2l) for r < x_c a, else 0. In the language of the tapers it is m = q.

    Parameters
    ----------
    exponent : float
        n > 0.
    cutoff_ratio : float
        x_c, the cutoff in units of the pair diameter.
    smoothness : int
        q >= 1, derivatives that vanish at the cutoff beside the energy itself.
    nonadditivity : float
        a_ij = (a_i + a_j)/2 · (1 − nonadditivity |a_i − a_j|).

    Notes
    -----
    E. Lerner, J. Non-Cryst. Solids 522, 119570 (2019); Ninarello, Berthier, Coslovich, PRX 7, 021039 (2017);
    Kapteijns, Richard, Lerner, PRE 101, 032130 (2020), Appendix C.
    """

    exponent: float = 10
    cutoff_ratio: float = 1.4
    smoothness: int = 3
    nonadditivity: float = 0.1

    def __post_init__(self) -> None:
        self._require(exponent=(0.0, 1e3), cutoff_ratio=(0.0, 1e3), nonadditivity=(-inf, inf))
        if not isinstance(self.smoothness, (int, np.integer)) or self.smoothness < 1:
            raise InputError(
                f"SmoothedInversePowerLaw: smoothness must be an integer q >= 1, found {self.smoothness!r}."
            )

    @property
    def form(self) -> PairForm:
        """Scalar functions, compiled once per exponent and smoothness."""
        return _smoothed_form(self.exponent, int(self.smoothness))

    @property
    def smoothness_at_cutoff(self) -> float:
        """The number q of vanishing derivatives."""
        return self.smoothness

    def _cutoff_parameters(self) -> tuple[float, float]:
        return 0.0, self.cutoff_ratio

    def _form_parameters(self) -> NDArray[np.float64]:
        return smoothing_coefficients(self.exponent, self.cutoff_ratio, int(self.smoothness))
