"""Run a recipe: find out what is missing, make it in parallel, write it shard by shard, stop cleanly.

The unit of work is one sample, the unit of storage one shard. Samples are handed out in the order of their
shards, all curves in turn, so that a run that is stopped leaves comparable numbers of every curve. When a run
ends early (Ctrl-C, SIGTERM, no time left, an error), finished samples of unfinished shards are written too; the
next run adds the rest. A sample depends on the recipe and its index alone, so none of this changes a bit.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, StorageError
from . import pipelines
from .estimate import Estimate, refuse_full_disk, refuse_unwritable
from .executors import available_cores, spawned_pool
from .files import write_whole
from .folder import CurveFolder
from .progress import duration
from .recipe import Curve, Recipe, parse_recipe
from .session import Job, Session, Stop, Stopped, stop_signals
from .shards import Identity

RECIPE_FILE = "recipe.toml"
_LAG = 2  # shards; a shard is written when it is full, and the next one is begun before


@dataclass(frozen=True)
class RunResult:
    """How a run ended: ``stopped`` is None, ``"time"``, ``"dry run"``, or the name of a signal."""

    wanted: int
    made: int
    failed: int
    left: int
    stopped: str | None
    estimate: Estimate | None = None


def run(
    recipe: Recipe,
    out: str | Path,
    *,
    curve: str | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    part: tuple[int, int] = (1, 1),
    max_time: float | None = None,
    dry_run: bool = False,
    report: Callable[[str], None] = print,
) -> RunResult:
    """Make the samples of a recipe that are not in the output folder yet.

    Parameters
    ----------
    recipe : Recipe
        From :func:`glasskit.ensembles.recipe.read_recipe`.
    out : path
        Output folder: ``out/recipe.toml`` and one folder of shards per curve.
    curve : str, optional
        Make this curve only.
    workers : int, optional
        Number of processes; by default one per available core. With ``executor``: how many samples it makes at once.
    executor : Executor, optional
        Where samples are made, instead of a pool of spawned processes.
    part : (int, int)
        ``(i, n)`` with i from 1 to n: make the i-th of n parts of the shards, as jobs of an array do.
    max_time : float, optional
        Seconds after which the run has ended; no sample is begun that is not expected to be finished by then.
    dry_run : bool
        Stop after the estimate; nothing is written.
    report : callable
        Told what happens, in sentences.

    Returns
    -------
    RunResult

    Raises
    ------
    InputError
        If the arguments make no sense.
    StorageError
        If the folder belongs to another recipe, or cannot be written; nothing half-written is left.
    """
    begin = time.monotonic()
    if workers is not None and workers < 1:
        raise InputError(f"the number of workers is {workers}, expected at least 1.")
    if not 1 <= part[0] <= part[1]:
        raise InputError(f"shard {part[0]}/{part[1]}: expected i/n with i from 1 to n.")
    stop = Stop(deadline=begin + max_time if max_time is not None else float("inf"))
    chosen = recipe.curves if curve is None else (recipe.curve(curve),)
    folder = Path(out)
    folders = _open_folders(recipe, folder, report)
    jobs = _jobs(chosen, recipe, folders, part)
    wanted = sum(item.glasses for item in chosen)
    missing = sum(len(job.missing) for job in jobs)
    report(f"{recipe.source}: {wanted} samples in {len(chosen)} curve(s)" + _share(part) + f", {missing} to make")
    if not missing:
        if not dry_run:
            _write_recipe(recipe, folder)
        return RunResult(wanted, 0, 0, 0, "dry run" if dry_run else None)
    if not dry_run:
        refuse_unwritable(folder)
    count = workers or available_cores()
    with contextlib.ExitStack() as stack:
        stack.enter_context(stop_signals(stop))
        if executor is None:
            executor = stack.enter_context(spawned_pool(min(count, missing)))
        session = Session(executor, min(count, missing), stop, report)
        try:
            expected = session.prepare(jobs, folders)
        except Stopped:
            session.abandon()
            return RunResult(wanted, 0, 0, missing, stop.reason)
        report(expected.sentence(folder))
        if dry_run:
            report(expected.table())
            return RunResult(wanted, 0, 0, missing, "dry run", expected)
        refuse_full_disk(expected.disk_bytes, folder)
        _write_recipe(recipe, folder)
        made, failed = session.work(jobs, expected)
    return RunResult(wanted, made, failed, missing - made, stop.reason, expected)


def _share(part: tuple[int, int]) -> str:
    return "" if part == (1, 1) else f", part {part[0]} of {part[1]}"


def identity_of(curve: Curve, recipe: Recipe) -> Identity:
    """Return what the shards of a curve say of themselves."""
    return Identity(
        curve.name, curve.hash, curve.kind, curve.seed, curve.stream, curve.canonical, recipe.shard_size, recipe.text
    )


def _open_folders(recipe: Recipe, out: Path, report: Callable[[str], None]) -> dict[str, CurveFolder]:
    folders = {}
    try:
        if out.exists() and not out.is_dir():
            raise StorageError(f"{out} is a file, expected a folder for the output.")
        _refuse_other_recipe(recipe, out)
        for curve in recipe.curves:
            folders[curve.name] = CurveFolder(out / curve.name, identity_of(curve, recipe), report)
            folders[curve.name].scan()
    except OSError as error:
        raise StorageError(f"{error.filename or out} cannot be read: {error.strerror or error}.") from None
    return folders


def _refuse_other_recipe(recipe: Recipe, out: Path) -> None:
    path = out / RECIPE_FILE
    if not path.exists():
        return
    try:
        there = parse_recipe(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise StorageError(f"{out} belongs to a recipe that cannot be read: {error}") from None
    hashes = {curve.name: curve.hash for curve in there.curves}
    for curve in recipe.curves:
        if hashes.get(curve.name, curve.hash) != curve.hash:
            raise StorageError(
                f"{out} belongs to another recipe: its curve {curve.name!r} has hash {hashes[curve.name][:12]}, "
                f"that of {recipe.source} {curve.hash[:12]}: choose another output folder or restore the recipe."
            )


def _write_recipe(recipe: Recipe, out: Path) -> None:
    path = out / RECIPE_FILE
    if not path.exists() or path.read_text(encoding="utf-8") != recipe.text:
        write_whole(path, recipe.text.encode())


def _jobs(
    curves: tuple[Curve, ...], recipe: Recipe, folders: dict[str, CurveFolder], part: tuple[int, int]
) -> list[Job]:
    """Shards with something missing, all curves in turn; the parts of an array do not depend on what is there.

    Curves that can use what others of the same random numbers offer come some shards behind them.
    """
    shard_size = recipe.shard_size
    relatives = {curve.name: _relatives(curve, recipe, folders) for curve in curves}
    numbered = sorted(
        (number + (_LAG if relatives[curve.name] else 0), curve.name, number)
        for curve in curves
        for number in range(-(-curve.glasses // shard_size))
    )
    by_name = {curve.name: curve for curve in curves}
    jobs = []
    for _, name, number in numbered[part[0] - 1 :: part[1]]:
        indices = range(number * shard_size, min((number + 1) * shard_size, by_name[name].glasses))
        missing = [index for index in indices if index not in folders[name].stored]
        if missing:
            jobs.append(Job(by_name[name], folders[name], number, missing, relatives=relatives[name]))
    return jobs


def _relatives(curve: Curve, recipe: Recipe, folders: dict[str, CurveFolder]) -> tuple[tuple[str, int], ...]:
    """Folders of curves that share this one's random numbers and offer part of its work; none if it offers itself."""
    pipeline = pipelines.load(curve.target)
    if pipeline.offers(curve.settings):
        return ()
    return tuple(
        (str(folders[other.name].path), recipe.shard_size)
        for other in recipe.curves
        if other.stream == curve.stream and pipeline.offers(other.settings)
    )


def closing_line(result: RunResult) -> str:
    """Return one sentence on how a run ended."""
    words = f"{result.made} samples made"
    if result.failed:
        words += f", {result.failed} of them failed (see glasskit status)"
    if result.stopped is None:
        return words + "; the run is complete."
    reasons = {"time": "no time left for another one", "SIGINT": "interrupted", "SIGTERM": "terminated"}
    left = f"{result.left} left"
    if result.estimate is not None and result.left:
        seconds = result.estimate.seconds * result.left / sum(result.estimate.samples.values())
        left += f" (about {duration(seconds)})"
    return f"{words}, {left}: {reasons.get(result.stopped, result.stopped)}; the same command goes on from here."
