"""The script of the phase diagram writes what the solution says, at a few fields and couplings."""

import csv
import runpy
from pathlib import Path

import numpy as np
import pytest

import glasskit

SCRIPT = Path(__file__).parents[2] / "protocols" / "07-khgps" / "phase_diagram.py"


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_phase_diagram_and_approach_to_both_lines(tmp_path, capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    main.__globals__.update(FIELDS=np.array([0.01, 0.1, 1.0]), RATIOS=(0.99, 1.0))
    assert main([str(tmp_path / "out")]) == 0
    assert "omega² meets omega⁴ at h = 0.017827, J = 0.167620" in capsys.readouterr().out
    line = rows_of(tmp_path / "out" / "phase-diagram.csv")
    assert [row["exponent"] for row in line] == ["2", "4", "4"]
    for row in line:
        exact = glasskit.khgps_critical_coupling(field=float(row["field"]), stiffness_range=(0.1, 1.0))
        assert float(row["coupling"]) == pytest.approx(exact, rel=1e-7)  # eight digits are written
    curves = rows_of(tmp_path / "out" / "approach.csv")
    on_line = [row for row in curves if row["coupling_ratio"] == "1"]
    softest = {row["field"]: row for row in reversed(on_line)}  # the first of each field stays
    for row in softest.values():
        law = float(row["prefactor"]) * float(row["omega"]) ** float(row["power"])
        assert float(row["density"]) == pytest.approx(law, rel=0.01)  # corrections of the order of omega = 0.001
    below = [row for row in curves if row["coupling_ratio"] == "0.99"]
    assert all(0 < float(row["gap"]) < float(row["omega"]) for row in below)
    assert (tmp_path / "out" / "phase-diagram.png").stat().st_size > 10_000


def test_a_wrong_command_line_says_the_right_one(capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    assert main([]) == 2
    assert "usage: python phase_diagram.py DIR" in capsys.readouterr().err
