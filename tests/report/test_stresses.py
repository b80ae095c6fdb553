"""Local stresses of a folder: which potential, which range, and the slope of a single pair size."""

import dataclasses

import numpy as np
import pytest

from glasskit.particles.configuration import Configuration
from glasskit.particles.potentials import InversePowerLaw
from glasskit.report.stresses import COMPONENT, SCALAR, expected_slope, glass_potential, magnitudes


def test_the_potential_is_that_of_the_quench(reports):
    settings = reports[0].settings
    assert glass_potential(settings) == InversePowerLaw(taper=2)
    requenched = dataclasses.replace(settings, quench=dataclasses.replace(settings.quench, taper=4))
    assert glass_potential(requenched) == InversePowerLaw(taper=4)


def test_magnitudes_of_one_pair():
    # particles at distance 1 along (0.6, 0.8, 0), nobody else
    glass = Configuration([[0, 0, 0], [0.6, 0.8, 0]], [1.0, 1.0], [9.0, 9.0, 9.0])
    potential = InversePowerLaw(taper=2)
    force = abs(float(potential.pair_derivatives(1.0, 1.0, order=1)[1]))
    found = magnitudes(glass, potential)
    np.testing.assert_allclose(found[SCALAR], [force], rtol=1e-14)
    np.testing.assert_allclose(np.sort(found[COMPONENT]), [0, 0, 0.48 * force], rtol=1e-14)


@pytest.mark.parametrize(("curve", "slopes"), [
    (0, {1: "-0.76", 0.1: "-0.60", 1e-2: "-0.53", 1e-4: "-0.503"}),
    (1, {1: "-0.72", 0.1: "-0.76", 1e-2: "-0.81", 1e-4: "-0.86"}),
])  # fmt: skip
def test_slope_of_pairs_of_one_size(reports, curve, slopes):
    # reference values of an independent calculation, to the digits given; sigma in units of (a/r_c)^12
    sigma, slope = expected_slope(reports[curve].settings)
    for scaled, expected in slopes.items():
        found = np.interp(np.log(scaled * 1.955**-12), np.log(sigma), slope)
        assert f"{found:.{len(expected) - 3}f}" == expected


def test_a_minimum_has_no_single_slope(reports):
    settings = reports[0].settings
    model = dataclasses.replace(settings.model, potential="LennardJones", exponent=None, cutoff=2.5)
    with pytest.raises(ValueError, match="changes sign"):
        expected_slope(dataclasses.replace(settings, model=model))
