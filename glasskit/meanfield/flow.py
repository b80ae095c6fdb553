r"""Gradient flow dx/dt = −∂H/∂x, followed with error control: which minimum is below a start, independent of steps.

The flow is integrated by the second-order Runge–Kutta–Chebyshev method, whose steps of s products with J are stable
up to 0.65 s² / (largest curvature), where Euler steps would be below 2 / (largest curvature); no system is solved.

Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88, 315 (1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .landscape import Array, Landscape, Point

DAMPING = 2.0 / 13.0
MOST_STAGES = 40
SAFETY, LEAST_FACTOR, LARGEST_FACTOR = 0.8, 0.2, 4.0


@dataclass(frozen=True)
class Stages:
    """Coefficients of a step of s stages; index j from 0."""

    mu: Array
    nu: Array
    mu_slope: Array
    gamma_slope: Array


@lru_cache(maxsize=MOST_STAGES)
def stages(number: int) -> Stages:
    """Coefficients for `number` >= 2 stages."""
    w0 = 1.0 + DAMPING / number**2
    value, first, second = np.zeros((3, number + 1))
    value[:2], first[1] = (1.0, w0), 1.0
    for j in range(2, number + 1):  # Chebyshev polynomials and their derivatives at w0
        value[j] = 2 * w0 * value[j - 1] - value[j - 2]
        first[j] = 2 * value[j - 1] + 2 * w0 * first[j - 1] - first[j - 2]
        second[j] = 4 * first[j - 1] + 2 * w0 * second[j - 1] - second[j - 2]
    w1 = first[number] / second[number]
    b = np.empty(number + 1)
    b[2:] = second[2:] / first[2:] ** 2
    b[:2] = b[2]
    a = 1.0 - b * value
    mu, nu, mu_slope, gamma_slope = np.zeros((4, number + 1))
    mu_slope[1] = b[1] * w1
    mu[2:] = 2 * b[2:] * w0 / b[1:-1]
    nu[2:] = -b[2:] / b[:-2]
    mu_slope[2:] = 2 * b[2:] * w1 / b[1:-1]
    gamma_slope[2:] = -a[1:-1] * mu_slope[2:]
    return Stages(mu, nu, mu_slope, gamma_slope)


@dataclass(frozen=True)
class Step:
    """One step of the flow: where it ended, its error over its allowance (accepted up to 1), products with J."""

    end: Point
    error: float
    products: int


def stages_needed(length: float, curvature: float) -> int:
    """Fewest stages that are stable for steps of `length` where no curvature exceeds `curvature`."""
    return max(2, 1 + int(np.sqrt(1.54 * length * curvature + 1.0)))


def flow_step(landscape: Landscape, start: Point, length: float, tolerance: float) -> Step:
    """Follow the flow for a time `length`; the error is measured against `tolerance` times the rms coordinate."""
    number = stages_needed(length, landscape.largest_curvature(start.coordinates))
    of = stages(number)
    origin, slope = start.coordinates, -start.gradient
    before, now = origin, origin + of.mu_slope[1] * length * slope
    for j in range(2, number + 1):
        here = -landscape.at(now).gradient
        following = (
            (1.0 - of.mu[j] - of.nu[j]) * origin + of.mu[j] * now + of.nu[j] * before
            + length * (of.mu_slope[j] * here + of.gamma_slope[j] * slope)
        )  # fmt: skip
        before, now = now, following
    end = landscape.at(now)
    local = 0.8 * (origin - now) + 0.4 * length * (slope - end.gradient)
    scale = max(float(np.sqrt(np.mean(origin**2))), float(np.sqrt(np.mean(now**2))))
    error = float(np.sqrt(np.mean(local**2))) / (tolerance * scale) if scale > 0 else 0.0
    return Step(end, error if np.isfinite(error) else np.inf, number)


def next_length(length: float, error: float, curvature: float) -> float:
    """Length of the following step: the error of a step grows as its third power."""
    factor = min(LARGEST_FACTOR, max(LEAST_FACTOR, SAFETY * max(error, 1e-9) ** (-1.0 / 3.0)))
    longest = ((MOST_STAGES - 1) ** 2 - 1.0) / (1.54 * curvature)
    return min(length * factor, longest)
