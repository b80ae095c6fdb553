"""Landscapes for tests of nonlinear modes: small solids, small glasses, and a designed double well."""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.linalg
from potential_cases import small_solid

import glasskit as gk
from glasskit.observables.quasilocalized.landscape import ModeLandscape
from glasskit.particles.kernels.contractions import radial_coefficients
from glasskit.particles.system import interacting_pairs

POTENTIAL = gk.BINARY_IPL.potential


@cache
def glass(dimension: int, seed: int = 0, particles: int = 100) -> gk.Configuration:
    """A quenched random configuration of the binary model, ready for nonlinear modes."""
    start = gk.BINARY_IPL.random_configuration(particles, dimension=dimension, rng=np.random.default_rng(seed))
    return gk.quench(start, POTENTIAL, force_tolerance=1e-12).configuration


@cache
def harmonic_modes(dimension: int, seed: int = 0, particles: int = 100) -> tuple[np.ndarray, ...]:
    """Modes of that glass without translations, softest first, each of shape (N, d)."""
    configuration = glass(dimension, seed, particles)
    vectors = scipy.linalg.eigh(gk.hessian(configuration, POTENTIAL).toarray())[1]
    return tuple(vectors.T[dimension:].reshape(-1, particles, dimension))


@cache
def solid_landscape(name: str, dimension: int) -> ModeLandscape:
    """Landscape of a small solid, whose forces are not balanced: derivatives need no minimum."""
    configuration, potential = small_solid(name, dimension)
    pairs = interacting_pairs(configuration, potential)
    everywhere = np.ones(configuration.number_of_particles, dtype=bool)
    return ModeLandscape(
        configuration, pairs.i, pairs.j, np.ascontiguousarray(pairs.vectors.T), pairs.radial, everywhere, 1.0, 0.0, 0.0
    )


def double_well(
    kappa: float, tau: float, chi: float, *, across: float, wall: float = 50.0, particles: int = 12, dimension: int = 3
) -> tuple[ModeLandscape, np.ndarray, float]:
    """A particle between two particles of a stiff wall, in a chosen expansion along their line.

    Against the wall as a whole it has U(s) = kappa s²/2 + tau s³/6 + chi s⁴/24 along a unit vector e, from two bonds of
    length one along ±e with phi'' = kappa/2, phi''' = ±tau/2, phi'''' = chi/2, and the stiffness ``across`` in all
    other directions, from their phi' = across/2. Springs k|x_j − x_i|²/2 join all particles of the wall.

    Motion of the particle against the wall strains no spring, and both bonds push the wall in the same proportion at
    every order: M·z, U3:zz and U4:zzz are parallel, whatever the springs. Returned: landscape, that direction of unit
    length, and by how much the particle then moves against the wall, √(N/(N − 1)).
    """
    rng = np.random.default_rng(5)
    e_c = np.array([0.6, 0.64, 0.48])[:dimension]
    e_c /= np.linalg.norm(e_c)
    i, j = np.triu_indices(particles, k=1)
    vector_pc = rng.normal(size=(i.size, dimension))  # springs do not ask
    radial_rp = np.zeros((4, i.size))
    radial_rp[0] = wall
    bonds = i == 0
    radial_rp[:, bonds] = 0.0
    for partner, side in ((1, 1.0), (2, -1.0)):
        derivatives = np.array([0.0, 0.5 * across, 0.5 * kappa, 0.5 * side * tau, 0.5 * chi])
        pair = np.flatnonzero(bonds & (j == partner))
        # x points to the partner: moving along +e shortens that bond, and odd derivatives change sign.
        vector_pc[pair] = -side * e_c
        radial_rp[:, pair] = radial_coefficients(np.ones(1), derivatives[:, None])
    kept = radial_rp.any(axis=0)
    configuration = gk.Configuration(rng.uniform(size=(particles, dimension)), np.ones(particles), [1.0] * dimension)
    landscape = ModeLandscape(
        configuration,
        i[kept],
        j[kept],
        np.ascontiguousarray(vector_pc[kept].T),
        np.ascontiguousarray(radial_rp[:, kept]),
        np.ones(particles, dtype=bool),
        wall * particles,
        0.0,
        0.0,
    )
    z_nc = np.tile(-e_c / particles, (particles, 1))
    z_nc[0] += e_c
    slide = np.sqrt(particles / (particles - 1.0))
    return landscape, z_nc * slide, float(slide)
