"""Potentials made of inverse powers, shifted to zero at an absolute cutoff and multiplied by a taper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any, ClassVar

import numpy as np

from ..kernels.jit import inline
from .base import PairPotential, registered
from .form import HEADER, ONE, PairForm, inverse_power, product, stretch
from .taper import checked_taper, make_taper

_RC = HEADER  # p[_RC]: 1/r_c, p[_RC + 1]: 1/r_c²
STEEPEST_SCREEN = 24  # exponent up to which rounding r² to float32 stays well within SCREEN_ERROR


def _half(exponent: float) -> float:
    """n/2, as an int where possible: integer powers compile to multiplications."""
    return int(exponent) // 2 if float(exponent).is_integer() and int(exponent) % 2 == 0 else exponent / 2


def has_screen(exponent: float) -> bool:
    """Whether powers of r² to n/2 can be taken in float32: an even exponent that is not too steep."""
    return isinstance(_half(exponent), int) and exponent <= STEEPEST_SCREEN


@cache
def _single_power(n: float) -> tuple[Any, Any, Any]:
    """Core (a/r)^n − (a/r_c)^n: value and slope in r², four derivatives in r, and its screen."""
    half = _half(n)

    @inline
    def slope(r2, a, p):
        y2 = 1.0 / r2
        f = (a * a * y2) ** half
        return f - (a * a * p[_RC + 1]) ** half, -half * f * y2

    @inline
    def derivatives(r, a, p):
        f = inverse_power(n, r, a)
        return f[0] - (a * a * p[_RC + 1]) ** half, f[1], f[2], f[3], f[4]

    @inline
    def screen(y2, a, p):
        a2 = a * a
        f, g = (a2 * y2) ** half, (a2 * p[_RC + 1]) ** half
        return f - g, f + g

    return slope, derivatives, screen if has_screen(n) else None


@cache
def _lennard_jones() -> tuple[Any, Any, Any]:
    """Core 4[(a/r)^12 − (a/r)^6], shifted to zero at r_c."""

    @inline
    def slope(r2, a, p):
        y2 = 1.0 / r2
        s6 = (a * a * y2) ** 3
        c6 = (a * a * p[_RC + 1]) ** 3
        return 4.0 * (s6 * (s6 - 1.0) - c6 * (c6 - 1.0)), -12.0 * s6 * (2.0 * s6 - 1.0) * y2

    @inline
    def derivatives(r, a, p):
        f, g = inverse_power(12, r, a), inverse_power(6, r, a)
        c6 = (a * a * p[_RC + 1]) ** 3
        return (
            4.0 * (f[0] - g[0] - c6 * (c6 - 1.0)),
            4.0 * (f[1] - g[1]),
            4.0 * (f[2] - g[2]),
            4.0 * (f[3] - g[3]),
            4.0 * (f[4] - g[4]),
        )

    four = np.float32(4.0)

    @inline
    def screen(y2, a, p):
        a2 = a * a
        s6, c6 = (a2 * y2) ** 3, (a2 * p[_RC + 1]) ** 3
        return four * (s6 * (s6 - ONE) - c6 * (c6 - ONE)), four * (s6 * (s6 + ONE) + c6 * (c6 + ONE))

    return slope, derivatives, screen


@cache
def _tapered_form(core: tuple[Any, Any, Any], m: float, nonnegative: bool) -> PairForm:
    core_slope, core_derivatives, core_screen = core
    taper_slope, taper_derivatives, taper_screen = make_taper(m)

    @inline
    def energy(r2, a, p):
        return core_slope(r2, a, p)[0] * taper_slope(r2 * p[_RC + 1])[0]

    @inline
    def force(r2, a, p):
        f, df = core_slope(r2, a, p)
        t, dt = taper_slope(r2 * p[_RC + 1])
        return f * t, 2.0 * (df * t + f * dt * p[_RC + 1])

    @inline
    def derivatives(r, a, p):
        return product(core_derivatives(r, a, p), stretch(taper_derivatives(r * p[_RC]), p[_RC]))

    @inline
    def screen(r2, y2, a, p):
        f, size = core_screen(y2, a, p)
        return f * taper_screen(r2 * p[_RC + 1]), size

    screened = core_screen is not None and taper_screen is not None
    return PairForm(energy, force, derivatives, nonnegative, screen if screened else None)


class _Tapered(PairPotential):
    cutoff: float
    taper: float

    def _check(self) -> None:
        self._require(cutoff=(0.0, 1e6))
        object.__setattr__(self, "taper", checked_taper(self.taper))

    @property
    def smoothness_at_cutoff(self) -> float:
        """The taper order m: phi ~ (r_c − r)^(m+1)."""
        return self.taper

    def _cutoff_parameters(self) -> tuple[float, float]:
        return self.cutoff, 0.0

    def _form_parameters(self) -> tuple[float, float]:
        return 1.0 / self.cutoff, 1.0 / self.cutoff**2


@registered
@dataclass(frozen=True)
class InversePowerLaw(_Tapered):
    """Tapered inverse power law with an absolute cutoff, the same for all pairs.

    phi(r) = [(a/r)^n − (a/r_c)^n] T_m(r/r_c) for r < r_c, else 0, with T_m(x) = (1 − x²)^m and
    T_inf(x) = exp[x/(2(x − 1))]; phi vanishes as (r_c − r)^(m+1).

    Parameters
    ----------
    exponent : float
        n > 0.
    cutoff : float
        r_c [length].
    taper : int or math.inf
        m >= 1. With m = 1 the second derivative jumps at the cutoff.
    nonadditivity : float
        a_ij = (a_i + a_j)/2 · (1 − nonadditivity |a_i − a_j|).

    Notes
    -----
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (10), (13)–(17), where n = 12 and r_c = 1.955.
    """

    exponent: float = 12
    cutoff: float = 1.955
    taper: float = 2
    nonadditivity: float = 0.0

    def __post_init__(self) -> None:
        self._require(exponent=(0.0, 1e3), nonadditivity=(-inf, inf))
        self._check()

    @property
    def form(self) -> PairForm:
        """Scalar functions, compiled once per exponent and taper."""
        return _tapered_form(_single_power(self.exponent), self.taper, True)


@registered
@dataclass(frozen=True)
class LennardJones(_Tapered):
    """Lennard-Jones potential, shifted to zero at an absolute cutoff and tapered.

    phi(r) = {4[(a/r)^12 − (a/r)^6] − 4[(a/r_c)^12 − (a/r_c)^6]} T_m(r/r_c) for r < r_c, else 0.

    Parameters
    ----------
    cutoff : float
        r_c [length].
    taper : int or math.inf
        m >= 1; see `InversePowerLaw`.
    nonadditivity : float
        As in `InversePowerLaw`.

    Notes
    -----
    The tapers of Schirmacher et al., Nat. Commun. 15, 3107 (2024), which argue that the minimum of the potential
    gives s = 5.
    """

    cutoff: float = 2.5
    taper: float = 2
    nonadditivity: float = 0.0
    kinks: ClassVar[str] = ""

    def __post_init__(self) -> None:
        self._require(nonadditivity=(-inf, inf))
        self._check()

    @property
    def form(self) -> PairForm:
        """Scalar functions, compiled once per taper."""
        return _tapered_form(_lennard_jones(), self.taper, False)
