"""Where numbers come from: versions of all that computed them, the machine, the state of the checkout."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
from functools import cache
from pathlib import Path

from .._version import __version__

PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "h5py", "freud-analysis")


@cache
def versions() -> dict[str, str]:
    """Versions of the package, of Python, of the libraries that decide bits, and the kind of machine."""
    found = {"glasskit": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    found["platform"] = f"{platform.system()} {platform.machine()}"
    checkout = describe_checkout()
    if checkout:
        found["checkout"] = checkout
    return found


@cache
def versions_text() -> str:
    """Return :func:`versions` as one line of JSON, as samples carry it."""
    return json.dumps(versions(), sort_keys=True)


def describe_checkout(folder: Path | None = None) -> str:
    """Return ``git describe`` of the checkout that holds the package, or an empty string outside of one."""
    root = Path(__file__).parents[2] if folder is None else folder
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--tags"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
