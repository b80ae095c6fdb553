"""A session: one executor at work on the missing samples of a run, until they are made or it must stop."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from ..errors import GlasskitError, StorageError
from . import worker
from .estimate import Estimate, estimate
from .executors import SpawnedPool
from .folder import CurveFolder
from .progress import Progress
from .recipe import Curve
from .shards import Sample

_POLL = 0.2  # seconds between looks at the stop flag


@dataclass
class Job:
    """One shard to be completed."""

    curve: Curve
    folder: CurveFolder
    number: int
    missing: list[int]
    samples: list[Sample] = field(default_factory=list)
    relatives: tuple[tuple[str, int], ...] = ()

    def flush(self) -> None:
        """Write what there is, together with what the shard holds already."""
        if self.samples:
            self.folder.add(self.number, self.samples)
            self.samples = []


@dataclass
class Stop:
    """The wish to stop, set by a signal or by the clock."""

    reason: str | None = None
    deadline: float = float("inf")

    @property
    def now(self) -> bool:
        """Whether it is time to stop."""
        if self.reason is None and time.monotonic() > self.deadline:
            self.reason = "time"
        return self.reason is not None


class Stopped(Exception):
    """Leaves a wait when the stop flag is up."""


@contextlib.contextmanager
def stop_signals(stop: Stop) -> Iterator[None]:
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


class Session:
    """One executor at work on the jobs of a run."""

    def __init__(self, executor: Executor, workers: int, stop: Stop, report: Callable[[str], None]):
        self.executor = executor
        self.workers = workers
        self.stop = stop
        self.report = report
        self.pending: dict[Future[Any], tuple[Job, int]] = {}
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
                raise Stopped
            wait([future], timeout=_POLL)
        try:
            return future.result()
        except BrokenExecutor:
            raise self._broken() from None

    def _broken(self) -> Exception:
        time.sleep(_POLL)  # a signal to the whole process group may reach the workers before us
        if self.stop.now:
            return Stopped()
        return GlasskitError(
            "a worker process died (killed, or out of memory?): finished samples are kept; run again, "
            "with fewer workers if memory was short."
        )

    def prepare(self, jobs: list[Job], folders: dict[str, CurveFolder]) -> Estimate:
        """Compile in one process, then measure what a sample of each new curve takes."""
        curves = {job.curve.name: job.curve for job in jobs}
        missing = {name: sum(len(job.missing) for job in jobs if job.curve.name == name) for name in curves}
        for curve in curves.values():
            self._result(self.executor.submit(worker.warm_up, curve.target, curve.settings))

        def measure(new: list[Curve]) -> list[Any]:
            futures = [self.executor.submit(worker.calibrate, curve.target, curve.settings) for curve in new]
            return [self._result(future) for future in futures]

        return estimate(missing, folders, curves, self.workers, measure)

    def work(self, jobs: list[Job], expected: Estimate) -> tuple[int, int]:
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
        except Stopped:
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

    def _submit(self, queue: deque[tuple[Job, int]], longest: dict[str, float]) -> None:
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
            call = (curve.target, curve.settings, curve.seed, job.folder.identity.stream, index, job.relatives)
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


def _keep(job: Job, sample: Sample, progress: Progress) -> None:
    job.samples.append(sample)
    job.missing.remove(sample.index)
    progress.advance(failed=sample.record is None)


def _flush(jobs: list[Job]) -> None:
    for job in jobs:
        job.flush()
