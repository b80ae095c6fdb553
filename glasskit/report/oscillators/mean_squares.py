"""<x²> against J of curves that differ in J only, collapsed or not; <x²> ~ J for J >> kappa_0: [R] Fig. 5b."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...analysis.bootstrap import BootstrapEstimate
from ...analysis.oscillators.crossover import ScalingLaw, fit_scaling_law
from ...axes import HUES
from ..figures import legend_below, new_figure
from ..kinds import COUPLING, STIFFNESS
from ..measured import Refused
from ..section import Rows, Section
from ..text import wrapped
from .curve import OscillatorCurve, families
from .looks import family_label, family_words
from .prefactor_laws import require_curves
from .regimes import STRONG, coupling, crossover_estimate, has_crossover, is_strong, stiffest
from .states import States
from .words import attempt

Means = Mapping[str, BootstrapEstimate]


def mean_squares_section(curves: Sequence[OscillatorCurve], states: Mapping[str, States]) -> Section | None:
    """Sentences, table and figure of <x²>(J); None where no curves differ in J only."""
    known = {
        name: mean
        for name, state in states.items()
        if isinstance(mean := state.means["mean_square"], BootstrapEstimate)
    }
    usable = [
        c for c in curves if coupling(c) > 0 and c.name in known and known[c.name].value > 0 < known[c.name].error
    ]
    groups = families(usable, COUPLING.name)
    if not groups:
        return None
    laws = [attempt(strong_law, group, known) for group in groups]
    table: Rows = [
        {
            **curve.head(), "family": number, "J_over_kappa_0": coupling(curve) / stiffest(curve),
            "mean_square": known[curve.name].value, "error": known[curve.name].error, "strong": is_strong(curve),
        }
        for number, group in enumerate(groups, 1)
        for curve in group
    ]  # fmt: skip
    gapless = any(group[0].kind.mean_field and group[0].parameter(STIFFNESS.name)[0] == 0 for group in groups)
    note = wrapped(
        f"[R] states <x^2> ~ J for J >> kappa_0, here J >= {STRONG} kappa_0, where x^4/4! alone holds against J. "
        "<x^2>/J is a function of kappa_0/J and h/J^(3/2): exponents between neighbours approach 1 as these vanish."
        + (" Below J = kappa_0 the law is <x^2> ~ omega_x^4/kappa_0, judged where omega_x is known." if gapless else "")
    )
    lines = [
        wrapped(f"{family_words(group[0], but=COUPLING.name)}, J >= {STRONG} kappa_0: {_sentence(law)}", indent="- ")
        for group, law in zip(groups, laws, strict=True)
    ]
    figure = {"mean-squares": partial(_figure, groups, known, laws)}
    return Section("Mean square coordinates <x^2> against J", [*lines, note], {"mean-squares": table}, figure)


def strong_law(group: Sequence[OscillatorCurve], known: Means) -> ScalingLaw:
    """Fit a power of J to <x²> of the strongly coupled curves of a family.

    Raises
    ------
    InsufficientDataError
        Fewer than three of them.
    """
    strong = [curve for curve in group if is_strong(curve)]
    require_curves(strong)
    means = [known[curve.name] for curve in strong]
    return fit_scaling_law(
        [mean.value for mean in means], [mean.error for mean in means], {"J": [coupling(curve) for curve in strong]},
        expected={"J": 1.0}, what="<x²>",
    )  # fmt: skip


def _sentence(law: ScalingLaw | Refused) -> str:
    return law.reason if isinstance(law, Refused) else law.summary


def _figure(groups: Sequence[Sequence[OscillatorCurve]], known: Means, laws: Sequence[ScalingLaw | Refused]) -> Any:
    figure = new_figure(6.2, 5.4)
    axes = figure.add_subplot()
    for number, (group, law) in enumerate(zip(groups, laws, strict=True)):
        hue, marker = HUES[number % len(HUES)], "osD^v"[number // len(HUES) % 5]
        for filled in (True, False):
            chosen = [curve for curve in group if is_strong(curve) is filled]
            if chosen:
                axes.errorbar(
                    [coupling(curve) for curve in chosen], [known[curve.name].value for curve in chosen],
                    [known[curve.name].error for curve in chosen], fmt=marker, ms=5, color=hue,
                    mfc=hue if filled else "white", zorder=3,
                )  # fmt: skip
        filling = hue if any(is_strong(curve) for curve in group) else "white"
        axes.plot([], [], marker, color=hue, mfc=filling, label=family_label(group[0], but=COUPLING.name))
        if isinstance(law, ScalingLaw):
            ends = np.array([law.x_pk[0].min(), law.x_pk[0].max()])
            axes.plot(ends, law.value(ends), color=hue, lw=1.1)
            middle = np.sqrt(ends.prod())
            axes.plot(ends, law.value(middle) * ends / middle, "--", color="0.3", lw=1.2, zorder=2)
        if has_crossover(group[0]):
            axes.axvline(crossover_estimate(group[0]), color=hue, lw=0.9, ls=":", zorder=0)
    if any(has_crossover(group[0]) for group in groups):
        words = r"$J_x = h^{8/21} \kappa_0^{3/7}$, in the colour of the family"
        axes.plot([], [], ":", color="0.4", lw=0.9, label=words)
    if any(isinstance(law, ScalingLaw) for law in laws):
        axes.plot([], [], "-", color="0.4", lw=1.1, label=rf"power law fitted to $J \geq {STRONG}\,\kappa_0$ (filled)")
        axes.plot([], [], "--", color="0.3", lw=1.2, label="slope 1, as [R] expects")
    axes.set(xscale="log", yscale="log", xlabel="coupling $J$", ylabel=r"$\langle x^2 \rangle$ of all oscillators")
    axes.set_title("Mean square coordinate against coupling, one colour per family", fontsize=10)
    legend_below(figure)
    return figure
