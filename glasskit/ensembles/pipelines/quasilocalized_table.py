"""The table ``[quasilocalized]`` of a recipe of glasses, and what it asks of the other tables."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ...errors import InputError
from ..tables import truth

FORCE_TOLERANCE = 1e-10  # of a quench, by default
TIGHT_FORCE_TOLERANCE = 1e-12  # where nonlinear modes are wanted: they need 1e-11


@dataclass(frozen=True)
class QuasilocalizedTable:
    """``[quasilocalized]``: the softest excitations of each glass, see `softest_excitations`.

    With ``modes``: the lowest harmonic mode, the quartic mode from it and the cubic mode from that one. On top of it,
    cubic modes from non-affine velocities too (``strains``), the geometric mode, a ``second`` quartic mode; and all
    these modes themselves besides their numbers (``store_modes``).
    """

    modes: bool = truth(
        default=False,
        quiet=True,
        means="find the lowest harmonic mode, the quartic mode from it and the cubic mode from that one",
    )
    strains: bool = truth(default=False, quiet=True, means="cubic modes from all simple and pure shears, too")
    geometric: bool = truth(default=False, quiet=True, means="the geometric mode, too")
    second: bool = truth(
        default=False, quiet=True, means="a second quartic mode, too, that takes hybridised spots apart"
    )
    store_modes: bool = truth(default=False, quiet=True, means="keep these modes, not only their numbers")


def check_wishes(table: QuasilocalizedTable, force_tolerance: float | None) -> float:
    """Return the force tolerance of the quench: as given, or what the curve needs where none is.

    Raises
    ------
    InputError
        If a key of the table is set without ``modes``, or the tolerance given is too loose for nonlinear modes.
    """
    if not table.modes:
        extra = [entry.name for entry in dataclasses.fields(table) if getattr(table, entry.name)]
        if extra:
            raise InputError(
                f"quasilocalized.{extra[0]} is true, but quasilocalized.modes is not: expected modes = true with it."
            )
        return FORCE_TOLERANCE if force_tolerance is None else force_tolerance
    if force_tolerance is None:
        return TIGHT_FORCE_TOLERANCE
    if force_tolerance > TIGHT_FORCE_TOLERANCE:
        raise InputError(
            f"quench.force_tolerance is {force_tolerance:g}, expected at most {TIGHT_FORCE_TOLERANCE:g}, its default "
            "where quasilocalized.modes is true."
        )
    return force_tolerance
