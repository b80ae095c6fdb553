"""Run this protocol and analyse it: ``python run.py [RECIPE.toml [DIR]]``; by default quick.toml into runs/quick."""

import sys
from pathlib import Path

from glasskit.cli import main

HERE = Path(__file__).parent


def run_and_analyse(recipe: Path, out: Path) -> int:
    return main(["run", str(recipe), "--out", str(out)]) or main(["analyse", str(out), "--stress-by-size"])


if __name__ == "__main__":
    recipe = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "quick.toml"
    sys.exit(run_and_analyse(recipe, Path(sys.argv[2]) if len(sys.argv) > 2 else Path("runs") / recipe.stem))
