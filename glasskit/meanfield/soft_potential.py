"""The soft potential model: independent quartic wells whose softest minima obey omega³, or omega⁴ if they are deepest.

U(q) = a1 q + a2 q²/2 + a3 q³/6 + a4 q⁴/24 with coefficients from a regular distribution. About a minimum
U(s) = U0 + b2 s²/2 + b3 s³/6 + b4 s⁴/24, and since da1 = −b2 dq0, minima have p(b2) ~ b2: D(omega) ~ omega³. The
deeper minimum of a well satisfies b3² <= 3 b2 b4, which leaves b3 a range ~ √b2, so that p(b2) ~ b2^(3/2) and
D(omega) ~ omega⁴.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .averages import position_over_force
from .inputs import number_array

FloatArray = NDArray[np.float64]

_NO_BARRIER = 1e25
"""Ratio of the force to that of a barrier above which k x adds nothing to x³/6: less than 1e-16 of it."""


@dataclass(frozen=True)
class QuarticMinima:
    """Minima of independent quartic wells, one or two per well.

    Attributes
    ----------
    well : (n,) int array
        The well each minimum belongs to, ascending.
    position : (n,) array
        q0.
    stiffness, cubic, quartic : (n,) arrays
        b2 = omega² (unit mass), b3 and b4 of the expansion about the minimum.
    """

    well: NDArray[np.int64]
    position: FloatArray
    stiffness: FloatArray
    cubic: FloatArray
    quartic: FloatArray

    @property
    def frequencies(self) -> FloatArray:
        """Omega = √b2."""
        return np.sqrt(self.stiffness)

    @property
    def deepest(self) -> NDArray[np.bool_]:
        """Which minima satisfy b3² <= 3 b2 b4: no point of their well is deeper."""
        (b2, e2), (b3, e3), (b4, e4) = (np.frexp(array) for array in (self.stiffness, self.cubic, self.quartic))
        power = np.clip(2 * e3 - e2 - e4, -100, 100)  # squares and products of mantissas: neither overflows
        return np.asarray(np.ldexp(b3**2, power) <= 3 * b2 * b4)

    def select(self, mask: NDArray[np.bool_]) -> QuarticMinima:
        """The minima of a mask."""
        return QuarticMinima(
            self.well[mask], self.position[mask], self.stiffness[mask], self.cubic[mask], self.quartic[mask]
        )


def quartic_minima(coefficients_4n: ArrayLike) -> QuarticMinima:
    """All minima of wells U(q) = Σ a_n qⁿ/n!, n = 1 … 4.

    With x = √a4 (q + a3/a4) the force vanishes where x³/6 + k x = F, k = a2 − a3²/2a4; there b2 = k + x²/2 and
    b3 = √a4 x. Every well is solved in its own units of length and energy, powers of two, so that coefficients may be
    of any size. A minimum is found, and its b2 known, to about 1e-8 of |a2| + a3²/a4: one that is softer may be missed.

    Parameters
    ----------
    coefficients_4n : (4, n) array
        a1 … a4 of n wells, a4 > 0.

    Raises
    ------
    InputError
        Another shape, values that are no finite numbers, a4 that is not positive, or a well whose minimum, b2 or b3
        is beyond the largest float64.
    """
    a_4n = number_array("coefficients", coefficients_4n, expected="(4, n) finite numbers a1 to a4 with all a4 > 0")
    if a_4n.ndim != 2 or len(a_4n) != 4 or not np.isfinite(a_4n).all() or not (a_4n[3] > 0).all():
        raise InputError(
            f"coefficients have shape {a_4n.shape}; expected (4, n) finite numbers a1 to a4 with all a4 > 0, without "
            "which a well has no bottom."
        )
    (a1, a2, a3, a4), length, energy = _own_units(a_4n)
    shift = a3 / a4
    k = a2 - a3 * shift / 2
    force = -(a1 - a2 * shift + a3 * shift**2 / 3) * np.sqrt(a4)
    sign = np.where(force < 0, -1.0, 1.0)
    first = sign * _outer_root(np.abs(force), k)
    second = sign * _shallow_root(np.abs(force), k)
    x = np.stack([first, second], axis=1)
    exists = np.isfinite(x)
    well = np.nonzero(exists)[0]
    x, length, energy = x[exists], length[well], energy[well]
    with np.errstate(over="ignore"):  # refused below
        found = QuarticMinima(
            well=well,
            position=np.ldexp(x / np.sqrt(a4[well]) - shift[well], length),
            stiffness=np.ldexp(np.maximum(k[well] + x * x / 2, 0.0), energy - 2 * length),
            cubic=np.ldexp(np.sqrt(a4[well]) * x, energy - 3 * length),
            quartic=a_4n[3][well],
        )
    beyond = ~(np.isfinite(found.position) & np.isfinite(found.stiffness) & np.isfinite(found.cubic))
    if beyond.any():
        number = int(well[beyond][0])
        raise InputError(
            f"coefficients of well {number} are {', '.join(f'{a:.3g}' for a in a_4n[:, number])}, and its minimum or "
            f"the stiffness there is above {np.finfo(np.float64).max:.2g}; expected coefficients of a well whose "
            "minimum is a float64: choose other units of length or energy."
        )
    return found


def _own_units(a_4n: FloatArray) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Coefficients of each well in units in which a4 is ½ to 1, no other above 1; the exponents of 2 of these units.

    The unit of length is the power of two next above the largest of (|a_n|/a4)^(1/(4 − n)).
    """
    _, bits_4n = np.frexp(a_4n)
    degree = np.arange(1, 4)[:, None]
    reach_3n = np.where(a_4n[:3] == 0, -np.inf, (bits_4n[:3] - bits_4n[3]) / (4.0 - degree))
    reach = reach_3n.max(axis=0, initial=-np.inf)
    length = np.ceil(np.where(np.isfinite(reach), reach, 0.0)).astype(np.int64)
    energy = bits_4n[3] + 4 * length
    scaled_3n = np.ldexp(a_4n[:3], degree * length - energy)
    return np.concatenate([scaled_3n, np.ldexp(a_4n[3:], 4 * length - energy)]), length, energy


def _outer_root(force: FloatArray, k: FloatArray) -> FloatArray:
    """Largest root of x³/6 + k x = F for F >= 0: the deepest minimum."""
    root = np.empty_like(force)
    stiff = k > 0
    root[stiff] = position_over_force(force[stiff], k[stiff]) * force[stiff]
    soft = np.sqrt(-2 * k[~stiff])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = 3 * force[~stiff] / soft**3
        inside = 2 * soft * np.cos(np.arccos(np.minimum(ratio, 1.0)) / 3)
        outside = 2 * soft * np.cosh(np.arccosh(np.clip(ratio, 1.0, _NO_BARRIER)) / 3)
    flat = (soft == 0) | (ratio > _NO_BARRIER)
    root[~stiff] = np.where(flat, np.cbrt(6 * force[~stiff]), np.where(ratio <= 1, inside, outside))
    return root


def _shallow_root(force: FloatArray, k: FloatArray) -> FloatArray:
    """Lowest root for F >= 0, the other minimum; NaN where there is none."""
    soft = np.sqrt(np.maximum(-2 * k, 0.0))
    two = 3 * force < soft**3
    root = np.full_like(force, np.nan)
    ratio = 3 * force[two] / soft[two] ** 3
    root[two] = 2 * soft[two] * np.cos(np.arccos(ratio) / 3 + 2 * math.pi / 3)
    return root


def sample_quartic_wells(
    wells: int,
    *,
    rng: np.random.Generator,
    scales: tuple[float, float, float] = (1.0, 1.0, 1.0),
    quartic: tuple[float, float] = (0.5, 1.5),
) -> QuarticMinima:
    """All minima of wells with a1, a2, a3 Gaussian and a4 uniform, hence with p(b2, b3) ~ b2 as b2 → 0.

    ``minima.select(minima.deepest)`` are those with the stability bound b3² <= 3 b2 b4, one per well.

    Parameters
    ----------
    wells : int
        Number of wells.
    rng : numpy.random.Generator
    scales : (float, float, float)
        Standard deviations of a1, a2, a3, positive.
    quartic : (float, float)
        Range of a4, positive.

    Returns
    -------
    QuarticMinima

    Raises
    ------
    InputError
        A number of wells that is no whole number >= 1, scales or a range that are not positive, another generator.

    References
    ----------
    Lerner and Bouchbinder, J. Chem. Phys. 155, 200901 (2021), Sec. II A.
    """
    wells, deviations, ends = _checked_law(wells, scales, quartic)
    if not isinstance(rng, np.random.Generator):
        raise InputError(f"rng is {rng!r}; expected a numpy.random.Generator.")
    a_4n = np.empty((4, wells))
    a_4n[:3] = rng.normal(size=(3, wells)) * deviations[:, None]
    a_4n[3] = rng.uniform(ends[0], ends[1], wells)
    return quartic_minima(a_4n)


def _checked_law(wells: Any, scales: Any, quartic: Any) -> tuple[int, FloatArray, FloatArray]:
    """Return the number of wells, the three standard deviations and the two ends of a4, or refuse them."""
    if isinstance(wells, bool) or not isinstance(wells, int | np.integer) or wells < 1:
        raise InputError(f"wells is {wells!r}; expected at least one well, a whole number of them.")
    deviations = number_array("scales", scales, expected="three positive numbers")
    if deviations.shape != (3,) or not (np.isfinite(deviations) & (deviations > 0)).all():
        raise InputError(f"scales are {scales!r}; expected three positive numbers, for a1, a2 and a3.")
    ends = number_array("ends of quartic", quartic, expected="two numbers, 0 < lowest <= highest a4")
    if ends.shape != (2,) or not 0 < ends[0] <= ends[1] < math.inf:
        raise InputError(f"quartic is {quartic!r}; expected two numbers, 0 < lowest <= highest a4.")
    return int(wells), deviations, ends
