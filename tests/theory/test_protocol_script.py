"""The script of protocol 08 writes its tables and figures."""

import csv
import math
import runpy
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "protocols" / "08-heterogeneous-elasticity" / "run.py"


@pytest.mark.slow
def test_tables_and_figures(tmp_path):
    main = runpy.run_path(str(SCRIPT))["main"]
    assert main([str(tmp_path), "--fractions", "0.9", "1.0", "--box-length", "10"]) == 0
    with (tmp_path / "infinite.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["static_self_energy"]) == pytest.approx(0.3597309, abs=1e-7)
    assert rows[1]["boson_peak"] == ""
    with (tmp_path / "table-1.csv").open() as file:
        assert [row["g"] for row in csv.DictReader(file)] == ["5", "4", "3.66667", "3.5", "3"]
    with (tmp_path / "gap.csv").open() as file:
        assert next(csv.reader(file)) == ["omega", "type_one", "type_two_m2", "type_two_m3", "type_two_minf"]
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv", ".png"}
    assert (tmp_path / "gap.png").stat().st_size > 10_000


def test_unstable_disorder_is_refused(tmp_path, capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    assert main([str(tmp_path / "out"), "--fractions", "1.1"]) == 2
    assert "above the critical disorder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_type_two_modes_fill_the_gap_of_a_sample_and_no_more():
    """Their Fig. 1c: 1 % of modes below the edge, as omega⁴ (m = 2), omega^(11/3) (3), slower (infinity)."""
    script = runpy.run_path(str(SCRIPT))
    sample = script["medium"](2.0, 0.5).finite_sample(10.0)
    rows = script["gap_rows"](sample)
    omega, one, *two = np.array([[float(x or "nan") for x in row.values()] for row in rows]).T
    inside = omega <= math.sqrt(sample.gap_edge()) * (1 + 1e-6)  # seven digits are written
    assert inside.sum() == 101
    assert (one[inside] == 0).all()
    assert one[~inside][0] > 0
    assert np.isnan(np.array(two)[:, ~inside]).all()
    for density, s in zip(two[:2], (4, 11 / 3), strict=True):
        exact = 0.01 * (s + 1) * omega[inside] ** s / sample.gap_edge() ** ((s + 1) / 2)
        np.testing.assert_allclose(density[inside], exact, rtol=1e-5)  # s times the rounding of omega, 5e-8
    for density in two:
        # what lies below the table is 0.03^(s + 1) of it, 3e-7 at s = 3.3; panels of 0.035 in ln omega: 1e-4 s²
        assert np.trapezoid(density[inside], omega[inside]) == pytest.approx(0.01, rel=3e-3)
    slopes = np.diff(np.log(two[2][inside])) / np.diff(np.log(omega[inside]))
    assert (np.diff(slopes) > -1e-4).all()  # towards 3 as omega falls; rounding: 1e-7 over panels of 0.035
    sigma = (omega[inside][[0, -1]] / math.sqrt(sample.gap_edge()) / 100) ** 2
    np.testing.assert_allclose(slopes[[0, -1]], 3 + 4 / (1 - np.log(sigma)), atol=0.01)  # the slope half a panel away
