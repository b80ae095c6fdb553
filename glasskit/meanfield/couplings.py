"""Random couplings of all pairs, packed: float32 numbers, sums in float64.

A coupling is *defined* as a float32 number, so that nothing is lost when it becomes float64: the dense matrix, the
product with one vector and that with a block differ by rounding of float64 sums only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..particles.kernels.jit import kernel
from .products import multiply

Array = NDArray[Any]

TILE = 512
"""Edge of the square pieces in which blocks are multiplied: 2 MB of float64, within a processor's cache."""


@kernel
def _unpack(packed: Array, first: int, second: int, tile: Array) -> None:
    """Fill the piece of J that begins at row `first` and column `second`, both within the lower triangle's blocks."""
    rows, columns = tile.shape
    for i in range(rows):
        start = (first + i) * (first + i - 1) // 2 + second
        last = min(columns, first + i - second)
        for j in range(last):
            tile[i, j] = np.float64(packed[start + j])
        if first == second:
            tile[i, i] = 0.0
            for j in range(last):
                tile[j, i] = tile[i, j]


@dataclass(frozen=True, eq=False)
class Couplings:
    """Symmetric matrix J with zero diagonal, of which the triangle below the diagonal is kept.

    Parameters
    ----------
    packed : (N (N − 1) / 2,) float32 array
        J_10, J_20, J_21, J_30, ...: row by row.
    size : int
        N.
    """

    packed: Array
    size: int

    @property
    def shape(self) -> tuple[int, int]:
        """That of the matrix."""
        return self.size, self.size

    def __matmul__(self, x: Array) -> Array:
        """J x in float64, for a vector (N,) or a block (N, b)."""
        x = np.asarray(x, dtype=np.float64)
        if x.ndim not in (1, 2) or len(x) != self.size:
            raise InputError(f"couplings of {self.size} oscillators multiply arrays of that length, found {x.shape}.")
        if x.ndim == 1:
            product = np.empty(self.size)
            multiply(self.packed, np.ascontiguousarray(x), product)
            return product
        product = np.zeros(x.shape)

        def add(rows: slice, columns: slice, tile: Array) -> None:
            product[rows] += tile @ x[columns]
            if rows != columns:
                product[columns] += tile.T @ x[rows]

        self._tiles(add)
        return product

    def dense(self, *, diagonal: Array | float = 0.0) -> Array:
        """J + diag(`diagonal`) as a float64 (N, N) array in Fortran order, both halves."""
        matrix = np.empty(self.shape, order="F")

        def put(rows: slice, columns: slice, tile: Array) -> None:
            matrix[rows, columns] = tile
            matrix[columns, rows] = tile.T

        self._tiles(put)
        np.fill_diagonal(matrix, diagonal)
        return matrix

    def _tiles(self, act: Callable[[slice, slice, Array], None]) -> None:
        tile = np.empty((TILE, TILE))
        for first in range(0, self.size, TILE):
            rows = slice(first, min(first + TILE, self.size))
            for second in range(0, first + 1, TILE):
                columns = slice(second, min(second + TILE, self.size))
                piece = tile[: rows.stop - first, : columns.stop - second]
                _unpack(self.packed, first, second, piece)
                act(rows, columns, piece)


def random_couplings(size: int, strength: float, rng: np.random.Generator) -> Couplings:
    """Gaussian couplings of variance `strength`² / `size`, from N (N − 1) / 2 standard normal float32 numbers.

    Two strengths with the same random numbers differ by a factor (rounded to float32).
    """
    packed = np.empty(size * (size - 1) // 2, dtype=np.float32)
    rng.standard_normal(dtype=np.float32, out=packed)
    packed *= np.float32(strength / np.sqrt(size))
    packed.setflags(write=False)
    return Couplings(packed, size)
