"""Local stresses: what every interacting pair adds to the stress of a glass."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..particles.configuration import Configuration
from ..particles.potentials import PairPotential
from ..particles.system import interacting_pairs


@dataclass(frozen=True, eq=False)
class LocalStresses:
    """Local stresses of all pairs within their cutoff, each pair once. Arrays are read-only.

    With e the unit vector from i to j, sigma_ij^ab = e^a e^b r phi'(r): an energy, without a division by a volume
    (Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (6), (86) and (87), where 1/Omega_Z stands for the inverse
    volume of a cell). Repulsive pairs have phi' < 0 and a negative trace.

    Attributes
    ----------
    i, j : ndarray, shape (P,)
        Particles of a pair, i < j.
    directions : ndarray, shape (P, d)
        Unit vectors from i to j under the minimum image.
    distances : ndarray, shape (P,)
        r [length].
    diameters : ndarray, shape (P,)
        Pair diameters a_ij [length].
    strengths : ndarray, shape (P,)
        r phi'(r), with its sign: the trace of the pair's tensor [energy].
    volume : float
        Volume of the box [length^d].
    particles : int
        Number of particles N.
    """

    i: NDArray[np.int64] = field(repr=False)
    j: NDArray[np.int64] = field(repr=False)
    directions: NDArray[np.float64] = field(repr=False)
    distances: NDArray[np.float64] = field(repr=False)
    diameters: NDArray[np.float64] = field(repr=False)
    strengths: NDArray[np.float64] = field(repr=False)
    volume: float
    particles: int

    @property
    def dimension(self) -> int:
        """Number of space dimensions d."""
        return int(self.directions.shape[1])

    @property
    def tensors(self) -> NDArray[np.float64]:
        """sigma_ij^ab = e^a e^b r phi'(r), shape (P, d, d) [energy]."""
        return np.einsum("p,pa,pb->pab", self.strengths, self.directions, self.directions)

    @property
    def traceless(self) -> NDArray[np.float64]:
        """sigma_ij^ab − delta^ab r phi'(r)/d, shape (P, d, d) [energy]."""
        return self.tensors - np.einsum("p,ab->pab", self.strengths / self.dimension, np.eye(self.dimension))

    @property
    def off_diagonal(self) -> NDArray[np.float64]:
        """|sigma_ij^ab| for a < b in the order (01, 02, ..., 12, ...), shape (P, d(d−1)/2) [energy].

        These are histogrammed in Fig. 3 of Schirmacher et al.; a prediction for them carries the factor |e^a e^b|.
        """
        a, b = np.triu_indices(self.dimension, k=1)
        return np.abs(self.strengths[:, None] * self.directions[:, a] * self.directions[:, b])

    @property
    def traceless_diagonal(self) -> NDArray[np.float64]:
        """|sigma_ij^aa − r phi'(r)/d|, shape (P, d) [energy]: the traceless part where it differs from the tensor.

        Its other components are those of `off_diagonal`. In its own axes the traceless tensor of a pair has the
        eigenvalues r phi' (d−1)/d, once, and −r phi'/d, d−1 times (Schirmacher et al., after Eq. (89)).
        """
        return np.abs(self.strengths[:, None] * (self.directions**2 - 1.0 / self.dimension))

    @property
    def magnitudes(self) -> NDArray[np.float64]:
        """|r phi'(r)|, the scalar local stress, shape (P,) [energy]."""
        return np.abs(self.strengths)

    @property
    def stress(self) -> NDArray[np.float64]:
        """Stress tensor of the glass at rest, (1/V) Σ e^a e^b r phi'(r), shape (d, d); tension is positive."""
        return np.einsum("p,pa,pb->ab", self.strengths, self.directions, self.directions) / self.volume

    @property
    def pressure(self) -> float:
        """Pressure at zero temperature, −(1/(d V)) Σ r phi'(r) [energy/length^d]."""
        return -float(np.sum(self.strengths)) / (self.dimension * self.volume)

    @property
    def per_particle(self) -> NDArray[np.float64]:
        """Virial of each particle, half of each of its pairs, shape (N, d, d) [energy].

        W_i^ab = ½ Σ_j sigma_ij^ab; their sum is the volume times `stress`. A stress of particle i would divide W_i by
        a volume of its own, which no pair potential defines; V/N is the choice that averages to `stress`.
        """
        flat_pk = self.tensors.reshape(len(self.i), -1)
        virial_nk = np.zeros((self.particles, flat_pk.shape[1]))
        for k, value_p in enumerate(flat_pk.T):
            virial_nk[:, k] = np.bincount(self.i, value_p, self.particles) + np.bincount(
                self.j, value_p, self.particles
            )
        return 0.5 * virial_nk.reshape(self.particles, self.dimension, self.dimension)


def local_stresses(configuration: Configuration, potential: PairPotential) -> LocalStresses:
    """Local stress of every pair within its cutoff.

    Parameters
    ----------
    configuration : Configuration
        Usually an inherent structure; forces need not vanish.
    potential : PairPotential

    Returns
    -------
    LocalStresses

    Raises
    ------
    InputError
        If a cutoff reaches half the shortest box edge.

    Notes
    -----
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (6) and (86)–(94). With a taper T_m the distribution of
    the magnitudes goes as sigma^(1/m − 1) for sigma → 0: those of pairs close to the cutoff. Log-binned distributions
    over many glasses, with what is predicted for them, are in `glasskit.analysis.stresses.statistics`. What this is
    not: a stress field in space.
    """
    pairs = interacting_pairs(configuration, potential)
    r_p = pairs.distances
    arrays = (pairs.i, pairs.j, pairs.vectors / r_p[:, None], r_p, pairs.diameters, r_p * pairs.derivatives[1])
    for array in arrays:
        array.flags.writeable = False
    return LocalStresses(*arrays, volume=configuration.box.volume, particles=configuration.number_of_particles)
