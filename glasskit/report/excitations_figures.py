"""Figures of quasilocalized excitations, several curves side by side; they are made of numbers already reduced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.excitations.convergence import HarmonicConvergence
from ..analysis.excitations.double_wells import DoubleWells
from ..analysis.excitations.ticks import plain_ticks
from ..axes import HUES
from .measured import Refused

if TYPE_CHECKING:
    from .excitations import Excitations

_MARKERS = "osD^vP"
_PARTS = {0.5: "the softer half", 0.75: "the softest three quarters", 1.0: "all glasses"}
DASHED = (0, (4, 3))


def _looks(found: Sequence[Excitations]) -> list[tuple[Excitations, str, str, str]]:
    """Each curve with its label, colour and marker."""
    return [
        (one, _label(one), HUES[number % len(HUES)], _MARKERS[number % len(_MARKERS)])
        for number, one in enumerate(found)
    ]


def _label(one: Excitations) -> str:
    model, temperature = one.curve.settings.model, one.curve.settings.liquid.parent_temperature
    return f"{one.curve.name}: {model.dimension}D, $N = {model.particles}$, $T_p = {temperature:g}$"


def _omega(found: Sequence[Excitations], number: str) -> str:
    return rf"$\omega_{number}/\omega_0$" if found[0].units.microscopic else rf"$\omega_{number}$"


def _figure(width: float, height: float, rows: int, columns: int, **options: Any) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def _finish(figure: Any, looks: Sequence[tuple[Excitations, str, str, str]], extra: Sequence[Any] = ()) -> None:
    """Ticks of all panels, and one legend below them."""
    from matplotlib.lines import Line2D

    for ax in figure.axes:
        plain_ticks(ax)
    keys = [Line2D([], [], color=hue, marker=marker, ls="", ms=5, label=label) for _, label, hue, marker in looks]
    figure.legend(handles=[*keys, *extra], loc="outside lower center", ncols=2, fontsize=8, frameon=False)


def _guide(label: str, **style: Any) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], **{"color": "0.3", "lw": 1, "ls": DASHED, "label": label, **style})


def pairs_figure(found: Sequence[Excitations]) -> Any:
    """Number of particles that take part against frequency, harmonic modes and their quartic ones [K Fig. 4]."""
    columns = min(len(found), 3)
    rows = -(-len(found) // columns)
    figure, axes = _figure(3.8 * columns, 3.3 * rows + 0.3, rows, columns, sharex=True, sharey=True)
    for ax, (one, label, _, _) in zip(axes.flat, _looks(found), strict=False):
        particles = one.curve.settings.model.particles
        for kind, name, style in (
            ("harmonic", r"harmonic $\psi$", {"color": HUES[1], "mfc": "none", "ms": 4, "marker": "o"}),
            ("quartic", r"quartic $\pi_4$", {"color": HUES[0], "ms": 3, "marker": "o"}),
        ):
            mode = one.modes[kind]
            ax.plot(
                np.sqrt(mode["stiffness"]), particles * mode["participation"], ls="", mew=0.6, alpha=0.7, label=name,
                **style,
            )  # fmt: skip
        ax.set(xscale="log", yscale="log")
        ax.set_title(label, fontsize=9)
    for ax in axes.flat[len(found) :]:
        ax.remove()
    for ax in axes[:, 0]:
        ax.set_ylabel(r"$N e$")
    figure.supxlabel(r"$\omega/\omega_0$" if found[0].units.microscopic else r"$\omega$", fontsize=10)
    axes[0, 0].legend(fontsize=8, frameon=False)
    for ax in figure.axes:
        plain_ticks(ax)
    return figure


def chi_figure(found: Sequence[Excitations]) -> Any:
    """chi of quartic modes against Ne, all curves, with slope −1 [K Fig. 2]; None where no law is known."""
    shown = [look for look in _looks(found) if not isinstance(look[0].chi_law, Refused)]
    if not shown:
        return None
    figure, ((ax,),) = _figure(6.0, 5.0, 1, 1)
    laws = [one.chi_law for one, *_ in shown if not isinstance(one.chi_law, Refused)]
    for law, (_, _, hue, marker) in zip(laws, shown, strict=True):
        ax.plot(law.x, law.y, marker, ms=3, alpha=0.5, mew=0, color=hue)
    x = np.array([min(law.x.min() for law in laws), max(law.x.max() for law in laws)])
    level = max(law.centre[1] + law.centre[0] for law in laws)
    ax.plot(x, np.exp(level) / x, color="0.3", lw=1, ls=DASHED)
    unit = r"$\chi_4\,a_0^2/\omega_0^2$" if found[0].units.microscopic else r"$\chi_4$"
    ax.set(xscale="log", yscale="log", xlabel=laws[0].names[0], ylabel=unit)
    _finish(figure, shown, [_guide("slope $-1$")])
    return figure


def convergence_figure(found: Sequence[Excitations]) -> Any:
    """Differences between harmonic and quartic modes, and their local slopes [K Fig. 5]; None where none is known."""
    shown = [look for look in _looks(found) if isinstance(look[0].convergence, HarmonicConvergence)]
    if not shown:
        return None
    figure, axes = _figure(9.0, 6.6, 2, 2, sharex="col", height_ratios=(1.5, 1))
    for one, _, hue, marker in shown:
        if isinstance(one.convergence, Refused):
            continue
        one.convergence.plot(list(axes[0]), color=hue, marker=marker)
        for ax, law in zip(axes[1], (one.convergence.energetic, one.convergence.structural), strict=True):
            law.plot_slopes(ax, color=hue, marker=marker)
    first = shown[0][0].convergence
    if not isinstance(first, Refused):
        for column, law in enumerate((first.energetic, first.structural)):
            law.guide(axes[0, column])
            axes[0, column].set(xscale="log", yscale="log", ylabel=law.names[1])
            axes[1, column].axhline(law.expected, color="0.3", lw=1, ls=DASHED, zorder=0)
            axes[1, column].set(xlabel=_omega(found, "4"), ylabel="local slope")
    extra = [_guide(r"expected as $\omega_4 \to 0$: slopes 2 and 4"), _guide("points: running medians", ls="", lw=0)]
    _finish(figure, shown, extra)
    return figure


def cubic_figure(found: Sequence[Excitations]) -> Any:
    """Cubic against quartic modes of the same spots: kappa, tau and chi [K Fig. 7]; None where none is known."""
    shown = [look for look in _looks(found) if not isinstance(look[0].order, Refused)]
    if not shown:
        return None
    figure, ((left, middle, right),) = _figure(11.5, 4.2, 1, 3)
    for one, _, hue, marker in shown:
        if not isinstance(one.order, Refused):
            one.order.plot(left, color=hue, marker=marker)
        if not isinstance(one.asymmetry, Refused):
            one.asymmetry.plot((middle, right), color=hue, marker=marker)
    left.axhline(0, color="0.6", lw=0.8, zorder=0)
    left.set(xscale="log", xlabel=_omega(found, "4"), ylabel=r"$(\omega_3^2 - \omega_4^2)/\omega_4^2$")
    panels = ((middle, "log", r"$|\tau_3/\tau_4|$"), (right, "linear", r"$\chi_3/\chi_4$"))
    for ax, scale, name in panels:
        if ax.lines:
            ax.axhline(1, color="0.6", lw=0.8, zorder=0)
            ax.set(xscale="log", yscale=scale, xlabel=r"$1 - |\pi_3\cdot\pi_4|$", ylabel=name)
        else:
            ax.set_axis_off()
            ax.text(0.5, 0.5, "no pairs of one spot", ha="center", fontsize=9)
    _finish(figure, shown, [_guide("left: median", ls="-", color="0.3")])
    return figure


def wells_figure(found: Sequence[Excitations]) -> Any:
    """tau² against kappa chi of cubic and of quartic modes, with both bounds [K Figs. 8, 9(d, e)]."""
    panels: tuple[tuple[str, Callable[[Excitations], DoubleWells | Refused]], ...] = (
        ("cubic modes", lambda one: one.wells),
        ("quartic modes", lambda one: one.quartic_wells),
    )
    shown = [look for look in _looks(found) if any(isinstance(get(look[0]), DoubleWells) for _, get in panels)]
    if not shown:
        return None
    figure, (axes,) = _figure(9.6, 4.9, 1, 2, sharex=True)
    for ax, (title, get) in zip(axes, panels, strict=True):
        known = [(wells, look) for look in shown if isinstance(wells := get(look[0]), DoubleWells)]
        for wells, (_, _, hue, marker) in known:
            wells.plot(ax, color=hue, marker=marker)
        if known:
            x = np.concatenate([wells.relation.x for wells, _ in known])
            DoubleWells.bounds(ax, float(x.min()), float(x.max()))
        unit = r"\,a_0^2/\omega_0^4" if found[0].units.microscopic else ""
        ax.set(xscale="log", yscale="log", xlabel=rf"$\kappa\chi{unit}$", ylabel=rf"$\tau^2{unit}$", title=title)
        ax.title.set_fontsize(10)
    bounds = [_guide(r"$\tau^2 = 3\kappa\chi$: second minimum as deep", ls="-", color="0.1"),
              _guide(r"$\tau^2 = (8/3)\kappa\chi$: second minimum appears", color="0.1")]  # fmt: skip
    _finish(figure, shown, bounds)
    return figure


def densities_figure(found: Sequence[Excitations]) -> Any:
    """Densities of omega_4, omega_3 and of barriers, with Weibull fits and the expected powers."""
    names = [name for name in found[0].soft_ends if any(not isinstance(f.soft_ends[name], Refused) for f in found)]
    if not names:
        return None
    figure, (axes,) = _figure(3.9 * len(names), 4.6, 1, len(names))
    looks = _looks(found)
    for ax, name in zip(axes, names, strict=True):
        first = None
        for one, _, hue, marker in looks:
            end = one.soft_ends[name]
            if not isinstance(end, Refused):
                end.plot(ax, color=hue, marker=marker)
                first = first or end
        if first is not None:
            first.guide(ax)
            label = _omega(found, name[-1]) if name != "B" else _barrier(found)
            ax.set(xscale="log", yscale="log", xlabel=label, title=rf"power {first.expected:g} expected")
            ax.title.set_fontsize(9)
    axes[0].set_ylabel("density, one value per glass")
    ends = [end for one in found for end in one.soft_ends.values() if not isinstance(end, Refused)]
    parts = sorted({end.drawn for end in ends})
    fitted = _guide("Weibull fit to " + " or ".join(_PARTS.get(part, f"{part:g}") for part in parts), ls="-")
    _finish(figure, looks, [fitted, _guide("expected power")])
    return figure


def _barrier(found: Sequence[Excitations]) -> str:
    return r"$B/(\omega_0 a_0)^2$" if found[0].units.microscopic else "$B$"


FIGURES: dict[str, Callable[[Sequence[Excitations]], Any]] = {
    "pairs": pairs_figure,
    "chi": chi_figure,
    "convergence": convergence_figure,
    "cubic": cubic_figure,
    "wells": wells_figure,
    "densities": densities_figure,
}
