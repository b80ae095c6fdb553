"""Two ensembles quenched from the same liquids, compared glass by glass: what their liquids share cancels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..digits import with_error
from ..exponents.fit import point_estimate, require_two_glasses, with_errors
from ..exponents.mode_window import mode_window
from ..per_glass import FloatArray, flatten_per_glass, require_glasses
from .samples import LOWEST, SOFT_MODES, Match, MatchedSamples, match_indices, taken
from .stress import MatchedStresses, matched_stresses


@dataclass(frozen=True)
class PairedDifference:
    """A number of two ensembles and their difference, over the same glasses.

    Attributes
    ----------
    first, second : float
        The number in each ensemble, matched glasses only.
    difference, error : float
        second − first, and its standard deviation with both ensembles resampled by the same glasses.
    independent_error : float
        What the error would be if the liquids were not the same: √(error of first² + error of second²).
    correlation : float or None
        Of the two errors, −1 to 1; None where one of them is zero.
    glasses, resamples : int
    seed : int or None
        Of the bootstrap; None where the caller passed a generator.
    """

    first: float
    second: float
    difference: float
    error: float
    independent_error: float
    correlation: float | None
    glasses: int
    resamples: int
    seed: int | None

    @property
    def gain(self) -> float:
        """How many times as many glasses the same error would take without the match; infinite for an error of 0."""
        return (self.independent_error / self.error) ** 2 if self.error > 0 else np.inf

    @property
    def text(self) -> str:
        """Both numbers and the difference, in words."""
        return (
            f"{self.first:.4g} and {self.second:.4g}, difference {with_error(self.difference, self.error)} "
            f"(unmatched ± {self.independent_error:.2g})"
        )


@dataclass(frozen=True)
class MatchedComparison:
    """What changes when the same liquids are quenched in another way; every difference is second − first.

    Attributes
    ----------
    match : Match
    upper : (float, float)
        End of the window of each ensemble [frequency].
    exponent : PairedDifference or InsufficientDataError
        s of ``fit_exponent``; where the modes do not suffice, why not.
    numbers : dict of str to PairedDifference
        Means over the glasses: ``SOFT_MODES``, the number of modes in the window; ``LOWEST``, the lowest frequency, or
        ``cut`` where that is smaller; and the numbers given.
    per_glass : dict of str to (2, M) array
        The numbers of both ensembles, glass by glass.
    cut : float
        Frequency below which all modes of all glasses are known: ``LOWEST`` is known below it.
    stresses : MatchedStresses or None
    """

    match: Match
    upper: tuple[float, float]
    exponent: PairedDifference | InsufficientDataError
    numbers: dict[str, PairedDifference]
    per_glass: dict[str, FloatArray]
    cut: float
    stresses: MatchedStresses | None

    @property
    def glasses(self) -> int:
        """Number of glasses compared."""
        return self.match.indices.size

    @property
    def text(self) -> str:
        """One paragraph."""
        found = self.match
        first, second = self.upper
        window = f"below {first:.4g}" if first == second else f"below {first:.4g} and {second:.4g}"
        if isinstance(self.exponent, InsufficientDataError):
            exponent = f"no exponent: {self.exponent}"
        else:
            exponent = f"exponent of the modes {window}: {self.exponent.text}."
        numbers = " ".join(f"{name}: {paired.text}." for name, paired in self.numbers.items())
        correlation = self.numbers[LOWEST].correlation
        alike = "" if correlation is None else f" Correlation of the lowest frequencies: {correlation:.2f}."
        return (
            f"{self.glasses} glasses of the same liquids (left out: {found.only_first} that only the first ensemble "
            f"has, {found.only_second} only the second); {exponent} {numbers}{alike}"
        )

    def plot(self, name: str = LOWEST, *, ax: Any | None = None) -> Any:
        """One number of the second ensemble against that of the first, a point for each glass; returns the axes.

        Raises
        ------
        InputError
            A name that is not among the numbers.
        """
        if name not in self.per_glass:
            raise InputError(f"there is no number {name!r}; expected one of {', '.join(self.per_glass)}.")
        fresh = ax is None
        ax = axes_for(ax)
        first, second = self.per_glass[name]
        ax.plot(first, second, ".", ms=4, color=HUES[0], alpha=0.5)
        mean = [first.mean()], [second.mean()]
        ax.plot(*mean, "+", ms=12, mew=2, color=HUES[1])
        ax.axline((mean[0][0], mean[0][0]), slope=1, color="0.7", lw=0.8, zorder=0)
        if fresh:
            ax.set(xlabel=f"{name}, first ensemble", ylabel=f"{name}, second ensemble")
            ax.set_title(f"{self.glasses} liquids; line: no change", fontsize=10)
        return ax


def compare_matched(
    first: MatchedSamples,
    second: MatchedSamples,
    upper: float | tuple[float, float],
    *,
    stress_edges: ArrayLike | None = None,
    slope_span: int = 2,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> MatchedComparison:
    """Compare two ensembles glass by glass, where equal indices mean equal liquids.

    Both ensembles are resampled by the same glasses: an error over matched glasses holds what a glass of the one does
    not share with its partner, not what all liquids have of chance. The exponent of each is that of ``fit_exponent``,
    from the same statistic y (the mean of ln(upper/omega) in the window), with y of both resampled at once.

    Parameters
    ----------
    first, second : MatchedSamples
        Glasses that one of them lacks are left out, and counted.
    upper : float or (float, float)
        End of the window, or that of each ensemble: where the stiffness changes with the quench, equal shares of the
        first phonon compare more alike modes than equal frequencies do [frequency].
    stress_edges : (B+1,) array, optional
        Edges of the bins of ``stress_counts``.
    slope_span : int
        Bins over which local slopes of P(sigma) are taken.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for the errors.

    Raises
    ------
    InputError
        No index in common or one given twice, arrays that do not fit the indices, frequencies or numbers that are not
        finite, a window that is not complete.
    InsufficientDataError
        Fewer than two glasses in common.

    References
    ----------
    The exponents compared: Schirmacher et al., Nat. Commun. 15, 3107 (2024), Table 1. Bootstrap of pairs: B. Efron
    and R. J. Tibshirani, An Introduction to the Bootstrap (Chapman & Hall, 1993), section 9.5.
    """
    match = match_indices(first.indices, second.indices)
    require_glasses(match.indices.size)
    generator, seed = generator_and_seed(rng)
    ends = upper if isinstance(upper, tuple) else (upper, upper)
    if len(ends) != 2:
        raise InputError(f"upper has {len(ends)} numbers; expected one window, or one for each of two ensembles.")
    chosen = (taken(first, match.first, "first"), taken(second, match.second, "second"))
    window = [
        mode_window(samples.frequencies, end, complete_below=samples.complete_below)
        for samples, end in zip(chosen, ends, strict=True)
    ]
    sums = [np.stack([w.per_glass(), w.per_glass(w.depth)], axis=1) for w in window]
    cut = min(
        end if samples.complete_below is None else float(np.min(samples.complete_below))
        for samples, end in zip(chosen, ends, strict=True)
    )
    per_glass = {
        SOFT_MODES: np.stack([found[:, 0] for found in sums]),
        LOWEST: np.stack([_lowest(samples.frequencies, cut) for samples in chosen]),
    }
    for name in first.numbers:
        if name in second.numbers:
            per_glass[name] = np.array([samples.numbers[name] for samples in chosen])
    columns = np.concatenate([*sums, *(pair.T for pair in per_glass.values())], axis=1)
    resampled = resample_glasses(columns, rng=generator, resamples=resamples)
    glasses = match.indices.size
    numbers = {
        name: _paired_mean(pair, resampled[:, 4 + 2 * place : 6 + 2 * place] / glasses, resamples, seed)
        for place, (name, pair) in enumerate(per_glass.items())
    }
    return MatchedComparison(
        match, (window[0].upper, window[1].upper),
        _exponent(sums, (window[0].upper, window[1].upper), resampled[:, :4], resamples, seed),
        numbers, per_glass, cut, _stresses(chosen, stress_edges, slope_span, rng, resamples),
    )  # fmt: skip


def _lowest(frequencies: Sequence[ArrayLike], cut: float) -> FloatArray:
    """Lowest frequency of each glass, or ``cut`` where that is smaller: a number that is known of every glass."""
    modes = flatten_per_glass(frequencies, what="frequencies")
    lowest = np.full(modes.glasses, cut)
    np.minimum.at(lowest, modes.glass, modes.value)
    return lowest


def _paired_mean(pair: FloatArray, mean_r2: FloatArray, resamples: int, seed: int | None) -> PairedDifference:
    glasses = pair.shape[1]
    first, second = pair.mean(axis=1)
    # about their means, as the spread of large numbers that agree is the rounding of their sums
    change_r2 = mean_r2 - [first, second]
    change_r2[:, np.ptp(pair, axis=1) == 0] = 0.0
    difference_r = change_r2[:, 1] - change_r2[:, 0]
    if np.ptp(pair[1] - pair[0]) == 0:
        difference_r = np.zeros_like(difference_r)
    errors = spread(change_r2, glasses)
    return PairedDifference(
        float(first), float(second), float(second - first), float(spread(difference_r, glasses)),
        float(np.hypot(*errors)), _correlation(change_r2), glasses, resamples, seed,
    )  # fmt: skip


def _correlation(change_r2: FloatArray) -> float | None:
    if (np.std(change_r2, axis=0) == 0).any():
        return None
    return float(np.asarray(np.corrcoef(change_r2.T))[0, 1])


def _exponent(
    sums: list[FloatArray], upper: tuple[float, float], resampled_r4: FloatArray, resamples: int, seed: int | None
) -> PairedDifference | InsufficientDataError:
    """Difference of the two exponents; both lose the resampled ensembles in which one of them has no mode."""
    kept = resampled_r4[(resampled_r4[:, 0] > 0) & (resampled_r4[:, 2] > 0)]
    try:
        points = [point_estimate(sum_g2, end) for sum_g2, end in zip(sums, upper, strict=True)]
        for point, sum_g2 in zip(points, sums, strict=True):
            require_two_glasses(point, sum_g2)
        (first, first_r), (second, second_r) = (
            with_errors(points[p], sums[p], kept[:, 2 * p : 2 * p + 2], resamples=resamples, seed=seed) for p in (0, 1)
        )
    except InsufficientDataError as error:
        return error
    change_r2 = np.stack([(first.s + 1) * first_r, (second.s + 1) * second_r], axis=1)
    return PairedDifference(
        first.s, second.s, second.s - first.s, float(np.std(change_r2[:, 1] - change_r2[:, 0], ddof=1)),
        float(np.hypot(first.error, second.error)), _correlation(change_r2), first.glasses, resamples, seed,
    )  # fmt: skip


def _stresses(
    chosen: tuple[MatchedSamples, MatchedSamples], edges: ArrayLike | None, span: int,
    rng: np.random.Generator | None, resamples: int,
) -> MatchedStresses | None:  # fmt: skip
    first, second = (samples.stress_counts for samples in chosen)
    if first is None or second is None:
        return None
    if edges is None:
        raise InputError("stress_counts are given without stress_edges; expected the edges of their bins.")
    return matched_stresses(first, second, edges, slope_span=span, rng=rng, resamples=resamples)
