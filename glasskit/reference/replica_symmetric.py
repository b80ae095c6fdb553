"""Averages of the replica-symmetric KHGPS model by two nested quadratures over force and stiffness, and their solution.

Nothing in closed form: the minimum of each oscillator is found by Newton's method, the averages by adaptive quadrature,
self-consistency by iteration.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from scipy.integrate import IntegrationWarning, quad

from ..errors import ConvergenceError

_REACH = 8.5  # standard deviations of the force


class Averages(NamedTuple):
    """E[x²], E[1/m] and E[1/m²] with m = kappa − J² chi + x²/2."""

    square: float
    inverse: float
    inverse2: float


class Solution(NamedTuple):
    """Self-consistent q = E[x²], chi = E[1/m] and the replicon 1 − J² E[1/m²]."""

    q: float
    chi: float
    replicon: float


def minimum(force: float, stiffness: float) -> float:
    """Root of x³/6 + k x = |F|, k >= 0, by Newton's method from above: monotone, since the function is convex."""
    force = abs(force)
    if force == 0:
        return 0.0
    x = math.cbrt(6 * force) if stiffness == 0 else min(math.cbrt(6 * force), force / stiffness)
    for _ in range(200):
        step = (x**3 / 6 + stiffness * x - force) / (x * x / 2 + stiffness)
        x -= step
        if abs(step) < 1e-15 * x:
            break
    return x


def average(
    observable: Callable[[float, float], float],
    *,
    field: float,
    coupling: float,
    q: float,
    chi: float,
    stiffness_range: tuple[float, float],
) -> float:
    """E[observable(x, m)] over F = h + J√q xi and over kappa, uniform on ``stiffness_range``, for given q and chi."""
    width = coupling * math.sqrt(q)
    reaction = coupling**2 * chi
    kappa_min, kappa_0 = stiffness_range

    def over_stiffness(force: float) -> float:
        def integrand(kappa: float) -> float:
            stiffness = max(kappa - reaction, 0.0)
            x = minimum(force, stiffness)
            return observable(x, stiffness + x * x / 2)

        if kappa_min == kappa_0:
            return integrand(kappa_min)
        return _quad(integrand, kappa_min, kappa_0) / (kappa_0 - kappa_min)

    def over_force(xi: float) -> float:
        return math.exp(-xi * xi / 2) / math.sqrt(2 * math.pi) * over_stiffness(field + width * xi)

    if width == 0:
        return over_stiffness(field)
    zero = -field / width  # where F = 0: the average over stiffness varies fastest
    edges = [-_REACH, *([zero] if -_REACH < zero < _REACH else []), _REACH]
    return sum(_quad(over_force, low, high) for low, high in itertools.pairwise(edges))


def averages(*, field: float, coupling: float, q: float, chi: float, stiffness_range: tuple[float, float]) -> Averages:
    """E[x²], E[1/m], E[1/m²]; arguments as in `average`."""
    options: Any = {
        "field": field, "coupling": coupling, "q": q, "chi": chi, "stiffness_range": stiffness_range
    }  # fmt: skip
    return Averages(
        average(lambda x, m: x * x, **options),
        average(lambda x, m: 1 / m, **options),
        average(lambda x, m: m**-2, **options),
    )


def solution(
    *, field: float, coupling: float, stiffness_range: tuple[float, float], tolerance: float = 1e-9
) -> Solution:
    """Solve q = E[x²], chi = E[1/m] by iteration from independent oscillators; slow near the critical line."""
    q = chi = 0.0
    for _ in range(1000):
        found = averages(field=field, coupling=coupling, q=q, chi=chi, stiffness_range=stiffness_range)
        change = max(abs(found.square - q), abs(found.inverse - chi) / found.inverse)
        q, chi = found.square, found.inverse
        if change < tolerance:
            return Solution(q, chi, 1 - coupling**2 * found.inverse2)
    raise ConvergenceError(
        f"1000 iterations left a change of {change:.1e}, expected below {tolerance:.0e}; the coupling is too close to "
        "the critical one for plain iteration.",
        Solution(q, chi, 1 - coupling**2 * found.inverse2),
    )


def _quad(function: Callable[[float], float], low: float, high: float) -> float:
    """Adaptive quadrature to a relative 1e-8; a warning that rounding was met below that is no news."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IntegrationWarning)
        return float(quad(function, low, high, epsabs=0, epsrel=1e-8, limit=200)[0])
