"""One curve through the displacements of all ensembles, without a formula: a spline, linear but for the scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from ...errors import InsufficientDataError
from ..per_glass import FloatArray
from .stiffness_bins import StiffnessBins

KNOTS_PER_DECADE = 4
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)  # of a bin


@dataclass(frozen=True, eq=False)
class CommonCurve:
    r"""Φ(u) = unit (1 + u/bend)^-2 Σ_k c_k B_k(ln u), with cubic B-splines.

    The factors in front assume nothing: they keep Σ_k c_k B_k of order one, as x² falls by many decades. The sum is
    constant below half the softest bin, without a kink: Φ is finite at u = 0.

    Attributes
    ----------
    knots : (K + 5,) array
        Of ln u.
    bend : float
        u near which x² begins to fall, where <x²> = κ.
    unit : float
        Typical (1 + u/bend)² Φ(u).
    """

    knots: FloatArray
    bend: float
    unit: float

    @property
    def size(self) -> int:
        """Number of coefficients K; the first is shared by two B-splines, which makes the sum flat at its lower end."""
        return len(self.knots) - 5

    @property
    def bends(self) -> FloatArray:
        """Second differences of the coefficients (K − 2, K).

        Added to chi² with errors of 1 they decide where data say nothing, about functions that reach beyond the last
        bin with little of their weight. Elsewhere knots are so close that they are far below 1.
        """
        return np.asarray(np.diff(np.eye(self.size), 2, axis=0))

    def design(self, log_nodes_bn: FloatArray, log_scale_b: FloatArray) -> FloatArray:
        """Averages of (1 + u/bend)^-2 B_k over bins of κ = e^log_scale·u, times e^log_scale; (B, K).

        Parameters
        ----------
        log_nodes_bn, log_scale_b
            `log_nodes` of the bins, and the logarithm of the scale of each.
        """
        log_u = log_nodes_bn - log_scale_b[:, None]
        weight_bn = 0.5 * _WEIGHTS * np.exp(log_scale_b)[:, None]
        return np.asarray((weight_bn[:, None, :] @ self._functions(log_u))[:, 0, :])

    def value(self, log_u: FloatArray, coefficients: FloatArray) -> FloatArray:
        """Return Φ(u)."""
        return np.asarray(self._functions(log_u) @ coefficients)

    def partial_average(self, log_u: FloatArray, coefficients: FloatArray) -> FloatArray:
        r"""Return :math:`u^{-1}\int_0^u\Phi`, the mean over all that is softer; log_u (n,) ascends to the last knot.

        The part below the knots, where the sum of B-splines is constant, is :math:`a\Phi(a)(1 + a/bend)`.
        """
        first = np.minimum(log_u[:1], self.knots[3])
        breaks = np.unique(np.concatenate([first, log_u, self.knots[(self.knots > first) & (self.knots < log_u[-1])]]))
        edges = np.exp(breaks)
        steps = np.diff(edges) * 0.5 * (self.value(log_nodes(edges), coefficients) @ _WEIGHTS)
        start = edges[0] * self.value(breaks[:1], coefficients) * (1 + edges[0] / self.bend)
        integral = np.cumsum(np.concatenate([start, steps]))
        return np.asarray((integral / edges)[np.searchsorted(breaks, log_u)])

    def _functions(self, log_u: FloatArray) -> FloatArray:
        inside = np.minimum(np.maximum(log_u, self.knots[3]), self.knots[-4])
        all_k = BSpline(self.knots, np.eye(self.size + 1), 3)(inside)
        all_k[..., 1] += all_k[..., 0]
        return np.asarray(all_k[..., 1:] * (self.unit * (1 + np.exp(log_u) / self.bend) ** -2)[..., None])


def log_nodes(edges: FloatArray) -> FloatArray:
    """Logarithms of the stiffnesses at which bins are averaged (B, n)."""
    half = 0.5 * np.diff(edges)
    return np.log((edges[:-1] + half)[:, None] + half[:, None] * _NODES)


def curve_for(bins: Sequence[StiffnessBins], log_scale: FloatArray) -> CommonCurve:
    """Knots that span all bins at these scales; the stiffest bin may move by a knot before it leaves them."""
    lowest = min(math.log(one.edges[1] / 2) - shift for one, shift in zip(bins, log_scale, strict=True))
    highest = max(math.log(one.edges[-1]) - shift for one, shift in zip(bins, log_scale, strict=True))
    step = math.log(10) / KNOTS_PER_DECADE
    inner = lowest + step * np.arange(math.ceil((highest - lowest) / step) + 2)
    log_u = np.concatenate([np.log(one.middles) - shift for one, shift in zip(bins, log_scale, strict=True)])
    size = np.concatenate([one.mean / math.exp(shift) for one, shift in zip(bins, log_scale, strict=True)])
    above = np.concatenate([np.log(one.mean / one.middles) for one in bins])
    bend = math.exp(log_u[np.argmin(np.abs(above))])
    unit = float(np.median(size * (1 + np.exp(log_u) / bend) ** 2))
    return CommonCurve(np.r_[[inner[0]] * 3, inner, [inner[-1]] * 3], bend, unit)


def starting_scales(bins: Sequence[StiffnessBins], reference: int) -> FloatArray:
    """ln(ω²/ω_ref²) of each curve, where scaled curves must overlap.

    If <x²>(κ) = ω²Φ(κ/ω²), then <x²>(κ*) = c κ* at κ* ∝ ω² for any c: curves overlap where they share values of c.

    Raises
    ------
    InsufficientDataError
        A curve that shares no c with those already placed.
    """
    ratios = [np.log(one.mean / one.middles) for one in bins]
    placed = {reference: 0.0}
    while len(placed) < len(bins):
        best = max(
            ((_overlap(ratios[m], ratios[k]), k, m) for m in range(len(bins)) if m not in placed for k in placed),
            key=lambda found: found[0],
        )
        shared, k, m = best
        if not shared > 0:
            raise InsufficientDataError(
                f"{bins[m].name}: its scaled displacements overlap with those of no other curve, so they fix no ratio "
                "of omega_x: add curves in between, or softer and stiffer oscillators."
            )
        low, high = max(ratios[m].min(), ratios[k].min()), min(ratios[m].max(), ratios[k].max())
        at = 0.5 * (low + high)
        placed[m] = placed[k] + _crossing(bins[m], ratios[m], at) - _crossing(bins[k], ratios[k], at)
    return np.array([placed[m] for m in range(len(bins))])


def _overlap(a: FloatArray, b: FloatArray) -> float:
    return float(min(a.max(), b.max()) - max(a.min(), b.min()))


def _crossing(one: StiffnessBins, ratio: FloatArray, at: float) -> float:
    falling = np.minimum.accumulate(ratio)  # noise may lift a bin
    return float(np.interp(-at, -falling, np.log(one.middles)))
