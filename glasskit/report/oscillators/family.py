"""A family of curves, which differ in J, in h or in kappa_0 alone: their collapse, and the laws of their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...analysis.oscillators.collapse import Collapse, collapse_displacements
from ...analysis.oscillators.stiffness_bins import stiffness_bins
from ..kinds import FIELD
from ..measured import Refused
from ..opening import read_all
from .curve import OscillatorCurve
from .displacements import NAMES
from .exponents import Exponents
from .regimes import weakness
from .scaling_laws import FamilyLaws, laws_of
from .words import attempt


@dataclass(frozen=True)
class Family:
    """Curves that differ in one parameter, their displacements on one curve, and the laws of their numbers.

    Attributes
    ----------
    number : int
        By which text, tables and figures call it.
    along : str
        Name of the parameter.
    members : list of OscillatorCurve
        Those with enough instances, ascending in it.
    collapsed : Collapse or Refused
    laws : FamilyLaws or None
        None where fewer than two curves can be compared.
    left_out : list of str
        Why curves of the family are not in it.
    """

    number: int
    along: str
    members: list[OscillatorCurve]
    collapsed: Collapse | Refused
    laws: FamilyLaws | None
    left_out: list[str]


def measure_family(
    number: int, along: str, group: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]
) -> Family:
    """Collapse the displacements of a family; curves with too few instances are left out with a sentence."""
    sums = {curve.name: tuple(np.array(read_all(curve.ensemble, name)) for name in NAMES) for curve in group}
    checked = {name: attempt(stiffness_bins, name, *arrays) for name, arrays in sums.items()}
    left_out = [bins.reason for bins in checked.values() if isinstance(bins, Refused)]
    members = [curve for curve in group if not isinstance(checked[curve.name], Refused)]
    if len({curve.parameter(along) for curve in members}) < 2:
        refused = Refused("fewer than two of its curves can be compared.")
        return Family(number, along, members, refused, None, left_out)
    collapsed = _collapse(members, sums)
    laws = laws_of(along, members, collapsed, exponents, lambda curves: _collapse(curves, sums))
    return Family(number, along, members, collapsed, laws, left_out)


def _collapse(curves: Sequence[OscillatorCurve], sums: Mapping[str, tuple[Any, ...]]) -> Collapse | Refused:
    """Collapse in units of the curve of weakest coupling."""
    weakest = max(curves, key=weakness)
    return attempt(
        collapse_displacements, {curve.name: sums[curve.name] for curve in curves}, reference=weakest.name,
        field=weakest.parameter(FIELD.name) if weakness(weakest) > 1 else None,
    )  # fmt: skip
