"""Shape of one mode in space: where its core is, how large, and how the amplitude falls with the distance from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..axes import HUES, axes_for
from ..errors import ConvergenceError, InputError
from ..particles.configuration import Configuration
from .modes import participation_ratio

EXTENDED = 0.4
"""Participation ratio from which a mode has no core: one plane wave has 2/3, a Gaussian field d/(d + 2)."""

_REACH = 2.0  # radius around the core from which it is located, in mean distances
_CELL = 2.0  # edge of the cells whose particles are taken to move together, in mean distances
_MOST_STEPS = 1000


@dataclass(frozen=True, eq=False)
class ModeShape:
    """A mode seen from its core.

    Attributes
    ----------
    core : (d,) array
        Place of the core in the box [length]. Of an extended mode: of its largest amplitudes, without meaning.
    distance : (N,) array
        Distance of every particle from the core, nearest image [length].
    square : (N,) array
        |z_i|², their sum is 1.
    cell : (N,) array of int
        Cell of about twice the mean distance in which a particle lies; its particles move together.
    radius : (S,) array
        Mean distance of the particles of a spherical shell. Shells without particles are left out.
    amplitude, amplitude_error : (S,) arrays
        Root mean square of |z_i| in the shell and its standard error, as if particles were independent.
    count : (S,) array of int
        Particles in the shell.
    core_size : float
        Radius of the ball around the core that holds half of Σ|z_i|² [length].
    uniform_size : float
        The same for a mode of equal amplitudes: half of all particles.
    participation : float
        Participation ratio e.
    half_edge : float
        Half the shortest edge of the box: shells end there [length].
    mean_distance : float
        a_0 = (V/N)^(1/d) [length].
    dimension : int
    """

    core: NDArray[np.float64]
    distance: NDArray[np.float64] = field(repr=False)
    square: NDArray[np.float64] = field(repr=False)
    cell: NDArray[np.int64] = field(repr=False)
    radius: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    amplitude_error: NDArray[np.float64]
    count: NDArray[np.int64]
    core_size: float
    uniform_size: float
    participation: float
    half_edge: float
    mean_distance: float
    dimension: int

    @property
    def extended(self) -> bool:
        """Whether the mode is spread over the box: a participation ratio of ``EXTENDED`` or more."""
        return self.participation >= EXTENDED

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """Amplitude against distance in double logarithm, with a guide of slope −(d−1); returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        seen = self.amplitude > 0
        ax.errorbar(
            self.radius[seen], self.amplitude[seen], self.amplitude_error[seen], fmt="o-", ms=3.5, lw=1, color=color,
            label=label,
        )  # fmt: skip
        if fresh:
            r = np.array([min(max(self.core_size, self.mean_distance), 0.5 * self.half_edge), self.half_edge])
            guide = self.amplitude[seen][-1] * (r / self.half_edge) ** (1 - self.dimension)
            ax.plot(r, guide, color="0.45", lw=0.9, ls="--", label=f"$r^{{-{self.dimension - 1}}}$")
            ax.set(xscale="log", yscale="log", xlabel="distance from the core $r$", ylabel="rms amplitude $|z|$")
            _plain_ticks(ax.xaxis)
        return ax


def mode_shape(configuration: Configuration, mode: ArrayLike, edges: ArrayLike | None = None) -> ModeShape:
    """Place and size of the core of a mode, and its amplitude in spherical shells around it.

    The core is found by mean shift: starting at the particle that moves most, the mean position of the particles
    within 2a_0, weighted by |z_i|⁴, becomes the new centre until it stays; a second core farther away does not pull
    on it. Nearest images are taken throughout, so nothing depends on where the box begins.

    Parameters
    ----------
    configuration : Configuration
        The inherent structure that the mode belongs to.
    mode : (N, d) array
        Displacements z_i, any normalisation.
    edges : (S+1,) array, optional
        Edges of the shells, ascending from 0 or more up to half the shortest edge of the box at most [length].
        Default: shells of about a_0/2 up to there.

    Returns
    -------
    ModeShape

    Raises
    ------
    InputError
        A mode of another shape, not finite, or zero everywhere; bad edges.

    Notes
    -----
    Not a test of localisation in the thermodynamic sense: one size says nothing about that.
    """
    box = configuration.box
    z_nc = np.asarray(mode, dtype=np.float64)
    if z_nc.shape != configuration.positions.shape:
        raise InputError(
            f"the mode has shape {z_nc.shape}; expected {configuration.positions.shape}, one per particle."
        )
    participation = float(participation_ratio(z_nc))
    square_n = np.sum((z_nc / np.abs(z_nc).max()) ** 2, axis=1)
    square_n /= square_n.sum()
    half_edge = 0.5 * float(box.lengths.min())
    mean_distance = float(configuration.density ** (-1 / configuration.dimension))
    core_c = _core(configuration, square_n, _REACH * mean_distance)
    distance_n = np.linalg.norm(box.minimum_image(configuration.positions - core_c), axis=1)
    edge_s = _shell_edges(edges, half_edge, mean_distance)
    shell_n = np.searchsorted(edge_s, distance_n, side="right") - 1
    inside = (shell_n >= 0) & (shell_n < edge_s.size - 1)
    shells = edge_s.size - 1

    def sums(weight_n: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(shell_n[inside], weights=weight_n[inside], minlength=shells).astype(np.float64)

    count_s = np.bincount(shell_n[inside], minlength=shells)
    kept = count_s > 0
    count = count_s[kept]
    mean = sums(square_n)[kept] / count
    variance = np.maximum(sums(square_n**2)[kept] / count - mean**2, 0) / np.maximum(count - 1, 1)
    amplitude = np.sqrt(mean)
    return ModeShape(
        core=core_c,
        distance=distance_n,
        square=square_n,
        cell=_cells(configuration, _CELL * mean_distance),
        radius=sums(distance_n)[kept] / count,
        amplitude=amplitude,
        # a shell with one particle has no spread: its error is as large as its amplitude
        amplitude_error=np.where(count > 1, np.sqrt(variance) / (2 * np.maximum(amplitude, 1e-300)), amplitude),
        count=count,
        core_size=_half_mass_radius(distance_n, square_n),
        uniform_size=_half_mass_radius(distance_n, np.full(square_n.size, 1 / square_n.size)),
        participation=participation,
        half_edge=half_edge,
        mean_distance=mean_distance,
        dimension=configuration.dimension,
    )


def _plain_ticks(axis: Any) -> None:
    """Label a logarithmic axis of about a decade with plain numbers."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def _core(configuration: Configuration, square_n: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Centre of the strongest core, wrapped into the box, by mean shift."""
    box = configuration.box
    weight_n = square_n**2
    core_c = configuration.positions[np.argmax(square_n)]
    for _ in range(_MOST_STEPS):
        step_nc = box.minimum_image(configuration.positions - core_c)
        near = np.sum(step_nc**2, axis=1) <= reach**2
        shift_c = weight_n[near] @ step_nc[near] / weight_n[near].sum()
        core_c = box.wrap(core_c + shift_c)
        if np.abs(shift_c).max() <= 1e-9 * reach:
            return core_c
    raise ConvergenceError(f"the core did not come to rest in {_MOST_STEPS} steps; it is near {core_c}.", core_c)


def _half_mass_radius(distance_n: NDArray[np.float64], weight_n: NDArray[np.float64]) -> float:
    """Distance within which half of the weight lies, interpolated between particles."""
    order = np.argsort(distance_n, kind="stable")
    return float(np.interp(0.5, np.cumsum(weight_n[order]), distance_n[order]))


def _cells(configuration: Configuration, edge: float) -> NDArray[np.int64]:
    """Number of the cell of each particle, in a grid of cells of about the given edge that fills the box."""
    number_c = np.maximum(1, np.rint(configuration.box.lengths / edge)).astype(np.int64)
    place_nc = np.floor((configuration.positions / configuration.box.lengths + 0.5) * number_c).astype(np.int64)
    return np.ravel_multi_index(tuple(np.minimum(place_nc, number_c - 1).T), tuple(number_c))


def _shell_edges(edges: ArrayLike | None, half_edge: float, mean_distance: float) -> NDArray[np.float64]:
    if edges is None:
        return np.linspace(0, half_edge, max(2, round(2 * half_edge / mean_distance)) + 1)
    edge_s = np.asarray(edges, dtype=np.float64)
    if edge_s.ndim != 1 or edge_s.size < 2 or not np.isfinite(edge_s).all() or (np.diff(edge_s) <= 0).any():
        raise InputError("edges are not a finite, ascending 1-D array of at least two.")
    if edge_s[0] < 0 or edge_s[-1] > half_edge * (1 + 1e-12):
        raise InputError(
            f"edges reach from {edge_s[0]:g} to {edge_s[-1]:g}; expected 0 to {half_edge:g}, half the shortest edge of "
            "the box."
        )
    return edge_s
