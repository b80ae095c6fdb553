import numpy as np
import pytest
import scipy.sparse as sp
from spring_networks import EPS, check_modes, crystal, norm_of, rounding, spring_network, with_spectrum

from glasskit.errors import IncompleteSpectrumError, InputError
from glasskit.observables import completeness, inertia, krylov
from glasskit.observables.modes import LowestModes, lowest_modes, participation_ratio, spectrum

ROUTES = ["lapack", "dense factor", "sparse factor"]


@pytest.fixture(params=ROUTES)
def route(request, monkeypatch):
    """Every solver is made to work on small matrices."""
    if request.param == "lapack":
        monkeypatch.setattr(completeness, "_SMALL", 10**9)
    else:
        monkeypatch.setattr(completeness, "_SMALL", 0)
        monkeypatch.setattr(completeness, "_LARGE_PART", 0)
        monkeypatch.setattr(inertia, "dense_is_cheaper", lambda matrix: request.param == "dense factor")
    return request.param


# ---- lowest modes equal dense ones


@pytest.mark.parametrize(("number", "dimension"), [(150, 2), (120, 3), (80, 4)])
def test_count_and_below_agree_with_dense(route, number, dimension):
    bonds = 12 if dimension < 4 else 20
    hessian = spring_network(number, dimension, bonds_per_particle=bonds)
    dense = np.linalg.eigvalsh(hessian.toarray())[dimension:]
    assert dense[0] > 1e-3  # rigid
    for count in (1, 7, 20):
        found = lowest_modes(hessian, count, dimension=dimension)
        assert found.modes.shape == (count, number, dimension)
        check_modes(hessian, found, dense, dimension)
        assert np.count_nonzero(np.sqrt(dense) < found.complete_below) == count
        omega = np.sqrt((dense[count - 1] + dense[count]) / 2)
        below = lowest_modes(hessian, below=omega, dimension=dimension)
        assert len(below.eigenvalues) == count
        assert below.complete_below == omega
        check_modes(hessian, below, dense, dimension)


def test_vectors_agree_with_dense_up_to_sign(route):
    hessian = spring_network(120, 3)
    values, vectors = np.linalg.eigh(hessian.toarray())
    found = lowest_modes(hessian, 10)
    gap = np.min(np.diff(values[2:15]))
    # Davis–Kahan: sine of the angle <= residuals / gap, here 128 eps ‖M‖ for each of the two solvers
    sine = 2 * 128 * EPS * norm_of(hessian) / gap
    assert sine < 1e-6
    overlap = np.abs(np.sum(found.modes.reshape(10, -1).T * vectors[:, 3:13], axis=0))
    assert np.all(1 - overlap <= sine**2 + 10 * EPS)
    largest = found.modes.reshape(10, -1)
    assert np.all(largest.max(axis=1) == np.abs(largest).max(axis=1))


def test_every_route_gives_the_same_bits_twice(route):
    hessian = spring_network(60, 3)
    one, two = lowest_modes(hessian, 5), lowest_modes(hessian, 5)
    assert np.array_equal(one.eigenvalues, two.eigenvalues)
    assert np.array_equal(one.modes, two.modes)
    assert one.complete_below == two.complete_below


def test_default_route_of_a_larger_sparse_matrix_is_the_sparse_factor(monkeypatch):
    hessian = spring_network(700, 2, bonds_per_particle=6)
    monkeypatch.setattr(completeness, "solve_dense", None)
    monkeypatch.setattr(inertia, "DenseFactor", pytest.fail)
    found = lowest_modes(hessian, 12, dimension=2)
    check_modes(hessian, found, np.linalg.eigvalsh(hessian.toarray())[2:], 2)


def test_dense_and_sparse_formats_are_accepted():
    hessian = spring_network(30, 3)
    expected = lowest_modes(hessian, 4).eigenvalues
    for same in (hessian.toarray(), hessian.tocoo(), sp.csr_array(hessian), hessian.tocsc()):
        np.testing.assert_allclose(lowest_modes(same, 4).eigenvalues, expected, rtol=0, atol=rounding(hessian))


def test_sparse_arrays_work_on_the_sparse_route(route):
    hessian = sp.csr_array(spring_network(60, 3))
    check_modes(hessian, lowest_modes(hessian, 4), np.linalg.eigvalsh(hessian.toarray())[3:], 3)


# ---- bands and clusters


@pytest.mark.parametrize(("side", "dimension", "band"), [(5, 3, 12), (8, 2, 8), (3, 4, 24)])
def test_phonon_bands_of_a_crystal_are_whole(route, side, dimension, band):
    hessian, exact = crystal(side, dimension)
    exact = exact[dimension:]
    # the lowest phonons are transverse, ±k along each axis: 2 d (d − 1) of them; in 2D four along the diagonals join
    assert exact[band - 1] - exact[0] < rounding(hessian) < exact[band] - exact[0]
    omega = np.sqrt((exact[band - 1] + exact[band]) / 2)
    found = lowest_modes(hessian, below=omega, dimension=dimension)
    assert len(found.eigenvalues) == band
    check_modes(hessian, found, exact, dimension)
    # a count that ends inside the band: nothing is proved beyond the band's own frequency
    part = lowest_modes(hessian, band - 3, dimension=dimension)
    check_modes(hessian, part, exact, dimension)
    assert part.complete_below == pytest.approx(np.sqrt(exact[0]), abs=rounding(hessian))
    assert lowest_modes(hessian, band, dimension=dimension).complete_below > np.sqrt(exact[band - 1])


def test_a_band_wider_than_a_block_is_whole(route):
    # one block meets 16 vectors of an exactly degenerate band; the count asks for the rest
    eigenvalues = np.r_[np.zeros(3), np.full(50, 1.0), np.linspace(2, 300, 547)]
    hessian = sp.csr_matrix(with_spectrum(eigenvalues, dimension=3))
    found = lowest_modes(hessian, below=1.2)
    assert len(found.eigenvalues) == 50
    check_modes(hessian, found, eigenvalues[3:], 3)


def test_a_window_may_end_inside_a_tight_cluster(route):
    # twelve modes 1e-7 apart, window's edge between the sixth and the seventh; rounding is 1e-11
    cluster = 1 + 1e-7 * np.arange(12)
    eigenvalues = np.r_[np.zeros(3), 0.1, 0.5, cluster, np.linspace(1.5, 100, 283)]
    hessian = sp.csr_matrix(with_spectrum(eigenvalues, dimension=3))
    edge = np.sqrt((cluster[5] + cluster[6]) / 2)
    found = lowest_modes(hessian, below=edge)
    assert len(found.eigenvalues) == 2 + 6
    assert found.complete_below == edge
    check_modes(hessian, found, eigenvalues[3:], 3)
    count = lowest_modes(hessian, 2 + 6)
    assert np.sqrt(cluster[5]) <= count.complete_below <= np.sqrt(cluster[6])


@pytest.mark.parametrize("distance", [0.0, 1e-12, -1e-10, 1e-8, -1e-6])
def test_the_shift_moves_off_an_eigenvalue(route, distance):
    # an eigenvalue at, or next to, the first shift that is tried: edge + step with step = 1e-3 edge + 8 resolution
    eigenvalues = np.r_[np.zeros(3), np.linspace(0.2, 0.9, 8), 1.0, np.linspace(1.5, 100, 288)]
    resolution = inertia.eigenvalue_resolution(300, norm_of(with_spectrum(eigenvalues, dimension=3)))
    eigenvalues[11] = 1.001 + 8 * resolution + distance
    hessian = sp.csr_matrix(with_spectrum(eigenvalues, dimension=3))
    found = lowest_modes(hessian, below=1.0)
    assert len(found.eigenvalues) == 8
    check_modes(hessian, found, eigenvalues[3:], 3)
    window = completeness.modes_below(
        completeness.Problem(hessian, np.empty((300, 0)), norm_of(hessian), resolution), eigenvalues[11], step=1e-3
    )
    assert window.complete
    assert len(window.eigenvalues) == 12
    assert window.edge > eigenvalues[11]


# ---- the ends of the spectrum


def test_windows_above_and_below_everything(route):
    hessian = spring_network(40, 3)
    dense = np.linalg.eigvalsh(hessian.toarray())[3:]
    for below in (1e6, np.inf):
        everything = lowest_modes(hessian, below=below)
        assert len(everything.eigenvalues) == 117
        assert everything.complete_below == below
        check_modes(hessian, everything, dense, 3)
    # the second one lies below the resolution of zero
    for below in (0.9 * np.sqrt(dense[0]), 1e-9):
        nothing = lowest_modes(hessian, below=below)
        assert nothing.modes.shape == (0, 40, 3)
        assert nothing.complete_below == below
    everything = lowest_modes(hessian, 117)
    assert everything.complete_below == np.inf
    check_modes(hessian, everything, dense, 3)
    assert lowest_modes(hessian, 116).complete_below < np.sqrt(dense[-1])


def test_spectrum_is_the_exact_one_of_a_crystal():
    hessian, exact = crystal(4, 3)
    for same in (hessian, hessian.toarray()):
        np.testing.assert_allclose(spectrum(same), exact, rtol=0, atol=rounding(hessian))


# ---- without translations


def test_dimension_zero_has_no_translations(route):
    eigenvalues = np.linspace(0.3, 20, 200)
    hessian = with_spectrum(eigenvalues)
    found = lowest_modes(hessian, 6, dimension=0)
    assert found.modes.shape == (6, 200, 1)
    check_modes(hessian, found, eigenvalues, 0)
    found = lowest_modes(sp.csr_matrix(hessian), below=1.0, dimension=0)
    check_modes(hessian, found, eigenvalues, 0)
    assert len(found.eigenvalues) == np.count_nonzero(eigenvalues < 1)


@pytest.mark.parametrize("zero", ["mode", "row"])
def test_dimension_zero_refuses_a_zero_mode(route, zero):
    if zero == "mode":
        hessian = with_spectrum(np.r_[0.0, np.linspace(0.3, 20, 99)])
    else:
        hessian = np.diag(np.r_[np.linspace(0.3, 20, 99), 0.0])
    with pytest.raises(IncompleteSpectrumError, match=r"1 zero modes .* expected 0") as caught:
        lowest_modes(hessian, 3, dimension=0)
    assert abs(caught.value.partial.eigenvalues[0]) < 1e-10


# ---- rattlers


@pytest.mark.parametrize("dimension", [2, 3])
def test_rattlers_are_zero_in_every_mode_and_change_nothing(route, dimension):
    caged = spring_network(60, dimension)
    rattlers = np.array([0, 17, 62])
    keep = np.setdiff1d(np.arange(63), rattlers)
    hessian = np.zeros((63, dimension, 63, dimension))
    hessian[keep[:, None], :, keep] = caged.toarray().reshape(60, dimension, 60, dimension).transpose(0, 2, 1, 3)
    hessian = sp.csr_matrix(hessian.reshape(63 * dimension, 63 * dimension))
    found, without = lowest_modes(hessian, 8, dimension=dimension), lowest_modes(caged, 8, dimension=dimension)
    # the resolution, hence the place of the count, may differ in the last bits; the modes do not
    np.testing.assert_allclose(found.eigenvalues, without.eigenvalues, rtol=0, atol=rounding(caged))
    assert found.modes.shape == (8, 63, dimension)
    assert np.all(found.modes[:, rattlers] == 0)
    np.testing.assert_allclose(found.modes[:, keep], without.modes, rtol=0, atol=1e-9)
    check_modes(hessian, found, np.linalg.eigvalsh(hessian.toarray())[4 * dimension :], dimension)


def test_nothing_but_rattlers_is_refused():
    with pytest.raises(IncompleteSpectrumError, match="every particle is a rattler"):
        lowest_modes(sp.csr_matrix((30, 30)), 1)


# ---- what must be refused, with what was found


def drop_one(solver):
    def lossy(*args, **kwargs):
        values, vectors = solver(*args, **kwargs)
        return np.delete(values, 2), np.delete(vectors, 2, axis=1)

    return lossy


@pytest.mark.parametrize("window", [{"count": 5}, {"below": 7.0}])
def test_a_missed_mode_is_caught_by_the_count(route, window, monkeypatch):
    hessian = spring_network(120, 3)
    assert len(lowest_modes(hessian, **window).eigenvalues) >= 5
    monkeypatch.setattr(completeness, "converge_below", drop_one(completeness.converge_below))
    monkeypatch.setattr(completeness, "solve_dense", drop_one(completeness.solve_dense))
    with pytest.raises(IncompleteSpectrumError, match=r"modes found where the inertia counts") as caught:
        lowest_modes(hessian, **window)
    partial = caught.value.partial
    assert isinstance(partial, LowestModes)
    assert partial.complete_below == 0
    assert partial.modes.shape == (len(partial.eigenvalues), 120, 3)


@pytest.mark.parametrize("route", ROUTES[1:], indirect=True)
def test_a_search_that_gives_up_is_caught(route, monkeypatch):
    monkeypatch.setattr(krylov, "_VECTORS_PER_MODE", 1)
    monkeypatch.setattr(krylov, "_SPARE_BLOCKS", 4)
    hessian = spring_network(120, 3)
    dense = np.linalg.eigvalsh(hessian.toarray())
    with pytest.raises(IncompleteSpectrumError, match="modes found where the inertia counts 20") as caught:
        lowest_modes(hessian, below=np.sqrt((dense[22] + dense[23]) / 2))
    # what is handed back is converged
    for value in caught.value.partial.eigenvalues:
        assert np.min(np.abs(dense - value)) <= rounding(hessian)


@pytest.mark.parametrize("window", [{"count": 5}, {"below": 2.0}])
def test_a_negative_eigenvalue_is_refused(route, window):
    eigenvalues = np.r_[np.zeros(3), -1e-6, np.linspace(0.1, 60, 176)]
    hessian = sp.csr_matrix(with_spectrum(eigenvalues, dimension=3))
    with pytest.raises(IncompleteSpectrumError, match=r"1 negative eigenvalues, the lowest -1\.000e-06") as caught:
        lowest_modes(hessian, **window)
    check_modes(hessian, caught.value.partial, np.sort(eigenvalues[3:]), 3)


def test_many_negative_eigenvalues_are_refused(route):
    hessian = with_spectrum(np.r_[np.zeros(3), np.linspace(-50, 60, 177)], dimension=3)
    with pytest.raises(IncompleteSpectrumError, match=r"negative eigenvalues, the lowest -5\.000e\+01"):
        lowest_modes(hessian, 4)


@pytest.mark.parametrize("window", [{"count": 5}, {"below": 7.0}])
def test_two_disconnected_clusters_are_refused(route, window):
    hessian = sp.block_diag([spring_network(50, 3), spring_network(40, 3, seed=2)]).tocsr()
    with pytest.raises(IncompleteSpectrumError, match=r"6 zero modes .* expected 3") as caught:
        lowest_modes(hessian, **window)
    partial = caught.value.partial.eigenvalues
    assert np.all(np.abs(partial[:3]) <= rounding(hessian))
    assert partial[3] > 1e-3


def test_a_floppy_particle_is_not_a_rattler(route):
    network = spring_network(50, 3).toarray().reshape(50, 3, 50, 3)
    hessian = np.zeros((51, 3, 51, 3))
    hessian[:50, :, :50] = network
    for axis in range(3):  # tied to particle 0 by springs too weak to be told from zero
        hessian[50, axis, 50, axis] += 1e-13
        hessian[0, axis, 0, axis] += 1e-13
        hessian[50, axis, 0, axis] -= 1e-13
        hessian[0, axis, 50, axis] -= 1e-13
    with pytest.raises(IncompleteSpectrumError, match=r"6 zero modes .* expected 3"):
        lowest_modes(hessian.reshape(153, 153), 5)
    # a soft particle is not floppy: three modes of its own, eigenvalue 1e-6 (1 + 1/50)
    hessian[50, :, 50] *= 1e7
    hessian[50, :, 0] *= 1e7
    hessian[0, :, 50] *= 1e7
    hessian[0, :, 0] = network[0, :, 0] + 1e-6 * np.eye(3)
    found = lowest_modes(hessian.reshape(153, 153), 5)
    # first-order perturbation theory; the second order is 1e-6 of it
    np.testing.assert_allclose(found.eigenvalues[:3], 1e-6 * (1 + 1 / 50), rtol=1e-4)


@pytest.mark.parametrize("axes", [1, 3])
def test_a_pinned_particle_is_refused(route, axes):
    hessian = spring_network(50, 3).tolil()
    for axis in range(axes):
        hessian[axis, axis] += 5.0
    with pytest.raises(IncompleteSpectrumError, match=f"{3 - axes} zero modes .* expected 3") as caught:
        lowest_modes(hessian.tocsr(), 5)
    dense = np.linalg.eigvalsh(hessian.toarray())
    check_modes(hessian, caught.value.partial, dense, 0)


SQUARE = np.diag(np.arange(1.0, 10.0))


@pytest.mark.parametrize(
    ("hessian", "arguments", "message"),
    [
        (np.ones((6, 9)), {"count": 1}, "square"),
        (np.ones(9), {"count": 1}, "square"),
        (np.empty((0, 0)), {"count": 1}, "square"),
        (np.where(SQUARE == 5, np.nan, SQUARE), {"count": 1}, "finite"),
        (sp.csr_matrix(np.where(SQUARE == 5, np.inf, SQUARE)), {"count": 1}, "finite"),
        (SQUARE.astype(complex), {"count": 1}, "real"),
        (SQUARE + 1e-9 * np.eye(9, k=1), {"count": 1}, "not symmetric"),
        (sp.csr_matrix(SQUARE + 1e-9 * np.eye(9, k=1)), {"count": 1}, "not symmetric"),
        (SQUARE, {"count": 1, "dimension": 2}, "multiple of 2"),
        (SQUARE, {"count": 1, "dimension": -1}, "dimension"),
        (SQUARE, {"count": 1, "dimension": 3.0}, "dimension"),
        (SQUARE, {}, "neither count nor below is given; expected one of them"),
        (
            SQUARE,
            {"count": 1, "below": 1.0},
            r"count = 1 and below = 1\.0 are both given; .*leave out below for .*or count for",
        ),
        (SQUARE, {"count": 0}, "count"),
        (SQUARE, {"count": 2.5}, "count"),
        (SQUARE, {"count": True}, "count"),
        (SQUARE, {"count": 10, "dimension": 0}, "more than the 9"),
        (SQUARE, {"below": 0.0}, "positive"),
        (SQUARE, {"below": -1.0}, "positive"),
        (SQUARE, {"below": np.nan}, "positive"),
        (SQUARE, {"below": "1.2"}, "positive"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(hessian, arguments, message):
    with pytest.raises(InputError, match=message):
        lowest_modes(hessian, **arguments)


def test_spectrum_checks_its_argument():
    with pytest.raises(InputError, match="square"):
        spectrum(np.ones((3, 4)))


def test_asymmetry_of_rounding_size_is_averaged_away():
    hessian = spring_network(30, 3)
    noisy = hessian.toarray() * (1 + EPS * np.random.default_rng(0).standard_normal(hessian.shape))
    found = lowest_modes(noisy, 4)
    np.testing.assert_allclose(found.eigenvalues, lowest_modes(hessian, 4).eigenvalues, rtol=0, atol=rounding(hessian))
    # neither triangle is preferred
    assert np.array_equal(lowest_modes(noisy.T.copy(), 4).eigenvalues, found.eigenvalues)


def test_the_argument_is_not_changed(route):
    for hessian in (spring_network(40, 3), spring_network(40, 3).toarray()):
        before = hessian.copy()
        lowest_modes(hessian, 3)
        spectrum(hessian)
        assert abs(hessian - before).max() == 0


def test_duplicate_entries_are_summed_in_a_copy():
    plain = spring_network(30, 3).tocoo()
    halves = sp.csr_matrix(plain.shape)
    row, column = np.r_[plain.row, plain.row], np.r_[plain.col, plain.col]
    order = np.argsort(row, kind="stable")
    halves.indptr = np.r_[0, np.cumsum(np.bincount(row, minlength=90))].astype(np.int32)
    halves.indices = column[order].astype(np.int32)
    halves.data = np.r_[plain.data, plain.data][order] / 2
    assert halves.nnz == 2 * plain.nnz
    found = lowest_modes(halves, 4)
    assert halves.nnz == 2 * plain.nnz
    np.testing.assert_allclose(
        found.eigenvalues, lowest_modes(plain, 4).eigenvalues, rtol=0, atol=rounding(plain.tocsr())
    )


# ---- participation


def test_participation_is_exact_for_a_translation_and_a_single_particle():
    translation = np.tile([0.0, 2.0, 0.0], (50, 1))
    single = np.zeros((50, 3))
    single[7] = 0.6, -0.8, 0.0
    half = np.where(np.arange(50)[:, None] % 2, [1.0, 1.0, 0.0], 0.0)
    assert participation_ratio(translation) == 1
    assert participation_ratio(single) == pytest.approx(1 / 50, rel=4 * EPS)
    assert participation_ratio(half) == pytest.approx(0.5, rel=4 * EPS)
    assert isinstance(participation_ratio(single), float)
    stack = participation_ratio(np.stack([translation, single, half]))
    np.testing.assert_allclose(stack, [1, 1 / 50, 0.5], rtol=4 * EPS)


def test_participation_follows_its_formula_at_any_scale():
    mode = np.random.default_rng(0).standard_normal((40, 2))
    square = (mode**2).sum(axis=1)
    expected = square.sum() ** 2 / (40 * (square**2).sum())
    for scale in (1, -3, 1e-120, 1e150):
        assert participation_ratio(scale * mode) == pytest.approx(expected, rel=100 * EPS)


def test_participation_of_no_modes_is_no_numbers():
    assert participation_ratio(np.empty((0, 10, 3))).shape == (0,)


@pytest.mark.parametrize(
    "mode", [np.zeros((5, 3)), np.ones(5), np.full((5, 3), np.nan), np.ones((0, 3)), np.ones((1, 1, 5, 3))]
)
def test_participation_refuses(mode):
    with pytest.raises(InputError, match="mode"):
        participation_ratio(mode)
