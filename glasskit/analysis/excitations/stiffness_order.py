"""Which mode of a soft spot is the softer: harmonic, quartic or cubic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import NumericalError
from ..bootstrap import BootstrapEstimate, generator_and_seed
from ..per_glass import FloatArray
from .columns import one_per_glass
from .medians import bootstrap_median
from .proportions import Proportion, proportion

ROUNDING = 1e-8
"""Part of kappa that rounding may move a stiffness by: eps·|M|/kappa is 2e-9 at |M| = 1e4, kappa = 1e-3."""


@dataclass(frozen=True, eq=False)
class StiffnessOrder:
    """The order kappa_2 <= kappa_4 < kappa_3 of Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Secs. IV and V A.

    Attributes
    ----------
    glasses : int
    harmonic_stiffer : Proportion
        Glasses with kappa_2 > kappa_4 by more than rounding. None ever: such ensembles are refused.
    cubic_softer : Proportion
        Glasses with kappa_3 < kappa_4; below 0.5 % in the paper.
    ratio : BootstrapEstimate
        Median of kappa_3/kappa_4; about 1.3 in the paper.
    omega_quartic, ratio_g : (G,) arrays
        √kappa_4 [frequency] and kappa_3/kappa_4 of each glass.
    """

    glasses: int
    harmonic_stiffer: Proportion
    cubic_softer: Proportion
    ratio: BootstrapEstimate
    omega_quartic: FloatArray = field(repr=False)
    ratio_g: FloatArray = field(repr=False)

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """(kappa_3 − kappa_4)/kappa_4 against omega_4, with the median [K Fig. 7(a)]; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.plot(self.omega_quartic, self.ratio_g - 1, marker, ms=3, mew=0, alpha=0.5, color=color, label=label)
        ax.axhline(self.ratio.value - 1, color=color, lw=1.2)
        if fresh:
            ax.axhline(0, color="0.6", lw=0.8, zorder=0)
            ax.set(xlabel=r"$\omega_4$", ylabel=r"$(\kappa_3 - \kappa_4)/\kappa_4$")
        return ax


def stiffness_order(
    kappa_harmonic: ArrayLike,
    kappa_quartic: ArrayLike,
    kappa_cubic: ArrayLike,
    *,
    rounding: float = ROUNDING,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> StiffnessOrder:
    """Compare the stiffnesses of the three modes of the softest spot of each glass.

    Parameters
    ----------
    kappa_harmonic, kappa_quartic, kappa_cubic : (G,) arrays
        kappa = M:zz of the lowest harmonic mode, and of the quartic and cubic modes found from it [energy/length²].
    rounding : float
        Part of kappa_4 or kappa_3 by which kappa_2 may exceed it.
    rng, resamples
        Of the bootstrap of the median over glasses.

    Raises
    ------
    InputError
        Arrays that are empty, do not match, are not finite or not positive.
    NumericalError
        A glass whose kappa_2 exceeds kappa_4 or kappa_3: the lowest harmonic mode is the softest of all directions,
        so that one of them is not what it is called (``partial``: indices of these glasses).
    InsufficientDataError
        One glass.
    """
    names = ("kappa_harmonic", "kappa_quartic", "kappa_cubic")
    harmonic_g, quartic_g, cubic_g = one_per_glass(
        positive=names, kappa_harmonic=kappa_harmonic, kappa_quartic=kappa_quartic, kappa_cubic=kappa_cubic
    )
    for name, other_g in (("kappa_quartic", quartic_g), ("kappa_cubic", cubic_g)):
        above_g = harmonic_g > other_g * (1 + rounding)
        if above_g.any():
            first = int(above_g.argmax())
            raise NumericalError(
                f"kappa_harmonic is above {name} in {int(above_g.sum())} of {above_g.size} glasses (glass {first}: "
                f"{harmonic_g[first]:.10g} and {other_g[first]:.10g}); the lowest harmonic mode is the softest of all "
                "directions, so check that it is the lowest and belongs to the same glass.",
                np.flatnonzero(above_g),
            )
    generator, seed = generator_and_seed(rng)
    median = bootstrap_median(cubic_g / quartic_g, rng=generator, resamples=resamples)
    return StiffnessOrder(
        glasses=harmonic_g.size,
        harmonic_stiffer=proportion(harmonic_g > quartic_g * (1 + rounding)),
        cubic_softer=proportion(cubic_g < quartic_g),
        ratio=BootstrapEstimate(median.value, median.error, median.glasses, resamples, seed),
        omega_quartic=np.sqrt(quartic_g),
        ratio_g=cubic_g / quartic_g,
    )
