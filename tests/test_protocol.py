"""The run.py of a protocol: what it runs, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from glasskit import protocol

PROTOCOLS = Path(__file__).parents[1] / "protocols"


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(protocol, "main", lambda arguments: made.append(arguments) or 0)
    return made


def test_defaults_and_arguments(calls):
    assert protocol.run_protocol("protocols/x/run.py", []) == 0
    quick = str(Path("protocols/x/quick.toml"))
    out = str(Path("runs/quick"))
    assert calls == [["run", quick, "--out", out], ["analyse", out]]
    calls.clear()
    assert protocol.run_protocol("run.py", ["paper.toml", "elsewhere"], analyse=["--more"]) == 0
    assert calls == [["run", "paper.toml", "--out", "elsewhere"], ["analyse", "elsewhere", "--more"]]


def test_a_run_that_fails_is_not_analysed(monkeypatch):
    made = []
    monkeypatch.setattr(protocol, "main", lambda arguments: made.append(arguments[0]) or 2)
    assert protocol.run_protocol("run.py", ["a.toml"]) == 2
    assert made == ["run"]


@pytest.mark.parametrize("arguments", [["--help"], ["a", "b", "c"]])
def test_anything_else_is_refused(calls, capsys, arguments):
    assert protocol.run_protocol("run.py", arguments) == 2
    assert "usage: python run.py" in capsys.readouterr().err
    assert calls == []


@pytest.mark.parametrize("script", sorted(PROTOCOLS.glob("0[1-9]*/run.py")), ids=lambda path: path.parent.name)
def test_every_protocol_has_one_that_starts(script, tmp_path):
    ended = subprocess.run([sys.executable, str(script), "a", "b", "c"], cwd=tmp_path, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr.startswith("usage")) == (2, True)
    # equations need no ensembles: one protocol has no recipe
    assert (script.parent / "quick.toml").is_file() != (script.parent.name == "08-heterogeneous-elasticity")
