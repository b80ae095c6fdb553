"""One small solid per potential, far from every kink of it, for tests that push the registry through one table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import glasskit as gk
from glasskit.particles.configuration import Configuration
from glasskit.particles.potentials import PairPotential
from glasskit.particles.potentials.sticky import MINIMUM

PER_EDGE = {2: 6, 3: 4, 4: 3}  # particles along an edge of the lattice
H = 1e-4  # finite-difference step


@dataclass(frozen=True)
class Case:
    potential: PairPotential
    diameters: tuple[float, float]  # range, in units of the lattice constant
    jitter: float = 0.12
    kink_ratios: tuple[float, ...] = ()  # kinks inside the cutoff, in units of the pair diameter
    margin: float = 4 * H  # distance kept from kinks: a pair comes closer by at most 4 H when both move


# Cutoffs suit the smallest lattice, three particles in four dimensions: below 1.5 lattice constants there.
CASES: dict[str, Case] = {
    "InversePowerLaw": Case(gk.InversePowerLaw(cutoff=1.45), (0.8, 1.2)),
    "SmoothedInversePowerLaw": Case(gk.SmoothedInversePowerLaw(), (0.8, 1.05)),
    "LennardJones": Case(gk.LennardJones(cutoff=1.48, nonadditivity=-0.1), (0.8, 1.0)),
    # The third derivative of a Hertzian contact diverges: neighbours at 0.8 of contact, next ones out of touch.
    "Hertzian": Case(gk.Hertzian(nonadditivity=0.2), (1.22, 1.28), jitter=0.03, margin=0.02),
    "HarmonicSpheres": Case(gk.HarmonicSpheres(), (1.2, 1.3), jitter=0.03),
    "StickySpheres": Case(gk.StickySpheres(), (0.85, 1.0), kink_ratios=(MINIMUM,)),
}


def lattice(dimension: int, *, jitter: float, diameters: tuple[float, float], seed: int) -> Configuration:
    """A simple cubic crystal of lattice constant 1 with displaced particles of random sizes."""
    rng = np.random.default_rng(seed)
    per_edge = PER_EDGE[dimension]
    site_nc = np.stack(np.meshgrid(*[np.arange(per_edge)] * dimension, indexing="ij"), -1).reshape(-1, dimension)
    position_nc = site_nc + jitter * rng.uniform(-1, 1, site_nc.shape)
    return Configuration(position_nc, rng.uniform(*diameters, len(site_nc)), np.full(dimension, per_edge))


def all_pairs(configuration: Configuration, potential: PairPotential):
    """Indices, minimum-image vectors and pair diameters of all pairs."""
    i, j = np.triu_indices(configuration.number_of_particles, k=1)
    vector_pc = configuration.box.minimum_image(configuration.positions[j] - configuration.positions[i])
    return i, j, vector_pc, potential.pair_diameter(configuration.diameters[i], configuration.diameters[j])


def distance_to_kinks(configuration: Configuration, case: Case) -> float:
    """Smallest distance of any pair to its cutoff or to another kink of the potential."""
    _, _, vector_pc, a_p = all_pairs(configuration, case.potential)
    r_p = np.linalg.norm(vector_pc, axis=1)
    kinks = [case.potential.cutoff_of(a_p), *(ratio * a_p for ratio in case.kink_ratios)]
    return min(float(np.abs(r_p - kink).min()) for kink in kinks)


def small_solid(name: str, dimension: int) -> tuple[Configuration, PairPotential]:
    """Configuration and potential of a case, with no pair near a kink: the first such seed."""
    case = CASES[name]
    for seed in range(200):
        configuration = lattice(dimension, jitter=case.jitter, diameters=case.diameters, seed=seed)
        if distance_to_kinks(configuration, case) > case.margin:
            return configuration, case.potential
    raise AssertionError(f"{name}: no seed keeps every pair off the kinks in d = {dimension}.")
