"""From one glass to the library of its soft spots.

Responses to force dipoles are minimised in small balls first, duplicates taken out, what is left in larger balls, and
in the end in the whole glass. Guesses minimised in the whole glass at once nearly all end in its softest few modes, at
the price of the whole glass each; walls keep a guess near the pair it belongs to until its spot is found.
"""

from __future__ import annotations

import multiprocessing
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from ...errors import ConvergenceError, InputError
from ...particles.configuration import Configuration
from ...particles.potentials import PairPotential
from ...seeds import generator_and_seed
from .dipoles import chosen_bonds
from .duplicates import checked_threshold, clusters, numbers_of_spots
from .energies import CUBIC, GEOMETRIC, QUARTIC
from .landscape import ModeLandscape
from .library import ModeLibrary
from .solve import TOLERANCE, QuasilocalizedMode
from .stages import (
    Search,
    Spot,
    forget,
    modes_in_glass,
    on_one_thread,
    responses_of_glass,
    spots_in_glass,
    spots_in_larger_balls,
    spots_of_dipoles,
)  # fmt: skip

Integers = NDArray[np.int64]
Progress = Callable[[str, int, int], None]

ENERGIES = {energy.name: energy for energy in (QUARTIC, CUBIC, GEOMETRIC)}
FIRST_BALL = 64  # particles: a core with two or three shells around it
GROWTH = 4  # of the number of particles from one ball to the next
LARGEST_SHARE = 0.25  # of the glass that a ball may hold
SAME_IN_BALLS, SAME_IN_GLASS = 0.9, 0.99  # overlap of one spot found twice, before it is converged
LOOSE = 1e-3  # |∇E|/E in the glass before duplicates are taken out
BATCH = 128  # spots of one task, of which some are solved for together
CHUNK = 64  # guesses of one task; results do not depend on it


def find_modes(
    configuration: Configuration,
    potential: PairPotential,
    *,
    energy: str = "quartic",
    guesses: str | ArrayLike = "random",
    count: int | None = None,
    threshold: float = 0.5,
    tolerance: float = TOLERANCE,
    workers: int = 1,
    executor: Executor | None = None,
    rng: np.random.Generator | None = None,
    progress: Progress | None = None,
) -> ModeLibrary:
    """The quasilocalized modes of a glass: minima of an energy reached from many force dipoles, duplicates taken out.

    Parameters
    ----------
    configuration : Configuration
        A glass, quenched as for `quartic_mode`.
    potential : PairPotential
    energy : {"quartic", "cubic", "geometric"}
    guesses : {"random", "softest", "all"} or (G, 2) array_like of int
        Interacting pairs of particles whose force dipoles the guesses respond to; "softest": those that are soft while
        all others are held, see `pair_stiffness`. Completeness is estimated for guesses of the kind used, and only
        random ones stand for all pairs.
    count : int, optional
        Of random or softest pairs; default: as many as there are particles.
    threshold : float
        Modes with |π_a·π_b| above it count as one, the softer. The result holds their number at others.
    tolerance : float
        |∇E|/E of each mode of the library, in the whole glass, or the floor of rounding where that is larger.
    workers : int
        Processes, spawned for the search. The result is the same bits with any number.
    executor : concurrent.futures.Executor, optional
        Works instead of processes of its own.
    rng : numpy.random.Generator, optional
        Of random pairs; None: the seed recorded in the result.
    progress : callable, optional
        Called with the name of a stage, how much of it is done, and how much there is.

    Returns
    -------
    ModeLibrary

    Raises
    ------
    InputError
        Unknown names, a count or pairs that do not fit, or a glass that `quartic_mode` refuses.
    IncompleteSpectrumError
        If the configuration is no minimum, or has zero modes besides translations and rattlers.
    ConvergenceError
        If every guess failed (``partial``: how many, by reason).

    Examples
    --------
    >>> library = gk.find_modes(glass, gk.BINARY_IPL.potential)
    >>> print(library.summary())
    >>> library.stiffness, library.completeness(below=2.0).coverage
    """
    if energy not in ENERGIES:
        raise InputError(f"energy: expected one of {', '.join(ENERGIES)}, found {energy!r}.")
    threshold, (generator, seed) = checked_threshold(threshold), generator_and_seed(rng)
    if not (isinstance(tolerance, int | float) and 0.0 < tolerance <= LOOSE):
        raise InputError(f"tolerance: expected a number between 0 and {LOOSE:g}, such as 1e-10, found {tolerance!r}.")
    landscape = ModeLandscape.of(configuration, potential)
    bonds = chosen_bonds(landscape, guesses, count, generator)
    sizes = ball_sizes(configuration.number_of_particles)
    search = Search(landscape, potential, ENERGIES[energy], uuid.uuid4().hex)
    with _executor(workers, executor) as pool:
        try:
            modes, origins, failures = _Run(search, pool, progress).all(bonds, sizes, float(tolerance))
        finally:
            forget(search.token)
    if not modes:
        raise ConvergenceError(
            f"none of {len(bonds)} guesses became a mode: {dict(failures)}; use others.", dict(failures)
        )
    return _library(
        modes, origins, dict(failures), energy=energy, threshold=threshold, tolerance=float(tolerance), balls=sizes,
        selection=guesses if isinstance(guesses, str) else "given", seed=seed,
        pairs=np.column_stack((landscape.i[bonds], landscape.j[bonds])),
    )  # fmt: skip


def ball_sizes(particles: int) -> tuple[int, ...]:
    """Particles of the balls that guesses are minimised in, ascending; none in a glass too small for them."""
    sizes, size = [], FIRST_BALL
    while size <= LARGEST_SHARE * particles:
        sizes.append(size)
        size *= GROWTH
    return tuple(sizes)


class _Run:
    """The stages, one after the other; `leader` and `origin` say what has become of every guess."""

    def __init__(self, search: Search, pool: Executor | None, progress: Progress | None):
        self._search, self._pool, self._progress = search, pool, progress

    def all(
        self, bonds: Integers, sizes: tuple[int, ...], tolerance: float
    ) -> tuple[list[QuasilocalizedMode], Integers, Counter[str]]:
        """Converged modes, the one that each guess ended in (−1: none), and the failures of guesses by reason."""
        if sizes:
            found = self._map("dipoles", spots_of_dipoles, bonds, CHUNK, sizes[0])
        else:
            found = self._map("dipoles", responses_of_glass, bonds, BATCH)
        origins, failures = np.arange(len(bonds)), Counter[str]()
        spots: list[Any] = _kept(found, origins, failures)
        if sizes:
            spots = _merged(spots, origins, SAME_IN_BALLS)
        for size in sizes[1:]:
            found = self._map(f"balls of {size}", spots_in_larger_balls, spots, CHUNK // 4, size)
            spots = _merged(_kept(found, origins, failures), origins, SAME_IN_BALLS)
        spots = _kept(self._map("glass", spots_in_glass, spots, BATCH, LOOSE), origins, failures)
        spots = _merged(spots, origins, SAME_IN_GLASS)
        return _kept(self._map("modes", modes_in_glass, spots, BATCH, tolerance), origins, failures), origins, failures

    def _map(self, name: str, stage: Callable[..., list[Any]], items: Any, chunk: int, *more: Any) -> list[Any]:
        """A stage on all items, in chunks whose make-up does not depend on who works on them."""
        parts = [items[begin : begin + chunk] for begin in range(0, len(items), chunk)]
        results: list[Any] = []
        for part in self._parts(stage, parts, more):
            results += part
            if self._progress is not None:
                self._progress(name, len(results), len(items))
        return results

    def _parts(self, stage: Callable[..., list[Any]], parts: list[Any], more: tuple[Any, ...]) -> Iterator[list[Any]]:
        if self._pool is None:
            for part in parts:
                yield on_one_thread(stage, self._search, part, *more)
            return
        futures: list[Future[list[Any]]] = [
            self._pool.submit(on_one_thread, stage, self._search, part, *more) for part in parts
        ]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _kept(found: list[Any], origins: Integers, failures: Counter[str]) -> list[Any]:
    """What is no failure; origins point to it, and guesses that failed are counted."""
    place = np.full(len(found), -1, dtype=np.int64)
    kept: list[Any] = []
    for number, result in enumerate(found):
        if isinstance(result, str):
            failures[result] += int((origins == number).sum())
        else:
            place[number] = len(kept)
            kept.append(result)
    _redirect(origins, place)
    return kept


def _redirect(origins: Integers, place: Integers) -> None:
    alive = origins >= 0
    origins[alive] = place[origins[alive]]


def _merged(spots: list[Spot], origins: Integers, same: float) -> list[Spot]:
    """One of every cluster of spots, origins pointing to it."""
    if not spots:
        return spots
    leader = clusters(_overlaps(spots), [spot.stiffness for spot in spots], same)
    leaders = np.unique(leader)
    _redirect(origins, np.searchsorted(leaders, leader))
    return [spots[number] for number in leaders]


def _overlaps(spots: list[Spot]) -> sp.csr_matrix | NDArray[np.float64]:
    """Overlaps of all spots with one another, sparse unless all of them move the same particles."""
    if all(np.array_equal(spot.members, spots[0].members) for spot in spots):
        flat = np.array([spot.z_nc.ravel() for spot in spots])
        return flat @ flat.T
    d = spots[0].z_nc.shape[1]
    column = np.concatenate([(d * spot.members[:, None] + np.arange(d)).ravel() for spot in spots])
    pointer = np.concatenate([[0], np.cumsum([spot.z_nc.size for spot in spots])])
    value = np.concatenate([spot.z_nc.ravel() for spot in spots])
    matrix = sp.csr_matrix((value, column, pointer), shape=(len(spots), int(column.max()) + 1))
    return matrix @ matrix.T


def _library(
    modes: list[QuasilocalizedMode], origins: Integers, failures: dict[str, int], *, threshold: float, **settings: Any
) -> ModeLibrary:
    """Duplicates taken out, ranked by stiffness."""
    stiffness = np.array([mode.stiffness for mode in modes])
    flat = np.array([mode.mode.ravel() for mode in modes])
    overlap_mm = flat @ flat.T
    leader = clusters(overlap_mm, stiffness, threshold)
    leaders = np.unique(leader)
    ranked = leaders[np.argsort(stiffness[leaders], kind="stable")]
    place = np.empty(len(modes), dtype=np.int64)
    place[ranked] = np.arange(len(ranked))
    _redirect(origins, place[leader])
    return ModeLibrary(
        modes=tuple(modes[number] for number in ranked),
        hits=np.bincount(origins[origins >= 0], minlength=len(ranked)),
        origins=origins,
        failures=failures,
        sensitivity=numbers_of_spots(overlap_mm, stiffness),
        threshold=threshold,
        **settings,
    )


@contextmanager
def _executor(workers: int, executor: Executor | None) -> Iterator[Executor | None]:
    """The executor given, spawned processes, or None for this process."""
    if isinstance(workers, bool) or not isinstance(workers, int | np.integer) or workers < 1:
        raise InputError(f"workers: expected an integer of at least 1, found {workers!r}.")
    if executor is not None or workers == 1:
        yield executor
        return
    with ProcessPoolExecutor(int(workers), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool
