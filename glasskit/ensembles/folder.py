"""The folder of one curve while it is being filled: what is there, what is damaged, what is added."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import StorageError
from .files import remove_leftovers
from .shards import (
    DamagedShard,
    Identity,
    Sample,
    Shard,
    read_shard,
    shard_numbers,
    shard_path,
    write_shard,
)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time merge into a folder; without locks on this system, the last writer wins whole."""
    try:
        import fcntl

        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as file:
            with contextlib.suppress(OSError):  # file systems without locks
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except ImportError:
        yield
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}.") from None


def version_and_rest(settings: str) -> tuple[object, dict[str, object]]:
    """Return the version of the pipeline, and all else that decides a sample's bits, from `Identity.settings`."""
    content = json.loads(settings)
    return content.pop("version", None), content


@dataclass
class CurveFolder:
    """Where a run puts the samples of one curve.

    Attributes
    ----------
    path : Path
        The folder.
    identity : Identity
        What its shards must say of themselves.
    report : callable
        Told, in a sentence, of every shard that is set aside.
    stored : dict
        Index -> sample without its record, of all that is on disk.
    """

    path: Path
    identity: Identity
    report: Callable[[str], None] = print
    stored: dict[int, Sample] = field(default_factory=dict)

    def scan(self) -> None:
        """Read and verify what is there; set damaged shards aside.

        Raises
        ------
        StorageError
            If the folder holds samples of another recipe or of another version of the pipeline, or shards of another
            size.
        """
        if self.path.is_dir():
            remove_leftovers(self.path)
        self.stored.clear()
        for number in shard_numbers(self.path):
            for sample in self._load(number):
                self.stored[sample.index] = replace(sample, record=None)

    def _load(self, number: int) -> tuple[Sample, ...]:
        path = shard_path(self.path, number)
        try:
            shard = read_shard(path)
        except DamagedShard:
            with _locked(self.path):
                return self._set_aside(path)
        self._check(shard.identity)
        return shard.samples

    def _set_aside(self, path: Path) -> tuple[Sample, ...]:
        """Rename a shard that is still damaged now that nobody else writes; else return its samples."""
        try:
            shard = read_shard(path)
        except DamagedShard as error:
            aside = path.with_name(path.name + ".corrupt")
            count = 1
            while aside.exists():
                count += 1
                aside = path.with_name(f"{path.name}.corrupt-{count}")
            path.replace(aside)
            self.report(f"{error} Set aside as {aside.name}; its samples will be made again.")
            return ()
        self._check(shard.identity)
        return shard.samples

    def _check(self, found: Identity) -> None:
        if found.hash != self.identity.hash:
            made, here = version_and_rest(found.settings), version_and_rest(self.identity.settings)
            if made[1] == here[1]:
                raise StorageError(
                    f"{self.path} was made by version {made[0]} of the {found.kind} pipeline, this release has "
                    f"{here[0]}: its samples can be analysed but not added to; choose another output folder."
                )
            raise StorageError(
                f"{self.path} holds samples of another recipe (hash {found.hash[:12]}, this one is "
                f"{self.identity.hash[:12]}): choose another output folder or restore the recipe."
            )
        if found.shard_size != self.identity.shard_size:
            raise StorageError(
                f"{self.path} holds shards of {found.shard_size} samples, the recipe says run.shard_size = "
                f"{self.identity.shard_size}: set it back to {found.shard_size} or choose another output folder."
            )

    def add(self, number: int, samples: Iterable[Sample]) -> None:
        """Write samples into their shard, together with those that the shard holds already.

        Raises
        ------
        StorageError
            If the shard cannot be written; what was there before is then unchanged.
        """
        with _locked(self.path):
            path = shard_path(self.path, number)
            merged = {sample.index: sample for sample in samples}
            if path.exists():
                try:
                    shard = read_shard(path)
                    self._check(shard.identity)
                    merged.update({sample.index: sample for sample in shard.samples})
                except DamagedShard:
                    self._set_aside(path)
            ordered = tuple(merged[index] for index in sorted(merged))
            write_shard(self.path, Shard(self.identity, number, ordered))
        for sample in ordered:
            self.stored[sample.index] = replace(sample, record=None)
