"""What all models of coupled oscillators share: instances minimised from one start, their derivatives and spectra."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
import scipy.sparse.linalg
from numpy.typing import ArrayLike, NDArray

from ..errors import ConvergenceError, InputError
from ..observables.mode_request import require_one_request
from .displacements import PartialAverages, partial_averages
from .landscape import Landscape
from .memory import require
from .minimise import minimise
from .spectrum import DenseHessian, LowModes, lowest_modes

Array = NDArray[Any]

TOLERANCE = 1e-12
"""Default of the relative gradient; the float64 floor, some eps = 2e-16 times curvature over force, is below it."""


class OscillatorModel(Protocol):
    """What instances know of their model."""

    @property
    def n(self) -> int:
        """Number of oscillators N."""

    @property
    def memory_bytes(self) -> float:
        """Memory of an instance without spectra."""


@dataclass(frozen=True, eq=False)
class OscillatorInstance:
    r"""One realisation of disorder at a minimum of its energy.

    Attributes
    ----------
    model : OscillatorModel
        Its parameters.
    coordinates, stiffnesses : (N,) arrays
        x_i at the minimum and κ_i, read-only.
    energy, relative_gradient : float
        H and the gradient there, see `Point.relative_gradient`.
    flow_steps, newton_steps, products : int
        What the minimisation took: steps, and products with J.
    energies : (steps + 1,) array
        Energy of the start and after each step.
    """

    model: OscillatorModel
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
        return self.dense_hessian().array()

    def eigenvalues(self) -> Array:
        """All eigenvalues omega² (N,), ascending, by LAPACK in the memory of one matrix.

        Raises
        ------
        IncompleteSpectrumError
            If one is negative beyond rounding, ``partial`` holding all.
        """
        return self.dense_hessian().all_eigenvalues()

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
        One factorisation of the Hessian, at a level above the modes, counts them by Sylvester's law and serves the
        shift-invert Krylov space that finds them. It takes about 4 N² bytes beside the couplings. Small systems,
        and a tenth of all modes or more, are left to LAPACK, which takes 8 N² bytes and 8 N a mode, 16 N² with `below`.
        """
        require_one_request(count, below)
        n = self.model.n
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= n):
            raise InputError(f"count is {count!r}, expected a whole number from 1 to {n}.")
        if below is not None and not (is_number(below) and below > 0):
            raise InputError(f"below is {below!r}, expected a frequency > 0.")
        return lowest_modes(self.dense_hessian(), count, None if below is None else float(below))

    def partial_averages(self, limits: ArrayLike) -> PartialAverages:
        """Averages of x² over the oscillators of stiffness up to each of `limits`; see `partial_averages`."""
        return partial_averages(self.coordinates, self.stiffnesses, limits)

    def dense_hessian(self) -> DenseHessian:
        """The Hessian at the minimum, as its parts."""
        x = self.coordinates
        return DenseHessian(self.landscape.couplings, self.landscape.diagonal(x), self.landscape.largest_curvature(x))


Instance = TypeVar("Instance", bound=OscillatorInstance)


def check_wishes(rng: Any, *, start_width: Any, tolerance: Any, flow_tolerance: Any) -> None:
    """Refuse bad arguments of a model's ``sample`` with an InputError."""
    if not isinstance(rng, np.random.Generator):
        raise InputError(f"rng is {rng!r}, expected a numpy.random.Generator.")
    if not (is_number(start_width) and start_width >= 0):
        raise InputError(f"start_width is {start_width!r}, expected a number >= 0.")
    for name, value in (("tolerance", tolerance), ("flow_tolerance", flow_tolerance)):
        if not (is_number(value) and 0 < value < 1):
            raise InputError(f"{name} is {value!r}, expected a number > 0 and < 1.")


def require_memory(model: OscillatorModel) -> None:
    """Refuse a model whose instance would not fit into memory, before any of it is taken."""
    require(model.memory_bytes, f"an instance of n = {model.n} oscillators", remedy="take fewer oscillators")


def draw_start(n: int, width: float, rng: np.random.Generator) -> Array:
    """Return starting coordinates (N,): normal ones of standard deviation `width`, or zeros, which draw nothing."""
    return width * rng.standard_normal(n) if width > 0 else np.zeros(n)


def minimised(
    instance_type: type[Instance],
    model: OscillatorModel,
    landscape: Landscape,
    start: Array,
    *,
    tolerance: float,
    flow_tolerance: float,
    known: bool = False,
) -> Instance:
    """Minimise the energy from `start` (N,) and return what `instance_type` holds of the minimum.

    With `known` a stationary start was proved to be a minimum, and is not looked at again.

    Raises
    ------
    ConvergenceError
        If the gradient stays above its tolerance, or the start is stationary and no minimum; ``partial`` holds the
        instance as it is.
    """
    landscape.stiffnesses.setflags(write=False)
    end = minimise(landscape, start, tolerance=tolerance, flow_tolerance=flow_tolerance)
    end.point.coordinates.setflags(write=False)
    instance = instance_type(
        model, end.point.coordinates, end.point.energy, end.point.relative_gradient, end.flow_steps, end.newton_steps,
        end.products, end.energies, landscape,
    )  # fmt: skip
    _refuse_doubtful(instance, tolerance, known)
    return instance


def _refuse_doubtful(instance: OscillatorInstance, tolerance: float, known: bool) -> None:
    """Raise where the gradient is too large, or where the state never moved although it is no minimum."""
    if not instance.relative_gradient <= tolerance:
        raise ConvergenceError(
            f"the relative gradient is {instance.relative_gradient:.3g} after {instance.products} products with the "
            f"couplings, expected at most {tolerance:.3g}: allow a larger tolerance, or look at the partial result.",
            partial=instance,
        )
    if not known and instance.flow_steps == instance.newton_steps == 0:
        lowest = lowest_eigenvalue(instance.landscape, instance.coordinates)
        if not lowest > 0:
            raise ConvergenceError(
                f"the start is stationary and no minimum (lowest eigenvalue {lowest:.3g}): without a field start "
                "from a random state, start_width > 0.",
                partial=instance,
            )


def lowest_eigenvalue(landscape: Landscape, coordinates: Array) -> float:
    """Lowest eigenvalue of the Hessian at a state (N,), by LAPACK for few oscillators and Lanczos for many."""
    n, couplings, diagonal = len(coordinates), landscape.couplings, landscape.diagonal(coordinates)
    if n <= 200:
        return float(np.linalg.eigvalsh(couplings.dense(diagonal=diagonal))[0])
    operator = scipy.sparse.linalg.LinearOperator((n, n), matvec=lambda x: diagonal * x + couplings @ x, dtype=float)
    guess = np.random.default_rng(0).standard_normal(n)  # fixed: the same instance gives the same answer
    found = scipy.sparse.linalg.eigsh(operator, k=1, which="SA", v0=guess, return_eigenvectors=False)
    return float(found[0])


def checked_range(given: Any) -> tuple[float, float]:
    """Return a range of stiffnesses as two floats; InputError where it is none."""
    ends = tuple(given) if isinstance(given, tuple | list | np.ndarray) else ()
    if len(ends) != 2 or not all(is_number(end) for end in ends) or not 0 <= ends[0] <= ends[1]:
        raise InputError(f"stiffness_range is {given!r}, expected two numbers, 0 <= lowest <= highest.")
    return float(ends[0]), float(ends[1])


def is_number(value: Any) -> bool:
    """Whether `value` is a finite real number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)
