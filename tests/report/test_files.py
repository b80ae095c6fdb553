"""The files: tables that read back, one JSON file with everything, written whole."""

import csv
import dataclasses
import io
import json

import numpy as np
import pytest

from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.spectra.cumulative_density import cumulative_density
from glasskit.analysis.stresses.distribution import stress_distribution
from glasskit.ensembles.store import Ensemble
from glasskit.observables.local_stress import local_stresses
from glasskit.particles.potentials import InversePowerLaw
from glasskit.report.files import results, tables

NAMES = {
    "summary.txt", "results.json", "curves.csv", "equilibration.csv", "exponents.csv", "cumulative.csv", "stress.csv",
    "stress_slopes.csv", "cumulative.png", "cumulative.svg", "exponents.png", "exponents.svg", "stress.png",
    "stress.svg", "verdicts.csv", "plateau-minf-hot.png", "plateau-minf-hot.svg",
}  # fmt: skip


def table(analysed, name, **equal):
    with (analysed[1] / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if all(row[key] == value for key, value in equal.items())]


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


def test_all_files_are_there_and_no_temporary_ones(analysed):
    assert {path.name for path in analysed[1].iterdir()} == NAMES
    assert (analysed[1] / "summary.txt").read_text(encoding="utf-8") == analysed[0] + "\n"
    assert all(name in analysed[0] for name in NAMES)


def test_exponents(folder, analysed):
    for curve, made in folder.records.items():
        frequencies = [r["frequencies"] for r in made]
        rows = table(analysed, "exponents.csv", curve=curve)
        assert column(rows, "omega_c").tolist() == [round(0.4 + 0.05 * k, 2) for k in range(17)]
        assert [float(row["omega_c"]) for row in rows if row["in_table"] == "True"] == [0.6, 0.7, 0.8, 1.0]
        for row in rows:
            if row["note"]:
                assert int(row["modes"]) < 3
                assert row["s"] == row["error"] == ""
                continue
            fit = fit_exponent(frequencies, float(row["omega_c"]))
            assert (float(row["s"]), float(row["error"]), int(row["modes"])) == (fit.s, fit.error, fit.count)


def test_cumulative_density_of_all_modes_but_those_of_translations_and_rattlers(folder, analysed):
    for curve, made in folder.records.items():
        rows = table(analysed, "cumulative.csv", curve=curve)
        omega = column(rows, "omega")
        total = [3 * 64 - 3 - 3 * r["rattlers"] for r in made]
        expected = cumulative_density([r["frequencies"] for r in made], total, omega)
        assert omega[-1] == 1.2
        for name, values in [("F", expected.value), ("error", expected.error), ("lower", expected.lower)]:
            np.testing.assert_array_equal(column(rows, name), values)


def test_both_curves_share_their_grids(analysed):
    for name, key in [("cumulative.csv", "omega"), ("stress.csv", "sigma_from")]:
        first, second = (column(table(analysed, name, curve=curve), key) for curve in ("m2-cold", "minf-hot"))
        np.testing.assert_array_equal(first, second)


def test_stresses_equal_those_of_all_glasses_at_once(folder, analysed):
    potential = InversePowerLaw(taper=2)
    stresses = [local_stresses(c, potential) for c in Ensemble.open(folder.path / "m2-cold").configurations()]
    for quantity, values in [
        ("scalar", [np.abs(s.strengths) for s in stresses]),
        ("component", [np.abs(s.tensors[:, [0, 0, 1], [1, 2, 2]]).ravel() for s in stresses]),
    ]:
        rows = table(analysed, "stress.csv", curve="m2-cold", quantity=quantity)
        edges = np.append(column(rows, "sigma_from"), float(rows[-1]["sigma_to"]))
        expected = stress_distribution(values, edges=edges, slope_span=5)
        np.testing.assert_array_equal(column(rows, "P"), expected.density)
        np.testing.assert_array_equal(column(rows, "error"), expected.error)
        slopes = table(analysed, "stress_slopes.csv", curve="m2-cold", quantity=quantity)
        np.testing.assert_array_equal(column(slopes, "slope"), expected.slope)
        np.testing.assert_array_equal(column(slopes, "sigma"), expected.slope_sigma)
        assert len(slopes) > 10


def test_equilibration_and_curves(analysed):
    rows = table(analysed, "equilibration.csv")
    assert [(row["curve"], row["state"]) for row in rows] == [
        (curve, "equilibrated") for curve in ("m2-cold", "m2-cold", "minf-hot", "minf-hot")
    ]
    assert column(rows, "tolerance")[[0, 2]].tolist() == [0.016 * 0.2, 0.016]
    (row,) = table(analysed, "curves.csv", curve="minf-hot")
    assert (row["taper"], row["used"], row["equilibrated"], row["note"]) == ("inf", "20", "equilibrated", "")
    assert abs(float(row["e_is"]) - 1.17) < 6 * float(row["e_is_error"])


def test_results_carry_numbers_and_where_they_come_from(folder, analysed):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    path = analysed[1] / "results.json"
    assert path.stat().st_size < 500_000
    content = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert content["recipe"] == (folder.path / "recipe.toml").read_text()
    assert content["analysed_with"]["glasskit"]
    curve = content["curves"][1]
    assert curve["hash"] == Ensemble.open(folder.path / "minf-hot").identity.hash
    assert curve["settings"]["model"]["taper"] == "inf"
    assert (curve["seed"], curve["glasses"], curve["wanted"], curve["excluded"]) == (5, 20, 20, 0)
    assert curve["versions"] == [{"glasskit": "0"}]
    fit = fit_exponent([r["frequencies"] for r in folder.records["minf-hot"]], 1.0)
    (window,) = [window for window in curve["windows"] if window["upper"] == 1.0]
    np.testing.assert_allclose(window["fit"]["s"], fit.s, rtol=1e-9)
    assert window["fit"]["seed"] == fit.seed
    assert len(curve["cumulative"]["omega"]) == len(curve["cumulative"]["value"]) == 60


def test_a_table_without_rows_is_empty(reports):
    bare = [dataclasses.replace(report, windows=()) for report in reports]
    assert list(csv.DictReader(io.StringIO(tables(bare)["exponents.csv"].decode()))) == []
    assert json.loads(results(bare, ""))["curves"][0]["windows"] == []


def test_a_number_that_is_none_is_never_written(reports):
    cumulative = dataclasses.replace(reports[0].cumulative, value=np.array([0.1, np.nan]))
    with pytest.raises(ValueError, match="not JSON compliant"):
        results([dataclasses.replace(reports[0], cumulative=cumulative)], "")
