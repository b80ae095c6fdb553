"""Exponents of type-II modes by the taper of the potential: Table 1 of Schirmacher et al. (2024), for any m."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..analysis.exponents.fit import require_taper


@dataclass(frozen=True)
class TypeTwoExponents:
    """Powers for small arguments.

    Attributes
    ----------
    taper : float
        Order m; 1 also stands for a potential with a minimum.
    stress : float
        P(sigma) ~ sigma^(1/m − 1).
    level : float
        rho(lambda) ~ lambda^(1 + 1/m).
    frequency : float
        g(omega) ~ omega^(3 + 2/m).
    integrated : float
        F(omega) ~ omega^(4 + 2/m).
    logarithm : bool
        m = ∞: each of them is also divided by the squared logarithm of its argument.
    """

    taper: float
    stress: float
    level: float
    frequency: float
    integrated: float
    logarithm: bool

    @property
    def text(self) -> str:
        """One line in the papers' symbols."""
        parts = []
        for name, argument, power in (
            ("P", "σ", self.stress),
            ("ρ", "λ", self.level),
            ("g", "ω", self.frequency),
            ("F", "ω", self.integrated),
        ):
            divided = f"/ln²{argument}" if self.logarithm else ""
            parts.append(f"{name} ~ {argument}^{power:.4g}{divided}")
        return f"m = {'∞' if self.logarithm else f'{self.taper:g}'}: " + ", ".join(parts)


def type_two_exponents(taper: float) -> TypeTwoExponents:
    """Exponents that generalised heterogeneous elasticity claims for the taper of order m.

    What follows exactly: rho(lambda) ∝ sigma² P(sigma) at sigma = zeta lambda gives the last three powers from the
    first, and phi ~ (r_c − r)^(m+1) with g(r_c) > 0 gives the first. What is claimed: that modes of this spectrum are
    the low-frequency modes of glasses. Simulations that test it disagree: Schirmacher et al. (2024) report s = 4 and 3
    for m = 2 and ∞; Lerner & Bouchbinder, PRE 111, L013402 (2025), find several of the predictions unsupported; the
    authors reply in arXiv:2509.04988.

    Parameters
    ----------
    taper : int or math.inf
        m >= 1; for a potential with a minimum 1 (``stress_laws.MINIMUM``): s = 5.

    Raises
    ------
    InputError
        Not an integer >= 1 and not infinity.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Table 1 and Eqs. (103)-(107).
    """
    m = require_taper(taper)
    inverse = 1 / m
    return TypeTwoExponents(m, inverse - 1, 1 + inverse, 3 + 2 * inverse, 4 + 2 * inverse, math.isinf(m))


def exponent_table(tapers: Sequence[float] = (1, 2, 3, 4, math.inf)) -> tuple[TypeTwoExponents, ...]:
    """Rows of the table, one for each taper."""
    return tuple(type_two_exponents(taper) for taper in tapers)
