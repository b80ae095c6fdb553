"""Figure of s against 1/m: the same liquids under several tapers, other tapers' own liquids, and the prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..analysis.exponents.edge import is_edge
from ..analysis.exponents.fit import ExponentFit
from ..axes import HUES
from .matched_families import MatchedFamily, Member, exponent_difference


def draw_families(families: Sequence[MatchedFamily]) -> Any:
    """A row of two panels for each family: modes below one frequency, and below half of each curve's first phonon.

    Thin bars are errors of s, thick ones those of the difference from the reference, from the same glasses.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 0.6 + 3.4 * len(families)), layout="constrained")
    grid = figure.subplots(len(families), 2, sharex=True, squeeze=False)
    for row, family in zip(grid, families, strict=True):
        for ax, own in zip(row, (False, True), strict=True):
            _panel(ax, family, own=own)
            ax.set_title(_title(family, own=own), fontsize=9)
        row[0].set_ylabel("exponent $s$")
    for ax in grid[-1]:
        ax.set_xlabel(r"$1/m$ of the taper the glass was quenched under")
    grid[0, 0].legend(frameon=False, fontsize=8)
    return figure


def _title(family: MatchedFamily, *, own: bool) -> str:
    model = family.reference.curve.settings.model
    additive = f"nonadditivity {model.nonadditivity:g}" if model.nonadditivity else "additive"
    window = "half of each first phonon" if own else f"{family.upper:.3g}"
    return rf"{additive}, $\omega <$ {window}"


def _panel(ax: Any, family: MatchedFamily, *, own: bool) -> None:
    ax.plot([0, 1], [3, 5], color="0.6", lw=1, zorder=0, label="predicted, $3 + 2/m$")
    same = "" if family.reference.order is None else f"liquids of $m = {_symbol(family.reference.order)}$"
    _points(ax, family, (family.reference, *family.requenched), own=own, hue=HUES[0], label=same, shift=-0.006)
    _points(ax, family, family.own_liquids, own=own, hue=HUES[1], label="own liquids", shift=0.006)


def _symbol(order: float) -> str:
    return r"\infty" if math.isinf(order) else f"{order:g}"


def _points(
    ax: Any, family: MatchedFamily, members: Sequence[Member], *, own: bool, hue: str, label: str, shift: float
) -> None:
    for member in members:
        fit = member.own if own else member.common
        if not isinstance(fit, ExponentFit) or member.order is None or is_edge(fit):
            continue
        x = 1 / member.order + shift
        ours = member not in family.own_liquids
        ax.errorbar(
            x, fit.s, fit.error, fmt="o" if ours else "s", ms=5, color=hue, lw=0.8, capsize=2,
            mfc=hue if ours else "white", label=label or None,
        )  # fmt: skip
        paired = exponent_difference(family, member, own=own)
        if paired is not None and member.against is not None:
            ax.errorbar(x, fit.s, paired.error, fmt="none", color=hue, lw=3, alpha=0.6)
        label = ""
