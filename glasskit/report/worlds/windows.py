"""One analysis of soft modes for both worlds, in windows of frequency that one rule makes in both.

No window depends on what is measured in it, but for the number of modes it is asked to hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...analysis.bootstrap import generator_and_seed
from ...analysis.exponents.edge import is_edge
from ...analysis.exponents.fit import ExponentFit, fit_exponent
from ...analysis.exponents.prefactor import QuarticPrefactor, quartic_prefactor
from ...analysis.levels.gap_ratios import MeanGapRatio, fold, mean_gap_ratio
from ...analysis.profiles import Profile
from ...analysis.spectra.participation import participation_profile
from ...errors import InputError, InsufficientDataError
from ..measured import Refused, attempt
from .samples import Spectra

SHARE = 2.5e-4
LEVELS = 5
PART = 0.5
RULES = {
    "share": f"the lowest {SHARE:g} of all modes of all samples",
    "levels": f"the lowest {LEVELS} modes per sample, on average",
    "scale": f"modes below {PART:g} of the first phonon of the curve's glasses, or of (kappa_0 <x²>)^(1/4)",
}
"""Names of windows -> their rule. The same part of the spectrum for s and A_g, the same number of levels for their
statistics, the same part of a frequency that is known before any mode is looked at."""

LEAST_MODES = 10
"""Modes below which a window is refused, rather than shown with an error that says little."""

LEAST_RATIOS = 30
"""Ratios of gaps below which no mean of them is given."""

_DEALS = 40
_EDGE = Refused("the window holds the edge of a gap, and A_g is that of modes from omega = 0 on.")


@dataclass(frozen=True)
class WindowNumbers:
    """What one window of one curve shows; what its samples cannot decide is refused with the reason.

    Attributes
    ----------
    rule : str
        A key of ``RULES``.
    upper : float or Refused
        The window is 0 < omega < upper.
    modes : int or Refused
    fit : ExponentFit or Refused
    prefactor : QuarticPrefactor or Refused
        A_g of D = A_g omega⁴, D normalised to one over all modes, and in the curve's unit of frequency; none at the
        edge of a gap.
    ratio : MeanGapRatio or Refused
        Mean r̃ of min(r, 1/r) of the levels omega².
    independent : float or Refused
        r̃ of the same levels dealt out anew among the samples: of independent levels of this density.
    participating : Profile or Refused
        Mean of N e, in its only bin.
    """

    rule: str
    upper: float | Refused
    modes: int | Refused
    fit: ExponentFit | Refused
    prefactor: QuarticPrefactor | Refused
    ratio: MeanGapRatio | Refused
    independent: float | Refused
    participating: Profile | Refused

    @property
    def edge(self) -> bool:
        """Whether the modes in the window are the edge of a gap, so that s is no exponent of a power law."""
        return _holds_edge(self.fit)

    @property
    def refusals(self) -> dict[str, str]:
        """What is not known -> why; a window that is refused itself stands for all."""
        if isinstance(self.upper, Refused):
            return {"window": self.upper.reason}
        named = {"s": self.fit, "A_g": self.prefactor, "r~": self.ratio, "N e": self.participating}
        return {name: value.reason for name, value in named.items() if isinstance(value, Refused)}


def _holds_edge(fit: ExponentFit | Refused) -> bool:
    return isinstance(fit, ExponentFit) and is_edge(fit)


def measure(spectra: Spectra, rule: str) -> WindowNumbers:
    """Measure exponent, prefactor, level statistics and participation in one window."""
    upper = attempt(window_end, spectra, rule)
    if isinstance(upper, Refused):
        return WindowNumbers(rule, upper, upper, upper, upper, upper, upper, upper)
    frequencies, known = spectra.frequencies, spectra.complete_below
    level_g = [omega[omega < upper] ** 2 for omega in frequencies]
    unit = None if isinstance(spectra.unit, Refused) else spectra.unit
    ratio, fit = attempt(_ratio, level_g), attempt(fit_exponent, frequencies, upper, complete_below=known)
    prefactor = attempt(
        quartic_prefactor, frequencies, upper, modes_total=spectra.modes_total, omega_0=unit, complete_below=known
    )
    return WindowNumbers(
        rule=rule,
        upper=upper,
        modes=sum(level.size for level in level_g),
        fit=fit,
        prefactor=_EDGE if _holds_edge(fit) else prefactor,
        ratio=ratio,
        independent=ratio if isinstance(ratio, Refused) else dealt_ratio(level_g),
        participating=attempt(_participating, spectra, upper),
    )


def window_end(spectra: Spectra, rule: str) -> float:
    """Return the upper end of a window.

    With a rule that asks for n modes it is the frequency of mode n + 1 of all samples together, which is not counted:
    the modes below it are then independent of it, and 1/F at it is known without bias.

    Raises
    ------
    InputError
        A window that reaches up to the first phonon, or above the frequency up to which all modes are known.
    InsufficientDataError
        Too few modes.
    """
    pooled = np.sort(np.concatenate(spectra.frequencies))
    known = spectra.known_below
    if rule == "scale":
        if isinstance(spectra.scale, Refused):
            raise InsufficientDataError(spectra.scale.reason)
        upper, count = PART * spectra.scale, int(np.searchsorted(pooled, PART * spectra.scale))
    else:
        count = round((SHARE * spectra.modes_total if rule == "share" else LEVELS) * spectra.samples)
        below = int(np.searchsorted(pooled, known))
        if count >= LEAST_MODES and below <= count:
            raise InputError(
                f"a window of {count} modes is wanted, but all modes are known up to omega = {known:.4g} only, and "
                f"these are {below}: ask for more modes."
            )
        upper = float(pooled[min(count, pooled.size - 1)]) if pooled.size else known
    if count < LEAST_MODES:
        raise InsufficientDataError(f"the window has {count} modes, {LEAST_MODES} are needed: make more samples.")
    if upper > known:
        raise InputError(f"the window reaches {upper:.4g}, all modes are known up to {known:.4g}: ask for more modes.")
    if spectra.first_phonon is not None and upper >= spectra.first_phonon:
        raise InputError(f"the window reaches {upper:.4g}, the first phonon is at {spectra.first_phonon:.4g}.")
    return upper


def _ratio(level_g: list[NDArray[np.float64]]) -> MeanGapRatio:
    count = sum(max(level.size - 2, 0) for level in level_g)
    if count < LEAST_RATIOS:
        raise InsufficientDataError(f"the window holds fewer than {LEAST_RATIOS} ratios of gaps in all samples.")
    return mean_gap_ratio(level_g)


def dealt_ratio(level_g: list[NDArray[np.float64]], *, rng: np.random.Generator | None = None) -> float:
    """r̃ of independent levels of the same density: those of all samples, dealt out anew among them.

    Each sample keeps its number of levels. Where the density of levels grows within a few gaps, as it does at the soft
    end of a spectrum, this is not 2 ln 2 − 1.

    Parameters
    ----------
    level_g : list of (k,) arrays
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``.
    """
    generator, _ = generator_and_seed(rng)
    pooled, size_g = np.concatenate(level_g), np.array([level.size for level in level_g])
    sample = np.repeat(np.arange(size_g.size), size_g)
    inside = sample[2:] == sample[:-2]  # three consecutive levels of one sample
    weight = 1.0 / np.maximum(size_g - 2, 1)[sample[:-2][inside]]
    means = []
    for _ in range(_DEALS):
        level = generator.permutation(pooled)
        gap = np.diff(level[np.lexsort((level, sample))])
        means.append(weight @ fold(gap[:-1][inside] / gap[1:][inside]) / (size_g >= 3).sum())
    return float(np.mean(means))


def _participating(spectra: Spectra, upper: float) -> Profile:
    if isinstance(spectra.participation, Refused):
        raise InsufficientDataError(spectra.participation.reason)
    return participation_profile(
        spectra.frequencies, spectra.participation, [0.0, np.nextafter(upper, 0.0)], particles=spectra.size
    )


def participation_curve(spectra: Spectra, *, bins: int = 8) -> Profile:
    """N e in bins of the frequency, in the curve's unit, of all modes that are known and softer than phonons.

    Raises
    ------
    InputError, InsufficientDataError
        No participation, no unit, or fewer than ``LEAST_MODES`` modes.
    """
    participation, unit = spectra.participation, spectra.unit
    if isinstance(participation, Refused):
        raise InsufficientDataError(participation.reason)
    if isinstance(unit, Refused):
        raise InsufficientDataError(unit.reason)
    end = min(spectra.known_below, spectra.first_phonon or np.inf)
    inside_g = [omega < end for omega in spectra.frequencies]
    count = sum(int(inside.sum()) for inside in inside_g)
    if count < LEAST_MODES:
        raise InsufficientDataError(f"{count} modes are known below omega = {end:.4g}: make more samples.")
    omega_g = [omega[inside] / unit for omega, inside in zip(spectra.frequencies, inside_g, strict=True)]
    e_g = [e[inside] for e, inside in zip(participation, inside_g, strict=True)]
    return participation_profile(omega_g, e_g, particles=spectra.size, bins=min(bins, count // LEAST_MODES))


__all__ = [
    "LEAST_MODES", "RULES", "WindowNumbers", "dealt_ratio", "measure", "participation_curve", "window_end",
]  # fmt: skip
