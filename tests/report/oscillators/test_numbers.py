"""What analyse writes for instances that were minimised, against numbers from the stored arrays."""

import json
import re

import numpy as np
from report.oscillators.conftest import column, rows_of

from glasskit import Ensemble
from glasskit.analysis.bootstrap import bootstrap_mean
from glasskit.meanfield.khgps import KHGPS

CURVES = ("weak", "strong", "lowest")


def test_every_file_named_is_there_and_no_other(analysed):
    text, out = analysed
    named = " ".join(text[text.index("Written to") :].split()).partition(": ")[2].rstrip(".").split(", ")
    assert sorted(named) == sorted(path.name for path in out.iterdir())
    figures = ("density", "cumulative", "displacements", "levels", "participation")
    tables = ("curves", "density", "cumulative", "exponents", "verdicts", "displacements", "levels", "participation")
    assert {f"{name}.png" for name in figures} | {f"{name}.csv" for name in tables} <= set(named)
    assert (out / "summary.txt").read_text(encoding="utf-8") == text + "\n"
    assert all((out / name).stat().st_size > 0 for name in named)


def test_words_are_those_of_oscillators(analysed):
    text, out = analysed
    for words in (text, *((out / name).read_text() for name in ("exponents.csv", "verdicts.csv", "levels.csv"))):
        words = words.replace("glasskit", "")
        assert not re.search(r"glass|particle|liquid|taper|T_p", words, re.IGNORECASE), words
        assert "instance" in words


def test_means_of_the_instances(made, analysed):
    for curve in CURVES:
        ensemble = Ensemble.open(made / curve)
        table = ensemble.table()
        (row,) = rows_of(analysed[1], "curves.csv", curve=curve)
        lowest = np.array([omega[0] for omega in ensemble.frequencies])
        for name, values in [
            ("energy", table["energy"]), ("mean_square", table["mean_square"]), ("lowest_frequency", lowest),
        ]:  # fmt: skip
            mean = bootstrap_mean(values)
            assert (float(row[name]), float(row[f"{name}_error"])) == (mean.value, mean.error)
        assert float(row["softest_frequency"]) == lowest.min()
        assert (row["N"], row["wanted"], row["excluded"], row["instances"]) == ("60", "6", "0", "6")
        assert float(row["complete_below"]) == ensemble.complete_below.min()
    assert [float(rows_of(analysed[1], "curves.csv", curve="lowest")[0][f"kappa_{end}"]) for end in ("from", "to")] == [
        0.1,
        1.0,
    ]
    # straight from the model, without the store
    model = KHGPS(60, coupling=0.3, field=0.1)
    from glasskit.ensembles.recipe import read_recipe

    recipe = read_recipe(made / "recipe.toml")
    first = model.sample(np.random.default_rng(recipe.curve("strong").seed_sequence(0)))
    assert Ensemble.open(made / "strong").table()["mean_square"][0] == np.mean(first.coordinates**2)


def test_density_and_its_integral_count_every_mode(made, analysed):
    for curve in CURVES:
        ensemble = Ensemble.open(made / curve)
        known = ensemble.complete_below.min()
        pooled = np.concatenate(ensemble.frequencies)
        rows = rows_of(analysed[1], "density.csv", curve=curve)
        low, high = column(rows, "omega_from"), column(rows, "omega_to")
        counts = [int(((pooled >= a) & (pooled < b)).sum()) for a, b in zip(low, high, strict=True)]
        assert column(rows, "modes").tolist() == counts
        np.testing.assert_allclose(column(rows, "D"), counts / (360 * (high - low)), rtol=1e-12)
        integral = rows_of(analysed[1], "cumulative.csv", curve=curve)
        below = [(pooled <= omega).sum() / 360 for omega in column(integral, "omega")]
        np.testing.assert_allclose(column(integral, "F"), below, rtol=1e-12)
        if curve == "lowest":
            assert high[-1] <= known
            assert column(integral, "omega")[-1] == known
        else:
            assert sum(counts) == 360
            assert below[-1] == 1.0


def test_windows_hold_their_fraction_of_all_modes(made, analysed):
    for curve in CURVES:
        ensemble = Ensemble.open(made / curve)
        pooled = np.sort(np.concatenate(ensemble.frequencies))
        (row,) = rows_of(analysed[1], "exponents.csv", curve=curve, fraction="0.03")
        assert float(row["omega_c"]) == pooled[10]  # the eleventh mode is the first outside
        depth = np.log(pooled[10] / pooled[:10])
        np.testing.assert_allclose(float(row["s"]), 9 / depth.sum() - 1, rtol=1e-12)
        np.testing.assert_allclose(float(row["A_g"]), 5 * 10 / (360 * pooled[10] ** 5), rtol=1e-12)
        assert row["modes"] == "10"
        (verdict,) = rows_of(analysed[1], "verdicts.csv", curve=curve)
        assert verdict["note"].startswith("0 modes below")  # a thousandth of 360 modes
        assert "instances" in verdict["note"]


def test_displacements_of_the_softer_oscillators(made, analysed):
    for curve in CURVES:
        ensemble = Ensemble.open(made / curve)
        limits, counts, sums = (np.array(ensemble.arrays(f"partial_{name}")) for name in ("limits", "counts", "sums"))
        held = counts.sum(axis=0) > 0
        rows = rows_of(analysed[1], "displacements.csv", curve=curve)
        np.testing.assert_array_equal(column(rows, "kappa"), limits[0][held])
        np.testing.assert_allclose(
            column(rows, "mean_square"), sums[:, held].sum(axis=0) / counts[:, held].sum(axis=0), rtol=1e-12
        )
        ratio = sums[:, held].sum(axis=0) / counts[:, held].sum(axis=0)
        scatter = np.sum((sums[:, held] - ratio * counts[:, held]) ** 2, axis=0)
        error = np.sqrt(6 / 5 * scatter) / counts[:, held].sum(axis=0)  # of a ratio, to first order
        # 1000 resamples know a standard deviation to 1/sqrt(2000) = 2.2 %; 75 of them at 5.4 errors: 5e-6
        np.testing.assert_allclose(column(rows, "error"), error, rtol=0.12)
        mean = bootstrap_mean(ensemble.table()["mean_square"])  # all oscillators: no ratio is left
        np.testing.assert_allclose(float(rows[-1]["mean_square"]), mean.value, rtol=1e-12)
        np.testing.assert_allclose(float(rows[-1]["error"]), mean.error, rtol=1e-9)


def test_levels_of_full_and_of_partial_spectra(made, analysed):
    def mean_ratio(spectra):
        gaps = [np.diff(levels) for levels in spectra]
        return np.mean([np.mean(np.minimum(g[1:] / g[:-1], g[:-1] / g[1:])) for g in gaps])

    for curve in CURVES:
        spectra = [omega**2 for omega in Ensemble.open(made / curve).frequencies]
        rows = {row["levels"].split()[0]: row for row in rows_of(analysed[1], "levels.csv", curve=curve)}
        parts = {"lowest": slice(0, 12)}
        if curve != "lowest":
            parts = {"lowest": slice(0, 20), "middle": slice(20, 40), "highest": slice(40, 60)}
        assert rows.keys() == parts.keys()
        for place, part in parts.items():
            expected = mean_ratio([levels[part] for levels in spectra])
            np.testing.assert_allclose(float(rows[place]["folded_ratio"]), expected, rtol=1e-12)


def test_participation_where_all_instances_are_complete(made, analysed):
    ensemble = Ensemble.open(made / "lowest")
    omega, taking_part = (np.concatenate(ensemble.arrays(name)) for name in ("frequencies", "participation"))
    rows = rows_of(analysed[1], "participation.csv")
    assert {row["curve"] for row in rows} == {"lowest"}
    for row in rows:
        low, high = float(row["omega_from"]), float(row["omega_to"])
        inside = (omega >= low) & (omega < high) & (omega < ensemble.complete_below.min())
        assert int(row["modes"]) == inside.sum()
        np.testing.assert_allclose(float(row["participating"]), 60 * taking_part[inside].mean(), rtol=1e-12)
    assert "No participation of weak, strong: full spectra hold no modes" in analysed[0]


def test_results_carry_numbers_and_where_they_come_from(made, analysed):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    content = json.loads((analysed[1] / "results.json").read_text(), parse_constant=refuse)
    assert (content["kind"], content["schema"]) == ("khgps", "glasskit analysis")
    assert content["recipe"] == (made / "recipe.toml").read_text()
    curve = content["curves"][2]
    ensemble = Ensemble.open(made / "lowest")
    assert (curve["hash"], curve["seed"], curve["instances"]) == (ensemble.identity.hash, 12, 6)
    assert curve["settings"]["spectrum"]["count"] == 12
    np.testing.assert_allclose(curve["states"]["means"]["energy"]["value"], ensemble.table()["energy"].mean())
    assert content["further"]["density"]["modes"]
