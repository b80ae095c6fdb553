"""Contact potentials: particles that interact only where they overlap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf, sqrt
from typing import ClassVar

from ..kernels.jit import inline
from .base import PairPotential, registered
from .form import PairForm, form_from_derivatives


@cache
def _contact_form(alpha: float) -> PairForm:
    """Energy (1 − r/a)^alpha / alpha, for alpha an integer or half-integer above 1."""
    whole = int(alpha)
    rooted = alpha != whole
    tiny = 1e-16  # the smallest overlap below contact, where rounding would leave zero or less
    c2, c3, c4 = alpha - 1.0, (alpha - 1.0) * (alpha - 2.0), (alpha - 1.0) * (alpha - 2.0) * (alpha - 3.0)

    @inline
    def derivatives(r, a, p):
        b = 1.0 / a
        u = max(1.0 - r * b, tiny)
        root = sqrt(u) if rooted else 1.0
        v2 = u ** (whole - 2) * root
        # The coefficients of negative powers of an integer alpha are zero: the powers are clipped, not evaluated.
        v3 = v2 / u if c3 != 0.0 else 0.0
        v4 = v3 / u if c4 != 0.0 else 0.0
        return (
            v2 * u * u / alpha,
            -b * v2 * u,
            b**2 * c2 * v2,
            -(b**3) * c3 * v3,
            b**4 * c4 * v4,
        )

    return form_from_derivatives(derivatives)


class _Contact(PairPotential):
    def __post_init__(self) -> None:
        self._require(nonadditivity=(-inf, inf))

    def _cutoff_parameters(self) -> tuple[float, float]:
        return 0.0, 1.0


@registered
@dataclass(frozen=True)
class Hertzian(_Contact):
    """Hertzian spheres: phi(r) = (2/5)(1 − r/a)^(5/2) for r < a, else 0.

    The third derivative diverges at contact. Usual glass: diameters 1 and 1.4, number density 0.938 in d = 3
    with the small diameter as unit (Lerner & Bouchbinder, J. Chem. Phys. 155, 200901 (2021)).

    Parameters
    ----------
    nonadditivity : float
        a_ij = (a_i + a_j)/2 · (1 − nonadditivity |a_i − a_j|).
    """

    nonadditivity: float = 0.0
    kinks: ClassVar[str] = "the third derivative diverges at contact"

    @property
    def form(self) -> PairForm:
        """Scalar functions of the Hertzian contact."""
        return _contact_form(2.5)

    @property
    def smoothness_at_cutoff(self) -> float:
        """Two derivatives vanish at contact."""
        return 2


@registered
@dataclass(frozen=True)
class HarmonicSpheres(_Contact):
    """Harmonic spheres: phi(r) = (1/2)(1 − r/a)² for r < a, else 0.

    The second derivative jumps at contact, so Hessians are defined only away from pairs at exact contact.

    Parameters
    ----------
    nonadditivity : float
        a_ij = (a_i + a_j)/2 · (1 − nonadditivity |a_i − a_j|).
    """

    nonadditivity: float = 0.0
    kinks: ClassVar[str] = "the second derivative jumps at contact"

    @property
    def form(self) -> PairForm:
        """Scalar functions of the harmonic contact."""
        return _contact_form(2.0)

    @property
    def smoothness_at_cutoff(self) -> float:
        """One derivative vanishes at contact."""
        return 1
