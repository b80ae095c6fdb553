"""The integrated density of states F(omega), normalised to the dN−d modes of a glass, with its band over glasses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..exponents.fit import window_sums
from ..per_glass import FloatArray, IntArray, PerGlass, flatten_per_glass, require_complete, require_glasses
from .density_of_states import total_modes


@dataclass(frozen=True)
class CumulativeDensity:
    """F(omega) on a grid of frequencies.

    Attributes
    ----------
    omega : (W,) array
        Grid, ascending.
    value, error : (W,) arrays
        F(omega) and its standard deviation over resampled ensembles.
    lower, upper : (W,) arrays
        Band that holds the central 68.27 % of resampled ensembles.
    count : (W,) array
        Modes at or below omega in all glasses. Where it is 0 the band has no width: nothing was seen, and the data
        say only that F is below about 1/(glasses × modes per glass).
    glasses, resamples : int
        Glasses in the ensemble, ensembles drawn from it.
    seed : int or None
        Seed of the resampling; None where the caller passed a generator.
    """

    omega: FloatArray
    value: FloatArray
    error: FloatArray
    lower: FloatArray
    upper: FloatArray
    count: IntArray
    glasses: int
    resamples: int
    seed: int | None

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """F(omega) with its band in double logarithm, where modes were seen; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        seen = self.count > 0
        # a band that reaches zero would stretch the axis without end
        lower = np.maximum(self.lower[seen], 0.1 * self.value[seen])
        ax.fill_between(self.omega[seen], lower, self.upper[seen], color=color, alpha=0.2, lw=0)
        ax.plot(self.omega[seen], self.value[seen], color=color, lw=1.5, label=label)
        if fresh:
            ax.set(xscale="log", yscale="log", xlabel=r"frequency $\omega$", ylabel=r"fraction of modes $F(\omega)$")
        return ax


def cumulative_density(
    frequencies_per_glass: Sequence[ArrayLike],
    modes_per_glass_total: ArrayLike,
    omega: ArrayLike | None = None,
    *,
    complete_below: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> CumulativeDensity:
    """F(omega), the fraction of all modes of a glass at or below omega: the integral of D from 0, so F(∞) = 1.

    Parameters
    ----------
    frequencies_per_glass : sequence of (k_g,) arrays
        Frequencies of each glass, zero modes excluded; all modes up to the end of the grid.
    modes_per_glass_total : int or (glasses,) array
        Modes of a whole glass, dN−d (less d for each rattler), counted whether or not they were computed.
    omega : (W,) array, optional
        Where to evaluate, ascending and positive. Default: 50 points, equally spaced in ln omega, from the lowest
        frequency of all glasses to the highest.
    complete_below : float or (glasses,) array, optional
        Frequency below which all modes were proved present; a grid that reaches above it is refused.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for error and band.

    Raises
    ------
    InputError
        Frequencies that are not positive and finite, fewer total modes than frequencies, a grid that is not
        ascending and positive or not complete.
    InsufficientDataError
        Fewer than two glasses, or no frequency at all to place a default grid.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eq. (19).
    """
    generator, seed = generator_and_seed(rng)
    frequencies = flatten_per_glass(frequencies_per_glass, what="frequencies")
    require_glasses(frequencies.glasses)
    grid = _grid(frequencies, omega)
    require_complete(float(grid[-1]), complete_below, frequencies.glasses)
    total_g = total_modes(frequencies, modes_per_glass_total)
    # modes of each glass that first appear at grid point j; those above the grid fall into the last column
    first = np.searchsorted(grid, frequencies.value, side="left")
    columns = grid.size + 1
    new_gw = np.bincount(frequencies.glass * columns + first, minlength=frequencies.glasses * columns)
    count_gw = new_gw.reshape(frequencies.glasses, columns)[:, :-1].cumsum(axis=1)
    sum_gc = np.column_stack([total_g, count_gw]).astype(np.float64)
    resampled_rc = resample_glasses(sum_gc, rng=generator, resamples=resamples)
    resampled_rw = resampled_rc[:, 1:] / resampled_rc[:, :1]
    lower, upper = np.quantile(resampled_rw, [0.158655, 0.841345], axis=0)
    count = count_gw.sum(axis=0)
    return CumulativeDensity(
        omega=grid,
        value=count / total_g.sum(),
        error=spread(resampled_rw, frequencies.glasses),
        lower=lower,
        upper=upper,
        count=count,
        glasses=frequencies.glasses,
        resamples=resamples,
        seed=seed,
    )


def _grid(frequencies: PerGlass, omega: ArrayLike | None) -> FloatArray:
    """Check the grid, or place the default one; refuse frequencies that are not positive."""
    window_sums(frequencies, 1.0)
    if omega is None:
        if frequencies.value.size == 0:
            raise InsufficientDataError("no glass has a frequency, so there is nothing to place a grid on; pass omega.")
        lowest, highest = frequencies.value.min(), frequencies.value.max()
        grid = np.geomspace(lowest, highest, 50)
        grid[0], grid[-1] = lowest, highest  # geomspace is exact at the ends only to rounding
        return np.unique(grid)
    grid = np.asarray(omega, dtype=np.float64)
    if grid.ndim != 1 or grid.size == 0 or not np.isfinite(grid).all() or grid[0] <= 0 or (np.diff(grid) <= 0).any():
        raise InputError("omega is not an ascending 1-D array of positive frequencies.")
    return grid
