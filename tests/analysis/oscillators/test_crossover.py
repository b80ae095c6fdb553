"""Laws of omega_x and <x²>."""

import numpy as np
import pytest
from analysis.oscillators.synthetic import ensemble

from glasskit.analysis.oscillators.collapse import collapse_displacements
from glasskit.analysis.oscillators.crossover import crossover_coupling, fit_scaling_law
from glasskit.analysis.oscillators.displacement_ratios import displacement_ratios, uncoupled_ratio
from glasskit.analysis.straight_line import linear_fit
from glasskit.errors import InputError, InsufficientDataError

J = np.array([0.02, 0.03, 0.05, 0.08, 0.12, 0.2])
KAPPA = np.array([1.0, 2.0, 1.0, 0.5, 3.0, 1.0])


def test_exact_powers_come_back():
    law = fit_scaling_law(
        0.8 * J**0.875 * KAPPA**-0.375, 0.01 * J, {"J": J, "kappa_0": KAPPA}, expected={"J": 7 / 8, "kappa_0": -3 / 8}
    )
    np.testing.assert_allclose(law.exponents, [0.875, -0.375], rtol=1e-10)
    assert law.amplitude == pytest.approx(0.8, rel=1e-10)
    assert law.fit.chi2 < 1e-15
    np.testing.assert_allclose(law.value(J, KAPPA), law.y, rtol=1e-10)
    assert "(expected 0.875)" in law.summary
    assert law.curvature is None


def test_errors_cover_the_truth():
    rng, pulls, p = np.random.default_rng(2), [], []
    for _ in range(400):
        y = 0.8 * J**0.875 * np.exp(0.03 * rng.standard_normal(J.size))
        law = fit_scaling_law(y, 0.03 * y, {"J": J})
        pulls.append((law.fit.value - [np.log(0.8), 0.875]) / np.sqrt(np.diag(law.fit.covariance)))
        p.append(law.p_value)
    # 400 unit normal pulls: 4.2 standard errors of mean and rms
    assert np.abs(np.mean(pulls, axis=0)).max() < 4.2 / 20
    assert np.abs(np.sqrt(np.mean(np.square(pulls), axis=0)) - 1).max() < 4.2 / np.sqrt(800)
    assert abs(np.mean(p) - 0.5) < 4.2 / np.sqrt(12 * 400)


def test_an_exact_reference_and_a_free_constant_say_the_same():
    """Values relative to one of them carry its error in all: the exponent is that of independent values."""
    sigma = np.linspace(0.01, 0.03, J.size)
    y = J**0.9 * np.exp(sigma * np.random.default_rng(4).standard_normal(J.size))
    free = fit_scaling_law(y, sigma * y, {"J": J})
    change = np.eye(J.size) - np.outer(np.ones(J.size), np.eye(J.size)[2])
    covariance = change @ np.diag(sigma**2) @ change.T
    relative = fit_scaling_law(y / y[2], covariance, {"J": J})
    assert relative.exponents[0] == pytest.approx(free.exponents[0], rel=1e-9)
    assert relative.errors[0] == pytest.approx(free.errors[0], rel=1e-9)
    assert relative.fit.chi2 == pytest.approx(free.fit.chi2, rel=1e-9)
    # the line goes through the point that is exact
    row = np.array([1.0, np.log(J[2])])
    assert row @ relative.fit.value == pytest.approx(0, abs=1e-9)
    assert row @ relative.fit.covariance @ row == pytest.approx(0, abs=1e-12)


def test_a_bent_law_is_found_bent():
    y = J**0.875 * np.exp(0.05 * np.log(J) ** 2)
    law = fit_scaling_law(y, 0.003 * y, {"J": J})
    assert law.curvature == pytest.approx(0.1, rel=1e-6)
    assert law.p_value < 1e-3
    assert law.errors[0] > 3 * np.sqrt(law.fit.covariance[1, 1])
    assert "not a power law" in law.summary


def test_exponents_between_neighbours_are_those_of_pairs_of_points():
    x, y = np.array([4.0, 1.0, 2.0]), np.array([8.0, 1.0, 2.0])
    covariance = np.array([[0.04, 0.0, 0.01], [0.0, 0.0, 0.0], [0.01, 0.0, 0.02]])  # of ln y; y(1) is the reference
    law = fit_scaling_law(y, covariance, {"J": x})
    between = [(1.0, np.sqrt(0.02) / np.log(2)), (2.0, np.sqrt(0.04 + 0.02 - 0.02) / np.log(2))]
    np.testing.assert_allclose(law.local, between, rtol=1e-12)
    assert "between neighbours it is 1.0(2), 2.0(3)" in law.summary


@pytest.mark.parametrize("seed", range(8))
def test_a_reference_at_one_leaves_a_constant_without_error(seed):
    """Its variance is zero but for rounding, of either sign."""
    root = np.random.default_rng(seed).normal(size=(3, 2))
    covariance = np.zeros((4, 4))
    covariance[1:, 1:] = 1e-4 * root @ root.T + 1e-6 * np.eye(3)
    law = fit_scaling_law([1.0, 0.8, 0.6, 0.5], covariance, {"kappa_0": [1.0, 2.0, 4.0, 7.0]})
    assert 0 <= law.amplitude_error < 1e-6
    assert law.summary.startswith("omega_x = 1 kappa_0^-0.")
    assert np.isfinite(law.errors).all()


def test_crossover_of_two_laws():
    y = 0.8 * J**0.875
    law = fit_scaling_law(y, 0.01 * y, {"J": J})
    found = crossover_coupling(law, 1e-3)
    assert found.value == pytest.approx((0.1 / 0.8) ** (8 / 7), rel=1e-9)
    assert found.extrapolated == pytest.approx(1)
    rng, values = np.random.default_rng(6), []
    for _ in range(300):
        noisy = y * np.exp(0.01 * rng.standard_normal(J.size))
        values.append(crossover_coupling(fit_scaling_law(noisy, 0.01 * y, {"J": J}), 1e-3).value)
    # a standard deviation of 300 scatters by 4.1 %, four of these
    assert np.std(values) == pytest.approx(found.error, rel=0.17)
    far = crossover_coupling(law, 1e-5)
    assert far.extrapolated == pytest.approx(J[0] / far.value)
    assert "extrapolated" in str(far)


def test_displacement_ratios_are_one_number():
    rng = np.random.default_rng(8)
    omega = {"a": 0.08, "b": 0.12, "c": 0.2}
    given = {name: ensemble(rng, one, kappa_0=50 * one**2, instances=30) for name, one in omega.items()}
    found = collapse_displacements(given, resamples=100)
    ratios = displacement_ratios(found, [50 * one**2 for one in omega.values()], names=("a", "b", "c"))
    assert ratios.p_value > 1e-4
    u = np.linspace(0, 50, 200_001)
    exact = np.trapezoid(3.3 / (1 + 1.7 * u + 3.3 * u * u), u) * omega["a"] ** 4  # omega_x is in units of that of "a"
    assert ratios.constant == pytest.approx(exact, abs=4.5 * ratios.constant_error)
    assert "one number" in str(ratios)
    values = displacement_ratios(found, 1.0, names=("a", "b", "c"))
    assert values.p_value < 1e-3
    assert "is not one number: " in values.summary
    assert "omega_x⁴ = " not in values.summary


@pytest.mark.parametrize(("field", "kappa_0"), [(-1e-3, 1.0), (0.01, 1.0), (0.1, 1.0), (0.1, 3.0)])
def test_the_ratio_of_uncoupled_oscillators(field, kappa_0):
    x = np.geomspace(1e-6, 1, 400_001) * (6 * abs(field)) ** (1 / 3)  # kappa = h/x − x²/6, stiff ones first
    kappa = abs(field) / x - x**2 / 6
    held = (kappa <= kappa_0) & (kappa >= -1e-12)  # the last one is 0
    square = np.trapezoid(x[held][::-1] ** 2, kappa[held][::-1]) / kappa_0
    ratio = kappa_0 * square / abs(field) ** (4 / 3)
    # the next term, and 1e-4 for steps of kappa (2e-5 of it) and for 2.7257 as it is rounded
    assert uncoupled_ratio(field, kappa_0) == pytest.approx(
        ratio, abs=(abs(field) ** (2 / 3) / kappa_0) ** 4 / 10 + 1e-4
    )


def test_errors_of_displacement_ratios_are_their_spread():
    rng, omega, found = np.random.default_rng(9), {"a": 0.08, "b": 0.16}, []
    for _ in range(20):
        given = {name: ensemble(rng, one, kappa_0=50 * one**2, instances=20) for name, one in omega.items()}
        ratios = displacement_ratios(collapse_displacements(given, resamples=40), 1.0, names=("a", "b"))
        found.append((np.log(ratios.value[1]), ratios.error[1] / ratios.value[1]))
    log_ratio, error = np.array(found).T
    spread = np.std(log_ratio, ddof=1)  # known to 1/sqrt(2·19) = 16 %; 4 of these are accepted
    assert np.sqrt(np.mean(error**2)) == pytest.approx(spread, rel=0.65)


def test_linear_fit_is_weighted_least_squares(rng):
    x, y, s = rng.random(9), rng.random(9), 0.1 + rng.random(9)
    fit = linear_fit(np.column_stack([np.ones(9), x]), y, np.diag(s**2), what="y")
    (slope, constant), covariance = np.polyfit(x, y, 1, w=1 / s, cov="unscaled")
    np.testing.assert_allclose(fit.value, [constant, slope], rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, covariance[::-1, ::-1], rtol=1e-9)


def test_bad_input():
    with pytest.raises(InputError, match="shape"):
        fit_scaling_law(J, J, {"J": J[1:]})
    with pytest.raises(InputError, match="variables must be positive"):
        fit_scaling_law(J, J, {"J": -J})
    with pytest.raises(InputError, match="positive, finite values"):
        fit_scaling_law(-J, J, {"J": J})
    with pytest.raises(InputError, match="standard deviations must"):
        fit_scaling_law(J, 0 * J, {"J": J})
    with pytest.raises(InputError, match="errors have shape"):
        fit_scaling_law(J, J[1:], {"J": J})
    with pytest.raises(InputError, match="not symmetric"):
        fit_scaling_law(J, np.triu(np.ones((6, 6))), {"J": J})
    with pytest.raises(InputError, match="expected exponents of h"):
        fit_scaling_law(J, J, {"J": J}, expected={"h": 1 / 3})
    with pytest.raises(InsufficientDataError, match="leave nothing"):
        fit_scaling_law(J[:2], J[:2], {"J": J[:2]})
    with pytest.raises(InsufficientDataError, match="independently"):
        fit_scaling_law(J, J, {"J": J, "kappa_0": 2 * J})
    law = fit_scaling_law(J, 0.1 * J, {"J": J})
    with pytest.raises(InputError, match="field other than 0"):
        crossover_coupling(law, 0.0)
    with pytest.raises(InputError, match="the coupling alone"):
        crossover_coupling(fit_scaling_law(J, J, {"J": J, "kappa_0": KAPPA}), 0.1)
    with pytest.raises(InsufficientDataError, match="does not rise"):
        crossover_coupling(fit_scaling_law(1 / J, 0.1 / J, {"J": J}), 0.1)


def test_plots():
    y = 0.8 * J**0.875
    assert fit_scaling_law(y, 0.01 * y, {"J": J}).plot().get_xlabel() == "J"
    assert "kappa_0" in fit_scaling_law(y, 0.01 * y, {"J": J, "kappa_0": KAPPA}).plot().get_xlabel()
