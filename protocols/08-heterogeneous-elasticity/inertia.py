"""Can zeta be told from glasses? ``python inertia.py DIR [OUT]``, DIR a run of protocol 03; csv and png into OUT.

Generalised heterogeneous elasticity makes the density of states of type-II modes from P(sigma), up to the inertia zeta
and an amplitude, which the theory does not give. Here P(sigma) is that of the off-diagonal components of the local
stresses of every curve, D(omega) that of its modes below half of its first phonon (2π c_T/L), in bins of equal
width in ln omega above the softest 20 modes, the same rule for all. One line per curve: the fit with other zeta that
fit as well, or the reason why zeta cannot be told.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import glasskit
from glasskit.analysis.spectra.density_of_states import density_of_states
from glasskit.ensembles.recipe import read_recipe
from glasskit.errors import GlasskitError, InsufficientDataError
from glasskit.report.stresses import COMPONENT, stress_distributions
from glasskit.theory.inertia_fit import InertiaFit, fit_inertia
from glasskit.theory.stress_laws import measured_stress

SOFTEST, BINS = 20, 8
"""Modes of all glasses below the first bin, and bins: narrow ones, so that D at their middle is their mean."""
PART = 0.5
"""Of the first phonon: end of the window."""


def spectrum(ensemble: glasskit.Ensemble) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], float]:
    """Mid-frequencies, D(omega) and its errors in bins of equal numbers of modes, and the end of the window."""
    model = ensemble.settings["model"]
    particles, dimension = int(model["particles"]), int(model["dimension"])
    length = (particles / float(model["density"])) ** (1 / dimension)
    shear = float(np.mean(ensemble.table()["shear"]))
    upper = PART * 2 * np.pi * np.sqrt(shear / float(model["density"])) / length
    pooled = np.sort(np.concatenate(ensemble.frequencies))
    below = int(np.searchsorted(pooled, upper))
    if below < 10 * SOFTEST:
        raise InsufficientDataError(f"{below} modes below {upper:.3g}, expected {10 * SOFTEST}: make more glasses.")
    edges = np.geomspace(pooled[SOFTEST], upper, BINS + 1)
    found = density_of_states(
        ensemble.frequencies, dimension * (particles - 1), edges, complete_below=ensemble.complete_below
    )
    return found.omega, found.density, found.error, float(upper)


def row(name: str, ensemble: glasskit.Ensemble, stress: Any) -> tuple[dict[str, Any], InertiaFit | None]:
    """One line of the table, and the fit, also of one that does not determine zeta."""
    line: dict[str, Any] = {"curve": name, "glasses": len(ensemble)}
    try:
        if not hasattr(stress, "density"):
            raise InsufficientDataError(stress.reason)
        omega, density, error, upper = spectrum(ensemble)
        line |= {"bins": len(omega), "omega_from": f"{omega[0]:.4g}", "omega_end": f"{upper:.4g}"}
        fit = fit_inertia(measured_stress(stress), omega, density, error)
    except GlasskitError as refused:
        best = refused.partial if isinstance(getattr(refused, "partial", None), InertiaFit) else None
        return line | _numbers(best) | {"words": str(refused)}, best
    return line | _numbers(fit) | {"words": fit.text}, fit


def _numbers(fit: InertiaFit | None) -> dict[str, str]:
    if fit is None:
        return dict.fromkeys(("zeta", "lower", "upper", "amplitude", "chi2", "degrees_of_freedom"), "")
    return {
        "zeta": f"{fit.zeta:.4g}", "lower": f"{fit.lower:.4g}", "upper": f"{fit.upper:.4g}",
        "amplitude": f"{fit.amplitude:.4g}", "chi2": f"{fit.chi_squared:.1f}",
        "degrees_of_freedom": str(fit.degrees_of_freedom),
    }  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Fit every curve; return the exit code."""
    if len(arguments) not in (1, 2) or not (Path(arguments[0]) / "recipe.toml").is_file():
        print("usage: python inertia.py DIR [OUT], DIR an output folder of protocols/03-local-stress", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    out = Path(arguments[1]) if len(arguments) == 2 else folder / "inertia"
    names = [curve.name for curve in read_recipe(folder / "recipe.toml").curves]
    ensembles = {name: glasskit.Ensemble.open(folder / name) for name in names if (folder / name).is_dir()}
    found = {name: quantities[COMPONENT] for name, quantities in stress_distributions(ensembles).items()}
    lines, fits = [], {}
    for name, stress in found.items():
        line, fit = row(name, ensembles[name], stress)
        lines.append(line)
        if fit is not None:
            fits[name] = fit
        print(f"{name}: {line['words']}")
    out.mkdir(parents=True, exist_ok=True)
    with (out / "inertia.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(key for line in lines for key in line)))
        table.writeheader()
        table.writerows(lines)
    if fits:
        figure = Figure(figsize=(4.2 * len(fits), 4.0), layout="constrained")
        for axes, (name, fit) in zip(np.atleast_1d(figure.subplots(1, len(fits))), fits.items(), strict=True):
            fit.plot(axes).set_title(name, fontsize=10)
        figure.savefig(out / "inertia.png", dpi=140)
    print(f"written to {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
