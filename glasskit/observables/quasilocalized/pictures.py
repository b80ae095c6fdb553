"""Pictures of a mode: arrows on a 2D glass, the core of a 3D one, a mode beside its harmonic parent.

For OVITO, ``glasskit.write("mode.xyz", configuration, vectors=mode)`` keeps the mode as displacements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...axes import axes_for
from ...errors import InputError
from ...particles.configuration import Configuration
from ..mode_shape import mode_shape
from .arrows import draw_arrows, draw_arrows_3d, draw_circles

Array = NDArray[np.float64]

COLOURS = ("direction", "amplitude")
SHORTEST = 0.2
"""Arrows shorter than this, in mean distances a_0 = (V/N)^(1/d), are not drawn: no eye would see them."""

LARGEST_PART = 0.02
"""Part of the particles of a 3D glass that are drawn, those that move most."""


def plot_mode(
    configuration: Configuration,
    mode: ArrayLike,
    ax: Any | None = None,
    *,
    longest: float = 4.0,
    colour: str = "direction",
    particles: bool = True,
    centre: ArrayLike | None = None,
) -> Any:
    """Draw the arrows of a mode on its two-dimensional glass.

    The box is shifted, periodically, so that the core is in its middle.

    Parameters
    ----------
    configuration : Configuration
        d = 2.
    mode : (N, 2) array
        Displacements, any normalisation.
    ax : matplotlib axes, optional
    longest : float
        Length of the longest arrow, in units of a_0 = (V/N)^(1/2).
    colour : {"direction", "amplitude"}
        Of the arrows: by their angle, on a circle of colours, or by the logarithm of their length.
    particles : bool
        Draw the particles as circles of their diameters.
    centre : (2,) array, optional
        Place that comes into the middle [length]; default: the core of the mode.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    InputError
        Another dimension, a mode of another shape, not finite or zero everywhere, a length that is not positive, an
        unknown colour.
    """
    _require_dimension(configuration, (2,), "plot_core")
    if colour not in COLOURS:
        raise InputError(f"colour is {colour!r}; expected one of {', '.join(COLOURS)}.")
    z_nc, place_nc = _centred(configuration, mode, centre)
    arrow_nc, shown, a_0 = _arrows(configuration, z_nc, longest)
    ax = axes_for(ax, width=5.6, height=5.6)
    if particles:
        draw_circles(ax, place_nc, configuration.diameters)
    ends = {"shortest": SHORTEST * a_0, "longest": longest * a_0}
    draw_arrows(ax, place_nc[shown], arrow_nc[shown], colour=colour, **ends)
    _frame(ax, configuration)
    return ax


def plot_core(
    configuration: Configuration,
    mode: ArrayLike,
    ax: Any | None = None,
    *,
    part: float = LARGEST_PART,
    longest: float = 3.0,
    reach: float | None = None,
    centre: ArrayLike | None = None,
) -> Any:
    """Draw the particles of a three-dimensional glass that move most, as arrows around the core of the mode.

    Parameters
    ----------
    configuration : Configuration
        d = 3.
    mode : (N, 3) array
        Displacements, any normalisation.
    ax : matplotlib axes, optional
        With ``projection="3d"``.
    part : float
        Part of all particles that are drawn, those with the largest |z_i|.
    longest : float
        Length of the longest arrow, in units of a_0 = (V/N)^(1/3).
    reach : float, optional
        Only within this distance of the core along every axis [length]; default: half the edges of the box.
    centre : (3,) array, optional
        Place that comes into the middle [length]; default: the core of the mode.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    InputError
        Another dimension, a mode of another shape, not finite or zero everywhere, a length or part that is not
        positive, a reach that leaves no particle, axes that are not three-dimensional.
    """
    _require_dimension(configuration, (3,), "plot_mode")
    if not 0 < part <= 1:
        raise InputError(f"part is {part}; expected a part of the particles, above 0 and up to 1.")
    z_nc, place_nc = _centred(configuration, mode, centre)
    arrow_nc, _, _ = _arrows(configuration, z_nc, longest)
    length_n = np.linalg.norm(arrow_nc, axis=1)
    edge = 0.5 * float(configuration.box.lengths.max()) if reach is None else float(reach)
    most = np.argsort(-length_n, kind="stable")[: max(1, round(part * length_n.size))]
    shown = most[(np.abs(place_nc[most]) <= edge).all(axis=1) & (length_n[most] > 0)]
    if shown.size == 0:
        raise InputError(f"reach is {edge:g}: none of the {most.size} particles that move most is that near the core.")
    ax = _axes_3d(ax)
    half_c = np.minimum(0.5 * configuration.box.lengths, edge)
    draw_arrows_3d(ax, place_nc[shown], arrow_nc[shown], floor=-float(half_c[2]))
    ax.set(xlim=(-half_c[0], half_c[0]), ylim=(-half_c[1], half_c[1]), zlim=(-half_c[2], half_c[2]))
    ax.set(xlabel="$x$", ylabel="$y$", zlabel="$z$")
    ax.set_box_aspect(half_c)
    ax.tick_params(labelsize=7)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
    return ax


def plot_difference(
    configuration: Configuration,
    harmonic: ArrayLike,
    nonlinear: ArrayLike,
    axes: Sequence[Any] | None = None,
    **options: Any,
) -> Any:
    """Draw a harmonic mode ψ, the nonlinear mode π found from it, and what hybridisation added: π − ψ.

    Both are of unit length and point the same way; the glass stands still, with the core of π in the middle. The
    longest arrow of each panel has the same length: the title of the third says by how much it is magnified.

    Parameters
    ----------
    configuration : Configuration
        d = 2 or 3.
    harmonic, nonlinear : (N, d) arrays
        Modes of any normalisation and either sign.
    axes : three matplotlib axes, optional
        For d = 3 with ``projection="3d"``.
    **options
        Of `plot_mode` or `plot_core`.

    Returns
    -------
    sequence of three matplotlib axes

    Raises
    ------
    InputError
        As `plot_mode` or `plot_core`; two modes that are the same; another number of axes than three.

    References
    ----------
    Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Figs. 1, 3 and 6.
    """
    d = configuration.dimension
    _require_dimension(configuration, (2, 3), "")
    psi_nc, pi_nc = _unit(configuration, harmonic, "harmonic"), _unit(configuration, nonlinear, "nonlinear")
    overlap = float(np.vdot(psi_nc, pi_nc))
    if overlap < 0:
        psi_nc = -psi_nc
    delta_nc = pi_nc - psi_nc
    largest = float(np.linalg.norm(delta_nc, axis=1).max())
    if largest == 0:
        raise InputError("harmonic and nonlinear are the same mode; there is no difference to draw.")
    if axes is None:
        from matplotlib.figure import Figure

        kind = {"projection": "3d"} if d == 3 else {}
        figure = Figure(figsize=(13.5, 4.9), layout="constrained")
        axes = [figure.add_subplot(1, 3, place, **kind) for place in (1, 2, 3)]
    if len(axes) != 3:
        raise InputError(f"axes: expected three, for ψ, π and their difference, found {len(axes)}.")
    magnified = float(np.linalg.norm(pi_nc, axis=1).max()) / largest
    titles = (
        r"harmonic mode $\psi$", r"nonlinear mode $\pi$",
        rf"$\pi - \psi$, {magnified:.3g}$\times$;  $1 - |\pi\cdot\psi| = {_power(1 - abs(overlap))}$",
    )  # fmt: skip
    centre = options.pop("centre", None)
    if centre is None:
        centre = mode_shape(configuration, pi_nc).core
    draw = plot_mode if d == 2 else plot_core
    for ax, z_nc, title in zip(axes, (psi_nc, pi_nc, delta_nc), titles, strict=True):
        draw(configuration, z_nc, ax, centre=centre, **options)
        ax.set_title(title, fontsize=10)
    return axes


def _require_dimension(configuration: Configuration, known: tuple[int, ...], other: str) -> None:
    d = configuration.dimension
    if d not in known:
        hint = f"; {other} draws those" if other and d in (2, 3) else ""
        raise InputError(f"a glass in {d} dimensions; expected {' or '.join(map(str, known))}{hint}.")


def _unit(configuration: Configuration, mode: ArrayLike, name: str) -> Array:
    """A mode as unit vector, checked."""
    z_nc = np.asarray(mode)
    if z_nc.shape != configuration.positions.shape or z_nc.dtype.kind not in "fiu":
        raise InputError(
            f"{name}: expected real displacements of shape {configuration.positions.shape}, found shape {z_nc.shape} "
            f"and dtype {z_nc.dtype}."
        )
    z_nc = z_nc.astype(np.float64)
    scale = float(np.abs(z_nc).max())
    if not (np.isfinite(scale) and scale > 0):
        raise InputError(f"{name}: expected finite displacements, not all zero, found a largest of {scale}.")
    z_nc = z_nc / scale
    return z_nc / np.linalg.norm(z_nc)


def _centred(configuration: Configuration, mode: ArrayLike, centre: ArrayLike | None) -> tuple[Array, Array]:
    """The mode as unit vector, and positions relative to the centre, nearest images."""
    z_nc = _unit(configuration, mode, "mode")
    centre_c = mode_shape(configuration, z_nc).core if centre is None else np.asarray(centre, dtype=np.float64)
    if centre_c.shape != (configuration.dimension,) or not np.isfinite(centre_c).all():
        raise InputError(f"centre: expected {configuration.dimension} coordinates, found {centre!r}.")
    return z_nc, configuration.box.wrap(configuration.positions - centre_c)


def _arrows(configuration: Configuration, z_nc: Array, longest: float) -> tuple[Array, NDArray[np.bool_], float]:
    """Arrows [length], which of them can be seen, and a_0."""
    if not (np.isfinite(longest) and longest > 0):
        raise InputError(f"longest is {longest}; expected a positive length in mean distances.")
    a_0 = float(configuration.density ** (-1 / configuration.dimension))
    length_n = np.linalg.norm(z_nc, axis=1)
    arrow_nc = z_nc * (longest * a_0 / length_n.max())
    return arrow_nc, length_n * longest > SHORTEST * length_n.max(), a_0


def _frame(ax: Any, configuration: Configuration) -> None:
    half_c = 0.5 * configuration.box.lengths
    ax.set(
        xlim=(-half_c[0], half_c[0]), ylim=(-half_c[1], half_c[1]), aspect="equal", xlabel="$x$ from the core",
        ylabel="$y$ from the core",
    )  # fmt: skip


def _axes_3d(ax: Any | None) -> Any:
    if ax is not None:
        if getattr(ax, "name", "") != "3d":
            raise InputError('ax: expected three-dimensional axes, made with projection="3d".')
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=(5.6, 5.2), layout="constrained").add_subplot(projection="3d")


def _power(value: float) -> str:
    """A number as mathematical text without its dollars, a small one with its power of ten."""
    if value < 1e-15:
        return "0"
    exponent = int(np.floor(np.log10(value)))
    return rf"{value / 10.0**exponent:.1f}\times10^{{{exponent}}}" if exponent < -2 else f"{value:.2g}"
