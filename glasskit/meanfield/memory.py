"""Memory of this machine, asked before it is taken: a refusal in one sentence beats a killed process."""

from __future__ import annotations

import math
import os
from pathlib import Path

from ..errors import InputError


def available_bytes() -> float:
    """Memory that could be taken now; infinity where the system does not say.

    The least of what the kernel calls available and what the process's control group has left.
    """
    return min(_of_system(), _of_group())


def _of_system() -> float:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * float(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return math.inf


def _of_group(folder: str = "/sys/fs/cgroup") -> float:
    try:
        names = ("memory.max", "memory.current", "memory.stat")
        most, used, details = (Path(folder, name).read_text(encoding="ascii") for name in names)
        files = next(line.split()[1] for line in details.splitlines() if line.startswith("inactive_file "))
        return float(most) - float(used) + float(files)  # cached files give way
    except (OSError, ValueError, StopIteration):  # no such group, or "max": no limit
        return math.inf


def require(needed: float, what: str, *, remedy: str) -> None:
    """Raise InputError where `needed` bytes are more than nine tenths of what is available."""
    free = available_bytes()
    if needed > 0.9 * free:
        raise InputError(
            f"{what} takes {needed / 1e9:.2f} GB of memory and {free / 1e9:.2f} GB are available: {remedy}."
        )
