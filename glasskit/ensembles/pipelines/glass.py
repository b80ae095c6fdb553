"""Glasses: swap Monte Carlo liquid at the parent temperature, quench, Hessian, lowest modes; one record per glass.

The record of a glass (energies per particle; N particles, d dimensions, k modes)::

    positions (N, d), diameters (N,), box (d,)      the inherent structure
    liquid_energies, ..._spacing                    energy of the liquid, every `spacing` sweeps up to the last
    size_fluctuation, ..._spacing                   S_size(2π/L) of the liquid, likewise
    liquid_energy, displacement_acceptance, swap_acceptance, step
    e_is, max_force, relative_force, met_at_floor (where the tolerance is finer than float64 resolves),
    iterations, force_evaluations, rattlers (their number)
    frequencies (k,), participation (k,), complete_below
    shear, bulk, pressure, stress (d, d), stiffness_born, stiffness_nonaffine (d(d+1)/2, d(d+1)/2)
                                                    unless elasticity.moduli = false; see `ElasticModuli`
    eigenvalues_lowest, _middle, _highest (l,)      with modes.levels = l: consecutive levels omega², and of each
    participation_lowest, _middle, _highest (l,)
    eigenvalues (dN,)                               with modes.spectrum: all of them, zero modes included
    modes (k, N, d)                                 with store.modes
    quasilocalized_...                              with quasilocalized.modes; see `glasskit.ensembles.quasilocalized`
    tilts, deformation (d, d), relative_stress, shape_steps
                                                    with quench.relax_shape: the box is tilted, see `Box`
    liquid_positions (N, d), liquid_box (d,)        with store.liquid; its diameters are those of the glass
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import GlasskitError
from ...observables.consecutive_modes import consecutive_modes
from ...observables.elasticity import FORCE_TOLERANCE, elastic_moduli
from ...observables.modes import lowest_modes, participation_ratio, spectrum
from ...observables.structure import size_fluctuation
from ...particles.configuration import Configuration, random_configuration
from ...particles.hessian import hessian
from ...particles.potentials import PairPotential
from ...particles.quench import RelaxedShapeResult, quench
from ...particles.swap import SwapResult, swap_monte_carlo
from . import Cost, Make, Record
from .excitations import excitations
from .glass_settings import GlassSettings, LiquidTable, ModelTable, diameters_of, potential_of, resolve

version = 2  # 2: other random numbers per Monte Carlo move
settings_type = GlassSettings
shorthands: Mapping[str, tuple[str, str]] = {
    "taper": ("model", "taper"),
    "parent_temperature": ("liquid", "parent_temperature"),
}
random_tables = ("model", "liquid")

__all__ = [
    "calibrate", "offers", "random_tables", "resolve", "reuse", "sampler", "settings_type", "shorthands", "version",
    "warm_up",
]  # fmt: skip

LARGEST_NUMBER_OF_CHUNKS = 40  # values of S_size per liquid
SMALLEST_CHUNK = 50  # sweeps; each chunk lists the neighbours anew, which costs about as much as ten sweeps
LARGEST_NUMBER_OF_ENERGIES = 1000  # per liquid
LIQUID_RECORD = (
    "liquid_energies", "liquid_energies_spacing", "size_fluctuation", "size_fluctuation_spacing", "liquid_energy",
    "displacement_acceptance", "swap_acceptance", "step",
)  # fmt: skip


def sampler(settings: GlassSettings) -> Make:
    """Return the function that makes one glass: ``make(index, rng) -> record``."""

    def make(index: int, rng: np.random.Generator) -> dict[str, Any]:
        liquid, record = make_liquid(settings.model, settings.liquid, rng)
        record.update(make_glass(settings, liquid))
        record.update(_stored_liquid(settings, liquid))
        return record

    return make


def offers(settings: GlassSettings) -> bool:
    """Whether records of these settings hold what `reuse` needs."""
    return settings.store.liquid


def reuse(settings: GlassSettings, record: Record) -> Record | None:
    """Make a glass from the liquid in the record of a curve with the same random numbers; None if it is not there.

    The same bits as from the beginning, as both curves would make the same liquid.
    """
    if "liquid_positions" not in record:
        return None
    liquid = Configuration(record["liquid_positions"], record["diameters"], record["liquid_box"])
    return {
        **{name: record[name] for name in LIQUID_RECORD},
        **make_glass(settings, liquid),
        **_stored_liquid(settings, liquid),
    }


def _stored_liquid(settings: GlassSettings, liquid: Configuration) -> dict[str, Any]:
    return {"liquid_positions": liquid.positions, "liquid_box": liquid.box.lengths} if settings.store.liquid else {}


def chunks(sweeps: int) -> tuple[int, int, int]:
    """Cut a run into pieces of equal length, after which S_size is measured.

    Returns
    -------
    first, spacing, count : int
        A first piece that is not measured (0 to spacing - 1 sweeps), then ``count`` pieces of ``spacing`` sweeps:
        the last measurement is that of the last sweep. Fixed by ``sweeps`` alone, as a sample's bits depend on it.
    """
    spacing = min(sweeps, max(SMALLEST_CHUNK, -(-sweeps // LARGEST_NUMBER_OF_CHUNKS)))
    return sweeps % spacing, spacing, sweeps // spacing


def _sweep(
    start: Configuration, potential: PairPotential, table: LiquidTable, sweeps: int, rng: np.random.Generator
) -> SwapResult:
    limit = table.largest_size_difference
    return swap_monte_carlo(
        start, potential, temperature=table.parent_temperature, sweeps=sweeps, rng=rng, step=table.step,
        swap_fraction=table.swap_fraction, largest_size_difference=math.inf if limit is None else limit,
    )  # fmt: skip


def make_liquid(
    model: ModelTable, table: LiquidTable, rng: np.random.Generator
) -> tuple[Configuration, dict[str, Any]]:
    """Run swap Monte Carlo from a random configuration; return the last one and the liquid's part of the record."""
    potential = potential_of(model)
    configuration = random_configuration(
        model.particles, density=float(model.density or 0.0), diameters=diameters_of(model),
        dimension=model.dimension, rng=rng,
    )  # fmt: skip
    first, spacing, count = chunks(table.sweeps)
    energies: list[NDArray[np.float64]] = []
    fluctuations: list[float] = []
    accepted = np.zeros(2)
    step = 0.0
    for sweeps in (*([first] if first else []), *[spacing] * count):
        run = _sweep(configuration, potential, table, sweeps, rng)
        configuration = run.configuration
        step = run.step
        energies.append(run.energies / model.particles)
        accepted += sweeps * np.array([run.displacement_acceptance, run.swap_acceptance])
        if sweeps == spacing:
            fluctuations.append(size_fluctuation(configuration))
    energy_s = np.concatenate(energies)
    stride = -(-table.sweeps // LARGEST_NUMBER_OF_ENERGIES)
    return configuration, {
        "liquid_energies": energy_s[::-1][::stride][::-1].copy(),
        "liquid_energies_spacing": stride,
        "size_fluctuation": np.array(fluctuations),
        "size_fluctuation_spacing": spacing,
        "liquid_energy": energy_s[-1],
        "displacement_acceptance": accepted[0] / table.sweeps,
        "swap_acceptance": accepted[1] / table.sweeps,
        "step": step,
    }


def make_glass(settings: GlassSettings, liquid: Configuration) -> dict[str, Any]:
    """Quench a liquid and find its lowest modes; return the glass's part of the record."""
    potential = potential_of(replace(settings.model, taper=settings.quench.taper))
    tolerance = float(settings.quench.force_tolerance or 0.0)
    glass = quench(
        liquid, potential, method=settings.quench.method, force_tolerance=tolerance,
        relax_shape=settings.quench.relax_shape,
    )  # fmt: skip
    configuration = glass.configuration
    matrix = hessian(configuration, potential)
    modes = lowest_modes(matrix, below=settings.modes.below, dimension=settings.model.dimension)
    record = {
        "positions": configuration.positions,
        "diameters": configuration.diameters,
        "box": configuration.box.lengths,
        "e_is": glass.energy / settings.model.particles,
        "max_force": glass.max_force,
        "relative_force": glass.relative_force,
        "met_at_floor": glass.met_at_floor,
        "iterations": glass.iterations,
        "force_evaluations": glass.force_evaluations,
        "rattlers": len(glass.rattlers),
        "frequencies": np.sqrt(modes.eigenvalues),
        "participation": np.array([participation_ratio(mode) for mode in modes.modes]),
        "complete_below": modes.complete_below,
    }
    if isinstance(glass, RelaxedShapeResult):
        record.update(tilts=configuration.box.tilts, deformation=glass.deformation)
        record.update(relative_stress=glass.relative_stress, shape_steps=glass.shape_steps)
    if settings.store.modes:
        record["modes"] = modes.modes
    moduli = None
    if settings.elasticity.moduli:
        moduli = elastic_moduli(configuration, potential, force_tolerance=max(FORCE_TOLERANCE, tolerance))
        record.update({name: getattr(moduli, name) for name in ("shear", "bulk", "pressure", "stress")})
        record.update(stiffness_born=moduli.born, stiffness_nonaffine=moduli.nonaffine)
    if settings.modes.levels:
        record.update(levels(matrix, settings.modes.levels, settings.model.dimension))
    if settings.modes.spectrum:
        record["eigenvalues"] = spectrum(matrix)
    if settings.quasilocalized.modes:
        if not len(modes.modes):
            modes = lowest_modes(matrix, 1, dimension=settings.model.dimension)
        record.update(excitations(settings.quasilocalized, configuration, potential, modes.modes[0], moduli))
    return record


def levels(matrix: Any, count: int, dimension: int) -> dict[str, Any]:
    """The `count` lowest, middle and highest eigenvalues of a Hessian, and participation ratios of their modes."""
    lowest = consecutive_modes(matrix, 0, count, dimension=dimension)
    middle = consecutive_modes(matrix, (lowest.total - count) // 2, count, dimension=dimension)
    highest = consecutive_modes(matrix, -count, count, dimension=dimension)
    record = {}
    for place, window in {"lowest": lowest, "middle": middle, "highest": highest}.items():
        record[f"eigenvalues_{place}"] = window.eigenvalues
        record[f"participation_{place}"] = np.asarray(participation_ratio(window.modes))
    return record


def warm_up(settings: GlassSettings) -> None:
    """Compile all kernels of a curve on the smallest box that holds the cutoff."""
    model, reach = settings.model, _reach(settings.model)
    particles = math.ceil((2.2 * reach) ** model.dimension * float(model.density or 1.0)) + 2
    small = replace(
        settings,
        model=replace(model, particles=particles),
        liquid=replace(settings.liquid, sweeps=2),
    )
    try:
        sampler(small)(0, np.random.default_rng(0))
    except GlasskitError:  # a tiny glass may have no proper modes; everything is compiled all the same
        return


def _reach(model: ModelTable) -> float:
    sizes = diameters_of(model).sample(model.particles, np.random.default_rng(0))
    return potential_of(model).largest_cutoff(sizes)


def calibrate(settings: GlassSettings) -> Cost:
    """Measure a short liquid, then one whole quench with its modes, and scale the liquid to its number of sweeps.

    Sweeps are timed after a first stretch that removes the overlaps of the random start, in runs that double until
    one takes 0.3 s. The result holds within a factor of about 1.5.
    """
    rng = np.random.default_rng(0)
    sweeps = 10
    liquid, _ = make_liquid(settings.model, replace(settings.liquid, sweeps=min(40, settings.liquid.sweeps)), rng)
    while True:
        start = time.perf_counter()
        run = _sweep(liquid, potential_of(settings.model), settings.liquid, sweeps, rng)
        spent = time.perf_counter() - start
        if spent > 0.3 or sweeps >= settings.liquid.sweeps:
            break
        sweeps *= 2
    start = time.perf_counter()
    try:
        record = make_glass(settings, run.configuration)
    except GlasskitError:  # it still took its time
        record = {"positions": liquid.positions, "diameters": liquid.diameters}
    seconds = spent * settings.liquid.sweeps / sweeps + time.perf_counter() - start
    return Cost(seconds, _disk_bytes(settings, record), _memory_bytes())


def _disk_bytes(settings: GlassSettings, record: dict[str, Any]) -> float:
    """Arrays, series, and 6 kB for the headers of a shard's datasets shared by its samples."""
    _, _, count = chunks(settings.liquid.sweeps)
    series = count + min(settings.liquid.sweeps, LARGEST_NUMBER_OF_ENERGIES)
    arrays = sum(np.asarray(value).nbytes for value in record.values())
    if settings.store.liquid:
        arrays += record["positions"].nbytes
    return arrays + 8.0 * series + 6e3


def _memory_bytes() -> float:
    """Largest memory of this process so far; zero where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    import sys

    unit = 1 if sys.platform == "darwin" else 1024
    return float(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
