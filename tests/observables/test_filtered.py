import numpy as np
import pytest
import scipy.sparse as sp
import scipy.stats
from spring_networks import EPS, check_modes, crystal, norm_of, rounding, spring_network, with_spectrum

from glasskit.errors import IncompleteSpectrumError, InputError
from glasskit.observables import filtered
from glasskit.observables.filtered import EstimatedModes, estimated_lowest_modes


def rng():
    return np.random.default_rng(3)


def edge_above(dense, count):
    return np.sqrt((dense[count - 1] + dense[count]) / 2)


@pytest.mark.parametrize(("number", "dimension", "count"), [(150, 2, 10), (120, 3, 7), (150, 4, 5)])
def test_modes_agree_with_dense_and_the_check_sees_nothing(number, dimension, count):
    hessian = spring_network(number, dimension, bonds_per_particle=6 * dimension)
    dense = np.linalg.eigvalsh(hessian.toarray())[dimension:]
    found = estimated_lowest_modes(hessian, below=edge_above(dense, count), rng=rng(), dimension=dimension)
    assert len(found.eigenvalues) == count
    check_modes(hessian, found, dense, dimension)
    # 0.01 in the mean by design, the largest from modes just beyond the margin; chi² of 32 values
    assert 0 <= found.missing < 0.1
    assert found.missing_error < 0.05
    assert found.below == edge_above(dense, count)


def test_no_modes_below_the_edge():
    hessian = spring_network(120, 3)
    dense = np.linalg.eigvalsh(hessian.toarray())[3:]
    found = estimated_lowest_modes(hessian, below=0.7 * np.sqrt(dense[0]), rng=rng())
    assert found.modes.shape == (0, 120, 3)
    assert found.missing < 0.1


def test_bands_are_whole():
    hessian, exact = crystal(6, 3)
    omega = np.sqrt((exact[14] + exact[15]) / 2)
    found = estimated_lowest_modes(hessian, below=omega, rng=rng())
    assert len(found.eigenvalues) == 12
    check_modes(hessian, found, exact[3:], 3)


def drop(indices):
    search = filtered._search

    def lossy(*args):
        values, vectors, converged = search(*args)
        return np.delete(values, indices), np.delete(vectors, indices, axis=1), converged

    return lossy


@pytest.mark.parametrize("missed", [[0], [4], [9], [2, 3, 7]])
def test_a_missed_mode_is_noticed(monkeypatch, missed):
    hessian = spring_network(150, 2)
    dense = np.linalg.eigvalsh(hessian.toarray())[2:]
    monkeypatch.setattr(filtered, "_search", drop(missed))
    with pytest.raises(IncompleteSpectrumError, match="not found") as caught:
        estimated_lowest_modes(hessian, below=edge_above(dense, 10), rng=rng(), dimension=2)
    partial = caught.value.partial
    assert isinstance(partial, EstimatedModes)
    assert len(partial.eigenvalues) == 10 - len(missed)
    # at least the number that is missing, up to the scatter of chi² with 32 degrees of freedom for each
    assert partial.missing > len(missed) * scipy.stats.chi2.ppf(1e-5, 32) / 32


def test_the_chance_to_overlook_a_mode_is_the_stated_one():
    # a mode at the very edge has weight one: the check's samples are squares of standard normal numbers
    eigenvalues = np.r_[np.linspace(0.3, 0.9, 5), 1.0, np.linspace(4, 100, 394)]
    matrix = sp.csr_matrix(with_spectrum(eigenvalues))
    vectors = np.linalg.eigh(matrix.toarray())[1]
    problem = filtered.prepare(matrix, 0).problem
    operator = filtered.Chebyshev(problem.matrix, 1.0, 101.0)
    known = np.delete(vectors[:, :6], 5, axis=1)
    samples = np.concatenate([filtered._check(problem, operator, known, 1.0, 101.0, rng()) for _ in range(10)])
    assert scipy.stats.kstest(samples[:32], scipy.stats.chi2(1).cdf).pvalue > 1e-4
    overlooked = estimated_lowest_modes(matrix, below=0.95, rng=rng(), dimension=0).overlooked
    assert overlooked == pytest.approx(scipy.stats.chi2.cdf(8, 32))
    assert overlooked < 1e-5


def test_a_search_that_gives_up_is_refused(monkeypatch):
    monkeypatch.setattr(filtered, "_VECTORS_PER_MODE", 0)
    monkeypatch.setattr(filtered, "_SPARE_BLOCKS", 3)
    monkeypatch.setattr(filtered, "_SEARCH_GROWTH", 1.0)
    hessian = spring_network(150, 2)
    dense = np.linalg.eigvalsh(hessian.toarray())
    with pytest.raises(IncompleteSpectrumError, match="did not converge") as caught:
        estimated_lowest_modes(hessian, below=edge_above(dense[2:], 20), rng=rng(), dimension=2)
    for value in caught.value.partial.eigenvalues:
        assert np.min(np.abs(dense - value)) <= rounding(hessian)


def test_negative_and_surplus_zero_modes_are_refused():
    eigenvalues = np.r_[np.zeros(3), -1e-3, np.linspace(0.1, 60, 176)]
    with pytest.raises(IncompleteSpectrumError, match=r"1 negative eigenvalues, the lowest -1\.000e-03"):
        estimated_lowest_modes(sp.csr_matrix(with_spectrum(eigenvalues, dimension=3)), below=1.0, rng=rng())
    pair = sp.block_diag([spring_network(50, 3), spring_network(40, 3, seed=2)]).tocsr()
    with pytest.raises(IncompleteSpectrumError, match=r"6 zero modes .* expected 3"):
        estimated_lowest_modes(pair, below=1.5, rng=rng())


def test_rattlers_are_put_back():
    caged = spring_network(60, 3)
    hessian = caged.copy()
    hessian.resize(189, 189)
    dense = np.linalg.eigvalsh(caged.toarray())[3:]
    found = estimated_lowest_modes(hessian, below=edge_above(dense, 4), rng=rng())
    assert found.modes.shape == (4, 63, 3)
    assert np.all(found.modes[:, 60:] == 0)
    np.testing.assert_allclose(found.eigenvalues, dense[:4], rtol=0, atol=rounding(caged))


def test_same_stream_same_result():
    hessian = spring_network(60, 3)
    one, two = (estimated_lowest_modes(hessian, below=2.0, rng=rng()) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert norm_of(hessian) * EPS < 1e-10


@pytest.mark.parametrize("below", [0.0, -1.0, np.inf, np.nan, "1"])
def test_bad_edges_are_refused(below):
    with pytest.raises(InputError, match="positive"):
        estimated_lowest_modes(spring_network(30, 3), below=below, rng=rng())


def test_high_edges_are_refused():
    with pytest.raises(InputError, match="no low frequency"):
        estimated_lowest_modes(spring_network(30, 3), below=10.0, rng=rng())
