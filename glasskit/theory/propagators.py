"""Sums over wave vectors of an elastic medium: an integral in closed form, or a periodic sample's discrete sum.

Both give, for complex w = z/c², the three sums that the self-consistent equation is made of,

    J(w) = <1/(q² − w)>,   P(w) = <q²/(q² − w)> = 1 + w J(w),   w P'(w),

with <…> = 3∫_0^1 q² dq of the infinite medium, or the mean over the wave vectors 0 < |q| < 1 of a sample. The Green's
function of one branch is G(z; c²) = J(z/c²)/c².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..analysis.per_glass import FloatArray
from ..errors import InputError

ComplexArray = NDArray[np.complex128]

_SERIES_FROM = 4.0  # |w|
_COEFFICIENTS = [-3 / (2 * k + 5) for k in range(28)]  # 4^-28 = 1.4e-17
_MOST_WAVE_VECTORS = 2**24  # 0.1 GB of integers while they are counted


class WaveNumbers(Protocol):
    """The wave numbers of a medium, in units of the cutoff k_xi."""

    def sums(self, w: ComplexArray) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """J, P and w P' at complex w, any shape; Im w >= 0, a real w is the limit from above."""

    def notable(self) -> FloatArray:
        """Wave numbers at which the sums are singular, ascending."""


@dataclass(frozen=True)
class Continuum:
    """All wave vectors below the cutoff of an infinite medium.

    J = 3 + (3 s/2)[Log((1−s)/(1+s)) + iπ], s = √w, Im s >= 0; for |w| > 4, where this cancels, powers of 1/w.
    """

    def sums(self, w: ComplexArray) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """J, P and w P' at complex w; infinite at w = 1, the edge of the band, as the logarithm is."""
        w = np.asarray(w, dtype=np.complex128)
        far = np.abs(w) > _SERIES_FROM
        if not far.any():
            return _closed_form(w)
        if far.all():
            return _series(w)
        out = tuple(np.empty_like(w) for _ in range(3))
        for part, form in ((far, _series), (~far, _closed_form)):
            for array, values in zip(out, form(w[part]), strict=True):
                array[part] = values
        return out[0], out[1], out[2]

    def notable(self) -> FloatArray:
        """The cutoff."""
        return np.ones(1)


def _closed_form(w: ComplexArray) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    root = np.sqrt(w)
    s = np.where(root.imag < 0, -root, root)
    ratio = (1 - s) / (1 + s)
    # the argument lies between −π and 0 in the upper half plane: on its boundary the sign of a zero must not decide
    logarithm = np.log(np.abs(ratio)) + 1j * (np.pi - np.abs(np.angle(ratio)))
    J = 3 + 1.5 * s * logarithm
    P = 1 + w * J
    return J, P, w * (1.5 * J - 1.5 / (1 - w))


def _series(w: ComplexArray) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    u = 1 / w
    P = np.full_like(u, _COEFFICIENTS[-1])
    for coefficient in _COEFFICIENTS[-2::-1]:
        P *= u
        P += coefficient
    P *= u
    return (P - 1) * u, P, 1.5 * (P + u / (1 - u))


@dataclass(frozen=True, eq=False)
class Shells:
    """The wave vectors 0 < |q| < 1 of a periodic cube, gathered in shells of equal length.

    Attributes
    ----------
    q_squared : (S,) array
        Squared lengths, ascending.
    weight : (S,) array
        Fraction of the wave vectors in each shell.
    count : int
        Number of wave vectors N_k.
    """

    q_squared: FloatArray
    weight: FloatArray
    count: int

    def sums(self, w: ComplexArray) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """J, P and w P' at complex w; poles at the squared wave numbers."""
        w = np.asarray(w, dtype=np.complex128)
        J, P, slope = (np.zeros_like(w) for _ in range(3))
        for q2, weight in zip(self.q_squared, self.weight, strict=True):
            term = weight / (q2 - w)
            J += term
            P += q2 * term
            slope += q2 * term * (w / (q2 - w))
        return J, P, slope

    def notable(self) -> FloatArray:
        """Wave numbers of the shells."""
        return np.sqrt(self.q_squared)


def periodic_cube(box_length: float) -> Shells:
    """Wave vectors q = 2πn/L of a cube of edge L [1/k_xi], 0 < |q| < 1, as shells.

    Raises
    ------
    InputError
        A length that is not finite, with no wave vector below the cutoff (L <= 2π), or too large to list.
    """
    try:
        length = float(box_length)
    except (TypeError, ValueError) as error:
        raise InputError(f"box_length is {box_length!r}; expected a number above 2π, in units of 1/k_xi.") from error
    if not 2 * np.pi < length < np.inf:
        raise InputError(f"box_length is {length:g}; expected above 2π, so that a wave fits below the cutoff.")
    radius = length / (2 * np.pi)
    reach = int(np.ceil(radius)) - 1  # |n| < radius
    if (2.0 * reach + 1) ** 3 > _MOST_WAVE_VECTORS:
        raise InputError(
            f"box_length {length:g} holds about {4.19 * radius**3:.3g} wave vectors, more than can be listed; use the "
            "infinite medium."
        )
    n2 = np.arange(-reach, reach + 1) ** 2
    total = (n2[:, None, None] + n2[:, None] + n2).ravel()
    multiplicity = np.bincount(total[total < radius**2])
    multiplicity[0] = 0
    shells = np.flatnonzero(multiplicity)
    count = int(multiplicity.sum())
    return Shells(shells / radius**2, multiplicity[shells] / count, count)
