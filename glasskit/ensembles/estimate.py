"""How long, how much memory, how much disk: an estimate before a run starts.

Where a curve has samples on disk, their mean wall time counts. Where it has none, its pipeline measures a short
sample (for glasses: a fraction of a second of Monte Carlo sweeps, then one whole quench and one whole set of
modes), and the time of the sweeps is scaled up to the recipe's number. Expect it to be right within a factor of
about 1.5: a liquid that was run briefly is hotter than the real one, so its quench takes longer.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import StorageError
from .folder import CurveFolder
from .pipelines import Cost
from .progress import duration, size
from .recipe import Curve
from .shards import shard_path


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Attributes
    ----------
    samples : dict of str to int
        Number of samples to make, by curve.
    costs : dict of str to Cost
        What one sample takes, by curve; memory is that of a whole worker.
    workers : int
        Number of samples made at once.
    """

    samples: Mapping[str, int]
    costs: Mapping[str, Cost]
    workers: int

    @property
    def seconds(self) -> float:
        """Wall time of the whole run."""
        total = sum(count * self.costs[name].seconds for name, count in self.samples.items())
        return total / max(1, min(self.workers, sum(self.samples.values())))

    @property
    def disk_bytes(self) -> float:
        """Size of the files to be written."""
        return sum(count * self.costs[name].disk_bytes for name, count in self.samples.items())

    @property
    def memory_bytes(self) -> float:
        """Memory of all workers together."""
        return self.workers * max((cost.memory_bytes for cost in self.costs.values()), default=0.0)

    def sentence(self, out: Path) -> str:
        """Return the estimate as one line; memory is left out where no curve had to be measured."""
        memory = f"memory {size(self.memory_bytes)}{_of_memory()}, " if self.memory_bytes else ""
        return (
            f"estimate: {duration(self.seconds)} on {self.workers} worker{'s' if self.workers > 1 else ''}, "
            f"{memory}disk {size(self.disk_bytes)} of {size(free_bytes(out))} free"
        )

    def table(self) -> str:
        """Return the estimate curve by curve."""
        width = max(5, *(len(name) for name in self.samples))
        lines = [f"{'curve':<{width}}  to make  seconds each  kB each"]
        for name, count in self.samples.items():
            cost = self.costs[name]
            lines.append(f"{name:<{width}}  {count:7d}  {cost.seconds:12.2f}  {cost.disk_bytes / 1e3:7.1f}")
        return "\n".join(lines)


def _of_memory() -> str:
    try:
        return f" of {size(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES'))}"
    except (AttributeError, OSError, ValueError):
        return ""


def known_cost(folder: CurveFolder) -> Cost | None:
    """Return what a sample took so far, where there are any; memory is not recorded and counts as zero."""
    if not folder.stored:
        return None
    seconds = [sample.seconds for sample in folder.stored.values()]
    numbers = {index // folder.identity.shard_size for index in folder.stored}
    disk = sum(shard_path(folder.path, number).stat().st_size for number in numbers)
    return Cost(sum(seconds) / len(seconds), disk / len(seconds), 0.0)


def estimate(
    missing: Mapping[str, int],
    folders: Mapping[str, CurveFolder],
    curves: Mapping[str, Curve],
    workers: int,
    measure: Callable[[list[Curve]], list[Cost]],
) -> Estimate:
    """Estimate a run from what is on disk, and from ``measure`` for curves that have nothing there."""
    costs = {name: known_cost(folders[name]) for name in missing}
    new = [curves[name] for name, cost in costs.items() if cost is None]
    measured = dict(zip((curve.name for curve in new), measure(new), strict=True))
    return Estimate(missing, {name: cost or measured[name] for name, cost in costs.items()}, workers)


def free_bytes(path: Path) -> int:
    """Return the free space where ``path`` is or would be."""
    return shutil.disk_usage(_existing(path)).free


def _existing(path: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    existing = path.absolute()
    while not existing.exists():
        existing = existing.parent
    return existing


def refuse_unwritable(out: Path) -> None:
    """Raise StorageError where no file can be made; try it, without leaving one."""
    folder = _existing(out)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}.") from None


def refuse_full_disk(needed: float, out: Path) -> None:
    """Raise StorageError when the files of a run will not fit."""
    free = free_bytes(out)
    if needed > free:
        raise StorageError(
            f"{out} has {size(free)} free and the run needs about {size(needed)}: free some space, "
            "choose another output folder, or ask for fewer samples."
        )
