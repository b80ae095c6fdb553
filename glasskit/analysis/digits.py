"""Numbers with their errors, in words."""

from __future__ import annotations

import math


def with_digits(value: float, error: float) -> str:
    """Value with its error in brackets behind the digits it belongs to: 0.512(4), 0.537(13).

    The error has one digit, or two where the first is 1; without an error above zero the value has four digits.
    """
    if not (math.isfinite(error) and error > 0):
        return f"{value:.4g}"
    first = -math.floor(math.log10(error))
    # the rounded error decides how many digits: 0.0196 is 0.020, with one digit
    digits = first + 1 if round(error * 10.0 ** (first + 1)) < 20 else first
    if round(error * 10.0**digits) >= 100:
        digits -= 1
    if digits <= 0:
        step = 10**-digits
        return f"{round(value / step) * step}({round(error / step) * step})"
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def with_error(value: float, error: float) -> str:
    """Return ``value ± error`` with two digits of the error, and as many decimals of the value.

    An error of zero, as of a number that is the same in every glass, leaves six digits of the value.
    """
    if error == 0:
        return f"{value:.6g} ± 0"
    digits = 1 - math.floor(math.log10(error))
    if round(error, digits) >= 10 ** (2 - digits):  # 0.0996 rounds to 0.10
        digits -= 1
    # a value much larger than 1e6 keeps its digits; an error above 100 is rounded all the same
    decimals = max(digits, 0)
    return f"{round(value, digits):.{decimals}f} ± {round(error, digits):.{decimals}f}"
