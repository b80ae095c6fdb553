"""Boltzmann distributions of small systems without a Markov chain, and the statistics that compare a chain with them.

Energies come from `glasskit.reference`, which shares no code with the kernels.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from scipy import stats

import glasskit as gk
from glasskit import reference
from glasskit.particles.configuration import Box, Configuration
from glasskit.particles.potentials import PairPotential

# Potential, diameters of two particles, temperature at which the pair is neither excluded nor free.
PAIRS: dict[str, tuple[PairPotential, tuple[float, float], float]] = {
    "InversePowerLaw": (gk.InversePowerLaw(), (1.5, 1.7), 1.0),
    "InversePowerLaw-inf": (gk.InversePowerLaw(taper=math.inf), (1.5, 1.7), 1.0),
    "SmoothedInversePowerLaw": (gk.SmoothedInversePowerLaw(), (1.0, 1.3), 0.5),
    "LennardJones": (gk.LennardJones(), (1.4, 1.6), 0.8),
    "Hertzian": (gk.Hertzian(nonadditivity=0.2), (1.0, 1.4), 0.1),
    "HarmonicSpheres": (gk.HarmonicSpheres(), (1.0, 1.4), 0.1),
    "StickySpheres": (gk.StickySpheres(), (1.0, 1.2), 0.7),
}


class Exact(NamedTuple):
    """Probabilities of energy bins, with the covariance of their own error (zero where it is negligible)."""

    edges: np.ndarray  # (B − 1,) inner edges
    probabilities: np.ndarray  # (B,)
    covariance: np.ndarray  # (B, B)
    mean: float
    mean_error: float


def _edges(energy_k: np.ndarray, weight_k: np.ndarray, bins: int) -> np.ndarray:
    """Quantiles of the energies off zero: particles out of touch have zero energy up to rounding, a bin of its own."""
    weight_k = np.where(np.abs(energy_k) > 1e-6, weight_k, 0.0)
    order = np.argsort(energy_k)
    cumulative = np.cumsum(weight_k[order])
    edges = np.interp(np.arange(1, bins) / bins * cumulative[-1], cumulative, energy_k[order])
    return np.sort(np.append(edges[np.abs(edges) > 1e-6], 1e-6))


def two_particles(potential: PairPotential, a: float, box: Box, temperature: float, bins: int = 20) -> Exact:
    """P(U) of a pair of diameter a: shells within the cutoff by quadrature, the rest of the box at zero energy.

    Midpoints, 1e6 of them, leave errors of 1e-6 in a bin; the samples' own are above 1e-3.
    """
    d, cutoff = box.dimension, float(potential.cutoff_of(a))
    assert cutoff < 0.5 * box.lengths.min()
    r = (np.arange(1_000_000) + 0.5) * cutoff / 1e6
    energy_k = np.append(reference.pair_energy(potential, r, a), 0.0)
    surface = 2 * math.pi ** (d / 2) / math.gamma(d / 2)
    inside_k = surface * r ** (d - 1) * np.exp(-energy_k[:-1] / temperature) * cutoff / 1e6
    weight_k = np.append(inside_k, box.volume - surface / d * cutoff**d)
    edges = _edges(energy_k, weight_k, bins)
    probability_b = np.bincount(np.searchsorted(edges, energy_k), weight_k, edges.size + 1) / weight_k.sum()
    mean = float(weight_k[weight_k > 0] @ energy_k[weight_k > 0] / weight_k.sum())
    return Exact(edges, probability_b, np.zeros((edges.size + 1,) * 2), mean, 0.0)


def few_particles(
    potential: PairPotential,
    diameters: list[float],
    box: Box,
    temperature: float,
    rng: np.random.Generator,
    samples: int = 600_000,
    bins: int = 16,
) -> Exact:
    """P(U) of a few particles from independent uniform positions, weighted by exp(−U/T); the first sits at the origin.

    Which particle carries which diameter does not matter: relabelling maps one assignment's integral on another's.
    """
    n, d = len(diameters), box.dimension
    position_nkc = (rng.random((n, samples, d)) - 0.5) * box.lengths
    position_nkc[0] = 0.0
    energy_k = np.zeros(samples)
    for i, j in itertools.combinations(range(n), 2):
        r_k = np.linalg.norm(box.minimum_image(position_nkc[i] - position_nkc[j]), axis=-1)
        energy_k += reference.pair_energy(potential, r_k, potential.pair_diameter(diameters[i], diameters[j]))
    weight_k = np.exp(-energy_k / temperature)
    weight_k /= weight_k.sum()
    edges = _edges(energy_k, weight_k, bins)
    bin_k = np.searchsorted(edges, energy_k)
    probability_b = np.bincount(bin_k, weight_k, edges.size + 1)
    # Error of a ratio of sums: Σ w² (1_b − p_b)(1_c − p_c).
    square_b = np.bincount(bin_k, weight_k**2, edges.size + 1)
    cross = np.outer(square_b, probability_b)
    covariance = np.diag(square_b) - cross - cross.T + square_b.sum() * np.outer(probability_b, probability_b)
    mean = float(weight_k @ energy_k)
    return Exact(edges, probability_b, covariance, mean, math.sqrt(np.sum((weight_k * (energy_k - mean)) ** 2)))


def assignments(configuration: Configuration, potential: PairPotential, temperature: float):
    """Energies and probabilities of all assignments of the diameters to the fixed positions, by enumeration."""
    orders = list(itertools.permutations(range(configuration.number_of_particles)))
    diameter_sn = np.array([configuration.diameters[list(order)] for order in orders])
    energy_s = np.array(
        [reference.potential_energy(configuration.replace(diameters=a), potential) for a in diameter_sn]
    )
    weight_s = np.exp(-(energy_s - energy_s.min()) / temperature)
    return diameter_sn, energy_s, weight_s / weight_s.sum()


def decorrelated(energies: np.ndarray, thin: int) -> np.ndarray:
    """Every ``thin``-th energy, checked to be uncorrelated with the next one (false alarm 1e-6)."""
    sample_s = energies[thin - 1 :: thin]
    x = sample_s - sample_s.mean()
    assert abs(x[1:] @ x[:-1] / (x @ x)) < 4.9 / math.sqrt(x.size)
    return sample_s


def chi_square_p(sample_s: np.ndarray, exact: Exact) -> float:
    """p-value of the counts per energy bin, allowing for the errors of both sides."""
    p_b, n = exact.probabilities, sample_s.size
    assert (n * p_b).min() > 20
    found_b = np.bincount(np.searchsorted(exact.edges, sample_s), minlength=p_b.size) / n
    covariance = (np.diag(p_b) - np.outer(p_b, p_b)) / n + exact.covariance
    off = (found_b - p_b)[:-1]  # the last bin follows from the others
    return float(stats.chi2.sf(off @ np.linalg.solve(covariance[:-1, :-1], off), off.size))


def mean_deviation(sample_s: np.ndarray, exact: Exact) -> float:
    """Mean energy of the chain minus the exact one, in standard errors of both."""
    return float(
        (sample_s.mean() - exact.mean) / math.hypot(sample_s.std() / math.sqrt(sample_s.size), exact.mean_error)
    )
