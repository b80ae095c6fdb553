r"""Gradient flow dx/dt = −∂H/∂x, followed with error control: which minimum is below a start, independent of steps.

A step solves the flow of the quadratic expansion of H at its start exactly, δ = t φ_1(−tM)(−∂H/∂x) with the Hessian M
and φ_1(z) = (e^z − 1)/z, in a Krylov space of M (exponential Rosenbrock–Euler method, of second order). What it leaves
out is the change of the quartic force, known without another product with J, and so is the gradient at the end, to
rounding of the largest forces since a product was made at a point (`minimise` makes one where that may be seen). The
time t is chosen after the products: none of a time that proves too long are made again.

Hochbruck, Ostermann, Acta Numerica 19, 209 (2010), section 2.4; Saad, SIAM J. Numer. Anal. 29, 209 (1992).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.special

from ..particles.kernels.jit import kernel
from .landscape import Array, Landscape, Point

MOST_PRODUCTS = 60
"""Largest Krylov space of a step; a longer time than it can hold is cut."""
KRYLOV_SHARE = 0.3
"""Error of the Krylov space over that of the step."""
MOST_EFOLDS = 50.0
"""Longer times are not looked at: displacements along the most negative curvature would grow by more factors e."""
SAFETY, LEAST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 4.0
MOST_CUTS = 60
"""After so many the flow is given up; each takes a tenth of the time or more."""


@dataclass(frozen=True)
class Step:
    """One step of the flow: where it ended, None if it could not be made; its time, that to try next; products."""

    end: Point | None
    length: float
    next_length: float
    products: int


class _Space:
    """Krylov space of the Hessian M at a point from its descent −∂H/∂x: M V = V T + β v e_mᵀ."""

    def __init__(self, landscape: Landscape, start: Point):
        self._landscape, self._start = landscape, start
        self._diagonal = landscape.diagonal(start.coordinates)
        self._norm = float(np.linalg.norm(start.gradient))
        self._basis = np.empty((min(MOST_PRODUCTS, len(start.gradient)) + 1, len(start.gradient)))
        self._basis[0] = -start.gradient / self._norm
        self._on: list[float] = []
        self._beside: list[float] = []
        self._largest = 0.0
        self._values, self._weights = np.empty(0), np.empty((0, 0))
        self.full = False

    @property
    def products(self) -> int:
        return len(self._on)

    def extend(self) -> None:
        """One vector more, by one product with J."""
        m = self.products
        vector = self._basis[m]
        image = self._landscape.pull(vector) + self._diagonal * vector
        if m:
            image -= self._beside[-1] * self._basis[m - 1]
        self._on.append(float(vector @ image))
        image -= self._on[-1] * vector
        self._beside.append(math.sqrt(float(image @ image)))
        self._largest = max(self._largest, abs(self._on[-1]))
        closed = self._beside[-1] <= 1e-14 * self._largest  # the space is invariant, and exact
        self._basis[m + 1] = 0.0 if closed else image / self._beside[-1]
        self.full = closed or m + 2 == len(self._basis)

    def diagonalise(self) -> float:
        """Find the eigenvalues of T; return the longest time that is looked at."""
        self._values, self._weights = scipy.linalg.eigh_tridiagonal(self._on, self._beside[:-1], check_finite=False)
        return MOST_EFOLDS / max(-float(self._values[0]), 1e-100)

    def error(self, length: float) -> float:
        """First term of the error of δ that the space makes: rms of t² β φ_2(−tT)_{m1} |∂H/∂x| v."""
        corner = _phi2_corner(self._values, self._weights[0] * self._weights[-1], length)
        return self._norm * length**2 * self._beside[-1] * abs(corner) / math.sqrt(self._basis.shape[1])

    def displacement(self, length: float) -> tuple[Array, Array]:
        """δ after this time, and M δ."""
        there = length * scipy.special.exprel(-length * self._values)
        share = self._norm * (self._weights @ (there * self._weights[0]))
        m = self.products
        image = self._norm * (self._weights @ (self._values * there * self._weights[0]))
        return share @ self._basis[:m], image @ self._basis[:m] + share[-1] * self._beside[-1] * self._basis[m]

    def left_out(self, displacement: Array, length: float) -> Array:
        """Estimate of what the change of the quartic force, x δ²/2 + δ³/6 in the end, does to the coordinates.

        As if it grew as the square of time, where nothing but the diagonal D of the Hessian holds against it:
        2 t φ_3(−tD), for which t/(3 + tD) stands, equal to it for small and for large tD and within 10 % in between.
        """
        x, delta = self._start.coordinates, displacement
        return (0.5 * x + delta / 6.0) * delta * delta * (length / (3.0 + length * self._diagonal))

    def end(self, displacement: Array, image: Array) -> Point:
        """The point after a displacement δ of which M δ is known: J (x + δ) without a product."""
        x, landscape = self._start.coordinates, self._landscape
        pull = self._start.gradient - (landscape.stiffnesses + x * x / 6.0) * x + landscape.field
        return landscape.point(x + displacement, pull + image - self._diagonal * displacement)


def flow_step(landscape: Landscape, start: Point, length: float, tolerance: float) -> Step:
    """Follow the flow for a time `length`, or as long as its error stays within `tolerance` times the rms coordinate.

    Parameters
    ----------
    landscape : Landscape
    start : Point
        With a gradient.
    length : float
        Time to try.
    tolerance : float
        Largest error of the step, relative to the larger rms coordinate of its start and its end.
    """
    curvature = landscape.largest_curvature(start.coordinates)
    space, first_look = _Space(landscape, start), int(math.sqrt(length * curvature))
    at_start = _rms(start.coordinates)

    def tried(time: float) -> tuple[Array, Array, float]:
        """δ and M δ after a time, and the error allowed there."""
        delta, image = space.displacement(time)
        return delta, image, tolerance * max(at_start, _rms(start.coordinates + delta))

    while True:
        space.extend()
        if space.products < first_look and not space.full:
            continue
        length = min(length, space.diagonalise())
        delta, image, allowed = tried(length)
        if space.full or space.error(length) <= KRYLOV_SHARE * allowed:
            break
    for _ in range(MOST_CUTS):
        of_space = space.error(length) / (KRYLOV_SHARE * allowed)
        error = max(_rms(space.left_out(delta, length)) / allowed, of_space if of_space > 1.0 else 0.0)
        if error <= 1.0:
            end = space.end(delta, image)
            if not rises(start, end):
                return Step(end, length, length * _factor(error), space.products)
            error = 8.0
        length *= min(_factor(error), SAFETY)
        delta, image, allowed = tried(length)
    return Step(None, 0.0, length, space.products)


def rises(start: Point, end: Point) -> bool:
    """Whether the energy rose by more than rounding."""
    return not end.energy <= start.energy + 1e-14 * abs(start.energy)


def _factor(error: float) -> float:
    """By which the time of a step may change: its error grows as the third power."""
    if not np.isfinite(error):
        return LEAST_FACTOR
    return float(min(LARGEST_FACTOR, max(LEAST_FACTOR, SAFETY * max(error, 1e-9) ** (-1.0 / 3.0))))


def _rms(x: Array) -> float:
    return math.sqrt(float(x @ x) / len(x))


@kernel
def _phi2_corner(values: Array, corner: Array, length: float) -> float:
    """Element m1 of φ_2(−tT), φ_2(z) = (e^z − 1 − z)/z², from eigenvalues of T and elements m1 of their projectors."""
    total = 0.0
    for k in range(len(values)):
        z = -length * values[k]
        if abs(z) < 0.5:  # beyond, the difference loses less than two digits
            phi = term = 0.5
            for j in range(3, 16):
                term *= z / j
                phi += term
        else:
            phi = (math.expm1(z) - z) / (z * z)
        total += phi * corner[k]
    return total
