"""Checks of the pressure: against the energy of a dilated glass, and against the energy of an inverse power."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, NumericalError
from ..particles.configuration import Configuration
from ..particles.potentials import InversePowerLaw, PairPotential
from ..particles.system import potential_energy
from .local_stress import local_stresses

_STEP = 1e-4
_BEYOND = 1e6  # cutoff [length], the largest that potentials take: a taper changes pairs at distance r by 2(r/cutoff)²


@dataclass(frozen=True)
class PressureIdentity:
    """Two ways to the pressure.

    Attributes
    ----------
    from_stress : float
        −(1/d) times the trace of the stress tensor [energy/length^d].
    from_energy : float
        The same by way of energies alone.
    error : float
        Bound on the numerical error of ``from_energy``: by how much it differs from the formula of lower order, and
        rounding.
    """

    from_stress: float
    from_energy: float
    error: float

    @property
    def difference(self) -> float:
        """``from_stress`` − ``from_energy``."""
        return self.from_stress - self.from_energy


def pressure_identity(
    configuration: Configuration, potential: PairPotential, *, step: float = _STEP, tolerance: float = 1e-7
) -> PressureIdentity:
    """Trace of the stress tensor against the derivative of the energy under dilation: −tr sigma = d·p.

    p = −(1/(dV)) dU/d ln s at fixed diameters and cutoff, positions and box scaled by s, by central differences at
    steps h and 2h combined to fourth order. Forces need not vanish: the energy of a minimum and that of the same
    points dilated affinely have the same first derivative.

    Parameters
    ----------
    configuration : Configuration
    potential : PairPotential
    step : float
        h, the smaller change of ln s.
    tolerance : float
        Largest accepted difference, in units of Σ|r phi'|/(dV).

    Raises
    ------
    InputError
        A step outside (0, 0.01], or a cutoff that reaches half the box, shrunk by 2h.
    NumericalError
        A difference above the tolerance; ``partial`` is the PressureIdentity. Kinks of the potential that pairs cross
        within 2h (m = 1, contacts) cost accuracy: use a smaller step.
    """
    if not 0 < step <= 0.01:
        raise InputError(f"step is {step}; expected a small positive change of ln s, at most 0.01.")
    stresses = local_stresses(configuration, potential)
    scale = stresses.dimension * stresses.volume

    def energy(strain: float) -> float:
        factor = math.exp(strain)
        box = configuration.box.deformed(factor * np.eye(stresses.dimension))
        return potential_energy(
            Configuration(configuration.positions * factor, configuration.diameters, box), potential
        )

    near, far = ((energy(k * step) - energy(-k * step)) / (2 * k * step) for k in (1, 2))
    slope = (4 * near - far) / 3
    rounding = float(np.finfo(np.float64).eps) * abs(energy(0.0)) * math.sqrt(len(stresses.i) + 1) / step
    found = PressureIdentity(stresses.pressure, -slope / scale, (abs(slope - near) + rounding) / scale)
    if abs(found.difference) > tolerance * max(float(stresses.magnitudes.sum()), rounding / tolerance) / scale:
        raise NumericalError(
            f"the pressure from the stresses is {found.from_stress:.10g} and that from dilation "
            f"{found.from_energy:.10g}, "
            f"expected equal to {tolerance:g} of the pairs' sum; check the derivatives of the potential, or take a "
            "smaller step where pairs cross kinks.",
            found,
        )
    return found


def inverse_power_identity(configuration: Configuration, exponent: float) -> PressureIdentity:
    """Virial theorem of an inverse power without cutoff: d·p·V = n·U, since U(s r) = s^−n U(r).

    The particles are taken as a cluster in a box so large that taper and shift, as images, are beyond reach, under
    the package's own pair sums; both sides are divided by d times the volume of the *given* box.

    Parameters
    ----------
    configuration : Configuration
        All its pairs interact, by their distances inside the box (no images); N <= 2000 keeps this below a second.
    exponent : float
        n of (a/r)^n, above d.

    Raises
    ------
    InputError
        An exponent that the potential refuses or not above d, more than 2000 particles, fewer than two, or particles
        so close that energies overflow.
    """
    if not exponent > configuration.dimension:
        raise InputError(f"exponent is {exponent}; expected more than d = {configuration.dimension}.")
    if not 2 <= configuration.number_of_particles <= 2000:
        raise InputError(
            f"found {configuration.number_of_particles} particles; expected 2 to 2000, as all pairs count."
        )
    extent = math.hypot(*configuration.box.lengths)
    if extent > 1e-3 * _BEYOND:
        raise InputError(
            f"the box has a diagonal of {extent:.4g}; expected at most {1e-3 * _BEYOND:g}, far inside cutoff."
        )
    potential = InversePowerLaw(exponent=exponent, cutoff=_BEYOND)
    cluster = Configuration(
        configuration.positions, configuration.diameters, np.full(configuration.dimension, 3 * _BEYOND)
    )
    scale = configuration.dimension * configuration.box.volume
    from_energy = exponent * potential_energy(cluster, potential) / scale
    from_stress = -float(local_stresses(cluster, potential).strengths.sum()) / scale
    relative = 4 * (extent / _BEYOND) ** 2 + len(cluster.positions) * float(np.finfo(np.float64).eps)
    return PressureIdentity(from_stress, from_energy, relative * abs(from_energy))
