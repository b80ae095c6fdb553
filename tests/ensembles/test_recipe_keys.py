"""The reference of recipes: it is what the command prints, it leaves out nothing, and its examples run."""

import re
from pathlib import Path

import pytest

from glasskit import Ensemble
from glasskit.cli import main
from glasskit.ensembles import pipelines
from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.pipelines.examples import EXAMPLES
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.recipe_keys import KINDS, _tables, recipe_reference
from glasskit.ensembles.run import run
from glasskit.ensembles.tables import plain

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"


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
    assert tuple(EXAMPLES) == KINDS
