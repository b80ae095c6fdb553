"""Periodic boxes and configurations of particles: frozen, float64, checked at the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

DIMENSIONS = (2, 3, 4)


def _frozen(array: ArrayLike) -> NDArray[np.float64]:
    copy = np.array(array, dtype=np.float64, order="C")
    copy.flags.writeable = False
    return copy


@dataclass(frozen=True, eq=False)
class Box:
    """Periodic rectangular box centred on the origin.

    Parameters
    ----------
    lengths : array_like, shape (d,)
        Edge lengths, d = 2, 3 or 4 [length].

    Raises
    ------
    InputError
        If an edge is not positive and finite, or d is not 2, 3 or 4.
    """

    lengths: NDArray[np.float64]

    def __init__(self, lengths: ArrayLike):
        length_c = _frozen(np.atleast_1d(np.asarray(lengths, dtype=np.float64)))
        if length_c.ndim != 1 or length_c.size not in DIMENSIONS:
            raise InputError(f"box: expected 2, 3 or 4 edge lengths, found an array of shape {length_c.shape}.")
        if not (np.isfinite(length_c).all() and (length_c > 0).all()):
            raise InputError(f"box: edge lengths must be positive and finite, found {length_c.tolist()}.")
        object.__setattr__(self, "lengths", length_c)

    @classmethod
    def cube(cls, volume: float, dimension: int) -> Box:
        """Box of equal edges with the given volume."""
        return cls(np.full(dimension, volume ** (1.0 / dimension)))

    @property
    def dimension(self) -> int:
        """Number of space dimensions d."""
        return int(self.lengths.size)

    @property
    def volume(self) -> float:
        """Volume (area in d = 2) [length^d]."""
        return float(np.prod(self.lengths))

    def wrap(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Images of the positions in [-L/2, L/2) along every axis; wrapping twice changes nothing.

        Parameters
        ----------
        positions : array_like, shape (..., d)

        Returns
        -------
        ndarray, shape (..., d)
        """
        half = 0.5 * self.lengths
        # Every step is exact in floating point, however far away the image: the remainder by definition, one shift
        # by L because the operands differ by less than a factor of two.
        position = np.fmod(np.asarray(positions, dtype=np.float64), self.lengths)
        position = np.where(position >= half, position - self.lengths, position)
        return np.where(position < -half, position + self.lengths, position)

    def minimum_image(self, vectors: ArrayLike) -> NDArray[np.float64]:
        """Shortest periodic images of difference vectors, shape (..., d)."""
        vector = np.asarray(vectors, dtype=np.float64)
        return vector - self.lengths * np.rint(vector / self.lengths)

    def __reduce__(self) -> tuple[Any, ...]:
        return Box, (self.lengths,)  # an unpickled array would be writeable

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Box) and np.array_equal(self.lengths, other.lengths)

    def __hash__(self) -> int:
        return hash(self.lengths.tobytes())


@dataclass(frozen=True, eq=False)
class Configuration:
    """Positions and diameters of N particles in a periodic box.

    Parameters
    ----------
    positions : array_like, shape (N, d)
        Wrapped into [-L/2, L/2) on construction [length].
    diameters : array_like, shape (N,)
        Positive [length]. Diameters, never radii.
    box : Box or array_like, shape (d,)
        The periodic box or its edge lengths [length].

    Raises
    ------
    InputError
        On a wrong shape, a coordinate that is not finite, or a diameter that is not positive.
    """

    positions: NDArray[np.float64] = field(repr=False)
    diameters: NDArray[np.float64] = field(repr=False)
    box: Box

    def __init__(self, positions: ArrayLike, diameters: ArrayLike, box: Box | ArrayLike):
        box = box if isinstance(box, Box) else Box(box)
        position_nc = np.asarray(positions, dtype=np.float64)
        diameter_n = _frozen(diameters)
        if position_nc.ndim != 2 or position_nc.shape[1] != box.dimension or len(position_nc) < 1:
            raise InputError(
                f"positions: expected shape (N, {box.dimension}) for a box in {box.dimension} dimensions, "
                f"found {position_nc.shape}."
            )
        if diameter_n.shape != position_nc.shape[:1]:
            raise InputError(f"diameters: expected shape ({len(position_nc)},), found {diameter_n.shape}.")
        if not np.isfinite(position_nc).all():
            raise InputError("positions: every coordinate must be finite, found NaN or infinity.")
        if not (np.isfinite(diameter_n).all() and (diameter_n > 0).all()):
            raise InputError(f"diameters: must be positive and finite, found a smallest of {diameter_n.min()}.")
        object.__setattr__(self, "positions", _frozen(box.wrap(position_nc)))
        object.__setattr__(self, "diameters", diameter_n)
        object.__setattr__(self, "box", box)

    @property
    def number_of_particles(self) -> int:
        """Number of particles N."""
        return len(self.diameters)

    @property
    def dimension(self) -> int:
        """Number of space dimensions d."""
        return self.box.dimension

    @property
    def density(self) -> float:
        """Number density N/V [1/length^d]."""
        return self.number_of_particles / self.box.volume

    def __reduce__(self) -> tuple[Any, ...]:
        return Configuration, (self.positions, self.diameters, self.box)

    def replace(self, *, positions: ArrayLike | None = None, diameters: ArrayLike | None = None) -> Configuration:
        """The same box with other positions or diameters."""
        return Configuration(
            self.positions if positions is None else positions,
            self.diameters if diameters is None else diameters,
            self.box,
        )


class SizeDistribution(Protocol):
    """Anything that draws the diameters of n particles."""

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Diameters of n particles, shape (n,)."""


def random_configuration(
    n: int,
    *,
    density: float,
    diameters: SizeDistribution | ArrayLike,
    dimension: int = 3,
    rng: np.random.Generator,
) -> Configuration:
    """Particles at independent uniform positions: a liquid at infinite temperature.

    Parameters
    ----------
    n : int
        Number of particles.
    density : float
        Number density [1/length^d].
    diameters : SizeDistribution or array_like, shape (n,)
        A distribution with ``sample(n, rng)``, or the diameters themselves.
    dimension : int
        2, 3 or 4.
    rng : numpy.random.Generator
        Source of the sizes (drawn first) and positions.

    Raises
    ------
    InputError
        If ``n``, ``density`` or ``dimension`` is out of range.
    """
    if n < 1:
        raise InputError(f"n: expected at least one particle, found {n}.")
    if not (np.isfinite(density) and density > 0):
        raise InputError(f"density: must be positive and finite, found {density}.")
    if dimension not in DIMENSIONS:
        raise InputError(f"dimension: expected one of {DIMENSIONS}, found {dimension}.")
    diameter_n = diameters.sample(n, rng) if hasattr(diameters, "sample") else np.asarray(diameters, dtype=np.float64)
    box = Box.cube(n / density, dimension)
    return Configuration((rng.random((n, dimension)) - 0.5) * box.lengths, diameter_n, box)
