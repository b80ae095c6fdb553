"""Algebra of fourth-rank elastic tensors: Voigt order, stress–strain coefficients, orientation averages.

Plain arrays of shape (d, d, d, d), d = 2, 3 or 4; what they are made of is in `elasticity`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float64]


def voigt_axes(dimension: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Axes (a, b) of every Voigt index: xx, yy, ..., then the pairs a < b, last pair first.

    d = 2: xx, yy, xy. d = 3: xx, yy, zz, yz, xz, xy, the usual order. d = 4: xx, yy, zz, ww, zw, yw, yz, xw, xz, xy.
    """
    a, b = np.triu_indices(dimension, k=1)
    diagonal = np.arange(dimension)
    return np.concatenate((diagonal, a[::-1])), np.concatenate((diagonal, b[::-1]))


def to_voigt(tensor: Tensor) -> Tensor:
    """Matrix C_IJ = C_abcd of a tensor symmetric in (a, b) and in (c, d), without factors of two."""
    a, b = voigt_axes(tensor.shape[0])
    return tensor[a[:, None], b[:, None], a, b]


def from_voigt(matrix: Tensor, dimension: int) -> Tensor:
    """The tensor (d, d, d, d) of a Voigt matrix."""
    a, b = voigt_axes(dimension)
    index = np.empty((dimension, dimension), np.intp)
    index[a, b] = index[b, a] = np.arange(len(a))
    return matrix[index[:, :, None, None], index]


def stress_strain(lagrangian: Tensor, stress: Tensor) -> Tensor:
    """Stress–strain (Birch–Wallace) coefficients from Lagrangian ones and the stress, tension positive.

    B_abcd = C_abcd + ½(σ_ac δ_bd + σ_ad δ_bc + σ_bc δ_ad + σ_bd δ_ac) − σ_ab δ_cd: the Cauchy stress changes by
    B_abcd ε_cd under a small strain ε without rotation (D. C. Wallace, Phys. Rev. 162, 776 (1967); T. H. K. Barron,
    M. L. Klein, Proc. Phys. Soc. 85, 523 (1965)). B_abcd and B_cdab differ where the stress is not isotropic.
    """
    one = np.eye(stress.shape[0])
    mixed = np.einsum("ac,bd->abcd", stress, one)
    mixed = mixed + mixed.swapaxes(0, 1)
    mixed = mixed + mixed.swapaxes(2, 3)
    return lagrangian + 0.5 * mixed - np.einsum("ab,cd->abcd", stress, one)


def isotropic_average(tensor: Tensor) -> tuple[float, float]:
    """Bulk and shear modulus (K, G) of the average of a stiffness tensor over all orientations.

    An isotropic tensor λ δ_ab δ_cd + μ(δ_ac δ_bd + δ_ad δ_bc) has the invariants A = C_aabb = d²λ + 2dμ and
    B = C_abab = dλ + (d² + d)μ, which rotations do not change: K = A/d², G = (B − A/d)/((d − 1)(d + 2)).
    """
    d = tensor.shape[0]
    dilation, total = float(np.einsum("aabb", tensor)), float(np.einsum("abab", tensor))
    return dilation / d**2, (total - dilation / d) / ((d - 1) * (d + 2))


def simple_shear(lagrangian: Tensor, stress: Tensor) -> Tensor:
    """Moduli (1/V) d²U/dγ² of the simple shears 1 + γ e_a e_b, shape (d, d): C_abab + σ_bb; zero for a = b.

    Row: the axis of the displacements; column: that of their gradient.
    """
    moduli = np.einsum("abab->ab", lagrangian) + np.diag(stress)
    np.fill_diagonal(moduli, 0.0)
    return moduli


def pure_shear(lagrangian: Tensor, stress: Tensor) -> Tensor:
    """Moduli (1/V) d²U/dγ² of the pure shears e^{γ/2} along a, e^{−γ/2} along b, shape (d, d), symmetric.

    ¼(C_aaaa + C_bbbb − 2 C_aabb) + ½(σ_aa + σ_bb); zero for a = b.
    """
    along, cross, tension = np.einsum("aaaa->a", lagrangian), np.einsum("aabb->ab", lagrangian), np.diag(stress)
    moduli = 0.25 * (along[:, None] + along) - 0.5 * cross + 0.5 * (tension[:, None] + tension)
    np.fill_diagonal(moduli, 0.0)
    return moduli
