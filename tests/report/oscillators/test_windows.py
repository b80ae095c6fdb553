"""Windows by number of modes: instances of a known law, with full spectra and with parts of them."""

import re

import numpy as np
import pytest
from report.oscillators.conftest import column, instance, rows_of

from glasskit.errors import InputError
from glasskit.report import analyse
from glasskit.report.measured import with_error
from glasskit.report.opening import open_curves
from glasskit.report.oscillators.curve import families, oscillator_curves
from glasskit.report.oscillators.windows import JUDGED_MODES, LowModes, judged_upper, low_modes


def opened(written):
    return oscillator_curves(open_curves(written.path))


def test_a_known_law_is_found_and_its_prefactor_with_it(written, undrawn, tmp_path):
    rng = np.random.default_rng(4)
    tops = {"one": 1.0, "two": 2.0}
    folder = written({name: [instance(rng, top=top) for _ in range(30)] for name, top in tops.items()})
    text = analyse(folder.path, out=tmp_path / "out")
    assert "window: the lowest 12 of 12000 modes" in text
    for name, top in tops.items():
        (row,) = rows_of(tmp_path / "out", "exponents.csv", curve=name, fraction="0.03")
        # 360 modes of s = 4: 5/sqrt(358) = 0.26; five of them, false alarm 6e-7
        assert abs(float(row["s"]) - 4) < 5 * 0.265
        # D = 5 omega^4/top^5; n = 360 has the relative error 1/sqrt(360) = 0.053
        assert abs(float(row["A_g"]) * top**5 / 5 - 1) < 5 * 0.053
        (verdict,) = rows_of(tmp_path / "out", "verdicts.csv", curve=name)
        pooled = np.sort(np.concatenate([record["frequencies"] for record in folder.records[name]]))
        assert (float(verdict["omega_c"]), verdict["modes"]) == (pooled[12], "12")
    rows = rows_of(tmp_path / "out", "prefactors.csv")
    assert column(rows, "J").tolist() == [0.1, 0.2]
    assert {row["family"] for row in rows} == {"1"}
    np.testing.assert_allclose(column(rows, "A_g"), 5 * 12 / (12000 * column(rows, "omega_c") ** 5), rtol=1e-12)
    for row in rows:
        (narrower,) = rows_of(tmp_path / "out", "exponents.csv", curve=row["curve"], fraction="0.0003")
        assert float(row["A_g_0.0003"]) == float(narrower["A_g"]) > 0
        assert float(row["A_g_0.0003_error"]) == float(narrower["A_g_error"]) > 0
    assert {"density", "cumulative", "exponents", "prefactors", "displacements", "levels", "plateau-one"} <= set(
        undrawn
    )
    assert all(undrawn[name]() is not None for name in ("exponents", "prefactors", "plateau-one"))


def test_curves_of_one_window_are_drawn_only_where_there_are_no_others(written, undrawn, tmp_path):
    rng = np.random.default_rng(9)
    law, short = ([instance(rng) for _ in range(30)] for _ in range(2))
    known = np.sort(np.concatenate([record["frequencies"] for record in short]))[16]  # of 12, 18, 26, ... modes
    for record in short:
        record["frequencies"] = record["frequencies"][record["frequencies"] < known]
        record["complete_below"] = known
    for others, drawn in (({"law": law}, ["law"]), ({}, ["short"])):
        out = tmp_path / f"out-{len(others)}"
        analyse(written({**others, "short": short}).path, out=out)
        (axes,) = undrawn["exponents"]().axes
        assert [label.split(":")[0] for label in axes.get_legend_handles_labels()[1]] == drawn
        assert ("not drawn, in the table: 1 with one window" in axes.get_title()) == bool(others)


def test_edges_of_gaps_are_marked_and_leave_the_axis_alone(written, undrawn, tmp_path):
    """One curve of s = 4, one of a band that begins at 0.24: its numbers stay in the files, its words name the edge."""
    rng = np.random.default_rng(8)
    law, gapped = ([instance(rng) for _ in range(30)] for _ in range(2))
    for record in gapped:
        record["frequencies"] = np.sort(0.24 + 0.76 * rng.random(400) ** (2 / 3))
    folder = written({"law": law, "gapped": gapped})
    text = analyse(folder.path, out=tmp_path / "out")
    for row in rows_of(tmp_path / "out", "exponents.csv"):
        if row["modes"] and int(row["modes"]) >= 20:
            narrow = row["curve"] == "gapped" and float(row["omega_c"]) < 0.28
            assert row["edge"] == str(narrow)
            assert ("an edge of a gap, not a power law" in row["note"]) == narrow
            assert float(row["s"]) > 15 if narrow else float(row["s"]) < 15
    (row,) = rows_of(tmp_path / "out", "exponents.csv", curve="gapped", fraction="0.003")
    assert float(row["s"]) > 30
    said = " ".join(text.split())
    as_power = with_error(float(row["s"]), float(row["error"]))
    assert f"gapped 0.003 {float(row['omega_c']):.4g} 36 no s: edge of a gap (as a power law {as_power})" in said
    assert "- gapped (window: the lowest 12 of 12000 modes): 12 modes below" in said
    assert "12 modes below 0.24" in said
    assert "this is an edge of a gap, not a power law" in said
    (verdict,) = rows_of(tmp_path / "out", "verdicts.csv", curve="gapped")
    assert (verdict["edge"], float(verdict["s"]) > 30) == ("True", True)
    assert [row["edge"] for row in rows_of(tmp_path / "out", "prefactors.csv")] == ["False", "True"]
    assert "plateau-gapped" not in undrawn
    (axes,) = undrawn["exponents"]().axes
    assert 4.5 < axes.get_ylim()[1] < 15
    marks = [line for line in axes.lines if line.get_marker() == "x" and len(line.get_xdata())]
    assert [set(line.get_ydata()) for line in marks] == [{0.975}]  # axes fractions: inside, near the top
    assert len(marks[0].get_xdata()) >= 5


def test_windows_end_where_the_first_instance_is_no_longer_complete(written, undrawn, tmp_path):
    rng = np.random.default_rng(5)
    records = [instance(rng, count=5) for _ in range(30)]
    folder = written({"part": records}, {"part": "spectrum.count = 5"})
    known = min(record["complete_below"] for record in records)
    below = sum(int((record["frequencies"] < known).sum()) for record in records)
    text = analyse(folder.path, out=tmp_path / "out")
    # windows of 0.01 and of 0.03 of all modes are told once, in one row
    assert re.findall(r"part +(\S+ and more) +not known", text) == ["0.01 and more"]
    assert text.count("are wanted, but only") == 1
    for row in rows_of(tmp_path / "out", "exponents.csv"):
        modes = int(float(row["fraction"]) * 12000 * (1 + 1e-12))
        if modes < below:
            assert float(row["omega_c"]) < known
            assert row["modes"] == str(modes)
        else:
            assert row["note"].startswith(f"{modes} modes of 12000 are wanted, but only {below} lie below")
    assert column(rows_of(tmp_path / "out", "density.csv"), "omega_to").max() <= known
    (row,) = rows_of(tmp_path / "out", "curves.csv")
    assert float(row["known_fraction"]) == below / 12000


def test_the_judged_window_closes_in_on_zero():
    pooled = np.linspace(0.01, 1.0, 40_000)
    assert judged_upper(LowModes([], pooled, 2.0, 500_000)) == (pooled[500], "the lowest 500 of 500000 modes")
    assert judged_upper(LowModes([], pooled, 2.0, 10**8))[0] == pooled[JUDGED_MODES]
    assert judged_upper(LowModes([], pooled[:100], 1.5, 500_000)) == (1.5, "up to which all modes are known")


def test_low_modes_are_those_of_a_full_sort(written):
    rng = np.random.default_rng(6)
    folder = written({"one": [instance(rng) for _ in range(5)]})
    low = low_modes(opened(folder)[0])
    everything = np.sort(np.concatenate([record["frequencies"] for record in folder.records["one"]]))
    np.testing.assert_array_equal(low.pooled, everything[: low.pooled.size])
    np.testing.assert_array_equal(np.sort(np.concatenate(low.frequencies)), low.pooled)
    assert low.pooled.size == 93  # 2000 * 10^(-8/6), the widest window, and the mode that ends it
    assert low.upper(60) == everything[60]
    with pytest.raises(InputError, match="1999 modes of 2000 are wanted, but only"):
        low.upper(1999)


def test_families_differ_in_one_parameter(written):
    rng = np.random.default_rng(7)
    lines = {
        "b": "coupling = 0.3", "a": "coupling = 0.1", "h": "coupling = 0.1\nfield = 0.2",
        "range": "coupling = 0.1\nmodel.stiffness_range = [0.0, 2.0]", "low": "coupling = 0.3\nspectrum.count = 5",
    }  # fmt: skip
    curves = opened(written({name: [instance(rng)] for name in lines}, lines))
    names = {
        along: [[curve.name for curve in group] for group in families(curves, along)] for along in ("J", "h", "kappa")
    }
    assert names == {"J": [["a", "b", "low"]], "h": [["a", "h"]], "kappa": [["a", "range"]]}
