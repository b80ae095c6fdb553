"""Numbers in files: rows as comma-separated values, anything reduced as JSON."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ..analysis.exponents.fit import ModesInWindow
from ..ensembles.provenance import versions
from .measured import Refused
from .section import Section

SCHEMA = "glasskit analysis"
SCHEMA_VERSION = 1

Row = dict[str, Any]


def csv_bytes(rows: Iterable[Row]) -> bytes:
    """Return rows as a file of comma-separated values; the first line names the columns of all rows."""
    found = list(rows)
    columns = list(dict.fromkeys(name for row in found for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _field(value) for name, value in row.items()} for row in found)
    return text.getvalue().encode()


def section_tables(sections: Sequence[Section]) -> dict[str, bytes]:
    """Return the tables of sections as files, by name."""
    return {f"{name}.csv": csv_bytes(rows) for section in sections for name, rows in section.tables.items()}


def results_bytes(recipe: str, content: Mapping[str, Any], sections: Sequence[Section]) -> bytes:
    """Return one JSON file: what was analysed with what, the content, and the tables of all sections as columns.

    Raises
    ------
    ValueError
        For a number that is none: nothing that was not measured may get here as NaN.
    """
    whole = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "analysed": datetime.now(UTC).isoformat(timespec="seconds"),
        "analysed_with": versions(),
        "recipe": recipe,
        **content,
        "further": {name: _columns(rows) for section in sections for name, rows in section.tables.items()},
    }
    return (json.dumps(whole, allow_nan=False, separators=(",", ":")) + "\n").encode()


def plain_value(value: Any) -> Any:
    """Return something reduced as dictionaries, lists and numbers; a refused number becomes its reason."""
    if isinstance(value, Refused):
        return {"refused": value.reason}
    if dataclasses.is_dataclass(value):
        items = {field.name: plain_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {**items, "modes_per_glass": value.modes_per_glass} if isinstance(value, ModesInWindow) else items
    if isinstance(value, Mapping):
        return {name: plain_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, np.ndarray):
        return [plain_value(item) for item in value.tolist()]
    if isinstance(value, np.generic):
        return plain_value(value.item())
    if isinstance(value, float) and math.isinf(value):
        return "inf"  # the only infinite number of a report is the order of a taper
    if isinstance(value, float):
        return float(f"{value:.10g}")  # errors are far larger, and the file stays small
    return value


def _field(value: Any) -> Any:
    return repr(float(value)) if isinstance(value, (float, np.floating)) else value


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Return rows as columns, which take a fifth of the room; empty where a row has no such field."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [plain_value(row.get(name, "")) for row in rows] for name in names}
