"""Folders of instances that are not whole, samples that cannot be used, options that do not fit."""

import json
from itertools import pairwise

import numpy as np
import pytest
from report.oscillators.conftest import instance, rows_of
from report.synthetic import records, write_folder

from glasskit.cli import main
from glasskit.errors import InputError
from glasskit.report import analyse
from glasskit.report.kinds import require_known
from glasskit.report.oscillators.words import in_instances
from glasskit.report.worlds.command import _opened


def words(text):
    return " ".join(text.split())


def headings(text):
    lines = text.splitlines()
    return [title for title, rule in pairwise(lines) if title and rule == "-" * len(title)]


@pytest.fixture
def rng():
    return np.random.default_rng(9)


def test_a_folder_without_instances_gets_one_sentence(written, capsys):
    folder = written({"one": []})
    assert main(["analyse", str(folder.path)]) == 2
    captured = capsys.readouterr()
    assert "has nothing to analyse: one: no instance is made yet; glasskit run makes them." in captured.err
    assert (captured.err.count("\n"), captured.out) == (1, "")


def test_options_for_glasses_are_refused(written, rng, capsys):
    folder = written({"one": [instance(rng), instance(rng)]})
    assert main(["analyse", str(folder.path), "--stress-by-size"]) == 2
    assert 'samples of kind "khgps", which have no pairs of particles: leave out' in capsys.readouterr().err
    assert not (folder.path / "analysis").exists()


def test_failures_are_excluded_counted_and_explained(written, rng, undrawn, tmp_path):
    failed = [f"ConvergenceError: the relative gradient is 1.{k}e-9" for k in range(3)]
    folder = written({"one": [*failed, *(instance(rng) for _ in range(5))], "two": ["NumericalError: no"] * 2})
    text = words(analyse(folder.path, out=tmp_path / "out"))
    assert "one 400 0.1 0.01 0 - 1 0 30 3 5" in text
    assert "one: 3 excluded: ConvergenceError: the relative gradient is 1.0e-9" in text
    assert "two 400 0.2 0.01 0 - 1 0 30 2 0" in text
    assert "two every instance that was tried failed." in text
    assert "one is not finished: 8 of 30 instances are made." in text
    rows = {row["curve"]: row for row in rows_of(tmp_path / "out", "curves.csv")}
    assert (rows["one"]["instances"], rows["one"]["excluded"]) == ("5", "3")
    assert (rows["two"]["instances"], rows["two"]["excluded"]) == ("0", "2")


@pytest.mark.parametrize("kind", ["khgps", "gps"])
def test_a_damaged_shard_costs_its_instances_only(kind, rng, undrawn, tmp_path):
    size = {"khgps": "size = 27\nfield = 0.1", "gps": "length = 3"}[kind]
    recipe = (
        f'kind = "{kind}"\nseed = 3\n[run]\nshard_size = 4\n[model]\n{size}\n[curves.one]\ncoupling = 0.1\nglasses = 9'
    )
    records = [instance(rng, size=27) for _ in range(9)]
    folder = write_folder(tmp_path / "r", {"one": ["NumericalError: no", *records[1:]]}, recipe=recipe)
    shard = folder.path / "one" / "shard-000001.h5"
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size // 2])
    text = words(analyse(folder.path, out=tmp_path / "out"))
    sentence = "one: up to 4 instances left out with a damaged shard, which glasskit run makes again: "
    assert sentence + f"{shard} is damaged (" in text
    assert "one: 1 excluded: NumericalError: no" in text
    assert "one is not finished: 5 of 9 instances are made and in shards that verify." in text
    (row,) = rows_of(tmp_path / "out", "curves.csv")
    assert (row["instances"], row["excluded"], row["left_out"]) == ("4", "1", "4")
    kept = [record["energy"] for record in (*records[1:4], records[8])]
    assert float(row["energy"]) == pytest.approx(np.mean(kept), rel=1e-12)
    assert json.loads((tmp_path / "out" / "results.json").read_text())["curves"][0]["left_out"][0]["samples"] == 4


def test_a_folder_of_failures_only_has_words_and_tables(written, undrawn, tmp_path):
    """What was tried, how often and why it failed; no section, table or figure without content."""
    folder = written({"one": ["NumericalError: no"] * 2, "two": ["ConvergenceError: 1e-9", "ConvergenceError: 2e-9"]})
    text = analyse(folder.path, out=tmp_path / "out")
    assert headings(text) == [f"Analysis of {folder.path}", "Instances"]
    said = words(text)
    assert "one 400 0.1 0.01 0 - 1 0 30 2 0" in said
    assert "two: 2 excluded: ConvergenceError: 1e-9" in said
    assert (
        "Nothing to analyse: all 4 instances that were tried failed (2 of one, 2 of two); the reasons are above" in said
    )
    assert not undrawn
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "summary.txt", "curves.csv", "results.json", "figure.png",
    }  # fmt: skip
    rows = rows_of(tmp_path / "out", "curves.csv")
    assert [(row["curve"], row["excluded"], row["instances"]) for row in rows] == [("one", "2", "0"), ("two", "2", "0")]
    assert json.loads((tmp_path / "out" / "results.json").read_text())["curves"][1]["excluded"] == 2


def test_a_zero_frequency_refuses_the_spectrum_and_nothing_else(written, rng, undrawn, tmp_path):
    records = [instance(rng) for _ in range(4)]
    records[2]["frequencies"][0] = 0.0
    folder = written({"one": ["ConvergenceError: no", *records]})
    text = words(analyse(folder.path, out=tmp_path / "out"))
    sentence = "instance 3 has the frequency 0; expected positive frequencies"  # the first one failed
    assert text.count(sentence) >= 4
    (row,) = rows_of(tmp_path / "out", "curves.csv")
    assert float(row["energy"]) == np.mean([record["energy"] for record in records])
    assert (row["lowest_frequency"], row["softest_frequency"]) == ("", "")
    assert sentence in row["note"]
    assert rows_of(tmp_path / "out", "density.csv") == []
    assert undrawn["exponents"]() is None


def test_a_single_instance_has_sentences_for_errors(written, rng, undrawn, tmp_path):
    folder = written({"one": [instance(rng)]})
    text = words(analyse(folder.path, out=tmp_path / "out"))
    assert "an error bar over instances needs at least 2 instances, found 1; make more instances." in text
    assert "nan" not in text.lower()
    assert "nan" not in (tmp_path / "out" / "curves.csv").read_text()


def test_instances_without_a_mode_below_the_limit(written, rng, undrawn, tmp_path):
    records = [instance(rng, count=6) for _ in range(4)]
    for number, record in enumerate(records):
        kept = 0 if number == 1 else 4
        record |= {
            "complete_below": 0.2, "frequencies": 0.1 + 0.02 * np.sort(rng.random(kept)),
            "participation": np.full(kept, 0.01),
        }  # fmt: skip
    folder = written({"one": records}, {"one": "spectrum.below = 0.2"})
    text = words(analyse(folder.path, out=tmp_path / "out"))
    assert "1 of 4 instances have no mode below 0.2, up to which all are known" in text
    (row,) = rows_of(tmp_path / "out", "levels.csv")
    assert (row["ratios"], row["skipped"]) == ("6", "1")


def test_a_spectrum_without_any_mode(written, rng, undrawn, tmp_path):
    records = [
        instance(rng, count=6) | {"complete_below": 0.01, "frequencies": np.empty(0), "participation": np.empty(0)}
        for _ in range(3)
    ]
    folder = written({"one": records}, {"one": "spectrum.below = 0.01"})
    text = words(analyse(folder.path, out=tmp_path / "out"))
    assert "no D(omega): no instance has a mode that is known." in text
    assert "no verdict:" in text


def test_curves_of_one_stiffness_and_of_no_coupling(written, rng, undrawn, tmp_path):
    lines = {
        "free": "coupling = 0\nmodel.stiffness_range = [1, 1]",
        "two": "coupling = 0.1\nmodel.stiffness_range = [1, 1]",
    }
    records = {name: [instance(rng) for _ in range(10)] for name in lines}
    for record in records["free"] + records["two"]:
        record |= {"partial_limits": np.ones(2)}
    folder = written(records, lines)
    analyse(folder.path, out=tmp_path / "out")
    rows = rows_of(tmp_path / "out", "displacements.csv", curve="free")
    assert len(rows) == 1  # the limits are all the same
    assert all(make() is not None for make in undrawn.values() if make is not undrawn["exponents"])


def test_unknown_kinds_are_named(tmp_path):
    with pytest.raises(InputError, match='holds samples of kind "toy"; analyse reads the kinds "glass", "khgps"'):
        require_known("toy", tmp_path)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("make more glasses, and check their seeds.", "make more instances, and check their seeds."),
        ("Modes of a glass are not independent", "Modes of an instance are not independent"),
        ("expected all modes of a glass, dN − d.", "expected all N modes of an instance."),
        ("glasskit run makes its glassy states", "glasskit run makes its glassy states"),
    ],
)
def test_sentences_of_the_analysis_speak_of_instances(sentence, said):
    assert in_instances(sentence) == said


def test_lattices_of_oscillators_are_read_by_the_same_table(rng, undrawn, tmp_path):
    recipe = """
kind = "gps"
seed = 3
[model]
length = 5
stiffness_exponent = 0.5
[curves.one]
coupling = 0.5
glasses = 3
"""
    folder = write_folder(tmp_path / "r", {"one": [instance(rng, size=125) for _ in range(3)]}, recipe=recipe)
    text = words(analyse(folder.path, out=tmp_path / "out"))
    assert "GPS lattice model" in text
    assert "one 125 3 0.5 0 0 - 1 0.5 1 3 0 3" in text
    (row,) = rows_of(tmp_path / "out", "curves.csv")
    assert (row["N"], row["d"], row["beta"], row["known_fraction"]) == ("125", "3", "0.5", "1.0")


def test_two_worlds_are_told_of_shards_that_are_left_out(written, rng, tmp_path):
    oscillators = written({"one": [instance(rng) for _ in range(60)]}, {"one": "coupling = 0.1"})
    glasses = write_folder(tmp_path / "glasses", {"m2-cold": records(rng, 9)})
    damaged = [oscillators.path / "one" / "shard-000001.h5", glasses.path / "m2-cold" / "shard-000000.h5"]
    for shard in damaged:
        shard.write_bytes(b"")
    opened, notes = _opened([oscillators.path, glasses.path])
    assert {kind: [len(named.ensemble) for named in members] for kind, members in opened.items()} == {
        "khgps": [50],
        "glass": [1],
    }
    assert [note.partition(" left out")[0] for note in notes[:2]] == [
        f"{oscillators.path}: one: up to 50 instances",
        f"{glasses.path}: m2-cold: up to 8 glasses",
    ]
    assert all(f"{shard} is damaged" in note for shard, note in zip(damaged, notes, strict=False))
