"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from ..errors import StorageError

_STALE_SECONDS = 24 * 3600.0


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step, so that no reader and no crash ever sees half of it."""
    temporary = path.parent / f".{path.name}.{socket.gethostname()}.{os.getpid()}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from None


def _sync_folder(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # not every system lets a folder be opened; the file itself is synced
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files of processes that died while writing."""
    for path in folder.glob(".*.tmp"):
        host, _, pid = path.name.removesuffix(".tmp").rpartition(".")
        try:
            ours = host.endswith("." + socket.gethostname()) and pid.isdigit() and not _alive(int(pid))
            if ours or time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink(missing_ok=True)
        except OSError:
            continue


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
