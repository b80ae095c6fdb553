"""How the softest excitations of glasses are stored, and the tables read back from an ensemble.

Per glass, KIND from `KINDS` (the last three where asked for)::

    quasilocalized_KIND             (k, 9): `QUANTITIES` of the mode; k = 1, or 0 where there is none
    quasilocalized_KIND_modes       (k, N, d): the mode, with quasilocalized.store_modes
    quasilocalized_guess            number of the guess that led to the cubic mode, -1 without one: with strains
    quasilocalized_guess_stiffness  (1 + d(d - 1),): kappa of the cubic mode from each guess, infinite where there is
                                    none; the quartic mode, then "simple xy", "pure xy", "simple xz", ...
    quasilocalized_failures         (l,) bytes of UTF-8: why a mode was not found, one line "KIND: reason" for each
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

if TYPE_CHECKING:
    from .store import Ensemble

KINDS = ("harmonic", "quartic", "cubic", "quartic_of_cubic", "geometric", "second")
QUANTITIES = (
    "stiffness", "tau", "chi", "participation", "energy", "gradient", "floor", "overlap_harmonic", "overlap_quartic",
)  # fmt: skip
NO_OVERLAP = -1.0  # stored where there is no quartic mode to overlap with; an overlap is not negative
ROW = np.dtype([("index", np.int64), ("found", np.bool_), *((name, np.float64) for name in QUANTITIES)])


def array_name(kind: str) -> str:
    """Name of the array that holds the numbers of a kind of mode."""
    return f"quasilocalized_{kind}"


def read_modes(ensemble: Ensemble) -> dict[str, NDArray[Any]]:
    """One table per kind, one row per good glass; see `Ensemble.quasilocalized`."""
    _check_stored(ensemble)
    return {kind: _table(ensemble, kind) for kind in KINDS if array_name(kind) in ensemble.array_names}


def read_failures(ensemble: Ensemble) -> dict[int, tuple[str, ...]]:
    """Why modes were not found: index -> lines "KIND: reason", of glasses with any."""
    _check_stored(ensemble)
    texts = (bytes(data).decode() for data in ensemble.arrays(array_name("failures")))
    lines = {int(index): tuple(text.splitlines()) for index, text in zip(ensemble.indices, texts, strict=True)}
    return {index: reasons for index, reasons in lines.items() if reasons}


def _check_stored(ensemble: Ensemble) -> None:
    if array_name("failures") not in ensemble.array_names:
        raise InputError(
            f"{ensemble.path} stores no quasilocalized modes: set quasilocalized.modes = true in its recipe."
        )


def _table(ensemble: Ensemble, kind: str) -> NDArray[Any]:
    table = np.zeros(len(ensemble), dtype=ROW)
    table["index"] = ensemble.indices
    stored = ensemble.arrays(array_name(kind))
    table["found"] = [len(modes) > 0 for modes in stored]
    missing = np.full(len(QUANTITIES), np.nan)
    quantity_nq = np.array([modes[0] if len(modes) else missing for modes in stored]).reshape(-1, len(QUANTITIES))
    for column, name in enumerate(QUANTITIES):
        table[name] = quantity_nq[:, column]
    table["overlap_quartic"][table["overlap_quartic"] == NO_OVERLAP] = np.nan
    return table
