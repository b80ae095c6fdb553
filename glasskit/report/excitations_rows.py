"""Quasilocalized excitations in files: rows of the tables of `excitations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.excitations.local_slopes import LocalSlopes
from ..analysis.excitations.proportions import Proportion
from .measured import Refused
from .section import Rows

if TYPE_CHECKING:
    from .excitations import Excitations


def curve_row(one: Excitations) -> dict[str, Any]:
    """Every number of a curve; those that are not known are left out, and ``note`` says why."""
    row: dict[str, Any] = {
        **one.curve.head(), "dimension": one.curve.settings.model.dimension, "used": len(one.modes["cubic"]),
        "missing": one.missing, "unit_omega": one.units.omega, "unit_length": one.units.length,
    }  # fmt: skip
    if not isinstance(one.order, Refused):
        row |= _share_fields("harmonic_stiffer", one.order.harmonic_stiffer)
        row |= _share_fields("cubic_softer", one.order.cubic_softer)
        row |= {"stiffness_ratio": one.order.ratio.value, "stiffness_ratio_error": one.order.ratio.error}
    if not isinstance(one.chi_law, Refused):
        law = one.chi_law
        row |= {"chi_slope": law.slope, "chi_slope_error": law.error, "chi_slope_orthogonal": law.orthogonal,
                "chi_slope_orthogonal_error": law.orthogonal_error, "chi_correlation": law.correlation}  # fmt: skip
    for kind, wells in (("cubic", one.wells), ("quartic", one.quartic_wells)):
        if not isinstance(wells, Refused):
            row |= _share_fields(f"{kind}_second_minimum", wells.second_minimum)
            row |= _share_fields(f"{kind}_lower_minimum", wells.lower_minimum)
            relation = wells.relation
            row |= {f"{kind}_tau_slope": relation.slope, f"{kind}_tau_slope_error": relation.error,
                    f"{kind}_tau_scatter": relation.scatter, f"{kind}_tau_ratio": wells.ratio.value,
                    f"{kind}_tau_ratio_error": wells.ratio.error, f"{kind}_tau_ratio_low": wells.spread[0],
                    f"{kind}_tau_ratio_high": wells.spread[1]}  # fmt: skip
    if not isinstance(one.asymmetry, Refused):
        for name in ("turn", "tau_ratio", "chi_ratio"):
            median = getattr(one.asymmetry, name)
            row |= {name: median.value, f"{name}_error": median.error}
    for name, end in one.soft_ends.items():
        if not isinstance(end, Refused):
            for part, fit in zip(end.parts, end.fits, strict=True):
                row |= {f"{name}_power_{part:g}": fit.s, f"{name}_power_{part:g}_error": fit.error}
    row["note"] = " ".join(f"no {name}: {why}" for name, why in one.refusals.items())
    return row


def _share_fields(name: str, share: Proportion) -> dict[str, Any]:
    return {name: share.value, f"{name}_lower": share.lower, f"{name}_upper": share.upper, f"{name}_hits": share.hits}


def slope_rows(one: Excitations) -> Rows:
    """Local slopes of the differences between harmonic and quartic modes; the last row of each holds all glasses."""
    if isinstance(one.convergence, Refused):
        return []
    rows: Rows = []
    laws: dict[str, LocalSlopes] = {"stiffness": one.convergence.energetic, "shape": one.convergence.structural}
    for name, law in laws.items():
        head = {**one.curve.head(), "difference": name, "expected": law.expected, "unresolved": law.unresolved}
        rows += [
            {**head, "quantile_from": low, "quantile_to": high, "omega_4": middle, "slope": slope, "error": error,
             "in_window": count}
            for (low, high), middle, slope, error, count in zip(
                law.quantiles, law.middle, law.slope, law.error, law.count, strict=True
            )
        ]  # fmt: skip
        rows.append({**head, "quantile_from": 0.0, "quantile_to": 1.0, "omega_4": float(np.exp(np.log(law.x).mean())),
                     "slope": law.overall, "error": law.overall_error, "in_window": law.x.size})  # fmt: skip
    return rows


def density_rows(one: Excitations) -> Rows:
    """Histograms of the lowest frequencies and barriers."""
    return [
        {**one.curve.head(), "quantity": name, "from": end.edges[b], "to": end.edges[b + 1], "density": end.density[b],
         "error": end.error[b], "in_bin": end.count[b]}
        for name, end in one.soft_ends.items() if not isinstance(end, Refused) for b in range(end.count.size)
    ]  # fmt: skip


def glass_rows(one: Excitations) -> Rows:
    """One row for each glass: what scatter plots show."""
    rows: Rows = []
    for g, index in enumerate(one.modes["harmonic"]["index"]):
        row: dict[str, Any] = {"curve": one.curve.name, "index": int(index)}
        for number, kind in (("2", "harmonic"), ("4", "quartic"), ("3", "cubic")):
            mode = one.modes[kind][g]
            row |= {f"omega_{number}": float(np.sqrt(mode["stiffness"])), f"e_{number}": mode["participation"],
                    f"tau_{number}": mode["tau"], f"chi_{number}": mode["chi"]}  # fmt: skip
        row["overlap_42"] = one.modes["quartic"][g]["overlap_harmonic"]
        row["overlap_34"] = one.modes["cubic"][g]["overlap_quartic"]
        rows.append(row)
    return rows
