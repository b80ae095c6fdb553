"""How many glasses show something: a fraction with an exact binomial interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from ...errors import InputError

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Proportion:
    """A fraction of glasses.

    Attributes
    ----------
    hits, glasses : int
    lower, upper : float
        Interval of Clopper and Pearson, Biometrika 26, 404 (1934): it holds the truth with at least the stated
        confidence whatever the truth is, also where no glass, or every one, is a hit.
    confidence : float
    """

    hits: int
    glasses: int
    lower: float
    upper: float
    confidence: float

    @property
    def value(self) -> float:
        """hits/glasses."""
        return self.hits / self.glasses

    def __str__(self) -> str:
        percent = 100 * np.array([self.value, self.lower, self.upper])
        return "{:.3g} % ({:.2g} to {:.2g} %)".format(*percent)


def proportion(hit_g: NDArray[np.bool_], *, confidence: float = CONFIDENCE) -> Proportion:
    """Fraction of the glasses that are hits.

    Raises
    ------
    InputError
        No glass, or a confidence outside (0, 1).
    """
    hit_g = np.asarray(hit_g, dtype=bool)
    if hit_g.ndim != 1 or hit_g.size == 0:
        raise InputError(f"hits have shape {hit_g.shape}; expected one truth value for each of one glass or more.")
    if not 0 < confidence < 1:
        raise InputError(f"confidence is {confidence}; expected a number between 0 and 1.")
    hits = int(hit_g.sum())
    interval = binomtest(hits, hit_g.size).proportion_ci(confidence_level=confidence, method="exact")
    return Proportion(hits, hit_g.size, float(interval.low), float(interval.high), confidence)
