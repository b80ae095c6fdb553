"""Distribution rho(m) of the curvature m = k + x²/2 of the oscillators, and its resolvent E[1/(m − z)].

With (m, x) in place of (k, F) as variables, F = m x − x³/3 and dF dk = m dx dm, so that

    rho(m) = (m/span) ∫ P_F(m x − x³/3) dx  over  2(m − k1)_+ < x² < 2(m − k0)

with P_F Gaussian. rho is an odd analytic function of √(m − k0) up to m = k1, and analytic in √(m − k1) beyond: these
are the variables of its panels, in which edges are no singularities.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cauchy import ComplexArray, Panels, adaptive_panels

FloatArray = NDArray[np.float64]

_REACH = 8.5  # standard deviations of the force
_STEPS = np.linspace(-_REACH, _REACH, 12)
_X_NODES, _X_WEIGHTS = np.polynomial.legendre.leggauss(12)
_TOLERANCE = 1e-10
_EPS = float(np.finfo(float).eps)
_GRADED = 2.0 ** np.arange(-12, 1)  # first panels towards an edge


def curvature_density(curvature: ArrayLike, *, field: float, width: float, softest: float, span: float) -> FloatArray:
    """rho(m) for a force of mean ``field`` and standard deviation ``width`` > 0, k uniform from ``softest`` on."""
    m = np.asarray(curvature, dtype=np.float64)
    return _density(m - softest, m - softest - span, field=field, width=width, softest=softest, span=span)


def _density(
    above_softest: FloatArray, above_stiffest: FloatArray, *, field: float, width: float, softest: float, span: float
) -> FloatArray:
    """rho(m) from m − k0 and m − k1, whose square roots are the ends of x.

    The integral over x has panels that end where the force is the field plus multiples of the width.
    """
    above = np.maximum(above_softest.ravel(), 1e-300)
    flat = softest + above
    low, high = np.sqrt(2 * np.maximum(above_stiffest.ravel(), 0.0)), np.sqrt(2 * above)
    extent = 2 * np.minimum(above, span) / (low + high)  # high − low, without their digits in common
    edge_ke = _x_edges(flat, np.concatenate([field + width * _STEPS, -field + width * _STEPS])) - low[:, None]
    edge_ke = np.sort(np.clip(edge_ke, 0.0, extent[:, None]), axis=1)
    edge_ke = np.concatenate([np.zeros((len(flat), 1)), edge_ke, extent[:, None]], axis=1)
    half_kp = 0.5 * np.diff(edge_ke, axis=1)
    x_kpn = (low[:, None] + edge_ke[:, :-1] + half_kp)[:, :, None] + half_kp[:, :, None] * _X_NODES
    force = (flat[:, None, None] - x_kpn**2 / 3) * x_kpn
    gaussian = np.exp(-0.5 * ((force - field) / width) ** 2) + np.exp(-0.5 * ((force + field) / width) ** 2)
    inner = np.einsum("kp,kpn,n->k", half_kp, gaussian, _X_WEIGHTS)
    return (flat * inner / (span * width * math.sqrt(2 * math.pi))).reshape(above_softest.shape)


def _x_edges(m: FloatArray, force: FloatArray) -> FloatArray:
    """Both roots x > 0 of m x − x³/3 = F, for each F where it is positive and below the maximum (2/3) m^(3/2)."""
    ratio = np.clip(1.5 * force[None, :] / m[:, None] ** 1.5, 0.0, 1.0)
    angle = np.arccos(-ratio) / 3
    root = 2 * np.sqrt(m)[:, None]
    return np.concatenate([root * np.cos(angle), root * np.cos(2 * math.pi / 3 - angle)], axis=1)


@dataclass(frozen=True)
class CurvatureDistribution:
    """Distribution of m on panels in y = √(m − k0) below k1 and in w = √(m − k1) above.

    Attributes
    ----------
    softest, span : float
        k0 and k1 − k0.
    soft, stiff : Panels
        rho as a function of y on [0, √span] and of w from 0 on.
    """

    softest: float
    span: float
    soft: Panels
    stiff: Panels

    def end(self, coupling: float) -> float:
        """Value of z − k0 beyond which J² E[1/(m − z)²] < 1, but for 1e-16 of the oscillators."""
        return self.span + float(self.stiff.edges[-1]) ** 2 + 1.01 * coupling

    def density(self, curvature: ArrayLike) -> FloatArray:
        """rho(m)."""
        above = np.asarray(curvature, dtype=np.float64) - self.softest
        y, w = np.sqrt(np.maximum(above, 0.0)), np.sqrt(np.maximum(above - self.span, 0.0))
        return np.where(above < 0, 0.0, np.where(above <= self.span, self.soft(y), self.stiff(w)))

    def resolvent(self, above: ArrayLike) -> ComplexArray:
        """E[1/(m − z)] at z = k0 + ``above``, from the upper half-plane.

        Both parts are ∫rho(y) [1/(y − s) + 1/(y + s)] dy with s² = z − edge.
        """
        shifted = np.asarray(above, dtype=np.complex128)
        total: ComplexArray = np.zeros(shifted.shape, dtype=np.complex128)
        for panels, offset in ((self.soft, 0.0), (self.stiff, self.span)):
            s = _upper_root(shifted - offset)
            total += panels.cauchy(s) + np.conj(panels.cauchy(np.conj(-s)))
        return total

    def mean(self, power: int) -> float:
        """E[m^power]."""
        soft = self.soft.integral(lambda y: 2 * y * (self.softest + y * y) ** power)
        return soft + self.stiff.integral(lambda w: 2 * w * (self.softest + self.span + w * w) ** power)


@dataclass(frozen=True)
class RestingDistribution:
    """Distribution of m for oscillators at rest, x = 0: uniform on [k0, k0 + span], a single value for span = 0."""

    span: float

    def end(self, coupling: float) -> float:
        """Value of z − k0 beyond which J² E[1/(m − z)²] < 1: the root of z (z − span) = J²."""
        return 0.5 * (self.span + math.hypot(self.span, 2 * coupling))

    def resolvent(self, above: ArrayLike) -> ComplexArray:
        """E[1/(m − z)] at z = k0 + ``above``, from the upper half-plane."""
        z = np.asarray(above, dtype=np.complex128)
        z = np.asarray(z.real + 1j * np.maximum(z.imag, 0.0), dtype=np.complex128)
        value = -1 / z if self.span == 0 else (np.log(z - self.span) - np.log(z)) / self.span
        return np.asarray(value, dtype=np.complex128)


def _upper_root(z: ComplexArray) -> ComplexArray:
    """√z with Im >= 0, for Im z >= 0."""
    return np.asarray(np.sqrt(z.real + 1j * np.maximum(z.imag, 0.0)), dtype=np.complex128)


def curvature_distribution(*, field: float, width: float, softest: float, span: float) -> CurvatureDistribution:
    """Tabulate rho(m) to a relative 1e-10; arguments as in `curvature_density`."""
    options = {"field": field, "width": width, "softest": softest, "span": span}
    tolerance = max(_TOLERANCE, 100 * _EPS * field / width)  # rounding of (F − h)/s in the exponent
    strongest = field + _REACH * width
    largest = (3 * strongest / math.sqrt(2)) ** (2 / 3)  # m of the softest k = 0 under the strongest force
    top = math.sqrt(largest + 1e-3 * span)
    soft = adaptive_panels(
        lambda y: _density(y * y, y * y - span, **options),
        math.sqrt(span) * np.append(0.0, _GRADED),
        tolerance=tolerance,
    )
    first = max(min(1e-3, math.sqrt(span) / top / 4), 1e-5)
    graded = np.append(0.0, first * 2.0 ** np.arange(math.ceil(-math.log2(first)) + 1))
    stiff = adaptive_panels(
        lambda w: _density(span + w * w, w * w, **options),
        top * np.append(graded[graded < 1], 1.0),
        tolerance=tolerance,
    )
    return CurvatureDistribution(softest, span, soft, stiff)
