"""Does the start of the minimisation matter? ``python starts.py DIR [DISORDERS]``, DIR a run of starts.toml.

Two comparisons for each state of the recipe: its curves, from x = 0 and from random coordinates, whose disorder is
independent; then DISORDERS (100) instances, each from x = 0 and from one set of normal numbers times 1 and times 3, so
that differences are paired. Compared are energy per oscillator, <x²>, the lowest frequency, and without a gap also
A_g = 5F/omega⁵ and s below the frequency under which the curve from x = 0 has two modes per instance. Minima are the
same where their coordinates differ by less than a millionth. Prints a table and writes starts.csv into DIR.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import glasskit
from glasskit.analysis.bootstrap import resample_glasses, spread
from glasskit.ensembles.recipe import read_recipe
from glasskit.seeds import DEFAULT_SEED

WIDTHS = (0.0, 1.0, 3.0)
DISORDERS = 100
PER_INSTANCE = 2
"""Modes below the end of the window of A_g and s."""
SAME = 1e-6
"""Largest rms difference of coordinates over their rms, of one minimum found twice."""
ROUNDING = 1e-12
"""Errors below this share of a number are those of rounding: one minimum found twice."""
Array = NDArray[Any]


class Minima(NamedTuple):
    """Minima of many instances: energy per oscillator and <x²> (G,), all frequencies of each."""

    energy: Array
    mean_square: Array
    frequencies: list[Array]


class Window(NamedTuple):
    """Frequencies below `upper`, of `modes` per instance in all."""

    upper: float
    modes: int


def per_instance(minima: Minima, window: Window | None) -> dict[str, Array]:
    """Numbers whose means are compared."""
    found = {
        "energy": minima.energy,
        "mean_square": minima.mean_square,
        "lowest_frequency": np.array([omega[0] for omega in minima.frequencies]),
    }
    if window is not None:
        below = np.array([np.searchsorted(omega, window.upper) for omega in minima.frequencies])
        found["A_g"] = 5 * below / (window.modes * window.upper**5)
    return found


def compare(first: Minima, second: Minima, window: Window | None, *, paired: bool) -> Iterator[dict[str, Any]]:
    """One row per quantity: both values, the second minus the first, and its error."""
    ours, theirs = per_instance(first, window), per_instance(second, window)
    for name, one in ours.items():
        other = theirs[name]
        error = standard_error(other - one) if paired else np.hypot(standard_error(one), standard_error(other))
        yield {
            "quantity": name, "first": one.mean(), "first_error": standard_error(one), "second": other.mean(),
            "second_error": standard_error(other), "difference": other.mean() - one.mean(), "error": float(error),
        }  # fmt: skip
    if window is not None:
        fits = [glasskit.fit_exponent(minima.frequencies, window.upper) for minima in (first, second)]
        error = exponent_difference_error(first, second, window) if paired else np.hypot(fits[0].error, fits[1].error)
        yield {
            "quantity": "s", "first": fits[0].s, "first_error": fits[0].error, "second": fits[1].s,
            "second_error": fits[1].error, "difference": fits[1].s - fits[0].s, "error": float(error),
        }  # fmt: skip


def standard_error(value_g: Array) -> float:
    """Of a mean over instances."""
    return float(np.std(value_g, ddof=1) / np.sqrt(len(value_g)))


def exponent_difference_error(first: Minima, second: Minima, window: Window) -> float:
    """Spread of the difference of s when whole instances are drawn again, the same for both."""
    columns = []
    for minima in (first, second):
        logs = [np.log(window.upper / omega[omega < window.upper]) for omega in minima.frequencies]
        columns += [[len(log) for log in logs], [log.sum() for log in logs]]
    sums = resample_glasses(np.array(columns, dtype=float).T, rng=np.random.default_rng(DEFAULT_SEED))
    return float(spread((sums[:, 2] - 1) / sums[:, 3] - (sums[:, 0] - 1) / sums[:, 1], len(first.frequencies)))


def stored(folder: Path) -> Minima:
    """The minima of a curve."""
    ensemble = glasskit.Ensemble.open(folder)
    table = ensemble.table()
    return Minima(
        np.array(table["energy"]), np.array(table["mean_square"]), [np.array(w) for w in ensemble.frequencies]
    )


def same_disorder(model: glasskit.KHGPS, key: Sequence[int], disorders: int) -> tuple[list[Minima], list[Array]]:
    """Minima from all `WIDTHS`, and the distances of those of the same disorder, (widths, widths) each."""
    columns: list[list[tuple[Any, ...]]] = [[] for _ in WIDTHS]
    distances = []
    for index in range(disorders):
        seed = np.random.SeedSequence(key[0], spawn_key=(*key[1:], index))
        found = [model.sample(np.random.default_rng(seed), start_width=width) for width in WIDTHS]
        for column, instance in zip(columns, found, strict=True):
            column.append((instance.energy / model.n, instance.mean_square, np.sqrt(instance.eigenvalues())))
        x = np.array([instance.coordinates for instance in found])
        distances.append(np.sqrt(((x[:, None] - x) ** 2).mean(axis=2) / (x[0] ** 2).mean()))
    minima = [
        Minima(np.array([row[0] for row in c]), np.array([row[1] for row in c]), [r[2] for r in c]) for c in columns
    ]
    return minima, distances


def state_rows(folder: Path, name: str, settings: Any, key: Sequence[int], disorders: int) -> list[dict[str, Any]]:
    """Both comparisons of one state."""
    given = settings.model
    zero, random = stored(folder / f"{name}-zero"), stored(folder / f"{name}-random")
    window = None
    if given.stiffness_range[0] == 0:
        pooled = np.sort(np.concatenate(zero.frequencies))
        window = Window(float(pooled[PER_INSTANCE * len(zero.frequencies)]), given.size)
    head = {"state": name, "h": given.field, "J": given.coupling, "window": "" if window is None else window.upper}
    rows = [
        head | {"disorder": "independent", "widths": "0 1", "instances": len(zero.energy), "same_minimum": "", **row}
        for row in compare(zero, random, window, paired=False)
    ]
    model = glasskit.KHGPS(
        given.size, coupling=given.coupling, field=given.field, stiffness_range=given.stiffness_range
    )
    minima, distances = same_disorder(model, key, disorders)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        apart = np.array([distance[a, b] for distance in distances])
        same, far = int((apart < SAME).sum()), apart[apart >= SAME]
        print(
            f"{name}: starts of width {WIDTHS[a]:g} and {WIDTHS[b]:g} end in the same minimum in {same} of "
            f"{disorders}" + (f", the others at least {min(far):.2g} apart" if far.size else "")
        )
        mark = {
            "disorder": "same",
            "widths": f"{WIDTHS[a]:g} {WIDTHS[b]:g}",
            "instances": disorders,
            "same_minimum": same,
        }
        rows += [head | mark | row for row in compare(minima[a], minima[b], window, paired=True)]
    return rows


def tell(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table."""
    for row in rows:
        ratio = row["difference"] / row["error"] if row["error"] > ROUNDING * abs(row["first"]) else 0.0
        print(
            f"{row['state']:8s} {row['disorder']:11s} {row['widths']:4s} {row['instances']:4d} {row['quantity']:16s} "
            f"{row['first']:12.6g} ± {row['first_error']:8.2g} {row['second']:12.6g} ± {row['second_error']:8.2g} "
            f"difference {row['difference']:10.3g} ± {row['error']:8.2g} ({ratio:.1f})"
        )


def main(arguments: Sequence[str]) -> int:
    """Compare all states, print, write."""
    if len(arguments) not in (1, 2) or not (Path(arguments[0]) / "recipe.toml").is_file():
        print("usage: python starts.py DIR [DISORDERS], DIR an output folder of starts.toml", file=sys.stderr)
        return 2
    folder, disorders = Path(arguments[0]), int(arguments[1]) if len(arguments) == 2 else DISORDERS
    recipe = read_recipe(folder / "recipe.toml")
    rows: list[dict[str, Any]] = []
    states = [(c.name.removesuffix("-zero"), c.settings) for c in recipe.curves if c.name.endswith("-zero")]
    for number, (name, settings) in enumerate(states):
        rows += state_rows(folder, name, settings, (recipe.seed, number), disorders)
    tell(rows)
    with (folder / "starts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.7g}" if isinstance(v, float) else v for k, v in row.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
