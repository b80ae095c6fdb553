"""A glass made ready for its nonlinear modes: checked, its pairs in a table, translations and rattlers known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...particles.configuration import Configuration
from ...particles.potentials import PairPotential
from ...particles.system import Pairs, interacting_pairs
from .smoothness import check_smoothness

LARGEST_RELATIVE_FORCE = 1e-11
_SMALLEST_PART = 1e-8  # of a guess that must be left when translations and rattlers are taken out


@dataclass(frozen=True, eq=False)
class ModeLandscape:
    """The expansion of the energy of one glass, ready to be contracted with any direction.

    Made once per glass by `ModeLandscape.of`; all modes of the glass share it.

    Attributes
    ----------
    configuration : Configuration
    i, j : (P,) arrays
        Pairs within their cutoff.
    vectors : (d, P) array
        x = x_j − x_i [length].
    radial : (4, P) array
        phi1 to phi4 of `particles.hessian.contraction`.
    moving : (N,) array of bool
        Particles that interact; the others are rattlers and stay at rest in every mode.
    stiffest : float
        Largest Σ_j |phi''_ij| of any particle: the scale of rounding [energy/length²].
    relative_force, floor : float
        Largest force component over rms phi', and the value that rounding of the coordinates leaves.
    """

    configuration: Configuration
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    vectors: NDArray[np.float64]
    radial: NDArray[np.float64]
    moving: NDArray[np.bool_]
    stiffest: float
    relative_force: float
    floor: float

    @classmethod
    def of(cls, configuration: Configuration, potential: PairPotential) -> ModeLandscape:
        """Landscape of a quenched glass.

        Raises
        ------
        InputError
            If the potential has no third derivative at its cutoff (Hertzian), the forces are not balanced to 1e-11 of
            the rms bond force (or to what float64 coordinates resolve, where that is more), or nothing interacts.

        Warns
        -----
        GlasskitWarning
            If phi''' or a lower derivative jumps at the cutoff (m <= 2), see `check_smoothness`.
        """
        check_smoothness(potential, stacklevel=4)  # names the caller of the public function
        pairs = interacting_pairs(configuration, potential)
        if not pairs.i.size:
            raise InputError("configuration: no two particles interact, so there are no modes; expected a glass.")
        n = configuration.number_of_particles
        radial = pairs.radial
        curvature_p = np.abs(pairs.derivatives[2])
        stiffest = float((np.bincount(pairs.i, curvature_p, n) + np.bincount(pairs.j, curvature_p, n)).max())
        relative, floor = _relative_force(configuration, pairs, stiffest)
        if not relative <= max(LARGEST_RELATIVE_FORCE, floor):
            raise InputError(
                f"configuration: its largest force is {relative:.1e} of the rms bond force, expected at most "
                f"{max(LARGEST_RELATIVE_FORCE, floor):.1e} for nonlinear modes; quench it with force_tolerance=1e-12."
            )
        moving = np.zeros(n, dtype=bool)
        moving[pairs.i] = moving[pairs.j] = True
        vectors = np.ascontiguousarray(pairs.vectors.T)
        return cls(configuration, pairs.i, pairs.j, vectors, radial, moving, stiffest, relative, floor)

    def projected(self, z_nc: NDArray[np.float64]) -> NDArray[np.float64]:
        """The part of a direction without translations of the moving particles and without rattlers."""
        out_nc = np.where(self.moving[:, None], z_nc, 0.0)
        out_nc[self.moving] -= out_nc[self.moving].mean(axis=0)
        return out_nc

    def direction(self, initial: ArrayLike) -> NDArray[np.float64]:
        """A guess as unit vector, projected.

        Raises
        ------
        InputError
            If the shape is not that of the positions, a component is not finite, or nothing but a translation (or
            motion of rattlers) is there.
        """
        shape = self.configuration.positions.shape
        try:
            z_nc = np.asarray(initial)
            found = f"shape {z_nc.shape} and dtype {z_nc.dtype}"
        except ValueError:
            z_nc, found = np.empty(0), "rows of different length"
        if z_nc.shape != shape or z_nc.dtype.kind not in "fiu":
            raise InputError(
                f"initial: expected a real array of shape {shape}, one displacement per particle, found {found}."
            )
        z_nc = z_nc.astype(np.float64)
        if not np.isfinite(z_nc).all():
            raise InputError("initial: some components are not finite; expected displacements.")
        scale = float(np.abs(z_nc).max())
        if scale == 0.0:
            raise InputError("initial: the guess is zero everywhere; expected a direction.")
        z_nc = z_nc / scale
        inner_nc = self.projected(z_nc)
        length = float(np.linalg.norm(inner_nc))
        if length < _SMALLEST_PART * float(np.linalg.norm(z_nc)):
            raise InputError(
                "initial: nothing is left of the guess without translations and rattlers: it is a zero mode; expected "
                "a direction that deforms the glass, for example its lowest harmonic mode."
            )
        return inner_nc / length


def _relative_force(configuration: Configuration, pairs: Pairs, stiffest: float) -> tuple[float, float]:
    """Largest force component over rms phi', and what rounding of the coordinates leaves of it."""
    force_nc = np.zeros_like(configuration.positions)
    tension_pc = pairs.radial[0, :, None] * pairs.vectors
    np.add.at(force_nc, pairs.i, tension_pc)
    np.subtract.at(force_nc, pairs.j, tension_pc)
    largest, bond_force = float(np.abs(force_nc).max()), float(np.sqrt(np.mean(pairs.derivatives[1] ** 2)))
    if bond_force == 0.0:
        return 0.0, 0.0
    resolution = np.finfo(np.float64).eps * float(np.abs(configuration.positions).max()) * stiffest
    return largest / bond_force, resolution / bond_force
