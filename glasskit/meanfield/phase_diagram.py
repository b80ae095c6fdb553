"""The critical line of the KHGPS model over a range of fields: couplings, kinds, prefactors, and its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..axes import HUES, axes_for
from ..errors import InputError
from .critical_line import CriticalPoint, critical_point, khgps_special_point
from .inputs import number_array
from .saddle import require_range

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PhaseDiagram:
    """Critical line J_c(h) at many fields.

    Attributes
    ----------
    stiffness_range : (float, float)
        (kappa_min, kappa_0).
    field, coupling : (n,) arrays
        h, in the order given, and J_c(h).
    exponent : (n,) int array
        2 on line A (delocalised modes), 4 on line B (localised modes).
    prefactor : (n,) array
        D(omega)/omega^exponent as omega → 0; 0 where it is below the smallest float64.
    q, chi, replicon, softest : (n,) arrays
        Of the solution on the line: E[x²], E[1/m], lambda_R and kappa_min − J² chi.
    special : CriticalPoint or None
        Where lines A and B meet; None for kappa_min = kappa_0, where there is no line B.
    """

    stiffness_range: tuple[float, float]
    field: FloatArray
    coupling: FloatArray
    exponent: NDArray[np.int64]
    prefactor: FloatArray
    q: FloatArray
    chi: FloatArray
    replicon: FloatArray
    softest: FloatArray
    special: CriticalPoint | None

    def plot(self, ax: Any | None = None) -> Any:
        """Draw the h–J plane with both lines, the special point and the phases; return the axes.

        The field is on a logarithmic axis where its values span more than a factor of ten and h = 0 is not one of them.

        Raises
        ------
        InputError
            Fewer than two different fields.
        """
        order = np.argsort(self.field)
        low, high = self.field[order[[0, -1]]]
        if low == high:
            raise InputError(f"all fields are {low:g}; a picture of the line needs at least two different ones.")
        axes = axes_for(ax)
        field, coupling, exponent = self.field[order], self.coupling[order], self.exponent[order]
        looks = ((2, HUES[0], (0, (1, 1.2)), r"line A: $D\sim\omega^2$, delocalised"),
                 (4, HUES[1], "-", r"line B: $D\sim\omega^4$, localised"))  # fmt: skip
        for kind, hue, dashes, label in looks:
            h, j = self._joined(field[exponent == kind], coupling[exponent == kind], kind)
            if len(h):
                axes.plot(h, j, color=hue, ls=dashes, lw=2, label=label)
        if self.special is not None and low < self.special.field < high:
            axes.plot(self.special.field, self.special.coupling, "o", color="k", ms=5, label="special point")
        axes.fill_between(field, coupling, color="0.93", zorder=0)
        if 0 < low < high / 10:
            axes.set_xscale("log")
        axes.set(xlabel=r"field $h$", ylabel=r"coupling $J$", xlim=(low, high), ylim=(0, 1.25 * coupling.max()))
        axes.text(0.96, 0.06, "replica symmetric, gapped", transform=axes.transAxes, color="0.25", ha="right")
        axes.text(0.5, 0.93, "replica symmetry broken", transform=axes.transAxes, color="0.25", ha="center")
        axes.set_title(
            rf"KHGPS, $\kappa_{{\min}}={self.stiffness_range[0]:g}$, $\kappa_0={self.stiffness_range[1]:g}$",
            fontsize=10,
        )
        axes.legend(frameon=False, fontsize=8, loc="center left" if low > 0 else "lower left")
        return axes

    def _joined(self, h: FloatArray, j: FloatArray, kind: int) -> tuple[FloatArray, FloatArray]:
        """Points of one line, drawn up to the special point where that lies between the fields."""
        if self.special is None or len(h) == 0 or len(h) == len(self.field):
            return h, j
        place = len(h) if kind == 2 else 0
        return np.insert(h, place, self.special.field), np.insert(j, place, self.special.coupling)


def khgps_phase_diagram(fields: ArrayLike, *, stiffness_range: tuple[float, float]) -> PhaseDiagram:
    """Critical line of the KHGPS model at many fields; what it means: `critical_line.khgps_critical_point`.

    Parameters
    ----------
    fields : (n,) array
        h >= 0, in any order.
    stiffness_range : (float, float)
        (kappa_min, kappa_0) with 0 < kappa_min <= kappa_0.

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    InputError
        Fields that are not a list of finite numbers >= 0; a range as refused by `khgps_critical_point`.

    References
    ----------
    Lerner and Bouchbinder, J. Chem. Phys. 155, 200901 (2021), Fig. 8a.
    """
    kappa_min, kappa_0 = require_range(stiffness_range)
    field = number_array("fields", fields, expected="a list of finite numbers >= 0")
    if field.ndim != 1 or len(field) == 0 or not (np.isfinite(field).all() and (field >= 0).all()):
        raise InputError(
            f"fields have shape {field.shape} and values {np.array2string(field, threshold=6)}; expected a list of "
            "finite numbers >= 0."
        )
    span = kappa_0 - kappa_min
    points = [critical_point(float(h), kappa_min, span) for h in field]
    saddles = [point.saddle for point in points]
    return PhaseDiagram(
        stiffness_range=(kappa_min, kappa_0),
        field=field,
        coupling=np.array([point.coupling for point in points]),
        exponent=np.array([point.exponent for point in points]),
        prefactor=np.array([point.prefactor for point in points]),
        q=np.array([point.q for point in saddles]),
        chi=np.array([point.chi for point in saddles]),
        replicon=np.array([point.replicon for point in saddles]),
        softest=np.array([point.softest for point in saddles]),
        special=khgps_special_point(stiffness_range=(kappa_min, kappa_0)) if span > 0 else None,
    )
