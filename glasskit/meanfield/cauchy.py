"""Cauchy transforms ∫f(y)/(y − s) dy of a function held as Legendre series on panels, to the upper side of the axis.

Near a panel the transform of its polynomial is exact, P_n(t) L(t) + W_n(t) with L the logarithm of its ends; away from
it the panel's own Gauss–Legendre nodes are as good and do not cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

ORDER = 20
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(ORDER)
_LEGENDRE_NM = np.polynomial.legendre.legvander(_NODES, ORDER - 1)
_TO_SERIES = (2 * np.arange(ORDER)[:, None] + 1) / 2 * (_LEGENDRE_NM * _WEIGHTS[:, None]).T
_NEAR = 2.2  # sum of the semi-axes of the ellipse within which the series is used: 2.2^-40 = 2e-14 outside
_MOST_HALVINGS = 12


@dataclass(frozen=True)
class Panels:
    """A function on consecutive panels.

    Attributes
    ----------
    edges : (p + 1,) array
        Ends of the panels, ascending.
    value_pn : (p, ORDER) array
        The function at the Gauss–Legendre nodes of each panel.
    """

    edges: FloatArray
    value_pn: FloatArray

    @cached_property
    def half(self) -> FloatArray:
        """Half widths of the panels."""
        return 0.5 * np.diff(self.edges)

    @cached_property
    def middle(self) -> FloatArray:
        """Centres of the panels."""
        return 0.5 * (self.edges[:-1] + self.edges[1:])

    @cached_property
    def nodes_pn(self) -> FloatArray:
        """Gauss–Legendre nodes."""
        return self.middle[:, None] + self.half[:, None] * _NODES

    @cached_property
    def weights_pn(self) -> FloatArray:
        """Gauss–Legendre weights."""
        return self.half[:, None] * _WEIGHTS

    @cached_property
    def series_pn(self) -> FloatArray:
        """Coefficients of the Legendre polynomials of each panel."""
        return self.value_pn @ _TO_SERIES.T

    def __call__(self, y: ArrayLike) -> FloatArray:
        """The function at any points; 0 outside the panels."""
        point = np.asarray(y, dtype=np.float64)
        panel = np.clip(np.searchsorted(self.edges, point) - 1, 0, len(self.half) - 1)
        t = (point - self.middle[panel]) / self.half[panel]
        value = np.einsum("...n,...n->...", np.polynomial.legendre.legvander(t, ORDER - 1), self.series_pn[panel])
        return np.where((point >= self.edges[0]) & (point <= self.edges[-1]), value, 0.0)

    def integral(self, function: Callable[[FloatArray], FloatArray]) -> float:
        """∫ f(y) function(y) dy."""
        return float((self.weights_pn * self.value_pn * function(self.nodes_pn)).sum())

    def cauchy(self, s: ArrayLike) -> ComplexArray:
        """∫ f(y)/(y − s) dy for points s off the panels or, on them, the limit from above."""
        point = np.atleast_1d(np.asarray(s, dtype=np.complex128))
        t_kp = (point[:, None] - self.middle) / self.half
        root = np.sqrt(t_kp - 1) * np.sqrt(t_kp + 1)
        near_kp = np.abs(t_kp + root) < _NEAR
        with np.errstate(divide="ignore", invalid="ignore"):
            far_kp = np.einsum("pn,kpn->kp", _WEIGHTS * self.value_pn, 1 / (_NODES - t_kp[:, :, None]))
        k, p = np.nonzero(near_kp)
        far_kp[k, p] = _series_transform(self.series_pn[p], t_kp[k, p])
        return np.asarray(far_kp.sum(axis=1).reshape(np.shape(s)), dtype=np.complex128)


def _series_transform(series_kn: FloatArray, t: ComplexArray) -> ComplexArray:
    """∫_{-1}^{1} Σ c_n P_n(y)/(y − t) dy = Σ c_n [P_n(t) L(t) + W_n(t)], with L = ln((t − 1)/(t + 1)).

    W_n(t) = ∫[P_n(y) − P_n(t)]/(y − t) dy obeys the recurrence of P_n from W_0 = 0, W_1 = 2. On the axis the
    logarithm is the limit from above.
    """
    upper = t.real + 1j * np.maximum(t.imag, 0.0)  # −0.0 would be the lower side
    logarithm = np.log(upper - 1) - np.log(upper + 1)
    p0, p1 = np.ones_like(t), t
    w0, w1 = np.zeros_like(t), np.full_like(t, 2.0)
    total = series_kn[:, 0] * logarithm + series_kn[:, 1] * (p1 * logarithm + w1)
    for n in range(1, series_kn.shape[1] - 1):
        p0, p1 = p1, ((2 * n + 1) * t * p1 - n * p0) / (n + 1)
        w0, w1 = w1, ((2 * n + 1) * t * w1 - n * w0) / (n + 1)
        total = total + series_kn[:, n + 1] * (p1 * logarithm + w1)
    return total


def adaptive_panels(function: Callable[[FloatArray], FloatArray], edges: ArrayLike, *, tolerance: float) -> Panels:
    """Halve panels until the last Legendre coefficients of each are below ``tolerance`` of its largest value.

    Parameters
    ----------
    function : callable
        Vectorised, of an array of any shape.
    edges : (p + 1,) array
        First panels.
    tolerance : float
        Relative to the largest value on the panel, or to 1e-4 of the largest of all where that is more.
    """
    start = np.asarray(edges, dtype=np.float64)
    pending = np.stack([start[:-1], start[1:]], axis=1)
    done_e: list[FloatArray] = []
    done_v: list[FloatArray] = []
    largest = 0.0
    for halving in range(_MOST_HALVINGS):
        half, middle = 0.5 * (pending[:, 1] - pending[:, 0]), pending.mean(axis=1)
        value = function(middle[:, None] + half[:, None] * _NODES)
        size = np.abs(value).max(axis=1)
        largest = max(largest, float(size.max()))
        tail = np.abs(value @ _TO_SERIES[-3:].T).max(axis=1)
        good = tail <= tolerance * np.maximum(size, 1e-4 * largest)
        if halving == _MOST_HALVINGS - 1:
            good[:] = True  # rounding, or a step resolved to 2^-11 of its first panel
        done_e.append(pending[good])
        done_v.append(value[good])
        bad, centre = pending[~good], middle[~good]
        if len(bad) == 0:
            break
        pending = np.concatenate([np.stack([bad[:, 0], centre], 1), np.stack([centre, bad[:, 1]], 1)])
    ends, values = np.concatenate(done_e), np.concatenate(done_v)
    order = np.argsort(ends[:, 0])
    return Panels(np.append(ends[order, 0], ends[order[-1], 1]), values[order])
