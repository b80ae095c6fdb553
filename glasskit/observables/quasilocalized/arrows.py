"""What pictures of modes are made of: circles, arrows in two and three dimensions, and their colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEPS = 8
"""Colours of arrows in three dimensions."""


def draw_circles(ax: Any, place_nc: Array, diameter_n: Array) -> None:
    """Particles as pale circles of their diameters."""
    from matplotlib.collections import EllipseCollection

    ax.add_collection(
        EllipseCollection(
            diameter_n, diameter_n, np.zeros_like(diameter_n), units="xy", offsets=place_nc, transOffset=ax.transData,
            facecolor="0.93", edgecolor="0.82", lw=0.3, zorder=1,
        )
    )  # fmt: skip


def draw_arrows(ax: Any, place_kc: Array, arrow_kc: Array, *, colour: str, shortest: float, longest: float) -> None:
    """Arrows in the plane, the longest on top; their widths and heads grow with ``longest``."""
    order = np.argsort(np.linalg.norm(arrow_kc, axis=1), kind="stable")
    drawn_kc = arrow_kc[order]
    ax.quiver(
        *place_kc[order].T, *drawn_kc.T, _shade(drawn_kc, colour), cmap=_colours(colour),
        norm=_range(colour, shortest, longest), angles="xy", scale_units="xy", scale=1.0, pivot="tail",
        width=0.055 * longest, units="xy", headwidth=3, headlength=4, headaxislength=3.5, zorder=2,
    )  # fmt: skip


def draw_arrows_3d(ax: Any, place_kc: Array, arrow_kc: Array, *, floor: float) -> None:
    """Arrows, darker where they are longer, with their shadows on the floor, which tell how deep they lie."""
    length_k = np.linalg.norm(arrow_kc, axis=1)
    step_k = np.digitize(length_k / length_k.max(), np.linspace(0, 1, STEPS + 1)[1:-1])
    for step in np.unique(step_k):  # one colour at a time: the order of the lines within an arrow is matplotlib's own
        of_step = step_k == step
        hue = _amplitude_map()((step + 0.5) / STEPS)
        ax.quiver(*place_kc[of_step].T, *arrow_kc[of_step].T, color=hue, arrow_length_ratio=0.3, lw=1.5)
        ax.scatter(*place_kc[of_step].T, s=9, color=hue, depthshade=False)
    for start_c, end_c in zip(place_kc, place_kc + arrow_kc, strict=True):
        ax.plot([start_c[0], end_c[0]], [start_c[1], end_c[1]], [floor, floor], color="0.8", lw=1.2, zorder=0)


def _shade(arrow_nc: Array, colour: str) -> Array:
    if colour == "direction":
        return np.asarray(np.arctan2(arrow_nc[:, 1], arrow_nc[:, 0]))
    return np.linalg.norm(arrow_nc, axis=1)


def _range(colour: str, shortest: float, longest: float) -> Any:
    from matplotlib.colors import LogNorm, Normalize

    return Normalize(-np.pi, np.pi) if colour == "direction" else LogNorm(shortest, longest, clip=True)


def _colours(colour: str) -> Any:
    if colour == "amplitude":
        return _amplitude_map()
    import matplotlib
    from matplotlib.colors import ListedColormap

    return ListedColormap(0.86 * matplotlib.colormaps["hsv"](np.linspace(0, 1, 256))[:, :3])  # its yellow is too pale


def _amplitude_map() -> Any:
    """Pale for small, dark for large: the viridis of matplotlib without its yellow, turned round."""
    import matplotlib
    from matplotlib.colors import ListedColormap

    return ListedColormap(matplotlib.colormaps["viridis_r"](np.linspace(0.2, 1, 256)))
