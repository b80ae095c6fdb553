"""Where samples are made: a pool of spawned processes, this process, or a dask cluster.

A run works with anything that has the interface of `concurrent.futures.Executor`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any

from ..errors import InputError
from .worker import THREAD_VARIABLES, prepare_worker


def available_cores() -> int:
    """Return the number of cores that this process may use, which batch systems set below that of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class SpawnedPool(ProcessPoolExecutor):
    """A process pool whose workers are spawned, have one thread, ignore Ctrl-C and end with their parent."""

    def __init__(self, workers: int):
        context = multiprocessing.get_context("spawn")
        super().__init__(workers, mp_context=context, initializer=prepare_worker)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a call; a process that is started for it is born with the stop signals blocked."""
        with _stop_signals_blocked():
            return super().submit(fn, *args, **kwargs)

    def abandon(self) -> None:
        """Kill the workers and forget their work."""
        for process in list((self._processes or {}).values()):
            process.kill()
        # A worker killed while it sends a result leaves half a message, and the pool's thread would wait for the
        # other half for ever: with our own end closed too, it finds the end of the stream instead.
        writer = getattr(getattr(self, "_result_queue", None), "_writer", None)
        if writer is not None:
            writer.close()
        self.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _stop_signals_blocked() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def spawned_pool(workers: int) -> Iterator[SpawnedPool]:
    """Provide a pool of ``workers`` processes; thread counts are set in the environment while it lives."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # read by BLAS when a worker first loads it
    pool = SpawnedPool(workers)
    try:
        yield pool
    except BaseException:
        pool.abandon()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class SerialExecutor(Executor):
    """Make everything in this process, at once, one after the other: for debugging and for tests."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function now and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextlib.contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Provide the executor of a running dask cluster, and how many tasks it works on at once.

    Raises
    ------
    InputError
        If dask.distributed is not installed or no scheduler answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--dask needs the package distributed, which is not installed: install glasskit with its extra [dask]."
        ) from None
    try:
        client = Client(address, timeout="20s")
    except (OSError, ValueError) as error:
        raise InputError(f"no dask scheduler answers at {address!r} ({error}): check the address.") from None
    with client:
        yield client.get_executor(), max(1, sum(client.nthreads().values()))
