"""What an infinite medium and a finite sample of it have in common: self-energy, density of states, their checks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..analysis.per_glass import FloatArray
from ..errors import InputError
from .causality import CausalityCheck, check_causality, density
from .elastic_spectrum import ElasticSpectrum
from .propagators import ComplexArray, WaveNumbers
from .selfconsistent import SelfConsistency, solve_self_energy
from .static import checked_bulk_modulus, checked_disorder, critical_disorder, static_self_energy


@dataclass(frozen=True)
class ElasticMedium:
    """Medium of bulk modulus K with Gaussian fluctuations gamma of its shear modulus, both in units of the mean G0.

    Frequencies are in units of k_xi √(G0/rho_m), k_xi the cutoff of wave numbers, lengths in 1/k_xi.
    """

    bulk_modulus: float
    disorder: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "bulk_modulus", checked_bulk_modulus(self.bulk_modulus))
        object.__setattr__(self, "disorder", checked_disorder(self.bulk_modulus, self.disorder))

    @property
    def critical_disorder(self) -> float:
        """Largest stable disorder gamma_c of this bulk modulus."""
        return critical_disorder(self.bulk_modulus)

    @property
    def static_self_energy(self) -> float:
        """Sigma(0): by how much disorder lowers the shear modulus, 1 − Sigma(0)."""
        return static_self_energy(self.bulk_modulus, self.disorder)

    @cached_property
    def causality(self) -> CausalityCheck:
        """Sum rule and Kramers-Kronig relation of the whole spectrum, solved once.

        Raises
        ------
        NumericalError
            Either of them off by more than 1e-4.
        """
        return check_causality(self._equation)

    def self_energy(self, omega: ArrayLike) -> Any:
        """Sigma(omega² + i0), complex, shape as ``omega``; each root is proved (``selfconsistent``).

        Parameters
        ----------
        omega : float or array
            Frequencies, non-negative and finite.

        Raises
        ------
        InputError
            Negative or non-finite frequencies.
        ConvergenceError
            A root that could not be proved; ``partial`` holds the arrays so far.
        """
        omega = checked_frequencies(omega)
        return self._solve(omega)[()]

    def density_of_states(self, omega: ArrayLike) -> Any:
        """g(omega) = (2 omega/3π) Im(G_L + 2G_T), shape as ``omega``; ∫g domega = 1, 2/3 if incompressible.

        The first call also solves the whole spectrum for ``causality``.

        Raises
        ------
        InputError
            Negative or non-finite frequencies.
        ConvergenceError
            A root that could not be proved; ``partial`` holds the arrays so far.
        NumericalError
            A spectrum whose integral is off by more than 1e-4.
        """
        omega = checked_frequencies(omega)
        _ = self.causality
        return density(self._equation, omega, self._solve(omega))[()]

    def debye_density(self, omega: ArrayLike) -> Any:
        """omega² (1/c_L³ + 2/c_T³) with the speeds at omega = 0: g of the infinite medium for omega → 0."""
        return self._debye_level * checked_frequencies(omega)[()] ** 2

    def spectrum(self, omega: ArrayLike) -> ElasticSpectrum:
        """Self-energy and density on an array of frequencies, with the checks of the whole spectrum, to be drawn.

        Raises
        ------
        InputError, ConvergenceError, NumericalError
            As ``density_of_states``; also frequencies that are not a 1-D array.
        """
        omega = checked_frequencies(omega)
        if omega.ndim != 1:
            raise InputError(f"omega has shape {omega.shape}; expected a 1-D array.")
        check = self.causality
        sigma = self._solve(omega)
        return ElasticSpectrum(
            omega=omega,
            self_energy=sigma,
            density=density(self._equation, omega, sigma),
            debye_level=self._debye_level,
            bulk_modulus=self.bulk_modulus,
            disorder=self.disorder,
            critical_disorder=self.critical_disorder,
            box_length=getattr(self, "box_length", math.inf),
            causality=check,
        )

    @property
    def _debye_level(self) -> float:
        y = 1 - self.static_self_energy
        longitudinal = 0.0 if math.isinf(self.bulk_modulus) else (self.bulk_modulus + 4 * y / 3) ** -1.5
        return longitudinal + 2 * y**-1.5

    def _waves(self) -> WaveNumbers:
        raise NotImplementedError("a medium has wave numbers: HeterogeneousElasticity or FiniteSample")

    @cached_property
    def _equation(self) -> SelfConsistency:
        return SelfConsistency(self.bulk_modulus, self.disorder, self._waves())

    def _solve(self, omega: FloatArray) -> ComplexArray:
        return solve_self_energy(self._equation, omega.ravel()).reshape(omega.shape)


def checked_frequencies(omega: ArrayLike) -> FloatArray:
    """Frequencies as a float64 array.

    Raises
    ------
    InputError
        Not numbers, negative or not finite.
    """
    try:
        array = np.asarray(omega, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"omega is not a number or an array of numbers ({error}).") from error
    if not (np.isfinite(array) & (array >= 0)).all():
        raise InputError("omega holds negative or non-finite frequencies; expected omega >= 0.")
    return array
