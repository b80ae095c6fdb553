"""Quartic wells: minima against polynomial roots, the stability bound, the exponents 3 and 4."""

from __future__ import annotations

import numpy as np
import pytest

from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.errors import InputError
from glasskit.meanfield.soft_potential import quartic_minima, sample_quartic_wells


def potential(a, q):
    return a[0] * q + a[1] * q**2 / 2 + a[2] * q**3 / 6 + a[3] * q**4 / 24


def test_minima_are_those_of_the_polynomial(rng):
    a_4n = np.concatenate([rng.normal(size=(3, 200)), rng.uniform(0.3, 2, (1, 200))])
    found = quartic_minima(a_4n)
    for i in range(200):
        a = a_4n[:, i]
        roots = np.roots([a[3] / 6, a[2] / 2, a[1], a[0]])
        real = roots[np.abs(roots.imag) < 1e-9].real
        minima = np.sort([q for q in real if a[1] + a[2] * q + a[3] * q**2 / 2 > 0])
        mine = found.well == i
        order = np.argsort(found.position[mine])
        q0 = found.position[mine][order]
        np.testing.assert_allclose(q0, minima, atol=1e-7)  # np.roots near double roots: √eps
        np.testing.assert_allclose(found.stiffness[mine][order], a[1] + a[2] * q0 + a[3] * q0**2 / 2, atol=1e-12)
        np.testing.assert_allclose(found.cubic[mine][order], a[2] + a[3] * q0, atol=1e-12)
        depth = potential(a, q0)
        assert list(found.deepest[mine][order]) == list(depth == depth.min())


def test_one_deepest_minimum_per_well(rng):
    found = sample_quartic_wells(10_000, rng=rng)
    assert list(found.select(found.deepest).well) == list(range(10_000))


def test_symmetric_double_well_is_on_the_bound():
    found = quartic_minima([[0.0], [-2.0], [0.0], [6.0]])
    np.testing.assert_allclose(np.sort(found.position), [-np.sqrt(2), np.sqrt(2)], rtol=1e-14)
    np.testing.assert_allclose(found.stiffness, 4, rtol=1e-14)
    np.testing.assert_allclose(found.cubic**2, 3 * found.stiffness * found.quartic, rtol=1e-14)


@pytest.mark.parametrize("unit", [1e-70, 1e-30, 1e30, 1e70])
@pytest.mark.parametrize("energy", [1e-20, 1.0, 1e20])
def test_units_do_not_matter(rng, unit, energy):
    """Wells in other units of length and energy, up to 1e300 in a coefficient: the same numbers to rounding."""
    a_4n = np.concatenate([rng.normal(size=(3, 50)), rng.uniform(0.3, 2, (1, 50))])
    a_4n[:3, 0] = 0.0  # nothing but a4
    a_4n[1, 1:5] = [0.0, 1e-100, -1e-100, -1e-250]
    a_4n[2, 1:5] = 0.0
    powers = np.arange(1, 5)[:, None]
    here, there = quartic_minima(a_4n), quartic_minima(a_4n * energy / unit**powers)
    assert list(here.well) == list(there.well)
    assert np.isfinite(here.position).all()
    np.testing.assert_allclose(there.position / unit, here.position, rtol=1e-9, atol=1e-14)  # cancellation: √eps
    np.testing.assert_allclose(there.stiffness * unit**2 / energy, here.stiffness, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(there.cubic * unit**3 / energy, here.cubic, rtol=1e-9, atol=1e-14)
    assert list(there.deepest) == list(here.deepest)


def test_large_coefficients_have_their_minimum():
    found = quartic_minima([[-1e200], [0.0], [0.0], [1e200]])  # q³/6 = 1
    np.testing.assert_allclose([found.position[0], found.stiffness[0]], [6 ** (1 / 3), 1e200 * 6 ** (2 / 3) / 2])
    found = quartic_minima([[-1e300], [0.0], [0.0], [1e-300]])
    np.testing.assert_allclose([found.position[0], found.cubic[0]], [6 ** (1 / 3) * 1e200, 6 ** (1 / 3) * 1e-100])
    assert found.deepest.all()


@pytest.mark.parametrize("a_4n", [[0.0, 0.0, 1e200, 1.0], [0.0, 1.0, 1e200, 1e-200]])
def test_minima_beyond_floating_point_are_refused(a_4n):
    wells = np.array([[0.0, 1.0, 0.0, 1.0], a_4n]).T
    with pytest.raises(InputError, match=r"coefficients of well 1 are .* choose other units"):
        quartic_minima(wells)


def test_exponents_three_and_four():
    """Of 4·10⁶ wells, in 400 samples: within 4.5 of the fit's errors, false alarm 1e-5 each.

    The window's own bias is of the order of its b2 = 0.09; 12·10⁶ wells gave 2.99(3) and 3.95(7).
    """
    frequencies = {3: [], 4: []}
    for seed in range(4):
        wells = sample_quartic_wells(1_000_000, rng=np.random.default_rng([20240418, seed]))
        for s, minima in ((3, wells), (4, wells.select(wells.deepest))):
            soft = minima.select(minima.stiffness < 0.09)
            frequencies[s] += [soft.frequencies[soft.well // 10_000 == sample] for sample in range(100)]
    for s, per_sample in frequencies.items():
        fit = fit_exponent(per_sample, 0.3, resamples=200)
        assert fit.error < 0.15  # 3 and 4 are far apart
        assert abs(fit.s - s) < 4.5 * fit.error


@pytest.mark.parametrize(
    "a_4n",
    [
        np.ones((3, 5)),
        np.ones(4),
        [[0.0], [1.0], [0.0], [0.0]],
        [[np.nan], [1.0], [0.0], [1.0]],
        "x",
        None,
        [["x"], [1.0], [0.0], [1.0]],
        [[0.0], [1.0, 2.0], [0.0], [1.0]],
    ],
)
def test_bad_coefficients(a_4n):
    with pytest.raises(InputError, match="expected \\(4, n\\) finite numbers"):
        quartic_minima(a_4n)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        *[({"wells": wells}, "wells is .*; expected at least one well") for wells in (0, 10.5, "a", None, True)],
        *[
            ({"scales": scales}, "scales are .*expected three positive numbers")
            for scales in ((1.0, 0.0, 1.0), (1.0, 1.0), 1.0, "a", (1.0, "a", 1.0), None, (1.0, np.nan, 1.0))
        ],
        *[
            ({"quartic": quartic}, "quartic .*expected two numbers, 0 < lowest <= highest a4")
            for quartic in ((0.0, 1.0), (2.0, 1.0), (1.0,), 1.0, "a", None, (1.0, np.inf))
        ],
        ({"rng": None}, "rng is None; expected a numpy.random.Generator"),
    ],
)
def test_bad_samples(rng, options, words):
    options = {"wells": 10, "rng": rng} | options
    with pytest.raises(InputError, match=words):
        sample_quartic_wells(**options)


def test_whole_numbers_of_numpy_are_wells(rng):
    assert len(np.unique(sample_quartic_wells(np.int64(10), rng=rng).well)) == 10
