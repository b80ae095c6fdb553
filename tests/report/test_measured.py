"""Numbers with errors in text, and refusals in place of numbers."""

import math
import re
from pathlib import Path

import pytest

import glasskit
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
        (282.3, 91.2, "282 ± 91"),
        (653.7, 204.0, "650 ± 200"),
        (0.0002686, 0.00002, "0.000269 ± 0.000020"),
        (-3.0991e-6, 9.4e-8, "(-3.099 ± 0.094)e-06"),
        (2.7e-5, 2e-5, "(2.7 ± 2.0)e-05"),
        (9.96e-5, 1e-6, "(9.96 ± 0.10)e-05"),
        (0.0, 3e-5, "(0.0 ± 3.0)e-05"),
        (2.5e8, 1.2e7, "(2.50 ± 0.12)e+08"),
    ],
)
def test_two_digits_of_the_error_decide_those_of_the_value(value, error, text):
    assert with_error(value, error) == text


def test_a_sign_is_shown_on_request():
    assert with_error(0.0123, 0.004, sign=True) == "+0.0123 ± 0.0040"
    assert with_error(-2e-6, 1e-6, sign=True) == "(-2.0 ± 1.0)e-06"
    assert with_error(1.5, 0, sign=True) == "+1.5 ± 0"


def test_an_error_without_an_end_is_said():
    assert with_error(265.03, math.inf) == "265.03 ± inf"
    assert with_error(math.nan, 1.0) == "nan ± 1"


def test_sentences_of_analysis_and_report_have_one_rule_for_a_value_with_its_error():
    """No value ± error is put into digits by hand: `with_error` and `with_digits` do."""
    package = Path(glasskit.__file__).parent
    files = [path for room in ("analysis", "report") for path in sorted((package / room).rglob("*.py"))]
    assert len(files) > 80
    by_hand = [path.name for path in files if re.search(r"\{[^{}]*\} ?± ?\{", path.read_text(encoding="utf-8"))]
    assert by_hand == []


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
