"""Derivatives of the energy beyond the force: the sparse Hessian and contractions to fourth order."""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .configuration import Configuration
from .kernels.contractions import hessian_rows, make_contract
from .potentials import PairPotential
from .system import Pairs, interacting_pairs


def hessian(configuration: Configuration, potential: PairPotential) -> scipy.sparse.csr_matrix:
    """Hessian M = ∂²U/∂x_i∂x_j, analytic and sparse.

    With x = x_j − x_i the off-diagonal block of a pair is −[phi2 x xᵀ + phi1 1], phi1 = phi'/r,
    phi2 = phi''/r² − phi'/r³; a diagonal block is minus the sum of its row, so rigid translations are zero modes.

    Parameters
    ----------
    configuration : Configuration
    potential : PairPotential

    Returns
    -------
    scipy.sparse.csr_matrix, shape (dN, dN)
        Particle-major (x_1, y_1, z_1, x_2, ...), columns sorted [energy/length²]. A particle without interactions
        has an explicit block of zeros.

    Raises
    ------
    InputError
        If a cutoff reaches half the shortest box edge.
    """
    pairs = interacting_pairs(configuration, potential)
    n, d = configuration.positions.shape
    indptr, indices, data = hessian_rows(pairs.i, pairs.j, pairs.vectors, pairs.radial, n)
    matrix = scipy.sparse.csr_matrix((data, indices, indptr), shape=(n * d, n * d))
    matrix.has_sorted_indices = True
    return matrix


def contraction(pairs: Pairs, mode: ArrayLike, order: int) -> NDArray[np.float64]:
    """Derivative tensor of the energy contracted with a mode on all indices but one.

    order 2: M·z; order 3: U3:zz; order 4: U4:zzz, where with x = x_j − x_i, z = z_j − z_i the pair adds to particle j
    phi2 (x·z) x + phi1 z;  phi3 (x·z)² x + phi2 [(z·z) x + 2 (x·z) z];
    phi4 (x·z)³ x + 3 phi3 [(x·z)² z + (x·z)(z·z) x] + 3 phi2 (z·z) z, and the opposite to particle i.

    Parameters
    ----------
    pairs : Pairs
        From `system.interacting_pairs`.
    mode : array_like, shape (N, d)
    order : int
        2, 3 or 4.

    Returns
    -------
    ndarray, shape (N, d)

    Raises
    ------
    InputError
        If the order is not 2, 3 or 4, or the mode has another dimension or fewer particles than the pairs.
    """
    z_nc = np.ascontiguousarray(mode, dtype=np.float64)
    if order not in (2, 3, 4):
        raise InputError(f"order: expected 2, 3 or 4, found {order!r}.")
    if z_nc.ndim != 2 or z_nc.shape[1] != pairs.vectors.shape[1]:
        raise InputError(f"mode: expected shape (N, {pairs.vectors.shape[1]}), found {z_nc.shape}.")
    if pairs.j.size and pairs.j.max() >= len(z_nc):
        raise InputError(f"mode: expected one row per particle, found {len(z_nc)} for more than {pairs.j.max()}.")
    out_nc = np.zeros_like(z_nc)
    vector_cp = np.ascontiguousarray(pairs.vectors.T)
    make_contract(z_nc.shape[1])(pairs.i, pairs.j, vector_cp, pairs.radial, z_nc, order, out_nc)
    return out_nc
