"""Bias, error bars and coverage of the estimators of quasilocalized excitations, on ensembles whose truth is known.

Each row is one estimator on ensembles of one size, drawn often: mean and spread of the estimate, bias in units of the
spread, mean error bar, and the fraction of ensembles in which estimate ± error holds the truth (68 % where both are
honest; 95 % for fractions of glasses, whose intervals are exact and hold it at least so often). Numbers of a glass are
drawn as those of a soft spot: omega from the lowest of modes of rate omega⁴, tau² about kappa·chi, differences that
grow as omega⁴, each with scatter. The last row is made so that the estimator cannot be right: barriers that scatter
about omega⁴.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import generator, run_all, save

from glasskit.analysis.excitations.double_wells import double_wells
from glasskit.analysis.excitations.local_slopes import local_slopes
from glasskit.analysis.excitations.medians import bootstrap_median
from glasskit.analysis.excitations.power_laws import fit_power_law
from glasskit.analysis.excitations.soft_ends import SoftEnd, barriers, lowest_frequencies
from glasskit.errors import InsufficientDataError

CHUNK, STREAM = 25, 14
Rng = np.random.Generator
Array = np.ndarray[Any, np.dtype[np.float64]]
Estimates = dict[str, tuple[float, float, float]]  # name -> lower end, value, upper end


def symmetric(value: float, error: float) -> tuple[float, float, float]:
    """Return value ± error as an interval."""
    return value - error, value, value + error


def frequencies(rng: Rng, glasses: int) -> Array:
    """Return the lowest of modes of rate 5·omega⁴, one per glass."""
    return rng.weibull(5.0, glasses)


def slope(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """Slope −1 of y against x, scatter in y alone: least squares."""
    log_x = rng.normal(0.0, 0.4, glasses)
    law = fit_power_law(np.exp(log_x), np.exp(rng.normal(0.0, 0.3, glasses) - log_x), rng=rng, resamples=resamples)
    return {"slope, least squares": symmetric(law.slope, law.error)}


def orthogonal_slope(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """Slope −1 of y against x, equal scatter of both: orthogonal regression."""
    t, noise = rng.normal(0.0, 0.4, glasses), rng.normal(0.0, 0.1, (2, glasses))
    law = fit_power_law(np.exp(t + noise[0]), np.exp(noise[1] - t), rng=rng, resamples=resamples)
    return {"slope, orthogonal": symmetric(law.orthogonal, law.orthogonal_error)}


def median(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """Median of ratios such as kappa_3/kappa_4."""
    found = bootstrap_median(1.3 * np.exp(rng.normal(0.0, 0.2, glasses)), rng=rng, resamples=resamples)
    return {"median": symmetric(found.value, found.error)}


def windows(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """Local slopes of a difference that grows as omega⁴ with scatter of a factor e."""
    omega = frequencies(rng, glasses)
    difference = 1e-3 * omega**4 * np.exp(rng.normal(0.0, 1.0, glasses))
    law = local_slopes(omega, difference, expected=4.0, rng=rng, resamples=resamples)
    estimates = {"local slope, all": symmetric(law.overall, law.overall_error)}
    for window, (value, error) in enumerate(zip(law.slope, law.error, strict=True), start=1):
        estimates[f"local slope, window {window}"] = symmetric(value, error)
    return estimates


def powers(name: str, end: SoftEnd) -> Estimates:
    """Return the fitted powers, one for each part of the glasses."""
    return {f"{name}, {part:g}": symmetric(fit.s, fit.error) for part, fit in zip(end.parts, end.fits, strict=True)}


def lowest(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """Power of the density of the lowest frequency."""
    kappa = frequencies(rng, glasses) ** 2
    return powers("D(omega)", lowest_frequencies(kappa, rng=rng, resamples=resamples))


def exact_barriers(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """Power of the density of barriers that are 2/3·omega⁴."""
    omega = frequencies(rng, glasses)
    return powers("p(B)", barriers(omega**2, omega, rng=rng, resamples=resamples))


def scattered_barriers(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """The same with tau/omega that scatters by 15 %, barriers by 30 %."""
    omega = frequencies(rng, glasses)
    tau = omega * np.exp(rng.normal(0.0, 0.15, glasses))
    return powers("p(B), scatter 30 %", barriers(omega**2, tau, rng=rng, resamples=resamples))


def wells(rng: Rng, glasses: int, resamples: int) -> Estimates:
    """Fraction above 3·kappa·chi, 5 % of all, with its exact interval, and slope of tau² against kappa·chi."""
    kappa, scatter = frequencies(rng, glasses) ** 2, 0.4
    level = np.log(3.0) - 1.6448536 * scatter  # 95 % of a normal distribution lie below 1.6448536
    tau = np.sqrt(kappa * np.exp(rng.normal(level, scatter, glasses)))
    found = double_wells(kappa, tau, np.ones(glasses), rng=rng, resamples=resamples)
    share = found.lower_minimum
    return {
        "share above 3 (95 %)": (share.lower, share.value, share.upper),
        "slope of tau^2": symmetric(found.relation.slope, found.relation.error),
    }


@dataclass(frozen=True)
class Kind:
    """How estimates of one kind are made, their truth, and the sizes of ensembles they are made of."""

    make: Callable[[Rng, int, int], Estimates]
    truth: tuple[float, ...]  # of the estimates in their order; one number: of all
    sizes: tuple[int, ...]


KINDS = {
    "slope": Kind(slope, (-1.0,), (10, 40, 300)),
    "orthogonal": Kind(orthogonal_slope, (-1.0,), (10, 40, 300)),
    "median": Kind(median, (1.3,), (10, 40, 300)),
    "wells": Kind(wells, (0.05, 1.0), (40, 300)),
    "windows": Kind(windows, (4.0,), (40, 300)),
    "lowest": Kind(lowest, (4.0,), (60, 300)),
    "barriers": Kind(exact_barriers, (0.25,), (60, 300)),
    "scattered": Kind(scattered_barriers, (0.25,), (60, 300)),
}


def chunk(name: str, glasses: int, first: int, number: int, resamples: int) -> list[Estimates]:
    """Estimates of a part of the ensembles of one kind and size; those that are refused are empty."""
    results: list[Estimates] = []
    for index in range(first, first + number):
        rng = generator(STREAM, list(KINDS).index(name), glasses, index)
        try:
            results.append(KINDS[name].make(rng, glasses, resamples))
        except InsufficientDataError:
            results.append({})
    return results


def rows(name: str, glasses: int, found: list[Estimates]) -> list[dict[str, Any]]:
    """Bias, spread, error and coverage of each estimate of one kind and size."""
    names = list(dict.fromkeys(key for one in found for key in one))
    truths = KINDS[name].truth if len(KINDS[name].truth) > 1 else KINDS[name].truth * len(names)
    table = []
    for estimate, truth in zip(names, truths, strict=True):
        low, value, high = np.array([one[estimate] for one in found if estimate in one]).T
        spread = value.std(ddof=1)
        table.append({
            "estimate": estimate, "glasses": glasses, "truth": truth, "ensembles": len(value), "mean": value.mean(),
            "spread": spread, "bias_in_spreads": (value.mean() - truth) / spread, "error": 0.5 * (high - low).mean(),
            "coverage": np.mean((low <= truth) & (truth <= high)),
        })  # fmt: skip
    return table


def line(row: dict[str, Any]) -> str:
    """One row of the table."""
    return (
        f"{row['estimate']:26s} {row['glasses']:7d} {row['truth']:6.2f} {row['mean']:8.4f} ± {row['spread']:.4f} "
        f"({row['error']:.4f}) {row['bias_in_spreads']:+7.2f} {100 * row['coverage']:8.1f} {row['ensembles']:9d}"
    )


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("data/results/validation/excitation-estimators.json"))
    parser.add_argument("--ensembles", type=int, default=300, help="of each kind and size (default 300)")
    parser.add_argument("--resamples", type=int, default=300, help="of each bootstrap (default 300)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="rows to make (default all)")
    parser.add_argument("--workers", type=int, help="processes (default: all cores)")
    options = parser.parse_args()
    jobs = [
        (name, glasses, first, min(CHUNK, options.ensembles - first), options.resamples)
        for name in options.kinds
        for glasses in KINDS[name].sizes
        for first in range(0, options.ensembles, CHUNK)
    ]
    found: dict[tuple[str, int], list[Estimates]] = {}
    for job, part in zip(jobs, run_all(chunk, jobs, options.workers), strict=True):
        found.setdefault(job[:2], []).extend(part)
    results = [row for (name, glasses), estimates in found.items() for row in rows(name, glasses, estimates)]
    print("mean ± spread (mean error bar); bias in units of the spread; % of ensembles whose interval holds the truth")
    print(f"{'estimate':26s} glasses  truth    value                        bias coverage ensembles")
    for row in results:
        print(line(row))
    command = f"python protocols/00-validation/excitation_estimators.py --ensembles {options.ensembles}"
    save(options.out, f"{command} --resamples {options.resamples}", results)


if __name__ == "__main__":
    main()
