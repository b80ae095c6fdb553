"""A Hessian made ready: checked and symmetrised, rattlers taken out, translations known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..errors import IncompleteSpectrumError, InputError
from .completeness import Problem, Window
from .inertia import Matrix, eigenvalue_resolution


@dataclass(frozen=True)
class System:
    """The part of a Hessian that is not rattlers, and what is needed to put the rattlers back."""

    problem: Problem
    active: np.ndarray  # (n,) coordinates that are not those of rattlers
    size: int
    dimension: int
    rattlers: int

    def complaints(self, window: Window) -> list[str]:
        """What is wrong with the eigenvalues found: negative ones, or another number of zero modes than expected."""
        values, resolution, complaints = window.eigenvalues, self.problem.resolution, []
        negative = int(np.count_nonzero(values < -resolution))
        if negative:
            complaints.append(f"{negative} negative eigenvalues, the lowest {values[0]:.3e}")
        moving = self.problem.null.shape[1] + int(np.count_nonzero(np.abs(values) <= resolution))
        if moving != self.dimension:
            complaints.append(
                f"{moving + self.dimension * self.rattlers} zero modes (|omega²| <= {resolution:.1e}) found, expected "
                f"{self.dimension * (1 + self.rattlers)}, {self.dimension} of translations and "
                f"{self.dimension} of each of {self.rattlers} rattlers"
            )
        return complaints

    def restored(self, window: Window, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (k,) and modes (k, N, d) of the first `count` found, rattlers put back, signs fixed."""
        vectors = np.zeros((count, self.size))
        vectors[:, self.active] = window.vectors[:, :count].T
        if count:
            largest = np.argmax(np.abs(vectors), axis=1)
            vectors[vectors[np.arange(count), largest] < 0] *= -1
        components = max(self.dimension, 1)
        modes = vectors.reshape(count, self.size // components, components)
        return window.eigenvalues[:count].copy(), modes


def check(hessian: Any) -> tuple[Matrix, float, float]:
    """The matrix in CSR or as an array, symmetrised; its 1-norm; and the resolution of its eigenvalues."""
    matrix = hessian.tocsr() if sp.issparse(hessian) else np.asarray(hessian)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise InputError(f"a Hessian is a square matrix, found shape {matrix.shape}")
    if matrix.dtype.kind not in "fiu":
        raise InputError(f"a Hessian is real, found dtype {matrix.dtype}")
    matrix = matrix.astype(np.float64)  # a copy
    if not isinstance(matrix, np.ndarray):
        matrix.sum_duplicates()
    if not np.all(np.isfinite(matrix.data if sp.issparse(matrix) else matrix)):
        raise InputError("the Hessian holds numbers that are not finite")
    difference = float(abs(matrix - matrix.T).sum(axis=0).max())
    if difference > 0:
        matrix = (matrix + matrix.T) / 2
    norm = float(abs(matrix).sum(axis=0).max())
    resolution = eigenvalue_resolution(matrix.shape[0], norm)
    if difference > resolution:
        raise InputError(
            f"the Hessian is not symmetric: its difference from its transpose has 1-norm {difference:.1e}, rounding "
            f"explains at most {resolution:.1e}"
        )
    return matrix, norm, resolution


def prepare(hessian: Any, dimension: int) -> System:
    """Check a Hessian, take the rattlers out and find the translations."""
    if isinstance(dimension, bool) or not isinstance(dimension, int | np.integer) or dimension < 0:
        raise InputError(f"dimension is an integer >= 0, found {dimension!r}")
    matrix, norm, resolution = check(hessian)
    size, components = matrix.shape[0], max(int(dimension), 1)
    if size % components:
        raise InputError(
            f"a Hessian in {dimension} dimensions has a multiple of {dimension} rows, found {size}; pass the dimension "
            "of the glass, dimension=2 in two."
        )
    weight = np.asarray(abs(matrix).sum(axis=1)).reshape(-1, components)
    occupied = np.any(weight != 0, axis=1) | (dimension == 0)
    rattlers = int(np.count_nonzero(~occupied))
    if rattlers == len(occupied):
        raise IncompleteSpectrumError("every particle is a rattler: the Hessian is zero and has no modes")
    active = np.flatnonzero(np.repeat(occupied, components))
    if rattlers:
        matrix = matrix[active][:, active]
    null = np.zeros((len(active), dimension))
    for axis in range(dimension):
        null[axis::dimension, axis] = (len(active) / dimension) ** -0.5
    if np.any(np.linalg.norm(matrix @ null, axis=0) > resolution):
        null = null[:, :0]  # not translation invariant: the number of zero modes will tell
    return System(Problem(matrix, null, norm, resolution), active, size, int(dimension), rattlers)
