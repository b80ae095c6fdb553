"""Run both worlds and compare: ``python run.py [GLASSES OSCILLATORS [DIR]]``, recipes to run or folders that were run.

By default quick.toml and quick-khgps.toml; what is made goes into DIR, by default runs/worlds, the comparison into
DIR/comparison.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from glasskit.cli import main

USAGE = "usage: python run.py [GLASSES OSCILLATORS [DIR]]  (recipes .toml or output folders; default: the quick ones)"


def run(arguments: Sequence[str]) -> int:
    """Return the exit code, as of the command line."""
    here = Path(__file__).parent
    worlds = [Path(argument) for argument in arguments[:2]] or [here / "quick.toml", here / "quick-khgps.toml"]
    known = all(world.is_dir() or (world.suffix == ".toml" and world.is_file()) for world in worlds)
    if len(arguments) > 3 or len(worlds) != 2 or not known:
        print(USAGE, file=sys.stderr)
        return 2
    out = Path(arguments[2]) if len(arguments) == 3 else Path("runs") / "worlds"
    folders = [world if world.is_dir() else out / world.stem for world in worlds]
    for world, folder in zip(worlds, folders, strict=True):
        code = 0 if world.is_dir() else main(["run", str(world), "--out", str(folder)])
        if code:
            return code
    return main(["compare", *(str(folder) for folder in folders), "--out", str(out / "comparison")])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
