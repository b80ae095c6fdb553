"""What the ``run.py`` of every protocol does: run a recipe that lies beside it, then analyse what was made."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .cli import main


def run_protocol(script: str, arguments: Sequence[str] | None = None, *, analyse: Sequence[str] = ()) -> int:
    """Run ``RECIPE.toml`` into ``DIR`` and analyse it; by default quick.toml beside the script into runs/quick.

    Parameters
    ----------
    script : str
        ``__file__`` of the protocol's run.py.
    arguments : sequence of str, optional
        ``[RECIPE.toml [DIR]]``; None: those of the command line.
    analyse : sequence of str
        Further options of ``glasskit analyse``.

    Returns
    -------
    int
        Exit code, as of the command line.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) > 2 or any(argument.startswith("-") for argument in given):
        print("usage: python run.py [RECIPE.toml [DIR]]  (default: quick.toml runs/quick)", file=sys.stderr)
        return 2
    recipe = Path(given[0]) if given else Path(script).parent / "quick.toml"
    out = Path(given[1]) if len(given) > 1 else Path("runs") / recipe.stem
    return main(["run", str(recipe), "--out", str(out)]) or main(["analyse", str(out), *analyse])
