"""The reference of recipes: it is what the command prints, it leaves out nothing, and its examples run."""

import io
import re
from pathlib import Path

import pytest

from glasskit import Ensemble
from glasskit.cli import main
from glasskit.ensembles import pipelines
from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.pipelines.examples import EXAMPLES, SAMPLES
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.recipe_keys import _tables, recipe_reference
from glasskit.ensembles.run import run
from glasskit.ensembles.tables import plain
from glasskit.errors import InputError

KINDS = tuple(EXAMPLES)
PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch):
    """Without the kinds that other tests register."""
    for kind in set(pipelines.kinds()) - set(KINDS):
        monkeypatch.delitem(pipelines._TARGETS, kind)


def test_the_page_is_what_the_command_prints(capsys):
    """Make it again by: glasskit recipe > docs/recipes.md."""
    assert main(["recipe"]) == 0
    assert capsys.readouterr().out == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_a_default_something_allowed_and_a_meaning(kind, capsys):
    assert main(["recipe", kind]) == 0
    printed = capsys.readouterr().out
    assert printed.rstrip() == recipe_reference(kind)
    tables = dict(_tables(pipelines.load(pipelines.target_of(kind)).settings_type))
    assert len(tables) >= 4
    for rows in tables.values():
        for row in rows:
            assert all(cell and "|" not in cell for cell in row), row
    for key in ("kind", "seed", "run.shard_size", "curves.NAME.glasses"):
        assert f"| `{key}` " in printed


@pytest.mark.parametrize("kind", KINDS)
def test_no_table_or_key_of_a_curve_is_missing(kind):
    """All that the settings of a resolved curve hold, tables inside tables included, is on the page."""
    settings = plain(parse_recipe(EXAMPLES[kind], source="r").curves[0].settings)
    listed = {
        f"{table}.{row[0].strip('`')}"
        for table, rows in _tables(pipelines.load(pipelines.target_of(kind)).settings_type)
        for row in rows
    }

    def names(values, prefix=""):
        for name, value in values.items():
            if isinstance(value, dict):
                yield from names(value, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}"

    assert set(names(settings)) <= listed


def test_another_kind_gets_one_sentence(capsys):
    assert main(["recipe", "spin"]) == 2
    captured = capsys.readouterr()
    assert "kind is 'spin', expected one of 'glass'" in captured.err
    assert (captured.err.count("\n"), captured.out) == (1, "")


def test_help_of_run_names_the_command(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "glasskit recipe glass, khgps or gps" in capsys.readouterr().out


@pytest.mark.parametrize("text", re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL))
def test_minimal_recipes_run(text, tmp_path):
    recipe = parse_recipe(text, source="recipe.toml")
    assert text == EXAMPLES[recipe.kind]
    result = run(recipe, tmp_path, executor=SerialExecutor(), report=lambda line: None)
    assert (result.failed, result.stopped) == (0, None)
    for curve in recipe.curves:
        assert len(Ensemble.open(tmp_path / curve.name)) == curve.glasses


def test_there_is_a_minimal_recipe_of_each_kind():
    assert tuple(EXAMPLES) == tuple(SAMPLES) == pipelines.kinds()


def test_a_registered_kind_appears_on_the_page_and_in_the_help(monkeypatch, capsys):
    monkeypatch.setitem(pipelines._TARGETS, "spin", "ensembles.toy")
    assert main(["recipe"]) == 0
    page = capsys.readouterr().out
    assert (
        '| `"spin"` | A kind of sample without physics, quick and predictable, for the tests of the runner. |' in page
    )
    assert '## kind = "spin"' in page
    assert page.count('one of "glass", "khgps", "gps", "spin"') == 4
    assert "| `making.wait`" not in page
    assert "### `[making]`" in page
    for command in (["--help"], ["run", "--help"], ["recipe", "--help"]):
        with pytest.raises(SystemExit):
            main(command)
        assert "glass, khgps, gps or spin" in capsys.readouterr().out


def glass_recipe(model, diameters=""):
    text = EXAMPLES["glass"].replace('name = "tapered-ipl"\n', f"{model}\n[model.diameters]\n{diameters}\n[model]\n")
    head, _, rest = text.partition("[model]\n")
    lines = rest.replace("[model]\n", "").splitlines()
    table = [line for line in lines if line.startswith("particles")]
    others = [line for line in lines if not line.startswith("particles")]
    return parse_recipe("\n".join([f"{head}[model]", *table, *others]), source="r").curves[0].settings


def test_what_the_page_says_of_defaults_and_pairs_holds():
    """Each of these sentences, beside the recipe that it is about."""
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    curve = EXAMPLES["khgps"].replace("coupling = 0.1", "coupling = 0.1\nrun.shard_size = 5")
    assert "may set any key of the tables below for itself" in page
    with pytest.raises(InputError, match=r"unknown key run"):
        parse_recipe(curve, source="r")
    bare = 'potential = "InversePowerLaw"\ndensity = 0.5'
    wide = "smallest = 0.8\nlargest = 1.2"
    assert "| `taper` | the named model's, or the potential's |" in page
    assert glass_recipe(bare, wide).model.taper == 2
    assert "the named model's; without one required, unless small and large are given; not beside them" in page
    assert glass_recipe(bare, "small = 0.8\nlarge = 1.2").model.diameters.small == 0.8
    for refused in ("", "smallest = 0.8", "small = 0.8", f"{wide}\nsmall = 0.8\nlarge = 1.2"):
        with pytest.raises(InputError, match=r"model\.diameters"):
            glass_recipe(bare, refused)
    assert "the named model's, where it has one for this dimension; else required" in page
    with pytest.raises(InputError, match=r"missing key model\.density: .* for d = 3 only, found d = 4"):
        glass_recipe('name = "poly"\ndimension = 4')


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_characters_that_standard_output_does_not_have_are_question_marks(encoding, monkeypatch):
    shown = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", shown)
    assert main(["recipe", "gps"]) == 0
    assert recipe_reference("gps").encode(encoding, "replace") + b"\n" == shown.buffer.getvalue()
