"""Harmonic modes become quartic ones as omega → 0: in stiffness and in shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES
from ...errors import InputError, NumericalError
from .columns import one_per_glass
from .local_slopes import WIDTH, WINDOWS, LocalSlopes, local_slopes
from .stiffness_order import ROUNDING
from .ticks import plain_ticks


@dataclass(frozen=True, eq=False)
class HarmonicConvergence:
    """How far the lowest harmonic mode ψ is from the quartic mode π found from it.

    Attributes
    ----------
    energetic : LocalSlopes
        (kappa_4 − kappa_2)/kappa_4 against omega_4, which should tend to slope 2 as omega_4 → 0.
    structural : LocalSlopes
        1 − |π·ψ| against omega_4, which should tend to slope 4.
    softest : int
        Glass with the smallest kappa_4.
    softest_omega, softest_energetic, softest_structural : float
        omega_4 and the two differences of that glass [K Fig. 3].
    """

    energetic: LocalSlopes
    structural: LocalSlopes
    softest: int
    softest_omega: float
    softest_energetic: float
    softest_structural: float

    def plot(
        self, axes: Sequence[Any] | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o"
    ) -> Any:
        """Both differences against omega_4, in two axes [K Fig. 5]; returns the two axes."""
        if axes is None:
            from matplotlib.figure import Figure

            axes = list(Figure(figsize=(9.0, 4.0), layout="constrained").subplots(1, 2))
            for ax, law in zip(axes, (self.energetic, self.structural), strict=True):
                law.guide(ax)
                ax.set(xscale="log", yscale="log", xlabel=law.names[0], ylabel=law.names[1])
        for ax, law in zip(axes, (self.energetic, self.structural), strict=True):
            law.plot(ax, label=label, color=color, marker=marker)
            plain_ticks(ax)
        return axes


def harmonic_convergence(
    kappa_harmonic: ArrayLike,
    kappa_quartic: ArrayLike,
    overlap: ArrayLike,
    *,
    windows: int = WINDOWS,
    width: float = WIDTH,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> HarmonicConvergence:
    """Local slopes of the differences between harmonic and quartic modes against omega_4 = √kappa_4.

    To first order the difference π − ψ is omega_4² times a field of the other modes, so that 1 − |π·ψ| ∝ omega_4⁴ and
    (kappa_4 − kappa_2)/kappa_4 ∝ omega_4². That is the limit omega_4 → 0, far below the first phonon; slopes of
    windows say how far the glasses are from it.

    Parameters
    ----------
    kappa_harmonic, kappa_quartic : (G,) arrays
        kappa_2 and kappa_4 [energy/length²].
    overlap : (G,) array
        π·ψ of unit vectors, either sign.
    windows, width
        Of `local_slopes`.
    rng, resamples
        Of the bootstrap over glasses.

    Raises
    ------
    InputError
        As `local_slopes`; overlaps above 1.
    NumericalError
        kappa_2 above kappa_4 by more than rounding (``partial``: indices of these glasses).
    InsufficientDataError
        As `local_slopes`.

    References
    ----------
    Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Eqs. (15), (16) and (24), Fig. 5.
    """
    harmonic_g, quartic_g, overlap_g = one_per_glass(
        positive=("kappa_harmonic", "kappa_quartic"),
        kappa_harmonic=kappa_harmonic, kappa_quartic=kappa_quartic, overlap=overlap,
    )  # fmt: skip
    if np.abs(overlap_g).max() > 1 + 1e-9:
        glass = int(np.abs(overlap_g).argmax())
        raise InputError(f"overlap of glass {glass} is {overlap_g[glass]:g}; expected that of unit vectors, at most 1.")
    energetic_g = (quartic_g - harmonic_g) / quartic_g
    if energetic_g.min() < -ROUNDING:
        above_g = energetic_g < -ROUNDING
        raise NumericalError(
            f"kappa_harmonic is above kappa_quartic in {int(above_g.sum())} of {above_g.size} glasses; the lowest "
            "harmonic mode is the softest of all directions, so check that it is the lowest.",
            np.flatnonzero(above_g),
        )
    structural_g = np.maximum(1 - np.abs(overlap_g), 0.0)  # rounding of unit lengths may set it below zero
    omega_g = np.sqrt(quartic_g)
    options: dict[str, Any] = {"windows": windows, "width": width, "resamples": resamples, "rng": rng}
    energetic = local_slopes(
        omega_g, energetic_g, expected=2.0, names=(r"$\omega_4$", r"$(\omega_4^2 - \omega_2^2)/\omega_4^2$"),
        resolution=ROUNDING, **options,
    )  # fmt: skip
    structural = local_slopes(
        omega_g, structural_g, expected=4.0, names=(r"$\omega_4$", r"$1 - |\pi_4\cdot\psi|$"),
        **options,
    )  # fmt: skip
    softest = int(quartic_g.argmin())
    return HarmonicConvergence(
        energetic=energetic,
        structural=structural,
        softest=softest,
        softest_omega=float(omega_g[softest]),
        softest_energetic=float(energetic_g[softest]),
        softest_structural=float(structural_g[softest]),
    )
