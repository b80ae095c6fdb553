"""``glasskit doctor``: is this machine fit for a run? Every check says what it found and, if bad, what to do."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ._version import __version__
from .ensembles.executors import available_cores, spawned_pool
from .ensembles.progress import duration
from .ensembles.worker import single_thread
from .errors import GlasskitError

NEEDED = ("numpy", "scipy", "numba", "h5py", "freud-analysis", "threadpoolctl")
OPTIONAL = {"matplotlib": "figures", "distributed": "clusters, --dask"}


@dataclass(frozen=True)
class Finding:
    """Result of one check; ``mark`` is ``"ok"``, ``"note"`` or ``"BAD"``."""

    mark: str
    subject: str
    words: str


def examine(checks: tuple[Callable[[], list[Finding]], ...] | None = None) -> tuple[bool, str]:
    """Run all checks.

    Returns
    -------
    healthy : bool
        True if nothing is bad.
    text : str
        A table with one line per finding, and a verdict.
    """
    findings: list[Finding] = []
    for check in checks or (machine, packages, compiler, linear_algebra, processes, small_glass):
        try:
            findings += check()
        except Exception as error:  # a doctor reports what is broken, whatever it is
            findings.append(Finding("BAD", check.__name__.replace("_", " "), f"{type(error).__name__}: {error}"))
    width = max(len(finding.subject) for finding in findings)
    lines = [f"{finding.mark:<4}  {finding.subject:<{width}}  {finding.words}" for finding in findings]
    bad = sum(finding.mark == "BAD" for finding in findings)
    verdict = "This machine is ready." if not bad else f"{bad} thing(s) to mend: see the lines marked BAD."
    return not bad, "\n".join([*lines, verdict])


def machine() -> list[Finding]:
    """Python, the package, cores."""
    python = sys.version_info[:2] >= (3, 11)
    words = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {available_cores()} core(s)"
    return [
        Finding("ok" if python else "BAD", "python", words if python else f"{words}: 3.11 or later is needed"),
        Finding("ok", "glasskit", f"{__version__} in {Path(__file__).parent}"),
    ]


def packages() -> list[Finding]:
    """What is installed, in which version."""
    findings = []
    for name in (*NEEDED, *OPTIONAL):
        try:
            findings.append(Finding("ok", name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            if name in NEEDED:
                findings.append(Finding("BAD", name, "not installed: install glasskit again, with its dependencies"))
            else:
                findings.append(Finding("note", name, f"not installed; needed for {OPTIONAL[name]} only"))
    return findings


def compiler() -> list[Finding]:
    """Numba compiles, and its cache can be written."""
    import numba

    from .particles.kernels.jit import cache_directory

    begin = time.perf_counter()
    triple = numba.njit(_triple)
    correct = triple(14) == 42
    seconds = time.perf_counter() - begin
    folder = cache_directory()
    writable = os.access(folder, os.W_OK)
    cache_words = (
        str(folder) if writable else f"{folder} cannot be written: set GLASSKIT_CACHE_DIR to a folder that can"
    )
    return [
        Finding("ok" if correct else "BAD", "compiler", f"numba compiled and ran a function in {duration(seconds)}"),
        Finding("ok" if writable else "BAD", "kernel cache", cache_words),
    ]


def _triple(number: int) -> int:
    return 3 * number


def linear_algebra() -> list[Finding]:
    """Which BLAS, and whether its threads can be limited to one."""
    from threadpoolctl import threadpool_info

    np.linalg.eigvalsh(np.eye(2))
    with single_thread():
        libraries = [entry for entry in threadpool_info() if entry["user_api"] == "blas"]
    names = ", ".join(sorted({f"{entry['internal_api']} {entry['version']}" for entry in libraries})) or "unknown"
    single = all(entry["num_threads"] == 1 for entry in libraries)
    if single:
        return [Finding("ok", "BLAS", f"{names}; one thread per worker")]
    return [Finding("BAD", "BLAS", f"{names}: its threads cannot be limited; set OMP_NUM_THREADS=1 before a run")]


def processes() -> list[Finding]:
    """A worker process can be started."""
    begin = time.perf_counter()
    with spawned_pool(1) as pool:
        other = pool.submit(os.getpid).result(timeout=60) != os.getpid()
    words = f"a worker started and answered in {duration(time.perf_counter() - begin)}"
    return [Finding("ok" if other else "BAD", "worker processes", words)]


def small_glass() -> list[Finding]:
    """Make a glass of 100 particles and count its zero modes."""
    from .particles.hessian import hessian
    from .particles.models import TAPERED_IPL
    from .particles.quench import quench
    from .particles.swap import swap_monte_carlo

    begin = time.perf_counter()
    rng = np.random.default_rng(1)
    potential = TAPERED_IPL.potential
    start = TAPERED_IPL.random_configuration(100, rng=rng)
    liquid = swap_monte_carlo(start, potential, temperature=1.0, sweeps=200, rng=rng).configuration
    try:
        glass = quench(liquid, potential)
    except GlasskitError as error:
        return [Finding("BAD", "small glass", f"the quench failed: {error}")]
    with single_thread():
        eigenvalue_m = np.linalg.eigvalsh(hessian(glass.configuration, potential).toarray())
    expected = 3 * (1 + len(glass.rattlers))
    # Zero modes come out at rounding, 1e-12 of the stiffest; the softest real ones lie above 1e-5 of it at this size.
    zero = int(np.sum(np.abs(eigenvalue_m) < 1e-8 * eigenvalue_m[-1]))
    negative = int(np.sum(eigenvalue_m < -1e-8 * eigenvalue_m[-1]))
    words = (
        f"100 particles quenched to a relative force of {glass.relative_force:.1e}, {zero} zero modes "
        f"(expected {expected}), {negative} negative, in {duration(time.perf_counter() - begin)}"
    )
    return [Finding("ok" if zero == expected and negative == 0 else "BAD", "small glass", words)]
