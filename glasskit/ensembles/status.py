"""What is in an output folder: done of all, failures with their reasons, disk, time per sample. Changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import StorageError
from .folder import version_and_rest
from .progress import duration, size
from .recipe import Curve, parse_recipe
from .run import RECIPE_FILE
from .shards import DamagedShard, Sample, read_shard, shard_numbers, shard_path


@dataclass(frozen=True)
class CurveStatus:
    """State of one curve of an output folder."""

    name: str
    done: int
    total: int
    beyond: int
    failures: dict[str, int]
    damaged: int
    disk_bytes: int
    seconds_each: float
    version_sets: int
    pipeline: str = ""  # of which version, where it is not that of this release


def status(out: str | Path) -> list[CurveStatus]:
    """Read the state of every curve of an output folder.

    Raises
    ------
    StorageError
        If the folder was not made by ``glasskit run``, or holds samples of another recipe than it says. Samples of
        another version of the pipeline count.
    """
    path = Path(out) / RECIPE_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise StorageError(f"{out} holds no {RECIPE_FILE}: expected an output folder of glasskit run.") from None
    return [_curve_status(curve, Path(out) / curve.name) for curve in parse_recipe(text, source=str(path)).curves]


def _curve_status(curve: Curve, folder: Path) -> CurveStatus:
    samples: list[Sample] = []
    damaged, disk, pipeline = 0, 0, ""
    for number in shard_numbers(folder):
        path = shard_path(folder, number)
        disk += path.stat().st_size
        try:
            shard = read_shard(path)
        except DamagedShard:
            damaged += 1
            continue
        if shard.identity.hash != curve.hash:
            made, here = version_and_rest(shard.identity.settings), version_and_rest(curve.canonical)
            if made[1] != here[1]:
                raise StorageError(f"{path} belongs to another recipe than {folder.parent / RECIPE_FILE}.")
            pipeline = f"version {made[0]} of the {curve.kind} pipeline, this release has {here[0]}"
        samples += shard.samples
    done = sum(sample.index < curve.glasses for sample in samples)
    return CurveStatus(
        curve.name,
        done,
        curve.glasses,
        len(samples) - done,
        dict(Counter(sample.reason for sample in samples if sample.record is None)),
        damaged,
        disk,
        float(np.mean([sample.seconds for sample in samples])) if samples else 0.0,
        len({sample.versions for sample in samples}),
        pipeline,
    )


def format_status(curves: list[CurveStatus]) -> str:
    """Return the states as a table, with a line for everything that needs one."""
    width = max(5, *(len(curve.name) for curve in curves))
    lines = [f"{'curve':<{width}}  {'done':>13}  failed  {'disk':>9}  time each  per worker and hour"]
    notes = []
    for curve in curves:
        failed = sum(curve.failures.values())
        each, rate = "-", "-"
        if curve.seconds_each > 0:
            each, rate = duration(curve.seconds_each), f"{3600 / curve.seconds_each:.0f}"
            if curve.seconds_each < 90:
                each = f"{curve.seconds_each:.2f} s"
        count = f"{curve.done}/{curve.total}"
        lines.append(f"{curve.name:<{width}}  {count:>13}  {failed:6d}  {size(curve.disk_bytes):>9}  {each:>9}  {rate}")
        notes += [f"{curve.name}: {number} failed: {reason}" for reason, number in curve.failures.items()]
        if curve.beyond:
            notes.append(f"{curve.name}: {curve.beyond} samples more than the recipe asks for are stored.")
        if curve.damaged:
            notes.append(f"{curve.name}: {curve.damaged} damaged shard(s); glasskit run makes them again.")
        if curve.version_sets > 1:
            notes.append(f"{curve.name}: made with {curve.version_sets} different sets of library versions.")
        if curve.pipeline:
            notes.append(f"{curve.name}: made by {curve.pipeline}: it can be analysed but not added to.")
    return "\n".join(lines + notes)
