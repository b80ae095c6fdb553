"""Windows by number of modes: instances of a known law, with full spectra and with parts of them."""

import numpy as np
import pytest
from report.oscillators.conftest import column, instance, rows_of

from glasskit.errors import InputError
from glasskit.report import analyse
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


def test_windows_end_where_the_first_instance_is_no_longer_complete(written, undrawn, tmp_path):
    rng = np.random.default_rng(5)
    records = [instance(rng, count=20) for _ in range(30)]
    folder = written({"part": records}, {"part": "spectrum.count = 20"})
    known = min(record["complete_below"] for record in records)
    below = sum(int((record["frequencies"] < known).sum()) for record in records)
    analyse(folder.path, out=tmp_path / "out")
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
