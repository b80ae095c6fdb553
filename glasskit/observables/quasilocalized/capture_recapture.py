"""How many soft spots a search has missed, from how often it came upon those it found.

Every guess is a draw that ends in one spot, some far more often than others. Spots that many guesses found say little
about unseen ones; those found once or twice do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from ...errors import InputError, InsufficientDataError


@dataclass(frozen=True)
class CaptureRecapture:
    """Completeness of a set of spots.

    Attributes
    ----------
    guesses : int
        Draws, all spots together.
    observed : int
        Spots found (at the stiffnesses asked for).
    singletons, doubletons : int
        f1 and f2: spots found by one and by two guesses.
    estimated, error : float
        Spots there are at least, Chao's estimate, and its standard error.
    coverage, coverage_error : float
        Probability that one more guess ends in a known spot: 1 − f1/guesses (Good and Turing), and its error. With
        spots of some stiffnesses left out: that it does not end in an unknown one of those asked for.
    """

    guesses: int
    observed: int
    singletons: int
    doubletons: int
    estimated: float
    error: float
    coverage: float
    coverage_error: float

    @property
    def completeness(self) -> float:
        """Share of the estimated spots that was found."""
        return self.observed / self.estimated


def capture_recapture(hits: ArrayLike, guesses: int | None = None) -> CaptureRecapture:
    """Estimate how many spots there are from how often each was found.

    The bias-corrected Chao1 estimate, S + (n−1)/n · f1(f1−1)/(2(f2+1)), is a lower bound for any distribution of the
    chances to be found, and exact where the spots found rarely have equal ones: A. Chao, Scand. J. Stat. 11, 265
    (1984); its variance is that of R. K. Colwell's EstimateS (A. Chao, Biometrics 43, 783 (1987)). Coverage:
    I. J. Good, Biometrika 40, 237 (1953); its variance W. W. Esty, Ann. Stat. 11, 905 (1983).

    Parameters
    ----------
    hits : (m,) array of int
        Guesses per spot, each at least one.
    guesses : int, optional
        All draws, n, where more were made than ended in these spots; default: the sum of the hits.

    Raises
    ------
    InputError
        Hits that are no positive integers, or fewer guesses than hits.
    InsufficientDataError
        If no spot was found twice: nothing is known about how many there are (``partial``: the result as it is).
    """
    hit_m, n = _checked(hits, guesses)
    total = int(hit_m.sum())
    observed, f1, f2 = hit_m.size, int((hit_m == 1).sum()), int((hit_m == 2).sum())
    share = (n - 1) / n
    unseen = share * f1 * (f1 - 1) / (2.0 * (f2 + 1))
    result = CaptureRecapture(
        guesses=n,
        observed=observed,
        singletons=f1,
        doubletons=f2,
        estimated=observed + unseen,
        error=float(np.sqrt(_variance(observed, total, f1, f2, share))),
        coverage=1.0 - f1 / n,
        coverage_error=float(np.sqrt(max(f1 + 2.0 * f2 - f1 * f1 / n, 0.0)) / n),
    )
    if f1 == observed:
        raise InsufficientDataError(
            f"each of the {observed} spots was found once only: how many there are is unknown; use more guesses.",
            result,
        )
    return result


def _variance(observed: int, total: int, f1: int, f2: int, share: float) -> float:
    """Variance of the estimate by its three cases: singletons and doubletons, no doubletons, no singletons."""
    if f1 == 0:
        missed = np.exp(-total / observed)
        return float(observed * missed * (1.0 - missed))
    if f2 == 0:
        unseen = share * f1 * (f1 - 1) / 2.0
        variance = unseen + share**2 * f1 * (2 * f1 - 1) ** 2 / 4.0 - share**2 * f1**4 / (4.0 * (observed + unseen))
        return max(float(variance), 0.0)
    return (
        share * f1 * (f1 - 1) / (2.0 * (f2 + 1))
        + share**2 * f1 * (2 * f1 - 1) ** 2 / (4.0 * (f2 + 1) ** 2)
        + share**2 * f1**2 * f2 * (f1 - 1) ** 2 / (4.0 * (f2 + 1) ** 4)
    )


def saturation(hits: ArrayLike, draws: ArrayLike, guesses: int | None = None) -> NDArray[np.float64]:
    """Mean number of distinct spots among the first m of n guesses, over all their orders.

    S(m) = Σ_k [1 − C(n − h_k, m)/C(n, m)]: S. H. Hurlbert, Ecology 52, 577 (1971). No order is ever drawn.

    Parameters
    ----------
    hits : (m,) array of int
    draws : (k,) array of int
        Each from 0 to n.
    guesses : int, optional
        n, where more were made than ended in these spots; default: the sum of the hits.

    Raises
    ------
    InputError
        Draws outside that range, or no hits.
    """
    (hit_m, n), draw_k = _checked(hits, guesses), np.asarray(draws)
    if draw_k.dtype.kind not in "iu" or draw_k.ndim != 1 or (draw_k < 0).any() or (draw_k > n).any():
        raise InputError(f"draws: expected integers from 0 to the {n} guesses, found {draws!r}.")
    left_km = n - hit_m[None, :] - draw_k[:, None]  # C(n−h, m)/C(n, m) = (n−h)! (n−m)!/[n! (n−h−m)!]
    possible = left_km >= 0
    log_km = (
        gammaln(n - hit_m[None, :] + 1.0)
        + gammaln(n - draw_k[:, None] + 1.0)
        - gammaln(n + 1.0)
        - gammaln(np.where(possible, left_km, 0) + 1.0)
    )
    return (1.0 - np.where(possible, np.exp(log_km), 0.0)).sum(axis=1)


def _checked(hits: ArrayLike, guesses: int | None) -> tuple[NDArray[np.int64], int]:
    hit_m = np.asarray(hits)
    if hit_m.ndim != 1 or hit_m.size == 0 or hit_m.dtype.kind not in "iu" or (hit_m < 1).any():
        raise InputError(f"hits: expected integers of at least 1, one per spot, found {hits!r}.")
    total = int(hit_m.sum())
    if guesses is not None and int(guesses) < total:
        raise InputError(f"guesses: expected at least the {total} hits, found {guesses!r}.")
    return hit_m.astype(np.int64), total if guesses is None else int(guesses)
