"""Elasticity by dense algebra: lattice sums in any periodic cell, pseudo-inverses, strained states quenched again."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..particles.configuration import Configuration
from ..particles.potentials import PairPotential


def images_within(
    cell: NDArray[np.float64],
    position_nc: NDArray[np.float64],
    diameter_n: NDArray[np.float64],
    potential: PairPotential,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """All pairs within their cutoff in any periodic cell, as a sum over lattice vectors; no minimum image.

    Parameters
    ----------
    cell : ndarray, shape (d, d)
        Cell vectors as columns: x = cell · (fractional coordinates) [length].
    position_nc : ndarray, shape (N, d)
    diameter_n : ndarray, shape (N,)
    potential : PairPotential

    Returns
    -------
    i, j, vectors, diameters
        Each pair of images once, also those of a particle with itself; x_j − x_i of shape (P, d); pair diameters.
    """
    n, d = position_nc.shape
    reach = potential.largest_cutoff(diameter_n)
    inverse = np.linalg.inv(cell)
    fraction_nc = position_nc @ inverse.T
    fraction_nc -= np.rint(fraction_nc)
    # Fractions differ by up to one, and a ball of this radius extends over |row of the inverse| times it.
    most_c = np.floor(1 + reach * np.linalg.norm(inverse, axis=1)).astype(int)
    shift_kc = np.stack(np.meshgrid(*[np.arange(-m, m + 1) for m in most_c], indexing="ij"), -1).reshape(-1, d)
    found: list[list[Any]] = [[], [], [], []]
    for shift_c in shift_kc:
        first = next((int(s) for s in shift_c if s), 0)
        i, j = np.triu_indices(n, k=1) if first == 0 else np.indices((n, n)).reshape(2, -1)
        if first < 0:
            continue  # the opposite shift holds the same pairs
        x_pc = (fraction_nc[j] - fraction_nc[i] + shift_c) @ cell.T
        a_p = potential.pair_diameter(diameter_n[i], diameter_n[j])
        near = np.einsum("pc,pc->p", x_pc, x_pc) < potential.cutoff_of(a_p) ** 2
        for column, values in zip(found, (i, j, x_pc, a_p), strict=True):
            column.append(values[near])
    return tuple(np.concatenate(column) for column in found)  # type: ignore[return-value]


class _Cell:
    """Derivatives of the energy of particles in any cell, dense, from `images_within`."""

    def __init__(
        self, cell: NDArray[np.float64], position_nc: NDArray[np.float64], diameter_n: NDArray[np.float64],
        potential: PairPotential,
    ):  # fmt: skip
        self.n, self.d = position_nc.shape
        self.volume = abs(float(np.linalg.det(cell)))
        self.i, self.j, self.x_pc, a_p = images_within(cell, position_nc, diameter_n, potential)
        r_p = np.linalg.norm(self.x_pc, axis=1)
        _, slope, curvature = potential.pair_derivatives(r_p, a_p, order=2)
        self.phi1, self.phi2 = slope / r_p, curvature / r_p**2 - slope / r_p**3

    def onto_particles(self, value_pk: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of pairs added on j and taken off i, shape (N, ...)."""
        out = np.zeros((self.n, *value_pk.shape[1:]))
        np.add.at(out, self.j, value_pk)
        np.subtract.at(out, self.i, value_pk)
        return out

    def gradient(self) -> NDArray[np.float64]:
        return self.onto_particles(self.phi1[:, None] * self.x_pc)

    def stress(self) -> NDArray[np.float64]:
        return np.einsum("p,pa,pb->ab", self.phi1, self.x_pc, self.x_pc) / self.volume

    def hessian(self) -> NDArray[np.float64]:
        block_pcc = np.einsum("p,pa,pb->pab", self.phi2, self.x_pc, self.x_pc)
        block_pcc += self.phi1[:, None, None] * np.eye(self.d)
        out = np.zeros((self.n, self.n, self.d, self.d))
        for rows, columns, sign in (
            (self.i, self.i, 1),
            (self.j, self.j, 1),
            (self.i, self.j, -1),
            (self.j, self.i, -1),
        ):
            np.add.at(out, (rows, columns), sign * block_pcc)
        return out.transpose(0, 2, 1, 3).reshape(self.n * self.d, self.n * self.d)


def _inverse_on_modes(matrix: NDArray[np.float64], zero_modes: int) -> NDArray[np.float64]:
    """Pseudo-inverse of a symmetric matrix that leaves out its given number of zero modes."""
    values, vectors = scipy.linalg.eigh(matrix)
    keep = np.argsort(np.abs(values))[zero_modes:]
    return (vectors[:, keep] / values[keep]) @ vectors[:, keep].T


def elastic_stiffness(configuration: Configuration, potential: PairPotential) -> NDArray[np.float64]:
    """Twin of the stiffness of `glasskit.elastic_moduli`: dense pseudo-inverse, lattice sums.

    Differentiates the Cauchy stress σ_ab = (1/V) Σ phi1 x_a x_b along a strain ε without rotation, step by step:
    x changes by ε·x, V by tr ε, and particles by −M⁻¹ times the change of the gradient.

    Returns
    -------
    ndarray, shape (d, d, d, d)
        dσ_ab/dε_cd, symmetrised over (c, d): ε has ½ at (c, d) and at (d, c).
    """
    d = configuration.dimension
    system = _Cell(_cell_of(configuration), configuration.positions, configuration.diameters, potential)
    rattlers = system.n - len(np.union1d(system.i, system.j))
    inverse = _inverse_on_modes(system.hessian(), d * (1 + rattlers))
    out = np.empty((d, d, d, d))
    for c in range(d):
        for e in range(d):
            strain = np.zeros((d, d))
            strain[c, e] += 0.5
            strain[e, c] += 0.5
            change_pc = system.x_pc @ strain

            def gradient_change(change_pc: NDArray[np.float64]) -> NDArray[np.float64]:
                stretch = system.phi2 * np.einsum("pc,pc->p", system.x_pc, change_pc)
                return stretch[:, None] * system.x_pc + system.phi1[:, None] * change_pc

            moved_nc = -(inverse @ system.onto_particles(gradient_change(change_pc)).ravel()).reshape(-1, d)
            change_pc = change_pc + moved_nc[system.j] - moved_nc[system.i]
            tension_pc = gradient_change(change_pc)
            change = np.einsum("pa,pb->ab", tension_pc, system.x_pc)
            change += np.einsum("p,pa,pb->ab", system.phi1, system.x_pc, change_pc)
            out[:, :, c, e] = change / system.volume - np.trace(strain) * system.stress()
    return out


def strained_stress(
    configuration: Configuration, potential: PairPotential, deformation: ArrayLike, tolerance: float = 1e-12
) -> NDArray[np.float64]:
    """Cauchy stress after an affine deformation x → F·x of box and particles, relaxed again by dense Newton steps.

    Parameters
    ----------
    configuration : Configuration
        A minimum, small enough for dense matrices.
    potential : PairPotential
    deformation : array_like, shape (d, d)
        F; any matrix near one, as the sums run over lattice vectors.
    tolerance : float
        Largest force component over the rms of phi' of the pairs.

    Returns
    -------
    ndarray, shape (d, d)

    Raises
    ------
    InputError
        If Newton's method does not reach the tolerance: the deformation is too large.
    """
    matrix = np.asarray(deformation, dtype=float)
    cell, position_nc = matrix @ _cell_of(configuration), configuration.positions @ matrix.T
    for _ in range(20):
        system = _Cell(cell, position_nc, configuration.diameters, potential)
        gradient = system.gradient()
        bond_force = np.sqrt(np.mean(system.phi1**2 * np.einsum("pc,pc->p", system.x_pc, system.x_pc)))
        if np.abs(gradient).max() <= tolerance * bond_force:
            return system.stress()
        rattlers = system.n - len(np.union1d(system.i, system.j))
        inverse = _inverse_on_modes(system.hessian(), system.d * (1 + rattlers))
        position_nc = position_nc - (inverse @ gradient.ravel()).reshape(position_nc.shape)
    raise InputError("reference: Newton's method does not converge after this deformation; take a smaller one.")


def strained_stiffness(configuration: Configuration, potential: PairPotential, h: float) -> NDArray[np.float64]:
    """Central differences of the stress of re-quenched strained states, shape (d, d, d, d).

    [σ(1 + hε) − σ(1 − hε)]/2h with ε ½ at (c, d) and at (d, c): dσ_ab/dε_cd up to an error proportional to h².
    """
    d = configuration.dimension
    out = np.empty((d, d, d, d))
    for c in range(d):
        for e in range(c, d):
            strain = np.zeros((d, d))
            strain[c, e] += 0.5
            strain[e, c] += 0.5
            ahead, behind = (strained_stress(configuration, potential, np.eye(d) + s * strain) for s in (h, -h))
            out[:, :, c, e] = out[:, :, e, c] = (ahead - behind) / (2 * h)
    return out


def _cell_of(configuration: Configuration) -> NDArray[np.float64]:
    return configuration.box.cell
