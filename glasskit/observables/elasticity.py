"""Athermal linear elasticity of a glass: full stiffness with its affine and non-affine parts, moduli, wave speeds."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import ConvergenceError, IncompleteSpectrumError, InputError, NumericalError
from ..particles.configuration import Box, Configuration
from ..particles.hessian import hessian
from ..particles.potentials import PairPotential
from ..particles.system import Pairs, interacting_pairs
from . import elastic_tensor
from .nonaffine import apply_inverse

FORCE_TOLERANCE = 1e-8  # relative force above which a configuration is no minimum


@dataclass(frozen=True, eq=False)
class ElasticModuli:
    """Linear elasticity of one glass at zero temperature and fixed box. Arrays are read-only.

    Matrices (n, n), n = d(d + 1)/2, are in Voigt order without factors of two, C_IJ = C_abcd: xx, yy, xy in d = 2;
    xx, yy, zz, yz, xz, xy in d = 3; xx, yy, zz, ww, zw, yw, yz, xw, xz, xy in d = 4. Moduli and stresses are in
    energy/length^d.

    Attributes
    ----------
    born : ndarray, shape (n, n)
        Affine part of the Lagrangian stiffness, (1/V) Σ phi2 x_a x_b x_c x_d over pairs, phi2 = phi''/r² − phi'/r³.
    nonaffine : ndarray, shape (n, n)
        What the particles' displacements take off it, (1/V) Ξ_ab·M⁻¹·Ξ_cd; positive semi-definite.
    stress : ndarray, shape (d, d)
        Cauchy stress (1/V) Σ phi' x_a x_b/r; tension is positive.
    velocities : ndarray, shape (n, N, d)
        Non-affine displacements per Lagrangian strain η_ab of the Voigt index, −M⁻¹ Ξ_ab; no mean, zero on rattlers.
        An off-diagonal index stands for the derivative with respect to η_ab alone: under η_ab = η_ba = γ/2, the
        simple shear by γ, particles move by γ times it [length].
    number_of_particles : int
        N, rattlers included; each has mass 1.
    box : Box
    relative_force : float
        Largest component of a net force over the rms pair force |phi'|.
    force_tolerance : float
        The largest one accepted.
    rattlers : int
        Particles without any pair within its cutoff.
    kinks : str
        What the potential says of jumps in its derivatives; empty if there are none up to the third. Where phi''
        jumps at the cutoff, moduli hold for strains that take no pair across it, and change by jumps beyond.
    """

    born: NDArray[np.float64] = field(repr=False)
    nonaffine: NDArray[np.float64] = field(repr=False)
    stress: NDArray[np.float64] = field(repr=False)
    velocities: NDArray[np.float64] = field(repr=False)
    number_of_particles: int
    box: Box
    relative_force: float
    force_tolerance: float
    rattlers: int
    kinks: str

    @property
    def dimension(self) -> int:
        """Number of space dimensions d."""
        return self.box.dimension

    @property
    def density(self) -> float:
        """Number density N/V; with masses 1 also the mass density."""
        return self.number_of_particles / self.box.volume

    @property
    def lagrangian(self) -> NDArray[np.float64]:
        """Lagrangian stiffness (1/V) d²U/dη_ab dη_cd = born − nonaffine in Voigt order, shape (n, n), symmetric."""
        return self.born - self.nonaffine

    @property
    def tensor(self) -> NDArray[np.float64]:
        """Stress–strain (Birch–Wallace) stiffness dσ_ab/dε_cd, shape (d, d, d, d)."""
        return elastic_tensor.stress_strain(self._lagrangian_tensor(), self.stress)

    @property
    def stiffness(self) -> NDArray[np.float64]:
        """Stress–strain (Birch–Wallace) stiffness in Voigt order, shape (n, n): dσ_I = Σ_J stiffness_IJ e_J.

        e_J is a strain without rotation in engineering notation (e_xy = 2 ε_xy). The matrix is symmetric only where
        the stress is isotropic: B_abcd − B_cdab = σ_cd δ_ab − σ_ab δ_cd.
        """
        return elastic_tensor.to_voigt(self.tensor)

    @property
    def bulk(self) -> float:
        """Bulk modulus K = −V dp/dV."""
        return elastic_tensor.isotropic_average(self.tensor)[0]

    @property
    def shear(self) -> float:
        """Shear modulus G of the stress–strain stiffness averaged over all orientations."""
        return elastic_tensor.isotropic_average(self.tensor)[1]

    @property
    def born_shear(self) -> float:
        """G without the non-affine part."""
        return self.shear + self.nonaffine_shear

    @property
    def nonaffine_shear(self) -> float:
        """What non-affine displacements take off G."""
        return elastic_tensor.isotropic_average(elastic_tensor.from_voigt(self.nonaffine, self.dimension))[1]

    @property
    def simple_shear(self) -> NDArray[np.float64]:
        """Moduli (1/V) d²U/dγ² of simple shears, shape (d, d): row displacement, column gradient; zero diagonal."""
        return elastic_tensor.simple_shear(self._lagrangian_tensor(), self.stress)

    @property
    def pure_shear(self) -> NDArray[np.float64]:
        """Moduli (1/V) d²U/dγ² of pure shears e^{γ/2} along a, e^{−γ/2} along b, shape (d, d); zero diagonal."""
        return elastic_tensor.pure_shear(self._lagrangian_tensor(), self.stress)

    @property
    def pressure(self) -> float:
        """Pressure p = −tr σ/d."""
        return -float(np.trace(self.stress)) / self.dimension

    @property
    def transverse_speed(self) -> float:
        """Speed c_T = √(G/ρ) of transverse sound."""
        return _speed(self.shear, self.density, "shear modulus")

    @property
    def longitudinal_speed(self) -> float:
        """Speed c_L = √((K + 2(d − 1)G/d)/ρ) of longitudinal sound."""
        d = self.dimension
        return _speed(self.bulk + 2 * (d - 1) / d * self.shear, self.density, "longitudinal modulus")

    @property
    def omega_0(self) -> float:
        """Microscopic frequency c_T/a0, a0 = (V/N)^(1/d), with this glass's own G; see `microscopic_frequency`."""
        return microscopic_frequency(self.shear, density=self.density, dimension=self.dimension)

    @property
    def omega_ph(self) -> float:
        """Frequency of the lowest transverse phonon: c_T times the shortest wave vector, 2π/L, L the longest edge."""
        return self.transverse_speed * float(self._wave_numbers()[0])

    @property
    def phonon_degeneracy(self) -> int:
        """Number of transverse phonons at omega_ph: d − 1 per shortest wave vector; 4, 12, 24 in cubes, d = 2, 3, 4."""
        wave_number_k = self._wave_numbers()
        return (self.dimension - 1) * int(np.count_nonzero(wave_number_k < (1 + 1e-9) * wave_number_k[0]))

    def _wave_numbers(self) -> NDArray[np.float64]:
        """Lengths of wave vectors of the box, ascending; the shortest are among them."""
        d = self.dimension
        whole_kc = np.array(list(itertools.product(range(-2, 3), repeat=d)))
        wave_kc = 2 * math.pi * whole_kc[whole_kc.any(axis=1)] @ np.linalg.inv(self.box.cell)
        return np.sort(np.linalg.norm(wave_kc, axis=1))

    def _lagrangian_tensor(self) -> NDArray[np.float64]:
        return elastic_tensor.from_voigt(self.lagrangian, self.dimension)


def microscopic_frequency(shear: float, *, density: float, dimension: int) -> float:
    """Unit of frequency omega_0 = c_T/a0, c_T = √(G/ρ), a0 = ρ^(−1/d), unit mass.

    The papers take the G of the model at T_p = ∞ for every parent temperature; Kapteijns, Richard, Lerner, PRE 101,
    032130 (2020), Sec. II.

    Parameters
    ----------
    shear : float
        Shear modulus G [energy/length^d].
    density : float
        Number density [1/length^d].
    dimension : int

    Raises
    ------
    InputError
        If the density is not positive.
    NumericalError
        If G is negative: such a solid has no transverse sound.
    """
    if not density > 0:
        raise InputError(f"density: must be positive, found {density}.")
    return _speed(shear, density, "shear modulus") * density ** (1.0 / dimension)


def _speed(modulus: float, density: float, name: str) -> float:
    if not modulus >= 0.0:
        raise NumericalError(
            f"the {name} {modulus:.6g} is negative: the glass is unstable against a change of its box and has no "
            "such sound; relax its shape, or leave it out.",
            partial=modulus,
        )
    return math.sqrt(modulus / density)


def elastic_moduli(
    configuration: Configuration, potential: PairPotential, *, force_tolerance: float = FORCE_TOLERANCE
) -> ElasticModuli:
    """Elastic moduli of an inherent structure at zero temperature.

    With x = x_j − x_i and phi2 = phi''/r² − phi'/r³, sums over pairs:
    C_abcd = (1/V)[Σ phi2 x_a x_b x_c x_d − Ξ_ab·M⁻¹·Ξ_cd], Ξ_ab on particle j = Σ phi2 x_a x_b x, opposite on i.
    Terms of Ξ with phi' are net forces, zero in a minimum. C is the second derivative of the energy with respect to
    Lagrangian strain; the moduli are those of the stress–strain coefficients made of it (`elastic_tensor`), for an
    isotropic body G = C44 − p and, in d = 3, K = (C11 + 2 C12)/3 + p/3.

    Parameters
    ----------
    configuration : Configuration
        A quenched glass or crystal.
    potential : PairPotential
    force_tolerance : float
        Largest accepted max |F_ic| / rms phi'; errors of the moduli are of the order of the relative force.

    Returns
    -------
    ElasticModuli

    Raises
    ------
    InputError
        If no pair interacts, a cutoff reaches half the shortest box edge, or the tolerance is not positive.
    ConvergenceError
        If the relative force is above the tolerance.
    IncompleteSpectrumError
        If the Hessian has a negative eigenvalue, or zero modes besides translations and rattlers.
    NumericalError
        If the linear equations could not be solved accurately.

        ``partial`` of these three is the affine part: an ElasticModuli whose non-affine part is zero, bounds from above
        on the diagonal of the stiffness.

    Notes
    -----
    J. F. Lutsko, J. Appl. Phys. 65, 2991 (1989); A. Lemaître, C. Maloney, J. Stat. Phys. 123, 415 (2006); G and K as
    in Kapteijns, Richard, Lerner, PRE 101, 032130 (2020).
    """
    if not force_tolerance > 0.0:
        raise InputError(f"force_tolerance: must be positive, found {force_tolerance!r}.")
    pairs = interacting_pairs(configuration, potential)
    if not len(pairs.i):
        raise InputError("elastic_moduli: no pair is within its cutoff; a gas has no elasticity.")
    affine, coupling_vnc = _affine(pairs, configuration, potential, float(force_tolerance))
    if not affine.relative_force <= force_tolerance:
        raise ConvergenceError(
            f"elastic_moduli: relative force {affine.relative_force:.3g}, expected at most {force_tolerance:.3g}: "
            "not a minimum; quench it first, or loosen force_tolerance.",
            partial=affine,
        )
    n, d = configuration.positions.shape
    coupling = coupling_vnc.reshape(len(coupling_vnc), n * d).T
    try:
        response = apply_inverse(hessian(configuration, potential), coupling, d)
    except (IncompleteSpectrumError, NumericalError) as error:
        raise type(error)(f"elastic_moduli: {error}", partial=affine) from None
    nonaffine = coupling.T @ response / configuration.box.volume
    velocity_vnc = -np.ascontiguousarray(response.T).reshape(-1, n, d)
    return _frozen(replace(affine, nonaffine=0.5 * (nonaffine + nonaffine.T), velocities=velocity_vnc))


def _affine(
    pairs: Pairs, configuration: Configuration, potential: PairPotential, force_tolerance: float
) -> tuple[ElasticModuli, NDArray[np.float64]]:
    """Stress and affine stiffness, and the coupling Ξ of particles to strain, shape (n, N, d)."""
    n, d = configuration.positions.shape
    a, b = elastic_tensor.voigt_axes(d)
    x_pc, volume = pairs.vectors, configuration.box.volume
    phi1_p, phi2_p = pairs.radial[:2]
    square_vp = x_pc.T[a] * x_pc.T[b]
    weighted_vp = phi2_p * square_vp
    stress = np.einsum("p,pa,pb->ab", phi1_p, x_pc, x_pc) / volume
    coupling_vnc = np.empty((len(a), n, d))
    force_nc = np.empty((n, d))
    for c in range(d):
        x_p = x_pc[:, c]
        force_nc[:, c] = _onto_particles(pairs, phi1_p * x_p, n)
        for v in range(len(a)):
            coupling_vnc[v, :, c] = _onto_particles(pairs, weighted_vp[v] * x_p, n)
    bond_force = math.sqrt(float(np.mean(pairs.derivatives[1] ** 2)))
    largest = float(np.abs(force_nc).max())
    moduli = ElasticModuli(
        born=weighted_vp @ square_vp.T / volume,
        nonaffine=np.zeros((len(a), len(a))),
        stress=stress,
        velocities=np.zeros_like(coupling_vnc),
        number_of_particles=n,
        box=configuration.box,
        relative_force=largest / bond_force if bond_force > 0.0 else 0.0,
        force_tolerance=force_tolerance,
        rattlers=n - len(np.unique(np.concatenate((pairs.i, pairs.j)))),
        kinks=potential.kinks,
    )
    return _frozen(moduli), coupling_vnc


def _onto_particles(pairs: Pairs, value_p: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sum over pairs: the value of a pair on j, its opposite on i."""
    return np.asarray(np.bincount(pairs.j, value_p, n) - np.bincount(pairs.i, value_p, n), dtype=np.float64)


def _frozen(moduli: ElasticModuli) -> ElasticModuli:
    for array in (moduli.born, moduli.nonaffine, moduli.stress, moduli.velocities):
        array.flags.writeable = False
    return moduli
