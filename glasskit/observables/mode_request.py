"""Which of the lowest modes are wanted: so many of them, or all below a frequency; never both."""

from __future__ import annotations

import reprlib

from ..errors import InputError


def require_one_request(count: object, below: object) -> None:
    """Refuse a number of modes together with a frequency, and neither of them; values are looked at elsewhere.

    Raises
    ------
    InputError
        With what was given and what to leave out or to give.
    """
    if count is not None and below is not None:
        raise InputError(
            f"count = {reprlib.repr(count)} and below = {reprlib.repr(below)} are both given; expected one of them: "
            "leave out below for that many lowest modes, or count for all modes below that frequency."
        )
    if count is None and below is None:
        raise InputError(
            "neither count nor below is given; expected one of them: a number of lowest modes as count, or as below "
            "the frequency omega up to which all modes are wanted."
        )
