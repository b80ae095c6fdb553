"""Folders that are not whole: still running, failed, damaged, not there; and places that cannot be written."""

import csv
import json
from itertools import pairwise

import numpy as np
import pytest
from report.synthetic import RECIPE, records, write_folder

from glasskit.cli import main
from glasskit.errors import InputError, StorageError
from glasskit.report import analyse
from glasskit.report.figures import cumulative_figure, exponents_figure, stress_figure
from glasskit.report.opening import left_out_lines, open_curves


def words(text):
    return " ".join(text.split())


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """Reports that figures were asked for, in place of the figures: drawing them takes most of the time."""
    asked = []
    monkeypatch.setattr(
        "glasskit.report.figures.draw", lambda reports, further: asked.append(reports) or {"figure.png": b"x"}
    )
    return asked


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "is not a folder: expected an output folder of glasskit run"),
        (lambda path: path.write_text("x"), "is not a folder"),
        (lambda path: path.mkdir(), "holds neither recipe.toml nor samples"),
        (lambda path: write_folder(path, {}), "has nothing to analyse: m2-cold: no glass is made yet"),
    ],
)
def test_a_folder_without_glasses_gets_one_sentence(tmp_path, capsys, make, sentence):
    path = tmp_path / "x"
    make(path)
    assert main(["analyse", str(path)]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not (path / "analysis").exists()


def test_another_kind_is_refused(tmp_path):
    from glasskit.ensembles import pipelines

    pipelines.register("toy", "ensembles.toy")
    toy = 'kind = "toy"\nseed = 1\n[model]\nlength = 5\n[curves.a]\nglasses = 1\n'
    (tmp_path / "recipe.toml").write_text(toy)
    with pytest.raises(InputError, match='holds samples of kind "toy"; analyse reads the kinds "glass", "khgps"'):
        open_curves(tmp_path)


def test_a_run_still_going_is_analysed_as_far_as_it_is(tmp_path, rng, capsys, drawn):
    write_folder(tmp_path / "r", {"m2-cold": records(rng, 9)})
    assert main(["analyse", str(tmp_path / "r")]) == 0
    text = words(capsys.readouterr().out)
    assert "m2-cold is not finished: 9 of 20 glasses are made." in text
    assert "minf-hot no glass is made yet; glasskit run makes them." in text
    assert (tmp_path / "r" / "analysis" / "figure.png").read_bytes() == b"x"
    assert all(make(drawn[0]) for make in (cumulative_figure, exponents_figure, stress_figure))


def test_failures_are_excluded_counted_and_explained(tmp_path, rng, drawn):
    made = list(records(rng, 12))
    made[2:5] = [f"ConvergenceError: force 1.{k}e-9 above 1e-10" for k in range(3)]
    written = write_folder(tmp_path / "r", {"m2-cold": made, "minf-hot": ["NumericalError: no"] * 4})
    text = words(analyse(tmp_path / "r"))
    assert all(make(drawn[0]) for make in (cumulative_figure, exponents_figure, stress_figure))
    assert "m2-cold 2 0.2 4000 20 3 9 " in text
    assert "m2-cold: 3 excluded: ConvergenceError: force 1.0e-9 above 1e-10" in text
    assert "minf-hot inf 1 4000 20 4 0 - - 3.00 (log)" in text
    assert "minf-hot: 4 excluded: NumericalError: no" in text
    assert text.count("minf-hot every glass that was tried failed.") == 2
    mean = np.mean([r["e_is"] for r in written.records["m2-cold"]])
    assert f"{mean:.3f}" in text


def test_a_folder_of_failures_only_says_so_and_no_more(tmp_path, drawn):
    failed = {"m2-cold": ["NumericalError: no"] * 3, "minf-hot": [f"ConvergenceError: force {k}e-9" for k in (1, 2)]}
    write_folder(tmp_path / "r", failed)
    text = analyse(tmp_path / "r")
    lines = text.splitlines()
    assert [a for a, b in pairwise(lines) if a and b == "-" * len(a)] == [f"Analysis of {tmp_path / 'r'}", "Glasses"]
    said = words(text)
    assert "m2-cold 2 0.2 4000 20 3 0 " in said
    assert "minf-hot: 2 excluded: ConvergenceError: force 1e-9" in said
    assert "Nothing to analyse: all 5 glasses that were tried failed (3 of m2-cold, 2 of minf-hot)" in said
    assert not drawn
    names = {path.name for path in (tmp_path / "r" / "analysis").iterdir()}
    assert names == {"summary.txt", "curves.csv", "results.json"}


def test_a_single_glass_has_sentences_for_errors(tmp_path, rng, drawn):
    write_folder(tmp_path / "r", {"m2-cold": records(rng, 1)})
    text = words(analyse(tmp_path / "r"))
    assert not any(make(drawn[0]) for make in (cumulative_figure, exponents_figure, stress_figure))
    assert "m2-cold an error bar over glasses needs at least 2 glasses, found 1; make more glasses." in text
    assert "nan" not in text.lower()


def test_a_damaged_shard_costs_its_glasses_only(tmp_path, rng):
    """Shards of 8: of 19 glasses the 8 of the second are left out; of 9 the only one of the second."""
    written = write_folder(tmp_path / "r", {"m2-cold": records(rng, 19), "minf-hot": records(rng, 9)})
    for curve in ("m2-cold", "minf-hot"):
        shard = tmp_path / "r" / curve / "shard-000001.h5"
        shard.write_bytes(shard.read_bytes()[:-100])
    text = words(analyse(tmp_path / "r"))
    assert "m2-cold 2 0.2 4000 20 0 11 " in text
    assert "minf-hot inf 1 4000 20 0 8 " in text
    for curve in ("m2-cold", "minf-hot"):
        sentence = f"{curve}: up to 8 glasses left out with a damaged shard, which glasskit run makes again: "
        assert sentence + f"{tmp_path / 'r' / curve / 'shard-000001.h5'} is damaged (" in text
    assert "m2-cold is not finished: 11 of 20 glasses are made and in shards that verify." in text
    kept = [r["e_is"] for k, r in enumerate(written.records["m2-cold"]) if k // 8 != 1]
    found = json.loads((tmp_path / "r" / "analysis" / "results.json").read_text())["curves"][0]
    assert found["means"]["e_is"]["value"] == pytest.approx(np.mean(kept), rel=1e-9)
    (shard,) = found["left_out"]
    assert shard["samples"] == 8
    assert "shard-000001.h5 is damaged" in shard["reason"]
    with (tmp_path / "r" / "analysis" / "curves.csv").open() as file:
        assert [row["left_out"] for row in csv.DictReader(file)] == ["8", "8"]


def test_the_last_shard_holds_what_is_left_of_the_wanted(tmp_path, rng):
    write_folder(tmp_path / "r", {"m2-cold": records(rng, 19)})
    shard = tmp_path / "r" / "m2-cold" / "shard-000002.h5"
    shard.write_bytes(b"")
    (curve, _) = open_curves(tmp_path / "r")
    assert [left_out.samples for left_out in curve.left_out] == [4]  # 16 to 19 of the 20 that are wanted
    (alone,) = open_curves(tmp_path / "r" / "m2-cold")
    assert alone.left_out == curve.left_out


def test_a_curve_of_damaged_shards_only_costs_no_other(tmp_path, rng):
    write_folder(tmp_path / "r", {"m2-cold": records(rng, 9), "minf-hot": records(rng, 9)})
    for number in range(2):
        (tmp_path / "r" / "m2-cold" / f"shard-00000{number}.h5").write_bytes(b"x")
    text = words(analyse(tmp_path / "r"))
    assert "shard-000000.h5 is damaged" in text
    assert "glasskit run makes its glasses again." in text
    assert "minf-hot inf 1 4000 20 0 9 " in text
    assert "is damaged" in text.split("So is its other shard.")[0]
    with (tmp_path / "r" / "analysis" / "curves.csv").open() as file:
        assert [row["left_out"] for row in csv.DictReader(file)] == ["16", "0"]


def test_what_another_version_made_is_not_said_to_be_made_again(tmp_path, rng, monkeypatch):
    """The damaged shard is of a folder that glasskit run of this release refuses."""
    write_folder(tmp_path / "r", {"m2-cold": records(rng, 19)})
    (tmp_path / "r" / "m2-cold" / "shard-000001.h5").write_bytes(b"x")
    monkeypatch.setattr("glasskit.ensembles.pipelines.glass.version", 99)
    for path in (tmp_path / "r", tmp_path / "r" / "m2-cold"):
        curve = open_curves(path)[0]
        (line,) = left_out_lines("m2-cold", curve.left_out, "glass")
        start = "m2-cold: up to 8 glasses left out with a damaged shard, which this release does not make again: "
        assert line.startswith(start)


def test_samples_of_another_recipe_are_not_mixed_in(tmp_path, rng):
    write_folder(tmp_path / "r", {"m2-cold": records(rng, 9), "minf-hot": records(rng, 9)})
    recipe = tmp_path / "r" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("parent_temperature = 0.2", "parent_temperature = 0.3"))
    text = words(analyse(tmp_path / "r"))
    assert "m2-cold holds samples of another recipe than" in text
    assert "minf-hot inf 1 4000 20 0 9 " in text


def test_a_setting_that_is_newer_than_the_samples_has_its_default(tmp_path, rng, monkeypatch):
    from glasskit.ensembles.store import Ensemble

    write_folder(tmp_path / "r", {"m2-cold": records(rng, 9)})
    stored = Ensemble.settings.fget

    def changed(change):
        def settings(self):
            found = stored(self)
            change(found["quench"])
            return found

        monkeypatch.setattr(Ensemble, "settings", property(settings))
        return open_curves(tmp_path / "r")

    assert changed(lambda quench: quench.pop("method"))[0].ensemble is not None
    with pytest.raises(StorageError, match="holds samples of another recipe"):
        changed(lambda quench: quench.update(method="fire"))
    with pytest.raises(StorageError, match="holds samples of another recipe"):
        changed(lambda quench: quench.update(unheard_of=1))


def test_more_glasses_than_wanted_all_count(tmp_path, rng):
    recipe = RECIPE.replace("parent_temperature = 0.2\nglasses = 20", "parent_temperature = 0.2\nglasses = 5")
    write_folder(tmp_path / "r", {"m2-cold": records(rng, 9)}, recipe=recipe)
    assert "9 glasses are stored, more than the 5 of the recipe; all count" in words(analyse(tmp_path / "r"))


def test_the_folder_of_one_curve_will_do(folder, tmp_path):
    text = words(analyse(folder.path / "m2-cold", out=tmp_path / "out"))
    assert "m2-cold 2 0.2 4000 20 0 20 " in text
    assert "minf-hot" not in text


def test_figures_and_tables_do_not_go_among_shards(folder):
    with pytest.raises(InputError, match="holds the samples of a curve: choose another folder with --out"):
        analyse(folder.path, out=folder.path / "minf-hot")


def test_a_place_that_cannot_be_written_is_found_before_the_work(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("glasskit.report.command.reduce_curves", lambda curves: pytest.fail("worked in vain"))
    with pytest.raises(StorageError, match="cannot be written: Not a directory"):
        analyse(folder.path, out=tmp_path / "file" / "out")


def test_glasses_added_while_reading_are_noticed(tmp_path, rng):
    from glasskit.report.tapering import reduce_curves

    made = list(records(rng, 9))
    write_folder(tmp_path / "r", {"m2-cold": made[:6]})
    opened = open_curves(tmp_path / "r")
    write_folder(tmp_path / "r", {"m2-cold": made})
    with pytest.raises(StorageError, match="changed while it was read: analyse it again"):
        reduce_curves(opened)
