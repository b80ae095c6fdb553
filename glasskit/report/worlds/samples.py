"""Curves of glasses and of oscillators in one form: modes of many samples, a unit of frequency, what was varied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...analysis.oscillators.crossover import expected_crossover
from ...ensembles.store import Ensemble
from ..elasticity import Elasticity, measure_elasticity
from ..measured import Refused
from ..section import Curve
from ..tapering import CurveReport, settings_of
from ..temperature import family_name
from ..text import order_text, taper_text

GLASSES, OSCILLATORS = "glasses", "oscillators"


@dataclass(frozen=True, eq=False)
class Spectra:
    """The modes of one curve, glasses or oscillators.

    Attributes
    ----------
    name : str
        Of the curve; with its folder in front where several folders hold curves of that world.
    folder : str
    world : {"glasses", "oscillators"}
    family : str
        What it shares with the curves it stands on one line with: all but T_p, or all but J.
    series : str
        The family without its taper, or without h and kappa_0: what it shares with curves that differ in nothing but
        the potential's end, or for which the law of A_g is one.
    state : str
        In what it differs from them, in a few words.
    parameters : dict
        The same as numbers, columns of the table.
    size, modes_total : int
        Particles or oscillators N; modes of a sample: dN − d of a glass (all but the translations), N of an instance.
    frequencies : list of (k,) arrays
    participation : list of (k,) arrays or Refused
    complete_below : (samples,) array
        Frequency below which all modes of a sample are known.
    unit : float or Refused
        Frequency in whose units all others are given: omega_0 = c_T/a_0 of the hottest glasses of the family;
        √kappa_0 of oscillators.
    unit_words : str
        Where the unit comes from.
    scale : float or Refused
        A frequency at which the regime of soft modes is expected to end, known without looking at any mode: the first
        phonon of a glass, (kappa_0 <x²>)^(1/4) of oscillators, 1.3 omega_x of weak coupling.
    first_phonon : float or None
    control : float or Refused
        x: 1/T_p (T_onset/T_p where the onset is given), or kappa_0 h^(2/3)/J².
    control_words : str
        What x is.
    weak : dict of str to bool
        Whether the state lies where A_g is expected to fall as exp(−b x), by the words for it: T_p below the onset, J
        below J_x, which is known up to a factor, and below half of it. Empty where it is not known.
    amplitude : float or None
        J h^(2/3)/kappa_0^2, by which A_g·kappa_0^(5/2) is multiplied in the law of weak coupling; None for glasses.
    """

    name: str
    folder: str
    world: str
    family: str
    series: str
    state: str
    parameters: dict[str, Any]
    size: int
    modes_total: int
    frequencies: list[NDArray[np.float64]] = field(repr=False)
    participation: list[NDArray[np.float64]] | Refused = field(repr=False)
    complete_below: NDArray[np.float64] = field(repr=False)
    unit: float | Refused
    unit_words: str
    scale: float | Refused
    first_phonon: float | None
    control: float | Refused
    control_words: str
    weak: Mapping[str, bool]
    amplitude: float | None

    @property
    def samples(self) -> int:
        """Number of glasses or instances."""
        return len(self.frequencies)

    @property
    def known_below(self) -> float:
        """Frequency below which all modes of all samples are known."""
        return float(self.complete_below.min())


@dataclass(frozen=True)
class Named:
    """A curve with samples: what it is called, and the folder it comes from."""

    name: str
    folder: str
    ensemble: Ensemble


def glass_spectra(ensembles: Sequence[Named], *, onset: float | None) -> list[Spectra]:
    """Bring curves of glasses to the common form; families ascend in T_p.

    Parameters
    ----------
    ensembles : sequence of Named
    onset : float, optional
        T_onset, the unit of T_p; None: T_p in the units of the recipe.
    """
    families: dict[Any, list[tuple[Named, Curve, Elasticity | None]]] = {}
    for named in ensembles:
        one = named.ensemble
        curve = Curve(one, CurveReport(one.name, len(one), settings=settings_of(one), glasses=len(one)))
        member = named, curve, measure_elasticity(curve)
        families.setdefault((curve.settings.model, curve.settings.quench), []).append(member)
    found = []
    for members in families.values():
        members.sort(key=lambda member: member[1].settings.liquid.parent_temperature)
        hottest = members[-1][0].name, members[-1][2]
        found += [_glasses(named, curve, moduli, hottest, onset) for named, curve, moduli in members]
    return found


def _glasses(
    named: Named, curve: Curve, moduli: Elasticity | None, hottest: tuple[str, Elasticity | None], onset: float | None
) -> Spectra:
    model, temperature = curve.settings.model, curve.settings.liquid.parent_temperature
    order, family = taper_text(curve.settings.quench.taper), family_name(curve.settings)
    unit = hottest[1].omega_0 if hottest[1] is not None else None
    phonon = moduli.first_phonon if moduli is not None else None
    unknown = Refused("no moduli are stored that tell omega_0 and the first phonon: set elasticity.moduli = true.")
    return Spectra(
        name=named.name,
        folder=named.folder,
        world=GLASSES,
        family=family,
        series=family.replace(f", m = {order_text(curve.settings)}", ""),
        state=f"T_p {temperature:g}, m {order}",
        parameters={"parent_temperature": temperature, "taper": order, "liquid_taper": taper_text(model.taper)},
        size=model.particles,
        modes_total=model.dimension * (model.particles - 1),
        frequencies=curve.ensemble.frequencies,
        participation=_participation(curve.ensemble),
        complete_below=curve.ensemble.complete_below,
        unit=unknown if unit is None else unit,
        unit_words=f"omega_0 = c_T/a_0 of {hottest[0]}",
        scale=unknown if phonon is None else phonon,
        first_phonon=phonon,
        control=(1.0 if onset is None else onset) / temperature,
        control_words="1/T_p" if onset is None else "T_onset/T_p",
        weak={} if onset is None else {"T_p < T_onset": temperature < onset},
        amplitude=None,
    )


def oscillator_spectra(ensembles: Sequence[Named]) -> list[Spectra]:
    """Bring curves of oscillators to the common form; families ascend in J."""
    found = [_oscillators(named) for named in ensembles]
    families = list(dict.fromkeys(one.family for one in found))
    return sorted(found, key=lambda one: (families.index(one.family), one.parameters["coupling"]))


def _oscillators(named: Named) -> Spectra:
    ensemble = named.ensemble
    model, start = ensemble.settings["model"], ensemble.settings["start"]
    coupling, strength = float(model["coupling"]), abs(float(model["field"]))
    lowest, highest = (float(end) for end in model["stiffness_range"])
    gap = f"stiffnesses from {lowest:g}: (kappa_0 <x²>)^(1/4) and the law of A_g are those of stiffnesses from 0."
    scale: float | Refused = Refused(gap)
    control: float | Refused = Refused(gap)
    weak: dict[str, bool] = {}
    amplitude = None
    if lowest == 0:
        scale = float((highest * ensemble.table()["mean_square"].mean()) ** 0.25)
        control = Refused("kappa_0 h^(2/3)/J² needs a coupling J and a field h above zero.")
        if coupling > 0 and strength > 0:
            control = highest * strength ** (2 / 3) / coupling**2
            crossover = expected_crossover(strength, highest)
            weak = {"J < J_x": coupling < crossover, "J < J_x/2": coupling < crossover / 2}
            amplitude = coupling * strength ** (2 / 3) / highest**2
    width = f", start {start['width']:g}" if start["width"] else ""
    family = f"KHGPS, N = {model['size']}, h = {strength:g}, kappa {lowest:g} to {highest:g}{width}"
    return Spectra(
        name=named.name,
        folder=named.folder,
        world=OSCILLATORS,
        family=family,
        series=f"KHGPS, N = {model['size']}, every h and kappa_0{width}",
        state=f"J {coupling:g}, h {strength:g}",
        parameters={"coupling": coupling, "field": model["field"], "lowest_stiffness": lowest, "kappa_0": highest},
        size=int(model["size"]),
        modes_total=int(model["size"]),
        frequencies=ensemble.frequencies,
        participation=_participation(ensemble),
        complete_below=ensemble.complete_below,
        unit=highest**0.5,
        unit_words="√kappa_0",
        scale=scale,
        first_phonon=None,
        control=control,
        control_words="kappa_0 h^(2/3)/J^2",
        weak=weak,
        amplitude=amplitude,
    )


def _participation(ensemble: Ensemble) -> list[NDArray[np.float64]] | Refused:
    if "participation" in ensemble.array_names:
        return ensemble.arrays("participation")
    return Refused("no participation is stored: full spectra have none, ask for spectrum.count.")
