"""One curve reduced to what a report shows of it: energies, equilibrium, exponents, distributions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.bootstrap import BootstrapEstimate, bootstrap_mean
from ..analysis.exponents.fit import predicted_exponent
from ..analysis.liquids.equilibration import EquilibrationVerdict, equilibration_verdict
from ..analysis.spectra.cumulative_density import CumulativeDensity, cumulative_density
from ..analysis.stresses.distribution import StressDistribution
from ..ensembles.pipelines.glass_settings import GlassSettings
from ..ensembles.store import Ensemble
from ..ensembles.tables import read_table
from ..errors import InputError
from .measured import Refused, attempt
from .opening import LeftOut, OpenedCurve, read_all
from .stresses import stress_distributions
from .windows import Window, scan

TEMPERATURE_TOLERANCE = 0.01
ENERGY_SLOPE = 1.6
"""Accepted drift of the energy per particle: 1 % of T times de/dT, that is 0.016 T (0.0032 at T = 0.2). de/dT is 1.6
near T = 0.4 in the tapered inverse power law with m = 2; it is a number without unit, taken for other models too."""

SIZE_TOLERANCE = 0.1
"""Accepted drift of S_size(2π/L), relative to its mean over the second half."""

ENERGY, SIZE = "energy per particle", "S_size(2pi/L)"
"""The two quantities that are judged: that of every liquid, and the one that relaxes slowest."""

CUMULATIVE_POINTS = 60


@dataclass(frozen=True)
class CurveReport:
    """What is known of one curve.

    Attributes
    ----------
    name : str
    wanted : int
        Glasses the recipe asks for.
    problem : str
        Why nothing can be read; empty where something can. All that follows is then as in an empty ensemble.
    hash : str
        SHA-256 of the recipe of this curve.
    settings : GlassSettings or None
    glasses : int
        Good glasses, those that every number rests on.
    failures : dict
        Reason -> number of glasses that could not be made; numbers in the reasons are those of the first.
    left_out : tuple of LeftOut
        Damaged shards that nothing was read from.
    means : dict
        Name -> mean over glasses with its error.
    verdicts : dict
        ``ENERGY`` and ``SIZE`` -> verdict on equilibrium.
    order : float or Refused
        Order m that decides what is predicted; refused for potentials that nothing is predicted for.
    windows : tuple of Window
        Ascending.
    cumulative : CumulativeDensity or Refused
    stresses : dict
        Quantity (see `stresses`) -> distribution.
    versions : list of dict
        The sets of library versions that made the glasses.
    """

    name: str
    wanted: int
    problem: str = ""
    hash: str = ""
    seed: int | None = None
    settings: GlassSettings | None = None
    glasses: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    means: dict[str, BootstrapEstimate | Refused] = field(default_factory=dict)
    verdicts: dict[str, EquilibrationVerdict | Refused] = field(default_factory=dict)
    order: float | Refused = Refused("nothing is known of this curve")  # noqa: RUF009
    windows: tuple[Window, ...] = ()
    cumulative: CumulativeDensity | Refused = Refused("nothing is known of this curve")  # noqa: RUF009
    stresses: dict[str, StressDistribution | Refused] = field(default_factory=dict)
    versions: list[dict[str, str]] = field(default_factory=list)

    @property
    def excluded(self) -> int:
        """Glasses that could not be made."""
        return sum(self.failures.values())

    @property
    def prediction(self) -> float | Refused:
        """Predicted exponent s."""
        return self.order if isinstance(self.order, Refused) else predicted_exponent(self.order)

    @property
    def energy_equilibrated(self) -> str:
        """The verdict on the energy alone."""
        verdict = self.verdicts.get(ENERGY)
        return verdict.state if isinstance(verdict, EquilibrationVerdict) else "cannot tell"

    @property
    def equilibrated(self) -> str:
        """The verdict on the curve: the worse of those on its two quantities."""
        if not self.verdicts:
            return "cannot tell"
        states = [
            verdict.state if isinstance(verdict, EquilibrationVerdict) else "cannot tell"
            for verdict in self.verdicts.values()
        ]
        return next((state for state in ("not equilibrated", "cannot tell") if state in states), "equilibrated")


def reduce_curves(opened: list[OpenedCurve]) -> list[CurveReport]:
    """Reduce all curves of a folder; F(omega) and P(sigma) come on grids that the curves share.

    Raises
    ------
    StorageError
        If a curve changes while it is read.
    """
    frequencies = {
        curve.name: read_all(curve.ensemble, "frequencies")
        for curve in opened
        if curve.ensemble and len(curve.ensemble)
    }
    omega = _shared_grid(opened, frequencies)
    distributions = stress_distributions({curve.name: curve.ensemble for curve in opened if curve.ensemble})
    reports = []
    for curve in opened:
        report = _described(curve)
        if curve.name in frequencies and curve.ensemble is not None:
            report = _measured(report, curve.ensemble, frequencies[curve.name], omega, distributions[curve.name])
        reports.append(report)
    return reports


def settings_of(ensemble: Ensemble) -> GlassSettings:
    """Return the settings that the samples carry, as the pipeline reads them."""
    return read_table(GlassSettings, ensemble.settings)


def predicting_order(settings: GlassSettings) -> float:
    """Order m of the potential's end from which exponent and slopes are predicted, as the glasses were quenched under.

    For smoothed inverse power laws the number of vanishing derivatives takes the place of the taper's order; a
    potential with a minimum counts as m = 1.

    Raises
    ------
    InputError
        For potentials that the prediction says nothing about.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (8), (11) and Table 1.
    """
    model = settings.model
    order = {
        "InversePowerLaw": settings.quench.taper,
        "SmoothedInversePowerLaw": model.smoothness,
        "LennardJones": 1,
        "StickySpheres": 1,
    }.get(str(model.potential))
    if order is None:
        raise InputError(f"no exponent is predicted for {model.potential}.")
    return order


def _described(curve: OpenedCurve) -> CurveReport:
    """Say all that needs no good glass."""
    ensemble = curve.ensemble
    if ensemble is None:
        return CurveReport(curve.name, curve.wanted, problem=curve.problem, left_out=curve.left_out)
    settings = settings_of(ensemble)
    return CurveReport(
        curve.name,
        curve.wanted,
        problem="" if len(ensemble) else "every glass that was tried failed.",
        hash=ensemble.identity.hash,
        seed=ensemble.identity.seed,
        settings=settings,
        glasses=len(ensemble),
        failures=group_reasons(ensemble.failures),
        left_out=curve.left_out,
        order=attempt(predicting_order, settings),
        versions=ensemble.versions,
    )


def group_reasons(failures: Mapping[int, str]) -> dict[str, int]:
    """Count failures that differ in their numbers only as one, worded like the first; most frequent first."""
    kinds: Counter[str] = Counter()
    first: dict[str, str] = {}
    for _, reason in sorted(failures.items()):
        kind = re.sub(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", "#", reason)
        first.setdefault(kind, reason)
        kinds[kind] += 1
    return {first[kind]: number for kind, number in kinds.most_common()}


def _measured(
    report: CurveReport,
    ensemble: Ensemble,
    frequencies: list[NDArray[Any]],
    omega: NDArray[np.float64] | None,
    stresses: dict[str, StressDistribution | Refused],
) -> CurveReport:
    table = ensemble.table()
    settings = settings_of(ensemble)
    energy_gt = _stacked(read_all(ensemble, "liquid_energies"))
    size_gt = _stacked(read_all(ensemble, "size_fluctuation"))
    per_glass = {
        "liquid_energy": _second_half(energy_gt),
        "size_fluctuation": _second_half(size_gt),
        **{name: table[name] for name in ("e_is", "displacement_acceptance", "swap_acceptance", "rattlers")},
    }
    tolerance = TEMPERATURE_TOLERANCE * ENERGY_SLOPE * settings.liquid.parent_temperature
    mean_size = float(per_glass["size_fluctuation"].mean())
    verdicts = {
        ENERGY: attempt(
            equilibration_verdict, energy_gt, tolerance=tolerance, name="energy",
            spacing=float(table["liquid_energies_spacing"][0]),
        ),
        SIZE: attempt(
            equilibration_verdict, size_gt, tolerance=SIZE_TOLERANCE * mean_size, name="S_size",
            spacing=float(table["size_fluctuation_spacing"][0]),
        ),
    }  # fmt: skip
    # a glass has d modes at zero, and d more for each particle that touches nobody
    total_g = settings.model.dimension * (settings.model.particles - 1 - table["rattlers"])
    cumulative: CumulativeDensity | Refused = Refused("no curve has a mode.")
    known_g = ensemble.complete_below
    if omega is not None:
        inside = omega[omega <= known_g.min()]
        cumulative = attempt(cumulative_density, frequencies, total_g, inside, complete_below=known_g)
    return replace(
        report,
        means={name: attempt(bootstrap_mean, value_g) for name, value_g in per_glass.items()},
        verdicts=verdicts,
        windows=scan(frequencies, known_g),
        cumulative=cumulative,
        stresses=stresses,
    )


def _stacked(series: list[NDArray[Any]]) -> NDArray[np.float64]:
    return np.array(series, dtype=np.float64)


def _second_half(series_gt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each glass over the second half of its run."""
    return np.asarray(series_gt[:, series_gt.shape[1] // 2 :].mean(axis=1))


def _shared_grid(
    opened: list[OpenedCurve], frequencies: Mapping[str, list[NDArray[Any]]]
) -> NDArray[np.float64] | None:
    """Frequencies at which F is given: from the lowest mode of all curves to the highest that any is complete below.

    Each curve is evaluated where it is complete itself.
    """
    lowest = [array[0] for arrays in frequencies.values() for array in arrays if len(array)]
    known = [float(c.ensemble.complete_below.min()) for c in opened if c.ensemble and c.name in frequencies]
    if not lowest:
        return None
    grid = np.geomspace(min(lowest), max(known), CUMULATIVE_POINTS)
    grid[-1] = max(known)  # geomspace is exact at the end only to rounding
    return grid
