"""What makes a cubic mode of a quartic one: a small turn that changes tau by much and chi by little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES
from ...errors import InputError
from ..bootstrap import BootstrapEstimate
from ..per_glass import FloatArray
from .columns import one_per_glass
from .medians import bootstrap_median


@dataclass(frozen=True, eq=False)
class CubicAgainstQuartic:
    """Cubic and quartic mode of the same soft spot, one pair of each glass.

    Attributes
    ----------
    turn, tau_ratio, chi_ratio : BootstrapEstimate
        Medians of 1 − |π_3·π_4|, |tau_3/tau_4| and chi_3/chi_4.
    turn_g, tau_ratio_g, chi_ratio_g : (G,) arrays
    """

    turn: BootstrapEstimate
    tau_ratio: BootstrapEstimate
    chi_ratio: BootstrapEstimate
    turn_g: FloatArray = field(repr=False)
    tau_ratio_g: FloatArray = field(repr=False)
    chi_ratio_g: FloatArray = field(repr=False)

    def plot(
        self, axes: Sequence[Any] | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o"
    ) -> Any:
        """Both ratios against 1 − |π_3·π_4|, in two axes [K Fig. 7(b, c)]; returns the two axes."""
        if axes is None:
            from matplotlib.figure import Figure

            axes = list(Figure(figsize=(9.0, 4.0), layout="constrained").subplots(1, 2))
            scales = ("log", "linear")
            names = (r"$|\tau_3/\tau_4|$", r"$\chi_3/\chi_4$")
            for ax, scale, name in zip(axes, scales, names, strict=True):
                ax.set(xscale="log", yscale=scale, xlabel=r"$1 - |\pi_3\cdot\pi_4|$", ylabel=name)
                ax.axhline(1, color="0.6", lw=0.8, zorder=0)
        for ax, ratio_g in zip(axes, (self.tau_ratio_g, self.chi_ratio_g), strict=True):
            ax.plot(self.turn_g, ratio_g, marker, ms=3, mew=0, alpha=0.5, color=color, label=label)
        return axes


def cubic_against_quartic(
    tau_cubic: ArrayLike,
    tau_quartic: ArrayLike,
    chi_cubic: ArrayLike,
    chi_quartic: ArrayLike,
    overlap: ArrayLike,
    *,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> CubicAgainstQuartic:
    """Ratios of tau and of chi between the cubic and the quartic mode of the same soft spot.

    Parameters
    ----------
    tau_cubic, tau_quartic : (G,) arrays
        Of either sign, not zero.
    chi_cubic, chi_quartic : (G,) arrays
        Positive.
    overlap : (G,) array
        π_3·π_4 of unit vectors, either sign.
    rng, resamples
        Of the bootstrap of the medians over glasses.

    Raises
    ------
    InputError
        Arrays that are empty, do not match, are not finite, zero where that has no meaning; overlaps above 1.
    InsufficientDataError
        One glass.

    References
    ----------
    Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Sec. V A, Fig. 7.
    """
    tau_3, tau_4, chi_3, chi_4, overlap_g = one_per_glass(
        positive=("chi_cubic", "chi_quartic"), nonzero=("tau_cubic", "tau_quartic"), tau_cubic=tau_cubic,
        tau_quartic=tau_quartic, chi_cubic=chi_cubic, chi_quartic=chi_quartic, overlap=overlap,
    )  # fmt: skip
    overlap_g = np.abs(overlap_g)
    if overlap_g.max() > 1 + 1e-9:
        raise InputError(
            f"overlap of glass {int(overlap_g.argmax())} is {overlap_g.max():g}; expected that of unit vectors, "
            "at most 1."
        )
    turn_g = np.maximum(1 - overlap_g, 0.0)
    options: dict[str, Any] = {"rng": rng, "resamples": resamples}
    return CubicAgainstQuartic(
        turn=bootstrap_median(turn_g, **options),
        tau_ratio=bootstrap_median(np.abs(tau_3 / tau_4), **options),
        chi_ratio=bootstrap_median(chi_3 / chi_4, **options),
        turn_g=turn_g,
        tau_ratio_g=np.abs(tau_3 / tau_4),
        chi_ratio_g=chi_3 / chi_4,
    )
