"""Recipes: what is read, what is refused and in which words, what the hash covers."""

import math

import numpy as np
import pytest

from glasskit.ensembles.recipe import parse_recipe, read_recipe
from glasskit.errors import InputError


def refused(text):
    with pytest.raises(InputError) as caught:
        parse_recipe(text, source="toy.toml")
    message = str(caught.value)
    assert message.startswith("toy.toml: ")
    assert "\n" not in message
    return message


def test_reads_shared_tables_and_overrides(toy_recipe):
    a, b = toy_recipe.curves
    assert (a.name, a.glasses, a.settings.model.length, a.settings.making.fail_every) == ("a", 10, 5, 0)
    assert (b.name, b.glasses, b.settings.model.length, b.settings.making.fail_every) == ("b", 6, 9, 5)
    assert toy_recipe.shard_size == 4
    assert toy_recipe.seed == 7


def test_reads_a_file(tmp_path, toy_text):
    path = tmp_path / "toy.toml"
    path.write_text(toy_text)
    assert [curve.name for curve in read_recipe(path).curves] == ["a", "b"]


def test_shorthand_means_its_table_and_key(toy_text):
    long = parse_recipe(toy_text + "making.wait = 0.5\n", source="").curve("b")
    short = parse_recipe(toy_text + "wait = 0.5\n", source="").curve("b")
    assert long.settings == short.settings
    assert short.settings.making.wait == 0.5
    assert "given twice" in refused(toy_text + "wait = 0.5\nmaking.wait = 0.5\n")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("length = 5", "lenght = 5", "unknown key model.lenght. Did you mean model.length? Known here: model.edge,"),
        ("[model]", "[modle]", "unknown key modle. Did you mean model? Known here: curves, kind,"),
        ("shard_size = 4", "shardsize = 4", "unknown key run.shardsize. Did you mean run.shard_size?"),
        ("fail_every = 5", "fail_evry = 5", "curve 'b': unknown key making.fail_evry. Did you mean making.fail_every?"),
        ("glasses = 6", "glasess = 6", "curve 'b': unknown key glasess. Did you mean glasses?"),
        ("glasses = 6", "", "curve 'b': missing key glasses: expected a whole number >= 1 of glasses"),
        ("glasses = 6", "glasses = 0", "curve 'b': glasses is 0, expected a whole number >= 1"),
        ("glasses = 6", "glasses = 6.5", "glasses is 6.5, expected a whole number"),
        ("glasses = 6", "glasses = true", "glasses is true, expected a whole number"),
        ("seed = 7", "", "missing key seed: expected a whole number >= 0"),
        ("seed = 7", "seed = -7", "seed is -7, expected a whole number >= 0"),
        ("length = 5", "", "curve 'a': missing key model.length: expected a whole number >= 1"),
        ("length = 5", 'length = "5"', "curve 'a': model.length is \"5\", expected a whole number >= 1"),
        ("length = 5", "length = 5\nspread = nan", "model.spread is nan, expected a number > 0"),
        ("length = 5", "length = 5\nspread = -1", "model.spread is -1, expected a number > 0"),
        ('kind = "toy"', "", "missing key kind"),
        ('kind = "toy"', 'kind = "tov"', "kind is 'tov', expected one of"),
        ("[run]\nshard_size = 4\n[model]\nlength = 5", "model = 5", "model is 5, expected a table [model]"),
        ("model.length = 9", "model = 9", "curve 'b': model is 9, expected a table or dotted keys"),
        ("[curves.b]", '[curves."b/.."]', "not fit for a folder"),
        ("length = 5", "length = 5 5", "not valid TOML"),
        ("model.length = 9\nmaking.fail_every = 5", "", "curves 'a' and 'b' describe the same samples"),
    ],
)
def test_bad_recipes_are_one_clear_sentence(toy_text, old, new, words):
    assert old in toy_text
    assert words in refused(toy_text.replace(old, new, 1))


def test_a_recipe_needs_curves():
    assert "expected at least one table [curves.NAME]" in refused('kind = "toy"\nseed = 1\n[model]\nlength = 3\n')


def test_unreadable_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_recipe(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a text file"):
        read_recipe(tmp_path / "binary.toml")


def test_unknown_curve_lists_those_there_are(toy_recipe):
    with pytest.raises(InputError, match=r"no curve 'c'; the recipe has a, b"):
        toy_recipe.curve("c")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("glasses = 10", "glasses = 1000"),
        ("shard_size = 4", "shard_size = 50"),
        ("[curves.a]", "[curves.renamed]"),
        ("length = 5", "length = 5\nspread = 1.0"),
        ("length = 5", "length = 5\nspread = 1"),
        ("length = 5", "length = 5\nedge = 10"),
        ("seed = 7", "seed = 7 # lucky"),
    ],
)
def test_hash_ignores_what_changes_no_bit(toy_text, old, new):
    first = parse_recipe(toy_text, source="").curves[0]
    second = parse_recipe(toy_text.replace(old, new, 1), source="").curves[0]
    assert first.hash == second.hash
    assert first.stream == second.stream


@pytest.mark.parametrize(
    ("old", "new", "stream_changes"),
    [
        ("seed = 7", "seed = 8", False),
        ("length = 5", "length = 6", True),
        ("length = 5", "length = 5\nspread = 1.0000000000000002", True),
        ("length = 5", "length = 5\n[making]\nfail_every = 1", False),
    ],
)
def test_hash_covers_what_changes_bits(toy_text, old, new, stream_changes):
    first = parse_recipe(toy_text, source="").curves[0]
    second = parse_recipe(toy_text.replace(old, new, 1), source="").curves[0]
    assert first.hash != second.hash
    assert (first.stream != second.stream) == stream_changes


def test_samples_draw_from_the_documented_seed(toy_recipe):
    curve = toy_recipe.curves[0]
    expected = np.random.SeedSequence(7, spawn_key=(curve.stream, 3)).generate_state(4)
    assert np.array_equal(curve.seed_sequence(3).generate_state(4), expected)
    assert not np.array_equal(curve.seed_sequence(4).generate_state(4), expected)


def test_infinite_taper_may_be_written_twice_over():
    from glasskit.ensembles.tables import plain, read_table, taper

    fields = {"__annotations__": {"taper": "float"}, "taper": taper()}
    from dataclasses import dataclass

    table = dataclass(frozen=True)(type("Table", (), fields))
    assert read_table(table, {"taper": "inf"}).taper == math.inf
    assert read_table(table, {"taper": math.inf}).taper == math.inf
    assert plain(read_table(table, {"taper": "inf"})) == {"taper": "inf"}
    for bad in (0, -1, 2.5, "two", True, -math.inf):
        with pytest.raises(InputError, match='expected a whole number >= 1, or "inf"'):
            read_table(table, {"taper": bad})
