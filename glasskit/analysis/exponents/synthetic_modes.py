"""Soft modes of glasses that were never made: ensembles whose exponent is known, to measure estimators on.

Every function returns one array of frequencies per glass, in no order, as estimators take them. Rates are those of a
Poisson process with ``per_glass`` modes below ``upper`` on average.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..per_glass import FloatArray

Ensemble = list[FloatArray]


def pure(rng: np.random.Generator, *, glasses: int, per_glass: float, s: float = 4.0, upper: float = 1.0) -> Ensemble:
    """Rate C·omega^s."""
    return _split(rng, glasses, per_glass, lambda n: upper * rng.random(n) ** (1 / (s + 1)))


def corrected(
    rng: np.random.Generator,
    *,
    glasses: int,
    per_glass: float,
    s: float = 4.0,
    beta: float = -0.5,
    upper: float = 1.0,
) -> Ensemble:
    """Rate C·omega^s (1 + beta·(omega/upper)²), by rejection from the pure power."""

    def weight(x: FloatArray) -> FloatArray:
        return (1 + beta * x**2) / (1 + max(beta, 0.0))

    return _split(rng, glasses, per_glass, lambda n: upper * _rejected(rng, n, s, weight))


def logarithmic(
    rng: np.random.Generator, *, glasses: int, per_glass: float, scale: float = 10.0, upper: float = 1.0
) -> Ensemble:
    """Rate C·omega³/ln²(omega/omega_s) with omega_s = ``scale``·``upper``, by rejection from the cube."""

    def weight(x: FloatArray) -> FloatArray:
        return np.asarray((np.log(scale) / np.log(scale / x)) ** 2)

    return _split(rng, glasses, per_glass, lambda n: upper * _rejected(rng, n, 3.0, weight))


def with_phonons(
    rng: np.random.Generator, *, phonon: float = 1.0, width: float = 0.05, degeneracy: int = 12, **soft: Any
) -> Ensemble:
    """``pure``, and in each glass a band of ``degeneracy`` phonons, Gaussian at ``phonon``·(1 ± ``width``)."""
    soft_g = pure(rng, **soft)
    band_gm = phonon * (1 + width * rng.normal(size=(len(soft_g), degeneracy)))
    return [np.concatenate([modes, band]) for modes, band in zip(soft_g, band_gm, strict=True)]


def with_missing(rng: np.random.Generator, *, fraction: float, **soft: Any) -> Ensemble:
    """``pure``, of which each mode is missing with probability ``fraction``, whatever its frequency."""
    return [modes[rng.random(modes.size) >= fraction] for modes in pure(rng, **soft)]


def only_lowest(rng: np.random.Generator, *, kept: int, **soft: Any) -> Ensemble:
    """``pure``, of which each glass has only its ``kept`` lowest modes, as from a solver asked for a count."""
    return [np.sort(modes)[:kept] for modes in pure(rng, **soft)]


def mixed(
    rng: np.random.Generator,
    *,
    glasses: int,
    per_glass: float,
    exponents: tuple[float, float] = (3.0, 5.0),
    ratio: float = 4.0,
    upper: float = 1.0,
) -> Ensemble:
    """Half of the glasses of one exponent, half of another and with ``ratio`` times as many modes."""
    half, few = glasses // 2, 2 * per_glass / (1 + ratio)
    first = pure(rng, glasses=half, per_glass=few, s=exponents[0], upper=upper)
    return first + pure(rng, glasses=glasses - half, per_glass=ratio * few, s=exponents[1], upper=upper)


def clustered(rng: np.random.Generator, *, per_glass: float, size: int = 3, **soft: Any) -> Ensemble:
    """``pure``, in which modes come in groups of ``size`` at one frequency."""
    return [np.repeat(modes, size) for modes in pure(rng, per_glass=per_glass / size, **soft)]


def _rejected(rng: np.random.Generator, count: int, s: float, weight: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """``count`` numbers in (0, 1) of density proportional to x^s·weight(x), 0 <= weight <= 1."""
    kept = np.empty(0)
    while kept.size < count:
        x = rng.random(2 * count + 20) ** (1 / (s + 1))
        kept = np.append(kept, x[rng.random(x.size) < weight(x)])
    return kept[:count]


def _split(rng: np.random.Generator, glasses: int, per_glass: float, draw: Callable[[int], FloatArray]) -> Ensemble:
    end_g = np.cumsum(rng.poisson(per_glass, glasses)).tolist()
    modes = draw(end_g[-1])
    # np.split takes four times as long
    return [modes[start:end] for start, end in zip([0, *end_g], end_g, strict=False)]
