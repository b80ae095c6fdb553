"""From distances to local stresses: sigma(r) = |r phi'(r)| inverted, and the factor of a component under isotropy.

With it a histogram of pair distances becomes the P(sigma) that it implies, without a parameter.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betainc

from ...errors import InputError
from ...particles.potentials import PairPotential
from ..per_glass import FloatArray

NEAREST = 0.05  # distances are counted from here on, in units of the cutoff; closer pairs exist in no glass
_SCAN = 4000  # points on which monotonic branches of sigma(r) are told apart
_BISECTIONS = 60  # halve an interval to the last bit of x


class StressInverse:
    """sigma = |r phi'(r; a)| of pairs of one diameter a, as a function of x = r/r_c(a), with its inverse.

    Parameters
    ----------
    potential : PairPotential
    diameter : float
        Pair diameter a [length].

    Attributes
    ----------
    turning : ndarray, shape (K+1,)
        NEAREST, the places where sigma(x) turns or vanishes, and 1; sigma is monotonic between two of them.
    """

    def __init__(self, potential: PairPotential, diameter: float):
        self.potential = potential
        self.diameter = float(diameter)
        self.cutoff = float(potential.cutoff_of(self.diameter))
        self.turning = self._turning_points()

    def __call__(self, x: ArrayLike) -> FloatArray:
        """sigma at x, any shape [energy]."""
        return np.abs(self._signed(np.asarray(x, dtype=np.float64)))

    def _signed(self, x: FloatArray) -> FloatArray:
        r = np.minimum(x, 1.0) * self.cutoff
        return r * self.potential.pair_derivatives(r, self.diameter, order=1)[1]

    def _turning_points(self) -> FloatArray:
        x = np.linspace(NEAREST, 1.0, _SCAN)
        value = self._signed(x)
        zero = [self._bisect_sign(x[k], x[k + 1]) for k in np.flatnonzero(value[1:-1] * value[2:] < 0) + 1]
        size = np.abs(value)
        rises = np.diff(size) > 0
        peak = [
            self._extremum(x[k], x[k + 2])
            for k in np.flatnonzero(rises[1:] != rises[:-1])
            if not any(x[k] <= z <= x[k + 2] for z in zero)  # a zero of phi' is a turning point of its own
        ]
        return np.array([NEAREST, *sorted([*zero, *peak]), 1.0])

    def _bisect_sign(self, low: float, high: float) -> float:
        return float(brentq(lambda x: float(self._signed(np.array([x]))[0]), low, high, xtol=1e-15))

    def _extremum(self, low: float, high: float) -> float:
        """Where d sigma/d ln r = r phi' + r² phi'' changes sign."""

        def slope(x: float) -> float:
            _, first, second = self.potential.pair_derivatives(x * self.cutoff, self.diameter, order=2)
            return float(first + x * self.cutoff * second)

        if slope(low) * slope(high) >= 0:  # a kink
            return 0.5 * (low + high)
        return float(brentq(slope, low, high, xtol=1e-15))

    def places(self, sigma: ArrayLike) -> tuple[NDArray[np.float64], FloatArray]:
        """Invert on every monotonic branch.

        Parameters
        ----------
        sigma : (S,) array
            Positive [energy].

        Returns
        -------
        x : (K, S) array
            On each branch the place where it takes that value; the branch's end nearest in sigma where it does not.
        rising : (K,) array
            +1 where sigma grows with x on the branch, −1 where it falls.
        """
        target = np.asarray(sigma, dtype=np.float64)
        found, rising = [], []
        for low, high in zip(self.turning[:-1], self.turning[1:], strict=True):
            left, right = np.full(target.shape, low), np.full(target.shape, high)
            up = float(self(high * (1 - 1e-12))) > float(self(low))
            for _ in range(_BISECTIONS):
                middle = 0.5 * (left + right)
                beyond = (self(middle) > target) == up
                left, right = np.where(beyond, left, middle), np.where(beyond, middle, right)
            found.append(0.5 * (left + right))
            rising.append(1.0 if up else -1.0)
        return np.array(found), np.array(rising)


class PairsBelow:
    """Number of pairs with a stress below each sigma, from numbers of pairs in bins of x = r/r_c.

    Within a bin pairs are spread as r^(d−1), that is g(r) is taken as constant there; this is P(sigma) ∝
    r^(d−1) g(r)/|d sigma/dr|, integrated, for any number of branches. sigma(x) is inverted once, here.

    Parameters
    ----------
    sigma : (S,) array
        Positive [energy].
    inverse : StressInverse
    x_edges : (X+1,) array
        Ascending, from NEAREST or less to 1.
    dimension : int

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (90)-(94), with 2πρ r g(r) for d = 2 in (91).
    """

    def __init__(self, sigma: ArrayLike, inverse: StressInverse, x_edges: FloatArray, *, dimension: int):
        x_ks, self._rising_k = inverse.places(sigma)
        self._volume_ks, self._turning_k = x_ks**dimension, inverse.turning**dimension
        self._volume_x = x_edges**dimension

    def __call__(self, count_x: ArrayLike) -> FloatArray:
        """Pairs below each sigma, shape (S,), for one histogram of shape (X,)."""
        cumulative_x = np.concatenate([[0.0], np.cumsum(count_x)])
        inside_ks = np.interp(self._volume_ks, self._volume_x, cumulative_x)
        end_k = np.interp(self._turning_k, self._volume_x, cumulative_x)
        rising = self._rising_k[:, None] > 0
        return np.where(rising, inside_ks - end_k[:-1, None], end_k[1:, None] - inside_ks).sum(axis=0)


def component_factor(w: ArrayLike, dimension: int) -> FloatArray:
    """Probability that |e_a e_b| < w, a ≠ b, for an isotropic unit vector e in d dimensions.

    t = e_a² + e_b² is Beta(1, (d−2)/2), with F(t) = 1 − (1−t)^((d−2)/2), and |e_a e_b| = t |sin 2 alpha|/2 with a
    uniform angle, so the probability is the mean over t of (2/π) asin(min(1, y/t)), y = 2w. By parts and with
    t = y cosh θ it is (2/π) [asin y + ∫ F(y cosh θ)/cosh θ dθ], θ from 0 to acosh(1/y): no small y is lost.
    d = 2: (2/π) asin y; d = 4: (2/π) (asin y + y acosh(1/y)).
    """
    y = np.clip(2 * np.asarray(w, dtype=np.float64), 0.0, 1.0)
    longest = np.arccosh(1 / np.maximum(y, 1e-300))
    node, weight = np.polynomial.legendre.leggauss(120)
    u = 0.5 * (1 + node)  # θ = longest·(1 − u²) takes the root of 1 − t at the end away
    theta = longest[..., None] * (1 - u**2)
    t = np.minimum(y[..., None] * np.cosh(theta), 1.0)
    share = 1 - (1 - t) ** (0.5 * (dimension - 2))
    integral = longest * ((share / np.cosh(theta)) @ (u * weight))
    return np.where(y > 0, 2 / math.pi * (np.arcsin(y) + integral), 0.0)


def traceless_factor(w: ArrayLike, dimension: int) -> FloatArray:
    """Probability that |e_a² − 1/d| < w for an isotropic unit vector e: e_a² is Beta(1/2, (d−1)/2)."""
    w = np.asarray(w, dtype=np.float64)

    def below(t: FloatArray) -> FloatArray:
        return np.asarray(betainc(0.5, 0.5 * (dimension - 1), np.clip(t, 0.0, 1.0)))

    return below(1 / dimension + w) - below(1 / dimension - w)


def factor_matrix(kind: str, edges: FloatArray, fine: FloatArray, dimension: int) -> FloatArray:
    """Share of the values of scalars in each fine bin that the component leaves in each range of ``edges``.

    Parameters
    ----------
    kind : {"scalar", "component", "traceless"}
    edges : (B+1,) array
    fine : (F+1,) array
        Narrow bins of scalars; within one they are spread evenly in their logarithm (three Gauss points).
    dimension : int

    Returns
    -------
    (F, B+2) array
        Below the first edge, in each bin, above the last; rows sum to 1.
    """
    factors = {"component": component_factor, "traceless": traceless_factor}
    if kind not in (*factors, "scalar"):
        raise InputError(f"kind is {kind!r}; expected 'scalar', 'component' or 'traceless'.")
    node, weight = np.polynomial.legendre.leggauss(3)
    log_fine = np.log(fine)
    below_fe = np.zeros((fine.size - 1, edges.size))
    for shift, share in zip(0.5 * (1 + node), 0.5 * weight, strict=True):
        ratio_fe = np.log(edges)[None, :] - (log_fine[:-1] + shift * np.diff(log_fine))[:, None]
        if kind == "scalar":
            below_fe += share * (ratio_fe > 0.0)
            continue
        different, place_fe = np.unique(np.round(ratio_fe, 9), return_inverse=True)  # few: bins are equally spaced
        factor = factors[kind](np.exp(np.minimum(different, 0.0)), dimension)
        below_fe += share * factor[place_fe].reshape(ratio_fe.shape)
    share_fb = np.diff(np.pad(below_fe, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1))), axis=1)
    return np.maximum(share_fb, 0.0)  # three shares add up to 1 within rounding
