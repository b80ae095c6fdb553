"""omega_x of families of curves, by collapse of their displacements, and what follows from it: table, words, figures.

[R] is Rainone et al., SciPost Phys. Core 4, 008 (2021), Figs. 3, 5 and 6. A family differs in J, in h or in kappa_0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ...analysis.oscillators.collapse import Collapse
from ...analysis.oscillators.displacement_ratios import DisplacementRatios
from ..figures import new_figure
from ..kinds import COUPLING, FIELD, STIFFNESS
from ..measured import Refused, with_error
from ..section import Rows, Section
from ..text import aligned, wrapped
from .curve import OscillatorCurve, families
from .displacements import NAMES
from .exponents import Exponents
from .family import Family, measure_family
from .law_marks import title
from .omega_x_figure import omega_x_figure
from .prefactor_figure import prefactor_figure
from .regimes import weakness

TITLE = "Scaling of families of curves: omega_x by collapse of displacements"


def scaling_section(curves: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> Section | None:
    """Table of omega_x, laws in words, figures of each collapse and its laws; None where no curves make a family."""
    gapless = [
        curve
        for curve in curves
        if curve.parameter(STIFFNESS.name)[0] == 0 and all(curve.stores(name) for name in NAMES)
    ]
    groups = [
        (along, group) for along in (COUPLING.name, FIELD.name, STIFFNESS.name) for group in families(gapless, along)
    ]
    found = [measure_family(number, along, group, exponents) for number, (along, group) in enumerate(groups, 1)]
    if not found:
        return None
    table: Rows = []
    lines: list[str] = []
    figures: dict[str, Callable[[], Any]] = {}
    for family in found:
        sentences = _sentences(family)
        lines += [
            wrapped(f"family {family.number}, along {family.along}: {sentence}", indent="- ") for sentence in sentences
        ]
        if isinstance(family.collapsed, Collapse):
            table += _rows(family, family.collapsed)
        figures |= _figures(family)
    note = wrapped(
        "omega_x brings <x^2>(kappa)/omega_x^2 against kappa/omega_x^2 of a family onto one curve. Only ratios follow "
        "from that: the curve of weakest coupling has h^(1/3) if its J is below J_x = h^(8/21) kappa_0^(3/7), else 1. "
        "Laws of the weak regime are fitted to J < J_x, those of the intermediate one to J_x < J < kappa_0, the "
        "exponent of omega_x to a collapse of these alone as well; A_g is taken where s = 4 is allowed and enough "
        "modes were computed to fill the judged window and, in other sentences, from the lowest modes whatever s is. "
        "Ratio is kappa_0 <x^2>/omega_x^4 for J and J_x below kappa_0, one number if <x^2> ~ omega_x^4/kappa_0; with "
        "h^(1/3) as unit, uncoupled oscillators have 2.7257 - h^(2/3)/kappa_0. Errors of one family share that of its "
        "unit, and so figures draw fitted powers at the mean height of their points."
    )
    return Section(TITLE, [*_text(table), note, *lines], {"scaling": table} if table else {}, figures)


def _sentences(family: Family) -> list[str]:
    collapsed = family.collapsed
    first = f"no collapse: {collapsed.reason}" if isinstance(collapsed, Refused) else collapsed.summary
    said: dict[str, list[str]] = {}  # laws that lack the same share one sentence
    for name, sentence in ({} if family.laws is None else family.laws.sentences()).items():
        said.setdefault(sentence, []).append(name)
    return [first, *family.left_out, *(f"{'; '.join(names)}: {sentence}" for sentence, names in said.items())]


def _figures(family: Family) -> dict[str, Callable[[], Any]]:
    """Makers of the figures of a family, by name."""
    figures: dict[str, Callable[[], Any]] = {}
    collapsed = family.collapsed if isinstance(family.collapsed, Collapse) else None
    if collapsed is not None:
        figures[f"collapse-{family.number}"] = partial(_figure, family, collapsed)
    if family.laws is not None:
        if collapsed is not None:
            figures[f"omega-x-{family.number}"] = partial(omega_x_figure, family, collapsed, family.laws)
        if family.laws.prefactors:
            figures[f"prefactor-laws-{family.number}"] = partial(prefactor_figure, family, collapsed, family.laws)
    return figures


def _rows(family: Family, collapsed: Collapse) -> Rows:
    rows = []
    ratios = None if family.laws is None else family.laws.ratios
    for curve in family.members:
        (m,) = collapsed.select(curve.name)
        weak = weakness(curve)
        row: dict[str, Any] = {
            **curve.head(), "family": family.number, "along": family.along, "J_over_J_x": 1 / weak if weak > 0 else "",
            "omega_x": collapsed.omega_x[m], "omega_x_error": collapsed.error[m],
            "mean_square": collapsed.mean_square[m], "reference": curve.name == collapsed.reference,
            "collapse_p_value": collapsed.p_value, "mismatch": collapsed.mismatch,
            "displacement_ratio": "", "displacement_ratio_error": "",
        }  # fmt: skip
        if isinstance(ratios, DisplacementRatios) and curve.name in ratios.names:
            k = ratios.names.index(curve.name)
            row |= {"displacement_ratio": ratios.value[k], "displacement_ratio_error": ratios.error[k]}
        rows.append(row)
    return rows


def _text(table: Rows) -> list[str]:
    if not table:
        return []
    head = ["curve", "family", "along", "J/J_x", "omega_x", "<x^2>", "ratio"]
    rows = [
        [
            row["curve"], str(row["family"]), row["along"],
            "-" if row["J_over_J_x"] == "" else f"{row['J_over_J_x']:.3g}",
            f"{row['omega_x']:.4g} (unit)" if row["reference"] else with_error(row["omega_x"], row["omega_x_error"]),
            f"{row['mean_square']:.4g}",
            "-" if row["displacement_ratio"] == ""
            else with_error(row["displacement_ratio"], row["displacement_ratio_error"]),
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
    axes.set_title(title(family), fontsize=10)
    return figure
