"""The axes that a ``plot()`` draws on; matplotlib is imported here, when something is drawn."""

from __future__ import annotations

from typing import Any


def axes_for(ax: Any | None, *, width: float = 5.6, height: float = 4.4) -> Any:
    """Return ``ax``, or the axes of a new figure [inches] that belongs to nobody (``.figure.savefig`` writes it)."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Colours that stay apart for colour-blind readers: M. Okabe and K. Ito, Color Universal Design (2008)."""
