"""What runs inside a worker: one sample, the warm-up, the calibration."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import GlasskitError, InputError
from . import pipelines
from .provenance import versions_text
from .shards import Sample, read_sample

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def prepare_worker() -> None:
    """Set up a process of our own pool: one thread per library, deaf to Ctrl-C, no life after the parent."""
    for name in (*THREAD_VARIABLES, "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    if hasattr(signal, "pthread_sigmask"):
        # Blocked since birth (see SpawnedPool.submit); a pool that broke ends its workers by SIGTERM.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """Leave when the parent is gone: a pool's workers would otherwise wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


@contextlib.contextmanager
def single_thread() -> Iterator[None]:
    """Keep BLAS to one thread: many small problems are slower with more, and their bits depend on the number."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


@lru_cache(maxsize=32)
def _sampler(target: str, settings: Any) -> pipelines.Make:
    return pipelines.load(target).sampler(settings)


def make_sample(
    target: str, settings: Any, seed: int, stream: int, index: int, relatives: tuple[tuple[str, int], ...] = ()
) -> Sample:
    """Make sample ``index``: the same bits in any process, in any order.

    ``relatives`` are folders (and sizes of their shards) of curves with the same random numbers, whose sample of this
    index may hold part of the work already.

    A :class:`GlasskitError` (a quench above its tolerance, an incomplete spectrum) is a property of the sample and
    becomes a failed sample with its reason. An :class:`InputError` is the recipe's fault and anything else the
    program's: both are raised.
    """
    start = time.perf_counter()
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, index)))
    record, reason = None, ""
    make = _sampler(target, settings)
    try:
        with single_thread():
            record = _checked(_from_relatives(target, settings, index, relatives) or make(index, rng))
    except InputError:
        raise
    except GlasskitError as error:
        reason = f"{type(error).__name__}: {error}"
    return Sample(index, record, reason, time.perf_counter() - start, versions_text())


def _from_relatives(
    target: str, settings: Any, index: int, relatives: tuple[tuple[str, int], ...]
) -> pipelines.Record | None:
    """The sample as made from that of a relative, where there is one that can be read and that holds what it takes."""
    for folder, shard_size in relatives:
        found = read_sample(Path(folder), shard_size, index)
        if found is not None:
            made = pipelines.load(target).reuse(settings, found)
            if made is not None:
                return made
    return None


def _checked(record: pipelines.Record) -> dict[str, Any]:
    checked = {}
    for name, value in record.items():
        array = np.asarray(value)
        if not name.isidentifier() or array.dtype.kind not in "fiub":
            raise TypeError(f"record entry {name!r} of type {array.dtype} cannot be stored")
        if np.isnan(array).any():
            raise GlasskitError(f"{name} is not a number")
        checked[name] = array
    return checked


def warm_up(target: str, settings: Any) -> None:
    """Compile what a curve needs, once, before many processes would do it at the same time."""
    with single_thread():
        pipelines.load(target).warm_up(settings)


def calibrate(target: str, settings: Any) -> pipelines.Cost:
    """Measure what one sample of a curve takes; loading the compiled code into this process does not count."""
    with single_thread():
        pipelines.load(target).warm_up(settings)
        return pipelines.load(target).calibrate(settings)
