"""Generalised least squares of a linear model, with the judgement whether it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from ..errors import InsufficientDataError
from .per_glass import FloatArray


@dataclass(frozen=True, eq=False)
class LinearFit:
    """Coefficients of y = X b.

    Attributes
    ----------
    value : (P,) array
        b.
    covariance : (P, P) array
        Of b, from the errors of y alone.
    chi2 : float
    degrees_of_freedom : int
    """

    value: FloatArray
    covariance: FloatArray
    chi2: float
    degrees_of_freedom: int

    @property
    def p_value(self) -> float:
        """Probability of such a chi² or a larger one, if the model holds."""
        return float(gammaincc(self.degrees_of_freedom / 2, self.chi2 / 2))

    @property
    def enlargement(self) -> float:
        """√(chi²/dof) where that is above 1, else 1: factor for errors that include what the model misses."""
        return max(1.0, float(np.sqrt(self.chi2 / self.degrees_of_freedom)))

    @property
    def error(self) -> FloatArray:
        """Standard deviations of b, enlarged (P,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0)) * self.enlargement  # rounding of 0 may be below it


def linear_fit(design: FloatArray, y: FloatArray, covariance: FloatArray, *, what: str) -> LinearFit:
    """Fit y = X b, where y may share an error that is common to all.

    Parameters
    ----------
    design : (K, P) array
        X; its first column is 1.
    y : (K,) array
    covariance : (K, K) array
        Of y; singular if one of them, the reference of the others, is known exactly.
    what : str
        What is fitted, for messages.

    Raises
    ------
    InsufficientDataError
        No degree of freedom left, columns of X that say the same, or two or more y without any error.

    Notes
    -----
    A common error of all y moves the constant only. Adding any amount of it to the covariance changes no coefficient,
    and makes the matrix invertible; the covariance of the result is that of the true one.
    """
    freedom = design.shape[0] - design.shape[1]
    if freedom < 1:
        raise InsufficientDataError(
            f"{what}: {design.shape[0]} points for {design.shape[1]} numbers leave nothing to judge the law by: add "
            "points."
        )
    if np.linalg.matrix_rank(design - design.mean(axis=0), tol=1e-6) < design.shape[1] - 1:
        raise InsufficientDataError(f"{what}: the points do not vary all variables independently: add points.")
    common = covariance + np.trace(covariance) / len(y)
    try:
        factor = np.linalg.cholesky(common)
    except np.linalg.LinAlgError:
        raise InsufficientDataError(f"{what}: the errors of the points are not those of {len(y)} curves.") from None
    white_x, white_y = np.linalg.solve(factor, design), np.linalg.solve(factor, y)
    inverse = np.linalg.pinv(white_x)
    value = inverse @ white_y
    linear = inverse @ np.linalg.inv(factor)
    residual = white_y - white_x @ value
    return LinearFit(value, linear @ covariance @ linear.T, float(residual @ residual), freedom)
