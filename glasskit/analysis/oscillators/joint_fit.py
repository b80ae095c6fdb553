"""Joint fit of displacements to one common curve: the best scales, how good it is, and its repetition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, least_squares

from ...errors import ConvergenceError, InsufficientDataError
from ..bootstrap import resample_glasses
from ..per_glass import FloatArray, IntArray
from .common_curve import CommonCurve, curve_for, log_nodes, starting_scales
from .stiffness_bins import StiffnessBins

_STEPS = 30  # of a repeated fit
_SMALL = 1e-2  # last step of it, in units of what noise does to the scales


@dataclass(frozen=True, eq=False)
class _Data:
    """Bins of all curves, end to end (B,)."""

    mean: FloatArray
    error: FloatArray
    nodes_bn: FloatArray
    owner: IntArray

    def design(self, curve: CommonCurve, log_square: FloatArray) -> FloatArray:
        """Averages of the curve's functions over bins, over their errors, and its bends below (B + K − 2, K)."""
        return np.vstack([curve.design(self.nodes_bn, log_square[self.owner]) / self.error[:, None], curve.bends])

    def solve(self, curve: CommonCurve, log_square: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Fit minus data over error, and bends, with the best common curve for these scales: all but them is linear.

        ``mean`` is (B,), or (B, R) for several data at once.
        """
        design = self.design(curve, log_square)
        target = np.zeros((len(design), *mean.shape[1:]))
        target[: len(mean)] = (mean.T / self.error).T
        coefficients = np.asarray(np.linalg.lstsq(design, target, rcond=None)[0], dtype=np.float64)
        return design @ coefficients - target, coefficients


@dataclass(frozen=True, eq=False)
class JointFit:
    """The best scales, and the weights and the curve that belong to them.

    Attributes
    ----------
    bins : tuple of StiffnessBins
    free : array of int
        Curves that are no reference.
    data, curve
        What was fitted, and to which functions.
    log_square : (M,) array
        ln ω_m² in units of the reference.
    coefficients : (K,) array
        Of the common curve.
    residual : (B,) array
        Fit minus data over error.
    jacobian : (B + K − 2, M − 1) array
        Derivative of it, and of the curve's bends, by ``log_square``, the curve following.
    """

    bins: tuple[StiffnessBins, ...]
    free: IntArray
    data: _Data
    curve: CommonCurve
    log_square: FloatArray
    coefficients: FloatArray
    residual: FloatArray
    jacobian: FloatArray

    def moved(self, shift: FloatArray) -> FloatArray:
        """Scales with those that are free moved."""
        out = self.log_square.copy()
        out[self.free] += shift
        return out

    def judgement(self) -> tuple[float, float]:
        """Scaled chi² and its degrees of freedom.

        Noise of covariance R makes the square of the residual (1 − H) e, with P = (1 − H)², of mean tr(PR) and
        variance 2 tr(PRPR), those of
        c times chi² with tr(PR)²/tr(PRPR) degrees of freedom. Estimated from G instances, tr(S²) of a block S is too
        large by tr(S)²/(G − 1), and divided by estimated errors each square is a t² rather than a chi².
        """
        remaining = np.eye(len(self.residual)) - self._hat()
        project = remaining @ remaining
        parts = [np.flatnonzero(self.data.owner == m) for m in range(len(self.bins))]
        spread = [self._correlation(m, part) for m, part in enumerate(parts)]
        mean = square = 0.0
        for a, (one, part) in enumerate(zip(self.bins, parts, strict=True)):
            own = project[np.ix_(part, part)] @ spread[a]
            n, t = one.instances - 1.0, one.variance_freedom
            trace, squared = float(np.trace(own)), float(np.sum(own * own.T))
            unbiased = n * n / ((n - 1) * (n + 2)) * (squared - trace**2 / n)
            mean += trace * t / (t - 2)
            square += max(unbiased, trace**2 / len(own)) * t * t * (t - 1) / ((t - 2) ** 2 * (t - 4))
            for b in range(a):
                cross = project[np.ix_(part, parts[b])]
                square += 2 * float(np.sum((cross @ spread[b]) * (spread[a] @ cross)))
        chi2 = float(self.residual @ self.residual)
        return chi2 * mean / square, mean * mean / square

    def _hat(self) -> FloatArray:
        """H, which makes the fit from the data, curve and scales together (B, B)."""
        columns = np.hstack([self.data.design(self.curve, self.log_square), self.jacobian])
        basis = np.linalg.qr(columns)[0][: len(self.residual)]
        return np.asarray(basis @ basis.T)

    def _correlation(self, m: int, part: IntArray) -> FloatArray:
        ratio = self.bins[m].error / self.data.error[part]
        return self.bins[m].correlation_bb * np.outer(ratio, ratio)

    def mismatch(self) -> float:
        """Relative deviation τ with Σ d²/(e² + τ²) = dof for relative errors e (Paule and Mandel)."""
        fitted = self.data.mean + self.residual * self.data.error
        relative, off = self.data.error / fitted, self.residual * self.data.error / fitted
        freedom = len(off) - float(np.trace(self._hat()))

        def excess(tau: float) -> float:
            return float(np.sum(off**2 / (relative**2 + tau**2))) - freedom

        return 0.0 if excess(0.0) <= 0 else float(brentq(excess, 0.0, 1e3))


def joint_fit(bins: tuple[StiffnessBins, ...], reference: int) -> JointFit:
    """Find the scales that bring all curves onto one.

    Raises
    ------
    InsufficientDataError
        Curves that do not overlap, or a common curve that is not positive.
    ConvergenceError
        The fit did not converge; ``partial`` is scipy's result.
    """
    log_square = starting_scales(bins, reference)
    free = np.delete(np.arange(len(bins)), reference)
    error = np.concatenate([one.error for one in bins])
    mean = np.concatenate([one.mean for one in bins])
    nodes_bn = np.vstack([log_nodes(one.edges) for one in bins])
    owner = np.repeat(np.arange(len(bins)), [len(one.error) for one in bins])
    for turn in range(3):  # the errors are relative ones: of the fitted means, not of those that happen to be
        data, curve = _Data(mean, error, nodes_bn, owner), curve_for(bins, log_square)

        def at(shift: FloatArray, log_square: FloatArray = log_square) -> FloatArray:
            out = log_square.copy()
            out[free] += shift
            return out

        found = least_squares(
            lambda shift, at=at, data=data, curve=curve: data.solve(curve, at(shift), mean)[0],
            np.zeros(free.size), x_scale=0.1, xtol=1e-10, ftol=1e-12, gtol=1e-10,
        )  # fmt: skip
        if not found.success:
            raise ConvergenceError(f"the collapse did not converge: {found.message}", found)
        log_square = at(found.x)
        residual, coefficients = data.solve(curve, log_square, mean)
        residual = residual[: mean.size]
        fit = JointFit(bins, free, data, curve, log_square, coefficients, residual, found.jac)
        fitted = mean + residual * error
        if not (fitted > 0).all():
            raise InsufficientDataError("the common curve is not positive everywhere: make more instances.", fit)
        if turn == 0:
            error = error * fitted / mean
    return fit


def repeated_fits(fit: JointFit, generator: np.random.Generator, resamples: int) -> tuple[FloatArray, FloatArray]:
    """Scales (R, M) and <x²> (R, M) of resampled ensembles; weights and Jacobian are those of the fit.

    Raises
    ------
    ConvergenceError
        A fit that takes too many steps; ``partial`` is the original one.
    """
    mean_rb, square_rm = _resampled(fit.bins, generator, resamples)
    inverse = np.linalg.pinv(fit.jacobian)
    small = _SMALL * np.sqrt(np.sum(inverse**2, axis=1))
    shift_rf = -(inverse @ fit.data.solve(fit.curve, fit.log_square, mean_rb.T)[0]).T  # the first step of all of them
    for mean, shift in zip(mean_rb, shift_rf, strict=True):
        for _ in range(_STEPS):
            step = inverse @ fit.data.solve(fit.curve, fit.moved(shift), mean)[0]
            shift -= step
            if (np.abs(step) <= small).all():
                break
        else:
            raise ConvergenceError(
                f"a resampled collapse did not converge in {_STEPS} steps: the curves fix their scales badly; make "
                "more instances.",
                fit,
            )
    return np.stack([fit.moved(shift) for shift in shift_rf]), square_rm


def _resampled(
    bins: tuple[StiffnessBins, ...], generator: np.random.Generator, resamples: int
) -> tuple[FloatArray, FloatArray]:
    """Means in all bins (R, B) and <x²> of all curves (R, M), instances drawn again."""
    means, squares = [], []
    for one in bins:
        drawn = resample_glasses(np.hstack([one.counts_gb, one.sums_gb]), rng=generator, resamples=resamples)
        counts, sums = np.split(drawn, 2, axis=1)
        if not (counts > 0).all():
            raise InsufficientDataError(
                f"{one.name}: a bin of stiffness is empty in a resampled ensemble: make more instances."
            )
        means.append(sums / counts)
        squares.append(sums.sum(axis=1) / counts.sum(axis=1))
    return np.hstack(means), np.stack(squares, axis=1)
