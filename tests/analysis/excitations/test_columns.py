"""What every statistic of excitations refuses: one table of bad input, and the counts below which nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from glasskit.analysis.excitations.asymmetry import cubic_against_quartic
from glasskit.analysis.excitations.columns import one_per_glass
from glasskit.analysis.excitations.convergence import harmonic_convergence
from glasskit.analysis.excitations.double_wells import double_wells
from glasskit.analysis.excitations.local_slopes import local_slopes
from glasskit.analysis.excitations.power_laws import chi_against_participation, fit_power_law
from glasskit.analysis.excitations.soft_ends import barriers, lowest_frequencies, soft_end
from glasskit.analysis.excitations.stiffness_order import stiffness_order
from glasskit.errors import InputError, InsufficientDataError

GOOD = np.linspace(0.5, 0.9, 60)
STATISTICS = {
    "order": (lambda a, b: stiffness_order(a, b, 2 * GOOD), 2),
    "power law": (fit_power_law, 10),
    "chi": (lambda a, b: chi_against_participation(a, b, 100), 10),
    "local slopes": (lambda a, b: local_slopes(a, b, expected=4), 40),
    "convergence": (lambda a, b: harmonic_convergence(a, 2 * GOOD, b), 40),
    "wells": (lambda a, b: double_wells(a, b, GOOD), 10),
    "frequencies": (lambda a, b: lowest_frequencies(a), 10),
    "barriers": (barriers, 10),
    "asymmetry": (lambda a, b: cubic_against_quartic(a, GOOD, b, GOOD, GOOD), 2),
}
every = pytest.mark.parametrize("name", STATISTICS)


@every
def test_good_input_is_taken(name):
    assert STATISTICS[name][0](GOOD, GOOD) is not None


@every
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.where(GOOD > 0.85, np.nan, GOOD), "is NaN or infinite"),
        (np.where(GOOD > 0.85, np.inf, GOOD), "is NaN or infinite"),
        (np.where(GOOD > 0.85, 0.0, GOOD), "expected a number (above zero|of either sign)"),
        (np.full((60, 2), 0.5), r"has shape \(60, 2\)"),
        (np.full(60, "soft"), "not numbers"),
    ],
)
def test_values_that_are_none_are_refused(name, wrong, message):
    with pytest.raises(InputError, match=message):
        STATISTICS[name][0](wrong, GOOD)


@pytest.mark.parametrize("name", [name for name in STATISTICS if name != "frequencies"])
def test_lengths_that_do_not_match_are_listed(name):
    with pytest.raises(InputError, match=r"different numbers of glasses: .* 5[09]"):
        STATISTICS[name][0](GOOD, GOOD[:59])


@pytest.mark.parametrize("function", [fit_power_law, barriers])
def test_no_glass_and_too_few(function):
    with pytest.raises(InputError, match="the ensemble is empty"):
        function([], [])
    with pytest.raises(InsufficientDataError, match="at least 2 glasses, found 1"):
        function([1.0], [1.0])
    with pytest.raises(InsufficientDataError, match="9 glasses; at least 10"):
        function(GOOD[:9], GOOD[:9])


def test_windows_of_few_glasses_are_refused():
    with pytest.raises(InsufficientDataError, match=r"windows of 0.5 of 38 glasses hold fewer than 20"):
        local_slopes(GOOD[:38], GOOD[:38], expected=1)
    with pytest.raises(InsufficientDataError, match=r"0.1 of 60 glasses are fewer than 10"):
        soft_end(GOOD, expected=1, parts=[0.1])


@pytest.mark.parametrize(
    "options", [{"windows": 0}, {"windows": 2.5}, {"width": 0.0}, {"width": 1.5}, {"windows": True}]
)
def test_windows_that_are_none_are_refused(options):
    with pytest.raises(InputError, match=r"windows is .* and width"):
        local_slopes(GOOD, GOOD, expected=1, **options)


@pytest.mark.parametrize("parts", [[], [0.0, 1.0], [1.0, 0.5], [0.5, 0.5], [1.1]])
def test_parts_that_are_none_are_refused(parts):
    with pytest.raises(InputError, match="expected ascending numbers above 0, up to 1"):
        soft_end(GOOD, expected=1, parts=parts)


def test_values_that_do_not_differ_have_no_slope():
    same = np.full(60, 0.7)
    for refused in (
        lambda: fit_power_law(same, GOOD),
        lambda: local_slopes(same, GOOD, expected=1),
    ):
        with pytest.raises(InputError, match=r"all values of x are 0.7; a slope needs different ones"):
            refused()


def test_unit_vectors_overlap_by_one_at_most():
    for refused in (
        lambda: harmonic_convergence(GOOD, GOOD * 1.01, GOOD + 0.2),
        lambda: cubic_against_quartic(GOOD, GOOD, GOOD, GOOD, -GOOD - 0.2),
    ):
        with pytest.raises(InputError, match=r"overlap of glass 59 is -?1.1; expected that of unit vectors"):
            refused()
    with pytest.raises(InputError, match=r"N is 0 and the largest participation ratio 0.9"):
        chi_against_participation(GOOD, GOOD, 0)


def test_quantities_come_back_in_their_order_as_floats():
    a, b = one_per_glass(b=[1, 2], a=np.array([3.0, -4.0]))
    np.testing.assert_array_equal(a, [1.0, 2.0])
    np.testing.assert_array_equal(b, [3.0, -4.0])
    assert a.dtype == np.float64
