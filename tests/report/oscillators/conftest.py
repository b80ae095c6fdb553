import csv

import numpy as np
import pytest
from report.synthetic import write_folder

from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import run

MADE = """
kind = "khgps"
seed = 12
[run]
shard_size = 4
[model]
size = 60
field = 0.1
[curves.weak]
coupling = 0.05
glasses = 6
[curves.strong]
coupling = 0.3
glasses = 6
[curves.lowest]
coupling = 0.3
field = 0.2
model.stiffness_range = [0.1, 1]
glasses = 6
spectrum.count = 12
"""

WRITTEN = """
kind = "khgps"
seed = 3
[run]
shard_size = 50
[model]
size = 400
coupling = 0.1
field = 0.01
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Folder of three curves of instances that were minimised, two of them with full spectra."""
    path = tmp_path_factory.mktemp("oscillators") / "results"
    run(parse_recipe(MADE, source="recipe.toml"), path, executor=SerialExecutor(), report=lambda line: None)
    return path


@pytest.fixture(scope="session")
def analysed(made, tmp_path_factory):
    """Text and output folder of one analysis of ``made``."""
    from glasskit.report import analyse

    out = tmp_path_factory.mktemp("analysed") / "out"
    return analyse(made, out=out), out


@pytest.fixture
def written(tmp_path):
    """Writer of folders of instances that were never made: ``written(contents, lines)`` with lines of each curve."""

    def write(contents, lines=None):
        curves = {name: (lines or {}).get(name, f"coupling = 0.{k + 1}") for k, name in enumerate(contents)}
        recipe = WRITTEN + "".join(f"[curves.{name}]\nglasses = 30\n{line}\n" for name, line in curves.items())
        return write_folder(tmp_path / "r", contents, recipe=recipe)

    return write


@pytest.fixture
def undrawn(monkeypatch):
    """Figures take most of the time; here they are not made. Holds the makers that were asked."""
    asked = {}
    monkeypatch.setattr("glasskit.report.figures.images", lambda makers: asked.update(makers) or {"figure.png": b"x"})
    return asked


def instance(rng, *, size=400, top=1.0, k=5.0, count=None):
    """A record with frequencies of F = (omega/top)^k, all of them or the lowest ``count``."""
    frequencies = np.sort(top * rng.random(size) ** (1 / k))
    complete = frequencies[-1] if count is None else 0.5 * (frequencies[count - 1] + frequencies[count])
    limits = np.array([0.1, 1.0])
    part = {} if count is None else {"participation": np.linspace(0.01, 0.02, count)}
    return {
        "energy": -0.1 + 0.01 * rng.normal(), "mean_square": 0.2 + 0.01 * rng.normal(), "relative_gradient": 1e-13,
        "flow_steps": 5, "newton_steps": 3, "products": 20, "frequencies": frequencies[:count],
        "complete_below": complete, "partial_limits": limits, "partial_counts": np.array([size // 10, size]),
        "partial_sums": np.array([0.5, 0.2]) * size * np.array([0.1, 1]) * (1 + 0.05 * rng.normal()), **part,
    }  # fmt: skip


def rows_of(folder, name, **equal):
    with (folder / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if all(row[key] == value for key, value in equal.items())]


def column(rows, name):
    return np.array([float(row[name]) for row in rows])
