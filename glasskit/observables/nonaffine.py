"""Displacements that restore force balance under strain: one factorisation of the Hessian, all strains in one solve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import IncompleteSpectrumError, NumericalError
from .dissection import dissect
from .inertia import Factor, Matrix, dense_is_cheaper, factorise
from .system import System, prepare

# Of the resolution of eigenvalues: the shift of the factorisation, and the largest backward error accepted at it.
_SHIFT, _BACKWARD_ERROR = 8.0, 4.0
_MOST_REFINEMENTS = 6
_LARGEST_RESIDUAL = 1e-9  # relative; refinement ends at 1e-15 unless the softest mode is near the resolution


def apply_inverse(hessian: Matrix, block: NDArray[np.float64], dimension: int) -> NDArray[np.float64]:
    """M⁻¹ applied to the columns of a block, on the space without translations and rattlers.

    One particle is held in place, which leaves a matrix without its d rows; the mean displacement is taken out
    afterwards. That matrix is positive definite exactly where M has its d translations (and d zeros per rattler) for
    zero modes and no negative eigenvalue, by the interlacing of their eigenvalues: the inertia of its factors at a
    shift of eight times the resolution of eigenvalues proves it. The shift is removed by iterative refinement.

    Parameters
    ----------
    hessian : (dN, dN) sparse matrix or array
        Particle-major.
    block : ndarray, shape (dN, k)
        Columns that add up to zero along each axis and vanish on rattlers, as forces do.
    dimension : int
        d.

    Returns
    -------
    ndarray, shape (dN, k)
        Zero on rattlers; the others' displacements add up to zero.

    Raises
    ------
    IncompleteSpectrumError
        If M has negative eigenvalues or zero modes beyond translations and rattlers.
    NumericalError
        If no factorisation is accurate, or refinement does not remove the shift.
    """
    system = prepare(hessian, dimension)
    matrix = system.problem.matrix[dimension:, dimension:]
    right = block[system.active][dimension:]
    factor = positive_factor(system, matrix)
    solution = factor.solve(right)
    size, before = np.linalg.norm(right, axis=0), np.inf
    for _ in range(_MOST_REFINEMENTS):
        residual = right - matrix @ solution
        worst = float(np.max(np.linalg.norm(residual, axis=0) / np.where(size > 0, size, 1.0)))
        if not worst < 0.5 * before:
            break
        before = worst
        solution = solution + factor.solve(residual)
    if worst > _LARGEST_RESIDUAL:
        raise NumericalError(
            f"non-affine displacements: a relative residual of {worst:.1e} is left, expected {_LARGEST_RESIDUAL:.0e}: "
            "a mode is softer than its rounding errors; look at lowest_modes."
        )
    moving = np.vstack((np.zeros((dimension, block.shape[1])), solution))
    for axis in range(dimension):
        moving[axis::dimension] -= moving[axis::dimension].mean(axis=0)
    out = np.zeros(block.shape)
    out[system.active] = moving
    return out


def positive_factor(system: System, matrix: Matrix) -> Factor:
    """Factors of the matrix just above zero, once their inertia has shown that it is positive definite."""
    resolution = system.problem.resolution
    order = None if dense_is_cheaper(matrix) else dissect(matrix)

    def at(shift: float) -> Factor:
        return factorise(matrix, shift, step=abs(shift) / 4, tolerance=_BACKWARD_ERROR * resolution, dissection=order)

    factor = at(_SHIFT * resolution)
    if factor.number_below:
        negative = at(-_SHIFT * resolution).number_below
        raise IncompleteSpectrumError(
            f"not a rigid minimum: besides {system.dimension} translations and {system.rattlers} rattlers the Hessian "
            f"has {negative} negative eigenvalues and {factor.number_below - negative} zero modes "
            f"(|omega²| <= {_SHIFT * resolution:.1e}); quench further, or leave this configuration out."
        )
    return factor
