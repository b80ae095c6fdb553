"""Radial distribution function g(r), of all particles and between classes of size."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..particles.configuration import Configuration
from ..particles.neighbours import neighbours


@dataclass(frozen=True, eq=False)
class RadialDistribution:
    """g(r) averaged over configurations of one size and recipe.

    Attributes
    ----------
    edges, r : ndarray, shapes (B+1,) and (B,)
        Edges of the shells and their middles [length].
    g, error : ndarray, shape (B,)
        Mean over configurations and its standard error from their scatter (0 for one configuration: no scatter is
        known). Independent configurations are taken for granted.
    class_edges : ndarray, shape (K+1,)
        Edges of the classes of particle diameter [length].
    partial : ndarray, shape (K, K, B)
        g(r) between particles of two classes, symmetric.
    configurations : int
    """

    edges: NDArray[np.float64] = field(repr=False)
    r: NDArray[np.float64] = field(repr=False)
    g: NDArray[np.float64] = field(repr=False)
    error: NDArray[np.float64] = field(repr=False)
    class_edges: NDArray[np.float64]
    partial: NDArray[np.float64] = field(repr=False)
    configurations: int

    def plot(self, *, partial: bool = False, ax: Any | None = None) -> Any:
        """g(r) with its error band, or all partial ones; returns the axes."""
        from ..axes import HUES, axes_for

        axes = axes_for(ax)
        axes.axhline(1.0, color="0.7", lw=0.8)
        if partial:
            pairs = [(k, j) for k in range(len(self.partial)) for j in range(k, len(self.partial))]
            for (k, j), hue in zip(pairs, np.resize(HUES, len(pairs)), strict=True):
                axes.plot(self.r, self.partial[k, j], color=str(hue), lw=1.1, label=f"{k + 1}–{j + 1}")
            axes.legend(fontsize=8, frameon=False, title="size classes", title_fontsize=8)
        else:
            axes.fill_between(self.r, self.g - self.error, self.g + self.error, color=HUES[0], alpha=0.3, lw=0)
            axes.plot(self.r, self.g, color=HUES[0], lw=1.2)
        axes.set(xlabel="distance $r$ [length]", ylabel="$g(r)$", xlim=(0, self.edges[-1]))
        return axes


def radial_distribution(
    configurations: Configuration | Iterable[Configuration],
    *,
    bins: int = 200,
    largest: float | None = None,
    classes: int = 1,
) -> RadialDistribution:
    """g(r) = V/(N(N−1)/2) × pairs in a shell / volume of the shell.

    With N(N−1)/2 pairs in place of N²/2 an ideal gas of any N has g = 1.

    Parameters
    ----------
    configurations : Configuration or iterable of them
        Of one number of particles, one box and one dimension (2, 3 or 4).
    bins : int
        Shells of equal width from 0 to ``largest``.
    largest : float, optional
        Largest distance, at most half the shortest edge (the default) [length].
    classes : int
        Classes of particle diameter with equal numbers of particles, for ``partial``; a mixture of fewer sizes has
        one class for each.

    Raises
    ------
    InputError
        No configuration, or configurations that differ in number or box, or arguments out of range.
    """
    listed = [configurations] if isinstance(configurations, Configuration) else list(configurations)
    first = checked_alike(listed)
    half = 0.5 * float(first.box.lengths.min())
    largest = half if largest is None else float(largest)
    if not (0 < largest <= half * (1 + 1e-12)):
        raise InputError(f"largest is {largest}; expected a distance up to half the shortest edge, {half:.6g}.")
    if bins < 1 or classes < 1 or first.number_of_particles < 2:
        raise InputError(
            f"found bins = {bins}, classes = {classes}, {first.number_of_particles} particles; expected at least one "
            "shell, one class and two particles."
        )
    edges = np.linspace(0.0, largest, bins + 1)
    class_edges = _class_edges(first.diameters, classes)
    d = first.dimension
    shell = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * np.diff(edges**d) / first.box.volume
    counts, population = zip(*(_count(c, edges, class_edges) for c in listed), strict=True)
    count_gkkb = np.array(counts, dtype=np.float64)
    n = first.number_of_particles
    g_gb = count_gkkb.sum(axis=(1, 2)) / (0.5 * n * (n - 1)) / shell
    member_gk = np.array(population, dtype=np.float64)
    ordered = member_gk[:, :, None] * (member_gk[:, None, :] - np.eye(len(class_edges) - 1))  # ordered pairs
    both = count_gkkb.sum(axis=0) + count_gkkb.sum(axis=0).transpose(1, 0, 2)
    error = g_gb.std(axis=0, ddof=1) / math.sqrt(len(listed)) if len(listed) > 1 else np.zeros(bins)
    return RadialDistribution(
        edges=edges, r=0.5 * (edges[1:] + edges[:-1]), g=g_gb.mean(axis=0), error=error, class_edges=class_edges,
        partial=both / np.maximum(ordered.sum(axis=0), 1.0)[:, :, None] / shell, configurations=len(listed),
    )  # fmt: skip


def checked_alike(listed: list[Configuration]) -> Configuration:
    """Return the first configuration of a list that has one and whose members agree in number and box."""
    if not listed:
        raise InputError("no configuration was given; expected at least one.")
    first = listed[0]
    for index, other in enumerate(listed):
        if other.number_of_particles != first.number_of_particles or other.box != first.box:
            raise InputError(
                f"configuration {index} has {other.number_of_particles} particles in {other.box.lengths.tolist()}, the "
                f"first {first.number_of_particles} in {first.box.lengths.tolist()}; do not mix sizes."
            )
    return first


def _class_edges(diameters: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Edges of classes with equal numbers; the outer ones are open."""
    inner = np.unique(np.quantile(diameters, np.arange(1, classes) / classes))
    inner = inner[inner > diameters.min()]
    return np.concatenate([[diameters.min()], inner, [diameters.max()]])


def _count(
    configuration: Configuration, edges: NDArray[np.float64], class_edges: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs by classes (of i and of j, i < j) and shell; members of each class."""
    near = neighbours(configuration.positions, configuration.box.kernel_cell, float(edges[-1]))
    i = np.repeat(np.arange(configuration.number_of_particles), np.diff(near.start))
    vector_pc = configuration.box.minimum_image(configuration.positions[near.member] - configuration.positions[i])
    distance_p = np.sqrt(np.einsum("pc,pc->p", vector_pc, vector_pc))
    bins, classes = edges.size - 1, class_edges.size - 1
    shell_p = np.searchsorted(edges, distance_p, side="right") - 1
    class_n = np.searchsorted(class_edges[1:-1], configuration.diameters, side="right")
    inside = shell_p < bins
    place_p = (class_n[i] * classes + class_n[near.member]) * bins + shell_p
    count = np.bincount(place_p[inside], minlength=classes * classes * bins)
    return count.reshape(classes, classes, bins), np.bincount(class_n, minlength=classes)
