"""Cutoff tapers T_m: how smoothly a potential ends (Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (13)–(15)).

T_m(x) = (1 − x²)^m for a positive integer m, T_inf(x) = exp[x / (2(x − 1))], x = r/r_c. T_m has m − 1 vanishing
derivatives at x = 1; multiplied by a core that vanishes there as well, a pair energy has m. For m = 1 the second
derivative of the energy jumps at the cutoff.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ...errors import InputError
from ..kernels.exponential import exp_nonpositive
from ..kernels.jit import inline
from .form import ONE


def checked_taper(m: float) -> float:
    """The taper order as an int, or infinity; anything else is refused."""
    if m == math.inf:
        return math.inf
    try:
        order = operator.index(m)  # type: ignore[arg-type]
    except TypeError:
        order = 0
    if order < 1:
        raise InputError(f"taper: expected an integer m >= 1 or math.inf, found {m!r}.")
    return order


@cache
def make_taper(m: float) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any] | None]:
    """Scalar functions of the taper T_m.

    Returns
    -------
    slope : (x2) -> (T, dT/d(x²))
        From the squared reduced distance.
    derivatives : (x) -> (T, T', T'', T''', T'''')
    screen : (x2) -> T
        In float32, within 5e-5; None for steep tapers, whose rounding errors are m times those of x2.
    """
    return _exponential() if m == math.inf else _power(int(m))


def _power(m: int) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any] | None]:
    below, two, three, four = m - 1, max(m - 2, 0), max(m - 3, 0), max(m - 4, 0)
    c2, c3, c4 = 4.0 * m * (m - 1), 8.0 * m * (m - 1) * (m - 2), 16.0 * m * (m - 1) * (m - 2) * (m - 3)

    @inline
    def slope(x2):
        u = 1.0 - x2
        lower = u**below
        return u * lower, -m * lower

    @inline
    def derivatives(x):
        u = 1.0 - x * x
        u1, u2, u3, u4 = u**below, u**two, u**three, u**four
        return (
            u * u1,
            -2.0 * m * x * u1,
            -2.0 * m * u1 + c2 * x**2 * u2,
            3.0 * c2 * x * u2 - c3 * x**3 * u3,
            3.0 * c2 * u2 - 6.0 * c3 * x**2 * u3 + c4 * x**4 * u4,
        )

    @inline
    def screen(x2):
        return (ONE - x2) ** m

    return slope, derivatives, screen if m <= STEEPEST_SCREEN else None


STEEPEST_SCREEN = 100

# Where T_inf is replaced by a polynomial in x² for the screen: from r = 0.17 r_c on. Closer pairs, which a liquid has
# if its cutoff is six diameters or more, leave the whole move to float64.
_POLYNOMIAL_FROM = 0.03


@cache
def _polynomial_of_exponential() -> tuple[np.float32, ...]:
    """Coefficients of T_inf in t = 2 (x² − x0²)/(1 − x0²) − 1, from the 14th power down: within 4.3e-5 of it."""
    t = np.cos(np.pi * (np.arange(400) + 0.5) / 400)
    x = np.sqrt(0.5 * (t + 1.0) * (1.0 - _POLYNOMIAL_FROM) + _POLYNOMIAL_FROM)
    series = np.polynomial.chebyshev.chebfit(t, np.exp(x / (2.0 * (x - 1.0))), 14)
    return tuple(np.float32(c) for c in np.polynomial.chebyshev.cheb2poly(series)[::-1])


def _exponential() -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    # x/(2(x−1)) = 1/2 − 1/(2(1−x)). The smallest argument of 1 − x below the cutoff is one rounding error,
    # where the exponential has long underflowed to an exact zero.
    tiny = 1e-16

    @inline
    def slope(x2):
        x = math.sqrt(x2)
        y = 1.0 / max(1.0 - x, tiny)
        t = exp_nonpositive(0.5 - 0.5 * y)
        return t, -0.25 * y * y * t / max(x, tiny)

    @inline
    def derivatives(x):
        y = 1.0 / max(1.0 - x, tiny)
        t = math.exp(0.5 - 0.5 * y)
        g1 = -0.5 * y**2
        g2, g3, g4 = 2.0 * g1 * y, 6.0 * g1 * y**2, 24.0 * g1 * y**3
        t1 = g1 * t
        t2 = g2 * t + g1 * t1
        t3 = g3 * t + 2.0 * g2 * t1 + g1 * t2
        return t, t1, t2, t3, g4 * t + 3.0 * g3 * t1 + 3.0 * g2 * t2 + g1 * t3

    c14, c13, c12, c11, c10, c9, c8, c7, c6, c5, c4, c3, c2, c1, c0 = _polynomial_of_exponential()
    stretch, shift = np.float32(2.0 / (1.0 - _POLYNOMIAL_FROM)), np.float32(1.0 - 2.0 / (1.0 - _POLYNOMIAL_FROM))
    lowest, unknown = np.float32(_POLYNOMIAL_FROM), np.float32(np.nan)

    @inline
    def screen(x2):
        t = x2 * stretch + shift
        y = c14
        y = y * t + c13
        y = y * t + c12
        y = y * t + c11
        y = y * t + c10
        y = y * t + c9
        y = y * t + c8
        y = y * t + c7
        y = y * t + c6
        y = y * t + c5
        y = y * t + c4
        y = y * t + c3
        y = y * t + c2
        y = y * t + c1
        y = y * t + c0
        return y if x2 >= lowest else unknown

    return slope, derivatives, screen
