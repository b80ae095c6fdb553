"""Periodic boxes and configurations of particles: frozen, float64, checked at the door."""

from __future__ import annotations

import math
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
    """Periodic box centred on the origin: rectangular, or tilted.

    The cell vectors are the columns of an upper triangular matrix, as in LAMMPS and HOOMD: in d = 3 a = (Lx, 0, 0),
    b = (xy, Ly, 0), c = (xz, yz, Lz). Whatever the tilts, the rectangle of the edge lengths Lx, Ly, Lz holds every
    point of space once, and positions are wrapped into it.

    Parameters
    ----------
    lengths : array_like, shape (d,)
        Diagonal of the cell, the edge lengths of a rectangular box, d = 2, 3 or 4 [length].
    tilts : array_like, shape (d(d − 1)/2,), optional
        Entries above the diagonal, row by row: xy; xy, xz, yz; xy, xz, xw, yz, yw, zw [length]. Without: zeros. Kept
        reduced to within half an edge, −L_a/2 <= tilt_ab <= L_a/2: whole edges change the columns, not the lattice.

    Raises
    ------
    InputError
        If an edge is not positive and finite, a tilt is not finite, or their numbers do not fit d = 2, 3 or 4.
    """

    lengths: NDArray[np.float64]
    tilts: NDArray[np.float64]

    def __init__(self, lengths: ArrayLike, tilts: ArrayLike | None = None):
        length_c = _frozen(np.atleast_1d(np.asarray(lengths, dtype=np.float64)))
        if length_c.ndim != 1 or length_c.size not in DIMENSIONS:
            raise InputError(f"box: expected 2, 3 or 4 edge lengths, found an array of shape {length_c.shape}.")
        if not (np.isfinite(length_c).all() and (length_c > 0).all()):
            raise InputError(f"box: edge lengths must be positive and finite, found {length_c.tolist()}.")
        object.__setattr__(self, "lengths", length_c)
        object.__setattr__(self, "tilts", _reduced_tilts(length_c, tilts))

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

    @property
    def rectangular(self) -> bool:
        """Whether all tilts are zero."""
        return not self.tilts.any()

    @property
    def cell(self) -> NDArray[np.float64]:
        """Cell vectors as the columns of an upper triangular matrix, shape (d, d) [length]; read-only."""
        return _frozen(_cell(self.lengths, self.tilts))

    @property
    def kernel_cell(self) -> NDArray[np.float64]:
        """What pair kernels take, and are compiled for: edge lengths (d,) if rectangular, else the cell (d, d)."""
        return self.lengths if self.rectangular else self.cell

    def deformed(self, deformation: ArrayLike) -> Box:
        """The box whose cell vectors are F times those of this one.

        Parameters
        ----------
        deformation : array_like, shape (d, d)
            F, upper triangular with a positive diagonal: any strain, with the rotation that keeps the cell upright.

        Raises
        ------
        InputError
            If F has another form.
        """
        matrix = checked_deformation(deformation, self.dimension)
        cell = matrix @ self.cell
        return Box(np.diag(cell), cell[np.triu_indices(self.dimension, k=1)])

    def wrap(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Images of the positions in [-L/2, L/2) along every axis; wrapping twice changes nothing.

        So too in a tilted box: whole cell vectors come off from the last to the first, each setting one component.

        Parameters
        ----------
        positions : array_like, shape (..., d)

        Returns
        -------
        ndarray, shape (..., d)
        """
        if not self.rectangular:
            return self._wrap_tilted(np.array(positions, dtype=np.float64))
        return _wrapped(np.asarray(positions, dtype=np.float64), self.lengths)

    def minimum_image(self, vectors: ArrayLike) -> NDArray[np.float64]:
        """Shortest periodic images of difference vectors, shape (..., d).

        In a tilted box: the images with components in [-L/2, L/2], which are the shortest wherever these are shorter
        than half the shortest edge. No lattice vector is shorter than that edge, so there is one such image at most.
        """
        vector = np.asarray(vectors, dtype=np.float64)
        if self.rectangular:
            return vector - self.lengths * np.rint(vector / self.lengths)
        cell = self.cell
        for c in range(self.dimension - 1, -1, -1):
            vector = vector - np.rint(vector[..., c, None] / self.lengths[c]) * cell[:, c]
        return vector

    def _wrap_tilted(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        cell = self.cell
        for c in range(self.dimension - 1, -1, -1):
            inside = _wrapped(position[..., c], self.lengths[c])
            whole = np.rint((position[..., c] - inside) / self.lengths[c])
            position[..., :c] -= whole[..., None] * cell[:c, c]
            position[..., c] = inside
        return position

    def __reduce__(self) -> tuple[Any, ...]:
        return Box, (self.lengths, self.tilts)  # an unpickled array would be writeable

    def __repr__(self) -> str:
        tilts = "" if self.rectangular else f", tilts={self.tilts!r}"
        return f"Box(lengths={self.lengths!r}{tilts})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Box):
            return False
        return np.array_equal(self.lengths, other.lengths) and np.array_equal(self.tilts, other.tilts)

    def __hash__(self) -> int:
        return hash((self.lengths.tobytes(), (self.tilts + 0.0).tobytes()))


def _wrapped(position: NDArray[np.float64], length: Any) -> NDArray[np.float64]:
    """Remainders in [-L/2, L/2)."""
    # Every step is exact in floating point, however far away the image: the remainder by definition, one shift
    # by L because the operands differ by less than a factor of two.
    half = 0.5 * length
    position = np.fmod(position, length)
    position = np.where(position >= half, position - length, position)
    return np.where(position < -half, position + length, position)


def _cell(length_c: NDArray[np.float64], tilt_k: NDArray[np.float64]) -> NDArray[np.float64]:
    cell = np.diag(length_c)
    cell[np.triu_indices(len(length_c), k=1)] = tilt_k
    return cell


def _reduced_tilts(length_c: NDArray[np.float64], tilts: ArrayLike | None) -> NDArray[np.float64]:
    """Tilts of the same lattice within half an edge; reducing twice changes nothing."""
    d = length_c.size
    tilt_k = np.zeros(d * (d - 1) // 2) if tilts is None else np.asarray(tilts, dtype=np.float64)
    if tilt_k.shape != (d * (d - 1) // 2,):
        raise InputError(f"box: expected {d * (d - 1) // 2} tilts in {d} dimensions, found shape {tilt_k.shape}.")
    if not np.isfinite(tilt_k).all():
        raise InputError(f"box: tilts must be finite, found {tilt_k.tolist()}.")
    cell = _cell(length_c, tilt_k)
    for b in range(d):
        for a in range(b - 1, -1, -1):
            reduced = math.remainder(cell[a, b], length_c[a])  # exact
            cell[:a, b] -= np.rint((cell[a, b] - reduced) / length_c[a]) * cell[:a, a]
            cell[a, b] = reduced
    return _frozen(cell[np.triu_indices(d, k=1)])


def checked_deformation(deformation: ArrayLike, dimension: int) -> NDArray[np.float64]:
    """An upper triangular matrix with a positive diagonal, or InputError."""
    matrix = np.asarray(deformation, dtype=np.float64)
    if matrix.shape != (dimension, dimension) or not np.isfinite(matrix).all():
        raise InputError(f"deformation: expected a finite matrix ({dimension}, {dimension}), found {matrix.shape}.")
    if np.tril(matrix, k=-1).any() or not (np.diag(matrix) > 0).all():
        raise InputError(
            "deformation: expected an upper triangular matrix with a positive diagonal; take the factor R of its QR "
            "decomposition, which differs by a rotation."
        )
    return matrix


@dataclass(frozen=True, eq=False)
class Configuration:
    """Positions and diameters of N particles in a periodic box.

    Parameters
    ----------
    positions : array_like, shape (N, d)
        Wrapped into [-L/2, L/2) along every axis on construction [length].
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

    def deformed(self, deformation: ArrayLike) -> Configuration:
        """Box and positions after the affine deformation x → F·x; diameters stay. See `Box.deformed`."""
        matrix = checked_deformation(deformation, self.dimension)
        return Configuration(self.positions @ matrix.T, self.diameters, self.box.deformed(matrix))


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
