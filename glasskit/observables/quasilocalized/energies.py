"""Energies of a direction z: kappa^p/t^q, whose minima on the unit sphere are the nonlinear modes.

With kappa = M:zz, tau = U3:zzz, chi = U4:zzzz at |z| = 1 (Kapteijns, Richard & Lerner, PRE 101, 032130 (2020)) and
S = Σ_pairs (z·z)², z = z_j − z_i:

    quartic E4 = kappa²/chi,   cubic E3 = kappa³/tau²,   geometric (pseudo-harmonic) C = kappa²/S.

All have the form kappa^p/t^q with t = A:z…z of order k, p·2 = q·k, so that a rescaled z has the same energy, and

    ∇ ln E = 2p (M·z/kappa − A:z…/t),   zero where M·z = (kappa/t) A:z… .
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...particles.kernels.mode_curvature import curvature_weights, make_curvature_product, make_mode_gradient
from .landscape import ModeLandscape

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ModeEnergy:
    """One energy kappa^p/t^q.

    Attributes
    ----------
    name : str
    order : int
        k: t is of this order in z.
    p, q : int
    """

    name: str
    order: int
    p: int
    q: int

    def coefficients(self, radial_rp: Array) -> Array:
        """Radial coefficients a2, a3, a4 of A, shape (3, P)."""
        if self.name != "geometric":
            return np.ascontiguousarray(radial_rp[1:])
        # A:zzz of order four is 3 a2 (z·z) z where a3 and a4 vanish: a third of it is ∇S/4.
        a_3p = np.zeros((3, radial_rp.shape[1]))
        a_3p[0] = 1.0 / 3.0
        return a_3p


QUARTIC = ModeEnergy("quartic", order=4, p=2, q=1)
CUBIC = ModeEnergy("cubic", order=3, p=3, q=2)
GEOMETRIC = ModeEnergy("geometric", order=4, p=2, q=1)


class DirectionEnergy:
    """One energy of one glass as a function of direction: values, gradients and curvature of its logarithm."""

    def __init__(self, landscape: ModeLandscape, energy: ModeEnergy):
        d, pairs = landscape.vectors.shape
        self.landscape, self.energy = landscape, energy
        self._phi_2p = np.ascontiguousarray(landscape.radial[:2])
        self._a_3p = energy.coefficients(landscape.radial)
        self._dz_cp, self._along_2p = np.empty((d, pairs)), np.empty((2, pairs))
        self._weight_4p = np.empty((4, pairs))
        self._gradient, self._product = make_mode_gradient(d), make_curvature_product(d)
        self.products = 0

    def at(self, z_nc: Array) -> Place:
        """Everything of first order at a unit vector z; curvature products refer to the place last asked for."""
        second_nc, higher_nc = np.empty_like(z_nc), np.empty_like(z_nc)
        land = self.landscape
        self._gradient(
            land.i, land.j, land.vectors, self._phi_2p, self._a_3p, z_nc, self.energy.order,
            self._dz_cp, self._along_2p, second_nc, higher_nc,
        )  # fmt: skip
        kappa, t = float(np.vdot(z_nc, second_nc)), float(np.vdot(z_nc, higher_nc))
        return Place(z_nc, kappa, t, second_nc, higher_nc, self.energy)

    def cubic_terms(self) -> float:
        """Sum over pairs of the absolute terms of U3:zzz, at the place last asked for: what tau is rounded against."""
        (a2_p, a3_p), (along_p, square_p) = self._a_3p[:2], self._along_2p
        return float(np.sum(np.abs(a3_p * along_p**3) + 3.0 * np.abs(a2_p * along_p * square_p)))

    def bend(self, place: Place) -> None:
        """Make products with the curvature at a place, the last that was asked for, possible."""
        curvature_weights(
            self._phi_2p, self._a_3p, self._along_2p, place.kappa, place.t, self.energy.order, self._weight_4p
        )

    def curvature_product(self, place: Place, v_nc: Array) -> Array:
        """Hessian of ln E on the unit sphere at a place, times a tangent vector v.

        2p [M·v/kappa − (k−1) A:z…v/t − 2h (h·v) + k u (u·v)], h = M·z/kappa, u = A:z…/t, and − (z·∇) v of the
        sphere, which vanishes because ln E does not change along z; projected onto the tangent space.
        """
        out_nc = np.empty_like(v_nc)
        land = self.landscape
        self._product(land.i, land.j, land.vectors, self._dz_cp, self._weight_4p, v_nc, out_nc)
        self.products += 1
        k = self.energy.order
        out_nc -= (2.0 * np.vdot(place.h, v_nc)) * place.h
        out_nc += (k * np.vdot(place.u, v_nc)) * place.u
        out_nc *= 2.0 * self.energy.p
        out_nc -= np.vdot(place.z, out_nc) * place.z
        return out_nc


class Place:
    """A unit vector and what was evaluated there.

    Attributes
    ----------
    z, h, u : (N, d) arrays
        The direction, M·z/kappa and A:z…/t; z·h = z·u = 1.
    kappa, t : float
    value : float
        ln E; infinite where kappa <= 0 or, for even orders, t <= 0.
    gradient : (N, d) array
        ∇ ln E, tangent to the sphere.
    """

    __slots__ = ("gradient", "h", "kappa", "t", "u", "value", "z")

    def __init__(self, z_nc: Array, kappa: float, t: float, second_nc: Array, higher_nc: Array, energy: ModeEnergy):
        self.z, self.kappa, self.t = z_nc, kappa, t
        defined = kappa > 0.0 and (t > 0.0 if energy.order % 2 == 0 else t != 0.0)
        self.value = energy.p * np.log(kappa) - energy.q * np.log(abs(t)) if defined else np.inf
        with np.errstate(divide="ignore", invalid="ignore"):
            self.h, self.u = second_nc / kappa, higher_nc / t
        self.gradient = 2.0 * energy.p * (self.h - self.u)
        self.gradient -= np.vdot(z_nc, self.gradient) * z_nc

    @property
    def defined(self) -> bool:
        """Whether the energy is a number here."""
        return bool(np.isfinite(self.value))
