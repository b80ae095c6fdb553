r"""The KHGPS model: anharmonic oscillators of random stiffness, all coupled at random, under one constant field."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np
import scipy.sparse.linalg
from numpy.typing import ArrayLike, NDArray

from ..errors import ConvergenceError, InputError
from .couplings import random_couplings
from .displacements import PartialAverages, partial_averages
from .landscape import Landscape
from .memory import require
from .minimise import FLOW_TOLERANCE, minimise
from .spectrum import DenseHessian, LowModes, lowest_modes

Array = NDArray[Any]

TOLERANCE = 1e-12
"""Default of the relative gradient; the float64 floor, some eps = 2e-16 times curvature over force, is below it."""


@dataclass(frozen=True, eq=False)
class KHGPSInstance:
    r"""One realisation of disorder at a minimum of its energy.

    Attributes
    ----------
    model : KHGPS
    coordinates, stiffnesses : (N,) arrays
        x_i at the minimum and κ_i, read-only.
    energy, relative_gradient : float
        H and the gradient there, see `Point.relative_gradient`.
    flow_steps, newton_steps, products : int
        What the minimisation took: steps, and products with J.
    energies : (steps + 1,) array
        Energy of the start and after each step.
    """

    model: KHGPS
    coordinates: Array = field(repr=False)
    energy: float
    relative_gradient: float
    flow_steps: int
    newton_steps: int
    products: int
    energies: Array = field(repr=False)
    landscape: Landscape = field(repr=False)

    @property
    def stiffnesses(self) -> Array:
        """κ_i (N,)."""
        return self.landscape.stiffnesses

    @property
    def mean_square(self) -> float:
        """<x²>, the mean of x_i² over oscillators."""
        return float(np.mean(self.coordinates**2))

    def gradient(self) -> Array:
        """∂H/∂x_i at the minimum (N,)."""
        return self.landscape.at(self.coordinates).gradient

    def hessian(self) -> Array:
        """J_ij + δ_ij (κ_i + x_i²/2) as a float64 (N, N) array; InputError where it would not fit into memory."""
        return self._matrix().array()

    def eigenvalues(self) -> Array:
        """All eigenvalues omega² (N,), ascending, by LAPACK in the memory of one matrix.

        Raises
        ------
        IncompleteSpectrumError
            If one is negative beyond rounding, ``partial`` holding all.
        """
        return self._matrix().all_eigenvalues()

    def lowest_modes(self, count: int | None = None, *, below: float | None = None) -> LowModes:
        """The lowest modes, proved complete without a diagonalisation of the whole Hessian.

        Parameters
        ----------
        count : int, optional
            Number of modes, up to N.
        below : float, optional
            Frequency omega: all modes under it, perhaps none. Exactly one of the two must be given.

        Returns
        -------
        LowModes
            Eigenvalues, modes, participation, ``complete_below``.

        Raises
        ------
        InputError
            For a bad `count` or `below`.
        IncompleteSpectrumError
            If the modes do not converge, cannot be proved complete, or one is negative; ``partial`` holds them.

        Notes
        -----
        A shift-invert Krylov space holds the modes; that none is missing is proved by one more factorisation of the
        Hessian, with the modes found moved up (see `DenseHessian.proves`). Memory 8 N² bytes. Small systems,
        and a tenth of all modes or more, are left to LAPACK.
        """
        if (count is None) == (below is None):
            raise InputError("exactly one of count and below must be given: a number of modes or a frequency.")
        n = self.model.n
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= n):
            raise InputError(f"count is {count!r}, expected a whole number from 1 to {n}.")
        if below is not None and not (_is_number(below) and below > 0):
            raise InputError(f"below is {below!r}, expected a frequency > 0.")
        return lowest_modes(self._matrix(), count, None if below is None else float(below))

    def partial_averages(self, limits: ArrayLike) -> PartialAverages:
        """Averages of x² over the oscillators of stiffness up to each of `limits`; see `partial_averages`."""
        return partial_averages(self.coordinates, self.stiffnesses, limits)

    def _matrix(self) -> DenseHessian:
        x = self.coordinates
        return DenseHessian(self.landscape.couplings, self.landscape.diagonal(x), self.landscape.largest_curvature(x))


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
        if not (_is_number(self.coupling) and self.coupling >= 0):
            raise InputError(f"coupling is {self.coupling!r}, expected a number >= 0.")
        if not _is_number(self.field):
            raise InputError(f"field is {self.field!r}, expected a finite number.")
        object.__setattr__(self, "n", int(self.n))
        object.__setattr__(self, "stiffness_range", _checked_range(self.stiffness_range))

    @property
    def memory_bytes(self) -> float:
        """Memory of an instance: its packed float32 couplings, 2 N² bytes, and vectors. Spectra take 8 N² on top."""
        return 2.0 * self.n * (self.n - 1) + 400.0 * self.n

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
        """
        if not isinstance(rng, np.random.Generator):
            raise InputError(f"rng is {rng!r}, expected a numpy.random.Generator.")
        if not (_is_number(start_width) and start_width >= 0):
            raise InputError(f"start_width is {start_width!r}, expected a number >= 0.")
        for name, value in (("tolerance", tolerance), ("flow_tolerance", flow_tolerance)):
            if not (_is_number(value) and 0 < value < 1):
                raise InputError(f"{name} is {value!r}, expected a number > 0 and < 1.")
        fitting = "take fewer oscillators"
        require(self.memory_bytes, f"an instance of n = {self.n} oscillators", remedy=fitting)
        stiffnesses = rng.uniform(*self.stiffness_range, self.n)
        couplings = random_couplings(self.n, self.coupling, rng)
        start = start_width * rng.standard_normal(self.n) if start_width > 0 else np.zeros(self.n)
        stiffnesses.setflags(write=False)
        landscape = Landscape(stiffnesses, couplings, float(self.field), float(self.coupling))
        end = minimise(landscape, start, tolerance=tolerance, flow_tolerance=flow_tolerance)
        end.point.coordinates.setflags(write=False)
        instance = KHGPSInstance(
            self, end.point.coordinates, end.point.energy, end.point.relative_gradient, end.flow_steps,
            end.newton_steps, end.products, end.energies, landscape,
        )  # fmt: skip
        _refuse_doubtful(instance, tolerance)
        return instance


def _refuse_doubtful(instance: KHGPSInstance, tolerance: float) -> None:
    """Raise where the gradient is too large, or where the state never moved although it is no minimum."""
    if not instance.relative_gradient <= tolerance:
        raise ConvergenceError(
            f"the relative gradient is {instance.relative_gradient:.3g} after {instance.products} products with the "
            f"couplings, expected at most {tolerance:.3g}: allow a larger tolerance, or look at the partial result.",
            partial=instance,
        )
    if instance.flow_steps == instance.newton_steps == 0:
        lowest = _lowest_eigenvalue(instance)
        if not lowest > 0:
            raise ConvergenceError(
                f"the start is stationary and no minimum (lowest eigenvalue {lowest:.3g}): without a field start "
                "from a random state, start_width > 0.",
                partial=instance,
            )


def _lowest_eigenvalue(instance: KHGPSInstance) -> float:
    n = instance.model.n
    if n <= 200:
        return float(np.linalg.eigvalsh(instance.hessian())[0])
    diagonal, couplings = instance.landscape.diagonal(instance.coordinates), instance.landscape.couplings
    operator = scipy.sparse.linalg.LinearOperator((n, n), matvec=lambda x: diagonal * x + couplings @ x, dtype=float)
    guess = np.random.default_rng(0).standard_normal(n)  # fixed: the same instance gives the same answer
    return float(scipy.sparse.linalg.eigsh(operator, k=1, which="SA", v0=guess, return_eigenvectors=False)[0])


def _checked_range(given: Any) -> tuple[float, float]:
    ends = tuple(given) if isinstance(given, tuple | list | np.ndarray) else ()
    if len(ends) != 2 or not all(_is_number(end) for end in ends) or not 0 <= ends[0] <= ends[1]:
        raise InputError(f"stiffness_range is {given!r}, expected two numbers, 0 <= lowest <= highest.")
    return float(ends[0]), float(ends[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)
