"""The script that compares starts of the minimisation, on curves of ten small instances."""

import csv
import runpy
from pathlib import Path

import pytest

import glasskit
from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import run

SCRIPT = Path(__file__).parents[2] / "protocols" / "07-khgps" / "starts.py"
RECIPE = """
kind = "khgps"
seed = 5

[model]
size = 60
field = 0.1
coupling = 0.15

[spectrum]
full = true

[curves.stable-zero]
model.stiffness_range = [0.1, 1.0]
glasses = 10

[curves.stable-random]
model.stiffness_range = [0.1, 1.0]
start.width = 1.0
glasses = 10

[curves.strong-zero]
coupling = 2.0
glasses = 10

[curves.strong-random]
coupling = 2.0
start.width = 1.0
glasses = 10
"""


def test_starts_agree_where_there_is_one_minimum_and_not_where_there_are_many(tmp_path, capsys):
    run(parse_recipe(RECIPE, source="r"), tmp_path / "out", executor=SerialExecutor())
    assert runpy.run_path(str(SCRIPT))["main"]([str(tmp_path / "out"), "6"]) == 0
    assert "stable: starts of width 0 and 3 end in the same minimum in 6 of 6" in capsys.readouterr().out
    with (tmp_path / "out" / "starts.csv").open() as file:
        rows = list(csv.DictReader(file))
    stable = [row for row in rows if row["state"] == "stable" and row["disorder"] == "same"]
    assert {row["quantity"] for row in stable} == {"energy", "mean_square", "lowest_frequency"}
    for row in stable:
        assert abs(float(row["difference"])) < 1e-11  # gradients are 1e-12 of the forces, and x is of order 1
    strong = [row for row in rows if row["state"] == "strong" and row["disorder"] == "same"]
    assert {row["quantity"] for row in strong} == {"energy", "mean_square", "lowest_frequency", "A_g", "s"}
    from_zero = [row for row in strong if row["widths"] != "1 3"]  # the two random starts are parallel
    assert len(from_zero) == 10
    assert {row["same_minimum"] for row in from_zero} == {"0"}
    independent = [row for row in rows if row["disorder"] == "independent"]
    assert [int(row["instances"]) for row in independent] == [10] * 8
    # The curves are those of the recipe: their mean energies are the means of their samples.
    for row in (row for row in independent if row["quantity"] == "energy"):
        table = glasskit.Ensemble.open(tmp_path / "out" / f"{row['state']}-random").table()
        assert float(row["second"]) == pytest.approx(sum(table["energy"]) / 10, rel=1e-6)


def test_a_wrong_command_line_says_the_right_one(tmp_path, capsys):
    assert runpy.run_path(str(SCRIPT))["main"]([str(tmp_path)]) == 2
    assert "usage: python starts.py DIR" in capsys.readouterr().err
