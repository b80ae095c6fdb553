"""How a curve looks in every figure: hue by taper, filling and dashes by what else differs; its name in the legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..analysis.bootstrap import BootstrapEstimate
from ..axes import HUES
from ..ensembles.pipelines.glass_settings import GlassSettings
from .measured import with_error
from .tapering import CurveReport

_MARKERS = "osD^vP"
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))


@dataclass(frozen=True)
class CurveStyle:
    """Looks of one curve.

    Attributes
    ----------
    label : str
        Its name, taper and parent temperature.
    details : str
        S_size(2π/L) and the number of glasses.
    hue : str
        Shared by all curves of one taper, and by what is predicted for it.
    marker, dashes, filled
        Apart for curves of one taper.
    """

    label: str
    details: str
    hue: str
    marker: str
    dashes: Any
    filled: bool

    @property
    def points(self) -> dict[str, Any]:
        """Keywords of a plot with markers."""
        return {
            "color": self.hue, "marker": self.marker, "linestyle": self.dashes,
            "markerfacecolor": self.hue if self.filled else "white", "markersize": 5, "lw": 1.2,
        }  # fmt: skip


def order_label(settings: GlassSettings) -> str:
    """Return the taper under which the glasses are at rest, as mathematical text."""
    if settings.model.potential == "SmoothedInversePowerLaw":
        return f"$q = {settings.model.smoothness}$"
    order = settings.quench.taper
    if order is None:
        return settings.model.potential or ""
    return r"$m = \infty$" if math.isinf(order) else f"$m = {order:g}$"


def styles(reports: Sequence[CurveReport]) -> dict[str, CurveStyle]:
    """Return the looks of all curves that have settings."""
    known = [report for report in reports if report.settings is not None]
    orders = list(dict.fromkeys(order_label(report.settings) for report in known if report.settings))
    seen = dict.fromkeys(orders, 0)
    found = {}
    for report in known:
        settings = report.settings
        if settings is None:
            continue
        order = order_label(settings)
        hue, variant = orders.index(order), seen[order]
        seen[order] += 1
        found[report.name] = CurveStyle(
            label=f"{report.name}: {order}, $T_p = {settings.liquid.parent_temperature:g}$",
            details=_details(report),
            hue=HUES[hue % len(HUES)],
            marker=_MARKERS[(hue + 2 * (variant // 2)) % len(_MARKERS)],
            dashes=_DASHES[variant % len(_DASHES)],
            filled=variant % 2 == 0,
        )
    return found


def _details(report: CurveReport) -> str:
    size = report.means.get("size_fluctuation")
    composition = ""
    if isinstance(size, BootstrapEstimate):
        composition = rf"$S_{{\rm size}}(2\pi/L) =$ {with_error(size.value, size.error)}, "
    return f"{composition}{report.glasses} glasses"
