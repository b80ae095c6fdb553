"""A pair form: the scalar functions of one potential that kernels are made from.

Every function takes plain numbers and one parameter array ``p``, whose first entries are common to all
potentials (see `HEADER`); a scan over cutoffs or sizes therefore never recompiles.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from ..kernels.jit import inline

# p[0]: nonadditivity, p[1]: absolute cutoff, p[2]: cutoff in units of the pair diameter, p[3]: unused.
HEADER = 4

# Error that a float32 screen may make in a pair energy, in units of the size it states.
SCREEN_ERROR = 1e-4
# In kernels a plain literal is a float64 and would make one of every float32 it meets.
ONE, HALF = np.float32(1.0), np.float32(0.5)


class PairForm(NamedTuple):
    """Scalar functions of a pair, valid inside the cutoff.

    Attributes
    ----------
    energy : (r2, a, p) -> phi
        From the squared distance and the pair diameter; no square root where the form allows.
    force : (r2, a, p) -> (phi, phi'/r)
    derivatives : (r, a, p) -> (phi, phi', phi'', phi''', phi'''')
    nonnegative : bool
        Whether no pair energy is negative.
    screen : (r2, y2, a, p) -> (phi, size) or None
        In float32 throughout, the energy within SCREEN_ERROR times the size, also where r2, y2 = 1/r2 and a are
        rounded to float32. Monte Carlo rejects hopeless moves by it; whatever it does not reject is decided in float64.
    """

    energy: Callable[..., Any]
    force: Callable[..., Any]
    derivatives: Callable[..., Any]
    nonnegative: bool = False
    screen: Callable[..., Any] | None = None


@inline
def pair_diameter(a_i, a_j, p):
    """a_ij = (a_i + a_j)/2 · (1 − nonadditivity |a_i − a_j|)."""
    return 0.5 * (a_i + a_j) * (1.0 - p[0] * abs(a_i - a_j))


@inline
def pair_diameter_float32(a_i, a_j, p):
    """`pair_diameter` of float32 numbers."""
    return HALF * (a_i + a_j) * (ONE - p[0] * abs(a_i - a_j))


@inline
def pair_cutoff(a, p):
    """Distance beyond which a pair of diameter a does not interact."""
    return p[1] + p[2] * a


@cache
def form_from_derivatives(derivatives: Callable[..., Any]) -> PairForm:
    """The fast functions of a form that has no faster ones than its derivatives."""

    @inline
    def energy(r2, a, p):
        return derivatives(sqrt(r2), a, p)[0]

    @inline
    def force(r2, a, p):
        r = sqrt(r2)
        phi = derivatives(r, a, p)
        return phi[0], phi[1] / r

    return PairForm(energy, force, derivatives)


@inline
def product(f, g):
    """Leibniz' rule: the first four derivatives of a product from those of its factors."""
    return (
        f[0] * g[0],
        f[1] * g[0] + f[0] * g[1],
        f[2] * g[0] + 2.0 * f[1] * g[1] + f[0] * g[2],
        f[3] * g[0] + 3.0 * (f[2] * g[1] + f[1] * g[2]) + f[0] * g[3],
        f[4] * g[0] + 4.0 * (f[3] * g[1] + f[1] * g[3]) + 6.0 * f[2] * g[2] + f[0] * g[4],
    )


@inline
def stretch(f, scale):
    """Derivatives with respect to r of f(scale · r) from those of f."""
    return (f[0], f[1] * scale, f[2] * scale**2, f[3] * scale**3, f[4] * scale**4)


@inline
def inverse_power(n, r, a):
    """(a/r)^n and its first four derivatives with respect to r."""
    y = 1.0 / r
    f0 = (a * y) ** n
    f1 = -n * f0 * y
    f2 = -(n + 1) * f1 * y
    f3 = -(n + 2) * f2 * y
    return f0, f1, f2, f3, -(n + 3) * f3 * y
