"""All keys that a recipe may have, with what they mean, their defaults and what is allowed: `glasskit recipe`.

Everything is read from the dataclasses that recipes are read into, so that nothing can be listed that is not there.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Any

from . import pipelines
from .pipelines.examples import EXAMPLES, SAMPLES
from .recipe import HEAD_TABLES
from .tables import plain, shown

_INTRODUCTION = """\
# Recipes

A recipe is a TOML file that `glasskit run` makes samples from. `kind` says what they are, `seed` begins all random
numbers, tables such as `[model]` hold for all curves, and every `[curves.NAME]` is an ensemble in its own folder. A
curve says how many samples it wants (`glasses`, of any kind) and may set any key of the tables below for itself,
written with its table: `liquid.sweeps = 500`; some keys have a shorthand there. An unknown key, or a value that does
not fit, is refused in a sentence. This page is printed by `glasskit recipe`, and the part of one kind by
`glasskit recipe KIND`.

{kinds}

Frequencies, lengths and energies are in reduced units. A key that is left out has its default; "required" means that
the recipe is refused without it."""


def all_recipes() -> str:
    """Return the reference of all kinds, as Markdown: the text of ``docs/recipes.md``."""
    kinds = [
        "| kind | samples |",
        "| --- | --- |",
        *(f'| `"{kind}"` | {_samples(kind)} |' for kind in pipelines.kinds()),
    ]
    introduction = _INTRODUCTION.replace("{kinds}", "\n".join(kinds))
    return "\n\n".join([introduction, *(recipe_reference(kind) for kind in pipelines.kinds())]) + "\n"


def _samples(kind: str) -> str:
    """What the samples of a kind are; of one that was registered elsewhere, in the first line of its pipeline."""
    if kind in SAMPLES:
        return SAMPLES[kind]
    words = pipelines.load(pipelines.target_of(kind)).__doc__ or ""
    return words.strip().partition("\n")[0]


def recipe_reference(kind: str) -> str:
    """Return the reference of one kind, as Markdown: a minimal recipe, then all tables and keys.

    Raises
    ------
    InputError
        If there is no such kind.
    """
    pipeline = pipelines.load(pipelines.target_of(kind))
    short = [f"`{name}` ({table}.{key})" for name, (table, key) in pipeline.shorthands.items()]
    parts = [
        f'## kind = "{kind}"',
        f"A minimal recipe:\n\n```toml\n{EXAMPLES[kind]}```" if kind in EXAMPLES else "",
        _tabulated("Beside the tables", _head_rows()),
        f"Shorthands in a curve: {', '.join(short)}." if short else "",
        *(_tabulated(f"`[{name}]`", rows) for name, rows in _tables(pipeline.settings_type)),
    ]
    return "\n\n".join(part for part in parts if part)


def _head_rows() -> list[list[str]]:
    kinds = f"one of {', '.join(shown(kind) for kind in pipelines.kinds())}"
    rows = [["`kind`", "required", kinds, "what the samples are"]]
    return rows + [row for prefix, cls in HEAD_TABLES for row in _rows(cls, prefix)]


def _tables(cls: type, prefix: str = "") -> Iterator[tuple[str, list[list[str]]]]:
    """Names of all tables, those inside tables too, with the rows of their keys."""
    for field in dataclasses.fields(cls):
        inner = field.metadata["rule"].table
        if inner is not None:
            yield f"{prefix}{field.name}", _rows(inner)
            yield from _tables(inner, f"{prefix}{field.name}.")


def _rows(cls: type, prefix: str = "") -> list[list[str]]:
    return [
        [f"`{prefix}{field.name}`", _default(field), field.metadata["rule"].expected, field.metadata["means"]]
        for field in dataclasses.fields(cls)
        if field.metadata["rule"].table is None
    ]


def _default(field: Any) -> str:
    if field.default is dataclasses.MISSING:
        return "required"
    if field.default is None:
        return str(field.metadata["unset"])
    value = plain(field.default)
    return shown(list(value) if isinstance(value, tuple) else value)


def _tabulated(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a heading and a table of Markdown, in columns for those who read it as it is."""
    cells = [["key", "default", "allowed", "meaning"], *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    cells.insert(1, ["-" * width for width in widths])
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join([f"### {title}", "", *(re.sub(r" +$", "", line) + " |" for line in lines)])
