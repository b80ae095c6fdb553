"""The spectrum of a heterogeneous elastic medium on an array of frequencies, and its figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..analysis.per_glass import FloatArray
from ..axes import HUES, axes_for
from .causality import CausalityCheck
from .propagators import ComplexArray


@dataclass(frozen=True, eq=False)
class ElasticSpectrum:
    """g(omega) and Sigma(omega), in units of the mean shear modulus, the mass density and the cutoff k_xi.

    Attributes
    ----------
    omega, density : (M,) arrays
    self_energy : (M,) complex array
        Sigma(omega² + i0); its imaginary part over omega is the attenuation.
    debye_level : float
        Limit of g/omega² for omega → 0 in the infinite medium.
    bulk_modulus, disorder, critical_disorder : float
    box_length : float
        Edge of the periodic sample [1/k_xi]; infinite for the infinite medium.
    causality : CausalityCheck
        Sum rule and Kramers-Kronig relation of the whole spectrum.
    """

    omega: FloatArray
    self_energy: ComplexArray
    density: FloatArray
    debye_level: float
    bulk_modulus: float
    disorder: float
    critical_disorder: float
    box_length: float
    causality: CausalityCheck

    @property
    def reduced(self) -> FloatArray:
        """Reduced density g/omega² where omega > 0, else the Debye level; 0 in a gap."""
        positive = self.omega > 0
        out = np.full(self.omega.shape, self.debye_level if math.isinf(self.box_length) else 0.0)
        out[positive] = self.density[positive] / self.omega[positive] ** 2
        return out

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """Draw g/omega² against omega, and the Debye level as a dashed line; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ratio = self.disorder / self.critical_disorder
        ax.plot(self.omega, self.reduced, color=color, lw=1.4, label=label or rf"$\gamma = {ratio:.4g}\,\gamma_c$")
        if math.isinf(self.box_length):
            ax.axhline(self.debye_level, color=color, lw=0.8, ls=(0, (5, 2)))
        if fresh:
            medium = "infinite medium; dashed: Debye" if math.isinf(self.box_length) else f"$L = {self.box_length:g}$"
            bulk = r"\infty" if math.isinf(self.bulk_modulus) else f"{self.bulk_modulus:g}"
            ax.set(xlabel=r"frequency $\omega$", ylabel=r"reduced density $g(\omega)/\omega^2$")
            ax.set_title(f"heterogeneous elasticity, $K = {bulk}\\,G_0$, {medium}", fontsize=10)
            ax.set_ylim(bottom=0)
            ax.legend(fontsize=8, frameon=False)
        return ax
