"""The script of protocol 08 writes its tables and figures."""

import csv
import runpy
from pathlib import Path

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
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv", ".png"}


def test_unstable_disorder_is_refused(tmp_path, capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    assert main([str(tmp_path / "out"), "--fractions", "1.1"]) == 2
    assert "above the critical disorder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
