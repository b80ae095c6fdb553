import os
import subprocess
import sys
from pathlib import Path

import pytest

from glasskit.ensembles import pipelines
from glasskit.ensembles.recipe import parse_recipe

ROOT = Path(__file__).parents[2]

pipelines.register("toy", "ensembles.toy")

TOY = """
kind = "toy"
seed = 7
[run]
shard_size = 4
[model]
length = 5
[curves.a]
glasses = 10
[curves.b]
glasses = 6
model.length = 9
making.fail_every = 5
"""


@pytest.fixture
def toy_text():
    return TOY


@pytest.fixture
def toy_recipe():
    return parse_recipe(TOY, source="toy.toml")


@pytest.fixture
def command_line():
    """Start the command line, which then knows the toy kind, in a process of its own."""
    code = (
        "import sys; from glasskit.ensembles import pipelines; pipelines.register('toy', 'ensembles.toy');"
        "from glasskit.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}

    def start(*arguments, prefix=(), **options):
        command = [*prefix, sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options
        )

    return start
