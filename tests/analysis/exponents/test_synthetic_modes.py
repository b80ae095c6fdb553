"""Synthetic ensembles are what they say: their distributions by quadrature, their numbers per glass."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest

from glasskit.analysis.exponents import synthetic_modes

SIZE = {"glasses": 400, "per_glass": 10.0, "upper": 0.8}


@pytest.mark.parametrize(
    ("name", "keywords", "rate"),
    [
        ("pure", {"s": 3.5}, lambda w: w**3.5),
        ("corrected", {"s": 4.0, "beta": -0.9}, lambda w: w**4 * (1 - 0.9 * (w / 0.8) ** 2)),
        ("corrected", {"s": 4.0, "beta": 1.0}, lambda w: w**4 * (1 + (w / 0.8) ** 2)),
        ("logarithmic", {"scale": 3.0}, lambda w: w**3 / math.log(w / 2.4) ** 2),
    ],
)
def test_modes_follow_the_rate(name, keywords, rate):
    modes_g = getattr(synthetic_modes, name)(np.random.default_rng(110), **keywords, **SIZE)
    assert len(modes_g) == 400
    modes = np.concatenate(modes_g)
    assert modes.size == pytest.approx(4000, abs=4.5 * math.sqrt(4000))
    grid = np.linspace(0, 0.8, 400)
    part = np.array([quad(rate, low, high)[0] for low, high in itertools.pairwise(grid)])
    cumulative = np.append(0, np.cumsum(part)) / part.sum()
    # the probability of a smaller p-value is the p-value; 1e-4 with a fixed seed
    assert kstest(modes, lambda w: np.interp(w, grid, cumulative)).pvalue > 1e-4


def test_what_is_added_left_out_and_mixed():
    rng = np.random.default_rng(111)
    band_g = synthetic_modes.with_phonons(rng, phonon=2.0, width=0.01, degeneracy=12, **SIZE)
    assert all((modes > 1.8).sum() == 12 for modes in band_g)
    lost = sum(modes.size for modes in synthetic_modes.with_missing(rng, fraction=0.25, **SIZE))
    assert lost == pytest.approx(3000, abs=4.5 * math.sqrt(3000))
    assert max(modes.size for modes in synthetic_modes.only_lowest(rng, kept=7, **SIZE)) == 7
    mixed_g = synthetic_modes.mixed(rng, exponents=(3.0, 5.0), ratio=4.0, **SIZE)
    assert sum(modes.size for modes in mixed_g[:200]) == pytest.approx(800, abs=4.5 * math.sqrt(800))
    assert sum(modes.size for modes in mixed_g[200:]) == pytest.approx(3200, abs=4.5 * math.sqrt(3200))
    group_g = synthetic_modes.clustered(rng, size=3, **SIZE)
    assert all(np.unique(modes).size * 3 == modes.size for modes in group_g)
