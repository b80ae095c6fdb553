"""Laws of A_g(J), and its maximum."""

import numpy as np
import pytest
from scipy.stats import norm

from glasskit.analysis.exponents.prefactor import quartic_prefactor
from glasskit.analysis.oscillators.prefactor_laws import WEAK_SLOPE, fit_intermediate_law, fit_weak_law
from glasskit.analysis.oscillators.prefactor_maximum import _changes, prefactor_maximum
from glasskit.errors import InputError, InsufficientDataError

FIELD = 0.01
J = np.array([0.06, 0.07, 0.08, 0.1, 0.12])


def weak(j, field=FIELD, kappa=1.0, slope=-0.2):
    y = np.log(1.4) + slope * kappa * field ** (2 / 3) / j**2
    return np.exp(y) / (np.sqrt(kappa) * field ** (2 / 3) * j)


def test_weak_law_exact():
    kappa = np.array([1.0, 0.5, 1.0, 2.0, 1.0])
    a = weak(J, kappa=kappa)
    law = fit_weak_law(J, a, 0.1 * a, field=-FIELD, largest_stiffness=kappa, window=(0, 100))
    assert law.slope == pytest.approx(-0.2, rel=1e-9)
    assert law.intercept == pytest.approx(np.log(1.4), rel=1e-9)
    assert law.fit.degrees_of_freedom == 3
    assert "J → 0" in str(law)


def test_laws_return_the_prefactors_that_they_are_laws_of():
    kappa = np.array([1.0, 0.5, 1.0, 2.0, 1.0])
    a = weak(J, kappa=kappa)
    law = fit_weak_law(J, a, 0.1 * a, field=FIELD, largest_stiffness=kappa, window=(0, 100))
    for k in range(J.size):
        assert law.prefactor(J[k], field=-FIELD, largest_stiffness=kappa[k]) == pytest.approx(a[k], rel=1e-9)
    flat = fit_intermediate_law(
        J, 0.4 / (2 * J**3), 0.1 / J**3, omega_x=J, omega_x_error=0.1 * J, largest_stiffness=2.0
    )
    np.testing.assert_allclose(flat.prefactor([0.5, 2.0], largest_stiffness=3.0), 0.4 / (3 * np.array([0.125, 8.0])))


def test_slope_at_vanishing_coupling_is_that_of_uncoupled_oscillators():
    x = np.linspace(0, 40, 2_000_001)[1:]  # kappa = (1 − x³/6)/x for field 1: ∫x² dkappa over all of them
    x = x[x**3 < 6]
    square = np.trapezoid(x**2 * (1 / x**2 + x / 3), x)
    assert pytest.approx(-1 / (2 * square), rel=1e-4) == WEAK_SLOPE


def test_weak_law_from_modes_covers_the_truth():
    """A_g as counted in instances: omega^4 laws of known prefactor, Poisson numbers of modes."""
    rng, pulls, p, size, glasses, upper = np.random.default_rng(3), [], [], 400, 60, 0.2
    exact = 40 * weak(J)
    for _ in range(60):
        found = []
        for a in exact:
            counts = rng.poisson(a * upper**5 / 5 * size, glasses)
            modes = [upper * rng.random(count) ** 0.2 for count in counts]
            found.append(quartic_prefactor(modes, upper, modes_total=size, resamples=200))
        law = fit_weak_law(
            J, [one.value for one in found], [one.error for one in found], field=FIELD, largest_stiffness=1.0,
            window=(0, 100),
        )  # fmt: skip
        pulls.append((law.slope + 0.2) / np.sqrt(law.fit.covariance[1, 1]))
        p.append(law.p_value)
    # 60 pulls: 4.2 standard errors of mean and rms; logarithms of few modes add a bias of less than half an error
    assert abs(np.mean(pulls)) < 4.2 / np.sqrt(60) + 0.3
    assert abs(np.sqrt(np.mean(np.square(pulls))) - 1) < 4.2 / np.sqrt(120) + 0.1
    assert np.min(p) > 1e-5


def test_a_power_is_not_the_weak_law():
    a = 50 * J**2
    law = fit_weak_law(J, a, 0.03 * a, field=FIELD, largest_stiffness=1.0, window=(0, 100))
    assert law.p_value < 1e-3
    assert "not a line" in law.summary


def test_intermediate_law():
    j = np.array([0.3, 0.5, 0.8, 1.2])
    omega = 0.7 * j**0.875
    a = 0.4 / (2 * omega**3)
    law = fit_intermediate_law(j, a, 0.05 * a, omega_x=omega, omega_x_error=0.01 * omega, largest_stiffness=2.0)
    np.testing.assert_allclose(law.value, 0.4, rtol=1e-12)
    np.testing.assert_allclose(law.error / law.value, np.hypot(0.05, 0.03), rtol=1e-12)
    assert law.constant == pytest.approx(0.4)
    assert law.trend == pytest.approx(0, abs=1e-12)
    bent = fit_intermediate_law(
        j, a * j, 0.02 * a, omega_x=omega, omega_x_error=np.diag(np.full(4, 1e-6)), largest_stiffness=2.0
    )
    assert bent.trend == pytest.approx(1, rel=1e-9)
    assert bent.p_value < 1e-3
    assert "not one number" in bent.summary


def test_maximum_of_a_parabola_in_logarithms():
    j = np.geomspace(0.05, 1, 8)
    a = 3 * np.exp(-(np.log(j / 0.2) ** 2))
    found = prefactor_maximum(j[::-1], a[::-1], 0.02 * a[::-1])
    assert found.coupling == pytest.approx(0.2, rel=1e-9)
    assert found.prefactor == pytest.approx(3, rel=1e-9)
    assert found.p_value < 1e-10
    rng, places = np.random.default_rng(1), []
    for _ in range(200):
        places.append(prefactor_maximum(j, a * (1 + 0.02 * rng.standard_normal(8)), 0.02 * a, resamples=2).coupling)
    # a standard deviation of 200 scatters by 5 %; other three points are on top now and then
    assert np.std(places) == pytest.approx(found.coupling_error, rel=0.3)
    below, above = j[np.argmax(a) - 1], j[np.argmax(a) + 1]
    assert found.bracket == (below, above)
    assert f"the neighbours being {below:g} and {above:g}, and 3.00(" in str(found)
    axes = found.plot()
    (patch,) = axes.patches
    assert (patch.get_x(), patch.get_x() + patch.get_width()) == pytest.approx((below, above))


@pytest.mark.parametrize(
    ("a", "missing"),
    [
        ([1.0, 1.6, 0.3], "but its rise below (p = 0.13) is not, its fall above (p = 0.00035) is beyond noise"),
        ([0.3, 1.6, 1.0], "but its fall above (p = 0.13) is not, its rise below (p = 0.00035) is beyond noise"),
        ([1.0, 1.6, 1.1], "but neither its rise below (p = 0.13) nor its fall above (p = 0.24) is beyond noise"),
    ],
)
def test_a_maximum_is_told_only_where_rise_and_fall_are_significant(a, missing):
    """Errors 0.25: a change of 0.6 is 1.70 standard deviations of a difference, of 1.3 is 3.7; three pairs each."""
    j, da = [0.1, 0.2, 0.4], [0.25] * 3
    found = prefactor_maximum(j, a, da, resamples=50)
    assert found.p_value > 0.05
    assert not found.established
    assert f"no maximum of A_g is established: the largest value is at J = 0.2, {missing}" in found.summary
    assert "A_g is largest" not in found.summary
    assert not found.plot().patches
    assert found.p_rise == pytest.approx(3 * norm.sf((a[1] - a[0]) / np.hypot(0.25, 0.25)))


def test_a_valley_beside_the_top_is_no_fall_from_it():
    """A_g falls and rises beyond doubt, but from the largest on, all within errors."""
    j, a = np.geomspace(0.05, 0.4, 4), np.array([3.0, 1.0, 3.5, 3.0])
    found = prefactor_maximum(j, a, np.full(4, 0.3), resamples=50)
    assert found.p_rise < 1e-6
    assert found.p_fall == pytest.approx(6 * norm.sf(0.5 / (0.3 * np.sqrt(2))))
    assert not found.established


def test_noise_alone_is_no_maximum():
    """Constant A_g: a rise or a fall of p < 0.05 is seen in no more repetitions than that."""
    rng, j, seen = np.random.default_rng(5), np.geomspace(0.05, 1, 8), 0
    for _ in range(400):
        # all sets of values, those with the largest at an end included, which a maximum refuses
        a = 1 + 0.1 * rng.standard_normal(j.size)
        seen += _changes(a, np.full(j.size, 0.1), int(np.argmax(a)))[0] < 0.05
    # 400 × 0.05 = 20 at most, standard deviation 4.4: 3.7 of these, one-sided 1e-4
    assert seen < 37


def test_bad_input():
    a = weak(J)
    options = {"field": FIELD, "largest_stiffness": 1.0, "window": (0.0, 100.0)}
    with pytest.raises(InputError, match="shapes"):
        fit_weak_law(J, a[1:], a, **options)
    with pytest.raises(InputError, match="positive and finite"):
        fit_weak_law(J, 0 * a, a, **options)
    with pytest.raises(InputError, match="field: expected"):
        fit_weak_law(J, a, 0.1 * a, **(options | {"field": 0.0}))
    with pytest.raises(InputError, match="ascending"):
        fit_weak_law(J, a, 0.1 * a, **(options | {"window": (3, 1)}))
    with pytest.raises(InsufficientDataError, match="needs 3"):
        fit_weak_law(J, a, 0.1 * a, **(options | {"window": (50, 100)}))
    with pytest.raises(InsufficientDataError, match="below 50 %"):
        fit_weak_law(J, a, 0.6 * a, **options)
    with pytest.raises(InputError, match="omega_x has shape"):
        fit_intermediate_law(J, a, 0.1 * a, omega_x=J[1:], omega_x_error=J, largest_stiffness=1.0)
    with pytest.raises(InsufficientDataError, match="an end of the scan"):
        prefactor_maximum(J, a, 0.1 * a)
    with pytest.raises(InputError, match="resamples is 1; expected at least 2"):
        prefactor_maximum(J, a, 0.1 * a, resamples=1)
    with pytest.raises(InsufficientDataError, match=r"J = 0\.05, 0\.06, 0\.22 is 501 high, 2\.9 times"):
        prefactor_maximum([0.05, 0.06, 0.22], [77, 175, 67], [2, 5, 2])
    with pytest.raises(InputError, match="same coupling"):
        prefactor_maximum([0.1, 0.1, 0.2], [1, 2, 3], [1, 1, 1])
    with pytest.raises(InsufficientDataError, match="no maximum between"):
        prefactor_maximum([0.1, 0.2, 0.4], [1, 1.05, 1], [0.1, 0.1, 0.1])


def test_plots():
    a = weak(J)
    law = fit_weak_law(J, a, 0.1 * a, field=FIELD, largest_stiffness=1.0, window=(0, 10))
    assert len(law.plot().containers) == 2
    flat = fit_intermediate_law(J, a, 0.1 * a, omega_x=J, omega_x_error=0.1 * J, largest_stiffness=1.0)
    assert flat.plot().get_xlabel() == "$J$"
    assert prefactor_maximum([0.1, 0.2, 0.4], [1, 2, 1], [0.1, 0.1, 0.1]).plot().get_ylabel() == "$A_g$"
