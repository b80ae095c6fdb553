"""Exact solution of the KHGPS model with a gapped range of stiffness, for couplings up to the critical one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from ..errors import InputError
from .averages import oscillator_averages
from .critical_line import CriticalPoint, critical_point
from .saddle import Saddle, require_number, require_range, saddle

if TYPE_CHECKING:
    from .resolvent import ReplicaSymmetricSpectrum

ON_THE_LINE = 1e-8
"""Relative distance from the critical coupling within which a coupling is taken to be the critical one."""

_RTOL = 4e-15


@dataclass(frozen=True)
class ReplicaSymmetric:
    """Replica-symmetric solution of the KHGPS model, N → ∞, zero temperature.

    Attributes
    ----------
    field, coupling : float
        h and J.
    stiffness_range : (float, float)
        (kappa_min, kappa_0).
    q, chi : float
        Mean square coordinate E[x²] and response E[1/m] = G(0), with m = kappa − J² chi + x²/2.
    replicon : float
        lambda_R = 1 − J² E[1/m²]; positive in the stable phase, 0 on line A.
    softest : float
        Smallest effective stiffness kappa_min − J² chi; positive in the stable phase, 0 on line B.
    width : float
        J√q, standard deviation of the force h + J√q xi on an oscillator.
    critical : CriticalPoint
        Where the critical line passes at this field.
    """

    field: float
    coupling: float
    stiffness_range: tuple[float, float]
    q: float
    chi: float
    replicon: float
    softest: float
    width: float
    critical: CriticalPoint

    @property
    def on_critical_line(self) -> bool:
        """Whether J is the critical coupling to a relative 1e-8."""
        return abs(self.coupling - self.critical.coupling) <= ON_THE_LINE * self.critical.coupling

    @property
    def stable(self) -> bool:
        """Whether replica symmetry holds: J <= J_c(h)."""
        return self.on_critical_line or self.coupling < self.critical.coupling

    @property
    def prefactor(self) -> float:
        """D(omega)/omega² on line A, A_g = D(omega)/omega⁴ on line B, as omega → 0 (``critical.exponent`` says which).

        Raises
        ------
        InputError
            Off the critical line, where the spectrum has a gap.
        """
        if not self.on_critical_line:
            raise InputError(
                f"coupling {self.coupling:g} is not on the critical line, which passes at J = "
                f"{self.critical.coupling:.12g} for field {self.field:g}: the spectrum has a gap and no prefactor; "
                "take the coupling from khgps_critical_coupling."
            )
        return self.critical.prefactor

    @cached_property
    def spectrum(self) -> ReplicaSymmetricSpectrum:
        """Density of states and band edges, made on first use."""
        from .resolvent import replica_symmetric_spectrum

        return replica_symmetric_spectrum(self)

    def density_of_states(self, omega: ArrayLike) -> NDArray:
        """D(omega), normalised to 1 over the modes; see `resolvent.ReplicaSymmetricSpectrum.density_of_states`."""
        return self.spectrum.density_of_states(omega)


def khgps_replica_symmetric(*, field: float, coupling: float, stiffness_range: tuple[float, float]) -> ReplicaSymmetric:
    """Replica-symmetric solution of the KHGPS model for a gapped range of stiffness.

    H = ½Σ kappa_i x_i² + (1/4!)Σ x_i⁴ + Σ_{i<j} J_ij x_i x_j − hΣ x_i, with J_ij Gaussian of variance J²/N and kappa
    uniform on [kappa_min, kappa_0]. With a = J² chi, F = h + J√q xi, xi ~ N(0, 1), and x the root of
    x³/6 + (kappa − a) x = F:

        q = E[x²],  chi = E[1/m],  m = kappa − a + x²/2,  lambda_R = 1 − J² E[1/m²].

    Stable iff a < kappa_min and lambda_R > 0. Relative errors of q, chi and 1 − lambda_R are below 1e-9;
    close to line A that of q is 1e-14/(lambda_R + h²/J²q), which exceeds 1e-6 on the line for h < 1e-7 kappa_min^(3/2).

    Parameters
    ----------
    field, coupling : float
        h >= 0 (the model is symmetric in its sign) and J >= 0; J = 0 are independent oscillators.
    stiffness_range : (float, float)
        (kappa_min, kappa_0) with 0 < kappa_min <= kappa_0.

    Returns
    -------
    ReplicaSymmetric

    Raises
    ------
    InputError
        Numbers out of range; kappa_min = 0, where replica symmetry is broken at every J > 0; J above the critical
        coupling (``partial``: the unstable ReplicaSymmetric solution where there is one, else the CriticalPoint).

    References
    ----------
    Model: Rainone et al., SciPost Phys. Core 4, 008 (2021), Eq. (1). Phase: Lerner and Bouchbinder, J. Chem. Phys.
    155, 200901 (2021), Sec. IV E and Fig. 8.
    """
    kappa_min, kappa_0 = require_range(stiffness_range)
    field, coupling = require_number("field", field), require_number("coupling", coupling)
    critical = critical_point(field, kappa_min, kappa_0 - kappa_min)
    if abs(coupling - critical.coupling) <= ON_THE_LINE * critical.coupling:
        return _solution(critical.saddle, coupling, (kappa_min, kappa_0), critical)
    if coupling > critical.coupling:
        raise InputError(
            f"coupling {coupling:g} is above the critical coupling {critical.coupling:g} of field {field:g}, where "
            "replica symmetry is broken and this solution is not the model's; lower it or minimise instances.",
            _unstable(coupling, (kappa_min, kappa_0), critical),
        )
    if coupling == 0:
        found = oscillator_averages(field=field, width=0.0, softest=kappa_min, span=kappa_0 - kappa_min)
        free = Saddle(field, 0.0, kappa_min, kappa_0 - kappa_min, 0.0, found.square, found.inverse, 1.0)
        return _solution(free, coupling, (kappa_min, kappa_0), critical)
    reaction = kappa_min - critical.saddle.softest
    return _solution(
        _at_coupling(critical, kappa_min, coupling, 0.0, reaction), coupling, (kappa_min, kappa_0), critical
    )


def _at_coupling(critical: CriticalPoint, kappa_min: float, coupling: float, low: float, high: float) -> Saddle:
    """Return the solution with a given J from those with a = J² chi between two bounds."""

    def at(reaction: float) -> Saddle:
        return saddle(field=critical.field, reaction=reaction, softest=kappa_min - reaction, span=critical.saddle.span)

    def excess(reaction: float) -> float:
        return (at(reaction).coupling / coupling) ** 2 - 1

    return at(brentq(excess, low, high, xtol=1e-16 * high, rtol=_RTOL))


def _unstable(
    coupling: float, stiffness_range: tuple[float, float], critical: CriticalPoint
) -> ReplicaSymmetric | CriticalPoint:
    """Return the continuation of the solution beyond line A, with lambda_R < 0, up to where a reaches kappa_min."""
    kappa_min, span = stiffness_range[0], critical.saddle.span
    if critical.exponent == 4 or critical.field == 0:
        return critical
    if saddle(field=critical.field, reaction=kappa_min, softest=0.0, span=span).coupling < coupling:
        return critical
    low = kappa_min - critical.saddle.softest
    return _solution(_at_coupling(critical, kappa_min, coupling, low, kappa_min), coupling, stiffness_range, critical)


def _solution(
    point: Saddle, coupling: float, stiffness_range: tuple[float, float], critical: CriticalPoint
) -> ReplicaSymmetric:
    return ReplicaSymmetric(
        field=point.field,
        coupling=coupling,
        stiffness_range=stiffness_range,
        q=point.q,
        chi=point.chi,
        replicon=point.replicon,
        softest=point.softest,
        width=coupling * math.sqrt(point.q),
        critical=critical,
    )
