"""Heterogeneous-elasticity theory of an infinite medium: what scripts use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from ..errors import InsufficientDataError
from .causality import density
from .finite_sample import FiniteSample
from .medium import ElasticMedium
from .propagators import Continuum, WaveNumbers
from .selfconsistent import solve_self_energy

_LOWEST = 1e-5  # of the highest frequency: where a boson peak is looked for
_LEAST_DISTANCE = 1e-12  # 1 − gamma/gamma_c; the peak is then at some 2e-4


@dataclass(frozen=True)
class BosonPeak:
    """Maximum of the reduced density g/omega².

    Attributes
    ----------
    frequency, height : float
        Where it is, and g/omega² there.
    debye_level : float
        Limit of g/omega² for omega → 0.
    """

    frequency: float
    height: float
    debye_level: float

    @property
    def excess(self) -> float:
        """Height over the Debye level."""
        return self.height / self.debye_level


@dataclass(frozen=True)
class HeterogeneousElasticity(ElasticMedium):
    """Heterogeneous-elasticity theory in the self-consistent Born approximation, three dimensions.

    The shear modulus fluctuates in space, short-ranged and Gaussian, with variance gamma = <(ΔG)²>/G0²; the bulk
    modulus does not. The medium answers like one of complex shear modulus 1 − Sigma(z), z = omega² + i0,

        Sigma = gamma {(2/3)[1 + z G_L]/c_L² + [1 + z G_T]/c_T²},   c_L² = K + (4/3)(1 − Sigma),  c_T² = 1 − Sigma,
        G_{L,T} = 3∫_0^1 q² dq/(q² c² − z),   g(omega) = (2 omega/3π) Im(G_L + 2 G_T),   ∫g domega = 1.

    Units: mean shear modulus G0 = 1, mass density 1, cutoff of wave numbers k_xi = 1. Harmonic, mean-field and of a
    continuum: no particles, no local stresses, no modes below the phonons except by finite size (``finite_sample``).

    Parameters
    ----------
    bulk_modulus : float
        K >= 0 in units of G0; ``math.inf`` for an incompressible medium, whose density integrates to 2/3.
    disorder : float
        gamma, 0 <= gamma <= ``critical_disorder``.

    Raises
    ------
    InputError
        A negative bulk modulus, a negative or unstable disorder.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (25)-(37), with the mass density in (27) and gamma in (36).
    """

    def boson_peak(self) -> BosonPeak:
        """Return the maximum of g/omega², which moves to omega = 0 as the disorder becomes critical.

        Its onset, where the square root in [S (39)] becomes imaginary, goes as (gamma_c − gamma)^(1/2); above it
        g/omega² falls short of a plateau by terms ~ (gamma_c − gamma)/omega² and ~ omega², so the maximum goes as
        (gamma_c − gamma)^(1/4), and its height tends to a constant, some twice the Debye level.

        For weak disorder it is the edge of the transverse band rather than an excess of soft modes.

        Raises
        ------
        InsufficientDataError
            No maximum above omega = 0, as at critical disorder.
        """
        highest, equation = self.causality.highest, self._equation

        def reduced(omega: np.ndarray) -> np.ndarray:
            return density(equation, omega, solve_self_energy(equation, omega)) / omega**2

        grid = highest * np.concatenate([np.geomspace(_LOWEST, 0.02, 150)[:-1], np.linspace(0.02, 1, 250)])
        values = reduced(grid)
        best = int(values.argmax())
        found = BosonPeak(float(grid[best]), float(values[best]), self._debye_level)
        if best == 0 or self.disorder == 0 or self.disorder > (1 - _LEAST_DISTANCE) * self.critical_disorder:
            raise InsufficientDataError(
                f"g/omega² has no maximum above omega = {grid[0]:.3g}: disorder {self.disorder:.8g} is critical "
                f"({self.critical_disorder:.8g}) or zero; choose one between.",
                found,
            )
        bounds = (np.log(grid[best - 1]), np.log(grid[min(best + 1, grid.size - 1)]))
        finest = minimize_scalar(
            lambda log_omega: -reduced(np.exp([log_omega]))[0], bounds=bounds, method="bounded", options={"xatol": 1e-9}
        )
        return BosonPeak(float(np.exp(finest.x)), float(-finest.fun), self._debye_level)

    def finite_sample(self, box_length: float) -> FiniteSample:
        """Return the same medium as a periodic cube of edge L [1/k_xi], L > 2π.

        Raises
        ------
        InputError
            A box without a wave vector below the cutoff, or with more than can be listed.
        """
        return FiniteSample(self.bulk_modulus, self.disorder, box_length)

    def _waves(self) -> WaveNumbers:
        return Continuum()
