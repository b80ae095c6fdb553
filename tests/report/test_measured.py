"""Numbers with errors in text, and refusals in place of numbers."""

import pytest

from glasskit.errors import InputError, InsufficientDataError
from glasskit.report.measured import Refused, attempt, with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (2.60123, 0.00123, "2.6012 ± 0.0012"),
        (2.6, 0.0996, "2.60 ± 0.10"),
        (2.6, 0.00996, "2.600 ± 0.010"),
        (3.4567, 1.2, "3.5 ± 1.2"),
        (3.4567, 0.95, "3.46 ± 0.95"),
        (1234.6, 56.7, "1235 ± 57"),
        (1234.6, 9.96, "1235 ± 10"),
        (123456.0, 789.0, "123460 ± 790"),
        (-0.5, 0.021, "-0.500 ± 0.021"),
        (0.25, 0, "0.25 ± 0"),
    ],
)
def test_two_digits_of_the_error_decide_those_of_the_value(value, error, text):
    assert with_error(value, error) == text


def test_a_refusal_carries_its_sentence():
    def too_few():
        raise InsufficientDataError("too few glasses")

    def nonsense():
        raise InputError("no such window")

    assert attempt(too_few) == Refused("too few glasses")
    assert attempt(nonsense) == Refused("no such window")
    assert attempt(max, 1, 2) == 2


def test_a_bug_is_not_a_refusal():
    with pytest.raises(ZeroDivisionError):
        attempt(lambda: 1 / 0)
