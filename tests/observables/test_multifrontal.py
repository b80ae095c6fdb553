import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from spring_networks import EPS, crystal, norm_of, spring_network

from glasskit.observables import dissection, multifrontal


@pytest.fixture(params=[1, 8, 60])
def leaf(request, monkeypatch):
    monkeypatch.setattr(dissection, "LEAF", request.param)
    return request.param


def dense_factor(factors, n):
    return factors.multiply(np.eye(n))


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_blocks_eliminate_every_row_once_and_reach_all_fill(leaf, dimension):
    hessian = spring_network(90, dimension, bonds_per_particle=2 * dimension)
    order, blocks = (found := dissection.dissect(hessian)).order, found.blocks
    n = 90 * dimension
    assert np.array_equal(np.sort(order), np.arange(n))
    assert [block.first for block in blocks] == [0, *[block.end for block in blocks[:-1]]]
    # symbolic elimination row by row: an independent count of what the boundary has to hold
    pattern = (hessian.toarray() != 0)[np.ix_(order, order)]
    for block in blocks:
        for row in range(block.first, block.end):
            later = row + 1 + np.flatnonzero(pattern[row + 1 :, row])
            pattern[np.ix_(later, later)] = True
        reached = np.flatnonzero(pattern[:, block.first : block.end].any(axis=1))
        assert np.isin(reached[reached >= block.end], block.boundary).all()


def test_cuts_are_small():
    # a periodic crystal of 12³: two planes cut it, 2/12 of its sites (next-nearest neighbours reach one plane far)
    hessian, _ = crystal(12, 3)
    last = dissection.dissect(hessian).blocks[-1]
    # the surface between mixtures of the degenerate waves along the axes is larger, up to 1.4 times in lattice steps
    assert last.end - last.first <= 3 * 1.4 * 2 * 12**2


def test_covers_are_the_smallest_ones():
    # against all subsets, small bipartite graphs
    rng = np.random.default_rng(0)
    for _ in range(30):
        edges = rng.random((4, 5)) < 0.35
        if not edges.any():
            continue
        left, right = np.nonzero(edges)
        found = dissection._cover(left, 4 + right, 9)
        assert np.all(found[left] | found[4 + right])
        subsets = (np.arange(2**9)[:, None] >> np.arange(9)) & 1 == 1
        covers = np.all(subsets[:, left] | subsets[:, 4 + right], axis=1)
        assert np.count_nonzero(found) == subsets[covers].sum(axis=1).min()


@pytest.mark.parametrize("shift", [-1.0, 3.0, 20.0, 60.0])
def test_factors_multiply_back_and_count(leaf, shift):
    # shifts deep in the spectrum: negative pivots in blocks of all generations
    hessian = spring_network(100, 3)
    exact = hessian.toarray() - shift * np.eye(300)
    factors = multifrontal.Multifrontal(hessian, shift, dissection.dissect(hessian))
    eigenvalues = np.linalg.eigvalsh(hessian.toarray())
    assert np.min(np.abs(eigenvalues - shift)) > 1e-3
    assert factors.number_negative == np.count_nonzero(eigenvalues < shift)
    block = np.random.default_rng(0).standard_normal((300, 5))
    # growth of single pivots: 1e6 at most here
    loose = 1e6 if leaf == 1 else 1e3
    assert np.max(np.abs(factors.multiply(np.eye(300)) - exact)) < loose * 300 * EPS * norm_of(hessian)
    expected = scipy.linalg.solve(exact, block, assume_a="sym")
    condition = np.linalg.cond(exact)
    assert np.max(np.abs(factors.solve(block) - expected)) < loose * condition * EPS * np.max(np.abs(expected))


def test_signs_of_inner_blocks_are_carried_on():
    # a block that is not the last one has negative pivots, and its neighbours' rows their signs
    hessian = spring_network(300, 2, bonds_per_particle=6)
    factors = multifrontal.Multifrontal(hessian, 30.0, dissection.dissect(hessian))
    kinds = [type(column.corner) for column in factors._columns if len(column.boundary)]
    assert multifrontal.PivotedCorner in kinds
    assert sum(len(column.corner.negative) for column in factors._columns if len(column.boundary)) > 10
    block = np.random.default_rng(0).standard_normal((600, 3))
    product = hessian @ factors.solve(block) - 30.0 * factors.solve(block)
    assert np.max(np.abs(product - block)) < 1e-8


def test_cholesky_where_positive():
    hessian = spring_network(300, 2, bonds_per_particle=6)
    factors = multifrontal.Multifrontal(hessian, -1.0, dissection.dissect(hessian))
    kinds = {type(column.corner) for column in factors._columns if len(column.boundary)}
    assert kinds == {multifrontal.CholeskyCorner}
    assert factors.number_negative == 0


@pytest.mark.parametrize("n", [1, 2, 3, 10, 77])
def test_pivoted_corners_are_exact_inverses_of_themselves(n):
    rng = np.random.default_rng(n)
    dense = rng.standard_normal((n, n))
    dense += dense.T
    np.fill_diagonal(dense, 0.01 * dense.diagonal())  # pivots of size two
    corner = multifrontal.PivotedCorner(np.array(dense, order="F"))
    signs = np.ones(n)
    signs[corner.negative] = -1
    g = corner.multiply(np.eye(n)).T
    np.testing.assert_allclose((g * signs) @ g.T, dense, rtol=0, atol=100 * n * EPS * np.abs(dense).sum())
    np.testing.assert_allclose(corner.multiply_transposed(np.eye(n)).T, g.T, rtol=0, atol=10 * EPS * np.abs(g).max())
    for inverse, matrix in ((corner.solve, g), (corner.solve_transposed, g.T)):
        found = inverse(np.asfortranarray(np.eye(n))).T
        tolerance = 100 * n * EPS * np.linalg.cond(g)
        np.testing.assert_allclose(matrix @ found, np.eye(n), rtol=0, atol=tolerance)


def test_disconnected_parts_and_empty_couplings(leaf):
    hessian = sp.block_diag([spring_network(40, 3), spring_network(75, 3, seed=2), sp.eye(3)]).tocsr()
    factors = multifrontal.Multifrontal(hessian, 5.0, dissection.dissect(hessian))
    assert factors.number_negative == np.count_nonzero(np.linalg.eigvalsh(hessian.toarray()) < 5.0)


@pytest.mark.parametrize(("width", "n"), [(1, 7), (2, 10), (3, 12), (4, 12)])
def test_groups_of_rows_are_found(width, n):
    pattern = sp.random(n // width, n // width, 0.5, random_state=1) + sp.eye(n // width)
    matrix = sp.csr_matrix(sp.kron(pattern + pattern.T, np.ones((width, width))))
    assert dissection._group_width(matrix) in (width, 4 if width == 2 and n % 4 == 0 else width)
    other = matrix.tolil()
    if width > 1:
        other[0, 0] = 0
        other = other.tocsr()
        other.eliminate_zeros()
        assert dissection._group_width(other) == 1
