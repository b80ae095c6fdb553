"""Glasses against the parent temperature: curves that differ in nothing else, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..analysis.bootstrap import BootstrapEstimate
from ..analysis.exponents.edge import is_edge
from ..analysis.exponents.fit import ExponentFit, fit_exponent
from ..analysis.exponents.prefactor import QuarticPrefactor, quartic_prefactor
from ..analysis.liquids.energy_scales import EnergyScales, energy_scales
from ..analysis.liquids.onset import Onset, onset_temperature
from ..axes import HUES
from ..ensembles.pipelines.glass_settings import GlassSettings
from .elasticity import Elasticity
from .measured import Refused, attempt, with_error
from .section import Curve, Rows, Section
from .text import aligned, estimate_text, model_text, order_text, taper_text, wrapped
from .verdicts import window_end
from .windows import edge_text, exponent_text

LEAST_TEMPERATURES = 3


@dataclass(frozen=True)
class State:
    """What the glasses of one parent temperature show."""

    curve: Curve
    temperature: float
    energy: BootstrapEstimate | Refused
    shear: BootstrapEstimate | Refused
    fit: ExponentFit | Refused
    prefactor: QuarticPrefactor | Refused

    @property
    def refusals(self) -> dict[str, str]:
        """What is not known -> why."""
        named = {"e_IS": self.energy, "G": self.shear, "s": self.fit, "A_g": self.prefactor}
        found = {name: value.reason for name, value in named.items() if isinstance(value, Refused)}
        if isinstance(self.prefactor, QuarticPrefactor) and self.prefactor.reduced is None:
            found["A_g omega_0^5"] = "omega_0 of the hottest glasses is not known."
        return found


@dataclass(frozen=True)
class Family:
    """Curves that differ in their parent temperature only.

    Attributes
    ----------
    name : str
        The curves' model in a few words.
    states : tuple of State
        Parent temperatures ascending.
    upper : float
        One window for all: half the first phonon of the hottest glasses, where it is known and complete.
    window : str
        How ``upper`` came about.
    omega_0 : float or None
        c_T/a_0 of the hottest glasses, the unit of A_g at every temperature.
    onset : Onset or Refused
        From e_IS of the curves whose liquids were not found out of equilibrium in energy: their composition, which
        relaxes slower, hardly changes e_IS.
    left_out : tuple of str
        Curves that did not count for the onset.
    """

    name: str
    states: tuple[State, ...]
    upper: float
    window: str
    omega_0: float | None
    onset: Onset | Refused
    left_out: tuple[str, ...]

    @property
    def settings(self) -> GlassSettings:
        """Settings of its hottest glasses."""
        return self.states[-1].curve.settings

    @property
    def energies(self) -> list[tuple[float, float, float]]:
        """Temperature, e_IS and its error of the states that count for the onset."""
        return [
            (s.temperature, s.energy.value, s.energy.error)
            for s in self.states
            if not _sinking(s) and not isinstance(s.energy, Refused)
        ]


def temperature_families(curves: Sequence[Curve], elasticity: dict[str, Elasticity]) -> list[Family]:
    """Group the curves of one model and one quench, three parent temperatures or more.

    How long and by which moves their liquids were run, and how many modes were asked for, may differ.
    """
    groups: dict[Any, list[Curve]] = {}
    for curve in curves:
        groups.setdefault((curve.settings.model, curve.settings.quench), []).append(curve)
    families = []
    for group in groups.values():
        ordered = sorted(group, key=lambda curve: curve.settings.liquid.parent_temperature)
        if len({curve.settings.liquid.parent_temperature for curve in ordered}) >= LEAST_TEMPERATURES:
            families.append(_family(ordered, elasticity))
    return families


def _family(curves: list[Curve], elasticity: dict[str, Elasticity]) -> Family:
    hottest = elasticity.get(curves[-1].name)
    phonon = hottest.first_phonon if hottest is not None else None
    omega_0 = hottest.omega_0 if hottest is not None else None
    known = min(float(curve.ensemble.complete_below.min()) for curve in curves)
    upper, window = window_end(phonon, known)
    states = tuple(_state(curve, elasticity.get(curve.name), upper, omega_0) for curve in curves)
    left_out = tuple(s.curve.name for s in states if _sinking(s))
    window = f"{window} of the hottest glasses" if window == "half the first phonon" else window
    unknown = Refused("no energy is known.")
    family = Family(family_name(curves[0].settings), states, upper, window, omega_0, unknown, left_out)
    energies = family.energies
    return replace(family, onset=attempt(onset_temperature, *zip(*energies, strict=True))) if energies else family


def scales_of(families: Sequence[Family]) -> dict[str, EnergyScales | Refused]:
    """Energy scales of models that differ in nothing but their taper, by what they share; m = 2 is the reference."""
    groups: dict[Any, list[Family]] = {}
    for family in families:
        model, quench = family.settings.model, family.settings.quench
        if model.taper is not None and model.taper == quench.taper:
            groups.setdefault((replace(model, taper=None), replace(quench, taper=None)), []).append(family)
    found: dict[str, EnergyScales | Refused] = {}
    for group in groups.values():
        if len(group) < 2:
            continue
        group.sort(key=lambda family: family.settings.model.taper != 2)
        states = {f"m = {taper_text(f.settings.model.taper)}": tuple(zip(*f.energies, strict=True)) for f in group}
        shared = group[0].name.replace(f", m = {taper_text(group[0].settings.model.taper)}", "")
        found[shared] = attempt(energy_scales, states)
    return found


def family_name(settings: GlassSettings) -> str:
    """All that tells families apart, in a few words."""
    model = settings.model
    order = "" if model.taper is None else f", m = {order_text(settings)}"
    mixing = f", nonadditivity {model.nonadditivity:g}" if model.nonadditivity else ""
    return f"{model_text(settings)}{order}{mixing}"


def _state(curve: Curve, elasticity: Elasticity | None, upper: float, omega_0: float | None) -> State:
    ensemble, model = curve.ensemble, curve.settings.model
    shear = elasticity.means["shear"] if elasticity is not None else Refused("no moduli are stored.")
    return State(
        curve, curve.settings.liquid.parent_temperature, curve.report.means["e_is"], shear,
        attempt(fit_exponent, ensemble.frequencies, upper, complete_below=ensemble.complete_below),
        attempt(
            quartic_prefactor, ensemble.frequencies, upper, modes_total=model.dimension * (model.particles - 1),
            omega_0=omega_0, complete_below=ensemble.complete_below,
        ),
    )  # fmt: skip


def temperature_section(families: Sequence[Family]) -> Section | None:
    """Table and figure of e_IS, G, s and A_g against the parent temperature."""
    if not families:
        return None
    lines: list[str] = []
    table: Rows = []
    head = ["T_p", "e_IS", "G", "modes", "s", "A_g omega_0^5", "S_size", "equilibrated", "used"]
    for family in families:
        rows = [_cells(state) for state in family.states]
        lines += [f"{family.name}; modes below {family.upper:.4g}, {family.window}"]
        lines += aligned(head, rows)
        onset = family.onset
        words = f"no onset: {onset.reason}" if isinstance(onset, Refused) else onset.text
        if family.left_out:
            words += f" Left out, as their energy is not in equilibrium: {', '.join(family.left_out)}."
        lines += [wrapped(words, indent="- "), *_refusals(family)]
        table += [_row(family, state) for state in family.states]
    scales = scales_of(families)
    tables, figures = {"temperature": table}, {"temperature": lambda: _figure(families)}
    for shared, found in scales.items():
        words = f"no energy scales: {found.reason}" if isinstance(found, Refused) else found.text
        lines.append(wrapped(f"{shared}: {words}", indent="- "))
    known = {shared: found for shared, found in scales.items() if isinstance(found, EnergyScales)}
    if known:
        tables["energy_scales"] = [row for shared, found in known.items() for row in _scale_rows(shared, found)]
        figures["energy_scales"] = lambda: _scales_figure(known)
    return Section("Against the parent temperature", lines, tables, figures)


def _scale_rows(shared: str, found: EnergyScales) -> Rows:
    return [
        {"model": shared, "potential": name, "scale": scale, "scale_error": error, "offset": offset,
         "chi2": found.chi2, "degrees_of_freedom": found.degrees_of_freedom}
        for name, scale, error, offset in zip(found.names, found.scale, found.error, found.offset, strict=True)
    ]  # fmt: skip


def _scales_figure(known: dict[str, EnergyScales]) -> Any:
    """e_IS of all potentials at corresponding temperatures, one panel for each kind of model."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * len(known), 3.6), layout="constrained")
    for ax, (shared, found) in zip(figure.subplots(1, len(known), squeeze=False)[0], known.items(), strict=True):
        found.plot(ax)
        ax.set(xlabel=r"$\lambda/T_p$", ylabel=r"$(e_{\rm IS}-A)/\lambda$")
        ax.set_title(shared, fontsize=9)
        ax.legend(frameon=False, fontsize=8)
    return figure


def _refusals(family: Family) -> list[str]:
    """What is not known, and why, in sentences; the states that share a reason together."""
    found: dict[str, list[str]] = {}
    for state in family.states:
        for what, why in state.refusals.items():
            found.setdefault(f"no {what}: {why}", []).append(f"{state.temperature:g}")
        if isinstance(state.fit, ExponentFit) and is_edge(state.fit):
            found.setdefault(edge_text(state.fit), []).append(f"{state.temperature:g}")
    return [wrapped(f"T_p = {', '.join(at)}: {reason}", indent="- ") for reason, at in found.items()]


def _cells(state: State) -> list[str]:
    fit, prefactor = state.fit, state.prefactor
    reduced = None if isinstance(prefactor, Refused) else (prefactor.reduced, prefactor.reduced_error)
    return [
        f"{state.temperature:g}", estimate_text(state.energy), estimate_text(state.shear),
        "-" if isinstance(fit, Refused) else str(fit.count),
        exponent_text(fit),
        with_error(*reduced) if reduced and reduced[0] and reduced[1] else "not known",  # type: ignore[arg-type]
        estimate_text(state.curve.report.means["size_fluctuation"]),
        state.curve.report.equilibrated, str(len(state.curve.ensemble)),
    ]  # fmt: skip


def _row(family: Family, state: State) -> dict[str, Any]:
    row = {
        "family": family.name, **state.curve.head(), "omega_c": family.upper,
        "equilibrated": state.curve.report.equilibrated,
        "energy_equilibrated": state.curve.report.energy_equilibrated,
    }  # fmt: skip
    for name, found in {"e_is": state.energy, "shear": state.shear}.items():
        known = not isinstance(found, Refused)
        row[name], row[f"{name}_error"] = (found.value, found.error) if known else ("", "")  # type: ignore[union-attr]
    fit, prefactor = state.fit, state.prefactor
    known = not isinstance(fit, Refused)
    row["modes"], row["s"], row["s_error"] = (fit.count, fit.s, fit.error) if known else ("", "", "")  # type: ignore[union-attr]
    row["edge"] = is_edge(fit) if isinstance(fit, ExponentFit) else ""
    known = not isinstance(prefactor, Refused) and prefactor.reduced is not None
    row["A_g_reduced"], row["A_g_reduced_error"] = (
        (prefactor.reduced, prefactor.reduced_error) if known else ("", "")  # type: ignore[union-attr]
    )
    onset = family.onset
    known = not isinstance(onset, Refused)
    row["T_onset"], row["T_onset_error"] = (onset.temperature, onset.error) if known else ("", "")  # type: ignore[union-attr]
    row["note"] = " ".join(f"no {what}: {why}" for what, why in state.refusals.items())
    return row


def _figure(families: Sequence[Family]) -> Any:
    """Four panels: e_IS with the onset, G, s, A_g·omega_0^5; open symbols where the liquids are not in equilibrium."""
    from matplotlib.figure import Figure

    labels = {
        "energy": r"$e_{\rm IS}$",
        "shear": "shear modulus $G$",
        "fit": "exponent $s$",
        "prefactor": r"$A_g\,\omega_0^5$",
    }
    states = [state for family in families for state in family.states]
    shown = [name for name in labels if any(_known(state, name) for state in states)] or ["energy"]
    rows = (len(shown) + 1) // 2
    figure = Figure(figsize=(8.4 if len(shown) > 1 else 5.0, 0.6 + 3.0 * rows), layout="constrained")
    panels = figure.subplots(rows, min(2, len(shown)), sharex=True, squeeze=False).ravel()
    axes = dict(zip(shown, panels, strict=False))
    for ax in panels[len(shown) :]:
        ax.set_visible(False)
    for number, family in enumerate(families):
        hue = HUES[number % len(HUES)]
        for name, ax in axes.items():
            if not isinstance(family.onset, Refused):
                if name == "energy":
                    family.onset.plot(ax, color=hue)
                else:
                    ax.axvline(1 / family.onset.temperature, color=hue, lw=0.8, ls=":")
            _points(ax, family, name, hue)
    for name, ax in axes.items():
        ax.set_ylabel(labels[name])
    for ax in panels[2 * rows - 2 : len(shown)]:
        ax.set_xlabel(r"inverse parent temperature $1/T_p$")
    if "fit" in axes:
        for guide in (3, 4):
            axes["fit"].axhline(guide, color="0.7", lw=0.8, zorder=0)
    if "prefactor" in axes:
        axes["prefactor"].set_yscale("log")
    figure.legend(handles=[*axes[shown[0]].get_legend_handles_labels()[0], *_keys(families)], fontsize=8, frameon=False,
                  loc="outside lower center", ncols=2)  # fmt: skip
    return figure


def _known(state: State, name: str) -> bool:
    """Whether a panel has a point of this state; the edge of a gap has no exponent."""
    found = getattr(state, name)
    if isinstance(found, ExponentFit) and is_edge(found):
        return False
    return not isinstance(found, Refused) and getattr(found, "reduced", 0.0) is not None


def _keys(families: Sequence[Family]) -> list[Any]:
    """Legend of what the symbols mean, as far as they occur."""
    from matplotlib.lines import Line2D

    keys = []
    if any(_open(state) for family in families for state in family.states):
        keys.append(Line2D([], [], color="0.3", marker="o", mfc="white", ls="", ms=5, label="not in equilibrium"))
    if any(not isinstance(family.onset, Refused) for family in families):
        keys.append(Line2D([], [], color="0.3", lw=0.8, ls=":", label="onset"))
    return keys


def _sinking(state: State) -> bool:
    """Whether the energy of the liquids was seen to drift: e_IS is then that of runs of this length."""
    return state.curve.report.energy_equilibrated == "not equilibrated"


def _open(state: State) -> bool:
    return state.curve.report.equilibrated == "not equilibrated"


def _points(ax: Any, family: Family, name: str, hue: str) -> None:
    first = True
    for state in reversed(family.states):  # the hottest, in equilibrium, stands in the legend
        if not _known(state, name):
            continue
        value, error = {
            "fit": lambda f: (f.s, f.error), "prefactor": lambda f: (f.reduced, f.reduced_error),
        }.get(name, lambda f: (f.value, f.error))(getattr(state, name))  # fmt: skip
        ax.errorbar(
            1 / state.temperature, value, error, fmt="o", ms=5, color=hue, mfc="white" if _open(state) else hue,
            label=family.name if first else None, capsize=2,
        )  # fmt: skip
        first = False
