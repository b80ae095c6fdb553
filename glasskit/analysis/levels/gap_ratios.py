"""Ratios of consecutive level spacings: do neighbouring modes repel, as in random matrices, or ignore each other.

Known distributions to compare with stand in `curves`; histograms and goodness of fit in
`distribution`; windows of a spectrum and a verdict in `windows`; r̃ against frequency, participation
and size in `profile`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..bootstrap import BootstrapEstimate, bootstrap_mean
from ..per_glass import FloatArray, one_glass


@dataclass(frozen=True)
class MeanGapRatio(BootstrapEstimate):
    """Mean folded gap ratio of an ensemble.

    Attributes
    ----------
    value, error : float
        Mean over glasses of each glass's mean of min(r, 1/r), and its bootstrap error over glasses.
    ratios : int
        Gap ratios that entered.
    skipped : int
        Glasses left out because they have fewer than three levels; ``glasses`` counts the others.
    """

    ratios: int
    skipped: int


def gap_ratios(eigenvalues: ArrayLike) -> FloatArray:
    """Ratios r_p = (λ_{p+1} − λ_p)/(λ_{p+2} − λ_{p+1}) of consecutive gaps of one spectrum.

    No unfolding is needed: the local density of levels drops out.

    Parameters
    ----------
    eigenvalues : (k,) array
        Eigenvalues λ = omega² of *one* glass, ascending, k >= 3, zero modes excluded, no level missing in between.

    Returns
    -------
    (k−2,) array

    Raises
    ------
    InputError
        Fewer than three levels, not ascending, not finite, or two levels exactly equal, which leaves r undefined.

    References
    ----------
    Y. Y. Atas, E. Bogomolny, O. Giraud and G. Roux, Phys. Rev. Lett. 110, 084101 (2013);
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Fig. 2.
    """
    level = np.asarray(eigenvalues, dtype=np.float64)
    if level.ndim != 1 or level.size < 3 or not np.isfinite(level).all():
        raise InputError(
            f"eigenvalues have shape {level.shape} or are not finite; expected a 1-D array of at least 3 levels."
        )
    gap = np.diff(level)
    if (gap < 0).any():
        place = int(np.argmax(gap < 0))
        raise InputError(
            f"eigenvalues are not ascending at index {place + 1}; expected the sorted spectrum of one glass "
            "(spectra of several glasses must not be joined: they do not repel)."
        )
    if (gap == 0).any():
        place = int(np.argmax(gap == 0))
        raise InputError(
            f"eigenvalues {place} and {place + 1} are equal to the last bit ({level[place]:g}); the gap ratio of "
            "degenerate levels is undefined: leave out zero modes, and use samples without symmetry."
        )
    return gap[:-1] / gap[1:]


def fold(ratios: ArrayLike) -> FloatArray:
    """Folded ratio min(r, 1/r), between 0 and 1, of gap ratios r > 0."""
    r = np.asarray(ratios, dtype=np.float64)
    return np.minimum(r, 1 / r)


def mean_gap_ratio(
    eigenvalues_per_glass: Sequence[ArrayLike], *, rng: np.random.Generator | None = None, resamples: int = 1000
) -> MeanGapRatio:
    """Mean of min(r, 1/r), averaged within each glass and then over glasses, with bootstrap error over glasses.

    Between ``curves.MEAN_FOLDED_POISSON`` for independent levels and ``MEAN_FOLDED_GOE`` for levels that
    repel as in random matrices. Repulsion at one size does not prove extended modes, and nearly degenerate phonons
    mimic independence.

    Parameters
    ----------
    eigenvalues_per_glass : sequence of (k_g,) arrays
        Levels of each glass in the window of interest, as for ``gap_ratios``. Glasses with fewer than three levels
        are left out and counted in ``skipped``.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for the error.

    Raises
    ------
    InputError
        As ``gap_ratios``, or an empty ensemble.
    InsufficientDataError
        Fewer than two glasses with three levels.
    """
    folded_g, skipped = gap_ratios_of_glasses(eigenvalues_per_glass, folded=True)
    mean = bootstrap_mean(np.array([folded.mean() for folded in folded_g]), rng=rng, resamples=resamples)
    ratios = sum(folded.size for folded in folded_g)
    return MeanGapRatio(mean.value, mean.error, mean.glasses, mean.resamples, mean.seed, ratios, skipped)


def gap_ratios_of_glasses(eigenvalues_per_glass: Sequence[ArrayLike], *, folded: bool) -> tuple[list[FloatArray], int]:
    """Gap ratios of each glass that has three levels or more, and the number of glasses that do not.

    Raises
    ------
    InputError
        As ``gap_ratios``, naming the glass, or an empty ensemble.
    InsufficientDataError
        Fewer than two glasses with three levels.
    """
    level_g = [one_glass(values, index, what="eigenvalues") for index, values in enumerate(eigenvalues_per_glass)]
    if not level_g:
        raise InputError("the ensemble is empty: eigenvalues of at least two glasses are needed.")
    ratio_g = [ratios_of_glass(level, index, folded=folded) for index, level in enumerate(level_g) if level.size >= 3]
    if len(ratio_g) < 2:
        raise InsufficientDataError(
            f"{len(ratio_g)} of {len(level_g)} glasses have three levels in the window; an error over glasses needs "
            "at least 2: widen the window or make more glasses."
        )
    return ratio_g, len(level_g) - len(ratio_g)


def ratios_of_glass(level: FloatArray, index: int, *, folded: bool) -> FloatArray:
    """Gap ratios of glass ``index``, which an error names."""
    try:
        ratio = gap_ratios(level)
    except InputError as error:
        raise InputError(f"glass {index}: {error}") from error
    return fold(ratio) if folded else ratio
