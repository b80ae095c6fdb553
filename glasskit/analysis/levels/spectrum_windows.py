"""Which levels of a spectrum to look at: windows by number or by frequency, and spectra without their zero modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError
from ..per_glass import FloatArray, one_glass


def _checked_count(count: int) -> int:
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 3:
        raise InputError(f"a window of {count!r} levels; expected an integer of at least 3.")
    return int(count)


@dataclass(frozen=True)
class LevelWindow:
    """Which consecutive levels of each spectrum to take, by number or by frequency.

    Attributes
    ----------
    name : str
    kind : {"lowest", "middle", "highest", "index", "omega"}
    first, last : float
        Numbers of levels (the first counts from 0, the last is not included) or frequencies; ``first`` is the number
        of levels for lowest, middle and highest.
    """

    name: str
    kind: str
    first: float
    last: float

    @classmethod
    def lowest(cls, count: int = 50) -> LevelWindow:
        """Take the lowest ``count`` levels."""
        return cls(f"lowest {count}", "lowest", _checked_count(count), 0)

    @classmethod
    def middle(cls, count: int = 50) -> LevelWindow:
        """Take ``count`` levels in the middle of a full spectrum."""
        return cls(f"middle {count}", "middle", _checked_count(count), 0)

    @classmethod
    def highest(cls, count: int = 50) -> LevelWindow:
        """Take the highest ``count`` levels of a full spectrum."""
        return cls(f"highest {count}", "highest", _checked_count(count), 0)

    @classmethod
    def by_index(cls, first: int, last: int) -> LevelWindow:
        """Levels number ``first`` to ``last`` − 1, counted from 0 at the lowest level above the zero modes."""
        if not 0 <= first <= last - 3:
            raise InputError(f"levels {first} to {last}; expected 0 <= first and at least three levels.")
        return cls(f"levels {first} to {last - 1}", "index", first, last)

    @classmethod
    def by_omega(cls, low: float, high: float) -> LevelWindow:
        """Levels with low <= omega < high, as many as each glass has there."""
        if not 0 <= low < high:
            raise InputError(f"frequencies {low} to {high}; expected 0 <= low < high.")
        return cls(f"{low:g} <= omega < {high:g}", "omega", low, high)

    def cut(self, levels: FloatArray) -> FloatArray:
        """Levels of one glass in the window; the spectrum must be full for the middle and highest ones.

        Raises
        ------
        InputError
            Fewer levels than the window wants.
        """
        if self.kind == "omega":
            return levels[np.searchsorted(levels, self.first**2) : np.searchsorted(levels, self.last**2)]
        count = int(self.last if self.kind == "index" else self.first)
        if levels.size < count:
            raise InputError(f"the window '{self.name}' wants {count} levels but there are {levels.size}.")
        start = {
            "lowest": 0, "index": int(self.first), "middle": (levels.size - count) // 2, "highest": levels.size - count,
        }[self.kind]  # fmt: skip
        return levels[start : count if self.kind == "index" else start + count]


FIGURE_WINDOWS = (LevelWindow.lowest(), LevelWindow.middle(), LevelWindow.highest())
"""Lowest, middle and highest 50 levels: Schirmacher et al., Nat. Commun. 15, 3107 (2024), Fig. 2."""


def cut_windows(
    eigenvalues_per_glass: Sequence[ArrayLike],
    windows: Sequence[LevelWindow],
    *,
    modes_per_glass_total: ArrayLike | None = None,
) -> dict[str, list[FloatArray]]:
    """Levels of each glass in each window, by the window's name.

    Raises
    ------
    InputError
        Spectra that are not full where a window needs them to be, levels that are not sorted, a window that wants
        more levels than a glass has, two windows of one name.
    """
    level_g = [one_glass(levels, index, what="eigenvalues") for index, levels in enumerate(eigenvalues_per_glass)]
    if not level_g:
        raise InputError("the ensemble is empty: eigenvalues of at least two glasses are needed.")
    for index, levels in enumerate(level_g):
        if (np.diff(levels) < 0).any():
            raise InputError(f"eigenvalues of glass {index} are not ascending; expected one sorted spectrum per glass.")
    if any(window.kind in ("middle", "highest") for window in windows):
        _require_full(level_g, modes_per_glass_total)
    if any(window.kind == "omega" for window in windows) and min(levels[:1].sum() for levels in level_g) < 0:
        raise InputError("a window of frequencies needs eigenvalues that are not negative.")
    cut: dict[str, list[FloatArray]] = {}
    for window in windows:
        if window.name in cut:
            raise InputError(f"two windows are named '{window.name}'; expected different names.")
        try:
            cut[window.name] = [window.cut(levels) for levels in level_g]
        except InputError as error:
            raise InputError(f"{error} Choose another window, or compute more levels.") from error
    return cut


def nonzero_levels(eigenvalues: ArrayLike, *, zero_modes: int = 3, tolerance: float = 1e-8) -> FloatArray:
    """Levels of a full spectrum without the zero modes, which must be as many as expected.

    Parameters
    ----------
    eigenvalues : (n,) array
        All eigenvalues of a Hessian, as `glasskit.spectrum` returns them.
    zero_modes : int
        d translations, and d more for each rattler.
    tolerance : float
        A level is zero below this fraction of the largest.

    Raises
    ------
    InputError
        Another number of levels near zero, or a negative one: not a minimum, or rattlers that were not counted.
    """
    levels = np.sort(one_glass(eigenvalues, 0, what="eigenvalues"))
    edge = tolerance * float(np.abs(levels).max(initial=0.0))
    zero, negative = int((np.abs(levels) <= edge).sum()), int((levels < -edge).sum())
    if zero != zero_modes or negative:
        raise InputError(
            f"{zero} eigenvalues are zero and {negative} negative; expected {zero_modes} zero modes (d, and d more for "
            "each rattler) and no negative one: quench further or count the rattlers."
        )
    return levels[zero:]


def _require_full(level_g: Sequence[FloatArray], modes_per_glass_total: ArrayLike | None) -> None:
    if modes_per_glass_total is None:
        raise InputError(
            "windows in the middle or at the top of the spectrum need full spectra; pass modes_per_glass_total = dN-d "
            "(less d for each rattler) to say that they are, or a mapping of windows that are cut already."
        )
    total = np.asarray(modes_per_glass_total, dtype=np.float64)
    if total.shape not in ((), (len(level_g),)):
        raise InputError(f"modes_per_glass_total has shape {total.shape}; expected one number or {len(level_g)}.")
    size_g = np.array([levels.size for levels in level_g])
    wrong = np.flatnonzero(size_g != total)
    if wrong.size:
        glass = int(wrong[0])
        wanted = int(np.broadcast_to(total, size_g.shape)[glass])
        raise InputError(
            f"glass {glass} has {size_g[glass]} levels, expected {wanted}: a full spectrum without its zero modes; "
            f"{wrong.size} of {len(level_g)} glasses are not as expected."
        )
