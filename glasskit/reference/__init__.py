"""Slow independent twins of the fast paths, for tests and for doubters: plain numpy, all pairs, no neighbour lists.

``sums``: energies, finite differences, Hessians, spectra and Monte Carlo. ``elasticity``: stiffness by lattice sums in
any periodic cell, and by central differences of the stress of states strained and quenched again. ``modes``: power
series of the energy along a direction, and nonlinear modes by fixed-point maps.
"""

from __future__ import annotations

from .elasticity import elastic_stiffness, images_within, strained_stiffness, strained_stress
from .modes import DirectionSeries
from .sums import forces, gradient, hessian, pair_energy, potential_energy, spectrum, swap_monte_carlo

__all__ = [
    "DirectionSeries",
    "elastic_stiffness",
    "forces",
    "gradient",
    "hessian",
    "images_within",
    "pair_energy",
    "potential_energy",
    "spectrum",
    "strained_stiffness",
    "strained_stress",
    "swap_monte_carlo",
]
