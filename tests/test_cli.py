"""The command line: help that teaches, one sentence and exit code 2 for what is wrong, what import loads."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from glasskit.cli import main
from glasskit.ensembles import pipelines

pipelines.register("toy", "ensembles.toy")
TOY = 'kind = "toy"\nseed = 7\n[model]\nlength = 5\n[curves.a]\nglasses = 3\n'


@pytest.fixture
def toy(tmp_path):
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    return path


def loaded_after(statement):
    code = f"{statement}; import sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    ).stdout.split()


def test_import_loads_no_heavy_library():
    loaded = loaded_after("import glasskit")
    assert "glasskit" in loaded
    assert not {"freud", "matplotlib", "dask", "distributed", "h5py", "numba", "scipy"} & set(loaded)


def test_reading_a_recipe_and_the_store_loads_neither_freud_matplotlib_dask_nor_h5py():
    statement = (
        "import glasskit, glasskit.cli, glasskit.ensembles.run, glasskit.ensembles.store, glasskit.ensembles.status,"
        " glasskit.ensembles.recipe; glasskit.Ensemble"
    )
    loaded = loaded_after(statement)
    assert not {"freud", "matplotlib", "dask", "distributed", "h5py", "numba"} & set(loaded)


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "glasskit run recipe.toml --out results" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    words = capsys.readouterr().out
    for option in ("--curve", "--workers", "--shard", "--dask", "--max-time", "--dry-run", "exit codes"):
        assert option in words


def test_run_status_and_run_again(tmp_path, toy, capsys):
    out = tmp_path / "out"
    assert main(["run", str(toy), "--out", str(out), "--workers", "1", "--dry-run"]) == 0
    assert not out.exists()
    assert "seconds each" in capsys.readouterr().out
    assert main(["run", str(toy), "--out", str(out), "--workers", "1"]) == 0
    assert "3 samples made; the run is complete." in capsys.readouterr().out
    assert main(["status", str(out)]) == 0
    assert "3/3" in capsys.readouterr().out
    assert main(["run", str(toy), "--out", str(out)]) == 0
    assert "0 to make" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "none.toml", "--out", "x"], "none.toml: the recipe cannot be read: No such file or directory."),
        (["run", "{toy}", "--out", "{tmp}/x", "--curve", "b"], "there is no curve 'b'; the recipe has a."),
        (["run", "{toy}", "--out", "{tmp}/x", "--shard", "0/4"], "--shard is '0/4', expected i/n with i from 1 to n"),
        (["run", "{toy}", "--out", "{tmp}/x", "--shard", "5/4"], "expected i/n with i from 1 to n"),
        (["run", "{toy}", "--out", "{tmp}/x", "--shard", "two"], "expected i/n with i from 1 to n"),
        (["run", "{toy}", "--out", "{tmp}/x", "--max-time", "soon"], "--max-time is 'soon', expected for example 90"),
        (["run", "{toy}", "--out", "{tmp}/x", "--max-time", "0"], "--max-time is '0'"),
        (["run", "{toy}", "--out", "{tmp}/x", "--workers", "0"], "number of workers is 0, expected at least 1"),
        (["run", "{toy}", "--out", "{toy}"], "is a file, expected a folder"),
        (["run", "{toy}", "--out", "{tmp}/x", "--dask", "tcp://a:1", "--workers", "2"], "exclude each other"),
        (["status", "{tmp}/nothing"], "holds no recipe.toml: expected an output folder of glasskit run."),
    ],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(tmp_path, toy, capsys, arguments, words):
    filled = [argument.format(toy=toy, tmp=tmp_path) for argument in arguments]
    assert main(filled) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("glasskit: ")
    assert captured.err.count("\n") == 1
    assert words in captured.err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400), ("23:30:00", 84600), ("1-00:00:01", 86401)],
)
def test_time_spans(text, seconds):
    from glasskit.cli import _seconds

    assert _seconds(text) == seconds


def test_dask_that_is_not_installed_is_one_sentence(tmp_path, toy, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["run", str(toy), "--out", str(tmp_path / "x"), "--dask", "tcp://nowhere:8786"]) == 2
    assert "--dask needs the package distributed, which is not installed" in capsys.readouterr().err


def test_dask_executor_is_used_like_any_other(tmp_path, toy, capsys, monkeypatch):
    """A stand-in for dask.distributed's client, so that the path to it is walked where dask is not installed."""
    from concurrent.futures import ThreadPoolExecutor

    class Client:
        def __init__(self, address, timeout):
            if address != "tcp://here:8786":
                raise OSError("timed out")

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def nthreads(self):
            return {"one": 1, "two": 1}

        def get_executor(self):
            return ThreadPoolExecutor(2)

    monkeypatch.setitem(sys.modules, "distributed", types.SimpleNamespace(Client=Client))
    assert main(["run", str(toy), "--out", str(tmp_path / "x"), "--dask", "tcp://here:8786"]) == 0
    assert "on 2 workers" in capsys.readouterr().out
    assert main(["run", str(toy), "--out", str(tmp_path / "y"), "--dask", "tcp://there:8786"]) == 2
    assert "no dask scheduler answers at 'tcp://there:8786' (timed out)" in capsys.readouterr().err


def test_analyse_prints_what_the_report_returns(tmp_path, capsys, monkeypatch):
    import glasskit.report

    def analyse(directory, *, out, stress_by_size):
        return f"table of {directory} in {out}" + " by size" * stress_by_size

    monkeypatch.setattr(glasskit.report, "analyse", analyse, raising=False)
    assert main(["analyse", "here", "--out", "there"]) == 0
    assert capsys.readouterr().out == "table of here in there\n"
    assert main(["analyse", "here", "--stress-by-size"]) == 0
    assert capsys.readouterr().out == "table of here in None by size\n"


def test_a_bug_shows_its_traceback(tmp_path, toy):
    toy.write_text(TOY.replace("glasses = 3", "glasses = 5\nmaking.bug = true"))
    with pytest.raises(ZeroDivisionError):
        main(["run", str(toy), "--out", str(tmp_path / "out"), "--workers", "1"])


def test_doctor_finds_this_machine_fit(capsys):
    assert main(["doctor"]) == 0
    words = capsys.readouterr().out
    assert "3 zero modes (expected 3), 0 negative" in words
    assert words.endswith("This machine is ready.\n")


def test_doctor_names_what_is_broken(monkeypatch, capsys):
    from glasskit import doctor

    def broken_thing():
        raise OSError("no such luck")

    healthy, text = doctor.examine((doctor.machine, broken_thing))
    assert not healthy
    assert "BAD   broken thing  OSError: no such luck" in text
    monkeypatch.setattr(doctor, "NEEDED", ("numpy", "no-such-package-anywhere"))
    healthy, text = doctor.examine((doctor.packages,))
    assert not healthy
    assert "no-such-package-anywhere  not installed: install glasskit again" in text


def test_a_reader_that_leaves_early_causes_no_traceback():
    code = (
        "import sys, glasskit.cli, glasskit.doctor; glasskit.doctor.examine = lambda: (True, 'word ' * 100000); "
        "sys.exit(glasskit.cli.main(['doctor']))"
    )
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, "")
