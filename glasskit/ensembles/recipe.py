"""Recipes: one TOML file, one seed, named curves; each curve is the recipe of one ensemble.

A recipe is read into frozen dataclasses with every default spelled out. The hash of a curve covers only what
changes a sample's bits: not its name, not the number of glasses, not the shard size; and no table or key that later
releases added while it has its default (`tables.plain`). Sample ``i`` of a curve
draws from ``SeedSequence(seed, spawn_key=(stream, i))``, where ``stream`` is the hash of the tables in which
random numbers are used (for glasses ``model`` and ``liquid``): two curves that differ only in how the same
liquid is quenched share that liquid.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from . import pipelines
from .tables import plain, read_table, shown, unknown_key, whole

_CURVE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class _Run:
    shard_size: int = whole("a whole number >= 1 of glasses per file", default=10, means="samples per file")


@dataclass(frozen=True)
class _Head:
    seed: int = whole("a whole number >= 0", least=0, means="of all random numbers")


@dataclass(frozen=True)
class _Count:
    glasses: int = whole(
        "a whole number >= 1 of glasses", means="samples of the curve: glasses, or instances of oscillators"
    )


HEAD_TABLES: tuple[tuple[str, type], ...] = (("", _Head), ("run.", _Run), ("curves.NAME.", _Count))
"""Keys of recipes of every kind, with what stands before their names."""


@dataclass(frozen=True)
class Curve:
    """One ensemble: what its samples are (``settings``, every default spelled out) and how many are wanted."""

    name: str
    kind: str
    seed: int
    glasses: int
    settings: Any = field(repr=False)

    @property
    def target(self) -> str:
        """Dotted name of the module that makes the samples."""
        return pipelines.target_of(self.kind)

    @property
    def canonical(self) -> str:
        """Canonical JSON of all that decides a sample's bits."""
        return _canonical(self, tables=None)

    @property
    def hash(self) -> str:
        """SHA-256 of :attr:`canonical`, as hexadecimal digits."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @property
    def stream(self) -> int:
        """64-bit number that seeds this curve's samples, from the tables in which random numbers are used."""
        tables = pipelines.load(self.target).random_tables
        digest = hashlib.sha256(_canonical(self, tables=tables).encode()).digest()
        return int.from_bytes(digest[:8], "big")

    def seed_sequence(self, index: int) -> np.random.SeedSequence:
        """Return the seed of sample ``index``; see the module for what it depends on."""
        return np.random.SeedSequence(self.seed, spawn_key=(self.stream, index))


@dataclass(frozen=True)
class Recipe:
    """A recipe as read: its curves, and its text as it was written."""

    source: str
    text: str = field(repr=False)
    kind: str
    seed: int
    shard_size: int
    curves: tuple[Curve, ...]

    def curve(self, name: str) -> Curve:
        """Return the curve of that name.

        Raises
        ------
        InputError
            If there is none; the message lists those there are.
        """
        for curve in self.curves:
            if curve.name == name:
                return curve
        known = ", ".join(curve.name for curve in self.curves)
        raise InputError(f"{self.source}: there is no curve {name!r}; the recipe has {known}.")


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe from a TOML file.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or does not describe samples that can be made. The message
        is one sentence with the file, the key, the value found and what was expected.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise InputError(f"{path}: the recipe cannot be read: {reason}.") from None
    return parse_recipe(text, source=str(path))


def parse_recipe(text: str, *, source: str) -> Recipe:
    """Read a recipe from its text; ``source`` is what messages call it."""
    try:
        return _parse(text, source)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: not valid TOML: {error}.") from None
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def _parse(text: str, source: str) -> Recipe:
    document = tomllib.loads(text)
    if "kind" not in document:
        raise InputError('missing key kind: expected for example kind = "glass".')
    kind = document["kind"]
    pipeline = pipelines.load(pipelines.target_of(kind))
    names = tuple(entry.name for entry in fields(pipeline.settings_type))
    for key in document:
        if key not in ("kind", "seed", "run", "curves", *names):
            raise InputError(unknown_key(key, ("kind", "seed", "run", "curves", *names)))
    for name in (*names, "run", "curves"):
        if not isinstance(document.get(name, {}), Mapping):
            raise InputError(f"{name} is {shown(document[name])}, expected a table [{name}].")
    head = read_table(_Head, {"seed": document["seed"]} if "seed" in document else {})
    run = read_table(_Run, document.get("run", {}), prefix="run.")
    if not document.get("curves"):
        raise InputError("missing curves: expected at least one table [curves.NAME].")
    shared = {name: document.get(name, {}) for name in names}
    curves = []
    for name, table in document["curves"].items():
        try:
            curves.append(_curve(name, table, kind, head.seed, shared))
        except InputError as error:
            raise InputError(f"curve {name!r}: {error}") from None
    _refuse_twins(curves)
    return Recipe(source, text, kind, head.seed, run.shard_size, tuple(curves))


def _curve(name: str, table: Any, kind: str, seed: int, shared: Mapping[str, Any]) -> Curve:
    pipeline = pipelines.load(pipelines.target_of(kind))
    if not _CURVE_NAME.fullmatch(name):
        raise InputError("the name is not fit for a folder: use letters, digits, dots, dashes and underscores.")
    if not isinstance(table, Mapping):
        raise InputError(f"found {shown(table)}, expected a table [curves.{name}].")
    tables = {key: dict(values) for key, values in shared.items()}
    overridden: set[tuple[str, str]] = set()
    for key, value in table.items():
        if key == "glasses":
            continue
        if key in pipeline.shorthands:
            inside, short = pipeline.shorthands[key]
            _override(tables, overridden, inside, short, value)
        elif key in tables:
            if not isinstance(value, Mapping):
                raise InputError(f"{key} is {shown(value)}, expected a table or dotted keys such as {key}.NAME.")
            for inner, inner_value in value.items():
                _override(tables, overridden, key, inner, inner_value)
        else:
            raise InputError(unknown_key(key, ("glasses", *pipeline.shorthands, *tables)))
    count = read_table(_Count, {"glasses": table["glasses"]} if "glasses" in table else {})
    settings = pipeline.resolve(read_table(pipeline.settings_type, tables))
    return Curve(name, kind, seed, count.glasses, settings)


def _override(tables: dict[str, Any], overridden: set[tuple[str, str]], table: str, key: str, value: Any) -> None:
    if (table, key) in overridden:
        raise InputError(f"{table}.{key} is given twice in this curve, once by its shorthand.")
    overridden.add((table, key))
    inherited = tables[table].get(key)
    if isinstance(value, Mapping) and isinstance(inherited, Mapping):
        value = {**inherited, **value}
    tables[table][key] = value


def _refuse_twins(curves: list[Curve]) -> None:
    seen: dict[str, str] = {}
    for curve in curves:
        if curve.hash in seen:
            raise InputError(f"curves {seen[curve.hash]!r} and {curve.name!r} describe the same samples.")
        seen[curve.hash] = curve.name


def _canonical(curve: Curve, *, tables: tuple[str, ...] | None) -> str:
    settings = plain(curve.settings)
    content: dict[str, Any] = {"kind": curve.kind, "version": pipelines.load(curve.target).version}
    if tables is None:
        content["seed"] = curve.seed
    content["settings"] = settings if tables is None else {name: settings[name] for name in tables}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
