"""Ticks of logarithmic axes that span less than two decades: 1, 2, 5 and plain numbers."""

from __future__ import annotations

from typing import Any

_FEW = 100.0


def plain_ticks(ax: Any) -> None:
    """Label the logarithmic axes of ``ax`` at 1, 2 and 5 times powers of ten where they span less than two decades.

    matplotlib writes 6 × 10⁻¹ there, and all the labels into each other.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        if axis.get_scale() == "log" and limits[1] < _FEW * limits[0]:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
            axis.set_minor_formatter(NullFormatter())
