"""Quasilocalized excitations of each curve, where recipes asked for them: what [K] claims, in numbers and figures.

[K] is Kapteijns, Richard & Lerner, PRE 101, 032130 (2020). Each glass has its lowest harmonic mode, the quartic mode
found from that, and the cubic mode found from the quartic one or from one of several guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..analysis.excitations.asymmetry import CubicAgainstQuartic, cubic_against_quartic
from ..analysis.excitations.convergence import HarmonicConvergence, harmonic_convergence
from ..analysis.excitations.double_wells import DoubleWells, double_wells
from ..analysis.excitations.power_laws import PowerLaw, chi_against_participation
from ..analysis.excitations.proportions import Proportion
from ..analysis.excitations.soft_ends import SoftEnd, barriers, lowest_frequencies
from ..analysis.excitations.stiffness_order import StiffnessOrder, stiffness_order
from ..errors import NumericalError
from .elasticity import Elasticity
from .excitations_figures import FIGURES
from .excitations_rows import curve_row, density_rows, glass_rows, slope_rows
from .measured import Refused, attempt
from .section import Curve, Section
from .text import aligned, estimate_text, with_error, wrapped

T = TypeVar("T")
STORED = "quasilocalized_quartic"
SAME_SPOT = 1e-6
"""Relative difference of stiffness below which two quartic modes of a glass are one; their own error is below 1e-10."""

WORDS = {0.25: "quarter", 0.5: "half", 1.0: "all"}
SHOWN = {"omega_4": (0.5, 1.0), "omega_3": (0.5, 1.0), "B": (0.25, 0.5)}
"""Parts of the glasses whose fits stand in the table; those of all parts are in the files."""


@dataclass(frozen=True)
class Units:
    """What frequencies and lengths are divided by."""

    omega: float
    length: float

    @property
    def microscopic(self) -> bool:
        """Whether they are omega_0 = c_T/a_0 and a_0, as in [K]; else the reduced units of the model."""
        return self.omega != 1.0 or self.length != 1.0


@dataclass(frozen=True, eq=False)
class Excitations:
    """The softest excitations of one curve, reduced.

    Attributes
    ----------
    curve : Curve
    units : Units
        Of everything below.
    modes : dict of str to structured array
        One row for each glass that has a harmonic, a quartic and a cubic mode: ``harmonic``, ``quartic``, ``cubic``
        and ``pair``, the quartic mode of the spot of the cubic one. kappa, tau and chi are in ``units``.
    missing : int
        Good glasses that lack one of the modes.
    order, asymmetry, convergence, chi_law, wells, quartic_wells, soft_ends
        Results of `glasskit.analysis.excitations`, or why there is none; ``soft_ends`` by name, ``asymmetry`` of the
        glasses whose cubic mode is of the spot of the lowest harmonic one.
    """

    curve: Curve
    units: Units
    modes: dict[str, NDArray[Any]]
    missing: int
    order: StiffnessOrder | Refused
    asymmetry: CubicAgainstQuartic | Refused
    convergence: HarmonicConvergence | Refused
    chi_law: PowerLaw | Refused
    wells: DoubleWells | Refused
    quartic_wells: DoubleWells | Refused
    soft_ends: dict[str, SoftEnd | Refused]

    @property
    def refusals(self) -> dict[str, str]:
        """What is not known -> why."""
        named = {
            "order of stiffnesses": self.order, "cubic against quartic": self.asymmetry,
            "convergence": self.convergence, "chi against Ne": self.chi_law, "double wells": self.wells,
            "tau of quartic modes": self.quartic_wells,
            **{f"density of {name}": end for name, end in self.soft_ends.items()},
        }  # fmt: skip
        return {name: found.reason for name, found in named.items() if isinstance(found, Refused)}


def measure_excitations(curves: Sequence[Curve], elasticity: dict[str, Elasticity]) -> list[Excitations]:
    """Reduce the excitations of all curves that hold them, in the units of [K] where all moduli are known."""
    shown = [curve for curve in curves if curve.stores(STORED)]
    units = {curve.name: _units(curve, shown, elasticity) for curve in shown}
    if not all(found.microscopic for found in units.values()):
        units = dict.fromkeys(units, Units(1.0, 1.0))  # one figure, one unit
    return [_measure(curve, units[curve.name]) for curve in shown]


def _units(curve: Curve, curves: Sequence[Curve], elasticity: dict[str, Elasticity]) -> Units:
    """a_0, and c_T/a_0 of the hottest glasses of the same model, as in [K]."""
    model = curve.settings.model
    same = [other for other in curves if other.settings.model == model and other.name in elasticity]
    if not same:
        return Units(1.0, 1.0)
    hottest = max(same, key=lambda other: other.settings.liquid.parent_temperature)
    omega_0 = elasticity[hottest.name].omega_0
    return Units(1.0, 1.0) if omega_0 is None else Units(omega_0, float(model.density ** (-1 / model.dimension)))


def _measure(curve: Curve, units: Units) -> Excitations:
    stored = curve.ensemble.quasilocalized()
    kinds = {"harmonic": "harmonic", "quartic": "quartic", "cubic": "cubic",
             "pair": "quartic_of_cubic" if "quartic_of_cubic" in stored else "quartic"}  # fmt: skip
    found = np.logical_and.reduce([stored[kind]["found"] for kind in kinds.values()])
    modes = {name: _scaled(stored[kind][found], units) for name, kind in kinds.items()}
    harmonic, quartic, cubic, pair = modes.values()
    particles = curve.settings.model.particles
    # the overlap stored is that with the quartic mode of the lowest harmonic one: of one spot, if that is the pair's
    same = np.isclose(pair["stiffness"], quartic["stiffness"], rtol=SAME_SPOT, atol=0.0)
    return Excitations(
        curve=curve,
        units=units,
        modes=modes,
        missing=int((~found).sum()),
        order=_attempt(stiffness_order, harmonic["stiffness"], pair["stiffness"], cubic["stiffness"]),
        asymmetry=_attempt(
            cubic_against_quartic,
            cubic["tau"][same],
            pair["tau"][same],
            cubic["chi"][same],
            pair["chi"][same],
            cubic["overlap_quartic"][same],
        ),
        convergence=_attempt(
            harmonic_convergence, harmonic["stiffness"], quartic["stiffness"], quartic["overlap_harmonic"]
        ),
        chi_law=_attempt(chi_against_participation, quartic["chi"], quartic["participation"], particles),
        wells=_attempt(double_wells, cubic["stiffness"], cubic["tau"], cubic["chi"]),
        quartic_wells=_attempt(double_wells, quartic["stiffness"], quartic["tau"], quartic["chi"]),
        soft_ends={
            "omega_4": _attempt(lowest_frequencies, quartic["stiffness"], name=r"$\omega_4$"),
            "omega_3": _attempt(lowest_frequencies, cubic["stiffness"], name=r"$\omega_3$"),
            "B": _attempt(barriers, cubic["stiffness"], cubic["tau"]),
        },
    )


def _scaled(mode: NDArray[Any], units: Units) -> NDArray[Any]:
    """A table of modes with kappa in omega², tau in omega²/length and chi in omega²/length² of the units."""
    scaled = mode.copy()
    for power, name in enumerate(("stiffness", "tau", "chi")):
        scaled[name] = mode[name] * units.length**power / units.omega**2
    return scaled


def _attempt(function: Callable[..., T], *arguments: Any, **keywords: Any) -> T | Refused:
    """As `attempt`; a check that failed is a reason too, and the other curves are shown all the same."""
    try:
        return attempt(function, *arguments, **keywords)
    except NumericalError as error:
        return Refused(str(error))


def excitations_section(found: Sequence[Excitations]) -> Section | None:
    """Tables of soft spots, tau², convergence to harmonic modes, and powers at the soft end; files and figures."""
    if not found:
        return None
    lines = ["Soft spots", *_spots_table(found)]
    lines += ["", "tau^2 against kappa chi: slope, median of tau^2/(kappa chi), where the middle 68 % lie"]
    lines += _tau_table(found)
    lines += ["", "Differences between harmonic and quartic modes: slopes against omega_4", *_convergence_table(found)]
    lines += ["", "Powers with which densities begin, from the softest part of the glasses", *_ends_table(found)]
    for one in found:
        lines += [wrapped(f"{one.curve.name}: no {name}: {why}", indent="- ") for name, why in one.refusals.items()]
        if one.missing:
            lines.append(wrapped(f"{one.curve.name}: {one.missing} glasses lack one of the modes.", indent="- "))
    lines += [wrapped(_units_note(found)), wrapped(NOTE)]
    tables = {
        "excitations": [curve_row(one) for one in found],
        "excitations_slopes": [row for one in found for row in slope_rows(one)],
        "excitations_densities": [row for one in found for row in density_rows(one)],
        "excitations_glasses": [row for one in found for row in glass_rows(one)],
    }
    figures = {f"excitations-{name}": _maker(make, found) for name, make in FIGURES.items()}
    return Section("Quasilocalized excitations", lines, tables, figures)


def _maker(make: Callable[[Sequence[Excitations]], Any], found: Sequence[Excitations]) -> Callable[[], Any]:
    return lambda: make(found)


NOTE = (
    "tau^2 > 8/3 and > 3: of kappa chi, cubic modes with a second minimum, and with a lower one. "
    "[K], Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), expect: kappa_2 <= kappa_4 always (curves that break it "
    "are refused); cubic softer than quartic in less than 0.5 % of the pairs; kappa_3/kappa_4 about 1.3; chi ~ "
    "(Ne)^-1; slopes 2 and 4 as omega_4 -> 0, and 0.15 % (3D) and 2.1 % (2D) between the stiffnesses of the softest "
    "pair of their ensembles; D ~ omega^4; p(B) ~ B^(1/4) of barriers B = (2/3) kappa^3/tau^2; tau^2 ~ kappa chi of "
    "cubic modes in 2D, 3D and 4D and not of quartic ones; in their polydisperse model, 6.6, 4.6 and 0.5 % of cubic "
    "modes above 3 kappa chi at T_p = 1.3, 0.5 and 0.35. Fractions have exact 95 % intervals. Least squares of "
    "logarithms; in brackets orthogonal regression. A part of the glasses is fitted where it holds at least 10. Modes "
    "are those found from the lowest harmonic mode, not proved to be the softest of their kind."
)


def _units_note(found: Sequence[Excitations]) -> str:
    if not found[0].units.microscopic:
        return "Frequencies are in the reduced units of the model: not all curves have the moduli that omega_0 takes."
    scales = ", ".join(f"{one.curve.name} {one.units.omega:.4g}" for one in found)
    return f"Units omega_0 = c_T/a_0 of the hottest glasses of a model, and a_0 = (V/N)^(1/d); omega_0: {scales}."


def _known(found: T | Refused) -> T | None:
    return None if isinstance(found, Refused) else found


def _start(one: Excitations) -> list[str]:
    model, temperature = one.curve.settings.model, one.curve.settings.liquid.parent_temperature
    return [one.curve.name, str(model.dimension), str(model.particles), f"{temperature:g}"]


def _shares(share: Proportion | None) -> str:
    if share is None:
        return "not known"
    return f"{100 * share.value:.3g} ({100 * share.lower:.2g} to {100 * share.upper:.2g})"


def _spots_table(found: Sequence[Excitations]) -> list[str]:
    head = ["curve", "d", "N", "T_p", "kappa_3 < kappa_4, %", "kappa_3/kappa_4", "dln chi/dln Ne", "(orthogonal)",
            "tau^2 > 8/3, %", "tau^2 > 3, %", "used"]  # fmt: skip
    rows = []
    for one in found:
        order, law, wells = _known(one.order), _known(one.chi_law), _known(one.wells)
        rows.append([
            *_start(one), _shares(order.cubic_softer if order else None),
            estimate_text(order.ratio) if order else "not known",
            with_error(law.slope, law.error) if law else "not known",
            f"({with_error(law.orthogonal, law.orthogonal_error)})" if law else "not known",
            _shares(wells.second_minimum if wells else None), _shares(wells.lower_minimum if wells else None),
            str(len(one.modes["cubic"])),
        ])  # fmt: skip
    return aligned(head, rows)


def _tau_table(found: Sequence[Excitations]) -> list[str]:
    """Cubic modes beside quartic ones [K Fig. 9(d, e)]."""
    head = ["curve", "d", "N", "T_p", *(f"{kind}: {name}" for kind in ("cubic", "quartic")
            for name in ("slope", "median", "68 %"))]  # fmt: skip
    rows = []
    for one in found:
        cells = []
        for wells in (_known(one.wells), _known(one.quartic_wells)):
            if wells is None:
                cells += ["not known"] * 3
                continue
            low, high = wells.spread
            cells += [with_error(wells.relation.slope, wells.relation.error), estimate_text(wells.ratio),
                      f"{low:.2g} to {high:.2g}"]  # fmt: skip
        rows.append([*_start(one), *cells])
    return aligned(head, rows)


def _convergence_table(found: Sequence[Excitations]) -> list[str]:
    head = ["curve", "d", "N", "T_p", "stiffness: softest half", "all", "shape: softest half", "all",
            "softest: omega_4", "stiffness", "shape"]  # fmt: skip
    rows = []
    for one in found:
        law = one.convergence
        if isinstance(law, Refused):
            rows.append([*_start(one), "not known, see below"])
            continue
        slopes = [
            with_error(*pair)
            for part in (law.energetic, law.structural)
            for pair in ((part.slope[0], part.error[0]), (part.overall, part.overall_error))
        ]
        softest = (law.softest_omega, law.softest_energetic, law.softest_structural)
        rows.append([*_start(one), *slopes, *(f"{value:.2g}" for value in softest)])
    return aligned(head, rows)


def _ends_table(found: Sequence[Excitations]) -> list[str]:
    head = ["curve", "d", "N", "T_p"]
    head += [f"{name}: {WORDS[part]}" for name, parts in SHOWN.items() for part in parts]
    rows = []
    for one in found:
        cells = []
        for name, parts in SHOWN.items():
            end = one.soft_ends[name]
            fits = {} if isinstance(end, Refused) else dict(zip(end.parts, end.fits, strict=True))
            cells += [with_error(fits[p].s, fits[p].error) if p in fits else "not known" for p in parts]
        rows.append([*_start(one), *cells])
    return aligned(head, rows)
