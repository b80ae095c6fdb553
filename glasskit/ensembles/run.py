"""Run a recipe: find out what is missing, make it in parallel, write it shard by shard, stop cleanly.

The unit of work is one sample, the unit of storage one shard. Samples are handed out in the order of their
shards, all curves in turn, so that a run that is stopped leaves comparable numbers of every curve. When a run
ends early (Ctrl-C, SIGTERM, no time left, an error), finished samples of unfinished shards are written too; the
next run adds the rest. A sample depends on the recipe and its index alone, so none of this changes a bit.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from ..errors import GlasskitError, InputError, StorageError
from . import worker
from .estimate import Estimate, estimate, refuse_full_disk, refuse_unwritable
from .executors import SpawnedPool, available_cores, spawned_pool
from .folder import CurveFolder
from .progress import Progress, duration
from .recipe import Curve, Recipe, parse_recipe
from .shards import Identity, Sample, write_whole

RECIPE_FILE = "recipe.toml"
_POLL = 0.2  # seconds between looks at the stop flag


@dataclass(frozen=True)
class RunResult:
    """How a run ended: ``stopped`` is None, ``"time"``, ``"dry run"``, or the name of a signal."""

    wanted: int
    made: int
    failed: int
    left: int
    stopped: str | None
    estimate: Estimate | None = None


@dataclass
class _Job:
    """One shard to be completed."""

    curve: Curve
    folder: CurveFolder
    number: int
    missing: list[int]
    samples: list[Sample] = field(default_factory=list)

    def flush(self) -> None:
        if self.samples:
            self.folder.add(self.number, self.samples)
            self.samples = []


@dataclass
class _Stop:
    """The wish to stop, set by a signal or by the clock."""

    reason: str | None = None
    deadline: float = float("inf")

    @property
    def now(self) -> bool:
        if self.reason is None and time.monotonic() > self.deadline:
            self.reason = "time"
        return self.reason is not None


class _Stopped(Exception):
    """Leaves a wait when the stop flag is up."""


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
    stop = _Stop(deadline=begin + max_time if max_time is not None else float("inf"))
    chosen = recipe.curves if curve is None else (recipe.curve(curve),)
    folder = Path(out)
    folders = _open_folders(recipe, folder, report)
    jobs = _jobs(chosen, folders, recipe.shard_size, part)
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
        stack.enter_context(_signals(stop))
        if executor is None:
            executor = stack.enter_context(spawned_pool(min(count, missing)))
        session = _Session(executor, min(count, missing), stop, report)
        try:
            expected = session.prepare(jobs, folders)
        except _Stopped:
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
    curves: tuple[Curve, ...], folders: dict[str, CurveFolder], shard_size: int, part: tuple[int, int]
) -> list[_Job]:
    """Shards with something missing, all curves in turn; the parts of an array do not depend on what is there."""
    numbered = sorted((number, curve.name) for curve in curves for number in range(-(-curve.glasses // shard_size)))
    by_name = {curve.name: curve for curve in curves}
    jobs = []
    for number, name in numbered[part[0] - 1 :: part[1]]:
        indices = range(number * shard_size, min((number + 1) * shard_size, by_name[name].glasses))
        missing = [index for index in indices if index not in folders[name].stored]
        if missing:
            jobs.append(_Job(by_name[name], folders[name], number, missing))
    return jobs


@contextlib.contextmanager
def _signals(stop: _Stop) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into the wish to stop; a second one acts as it would have without us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, frame: FrameType | None) -> None:
        stop.reason = signal.Signals(number).name
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Session:
    """One executor at work on the jobs of a run."""

    def __init__(self, executor: Executor, workers: int, stop: _Stop, report: Callable[[str], None]):
        self.executor = executor
        self.workers = workers
        self.stop = stop
        self.report = report
        self.pending: dict[Future[Any], tuple[_Job, int]] = {}
        self.out_of_time = False

    def abandon(self) -> None:
        """Drop all work in flight."""
        for future in self.pending:
            future.cancel()
        if isinstance(self.executor, SpawnedPool):
            self.executor.abandon()

    def _result(self, future: Future[Any]) -> Any:
        while not future.done():
            if self.stop.now:
                future.cancel()
                raise _Stopped
            wait([future], timeout=_POLL)
        try:
            return future.result()
        except BrokenExecutor:
            raise self._broken() from None

    def _broken(self) -> Exception:
        time.sleep(_POLL)  # a signal to the whole process group may reach the workers before us
        if self.stop.now:
            return _Stopped()
        return GlasskitError(
            "a worker process died (killed, or out of memory?): finished samples are kept; run again, "
            "with fewer workers if memory was short."
        )

    def prepare(self, jobs: list[_Job], folders: dict[str, CurveFolder]) -> Estimate:
        """Compile in one process, then measure what a sample of each new curve takes."""
        curves = {job.curve.name: job.curve for job in jobs}
        missing = {name: sum(len(job.missing) for job in jobs if job.curve.name == name) for name in curves}
        for curve in curves.values():
            self._result(self.executor.submit(worker.warm_up, curve.target, curve.settings))

        def measure(new: list[Curve]) -> list[Any]:
            futures = [self.executor.submit(worker.calibrate, curve.target, curve.settings) for curve in new]
            return [self._result(future) for future in futures]

        return estimate(missing, folders, curves, self.workers, measure)

    def work(self, jobs: list[_Job], expected: Estimate) -> tuple[int, int]:
        """Make all samples, or as many as there is time for; return how many were made and how many of them failed."""
        queue = deque((job, index) for job in jobs for index in job.missing)
        longest = {name: cost.seconds for name, cost in expected.costs.items()}
        progress = Progress(len(queue))
        for job in jobs:
            job.folder.report = progress.say
        try:
            while (queue or self.pending) and not self.stop.now:
                self._submit(queue, longest)
                for future in wait(self.pending, timeout=_POLL, return_when=FIRST_COMPLETED).done:
                    self._collect(future, progress, longest)
                progress.show()
        except _Stopped:
            pass
        except BaseException:
            self._salvage(progress)
            self.abandon()
            with contextlib.suppress(StorageError):  # the first error is the one to be told
                _flush(jobs)
            raise
        self._salvage(progress)
        if self.pending:
            self.abandon()
        elif self.out_of_time:
            self.stop.reason = "time"
        _flush(jobs)
        progress.finish()
        return progress.done, progress.failed

    def _submit(self, queue: deque[tuple[_Job, int]], longest: dict[str, float]) -> None:
        # One more than there are workers, so that none waits for us; not so when the end is near.
        room = self.workers + (1 if self.stop.deadline == float("inf") else 0)
        while queue and len(self.pending) < room and not self.stop.now:
            job, index = queue[0]
            curve = job.curve
            if time.monotonic() + longest[curve.name] > self.stop.deadline:
                queue.clear()
                self.out_of_time = True
                return
            queue.popleft()
            call = (curve.target, curve.settings, curve.seed, job.folder.identity.stream, index)
            self.pending[self.executor.submit(worker.make_sample, *call)] = (job, index)

    def _collect(self, future: Future[Any], progress: Progress, longest: dict[str, float]) -> None:
        job, _ = self.pending.pop(future)
        try:
            sample: Sample = future.result()
        except BrokenExecutor:
            raise self._broken() from None
        longest[job.curve.name] = max(longest[job.curve.name], sample.seconds)
        _keep(job, sample, progress)
        if not job.missing:
            job.flush()

    def _salvage(self, progress: Progress) -> None:
        """Keep what was finished but not yet collected when the run stopped."""
        for future in [future for future in self.pending if future.done()]:
            job, _ = self.pending.pop(future)
            if not future.cancelled() and future.exception() is None:
                _keep(job, future.result(), progress)


def _keep(job: _Job, sample: Sample, progress: Progress) -> None:
    job.samples.append(sample)
    job.missing.remove(sample.index)
    progress.advance(failed=sample.record is None)


def _flush(jobs: list[_Job]) -> None:
    for job in jobs:
        job.flush()


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
