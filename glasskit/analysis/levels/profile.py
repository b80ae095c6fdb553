"""Mean gap ratio along the spectrum, against the participation of modes, and against the number of particles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError
from ..digits import with_digits
from ..per_glass import FloatArray, one_glass
from ..profiles import Profile, profile
from .curves import GOE, POISSON
from .gap_ratios import MeanGapRatio, mean_gap_ratio, ratios_of_glass
from .spectrum_windows import LevelWindow, cut_windows


def gap_ratio_profile(
    eigenvalues_per_glass: Sequence[ArrayLike] | Mapping[str, Sequence[ArrayLike]],
    participation_per_glass: Sequence[ArrayLike] | Mapping[str, Sequence[ArrayLike]] | None = None,
    edges: ArrayLike | None = None,
    *,
    bins: int = 20,
    spacing: str = "population",
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> Profile:
    """r̃ = mean of min(r, 1/r) in bins of the frequency, or participation ratio, of the middle one of three levels.

    Parameters
    ----------
    eigenvalues_per_glass : sequence of (k_g,) arrays, or mapping of names to such sequences
        Consecutive levels λ = omega² of each glass, ascending, zero modes excluded. Glasses with fewer than three
        have no ratio and count. A mapping holds several windows of the same glasses, each with consecutive levels.
    participation_per_glass : as ``eigenvalues_per_glass``, optional
        Participation ratios of the same modes; the bins are then those of participation, over all frequencies.
    edges : (B+1,) array, optional
        Bins of frequency (or participation); default: ``bins`` of them with equally many ratios.
    bins, spacing, rng, resamples
        As for `profiles.profile`.

    Raises
    ------
    InputError
        As `gap_ratios`; negative levels; participation ratios that do not match the levels.
    InsufficientDataError
        As `profiles.profile`.
    """
    level_w = _by_window(eigenvalues_per_glass)
    x_w = None if participation_per_glass is None else _by_window(participation_per_glass)
    if x_w is not None and list(x_w) != list(level_w):
        raise InputError("participation ratios and eigenvalues have different windows; expected the same in one order.")
    pieces = [_middles_and_ratios(levels, None if x_w is None else x_w[name]) for name, levels in level_w.items()]
    if not pieces or len({len(middle_g) for middle_g, _ in pieces}) != 1:
        raise InputError("there is no window, or windows have different numbers of glasses; expected the same glasses.")
    middle_g, ratio_g = (
        [np.concatenate(parts) for parts in zip(*(piece[side] for piece in pieces), strict=True)] for side in (0, 1)
    )
    x_name = r"frequency $\omega$" if participation_per_glass is None else "participation ratio $e$"
    return profile(
        middle_g, ratio_g, edges, names=(x_name, r"$\min(r, 1/r)$"), bins=bins, spacing=spacing, rng=rng,
        resamples=resamples,
    )  # fmt: skip


def _by_window(
    values: Sequence[ArrayLike] | Mapping[str, Sequence[ArrayLike]],
) -> dict[str, Sequence[ArrayLike]]:
    return dict(values) if isinstance(values, Mapping) else {"": values}


def _middles_and_ratios(
    eigenvalues_per_glass: Sequence[ArrayLike], participation_per_glass: Sequence[ArrayLike] | None
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Frequency (or participation) of the middle one of every three levels, and their folded ratio, glass by glass."""
    level_g = [one_glass(values, index, what="eigenvalues") for index, values in enumerate(eigenvalues_per_glass)]
    ratio_g = [
        ratios_of_glass(levels, index, folded=True) if levels.size >= 3 else np.empty(0)
        for index, levels in enumerate(level_g)
    ]
    if participation_per_glass is None:
        if any(levels.size and levels[0] < 0 for levels in level_g):
            raise InputError("there are negative eigenvalues; expected those of glasses in a minimum.")
        x_g = [np.sqrt(levels) for levels in level_g]
    else:
        x_g = [one_glass(v, index, what="participation ratios") for index, v in enumerate(participation_per_glass)]
        if [x.size for x in x_g] != [levels.size for levels in level_g]:
            raise InputError("participation ratios and eigenvalues do not match; expected one for every level.")
    return [x[1:-1] if x.size >= 3 else np.empty(0) for x in x_g], ratio_g


@dataclass(frozen=True)
class SizeDependence:
    """r̃ of one window for several numbers of particles.

    Attributes
    ----------
    window : str
    particles : (S,) array
        N, ascending.
    means : tuple of MeanGapRatio
        One for each N.
    """

    window: str
    particles: FloatArray
    means: tuple[MeanGapRatio, ...]

    def __str__(self) -> str:
        """Table with one line for each N."""
        lines = [f"{self.window}: r̃ (Poisson {POISSON.mean_folded:.4f}, GOE {GOE.mean_folded:.4f})"]
        lines += [
            f"N = {n:g}: {with_digits(m.value, m.error)}, {m.ratios} ratios of {m.glasses} glasses"
            for n, m in zip(self.particles, self.means, strict=True)
        ]
        return "\n".join(lines)

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """r̃ with error bars against N, GOE and Poisson as lines; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        if fresh:
            reference_lines(ax)
            ax.set(xscale="log", xlabel="number of particles $N$", ylabel=r"$\tilde r$", title=self.window)
            ax.set_xticks(self.particles, [f"{n:g}" for n in self.particles])
            ax.minorticks_off()
        value, error = np.array([(m.value, m.error) for m in self.means]).T
        ax.errorbar(self.particles, value, error, fmt=marker, ms=4, lw=1, color=color, label=label or self.window)
        ax.legend(frameon=False, fontsize=8)
        return ax


def gap_ratio_sizes(
    ensembles: Mapping[int, Sequence[ArrayLike]],
    window: LevelWindow,
    *,
    modes_per_glass_total: Mapping[int, ArrayLike] | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> SizeDependence:
    """r̃ of one window against the number of particles: repulsion of localised modes goes when N grows.

    Parameters
    ----------
    ensembles : mapping of N to sequences of (k_g,) arrays
        Levels of each glass, as for `level_statistics`.
    window : LevelWindow
    modes_per_glass_total : mapping of N to int or array, optional
        As for `level_statistics`, for windows in the middle or at the top.
    rng, resamples
        As for `mean_gap_ratio`.

    Raises
    ------
    InputError
        No ensemble, an N that is not positive, or as `cut_windows` and `mean_gap_ratio`, naming N.
    InsufficientDataError
        Fewer than two glasses with three levels at some N.
    """
    if not ensembles:
        raise InputError("no ensemble is given; expected levels of glasses for at least one N.")
    sizes = sorted(ensembles)
    if not sizes[0] > 0:
        raise InputError(f"N = {sizes[0]}; expected positive numbers of particles.")
    means = []
    for n in sizes:
        try:
            total = None if modes_per_glass_total is None else modes_per_glass_total.get(n)
            (level_g,) = cut_windows(ensembles[n], [window], modes_per_glass_total=total).values()
            means.append(mean_gap_ratio(level_g, rng=rng, resamples=resamples))
        except InputError as error:
            raise InputError(f"N = {n}: {error}") from error
    return SizeDependence(window.name, np.array(sizes, dtype=np.float64), tuple(means))


def reference_lines(ax: Any) -> None:
    """Draw r̃ of GOE and of Poisson as horizontal lines with their names."""
    for curve, dashes in ((GOE, "-"), (POISSON, ":")):
        ax.axhline(curve.mean_folded, color="0.35", lw=1.1, ls=dashes, label=curve.name, zorder=0)
