"""Slopes: against other programs and known laws; windows; convergence of harmonic modes to quartic ones."""

from __future__ import annotations

import numpy as np
import pytest
from analysis.excitations.known import COVERAGE, LARGEST_BIAS, judged, soft_spots
from scipy.stats import linregress

from glasskit.analysis.excitations.convergence import harmonic_convergence
from glasskit.analysis.excitations.local_slopes import local_slopes
from glasskit.analysis.excitations.power_laws import chi_against_participation, fit_power_law
from glasskit.errors import InputError, NumericalError


def cloud(rng, glasses=100, slope=-1.0, scatter=0.3):
    log_x = rng.normal(0, 0.4, glasses)
    return np.exp(log_x), 5 * np.exp(slope * log_x + scatter * rng.normal(size=glasses))


def test_least_squares_equal_those_of_scipy(rng):
    x, y = cloud(rng)
    found, other = fit_power_law(x, y), linregress(np.log(x), np.log(y))
    assert found.slope == pytest.approx(other.slope, rel=1e-12)
    assert found.correlation == pytest.approx(other.rvalue, rel=1e-12)
    assert found.scatter == pytest.approx(other.stderr * np.sqrt(100) * np.log(x).std(), rel=1e-12)
    assert found.error == pytest.approx(other.stderr, rel=0.4)  # two estimates of one error, each good to a tenth


@pytest.mark.parametrize("slope", [-3.0, -1.0, 0.0, 0.5, 4.0])
def test_orthogonal_regression_is_the_longest_axis_of_the_cloud(rng, slope):
    x, y = cloud(rng, slope=slope)
    axis = np.linalg.svd(np.stack([np.log(x / x.mean()), np.log(y / y.mean())], axis=1) - [
        np.log(x / x.mean()).mean(), np.log(y / y.mean()).mean()], full_matrices=False)[2][0]  # fmt: skip
    assert fit_power_law(x, y).orthogonal == pytest.approx(axis[1] / axis[0], rel=1e-9, abs=1e-12)


def test_errors_equal_literal_resampling(rng):
    x, y = cloud(rng, 50)
    found = fit_power_law(x, y, rng=np.random.default_rng(6), resamples=300)
    drawn = np.random.default_rng(6).integers(50, size=(300, 50))
    slope_r = [linregress(np.log(x[g]), np.log(y[g])).slope for g in drawn]
    assert found.error == pytest.approx(np.std(slope_r, ddof=1) * np.sqrt(50 / 49), rel=1e-9)


def test_a_steep_line_may_turn_past_the_vertical(rng):
    """The angle of the line and its error are the same with x and y exchanged, also where slopes change sign."""
    x, y = cloud(rng, slope=0.0, scatter=4.0)
    steep, flat = fit_power_law(x, y), fit_power_law(y, x)
    assert abs(steep.slope) < 4 * steep.error  # the sign of the slope is not known
    assert steep.orthogonal * flat.orthogonal == pytest.approx(1, rel=1e-9)
    angle_errors = [found.orthogonal_error / (1 + found.orthogonal**2) for found in (steep, flat)]
    assert angle_errors[0] == pytest.approx(angle_errors[1], rel=1e-9)
    assert angle_errors[0] < 0.05


def test_units_change_no_slope(rng):
    x, y = cloud(rng)
    one, other = (fit_power_law(a * x, b * y) for a, b in ((1, 1), (1e-9, 1e12)))
    assert one.slope == pytest.approx(other.slope, rel=1e-9)
    assert one.orthogonal_error == pytest.approx(other.orthogonal_error, rel=1e-6)


def test_least_squares_where_x_is_known():
    def estimate(rng):
        found = fit_power_law(*cloud(rng), resamples=200)
        return found.slope, found.error

    bias, coverage = judged(estimate, -1.0)
    assert abs(bias) < LARGEST_BIAS
    assert COVERAGE[0] < coverage < COVERAGE[1]


def test_orthogonal_where_both_scatter_alike():
    def estimate(rng):
        log_x = rng.normal(0, 0.4, 100)
        x, y = np.exp(log_x + 0.1 * rng.normal(size=100)), np.exp(-log_x + 0.1 * rng.normal(size=100))
        found = fit_power_law(x, y, resamples=100)
        return (found.orthogonal, found.slope), (found.orthogonal_error, found.error)

    bias, coverage = judged(estimate, -1.0)
    assert abs(bias[0]) < LARGEST_BIAS
    assert COVERAGE[0] < coverage[0] < COVERAGE[1]
    assert bias[1] > 10  # least squares are flatter, by 0.4²/(0.4² + 0.1²) = 0.94


def test_chi_follows_the_number_of_particles(rng):
    spots = soft_spots(rng, 400)
    found = chi_against_participation(spots["chi_4"], spots["e_4"], spots["particles"])
    assert abs(found.slope + 1) < 4 * found.error
    assert found.error < 0.03
    np.testing.assert_array_equal(found.x, 1000 * spots["e_4"])
    assert found.glasses == 400
    with pytest.raises(InputError, match=r"largest participation ratio 1.2"):
        chi_against_participation(spots["chi_4"], np.full(400, 1.2), 1000)


# Windows.


def bent(x):
    """Slope 4 for small x, less above: d ln y/d ln x = 4 − 4x²/(1 + x²)."""
    return x**4 / (1 + x**2) ** 2


def test_windows_hold_their_part_of_the_glasses_and_the_slope_there(rng):
    x = rng.uniform(0.1, 2, 400)
    found = local_slopes(x, bent(x), expected=4, windows=4, width=0.25, resamples=50)
    ordered = np.sort(x).reshape(4, 100)
    np.testing.assert_array_equal(found.count, 100)
    for w in range(4):
        log_x = np.log(ordered[w])
        assert found.slope[w] == pytest.approx(linregress(log_x, np.log(bent(ordered[w]))).slope, rel=1e-9)
        assert found.middle[w] == pytest.approx(np.exp(log_x.mean()), rel=1e-12)
    assert (np.diff(found.slope) < -0.2).all()
    assert found.overall == pytest.approx(linregress(np.log(x), np.log(bent(x))).slope, rel=1e-9)
    np.testing.assert_allclose(found.quantiles, [[0, 0.25], [0.25, 0.5], [0.5, 0.75], [0.75, 1]])


def test_slopes_of_windows_on_a_known_law():
    """Unit scatter of ln y, as of 1 − overlap; also in the lower half, cut in x."""

    def estimate(rng):
        x = rng.weibull(5, 100)
        y = 1e-3 * x**4 * np.exp(rng.normal(size=100))
        found = local_slopes(x, y, expected=4, windows=2, rng=rng, resamples=100)
        return found.slope, found.error

    bias_w, coverage_w = judged(estimate, 4.0)
    assert (np.abs(bias_w) < LARGEST_BIAS).all()
    assert ((COVERAGE[0] < coverage_w) & (coverage_w < COVERAGE[1])).all()


def test_differences_that_are_rounding_are_counted(rng):
    x = rng.uniform(0.5, 2, 100)
    y = x**2
    y[[3, 5]] = 0, -1e-16
    found = local_slopes(x, y, expected=2, resamples=20)
    assert (found.unresolved, found.x.size) == (2, 98)
    np.testing.assert_allclose(found.slope, 2, rtol=1e-9)
    with pytest.raises(InputError, match=r"y of glass 5 is -0.1; expected none below zero"):
        local_slopes(x, np.where(y < 0, -0.1, y), expected=2)


# Convergence.


def test_harmonic_modes_become_quartic(rng):
    spots = soft_spots(rng, 600)
    found = harmonic_convergence(spots["kappa_2"], spots["kappa_4"], -spots["overlap_42"])
    for law, truth in ((found.energetic, 2), (found.structural, 4)):
        assert law.expected == truth
        assert (np.abs(law.slope - truth) < 4 * law.error).all()
        assert abs(law.overall - truth) < 4 * law.overall_error
        assert law.overall_error < 0.3
    assert found.softest == np.argmin(spots["kappa_4"])
    assert found.softest_structural == 1 - spots["overlap_42"][found.softest]
    softest = 1 - spots["kappa_2"][found.softest] / spots["kappa_4"][found.softest]
    assert found.softest_energetic == pytest.approx(softest, rel=1e-9)
    assert found.softest_omega == np.sqrt(spots["kappa_4"].min())
    assert found.structural.seed is not None


def test_convergence_from_above_is_refused(rng):
    spots = soft_spots(rng, 60)
    spots["kappa_2"][7] = 1.1 * spots["kappa_4"][7]
    with pytest.raises(NumericalError, match="kappa_harmonic is above kappa_quartic in 1 of 60") as caught:
        harmonic_convergence(spots["kappa_2"], spots["kappa_4"], spots["overlap_42"])
    np.testing.assert_array_equal(caught.value.partial, [7])
