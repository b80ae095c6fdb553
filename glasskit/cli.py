"""The command line: ``glasskit run | status | analyse | compare | recipe | doctor``."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from ._version import __version__
from .errors import GlasskitError, InputError

_DESCRIPTION = """\
Make thousands of small computer glasses, find their softest vibrations, and say with error bars what they obey.

A recipe is a TOML file: what the samples are (glasses, or oscillators), and named curves that differ in a few numbers.

  glasskit run recipe.toml --out results       make what is missing in results/, go on where a run stopped
  glasskit status results                      how far it is, what failed and why
  glasskit analyse results                     the table and the figures
  glasskit compare results oscillators         glasses beside oscillators of mean field
  glasskit recipe khgps                        all keys of a recipe, with a minimal one (kinds: KINDS)
  glasskit doctor                              check this machine
"""

_RUN_EPILOGUE = """\
examples:
  glasskit run recipe.toml --out results --dry-run      how long, how much memory and disk; writes nothing
  glasskit run recipe.toml --out results                all curves on all cores; Ctrl-C stops cleanly
  glasskit run recipe.toml --out results --curve cold   one curve only
  glasskit run recipe.toml --out results --max-time 23h in a queue with a limit of 24 hours
  glasskit run recipe.toml --out results --shard $SLURM_ARRAY_TASK_ID/32      one job of an array of 32 (1 to 32)
  glasskit run recipe.toml --out results --dask tcp://scheduler:8786          on a running dask cluster

Every sample depends on the recipe, its seed and the sample's number alone: the results are the same, bit for bit,
for any number of workers and however often the run was interrupted. The same command goes on where it stopped;
raise the number of glasses in the recipe to add some. Samples are kept in results/CURVE/shard-NNNNNN.h5.

All keys that a recipe may have, with a minimal one of each kind: glasskit recipe KINDS.

exit codes: 0 done (or out of --max-time), 2 something is wrong (one sentence says what), 130 Ctrl-C, 143 SIGTERM.
"""

_COMPARE_EPILOGUE = """\
examples:
  glasskit compare glasses oscillators                  tables and the figure into glasses/comparison
  glasskit compare glasses oscillators --out both       elsewhere
  glasskit compare glasses tapers N4000 N16000          several folders, in any order
  glasskit compare glasses oscillators --onset 0.38     temperatures in units of the onset temperature, by analyse

Exponent s, prefactor A_g, level statistics and participation of the softest modes are measured alike in both, in
windows that one rule makes in both, each named in its row: "share", the lowest part of all modes; "levels", so many
modes per sample; "scale", below half the first phonon, or half of omega_x of oscillators. What the samples cannot
decide is refused with the reason. Then A_g is tested for exp(-b x): x = 1/T_p of glasses, kappa_0 h^(2/3)/J^2 of
oscillators; b, chi^2 and its probability are printed.
"""

_EXIT_CODES = {"SIGINT": 130, "SIGTERM": 143}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _replace_what_cannot_be_shown()
    options = _parser().parse_args(arguments)
    try:
        code = options.command(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read our output has left, as head does; nothing may be flushed at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except GlasskitError as error:
        print(f"glasskit: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _kinds() -> str:
    """Return the kinds of recipes in words: one, another or a third."""
    from .ensembles import pipelines

    *others, last = pipelines.kinds()
    return f"{', '.join(others)} or {last}"


def _replace_what_cannot_be_shown() -> None:
    """Let question marks stand for characters that the terminal or file behind standard output does not have."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    kinds = _kinds()
    description = _DESCRIPTION.replace("KINDS", kinds)
    parser = argparse.ArgumentParser(prog="glasskit", description=description, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"glasskit {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run", help="make the samples of a recipe", epilog=_RUN_EPILOGUE.replace("KINDS", kinds), formatter_class=raw,
        description="Make the samples of a recipe that are not in the output folder yet.",
    )  # fmt: skip
    run.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="output folder")
    run.add_argument("--curve", metavar="NAME", help="make this curve only")
    run.add_argument("--workers", type=int, metavar="N", help="number of processes (default: one per core)")
    run.add_argument("--shard", metavar="i/n", help="make the i-th of n parts (i from 1 to n), for job arrays")
    run.add_argument("--dask", metavar="ADDRESS", help="make the samples on this dask scheduler's cluster")
    run.add_argument("--max-time", metavar="T", help="end after this time: 90 (seconds), 30m, 23h, 2d or 23:30:00")
    run.add_argument("--dry-run", action="store_true", help="measure and estimate only; write nothing")
    run.set_defaults(command=_run)

    status = commands.add_parser("status", help="say what is in an output folder")
    status.add_argument("directory", type=Path, metavar="DIR")
    status.set_defaults(command=_status)

    analyse = commands.add_parser("analyse", help="print the table and draw the figures of an output folder")
    analyse.add_argument("directory", type=Path, metavar="DIR")
    analyse.add_argument("--out", type=Path, metavar="DIR", help="folder for tables and figures (default: inside DIR)")
    analyse.add_argument(
        "--stress-by-size", action="store_true",
        help="also compare P(sigma) by pair size with what g(r) implies (about 0.2 s per glass of 1000 particles)",
    )  # fmt: skip
    analyse.set_defaults(command=_analyse)

    compare = commands.add_parser(
        "compare", help="set glasses beside oscillators: one table, one figure", epilog=_COMPARE_EPILOGUE,
        description='Analyse glasses (kind "glass") and oscillators (kind "khgps") in one way, side by side.',
        formatter_class=raw,
    )  # fmt: skip
    compare.add_argument("directories", type=Path, nargs="+", metavar="DIR", help="output folders, of both kinds")
    compare.add_argument("--out", type=Path, metavar="DIR", help="folder for tables and the figure")
    compare.add_argument("--onset", type=float, metavar="T", help="onset temperature of the glasses")
    compare.set_defaults(command=_compare)

    recipe = commands.add_parser(
        "recipe", help="list all keys of a recipe, with defaults and a minimal example",
        description="Print all tables and keys of a recipe as Markdown: meaning, default, allowed values.",
    )  # fmt: skip
    recipe.add_argument("kind", nargs="?", metavar="KIND", help=f"{kinds} (default: all of them)")
    recipe.set_defaults(command=_recipe)

    doctor = commands.add_parser("doctor", help="check this machine: packages, compiler, caches, a small glass")
    doctor.set_defaults(command=_doctor)
    return parser


def _run(options: argparse.Namespace) -> int:
    from .ensembles.executors import dask_executor
    from .ensembles.recipe import read_recipe
    from .ensembles.run import closing_line, run

    part = _part(options.shard) if options.shard is not None else (1, 1)
    max_time = _seconds(options.max_time) if options.max_time is not None else None
    if options.dask is not None and options.workers is not None:
        raise InputError("--workers and --dask exclude each other: a dask cluster has its own workers.")
    recipe = read_recipe(options.recipe)

    def report(line: str) -> None:
        print(line, flush=True)

    keywords = {
        "curve": options.curve, "part": part, "max_time": max_time, "dry_run": options.dry_run, "report": report,
    }  # fmt: skip
    if options.dask is not None:
        with dask_executor(options.dask) as (executor, count):
            result = run(recipe, options.out, executor=executor, workers=count, **keywords)
    else:
        result = run(recipe, options.out, workers=options.workers, **keywords)
    if result.stopped != "dry run":
        report(closing_line(result))
    return _EXIT_CODES.get(result.stopped or "", 0)


def _status(options: argparse.Namespace) -> int:
    from .ensembles.status import format_status, status

    print(format_status(status(options.directory)))
    return 0


def _analyse(options: argparse.Namespace) -> int:
    from .report import analyse

    print(analyse(options.directory, out=options.out, stress_by_size=options.stress_by_size))
    return 0


def _compare(options: argparse.Namespace) -> int:
    from .report.worlds import compare

    print(compare(options.directories, out=options.out, onset=options.onset))
    return 0


def _recipe(options: argparse.Namespace) -> int:
    from .ensembles.recipe_keys import all_recipes, recipe_reference

    print(all_recipes().rstrip() if options.kind is None else recipe_reference(options.kind))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import examine

    healthy, text = examine()
    print(text)
    return 0 if healthy else 1


def _part(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"--shard is {text!r}, expected i/n with i from 1 to n, for example 3/32.")
    return int(match[1]), int(match[2])


def _seconds(text: str) -> float:
    """Read a time span: seconds, a number with s, m, h or d, or hours:minutes:seconds."""
    units = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    if match and float(match[1]) > 0:
        return float(match[1]) * units[match[2]]
    clock = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d\d):(\d\d)", text)
    if clock:
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return 86400.0 * days + 3600.0 * hours + 60.0 * minutes + seconds
    raise InputError(f"--max-time is {text!r}, expected for example 90 (seconds), 30m, 23h, 2d or 23:30:00.")


if __name__ == "__main__":
    sys.exit(main())
