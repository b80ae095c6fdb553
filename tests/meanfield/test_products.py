"""Products many rows at a time against the dense matrix, for every remainder of the division by their number."""

import numpy as np
import pytest

from glasskit.meanfield.couplings import random_couplings
from glasskit.meanfield.products import multiply, multiply_two


@pytest.mark.parametrize("size", [*range(1, 26), 500])
def test_the_product_is_that_of_the_dense_matrix(size):
    rng = np.random.default_rng(size)
    couplings, x = random_couplings(size, 1.0, rng), rng.standard_normal(size)
    product = np.full(size, np.nan)  # it is set, not added to
    multiply(couplings.packed, x, product)
    # sums of terms of size 1/√N: rounding some eps
    np.testing.assert_allclose(product, couplings.dense() @ x, atol=1e-14)


@pytest.mark.parametrize("size", [*range(1, 14), 500])
def test_two_products_at_once_are_those_of_the_dense_matrix(size):
    rng = np.random.default_rng(size)
    couplings, two = random_couplings(size, 1.0, rng), rng.standard_normal((2, size))
    products = np.full((2, size), np.nan)
    multiply_two(couplings.packed, two[0], two[1], products[0], products[1])
    np.testing.assert_allclose(products, two @ couplings.dense(), atol=1e-14)


def test_the_same_numbers_give_the_same_bits():
    couplings, x = random_couplings(403, 1.0, np.random.default_rng(1)), np.random.default_rng(2).standard_normal(403)
    first, second = np.empty((2, 403))
    multiply(couplings.packed, x, first)
    multiply(couplings.packed.copy(), x[::-1][::-1].copy(), second)
    assert first.tobytes() == second.tobytes()
