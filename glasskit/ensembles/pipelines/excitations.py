"""Softest excitations of a glass as entries of its record; their names and shapes are those of `..quasilocalized`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceError, GlasskitWarning, InputError
from ...observables.elasticity import ElasticModuli
from ...observables.quasilocalized.excitations import SoftestExcitations, softest_excitations
from ...particles.configuration import Configuration
from ...particles.potentials import PairPotential
from ..quasilocalized import NO_OVERLAP, QUANTITIES, array_name
from .quasilocalized_table import QuasilocalizedTable


def excitations(
    table: QuasilocalizedTable,
    configuration: Configuration,
    potential: PairPotential,
    harmonic_nc: NDArray[np.float64],
    moduli: ElasticModuli | None,
) -> dict[str, Any]:
    """Find the softest excitations of a glass and return their part of its record.

    A mode that is not found leaves an empty array and its reason; the glass keeps all else.

    Raises
    ------
    ConvergenceError
        If the forces are not balanced well enough for nonlinear modes.
    NumericalError
        If a mode is softer than the harmonic one, which is then not the lowest.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GlasskitWarning)  # said once, when the recipe was read
            found = softest_excitations(
                configuration, potential, harmonic=harmonic_nc, strains=table.strains, moduli=moduli,
                geometric=table.geometric, second=table.second,
            )  # fmt: skip
    except InputError as error:  # of this glass, not of the recipe, which was checked
        raise ConvergenceError(f"nonlinear modes: {error}") from None
    except ConvergenceError as error:
        if not isinstance(error.partial, SoftestExcitations):
            raise
        found = error.partial
    return _record(table, found)


def _record(table: QuasilocalizedTable, found: SoftestExcitations) -> dict[str, Any]:
    wanted = ["harmonic", "quartic", "cubic"]
    wanted += ["quartic_of_cubic"] * table.strains + ["geometric"] * table.geometric + ["second"] * table.second
    record: dict[str, Any] = {}
    for kind in wanted:
        modes = [found.modes[kind]] if kind in found.modes else []
        rows = [_quantities(found, kind)] if modes else []
        record[array_name(kind)] = np.array(rows).reshape(len(rows), len(QUANTITIES))
        if table.store_modes:
            shape = (len(modes), *found.harmonic.mode.shape)
            record[array_name(f"{kind}_modes")] = np.array([mode.mode for mode in modes]).reshape(shape)
    if table.strains:
        # Every glass has all guesses: without a quartic mode the first one is there, but leads nowhere.
        names = ["quartic", *(name for name in found.guess_stiffness if name != "quartic")]
        stiffness = [found.guess_stiffness.get(name, np.inf) for name in names]
        record[array_name("guess_stiffness")] = np.array(stiffness)
        record[array_name("guess")] = names.index(found.guess) if found.guess else -1
    lines = "\n".join(f"{kind}: {reason}" for kind, reason in found.failures.items())
    record[array_name("failures")] = np.frombuffer(lines.encode(), dtype=np.uint8)
    return record


def _quantities(found: SoftestExcitations, kind: str) -> list[float]:
    """The numbers of a mode in the order of `QUANTITIES`."""
    overlaps = {
        "overlap_harmonic": found.overlap(kind, "harmonic"),
        "overlap_quartic": found.overlap(kind, "quartic") if found.quartic is not None else NO_OVERLAP,
    }
    return [overlaps[name] if name in overlaps else getattr(found.modes[kind], name) for name in QUANTITIES]
