"""Compilation: one set of options, and a disk cache that never serves yesterday's physics.

Numba's cache notices a change in the file that holds a kernel, not in the files whose functions the kernel
inlines: after an edit of a potential, a cached kernel elsewhere would run the old one. So the cache lives in a
folder named after a hash of all sources that kernels are made from: the whole of ``particles``, and every other file
of the package that takes something from here. The folder is set while our own kernels are being declared and put back
at once, so that the user's kernels keep their own cache.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba

config: Any = numba.config

# Reassociation lets sums vectorise; infinities and NaN keep their meaning (overlaps of a random start are infinite).
FASTMATH = {"reassoc", "contract", "arcp", "nsz"}


@cache
def source_hash() -> str:
    """Twelve hexadecimal digits that change with any source file that kernels are made from."""
    digest = hashlib.sha256()
    root, particles = Path(__file__).parents[2], Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        text = path.read_bytes()
        if path.is_relative_to(particles) or b"kernels.jit import" in text:
            digest.update(str(path.relative_to(root)).encode())
            digest.update(text)
    return digest.hexdigest()[:12]


def _private_temporary_folder() -> Path:
    """A folder of this user in the system's temporary one; a fresh one if somebody else made it first.

    Compiled kernels are unpickled, so nobody else may be able to write them.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"glasskit-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or (hasattr(os, "getuid") and (found.st_uid != user or found.st_mode & 0o022)):
        return Path(tempfile.mkdtemp(prefix="glasskit-"))
    return folder


@cache
def cache_directory() -> Path:
    """Folder of compiled kernels: below ``GLASSKIT_CACHE_DIR``, else the user's cache folder, else a temporary one."""
    base = os.environ.get("GLASSKIT_CACHE_DIR")
    if base is None:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "glasskit")
    folder = Path(base) / f"kernels-{source_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = _private_temporary_folder() / f"kernels-{source_hash()}"
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _own_cache() -> Iterator[None]:
    previous = config.CACHE_DIR
    config.CACHE_DIR = str(cache_directory())
    try:
        yield
    finally:
        config.CACHE_DIR = previous


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first call, with the package's options and cache."""
    with _own_cache():
        return numba.njit(cache=True, error_model="numpy", fastmath=FASTMATH, nogil=True)(function)


def inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """A scalar function that kernels may close over; in Python it stays an ordinary function.

    Inlined without exception: left as a function, a kernel compiled just now would call the copy that was loaded
    first, a kernel from the cache its own, and the two copies may round differently.
    """
    return numba.extending.register_jitable(error_model="numpy", fastmath=FASTMATH, forceinline=True)(function)
