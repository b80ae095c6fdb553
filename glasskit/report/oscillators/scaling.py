"""omega_x of families of curves, by collapse of their displacements: [R] Figs. 3 and 5a; its laws in `scaling_laws`.

[R] is Rainone et al., SciPost Phys. Core 4, 008 (2021). A family differs in J, in h or in kappa_0 alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...analysis.oscillators.collapse import Collapse, collapse_displacements
from ...analysis.oscillators.stiffness_bins import stiffness_bins
from ..figures import new_figure
from ..kinds import COUPLING, FIELD, STIFFNESS
from ..measured import Refused, with_error
from ..opening import read_all
from ..section import Rows, Section
from ..text import aligned, wrapped
from .curve import OscillatorCurve, families
from .displacements import NAMES
from .exponents import Exponents
from .looks import family_label
from .scaling_laws import coupling, crossover_estimate, laws_of
from .words import attempt

TITLE = "Scaling of families of curves: omega_x by collapse of displacements"


@dataclass(frozen=True)
class Family:
    """Curves that differ in one parameter, their displacements on one curve, and what laws say.

    Attributes
    ----------
    along : str
        Name of the parameter.
    members : list of OscillatorCurve
        Those with enough instances, ascending in it.
    collapsed : Collapse or Refused
    laws : dict of str to str
        Name of a law -> its sentence, or why there is none.
    left_out : list of str
        Why curves of the family are not in it.
    """

    along: str
    members: list[OscillatorCurve]
    collapsed: Collapse | Refused
    laws: Mapping[str, str]
    left_out: list[str]


def scaling_section(curves: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> Section | None:
    """Table of omega_x, laws in words, and a figure of each collapse; None where no curves make a family."""
    gapless = [
        curve
        for curve in curves
        if curve.parameter(STIFFNESS.name)[0] == 0 and all(curve.stores(name) for name in NAMES)
    ]
    found = [
        measure_family(along, group, exponents)
        for along in (COUPLING.name, FIELD.name, STIFFNESS.name)
        for group in families(gapless, along)
    ]
    if not found:
        return None
    table: Rows = []
    lines: list[str] = []
    figures: dict[str, Callable[[], Any]] = {}
    for number, family in enumerate(found, 1):
        sentences = [*family.left_out, *(f"{law}: {sentence}" for law, sentence in family.laws.items())]
        if isinstance(family.collapsed, Refused):
            sentences.insert(0, f"no collapse: {family.collapsed.reason}")
        else:
            sentences.insert(0, family.collapsed.summary)
            table += _rows(number, family, family.collapsed)
            figures[f"collapse-{number}"] = partial(_figure, family, family.collapsed)
        lines += [wrapped(f"family {number}, along {family.along}: {sentence}", indent="- ") for sentence in sentences]
    note = wrapped(
        "omega_x brings <x^2>(kappa)/omega_x^2 against kappa/omega_x^2 of a family onto one curve. Only ratios follow "
        "from that: the curve of weakest coupling has h^(1/3) if its J is below J_x = h^(8/21) kappa_0^(3/7), else 1. "
        "Laws of the weak regime are fitted to J < J_x, those of the intermediate one to J_x < J < kappa_0, the "
        "exponent of omega_x to a collapse of these alone as well; A_g is taken where s = 4 is allowed and, in other "
        "sentences, from the lowest modes whatever s is."
    )
    return Section(TITLE, [*_text(table), note, *lines], {"scaling": table} if table else {}, figures)


def measure_family(along: str, group: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> Family:
    """Collapse the displacements of a family; curves with too few instances are left out with a sentence."""
    sums = {curve.name: tuple(np.array(read_all(curve.ensemble, name)) for name in NAMES) for curve in group}
    checked = {name: attempt(stiffness_bins, name, *arrays) for name, arrays in sums.items()}
    left_out = [bins.reason for bins in checked.values() if isinstance(bins, Refused)]
    members = [curve for curve in group if not isinstance(checked[curve.name], Refused)]
    if len({curve.parameter(along) for curve in members}) < 2:
        return Family(along, members, Refused("fewer than two of its curves can be compared."), {}, left_out)
    collapsed = _collapse(members, sums)
    laws = laws_of(along, members, collapsed, exponents, lambda curves: _collapse(curves, sums))
    return Family(along, members, collapsed, laws, left_out)


def _collapse(curves: Sequence[OscillatorCurve], sums: Mapping[str, tuple[Any, ...]]) -> Collapse | Refused:
    """Collapse in units of the curve of weakest coupling."""
    weakest = max(curves, key=_weakness)
    return attempt(
        collapse_displacements, {curve.name: sums[curve.name] for curve in curves}, reference=weakest.name,
        field=weakest.parameter(FIELD.name) if _weakness(weakest) > 1 else None,
    )  # fmt: skip


def _weakness(curve: OscillatorCurve) -> float:
    """J_x/J: above 1 in the weak regime."""
    if not crossover_estimate(curve) > 0:  # without a field there is no weak regime
        return 0.0
    return crossover_estimate(curve) / coupling(curve) if coupling(curve) > 0 else math.inf


def _rows(number: int, family: Family, collapsed: Collapse) -> Rows:
    rows = []
    for curve in family.members:
        (m,) = collapsed.select(curve.name)
        weakness = _weakness(curve)
        rows.append({
            **curve.head(), "family": number, "along": family.along,
            "J_over_J_x": 1 / weakness if weakness > 0 else "",
            "omega_x": collapsed.omega_x[m], "omega_x_error": collapsed.error[m],
            "mean_square": collapsed.mean_square[m], "reference": curve.name == collapsed.reference,
            "collapse_p_value": collapsed.p_value, "mismatch": collapsed.mismatch,
        })  # fmt: skip
    return rows


def _text(table: Rows) -> list[str]:
    if not table:
        return []
    head = ["curve", "family", "along", "J/J_x", "omega_x", "<x^2>"]
    rows = [
        [
            row["curve"], str(row["family"]), row["along"],
            "-" if row["J_over_J_x"] == "" else f"{row['J_over_J_x']:.3g}",
            f"{row['omega_x']:.4g} (unit)" if row["reference"] else with_error(row["omega_x"], row["omega_x_error"]),
            f"{row['mean_square']:.4g}",
        ]
        for row in table
    ]  # fmt: skip
    return aligned(head, rows)


def _figure(family: Family, collapsed: Collapse) -> Any:
    figure = new_figure(6.0, 5.0)
    axes = figure.add_subplot()
    collapsed.plot(axes)
    axes.set(
        xscale="log", yscale="log", xlabel=r"$\kappa/\omega_x^2$",
        ylabel=r"$\langle x^2 \rangle(\kappa)/\omega_x^2$ of oscillators with $\kappa_i \leq \kappa$",
    )  # fmt: skip
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(f"Collapse along {family.along}: {family_label(family.members[0], but=family.along)}", fontsize=10)
    return figure
