"""A_g of all weakly coupled curves against kappa_0 h^(2/3)/J², whatever J, h and kappa_0 are: [R] Eq. (3), Fig. 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...analysis.digits import with_digits
from ...analysis.exponents.prefactor import QuarticPrefactor
from ...analysis.oscillators.prefactor_laws import WEAK_SLOPE, WeakLaw
from ...axes import HUES
from ..figures import legend_below, logarithmic_bars, new_figure, readable_ticks
from ..kinds import COUPLING, STIFFNESS
from ..measured import Refused
from ..section import Rows, Section
from ..text import wrapped
from .curve import OscillatorCurve
from .exponents import Exponents
from .looks import family_label
from .prefactor_laws import JUDGED, Points, not_full, prefactor_points, weak_law
from .regimes import coupling, field, is_weak, is_weaker, stiffest, weakness
from .words import attempt

REGIMES = {"J < J_x": is_weak, "J < J_x/2": is_weaker}


@dataclass(frozen=True)
class WeakCoupling:
    """A_g of the weakly coupled curves, from one place, and its law below J_x and below half of it.

    Attributes
    ----------
    where : str
        As in `prefactor_laws`.
    curves : list of OscillatorCurve
        Those with a point.
    points : mapping of str to QuarticPrefactor
    laws : dict of str to WeakLaw or Refused
        By the regime that was fitted.
    """

    where: str
    curves: list[OscillatorCurve]
    points: Points
    laws: Mapping[str, WeakLaw | Refused]


def weak_coupling_section(curves: Sequence[OscillatorCurve], exponents: Mapping[str, Exponents]) -> Section | None:
    """Sentences, table and figure; None without two curves of the weak regime that have A_g."""
    weak = [c for c in curves if c.kind.mean_field and c.parameter(STIFFNESS.name)[0] == 0 and is_weak(c)]
    found = [_measure(where, weak, points) for where, points in prefactor_points(weak, exponents).items()]
    left_out = not_full(weak, exponents)
    if max(len(one.curves) for one in found) < 2:
        return None
    lines = [
        wrapped(f"A_g for {regime}{one.where}, all curves together: {_sentence(law)}", indent="- ")
        for one in found
        for regime, law in one.laws.items()
    ]
    lines += [wrapped(f"left out: {', '.join(left_out)}.", indent="- ")] if left_out else []
    note = wrapped(
        "Curves of J < J_x = h^(8/21) kappa_0^(3/7), of all N; the law is one line for all J, h and kappa_0. A_g is "
        "taken where s = 4 is allowed and, in other sentences, from the lowest modes whatever s is. Curves of which "
        "too few modes were computed to fill the window to be judged are left out: a handful of modes above a gap "
        "allows s = 4, too."
    )
    table: Rows = [_row(curve, one) for one in found for curve in one.curves]
    figure = {"weak-coupling": partial(_figure, found)}
    return Section("Prefactor A_g of weak coupling", [*lines, note], {"weak-coupling": table}, figure)


def _measure(where: str, weak: Sequence[OscillatorCurve], points: Points) -> WeakCoupling:
    known = [curve for curve in weak if curve.name in points]
    laws = {
        regime: attempt(weak_law, [c for c in known if inside(c)], points, "curves")
        for regime, inside in REGIMES.items()
    }
    return WeakCoupling(where, known, points, laws)


def _sentence(law: WeakLaw | Refused) -> str:
    return law.reason if isinstance(law, Refused) else law.summary


def _place(curve: OscillatorCurve, prefactor: QuarticPrefactor) -> tuple[float, float, float]:
    """kappa_0 h^(2/3)/J², kappa_0^(1/2) h^(2/3) J A_g, and its error."""
    top = field(curve) ** (2 / 3)
    factor = np.sqrt(stiffest(curve)) * top * coupling(curve)
    return stiffest(curve) * top / coupling(curve) ** 2, factor * prefactor.value, factor * prefactor.error


def _row(curve: OscillatorCurve, one: WeakCoupling) -> dict[str, Any]:
    x, value, error = _place(curve, one.points[curve.name])
    return {
        **curve.head(), "A_g_from": "judged window" if one.where == JUDGED else "lowest modes",
        "J_over_J_x": 1 / weakness(curve), "x": x, "scaled_A_g": value, "scaled_A_g_error": error,
    }  # fmt: skip


def _figure(found: Sequence[WeakCoupling]) -> Any:
    figure = new_figure(6.2, 5.6)
    axes = figure.add_subplot(yscale="log")
    groups: dict[tuple[Any, ...], int] = {}
    for one, marker in zip(found, "ov", strict=True):
        for curve in one.curves:
            hue = HUES[groups.setdefault(curve.state(but=COUPLING.name), len(groups)) % len(HUES)]
            x, value, error = _place(curve, one.points[curve.name])
            axes.errorbar(
                [x], [value], logarithmic_bars(value, error), fmt=marker, ms=5, color=hue,
                mfc=hue if one.where == JUDGED else "white", zorder=3,
            )  # fmt: skip
    for state, number in groups.items():
        curve = next(c for one in found for c in one.curves if c.state(but=COUPLING.name) == state)
        axes.plot([], [], "o", color=HUES[number % len(HUES)], label=family_label(curve, but=COUPLING.name))
    for one, marker, shade in zip(found, "ov", ("0.0", "0.55"), strict=True):
        if not one.curves:
            continue
        words = "judged window, $s = 4$ allowed" if one.where == JUDGED else one.where.partition(",")[0].strip()
        axes.plot([], [], marker, color="0.3", mfc="0.3" if one.where == JUDGED else "white", ms=5, label=words)
        for (regime, law), dashes in zip(one.laws.items(), ("-", "--"), strict=True):
            if isinstance(law, WeakLaw):
                ends = np.array(law.window)
                slope = with_digits(law.slope, law.slope_error)
                axes.plot(
                    ends, np.exp(law.intercept + law.slope * ends), dashes, color=shade, lw=1.2,
                    label=f"${regime}$: slope {slope}",
                )  # fmt: skip
    _guide(axes, found)
    readable_ticks(axes.yaxis, [_place(curve, one.points[curve.name])[1] for one in found for curve in one.curves])
    axes.set(
        xlabel=r"$\kappa_0 h^{2/3}/J^2$", ylabel=r"$\kappa_0^{1/2}\, h^{2/3} J A_g$",
    )  # fmt: skip
    axes.set_title("Prefactor of weakly coupled oscillators", fontsize=10)
    legend_below(figure)
    return figure


def _guide(axes: Any, found: Sequence[WeakCoupling]) -> None:
    """The slope of J → 0, from the weakest coupling that was fitted, or else that there is."""
    places = [_place(curve, one.points[curve.name]) for one in found for curve in one.curves]
    x, value, _ = max(places)
    laws = [law for one in found for law in reversed(list(one.laws.values())) if isinstance(law, WeakLaw)]
    if laws:
        x = laws[0].window[1]
        value = float(np.exp(laws[0].intercept + laws[0].slope * x))
    ends = np.array([min(places)[0], x])
    label = rf"slope {WEAK_SLOPE:.4f}, that of $J \to 0$"
    axes.plot(ends, value * np.exp(WEAK_SLOPE * (ends - x)), ":", color="0.3", lw=1, label=label)
