"""Synthetic ensembles whose truth is known: soft modes of glasses that were never made."""

from __future__ import annotations

import numpy as np


def pure(rng, *, glasses, per_glass, s=4.0, upper=1.0):
    """Poisson process of rate C·omega^s with ``per_glass`` modes below ``upper``."""
    return _split(rng, glasses, per_glass, lambda n: upper * rng.random(n) ** (1 / (s + 1)))


def corrected(rng, *, glasses, per_glass, s=4.0, beta=-0.5, upper=1.0):
    """Rate C·omega^s (1 + beta·(omega/upper)²), by rejection from the pure power."""

    def draw(n):
        kept = np.empty(0)
        while kept.size < n:
            x = rng.random(2 * n + 20) ** (1 / (s + 1))
            kept = np.append(kept, x[rng.random(x.size) * (1 + max(beta, 0)) < 1 + beta * x**2])
        return upper * kept[:n]

    return _split(rng, glasses, per_glass, draw)


def logarithmic(rng, *, glasses, per_glass, scale=10.0, upper=1.0):
    """Rate C·omega³/ln²(omega/scale), by rejection from the cube."""

    def draw(n):
        kept = np.empty(0)
        while kept.size < n:
            x = rng.random(2 * n + 20) ** 0.25
            kept = np.append(kept, x[rng.random(x.size) < (np.log(scale) / np.log(scale / x)) ** 2])
        return upper * kept[:n]

    return _split(rng, glasses, per_glass, draw)


def with_phonons(rng, *, glasses, per_glass, s=4.0, upper=1.0, phonon=1.0, width=0.05, degeneracy=12):
    """Return the pure power and, in each glass, a band of ``degeneracy`` phonons at ``phonon``·(1 ± ``width``)."""
    soft_g = pure(rng, glasses=glasses, per_glass=per_glass, s=s, upper=upper)
    band_gm = phonon * (1 + width * rng.normal(size=(glasses, degeneracy)))
    return [np.concatenate([soft, band]) for soft, band in zip(soft_g, band_gm, strict=True)]


def with_missing(rng, *, fraction, **keywords):
    """Pure power of which each mode is missing with probability ``fraction``, whatever its frequency."""
    return [modes[rng.random(modes.size) >= fraction] for modes in pure(rng, **keywords)]


def only_lowest(rng, *, kept, **keywords):
    """Pure power of which each glass has only its ``kept`` lowest modes, as from a solver asked for a count."""
    return [np.sort(modes)[:kept] for modes in pure(rng, **keywords)]


def mixed(rng, *, glasses, per_glass, exponents=(3.0, 5.0), upper=1.0, ratio=4.0):
    """Half of the glasses of one exponent, half of another with ``ratio`` times as many modes."""
    half = glasses // 2
    low = 2 * per_glass / (1 + ratio)
    first = pure(rng, glasses=half, per_glass=low, s=exponents[0], upper=upper)
    return first + pure(rng, glasses=glasses - half, per_glass=ratio * low, s=exponents[1], upper=upper)


def clustered(rng, *, glasses, per_glass, s=4.0, upper=1.0, size=3):
    """Pure power in which modes come in groups of ``size`` at the same frequency."""
    return [np.repeat(m, size) for m in pure(rng, glasses=glasses, per_glass=per_glass / size, s=s, upper=upper)]


def _split(rng, glasses, per_glass, draw):
    count_g = rng.poisson(per_glass, glasses)
    return np.split(draw(int(count_g.sum())), np.cumsum(count_g)[:-1])
