"""The limit k → 0 on synthetic shells: exponential intensities of a known Ornstein–Zernike S(k)."""

from __future__ import annotations

import math

import matplotlib as mpl
import numpy as np
import pytest

from glasskit.analysis.liquids.composition_limit import CompositionLimit, composition_limit
from glasskit.errors import InputError, InsufficientDataError

mpl.use("Agg")

N2 = np.array([1, 2, 3, 4, 5, 6])
K = 2 * math.pi / 10 * np.sqrt(N2)
VECTORS = np.array([3, 6, 4, 3, 12, 12])


def shells(rng, glasses, a=0.1, b=0.5, shape=lambda k: 1.0):
    mean = shape(K) / (a + b * K**2)
    return mean * rng.gamma(VECTORS, 1 / VECTORS, size=(glasses, K.size))


def test_limit_and_its_error_are_honest():
    """400 ensembles of 60: the mean of a within 4.5 errors, pulls of unit width."""
    rng = np.random.default_rng(90)
    found = []
    for _ in range(400):
        try:
            found.append(composition_limit(K, shells(rng, 60), VECTORS, largest=2.0, rng=rng, resamples=100))
        except InsufficientDataError as refusal:  # a within three errors of zero; leaving these out would bias the rest
            found.append(refusal.partial)
    pull = np.array([(f.inverse - 0.1) / f.inverse_error for f in found])
    assert np.mean([f.inverse for f in found]) == pytest.approx(
        0.1, abs=4.5 * np.std([f.inverse for f in found]) / 20 + 0.001
    )  # bias of second order, 1/(60·3): 1 % of a's own scatter
    assert np.std(pull) == pytest.approx(1, abs=4.5 / math.sqrt(800) + 0.05)
    p = np.array([f.p_value for f in found])
    assert 0.3 < np.mean(p > 0.5) < 0.7
    assert found[0].value == 1 / found[0].inverse
    assert found[0].error == found[0].inverse_error / found[0].inverse ** 2
    assert found[0].length == pytest.approx(math.sqrt(found[0].curvature / found[0].inverse))


def test_exact_shells_give_the_exact_limit():
    noise = np.array([[0.9], [1.1]])
    found = composition_limit(K, noise / (0.1 + 0.5 * K**2), VECTORS, largest=2.0)
    assert found.value == pytest.approx(10.0, rel=1e-9)
    assert found.curvature == pytest.approx(0.5, rel=1e-9)
    assert found.chi2 == pytest.approx(0, abs=1e-12)


def test_a_maximum_of_the_likelihood():
    found = composition_limit(K, shells(np.random.default_rng(91), 40), VECTORS, largest=2.0)

    def likelihood(a, b):
        inverse = a + b * K**2
        return np.sum(VECTORS * (np.log(inverse) - found.mean * inverse))

    best = likelihood(found.inverse, found.curvature)
    for da, db in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        assert likelihood(found.inverse + da, found.curvature + db) < best


def test_demixing_falling_and_bent_shells_are_refused_with_the_fit():
    rng = np.random.default_rng(92)
    with pytest.raises(InsufficientDataError, match="no upper bound") as caught:
        composition_limit(K, shells(rng, 100, a=0.0), VECTORS, largest=2.0)
    assert isinstance(caught.value.partial, CompositionLimit)
    with pytest.raises(InsufficientDataError, match="falls with k²"):
        composition_limit(K, shells(rng, 500, a=3.0, b=-0.5), VECTORS, largest=2.0)
    with pytest.raises(InsufficientDataError, match="no line in k²"):
        composition_limit(K, shells(rng, 500, shape=lambda k: 1 + 3 * (k > 1.2)), VECTORS, largest=2.0)


def test_figure():
    axes = composition_limit(K, shells(np.random.default_rng(93), 40), VECTORS, largest=2.0).plot()
    assert "S_{" in axes.get_title()


def test_refusals():
    value = shells(np.random.default_rng(94), 5)
    with pytest.raises(InsufficientDataError, match="2 shells"):
        composition_limit(K, value, VECTORS, largest=0.9)
    with pytest.raises(InsufficientDataError, match="at least 2 glasses"):
        composition_limit(K, value[:1], VECTORS, largest=2.0)
    with pytest.raises(InsufficientDataError, match="do not differ"):
        composition_limit(K, np.ones((3, 6)), VECTORS, largest=2.0)
    with pytest.raises(InputError, match="ascending"):
        composition_limit(K[::-1], value, VECTORS, largest=2.0)
    with pytest.raises(InputError, match="positive on average"):
        composition_limit(K, -value, VECTORS, largest=2.0)
    with pytest.raises(InputError, match="one number for each k"):
        composition_limit(K, value, VECTORS[:2], largest=2.0)
