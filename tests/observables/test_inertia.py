import numpy as np
import pytest
import scipy.sparse as sp
from spring_networks import EPS, spring_network

from glasskit.errors import NumericalError
from glasskit.observables import dissection, inertia


@pytest.mark.parametrize("kind", [inertia.DenseFactor, inertia.SparseFactor])
def test_factors_count_and_solve(kind):
    rng = np.random.default_rng(3)
    for n in (1, 2, 3, 10, 60):
        matrix = rng.standard_normal((n, n))
        matrix += matrix.T
        eigenvalues = np.linalg.eigvalsh(matrix)
        block = rng.standard_normal((n, 4))
        for shift in np.r_[eigenvalues[0] - 1, (eigenvalues[1:] + eigenvalues[:-1]) / 2, eigenvalues[-1] + 1]:
            factor = kind(sp.csr_matrix(matrix), shift)
            assert factor.number_below == np.count_nonzero(eigenvalues < shift)
            error = (matrix - shift * np.eye(n)) @ factor.solve(block) - block
            # backward error, times the size of the solution (the sparse factor has no pivoting: it may be large)
            scale = np.linalg.norm(factor.solve(block)) * (factor.backward_error + n * EPS * np.abs(matrix).sum())
            assert np.linalg.norm(error) <= 10 * scale


def test_the_backward_error_bounds_the_true_one():
    hessian = spring_network(60, 3)
    factor = inertia.DenseFactor(hessian, 1.0)
    product = factor._apply(np.asfortranarray(np.eye(180)))
    error = np.linalg.norm(product - hessian.toarray() + np.eye(180))
    # three times an estimate, which carries the rounding errors of the probes' own products too
    assert error <= factor.backward_error <= 10 * error


@pytest.fixture
def single_pivots(monkeypatch):
    """Blocks of one row: no interchanges."""
    monkeypatch.setattr(dissection, "LEAF", 1)
    monkeypatch.setattr(inertia, "dense_is_cheaper", lambda matrix: False)


def test_unstable_sparse_factors_are_noticed_and_replaced(single_pivots):
    # a tiny first pivot: without pivoting all digits of the rest are lost
    matrix = sp.csr_matrix(np.array([[1e-18, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, -2.0]]))
    assert inertia.SparseFactor(matrix, 0.0).backward_error > 0.1
    factor = inertia.factorise(matrix, 0.0, step=0.0, tolerance=1e-12)
    assert isinstance(factor, inertia.DenseFactor)
    assert factor.number_below == np.count_nonzero(np.linalg.eigvalsh(matrix.toarray()) < factor.shift)


def test_solves_with_an_inaccurate_sparse_factor_are_refined(single_pivots):
    # a small first pivot costs nine digits of the factors, and one step of refinement wins them back
    matrix = sp.csr_matrix(np.array([[1e-9, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, -2.0]]))
    factor = inertia.SparseFactor(matrix, 0.0)
    assert 1e-9 < factor.backward_error < 1e-5
    block = np.array([[1.0], [2.0], [3.0]])
    assert np.max(np.abs(matrix @ factor.solve(block) - block)) < 100 * EPS


@pytest.mark.parametrize("dense_allowed", [True, False])
def test_a_zero_pivot_falls_back(monkeypatch, single_pivots, dense_allowed):
    monkeypatch.setattr(inertia, "LARGEST_DENSE", 100 if dense_allowed else 0)
    swap = sp.csr_matrix(np.array([[0.0, 1.0], [1.0, 0.0]]))
    with pytest.raises(inertia.SingularBlockError):
        inertia.SparseFactor(swap, 0.0)
    # a step of zero cannot help: only the dense factor can
    if dense_allowed:
        factor = inertia.factorise(swap, 0.0, step=0.0, tolerance=1e-12)
        assert isinstance(factor, inertia.DenseFactor)
        assert factor.number_below == 1
    else:
        with pytest.raises(NumericalError, match="no factorisation"):
            inertia.factorise(swap, 0.0, step=0.0, tolerance=1e-12)
    nudged = inertia.factorise(swap, 0.0, step=0.1, tolerance=1e-12)
    assert isinstance(nudged, inertia.SparseFactor)
    assert nudged.shift == 0.1


def test_a_shift_on_an_eigenvalue_is_moved_by_both_factors(monkeypatch):
    matrix = sp.csr_matrix(np.diag([1.0, 2.0, 3.0]))
    for dense in (True, False):
        monkeypatch.setattr(inertia, "dense_is_cheaper", lambda matrix, dense=dense: dense)
        factor = inertia.factorise(matrix, 2.0, step=0.25, tolerance=1e-12)
        assert factor.shift == 2.25
        assert factor.number_below == 2
