"""What is predicted for the distribution of local stresses: asymptotic slopes and the zero-parameter P(sigma)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import trapezoid

from ...errors import InputError
from ..exponents.fit import require_taper
from ..per_glass import FloatArray


def predicted_slope(taper: float) -> float:
    """Slope d ln P/d ln sigma for sigma → 0: 1/m − 1.

    Near its cutoff the potential is ~(r_c−r)^(m+1), so sigma ~ (r_c−r)^m and P ~ sigma^(1/m−1). For m = ∞ it is −1,
    reached only logarithmically: P ~ 1/(sigma ln²sigma), see ``slope_at``. Simulations see sigma far from 0, where
    the slope differs (for m = 2, −0.76 at sigma = 1 and −0.53 at 0.01 in units of (a/r_c)^n): compare with
    ``single_size_prediction``. The slope for abs(e_a e_b)·sigma, a component, is the same for m >= 2; the factor
    smears it.

    Parameters
    ----------
    taper : int or math.inf
        Order m >= 1 of the taper.

    Raises
    ------
    InputError
        Not an integer >= 1 and not infinity.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (11) and (103).
    """
    return 1.0 / require_taper(taper) - 1.0


def slope_at(sigma: ArrayLike, taper: float) -> FloatArray:
    """Leading-order local slope at sigma: 1/m − 1 for finite m; −1 − 2/ln sigma for m = ∞.

    The second is the slope of 1/(sigma ln²sigma), which holds for sigma much below its scale; sigma must be in units
    of that scale, (a/r_c)^n for the tapered inverse power law, and below 1.

    Raises
    ------
    InputError
        A taper that is not an integer >= 1 or infinity; for m = ∞ a sigma not between 0 and 1.
    """
    m = require_taper(taper)
    array = np.asarray(sigma, dtype=np.float64)
    if m < math.inf:
        return np.full(array.shape, 1 / m - 1)
    if not ((array > 0) & (array < 1)).all():
        raise InputError("sigma is not between 0 and 1; the logarithmic slope holds far below its scale only.")
    return -1 - 2 / np.log(array)


def single_size_prediction(
    r: ArrayLike,
    sigma: ArrayLike,
    g: ArrayLike,
    *,
    dimension: int,
    sigma_slope: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Zero-parameter P(sigma) of pairs of one size: P(sigma) = r^(d−1) g(r) / |d sigma/dr| / ∫ r^(d−1) g(r) dr.

    Pairs at distance r carry sigma(r) = |r phi'(r)|, so the distribution of distances alone fixes that of stresses.
    Normalised to 1 over the given range of r; sum over pair sizes with the fraction of pairs of each as weights.

    Parameters
    ----------
    r : (K,) array
        Distances, ascending, where sigma is monotonic: cut at the potential's minimum and add the two branches.
    sigma : (K,) array
        |r phi'(r)|, positive and strictly monotonic.
    g : (K,) array
        Radial distribution function, measured.
    dimension : int
    sigma_slope : (K,) array, optional
        d sigma/dr = ±(phi' + r phi''). Default: second-order differences of sigma on the grid, which must then be
        fine near the cutoff.

    Returns
    -------
    sigma, density : (K,) arrays
        Sorted by sigma.

    Raises
    ------
    InputError
        Arrays of different shapes, not as above, or fewer than three points.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (90)-(94), with 2πρ r g(r) for d = 2.
    """
    r, sigma, g = (np.asarray(array, dtype=np.float64) for array in (r, sigma, g))
    if r.ndim != 1 or r.size < 3 or not r.shape == sigma.shape == g.shape:
        raise InputError(
            f"r, sigma, g have shapes {r.shape}, {sigma.shape}, {g.shape}; expected three equal (K >= 3,)."
        )
    change = np.diff(sigma)
    if r[0] <= 0 or (np.diff(r) <= 0).any() or sigma.min() <= 0 or not ((change > 0).all() or (change < 0).all()):
        raise InputError("r is not ascending and positive, or sigma not positive and strictly monotonic in r.")
    if dimension < 1 or g.min() < 0:
        raise InputError(f"dimension is {dimension} or g is negative somewhere; expected d >= 1 and g >= 0.")
    slope = np.gradient(sigma, r, edge_order=2) if sigma_slope is None else np.asarray(sigma_slope, dtype=np.float64)
    if slope.shape != r.shape or not (np.abs(slope) > 0).all():
        raise InputError("sigma_slope vanishes somewhere or has another shape than r.")
    shell = r ** (dimension - 1) * g
    density = shell / np.abs(slope) / trapezoid(shell, r)
    order = np.argsort(sigma)
    return sigma[order], density[order]


def local_slope(sigma: ArrayLike, density: ArrayLike) -> FloatArray:
    """Slope d ln P/d ln sigma of a smooth P(sigma) on a grid, by second-order differences, shape as ``sigma``.

    Raises
    ------
    InputError
        Fewer than three points, sigma not ascending and positive, or a density that is not positive.
    """
    sigma, density = np.asarray(sigma, dtype=np.float64), np.asarray(density, dtype=np.float64)
    if sigma.ndim != 1 or sigma.size < 3 or sigma.shape != density.shape:
        raise InputError(f"sigma and density have shapes {sigma.shape}, {density.shape}; expected equal (K >= 3,).")
    if sigma[0] <= 0 or (np.diff(sigma) <= 0).any() or density.min() <= 0:
        raise InputError("sigma is not ascending and positive, or the density is not positive.")
    return np.gradient(np.log(density), np.log(sigma), edge_order=2)
