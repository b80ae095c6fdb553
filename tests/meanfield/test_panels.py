"""The factor by panels: counts and solves against dense diagonalisation; the estimate that places the level."""

import numpy as np
import pytest

from glasskit.meanfield import panels
from glasskit.meanfield.couplings import random_couplings
from glasskit.meanfield.levels import VECTORS, estimate_levels
from glasskit.meanfield.panels import PanelFactor
from glasskit.meanfield.spectrum import DenseHessian
from glasskit.observables.multifrontal import SingularBlockError


def hessian(size=300, strength=0.2, seed=1):
    rng = np.random.default_rng(seed)
    couplings = random_couplings(size, strength, rng)
    return DenseHessian(couplings, rng.uniform(0.0, 1.0, size), 1.0 + 3 * strength)


@pytest.mark.parametrize("width", [17, 64, 512])
@pytest.mark.parametrize("strength", [0.02, 1.0])
def test_counts_and_solves_are_those_of_the_dense_matrix(monkeypatch, width, strength):
    monkeypatch.setattr(panels, "WIDTH", width)
    matrix = hessian(strength=strength)
    dense = matrix.array()
    values = np.linalg.eigvalsh(dense)
    block = np.random.default_rng(2).standard_normal((300, 5))
    ends = values[0] - 0.1, values[-1] + 0.1
    for number, shift in (
        (0, ends[0]),
        *((k, 0.5 * (values[k - 1] + values[k])) for k in (1, 30, 150)),
        (300, ends[1]),
    ):
        factor = PanelFactor(matrix, shift)
        assert factor.number_below == number
        nearest = float(np.min(np.abs(values - shift)))
        # 300 rounding errors of size eps, or their square root; all matrices here have entries and norms of size 1
        assert 0.0 < factor.backward_error < 300 * 2.3e-16 * 100
        error = dense @ factor.solve(block) - shift * factor.solve(block) - block
        assert np.max(np.abs(error)) < 1e-12 / nearest
        assert not np.array_equal(factor.solve(block), block)


def test_the_backward_error_is_that_of_the_product_of_the_factors(monkeypatch):
    monkeypatch.setattr(panels, "WIDTH", 64)
    matrix = hessian()
    factor = PanelFactor(matrix, 0.1)
    product = factor._multiply(np.eye(300))
    np.testing.assert_allclose(product, matrix.array(shift=0.1), atol=1e-13)


def test_an_eigenvalue_is_no_shift(monkeypatch):
    monkeypatch.setattr(panels, "WIDTH", 8)
    free = DenseHessian(random_couplings(20, 0.0, np.random.default_rng(0)), np.arange(20.0), 19.0)
    with pytest.raises(SingularBlockError):
        PanelFactor(free, 5.0)
    assert PanelFactor(free, 5.5).number_below == 6


def test_the_expected_number_of_levels_holds_within_its_error():
    matrix = hessian(2000, strength=0.2, seed=3)
    values = np.linalg.eigvalsh(matrix.array())
    levels = estimate_levels(matrix.couplings, matrix.diagonal)
    assert values[0] <= levels.lowest < values[0] + 0.05
    for number in (50, 100, 200):
        # 4.5 standard errors of the random vectors, and 5 % for the resolution of 100 steps
        off = np.searchsorted(values, levels.of_number(number)) - number
        assert abs(off) < 4.5 * np.sqrt(2 * number / VECTORS) + 0.05 * number


def test_spaces_that_close_are_not_left():
    flat = np.repeat([1.0, 2.0, 4.0], 20)  # three levels, of which each vector's space has one direction
    levels = estimate_levels(random_couplings(60, 0.0, np.random.default_rng(0)), flat)
    np.testing.assert_allclose(levels.levels, [1, 1, 2, 2, 4, 4], rtol=1e-12)
    assert 30 < levels.numbers[0] + levels.numbers[-1] < 90  # half of the first and of the last weight are missing
