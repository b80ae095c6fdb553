r"""The lattice model of Gurevich, Parshin, Schober: anharmonic oscillators on sites, coupled like elastic dipoles."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
import scipy.sparse.linalg
from numpy.typing import NDArray

from ..errors import InputError
from .couplings import Couplings
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

Array = NDArray[Any]

__all__ = ["GPSInstance", "GPSLattice", "LatticeLandscape", "lattice_couplings", "lattice_distances"]

START_WIDTH = 1.0
"""Where the quartic force, x³/6, and a spring of unit stiffness are alike."""
NORM_ERROR, NORM_MARGIN = 1e-2, 1.05
DENSE_SIZE = 200


@dataclass(frozen=True, eq=False)
class LatticeLandscape(Landscape):
    """A landscape whose couplings are no Gaussian matrix: the norm of J was computed, not taken from its variance.

    Parameters
    ----------
    norm : float
        Bound of the norm of J; `strength` is the J of a Gaussian matrix with rows of the same mean square.
    """

    norm: float

    @property
    def coupling_norm(self) -> float:
        """The norm of J, from above."""
        return self.norm


@dataclass(frozen=True, eq=False)
class GPSInstance(OscillatorInstance):
    """One lattice at a minimum of its energy; see `OscillatorInstance` for what it holds and offers.

    Arrays over oscillators are in the order of `GPSLattice.sites`.
    """

    model: GPSLattice


@dataclass(frozen=True)
class GPSLattice:
    r"""Anharmonic oscillators on a periodic lattice, square or simple cubic, with couplings that decay as 1/r^d.

    .. math:: H = \tfrac12\sum_i \kappa_i x_i^2 + \tfrac1{4!}\sum_i x_i^4 + \sum_{i<j} J_{ij}x_ix_j - h\sum_i x_i,
        \qquad J_{ij} = J g_{ij}/r_{ij}^d

    with g_ij uniform on [−½, ½) and stiffnesses of density ~ (κ − κ_min)^β on a range. Without a gap, κ_min = 0, the
    frequencies of the oscillators alone, ω = √κ, have the density D0(ω) ~ ω^n with n = 2β + 1, the language of [GPS].
    Reduced units: A = 1 and lattice constant 1; stiffness and J in A x_0² with x_0 the unit of x.

    r_ij is the distance to the nearest periodic image. For even L the image at L/2 along an axis is not unique but its
    distance is, and the pair is coupled once. Sums over images are not taken: at distances of L/2 the model is not
    isotropic.

    Parameters
    ----------
    length : int
        L >= 2, sites along an edge; N = L^d.
    coupling : float
        J >= 0.
    field : float
        h, of either sign; the original has none.
    dimension : int
        d, 2 or 3.
    stiffness_range : (float, float)
        0 <= κ_min <= κ_0; [P] has no gap.
    stiffness_exponent : float
        β > −1.

    Raises
    ------
    InputError
        For anything else.

    References
    ----------
    [P] Lerner, Bouchbinder, "Low-energy quasilocalized excitations in structural glasses", Eq. (2).
    [GPS] Gurevich, Parshin, Schober, Phys. Rev. B 67, 094203 (2003).
    """

    length: int
    _: KW_ONLY
    coupling: float
    field: float = 0.0
    dimension: int = 3
    stiffness_range: tuple[float, float] = (0.0, 1.0)
    stiffness_exponent: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.length, bool) or not isinstance(self.length, int | np.integer) or self.length < 2:
            raise InputError(f"length is {self.length!r}, expected a whole number >= 2 of sites along an edge.")
        if isinstance(self.dimension, bool) or self.dimension not in (2, 3):
            raise InputError(f"dimension is {self.dimension!r}, expected 2 (square) or 3 (simple cubic).")
        if not (is_number(self.coupling) and self.coupling >= 0):
            raise InputError(f"coupling is {self.coupling!r}, expected a number >= 0.")
        if not is_number(self.field):
            raise InputError(f"field is {self.field!r}, expected a finite number.")
        if not (is_number(self.stiffness_exponent) and self.stiffness_exponent > -1):
            raise InputError(
                f"stiffness_exponent is {self.stiffness_exponent!r}, expected a number > -1: the density of "
                "stiffnesses cannot be normalised."
            )
        object.__setattr__(self, "length", int(self.length))
        object.__setattr__(self, "dimension", int(self.dimension))
        object.__setattr__(self, "stiffness_range", checked_range(self.stiffness_range))

    @property
    def n(self) -> int:
        """Number of oscillators N = L^d."""
        return self.length**self.dimension

    @property
    def sites(self) -> Array:
        """Integer coordinates of the sites (N, d) in the order of the oscillators: the last one changes fastest."""
        return np.stack(np.unravel_index(np.arange(self.n), (self.length,) * self.dimension), axis=1)

    @property
    def mean_field_coupling(self) -> float:
        """J of a KHGPS model with couplings of the same mean square force: J (Σ_r r^(-2d)/12)^½ over the sites."""
        distances = lattice_distances(self.length, self.dimension)
        inverse = distances[distances > 0] ** (-2.0 * self.dimension)
        return float(self.coupling * math.sqrt(np.sum(inverse) / 12.0))

    @property
    def memory_bytes(self) -> float:
        """Memory of an instance: packed float32 couplings, 2 N² bytes, and vectors. Modes take up to 16 N² on top."""
        return 2.0 * self.n * (self.n - 1) + 700.0 * self.n

    def sample(
        self,
        rng: np.random.Generator,
        *,
        start_width: float = START_WIDTH,
        tolerance: float = TOLERANCE,
        flow_tolerance: float = FLOW_TOLERANCE,
    ) -> GPSInstance:
        """Draw the disorder, κ first, and minimise the energy from a random state.

        Parameters
        ----------
        rng : numpy.random.Generator
            N uniform numbers, N (N − 1)/2 float32 uniform ones, and N normal ones where `start_width` > 0.
        start_width : float
            Standard deviation of the starting coordinates; 0, x = 0, only with a field.
        tolerance : float
            Largest relative gradient, max|∂H/∂x_i| over the typical force, see `Point.relative_gradient`.
        flow_tolerance : float
            Error of each step of the gradient flow, relative to the rms coordinate.

        Returns
        -------
        GPSInstance

        Raises
        ------
        InputError
            For bad arguments, no field and no random start, or where the couplings would not fit into memory.
        ConvergenceError
            If the gradient stays above its tolerance; ``partial`` holds the instance as it is.

        Notes
        -----
        Without a field x = 0 is stationary, and −x as good as x. Where κ_i δ_ij + J_ij is positive definite the energy
        is convex: x = 0 is its only minimum, and is returned as such. For any other J some oscillators are unstable
        there and which of the many minima is found depends on the random start, see `KHGPS.sample`.
        """
        check_wishes(rng, start_width=start_width, tolerance=tolerance, flow_tolerance=flow_tolerance)
        if self.field == 0 and start_width == 0:
            raise InputError(
                "start_width is 0 and there is no field, where x = 0 is stationary whether it is a minimum or not: "
                "start from a random state, start_width > 0."
            )
        require_memory(self)
        lowest, highest = self.stiffness_range
        stiffnesses = lowest + (highest - lowest) * rng.random(self.n) ** (1.0 / (self.stiffness_exponent + 1.0))
        couplings = lattice_couplings(self.length, self.dimension, self.coupling, rng)
        start = draw_start(self.n, start_width, rng)
        landscape = LatticeLandscape(
            stiffnesses, couplings, float(self.field), self.mean_field_coupling, norm=_norm_bound(couplings)
        )
        at_rest = rests_at_origin(landscape, norm=landscape.norm)
        if at_rest:
            start = np.zeros(self.n)
        return minimised(
            GPSInstance, self, landscape, start, tolerance=tolerance, flow_tolerance=flow_tolerance, known=at_rest
        )


def lattice_distances(length: int, dimension: int) -> Array:
    """Distance from the first site to the nearest image of each, an array of `dimension` axes of `length`."""
    along = np.minimum(np.arange(length), length - np.arange(length))
    squares = np.zeros((length,) * dimension)
    for axis in range(dimension):
        squares += (along**2).reshape([-1 if other == axis else 1 for other in range(dimension)])
    return np.sqrt(squares)


def lattice_couplings(length: int, dimension: int, strength: float, rng: np.random.Generator) -> Couplings:
    """Couplings `strength` · g / r^d, g from N (N − 1)/2 uniform float32 numbers on [−½, ½), row by row.

    Two strengths with the same random numbers differ by a factor (rounded to float32).
    """
    size = length**dimension
    distances = lattice_distances(length, dimension)
    distances.flat[0] = np.inf  # no site is coupled to itself
    # differences of coordinates, −L < δ < L on each axis, are numbered so that the number of r_i − r_j is a difference
    shifts = np.ix_(*[np.arange(1 - length, length) % length] * dimension)
    weights = (strength / distances**dimension)[shifts].astype(np.float32).ravel()
    steps = (2 * length - 1) ** np.arange(dimension - 1, -1, -1)
    numbers = np.stack(np.unravel_index(np.arange(size), (length,) * dimension), axis=1) @ steps
    centre = weights.size // 2
    packed = np.empty(size * (size - 1) // 2, dtype=np.float32)
    rng.random(dtype=np.float32, out=packed)
    packed -= np.float32(0.5)
    begin = 0
    for i in range(1, size):
        packed[begin : begin + i] *= weights[centre + numbers[i] - numbers[:i]]
        begin += i
    packed.setflags(write=False)
    return Couplings(packed, size)


def _norm_bound(couplings: Couplings) -> float:
    """Norm of J within some percent, from above: LAPACK for few oscillators, Lanczos for many.

    Row sums of |J_ij| would bound it too, at five times its value in three dimensions.
    """
    if not couplings.packed.any():
        return 0.0
    if couplings.size <= DENSE_SIZE:
        return float(np.max(np.abs(np.linalg.eigvalsh(couplings.dense()))))
    operator = scipy.sparse.linalg.LinearOperator(couplings.shape, matvec=lambda x: couplings @ x, dtype=float)
    guess = np.random.default_rng(0).standard_normal(couplings.size)  # fixed: the same couplings give the same steps
    found = scipy.sparse.linalg.eigsh(operator, k=1, which="LM", v0=guess, tol=NORM_ERROR, return_eigenvectors=False)
    return NORM_MARGIN * float(abs(found[0]))
