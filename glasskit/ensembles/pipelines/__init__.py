"""Pipelines: each turns the settings of one curve into a pure function ``make(index, rng) -> record``.

A pipeline is a module (or any importable object with the same names, see :class:`Pipeline`), found by the
``kind`` of a recipe. Here lives all that a run knows of physics; how samples are shared out, stored and
resumed does not.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...errors import InputError

Record = Mapping[str, Any]
"""One sample: name -> number or numpy array. Numbers become one column of the ensemble's table."""

Make = Callable[[int, np.random.Generator], Record]


@dataclass(frozen=True)
class Cost:
    """What one sample takes, as measured or as estimated."""

    seconds: float
    disk_bytes: float
    memory_bytes: float


class Pipeline(Protocol):
    """What the recipe reader and the runner need to know of a kind of sample."""

    version: int
    """Raised whenever a change of the code changes a sample's bits; part of every hash."""
    settings_type: type
    """Frozen dataclass with one field per table, made by `glasskit.ensembles.tables`."""
    shorthands: Mapping[str, tuple[str, str]]
    """Keys allowed directly in a curve: name -> (table, key)."""
    random_tables: tuple[str, ...]
    """The tables whose hash seeds the samples; curves that agree in them share their random numbers."""

    def resolve(self, settings: Any) -> Any:
        """Spell out every default, so that equal samples have equal settings; check what one table cannot."""

    def sampler(self, settings: Any) -> Make:
        """Return the function that makes one sample of these settings."""

    def offers(self, settings: Any) -> bool:
        """Whether records of these settings spare work to curves with the same random numbers, see `reuse`."""

    def reuse(self, settings: Any, record: Record) -> Record | None:
        """Make a sample from that of another curve with the same random numbers; None where the record does not help.

        It must be the sample that the sampler would make, bit for bit.
        """

    def warm_up(self, settings: Any) -> None:
        """Compile everything the sampler needs, on the smallest system that does."""

    def calibrate(self, settings: Any) -> Cost:
        """Measure on a short sample what a whole one will take."""


_TARGETS = {kind: f"glasskit.ensembles.pipelines.{kind}" for kind in ("glass", "khgps", "gps")}


def register(kind: str, target: str) -> None:
    """Let recipes of ``kind`` be made by the pipeline at ``target``, a module's dotted name."""
    _TARGETS[kind] = target


def kinds() -> tuple[str, ...]:
    """Return all kinds that recipes can have."""
    return tuple(_TARGETS)


def target_of(kind: Any) -> str:
    """Return the dotted module name of a kind's pipeline.

    Raises
    ------
    InputError
        If no pipeline of that kind is registered.
    """
    if not isinstance(kind, str) or kind not in _TARGETS:
        raise InputError(f"kind is {kind!r}, expected one of {', '.join(repr(name) for name in sorted(_TARGETS))}.")
    return _TARGETS[kind]


def load(target: str) -> Any:
    """Import the pipeline at ``target``."""
    return importlib.import_module(target)
