"""What one direction of a glass is like: its expansion, its shape in space, its wells, its coupling to strain."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, InsufficientDataError
from ...particles.configuration import Configuration
from ...particles.potentials import PairPotential
from ..mode_decay import ModeDecay, mode_decay
from ..mode_shape import ModeShape, mode_shape
from .landscape import ModeLandscape
from .quartic_expansion import QuarticExpansion
from .solve import QuasilocalizedMode, expansion
from .strain_coupling import StrainCoupling, strain_coupling


@dataclass(frozen=True, eq=False)
class ModeProperties(QuarticExpansion):
    """One direction π of a glass, |π| = 1: a nonlinear mode, a harmonic one, or any other.

    Attributes
    ----------
    stiffness, tau, chi : float
        See `QuarticExpansion`, which also has the barriers and wells.
    participation : float
        Participation ratio e.
    participants : float
        N e: the number of particles that take part.
    core : (d,) array
        Place of the core in the box [length]; without meaning where ``shape.extended``.
    core_size : float
        Radius of the ball around the core that holds half of Σ|π_i|² [length].
    shape : ModeShape
        Amplitude against distance from the core, and more.
    coupling : StrainCoupling
        F_π, its shears and its dilatation, and the softening under strain.
    decay_refusal : str
        Why the decay away from the core cannot be fitted; empty where `decay` holds it.
    """

    participation: float
    participants: float
    core: NDArray[np.float64]
    core_size: float
    shape: ModeShape = field(repr=False)
    coupling: StrainCoupling = field(repr=False)
    decay_refusal: str
    _decay: ModeDecay | None = field(repr=False)

    @property
    def decay(self) -> ModeDecay:
        """Exponent of the decay beyond the core and its error, to be compared with d − 1.

        Raises
        ------
        InsufficientDataError
            Where it cannot be fitted, with the reason: an extended mode, or a glass too small for its core.
        """
        if self._decay is None:
            raise InsufficientDataError(self.decay_refusal, self.shape)
        return self._decay


def mode_properties(
    configuration: Configuration, potential: PairPotential, mode: QuasilocalizedMode | ArrayLike
) -> ModeProperties:
    """Everything about one direction of a glass.

    Parameters
    ----------
    configuration : Configuration
        A glass, quenched to a relative force of 1e-11 or the floor of float64: ``quench(..., force_tolerance=1e-12)``.
    potential : PairPotential
        m >= 3; for m <= 2 a warning.
    mode : QuasilocalizedMode or (N, d) array_like
        A nonlinear mode, or any direction: a harmonic mode, a displacement. Its length, translations and motion of
        rattlers do not matter.

    Returns
    -------
    ModeProperties

    Raises
    ------
    InputError
        A mode of another shape, not finite, or a zero mode; one along which the energy does not rise (kappa <= 0);
        a configuration that is not quenched well enough; a Hertzian potential.
    ConvergenceError
        If the place of the core is not found.

    Examples
    --------
    >>> spot = gk.quartic_mode(glass, gk.BINARY_IPL.potential, lowest)
    >>> known = gk.mode_properties(glass, gk.BINARY_IPL.potential, spot)
    >>> known.core_size, known.wells, known.coupling.shear, known.coupling.dilatation_to_shear
    """
    return properties_of(ModeLandscape.of(configuration, potential), mode)


def properties_of(landscape: ModeLandscape, mode: QuasilocalizedMode | ArrayLike) -> ModeProperties:
    """The same for a landscape that several modes share."""
    mode_nc = landscape.direction(mode.mode if isinstance(mode, QuasilocalizedMode) else mode)
    kappa, tau, chi = expansion(landscape, mode_nc)
    if not kappa > 0.0:
        raise InputError(
            f"mode: the energy does not rise along it (kappa = {kappa:.3e}); expected a direction of a minimum of the "
            "energy that deforms it."
        )
    shape = mode_shape(landscape.configuration, mode_nc)
    refusal, decay = "", None
    try:
        decay = mode_decay(shape)
    except InsufficientDataError as error:
        refusal = str(error)
    return ModeProperties(
        stiffness=kappa,
        tau=tau,
        chi=chi,
        participation=shape.participation,
        participants=shape.participation * len(mode_nc),
        core=shape.core,
        core_size=shape.core_size,
        shape=shape,
        coupling=StrainCoupling(strain_coupling(landscape, mode_nc), kappa, tau),
        decay_refusal=refusal,
        _decay=decay,
    )
