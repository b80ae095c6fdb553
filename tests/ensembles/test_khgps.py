"""The pipeline of KHGPS instances: what its recipe accepts and refuses, what a record holds, one run end to end."""

from dataclasses import replace

import numpy as np
import pytest

from glasskit import Ensemble
from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.pipelines import khgps
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import run
from glasskit.ensembles.store import differences
from glasskit.errors import InputError
from glasskit.meanfield.khgps import KHGPS

TINY = """
kind = "khgps"
seed = 20210402
[run]
shard_size = 2
[model]
size = 40
coupling = 0.1
field = 0.05
[curves.full]
glasses = 3
[curves.lowest]
glasses = 2
coupling = 0.3
model.stiffness_range = [0.1, 1]
spectrum.count = 5
store.coordinates = true
store.modes = true
[curves.below]
glasses = 1
spectrum.below = 0.6
"""


def settings_of(changes, curve="full"):
    return parse_recipe(TINY.replace("[curves.full]", f"{changes}\n[curves.full]"), source="r").curve(curve).settings


def test_a_run_makes_what_the_model_makes(tmp_path):
    recipe = parse_recipe(TINY, source="recipe.toml")
    result = run(recipe, tmp_path, executor=SerialExecutor(), report=lambda line: None)
    assert (result.made, result.failed) == (6, 0)
    full = Ensemble.open(tmp_path / "full")
    assert [len(values) for values in full.frequencies] == [40, 40, 40]
    model = KHGPS(40, coupling=0.1, field=0.05)
    instance = model.sample(np.random.default_rng(recipe.curve("full").seed_sequence(1)))
    assert full.frequencies[1].tobytes() == np.sqrt(instance.eigenvalues()).tobytes()
    table = full.table()
    assert table["mean_square"][1] == instance.mean_square
    assert table["energy"][1] == instance.energy / 40
    assert np.all(table["relative_gradient"] <= 1e-12)
    assert full.complete_below[1] == full.frequencies[1][-1]
    limits, counts, sums = (full.arrays(f"partial_{name}")[1] for name in ("limits", "counts", "sums"))
    assert len(limits) == 25
    assert limits[-1] == 1.0
    assert counts[-1] == 40
    assert sums[-1] / 40 == pytest.approx(instance.mean_square, rel=1e-13)


def test_parts_of_a_spectrum_and_what_is_stored_on_request(tmp_path):
    recipe = parse_recipe(TINY, source="recipe.toml")
    run(recipe, tmp_path, executor=SerialExecutor(), report=lambda line: None)
    lowest = Ensemble.open(tmp_path / "lowest")
    model = KHGPS(40, coupling=0.3, field=0.05, stiffness_range=(0.1, 1.0))
    instance = model.sample(np.random.default_rng(recipe.curve("lowest").seed_sequence(0)))
    low = instance.lowest_modes(5)
    assert lowest.arrays("participation")[0].tobytes() == low.participation.tobytes()
    assert lowest.arrays("modes")[0].tobytes() == low.modes.tobytes()
    assert lowest.arrays("coordinates")[0].tobytes() == instance.coordinates.tobytes()
    assert lowest.arrays("stiffnesses")[0].min() >= 0.1
    below = Ensemble.open(tmp_path / "below")
    assert below.complete_below[0] == 0.6
    assert np.all(below.frequencies[0] < 0.6)
    # the same instances as those of the full curve, which differs in the spectrum only
    assert below.table()["energy"][0] == Ensemble.open(tmp_path / "full").table()["energy"][0]
    again = tmp_path / "again"
    run(recipe, again, executor=SerialExecutor(), report=lambda line: None)
    assert differences(tmp_path / "lowest", again / "lowest") == []


def test_a_dry_run_says_what_it_takes(tmp_path):
    lines = []
    result = run(
        parse_recipe(TINY, source="r"), tmp_path / "o", executor=SerialExecutor(), report=lines.append, dry_run=True
    )
    assert result.estimate is not None
    assert any("memory" in line and "disk" in line for line in lines)
    assert not (tmp_path / "o").exists()
    cost = khgps.calibrate(settings_of(""))
    assert cost.seconds > 0
    larger = replace(settings_of(""), model=replace(settings_of("").model, size=4000))
    lowest = replace(larger, spectrum=khgps.SpectrumTable(full=False, count=10))
    assert khgps.calibrate(larger).memory_bytes == pytest.approx(10 * 4000**2, abs=3e8)  # couplings and one matrix
    assert khgps.calibrate(lowest).disk_bytes < khgps.calibrate(larger).disk_bytes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("[start]\nwidth = -1", r"start\.width is -1, expected a number >= 0"),
        ("[start]\nspeed = 1", r"unknown key start\.speed"),
        (
            "[spectrum]\ncount = 6\nbelow = 0.1",
            r"spectrum\.count = 6 and spectrum\.below = 0\.1 are given together; expected one spectrum: leave out "
            r"below for so many lowest modes, or count for all modes below a frequency\.$",
        ),
        (
            "[spectrum]\nfull = true\nbelow = 0.1",
            r"spectrum\.full = true and spectrum\.below = 0\.1 are given together; expected one spectrum: leave out "
            r"below for all eigenvalues, or full for all modes below a frequency\.$",
        ),
        (
            "[spectrum]\nfull = true\ncount = 6\nbelow = 0.1",
            r"leave out count and below for all eigenvalues, or full and below for so many lowest modes, or full and "
            r"count for",
        ),
        (
            "[spectrum]\nfull = false",
            r"spectrum\.full is false and neither spectrum\.count nor spectrum\.below is given; expected one spectrum",
        ),
        ("[spectrum]\ncount = 41", r"spectrum\.count is 41, expected at most model\.size = 40"),
        ("[store]\nmodes = true", r"store\.modes is true"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(changes, words):
    with pytest.raises(InputError, match=words):
        settings_of(changes)


@pytest.mark.parametrize("given", ["[1.0, 0.5]", "[-1, 1]", "[1]", "1.0", '["a", 1]', "[0, true]"])
def test_bad_ranges_are_refused(given):
    with pytest.raises(InputError, match=r"model\.stiffness_range is .* expected two numbers, 0 <= lowest <= highest"):
        parse_recipe(TINY.replace("field = 0.05", f"field = 0.05\nstiffness_range = {given}"), source="r")


def test_what_does_not_fit_into_memory_is_refused_before_the_run(monkeypatch):
    monkeypatch.setattr("glasskit.meanfield.memory.available_bytes", lambda: 1e9)
    with pytest.raises(InputError, match=r"model\.size = 50000 with its spectrum takes 25\.\d+ GB"):
        khgps.calibrate(parse_recipe(TINY.replace("size = 40", "size = 50000"), source="r").curve("full").settings)


@pytest.mark.parametrize(
    ("spectrum", "size", "modes"),
    [
        ({"count": 399}, 4000, None),
        ({"count": 400}, 4000, 401),
        ({"below": 0.1}, 4000, None),
        ({"count": 10}, 1500, 11),
        ({"below": 0.1}, 1500, 1500),
    ],
)
def test_the_estimate_has_room_for_modes_by_lapack(monkeypatch, spectrum, size, modes):
    settings = parse_recipe(TINY.replace("size = 40", f"size = {size}"), source="r").curve("full").settings
    settings = replace(settings, spectrum=khgps.SpectrumTable(full=False, **spectrum))
    vectors = 8 * size * modes + 1000 * size if modes else 0
    needed = 2 * size * (size - 1) + 700 * size + 8 * size**2 + vectors
    assert khgps.calibrate(settings).memory_bytes == pytest.approx(needed + 2e8, rel=1e-12)
    monkeypatch.setattr("glasskit.meanfield.memory.available_bytes", lambda: needed / 0.91)
    with pytest.raises(InputError, match=rf"model\.size = {size} with its spectrum .* fewer oscillators or modes"):
        khgps.calibrate(settings)
