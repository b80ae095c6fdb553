"""Shards: the files of an ensemble, each holding the samples of a fixed range of indices.

A shard is written whole, under a temporary name in its own folder, synced to disk and then renamed, so that a
file under its final name is always complete. It carries what it is (recipe, hash, seed, schema version) and a
SHA-256 of every dataset; reading verifies them all.

Layout of the HDF5 file::

    /samples/index, ok, reason       one entry per sample; failed samples have ok = 0 and a reason
    /scalars/NAME                    one entry per good sample
    /arrays/NAME, /offsets/NAME      arrays of the good samples joined along their first axis; sample j is
                                     [offsets[j]:offsets[j + 1]]
    /provenance/...                  the recipe's text; wall time and library versions per sample: the only
                                     part of a shard that may differ between two runs of one recipe
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import GlasskitError, StorageError
from .files import write_whole

SCHEMA_VERSION = 1
_NAME = re.compile(r"shard-(\d{6,})\.h5")


@dataclass(frozen=True)
class Sample:
    """One sample as it comes from a worker: its record, or the reason why there is none."""

    index: int
    record: Mapping[str, NDArray[Any]] | None
    reason: str = ""
    seconds: float = 0.0
    versions: str = ""


@dataclass(frozen=True)
class Identity:
    """What a shard must say of itself to belong to a curve."""

    curve: str
    hash: str
    kind: str
    seed: int
    stream: int
    settings: str
    shard_size: int
    recipe: str = field(compare=False, repr=False, default="")


_ATTRIBUTES = tuple(name for name in Identity.__dataclass_fields__ if name != "recipe")


@dataclass(frozen=True)
class Shard:
    """A shard as read and verified."""

    identity: Identity
    number: int
    samples: tuple[Sample, ...]


class DamagedShard(StorageError):
    """A shard that cannot be read or whose checksums do not agree."""


def shard_path(folder: Path, number: int) -> Path:
    """Return the path of a curve's shard."""
    return folder / f"shard-{number:06d}.h5"


def shard_numbers(folder: Path) -> list[int]:
    """Return the numbers of the shards in a curve's folder, ascending; none if there is no folder."""
    if not folder.is_dir():
        return []
    matches = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match.group(1)) for match in matches if match)


def write_shard(folder: Path, shard: Shard) -> None:
    """Write a shard whole: temporary name, sync, rename.

    Raises
    ------
    StorageError
        If the folder cannot be written or the disk is full; nothing is left behind.
    """
    write_whole(shard_path(folder, shard.number), _image(shard))


def _image(shard: Shard) -> bytes:
    import h5py

    with h5py.File("shard", "w", driver="core", backing_store=False) as file:
        for name in _ATTRIBUTES:
            file.attrs[name] = str(getattr(shard.identity, name))  # as text: HDF5 integers end at 64 bits
        file.attrs["schema_version"] = SCHEMA_VERSION
        file.attrs["shard"] = shard.number
        for name, data in _datasets(shard).items():
            file.create_dataset(name, data=data).attrs["sha256"] = _digest(data)
        file.attrs["sha256"] = _summary(file)
        file.flush()
        return file.id.get_file_image()


def _datasets(shard: Shard) -> dict[str, NDArray[Any]]:
    samples = shard.samples
    good = [sample.record for sample in samples if sample.record is not None]
    if len({frozenset(record) for record in good}) > 1:
        raise ValueError("the samples of one curve must all have the same names in their records")
    content: dict[str, NDArray[Any]] = {
        "samples/index": np.array([sample.index for sample in samples], dtype=np.int64),
        "samples/ok": np.array([sample.record is not None for sample in samples], dtype=np.uint8),
        "samples/reason": _texts(sample.reason for sample in samples),
        "provenance/recipe": _texts([shard.identity.recipe]),
        "provenance/seconds": np.array([sample.seconds for sample in samples]),
    }
    kinds = sorted({sample.versions for sample in samples})
    content["provenance/versions"] = _texts(kinds)
    content["provenance/versions_of"] = np.array([kinds.index(sample.versions) for sample in samples], dtype=np.int64)
    for name in good[0] if good else ():
        values = [np.asarray(record[name]) for record in good]
        if values[0].ndim == 0:
            content[f"scalars/{name}"] = np.array(values)
        else:
            content[f"arrays/{name}"] = np.concatenate(values)
            content[f"offsets/{name}"] = np.cumsum([0, *(len(value) for value in values)])
    return content


def _texts(lines: Iterable[str]) -> NDArray[Any]:
    encoded = [line.encode() for line in lines]
    return np.array(encoded, dtype=f"S{max([1, *map(len, encoded)])}")


def _digest(data: NDArray[Any]) -> str:
    digest = hashlib.sha256(f"{data.dtype.str} {data.shape}".encode())
    digest.update(np.ascontiguousarray(data).tobytes())
    return digest.hexdigest()


def _summary(file: Any) -> str:
    """One checksum over the identity and the checksums of all datasets, so that none can go missing."""
    digest = hashlib.sha256()
    for name in sorted(file.attrs):
        if name != "sha256":
            digest.update(f"{name}={file.attrs[name]}\n".encode())
    names: list[str] = []
    file.visit(names.append)
    for name in sorted(names):
        digest.update(f"{name} {file[name].attrs.get('sha256', '')}\n".encode())
    return digest.hexdigest()


def read_shard(path: Path) -> Shard:
    """Read a shard and verify every checksum.

    Raises
    ------
    DamagedShard
        If the file is truncated, altered or not a shard.
    StorageError
        If the file cannot be opened at all (permissions, for example), or is of a newer schema.
    """
    import h5py

    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None
    try:
        # One read of the whole file: a file replaced meanwhile cannot mix with its successor.
        with h5py.File(path, "r", locking=False) as file:
            return _verified(file, path)
    except GlasskitError:
        raise
    except Exception as error:  # damaged bytes make HDF5 raise anything: OSError, KeyError, RuntimeError, ValueError
        raise DamagedShard(f"{path} is damaged ({_first_line(error)}).") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _verified(file: Any, path: Path) -> Shard:
    schema = int(file.attrs.get("schema_version", 0))
    if schema > SCHEMA_VERSION:
        raise StorageError(f"{path} has schema version {schema}, this release reads up to {SCHEMA_VERSION}: upgrade.")
    if schema < 1:
        raise DamagedShard(f"{path} is not a shard of an ensemble (no schema version).")
    if file.attrs.get("sha256") != _summary(file):
        raise DamagedShard(f"{path} is damaged (the list of its contents does not agree with its checksum).")
    content: dict[str, NDArray[Any]] = {}
    for group in file:
        for name in file[group]:
            data = np.asarray(file[group][name][()])
            if _digest(data) != file[group][name].attrs["sha256"]:
                raise DamagedShard(f"{path} is damaged (checksum of {group}/{name}).")
            content[f"{group}/{name}"] = data
    text = {name: str(file.attrs[name]) for name in _ATTRIBUTES}
    integers = {name: int(text.pop(name)) for name in ("seed", "stream", "shard_size")}
    recipe = content["provenance/recipe"][0].decode()
    identity = Identity(**text, **integers, recipe=recipe)  # type: ignore[arg-type]
    return Shard(identity, int(file.attrs["shard"]), _samples(content))


def read_arrays(path: Path, name: str) -> list[NDArray[Any]]:
    """Read one array of every good sample of a shard that was verified before; its checksum is verified again."""
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            data = file[f"arrays/{name}"][()]
            intact = _digest(data) == file[f"arrays/{name}"].attrs["sha256"]
            offset = file[f"offsets/{name}"][()]
    except Exception as error:
        raise DamagedShard(f"{path} is damaged ({_first_line(error)}).") from None
    if not intact:
        raise DamagedShard(f"{path} is damaged (checksum of arrays/{name}).")
    return [data[start:stop] for start, stop in pairwise(offset)]


def read_sample(folder: Path, shard_size: int, index: int) -> Mapping[str, NDArray[Any]] | None:
    """Record of one sample; None where it is not there, was not made, or its shard is damaged."""
    path = shard_path(folder, index // shard_size)
    try:
        samples = read_shard(path).samples if path.exists() else ()
    except (DamagedShard, StorageError):
        return None
    return next((sample.record for sample in samples if sample.index == index), None)


def _samples(content: dict[str, NDArray[Any]]) -> tuple[Sample, ...]:
    versions = [line.decode() for line in content["provenance/versions"]]
    samples = []
    good = 0
    for row, index in enumerate(content["samples/index"]):
        record = None
        if content["samples/ok"][row]:
            record = _record(content, good)
            good += 1
        reason = content["samples/reason"][row].decode()
        seconds = float(content["provenance/seconds"][row])
        samples.append(Sample(int(index), record, reason, seconds, versions[content["provenance/versions_of"][row]]))
    return tuple(samples)


def _record(content: dict[str, NDArray[Any]], good: int) -> dict[str, NDArray[Any]]:
    record: dict[str, NDArray[Any]] = {}
    for path, data in content.items():
        group, _, name = path.partition("/")
        if group == "scalars":
            record[name] = data[good]
        elif group == "arrays":
            start, stop = content[f"offsets/{name}"][good : good + 2]
            record[name] = data[start:stop]
    return record
