"""KHGPS instances: random disorder, its minimum, the spectrum there; one record per instance.

The recipe has ``kind = "khgps"`` and the tables of `KHGPSSettings`; ``glasses`` of a curve is its number of instances.
Records are those of `oscillators`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from ...meanfield.khgps import KHGPS, TOLERANCE
from ..tables import interval, number, table, whole
from . import Cost, Make, oscillators
from .oscillators import SpectrumTable, StoreTable, offers, reuse

version = 4  # 4: another integrator of the gradient flow
shorthands: Mapping[str, tuple[str, str]] = {"coupling": ("model", "coupling"), "field": ("model", "field")}
random_tables = ("model", "start")

__all__ = [
    "calibrate", "offers", "random_tables", "resolve", "reuse", "sampler", "settings_type", "shorthands", "version",
    "warm_up",
]  # fmt: skip


@dataclass(frozen=True)
class ModelTable:
    """``[model]``: the parameters of `glasskit.meanfield.khgps.KHGPS`."""

    size: int = whole("a whole number >= 2 of oscillators", least=2, means="number N of oscillators")
    coupling: float = number("a number >= 0", lambda value: value >= 0, means="J, the strength of random couplings")
    field: float = number(
        "a number", lambda value: True, means="h, a force on all oscillators; at 0 a random start is needed"
    )
    stiffness_range: tuple[float, float] = interval(
        "two numbers, 0 <= lowest <= highest",
        lambda lowest, highest: 0 <= lowest <= highest,
        default=(0.0, 1.0),
        means="ends of the uniform distribution of stiffnesses κ",
    )


@dataclass(frozen=True)
class StartTable:
    """``[start]``: standard deviation of the starting coordinates (0: x = 0), largest relative gradient at the end."""

    width: float = number(
        "a number >= 0",
        lambda value: value >= 0,
        default=0.0,
        means="standard deviation of the starting coordinates; at 0 instances start from x = 0",
    )
    tolerance: float = number(
        "a number > 0 and < 1",
        lambda value: 0 < value < 1,
        default=TOLERANCE,
        means="largest gradient at the minimum, relative to the typical force",
    )


@dataclass(frozen=True)
class KHGPSSettings:
    """All tables of one curve."""

    model: ModelTable = table(ModelTable)  # noqa: RUF009
    start: StartTable = table(StartTable, default=StartTable())  # noqa: RUF009
    spectrum: SpectrumTable = table(SpectrumTable, default=SpectrumTable())  # noqa: RUF009
    store: StoreTable = table(StoreTable, default=StoreTable())  # noqa: RUF009


settings_type = KHGPSSettings


def resolve(settings: KHGPSSettings) -> KHGPSSettings:
    """Spell out which spectrum is meant.

    Raises
    ------
    InputError
        For a start from x = 0 without a field, or a spectrum that makes no sense, see `resolved_spectrum`.
    """
    oscillators.require_start(settings.model.field, settings.start.width)
    return dataclasses.replace(settings, spectrum=oscillators.resolved_spectrum(settings))


def model_of(settings: KHGPSSettings) -> KHGPS:
    """Return the model of a curve."""
    given = settings.model
    return KHGPS(given.size, coupling=given.coupling, field=given.field, stiffness_range=given.stiffness_range)


def sampler(settings: KHGPSSettings) -> Make:
    """Return the function that makes one instance: ``make(index, rng) -> record``."""
    return oscillators.sampler_of(model_of(settings), settings)


def warm_up(settings: KHGPSSettings) -> None:
    """Compile the kernels on a small instance."""
    model = dataclasses.replace(settings.model, size=20)
    small = dataclasses.replace(settings, model=model, spectrum=SpectrumTable(full=True), store=StoreTable())
    middle = dataclasses.replace(model_of(small), n=oscillators.FACTOR_SIZE)
    oscillators.compile_with(sampler(small), middle)


def calibrate(settings: KHGPSSettings) -> Cost:
    """Scale up what a small instance takes, see `oscillators.cost_of`; InputError where memory is short."""
    model = model_of(settings)
    small = dataclasses.replace(model, n=min(model.n, oscillators.TRIAL_SIZE))
    return oscillators.cost_of(model, small, settings)
