import numpy as np
import pytest
import scipy.sparse as sp
from numpy.polynomial import chebyshev
from spring_networks import EPS, crystal, norm_of, spring_network, with_spectrum

from glasskit.errors import NumericalError
from glasskit.observables.polynomials import Chebyshev, largest_eigenvalue_bound


def eigen(matrix, lower, upper):
    values, vectors = np.linalg.eigh(matrix.toarray())
    return (upper + lower - 2 * values) / (upper - lower), vectors


@pytest.mark.parametrize("degree", [0, 1, 2, 7, 60])
@pytest.mark.parametrize("columns", [1, 8, 11])
def test_polynomials_are_those_of_the_eigenvalues(degree, columns):
    hessian = spring_network(60, 3)
    upper = norm_of(hessian)
    lower = 0.05 * upper
    x, vectors = eigen(hessian, lower, upper)
    block = np.random.default_rng(0).standard_normal((180, columns))
    expected = vectors @ (chebyshev.chebval(x, np.eye(degree + 1)[degree])[:, None] * (vectors.T @ block))
    operator = Chebyshev(hessian, 0.5 * lower, upper)
    operator.set_interval(lower, upper)
    found = operator.apply(block, degree)
    # rounding grows like degree², and with the polynomial's own size
    scale = max(1, np.abs(expected).max())
    assert np.max(np.abs(found - expected)) <= 100 * EPS * (degree + 1) ** 2 * scale


@pytest.mark.parametrize("number", [1, 2, 3, 50, 51])
def test_moments_are_those_of_the_eigenvalues(number):
    hessian = spring_network(60, 3)
    upper = norm_of(hessian)
    x, vectors = eigen(hessian, 0.0, upper)
    block = np.random.default_rng(0).standard_normal((180, 9))
    weight = (vectors.T @ block) ** 2
    expected = np.cos(np.outer(np.arange(number), np.arccos(np.clip(x, -1, 1)))) @ weight
    found = Chebyshev(hessian, 0.0, upper).moments(block, number)
    assert found.shape == (number, 9)
    np.testing.assert_allclose(found, expected, rtol=0, atol=100 * EPS * number**2 * weight.sum(axis=0).max())


def test_eigenvalues_outside_the_interval_are_noticed():
    hessian = spring_network(60, 3)
    block = np.random.default_rng(0).standard_normal((180, 4))
    with pytest.raises(NumericalError, match="outside the interval"):
        Chebyshev(hessian, 0.0, 0.7 * np.linalg.norm(hessian.toarray(), 2)).moments(block, 100)
    negative = sp.csr_matrix(with_spectrum(np.r_[-1.0, np.linspace(0.1, 10, 99)]))
    with pytest.raises(NumericalError, match="negative"):
        Chebyshev(negative, 0.0, 10.1).moments(np.ones((100, 1)), 100)


def test_the_bound_is_above_the_largest_eigenvalue_and_not_far():
    for seed in range(5):
        for hessian in (spring_network(100, 3, seed=seed), crystal(5, 3)[0], sp.eye(10, format="csr")):
            largest = np.linalg.eigvalsh(hessian.toarray())[-1]
            bound = largest_eigenvalue_bound(hessian, np.random.default_rng(seed))
            assert largest <= bound * (1 + 10 * EPS)
            assert bound <= 1.06 * largest
