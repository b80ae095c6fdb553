"""The recorded run of soft potentials: powers of C(T) where D(omega) is a power, and on few wells."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "protocols" / "00-validation"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return runpy.run_path(str(FOLDER / "soft_potentials.py"))


@pytest.mark.parametrize("s", [3, 4])
def test_a_power_of_the_density_gives_the_next_power_of_the_specific_heat(script, s):
    n = 1_000_000
    omega = 1.5 * ((np.arange(n) + 0.5) / n) ** (1 / (s + 1))
    script["heat_exponents"].__globals__["TEMPERATURES"] = np.array([0.05, 0.055, 0.06])
    found = script["heat_exponents"]([omega[first::10] for first in range(10)])
    assert len(found["local"]) == 3
    # the sum has 42 modes or more below 4 T, evenly in F(omega); those missing above 25 T are 1e-5 of C at s = 4
    for value, error in [*found["local"], found["whole"]]:
        assert value == pytest.approx(s + 1, abs=3e-3)
        assert 0 < error < 0.05


def test_wells_have_both_powers(script, tmp_path, capsys):
    """Of 10⁶ wells: within 4.5 errors each, false alarm 1e-5; the exponents are a unit apart."""
    script["main"](["--samples", "20", "--wells", "50000", "--out", str(tmp_path / "out.json")])
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    for kind, s in (("all minima", 3), ("b3² ≤ 3 b2 b4", 4)):
        value, error = results[kind]["C(T)"]["whole"]
        assert error < 0.5
        assert abs(value - (s + 1)) < 4.5 * error
        assert abs(results[kind]["s"][-1]["s"] - s) < 4.5 * results[kind]["s"][-1]["error"]
    assert "T^5 expected" in capsys.readouterr().out
    assert (tmp_path / "out.png").stat().st_size > 10_000
