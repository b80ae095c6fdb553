"""Whether oscillators without a field rest at x = 0, the only minimum of a convex energy."""

from __future__ import annotations

import math

import scipy.linalg

from .couplings import Couplings
from .landscape import Landscape
from .spectrum import DenseHessian

FIRST_BLOCK = 250
"""Oscillators of the first block in which an instability is looked for."""


def rests_at_origin(landscape: Landscape, *, norm: float = math.inf) -> bool:
    """Whether there is no field, and κ_i δ_ij + J_ij is positive definite: Cholesky's factorisation of it ends.

    Then the energy, with its quartic terms, is strictly convex, and x = 0 its minimum: nothing is left to minimise, and
    no typical force to compare a gradient with. The same holds without couplings for any κ_i >= 0.

    Where it is not definite, some leading block is not either, as a rule a small one: blocks are tried from small to
    large.

    Parameters
    ----------
    landscape : Landscape
    norm : float
        A bound of the norm of J, where one is known: larger stiffnesses alone are enough.
    """
    if landscape.field != 0:
        return False
    stiffnesses, packed = landscape.stiffnesses, landscape.couplings.packed
    if landscape.strength == 0 or stiffnesses.min() > norm:
        return True
    size, n = 0, len(stiffnesses)
    while size < n:
        size = min(n, max(2 * size, FIRST_BLOCK))
        block = DenseHessian(Couplings(packed[: size * (size - 1) // 2], size), stiffnesses[:size], norm)
        if scipy.linalg.lapack.dpotrf(block.array(), lower=1, clean=0, overwrite_a=1)[1]:
            return False
    return True
