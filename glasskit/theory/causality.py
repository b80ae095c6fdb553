"""Integral checks of a spectrum: the sum rule, and the self-energy at omega = 0 by Kramers-Kronig.

Sigma(z) and the Green's functions are analytic in the upper half plane and fall off as 1/z, so

    ∫ g(omega) domega = 1,      (2/π) ∫ Im Sigma(omega)/omega domega = Sigma(0).

The right-hand sides are known without solving anything at omega > 0: a wrong root anywhere breaks both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..analysis.per_glass import FloatArray
from ..errors import NumericalError
from .edges import highest_eigenvalue
from .propagators import ComplexArray
from .selfconsistent import SelfConsistency, solve_self_energy
from .static import static_self_energy

TOLERANCE = 1e-4
"""Largest accepted deviation of either integral, relative."""
_AIM = 1e-5  # of the quadrature, relative
_MOST_ROUNDS = 30
_DENSE = np.array([1e-4, 1e-3, 1e-2, 0.1])
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True)
class CausalityCheck:
    """The two integrals beside what they must be.

    Attributes
    ----------
    norm, expected_norm : float
        ∫g domega; 1, or 2/3 for an incompressible medium, whose longitudinal modes are at infinity.
    static, expected_static : float
        Sigma(0) from Im Sigma(omega), and from its algebraic equation.
    highest : float
        Frequency above which there are no modes.
    frequencies : int
        Number of frequencies that were solved.
    """

    norm: float
    expected_norm: float
    static: float
    expected_static: float
    highest: float
    frequencies: int

    @property
    def deviation(self) -> float:
        """The larger of the two relative deviations."""
        static = abs(self.static / self.expected_static - 1) if self.expected_static else 0.0
        return max(abs(self.norm / self.expected_norm - 1), static)


def density(equation: SelfConsistency, omega: FloatArray, sigma: ComplexArray) -> FloatArray:
    """g = (2 omega/3π) Im(G_L + 2 G_T) [S (35)], non-negative; 0 at omega = 0."""
    z = np.asarray(omega**2, dtype=np.complex128)
    with np.errstate(divide="ignore", invalid="ignore"):  # on a pole of a medium without disorder
        G_L, G_T = equation.greens_functions(sigma, z)
    return np.where(omega > 0, 2 * omega / (3 * np.pi) * (G_L + 2 * G_T).imag, 0.0)


def check_causality(equation: SelfConsistency) -> CausalityCheck:
    """Both integrals by adaptive quadrature over the whole spectrum.

    Raises
    ------
    NumericalError
        A deviation above 1e-4; ``partial`` is the ``CausalityCheck``.
    """
    solved = 0

    def integrands(omega: FloatArray) -> FloatArray:
        nonlocal solved
        solved += omega.size
        sigma = solve_self_energy(equation, omega)
        return np.stack([density(equation, omega, sigma), 2 / np.pi * sigma.imag / omega])

    highest = math.sqrt(highest_eigenvalue(equation))
    (norm, static) = _adaptive(integrands, _breaks(equation, highest))
    found = CausalityCheck(
        norm=float(norm),
        expected_norm=2 / 3 if math.isinf(equation.bulk_modulus) else 1.0,
        static=float(static),
        expected_static=static_self_energy(equation.bulk_modulus, equation.disorder),
        highest=highest,
        frequencies=solved,
    )
    if not found.deviation <= TOLERANCE:
        raise NumericalError(
            f"the spectrum integrates to {found.norm:.6g} (expected {found.expected_norm:.6g}) and its self-energy to "
            f"{found.static:.6g} (expected {found.expected_static:.6g}); more than {TOLERANCE:g} off, it is not "
            "causal and cannot be used.",
            found,
        )
    return found


def _bare_speeds(equation: SelfConsistency) -> list[float]:
    K = equation.bulk_modulus
    return [1.0] if math.isinf(K) else [1.0, math.sqrt(K + 4 / 3)]


def _breaks(equation: SelfConsistency, highest: float) -> FloatArray:
    """Ends of the first panels: even, and dense at plane waves without disorder, whose lines may be narrow."""
    near = np.concatenate([-_DENSE, [0], _DENSE])
    plane = np.outer(np.outer(_bare_speeds(equation), equation.waves.notable()), 1 + near).ravel()
    return np.unique(np.concatenate([np.linspace(0, highest, 9), plane[plane < highest]]))


def _adaptive(function: Callable[[FloatArray], FloatArray], breaks: FloatArray) -> FloatArray:
    """Integral of a vector function: Gauss-Legendre panels, all at once, halved where the halves disagree."""
    left, right = breaks[:-1], breaks[1:]
    whole = _panels(function, left, right)
    total = np.zeros(whole.shape[0])
    scale = np.abs(whole).sum(axis=1)
    for _ in range(_MOST_ROUNDS):
        middle = (left + right) / 2
        first, second = np.split(_panels(function, np.r_[left, middle], np.r_[middle, right]), 2, axis=1)
        scale = np.maximum(scale, np.abs(total + (first + second).sum(axis=1)))
        share = (_AIM * scale[:, None]) * np.maximum((right - left) / breaks[-1], 1e-3)
        rough = (np.abs(first + second - whole) > share).any(axis=0)
        total += (first + second)[:, ~rough].sum(axis=1)
        if not rough.any():
            return total
        left, right = np.r_[left[rough], middle[rough]], np.r_[middle[rough], right[rough]]
        whole = np.concatenate([first[:, rough], second[:, rough]], axis=1)
    return total + whole.sum(axis=1)


def _panels(function: Callable[[FloatArray], FloatArray], left: FloatArray, right: FloatArray) -> FloatArray:
    half, middle = (right - left) / 2, (right + left) / 2
    points = middle[:, None] + half[:, None] * _NODES
    values = function(points.ravel()).reshape(-1, *points.shape)
    return (values * _WEIGHTS).sum(axis=2) * half
