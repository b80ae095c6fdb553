"""Averages over one oscillator in the replica-symmetric solution: over stiffness in closed form, over force by panels.

An oscillator of effective stiffness k = kappa − J² chi under a force F > 0 sits at the root x of x³/6 + k x = F, with
curvature m = k + x²/2. With k uniform on [k0, k0 + span] the averages over k become integrals over x between the
positions x1 > x0 of the softest and of the stiffest oscillator, since dk = −(m/x) dx and m x = F + x³/3.
Every difference is written as a product, so that span = 0, F → 0 and k0 → 0 are ordinary values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)  # of a panel of forces
_INNER_NODES, _INNER_WEIGHTS = np.polynomial.legendre.leggauss(16)  # of x, for powers of 1/m: exact to rounding
_REACH = 8.5  # standard deviations: 2e-17 of the force lies beyond
_GAUSSIAN_EDGES = np.linspace(-_REACH, _REACH, 14)
_SMALLEST = 2e-5  # of the cube root of the force, where k0 = 0 leaves u² ln u in the integrand
_FAR = 20.0  # widths from F = 0 at which u is no better a variable than xi


def _gaussian_nodes() -> tuple[FloatArray, FloatArray]:
    half = 0.5 * np.diff(_GAUSSIAN_EDGES)
    xi = ((_GAUSSIAN_EDGES[:-1] + half)[:, None] + half[:, None] * _NODES).ravel()
    return xi, (half[:, None] * _WEIGHTS).ravel() * np.exp(-0.5 * xi * xi) / math.sqrt(2 * math.pi)


_FAR_XI, _FAR_WEIGHTS = _gaussian_nodes()


@dataclass(frozen=True)
class Averages:
    """Averages over stiffness and force.

    Attributes
    ----------
    square : float
        E[x²].
    inverse, inverse2 : float
        E[1/m] and E[1/m²].
    """

    square: float
    inverse: float
    inverse2: float


def position_over_force(force: FloatArray, stiffness: float | FloatArray) -> FloatArray:
    """Return x/F with x³/6 + k x = F, for F >= 0 and k >= 0 not both zero.

    Cardano's root x = w − v with w³ = 3F + √(9F² + 8k³) and v = 2k/w, divided by w³ − v³ = 6F: all terms are
    positive, nothing cancels.
    """
    w = np.cbrt(3 * force + np.hypot(3 * force, np.sqrt(8 * stiffness) * stiffness))
    return 6 / (w * w + 2 * stiffness + (2 * stiffness / w) ** 2)


def oscillator_averages(*, field: float, width: float, softest: float, span: float) -> Averages:
    """E[x²], E[1/m], E[1/m²] for F = field + width·xi, xi ~ N(0, 1), and k uniform on [softest, softest + span].

    E_k[x²] = [F (x1 − x0) + (x1⁴ − x0⁴)/12]/span, E_k[1/m] = ln(x1/x0)/span, E_k[1/m²] = ∫dx/(F + x³/3)/span over
    [x0, x1] (physics of Rainone et al., SciPost Phys. Core 4, 008 (2021), model (1)), relative error below 1e-10.

    Parameters
    ----------
    field, width : float
        h >= 0 and J√q >= 0.
    softest, span : float
        Smallest effective stiffness k0 >= 0 (positive where ``field`` and ``width`` are 0) and width of its
        distribution, >= 0.

    Returns
    -------
    Averages
    """
    force, weight = force_nodes(field, width, softest, softest + span)
    ratio1, ratio0 = position_over_force(force, softest), position_over_force(force, softest + span)
    x1, x0 = ratio1 * force, ratio0 * force
    per_x0 = 1 / ((x1 * x1 + x1 * x0 + x0 * x0) / 6 + softest)  # (x1 − x0)/(span x0), from the two cubic equations
    square = x0 * per_x0 * (force + (x1 + x0) * (x1 * x1 + x0 * x0) / 12)
    stretch = span * per_x0  # x1/x0 − 1
    inverse = per_x0 * _log1p_ratio(stretch)
    inverse2 = ratio0 * per_x0 * _mean_over_positions(force, ratio1, ratio0, power=1)
    return Averages(float(weight @ square), float(weight @ inverse), float(weight @ inverse2))


def inverse_cube(*, field: float, width: float, softest: float, span: float) -> float:
    """E[1/m³] = E_F ∫x dx/(F + x³/3)² /span over [x0, x1]; arguments as in `oscillator_averages`, softest > 0."""
    force, weight = force_nodes(field, width, softest, softest + span)
    ratio1, ratio0 = position_over_force(force, softest), position_over_force(force, softest + span)
    x1, x0 = ratio1 * force, ratio0 * force
    per_x0 = 1 / ((x1 * x1 + x1 * x0 + x0 * x0) / 6 + softest)
    return float(weight @ (ratio0 * per_x0 * _mean_over_positions(force, ratio1, ratio0, power=2)))


def _mean_over_positions(force: FloatArray, ratio1: FloatArray, ratio0: FloatArray, *, power: int) -> FloatArray:
    """Mean over x in [x0, x1] of F/(F + x³/3) for power 1, of F x/(F + x³/3)² for power 2.

    x³ <= 6F, so that the poles stay 0.87 (3F)^(1/3) away from the interval: sixteen nodes are exact to rounding.
    """
    ratio = ratio0[:, None] + (ratio1 - ratio0)[:, None] * (0.5 + 0.5 * _INNER_NODES)
    below = 1 + (ratio * force[:, None]) ** 2 * ratio / 3
    value = 1 / below if power == 1 else ratio / below**2
    return np.asarray(value @ (0.5 * _INNER_WEIGHTS), dtype=np.float64)


def _log1p_ratio(t: FloatArray) -> FloatArray:
    """Return ln(1 + t)/t for t >= 0, 1 at t = 0."""
    return np.divide(np.log1p(t), t, out=np.ones_like(t), where=t > 0)


def force_nodes(field: float, width: float, softest: float, stiffest: float) -> tuple[FloatArray, FloatArray]:
    """Nodes |F| and weights of the Gaussian average of an even function of F = field + width·xi.

    Panels end at multiples of the Gaussian's width and, in u = F^(1/3), at powers of two from √softest on: there the
    averages over stiffness change from smooth in F to smooth in u. Each panel has Gauss–Legendre nodes in u. A force
    that stays far from zero has them in xi, which F − field would give with few digits.
    """
    if width == 0:
        return np.array([field]), np.array([1.0])
    if field > _FAR * width:
        return field + width * _FAR_XI, _FAR_WEIGHTS
    low, high = max(0.0, field - _REACH * width), field + _REACH * width
    gaussian = np.concatenate([field + width * _GAUSSIAN_EDGES, -field + width * _GAUSSIAN_EDGES])
    top = np.cbrt(high)
    bottom = max(0.5 * math.sqrt(softest), _SMALLEST * min(math.sqrt(stiffest) or top, top))
    dyadic = bottom * 2.0 ** np.arange(max(0, math.ceil(math.log2(top / bottom))))
    inside = np.concatenate([gaussian, dyadic**3])
    edge = np.cbrt(np.unique(np.concatenate([[low, high], inside[(inside > low) & (inside < high)]])))
    half = 0.5 * np.diff(edge)
    u = ((edge[:-1] + half)[:, None] + half[:, None] * _NODES).ravel()
    force = u**3
    density = np.exp(-0.5 * ((force - field) / width) ** 2) + np.exp(-0.5 * ((force + field) / width) ** 2)
    weight = (half[:, None] * _WEIGHTS).ravel() * 3 * u * u * density / (width * math.sqrt(2 * math.pi))
    return force, weight
