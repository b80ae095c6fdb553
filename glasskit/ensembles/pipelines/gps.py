"""Instances of the GPS lattice model: random disorder, a minimum, the spectrum there; one record per instance.

The recipe has ``kind = "gps"`` and the tables of `GPSSettings`; ``glasses`` of a curve is its number of instances.
Records are those of `oscillators`; arrays over oscillators are in the order of `GPSLattice.sites`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import InputError
from ...meanfield.gps_lattice import START_WIDTH, GPSLattice
from ...meanfield.instance import TOLERANCE
from ..tables import interval, number, table, whole
from . import Cost, Make, oscillators
from .oscillators import SpectrumTable, StoreTable, offers, reuse

version = 3  # 3: another integrator of the gradient flow
shorthands: Mapping[str, tuple[str, str]] = {
    "length": ("model", "length"), "coupling": ("model", "coupling"), "field": ("model", "field"),
}  # fmt: skip
random_tables = ("model", "start")

__all__ = [
    "calibrate", "offers", "random_tables", "resolve", "reuse", "sampler", "settings_type", "shorthands", "version",
    "warm_up",
]  # fmt: skip


@dataclass(frozen=True)
class ModelTable:
    """``[model]``: the parameters of `GPSLattice`, and ``size``, its number of sites, which need not be given."""

    length: int = whole(
        "a whole number >= 2 of sites along an edge",
        least=2,
        means="sites along an edge of the square or cubic lattice",
    )
    coupling: float = number(
        "a number >= 0", lambda value: value >= 0, means="J, the strength of random couplings, which fall as 1/r^d"
    )
    size: int | None = whole(
        "the number of sites, length to the power of dimension",
        default=None,
        means="number N of sites; need not be given",
        unset="length to the power of dimension",
    )
    field: float = number("a number", lambda value: True, default=0.0, means="h, a force on all oscillators")
    dimension: int = whole("2 or 3", default=3, means="d of the lattice")
    stiffness_range: tuple[float, float] = interval(
        "two numbers, 0 <= lowest <= highest",
        lambda lowest, highest: 0 <= lowest <= highest,
        default=(0.0, 1.0),
        means="ends of the distribution of stiffnesses κ",
    )
    stiffness_exponent: float = number(
        "a number > -1", lambda value: value > -1, default=0.0, means="β: stiffnesses have the density (κ − lowest)^β"
    )


@dataclass(frozen=True)
class StartTable:
    """``[start]``: standard deviation of the starting coordinates, largest relative gradient at the end."""

    width: float = number(
        "a number >= 0",
        lambda value: value >= 0,
        default=START_WIDTH,
        means="standard deviation of the starting coordinates",
    )
    tolerance: float = number(
        "a number > 0 and < 1",
        lambda value: 0 < value < 1,
        default=TOLERANCE,
        means="largest gradient at the minimum, relative to the typical force",
    )


@dataclass(frozen=True)
class GPSSettings:
    """All tables of one curve."""

    model: ModelTable = table(ModelTable)  # noqa: RUF009
    start: StartTable = table(StartTable, default=StartTable())  # noqa: RUF009
    spectrum: SpectrumTable = table(SpectrumTable, default=SpectrumTable())  # noqa: RUF009
    store: StoreTable = table(StoreTable, default=StoreTable())  # noqa: RUF009


settings_type = GPSSettings


def resolve(settings: GPSSettings) -> GPSSettings:
    """Spell out the size and which spectrum is meant; check what the tables say together.

    Raises
    ------
    InputError
        If the dimension is not 2 or 3, the size that of another lattice, a start from x = 0 without a field, or for a
        spectrum that makes no sense, see `resolved_spectrum`.
    """
    given = settings.model
    if given.dimension not in (2, 3):
        raise InputError(f"model.dimension is {given.dimension}, expected 2 or 3.")
    size = given.length**given.dimension
    if given.size not in (None, size):
        raise InputError(f"model.size is {given.size}, expected length to the power of dimension, {size}, or no size.")
    oscillators.require_start(given.field, settings.start.width)
    sized = dataclasses.replace(settings, model=dataclasses.replace(given, size=size))
    return dataclasses.replace(sized, spectrum=oscillators.resolved_spectrum(sized))


def model_of(settings: GPSSettings) -> GPSLattice:
    """Return the model of a curve."""
    given = settings.model
    return GPSLattice(
        given.length,
        coupling=given.coupling,
        field=given.field,
        dimension=given.dimension,
        stiffness_range=given.stiffness_range,
        stiffness_exponent=given.stiffness_exponent,
    )


def sampler(settings: GPSSettings) -> Make:
    """Return the function that makes one instance: ``make(index, rng) -> record``."""
    return oscillators.sampler_of(model_of(settings), settings)


def warm_up(settings: GPSSettings) -> None:
    """Compile the kernels on a small instance."""
    model = dataclasses.replace(settings.model, length=3, size=3**settings.model.dimension)
    small = dataclasses.replace(settings, model=model, spectrum=SpectrumTable(full=True), store=StoreTable())
    length = round(oscillators.FACTOR_SIZE ** (1 / model.dimension))
    oscillators.compile_with(sampler(small), dataclasses.replace(model_of(small), length=length))


def calibrate(settings: GPSSettings) -> Cost:
    """Scale up what a small lattice takes, see `oscillators.cost_of`; InputError where memory is short."""
    model = model_of(settings)
    trial = round(oscillators.TRIAL_SIZE ** (1 / model.dimension))
    small = dataclasses.replace(model, length=min(model.length, trial))
    return oscillators.cost_of(model, small, settings)
