"""Elastic moduli of each curve, with the scales of frequency that follow from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..analysis.bootstrap import BootstrapEstimate, bootstrap_mean
from ..analysis.spectra.phonons import PhononBands, phonon_bands
from .measured import Refused, attempt
from .section import Curve, Section
from .text import aligned, estimate_text, wrapped

NAMES = ("shear", "bulk", "pressure", "omega_0", "omega_ph")


@dataclass(frozen=True)
class Elasticity:
    """Means over the glasses of a curve, and the phonons of a medium with the mean moduli.

    Attributes
    ----------
    means : dict of str to BootstrapEstimate or Refused
        ``shear`` G, ``bulk`` K, ``pressure``, ``omega_0`` = c_T/a_0 and ``omega_ph`` = 2π c_T/L of the single glasses.
    soft : int
        Glasses whose shear modulus is not positive: they count in G, not in the frequencies.
    bands : PhononBands or Refused
    """

    means: dict[str, BootstrapEstimate | Refused]
    soft: int
    bands: PhononBands | Refused

    @property
    def refusals(self) -> list[str]:
        """What cannot be told, and why, in sentences."""
        refused = {name: mean.reason for name, mean in self.means.items() if isinstance(mean, Refused)}
        if isinstance(self.bands, Refused):
            refused["phonons"] = self.bands.reason
        names: dict[str, list[str]] = {}
        for name, reason in refused.items():
            names.setdefault(reason, []).append(name)
        return [f"no {', '.join(same)}: {reason}" for reason, same in names.items()]

    @property
    def first_phonon(self) -> float | None:
        """Frequency of the first band of phonons."""
        return None if isinstance(self.bands, Refused) else self.bands.lowest

    @property
    def omega_0(self) -> float | None:
        """Mean of c_T/a_0."""
        mean = self.means["omega_0"]
        return None if isinstance(mean, Refused) else mean.value


def measure_elasticity(curve: Curve) -> Elasticity | None:
    """Reduce the moduli that the samples of a curve hold; None where they hold none."""
    if not curve.stores("shear"):
        return None
    table, model = curve.ensemble.table(), curve.settings.model
    length = (model.particles / model.density) ** (1 / model.dimension)
    stable = table["shear"] > 0
    speed = np.sqrt(table["shear"][stable] / model.density)
    values = {
        "shear": table["shear"], "bulk": table["bulk"], "pressure": table["pressure"],
        "omega_0": speed * model.density ** (1 / model.dimension), "omega_ph": 2 * math.pi * speed / length,
    }  # fmt: skip
    means = {name: attempt(bootstrap_mean, value) for name, value in values.items()}
    return Elasticity(means, int((~stable).sum()), attempt(_bands, curve, length))


def _bands(curve: Curve, length: float) -> PhononBands:
    table, model = curve.ensemble.table(), curve.settings.model
    shear, bulk = float(table["shear"].mean()), float(table["bulk"].mean())
    longitudinal = bulk + 2 * (model.dimension - 1) / model.dimension * shear
    transverse_speed = math.sqrt(max(shear, 0.0) / model.density)
    return phonon_bands(
        [length] * model.dimension, transverse_speed=transverse_speed,
        longitudinal_speed=math.sqrt(max(longitudinal, 0.0) / model.density),
        highest=4 * 2 * math.pi * transverse_speed / length or 1.0,
    )  # fmt: skip


def elasticity_section(curves: Sequence[Curve], found: dict[str, Elasticity]) -> Section | None:
    """Table of the moduli of all curves that hold them."""
    shown = [curve for curve in curves if curve.name in found]
    if not shown:
        return None
    head = ["curve", "T_p", "G", "K", "pressure", "omega_0", "omega_ph", "G <= 0", "used"]
    rows, table, refusals = [], [], []
    for curve in shown:
        elasticity = found[curve.name]
        temperature = f"{curve.settings.liquid.parent_temperature:g}"
        rows.append([
            curve.name, temperature, *(estimate_text(elasticity.means[name]) for name in NAMES),
            str(elasticity.soft), str(len(curve.ensemble)),
        ])  # fmt: skip
        row = curve.head()
        for name, mean in elasticity.means.items():
            refused = isinstance(mean, Refused)
            row[name], row[f"{name}_error"] = ("", "") if refused else (mean.value, mean.error)  # type: ignore[union-attr]
        table.append({**row, "shear_not_positive": elasticity.soft, "note": " ".join(elasticity.refusals)})
        refusals += [wrapped(f"{curve.name}: {reason}", indent="  ") for reason in elasticity.refusals]
    note = wrapped(
        "Athermal moduli of each glass in its box (its residual stress is not relaxed), stress-strain coefficients "
        "averaged over orientations; omega_0 = c_T/a_0, a_0 = (V/N)^(1/d), and omega_ph = 2 pi c_T/L, the first "
        "phonon, of glasses with G > 0."
    )
    return Section("Elastic moduli", [*aligned(head, rows), *refusals, note], {"elasticity": table})
