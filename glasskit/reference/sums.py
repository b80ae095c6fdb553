"""Energies, forces, Hessians and Monte Carlo as plain sums over all pairs, without neighbour lists.

Pair energies are written down a second time from the papers, with none of the code of the potentials; derivatives
are finite differences or follow from mpmath in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..particles.configuration import Configuration
from ..particles.potentials import (
    HarmonicSpheres,
    Hertzian,
    InversePowerLaw,
    LennardJones,
    PairPotential,
    SmoothedInversePowerLaw,
    StickySpheres,
)
from ..particles.swap import SwapResult


def _taper(x: NDArray[np.float64], m: float) -> NDArray[np.float64]:
    return np.exp(x / (2 * (x - 1))) if m == math.inf else (1 - x**2) ** m


def _double_factorial(k: int) -> float:
    return math.prod(range(k, 0, -2)) if k > 0 else 1.0


def _lennard_jones(s: NDArray[np.float64] | float) -> NDArray[np.float64] | float:
    return 4 * (s**-12 - s**-6)


def pair_energy(potential: PairPotential, r: ArrayLike, a: ArrayLike) -> NDArray[np.float64]:
    """Pair energy phi(r; a) as the papers print it, zero from the cutoff on.

    Raises
    ------
    InputError
        For a potential without a twin here, and for a smoothed inverse power law of odd or fractional exponent,
        for which the printed formula's double factorials are not defined.
    """
    r, a = np.broadcast_arrays(np.asarray(r, dtype=float), np.asarray(a, dtype=float))
    inside = r < potential.cutoff_of(a)
    r, a = r[inside], a[inside]
    p = potential
    if isinstance(p, InversePowerLaw):
        phi = ((a / r) ** p.exponent - (a / p.cutoff) ** p.exponent) * _taper(r / p.cutoff, p.taper)
    elif isinstance(p, LennardJones):
        phi = (_lennard_jones(r / a) - _lennard_jones(p.cutoff / a)) * _taper(r / p.cutoff, p.taper)
    elif isinstance(p, SmoothedInversePowerLaw):
        n, q, x_c = int(p.exponent), p.smoothness, p.cutoff_ratio
        if n != p.exponent or n % 2:
            raise InputError(f"reference: the printed coefficients need an even exponent, found {p.exponent}.")
        phi = (a / r) ** n
        for k in range(q + 1):
            c = (-1) ** (k + 1) * x_c ** -(n + 2 * k)
            c *= _double_factorial(n + 2 * q) / _double_factorial(n - 2) / (n + 2 * k)
            phi = phi + c / (_double_factorial(2 * q - 2 * k) * _double_factorial(2 * k)) * (r / a) ** (2 * k)
    elif isinstance(p, Hertzian):
        phi = 0.4 * (1 - r / a) ** 2.5
    elif isinstance(p, HarmonicSpheres):
        phi = 0.5 * (1 - r / a) ** 2
    elif isinstance(p, StickySpheres):
        phi = _sticky(r / a, p.cutoff_ratio)
    else:
        raise InputError(f"reference: no twin is written for {type(p).__name__}.")
    out = np.zeros(inside.shape)
    out[inside] = phi
    return out


def _sticky(s: NDArray[np.float64], cutoff_ratio: float) -> NDArray[np.float64]:
    """The attractive branch by least squares on the six continuity conditions, in units of the minimum."""
    low = 2 ** (1 / 6)
    powers = [-12, -6, 0, 2, 4, 6]
    rows: list[list[float]] = []
    right: list[float] = []
    h2 = 4 * (156 * low**-14 - 42 * low**-8) * low**2
    for x, values in ((1.0, (-1.0, 0.0, h2)), (cutoff_ratio, (0.0, 0.0, 0.0))):
        rows += [
            [x**k for k in powers],
            [k * x ** (k - 1) for k in powers],
            [k * (k - 1) * x ** (k - 2) for k in powers],
        ]
        right += values
    coefficients = scipy.linalg.lstsq(np.array(rows), np.array(right), lapack_driver="gelsy")[0]
    outer = sum(c * (s / low) ** k for c, k in zip(coefficients, powers, strict=True))
    return np.where(s < low, _lennard_jones(s), outer)


def potential_energy(configuration: Configuration, potential: PairPotential) -> float:
    """Total energy as a plain sum over all pairs."""
    i, j = np.triu_indices(configuration.number_of_particles, k=1)
    vector_pc = configuration.box.minimum_image(configuration.positions[j] - configuration.positions[i])
    a_p = potential.pair_diameter(configuration.diameters[i], configuration.diameters[j])
    return float(math.fsum(pair_energy(potential, np.linalg.norm(vector_pc, axis=1), a_p)))


def gradient(
    function: Callable[[NDArray[np.float64]], ArrayLike], x: ArrayLike, h: float = 1e-4
) -> NDArray[np.float64]:
    """Fourth-order central differences of a function of an array, along every entry of the array.

    Parameters
    ----------
    function : callable
        Array of the shape of x to an array of any shape S.
    x : array_like
    h : float
        Step; the error is about h⁴ times the fifth derivative, plus eps/h times the function.

    Returns
    -------
    ndarray, shape S + x.shape
    """
    x = np.array(x, dtype=float)
    columns = []
    for k in range(x.size):
        values = []
        for step in (-2 * h, -h, h, 2 * h):
            moved = x.copy()
            moved.flat[k] += step
            values.append(np.asarray(function(moved), dtype=float))
        columns.append((values[0] - values[3] + 8 * (values[2] - values[1])) / (12 * h))
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(stacked.shape[:-1] + x.shape)


def forces(configuration: Configuration, potential: PairPotential, h: float = 1e-4) -> NDArray[np.float64]:
    """Forces by finite differences of the all-pairs energy, shape (N, d)."""
    return -gradient(
        lambda x: potential_energy(configuration.replace(positions=x), potential), configuration.positions, h
    )


def hessian(configuration: Configuration, potential: PairPotential) -> NDArray[np.float64]:
    """Dense Hessian, block by block from phi' and phi'' of all pairs, shape (dN, dN)."""
    n, d = configuration.positions.shape
    block_nncc = np.zeros((n, n, d, d))
    for i in range(n):
        for j in range(i + 1, n):
            x = configuration.box.minimum_image(configuration.positions[j] - configuration.positions[i])
            r = float(np.linalg.norm(x))
            a = potential.pair_diameter(configuration.diameters[i], configuration.diameters[j])
            _, slope, curvature = potential.pair_derivatives(r, a, order=2)
            e = x / r
            block = curvature * np.outer(e, e) + slope / r * (np.eye(d) - np.outer(e, e))
            block_nncc[i, j] -= block
            block_nncc[j, i] -= block
            block_nncc[i, i] += block
            block_nncc[j, j] += block
    return block_nncc.transpose(0, 2, 1, 3).reshape(n * d, n * d)


def spectrum(matrix: ArrayLike) -> NDArray[np.float64]:
    """All eigenvalues of a symmetric matrix, ascending, by dense LAPACK."""
    return scipy.linalg.eigvalsh(np.asarray(matrix, dtype=float))


def _energy_of(
    i: int,
    without: int,
    position_nc: NDArray[np.float64],
    diameter_n: NDArray[np.float64],
    configuration: Configuration,
    potential: PairPotential,
) -> float:
    """Energy of particle i with all others but one."""
    others = [j for j in range(len(diameter_n)) if j not in (i, without)]
    vector_nc = configuration.box.minimum_image(position_nc[others] - position_nc[i])
    a_n = potential.pair_diameter(diameter_n[i], diameter_n[others])
    return math.fsum(pair_energy(potential, np.linalg.norm(vector_nc, axis=1), a_n))


def swap_monte_carlo(
    configuration: Configuration,
    potential: PairPotential,
    *,
    temperature: float,
    sweeps: int,
    rng: np.random.Generator,
    swap_fraction: float,
    step: float,
    largest_size_difference: float = math.inf,
) -> SwapResult:
    """Twin of `glasskit.swap_monte_carlo`: the same random numbers in the same order, every energy a plain sum.

    Both take the same decisions as long as no energy difference comes within rounding of its threshold.
    """
    n, d = configuration.positions.shape
    position_nc, diameter_n = configuration.positions.copy(), configuration.diameters.copy()
    energies = []
    attempted, accepted = np.zeros(2, int), np.zeros(2, int)  # displacements, swaps

    def energy(i: int, without: int) -> float:
        return _energy_of(i, without, position_nc, diameter_n, configuration, potential)

    for _ in range(sweeps):
        for _ in range(n):
            kind, particle, *vector, acceptance = rng.random(d + 3)
            i, threshold = int(particle * n), -temperature * math.log(1.0 - acceptance)
            if kind < swap_fraction:
                j = int(vector[0] * (n - 1))
                j += j >= i
                attempted[1] += 1
                if 0.0 < abs(diameter_n[i] - diameter_n[j]) <= largest_size_difference:
                    before = energy(i, j) + energy(j, i)
                    diameter_n[[i, j]] = diameter_n[[j, i]]
                    if energy(i, j) + energy(j, i) - before <= threshold:
                        accepted[1] += 1
                    else:
                        diameter_n[[i, j]] = diameter_n[[j, i]]
            else:
                move = step * (2.0 * np.array(vector) - 1.0)
                attempted[0] += 1
                before, old = energy(i, i), position_nc[i].copy()
                position_nc[i] = configuration.box.wrap(old + move)
                if energy(i, i) - before <= threshold:
                    accepted[0] += 1
                else:
                    position_nc[i] = old
        energies.append(potential_energy(configuration.replace(positions=position_nc, diameters=diameter_n), potential))
    displaced, swapped = accepted / np.maximum(attempted, 1)
    return SwapResult(
        configuration=configuration.replace(positions=position_nc, diameters=diameter_n),
        energies=np.array(energies),
        displacement_acceptance=float(displaced),
        swap_acceptance=float(swapped),
        step=step,
        largest_energy_drift=0.0,
        list_builds=0,
        row_updates=0,
    )
