"""How curves of oscillators look in every figure: a hue each, named by the parameters in which they differ."""

from __future__ import annotations

from collections.abc import Sequence

from ...axes import HUES
from ..curve_style import CurveStyle
from ..kinds import COUPLING, Parameter
from .curve import OscillatorCurve

_MARKERS = "osD^vP"


def looks(curves: Sequence[OscillatorCurve]) -> dict[str, CurveStyle]:
    """Return the looks of curves by name; the eighth has the hue of the first with another marker, and dashes."""
    found = {}
    for number, curve in enumerate(curves):
        round_ = number // len(HUES)
        found[curve.name] = CurveStyle(
            label=f"{curve.name}: {parameters_label(curve, curves)}",
            details=f"{curve.instances} instances",
            hue=HUES[number % len(HUES)],
            marker=_MARKERS[(number + round_) % len(_MARKERS)],
            dashes="-" if round_ == 0 else (0, (5, 2)),
            filled=round_ % 2 == 0,
        )
    return found


def parameters_label(curve: OscillatorCurve, among: Sequence[OscillatorCurve]) -> str:
    """Return the coupling and all other parameters that are not the same in all curves, as mathematical text."""
    parameters = [curve.kind.size, *curve.kind.parameters]
    shown = [
        p for p in parameters
        if p == COUPLING or len({p.of(other.settings) for other in among}) > 1
    ]  # fmt: skip
    return ", ".join(f"{p.symbol} = {p.text(curve.settings)}" for p in shown)


def family_label(curve: OscillatorCurve, *, but: str) -> str:
    """Return what the curves of a family share, as mathematical text; a start from x = 0 goes without saying."""
    return ", ".join(f"{p.symbol} = {p.text(curve.settings)}" for p in _shared(curve, but))


def family_words(curve: OscillatorCurve, *, but: str) -> str:
    """Return what the curves of a family share, in plain words."""
    return ", ".join(f"{p.name} = {p.text(curve.settings)}" for p in _shared(curve, but))


def _shared(curve: OscillatorCurve, but: str) -> list[Parameter]:
    parameters = (curve.kind.size, *curve.kind.parameters)
    return [p for p in parameters if p.name != but and not (p.table == "start" and not p.of(curve.settings))]
