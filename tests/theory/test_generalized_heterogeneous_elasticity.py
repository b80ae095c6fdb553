"""Generalised heterogeneous elasticity: from P(sigma) to type-II modes, their exponents, and the fit of zeta."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from glasskit.analysis.stresses.distribution import stress_distribution
from glasskit.errors import InputError, InsufficientDataError
from glasskit.theory.generalized_heterogeneous_elasticity import GeneralizedHeterogeneousElasticity
from glasskit.theory.inertia_fit import fit_inertia
from glasskit.theory.stress_laws import (
    MINIMUM,
    LogarithmicStress,
    PowerLawStress,
    measured_stress,
    predicted_stress,
    tabulated_stress,
)
from glasskit.theory.type_two_exponents import exponent_table, type_two_exponents

TAPERS = (1, 2, 3, 7, math.inf)


def bent(sigma):
    """A P(sigma) with a scale: sigma^(-1/2) below 1, sigma^(-3/2) above."""
    return sigma**-0.5 / (1 + sigma)


@pytest.mark.parametrize(("m", "expected"), [(1, (0, 2, 5, 6)), (2, (-1 / 2, 3 / 2, 4, 5)), (math.inf, (-1, 1, 3, 4))])
def test_table_of_exponents(m, expected):
    row = type_two_exponents(m)
    assert (row.stress, row.level, row.frequency, row.integrated) == expected
    assert row.logarithm == math.isinf(m)


def test_rows_and_their_text():
    rows = exponent_table()
    assert [row.frequency for row in rows] == pytest.approx([5, 4, 11 / 3, 3.5, 3])
    assert rows[1].text == "m = 2: P ~ σ^-0.5, ρ ~ λ^1.5, g ~ ω^4, F ~ ω^5"
    assert rows[-1].text == "m = ∞: P ~ σ^-1/ln²σ, ρ ~ λ^1/ln²λ, g ~ ω^3/ln²ω, F ~ ω^4/ln²ω"


@pytest.mark.parametrize("m", TAPERS)
def test_predicted_laws_are_normalised_and_have_the_exponent_of_the_table(m):
    theory = GeneralizedHeterogeneousElasticity(predicted_stress(m, scale=3.0), 2.0)
    # in t = ln(scale/sigma), where no law is singular; the logarithmic one falls off as 1/t only
    norm = quad(lambda t: theory.stress.density(np.array(3 * math.exp(-t))) * 3 * math.exp(-t), 0, 600, limit=500)[0]
    assert norm == pytest.approx(1 - 1 / 601 if math.isinf(m) else 1, rel=1e-9)
    omega = np.array([1e-3, 0.1])
    if math.isinf(m):
        assert theory.local_exponent(omega) == pytest.approx(3 + 4 / (1 - np.log(2 * omega**2 / 3)), rel=1e-14)
    else:
        assert theory.local_exponent(omega) == pytest.approx(type_two_exponents(m).frequency, rel=1e-14)


@pytest.mark.parametrize("m", TAPERS)
def test_local_exponent_is_the_derivative_of_g(m):
    theory, omega, h = GeneralizedHeterogeneousElasticity(predicted_stress(m), 0.7), 0.2, 1e-4
    up, down = theory.density_of_states(omega * math.exp(h)), theory.density_of_states(omega * math.exp(-h))
    # error of the central difference h² d³ ln g/d(ln omega)³, of order 1
    assert math.log(up / down) / (2 * h) == pytest.approx(theory.local_exponent(omega), abs=1e-7)


@pytest.mark.parametrize("m", TAPERS)
def test_level_density_integrates_to_one(m):
    theory = GeneralizedHeterogeneousElasticity(predicted_stress(m, scale=3.0), 2.0)
    assert quad(theory.level_density, 1e-12, 1.5, epsabs=0, epsrel=1e-10)[0] == pytest.approx(1, rel=1e-9)
    assert theory.density_of_states(0.3) == pytest.approx(0.6 * theory.level_density(0.09), rel=1e-14)


@pytest.mark.parametrize("stress", [predicted_stress(2), predicted_stress(math.inf), None])
def test_self_energy_is_the_limit_from_above(stress):
    if stress is None:
        grid = np.geomspace(1e-3, 10, 7)
        stress = tabulated_stress(grid, bent(grid))
    theory, omega, height = GeneralizedHeterogeneousElasticity(stress, 1.3), 0.4, 1e-4
    pole = complex(1.3 * omega**2, height)

    def integrand(sigma):
        return sigma**2 * float(stress.density(np.array(sigma))) / (sigma - pole)

    points = [pole.real + step * height for step in (-100, -10, 0, 10, 100)]
    points += [node for node in stress.nodes if stress.lowest < node < stress.highest]
    low, high = max(stress.lowest, 1e-300), stress.highest
    expected = complex(
        quad(lambda s: integrand(s).real, low, high, points=points, limit=2000)[0],
        quad(lambda s: integrand(s).imag, low, high, points=points, limit=2000)[0],
    )
    found = theory.self_energy(omega)
    # the limit is met linearly in the height, 1e-4, with logarithms at corners
    assert found == pytest.approx(expected / theory.mean_square_stress, rel=3e-3)
    assert found.imag == pytest.approx(math.pi * theory.level_density(omega**2) / theory.zeta, rel=1e-14)


def test_zeta_stretches_the_frequencies_only():
    one = GeneralizedHeterogeneousElasticity(LogarithmicStress(), 1.0)
    four = replace(one, zeta=4.0)
    assert four.density_of_states(0.1) == pytest.approx(2 * one.density_of_states(0.2), rel=1e-14)


def test_a_table_of_a_law_gives_the_law():
    law, grid = predicted_stress(2), np.geomspace(1e-6, 1, 50)
    omega = np.geomspace(2e-3, 0.9, 20)
    table = GeneralizedHeterogeneousElasticity(tabulated_stress(grid, 5 * law.density(grid)))
    # what lies below the table, 1e-15 of <sigma²>, is all that differs
    assert table.density_of_states(omega) == pytest.approx(
        GeneralizedHeterogeneousElasticity(law).density_of_states(omega), rel=1e-10
    )
    assert table.local_exponent(omega) == pytest.approx(4, rel=1e-9)


def test_measured_stresses_of_a_known_law(rng):
    """Stresses u^m have P ~ sigma^(1/m − 1): the exponents come out as in the table, each within its error."""
    for m in (2, 3):
        found = stress_distribution([rng.random(20_000) ** m for _ in range(20)], bins_per_decade=5)
        spectrum = GeneralizedHeterogeneousElasticity(measured_stress(found)).spectrum(np.geomspace(0.05, 0.8, 5))
        deviation = (spectrum.measured_exponent - type_two_exponents(m).frequency) / spectrum.measured_error
        # some 60 slopes, normal by their many counts: one beyond 5 standard deviations has a chance of 4e-5
        assert deviation.size > 10
        assert np.abs(deviation).max() < 5
        assert "measured, 20 glasses" in spectrum.text


def test_a_minimum_counts_as_order_one():
    assert predicted_stress(MINIMUM) == PowerLawStress(0.0, 1.0)


@pytest.mark.parametrize("exponent", [-1.0, -1.5, math.nan])
def test_power_laws_that_cannot_be_normalised_are_refused(exponent):
    with pytest.raises(InputError, match="cannot be normalised") as raised:
        PowerLawStress(exponent)
    assert str(raised.value).count(". ") == 0


@pytest.mark.parametrize(
    ("sigma", "density", "message"),
    [
        ([1, 2, 3], [3, 1, 1], "as steep as 1/sigma"),
        ([1, 2, 3], [1, -1, 1], "cannot be normalised"),
        ([1, 2, 3], [1, math.inf, 1], "cannot be normalised"),
        ([1, 2, 3], [0, 1, 0], "cannot be normalised"),
        ([1, 2, 3], [1, 0, 1], "vanishes between"),
        ([-1, 2, 3], [1, 1, 1], "magnitudes"),
        ([1, 2, 2], [1, 1, 1], "ascending"),
        ([1, 2], [1, 1, 1], "expected equal"),
        (["a"], [1], "arrays of numbers"),
    ],
)
def test_bad_tables_are_refused(sigma, density, message):
    with pytest.raises(InputError, match=message):
        tabulated_stress(sigma, density)


def test_a_measured_end_that_cannot_be_normalised_is_refused(rng):
    pareto = [rng.random(2000) ** -2.0 for _ in range(20)]  # P ~ sigma^(-3/2) above 1, nothing below
    with pytest.raises(InputError, match="as steep as 1/sigma"):
        measured_stress(stress_distribution(pareto, bins_per_decade=5))


def test_too_few_measured_stresses(rng):
    found = stress_distribution([rng.random(10) for _ in range(2)])
    with pytest.raises(InsufficientDataError, match="25 stresses or more"):
        measured_stress(found)


def test_frequencies_outside_the_known_stresses_are_refused():
    theory = GeneralizedHeterogeneousElasticity(tabulated_stress([1.0, 2.0, 4.0], [1.0, 1.0, 1.0]))
    assert theory.frequency_range == (1.0, 2.0)
    for omega in (0.9, 2.1, 0.0):
        with pytest.raises(InputError, match="stay inside"):
            theory.density_of_states(omega)
    with pytest.raises(InputError, match="at an end"):
        theory.self_energy(1.0)
    with pytest.raises(InputError, match="zeta is 0"):
        replace(theory, zeta=0.0)
    with pytest.raises(InputError, match="1-D"):
        theory.spectrum(1.5)


def test_every_inertia_that_fits_as_well_is_told():
    """A local slope that comes back every two decades of sigma: zeta and 100 zeta differ in the amplitude alone."""
    log_sigma = np.linspace(-6, 2, 1601)
    density = 10 ** (-0.5 * log_sigma) * np.exp(0.5 * np.sin(np.pi * log_sigma))
    stress = tabulated_stress(10**log_sigma, density)
    omega = np.geomspace(1.0, 3.0, 20)
    exact = 0.3 * GeneralizedHeterogeneousElasticity(stress, 0.02).density_of_states(omega)
    fit = fit_inertia(stress, omega, exact, 0.02 * exact)
    found = sorted([(fit.zeta, fit.amplitude), *((zeta, amplitude) for zeta, _, amplitude in fit.others)])
    assert len(found) == 4  # 2e-6 needs sigma = 2e-6 to 2e-5, 2 as much as 18
    np.testing.assert_allclose([zeta for zeta, _ in found], [2e-6, 2e-4, 0.02, 2.0], rtol=2e-3)
    # g at a fixed omega goes as sigma³ P(sigma) = zeta^2.5 times what comes back
    np.testing.assert_allclose([a for _, a in found], 0.3 * np.array([1e10, 1e5, 1, 1e-5]), rtol=0.02)
    assert fit.text.count("fits, too") == 3


def test_zeta_is_found_within_its_error_and_said_to_be_fitted(rng):
    grid = np.geomspace(1e-4, 100, 200)
    stress = tabulated_stress(grid, bent(grid))
    omega = np.geomspace(0.2, 3, 30)
    exact = 0.3 * GeneralizedHeterogeneousElasticity(stress, 2.5).density_of_states(omega)
    fit = fit_inertia(stress, omega, exact * (1 + 0.02 * rng.standard_normal(30)), 0.02 * exact)
    assert 0.05 > math.log(fit.upper / fit.lower) / 2 > 0
    # four standard deviations, fixed seed: false alarm 6e-5
    assert abs(math.log(fit.zeta / 2.5)) < 4 * math.log(fit.upper / fit.lower) / 2
    assert fit.chi_squared < 28 + 4 * math.sqrt(2 * 28)
    assert "were fitted" in fit.text
    assert fit.theory.spectrum(omega).zeta_fitted
    assert "fitted to a spectrum" in fit.theory.spectrum(omega).text
    assert "fitted, not predicted" in fit.plot().get_title()


def test_a_power_law_does_not_determine_zeta():
    omega = np.geomspace(0.01, 0.1, 10)
    with pytest.raises(InsufficientDataError, match="zeta is not determined") as raised:
        fit_inertia(predicted_stress(2), omega, omega**4, 0.1 * omega**4)
    assert raised.value.partial.chi_squared == pytest.approx(0, abs=1e-12)


NO_NUMBERS = [np.ones(3), np.array([1.0]), "x", None, [1.0], {}, 1j, True]


@pytest.mark.parametrize("other", [*NO_NUMBERS, 1.0, PowerLawStress], ids=repr)
def test_what_is_no_stress_law_is_refused_in_one_sentence(other):
    """Arrays, text and so on, the class of a law in place of a law; also in place of a measured distribution."""
    for call in (GeneralizedHeterogeneousElasticity, lambda it: fit_inertia(it, [1, 2, 3], [1, 2, 3], [1, 1, 1])):
        with pytest.raises(
            InputError, match=r"^stress is .*; expected a law P\(sigma\), as predicted_stress"
        ) as raised:
            call(other)
        assert "\n" not in str(raised.value)
        assert str(raised.value).count(". ") == 0
    with pytest.raises(InputError, match=r"^distribution is .*for arrays take tabulated_stress\(sigma, density\)"):
        measured_stress(other)


@pytest.mark.parametrize("other", NO_NUMBERS, ids=repr)
def test_what_is_no_number_is_refused_in_one_sentence(other):
    for call, words in (
        (
            lambda it: GeneralizedHeterogeneousElasticity(predicted_stress(2), it),
            "zeta is .*; expected a positive number",
        ),
        (lambda it: predicted_stress(it), "taper is .*; expected an integer >= 1 or math.inf"),
        (lambda it: predicted_stress(2, scale=it), "scale is .*; expected a positive stress"),
        (lambda it: PowerLawStress(it), "exponent is .*; expected a number above −1"),
    ):
        with pytest.raises(InputError, match=f"^{words}") as raised:
            call(other)
        assert str(raised.value).count(". ") == 0


def test_bad_spectra_are_refused():
    law = predicted_stress(2)
    for omega, density, error, message in (
        ([1, 2], [1, 2], [1, 1], "M >= 3"),
        ([1, 2, 2], [1, 1, 1], [1, 1, 1], "ascending"),
        ([1, 2, 3], [1, 1, 1], [1, 0, 1], "errors are not positive"),
        ([1, 2, 3], [1, 1, 1], "none", "expected equal|not arrays"),
    ):
        with pytest.raises(InputError, match=message):
            fit_inertia(law, omega, density, error)
    with pytest.raises(InputError, match="narrow the frequencies"):
        fit_inertia(tabulated_stress([1.0, 2.0], [1.0, 1.0]), [1, 2, 3], [1, 1, 1], [1, 1, 1])


def test_spectra_are_drawn():
    spectrum = GeneralizedHeterogeneousElasticity(predicted_stress(2)).spectrum(np.geomspace(0.01, 0.5, 9))
    assert spectrum.plot().get_lines()[0].get_ydata() == pytest.approx(spectrum.density)
    axes = spectrum.plot(exponents=True, label="m = 2")
    assert axes.get_lines()[0].get_ydata() == pytest.approx(np.full(9, 4.0))
    assert "not predicted" in axes.get_title()
