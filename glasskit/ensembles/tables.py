"""Tables of a recipe read into frozen dataclasses, with one clear sentence for everything that does not fit.

A table is a frozen dataclass whose fields are made by :func:`whole`, :func:`number`, :func:`text`,
:func:`interval`, :func:`truth`, :func:`taper` and :func:`table` below: each knows how to read a TOML value and says in
words what it expects and what it means.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import InputError

Table = TypeVar("Table")
_REQUIRED = dataclasses.MISSING


class Unfit(Exception):
    """A value that its rule refuses; the reader turns it into a sentence with the key's name."""


@dataclass(frozen=True)
class Rule:
    """How one key is read: ``read`` returns the value as stored or raises :class:`Unfit`."""

    expected: str
    read: Callable[[Any], Any]
    table: type | None = None


def _field(rule: Rule, default: Any, *, quiet: bool = False, means: str = "", unset: str = "") -> Any:
    """Field of a table; a quiet one is left out of `plain`, and so of hashes, while it has its default.

    What it ``means``, and what holds where a key without a value of its own is ``unset``, is for `recipe_keys`.
    """
    return dataclasses.field(default=default, metadata={"rule": rule, "quiet": quiet, "means": means, "unset": unset})


def whole(expected: str, *, least: int = 1, default: Any = _REQUIRED, means: str = "", unset: str = "") -> Any:
    """Field for a whole number not below ``least``."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise Unfit
        return value

    return _field(Rule(expected, read), default, means=means, unset=unset)


def number(
    expected: str, test: Callable[[float], bool], *, default: Any = _REQUIRED, means: str = "", unset: str = ""
) -> Any:
    """Field for a finite number that passes ``test``; whole numbers are taken as floats."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not test(value):
            raise Unfit
        return float(value)

    return _field(Rule(expected, read), default, means=means, unset=unset)


def interval(
    expected: str, test: Callable[[float, float], bool], *, default: Any = _REQUIRED, means: str = "", unset: str = ""
) -> Any:
    """Field for a list of two finite numbers that pass ``test`` together."""

    def read(value: Any) -> tuple[float, float]:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise Unfit
        for end in value:
            if isinstance(end, bool) or not isinstance(end, int | float) or not math.isfinite(end):
                raise Unfit
        if not test(*value):
            raise Unfit
        return float(value[0]), float(value[1])

    return _field(Rule(expected, read), default, means=means, unset=unset)


def text(choices: Iterable[str], *, default: Any = _REQUIRED, means: str = "", unset: str = "") -> Any:
    """Field for one of a few words."""
    known = tuple(choices)

    def read(value: Any) -> str:
        if value not in known:
            raise Unfit
        return value

    return _field(Rule("one of " + ", ".join(f'"{word}"' for word in known), read), default, means=means, unset=unset)


def truth(*, default: Any = _REQUIRED, quiet: bool = False, means: str = "", unset: str = "") -> Any:
    """Field for true or false; quiet: see `plain`."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise Unfit
        return value

    return _field(Rule("true or false", read), default, quiet=quiet, means=means, unset=unset)


def taper(*, default: Any = _REQUIRED, means: str = "", unset: str = "") -> Any:
    """Field for the order of a taper: a whole number >= 1, or infinity written ``"inf"`` (or TOML's own ``inf``)."""

    def read(value: Any) -> int | float:
        if value == "inf" or (isinstance(value, float) and value == math.inf):
            return math.inf
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise Unfit
        return value

    return _field(Rule('a whole number >= 1, or "inf"', read), default, means=means, unset=unset)


def table(cls: type, *, default: Any = _REQUIRED, quiet: bool = False) -> Any:
    """Field for a table inside a table; quiet: see `plain`."""

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise Unfit
        return value

    return _field(Rule("a table", read, cls), default, quiet=quiet)


def unknown_key(found: str, known: Iterable[str]) -> str:
    """Sentence about a key that nobody reads, with the nearest known one and all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(found.rpartition(".")[2], [name.rpartition(".")[2] for name in names], n=1)
    guess = next((f" Did you mean {name}?" for name in names if near and name.rpartition(".")[2] == near[0]), "")
    return f"unknown key {found}.{guess} Known here: {', '.join(names)}."


def read_table(cls: type[Table], values: Mapping[str, Any], *, prefix: str = "") -> Table:
    """Read a TOML table into the dataclass ``cls``.

    Parameters
    ----------
    cls : type
        Frozen dataclass whose fields were made by this module.
    values : mapping
        The table as TOML gives it.
    prefix : str
        What stands before a key's name in a message, for example ``"liquid."``.

    Raises
    ------
    InputError
        For an unknown key, a missing one, or a value that its rule refuses.
    """
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in values:
        if key not in fields:
            raise InputError(unknown_key(prefix + key, (prefix + name for name in fields)))
    read: dict[str, Any] = {}
    for name, field in fields.items():
        rule: Rule = field.metadata["rule"]
        if name not in values:
            if rule.table is not None and field.default is _REQUIRED:
                read[name] = read_table(rule.table, {}, prefix=f"{prefix}{name}.")
            elif field.default is _REQUIRED:
                raise InputError(f"missing key {prefix}{name}: expected {rule.expected}.")
            continue
        try:
            value = rule.read(values[name])
        except Unfit:
            raise InputError(f"{prefix}{name} is {shown(values[name])}, expected {rule.expected}.") from None
        read[name] = value if rule.table is None else read_table(rule.table, value, prefix=f"{prefix}{name}.")
    return cls(**read)


def shown(value: Any) -> str:
    """Return a value as its owner would write it in TOML, cut short when long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "a table"
    words = str(value)
    return words if len(words) <= 60 else words[:57] + "..."


def plain(settings: Any) -> Any:
    """Return a settings dataclass as nested dictionaries fit for canonical JSON.

    Keys whose value is None are left out, and quiet ones that have their default, so that a key or table added in a
    later release does not change the hash of the recipes that do not use it: folders made before go on as they were.
    `read_table` puts the defaults back. Infinity becomes ``"inf"``.
    """
    if dataclasses.is_dataclass(settings):
        items = ((entry, getattr(settings, entry.name)) for entry in dataclasses.fields(settings))
        return {
            entry.name: plain(value)
            for entry, value in items
            if value is not None and not (entry.metadata.get("quiet") and value == entry.default)
        }
    if isinstance(settings, float) and math.isinf(settings):
        return "inf" if settings > 0 else "-inf"
    return settings
