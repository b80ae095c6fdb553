"""Bias, error bars and coverage of every estimator of the exponent, on synthetic ensembles whose truth is known.

Each row is one kind of ensemble, drawn often. Per estimator: mean of the estimate, its spread over ensembles, mean
error bar, and the fraction of ensembles in which estimate ± error holds the truth (68 % where both are honest). Per
test: how often it speaks at 5 %. Rows whose truth an estimator does not know (a correction, a phonon band, missing
modes, mixed ensembles) show how far off it is there, and which test says so.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import generator, run_all, save

from glasskit.analysis.exponents import synthetic_modes as synthetic
from glasskit.analysis.exponents.correction_to_scaling import fit_correction
from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.exponents.goodness_of_fit import count_dispersion, goodness_of_fit
from glasskit.analysis.exponents.lowest_frequency import fit_lowest_frequency
from glasskit.analysis.exponents.lowest_frequency_scaling import scale_lowest_frequency
from glasskit.analysis.exponents.model_comparison import compare_rates
from glasskit.analysis.exponents.prefactor import quartic_prefactor
from glasskit.analysis.exponents.window_scan import scan_windows, windows_below
from glasskit.errors import InsufficientDataError

RESAMPLES, SIMULATIONS, WINDOWS, CHUNK = 100, 199, 10, 100
DISFAVOURED = 20.0

# name: (function of the generator, glasses, modes below 1 per glass, s as omega -> 0, what else the function takes)
KINDS: dict[str, tuple[Callable[..., Any], int, float, float, dict[str, Any]]] = {
    "pure, s = 4, 300 modes": (synthetic.pure, 200, 1.5, 4.0, {}),
    "pure, s = 3, 30 modes": (synthetic.pure, 300, 0.1, 3.0, {"s": 3.0}),
    "pure, s = 3.667, 2500 modes": (synthetic.pure, 500, 5.0, 11 / 3, {"s": 11 / 3}),
    "corrected, b = -0.6, 2500 modes": (synthetic.corrected, 500, 5.0, 4.0, {"beta": -0.6}),
    "omega^3/ln^2(omega/10), 2500 modes": (synthetic.logarithmic, 500, 5.0, 3.0, {"scale": 10.0}),
    "phonons at 1.2, 450 modes": (synthetic.with_phonons, 300, 1.5, 4.0, {"phonon": 1.2, "width": 0.05}),
    "phonons at 1.0, 450 modes": (synthetic.with_phonons, 300, 1.5, 4.0, {"phonon": 1.0, "width": 0.05}),
    "30 % missing, 315 modes": (synthetic.with_missing, 300, 1.5, 4.0, {"fraction": 0.3}),
    "lowest 4 of 6 per glass": (synthetic.only_lowest, 100, 6.0, 4.0, {"kept": 4}),
    "mixed s = 3 and 5, 450 modes": (synthetic.mixed, 300, 1.5, 4.0, {}),
    "groups of 3, s = 4, 450 modes": (synthetic.clustered, 300, 1.5, 4.0, {"size": 3}),
}
SIZES = (250, 500, 1000, 2000)  # of the scaling with N: rate N·omega^4/50, 100 glasses of each


def attempted(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Return the result, or None where there are too few modes."""
    try:
        return function(*arguments, **keywords)
    except InsufficientDataError:
        return None


def one_ensemble(modes_g: list[Any], truth: float, per_glass: float, rng: np.random.Generator) -> dict[str, Any]:
    """Estimates as (value, error, holds the truth), tests as whether they speak at 5 %."""
    drawn = {"rng": rng, "resamples": RESAMPLES}
    found: dict[str, Any] = {}
    fits = {
        "fit": attempted(fit_exponent, modes_g, 1.0, **drawn),
        "lowest": attempted(fit_lowest_frequency, modes_g, 1.0, **drawn),
        "corrected": attempted(fit_correction, modes_g, 1.0, **drawn),
    }
    for name, fit in fits.items():
        if fit is not None:
            held = abs(fit.s - truth) < fit.error if name != "corrected" else fit.low < truth < fit.high
            found[name] = (fit.s, fit.error, held)
    # prefactor relative to the truth, 5·per_glass at s = 4
    prefactor = quartic_prefactor(modes_g, 1.0, modes_total=1000, **drawn)
    relative, error = prefactor.value / (5 * per_glass / 1000), prefactor.error / (5 * per_glass / 1000)
    found["A_g"] = (relative, error, abs(relative - 1) < error)
    count = sum(int((modes < 1).sum()) for modes in modes_g)
    scan = attempted(scan_windows, modes_g, windows_below(1.0, count, number=WINDOWS), **drawn)
    goodness = attempted(goodness_of_fit, modes_g, 1.0, rng=rng, simulations=SIMULATIONS)
    counts = attempted(count_dispersion, modes_g, 1.0)
    comparison = compare_rates(modes_g, 1.0, taper=3)
    found["drift"] = None if scan is None else scan.drifts
    found["KS"] = None if goodness is None else goodness.kolmogorov_smirnov_probability <= 0.05
    found["AD"] = None if goodness is None else goodness.anderson_darling_probability <= 0.05
    found["counts"] = None if counts is None else counts.probability <= 0.05
    for s in (3.0, 11 / 3, 4.0):
        found[f"no {s:.3g}"] = comparison.odds(f"s = {s:.4g}") >= DISFAVOURED
    return found


def chunk(kind: str, first: int, number: int) -> list[dict[str, Any]]:
    """Estimates of a part of the ensembles of one kind."""
    make, glasses, per_glass, truth, keywords = KINDS[kind]
    place, results = list(KINDS).index(kind), []
    for index in range(first, first + number):
        rng = generator(9, place, index)
        results.append(one_ensemble(make(rng, glasses=glasses, per_glass=per_glass, **keywords), truth, per_glass, rng))
    return results


def scaling_chunk(statistic: str, first: int, number: int) -> list[dict[str, Any]]:
    """Exponent from the lowest frequency against N."""
    results = []
    for index in range(first, first + number):
        rng = generator(10, len(statistic), index)
        ensembles = {n: synthetic.pure(rng, glasses=100, per_glass=n / 50 * 3**5 / 5, upper=3.0) for n in SIZES}
        fit = scale_lowest_frequency(ensembles, statistic=statistic, rng=rng, resamples=RESAMPLES)
        held = abs(fit.s - 4) < fit.error
        results.append({statistic: (fit.s, fit.error, held), "chi2": fit.probability <= 0.05})
    return results


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the ensembles of one kind."""
    row: dict[str, Any] = {"ensembles": len(found)}
    for name in dict.fromkeys(key for one in found for key in one):
        values = [one[name] for one in found if one.get(name) is not None]
        if not values:
            continue
        if isinstance(values[0], tuple):
            s, error, held = np.array(values, dtype=float).T
            row[name] = {
                "mean": s.mean(), "spread": s.std(ddof=1), "error": error.mean(), "coverage": held.mean(),
                "ensembles": len(values),
            }  # fmt: skip
        else:
            row[name] = float(np.mean(values))
    return row


def line(kind: str, row: dict[str, Any]) -> str:
    """One row of the table."""
    cells = [f"{kind:34s}"]
    for name in ("fit", "lowest", "corrected", "A_g"):
        cell = row.get(name)
        text = "-"
        if cell is not None:
            text = f"{cell['mean']:.3f} ± {cell['spread']:.3f} ({cell['error']:.3f}) {100 * cell['coverage']:.0f}%"
        cells.append(f"{text:30s}")
    tests = ("drift", "KS", "AD", "counts", "no 3", "no 3.67", "no 4")
    cells += [f"{100 * row[name]:7.1f}" if row.get(name) is not None else "      -" for name in tests]
    return " ".join(cells)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/estimators.json"))
    parser.add_argument("--ensembles", type=int, default=2000)
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    total, size = options.ensembles, min(CHUNK, options.ensembles)
    parts = [(first, min(size, total - first)) for first in range(0, total, size)]
    results = {}
    for task, kinds in ((chunk, tuple(KINDS)), (scaling_chunk, ("mean", "median"))):
        jobs = [(kind, first, number) for kind in kinds for first, number in parts]
        found = list(run_all(task, jobs, options.workers))
        for place, kind in enumerate(kinds):
            own = found[place * len(parts) : (place + 1) * len(parts)]
            results[kind] = summary([one for part in own for one in part])
    head = [
        f"{'ensembles':34s}",
        *(f"{name:30s}" for name in ("s: all modes", "lowest mode", "corrected", "A_g/truth")),
    ]
    print("mean ± spread (mean error bar) coverage; tests: % of ensembles in which they speak")
    print(*head, *(f"{name:>7s}" for name in ("drift", "KS", "AD", "counts", "no 3", "no 3.67", "no 4")))
    for kind in KINDS:
        print(line(kind, results[kind]))
    for statistic in ("mean", "median"):
        cell = results[statistic][statistic]
        print(
            f"{statistic} of omega_min against N: s = {cell['mean']:.3f} ± {cell['spread']:.3f} ({cell['error']:.3f}) "
            f"{100 * cell['coverage']:.0f}%, chi2 at 5 %: {100 * results[statistic]['chi2']:.1f} %"
        )
    save(options.out, f"python protocols/00-validation/estimators.py --ensembles {total}", results)


if __name__ == "__main__":
    main()
