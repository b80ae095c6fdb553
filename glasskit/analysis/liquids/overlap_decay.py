"""Time in which an overlap decays to 1/e, with its error over runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..digits import with_error
from ..per_glass import FloatArray, require_glasses

LEVEL = math.exp(-1)


@dataclass(frozen=True, eq=False)
class OverlapDecay:
    """Decay of an overlap, averaged over runs.

    Attributes
    ----------
    name : str
    time, error : float
        Lag at which the mean overlap falls to 1/e, and its standard deviation over resampled runs [sweeps]. Where it
        does not fall so far (``decayed`` False, only in partial results): the longest lag, a lower bound, and inf.
    decayed : bool
    lag, mean, mean_error : (T,) arrays
        Lags [sweeps], mean over runs and its standard error.
    samples : int
    seed : int or None
    """

    name: str
    time: float
    error: float
    decayed: bool
    lag: FloatArray = field(repr=False)
    mean: FloatArray = field(repr=False)
    mean_error: FloatArray = field(repr=False)
    samples: int
    seed: int | None

    def plot(self, *, ax: Any | None = None) -> Any:
        """Overlap against lag with its error band and the time of 1/e; returns the axes."""
        from ...axes import HUES, axes_for

        axes = axes_for(ax)
        lag, mean, error = self.lag[1:], self.mean[1:], self.mean_error[1:]
        axes.fill_between(lag, mean - error, mean + error, color=HUES[0], alpha=0.3, lw=0)
        axes.plot(lag, mean, color=HUES[0], lw=1.3, label=self.name)
        axes.axhline(LEVEL, color="0.7", lw=0.8)
        if self.decayed:
            axes.axvline(self.time, color=HUES[1], lw=1, label=f"1/e after {with_error(self.time, self.error)} sweeps")
        axes.set(xscale="log", xlabel="lag [sweeps]", ylabel="overlap")
        axes.legend(fontsize=8, frameon=False)
        return axes


def overlap_decay(
    overlap: ArrayLike,
    *,
    spacing: float,
    name: str = "self-overlap",
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> OverlapDecay:
    """Time after which the overlap, averaged over runs, first falls to 1/e; between two lags by a line in ln(lag).

    Parameters
    ----------
    overlap : (samples, lags) array
        Of each run at lags 0, 1, 2, ... times ``spacing``; 1 at lag 0.
    spacing : float
        Sweeps between two lags.
    name : str
    rng, resamples
        Of the bootstrap over runs; None: ``bootstrap.DEFAULT_SEED``.

    Raises
    ------
    InputError
        Not such an array, or a spacing that is not positive.
    InsufficientDataError
        Fewer than two runs; an overlap that does not fall to 1/e (``partial``: OverlapDecay with a lower bound), or
        falls below it at the first lag (record more often).
    """
    overlap_gl = np.asarray(overlap, dtype=np.float64)
    if overlap_gl.ndim != 2 or overlap_gl.shape[1] < 3 or not np.isfinite(overlap_gl).all():
        raise InputError(
            f"overlap has shape {overlap_gl.shape} or NaN; expected (samples, lags) with three lags or more."
        )
    if not np.allclose(overlap_gl[:, 0], 1.0, atol=1e-6):
        raise InputError("an overlap at lag 0 differs from 1; expected lags from 0 on.")
    if not (math.isfinite(spacing) and spacing > 0):
        raise InputError(f"spacing is {spacing}; expected a positive number of sweeps.")
    require_glasses(len(overlap_gl))
    generator, seed = generator_and_seed(rng)
    lag = spacing * np.arange(overlap_gl.shape[1], dtype=np.float64)
    resampled_rl = resample_glasses(overlap_gl, rng=generator, resamples=resamples) / len(overlap_gl)
    mean = overlap_gl.mean(axis=0)
    time = _crossing(lag, mean)
    times = np.array([_crossing(lag, row) for row in resampled_rl])
    found = OverlapDecay(
        name=name, time=min(time, float(lag[-1])),
        error=float(spread(times, len(overlap_gl))) if np.isfinite([time, *times]).all() else math.inf,
        decayed=math.isfinite(time), lag=lag, mean=mean,
        mean_error=overlap_gl.std(axis=0, ddof=1) / math.sqrt(len(overlap_gl)), samples=len(overlap_gl), seed=seed,
    )  # fmt: skip
    if not found.decayed:
        raise InsufficientDataError(
            f"the {name} falls to {mean.min():.2f} in {lag[-1]:.3g} sweeps, not to 1/e: run longer.", found
        )
    if mean[1] <= LEVEL:
        raise InsufficientDataError(
            f"the {name} falls below 1/e within the first lag of {spacing:.3g} sweeps: record more often.", found
        )
    return found


def _crossing(lag: FloatArray, mean: FloatArray) -> float:
    below = np.flatnonzero(mean <= LEVEL)
    if below.size == 0:
        return math.inf
    j = int(below[0])
    share = (mean[j - 1] - LEVEL) / (mean[j - 1] - mean[j])
    if j == 1:
        return float(share * lag[1])
    return float(lag[j - 1] * (lag[j] / lag[j - 1]) ** share)
