"""Potentials that nonlinear modes can be asked of."""

from __future__ import annotations

import warnings

from ...errors import GlasskitWarning, InputError
from ...particles.potentials import Hertzian, PairPotential


def check_smoothness(potential: PairPotential, *, asked_by: str = "potential", stacklevel: int = 2) -> None:
    """Refuse a potential whose third derivative diverges where it ends; warn where that derivative jumps there.

    Parameters
    ----------
    potential : PairPotential
    asked_by : str
        What the message begins with: an argument, or the key of a recipe.
    stacklevel : int
        Of the warning: 2 names the caller of this function, 3 the caller of that one.

    Raises
    ------
    InputError
        A Hertzian contact.

    Warns
    -----
    GlasskitWarning
        If phi''' or a lower derivative jumps at the cutoff (m <= 2): pairs near it make the third and fourth
        derivatives of the energy depend on which side they are. For m = 3 only phi'''' jumps, by a finite amount, as
        in the models of Kapteijns, Richard & Lerner, PRE 101, 032130 (2020): no warning.
    """
    name = type(potential).__name__
    if isinstance(potential, Hertzian):
        raise InputError(
            f"{asked_by}: the third derivative of {name} diverges where particles touch, so that nonlinear modes are "
            "not defined; expected a potential that ends more smoothly (m >= 3)."
        )
    if potential.smoothness_at_cutoff <= 2:
        warnings.warn(
            f"{asked_by}: {name} ends with m = {potential.smoothness_at_cutoff:g}: its third derivative jumps at the "
            "cutoff (or a lower one), and nonlinear modes depend on which pairs happen to lie within it; m >= 3 is "
            "smooth enough.",
            GlasskitWarning,
            stacklevel=stacklevel,
        )
