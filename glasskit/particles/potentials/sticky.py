"""Sticky spheres: a Lennard-Jones core with an attraction of tunable range."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import inline
from .base import PairPotential, registered
from .form import HEADER, PairForm, form_from_derivatives, inverse_power, stretch

MINIMUM = 2.0 ** (1.0 / 6.0)  # where the core ends, in units of the pair diameter


def sticky_coefficients(cutoff_ratio: float) -> NDArray[np.float64]:
    """Coefficients (a, −b, c0, c2, c4, c6) of the attractive branch.

    phi, phi', phi'' equal those of the Lennard-Jones core at its minimum and vanish at the cutoff. The equations are
    solved with each unknown scaled by its term's value at the cutoff: unscaled, their condition number reaches 1e7.
    """
    powers = np.array([-12.0, -6.0, 0.0, 2.0, 4.0, 6.0])
    end = cutoff_ratio * MINIMUM
    rows, right = [], np.zeros(6)
    for s in (MINIMUM, end):
        x = s / end
        rows += [x**powers, powers * x ** (powers - 1), powers * (powers - 1) * x ** (powers - 2)]
    right[0] = -1.0
    right[2] = (4.0 * (12 * 13 * MINIMUM**-14 - 6 * 7 * MINIMUM**-8)) * end**2
    matrix = np.array(rows)
    scale = np.abs(matrix).max(axis=1)
    return np.linalg.solve(matrix / scale[:, None], right / scale) * end**-powers


@cache
def _sticky_form() -> PairForm:
    @inline
    def derivatives(r, a, p):
        s = r / a
        if s < MINIMUM:
            f, g = inverse_power(12, s, 1.0), inverse_power(6, s, 1.0)
            # A product, since for coinciding particles the difference of two infinities is not a number.
            d0, d1, d2 = 4.0 * g[0] * (g[0] - 1.0), 4.0 * (f[1] - g[1]), 4.0 * (f[2] - g[2])
            d3, d4 = 4.0 * (f[3] - g[3]), 4.0 * (f[4] - g[4])
        else:
            f, g = inverse_power(12, s, 1.0), inverse_power(6, s, 1.0)
            A, B, c0, c2, c4, c6 = (
                p[HEADER], p[HEADER + 1], p[HEADER + 2], p[HEADER + 3], p[HEADER + 4], p[HEADER + 5],
            )  # fmt: skip
            s2 = s * s
            d0 = A * f[0] + B * g[0] + c0 + s2 * (c2 + s2 * (c4 + s2 * c6))
            d1 = A * f[1] + B * g[1] + s * (2 * c2 + s2 * (4 * c4 + s2 * 6 * c6))
            d2 = A * f[2] + B * g[2] + 2 * c2 + s2 * (12 * c4 + s2 * 30 * c6)
            d3 = A * f[3] + B * g[3] + s * (24 * c4 + s2 * 120 * c6)
            d4 = A * f[4] + B * g[4] + 24 * c4 + s2 * 360 * c6
        return stretch((d0, d1, d2, d3, d4), 1.0 / a)

    return form_from_derivatives(derivatives)


@registered
@dataclass(frozen=True)
class StickySpheres(PairPotential):
    """Lennard-Jones core with an attraction whose range is the control parameter.

    With s = r/a: phi = 4(s^-12 − s^-6) for s < 2^(1/6); beyond it A s^-12 − B s^-6 + c0 + c2 s² + c4 s⁴ + c6 s⁶ up
    to s = 2^(1/6) cutoff_ratio, with coefficients such that phi, phi' and phi'' are continuous at both ends.

    Parameters
    ----------
    cutoff_ratio : float
        Cutoff in units of the position of the minimum, above 1 (1.1 to 1.5 in the literature).
    nonadditivity : float
        a_ij = (a_i + a_j)/2 · (1 − nonadditivity |a_i − a_j|).

    Notes
    -----
    González-López, Shivam, Zheng, Ciamarra, Lerner, PRE 103, 022605 (2021); Lerner & Bouchbinder,
    J. Chem. Phys. 155, 200901 (2021), Sec. IV C.
    """

    cutoff_ratio: float = 1.2
    nonadditivity: float = 0.0
    kinks: ClassVar[str] = "the third derivative jumps at the minimum and at the cutoff"

    def __post_init__(self) -> None:
        self._require(cutoff_ratio=(1.0, 1e2), nonadditivity=(-inf, inf))

    @property
    def form(self) -> PairForm:
        """Scalar functions of the two branches."""
        return _sticky_form()

    @property
    def smoothness_at_cutoff(self) -> float:
        """Two derivatives vanish at the cutoff."""
        return 2

    def _cutoff_parameters(self) -> tuple[float, float]:
        return 0.0, self.cutoff_ratio * MINIMUM

    def _form_parameters(self) -> NDArray[np.float64]:
        return sticky_coefficients(self.cutoff_ratio)
