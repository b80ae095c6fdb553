"""The disk cache of kernels: never stale, never in the way of the user's own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import glasskit
from glasskit.particles.kernels import jit

PACKAGE = Path(glasskit.__file__).parent


def run_python(code: str, **environment: str) -> str:
    """Standard output of a fresh interpreter."""
    variables = os.environ | {"PYTHONPATH": str(PACKAGE.parent)} | environment
    result = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


def copied_jit(folder: Path):
    """The module as it is in a copy of the package that may be edited."""
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    spec = importlib.util.spec_from_file_location("copied_jit", folder / "particles/kernels/jit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_any_edit_of_a_source_file_changes_the_cache_folder(tmp_path):
    copy = copied_jit(tmp_path)
    unedited = copy.source_hash()
    assert unedited == jit.source_hash()
    seen = {unedited}
    names = ("particles/potentials/taper.py", "particles/kernels/pair_sums.py", "particles/system.py",
             "meanfield/couplings.py")  # fmt: skip
    sources = [tmp_path / name for name in names]
    for source in sources:
        source.write_text(source.read_text() + "\n")
        copy.source_hash.cache_clear()
        seen.add(copy.source_hash())
    sources[0].rename(sources[0].with_name("renamed.py"))
    copy.source_hash.cache_clear()
    seen.add(copy.source_hash())
    assert len(seen) == 6
    page = tmp_path / "report" / "text.py"  # no kernel is made from it: nothing is compiled anew
    page.write_text(page.read_text() + "\n")
    copy.source_hash.cache_clear()
    assert copy.source_hash() in seen
    assert jit.source_hash() in jit.cache_directory().name


def test_every_file_with_kernels_is_in_the_hash():
    # the hash knows files by the way they import the decorators: nobody else may compile
    for path in PACKAGE.rglob("*.py"):
        if path.is_relative_to(PACKAGE / "particles") or path.name == "doctor.py":  # doctor: a trial, not cached
            continue
        text = path.read_text()
        assert "numba.njit" not in text, path
        assert "from numba" not in text, path
        if "@kernel" in text or "@inline" in text or "jit.kernel" in text:
            assert "kernels.jit import" in text, path


def test_the_cache_folder_is_the_one_asked_for_else_a_temporary_one(tmp_path, monkeypatch):
    copy = copied_jit(tmp_path / "copy")
    monkeypatch.setenv("GLASSKIT_CACHE_DIR", str(tmp_path / "wanted"))
    assert copy.cache_directory() == tmp_path / "wanted" / f"kernels-{copy.source_hash()}"
    assert copy.cache_directory().is_dir()
    (tmp_path / "file").write_text("a file where the folder should be")
    monkeypatch.setenv("GLASSKIT_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    copy.cache_directory.cache_clear()
    assert copy.cache_directory().is_relative_to(tmp_path)
    assert copy.cache_directory().is_dir()
    assert copy.source_hash() in copy.cache_directory().name


EVALUATE_AND_COUNT = """
import glasskit as gk
from glasskit.particles.potentials.base import _make_evaluation
gk.Hertzian().pair_energy(0.9, 1.0)
stats = _make_evaluation(gk.Hertzian().form).stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_a_second_process_loads_kernels_instead_of_compiling_them(tmp_path):
    cache = {"GLASSKIT_CACHE_DIR": str(tmp_path)}
    assert run_python(EVALUATE_AND_COUNT, **cache).split() == ["0", "1"]
    assert run_python(EVALUATE_AND_COUNT, **cache).split() == ["1", "0"]
    assert [folder.name for folder in tmp_path.iterdir()] == [f"kernels-{jit.source_hash()}"]


USER_KERNEL = """
from numba import njit

@njit(cache=True)
def twice(x):
    return 2 * x
"""

IMPORT_THEN_COMPILE = """
import sys, numba
before = numba.config.CACHE_DIR
import glasskit as gk
gk.InversePowerLaw, gk.forces, gk.hessian, gk.random_configuration
assert numba.config.CACHE_DIR == before, numba.config.CACHE_DIR
sys.path.insert(0, {folder!r})
import user_module
user_module.twice(2.0)
assert numba.config.CACHE_DIR == before
print(user_module.twice.stats.cache_path)
"""


def test_the_users_kernels_keep_their_own_cache(tmp_path):
    folder = tmp_path / "user"
    folder.mkdir()
    (folder / "user_module.py").write_text(USER_KERNEL)
    environment = {"GLASSKIT_CACHE_DIR": str(tmp_path / "ours"), "NUMBA_CACHE_DIR": ""}
    path = run_python(IMPORT_THEN_COMPILE.format(folder=str(folder)), **environment).strip()
    assert Path(path) == folder / "__pycache__"
    assert list(folder.rglob("*.nbi"))
    assert not [file for file in (tmp_path / "ours").rglob("*") if "twice" in file.name]


def test_kernels_tell_infinities_and_numbers_apart():
    # Of the fast-math flags, those that assume there are no infinities or NaN stay off: overlaps are infinite.
    assert {"nnan", "ninf", "fast", "afn"}.isdisjoint(jit.FASTMATH)

    @jit.kernel
    def reciprocal(x):
        return 1.0 / x

    assert reciprocal(0.0) == float("inf")
    assert reciprocal(float("inf")) == 0.0


def test_inline_functions_stay_python_functions():
    @jit.inline
    def half(x):
        return 0.5 * x

    assert half(3) == pytest.approx(1.5, abs=0)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="the system has no owners of files")
def test_a_temporary_folder_that_others_may_write_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = jit._private_temporary_folder()
    assert own == jit._private_temporary_folder() == tmp_path / f"glasskit-{os.getuid()}"
    own.chmod(0o777)
    assert jit._private_temporary_folder() != own
