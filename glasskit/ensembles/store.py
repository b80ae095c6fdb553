"""Ensembles: the folder of one curve, made by `glasskit run`, read back for analysis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, StorageError
from .quasilocalized import read_failures, read_modes
from .shards import DamagedShard, Identity, Sample, read_arrays, read_shard, shard_numbers, shard_path

if TYPE_CHECKING:
    from ..particles.configuration import Configuration


@dataclass(frozen=True)
class Ensemble:
    """The samples of one curve, read from its folder.

    Attributes
    ----------
    path : Path
        The folder.
    identity : Identity
        Curve, hash, kind, seed, settings and recipe text as the shards carry them.
    indices : ndarray of int, shape (n,)
        Indices of the good samples, ascending; the order of everything below.
    failures : dict
        Index -> reason of the samples that could not be made.
    left_out : dict
        Number of a damaged shard -> what is wrong with it; empty unless `open` was told to leave such shards out.
    """

    path: Path
    identity: Identity
    indices: NDArray[np.int64] = field(repr=False)
    failures: dict[int, str] = field(repr=False)
    _scalars: dict[str, NDArray[Any]] = field(repr=False)
    _arrays: tuple[str, ...] = field(repr=False)
    _shards: tuple[int, ...] = field(repr=False)
    _provenance: tuple[Sample, ...] = field(repr=False)
    left_out: dict[int, str] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: str | Path, *, leave_out_damaged: bool = False) -> Ensemble:
        """Open the folder of one curve and verify its shards.

        Parameters
        ----------
        path : path
            The folder.
        leave_out_damaged : bool
            Whether to open what verifies where some shards are damaged; ``left_out`` then tells which, and whoever
            uses the samples must say that they are not all there were.

        Raises
        ------
        StorageError
            If the folder holds no shards, a damaged one (``glasskit run`` makes it again) or none that verifies, or
            shards of different recipes.
        """
        folder = Path(path)
        numbers = shard_numbers(folder)
        if not numbers:
            inner = (
                [child.name for child in sorted(folder.iterdir()) if shard_numbers(child)] if folder.is_dir() else []
            )
            hint = f" Its curves are {', '.join(inner)}: open one of them." if inner else ""
            raise StorageError(f"{folder} holds no shards of an ensemble.{hint}")
        light: list[Sample] = []
        names: tuple[str, ...] = ()
        identity = None
        damaged: dict[int, DamagedShard] = {}
        for number in numbers:
            try:
                shard = read_shard(shard_path(folder, number))
            except DamagedShard as error:
                if not leave_out_damaged:
                    raise
                damaged[number] = error
                continue
            if identity is not None and shard.identity.hash != identity.hash:
                raise StorageError(f"{folder} holds shards of different recipes: shard {number} is not like the first.")
            identity = shard.identity
            for sample in shard.samples:
                if sample.record is not None:
                    names = tuple(name for name, value in sample.record.items() if value.ndim)
                    scalars = {name: value for name, value in sample.record.items() if not value.ndim}
                    sample = replace(sample, record=scalars)
                light.append(sample)
        if identity is None:
            raise next(iter(damaged.values()))
        good = [sample for sample in light if sample.record is not None]
        columns = _columns([sample.record for sample in good if sample.record is not None])
        return cls(
            folder,
            identity,
            np.array([sample.index for sample in good], dtype=np.int64),
            {sample.index: sample.reason for sample in light if sample.record is None},
            columns,
            names,
            tuple(number for number in numbers if number not in damaged),
            tuple(replace(sample, record=None) for sample in light),
            {number: str(error) for number, error in damaged.items()},
        )

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def name(self) -> str:
        """Name of the curve."""
        return self.identity.curve

    @property
    def recipe(self) -> str:
        """Text of the recipe that the last shard was made from."""
        return self.identity.recipe

    @property
    def settings(self) -> dict[str, Any]:
        """What the samples are; infinity is the string ``"inf"``.

        Defaults are spelled out but for those of ``[quasilocalized]``, which older recipes do not have: see
        `glasskit.ensembles.tables.plain`.
        """
        return json.loads(self.identity.settings)["settings"]

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Wall time that each sample took, failed ones included, by index."""
        return np.array([sample.seconds for sample in self._provenance])

    @property
    def versions(self) -> list[dict[str, str]]:
        """The sets of library versions that made the samples; one entry if all were made alike."""
        return [json.loads(text) for text in sorted({sample.versions for sample in self._provenance}) if text]

    @property
    def array_names(self) -> tuple[str, ...]:
        """Names of the arrays stored per sample."""
        return self._arrays

    def arrays(self, name: str) -> list[NDArray[Any]]:
        """Return one stored array of every good sample.

        Raises
        ------
        InputError
            If no such array is stored; the message lists those that are.
        """
        return list(self._iterate(name))

    def _iterate(self, name: str) -> Iterator[NDArray[Any]]:
        if name not in self._arrays:
            raise InputError(f"{self.path} stores no array {name!r}; it has {', '.join(self._arrays) or 'none'}.")
        for number in self._shards:
            if self._good_in(number):
                yield from read_arrays(shard_path(self.path, number), name)

    def _good_in(self, number: int) -> bool:
        size = self.identity.shard_size
        return bool(np.any(self.indices // size == number))

    def table(self) -> dict[str, NDArray[Any]]:
        """Return the numbers of every good sample as columns of equal length: ``index`` and all stored scalars."""
        return {"index": self.indices.copy(), **{name: column.copy() for name, column in self._scalars.items()}}

    @property
    def frequencies(self) -> list[NDArray[np.float64]]:
        """Frequencies omega of every good sample, ascending; complete below :attr:`complete_below`."""
        return self.arrays("frequencies")

    @property
    def complete_below(self) -> NDArray[np.float64]:
        """Frequency below which all modes of a sample were proved present, shape (n,)."""
        if "complete_below" not in self._scalars:
            raise InputError(
                f"{self.path} stores no complete_below; it has {', '.join(self._scalars) or 'no numbers'}."
            )
        return self._scalars["complete_below"].copy()

    def configurations(self, name: str = "positions") -> Iterator[Configuration]:
        """Iterate over the configurations of the good samples.

        Parameters
        ----------
        name : str
            ``"positions"`` for the glasses; ``"liquid_positions"`` for the liquids they came from, where stored.
            Both have the same diameters.
        """
        from ..particles.configuration import Box, Configuration

        liquid = name == "liquid_positions"
        columns = [self._iterate(name), self._iterate("diameters"), self._iterate("liquid_box" if liquid else "box")]
        if "tilts" in self._arrays and not liquid:
            columns.append(self._iterate("tilts"))
        for position_nc, diameter_n, *box in zip(*columns, strict=True):
            yield Configuration(position_nc, diameter_n, Box(*box))

    def quasilocalized(self) -> dict[str, NDArray[Any]]:
        """Softest excitations of every good sample, by kind: harmonic, quartic, cubic and what else was asked for.

        Returns
        -------
        dict of str to structured ndarray, shape (n,)
            Fields ``index``, ``found`` and, for kappa, tau, chi, participation ratio and so on, those named in
            `glasskit.ensembles.quasilocalized.QUANTITIES`, as `QuasilocalizedMode` and `SoftestExcitations` define
            them. Where a mode was not found its numbers are NaN, and `quasilocalized_failures` has the reason.

        Raises
        ------
        InputError
            If the recipe did not ask for them.
        """
        return read_modes(self)

    def quasilocalized_failures(self) -> dict[int, tuple[str, ...]]:
        """Why modes were not found: index -> lines "KIND: reason", of samples with any; InputError as above."""
        return read_failures(self)


def _columns(rows: list[Any]) -> dict[str, NDArray[Any]]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}


def differences(first: str | Path, second: str | Path) -> list[str]:
    """Compare two output folders, or two curve folders: identical samples give an empty list.

    Two shards are identical when all their datasets outside ``/provenance`` agree bit for bit.
    """
    left, right = Path(first), Path(second)
    found: list[str] = []
    for folder in sorted(
        {path.parent.relative_to(root) for root in (left, right) for path in root.rglob("shard-*.h5")}
    ):
        numbers = sorted({*shard_numbers(left / folder), *shard_numbers(right / folder)})
        found += [line for number in numbers for line in _compare(left / folder, right / folder, number)]
    return found


def _compare(left: Path, right: Path, number: int) -> list[str]:
    pair = shard_path(left, number), shard_path(right, number)
    missing = [f"{path} is missing" for path in pair if not path.exists()]
    if missing:
        return missing
    one, two = (read_shard(path) for path in pair)
    where = f"{pair[0]}"
    if [sample.index for sample in one.samples] != [sample.index for sample in two.samples]:
        return [f"{where}: other samples"]
    lines = []
    for a, b in zip(one.samples, two.samples, strict=True):
        if a.reason != b.reason or (a.record is None) != (b.record is None):
            lines.append(f"{where}: sample {a.index} failed differently")
        elif a.record is not None and b.record is not None:
            names = sorted({*a.record, *b.record})
            lines += [f"{where}: sample {a.index}: {n}" for n in names if not _same(a.record.get(n), b.record.get(n))]
    return lines


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return False
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
