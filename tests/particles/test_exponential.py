"""The vectorisable exponential against mpmath."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from glasskit.particles.kernels.exponential import LOWEST, exp_nonpositive
from glasskit.particles.kernels.jit import kernel

EPS = 2.0**-52


@kernel
def exponentials(y_k):
    out_k = np.empty(y_k.size)
    for k in range(y_k.size):
        out_k[k] = exp_nonpositive(y_k[k])
    return out_k


def worst_error(y_k: np.ndarray) -> float:
    """Largest relative error in units of the stated bound (|y| + 4) · 2^-52."""
    worst = 0.0
    with mpmath.workdps(40):
        for y, found in zip(y_k, exponentials(y_k), strict=True):
            exact = mpmath.exp(mpmath.mpf(float(y)))
            worst = max(worst, float(abs(mpmath.mpf(float(found)) - exact) / exact) / ((abs(y) + 4.0) * EPS))
    return worst


def test_the_stated_bound_holds_over_the_whole_range(rng):
    y_k = np.concatenate((rng.uniform(LOWEST, 0.0, 2000), -np.geomspace(1e-320, 708.0, 2000)))
    assert worst_error(y_k) < 1.0


def test_the_stated_bound_holds_where_the_argument_is_split():
    # At odd multiples of ln(2)/2 the nearest integer changes and the remainder is largest; 1021 fit above −708.
    middle_k = -(np.arange(1021) + 0.5) * math.log(2.0)
    y_k = np.concatenate([np.nextafter(middle_k, side) for side in (-np.inf, np.inf)] + [middle_k, 2 * middle_k[:510]])
    assert worst_error(y_k) < 1.0


def test_the_edges():
    assert exponentials(np.array([0.0, -0.0, -5e-324])).tolist() == [1.0, 1.0, 1.0]
    assert worst_error(np.array([LOWEST, np.nextafter(LOWEST, 0.0), -1e-300, -EPS, -EPS / 2])) < 1.0


def test_arguments_below_the_lowest_are_held_there():
    y_k = np.array([LOWEST, np.nextafter(LOWEST, -np.inf), -708.5, -745.0, -1e4, -1e308, -np.inf])
    assert set(exponentials(y_k)) == set(exponentials(np.array([LOWEST])))
    assert np.all(exponentials(y_k) > np.finfo(float).tiny)  # no subnormals, whose arithmetic is slow


def test_it_never_decreases():
    # Steps of 0.0035, which change the exponential by far more than its error of 1e-13.
    y_k = np.linspace(LOWEST, 0.0, 200_001)
    assert np.all(np.diff(exponentials(y_k)) > 0)


@pytest.mark.parametrize("y", [0.0, -1.0, -700.0, -1e4])
def test_the_python_form_agrees(y):
    assert exp_nonpositive(y) == pytest.approx(exponentials(np.array([y]))[0], rel=(708 + 4) * EPS)
