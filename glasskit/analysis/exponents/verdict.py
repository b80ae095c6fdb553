"""The exponent of an ensemble with all that bears on it, in one result: which power laws its glasses still allow."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ...errors import GlasskitWarning, InputError, InsufficientDataError
from .correction_to_scaling import CorrectionFit, fit_correction
from .edge import is_edge
from .fit import ExponentFit, fit_exponent
from .goodness_of_fit import CountDispersion, GoodnessOfFit, count_dispersion, goodness_of_fit
from .lowest_frequency import LowestFrequencyFit, fit_lowest_frequency
from .mode_window import require_window
from .model_comparison import ModelComparison, candidate_exponents, compare_rates, disputed_exponents, rate_models
from .planning import glasses_to_distinguish, modes_to_distinguish
from .prefactor import QuarticPrefactor, quartic_prefactor
from .rate_models import CorrectedPower, PurePower
from .window_scan import WindowScan, scan_windows, windows_below

T = TypeVar("T")

DISFAVOURED = 20.0
"""Odds against a candidate, relative to the best rate compared, from which it is called disfavoured."""

PLANNED_ODDS = 1000.0
"""Odds for which the needed number of glasses is given."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ExponentVerdict:
    """What the modes below one frequency say about the exponent s of the density of states.

    A part that the data do not support is the `InsufficientDataError` that says why, with its partial result.

    Attributes
    ----------
    fit : ExponentFit
        s with its error over glasses, for a pure power.
    comparison : ModelComparison
        Likelihoods of the candidate exponents, of a free one, of a correction, and of omega³/ln²; also of the
        exponents in question with a correction, where the modes determine one. They are divided by
        (error/analytic_error)² where that is above 1.
    scan : WindowScan or InsufficientDataError
        s against the window.
    correction : CorrectionFit or InsufficientDataError
        s as omega → 0 when the rate has a first correction.
    lowest : LowestFrequencyFit or InsufficientDataError
        s from the lowest mode of each glass alone.
    goodness : GoodnessOfFit or InsufficientDataError
    dispersion : CountDispersion or InsufficientDataError
    prefactor : QuarticPrefactor or None
        A_g; None where ``modes_total`` was not given.
    taper : float or None
        Order m that adds 3 + 2/m to the candidates.
    first_phonon : float or None
        Lowest frequency of a phonon.
    glasses_needed : dict of (float, float) to int
        Pairs of the exponents in question that are both still allowed -> glasses of this recipe, those at hand
        included, after which one is favoured over the other by 1000:1 in half of all repetitions, if one is true.
    warnings : tuple of str
        What was asked for and should not have been; also issued as `GlasskitWarning`.
    """

    fit: ExponentFit
    comparison: ModelComparison
    scan: WindowScan | InsufficientDataError
    correction: CorrectionFit | InsufficientDataError
    lowest: LowestFrequencyFit | InsufficientDataError
    goodness: GoodnessOfFit | InsufficientDataError
    dispersion: CountDispersion | InsufficientDataError
    prefactor: QuarticPrefactor | None
    taper: float | None
    first_phonon: float | None
    glasses_needed: dict[tuple[float, float], int]
    warnings: tuple[str, ...]

    @property
    def s(self) -> float:
        """Exponent of the pure power, ``fit.s``."""
        return self.fit.s

    @property
    def error(self) -> float:
        """Standard deviation of s over glasses, ``fit.error``."""
        return self.fit.error

    @property
    def candidates(self) -> tuple[float, ...]:
        """Fixed exponents that were compared, ascending."""
        return candidate_exponents(self.taper)

    def odds(self, s: float) -> float:
        """Odds N:1 against a candidate exponent, relative to the best of all rates compared."""
        return self.comparison.odds(PurePower(s).name)

    @property
    def allowed(self) -> tuple[float, ...]:
        """Candidates with odds below 20:1 against them."""
        return tuple(s for s in self.candidates if self.odds(s) < DISFAVOURED)

    @property
    def disfavoured(self) -> tuple[float, ...]:
        """Candidates with odds of 20:1 and more against them."""
        return tuple(s for s in self.candidates if self.odds(s) >= DISFAVOURED)

    @property
    def corrected_odds(self) -> dict[float, float]:
        """Exponent in question as omega → 0, with a correction to scaling -> odds against it.

        Empty where there are too few modes for a correction.
        """
        names = {s: CorrectedPower(s).name for s in disputed_exponents(self.taper)}
        compared = {fit.name for fit in self.comparison.fits}
        return {s: self.comparison.odds(name) for s, name in names.items() if name in compared}

    @property
    def edge(self) -> bool:
        """Whether the window holds the edge of a gap rather than a power law, see `edge`; s is then no exponent."""
        return is_edge(self.fit)

    @property
    def decided(self) -> bool:
        """Whether at least one of the exponents in question, 3, 4 and 3 + 2/m, is disfavoured."""
        return not set(disputed_exponents(self.taper)) <= set(self.allowed)

    @property
    def text(self) -> str:
        """The verdict in one paragraph."""
        from .words import verdict_in_words

        return verdict_in_words(self)

    def plot(self, ax: Any | None = None) -> Any:
        """Draw s against the window with its band, the candidates as lines; returns the axes (needs matplotlib).

        Raises
        ------
        InsufficientDataError
            Too few modes for two windows.
        """
        from .figure import draw_plateau

        return draw_plateau(self, ax)


def judge_exponent(
    frequencies_per_glass: Sequence[ArrayLike],
    upper: float,
    *,
    taper: float | None = None,
    complete_below: ArrayLike | None = None,
    first_phonon: float | None = None,
    scan: Sequence[float] | None = None,
    modes_total: int | None = None,
    omega_0: float | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
    require_decision: bool = True,
) -> ExponentVerdict:
    """Fit the exponent below ``upper`` in every way there is, and say which power laws the glasses still allow.

    Choose ``upper`` before looking at s, below the first phonon; a window tuned to a wanted s proves nothing.

    Parameters
    ----------
    frequencies_per_glass, upper, complete_below, rng, resamples
        As in ``fit_exponent``. All glasses must be of one recipe.
    taper : int or math.inf, optional
        Order m of the taper: its prediction 3 + 2/m joins the candidates 2, 3, 4 and 5.
    first_phonon : float, optional
        Lowest frequency of a phonon; windows above it are warned of.
    scan : sequence of float, optional
        Upper ends of the windows to scan; None: 15 in geometric progression up to ``upper`` or half the first phonon,
        whichever is larger, within the complete part.
    modes_total, omega_0
        As in ``quartic_prefactor``; A_g is given where ``modes_total`` is.
    require_decision : bool
        Whether to refuse a verdict in which 3, 4 and 3 + 2/m are all still allowed.

    Returns
    -------
    ExponentVerdict
        Its ``text`` is the answer in one paragraph.

    Raises
    ------
    InputError
        As in ``fit_exponent``, for the window and for those of the scan; a first phonon that is not positive.
    InsufficientDataError
        The window supports no fit with an error (``partial`` as in ``fit_exponent``), or decides nothing (``partial``:
        ExponentVerdict). The sentence says how many glasses would do.

    Warns
    -----
    GlasskitWarning
        A window that reaches above the first phonon.
    """
    if first_phonon is not None:
        _require_phonon(first_phonon)
    keywords: dict[str, Any] = {"complete_below": complete_below, "rng": rng}
    fit = _fitted(frequencies_per_glass, upper, resamples, keywords)
    inflation = max(1.0, (fit.error / fit.analytic_error) ** 2)
    uppers = _windows(fit, complete_below, first_phonon) if scan is None else scan
    drawn = {**keywords, "resamples": resamples}
    correction = _or_refusal(fit_correction, frequencies_per_glass, upper, **drawn)
    models = list(rate_models(taper))
    if isinstance(correction, CorrectionFit):
        models += [CorrectedPower(s) for s in disputed_exponents(taper)]
    comparison = compare_rates(
        frequencies_per_glass, upper, models=models, complete_below=complete_below, inflation=inflation
    )
    verdict = ExponentVerdict(
        fit=fit,
        comparison=comparison,
        scan=_or_refusal(scan_windows, frequencies_per_glass, uppers, **drawn),
        correction=correction,
        lowest=_or_refusal(fit_lowest_frequency, frequencies_per_glass, upper, **drawn),
        goodness=_or_refusal(goodness_of_fit, frequencies_per_glass, upper, **keywords),
        dispersion=_or_refusal(count_dispersion, frequencies_per_glass, upper, complete_below=complete_below),
        prefactor=None
        if modes_total is None
        else quartic_prefactor(frequencies_per_glass, upper, modes_total=modes_total, omega_0=omega_0, **drawn),
        taper=taper,
        first_phonon=first_phonon,
        glasses_needed=_needed(fit, comparison, taper, inflation),
        warnings=tuple(_phonon_warnings(upper, uppers, first_phonon)),
    )
    for sentence in verdict.warnings:
        warnings.warn(sentence, GlasskitWarning, stacklevel=2)
    if require_decision and not verdict.decided:
        raise _undecided(verdict)
    return verdict


def _fitted(frequencies: Sequence[ArrayLike], upper: float, resamples: int, keywords: dict[str, Any]) -> ExponentFit:
    """Fit s; a refusal for want of modes says how many glasses would do."""
    try:
        return fit_exponent(frequencies, upper, resamples=resamples, **keywords)
    except InsufficientDataError as error:
        found = error.partial
        if found is None or found.count == 0:
            raise
        needed = max(found.glasses + 1, glasses_to_distinguish(found.modes_per_glass, odds=PLANNED_ODDS))
        raise InsufficientDataError(
            f"{str(error).rstrip('.')}; at {found.modes_per_glass:.3g} modes per glass about {needed} glasses would "
            f"tell s = 3 from 4 at {PLANNED_ODDS:g}:1.",
            found,
        ) from error


def _windows(fit: ExponentFit, complete_below: ArrayLike | None, first_phonon: float | None) -> tuple[float, ...]:
    """Place the windows of the scan; ``upper`` is always one of them."""
    largest = fit.upper if first_phonon is None else max(fit.upper, first_phonon / 2)
    if complete_below is not None:
        largest = min(largest, float(np.min(complete_below)))
    placed = windows_below(largest, round(fit.count * (largest / fit.upper) ** 5))
    nearest = min(placed, key=lambda window: abs(math.log(window / fit.upper)))
    return tuple(sorted(fit.upper if window == nearest else window for window in placed))


def _or_refusal(function: Callable[..., T], *arguments: Any, **keywords: Any) -> T | InsufficientDataError:
    """Return what a fit returns, or its refusal for want of data as a value."""
    try:
        return function(*arguments, **keywords)
    except InsufficientDataError as error:
        return error


def _needed(
    fit: ExponentFit, comparison: ModelComparison, taper: float | None, inflation: float
) -> dict[tuple[float, float], int]:
    """Glasses that tell apart each pair of exponents in question of which none is disfavoured yet."""
    open_ = [s for s in disputed_exponents(taper) if comparison.odds(PurePower(s).name) < DISFAVOURED]
    independent = fit.modes_per_glass / inflation
    return {
        (first, second): glasses_to_distinguish(independent, first=first, second=second, odds=PLANNED_ODDS)
        for first, second in itertools.combinations(open_, 2)
    }


def _phonon_warnings(upper: float, uppers: Sequence[float], first_phonon: float | None) -> list[str]:
    if first_phonon is None:
        return []
    found = []
    if upper > first_phonon:
        found.append(
            f"the window reaches {upper:g}, above the first phonon at {first_phonon:g}: phonons are counted as soft "
            "modes and s is not that of the non-phononic modes; lower the window."
        )
    above = [window for window in uppers if window > first_phonon and window != upper]
    if above:
        found.append(
            f"{len(above)} windows of the scan reach above the first phonon at {first_phonon:g}, up to "
            f"{max(above):g}: s there is not that of the non-phononic modes."
        )
    return found


def _require_phonon(first_phonon: float) -> None:
    try:
        require_window(first_phonon)
    except InputError as error:
        raise InputError(f"first_phonon is {first_phonon}; expected a positive frequency or None.") from error


def _undecided(verdict: ExponentVerdict) -> InsufficientDataError:
    """Say which candidates are left, and how many glasses would disfavour the one farthest from the fitted s."""
    fit, disputed = verdict.fit, disputed_exponents(verdict.taper)
    names = ", ".join(f"{s:.4g}" for s in disputed[:-1]) + f" and {disputed[-1]:.4g}"
    farthest = max(disputed, key=lambda s: abs(s - fit.s))
    modes = modes_to_distinguish(truth=fit.s, alternative=farthest, odds=PLANNED_ODDS)
    glasses = math.ceil(modes * verdict.comparison.inflation / fit.modes_per_glass)
    return InsufficientDataError(
        f"{fit.count} modes below {fit.upper:g} in {fit.glasses} glasses decide nothing: s = {fit.s:.2f} ± "
        f"{fit.error:.2f} leaves {names} all within odds of {DISFAVOURED:g}:1; if s stays there, about {glasses} "
        f"glasses would disfavour {farthest:.4g} at {PLANNED_ODDS:g}:1 (require_decision=False returns the verdict as "
        "it is).",
        verdict,
    )
