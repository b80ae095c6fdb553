"""The maximum of A_g(J): where it is, and whether there is one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, require_resamples
from ..digits import with_digits
from ..per_glass import FloatArray
from .prefactor_laws import prefactor_points

_POINTS = 3  # of the parabola through the top
SIGNIFICANT = 0.05  # probability below which a rise or a fall is said to be there
_HIGHEST = 2.0  # parabola over the largest value: beyond, the top is not that of what was measured
_LOST = 0.05  # share of repetitions without a maximum there, above which its place has no error


@dataclass(frozen=True, eq=False)
class PrefactorMaximum:
    """Where A_g(J) is largest at fixed field and kappa_0.

    Attributes
    ----------
    coupling, coupling_error : float
        Top of the parabola in ln J and ln A_g through the largest value and its neighbours; half the central 68 % of
        it when A_g varies within its errors. A coarse grid of J adds an error that these do not contain.
    prefactor, prefactor_error : float
        A_g there.
    p_rise, p_fall : float
        Probability of such a rise up to the largest A_g, or of such a fall from it on, if A_g never rose or never fell
        with J: that of the most significant pair of ensembles there, times the number of all pairs of the scan.
    j, value, error : (K,) arrays
        The points in ascending order of J.
    resamples : int
    seed : int or None
    """

    coupling: float
    coupling_error: float
    prefactor: float
    prefactor_error: float
    p_rise: float
    p_fall: float
    j: FloatArray = field(repr=False)
    value: FloatArray = field(repr=False)
    error: FloatArray = field(repr=False)
    resamples: int
    seed: int | None

    @property
    def p_value(self) -> float:
        """Probability of what was seen, or more, if A_g(J) were monotonic."""
        return max(self.p_rise, self.p_fall)

    @property
    def bracket(self) -> tuple[float, float]:
        """Couplings next to that of the largest A_g: all that is known of the place without a parabola."""
        top = int(np.argmax(self.value))
        return float(self.j[max(top - 1, 0)]), float(self.j[min(top + 1, len(self.j) - 1)])

    @property
    def established(self) -> bool:
        """Whether A_g both rises to the largest value and falls from it, each with p < 0.05."""
        return self.p_value < SIGNIFICANT

    @property
    def summary(self) -> str:
        """Place, height and significance; what is missing where there is no maximum beyond doubt."""
        place = with_digits(self.coupling, self.coupling_error)
        if self.established:
            return (
                f"A_g is largest at J = {place} by a parabola through three couplings, the neighbours being "
                f"{self.bracket[0]:g} and {self.bracket[1]:g}, and {with_digits(self.prefactor, self.prefactor_error)} "
                f"there; it rises (p = {self.p_rise:.2g}) and falls (p = {self.p_fall:.2g}), each p that of none."
            )
        rise, fall = f"its rise below (p = {self.p_rise:.2g})", f"its fall above (p = {self.p_fall:.2g})"
        if self.p_fall < SIGNIFICANT:
            missing = f"{rise} is not, {fall} is"
        elif self.p_rise < SIGNIFICANT:
            missing = f"{fall} is not, {rise} is"
        else:
            missing = f"neither {rise} nor {fall} is"
        largest = self.j[np.argmax(self.value)]
        return (
            f"no maximum of A_g is established: the largest value is at J = {largest:g}, but {missing} beyond noise, "
            "each p that of none."
        )

    def __str__(self) -> str:
        return self.summary

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """A_g against J, with the maximum, where established, and couplings it is between; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.errorbar(self.j, self.value, self.error, fmt="o", ms=4, lw=1, color=color, label=label)
        if self.established:
            ax.axvspan(*self.bracket, color=color, alpha=0.1, lw=0)
            ax.axvline(self.coupling, color=color, lw=0.8)
        if fresh:
            ax.set(xscale="log", yscale="log", xlabel="$J$", ylabel="$A_g$")
        return ax


def prefactor_maximum(
    coupling: ArrayLike,
    prefactor: ArrayLike,
    error: ArrayLike,
    *,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> PrefactorMaximum:
    """Find the maximum of A_g over a scan of J at fixed field and kappa_0.

    Parameters
    ----------
    coupling, prefactor, error : (K,) arrays
        J, all different, A_g with its standard deviation.
    rng, resamples
        Of the repetitions with A_g varied within its errors: None takes ``bootstrap.DEFAULT_SEED`` and records it.

    Raises
    ------
    InputError
        Arrays that do not match, numbers that are not positive, equal couplings, fewer than 2 resamples.
    InsufficientDataError
        Fewer than 3 couplings, the largest A_g at an end of the scan, a maximum that noise may move out of its three
        points, or three points so far apart that their parabola is more than twice as high as all of them.

    References
    ----------
    [R] Fig. 6.
    """
    require_resamples(resamples)
    j, a, da = prefactor_points(coupling, prefactor, error)
    order = np.argsort(j)
    j, a, da = j[order], a[order], da[order]
    if (np.diff(j) == 0).any():
        raise InputError("two ensembles have the same coupling; join their instances.")
    top = int(np.argmax(a))
    if not 0 < top < j.size - 1:
        raise InsufficientDataError(
            f"the largest A_g is at J = {j[top]:g}, an end of the scan of {j.size}, so there is no maximum to place: "
            "add couplings beyond it."
        )
    near = slice(top - _POINTS // 2, top + _POINTS // 2 + 1)
    generator, seed = generator_and_seed(rng)
    log_j = np.log(j[near])
    height = _parabola(log_j, np.log(a[near][None, :]))
    peak, value = math.exp(height[0, 0]), math.exp(height[0, 1])
    if value > _HIGHEST * a[top]:
        at = ", ".join(f"{one:g}" for one in j[near])
        raise InsufficientDataError(
            f"the parabola through J = {at} is {value:.3g} high, {value / a[top]:.1f} times the largest A_g: take "
            "couplings closer together."
        )
    noisy = a[near] + da[near] * generator.standard_normal((resamples, _POINTS))
    tops = _parabola(log_j, np.log(np.maximum(noisy, 1e-3 * a[near])))
    kept = np.isfinite(tops[:, 0]) & (tops[:, 0] >= log_j[0]) & (tops[:, 0] <= log_j[-1])
    if not kept.mean() >= 1 - _LOST:
        raise InsufficientDataError(
            f"in {100 * (1 - kept.mean()):.0f} % of repetitions within its errors A_g has no maximum between J = "
            f"{j[near][0]:g} and {j[near][-1]:g}: make more instances, or take couplings farther apart."
        )
    low, high = np.quantile(tops[kept, 0], [norm.cdf(-1), norm.cdf(1)])
    p_rise, p_fall = _changes(a, da, top)
    return PrefactorMaximum(
        coupling=peak, coupling_error=0.5 * peak * float(high - low), prefactor=value,
        prefactor_error=value * float(np.std(tops[kept, 1], ddof=1)), p_rise=p_rise, p_fall=p_fall,
        j=j, value=a, error=da, resamples=resamples, seed=seed,
    )  # fmt: skip


def _parabola(x: FloatArray, y_rk: FloatArray) -> FloatArray:
    """Place and height (R, 2) of the top of the parabola through three points; infinite without one."""
    c_rk = y_rk @ np.linalg.inv(np.vander(x - x[1], 3)).T
    bend, slope, at = c_rk.T
    curved = bend < 0
    place = np.where(curved, -slope / np.where(curved, 2 * bend, 1.0), np.inf)
    height = np.where(curved, at - slope**2 / np.where(curved, 4 * bend, 1.0), np.inf)
    return np.stack([place + x[1], height], axis=1)


def _changes(a: FloatArray, da: FloatArray, top: int) -> tuple[float, float]:
    """Probabilities of the most significant rise up to ``top`` and fall from it, of all pairs (Bonferroni).

    Pairs on the other side of the top count as looked at: which one is the top is known from the same values.
    """
    first, second = np.triu_indices(a.size, 1)
    change = (a[second] - a[first]) / np.hypot(da[first], da[second])
    rise, fall = change[second <= top].max(initial=-np.inf), -change[first >= top].min(initial=np.inf)
    return tuple(float(min(1.0, change.size * norm.sf(z))) for z in (rise, fall))  # type: ignore[return-value]
