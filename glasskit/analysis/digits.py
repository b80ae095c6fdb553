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
