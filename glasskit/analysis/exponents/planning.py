"""How many glasses an answer costs: for a wanted error of s, and to tell one exponent from another."""

from __future__ import annotations

import math

from scipy.special import gammainc, gammaincc

from ...errors import InputError
from .fit import ExponentFit


def glasses_for_error(fit: ExponentFit, wanted: float = 0.25) -> int:
    """Glasses of this recipe after which the same window would give s ± ``wanted``.

    The error falls as 1/√(n−2) with the number of modes n, which is proportional to the number of glasses, so
    n = 2 + (n_fit − 2)(error/wanted)². Uses the bootstrap error, so correlations between modes are included.

    Parameters
    ----------
    fit : ExponentFit
    wanted : float
        Standard deviation of s to reach.

    Returns
    -------
    int
        Total number of glasses, those of the fit included; smaller than ``fit.glasses`` where fewer would do.

    Raises
    ------
    InputError
        ``wanted`` is not positive.
    """
    if not wanted > 0:
        raise InputError(f"wanted error is {wanted}; expected a positive number.")
    modes = 2 + (fit.count - 2) * (fit.error / wanted) ** 2
    return max(2, math.ceil(modes / fit.modes_per_glass))


def glasses_for_exponent(
    modes_per_glass: float, *, s: float = 4.0, wanted: float = 0.25, corrected: bool = False
) -> int:
    """Glasses after which a window would give s ± ``wanted``, before any glass is made.

    For independent modes: n = 2 + (k/wanted)², k = s+1, 402 modes for 4 ± 0.25; with a free correction to scaling
    n = (error of s by ``corrected_errors``/wanted)², 12 times as many.

    Parameters
    ----------
    modes_per_glass : float
        Mean number of modes in the window, known or guessed.
    s, wanted : float
        Exponent expected, and the standard deviation to reach.
    corrected : bool
        Whether b of a rate C·omega^s (1 + b·omega²) is fitted too.

    Raises
    ------
    InputError
        A wanted error or a number of modes per glass that is not positive, an exponent not above −1.
    """
    _require_modes(modes_per_glass)
    if not wanted > 0:
        raise InputError(f"wanted error is {wanted}; expected a positive number.")
    modes = (corrected_errors(s)[0] / wanted) ** 2 if corrected else 2 + (_k(s) / wanted) ** 2
    return max(2, math.ceil(modes / modes_per_glass))


def corrected_errors(s: float) -> tuple[float, float]:
    """Errors of s and of b·upper², times √n, when a rate C·omega^s (1 + b·omega²) is fitted to n modes and b is small.

    The inverse of the Fisher information per mode, the covariance of ln x and x² with x = omega/upper: var(ln x) =
    1/k², var(x²) = k/(k+4) − k²/(k+2)², cov = 2/(k+2)². At s = 4: 17.5 (against 5 without b) and 16.4.

    Raises
    ------
    InputError
        An exponent not above −1.
    """
    k = _k(s)
    log_log, square_square, log_square = 1 / k**2, k / (k + 4) - (k / (k + 2)) ** 2, 2 / (k + 2) ** 2
    determinant = log_log * square_square - log_square**2
    return math.sqrt(square_square / determinant), math.sqrt(log_log / determinant)


def expected_log_likelihood_ratio(truth: float, alternative: float) -> float:
    """Mean of ln[p(omega; truth)/p(omega; alternative)] per mode when s = ``truth``.

    Within the window p(omega; s) = k·omega^(k−1)/upper^k, k = s+1. With y = ln(upper/omega), exponential of mean
    1/k_t, the ratio is ln(k_t/k_a) − (k_t−k_a)·y, of mean ln(k_t/k_a) + k_a/k_t − 1: 0.0231 for 4 against 3. The
    number of modes itself says nothing as long as the prefactor is free.

    Raises
    ------
    InputError
        An exponent not above −1.
    """
    k_true, k_other = _k(truth), _k(alternative)
    return math.log(k_true / k_other) + k_other / k_true - 1


def probability_to_distinguish(modes: int, *, truth: float, alternative: float, odds: float = 1000.0) -> float:
    """Probability that ``modes`` modes of a process with s = ``truth`` favour it by ``odds``:1 or more.

    Exact: the log-likelihood ratio is n·ln(k_t/k_a) − (k_t−k_a)·Y with Y = Σ ln(upper/omega_i) a gamma variable of
    shape n and rate k_t.

    Raises
    ------
    InputError
        An exponent not above −1, equal exponents, odds not above 1, or no modes.
    """
    k_true, k_other = _k(truth), _k(alternative)
    if k_true == k_other or not odds > 1 or modes < 1:
        raise InputError(
            f"truth {truth}, alternative {alternative}, odds {odds}, modes {modes}; expected two different exponents, "
            "odds above 1 and at least one mode."
        )
    boundary = k_true * (modes * math.log(k_true / k_other) - math.log(odds)) / (k_true - k_other)
    if k_true > k_other:  # favoured by modes close to upper, small Y
        return float(gammainc(modes, boundary)) if boundary > 0 else 0.0
    return float(gammaincc(modes, boundary)) if boundary > 0 else 1.0


def modes_to_distinguish(*, truth: float, alternative: float, odds: float = 1000.0, reliability: float = 0.5) -> int:
    """Modes after which data of s = ``truth`` favour it by ``odds``:1 with probability ``reliability``.

    At reliability ½ this is ln(odds)/expected_log_likelihood_ratio to within 2 %: at 1000:1 it is 296 modes for 4
    against 3, 261 for 3 against 4 and 1283 for 4 against 3.5. At reliability 0.9, 4 against 3 takes 564.

    Raises
    ------
    InputError
        As in ``probability_to_distinguish``, or a reliability outside (0, 1).
    """
    if not 0 < reliability < 1:
        raise InputError(f"reliability is {reliability}; expected a probability between 0 and 1.")

    def enough(modes: int) -> bool:
        return probability_to_distinguish(modes, truth=truth, alternative=alternative, odds=odds) >= reliability

    too_few, many = 0, 1
    while not enough(many):
        too_few, many = many, 2 * many
    while many - too_few > 1:
        middle = (too_few + many) // 2
        too_few, many = (too_few, middle) if enough(middle) else (middle, many)
    return many


def glasses_to_distinguish(
    modes_per_glass: float,
    *,
    first: float = 3.0,
    second: float = 4.0,
    odds: float = 1000.0,
    reliability: float = 0.5,
) -> int:
    """Glasses needed to tell ``first`` from ``second``, whichever of the two is true.

    The definition: the smallest number after which the likelihood ratio of the truth against the other is at least
    ``odds``:1 in a fraction ``reliability`` of repetitions, for the less favourable truth. The likelihood is that of
    independent modes, at the same number of modes per glass for both exponents; the scatter of the number of modes
    around its mean is left out (it adds about 1 % at reliability 0.9 for 3 against 4).

    Parameters
    ----------
    modes_per_glass : float
        Mean number of modes in the window (``ExponentFit.modes_per_glass``).
    first, second : float
        The two exponents.
    odds : float
        Likelihood ratio asked for.
    reliability : float
        Probability of reaching it.

    Raises
    ------
    InputError
        No modes per glass, equal exponents, odds not above 1, a reliability outside (0, 1).
    """
    _require_modes(modes_per_glass)
    modes = max(
        modes_to_distinguish(truth=first, alternative=second, odds=odds, reliability=reliability),
        modes_to_distinguish(truth=second, alternative=first, odds=odds, reliability=reliability),
    )
    return math.ceil(modes / modes_per_glass)


def _require_modes(modes_per_glass: float) -> None:
    if not (modes_per_glass > 0 and math.isfinite(modes_per_glass)):
        raise InputError(f"modes_per_glass is {modes_per_glass}; expected a positive number: widen the window.")


def _k(s: float) -> float:
    if not (math.isfinite(s) and s > -1):
        raise InputError(f"exponent {s}; expected a finite number above -1, else the density cannot be normalised.")
    return s + 1
