"""Bootstrap over glasses: whole glasses are drawn again, never single modes or pairs.

Modes of one glass are correlated (level repulsion, one soft region, one density), glasses are not. Every statistic of
this room that is a function of per-glass sums is resampled by drawing how often each glass appears and adding the
sums with these weights; no array of modes is ever concatenated again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..seeds import DEFAULT_SEED as DEFAULT_SEED  # the name that the docstrings of this room use
from ..seeds import generator_and_seed as generator_and_seed
from .per_glass import FloatArray, require_glasses

_CHUNK_ENTRIES = 4_000_000  # weights held at once: 32 MB


@dataclass(frozen=True)
class BootstrapEstimate:
    """A number with its error bar over glasses.

    Attributes
    ----------
    value, error : float
        Estimate and its standard deviation over resampled ensembles.
    glasses, resamples : int
        Glasses in the ensemble, ensembles drawn from it.
    seed : int or None
        Seed of the resampling; None where the caller passed a generator.
    """

    value: float
    error: float
    glasses: int
    resamples: int
    seed: int | None


def require_resamples(resamples: int) -> None:
    """Raise InputError where so many repetitions give no spread."""
    if resamples < 2:
        raise InputError(f"resamples is {resamples}; expected at least 2, and 200 or more for an error bar to trust.")


def resample_glasses(sum_gc: FloatArray, *, rng: np.random.Generator, resamples: int = 1000) -> FloatArray:
    """Sums over resampled ensembles of per-glass sums.

    An ensemble of G glasses is drawn with replacement from the G given; glass g appears w_g times, where
    (w_1 ... w_G) is multinomial with equal probabilities, and the sums of the drawn ensemble are Σ_g w_g sum_gc.

    Parameters
    ----------
    sum_gc : (G, C) array
        Per glass: counts, sums of logarithms, whatever the statistic is a function of.
    rng : numpy.random.Generator
    resamples : int
        Ensembles to draw, at least 2.

    Returns
    -------
    (resamples, C) array

    Raises
    ------
    InputError
        Not an array of rank 2, or fewer than 2 resamples.
    InsufficientDataError
        Fewer than 2 glasses.

    References
    ----------
    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (Chapman & Hall, 1993), chapters 6 and 8.
    """
    sum_gc = np.asarray(sum_gc, dtype=np.float64)
    if sum_gc.ndim != 2:
        raise InputError(f"per-glass sums have shape {sum_gc.shape}; expected (glasses, columns).")
    require_resamples(resamples)
    glasses = sum_gc.shape[0]
    require_glasses(glasses)
    parts = [weight_rg @ sum_gc for weight_rg in glass_weights(glasses, rng=rng, resamples=resamples)]
    return np.concatenate(parts)


def glass_weights(
    glasses: int, *, rng: np.random.Generator, resamples: int, entries: int = _CHUNK_ENTRIES
) -> Iterator[FloatArray]:
    """How often each glass appears in resampled ensembles, in chunks of shape (rows, glasses).

    For statistics that are no function of per-glass sums, a median for example.

    Parameters
    ----------
    glasses, resamples : int
    rng : numpy.random.Generator
    entries : int
        Weights held at once, about; the random numbers do not depend on it.
    """
    chunk = max(1, entries // glasses)
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        # drawing glasses and counting them is the multinomial, several times faster than Generator.multinomial
        drawn = rng.integers(glasses, size=(rows, glasses)) + glasses * np.arange(rows)[:, None]
        weight_rg = np.bincount(drawn.ravel(), minlength=rows * glasses).reshape(rows, glasses)
        yield weight_rg.astype(np.float64)


def spread(resampled: FloatArray, glasses: int) -> FloatArray:
    """Standard deviation over resampled ensembles (first axis), times √(G/(G−1)).

    The factor makes the squared error of a mean over G glasses unbiased: the variance within a sample of G is too
    small by (G−1)/G on average, and drawing from that sample inherits it.
    """
    return np.std(resampled, axis=0, ddof=1) * np.sqrt(glasses / (glasses - 1))


def bootstrap_mean(
    value_g: FloatArray, *, rng: np.random.Generator | None = None, resamples: int = 1000
) -> BootstrapEstimate:
    """Mean over glasses of one number per glass, with its bootstrap error.

    Parameters
    ----------
    value_g : (G,) array
        One number per glass.
    rng : numpy.random.Generator, optional
        None: ``DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles to draw.

    Raises
    ------
    InputError
        Not finite, not of rank 1.
    InsufficientDataError
        Fewer than 2 glasses.
    """
    value_g = np.asarray(value_g, dtype=np.float64)
    if value_g.ndim != 1 or not np.isfinite(value_g).all():
        raise InputError(f"expected one finite number per glass, found shape {value_g.shape} or NaN or infinity.")
    generator, seed = generator_and_seed(rng)
    glasses = value_g.size
    resampled_r1 = resample_glasses(value_g[:, None], rng=generator, resamples=resamples) / glasses
    error = float(spread(resampled_r1, glasses)[0])
    return BootstrapEstimate(float(value_g.mean()), error, glasses, resamples, seed)
