r"""The KHGPS model: anharmonic oscillators of random stiffness, all coupled at random, under one constant field."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np

from ..errors import InputError
from .couplings import random_couplings
from .instance import (
    TOLERANCE,
    OscillatorInstance,
    check_wishes,
    checked_range,
    draw_start,
    is_number,
    minimised,
    require_memory,
)
from .landscape import Landscape
from .minimise import FLOW_TOLERANCE
from .rest import rests_at_origin

__all__ = ["KHGPS", "KHGPSInstance", "TOLERANCE"]


@dataclass(frozen=True, eq=False)
class KHGPSInstance(OscillatorInstance):
    """One realisation of disorder at a minimum of its energy; see `OscillatorInstance` for what it holds and offers."""

    model: KHGPS


@dataclass(frozen=True)
class KHGPS:
    r"""Mean-field model of interacting quasilocalised excitations (Kühn, Horstmann; Gurevich, Parshin, Schober).

    .. math:: H = \tfrac12\sum_i \kappa_i x_i^2 + \tfrac1{4!}\sum_i x_i^4 + \sum_{i<j} J_{ij}x_ix_j - h\sum_i x_i

    with Gaussian J_ij of variance J²/N and κ_i uniform on a range. Reduced units: A = x_0 = 1, so that stiffness and J
    are in A x_0², the field in A x_0³.

    Parameters
    ----------
    n : int
        Number of oscillators N >= 2.
    coupling : float
        J >= 0.
    field : float
        h, of either sign.
    stiffness_range : (float, float)
        0 <= κ_min <= κ_0.

    Raises
    ------
    InputError
        For anything else.

    References
    ----------
    [R] Rainone, Urbani, Zamponi, Lerner, Bouchbinder, SciPost Phys. Core 4, 008 (2021), Eq. (1).
    """

    n: int
    _: KW_ONLY
    coupling: float
    field: float
    stiffness_range: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if isinstance(self.n, bool) or not isinstance(self.n, int | np.integer) or self.n < 2:
            raise InputError(f"n is {self.n!r}, expected a whole number >= 2 of oscillators.")
        if not (is_number(self.coupling) and self.coupling >= 0):
            raise InputError(f"coupling is {self.coupling!r}, expected a number >= 0.")
        if not is_number(self.field):
            raise InputError(f"field is {self.field!r}, expected a finite number.")
        object.__setattr__(self, "n", int(self.n))
        object.__setattr__(self, "stiffness_range", checked_range(self.stiffness_range))

    @property
    def memory_bytes(self) -> float:
        """Memory of an instance: packed float32 couplings, 2 N² bytes, and vectors. Modes take up to 16 N² on top."""
        return 2.0 * self.n * (self.n - 1) + 700.0 * self.n

    def sample(
        self,
        rng: np.random.Generator,
        *,
        start_width: float = 0.0,
        tolerance: float = TOLERANCE,
        flow_tolerance: float = FLOW_TOLERANCE,
    ) -> KHGPSInstance:
        """Draw the disorder, κ first, and minimise the energy.

        Parameters
        ----------
        rng : numpy.random.Generator
            N uniform numbers, N (N − 1)/2 float32 normal ones, and N normal ones where `start_width` > 0.
        start_width : float
            Standard deviation of the starting coordinates; 0: from x = 0, as in [R].
        tolerance : float
            Largest relative gradient, max|∂H/∂x_i| over the typical force, see `Point.relative_gradient`.
        flow_tolerance : float
            Error of each step of the gradient flow, relative to the rms coordinate.

        Returns
        -------
        KHGPSInstance

        Raises
        ------
        InputError
            For bad arguments, or where the couplings would not fit into memory.
        ConvergenceError
            If the gradient stays above its tolerance, or x = 0 is stationary (no field) and no minimum; ``partial``
            holds the instance as it is.

        Notes
        -----
        The gradient flow is followed until Newton steps stay, by a bound on the change of the Hessian along them, in
        the basin where the flow ends. For large N and J >> kappa_0 the minima are so many that the error of the steps
        decides between them: a smaller ``flow_tolerance`` then finds other ones, and single instances mean nothing.
        [R] used nonlinear conjugate gradients, which need not find the same minimum either.

        Without a field, and where κ_i δ_ij + J_ij is positive definite, x = 0 is the only minimum and returned as such.
        """
        check_wishes(rng, start_width=start_width, tolerance=tolerance, flow_tolerance=flow_tolerance)
        require_memory(self)
        stiffnesses = rng.uniform(*self.stiffness_range, self.n)
        couplings = random_couplings(self.n, self.coupling, rng)
        start = draw_start(self.n, start_width, rng)
        landscape = Landscape(stiffnesses, couplings, float(self.field), float(self.coupling))
        at_rest = rests_at_origin(landscape)
        if at_rest:
            start = np.zeros(self.n)
        return minimised(
            KHGPSInstance, self, landscape, start, tolerance=tolerance, flow_tolerance=flow_tolerance, known=at_rest
        )
