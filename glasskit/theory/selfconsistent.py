"""The self-energy of the self-consistent Born approximation, with a proof for every root.

At real z = omega² the right-hand side of Sigma = Phi(Sigma) maps the upper half plane into itself. So (Denjoy and
Wolff) at most one root lies inside it and, where none does, exactly one point of the real axis attracts all iterates:
the real root with 0 <= Phi' <= 1. Every root returned here is one of the two, and that is checked; a wrong root has
Im Sigma < 0, or is real with Phi' > 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..analysis.per_glass import FloatArray
from ..errors import ConvergenceError
from .propagators import ComplexArray, WaveNumbers
from .static import static_self_energy

_LEFT_AXIS = 0.1
"""Factor between imaginary parts of z on the way to the real axis."""
_NEAREST = 1e-15  # smallest imaginary part of z, relative
_RESIDUAL = 1e-12  # |Sigma − Phi|, largest accepted; most are below 1e-15
_ROUNDING = 4e-16
_FLOOR = 1e-13  # residual below which a Newton step that does not lower it shows rounding
_MARGIN = 1e-6  # of Phi' <= 1 for a real root: at a band edge Phi' = 1 up to the root of the rounding error
_NEAR_AXIS = 1e-6  # Im Sigma at the smallest height from which the root may be real
_MOST_STEPS = 400


class SelfEnergyPartial(NamedTuple):
    """What a failed solution had reached: frequencies, self-energy, and where it is proved."""

    omega: FloatArray
    self_energy: ComplexArray
    proved: np.ndarray


@dataclass(frozen=True)
class SelfConsistency:
    """The map Phi of the self-consistent Born approximation.

    Phi(Sigma) = gamma {(2/3) P(z/c_L²)/c_L² + P(z/c_T²)/c_T²}, c_T² = 1 − Sigma, c_L² = K + (4/3)(1 − Sigma), in
    units of the mean shear modulus, the mass density and the cutoff; ``propagators`` has P.

    Attributes
    ----------
    bulk_modulus, disorder : float
        K, ``math.inf`` allowed, and gamma.
    waves : WaveNumbers
    """

    bulk_modulus: float
    disorder: float
    waves: WaveNumbers

    def map(self, sigma: ComplexArray, z: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        """Phi(Sigma) and dPhi/dSigma at the same z."""
        transverse = 1 - sigma
        _, P, slope = self.waves.sums(z / transverse)
        value, derivative = P / transverse, (P + slope) / transverse**2
        if not math.isinf(self.bulk_modulus):
            longitudinal = self.bulk_modulus + (4 / 3) * transverse
            _, P, slope = self.waves.sums(z / longitudinal)
            value = value + (2 / 3) * P / longitudinal
            derivative = derivative + (8 / 9) * (P + slope) / longitudinal**2
        return self.disorder * value, self.disorder * derivative

    def greens_functions(self, sigma: ComplexArray, z: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        """G_L and G_T; G_L = 0 for an incompressible medium, whose longitudinal modes are at infinity."""
        transverse = 1 - sigma
        G_T = self.waves.sums(z / transverse)[0] / transverse
        if math.isinf(self.bulk_modulus):
            return np.zeros_like(G_T), G_T
        longitudinal = self.bulk_modulus + (4 / 3) * transverse
        return self.waves.sums(z / longitudinal)[0] / longitudinal, G_T


def solve_self_energy(equation: SelfConsistency, omega: FloatArray) -> ComplexArray:
    """Sigma(omega² + i0) at all frequencies at once.

    z comes down to the real axis from omega² + i·(the largest z), by Newton steps where these stay in the upper half
    plane and lower the residual, else by the mean of Sigma and Phi, which converges from anywhere.

    Parameters
    ----------
    equation : SelfConsistency
    omega : (M,) array
        Non-negative and finite.

    Raises
    ------
    ConvergenceError
        A root that could not be proved; ``partial`` is a ``SelfEnergyPartial``.
    """
    z = np.asarray(omega**2, dtype=np.complex128)
    static = static_self_energy(equation.bulk_modulus, equation.disorder)
    found = np.full(omega.shape, static, dtype=np.complex128)
    moving = np.flatnonzero(omega > 0)
    if equation.disorder == 0 or moving.size == 0:
        return found
    with np.errstate(divide="ignore", invalid="ignore"):  # a pole hit on the way makes a step that is not taken
        sigma = _from_above(equation, z[moving])
        sigma, proved = _real_roots(equation, z[moving], sigma)
        inside = np.flatnonzero(~proved)
        sigma[inside], proved[inside] = _descend(
            equation, z[moving[inside]], sigma[inside], accuracy=_ROUNDING, most=_MOST_STEPS
        )
    found[moving] = sigma
    if not proved.all():
        flags = np.ones(omega.shape, dtype=bool)
        flags[moving] = proved
        raise ConvergenceError(
            f"the self-energy could not be proved at {int((~proved).sum())} of {omega.size} frequencies, the first "
            f"omega = {omega[~flags][0]:.6g}; expected |Sigma − Phi| below {_RESIDUAL:g}; leave them out, or shift "
            "them away from a band edge.",
            SelfEnergyPartial(omega, found, flags),
        )
    return found


def _from_above(equation: SelfConsistency, z: ComplexArray) -> ComplexArray:
    """Approximate roots just above the real axis of z, all in the upper half plane."""
    scale = np.abs(z) + 1.0
    sigma = np.full(z.shape, 1j * equation.disorder)
    height = 4.0
    while height > _NEAREST:
        sigma, _ = _descend(equation, z + 1j * height * scale, sigma, accuracy=1e-3, most=8)
        height *= _LEFT_AXIS
    return sigma


def _descend(
    equation: SelfConsistency, z: ComplexArray, sigma: ComplexArray, *, accuracy: float, most: int
) -> tuple[ComplexArray, np.ndarray]:
    """Newton steps, each replaced by an average where it leaves the half plane or does not lower the residual."""
    sigma = sigma.copy()
    residual_of = np.full(z.shape, np.inf)
    active = np.arange(z.size)
    phi, slope = equation.map(sigma, z)
    for _ in range(most):
        here, F = sigma[active], phi[active] - sigma[active]
        residual = np.abs(F)
        residual_of[active] = residual
        step = F / (1 - slope[active])
        going = ~(np.abs(step) <= accuracy * np.abs(here.imag)) & ~(residual <= _ROUNDING * np.abs(here) / 4)
        active = active[going]
        here, F, residual, step = here[going], F[going], residual[going], step[going]
        if active.size == 0:
            break
        trial = here + step
        phi_t, slope_t = equation.map(trial, z[active])
        good = (trial.imag > 0) & (np.abs(phi_t - trial) < 0.9 * residual)
        kept = good | (residual > _FLOOR)  # the others have reached rounding, and stay
        slow = np.flatnonzero(kept & ~good)
        if slow.size:
            trial[slow] = here[slow] + 0.5 * F[slow]
            phi_t[slow], slope_t[slow] = equation.map(trial[slow], z[active[slow]])
        active = active[kept]
        sigma[active], phi[active], slope[active] = trial[kept], phi_t[kept], slope_t[kept]
    return sigma, (residual_of <= _RESIDUAL) & (sigma.imag > 0)


def _real_roots(equation: SelfConsistency, z: ComplexArray, sigma: ComplexArray) -> tuple[ComplexArray, np.ndarray]:
    """Replace roots that lie on the real axis, outside the bands, by the attracting real ones; and which these are."""
    sigma, proved = sigma.copy(), np.zeros(sigma.shape, dtype=bool)
    near = np.flatnonzero(np.abs(sigma.imag) < _NEAR_AXIS)
    x = np.asarray(sigma[near].real, dtype=np.complex128)
    for _ in range(60):
        phi, slope = equation.map(x, z[near])
        step = ((phi - x) / (1 - slope)).real
        step[~np.isfinite(step)] = 0
        x += step
        if (np.abs(step) <= _ROUNDING).all():
            break
    phi, slope = equation.map(x, z[near])
    real = (phi.imag == 0) & (np.abs(phi - x) <= _RESIDUAL) & (slope.real >= 0) & (slope.real <= 1 + _MARGIN)
    found = near[real & (np.abs(x - sigma[near]) < 1e-3)]
    sigma[near], proved[found] = np.where(real, x, sigma[near]), True
    return sigma, proved
