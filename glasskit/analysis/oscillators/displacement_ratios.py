"""One number or not: kappa_0 <x²>/omega_x⁴ of several ensembles of oscillators, [R] Fig. 5b."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError
from ..digits import with_digits
from ..per_glass import FloatArray
from ..straight_line import LinearFit, linear_fit
from .collapse import Collapse
from .crossover import DOUBTFUL

UNCOUPLED = 2.7257
"""kappa_0 <x²>/omega_x⁴ of uncoupled oscillators with omega_x = h^(1/3), if kappa_0 >> omega_x²."""


def uncoupled_ratio(field: float, largest_stiffness: float) -> float:
    """Return 2.7257 − h^(2/3)/kappa_0, the ratio of uncoupled oscillators up to (h^(2/3)/kappa_0)^4/12.

    Stiff oscillators have x = h/kappa: those above kappa_0 lack h²/kappa_0 in the integral of x² over all stiffness.
    """
    return UNCOUPLED - abs(field) ** (2 / 3) / largest_stiffness


@dataclass(frozen=True, eq=False)
class DisplacementRatios:
    """kappa_0 <x²>/omega_x⁴ of several ensembles: one number, if <x²> ~ omega_x⁴/kappa_0.

    Attributes
    ----------
    names : tuple of str
    value, error : (K,) arrays
    constant, constant_error : float
        The number; where the values differ, its error is enlarged, and it may lie outside of them, whose errors are
        correlated.
    fit : LinearFit
        Of the logarithms.
    """

    names: tuple[str, ...]
    value: FloatArray
    error: FloatArray
    constant: float
    constant_error: float
    fit: LinearFit = field(repr=False)

    @property
    def p_value(self) -> float:
        """Probability of such differences or larger ones, if it is one number."""
        return self.fit.p_value

    @property
    def summary(self) -> str:
        """The number, or between what the ratios lie where they are not one."""
        spread = f"{self.value.min():.3g} to {self.value.max():.3g}"
        if self.p_value < DOUBTFUL:
            return (
                f"kappa_0 <x²>/omega_x⁴ of {len(self.names)} ensembles is not one number: {spread} (p = "
                f"{self.p_value:.2g})."
            )
        return (
            f"kappa_0 <x²>/omega_x⁴ = {with_digits(self.constant, self.constant_error)} over {len(self.names)} "
            f"ensembles ({spread}, p = {self.p_value:.2g}: one number)."
        )

    def __str__(self) -> str:
        return self.summary


def displacement_ratios(found: Collapse, largest_stiffness: ArrayLike, *, names: Sequence[str]) -> DisplacementRatios:
    """Test <x²> ~ omega_x⁴/kappa_0 over some of the ensembles of a collapse.

    Errors are those of the ratio over resampled instances: <x²> and omega_x of an ensemble vary together.

    Parameters
    ----------
    found : Collapse
    largest_stiffness : float or (K,) array
        kappa_0 of the named ensembles.
    names : sequence of str
        Ensembles with J << kappa_0, of the weak or the intermediate regime.

    Raises
    ------
    InputError
        An unknown name, or a kappa_0 that is not positive.
    InsufficientDataError
        Fewer than two names.

    References
    ----------
    [R] Fig. 5b.
    """
    chosen = found.select(*names)
    stiffness = np.broadcast_to(np.asarray(largest_stiffness, dtype=np.float64), (len(chosen),))
    if not (np.isfinite(stiffness).all() and (stiffness > 0).all()):
        raise InputError("largest_stiffness: expected a positive number for each ensemble.")
    value = stiffness * found.mean_square[chosen] / found.omega_x[chosen] ** 4
    logs_rk = found.log_square_rm[:, chosen] - 4 * found.log_omega_rm[:, chosen]
    covariance = np.atleast_2d(np.cov(logs_rk.T)) * found.variance_factor
    fit = linear_fit(np.ones((len(chosen), 1)), np.log(value), covariance, what="kappa_0 <x²>/omega_x⁴")
    constant = math.exp(fit.value[0])
    return DisplacementRatios(
        names=tuple(names), value=value, error=value * np.sqrt(np.diag(covariance)), constant=constant,
        constant_error=constant * float(fit.error[0]), fit=fit,
    )  # fmt: skip
