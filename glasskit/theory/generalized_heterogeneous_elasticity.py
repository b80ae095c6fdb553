"""Generalised heterogeneous elasticity: from the distribution of local stresses to the spectrum of type-II modes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..analysis.per_glass import FloatArray
from ..errors import InputError
from .medium import checked_frequencies
from .propagators import ComplexArray
from .stress_laws import StressLaw, TabulatedStress, require_number, require_stress_law
from .type_two_spectrum import TypeTwoSpectrum

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_DEPTH = 1e-15  # of the highest stress: below it sigma³ P adds nothing


@dataclass(frozen=True, eq=False)
class GeneralizedHeterogeneousElasticity:
    """Type-II modes: vortices held by local stresses sigma, with a moment-of-inertia density zeta.

        Sigma_eta(z) ∝ ∫P(sigma) sigma²/(sigma − zeta z) dsigma,   z = lambda + i0,
        rho(lambda) ∝ Im Sigma_eta ∝ sigma² P(sigma) at sigma = zeta lambda,   g(omega) = 2 omega rho(omega²).

    The theory gives no factor of proportion: here rho = zeta sigma² P/<sigma²>, which integrates to 1 over the stresses
    that P covers. Nor does it give zeta, which only stretches the frequency axis; ``inertia_fit`` fits it.

    What follows exactly from these lines is s(omega) = 5 + 2 d ln P/d ln sigma. What is claimed beyond it, that the
    quasilocalized modes of small glasses are these, is disputed: Schirmacher et al. report agreement for m = 2 and ∞,
    Lerner & Bouchbinder, PRE 111, L013402 (2025), find several of the predictions unsupported by simulations, the
    authors reply in arXiv:2509.04988. Scalar stresses stand for a tensor, only positive ones count, and the coupling
    to the strain field of ``HeterogeneousElasticity`` is left out.

    Parameters
    ----------
    stress : StressLaw
        ``predicted_stress``, ``tabulated_stress`` or ``measured_stress`` of ``stress_laws``.
    zeta : float
        Positive; stress per eigenvalue.
    zeta_fitted : bool
        Whether zeta was fitted to a spectrum; said in every result and figure.

    Raises
    ------
    InputError
        A zeta that is not positive, something else than a stress law, one without a finite second moment.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (7), (8), (83)-(85); the sign is that of (84).
    """

    stress: StressLaw
    zeta: float = 1.0
    zeta_fitted: bool = False

    def __post_init__(self) -> None:
        require_stress_law(self.stress)
        require_number("zeta", self.zeta, expected="a positive number")
        if not 0 < self.zeta < math.inf:
            raise InputError(f"zeta is {self.zeta:g}; expected a positive number.")
        if not 0 < self.mean_square_stress < math.inf:
            raise InputError(f"<sigma²> of P(sigma) is {self.mean_square_stress:g}; expected positive and finite.")

    @cached_property
    def mean_square_stress(self) -> float:
        """∫sigma² P dsigma over the stresses that P covers."""
        sigma, weight = _quadrature(self._panels)
        return float(np.sum(weight * sigma**2 * self.stress.density(sigma)))

    @property
    def frequency_range(self) -> tuple[float, float]:
        """Frequencies that the known stresses cover: √(sigma/zeta) of the ends."""
        return math.sqrt(self.stress.lowest / self.zeta), math.sqrt(self.stress.highest / self.zeta)

    def level_density(self, eigenvalue: ArrayLike) -> Any:
        """rho(lambda) = zeta sigma² P(sigma)/<sigma²> at sigma = zeta lambda, shape as ``eigenvalue``.

        Raises
        ------
        InputError
            Eigenvalues outside what P covers, or not positive.
        """
        return self._level_density(self._sigma(np.sqrt(checked_frequencies(eigenvalue))))[()]

    def density_of_states(self, omega: ArrayLike) -> Any:
        """g(omega) = 2 omega rho(omega²), shape as ``omega``.

        Raises
        ------
        InputError
            Frequencies outside ``frequency_range``, or not positive.
        """
        omega = checked_frequencies(omega)
        return (2 * omega * self._level_density(self._sigma(omega)))[()]

    def local_exponent(self, omega: ArrayLike) -> Any:
        """s(omega) = d ln g/d ln omega = 5 + 2 d ln P/d ln sigma, shape as ``omega``.

        Raises
        ------
        InputError
            Frequencies outside ``frequency_range``, or not positive.
        """
        return (5 + 2 * self.stress.slope(self._sigma(checked_frequencies(omega))))[()]

    def self_energy(self, omega: ArrayLike) -> Any:
        """Sigma_eta(omega² + i0) = ∫P sigma²/(sigma − zeta z) dsigma/<sigma²>, complex, shape as ``omega``.

        The principal value by subtraction of the pole; Im Sigma_eta = π rho/zeta.

        Raises
        ------
        InputError
            Frequencies outside ``frequency_range``, at its ends, or not positive.
        """
        omega = checked_frequencies(omega)
        sigma_0 = self._sigma(omega)
        if ((sigma_0 <= self.stress.lowest) | (sigma_0 >= self.stress.highest)).any():
            raise InputError("omega lies at an end of the known stresses, where the principal value diverges.")
        found: ComplexArray = np.empty(omega.shape, dtype=np.complex128)
        for index, pole in np.ndenumerate(sigma_0):
            found[index] = self._at_pole(float(pole))
        return found[()]

    def spectrum(self, omega: ArrayLike) -> TypeTwoSpectrum:
        """Density, level density and local exponent on an array of frequencies, to be drawn.

        Raises
        ------
        InputError
            Frequencies as above, or not a 1-D array.
        """
        omega = checked_frequencies(omega)
        if omega.ndim != 1:
            raise InputError(f"omega has shape {omega.shape}; expected a 1-D array.")
        measured = self.stress if isinstance(self.stress, TabulatedStress) else None
        none = np.empty(0)
        return TypeTwoSpectrum(
            omega=omega,
            density=self.density_of_states(omega),
            level_density=self._level_density(self._sigma(omega)),
            exponent=self.local_exponent(omega),
            measured_omega=none if measured is None else np.sqrt(measured.slope_sigma / self.zeta),
            measured_exponent=none if measured is None else 5 + 2 * measured.slopes,
            measured_error=none if measured is None else 2 * measured.slope_errors,
            zeta=self.zeta,
            zeta_fitted=self.zeta_fitted,
            source="predicted" if measured is None else measured.source,
        )

    @property
    def _panels(self) -> FloatArray:
        """Ends of panels in sigma, at the corners of P."""
        if self.stress.lowest > 0:
            return self.stress.nodes
        return np.concatenate([[0.0], self.stress.highest * np.geomspace(_DEPTH, 1, 46)])

    def _level_density(self, sigma: FloatArray) -> FloatArray:
        return self.zeta * sigma**2 * self.stress.density(sigma) / self.mean_square_stress

    def _at_pole(self, pole: float) -> complex:
        low, high = self.stress.lowest, self.stress.highest
        at_pole = pole**2 * float(self.stress.density(np.array(pole)))
        sigma, weight = _quadrature(np.unique(np.append(self._panels, pole)))
        smooth = (sigma**2 * self.stress.density(sigma) - at_pole) / (sigma - pole)
        principal = float(np.sum(weight * smooth)) + at_pole * math.log((high - pole) / (pole - low))
        return complex(principal, math.pi * at_pole) / self.mean_square_stress

    def _sigma(self, omega: FloatArray) -> FloatArray:
        sigma = self.zeta * omega**2
        if sigma.size and not ((sigma > 0) & (sigma >= self.stress.lowest) & (sigma <= self.stress.highest)).all():
            low, high = self.frequency_range
            raise InputError(
                f"omega runs from {omega.min():.4g} to {omega.max():.4g}, but P(sigma) is known for {low:.4g} to "
                f"{high:.4g} at zeta = {self.zeta:.4g}, above 0; stay inside."
            )
        return sigma


def _quadrature(ends: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points and weights of Gauss-Legendre panels between the ends."""
    half, middle = np.diff(ends)[:, None] / 2, ((ends[1:] + ends[:-1]) / 2)[:, None]
    return (middle + half * _NODES).ravel(), (half * _WEIGHTS).ravel()
