"""The density of states D(omega) in bins, normalised to the dN−d modes of a glass, with errors over glasses.

Its integral stands in `cumulative_density`; what it is compared with, Debye's level and the boson peak, in `phonons`
and `reduced_density`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bins import bin_middles, checked_edges, equal_edges
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..exponents.fit import window_sums
from ..per_glass import FloatArray, IntArray, PerGlass, flatten_per_glass, require_complete, require_glasses


@dataclass(frozen=True)
class DensityOfStates:
    """D(omega) in bins.

    Attributes
    ----------
    edges : (B+1,) array
        Edges of the bins; bin b holds edges[b] <= omega < edges[b+1].
    omega : (B,) array
        Middle of each bin: geometric where the bins are equally wide in ln omega, else arithmetic.
    density, error : (B,) arrays
        Mean of D over the bin, and its standard deviation over resampled ensembles.
    count : (B,) array
        Modes in the bin, in all glasses; where D was estimated without modes, the number it amounts to, rounded.
    below, above : float
        Fractions of all modes under the first edge and at or over the last one:
        Σ density·width = 1 − below − above. Not known, and taken together as ``above``, where D was estimated.
    glasses, resamples : int
        Glasses in the ensemble, ensembles drawn from it.
    seed : int or None
        Seed of the resampling; None where the caller passed a generator.
    resampled_rb : (resamples, B) array
        D of each resampled ensemble, for the errors of what is derived from D.
    """

    edges: FloatArray
    omega: FloatArray
    density: FloatArray
    error: FloatArray
    count: IntArray
    below: float
    above: float
    glasses: int
    resamples: int
    seed: int | None
    resampled_rb: FloatArray = field(repr=False)

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """D(omega) with error bars in double logarithm; empty bins are left out. Returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        seen = self.density > 0
        ax.errorbar(
            self.omega[seen], self.density[seen], self.error[seen], fmt="o-", ms=3, lw=1, elinewidth=0.8,
            color=color, label=label,
        )  # fmt: skip
        if fresh:
            ax.set(xscale="log", yscale="log", xlabel=r"frequency $\omega$", ylabel=r"density of states $D(\omega)$")
            if seen.any():  # an error bar that reaches zero would stretch the axis without end
                ax.set_ylim(bottom=0.3 * self.density[seen].min())
        return ax


def density_of_states(
    frequencies_per_glass: Sequence[ArrayLike],
    modes_per_glass_total: ArrayLike,
    edges: ArrayLike | None = None,
    *,
    bins: int = 40,
    spacing: str = "logarithmic",
    complete_below: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> DensityOfStates:
    """D(omega) in bins: the fraction of all modes of a glass in the bin, over its width.

    Parameters
    ----------
    frequencies_per_glass : sequence of (k_g,) arrays
        Frequencies of each glass, zero modes excluded: full spectra, or all modes up to the last edge.
    modes_per_glass_total : int or (glasses,) array
        Modes of a whole glass, dN−d (less d for each rattler), counted whether or not they were computed.
    edges : (B+1,) array, optional
        Ascending and positive, or starting at 0. Default: from the lowest frequency of all glasses to the highest
        or, if that is lower, to the end of what is complete.
    bins : int
        For the default edges.
    spacing : {"logarithmic", "linear"}
        For the default edges.
    complete_below : float or (glasses,) array, optional
        Frequency below which all modes were proved present; edges that reach above it are refused. Needed for the
        default edges where spectra are not full; otherwise the caller vouches for completeness.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for the errors.

    Raises
    ------
    InputError
        Frequencies that are not positive and finite, fewer total modes than frequencies, bad edges, edges that
        reach above what is complete, an unknown spacing.
    InsufficientDataError
        Fewer than two glasses, or no frequency to place default edges.
    """
    generator, seed = generator_and_seed(rng)
    frequencies = flatten_per_glass(frequencies_per_glass, what="frequencies")
    require_glasses(frequencies.glasses)
    window_sums(frequencies, 1.0)
    total_g = total_modes(frequencies, modes_per_glass_total)
    if edges is None:
        edge_b = _covering_edges(frequencies, total_g, complete_below, bins, spacing)
    else:
        edge_b = checked_edges(edges, lowest=0.0)
        full = (frequencies.counts() == total_g).all()
        if not full:
            require_complete(float(edge_b[-1]), complete_below, frequencies.glasses)
    columns = edge_b.size + 1
    place = np.searchsorted(edge_b, frequencies.value, side="right")
    count_gc = np.bincount(frequencies.glass * columns + place, minlength=frequencies.glasses * columns)
    count_gc = count_gc.reshape(frequencies.glasses, columns)
    resampled_rc = resample_glasses(
        np.column_stack([total_g, count_gc[:, 1:-1]]).astype(np.float64), rng=generator, resamples=resamples
    )
    resampled_rb = resampled_rc[:, 1:] / resampled_rc[:, :1] / np.diff(edge_b)
    count_c, total = count_gc.sum(axis=0), total_g.sum()
    return DensityOfStates(
        edges=edge_b,
        omega=bin_middles(edge_b),
        density=count_c[1:-1] / total / np.diff(edge_b),
        error=spread(resampled_rb, frequencies.glasses),
        count=count_c[1:-1],
        below=float(count_c[0] / total),
        above=float((total - count_c[:-1].sum()) / total),
        glasses=frequencies.glasses,
        resamples=resamples,
        seed=seed,
        resampled_rb=resampled_rb,
    )


def _covering_edges(
    frequencies: PerGlass, total_g: FloatArray, complete_below: ArrayLike | None, bins: int, spacing: str
) -> FloatArray:
    """Place the default bins over what is known of all glasses."""
    if frequencies.value.size == 0:
        raise InsufficientDataError("no glass has a frequency, so there is nothing to place bins on; pass edges.")
    lowest, highest = float(frequencies.value.min()), float(frequencies.value.max())
    if (frequencies.counts() == total_g).all():
        return equal_edges(lowest, highest, bins, spacing)
    if complete_below is None:
        raise InputError(
            "the spectra are not full, so the bins could reach into what is not known; pass complete_below or edges."
        )
    known = float(np.min(np.asarray(complete_below, dtype=np.float64)))
    edge_b = equal_edges(lowest, known, bins, spacing)
    edge_b[-1] = known
    require_complete(known, complete_below, frequencies.glasses)
    return edge_b


def total_modes(frequencies: PerGlass, modes_per_glass_total: ArrayLike) -> FloatArray:
    """Total number of modes of each glass, shape (glasses,), checked against the number of frequencies given.

    Raises
    ------
    InputError
        Another shape, or fewer modes than frequencies.
    """
    total = np.asarray(modes_per_glass_total, dtype=np.float64)
    if total.shape not in ((), (frequencies.glasses,)):
        raise InputError(
            f"modes_per_glass_total has shape {total.shape}; expected one number or one for each of "
            f"{frequencies.glasses} glasses."
        )
    total_g = np.broadcast_to(total, (frequencies.glasses,))
    if not (np.isfinite(total_g).all() and (total_g >= 1).all() and (frequencies.counts() <= total_g).all()):
        raise InputError(
            "modes_per_glass_total is not finite, or smaller than the number of frequencies of a glass; expected dN-d."
        )
    return total_g
