"""Nonlinear modes by dense algebra: power series of the energy along a direction, and the fixed-point maps.

The series come from phi(|x + s z|), pair by pair, by arithmetic of truncated power series in s: none of the radial
coefficients of the contractions is used.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from ..errors import ConvergenceError, InputError
from ..particles.configuration import Configuration
from ..particles.potentials import PairPotential
from .sums import gradient, hessian

Array = NDArray[np.float64]

_POWERS = {"quartic": (2, 1), "cubic": (3, 2), "geometric": (2, 1)}  # p and q of kappa^p/t^q
_ZERO_MODE = 1e-10  # of the largest eigenvalue: translations and rattlers


def _times(a_sp: Array, b_sp: Array) -> Array:
    """Product of two series of the same length in s."""
    return np.stack([np.einsum("mp,mp->p", a_sp[: k + 1], b_sp[k::-1]) for k in range(len(a_sp))])


def _distance(square_p: Array, along_p: Array, mode_p: Array) -> Array:
    """Series of r = |x + s z| to s⁴ from x·x, x·z and z·z: the root of x·x + 2 s x·z + s² z·z, order by order."""
    r0 = np.sqrt(square_p)
    r1 = along_p / r0
    r2 = (mode_p - r1 * r1) / (2 * r0)
    r3 = -r1 * r2 / r0
    r4 = -(2 * r1 * r3 + r2 * r2) / (2 * r0)
    return np.stack([r0, r1, r2, r3, r4])


def _composed(derivative_op: Array, change_sp: Array) -> Array:
    """Series of f(r) from the derivatives of f at r(0) and the series of r − r(0)."""
    out, power = np.zeros_like(change_sp), np.zeros_like(change_sp)
    power[0] = 1.0
    for k, derivative_p in enumerate(derivative_op):
        out += derivative_p / math.factorial(k) * power
        power = _times(power, change_sp)
    return out


class DirectionSeries:
    """Energy of a configuration displaced along directions z, to fourth order: U(s) = U + kappa s²/2 + tau s³/6 + … .

    Parameters
    ----------
    configuration : Configuration
    potential : PairPotential
    """

    def __init__(self, configuration: Configuration, potential: PairPotential):
        self.configuration, self.potential = configuration, potential
        i, j = np.triu_indices(configuration.number_of_particles, k=1)
        x_pc = configuration.box.minimum_image(configuration.positions[j] - configuration.positions[i])
        a_p = potential.pair_diameter(configuration.diameters[i], configuration.diameters[j])
        r_p = np.linalg.norm(x_pc, axis=1)
        near = r_p < potential.cutoff_of(a_p)
        self._i, self._j, self._x_pc = i[near], j[near], x_pc[near]
        self._phi_op = potential.pair_derivatives(r_p[near], a_p[near])

    def _along(self, z_nc: Array) -> tuple[Array, Array]:
        """z_j − z_i and the series of the distance, of every pair."""
        dz_pc = z_nc[self._j] - z_nc[self._i]
        dots = (np.einsum("pc,pc->p", *both) for both in ((self._x_pc,) * 2, (self._x_pc, dz_pc), (dz_pc,) * 2))
        return dz_pc, _distance(*dots)

    def coefficients(self, z: ArrayLike) -> tuple[float, float, float, float]:
        """kappa = M:zz, tau = U3:zzz, chi = U4:zzzz and S = Σ_pairs |z_j − z_i|⁴ of a direction of any length."""
        dz_pc, distance_sp = self._along(np.asarray(z, dtype=float))
        distance_sp[0] = 0.0
        energy_sp = _composed(self._phi_op, distance_sp)
        kappa, tau, chi = (math.factorial(k) * math.fsum(energy_sp[k]) for k in (2, 3, 4))
        return kappa, tau, chi, math.fsum(np.einsum("pc,pc->p", dz_pc, dz_pc) ** 2)

    def log_energies(self, z: ArrayLike) -> Array:
        """ln of kappa²/chi, kappa³/tau² and kappa²/S (quartic, cubic, geometric), of absolute values; shape (3,)."""
        kappa, tau, chi, spread = np.log(np.abs(self.coefficients(z)))
        return np.array([2 * kappa - chi, 3 * kappa - 2 * tau, 2 * kappa - spread])

    def contracted(self, z: ArrayLike) -> Array:
        """M·z, U3:zz, U4:zzz and ∇S/4 of a direction, shape (4, N, d): the series of the force, term by term."""
        dz_pc, distance_sp = self._along(np.asarray(z, dtype=float))
        change_sp, inverse_sp = distance_sp.copy(), np.zeros_like(distance_sp)
        change_sp[0] = 0.0
        inverse_sp[0] = 1 / distance_sp[0]
        for k in range(1, len(inverse_sp)):
            inverse_sp[k] = -sum(distance_sp[m] * inverse_sp[k - m] for m in range(1, k + 1)) / distance_sp[0]
        # phi'(r) (x + s z)/r; its series ends at s³, as the derivatives do.
        tension_sp = _times(_composed(self._phi_op[1:], change_sp), inverse_sp)
        terms = [
            math.factorial(k) * (tension_sp[k, :, None] * self._x_pc + tension_sp[k - 1, :, None] * dz_pc)
            for k in (1, 2, 3)
        ]
        terms.append(np.einsum("pc,pc->p", dz_pc, dz_pc)[:, None] * dz_pc)
        out = np.zeros((4, *self.configuration.positions.shape))
        for row_nc, term_pc in zip(out, terms, strict=True):
            np.add.at(row_nc, self._j, term_pc)
            np.subtract.at(row_nc, self._i, term_pc)
        return out

    def log_gradient(self, kind: str, z: ArrayLike) -> Array:
        """∇ of ln E of one kind ("quartic", "cubic", "geometric"), shape (N, d), from `contracted`."""
        p, _ = _powers(kind)
        z_nc = np.asarray(z, dtype=float)
        second_nc, higher_nc = self._both(kind, z_nc)
        return 2 * p * (second_nc / np.vdot(second_nc, z_nc) - higher_nc / np.vdot(higher_nc, z_nc))

    def log_curvature(self, kind: str, z: ArrayLike, h: float = 1e-4) -> Array:
        """Eigenvalues of the Hessian of ln E on the sphere at z, without z, translations and rattlers, ascending.

        By finite differences of `log_gradient`; at a minimum all are positive.
        """
        z_nc = np.asarray(z, dtype=float)
        z_nc = z_nc / np.linalg.norm(z_nc)
        dense = gradient(lambda y_nc: self.log_gradient(kind, y_nc), z_nc, h).reshape(z_nc.size, z_nc.size)
        basis = self._basis[1]
        tangent = basis @ scipy.linalg.null_space(z_nc.ravel()[None] @ basis)
        inner = tangent.T @ dense @ tangent
        return scipy.linalg.eigvalsh((inner + inner.T) / 2)

    def fixed_point(self, kind: str, initial: ArrayLike, *, tolerance: float = 1e-11, most: int = 20_000) -> Array:
        """Mode by the map z ← M⁻¹ U4:zzz (quartic), M⁻¹ U3:zz (cubic) or M⁻¹ ∇S (geometric), normalised.

        Raises
        ------
        InputError
            On an unknown kind.
        ConvergenceError
            If |∇ ln E| is above the tolerance after ``most`` applications; ``partial`` is the last direction.
        """
        _powers(kind)
        value_k, vector_xk = self._basis
        z_nc = np.array(initial, dtype=float)
        z_nc /= np.linalg.norm(z_nc)
        for _ in range(most):
            if np.linalg.norm(self.log_gradient(kind, z_nc)) <= tolerance:
                return z_nc
            image_x = vector_xk @ (vector_xk.T @ self._both(kind, z_nc)[1].ravel() / value_k)
            image_x *= np.sign(image_x @ z_nc.ravel())  # U3:zz does not know the sign of z
            z_nc = (image_x / np.linalg.norm(image_x)).reshape(z_nc.shape)
        raise ConvergenceError(f"the fixed-point map of the {kind} mode did not converge in {most} steps.", z_nc)

    def _both(self, kind: str, z_nc: Array) -> tuple[Array, Array]:
        contracted = self.contracted(z_nc)
        return contracted[0], contracted[{"cubic": 1, "quartic": 2, "geometric": 3}[kind]]

    @cached_property
    def _basis(self) -> tuple[Array, Array]:
        """Eigenvalues of M other than zero, and their vectors as columns."""
        value_k, vector_xk = scipy.linalg.eigh(hessian(self.configuration, self.potential))
        kept = np.abs(value_k) > _ZERO_MODE * np.abs(value_k).max()
        return value_k[kept], vector_xk[:, kept]


def _powers(kind: str) -> tuple[int, int]:
    if kind not in _POWERS:
        raise InputError(f"kind: expected one of {', '.join(map(repr, _POWERS))}, found {kind!r}.")
    return _POWERS[kind]
