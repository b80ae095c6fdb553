"""Forms that the rate of soft modes may have, each fitted by maximum likelihood to the modes of one window.

The modes of a glass below ``upper`` are a Poisson process of rate C·f(omega). At the best C its log-likelihood is

    n ln(n/G) − n + Σ ln p(omega_i),      p = f/∫f  on (0, upper),

for n modes in G glasses. The first two terms are the same for every form f, so forms are compared by Σ ln p. With the
depth y = ln(upper/omega) a power omega^s is p(y) = k exp(−k y), k = s+1; all forms are written in y.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import hyperu

from ...errors import InputError, InsufficientDataError
from ..per_glass import FloatArray
from .mode_window import ModeWindow, upper_to_the

LARGEST_CORRECTION = 1.0
"""Bound of |b|·upper². At −1 the rate vanishes at the end of the window, above 1 the leading term would not lead."""

_GRID = 41  # values of the second parameter at which the likelihood is first looked at
_LEAST_MODES = 3


@dataclass(frozen=True, kw_only=True)
class ModelFit:
    """One form fitted to one window.

    Attributes
    ----------
    name : str
        Name of the form.
    log_likelihood : float
        Σ ln p(omega_i/upper): the part of the log-likelihood that depends on the form.
    parameters : int
        Numbers fitted, the prefactor C included.
    s : float
        Leading exponent; 3 for the logarithmic form.
    prefactor : float
        C, in modes per glass: the rate is C·omega^s times the form's correction or logarithm.
    correction : float
        b in 1 + b·omega² [1/frequency²]; 0 for other forms.
    logarithm_scale : float
        omega_s in 1/ln²(omega/omega_s) [frequency]; infinite for other forms and for the pure cube.
    at_bound : bool
        Whether a fitted parameter is at the end of its range: the window does not determine it.
    """

    name: str
    log_likelihood: float
    parameters: int
    s: float
    prefactor: float
    correction: float = 0.0
    logarithm_scale: float = math.inf
    at_bound: bool = False

    @property
    def aic(self) -> float:
        """Akaike's criterion 2·parameters − 2·log_likelihood."""
        return 2 * self.parameters - 2 * self.log_likelihood


class RateModel(Protocol):
    """A form of the rate."""

    @property
    def name(self) -> str:
        """Short name, as in tables."""

    def fit(self, window: ModeWindow) -> ModelFit:
        """Return the best fit to the modes of a window."""


@dataclass(frozen=True)
class PurePower:
    """Rate C·omega^s; s is fixed or, where None, fitted.

    Raises
    ------
    InputError
        A fixed s not above −1.
    """

    s: float | None = None
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _require_exponent(self.s)
        object.__setattr__(self, "name", self.name or ("s free" if self.s is None else f"s = {self.s:.4g}"))

    def fit(self, window: ModeWindow) -> ModelFit:
        """s = n/Σy − 1 where it is free: the maximum itself, biased by s/n, not the unbiased ``fit_exponent``."""
        n, total = _counted(window)
        k = n / total if self.s is None else self.s + 1
        return ModelFit(
            name=self.name,
            log_likelihood=n * math.log(k) - (k - 1) * total,
            parameters=2 if self.s is None else 1,
            s=k - 1,
            prefactor=_prefactor(window, k, 1 / k),
        )


@dataclass(frozen=True)
class CorrectedPower:
    """Rate C·omega^s (1 + b·omega²), |b|·upper² at most ``LARGEST_CORRECTION``; s is fixed or, where None, fitted.

    Raises
    ------
    InputError
        A fixed s not above −1.
    """

    s: float | None = None
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _require_exponent(self.s)
        name = "s free, corrected" if self.s is None else f"s = {self.s:.4g}, corrected"
        object.__setattr__(self, "name", self.name or name)

    def fit(self, window: ModeWindow) -> ModelFit:
        """Maximise over beta = b·upper², at each beta over s in closed form."""
        n, total = _counted(window)
        x2 = np.exp(-2 * window.depth)
        fixed = None if self.s is None else np.array(self.s + 1)

        def log_likelihood(beta: float) -> float:
            k = exponent_given_correction(np.array(total / n), beta) if fixed is None else fixed
            return float(corrected_log_likelihood(k, beta, n, total, np.log1p(beta * x2).sum()))

        # at −1 a mode right below the end of the window would have no rate at all
        beta, best = _maximum(log_likelihood, -LARGEST_CORRECTION * (1 - 1e-9), LARGEST_CORRECTION)
        k = float(exponent_given_correction(np.array(total / n), beta)) if self.s is None else self.s + 1
        return ModelFit(
            name=self.name,
            log_likelihood=best,
            parameters=3 if self.s is None else 2,
            s=k - 1,
            prefactor=_prefactor(window, k, 1 / k + beta / (k + 2)),
            correction=beta / window.upper**2,
            at_bound=abs(beta) > LARGEST_CORRECTION * (1 - 1e-6),
        )


@dataclass(frozen=True)
class LogarithmicCubic:
    """Rate C·omega³ [ln(upper/omega_s)/ln(omega/omega_s)]²: what the infinitely smooth taper, m = ∞, should give.

    The constant ln²(upper/omega_s) leaves C finite where omega_s is far above the window, which is the pure cube.
    It follows from P(sigma) = 1/(sigma ln²sigma) with the stresses sigma = zeta·omega²; zeta, and with it omega_s, is
    not fixed by theory and is fitted unless it is given. The fit keeps omega_s at or above e·``upper``, where the
    logarithm is at least 1 in the whole window: nearer to it the form is not asymptotic, and at omega_s it diverges.
    Its local slope is 3 + 2/ln(omega_s/omega), so a window alone hardly tells it from a power law between 3 and 4.5.

    Raises
    ------
    InputError
        A given omega_s that is not positive; in ``fit``, one that is not above the window.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (81)-(94) and Table 1.
    """

    scale: float | None = None
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.scale is not None and not self.scale > 0:
            raise InputError(f"scale of the logarithm is {self.scale}; expected a positive frequency.")
        object.__setattr__(self, "name", self.name or "omega^3/ln^2")

    def fit(self, window: ModeWindow) -> ModelFit:
        """Maximise over 1/ln(omega_s/upper) between 0, the pure cube, and 1."""
        n, total = _counted(window)

        def log_likelihood(steepness: float) -> float:
            logs = np.log1p(steepness * window.depth).sum()
            return float(-3 * total - 2 * logs - n * math.log(logarithmic_integral(steepness)))

        at_bound = False
        if self.scale is None:
            steepness, best = _maximum(log_likelihood, 0.0, 1.0)
            at_bound = steepness < 1e-6 or steepness > 1 - 1e-6
        else:
            if not self.scale > window.upper:
                raise InputError(
                    f"scale of the logarithm is {self.scale:g}; expected one above the window, which ends at "
                    f"{window.upper:g}, because the rate diverges there."
                )
            steepness = 1 / math.log(self.scale / window.upper)
            best = log_likelihood(steepness)
        depth = 1 / steepness if steepness > 0 else math.inf  # ln(omega_s/upper)
        return ModelFit(
            name=self.name,
            log_likelihood=best,
            parameters=2 if self.scale is None else 1,
            s=3.0,
            prefactor=_prefactor(window, 4, logarithmic_integral(steepness)),
            logarithm_scale=window.upper * math.exp(depth) if depth < 600 else math.inf,
            at_bound=at_bound,
        )


def logarithmic_integral(steepness: float) -> float:
    """∫ exp(−4y)/(1 + c y)² dy over y > 0, c = ``steepness``: (4/c²) U(2, 2, 4/c) with Tricomi's U, 1/4 at c = 0."""
    if steepness < 1e-6:
        return 0.25 - steepness / 8  # next term 3c²/32: below rounding of ln p times 1e6 modes
    return float(4 / steepness**2 * hyperu(2, 2, 4 / steepness))


def corrected_log_likelihood(
    k: FloatArray, beta: FloatArray | float, count: FloatArray | float, depth: FloatArray | float, logs: FloatArray
) -> FloatArray:
    """Σ ln p of the rate omega^(k−1)(1 + beta·x²), x = omega/upper, from sums over modes; all arguments broadcast.

    Parameters
    ----------
    k, beta : arrays
    count, depth, logs : arrays
        Number of modes, Σ ln(1/x) and Σ ln(1 + beta·x²).
    """
    return logs - (k - 1) * depth - count * np.log(1 / k + beta / (k + 2))


def exponent_given_correction(mean_depth: FloatArray, beta: FloatArray | float) -> FloatArray:
    """Return the k = s+1 of highest likelihood at a given correction beta = b·upper² >= −1; arguments broadcast.

    It makes the mean depth of the form, [1/k² + beta/(k+2)²]/[1/k + beta/(k+2)], that of the modes. Its inverse rises
    with k, nearly in proportion, so Newton steps converge from 1/mean_depth.
    """
    target = 1 / np.asarray(mean_depth, dtype=np.float64)
    k = target * np.ones_like(target + np.asarray(beta))
    for _ in range(60):
        first, second, third = (k**-power + beta * (k + 2) ** -power for power in (1.0, 2.0, 3.0))
        slope = 2 * first * third / second**2 - 1  # of first/second; positive: the variance of the depth
        step = (target - first / second) / slope
        k = np.maximum(k + step, k / 4)
        if np.all(np.abs(step) <= 1e-13 * k):
            break
    return np.asarray(k)


def _maximum(function: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Highest point of a smooth function: the best of a grid, refined between its neighbours, ends included."""
    grid = np.linspace(low, high, _GRID)
    value = np.array([function(float(point)) for point in grid])
    best = int(value.argmax())
    found = minimize_scalar(
        lambda point: -function(float(point)),
        bounds=(grid[max(best - 1, 0)], grid[min(best + 1, _GRID - 1)]),
        method="bounded",
        options={"xatol": 1e-9 * (high - low)},
    )
    if -found.fun > value[best]:
        return float(found.x), float(-found.fun)
    return float(grid[best]), float(value[best])


def _counted(window: ModeWindow) -> tuple[int, float]:
    """Number of modes and their summed depth; refuse a window with fewer than 3."""
    if window.count < _LEAST_MODES:
        raise InsufficientDataError(
            f"{window.count} modes below {window.upper:g} in {window.glasses} glasses; a comparison of rates needs at "
            f"least {_LEAST_MODES}, and some hundreds to decide: make more glasses.",
            window,
        )
    return window.count, float(window.depth.sum())


def _prefactor(window: ModeWindow, k: float, integral: float) -> float:
    """C of a rate whose integral over the window is C·upper^k·integral."""
    return window.count / window.glasses / (upper_to_the(k, window.upper, window) * integral)


def _require_exponent(s: float | None) -> None:
    if s is not None and not (math.isfinite(s) and s > -1):
        raise InputError(f"exponent {s}; expected a finite number above -1, else the rate cannot be integrated.")
