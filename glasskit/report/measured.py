"""A number, or the sentence that says why there is none: reports show one or the other, never a blank or NaN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ..analysis.digits import with_error as with_error
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
