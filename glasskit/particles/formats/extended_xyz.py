"""Extended XYZ, as OVITO and ASE read and write it.

Line 1: the number of particles. Line 2: ``Lattice="..."`` (three cell vectors: the first along x, the second in the
xy plane, as the columns of `Box.cell`), ``Properties=`` (name:type:columns, ...) and ``pbc="T T T"``. Then one
particle per line. Written here:

    Properties=species:S:1:pos:R:3:radius:R:1          and NAME:R:3 for each field of vectors, displ for displacements

The file holds **radii**, the usual property; configurations hold diameters. Halving and doubling are exact in binary
floating point and numbers are written with all their digits, so that what is read equals what was written bit for bit.

Two dimensions: z = 0, a cell of unit thickness, ``pbc="T T F"`` and ``dimension=2``. Four dimensions do not fit.
Read are also files with a ``diameter`` column, further columns, positions outside the cell and cells anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..configuration import Box, Configuration

_SPECIES = "X"  # the placeholder element: sizes, not species, tell these particles apart
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TAKEN = ("species", "pos", "radius", "diameter")
_KEY_VALUE = re.compile(r"""([A-Za-z_][\w-]*)\s*=\s*("[^"]*"|'[^']*'|\{[^}]*\}|\[[^\]]*\]|\S+)""")


def encode(configuration: Configuration, vectors: Mapping[str, NDArray[np.float64]]) -> str:
    """Text of a file; see the module for its layout."""
    for name in vectors:
        if not _NAME.fullmatch(name) or name.lower() in _TAKEN:
            raise InputError(f"vectors: {name!r} is no name for a property; expected letters and digits, not pos.")
    d = configuration.dimension
    if d not in (2, 3):
        raise InputError(f"extended XYZ holds two or three dimensions, found {d}; keep such glasses in an ensemble.")
    edges = np.eye(3)  # one in each row
    edges[:d, :d] = configuration.box.cell.T
    cell = " ".join(map(repr, edges.ravel().tolist()))
    origin = " ".join(map(repr, (-0.5 * edges.sum(axis=0)).tolist()))
    columns = "species:S:1:pos:R:3:radius:R:1" + "".join(f":{name}:R:3" for name in vectors)
    lines = [
        str(configuration.number_of_particles),
        f'Lattice="{cell}" Origin="{origin}" Properties={columns} pbc="T T {"F" if d == 2 else "T"}" dimension={d}',
    ]
    flat = np.zeros((configuration.number_of_particles, 3 - d))
    table = [configuration.positions, flat, 0.5 * configuration.diameters[:, None]]
    for vector_nc in vectors.values():
        table += [vector_nc, flat]
    lines += [" ".join([_SPECIES, *map(repr, row)]) for row in np.hstack(table).tolist()]
    return "\n".join(lines) + "\n"


class _Column(NamedTuple):
    first: int
    width: int


def decode(text: str) -> Configuration:
    """Configuration in the text of a file; see the module for its layout.

    Raises
    ------
    InputError
        With the number of the offending line.
    """
    lines = text.splitlines()
    n = _particle_count(lines)
    header = {key.lower(): value.strip("\"'{}[]") for key, value in _KEY_VALUE.findall(lines[1])}
    d = _dimension(header)
    box = _box(header, d)
    columns, width = _columns(header)
    sizes = [name for name in ("radius", "diameter") if name in columns]
    table = _table(lines, n, width, [columns[name] for name in ("pos", *sizes)])
    position_nc, size = table[:, :3], dict(zip(sizes, table.T[3:], strict=True))
    if d == 2 and np.ptp(position_nc[:, 2]) != 0.0:
        raise InputError("line 2: a box open along z is read as two-dimensional, but its particles differ in z.")
    diameter_n = size["diameter"] if "diameter" in size else 2.0 * size["radius"]
    if len(size) == 2 and not np.allclose(diameter_n, 2.0 * size["radius"], rtol=1e-4, atol=0.0):
        raise InputError("line 2: the columns radius and diameter disagree; expected diameter = 2 radius.")
    return Configuration(position_nc[:, :d], diameter_n, box)


def _particle_count(lines: list[str]) -> int:
    first = lines[0].strip() if lines else ""
    if not first.isdecimal() or int(first) < 1:
        raise InputError(f"line 1: expected the number of particles, found {first[:40]!r}.")
    n = int(first)
    if len(lines) < n + 2:
        raise InputError(f"line {len(lines)}: the file ends after {max(len(lines) - 2, 0)} of {n} particles.")
    for number, line in enumerate(lines[n + 2 :], start=n + 3):
        if line.strip():
            raise InputError(f"line {number}: expected the end after {n} particles; one configuration per file.")
    return n


def _dimension(header: dict[str, str]) -> int:
    """Two where the file says so, by its own mark or by an open third axis; else three."""
    pbc = [flag.upper()[:1] for flag in header.get("pbc", "T T T").replace(",", " ").split()]
    mark = header.get("dimension", "2" if pbc[2:] in (["F"], ["0"]) else "3")
    if mark not in ("2", "3"):
        raise InputError(f"line 2: dimension: expected 2 or 3, found {mark!r}.")
    d = int(mark)
    if len(pbc) != 3 or any(flag not in ("T", "1") for flag in pbc[:d]):
        raise InputError(f"line 2: pbc: expected periodic boundaries along {d} axes, found {header.get('pbc')!r}.")
    return d


def _box(header: dict[str, str], d: int) -> Box:
    if "lattice" not in header:
        raise InputError('line 2: no Lattice="..." with the edges of a periodic box.')
    try:
        cell = np.array(header["lattice"].replace(",", " ").split(), dtype=np.float64).reshape(3, 3)
    except ValueError:
        raise InputError(f"line 2: Lattice: expected nine numbers, found {header['lattice'][:60]!r}.") from None
    edge_c = np.diag(cell)
    if not np.isfinite(cell).all() or (edge_c[:d] <= 0).any():
        raise InputError(f"line 2: Lattice: expected positive edges along the axes, found {edge_c.tolist()}.")
    if np.abs(np.triu(cell, k=1)).max() > 1e-9 * edge_c.max():
        raise InputError(
            "line 2: Lattice: expected a first vector along x and a second one in the xy plane; rotate the cell."
        )
    if d == 2 and np.abs(cell[2, :2]).max() > 1e-9 * edge_c.max():
        raise InputError("line 2: Lattice: a two-dimensional box has a third vector along z.")
    # Below this no coordinate changes by more than its rounding: noise of other programs.
    tilted = np.abs(cell - np.diag(edge_c)).max() > 1e-15 * edge_c.max()
    return Box(edge_c[:d], cell.T[:d, :d][np.triu_indices(d, k=1)] if tilted else None)


def _columns(header: dict[str, str]) -> tuple[dict[str, _Column], int]:
    """Places of the numeric properties that are read, and the number of columns of a particle's line."""
    fields = header.get("properties", "species:S:1:pos:R:3").split(":")
    if len(fields) % 3 or not all(width.isdecimal() and int(width) > 0 for width in fields[2::3]):
        raise InputError(f"line 2: Properties: expected name:type:columns:..., found {':'.join(fields)[:60]!r}.")
    found, at = {}, 0
    for name, kind, width in zip(fields[::3], fields[1::3], map(int, fields[2::3]), strict=True):
        if kind in "RI":
            found[name.lower()] = _Column(at, width)
        at += width
    if "pos" not in found or found["pos"].width != 3:
        raise InputError("line 2: Properties: expected pos:R:3 among them.")
    for name in ("radius", "diameter"):
        if name in found and found[name].width != 1:
            raise InputError(f"line 2: Properties: expected {name}:R:1, found {found[name].width} columns.")
    if "radius" not in found and "diameter" not in found:
        raise InputError("line 2: Properties has neither radius:R:1 nor diameter:R:1; particles need a size.")
    return found, at


def _table(lines: list[str], n: int, width: int, columns: list[_Column]) -> NDArray[np.float64]:
    wanted = [k for column in columns for k in range(column.first, column.first + column.width)]
    table = np.empty((n, len(wanted)))
    for row in range(n):
        field = lines[row + 2].split()
        if len(field) != width:
            raise InputError(f"line {row + 3}: expected {width} columns, found {len(field)}.")
        try:
            table[row] = [float(field[k]) for k in wanted]
        except ValueError as error:
            raise InputError(f"line {row + 3}: {error}.") from None
        if not np.isfinite(table[row]).all():
            raise InputError(f"line {row + 3}: every coordinate and size must be finite.")
        if not (table[row, 3:] > 0).all():
            raise InputError(f"line {row + 3}: expected a positive size, found {table[row, 3:].min()}.")
    return table
