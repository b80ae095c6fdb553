"""Spectrum of the Hessian in the replica-symmetric phase, from G(lambda) = E[1/(m − z)], z = lambda + J² (G − chi).

The map z → lambda(z) = z − J² (G0(z) − chi), with G0(z) = E[1/(m − z)], takes the region above a curve v(x) one to one
to the upper half-plane, and the curve itself to the real axis, in order (P. Biane, Indiana Univ. Math. J. 46, 705
(1997)). On the curve Im G0 = v/J², which falls with v: each x has one v. So a root z with Im z > 0 at a real lambda is
the root, there is no wrong one, and D(omega) = 2 omega v/(pi J²). The curve is found by bisection, frequencies by
Newton's method from its points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from ..errors import ConvergenceError, InputError
from .cauchy import ComplexArray
from .effective_stiffness import CurvatureDistribution, RestingDistribution, curvature_distribution

if TYPE_CHECKING:
    from .replica_symmetric import ReplicaSymmetric

FloatArray = NDArray[np.float64]

_POINTS = 400  # of the curve, crowded at its lower end
_HALVINGS = 26  # of ln v over 30: to 5e-7
_LEAST_HEIGHT = 1e-13  # of J: below it the curve is on the axis, as far as its table goes
_NEWTON_STEPS = 30
_RESIDUAL = 1e-13  # of lambda, relative to the width of the spectrum
_CLOSEST = 1e-10
_NARROWEST = 1e-6  # range of stiffness over kappa_0 in a table of rho; narrower ones have the same spectrum to 1e-12


@dataclass(frozen=True)
class ReplicaSymmetricSpectrum:
    """Density of states of the KHGPS model, N → ∞, in its replica-symmetric phase.

    Attributes
    ----------
    coupling, chi : float
        J and G(0).
    softest : float
        Smallest effective stiffness k0 = kappa_min − J² chi.
    curvature : CurvatureDistribution or RestingDistribution
        Distribution of m = k + x²/2.
    edge_above : float
        Where the curve leaves the axis: z − k0 <= 0 of the lower band edge.
    """

    coupling: float
    chi: float
    softest: float
    curvature: CurvatureDistribution | RestingDistribution
    edge_above: float

    def _eigenvalue(self, above: ArrayLike) -> ComplexArray:
        """Lambda of z = k0 + ``above``."""
        z = self.softest + np.asarray(above, dtype=np.complex128)
        return z - self.coupling**2 * (self.curvature.resolvent(above) - self.chi)

    @cached_property
    def lowest_eigenvalue(self) -> float:
        """Lower edge of the spectrum of the Hessian; 0 on the critical line."""
        return max(0.0, float(self._eigenvalue(self.edge_above).real)) if self.edge_above > -self.softest else 0.0

    @property
    def gap(self) -> float:
        """Lower edge of D(omega); 0 on the critical line."""
        return math.sqrt(self.lowest_eigenvalue)

    @cached_property
    def largest_frequency(self) -> float:
        """Frequency above which D is below 1e-12 of its usual size; the upper edge where all x = 0."""
        return math.sqrt(float(self._curve[1][-1]))

    @cached_property
    def _curve(self) -> tuple[ComplexArray, FloatArray]:
        """Points z − k0 of the curve v(x) and their lambda, ascending."""
        end = self.curvature.end(self.coupling)
        x = self.edge_above + (end - self.edge_above) * np.linspace(0, 1, _POINTS + 1)[1:] ** 4
        low = np.full(_POINTS, math.log(_LEAST_HEIGHT * self.coupling))
        high = np.full(_POINTS, math.log(2 * self.coupling))
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            v = np.exp(middle)
            under = self.curvature.resolvent(x + 1j * v).imag * self.coupling**2 > v
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        z = x + 1j * np.exp(0.5 * (low + high))
        return z, np.maximum.accumulate(self._eigenvalue(z).real)

    def density_of_states(self, omega: ArrayLike) -> FloatArray:
        """D(omega) with ∫D d omega = 1, at an array of frequencies.

        Parameters
        ----------
        omega : array
            Frequencies >= 0, of any shape.

        Returns
        -------
        array of the same shape
            0 below the gap. Relative error about 1e-9 down to 1e-10 of the maximum, on line B as far as omega⁴ goes.

        Raises
        ------
        InputError
            Frequencies that are negative or not finite.
        ConvergenceError
            An equation that was not solved (``partial``: D with the doubtful values in place).
        """
        frequency = np.asarray(omega, dtype=np.float64)
        if not (np.isfinite(frequency).all() and (frequency >= 0).all()):
            raise InputError("omega holds values that are negative or not finite; expected frequencies >= 0.")
        density = np.zeros(frequency.shape)
        inside = (frequency > self.gap) & (frequency < self.largest_frequency)
        if inside.any():
            height, doubtful = self._heights(frequency[inside] ** 2)
            density[inside] = 2 * frequency[inside] * height / (math.pi * self.coupling**2)
            if doubtful:
                raise ConvergenceError(
                    f"the resolvent equation was not solved to {_RESIDUAL:.0e} at {doubtful} of {inside.sum()} "
                    "frequencies; leave out those closest to the band edge.",
                    density,
                )
        return density

    def _heights(self, eigenvalue: FloatArray) -> tuple[FloatArray, int]:
        """Im z at given lambda, and how many of them are no solutions."""
        curve, known = self._curve
        place = np.clip(np.searchsorted(known, eigenvalue), 1, len(known) - 1)
        share = (eigenvalue - known[place - 1]) / np.maximum(known[place] - known[place - 1], 1e-300)
        share = np.clip(share, 0.0, 1.0)
        z = curve[place - 1] + share * (curve[place] - curve[place - 1])
        scale = known[-1]
        residual = np.full(len(z), np.inf)
        for _ in range(_NEWTON_STEPS):
            value = self._eigenvalue(z) - eigenvalue
            residual = np.abs(value)
            shift = 1e-6j * np.maximum(np.abs(z), 1e-30)
            slope = (self._eigenvalue(z + shift) - eigenvalue - value) / shift
            step = np.where(slope == 0, 0, value / np.where(slope == 0, 1, slope))
            moved = z - step
            z = moved.real + 1j * np.where(moved.imag > 0, moved.imag, 0.25 * z.imag)
            if (np.abs(step) <= 1e-14 * np.abs(z)).all():
                break
        return z.imag, int((residual > _RESIDUAL * scale).sum())


def replica_symmetric_spectrum(solution: ReplicaSymmetric) -> ReplicaSymmetricSpectrum:
    """Prepare the spectrum of a solution.

    Raises
    ------
    InputError
        J = 0 (no coupling: D is the distribution of √m itself) or an unstable solution.
    """
    if solution.coupling == 0:
        raise InputError(
            "coupling is 0: the oscillators are independent and there is no resolvent equation; give a coupling > 0."
        )
    if not solution.stable:
        raise InputError(
            f"coupling {solution.coupling:g} is above the critical coupling {solution.critical.coupling:g}, where this "
            "solution has no spectrum; lower it."
        )
    kappa_min, kappa_0 = solution.stiffness_range
    softest, span = solution.softest, kappa_0 - kappa_min
    curvature: CurvatureDistribution | RestingDistribution
    if solution.width == 0:
        curvature = RestingDistribution(span)
    else:
        wide = max(span, min(_NARROWEST * kappa_0, softest))
        softest, span = softest + 0.5 * (span - wide), wide
        curvature = curvature_distribution(field=solution.field, width=solution.width, softest=softest, span=span)
    on_line_a = solution.on_critical_line and solution.critical.exponent == 2
    edge = -softest if on_line_a else _edge(curvature, solution.coupling, softest)
    return ReplicaSymmetricSpectrum(solution.coupling, solution.chi, softest, curvature, edge)


def _edge(curvature: CurvatureDistribution | RestingDistribution, coupling: float, softest: float) -> float:
    """z − k0 below all m where J² E[1/(m − z)²] = 1: there lambda(z) has its maximum, which is the band edge.

    The derivative is Im G0 over a step of 1e-4, right to 1e-8, and the edge to the square of that. An edge closer to
    k0 than 1e-10 k0 is put there: the oscillators between are exponentially rare.
    """

    def excess(log_below: float) -> float:
        below = math.exp(log_below)
        step = 1e-4 * below
        return coupling**2 * float(curvature.resolvent(np.array([-below + 1j * step])).imag[0]) / step - 1

    if softest == 0:
        return 0.0
    high, low = math.log(softest), math.log(_CLOSEST * softest)
    if excess(high) >= 0:
        return -softest
    if excess(low) <= 0:
        return -math.exp(low)
    return -math.exp(brentq(excess, low, high, xtol=1e-13, rtol=4e-15))
