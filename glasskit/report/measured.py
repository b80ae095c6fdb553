"""A number, or the sentence that says why there is none: reports show one or the other, never a blank or NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import InputError, InsufficientDataError

T = TypeVar("T")


@dataclass(frozen=True)
class Refused:
    """In place of a number that cannot be given: why not, in a sentence."""

    reason: str


def attempt(function: Callable[..., T], *arguments: Any, **keywords: Any) -> T | Refused:
    """Return what a function of `glasskit.analysis` returns, or its refusal as a value."""
    try:
        return function(*arguments, **keywords)
    except (InputError, InsufficientDataError) as error:
        return Refused(str(error))


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
