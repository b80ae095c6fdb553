"""The pipeline of GPS lattices: what its recipe accepts and refuses, what a record holds, one run end to end."""

from dataclasses import replace

import numpy as np
import pytest

from glasskit import Ensemble
from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.pipelines import gps, khgps
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import run
from glasskit.ensembles.store import differences
from glasskit.errors import InputError
from glasskit.meanfield.gps_lattice import GPSLattice

TINY = """
kind = "gps"
seed = 20030915
[run]
shard_size = 2
[model]
length = 4
coupling = 1.0
[curves.full]
glasses = 3
[curves.square]
glasses = 2
length = 7
field = 0.1
model.dimension = 2
model.stiffness_exponent = 0.5
spectrum.count = 5
store.coordinates = true
store.modes = true
"""


def settings_of(changes="", curve="full"):
    return parse_recipe(TINY.replace("[curves.full]", f"{changes}\n[curves.full]"), source="r").curve(curve).settings


def test_a_run_makes_what_the_model_makes(tmp_path):
    recipe = parse_recipe(TINY, source="recipe.toml")
    result = run(recipe, tmp_path / "a", executor=SerialExecutor(), report=lambda line: None)
    assert (result.made, result.failed) == (5, 0)
    full = Ensemble.open(tmp_path / "a" / "full")
    assert [len(values) for values in full.frequencies] == [64, 64, 64]
    instance = GPSLattice(4, coupling=1.0).sample(np.random.default_rng(recipe.curve("full").seed_sequence(1)))
    assert full.frequencies[1].tobytes() == np.sqrt(instance.eigenvalues()).tobytes()
    assert full.table()["mean_square"][1] == instance.mean_square
    assert full.table()["energy"][1] == instance.energy / 64
    assert np.all(full.table()["relative_gradient"] <= 1e-12)
    assert full.arrays("partial_counts")[1][-1] == 64
    square = Ensemble.open(tmp_path / "a" / "square")
    model = GPSLattice(7, coupling=1.0, field=0.1, dimension=2, stiffness_exponent=0.5)
    instance = model.sample(np.random.default_rng(recipe.curve("square").seed_sequence(0)))
    low = instance.lowest_modes(5)
    assert square.arrays("participation")[0].tobytes() == low.participation.tobytes()
    assert square.arrays("modes")[0].tobytes() == low.modes.tobytes()
    assert square.arrays("coordinates")[0].tobytes() == instance.coordinates.tobytes()
    run(recipe, tmp_path / "b", executor=SerialExecutor(), report=lambda line: None)
    assert differences(tmp_path / "a" / "full", tmp_path / "b" / "full") == []


def test_settings_have_the_names_of_those_of_the_mean_field_model(tmp_path):
    settings = settings_of()
    assert settings.model.size == 64
    assert gps.resolve(settings) == settings
    assert settings_of("[start]\nwidth = 1.0") == settings
    names = {name for name in khgps.ModelTable.__dataclass_fields__}
    assert names <= set(gps.ModelTable.__dataclass_fields__)
    sized = parse_recipe(TINY.replace("length = 4", "length = 4\nsize = 64").split("[curves.square]")[0], source="r")
    assert sized.curve("full").hash == parse_recipe(TINY, source="r").curve("full").hash


def test_what_an_instance_costs_is_measured():
    cost = gps.calibrate(settings_of())
    assert cost.seconds > 0
    larger = replace(settings_of(), model=replace(settings_of().model, length=13, size=2197))
    lowest = replace(larger, spectrum=gps.SpectrumTable(full=False, count=10))
    found = gps.calibrate(lowest)
    assert found.memory_bytes == pytest.approx(10 * 2197**2, abs=3e8)  # couplings and one matrix
    assert found.disk_bytes < 8 * 2197


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("[start]\nwidth = 0", r"start\.width is 0 .* start from a random state"),
        ("[start]\nspeed = 1", r"unknown key start\.speed"),
        ("[spectrum]\ncount = 65", r"spectrum\.count is 65, expected at most model\.size = 64"),
        ("[store]\nmodes = true", r"store\.modes is true"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(changes, words):
    with pytest.raises(InputError, match=words):
        settings_of(changes)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("length = 4", "length = 1", r"model\.length is 1, expected a whole number >= 2"),
        ("length = 4", "length = 4\nsize = 65", r"model\.size is 65, expected .* 64, or no size"),
        ("coupling = 1.0", "coupling = -1.0", r"model\.coupling is -1\.0, expected a number >= 0"),
        ("dimension = 2", "dimension = 4", r"model\.dimension is 4, expected 2 or 3"),
        ("stiffness_exponent = 0.5", "stiffness_exponent = -1", r"stiffness_exponent is -1, expected a number > -1"),
    ],
)
def test_bad_models_are_refused(old, new, words):
    with pytest.raises(InputError, match=words):
        parse_recipe(TINY.replace(old, new), source="r")


def test_what_does_not_fit_into_memory_is_refused_before_the_run(monkeypatch):
    monkeypatch.setattr("glasskit.meanfield.memory.available_bytes", lambda: 1e9)
    with pytest.raises(InputError, match=r"model\.size = 64000 with its spectrum takes 41\.00 GB"):
        gps.calibrate(parse_recipe(TINY.replace("length = 4", "length = 40"), source="r").curve("full").settings)


def test_a_start_at_rest_without_a_field_is_refused_in_both_models():
    text = 'kind = "khgps"\nseed = 1\n[model]\nsize = 40\n[curves.a]\ncoupling = 0.3\nfield = 0.0\nglasses = 2\n'
    with pytest.raises(InputError, match=r"start\.width is 0 and there is no field"):
        parse_recipe(text, source="r")
    assert parse_recipe(text + "start.width = 1.0\n", source="r").curves[0].settings.start.width == 1.0
