"""What the pipelines of coupled oscillators share: the tables of spectrum and store, the record, what it costs.

The record of an instance (N oscillators, k modes)::

    energy                                          per oscillator
    mean_square                                     <x²>
    relative_gradient, flow_steps, newton_steps, products
    frequencies (k,), complete_below                sqrt of the Hessian's eigenvalues; all N by default
    participation (k,)                              with spectrum.count or spectrum.below
    partial_limits, partial_counts, partial_sums (25,)
                                                    sums of x² over softer oscillators, see `PartialAverages`
    coordinates, stiffnesses (N,)                   with store.coordinates
    modes (k, N)                                    with store.modes
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import GlasskitError, InputError
from ...meanfield.instance import OscillatorInstance, OscillatorModel
from ...meanfield.levels import estimate_levels
from ...meanfield.memory import require
from ...meanfield.spectrum import factor_of_few, lapack_bytes, left_to_lapack, modes_by_factor, modes_under
from ..tables import number, shown, truth, whole
from . import Cost, Make, Record

T = TypeVar("T")

LIMITS_PER_DECADE, DECADES = 8, 3
TRIAL_SIZE = 1000
"""Oscillators of the instances that are timed; products with J cost N² each, and their number grows as N^(1/3)."""
TRIAL_SHARE = 0.06
"""Largest share of modes that a trial looks for by a factor."""
TRIALS, ENOUGH_SECONDS = 3, 1.0
"""Instances that are timed, and the time of a processor after which no other one is begun."""


@dataclass(frozen=True)
class SpectrumTable:
    """``[spectrum]``: all eigenvalues (``full``, the default), ``count`` lowest modes, or all ``below`` a frequency."""

    full: bool | None = truth(
        default=None, means="all eigenvalues, and no modes", unset="true, if neither of the others is given"
    )
    count: int | None = whole(
        "a whole number >= 1 of modes",
        default=None,
        means="so many lowest modes, with their participation ratios",
        unset="none",
    )
    below: float | None = number(
        "a frequency > 0",
        lambda value: value > 0,
        default=None,
        means="all modes below this frequency ω, with their participation ratios",
        unset="none",
    )


@dataclass(frozen=True)
class StoreTable:
    """``[store]``: what is kept beyond numbers and frequencies."""

    coordinates: bool = truth(default=False, means="keep coordinates and stiffnesses of all oscillators")
    modes: bool = truth(default=False, means="keep mode vectors; not with a full spectrum")


class SampledModel(OscillatorModel, Protocol):
    """A model that makes instances."""

    @property
    def stiffness_range(self) -> tuple[float, float]:
        """(κ_min, κ_0)."""

    def sample(self, rng: np.random.Generator, *, start_width: float, tolerance: float) -> OscillatorInstance:
        """Draw one instance."""


class OscillatorSettings(Protocol):
    """All tables of one curve; those of the model and the start differ between models."""

    @property
    def model(self) -> Any:
        """``[model]``, with its ``size`` N."""

    @property
    def start(self) -> Any:
        """``[start]``, with ``width`` and ``tolerance``."""

    @property
    def spectrum(self) -> SpectrumTable:
        """``[spectrum]``."""

    @property
    def store(self) -> StoreTable:
        """``[store]``."""


def resolved_spectrum(settings: OscillatorSettings) -> SpectrumTable:
    """Spell out which spectrum is meant; check what the tables say together.

    Raises
    ------
    InputError
        If two spectra are asked for at once, more modes than there are, or modes of a full spectrum.
    """
    wanted = settings.spectrum
    part = [name for name in ("count", "below") if getattr(wanted, name) is not None]
    full = not part if wanted.full is None else wanted.full
    if len(part) + full != 1:
        raise InputError(_several_spectra(wanted, part) if part else _NO_SPECTRUM)
    if wanted.count is not None and wanted.count > settings.model.size:
        raise InputError(f"spectrum.count is {wanted.count}, expected at most model.size = {settings.model.size}.")
    if full and settings.store.modes:
        raise InputError("store.modes is true, but a full spectrum has no modes: set spectrum.count or spectrum.below.")
    return dataclasses.replace(wanted, full=full)


_NO_SPECTRUM = (
    "spectrum.full is false and neither spectrum.count nor spectrum.below is given; expected one spectrum: leave out "
    "full for all eigenvalues, or give count, a number of lowest modes, or below, a frequency."
)


def _several_spectra(wanted: SpectrumTable, part: list[str]) -> str:
    """Say which spectra are asked for at once, and what to leave out for each of them."""
    asked = [name for name in ("full", *part) if getattr(wanted, name)]
    given = " and ".join(f"spectrum.{name} = {shown(getattr(wanted, name))}" for name in asked)
    meaning = {"full": "all eigenvalues", "count": "so many lowest modes", "below": "all modes below a frequency"}
    ways = ", or ".join(
        f"{' and '.join(other for other in asked if other != name)} for {meaning[name]}" for name in asked
    )
    return f"{given} are given together; expected one spectrum: leave out {ways}."


def require_start(field: float, width: float) -> None:
    """Refuse a start from x = 0 without a field: nothing would move.

    Raises
    ------
    InputError
        If both are zero.
    """
    if field == 0 and width == 0:
        raise InputError(
            "start.width is 0 and there is no field, where x = 0 is stationary: start from a random state, "
            "start.width > 0."
        )


def partial_limits(stiffness_range: tuple[float, float]) -> NDArray[np.float64]:
    """Stiffnesses up to which x² is averaged: three decades of the range, eight limits each, the last at its end."""
    lowest, highest = stiffness_range
    exponents = np.arange(-DECADES * LIMITS_PER_DECADE, 1) / LIMITS_PER_DECADE
    limits = lowest + (highest - lowest) * 10.0**exponents
    limits[-1] = highest
    return limits


def sampler_of(model: SampledModel, settings: OscillatorSettings) -> Make:
    """Return the function that makes one instance of a model: ``make(index, rng) -> record``."""

    def make(index: int, rng: np.random.Generator) -> dict[str, Any]:
        instance = model.sample(rng, start_width=settings.start.width, tolerance=settings.start.tolerance)
        averages = instance.partial_averages(partial_limits(model.stiffness_range))
        record = {
            "energy": instance.energy / model.n,
            "mean_square": instance.mean_square,
            "relative_gradient": instance.relative_gradient,
            "flow_steps": instance.flow_steps,
            "newton_steps": instance.newton_steps,
            "products": instance.products,
            "partial_limits": averages.limits,
            "partial_counts": averages.counts,
            "partial_sums": averages.sums,
            **_spectrum(instance, settings),
        }
        if settings.store.coordinates:
            record |= {"coordinates": instance.coordinates, "stiffnesses": instance.stiffnesses}
        return record

    return make


def _spectrum(instance: OscillatorInstance, settings: OscillatorSettings) -> dict[str, Any]:
    wanted = settings.spectrum
    if wanted.full:
        frequencies = _frequencies(instance.eigenvalues())
        return {"frequencies": frequencies, "complete_below": float(frequencies[-1])}
    low = instance.lowest_modes(wanted.count, below=wanted.below)
    frequencies = _frequencies(low.eigenvalues)
    complete = low.complete_below if np.isfinite(low.complete_below) else float(frequencies[-1])
    found = {"frequencies": frequencies, "complete_below": complete, "participation": low.participation}
    return {**found, "modes": low.modes} if settings.store.modes else found


def _frequencies(eigenvalues: NDArray[np.float64]) -> NDArray[np.float64]:
    """Roots; eigenvalues below zero are there within rounding only."""
    return np.sqrt(np.maximum(eigenvalues, 0.0))


def offers(settings: Any) -> bool:
    """Instances share no work with those of other curves."""
    return False


def reuse(settings: Any, record: Record) -> Record | None:
    """None: nothing of another curve's record helps."""
    return None


FACTOR_SIZE = 200
"""Oscillators of the instance whose modes are found by a factor, so that its kernels are compiled."""


def compile_with(make: Make, model: SampledModel) -> None:
    """Compile the kernels by making one small instance, and by the few lowest modes of one of about `FACTOR_SIZE`."""
    with contextlib.suppress(GlasskitError):  # no field, say; everything is compiled all the same
        make(0, np.random.default_rng(0))
    with contextlib.suppress(GlasskitError):
        instance = model.sample(np.random.default_rng(0), start_width=1.0, tolerance=1e-6)
        modes_by_factor(instance.dense_hessian(), 2, None)


def cost_of(model: SampledModel, small: SampledModel, settings: OscillatorSettings) -> Cost:
    """Time a few instances of a `small` model with their spectra, and scale the medians up to the size of `model`.

    On a machine that nothing else uses it holds within a factor of two to three; on a busy one the time that a
    processor takes is stretched by as much as the trials were.

    Raises
    ------
    InputError
        If one instance and its spectrum would not fit into memory.
    """
    memory = model.memory_bytes + _spectrum_bytes(settings.spectrum, model.n)
    fewer = "take fewer oscillators" if settings.spectrum.full else "take fewer oscillators or modes"
    require(memory, f"an instance of model.size = {model.n} with its spectrum", remedy=fewer)
    growth = model.n / small.n
    minimising: list[float] = []
    spectra: list[float] = []
    began, busy = time.perf_counter(), time.thread_time()
    while len(minimising) < TRIALS and (not minimising or time.thread_time() - busy < ENOUGH_SECONDS):
        start, instance = time.thread_time(), None
        with contextlib.suppress(GlasskitError):  # it still took its time
            rng = np.random.default_rng(len(minimising))
            instance = small.sample(rng, start_width=settings.start.width, tolerance=settings.start.tolerance)
        minimising.append(time.thread_time() - start)
        if instance is not None:
            spectra.append(_spectrum_seconds(instance, settings.spectrum, model.n))
    # seconds of a processor repeat where those of a clock do not; how much longer the clock runs is one number
    waiting = (time.perf_counter() - began) / max(time.thread_time() - busy, 1e-6)
    seconds = float(np.median(minimising)) * growth ** (7 / 3) + (float(np.median(spectra)) if spectra else 0.0)
    return Cost(seconds * waiting, _disk_bytes(settings), memory + 2e8)


def _spectrum_bytes(wanted: SpectrumTable, size: int) -> float:
    """Memory of a spectrum beside the instance; if more modes are below a frequency than expected, it takes more."""
    if not wanted.full and left_to_lapack(size, wanted.count):
        return lapack_bytes(size, wanted.count)
    return 8.0 * size**2


def _spectrum_seconds(instance: OscillatorInstance, wanted: SpectrumTable, size: int) -> float:
    """Time of a processor for the spectrum of `size` oscillators: that of an instance, by the same route, scaled up.

    LAPACK takes N³ where the share of modes is the same; of a factor and a Krylov space see `_factor_seconds`.
    """
    growth = size / instance.model.n
    try:
        if wanted.full:
            return growth**3 * _timed(instance.eigenvalues)[0]
        if not left_to_lapack(size, wanted.count):
            return _factor_seconds(instance, wanted, growth)
    except GlasskitError:  # of an instance that no spectrum can be found of; all LAPACK takes is nearest
        return growth**3 * _timed(instance.eigenvalues)[0]
    count = None if wanted.count is None else max(1, round(wanted.count / growth))
    return growth**3 * _timed(lambda: instance.lowest_modes(count, below=wanted.below))[0]


def _factor_seconds(instance: OscillatorInstance, wanted: SpectrumTable, growth: float) -> float:
    """Time for modes by one factor and a Krylov space; where many are wanted a few are found.

    From N = 1000 to 4000 a factor was seen to take N^2.4, as larger blocks are faster, and a Krylov space to grow as
    the number of modes to the power 0.7, as more of them share a product.
    """
    hessian = instance.dense_hessian()
    count = None if wanted.count is None else min(wanted.count, int(TRIAL_SHARE * hessian.size))
    factoring, factor = _timed(lambda: factor_of_few(hessian, count, wanted.below))
    if factor is None:  # too many modes below the frequency: LAPACK finds them
        return growth**3 * (factoring + _timed(lambda: instance.lowest_modes(count, below=wanted.below))[0])
    solving, _ = _timed(lambda: modes_under(hessian, factor, count))
    if count is None or wanted.count is None:  # the modes below a frequency are a share of all
        return growth**3 * (factoring + solving)
    levels = min(factoring, _timed(lambda: estimate_levels(hessian.couplings, hessian.diagonal))[0])
    more = (wanted.count / count) ** 0.7
    return growth**2.5 * (factoring - levels) + growth**2 * (levels + solving * more)


def _timed(function: Callable[[], T]) -> tuple[float, T]:
    """Return the time of a processor that a function takes, and its result."""
    start = time.thread_time()
    result = function()
    return time.thread_time() - start, result


def _disk_bytes(settings: OscillatorSettings) -> float:
    """Arrays and 3 kB for the headers of a shard's datasets, shared by its samples; below a frequency, a tenth."""
    size, wanted = settings.model.size, settings.spectrum
    modes = size if wanted.full else wanted.count or 0.1 * size
    stored = modes * (1 if wanted.full else 2) + 75.0
    stored += 2 * size if settings.store.coordinates else 0
    stored += modes * size if settings.store.modes else 0
    return 8.0 * stored + 3e3
