"""Structure factors on the wave vectors of the box: of density, S(k), and of composition, S_size(k)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..particles.configuration import Box, Configuration
from .radial import checked_alike
from .structure import fractions, size_classes

_MOST_VECTORS = 200_000


@dataclass(frozen=True, eq=False)
class StructureFactor:
    """A structure factor of one or more configurations, in shells of equal |k|.

    Attributes
    ----------
    k : ndarray, shape (K,)
        Mean |k| of the wave vectors in each shell [1/length].
    value_gk : ndarray, shape (G, K)
        Mean over the wave vectors of a shell, for each configuration.
    vectors : ndarray, shape (K,)
        Wave vectors in each shell, k and −k counted once.
    """

    k: NDArray[np.float64]
    value_gk: NDArray[np.float64] = field(repr=False)
    vectors: NDArray[np.int64] = field(repr=False)

    @property
    def value(self) -> NDArray[np.float64]:
        """Mean over configurations, shape (K,)."""
        return np.asarray(self.value_gk.mean(axis=0))

    @property
    def error(self) -> NDArray[np.float64]:
        """Its standard error from the scatter between configurations, shape (K,); InputError for a single one."""
        if len(self.value_gk) < 2:
            raise InputError("an error needs at least two configurations, found one; a single S(k) scatters by itself.")
        return np.asarray(self.value_gk.std(axis=0, ddof=1) / math.sqrt(len(self.value_gk)))

    def plot(self, *, ax: Any | None = None) -> Any:
        """Value against k, with error bars where there are several configurations; returns the axes."""
        from ..axes import HUES, axes_for

        axes = axes_for(ax)
        error = self.error if len(self.value_gk) > 1 else None
        axes.errorbar(self.k, self.value, error, fmt="o-", ms=3, lw=0.9, color=HUES[0])
        axes.set(xlabel="wave number $k$ [1/length]", ylabel="$S(k)$", xlim=(0, None), ylim=(0, None))
        axes.set_title(f"{len(self.value_gk)} configurations", fontsize=10)
        return axes


def structure_factor(
    configurations: Configuration | Iterable[Configuration], *, largest: float, bins: int | None = None
) -> StructureFactor:
    """S(k) = |Σ exp(i k·r)|²/N on all wave vectors k = 2π n/L (tilted boxes: 2π n·cell⁻¹) with 0 < |k| <= ``largest``.

    Parameters
    ----------
    configurations : Configuration or iterable of them
        Of one number of particles and one box, d = 2, 3 or 4.
    largest : float
        [1/length].
    bins : int, optional
        Shells of equal width; by default every different |k| is a shell.

    Raises
    ------
    InputError
        No configuration or unlike ones, ``largest`` below the first wave vector, or more than 200,000 of them.
    """
    return _factor(configurations, largest, bins, lambda configuration: np.ones(configuration.number_of_particles))


def size_structure_factor(
    configurations: Configuration | Iterable[Configuration], *, largest: float, bins: int | None = None
) -> StructureFactor:
    """S_size(k) = |Σ c_i exp(i k·r_i)|²/Σ c_i² with c = +1, 0, −1 for the largest, middle, smallest third.

    1 on average where sizes sit at random places; its limit k → 0 grows without bound towards demixing (see
    `glasskit.analysis.liquids.composition_limit`). The mean over the d shortest vectors along the axes is
    `structure.size_fluctuation`.

    Parameters, Raises
        As `structure_factor`; InputError too if all diameters are equal.
    """

    def weights(configuration: Configuration) -> NDArray[np.float64]:
        class_n = size_classes(configuration.diameters)
        if not class_n.any():
            raise InputError("size_structure_factor: all diameters are equal, expected at least two different ones.")
        return class_n

    return _factor(configurations, largest, bins, weights)


def wave_vectors(box: Box, largest: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Wave vectors 2π n/L (tilted: 2π n·cell⁻¹) with 0 < |k| <= largest, one of k and −k.

    Returns
    -------
    n : ndarray, shape (V, d)
        Integers.
    k : ndarray, shape (V,)
        |k| [1/length].
    """
    if not (math.isfinite(largest) and largest > 0):
        raise InputError(f"largest is {largest}; expected a positive wave number.")
    # n_c = k·a_c/2π with the cell vector a_c, so |n_c| <= |k| |a_c|/2π
    most_c = np.floor(largest * (1 + 1e-12) * np.linalg.norm(box.cell, axis=0) / (2 * math.pi)).astype(np.int64)
    if np.prod(2.0 * most_c + 1) > 4 * _MOST_VECTORS:
        raise InputError(f"wave numbers up to {largest:.4g} are more than {_MOST_VECTORS} vectors; lower `largest`.")
    grids = np.meshgrid(*[np.arange(-most, most + 1) for most in most_c], indexing="ij")
    n_vc = np.stack(grids, axis=-1).reshape(-1, box.dimension)
    k_v = np.linalg.norm(2 * math.pi * n_vc @ np.linalg.inv(box.cell), axis=1)
    leading = n_vc[np.arange(len(n_vc)), np.argmax(n_vc != 0, axis=1)]
    chosen = (leading > 0) & (k_v <= largest * (1 + 1e-12))
    return n_vc[chosen], k_v[chosen]


def _factor(
    configurations: Configuration | Iterable[Configuration], largest: float, bins: int | None, weights: Any
) -> StructureFactor:
    listed = [configurations] if isinstance(configurations, Configuration) else list(configurations)
    box = checked_alike(listed).box
    n_vc, k_v = wave_vectors(box, largest)
    if len(n_vc) == 0:
        raise InputError(
            f"largest is {largest:.6g}, below the first wave number of a box with edges {box.lengths.tolist()}."
        )
    shell_v = _shells(k_v, largest, bins)
    vectors = np.bincount(shell_v)
    value_gk = np.array(
        [np.bincount(shell_v, _intensity(c, weights(c), n_vc)) / np.maximum(vectors, 1) for c in listed]
    )
    filled = vectors > 0
    k = np.bincount(shell_v, k_v)[filled] / vectors[filled]
    return StructureFactor(k, value_gk[:, filled], vectors[filled])


def _shells(k_v: NDArray[np.float64], largest: float, bins: int | None) -> NDArray[np.int64]:
    if bins is None:
        return np.unique(np.round(k_v / k_v.min(), 9), return_inverse=True)[1]
    if bins < 1:
        raise InputError(f"bins is {bins}; expected at least one shell.")
    return np.minimum((k_v / largest * bins).astype(np.int64), bins - 1)


def _intensity(
    configuration: Configuration, weight_n: NDArray[np.float64], n_vc: NDArray[np.int64]
) -> NDArray[np.float64]:
    """|Σ w exp(i k·r)|²/Σ w² for each wave vector n with n_0 >= 0, from powers of exp(2πi x/L) along each axis.

    For each n_0 the sums over particles for all other components are one product of matrices.
    """
    phase_nc = 2j * math.pi * fractions(configuration)
    most_c = np.abs(n_vc).max(axis=0)
    power_c = [np.exp(phase_nc[:, c, None] * np.arange(-most, most + 1)) for c, most in enumerate(most_c)]
    found_v = np.empty(len(n_vc))
    for first in np.unique(n_vc[:, 0]):
        front_nk = (weight_n * power_c[0][:, first + most_c[0]])[:, None]
        for power_nk in power_c[1:-1]:
            front_nk = (front_nk[:, :, None] * power_nk[:, None, :]).reshape(len(weight_n), -1)
        intensity = np.abs(front_nk.T @ power_c[-1]) ** 2
        chosen = n_vc[:, 0] == first
        shape = tuple(2 * most_c[1:] + 1)
        found_v[chosen] = intensity.reshape(shape)[tuple((n_vc[chosen, 1:] + most_c[1:]).T)]
    return found_v / float(weight_n @ weight_n)
