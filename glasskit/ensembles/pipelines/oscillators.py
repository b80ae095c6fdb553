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
from ..tables import number, truth, whole
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
        raise InputError("spectrum asks for none or several of full, count and below, expected one of them.")
    if wanted.count is not None and wanted.count > settings.model.size:
        raise InputError(f"spectrum.count is {wanted.count}, expected at most model.size = {settings.model.size}.")
    if full and settings.store.modes:
        raise InputError("store.modes is true, but a full spectrum has no modes: set spectrum.count or spectrum.below.")
    return dataclasses.replace(wanted, full=full)


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
    """Time an instance of a `small` model and a factorisation, and scale them up; right within a factor of about two.

    Raises
    ------
    InputError
        If one instance and its spectrum would not fit into memory.
    """
    memory = model.memory_bytes + 8.0 * model.n**2
    require(memory, f"an instance of model.size = {model.n} with its spectrum", remedy="take fewer oscillators")
    start = time.perf_counter()
    with contextlib.suppress(GlasskitError):  # it still took its time
        small.sample(np.random.default_rng(0), start_width=settings.start.width, tolerance=settings.start.tolerance)
    growth = model.n / small.n
    seconds = (time.perf_counter() - start) * growth ** (7 / 3)
    matrix = np.asfortranarray(np.eye(small.n) + 1e-3)
    start = time.perf_counter()
    if settings.spectrum.full:
        scipy.linalg.eigh(matrix, eigvals_only=True, overwrite_a=True, check_finite=False)
        seconds += (time.perf_counter() - start) * growth**3
    else:  # two factorisations, and solves that take about as long as one
        scipy.linalg.lapack.dpotrf(matrix, lower=1, overwrite_a=1)
        seconds += 3.0 * (time.perf_counter() - start) * growth**3
    return Cost(seconds, _disk_bytes(settings), memory + 2e8)


def _disk_bytes(settings: OscillatorSettings) -> float:
    """Arrays and 3 kB for the headers of a shard's datasets, shared by its samples; below a frequency, a tenth."""
    size, wanted = settings.model.size, settings.spectrum
    modes = size if wanted.full else wanted.count or 0.1 * size
    stored = modes * (1 if wanted.full else 2) + 75.0
    stored += 2 * size if settings.store.coordinates else 0
    stored += modes * size if settings.store.modes else 0
    return 8.0 * stored + 3e3
