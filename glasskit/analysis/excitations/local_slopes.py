"""How a power law settles: its slope in windows of the frequency, each of the same number of glasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..per_glass import FloatArray, IntArray
from ..profiles import Profile, profile
from .columns import one_per_glass
from .power_laws import moments, slopes
from .ticks import plain_ticks

WINDOWS = 5
WIDTH = 0.5
LEAST_IN_WINDOW = 20
RESOLUTION = 1e-13
"""Values of y that are differences of numbers of order one, at or below which they are rounding."""


@dataclass(frozen=True, eq=False)
class LocalSlopes:
    """Slopes of ln y against ln x in windows of x between quantiles; none is chosen.

    Attributes
    ----------
    names : (str, str)
    expected : float
        What the slope should tend to as x → 0.
    quantiles : (W, 2) array
        Window w holds the glasses between these quantiles of x; neighbouring windows share glasses, so that their
        slopes are correlated.
    middle : (W,) array
        Geometric mean of x in the window.
    slope, error : (W,) arrays
        Least squares of ln y on ln x, and its standard deviation over glasses.
    count : (W,) array of int
    overall, overall_error : float
        The slope through all glasses.
    median : Profile
        Running median of y, in bins of x of equal population.
    x, y : (G,) arrays
        Of the glasses that count.
    unresolved : int
        Glasses left out because y is no more than rounding. Above zero, slopes are too flat at the smallest x.
    resamples : int
    seed : int or None
    """

    names: tuple[str, str]
    expected: float
    quantiles: FloatArray
    middle: FloatArray
    slope: FloatArray
    error: FloatArray
    count: IntArray
    overall: float
    overall_error: float
    median: Profile
    x: FloatArray = field(repr=False)
    y: FloatArray = field(repr=False)
    unresolved: int
    resamples: int
    seed: int | None

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o") -> Any:
        """Scatter and running median in double logarithm, with the expected slope [K Fig. 5]; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.plot(self.x, self.y, ".", ms=2.5, alpha=0.3, color=color)
        self.median.plot(ax, label=label, color=color, marker=marker)
        if fresh:
            self.guide(ax)
            ax.set(xscale="log", yscale="log", xlabel=self.names[0], ylabel=self.names[1])
            plain_ticks(ax)
        return ax

    def guide(self, ax: Any) -> None:
        """Draw the expected slope below the points, dashed."""
        x = np.array([self.x.min(), self.x.max()])
        level = np.quantile(np.log(self.y) - self.expected * np.log(self.x), 0.02)
        ax.plot(
            x, np.exp(level) * x**self.expected, color="0.3", lw=1, ls=(0, (4, 3)), label=f"slope {self.expected:g}"
        )

    def plot_slopes(
        self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0], marker: str = "o"
    ) -> Any:
        """Slopes against the middle of their windows, with the expected one; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.errorbar(self.middle, self.slope, self.error, fmt=f"{marker}-", ms=4, lw=1, color=color, label=label)
        if fresh:
            ax.axhline(self.expected, color="0.3", lw=1, ls=(0, (4, 3)), label=f"expected: {self.expected:g}")
            ax.set(xlabel=self.names[0], ylabel=f"local slope of {self.names[1]}")
        return ax


def local_slopes(
    x: ArrayLike,
    y: ArrayLike,
    *,
    expected: float,
    names: tuple[str, str] = ("x", "y"),
    windows: int = WINDOWS,
    width: float = WIDTH,
    resolution: float = RESOLUTION,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> LocalSlopes:
    """Slope of ln y against ln x in overlapping windows of x, each with the same part of the glasses.

    Windows cut x only, never y, so that what scatters in y does not bend the slope.

    Parameters
    ----------
    x, y : (G,) arrays
        One of each per glass; x > 0, y >= 0.
    expected : float
        Slope to compare with as x → 0.
    windows : int
        Evenly spaced from the lowest to the highest part of the glasses.
    width : float
        Part of the glasses in each window.
    resolution : float
        y at or below it are left out and counted.
    rng, resamples
        Of the bootstrap over glasses.

    Raises
    ------
    InputError
        Arrays that are empty, do not match, are not finite; x not positive or all equal; y below −``resolution``;
        windows or a width that make no sense.
    InsufficientDataError
        Fewer than 20 glasses in a window.
    """
    if isinstance(windows, bool) or not isinstance(windows, int | np.integer) or windows < 1 or not 0 < width <= 1:
        raise InputError(f"windows is {windows!r} and width {width!r}; expected 1 or more and a part between 0 and 1.")
    x_g, y_g = one_per_glass(x=x, y=y, positive=("x",))
    if y_g.min() < -resolution:
        raise InputError(f"{names[1]} of glass {int(y_g.argmin())} is {y_g.min():g}; expected none below zero.")
    seen = y_g > resolution
    x_g, y_g = x_g[seen], y_g[seen]
    if round(width * x_g.size) < LEAST_IN_WINDOW:
        raise InsufficientDataError(
            f"windows of {width:g} of {x_g.size} glasses hold fewer than {LEAST_IN_WINDOW}; make more glasses."
        )
    log_x, log_y = np.log(x_g) - np.log(x_g).mean(), np.log(y_g) - np.log(y_g).mean()
    if np.ptp(log_x) < 1e-9:
        raise InputError(f"all values of {names[0]} are {x_g[0]:g}; a slope needs different ones.")
    generator, seed = generator_and_seed(rng)
    start = np.linspace(0, 1 - width, int(windows))
    quantile_w2 = np.vstack([[0, 1], np.stack([start, start + width], axis=1)])  # all glasses first
    inside_wg = _windows(log_x, quantile_w2)
    one_gc = moments(log_x, log_y)
    sum_gwc = inside_wg.T[:, :, None] * one_gc[:, None, :]
    sum_rwc = resample_glasses(sum_gwc.reshape(x_g.size, -1), rng=generator, resamples=resamples)
    sum_rwc = sum_rwc.reshape(resamples, -1, 6)
    value = slopes(sum_gwc.sum(axis=0))
    error = np.array([spread(slopes(sum_rwc[:, w]), int(n)) for w, n in enumerate(inside_wg.sum(axis=1))])
    return LocalSlopes(
        names=names,
        expected=expected,
        quantiles=quantile_w2[1:],
        middle=np.array([np.exp(np.log(x_g[inside]).mean()) for inside in inside_wg[1:]]),
        slope=value[1:],
        error=error[1:],
        count=inside_wg[1:].sum(axis=1),
        overall=float(value[0]),
        overall_error=float(error[0]),
        median=_running_median(x_g, y_g, names, generator, resamples),
        x=x_g,
        y=y_g,
        unresolved=int((~seen).sum()),
        resamples=resamples,
        seed=seed,
    )


def _windows(log_x: FloatArray, quantile_w2: FloatArray) -> NDArray[np.bool_]:
    """Whether a glass lies in a window, shape (W, G): by rank, so that every window has its part of the glasses."""
    rank_g = np.argsort(np.argsort(log_x, kind="stable"), kind="stable")
    end_w2 = np.rint(quantile_w2 * log_x.size)
    return (rank_g >= end_w2[:, :1]) & (rank_g < end_w2[:, 1:])


def _running_median(
    x_g: FloatArray, y_g: FloatArray, names: tuple[str, str], rng: np.random.Generator, resamples: int
) -> Profile:
    bins = int(np.clip(x_g.size // 30, 3, 12))
    return profile(
        list(x_g[:, None]), list(y_g[:, None]), names=names, bins=bins, statistic="median", rng=rng, resamples=resamples
    )  # fmt: skip
