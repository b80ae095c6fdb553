"""Median over glasses, with its error."""

from __future__ import annotations

import numpy as np

from ..bootstrap import BootstrapEstimate, generator_and_seed, glass_weights, spread
from ..per_glass import FloatArray, require_glasses


def bootstrap_median(
    value_g: FloatArray, *, rng: np.random.Generator | None = None, resamples: int = 1000
) -> BootstrapEstimate:
    """Median of one finite number per glass, with its bootstrap error over glasses.

    Raises
    ------
    InsufficientDataError
        Fewer than 2 glasses.
    """
    generator, seed = generator_and_seed(rng)
    require_glasses(value_g.size)
    ordered = np.sort(value_g)
    parts = []
    for weight_rg in glass_weights(value_g.size, rng=generator, resamples=resamples):
        below_rg = np.cumsum(weight_rg, axis=1)
        half = value_g.size / 2
        lower, upper = np.argmax(below_rg >= half, axis=1), np.argmax(below_rg > half, axis=1)
        parts.append((ordered[lower] + ordered[upper]) / 2)
    error = float(spread(np.concatenate(parts), value_g.size))
    return BootstrapEstimate(float(np.median(value_g)), error, value_g.size, resamples, seed)
