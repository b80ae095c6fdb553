"""Settings of a curve of glasses: the tables of its recipe, every default spelled out, checked against each other."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ...observables.quasilocalized.smoothness import check_smoothness
from ...particles.diameters import BinaryDiameters, PowerLawDiameters
from ...particles.models import MODELS, Model
from ...particles.potentials import POTENTIALS, PairPotential
from ..tables import number, table, taper, text, truth, unknown_key, whole
from .quasilocalized_table import QuasilocalizedTable, check_wishes


def _positive(value: float) -> bool:
    return value > 0


def _above_zero(what: str, *, means: str, unset: str) -> Any:
    return number(f"{what} > 0", _positive, default=None, means=means, unset=unset)


_POWER_LAW = "the named model's; without one required, unless small and large are given; not beside them"
_MIXTURE = "the named model's; without one required, unless smallest and largest are given; not beside them"


@dataclass(frozen=True)
class DiametersTable:
    """``[model.diameters]``: ``smallest``, ``largest`` (power law) or ``small``, ``large`` (equal mixture)."""

    smallest: float | None = _above_zero("a length", means="shortest diameter of a power law", unset=_POWER_LAW)
    largest: float | None = _above_zero("a length", means="longest diameter of a power law", unset=_POWER_LAW)
    exponent: float | None = number(
        "a number",
        lambda value: True,
        default=None,
        means="of the power law of diameters, P ~ a^-exponent",
        unset="the named model's, or 3",
    )
    stratified: bool | None = truth(
        default=None,
        means="sizes at equal steps of probability, the same in every sample",
        unset="the named model's, or true",
    )
    small: float | None = _above_zero(
        "a length",
        means="diameter of the smaller half of an equal mixture",
        unset=_MIXTURE,
    )
    large: float | None = _above_zero(
        "a length",
        means="diameter of the larger half of an equal mixture",
        unset=_MIXTURE,
    )


@dataclass(frozen=True)
class ModelTable:
    """``[model]``: a ready model by ``name`` or a ``potential``, with parameters that override its own."""

    particles: int = whole("a whole number >= 2", least=2, means="number N of particles")
    name: str | None = text(sorted(MODELS), default=None, means="a ready model; or give potential", unset="none")
    potential: str | None = text(
        sorted(POTENTIALS), default=None, means="a pair potential in place of a ready model", unset="none"
    )
    dimension: int = whole("2, 3 or 4", least=2, default=3, means="d of space")
    density: float | None = _above_zero(
        "a number of particles per volume",
        means="particles per volume",
        unset="the named model's, where it has one for this dimension; else required",
    )
    taper: float | None = taper(
        default=None,
        means="order m of the taper of the potential, under which liquids are run",
        unset="the named model's, or the potential's",
    )
    exponent: float | None = _above_zero(
        "a number", means="of an inverse power law", unset="the named model's, or the potential's"
    )
    cutoff: float | None = _above_zero(
        "a length", means="where the potential ends, a length", unset="the named model's, or the potential's"
    )
    cutoff_ratio: float | None = _above_zero(
        "a number of pair diameters",
        means="where the potential ends, in pair diameters",
        unset="the named model's, or the potential's",
    )
    smoothness: int | None = whole(
        "a whole number >= 0",
        least=0,
        default=None,
        means="derivatives that vanish where a smoothed potential ends",
        unset="the named model's, or the potential's",
    )
    nonadditivity: float | None = number(
        "a number",
        lambda value: True,
        default=None,
        means="ε of pair diameters ½(a_i + a_j)(1 − ε abs(a_i − a_j))",
        unset="the named model's, or the potential's",
    )
    diameters: DiametersTable = table(DiametersTable, default=DiametersTable())  # noqa: RUF009


@dataclass(frozen=True)
class LiquidTable:
    """``[liquid]``: swap Monte Carlo at the parent temperature, from a random start."""

    parent_temperature: float = number("a temperature > 0", _positive, means="T_p, at which the liquid is run")
    sweeps: int = whole("a whole number >= 1 of sweeps", means="Monte Carlo sweeps from a random start")
    swap_fraction: float = number(
        "a number from 0 to 1",
        lambda value: 0 <= value <= 1,
        default=0.2,
        means="part of the moves that swap two diameters",
    )
    step: float | None = _above_zero(
        "a length",
        means="half-width of a trial displacement along each axis",
        unset="the named model's, or a tenth of the mean diameter",
    )
    largest_size_difference: float | None = _above_zero(
        "a length", means="largest difference of two diameters whose swap is tried", unset="the named model's, or any"
    )


@dataclass(frozen=True)
class QuenchTable:
    """``[quench]``: to the inherent structure, under the model's potential or under one with another taper.

    With ``relax_shape`` the shape of the box relaxes too, until no shear stress is left. ``force_tolerance`` is 1e-10
    by default, 1e-12 where quasilocalized modes are wanted.
    """

    method: str = text(("lbfgs", "fire"), default="lbfgs", means="how the energy is minimised")
    force_tolerance: float | None = number(
        "a number > 0 and < 1",
        lambda value: 0 < value < 1,
        default=None,
        means="largest force at the end, relative to the rms of pair forces",
        unset="1e-10; 1e-12 with quasilocalized.modes",
    )
    taper: float | None = taper(
        default=None, means="order m of the taper under which liquids are quenched", unset="model.taper"
    )
    relax_shape: bool = truth(default=False, means="relax the shape of the box, too, until no shear stress is left")


@dataclass(frozen=True)
class ModesTable:
    """``[modes]``: all below a frequency; so many ``levels`` at both ends and in the middle; all with ``spectrum``."""

    below: float = number(
        "a frequency > 0", _positive, default=1.2, means="all modes below this frequency ω, proved complete"
    )
    levels: int = whole(
        "a whole number >= 0 of levels",
        least=0,
        default=0,
        means="so many consecutive levels at the lower end, in the middle and at the upper end; 0: none",
    )
    spectrum: bool = truth(default=False, means="keep all eigenvalues")


@dataclass(frozen=True)
class ElasticityTable:
    """``[elasticity]``: whether the elastic moduli are measured; a tenth of a glass's time."""

    moduli: bool = truth(default=True, means="measure the elastic moduli, which takes a tenth of the time of a glass")


@dataclass(frozen=True)
class StoreTable:
    """``[store]``: what is kept beyond numbers, frequencies and the glass."""

    modes: bool = truth(default=False, means="keep mode vectors")
    liquid: bool = truth(default=False, means="keep the liquid, so that other curves can be quenched from it")


@dataclass(frozen=True)
class GlassSettings:
    """All tables of one curve."""

    model: ModelTable = table(ModelTable)  # noqa: RUF009
    liquid: LiquidTable = table(LiquidTable)  # noqa: RUF009
    quench: QuenchTable = table(QuenchTable, default=QuenchTable())  # noqa: RUF009
    modes: ModesTable = table(ModesTable, default=ModesTable())  # noqa: RUF009
    elasticity: ElasticityTable = table(ElasticityTable, default=ElasticityTable())  # noqa: RUF009
    store: StoreTable = table(StoreTable, default=StoreTable())  # noqa: RUF009
    quasilocalized: QuasilocalizedTable = table(QuasilocalizedTable, default=QuasilocalizedTable(), quiet=True)  # noqa: RUF009


Diameters = PowerLawDiameters | BinaryDiameters
_POTENTIAL_KEYS = ("taper", "exponent", "cutoff", "cutoff_ratio", "smoothness", "nonadditivity")


def resolve(settings: GlassSettings) -> GlassSettings:
    """Spell out every default, so that settings that make equal samples are equal.

    Raises
    ------
    InputError
        If the tables do not fit each other: a parameter that the potential does not have, no density, a cutoff
        of half the box or more.
    """
    given = settings.model
    if (given.name is None) == (given.potential is None):
        found = "neither" if given.name is None else "both"
        raise InputError(f"model has {found} of name and potential, expected one: {', '.join(sorted(MODELS))}.")
    if given.dimension not in (2, 3, 4):
        raise InputError(f"model.dimension is {given.dimension}, expected 2, 3 or 4.")
    ready = MODELS[given.name] if given.name is not None else None
    interaction = _potential(given, ready)
    sizes = _diameters(given.diameters, ready)
    density = _density(given, ready)
    model = ModelTable(
        particles=given.particles, dimension=given.dimension, density=density,
        potential=type(interaction).__name__, diameters=_diameters_table(sizes), **_parameters(interaction),
    )  # fmt: skip
    _check_cutoff(model, interaction, sizes)
    liquid = settings.liquid
    if ready is not None:
        limit = None if np.isinf(ready.largest_size_difference) else ready.largest_size_difference
        step = ready.step if liquid.step is None else liquid.step
        limit = limit if liquid.largest_size_difference is None else liquid.largest_size_difference
        liquid = dataclasses.replace(liquid, step=step, largest_size_difference=limit)
    if settings.quench.taper is not None and model.taper is None:
        raise InputError(f"quench.taper is set, but {model.potential} has no taper.")
    if 3 * settings.modes.levels > model.dimension * (model.particles - 1):
        raise InputError(
            f"modes.levels is {settings.modes.levels}, but three windows of so many levels do not fit into the "
            f"{model.dimension * (model.particles - 1)} modes of {model.particles} particles."
        )
    tolerance = check_wishes(settings.quasilocalized, settings.quench.force_tolerance)
    order = settings.quench.taper or model.taper
    if settings.quasilocalized.modes:
        potential = potential_of(dataclasses.replace(model, taper=order))
        check_smoothness(potential, asked_by="quasilocalized.modes = true", stacklevel=3)
    after = dataclasses.replace(settings.quench, taper=order, force_tolerance=tolerance)
    return dataclasses.replace(settings, model=model, liquid=liquid, quench=after)


def potential_of(model: ModelTable) -> PairPotential:
    """Return the potential of a resolved model table."""
    given = {name: getattr(model, name) for name in _POTENTIAL_KEYS if getattr(model, name) is not None}
    return POTENTIALS[str(model.potential)](**given)


def diameters_of(model: ModelTable) -> Diameters:
    """Return the size distribution of a resolved model table."""
    return _diameters(model.diameters, None)


def _parameters(potential: PairPotential) -> dict[str, Any]:
    """Numbers of a potential as a recipe would have them: orders as they are, all else as floats."""
    found = {entry.name: getattr(potential, entry.name) for entry in dataclasses.fields(potential)}  # type: ignore[arg-type]
    return {name: value if name in ("taper", "smoothness") else float(value) for name, value in found.items()}


def _potential(given: ModelTable, ready: Model | None) -> PairPotential:
    family = type(ready.potential) if ready is not None else POTENTIALS[str(given.potential)]
    known = sorted(entry.name for entry in dataclasses.fields(family))  # type: ignore[arg-type]
    changes = {name: getattr(given, name) for name in _POTENTIAL_KEYS if getattr(given, name) is not None}
    for name in changes:
        if name not in known:
            raise InputError(
                f"model.{name} is set, but {family.__name__} has no such parameter; it has {', '.join(known)}."
            )
    try:
        return ready.potential.replace(**changes) if ready is not None else family(**changes)
    except InputError as error:
        raise InputError(f"model: {error}") from None


def _diameters(given: DiametersTable, ready: Model | None) -> Diameters:
    chosen = {name: value for name, value in vars(given).items() if value is not None}
    family: type[Any] = PowerLawDiameters
    if {"small", "large"} & set(chosen):
        family = BinaryDiameters
    elif ready is not None and not chosen:
        family = type(ready.diameters)
    known = {entry.name: entry.default for entry in dataclasses.fields(family)}
    for name in chosen:
        if name not in known:
            raise InputError(unknown_key(f"model.diameters.{name}", (f"model.diameters.{key}" for key in known)))
    base = dict(vars(ready.diameters)) if ready is not None and isinstance(ready.diameters, family) else {}
    values = {**base, **chosen}
    for name, default in known.items():
        if default is dataclasses.MISSING and name not in values:
            raise InputError(f"missing key model.diameters.{name}: expected a length > 0.")
    try:
        return family(**values)
    except InputError as error:
        raise InputError(f"model.{error}") from None


def _diameters_table(sizes: Diameters) -> DiametersTable:
    numbers: dict[str, Any] = {name: float(value) for name, value in vars(sizes).items() if name != "stratified"}
    return DiametersTable(**numbers, stratified=getattr(sizes, "stratified", None))


def _density(given: ModelTable, ready: Model | None) -> float:
    if given.density is not None:
        return given.density
    if ready is None:
        raise InputError("missing key model.density: expected a number of particles per volume > 0.")
    try:
        return float(ready.density(given.dimension))
    except InputError as error:
        raise InputError(f"missing key model.density: {error}") from None


def _check_cutoff(model: ModelTable, potential: PairPotential, sizes: Diameters) -> None:
    ends = [sizes.small, sizes.large] if isinstance(sizes, BinaryDiameters) else [sizes.smallest, sizes.largest]
    reach = potential.largest_cutoff(np.array(ends))
    half = 0.5 * (model.particles / float(model.density or 1.0)) ** (1.0 / model.dimension)
    if reach >= half:
        key = next((name for name in ("cutoff", "cutoff_ratio") if getattr(model, name) is not None), "diameters")
        raise InputError(
            f"model.{key} gives a largest cutoff of {reach:.4g}, expected less than half the box edge, {half:.4g} "
            f"(model.particles = {model.particles} at model.density = {model.density}): take more particles."
        )
