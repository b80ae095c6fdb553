"""The README: its example runs, its commands name things that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import glasskit

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_example_runs_and_prints_what_the_readme_says(tmp_path):
    (code,) = blocks("python")
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    shown = next(block for block in blocks("text") if block.startswith("liquid e"))
    # Evaluation counts and last digits may differ between processors: the words and the energies may not.
    assert printed.splitlines()[0] == shown.splitlines()[0]
    assert re.sub(r"[\d.e-]+", "#", printed).split()[:8] == re.sub(r"[\d.e-]+", "#", shown).split()[:8]
    assert glasskit.read(tmp_path / "glass.xyz").number_of_particles == 300


def test_the_example_is_short():
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 16


@pytest.mark.parametrize("command", blocks("sh"))
def test_commands_are_one_line_each_and_name_files_that_exist(command):
    assert len(command.strip().splitlines()) == 1
    for word in shlex.split(command):
        if word.startswith("protocols/"):
            assert (ROOT / word).is_file()


def test_there_are_two_commands_and_the_second_runs_the_tests():
    first, second = blocks("sh")
    assert "glasskit run" in first
    assert "glasskit analyse" in first
    assert second.strip().endswith("-m pytest")


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_every_public_name_can_be_imported():
    for name in glasskit.__all__:
        assert getattr(glasskit, name) is not None
