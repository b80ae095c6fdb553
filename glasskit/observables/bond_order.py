"""Bond order by freud (float32): Steinhardt's q_l and Q_l, hexatic psi_6, and a test for crystals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..particles.configuration import Configuration

CRYSTAL_Q6 = 0.2
"""Q_6, or |mean psi_6| in d = 2, above which a configuration counts as crystalline: crystals have 0.35 and more
(simple cubic 0.354, hcp 0.485, bcc 0.511, fcc 0.575, triangular 1), glasses of 1000 particles 0.05 and less."""

CRYSTAL_SHARE = 0.1
"""Share of particles in crystalline surroundings above which a configuration counts as crystalline."""

_ALIKE, _BONDS = 0.7, 9  # q6·q6* above which a bond connects alike surroundings; how many of 12 make a solid particle


@dataclass(frozen=True, eq=False)
class CrystalTest:
    """Is there crystalline order in a configuration.

    Attributes
    ----------
    order : float
        Q_6 of the whole configuration in d = 3, |mean psi_6| in d = 2.
    random : float
        Size of ``order`` if bonds had independent directions: 1/√(bonds).
    share : float
        d = 3: share of particles at least nine of whose twelve bonds connect alike surroundings (normalised
        q6·q6* > 0.7); d = 2: of particles with |psi_6| > 0.9 and a mean phase difference to neighbours below 15°.
    crystalline : bool
        ``order`` above ``CRYSTAL_Q6`` or ``share`` above ``CRYSTAL_SHARE``.
    words : str
    """

    order: float
    random: float
    share: float
    crystalline: bool
    words: str


def steinhardt(
    configuration: Configuration,
    *,
    l: int = 6,  # noqa: E741
    neighbours: int | str = 12,
) -> tuple[NDArray[np.float64], float]:
    """Bond order q_l of each particle and Q_l of the whole, d = 3.

    q_l = √(4π/(2l+1) Σ_m |q_lm|²), q_lm the mean of Y_lm over the bonds of a particle; Q_l the same with the mean over
    all bonds of all particles. fcc with 12 neighbours: 0.57452 for l = 6, 0.19094 for l = 4.

    Parameters
    ----------
    configuration : Configuration
    l : int
        1 to 20.
    neighbours : int or "voronoi"
        So many nearest ones, or those of the Voronoi tessellation weighted by the areas of their faces, which needs no
        number (W. Mickel et al., J. Chem. Phys. 138, 044501 (2013)).

    Returns
    -------
    q : ndarray, shape (N,)
    Q : float

    Raises
    ------
    InputError
        A dimension other than 3, too few particles, or an option that is unknown.

    References
    ----------
    P. J. Steinhardt, D. R. Nelson, M. Ronchetti, Phys. Rev. B 28, 784 (1983); by freud (float32, six digits).
    """
    import freud

    if configuration.dimension != 3:
        raise InputError(f"steinhardt: defined in d = 3, found d = {configuration.dimension}; hexatic is for d = 2.")
    if l not in range(1, 21):
        raise InputError(f"l is {l}; expected an integer from 1 to 20.")
    order = freud.order.Steinhardt(l=l, weighted=neighbours == "voronoi")
    order.compute(_system(configuration), neighbors=_bonds(configuration, neighbours))
    return np.asarray(order.particle_order, dtype=np.float64), float(order.order)


def hexatic(configuration: Configuration, *, k: int = 6, neighbours: int | str = 6) -> NDArray[np.complex128]:
    """psi_k of each particle, the mean of exp(i k θ) over its bonds, shape (N,), d = 2; 1 in a triangular crystal.

    Parameters
    ----------
    configuration : Configuration
    k : int
        Fold of the order.
    neighbours : int or "voronoi"
        As for `steinhardt`.

    Raises
    ------
    InputError
        A dimension other than 2, too few particles, or an option that is unknown.
    """
    import freud

    if configuration.dimension != 2:
        raise InputError(f"hexatic: defined in d = 2, found d = {configuration.dimension}; steinhardt is for d = 3.")
    if not (isinstance(k, (int, np.integer)) and k >= 1):
        raise InputError(f"k is {k!r}; expected an integer of at least 1.")
    order = freud.order.Hexatic(k=k, weighted=neighbours == "voronoi")
    order.compute(_system(configuration), neighbors=_bonds(configuration, neighbours))
    return np.asarray(order.particle_order, dtype=np.complex128)


def crystal_test(configuration: Configuration) -> CrystalTest:
    """Look for crystalline order: of the whole (Q_6 or psi_6) and of surroundings, which sees grains too.

    Parameters
    ----------
    configuration : Configuration
        d = 2 or 3, at least 20 particles.

    Raises
    ------
    InputError
        Another dimension, or fewer particles.
    """
    if configuration.dimension not in (2, 3):
        raise InputError(f"bond order: freud knows d = 2 and 3 only, found d = {configuration.dimension}.")
    n = configuration.number_of_particles
    if n < 20:
        raise InputError(f"crystal_test: {n} particles are too few to tell order from chance; expected at least 20.")
    if configuration.dimension == 3:
        name, order, bonds = "Q_6", steinhardt(configuration)[1], 6 * n
        share = _solid_share(configuration)
    else:
        name, bonds = "psi_6", 3 * n
        psi_n = hexatic(configuration)
        order, share = float(abs(psi_n.mean())), _hexagonal_share(configuration, psi_n)
    random = 1 / math.sqrt(bonds)
    crystalline = order > CRYSTAL_Q6 or share > CRYSTAL_SHARE
    words = (
        f"{'crystalline' if crystalline else 'no crystal'}: {name} = {order:.3f} (independent bonds {random:.3f}), "
        f"{100 * share:.1f} % of particles in crystalline surroundings"
    )
    return CrystalTest(order, random, share, crystalline, words)


def _system(configuration: Configuration) -> tuple[Any, NDArray[np.float64]]:
    """freud's box, whose tilts are in units of the edge they tilt, and positions inside it."""
    import freud

    length_c, cell = configuration.box.lengths, configuration.box.cell
    if configuration.dimension == 3:
        box = freud.box.Box(*length_c, *(cell[a, b] / length_c[b] for a, b in ((0, 1), (0, 2), (1, 2))))
    else:
        box = freud.box.Box(*length_c, xy=cell[0, 1] / length_c[1], is2D=True)
    position_n3 = np.zeros((configuration.number_of_particles, 3))
    position_n3[:, : configuration.dimension] = configuration.positions
    return box, box.wrap(position_n3)


def _bonds(configuration: Configuration, neighbours: int | str) -> Any:
    import freud

    if neighbours == "voronoi":
        return freud.locality.Voronoi().compute(_system(configuration)).nlist
    if not isinstance(neighbours, (int, np.integer)) or not 1 <= neighbours < configuration.number_of_particles:
        raise InputError(
            f"neighbours is {neighbours!r}; expected 'voronoi' or a number of nearest ones from 1 to "
            f"{configuration.number_of_particles - 1}."
        )
    return (
        freud.locality.AABBQuery(*_system(configuration))
        .query(_system(configuration)[1], {"num_neighbors": int(neighbours), "exclude_ii": True})
        .toNeighborList()
    )


def _solid_share(configuration: Configuration) -> float:
    import freud

    order = freud.order.SolidLiquid(l=6, q_threshold=_ALIKE, solid_threshold=_BONDS)
    order.compute(_system(configuration), neighbors={"num_neighbors": 12})
    return float(np.mean(np.asarray(order.num_connections) >= _BONDS))


def _hexagonal_share(configuration: Configuration, psi_n: NDArray[np.complex128]) -> float:
    bonds = _bonds(configuration, 6)
    i, j = np.asarray(bonds.query_point_indices), np.asarray(bonds.point_indices)
    turn_p = np.abs(np.angle(psi_n[i] * np.conj(psi_n[j])))
    mean_n = np.bincount(i, turn_p, len(psi_n)) / np.maximum(np.bincount(i, minlength=len(psi_n)), 1)
    return float(np.mean((np.abs(psi_n) > 0.9) & (mean_n < math.radians(15))))
