"""Configurations in files that other programs read: one module per format, chosen by the suffix of the name.

One configuration per file. Thousands of glasses with their spectra live in shards, in `glasskit.ensembles`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, StorageError
from ..configuration import Configuration
from . import extended_xyz
from .atomic import write_text

__all__ = ["FORMATS", "Format", "read", "write"]


DISPLACEMENT = "displ"
"""Name of vectors without a name of their own; OVITO knows it as displacement."""


class Format(NamedTuple):
    """How a configuration becomes text and text a configuration; errors of ``decode`` name the line."""

    name: str
    encode: Callable[[Configuration, Mapping[str, NDArray[np.float64]]], str]
    decode: Callable[[str], Configuration]


_XYZ = Format("extended XYZ", extended_xyz.encode, extended_xyz.decode)
FORMATS: dict[str, Format] = {".xyz": _XYZ, ".extxyz": _XYZ}


def _format_of(path: Path) -> Format:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(f"{suffix} ({entry.name})" for suffix, entry in FORMATS.items())
        raise InputError(f"{path}: unknown suffix {path.suffix!r}, expected one of {known}.") from None


def read(path: str | os.PathLike[str]) -> Configuration:
    """Read a configuration from a file, in the format that its suffix names.

    Parameters
    ----------
    path : path-like
        ``.xyz`` or ``.extxyz``: extended XYZ, see `formats.extended_xyz`.

    Returns
    -------
    Configuration
        Wrapped into [-L/2, L/2), whatever the origin of the file's box.

    Raises
    ------
    InputError
        For an unknown suffix, or content that is no configuration; the message names the line.
    StorageError
        If the file cannot be read.
    """
    path = Path(path)
    decode = _format_of(path).decode
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        return decode(text)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def write(
    path: str | os.PathLike[str],
    configuration: Configuration,
    *,
    vectors: ArrayLike | Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write a configuration to a file, in the format that its suffix names; an existing file is replaced.

    The file appears whole or not at all: it is written under another name and renamed.

    Parameters
    ----------
    path : path-like
        ``.xyz`` or ``.extxyz``: extended XYZ, see `formats.extended_xyz`.
    configuration : Configuration
    vectors : array_like, shape (N, d), or mapping of names to such arrays, optional
        One vector per particle, for example a mode; OVITO shows them as displacements. Several have names of their
        own, as ``{"harmonic": psi, "quartic": pi}``, and are properties of these names; ``displ`` is displacements.

    Raises
    ------
    InputError
        For an unknown suffix, vectors of another shape or not finite, names that the format does not hold or has
        taken, or a dimension that it does not hold.
    StorageError
        If the file cannot be written.
    """
    path = Path(path)
    encode = _format_of(path).encode
    named = {} if vectors is None else vectors if isinstance(vectors, Mapping) else {DISPLACEMENT: vectors}
    write_text(path, encode(configuration, {name: _vectors(configuration, name, named[name]) for name in named}))


def _vectors(configuration: Configuration, name: str, values: ArrayLike) -> NDArray[np.float64]:
    what = "vectors" if name == DISPLACEMENT else f"vectors[{name!r}]"
    vector_nc = np.asarray(values, dtype=np.float64)
    if vector_nc.shape != configuration.positions.shape:
        raise InputError(f"{what}: expected shape {configuration.positions.shape}, found {vector_nc.shape}.")
    if not np.isfinite(vector_nc).all():
        raise InputError(f"{what}: every component must be finite, found NaN or infinity.")
    return vector_nc
