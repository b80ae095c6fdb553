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
        return self.cubic**2 <= 3 * self.stiffness * self.quartic

    def select(self, mask: NDArray[np.bool_]) -> QuarticMinima:
        """The minima of a mask."""
        return QuarticMinima(
            self.well[mask], self.position[mask], self.stiffness[mask], self.cubic[mask], self.quartic[mask]
        )


def quartic_minima(coefficients_4n: ArrayLike) -> QuarticMinima:
    """All minima of wells U(q) = Σ a_n qⁿ/n!, n = 1 … 4.

    With x = √a4 (q + a3/a4) the force vanishes where x³/6 + k x = F, k = a2 − a3²/2a4; there b2 = k + x²/2 and
    b3 = √a4 x.

    Parameters
    ----------
    coefficients_4n : (4, n) array
        a1 … a4 of n wells, a4 > 0.

    Raises
    ------
    InputError
        Another shape, values that are no finite numbers, a4 that is not positive.
    """
    a_4n = number_array("coefficients", coefficients_4n, expected="(4, n) finite numbers a1 to a4 with all a4 > 0")
    if a_4n.ndim != 2 or len(a_4n) != 4 or not np.isfinite(a_4n).all() or not (a_4n[3] > 0).all():
        raise InputError(
            f"coefficients have shape {a_4n.shape}; expected (4, n) finite numbers a1 to a4 with all a4 > 0, without "
            "which a well has no bottom."
        )
    a1, a2, a3, a4 = a_4n
    shift = a3 / a4
    k = a2 - a3 * shift / 2
    force = -(a1 - a2 * shift + a3 * shift**2 / 3) * np.sqrt(a4)
    sign = np.where(force < 0, -1.0, 1.0)
    first = sign * _outer_root(np.abs(force), k)
    second = sign * _shallow_root(np.abs(force), k)
    x = np.stack([first, second], axis=1)
    exists = np.isfinite(x)
    well = np.nonzero(exists)[0]
    x = x[exists]
    return QuarticMinima(
        well=well,
        position=x / np.sqrt(a4[well]) - shift[well],
        stiffness=np.maximum(k[well] + x * x / 2, 0.0),
        cubic=np.sqrt(a4[well]) * x,
        quartic=a4[well],
    )


def _outer_root(force: FloatArray, k: FloatArray) -> FloatArray:
    """Largest root of x³/6 + k x = F for F >= 0: the deepest minimum."""
    root = np.empty_like(force)
    stiff = k > 0
    root[stiff] = position_over_force(force[stiff], k[stiff]) * force[stiff]
    soft = np.sqrt(-2 * k[~stiff])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 3 * force[~stiff] / soft**3
        inside = 2 * soft * np.cos(np.arccos(np.minimum(ratio, 1.0)) / 3)
        outside = 2 * soft * np.cosh(np.arccosh(np.maximum(ratio, 1.0)) / 3)
    root[~stiff] = np.where(soft == 0, np.cbrt(6 * force[~stiff]), np.where(ratio <= 1, inside, outside))
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
