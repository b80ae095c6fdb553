"""Participation of modes against their frequency: how extended the vibrations of an ensemble are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError
from ..per_glass import one_glass
from ..profiles import Profile, profile


def participation_profile(
    frequencies_per_glass: Sequence[ArrayLike],
    participation_per_glass: Sequence[ArrayLike],
    edges: ArrayLike | None = None,
    *,
    particles: int | None = None,
    bins: int = 20,
    spacing: str = "population",
    statistic: str = "mean",
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> Profile:
    """Mean or median participation ratio e in bins of frequency, with errors by resampling glasses.

    Parameters
    ----------
    frequencies_per_glass : sequence of (k_g,) arrays
        Frequencies omega of the modes of each glass, zero modes excluded.
    participation_per_glass : sequence of (k_g,) arrays
        Their participation ratios (`glasskit.participation_ratio`), between 1/N and 1.
    edges : (B+1,) array, optional
        Bins of omega; default: ``bins`` of them with equally many modes.
    particles : int, optional
        N: the result is N·e, about the number of particles that move. Localised modes keep it when N grows.
    bins, spacing, statistic, rng, resamples
        As for `profiles.profile`.

    Raises
    ------
    InputError
        As `profiles.profile`, frequencies that are not positive, participation ratios outside (0, 1], or below 1/N.
    InsufficientDataError
        As `profiles.profile`.

    References
    ----------
    Kapteijns, Richard, Lerner, PRE 101, 032130 (2020), Eq. (14).
    """
    if particles is not None and particles < 1:
        raise InputError(f"particles is {particles}; expected a positive number N.")
    least = 0.0 if particles is None else (1 - 1e-9) / particles
    factor = 1.0 if particles is None else float(particles)
    e_g = []
    for index, values in enumerate(participation_per_glass):
        e = one_glass(values, index, what="participation ratios")
        if e.size and not (e.min() > 0 and e.min() >= least and e.max() <= 1 + 1e-9):
            raise InputError(
                f"participation ratios of glass {index} lie between {e.min():g} and {e.max():g}; expected "
                f"{'more than 0' if particles is None else f'at least 1/N = {1 / particles:g}'} and at most 1."
            )
        e_g.append(factor * e)
    for index, values in enumerate(frequencies_per_glass):
        omega = one_glass(values, index, what="frequencies")
        if omega.size and omega.min() <= 0:
            raise InputError(
                f"glass {index} has the frequency {omega.min():g}; expected positive frequencies only: leave out zero "
                "modes, and glasses that are not in a minimum."
            )
    names = (r"frequency $\omega$", r"participation ratio $e$" if particles is None else r"$Ne$")
    return profile(
        frequencies_per_glass, e_g, edges, names=names, bins=bins, spacing=spacing, statistic=statistic, rng=rng,
        resamples=resamples,
    )  # fmt: skip
