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
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from ...errors import GlasskitError, InputError
from ...meanfield.instance import OscillatorInstance, OscillatorModel
from ...meanfield.memory import require
from ...meanfield.spectrum import lapack_bytes, left_to_lapack
from ..tables import number, shown, truth, whole
from . import Cost, Make, Record

LIMITS_PER_DECADE, DECADES = 8, 3
TRIAL_SIZE = 500
"""Oscillators of the instance that is timed; its products with J cost N² each, and their number grows as N^(1/3)."""


@dataclass(frozen=True)
class SpectrumTable:
    """``[spectrum]``: all eigenvalues (``full``, the default), ``count`` lowest modes, or all ``below`` a frequency."""

    full: bool | None = truth(default=None)
    count: int | None = whole("a whole number >= 1 of modes", default=None)
    below: float | None = number("a frequency > 0", lambda value: value > 0, default=None)


@dataclass(frozen=True)
class StoreTable:
    """``[store]``: what is kept beyond numbers and frequencies."""

    coordinates: bool = truth(default=False)
    modes: bool = truth(default=False)


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


def compile_with(make: Make) -> None:
    """Compile the kernels by making one small instance."""
    try:
        make(0, np.random.default_rng(0))
    except GlasskitError:  # no field, say; everything is compiled all the same
        return


def cost_of(model: SampledModel, small: SampledModel, settings: OscillatorSettings) -> Cost:
    """Time an instance of a `small` model and what its spectrum rests on, and scale them up to the size of `model`.

    Raises
    ------
    InputError
        If one instance and its spectrum would not fit into memory.
    """
    memory = model.memory_bytes + _spectrum_bytes(settings.spectrum, model.n)
    fewer = "take fewer oscillators" if settings.spectrum.full else "take fewer oscillators or modes"
    require(memory, f"an instance of model.size = {model.n} with its spectrum", remedy=fewer)
    start = time.perf_counter()
    with contextlib.suppress(GlasskitError):  # it still took its time
        small.sample(np.random.default_rng(0), start_width=settings.start.width, tolerance=settings.start.tolerance)
    growth = model.n / small.n
    seconds = (time.perf_counter() - start) * growth ** (7 / 3)
    seconds += _spectrum_seconds(settings.spectrum, model.n, small.n) * growth**3
    return Cost(seconds, _disk_bytes(settings), memory + 2e8)


def _spectrum_bytes(wanted: SpectrumTable, size: int) -> float:
    """Memory of a spectrum beside the instance; if more modes are below a frequency than expected, it takes more."""
    if not wanted.full and left_to_lapack(size, wanted.count):
        return lapack_bytes(size, wanted.count)
    return 8.0 * size**2


def _spectrum_seconds(wanted: SpectrumTable, size: int, trial: int) -> float:
    """Time of the same share of the spectrum of a random matrix of `trial` oscillators."""
    matrix = np.asfortranarray(np.random.default_rng(0).standard_normal((trial, trial)))
    matrix += matrix.T
    np.fill_diagonal(matrix, 4.0 * trial)  # positive definite
    start = time.perf_counter()
    if wanted.full:
        scipy.linalg.eigh(matrix, eigvals_only=True, overwrite_a=True, check_finite=False)
    elif left_to_lapack(size, wanted.count):
        last = trial - 1 if wanted.count is None else (wanted.count - 1) * trial // size
        scipy.linalg.eigh(matrix, subset_by_index=(0, last), overwrite_a=True, check_finite=False)
    else:  # one factorisation, and levels and solves that take about twice as long
        scipy.linalg.lapack.dpotrf(matrix, lower=1, overwrite_a=1)
        return 3.0 * (time.perf_counter() - start)
    return time.perf_counter() - start


def _disk_bytes(settings: OscillatorSettings) -> float:
    """Arrays and 3 kB for the headers of a shard's datasets, shared by its samples; below a frequency, a tenth."""
    size, wanted = settings.model.size, settings.spectrum
    modes = size if wanted.full else wanted.count or 0.1 * size
    stored = modes * (1 if wanted.full else 2) + 75.0
    stored += 2 * size if settings.store.coordinates else 0
    stored += modes * size if settings.store.modes else 0
    return 8.0 * stored + 3e3
