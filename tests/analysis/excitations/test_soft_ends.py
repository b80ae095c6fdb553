"""Densities of the lowest frequencies and barriers: known laws, histograms, and what figures show."""

from __future__ import annotations

import numpy as np
import pytest
from analysis.excitations.known import COVERAGE, LARGEST_BIAS, judged, soft_spots
from scipy.integrate import quad
from scipy.stats import weibull_min

from glasskit.analysis.excitations.asymmetry import cubic_against_quartic
from glasskit.analysis.excitations.convergence import harmonic_convergence
from glasskit.analysis.excitations.double_wells import double_wells
from glasskit.analysis.excitations.power_laws import chi_against_participation
from glasskit.analysis.excitations.soft_ends import barriers, lowest_frequencies, soft_end
from glasskit.analysis.excitations.stiffness_order import stiffness_order
from glasskit.analysis.exponents.lowest_frequency import fit_lowest_frequency


def test_the_power_of_a_known_law():
    """Lowest frequencies of a rate ~ omega⁴ are Weibull with k = 5; half of them, or all."""

    def estimate(rng):
        found = lowest_frequencies(rng.weibull(5, 80) ** 2, parts=[0.5, 1.0], rng=rng, resamples=100)
        return [fit.s for fit in found.fits], [fit.error for fit in found.fits]

    bias_p, coverage_p = judged(estimate, 4.0)
    assert (np.abs(bias_p) < LARGEST_BIAS).all()
    assert ((COVERAGE[0] < coverage_p) & (coverage_p < COVERAGE[1])).all()


def test_barriers_begin_as_predicted():
    """tau² ∝ kappa with scatter: the smallest fifth of the barriers follows B^(1/4), all of them less so."""

    def estimate(rng):
        omega = rng.weibull(5, 200)
        tau = omega * np.exp(0.15 * rng.normal(size=200)) * rng.choice([-1, 1], 200)
        found = barriers(omega**2, tau, parts=[0.2, 1.0], rng=rng, resamples=100)
        assert found.expected == 0.25
        return [(fit.s, fit.error) for fit in found.fits]

    both = np.array([estimate(np.random.default_rng([8, number])) for number in range(120)])
    few, everything = both[:, 0], both[:, 1]
    # bias of the smallest fifth below a third of its error: the mean of 120 would show more at 4 standard deviations
    assert abs(few[:, 0].mean() - 0.25) < 0.33 * few[:, 0].std() + 4 * few[:, 0].std() / np.sqrt(120)
    coverage = np.mean(np.abs(few[:, 0] - 0.25) < few[:, 1])
    assert 0.48 < coverage < 0.84  # 0.66 ± 0.043: 4.2 standard deviations
    assert everything[:, 0].mean() < 0.25 - 10 * everything[:, 0].std() / np.sqrt(120)


def test_fits_are_those_of_the_lowest_frequency(rng):
    value = rng.weibull(3, 101)
    found = soft_end(value, expected=2, parts=[0.05, 0.5, 1.0], resamples=50)
    assert found.parts == (0.5, 1.0)  # 5 glasses are too few
    ordered = np.sort(value)
    assert [fit.occupied for fit in found.fits] == [50, 101]
    assert found.fits[0] == fit_lowest_frequency([[v] for v in value], ordered[50], resamples=50)
    assert [fit.censored for fit in found.fits] == [51, 0]


def test_the_density_is_normalised_and_its_error_binomial(rng):
    value = rng.weibull(5, 300)
    found = soft_end(value, expected=4, bins=12, resamples=20)
    assert found.count.sum() == 300
    assert np.sum(found.density * np.diff(found.edges)) == pytest.approx(1, rel=1e-12)
    truth = weibull_min.cdf(found.edges[1:], 5) - weibull_min.cdf(found.edges[:-1], 5)
    expected = np.sqrt(300 * truth * (1 - truth))
    full = found.count > 20  # counts are then near normal: 4.5 standard deviations in 12 bins, 8e-5
    np.testing.assert_array_less(np.abs(found.count - 300 * truth)[full], 4.5 * expected[full])
    np.testing.assert_allclose((found.error * 300 * np.diff(found.edges))[full], expected[full], rtol=0.4)


def test_the_drawn_curve_is_a_density(rng):
    found = soft_end(rng.weibull(5, 300), expected=4, resamples=20)
    assert quad(lambda v: float(found.weibull(np.array(v), found.fits[-1])), 0, 3)[0] == pytest.approx(1, rel=1e-6)


def test_figures_show_the_numbers():
    spots = soft_spots(np.random.default_rng(9), 120)
    order = stiffness_order(spots["kappa_2"], spots["kappa_4"], spots["kappa_3"])
    ax = order.plot()
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), spots["kappa_3"] / spots["kappa_4"] - 1)
    law = chi_against_participation(spots["chi_4"], spots["e_4"], 1000, resamples=20)
    ax = law.plot(color="red", label="here")
    x, y = ax.lines[1].get_data()
    assert np.log(y[1] / y[0]) / np.log(x[1] / x[0]) == pytest.approx(law.slope)
    assert ax.lines[0].get_label() == "here"
    assert law.plot(ax) is ax
    wells = double_wells(spots["kappa_3"], spots["tau_3"], spots["chi_3"], resamples=20)
    ax = wells.plot()
    for line, bound in zip(ax.lines[1:], (3, 8 / 3), strict=True):
        np.testing.assert_allclose(line.get_ydata(), bound * line.get_xdata())
    convergence = harmonic_convergence(spots["kappa_2"], spots["kappa_4"], spots["overlap_42"], resamples=20)
    axes = convergence.plot()
    assert convergence.plot(axes) is axes
    ax = convergence.structural.plot_slopes()
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), convergence.structural.slope)
    end = barriers(spots["kappa_3"], spots["tau_3"], resamples=20)
    assert end.plot().get_xlabel() == "$B$"
    axes = cubic_against_quartic(
        spots["tau_3"], spots["tau_4"], spots["chi_3"], spots["chi_4"], spots["overlap_34"], resamples=20
    ).plot()
    np.testing.assert_allclose(axes[0].lines[1].get_ydata(), np.abs(spots["tau_3"] / spots["tau_4"]))
