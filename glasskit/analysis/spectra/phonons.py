"""Where an isotropic elastic medium in a periodic box has its phonons, and Debye's level of the density of states."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...axes import HUES, axes_for
from ...errors import GlasskitWarning, InputError
from ..per_glass import FloatArray, IntArray

_SAME = 1e-9  # relative distance below which two wave numbers are one: their rounding is some 1e-16
_MOST_WAVES = 20_000_000


class PhononWarning(GlasskitWarning):
    """A window of frequencies reaches into the phonon bands of its box."""


@dataclass(frozen=True)
class DebyeLevel:
    """Debye's density of states, D(omega) = level·omega^(d−1), normalised to 1 over the dN modes.

    The waves k of a box of volume V fill k-space with density V/(2π)^d. Each has d−1 transverse modes and a
    longitudinal one, so with v_d = π^(d/2)/Γ(d/2+1) the number of modes below omega is

        V v_d omega^d/(2π)^d · [(d−1)/c_T^d + 1/c_L^d] = dN (omega/omega_D)^d,

    which defines omega_D; the derivative by omega, over dN, is D(omega) = d omega^(d−1)/omega_D^d. In three
    dimensions omega_D³ = 18π²ρ/(2/c_T³ + 1/c_L³). A density normalised to the dN−d modes that are no translations
    is larger by N/(N−1).

    Attributes
    ----------
    frequency : float
        omega_D.
    level : float
        A_D = d/omega_D^d.
    dimension : int
    """

    frequency: float
    level: float
    dimension: int

    def density(self, omega: ArrayLike) -> FloatArray:
        """D(omega) of the continuum; not of a small box, whose phonons come in bands."""
        return np.asarray(self.level * np.asarray(omega, dtype=np.float64) ** (self.dimension - 1))


@dataclass(frozen=True)
class PhononBands:
    """Plane waves of a periodic rectangular box, gathered by frequency.

    Attributes
    ----------
    omega : (B,) array
        Frequencies c·|k|, ascending; those of the undisturbed medium, without the width that disorder gives them.
    degeneracy : (B,) array
        Modes of each: wave vectors of that length, times d−1 for transverse ones.
    transverse : (B,) array of bool
        True for transverse bands, False for longitudinal ones.
    wave_number : (B,) array
        |k| = 2π √Σ(n_c/L_c)².
    highest : float
        All bands up to this frequency are listed.
    dimension : int
    """

    omega: FloatArray
    degeneracy: IntArray
    transverse: NDArray[np.bool_]
    wave_number: FloatArray
    highest: float
    dimension: int

    @property
    def lowest(self) -> float:
        """Frequency of the first band."""
        return float(self.omega[0])

    def inside(self, omega: ArrayLike, *, half_width: float) -> NDArray[np.bool_]:
        """Which frequencies lie within (1 ± half_width) times that of a band.

        Parameters
        ----------
        omega : array
            Frequencies, none above ``highest``.
        half_width : float
            Relative half-width of a band, between 0 and 1.

        Raises
        ------
        InputError
            A half-width outside (0, 1), or a frequency above ``highest``.
        """
        if not 0 < half_width < 1:
            raise InputError(f"half_width is {half_width}; expected a fraction of the frequency, between 0 and 1.")
        frequency = np.asarray(omega, dtype=np.float64)
        if frequency.size and not frequency.max() <= self.highest:
            raise InputError(
                f"a frequency of {frequency.max():g} lies above {self.highest:g}, up to which bands are listed; "
                "ask phonon_bands for a larger highest."
            )
        # the band below a frequency, or the one above it, may hold it
        after = np.searchsorted(self.omega, frequency)
        below = self.omega[np.maximum(after - 1, 0)]
        above = self.omega[np.minimum(after, self.omega.size - 1)]
        return np.minimum(np.abs(frequency / below - 1), np.abs(frequency / above - 1)) <= half_width

    def modes_below(self, omega: ArrayLike) -> IntArray:
        """Number of phonons of the undisturbed medium at or below each frequency."""
        counted = np.concatenate([[0], np.cumsum(self.degeneracy)])
        return counted[np.searchsorted(self.omega, np.asarray(omega, dtype=np.float64), side="right")]

    def plot(self, ax: Any | None = None) -> Any:
        """Mark the bands as vertical lines with their degeneracies; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        for transverse, hue, name in ((True, HUES[5], "transverse"), (False, HUES[4], "longitudinal")):
            chosen = np.flatnonzero(self.transverse == transverse)
            for place, b in enumerate(chosen):
                label = f"{name} phonons" if place == 0 else None
                ax.axvline(self.omega[b], color=hue, lw=1.2, ls="-" if transverse else "--", zorder=0, label=label)
                ax.annotate(
                    f"{self.degeneracy[b]}", (self.omega[b], 1), xycoords=("data", "axes fraction"), fontsize=7,
                    xytext=(0, 2), textcoords="offset points", ha="center", color=hue, annotation_clip=True,
                )  # fmt: skip
        if fresh:
            ax.set(xlabel=r"frequency $\omega$", yticks=[], xlim=(0, 1.05 * self.highest))
            ax.legend(frameon=False)
        return ax


def debye_level(
    *, transverse_speed: float, longitudinal_speed: float, density: float, dimension: int = 3
) -> DebyeLevel:
    """Debye's frequency and level of the density of states; `DebyeLevel` has the derivation.

    Parameters
    ----------
    transverse_speed, longitudinal_speed : float
        c_T = √(G/ρ) and c_L = √((K + 2(d−1)G/d)/ρ) at unit mass, from the measured moduli
        (``ElasticModuli.transverse_speed``, ``longitudinal_speed``) [length/time].
    density : float
        Particles per volume, ρ.
    dimension : int
        2, 3 or 4.

    Raises
    ------
    InputError
        A speed or density that is not positive, or another dimension.
    """
    d = dimension
    if d not in (2, 3, 4):
        raise InputError(f"dimension is {d}; expected 2, 3 or 4.")
    _require_positive(transverse_speed=transverse_speed, longitudinal_speed=longitudinal_speed, density=density)
    ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1)
    slowness = (d - 1) / transverse_speed**d + 1 / longitudinal_speed**d
    to_the_d = (2 * math.pi) ** d * d * density / (ball * slowness)
    return DebyeLevel(to_the_d ** (1 / d), d / to_the_d, d)


def phonon_bands(
    lengths: ArrayLike, *, transverse_speed: float, longitudinal_speed: float, highest: float
) -> PhononBands:
    """Plane waves of a periodic rectangular box: omega = c·2π √Σ(n_c/L_c)², n_c integer, not all zero.

    A cube has bands of 12, 24, 16, ... transverse modes in three dimensions and of 4, 4, 4, 8, ... in two; a wave
    vector and its opposite are two modes, a sine and a cosine.

    Parameters
    ----------
    lengths : (d,) array
        Edges of the box, d = 2, 3 or 4 [length].
    transverse_speed, longitudinal_speed : float
        c_T and c_L.
    highest : float
        Frequency up to which bands are listed.

    Raises
    ------
    InputError
        A box, speed or frequency that is not positive and finite, no band below ``highest``, or more than 20 million
        waves.
    """
    length_c = np.asarray(lengths, dtype=np.float64)
    if length_c.shape not in ((2,), (3,), (4,)) or not (np.isfinite(length_c).all() and (length_c > 0).all()):
        raise InputError(f"lengths are {length_c.tolist()}; expected 2, 3 or 4 positive edges of a box.")
    _require_positive(transverse_speed=transverse_speed, longitudinal_speed=longitudinal_speed, highest=highest)
    d = length_c.size
    parts = []
    for speed, modes_of_wave in ((transverse_speed, d - 1), (longitudinal_speed, 1)):
        wave_number, waves = _shells(length_c, highest / speed)
        parts.append((speed * wave_number, waves * modes_of_wave, wave_number))
    omega, degeneracy, wave_number = (np.concatenate(column) for column in zip(*parts, strict=True))
    if omega.size == 0:
        first = 2 * math.pi * min(transverse_speed, longitudinal_speed) / length_c.max()
        raise InputError(f"highest is {highest:g}, below the first band at {first:g}: there are no phonons to list.")
    transverse = np.arange(omega.size) < parts[0][0].size
    order = np.argsort(omega, kind="stable")
    return PhononBands(omega[order], degeneracy[order], transverse[order], wave_number[order], float(highest), d)


def warn_above_first_band(upper: float, bands: PhononBands | float, *, half_width: float = 0.0) -> bool:
    """Warn where a window that should hold no phonons reaches the first band.

    Parameters
    ----------
    upper : float
        Upper end of the window.
    bands : PhononBands or float
        The bands, or the frequency of the first one.
    half_width : float
        Relative half-width of the band: a margin below it.

    Returns
    -------
    bool
        Whether the window reaches the band (and `PhononWarning` was given).
    """
    first = bands.lowest if isinstance(bands, PhononBands) else float(bands)
    _require_positive(upper=upper, first_band=first)
    reaches = upper > first * (1 - half_width)
    if reaches:
        margin = f" less {half_width:.0%} for its width" if half_width else ""
        warnings.warn(
            f"the window reaches {upper:g}, above the first phonon band at {first:g}{margin}: it mixes phonons with "
            "other modes; lower the window or make smaller glasses.",
            PhononWarning,
            stacklevel=2,
        )
    return reaches


def _shells(length_c: FloatArray, largest: float) -> tuple[FloatArray, IntArray]:
    """Return the lengths of all wave vectors up to ``largest``, ascending, and how many vectors share each."""
    most_c = np.floor(largest * length_c / (2 * math.pi) * (1 + _SAME)).astype(np.int64)
    if np.prod(2.0 * most_c + 1) > _MOST_WAVES:
        raise InputError(f"more than {_MOST_WAVES} wave vectors below k = {largest:g}; lower highest.")
    square = np.zeros(1)
    for most, length in zip(most_c, length_c, strict=True):
        square = (square[:, None] + (np.arange(-most, most + 1) / length) ** 2).ravel()
    number = np.sort(2 * math.pi * np.sqrt(square))[1:]
    number = number[number <= largest * (1 + _SAME)]
    if number.size == 0:
        return number, np.zeros(0, dtype=np.int64)
    first = np.concatenate([[True], np.diff(number) > _SAME * number[1:]])
    return number[first], np.diff(np.concatenate([np.flatnonzero(first), [number.size]]))


def _require_positive(**numbers: float) -> None:
    for name, value in numbers.items():
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"{name} is {value}; expected a positive number.")
