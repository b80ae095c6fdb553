"""Quartic, cubic and geometric modes: the public functions and their result."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ConvergenceError, InputError
from ...particles.configuration import Configuration
from ...particles.kernels.contractions import make_contract
from ...particles.potentials import PairPotential
from ..modes import participation_ratio
from .energies import CUBIC, GEOMETRIC, QUARTIC, DirectionEnergy, ModeEnergy, Place
from .landscape import ModeLandscape
from .minimise import minimise
from .quartic_expansion import QuarticExpansion
from .trust_region import gradient_floor

TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class QuasilocalizedMode(QuarticExpansion):
    """A nonlinear mode π of a glass, |π| = 1, with the expansion of the energy along it.

    Attributes
    ----------
    stiffness, tau, chi : float
        kappa = M:ππ, U3:πππ with its sign for this orientation, U4:ππππ; barriers and wells as in `QuarticExpansion`.
    kind : str
        "quartic", "cubic" or "geometric"; of the lowest harmonic mode "harmonic".
    mode : (N, d) array
        π, turned to lie along the guess it was found from; no translation, rattlers at rest.
    energy : float
        What was minimised: kappa²/chi or kappa³/tau² [energy], kappa²/Σ_pairs (π·π)² [energy²/length⁴], or kappa of a
        harmonic mode.
    gradient : float
        |∇E|/E on the unit sphere: how well the mode is converged.
    floor : float
        The value of ``gradient`` that rounding alone may leave.
    overlap : float
        π · guess, both of unit length, translations taken out of the guess.
    steps, products : int
        Newton steps and curvature products, each of the cost of a product with the Hessian.
    """

    kind: str
    mode: NDArray[np.float64] = field(repr=False)
    energy: float
    gradient: float
    floor: float
    overlap: float
    steps: int
    products: int

    @property
    def participation(self) -> float:
        """Participation ratio e = (Σ π_i²)²/(N Σ (π_i²)²)."""
        return float(participation_ratio(self.mode))


def quartic_mode(
    configuration: Configuration, potential: PairPotential, initial: ArrayLike, *, tolerance: float = TOLERANCE
) -> QuasilocalizedMode:
    """Quartic mode: the minimum of kappa(z)²/chi(z) nearest to a guess.

    At a minimum M·π = (kappa/chi) U4:πππ (Kapteijns, Richard & Lerner, PRE 101, 032130 (2020)). Of the
    lowest harmonic mode as guess it removes what hybridisation with phonons added.

    Parameters
    ----------
    configuration : Configuration
        A glass, quenched to a relative force of 1e-11 or the floor of float64: ``quench(..., force_tolerance=1e-12)``.
    potential : PairPotential
        m >= 3; for m <= 2 a warning.
    initial : (N, d) array_like
        The guess, of any length; its translations do not matter.
    tolerance : float
        Converged where |∇E|/E on the unit sphere is at most this, or the floor of rounding where that is larger;
        the result holds both.

    Returns
    -------
    QuasilocalizedMode
        Of the guess −z the result is −π, with −tau.

    Raises
    ------
    InputError
        A guess of another shape, not finite, or a zero mode; a configuration that is not quenched well enough; a
        Hertzian potential; a guess with chi <= 0.
    ConvergenceError
        Not converged; ``partial`` is the mode so far.

    Examples
    --------
    >>> glass = gk.quench(liquid, gk.BINARY_IPL.potential, force_tolerance=1e-12).configuration
    >>> lowest = gk.lowest_modes(gk.hessian(glass, gk.BINARY_IPL.potential), 1).modes[0]
    >>> spot = gk.quartic_mode(glass, gk.BINARY_IPL.potential, lowest)
    >>> spot.stiffness, spot.participation
    """
    return nonlinear_mode(ModeLandscape.of(configuration, potential), QUARTIC, initial, tolerance=tolerance)


def cubic_mode(
    configuration: Configuration, potential: PairPotential, initial: ArrayLike, *, tolerance: float = TOLERANCE
) -> QuasilocalizedMode:
    """Cubic mode: the minimum of kappa(z)³/tau(z)² nearest to a guess, a direction with a low barrier.

    At a minimum M·π = (kappa/tau) U3:ππ (Gartner & Lerner, SciPost Phys. 1, 016 (2016); Kapteijns, Richard & Lerner,
    PRE 101, 032130 (2020)). The energy is infinite where tau = 0 and even in z; a minimum keeps the sign of tau that
    the guess has. The quartic mode is the guess of choice.

    Parameters, result and errors as for `quartic_mode`, but for the last: tau = 0 along the guess is refused.
    """
    return nonlinear_mode(ModeLandscape.of(configuration, potential), CUBIC, initial, tolerance=tolerance)


def geometric_mode(
    configuration: Configuration, potential: PairPotential, initial: ArrayLike, *, tolerance: float = TOLERANCE
) -> QuasilocalizedMode:
    """Geometric (pseudo-harmonic) mode: the minimum of kappa(z)²/Σ_pairs (z·z)² nearest to a guess, z = z_j − z_i.

    It needs no derivative beyond the Hessian (Richard et al., Phys. Rev. Lett. 126, 015501 (2021)). The sum runs over
    the pairs within their cutoff.

    Parameters, result and errors as for `quartic_mode`; tau and chi of the result are those of the potential.
    """
    return nonlinear_mode(ModeLandscape.of(configuration, potential), GEOMETRIC, initial, tolerance=tolerance)


def nonlinear_mode(
    landscape: ModeLandscape, energy: ModeEnergy, initial: ArrayLike, *, tolerance: float = TOLERANCE
) -> QuasilocalizedMode:
    """The same for a landscape that several modes share, and any of the energies."""
    if not (isinstance(tolerance, (float, int, np.floating)) and 0.0 < tolerance < 1.0):
        raise InputError(f"tolerance: expected a number between 0 and 1, such as 1e-10, found {tolerance!r}.")
    guess_nc = landscape.direction(initial)
    surface = DirectionEnergy(landscape, energy)
    try:
        place, steps = minimise(surface, guess_nc, tolerance)
    except ConvergenceError as error:
        raise ConvergenceError(str(error), result_at(surface, error.partial[0], guess_nc, error.partial[1])) from None
    return result_at(surface, place, guess_nc, steps)


def expansion(landscape: ModeLandscape, z_nc: NDArray[np.float64]) -> tuple[float, float, float]:
    """kappa, tau and chi along a unit vector."""
    contract = make_contract(z_nc.shape[1])
    values = []
    for order in (2, 3, 4):
        out_nc = np.zeros_like(z_nc)
        contract(landscape.i, landscape.j, landscape.vectors, landscape.radial, z_nc, order, out_nc)
        values.append(float(np.vdot(z_nc, out_nc)))
    return values[0], values[1], values[2]


def result_at(surface: DirectionEnergy, place: Place, guess_nc: NDArray[np.float64], steps: int) -> QuasilocalizedMode:
    """The mode at a place that was reached from a guess, turned to lie along it."""
    overlap = float(np.vdot(place.z, guess_nc))
    mode_nc = place.z if overlap >= 0.0 else -place.z
    kappa, tau, chi = expansion(surface.landscape, mode_nc)
    return QuasilocalizedMode(
        kind=surface.energy.name,
        mode=mode_nc,
        stiffness=kappa,
        tau=tau,
        chi=chi,
        energy=float(np.exp(place.value)),
        gradient=float(np.linalg.norm(place.gradient)),
        floor=gradient_floor(surface, place),
        overlap=abs(overlap),
        steps=steps,
        products=surface.products,
    )
