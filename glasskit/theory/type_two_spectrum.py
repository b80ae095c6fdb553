"""The spectrum of type-II modes on an array of frequencies, and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..analysis.per_glass import FloatArray
from ..axes import HUES, axes_for


@dataclass(frozen=True, eq=False)
class TypeTwoSpectrum:
    """g(omega) of type-II modes, in the units of the stresses and of zeta.

    Attributes
    ----------
    omega, density, exponent : (M,) arrays
        Frequencies, g, and s(omega) = d ln g/d ln omega.
    level_density : (M,) array
        rho(lambda) at lambda = omega².
    measured_omega, measured_exponent, measured_error : (S,) arrays
        Exponents from measured slopes of P(sigma), with their errors; empty where P was not measured.
    zeta : float
    zeta_fitted : bool
        Whether zeta was fitted to a spectrum. It is never predicted.
    source : str
        Where P(sigma) comes from.
    """

    omega: FloatArray
    density: FloatArray
    level_density: FloatArray
    exponent: FloatArray
    measured_omega: FloatArray
    measured_exponent: FloatArray
    measured_error: FloatArray
    zeta: float
    zeta_fitted: bool
    source: str

    @property
    def text(self) -> str:
        """One line: where P and zeta come from."""
        how = "fitted to a spectrum" if self.zeta_fitted else "chosen"
        return f"P(σ) {self.source}; ζ = {self.zeta:.4g}, {how}, not predicted"

    def plot(
        self, ax: Any | None = None, *, exponents: bool = False, label: str | None = None, color: str = HUES[0]
    ) -> Any:
        """Draw g in double logarithm or, with ``exponents``, s(omega) with error bars; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        if exponents and self.measured_omega.size:
            ax.errorbar(
                self.measured_omega, self.measured_exponent, self.measured_error, fmt="o", ms=2.5, lw=0.8,
                color=color, label=label,
            )  # fmt: skip
        else:
            ax.plot(self.omega, self.exponent if exponents else self.density, color=color, lw=1.4, label=label)
        if fresh:
            name = r"local exponent d$\,$ln$\,g$/d$\,$ln$\,\omega$" if exponents else r"$g_{\varepsilon\eta}(\omega)$"
            ax.set(xscale="log", xlabel=r"frequency $\omega$", ylabel=name)
            if not exponents:
                ax.set_yscale("log")
            ax.set_title(self.text, fontsize=9)
            if label is not None:
                ax.legend(fontsize=8, frameon=False)
        return ax
