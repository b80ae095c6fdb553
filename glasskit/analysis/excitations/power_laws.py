"""Power laws between two numbers of each glass: chi against Ne, tau² against kappa chi."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..per_glass import FloatArray
from .columns import LEAST_GLASSES, one_per_glass
from .ticks import plain_ticks


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """Slope of ln y against ln x over the glasses of an ensemble.

    Attributes
    ----------
    names : (str, str)
        Of x and y, for figures.
    expected : float or None
        Slope to compare with.
    slope, error : float
        Least squares of ln y on ln x, and its standard deviation over glasses: how y changes where x is given. Scatter
        of x that y does not share makes it flatter than a relation between the two.
    orthogonal, orthogonal_error : float
        The same by orthogonal regression, least squares of the distances from the line in the plane of logarithms: a
        relation that both scatter about by equal amounts.
    centre : (float, float)
        Means of ln x and ln y, a point of both lines.
    correlation : float
        Of ln x and ln y.
    scatter : float
        Standard deviation of ln y about the least-squares line.
    x, y : (G,) arrays
    resamples : int
    seed : int or None
    """

    names: tuple[str, str]
    expected: float | None
    slope: float
    error: float
    orthogonal: float
    orthogonal_error: float
    centre: tuple[float, float]
    correlation: float
    scatter: float
    x: FloatArray = field(repr=False)
    y: FloatArray = field(repr=False)
    resamples: int
    seed: int | None

    @property
    def glasses(self) -> int:
        """Glasses it rests on."""
        return self.x.size

    def plot(self, ax: Any | None = None, *, label: str | None = None, color: str = HUES[0]) -> Any:
        """Scatter in double logarithm with the least-squares line, and the expected slope dashed; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        ax.plot(self.x, self.y, ".", ms=3, alpha=0.5, color=color, label=label)
        ends = np.array([self.x.min(), self.x.max()])
        self._line(ax, ends, self.slope, color=color, lw=1.2)
        if fresh:
            if self.expected is not None:
                self._line(ax, ends, self.expected, color="0.3", lw=1, ls=(0, (4, 3)), label=f"slope {self.expected:g}")
            ax.set(xscale="log", yscale="log", xlabel=self.names[0], ylabel=self.names[1])
            plain_ticks(ax)
        return ax

    def _line(self, ax: Any, ends: FloatArray, slope: float, **style: Any) -> None:
        ax.plot(ends, np.exp(self.centre[1] + slope * (np.log(ends) - self.centre[0])), **style)


def fit_power_law(
    x: ArrayLike,
    y: ArrayLike,
    *,
    names: tuple[str, str] = ("x", "y"),
    expected: float | None = None,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> PowerLaw:
    """Slope of ln y against ln x with errors by resampling glasses.

    Parameters
    ----------
    x, y : (G,) arrays
        Positive, one of each per glass.
    names, expected
        Kept in the result.
    rng, resamples
        Of the bootstrap: None takes ``bootstrap.DEFAULT_SEED`` and records it.

    Raises
    ------
    InputError
        Arrays that are empty, do not match, are not finite or not positive, or x that are all equal.
    InsufficientDataError
        Fewer than 10 glasses.

    References
    ----------
    Orthogonal regression: W. A. Fuller, Measurement Error Models (Wiley, 1987), Sec. 1.3.3.
    """
    x_g, y_g = one_per_glass(x=x, y=y, positive=("x", "y"), least=LEAST_GLASSES)
    generator, seed = generator_and_seed(rng)
    log_x, log_y = np.log(x_g), np.log(y_g)
    centre = float(log_x.mean()), float(log_y.mean())
    sum_gc = moments(log_x - centre[0], log_y - centre[1])
    sum_1c = sum_gc.sum(axis=0, keepdims=True)
    if not sum_1c[0, 3] > x_g.size * (1e-9 * (1 + abs(centre[0]))) ** 2:
        raise InputError(f"all values of {names[0]} are {x_g[0]:g}; a slope needs different ones.")
    sum_rc = resample_glasses(sum_gc, rng=generator, resamples=resamples)
    slope, angle = float(slopes(sum_1c)[0]), float(_angles(sum_1c)[0])
    turn_r = _angles(sum_rc) - angle
    turn_r -= np.pi * np.rint(turn_r / np.pi)  # a line turned by half a circle is the same line
    xx, xy, yy = sum_1c[0, 3:6]
    return PowerLaw(
        names=names,
        expected=expected,
        slope=slope,
        error=float(spread(slopes(sum_rc), x_g.size)),
        orthogonal=math.tan(angle),
        orthogonal_error=float(spread(turn_r, x_g.size)) / math.cos(angle) ** 2,
        centre=centre,
        correlation=float(xy / math.sqrt(xx * yy)) if yy > 0 else 0.0,
        scatter=math.sqrt(max(yy - slope * xy, 0.0) / (x_g.size - 2)),
        x=x_g,
        y=y_g,
        resamples=resamples,
        seed=seed,
    )


def moments(x: FloatArray, y: FloatArray) -> FloatArray:
    """1, x, y, x², xy and y² of each glass, shape (G, 6): sums of them are all that a straight line needs."""
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def slopes(sum_rc: FloatArray) -> FloatArray:
    """Least-squares slope of y on x from sums of `moments`, one for each row.

    Raises
    ------
    InsufficientDataError
        A row whose x do not differ.
    """
    xx, xy, _ = _central(sum_rc)
    if not (xx > 0).all():
        raise InsufficientDataError(
            "a resampled ensemble has glasses of one x only, so there is no error over glasses; make more glasses."
        )
    return xy / xx


def _angles(sum_rc: FloatArray) -> FloatArray:
    """Angle of the line of orthogonal regression with the x axis, in (−π/2, π/2]."""
    xx, xy, yy = _central(sum_rc)
    return np.asarray(0.5 * np.arctan2(2 * xy, xx - yy))


def _central(sum_rc: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    n, x, y, xx, xy, yy = sum_rc.T
    return xx - x * x / n, xy - x * y / n, yy - y * y / n


def chi_against_participation(chi: ArrayLike, participation: ArrayLike, particles: int, **options: Any) -> PowerLaw:
    """The law chi ∝ (Ne)^−1: the quartic coefficient tells how many particles take part.

    Parameters
    ----------
    chi, participation : (G,) arrays
        chi = U4:zzzz [energy/length⁴] and e of the quartic mode of each glass.
    particles : int
        N.
    **options
        ``rng`` and ``resamples`` of `fit_power_law`.

    Raises
    ------
    InputError, InsufficientDataError
        As in `fit_power_law`; e above 1, or N below 1.

    References
    ----------
    Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Fig. 2 and Appendix C.
    """
    names = ("participation", "chi")
    e_g, chi_g = one_per_glass(participation=participation, chi=chi, positive=names, least=LEAST_GLASSES)
    if particles < 1 or e_g.max() > 1 + 1e-9:
        raise InputError(
            f"N is {particles} and the largest participation ratio {e_g.max():g}; expected N >= 1 and ratios up to 1."
        )
    labels = (r"$N e_4$", r"$\chi_4$")
    return fit_power_law(particles * e_g, chi_g, names=labels, expected=-1.0, **options)
