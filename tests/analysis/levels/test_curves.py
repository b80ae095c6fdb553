"""Known distributions of gap ratios against quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from glasskit.analysis.levels import curves

ALL = (curves.POISSON, curves.GOE_SURMISE, curves.GOE)


@pytest.mark.parametrize("curve", ALL, ids=lambda curve: curve.name)
def test_densities_are_normalised_and_symmetric(curve):
    assert quad(curve.density, 0, math.inf)[0] == pytest.approx(1, abs=1e-8)
    # r and 1/r are equally likely, so the folded ratio has twice the density
    assert quad(lambda r: 2 * curve.density(r), 0, 1)[0] == pytest.approx(1, abs=1e-10)
    r = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(curve.density(1 / r) / r**2, curve.density(r), rtol=1e-12)
    # the mean of large matrices is known to four digits, the fit to it is as good as that
    digits = 1e-4 if curve is curves.GOE else 1e-10
    assert quad(lambda r: 2 * r * curve.density(r), 0, 1)[0] == pytest.approx(curve.mean_folded, abs=digits)


@pytest.mark.parametrize("curve", ALL, ids=lambda curve: curve.name)
def test_closed_forms_of_the_integrals(curve):
    r = np.array([0.0, 0.05, 0.3, 1.0, 1.7, 12.0])
    expected = [quad(curve.density, 0, end, epsabs=1e-13)[0] for end in r]
    np.testing.assert_allclose(curve.cumulative(r), expected, atol=1e-11)
    np.testing.assert_allclose(curve.cumulative(r[:4], folded=True), 2 * np.array(expected[:4]), atol=1e-11)
    assert curve.cumulative(math.inf) == 1
    assert curve.cumulative([0.3, 5.0], folded=True)[1] == 1


def test_correction_to_the_surmise_is_small_and_positive_densities_stay_positive():
    r = np.linspace(1e-6, 5, 5001)
    change = curves.gap_ratio_density_goe_large(r) - curves.gap_ratio_density_goe(r)
    assert 0.015 < np.abs(change).max() < 0.017
    assert (curves.gap_ratio_density_goe_large(r) > 0).all()
