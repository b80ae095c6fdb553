"""Random numbers where nobody asked for particular ones: one seed, which results record."""

from __future__ import annotations

import numpy as np

from .errors import InputError

DEFAULT_SEED = 20240418
"""Seed where no generator is passed; results record it."""


def generator_and_seed(rng: np.random.Generator | None) -> tuple[np.random.Generator, int | None]:
    """Return the generator to use and the seed to record: ``DEFAULT_SEED`` for None, else (rng, None).

    Raises
    ------
    InputError
        Something that is not a ``numpy.random.Generator``.
    """
    if rng is None:
        return np.random.default_rng(DEFAULT_SEED), DEFAULT_SEED
    if not isinstance(rng, np.random.Generator):
        raise InputError(f"rng is {type(rng).__name__}; expected numpy.random.default_rng(seed) or None.")
    return rng, None
