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


def with_error(value: float, error: float, *, sign: bool = False) -> str:
    """Return ``value ± error`` with two digits of the error, and as many decimals of the value.

    Where both are below 1e-4, or one is 1e7 and more, their power of ten stands behind them: (2.7 ± 2.0)e-05. An error
    of zero, as of a number that is the same in every glass, or one that is not finite, leaves six digits of the value.
    With ``sign`` a value that is not negative has a plus.
    """
    plus = "+" if sign else ""
    if error == 0 or not (math.isfinite(value) and math.isfinite(error)):
        return f"{value:{plus}.6g} ± {error:g}"
    largest = max(abs(value), error)
    if not 1e-4 <= largest < 1e7:
        power = math.floor(math.log10(largest))
        mantissas = with_error(value / 10.0**power, error / 10.0**power, sign=sign)
        return f"({mantissas})e{power:+03d}"
    digits = 1 - math.floor(math.log10(error))
    if round(error, digits) >= 10 ** (2 - digits):  # 0.0996 rounds to 0.10
        digits -= 1
    # a value much larger than 1e6 keeps its digits; an error above 100 is rounded all the same
    decimals = max(digits, 0)
    return f"{round(value, digits):{plus}.{decimals}f} ± {round(error, digits):.{decimals}f}"
