"""Force dipoles: which pairs are pushed apart, and how the glass responds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...particles.configuration import Configuration
from ...particles.hessian import hessian
from ...particles.potentials import PairPotential
from ...particles.system import interacting_pairs
from ..nonaffine import apply_inverse
from .landscape import ModeLandscape

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

SELECTIONS = ("random", "softest", "all")
_CHUNK_ENTRIES = 20_000_000  # of a block of responses: 160 MB


@dataclass(frozen=True, eq=False)
class DipoleResponses:
    """Responses u of a glass to force dipoles d = ∂r_ij/∂x, M·u = d.

    Attributes
    ----------
    pairs : (G, 2) array of int
    responses : (G, N, d) array
        u, without translations [length²/energy · force].
    stiffness : (G,) array
        kappa_ij = (u·M·u)/(u·u) [energy/length²].
    """

    pairs: Integers
    responses: Array = field(repr=False)
    stiffness: Array

    @property
    def frequencies(self) -> Array:
        """√kappa_ij; their mean is the omega_g of Kapteijns, Bouchbinder & Lerner, PRL 121, 055501 (2018)."""
        return np.sqrt(self.stiffness)


def dipole_responses(configuration: Configuration, potential: PairPotential, pairs: ArrayLike) -> DipoleResponses:
    """Responses of a glass to force dipoles on some of its pairs.

    Parameters
    ----------
    configuration : Configuration
    potential : PairPotential
    pairs : (G, 2) array_like of int
        Particles i and j of each; they need to interact.

    Raises
    ------
    InputError
        Pairs that do not interact, or are no pairs.
    IncompleteSpectrumError
        If the configuration is no minimum, or has zero modes besides translations and rattlers.
    """
    table = interacting_pairs(configuration, potential)
    bonds = bonds_of(table.i, table.j, pairs)
    n, d = configuration.positions.shape
    matrix = hessian(configuration, potential)
    response_gnc, stiffness_g = np.empty((bonds.size, n, d)), np.empty(bonds.size)
    chunk = max(1, _CHUNK_ENTRIES // (n * d))
    for begin in range(0, bonds.size, chunk):
        here = bonds[begin : begin + chunk]
        column = np.arange(here.size)
        unit_gc = table.vectors[here] / table.distances[here, None]
        force = np.zeros((n, d, here.size))
        force[table.i[here], :, column], force[table.j[here], :, column] = -unit_gc, unit_gc
        flat = force.reshape(n * d, -1)
        moved = apply_inverse(matrix, flat, d)
        stiffness_g[begin : begin + chunk] = np.einsum("ag,ag->g", flat, moved) / np.einsum("ag,ag->g", moved, moved)
        response_gnc[begin : begin + chunk] = moved.T.reshape(-1, n, d)
    return DipoleResponses(np.column_stack((table.i[bonds], table.j[bonds])), response_gnc, stiffness_g)


def pair_stiffness(landscape: ModeLandscape) -> Array:
    """Stiffness of every pair while all others are held: x̂·(M_ii + M_jj − M_ij − M_ji)·x̂/2, shape (P,).

    The diagonal blocks M_ii sum over all neighbours, so that a pair is soft where its surroundings are.
    """
    n, d = landscape.configuration.positions.shape
    x_pc = landscape.vectors.T
    block_pcc = landscape.radial[1, :, None, None] * x_pc[:, :, None] * x_pc[:, None, :]
    block_pcc[:, np.arange(d), np.arange(d)] += landscape.radial[0, :, None]
    own_ncc = np.zeros((n, d, d))
    np.add.at(own_ncc, landscape.i, block_pcc)
    np.add.at(own_ncc, landscape.j, block_pcc)
    both_pcc = own_ncc[landscape.i] + own_ncc[landscape.j] + 2.0 * block_pcc  # the off-diagonal blocks are −block
    return 0.5 * np.einsum("pc,pcd,pd->p", x_pc, both_pcc, x_pc) / np.einsum("pc,pc->p", x_pc, x_pc)


def chosen_bonds(
    landscape: ModeLandscape, guesses: str | ArrayLike, count: int | None, rng: np.random.Generator
) -> Integers:
    """Places in the table of pairs of those that guesses start from.

    Parameters
    ----------
    landscape : ModeLandscape
    guesses : {"random", "softest", "all"} or (G, 2) array_like of int
    count : int, optional
        Of random or softest pairs; default: as many as particles, at most all.
    rng : numpy.random.Generator
        Of random pairs.

    Raises
    ------
    InputError
        An unknown selection, a count that is not a positive integer or more than there are pairs, or one where the
        pairs are given.
    """
    total = landscape.i.size
    if not isinstance(guesses, str) or guesses == "all":
        if count is not None:
            raise InputError(f"count: found {count!r} with guesses that say all pairs already; leave it out.")
        return np.arange(total) if isinstance(guesses, str) else bonds_of(landscape.i, landscape.j, guesses)
    if guesses not in SELECTIONS:
        raise InputError(f"guesses: expected one of {', '.join(SELECTIONS)}, or pairs (G, 2), found {guesses!r}.")
    if count is None:
        count = min(landscape.configuration.number_of_particles, total)
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= total:
        raise InputError(f"count: expected an integer from 1 to the {total} pairs, found {count!r}.")
    if guesses == "random":
        return np.sort(rng.choice(total, size=int(count), replace=False))
    return np.sort(np.argsort(pair_stiffness(landscape), kind="stable")[: int(count)])


def bonds_of(i_p: Integers, j_p: Integers, pairs: ArrayLike) -> Integers:
    """Places of pairs (i, j), in either order, in a table of pairs."""
    pair_g2 = np.asarray(pairs)
    if pair_g2.ndim != 2 or pair_g2.shape[1] != 2 or pair_g2.shape[0] == 0 or pair_g2.dtype.kind not in "iu":
        raise InputError(
            f"pairs: expected integers of shape (G, 2), found shape {pair_g2.shape} and dtype {pair_g2.dtype}."
        )
    known = {(int(i), int(j)): k for k, (i, j) in enumerate(zip(i_p, j_p, strict=True))}
    places = [known.get((int(a), int(b)), known.get((int(b), int(a)), -1)) for a, b in pair_g2]
    if -1 in places:
        a, b = pair_g2[places.index(-1)]
        raise InputError(f"pairs: particles {a} and {b} do not interact; expected pairs within their cutoff.")
    return np.array(places, dtype=np.int64)
