"""What a run of a liquid leaves behind to judge its equilibrium by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..particles.configuration import Configuration
from ..particles.potentials import PairPotential
from ..particles.quench import quench
from ..particles.system import potential_energy
from .overlap import place_overlap, self_overlap
from .structure import size_fluctuation


@dataclass(frozen=True, eq=False)
class LiquidRecord:
    """Series along one run, one value per recorded configuration, and overlaps by lag, all of shape (T,).

    Attributes
    ----------
    energy : ndarray
        Potential energy per particle.
    inherent_energy : ndarray or None
        e_IS, energy per particle after a quench; None where none was asked for.
    size_fluctuation : ndarray or None
        S_size(2π/L); None where all diameters are equal.
    self_overlap, place_overlap : ndarray
        By lag, see `overlap`.
    """

    energy: NDArray[np.float64] = field(repr=False)
    inherent_energy: NDArray[np.float64] | None = field(repr=False)
    size_fluctuation: NDArray[np.float64] | None = field(repr=False)
    self_overlap: NDArray[np.float64] = field(repr=False)
    place_overlap: NDArray[np.float64] = field(repr=False)


def liquid_record(
    configurations: Sequence[Configuration],
    potential: PairPotential,
    *,
    inherent: bool = True,
    distance: float | None = None,
    origins: int = 50,
) -> LiquidRecord:
    """Measure the configurations of one run, equally spaced in time.

    Parameters
    ----------
    configurations : sequence of Configuration
    potential : PairPotential
    inherent : bool
        Quench each, which takes most of the time.
    distance, origins
        Of the overlaps, see `overlap.self_overlap`.

    Raises
    ------
    InputError
        As the observables; ConvergenceError as `quench`.
    """
    listed = list(configurations)
    overlaps = [measure(listed, distance=distance, origins=origins) for measure in (self_overlap, place_overlap)]
    n = listed[0].number_of_particles
    sizes = np.ptp(listed[0].diameters) > 0
    return LiquidRecord(
        energy=np.array([potential_energy(c, potential) for c in listed]) / n,
        inherent_energy=np.array([quench(c, potential).energy for c in listed]) / n if inherent else None,
        size_fluctuation=np.array([size_fluctuation(c) for c in listed]) if sizes else None,
        self_overlap=overlaps[0],
        place_overlap=overlaps[1],
    )
