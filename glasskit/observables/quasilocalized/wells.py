"""Double wells: the second minimum that a step along a mode leads to, and the barrier on the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ConvergenceError, IncompleteSpectrumError, InputError, InsufficientDataError
from ...particles.configuration import Configuration
from ...particles.potentials import PairPotential
from ...particles.quench import QuenchResult, quench
from .landscape import ModeLandscape
from .path import Passage, displacement, find_passage, rattling, same_minimum
from .quartic_expansion import QuarticExpansion
from .saddle import require_minimum
from .solve import QuasilocalizedMode, expansion

Array = NDArray[np.float64]

ENERGY_ROUNDING = 1e-13  # of |U|: a sum over N = 1000 is good to a few 1e-14
STEPS = 20


@dataclass(frozen=True, eq=False)
class SecondWell:
    """Another minimum of the energy, next to a first one.

    Attributes
    ----------
    configuration : Configuration
        The second minimum.
    step : float
        s of the displacement s·π from whose quench it was found, with its sign [length].
    displacement : (N, d) array
        Δx from the first minimum to the second: nearest images, rattlers at rest, no mean translation [length].
    distance : float
        |Δx| [length].
    distance_a0 : float
        |Δx|/a_0, a_0 = (V/N)^(1/d).
    overlap : float
        |Δx·π|/|Δx|, between 0 and 1.
    energy_difference : float
        Energy of the second minimum above the first, below zero where it is the lower one [energy].
    energy_rounding : float
        Energies that differ by less are the same in float64 [energy].
    expansion : QuarticExpansion
        That of the first minimum along π.
    """

    configuration: Configuration = field(repr=False)
    step: float
    displacement: Array = field(repr=False)
    distance: float
    distance_a0: float
    overlap: float
    energy_difference: float
    energy_rounding: float
    expansion: QuarticExpansion = field(repr=False)
    _passage: Passage | None = field(repr=False, default=None)

    @property
    def outcome(self) -> str:
        """Whether the second minimum is "higher" or "lower" than the first, or "equal" within rounding."""
        if abs(self.energy_difference) <= self.energy_rounding:
            return "equal"
        return "higher" if self.energy_difference > 0.0 else "lower"

    @property
    def passage(self) -> Passage:
        """Saddles and minima on the way.

        Raises
        ------
        InputError
            If the search was told not to look for it, ``barrier=False``.
        """
        if self._passage is None:
            raise InputError("passage: it was not looked for; search with barrier=True.")
        return self._passage

    @property
    def barrier(self) -> float:
        """Highest saddle on the way above the first minimum [energy]; see `Passage.barrier`."""
        return self.passage.barrier

    @property
    def barrier_ratio(self) -> float:
        """The barrier over (2/3) kappa³/tau², that of the cubic expansion along π; zero where tau = 0."""
        return self.barrier / self.expansion.barrier


@dataclass(frozen=True, eq=False)
class WellSearch:
    """What quenches from steps along a mode led to.

    Attributes
    ----------
    outcome : str
        "none": every quench came back. Else a second minimum was found, and it is "higher", "lower" or "equal" in
        energy.
    steps : (K,) array
        Steps s that were tried, in order; the last one led to the second minimum where there is one [length].
    largest_step : float
        [length]
    """

    outcome: str
    steps: Array
    largest_step: float
    _well: SecondWell | None = field(repr=False, default=None)

    @property
    def found(self) -> bool:
        """Whether there is a second minimum."""
        return self._well is not None

    @property
    def well(self) -> SecondWell:
        """The second minimum.

        Raises
        ------
        InsufficientDataError
            If none was found.
        """
        if self._well is None:
            raise InsufficientDataError(
                f"no second minimum was found with {len(self.steps)} steps of up to {self.largest_step:.3g} along the "
                "mode.",
                self,
            )
        return self._well


def find_second_well(
    configuration: Configuration,
    potential: PairPotential,
    mode: QuasilocalizedMode | ArrayLike,
    *,
    largest_step: float | None = None,
    steps: int = STEPS,
    barrier: bool = True,
    force_tolerance: float = 1e-12,
) -> WellSearch:
    """Look for a second minimum along a mode: step, quench, compare; then the barrier on the way.

    Displacements s·π with s = ±a/n, ±2a/n, … ±a are quenched in this order, of each pair first the sign that goes
    towards the barrier of the cubic expansion, until one ends in another minimum. Two quenches ended in one minimum
    where the linear restoring force of their displacement is no larger than what rounding leaves. The way to the
    second minimum is a nudged elastic band whose top becomes a saddle by Newton's method, proved to have exactly one
    falling direction by the inertia of its Hessian, and to join the two minima by quenches to both sides.

    Parameters
    ----------
    configuration : Configuration
        A glass, quenched to a relative force of 1e-11 or the floor of float64: ``quench(..., force_tolerance=1e-12)``.
    potential : PairPotential
        m >= 3; for m <= 2 a warning.
    mode : QuasilocalizedMode or (N, d) array_like
        π, a nonlinear mode or any direction; its length, translations and motion of rattlers do not matter.
    largest_step : float, optional
        a [length]. Default: a_0 = (V/N)^(1/d).
    steps : int
        n.
    barrier : bool
        Whether to look for the way to a second minimum too.
    force_tolerance : float
        Of all quenches, and of saddles.

    Returns
    -------
    WellSearch
        Whether or not there is a second minimum, and all about it.

    Raises
    ------
    InputError
        A mode of another shape, not finite, or a zero mode; bad options; a configuration that is not quenched well
        enough; a Hertzian potential.
    IncompleteSpectrumError
        If the configuration, or the second state, is no minimum: a direction does not rise.
    ConvergenceError
        If a quench does not converge. If no way over saddles is found: ``partial`` is then the `WellSearch` with the
        second minimum, without its barrier.

    Notes
    -----
    The protocol of Lerner & Bouchbinder, J. Chem. Phys. 155, 200901 (2021), Sec. IV.J, who report a second minimum for
    14 % of soft modes of a deeply supercooled model, with |Δx| ≈ a_0/2 and overlaps mostly above 0.8. A finer grid of
    steps finds more of them. Particles of one size that exchange places count as another minimum.

    Examples
    --------
    >>> search = gk.find_second_well(glass, gk.BINARY_IPL.potential, spot)
    >>> if search.found:
    ...     search.outcome, search.well.distance_a0, search.well.overlap, search.well.barrier_ratio
    """
    landscape = ModeLandscape.of(configuration, potential)
    mode_nc = landscape.direction(mode.mode if isinstance(mode, QuasilocalizedMode) else mode)
    a_0 = configuration.density ** (-1.0 / configuration.dimension)
    longest = a_0 if largest_step is None else largest_step
    if not (np.isfinite(longest) and longest > 0.0):
        raise InputError(f"largest_step: expected a positive length, found {largest_step!r}.")
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
        raise InputError(f"steps: expected an integer of 1 or more, found {steps!r}.")
    require_minimum(configuration, potential)
    here = QuarticExpansion(*expansion(landscape, mode_nc))
    first = quench(configuration, potential, force_tolerance=force_tolerance)
    tried: list[float] = []
    side = -1.0 if here.tau > 0.0 else 1.0
    for step in np.repeat(np.arange(1, steps + 1) * longest / steps, 2):
        tried.append(side * float(step))
        side = -side
        start = configuration.replace(positions=configuration.positions + tried[-1] * mode_nc)
        last = quench(start, potential, force_tolerance=force_tolerance)
        if not same_minimum(first, last, potential):
            well = _second_well(first, last, tried[-1], mode_nc, here, a_0, potential)
            found = WellSearch(well.outcome, np.array(tried), longest, well)
            return _with_passage(found, first, last, mode_nc, potential, force_tolerance) if barrier else found
    return WellSearch("none", np.array(tried), longest)


def _second_well(
    first: QuenchResult, last: QuenchResult, step: float, mode_nc: Array, here: QuarticExpansion, a_0: float,
    potential: PairPotential,
) -> SecondWell:  # fmt: skip
    try:
        require_minimum(last.configuration, potential)
    except IncompleteSpectrumError as error:
        raise IncompleteSpectrumError(f"the quench from s = {step:.3g} along the mode: {error}", last) from None
    delta_nc = np.where(rattling(first, last)[:, None], 0.0, displacement(first, last))
    distance = float(np.linalg.norm(delta_nc))
    return SecondWell(
        configuration=last.configuration,
        step=step,
        displacement=delta_nc,
        distance=distance,
        distance_a0=distance / a_0,
        overlap=abs(float(np.vdot(delta_nc, mode_nc))) / distance,
        energy_difference=last.energy - first.energy,
        energy_rounding=ENERGY_ROUNDING * max(abs(first.energy), abs(last.energy)),
        expansion=here,
    )


def _way(
    first: QuenchResult, last: QuenchResult, step_nc: Array, potential: PairPotential, force_tolerance: float
) -> Array:
    """Corners of the way into another minimum: the step, then the quench until it is no higher than the first one.

    A state no higher than the first minimum lies beyond its barriers, and a band that ends there is short, however far
    the quench goes on. The quench is stopped after ever more evaluations, and where it falls below is bisected.
    """
    start = first.configuration.replace(positions=first.configuration.positions + step_nc)

    def stopped(evaluations: int) -> QuenchResult:
        try:
            return quench(start, potential, force_tolerance=force_tolerance, max_evaluations=evaluations)
        except ConvergenceError as error:
            return error.partial

    corners, above, below = [np.zeros_like(step_nc), step_nc], 0, 4
    while below < last.force_evaluations and (stop := stopped(below)).energy > first.energy:
        corners.append(displacement(first, stop))
        above, below = below, 2 * below
    if not last.energy <= first.energy:
        return np.stack([*corners, displacement(first, last)])
    below = min(below, last.force_evaluations)
    while below - above > 1:
        middle = (above + below) // 2
        stop = stopped(middle)
        if stop.energy > first.energy:
            corners.append(displacement(first, stop))
            above = middle
        else:
            below = middle
    return np.stack([*corners, displacement(first, stopped(below))])


def _with_passage(
    found: WellSearch,
    first: QuenchResult,
    last: QuenchResult,
    mode_nc: Array,
    potential: PairPotential,
    force_tolerance: float,
) -> WellSearch:
    try:
        way = _way(first, last, found.well.step * mode_nc, potential, force_tolerance)
        passage = find_passage(first, last, potential, way=way, force_tolerance=force_tolerance)
    except ConvergenceError as error:
        raise ConvergenceError(f"a second minimum was found, but not the way to it: {error}", found) from None
    return replace(found, _well=replace(found.well, _passage=passage))
