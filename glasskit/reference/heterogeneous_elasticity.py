"""Heterogeneous elasticity to any number of digits: the integrals over q done numerically, the root by iteration.

Slow twin of `glasskit.theory.selfconsistent`. Needs mpmath, which the package itself does not.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import ConvergenceError, InputError

_MOST_ITERATIONS = 20_000


def self_energy(bulk_modulus: float, disorder: float, omega: float, *, digits: int = 20) -> tuple[Any, Any]:
    """Sigma(omega² + i0) and g(omega) inside the band, as mpmath numbers.

    Iterates Sigma ← (Sigma + Phi(Sigma))/2 from a point of the upper half plane, which Phi maps into itself, until the
    change is below 10^-3, then takes secant steps. Phi = gamma ∫_0^1 3q⁴ dq [(2/3)/(q² c_L² − z) + 1/(q² c_T² − z)] and
    the Green's functions are quadratures; no closed form enters.

    Parameters
    ----------
    bulk_modulus, disorder : float
        K (``math.inf`` allowed) and gamma > 0, in units of the mean shear modulus.
    omega : float
        Positive; inside the band, where Im Sigma > 0: at real Sigma the integrands have poles.
    digits : int
        Decimal digits of the arithmetic.

    Raises
    ------
    InputError
        A frequency or a disorder that is not positive.
    ConvergenceError
        Too many iterations, as at a band edge or outside the bands; ``partial`` is Sigma so far.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), first line of Eq. (33), Eqs. (34), (35).
    """
    import mpmath as mp

    if not (omega > 0 and disorder > 0):
        raise InputError(f"omega is {omega:g} and disorder {disorder:g}; expected both positive.")
    with mp.workdps(digits):
        z, gamma = mp.mpf(omega) ** 2, mp.mpf(disorder)

        def moduli(sigma: Any) -> list[tuple[Any, Any, int]]:
            transverse = [(1 - sigma, mp.mpf(1), 2)]
            if math.isinf(bulk_modulus):
                return transverse
            return [*transverse, (mp.mpf(bulk_modulus) + (1 - sigma) * 4 / 3, mp.mpf(2) / 3, 1)]

        def mean(power: int, modulus: Any) -> Any:
            """Integrate 3 q^power/(q² c² − z), split where the denominator is smallest."""
            nearest = mp.re(mp.sqrt(z / modulus))
            points = [0, nearest, 1] if 0 < nearest < 1 else [0, 1]
            return 3 * mp.quad(lambda q: q**power / (q * q * modulus - z), points)

        def phi(sigma: Any) -> Any:
            return gamma * sum(weight * mean(4, modulus) for modulus, weight, _ in moduli(sigma))

        sigma = mp.mpc(0, 1)
        for _ in range(_MOST_ITERATIONS):
            change = phi(sigma) - sigma
            sigma += change / 2
            if abs(change) < mp.mpf("1e-3"):
                break
        else:
            raise ConvergenceError(
                f"no root at omega = {omega:g} in {_MOST_ITERATIONS} iterations; inside a band?", sigma
            )
        sigma = mp.findroot(lambda s: phi(s) - s, sigma)
        if not mp.im(sigma) > 0:
            raise ConvergenceError(f"the root at omega = {omega:g} has Im Sigma <= 0; outside the bands?", sigma)
        density = (
            2
            * mp.mpf(omega)
            / (3 * mp.pi)
            * sum(branches * mp.im(mean(2, modulus)) for modulus, _, branches in moduli(sigma))
        )
        return +sigma, +density
