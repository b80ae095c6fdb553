"""Level statistics of the lowest, middle and highest levels or any other window, with a verdict in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..digits import with_digits
from ..per_glass import FloatArray
from ..spectra.phonons import PhononBands
from .curves import GOE, GOE_SURMISE, POISSON, ReferenceCurve
from .distribution import GapRatioDistribution, gap_ratio_distribution
from .gap_ratios import MeanGapRatio, mean_gap_ratio
from .spectrum_windows import FIGURE_WINDOWS, LevelWindow, cut_windows

_AGREES = 3.0  # errors within which a value agrees with a reference


@dataclass(frozen=True)
class PhononShare:
    """How far the levels of a window are phonons, whose near degeneracy biases gap ratios.

    Attributes
    ----------
    inside : float
        Fraction of levels within the relative ``half_width`` of a band.
    expected : float
        Phonons of the undisturbed medium between the first and last level of the window, over its levels.
    half_width : float
    """

    inside: float
    expected: float
    half_width: float


@dataclass(frozen=True)
class WindowStatistics:
    """Level statistics of one window.

    Attributes
    ----------
    name : str
    lowest, highest : float
        First and last level of the window (eigenvalues), mean over glasses.
    mean : MeanGapRatio
        r̃ = mean of min(r, 1/r), per glass and then over glasses. The mean of r itself is infinite for independent
        levels and is not given.
    ratio, folded : GapRatioDistribution
        Distributions of r and of min(r, 1/r), next to GOE, its surmise and Poisson.
    phonons : PhononShare or None
        None where no bands were given, or they do not reach the window's end.
    """

    name: str
    lowest: float
    highest: float
    mean: MeanGapRatio
    ratio: GapRatioDistribution
    folded: GapRatioDistribution
    phonons: PhononShare | None

    def errors_from(self, curve: ReferenceCurve) -> float:
        """Distance of r̃ from that of a reference, in errors; positive above it."""
        return (self.mean.value - curve.mean_folded) / self.mean.error

    @property
    def verdict(self) -> str:
        """One sentence: the value, where it stands between Poisson and GOE, the fit, and the share of phonons."""
        p_value = {fit.curve.name: _probability(fit.p_value, self.folded.resamples) for fit in self.folded.fits}
        words = (
            f"{self.name}: r̃ = {with_digits(self.mean.value, self.mean.error)} from {self.mean.ratios} ratios of "
            f"{self.mean.glasses} glasses, {self._standing()}; the distribution has {p_value['GOE']} against GOE "
            f"and {p_value['Poisson']} against Poisson"
        )
        if self.phonons is not None:
            words += (
                f"; {self.phonons.inside:.0%} of the levels lie within {self.phonons.half_width:.0%} of a phonon band "
                f"({self.phonons.expected:.0%} would be phonons of the undisturbed medium)"
            )
        return words + "."

    def _standing(self) -> str:
        goe, poisson = self.errors_from(GOE), self.errors_from(POISSON)
        near_goe, near_poisson = abs(goe) <= _AGREES, abs(poisson) <= _AGREES
        distance = GOE.mean_folded - POISSON.mean_folded
        if near_goe and near_poisson:
            enough = math.ceil(self.mean.glasses * (2 * _AGREES * self.mean.error / distance) ** 2)
            return f"which cannot tell Poisson from GOE: about {enough} glasses would"
        if near_goe:
            return f"in agreement with GOE {GOE.mean_folded:.3f} and {poisson:.1f} errors above Poisson 0.386"
        if near_poisson:
            return f"in agreement with Poisson 0.386 and {-goe:.1f} errors below GOE {GOE.mean_folded:.3f}"
        if goe > 0:
            return (
                f"{goe:.1f} errors above GOE {GOE.mean_folded:.3f}: levels more evenly spaced than in random matrices"
            )
        if poisson < 0:
            return f"{-poisson:.1f} errors below Poisson 0.386: levels cluster, as nearly degenerate ones do"
        return (
            f"between Poisson 0.386 and GOE {GOE.mean_folded:.3f}, {poisson:.1f} errors above the one and {-goe:.1f} "
            "below the other"
        )

    def plot(self, ax: Any | None = None, *, folded: bool = False, label: str | None = None, **looks: Any) -> Any:
        """P(r) of the window, or that of the folded ratio, next to the known curves; returns the axes."""
        text = f"$\\tilde r$ = {with_digits(self.mean.value, self.mean.error)}"
        label = text if label is None else f"{label}: {text}"
        ax = (self.folded if folded else self.ratio).plot(ax, label=label, **looks)
        ax.set_title(self.name, fontsize=10)
        ax.legend(frameon=False, fontsize=8)
        return ax


@dataclass(frozen=True)
class LevelStatistics:
    """Level statistics of several windows of the same glasses.

    Attributes
    ----------
    windows : tuple of WindowStatistics
    """

    windows: tuple[WindowStatistics, ...]

    def __getitem__(self, name: str) -> WindowStatistics:
        """Return the window of that name."""
        for window in self.windows:
            if window.name == name:
                return window
        raise InputError(f"no window {name!r}; there are {', '.join(repr(w.name) for w in self.windows)}.")

    @property
    def verdict(self) -> str:
        """One line for each window, and what it does not prove."""
        caution = "Repulsion at one number of particles does not prove extended modes: compare sizes and participation."
        return "\n".join([*(window.verdict for window in self.windows), caution])

    def plot(
        self, axes: Sequence[Any] | None = None, *, folded: bool = False, label: str | None = None, **looks: Any
    ) -> Any:
        """Draw one panel for each window, as in [S] Fig. 2; returns the array of axes.

        Parameters
        ----------
        axes : sequence of axes, optional
            One for each window, to add a second ensemble to a figure.
        folded : bool
            min(r, 1/r) in place of r.
        label : str, optional
            Name of the ensemble.
        **looks
            ``color``, ``marker``.
        """
        fresh = axes is None
        if axes is None:
            from matplotlib.figure import Figure

            figure = Figure(figsize=(3.6 * len(self.windows), 3.6), layout="constrained")
            axes = figure.subplots(1, len(self.windows), sharey=True, squeeze=False)[0]
        if len(axes) != len(self.windows):
            raise InputError(f"{len(axes)} axes for {len(self.windows)} windows; expected one for each.")
        for ax, window in zip(axes, self.windows, strict=True):
            window.plot(ax, folded=folded, label=label, **looks)
            if fresh:
                ax.label_outer()
        return axes


def level_statistics(
    eigenvalues_per_glass: Sequence[ArrayLike] | Mapping[str, Sequence[ArrayLike]],
    windows: Sequence[LevelWindow] = FIGURE_WINDOWS,
    *,
    modes_per_glass_total: ArrayLike | None = None,
    bands: PhononBands | None = None,
    half_width: float = 0.05,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> LevelStatistics:
    """Gap ratios in windows of the spectrum, next to random matrices and independent levels.

    Parameters
    ----------
    eigenvalues_per_glass : sequence of (k_g,) arrays, or mapping of names to such sequences
        Levels λ = omega² of each glass, ascending, without zero modes (`nonzero_levels`). A mapping holds windows
        that are cut already, each with consecutive levels only; then ``windows`` is not used.
    windows : sequence of LevelWindow
        Default: lowest, middle and highest 50.
    modes_per_glass_total : int or (glasses,) array, optional
        dN−d (less d for each rattler). Needed for windows in the middle or at the top, which make sense for full
        spectra only: each glass must have so many levels.
    bands : PhononBands, optional
        Phonons of the box, to report how many levels of a window lie in their bands.
    half_width : float
        Relative half-width of the bands.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, for each number anew.
    resamples : int
        Ensembles drawn for errors and p-values.

    Raises
    ------
    InputError
        As `gap_ratios`, an empty ensemble, spectra that are not full, or fewer levels than a window wants.
    InsufficientDataError
        Fewer than two glasses with three levels in a window, or glasses that do not differ at all.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eq. (18) and Fig. 2.
    """
    cut: dict[str, Sequence[ArrayLike]]
    if isinstance(eigenvalues_per_glass, Mapping):
        cut = {name: list(levels) for name, levels in eigenvalues_per_glass.items()}
    else:
        cut = {**cut_windows(eigenvalues_per_glass, windows, modes_per_glass_total=modes_per_glass_total)}
    if not cut:
        raise InputError("no window is given; expected at least one.")
    found = []
    for name, level_g in cut.items():
        try:
            found.append(_window_statistics(name, level_g, bands, half_width, rng, resamples))
        except InputError as error:
            raise InputError(f"window '{name}': {error}") from error
        except InsufficientDataError as error:
            raise InsufficientDataError(f"window '{name}': {error}", error.partial) from error
    return LevelStatistics(tuple(found))


def _probability(p_value: float, resamples: int) -> str:
    """Return the p-value in words; the smallest that resampling can give is a bound."""
    return f"p = {p_value:.2g}" if p_value > 1.5 / (resamples + 1) else f"p <= {p_value:.1g}"


def _window_statistics(
    name: str,
    level_g: Sequence[ArrayLike],
    bands: PhononBands | None,
    half_width: float,
    rng: np.random.Generator | None,
    resamples: int,
) -> WindowStatistics:
    mean = mean_gap_ratio(level_g, rng=rng, resamples=resamples)
    if mean.error < 1e-9:  # copies differ by the rounding of weighted sums only
        raise InsufficientDataError(
            f"the {mean.glasses} glasses do not differ; an error needs different ones: check their seeds.", mean
        )
    references = (GOE, GOE_SURMISE, POISSON)
    ratio, folded = (
        gap_ratio_distribution(level_g, folded=fold, references=references, rng=rng, resamples=resamples)
        for fold in (False, True)
    )
    used = [np.asarray(levels, dtype=np.float64) for levels in level_g if np.size(levels) >= 3]
    first, last = (float(np.mean([levels[end] for levels in used])) for end in (0, -1))
    return WindowStatistics(name, first, last, mean, ratio, folded, _phonon_share(used, bands, half_width))


def _phonon_share(used: Sequence[FloatArray], bands: PhononBands | None, half_width: float) -> PhononShare | None:
    if bands is None:
        return None
    if min(levels[0] for levels in used) < 0:
        raise InputError("phonon bands need eigenvalues that are not negative.")
    omega_g = [np.sqrt(levels) for levels in used]
    if max(omega[-1] for omega in omega_g) > bands.highest:
        return None
    inside = sum(int(bands.inside(omega, half_width=half_width).sum()) for omega in omega_g)
    phonons = sum(int(np.ptp(bands.modes_below(omega[[0, -1]]))) for omega in omega_g)
    levels = sum(omega.size for omega in omega_g)
    return PhononShare(inside / levels, phonons / levels, half_width)
