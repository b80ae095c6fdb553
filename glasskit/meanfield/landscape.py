"""The energy landscape of oscillators coupled in pairs: energy and gradient in one pass over J, parts of the Hessian.

As it stands, that of the KHGPS model; a model whose couplings are no Gaussian matrix, like the GPS lattice, gives
another bound of their norm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .couplings import Couplings
from .products import multiply

Array = NDArray[Any]

EDGE_WIDTHS = 5.0
"""Widths N^(-2/3) J of the Tracy–Widom law, times two, by which the bound of the norm of J exceeds 2 J."""


@dataclass(frozen=True, eq=False)
class Point:
    """One state with what was computed there.

    Attributes
    ----------
    coordinates, gradient : (N,) arrays
        x [1] and ∂H/∂x.
    energy : float
    typical_force : float
        f, f² = mean_i[(κ_i x_i)² + (x_i³/6)² + (Σ_j J_ij x_j)² + h²].
    relative_gradient : float
        max_i |∂H/∂x_i| / f; zero where the gradient is zero.
    """

    coordinates: Array
    energy: float
    gradient: Array
    typical_force: float
    relative_gradient: float


@dataclass(frozen=True, eq=False)
class Landscape:
    """H(x) = ½Σκ_i x_i² + (1/4!)Σx_i⁴ + Σ_{i<j}J_ij x_i x_j − hΣx_i of one disorder.

    Parameters
    ----------
    stiffnesses : (N,) array
        κ_i.
    couplings : Couplings
        J_ij; for `coupling_norm`, Gaussian of variance `strength`²/N.
    field, strength : float
        h and J.
    """

    stiffnesses: Array
    couplings: Couplings
    field: float
    strength: float

    def at(self, coordinates: Array) -> Point:
        """Energy and gradient of a state (N,)."""
        return self.point(coordinates, self.pull(coordinates))

    def point(self, coordinates: Array, pull: Array) -> Point:
        """The same with Σ_j J_ij x_j (N,) known."""
        x = coordinates
        spring, quartic = self.stiffnesses * x, x * x * x / 6.0
        gradient = spring + quartic + pull - self.field
        energy = float(np.sum(x * (0.5 * spring + 0.25 * quartic + 0.5 * pull - self.field)))
        typical = float(np.sqrt(np.mean(spring**2 + quartic**2 + pull**2) + self.field**2))
        largest = float(np.max(np.abs(gradient)))
        return Point(x, energy, gradient, typical, 0.0 if largest == 0.0 else largest / typical)

    def pull(self, coordinates: Array) -> Array:
        """Σ_j J_ij x_j (N,), in float64: one pass over the couplings."""
        product = np.empty(len(self.stiffnesses))
        multiply(self.couplings.packed, np.ascontiguousarray(coordinates), product)
        return product

    def diagonal(self, coordinates: Array) -> Array:
        """κ_i + x_i²/2: the diagonal of the Hessian (N,)."""
        return self.stiffnesses + 0.5 * coordinates**2

    def largest_curvature(self, coordinates: Array) -> float:
        """Bound of the Hessian's eigenvalues: its largest diagonal element and the edge of the spectrum of J."""
        return float(np.max(self.diagonal(coordinates))) + self.coupling_norm

    @property
    def coupling_norm(self) -> float:
        """2 J (1 + 5 N^(-2/3)): above the norm of J but with a probability below 1e-12 (Tracy–Widom)."""
        return 2.0 * self.strength * (1.0 + EDGE_WIDTHS * len(self.stiffnesses) ** (-2.0 / 3.0))
