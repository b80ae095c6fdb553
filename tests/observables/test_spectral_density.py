import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from spring_networks import crystal, spring_network

from glasskit.errors import InputError
from glasskit.observables.polynomials import Chebyshev
from glasskit.observables.spectral_density import bin_integrals, spectral_density


def exact_bins(omega, result):
    """The same bins from the dense spectrum: its exact moments, the same kernel."""
    theta = 2 * np.arcsin(omega / result.largest_omega)
    moments = np.mean(np.cos(np.outer(np.arange(result.moments), theta)), axis=1)[:, None]
    edges = 2 * np.arcsin(np.minimum(result.omega_edges / result.largest_omega, 1))
    return bin_integrals(moments, edges)[:, 0] / np.diff(result.omega_edges)


def dense_omega(hessian, dimension=3):
    return np.sqrt(np.linalg.eigvalsh(hessian.toarray())[dimension:])


@pytest.mark.parametrize("vectors", [8, 24])
def test_estimates_agree_with_the_dense_spectrum_within_their_errors(vectors):
    hessian = spring_network(300, 3)
    omega = dense_omega(hessian)
    edges = np.linspace(0, 1.1 * omega[-1], 12)
    found = spectral_density(hessian, edges, rng=np.random.default_rng(5), vectors=vectors)
    t = (found.density - exact_bins(omega, found)) / found.error
    # Student's t in 11 bins: false alarm 1e-5 in any of them
    assert np.max(np.abs(t)) < scipy.stats.t.isf(1e-5 / 22, vectors - 1)
    # and the errors are not too large: the mean of 11 values t² (correlated, heavy tails) is of order 1
    assert np.mean(t**2) > 0.1
    assert found.number_of_modes == 897
    assert found.vectors == vectors
    assert found.largest_omega >= omega[-1]


def test_errors_shrink_like_the_square_root_of_vectors_and_modes():
    # Var(zᵀPz) for unit vectors in n dimensions, p = tr P / n of a projector: 2 p (1 − p) / (n + 2)
    hessian = spring_network(300, 3)
    omega = dense_omega(hessian)
    median = np.median(omega)
    found = spectral_density(
        hessian, np.array([0, median, 1.2 * omega[-1]]), rng=np.random.default_rng(0), vectors=64, resolution=0.1
    )
    expected = np.sqrt(2 * 0.25 / 899 / 64)
    # relative error of a standard deviation from 64 values: 9 %, four of them; the smooth edge takes a little
    assert found.error[0] * median == pytest.approx(expected, rel=0.4)


def test_the_density_is_normalised_to_one():
    hessian = spring_network(100, 2)
    edges = np.linspace(0, 40, 30)
    found = spectral_density(hessian, edges, rng=np.random.default_rng(0), dimension=2)
    assert found.largest_omega < 40
    assert np.sum(found.density * np.diff(edges)) == pytest.approx(1, abs=1e-12)


def test_moments_from_all_unit_vectors_are_the_exact_ones():
    hessian, exact = crystal(4, 3)
    upper = 1.1 * exact[-1]
    moments = Chebyshev(hessian, 0.0, upper).moments(np.eye(len(exact)), 40).sum(axis=1)
    theta = 2 * np.arcsin(np.sqrt(np.maximum(exact, 0) / upper))
    # a zero mode known to 1e-14 has theta known to 1e-8
    np.testing.assert_allclose(moments, np.cos(np.outer(np.arange(40), theta)).sum(axis=1), atol=1e-9)


def test_bins_are_integrals_of_positive_peaks_of_the_stated_width():
    # one mode at omega0: Jackson's kernel is positive, has norm one and standard deviation π / moments in theta
    number, top, omega0 = 400, 20.0, 5.0
    theta0 = 2 * np.arcsin(omega0 / top)
    moments = np.cos(np.arange(number) * theta0)[:, None]
    edges = np.linspace(0, top, 4001)
    weights = bin_integrals(moments, 2 * np.arcsin(edges / top))[:, 0]
    middle = (edges[1:] + edges[:-1]) / 2
    assert weights.min() > -1e-12
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights @ middle == pytest.approx(omega0, abs=1e-2)
    deviation = np.sqrt(weights @ (middle - omega0) ** 2)
    # the frequency grows with the angle as top cos(theta / 2) / 2; 2 % for the curvature
    assert deviation == pytest.approx(np.pi / number * top / 2 * np.cos(theta0 / 2), rel=0.02)

    def series(theta):
        m, q = np.arange(number), np.pi / (number + 1)
        g = ((number - m + 1) * np.cos(q * m) + np.sin(q * m) / np.tan(q)) / (number + 1)
        return (moments[0, 0] + 2 * np.sum((g * moments[:, 0] * np.cos(m * theta))[1:])) / np.pi

    lower, upper = 2 * np.arcsin(4.98 / top), 2 * np.arcsin(5.03 / top)
    expected = scipy.integrate.quad(series, lower, upper, epsabs=1e-12)[0]
    found = bin_integrals(moments, np.array([lower, upper]))[0, 0]
    assert found == pytest.approx(expected, abs=1e-11)


def test_resolution_sets_the_number_of_moments():
    hessian = spring_network(60, 3)
    edges = np.array([0.0, 2.0, 3.0, 6.0])
    rng = np.random.default_rng
    default, fine = (spectral_density(hessian, edges, rng=rng(0), resolution=r) for r in (None, 0.1))
    assert default.resolution <= 0.5 < 0.51
    assert fine.resolution <= 0.1
    assert fine.moments == pytest.approx(5 * default.moments, abs=5)


def test_rattlers_and_streams():
    hessian = spring_network(60, 3)
    padded = hessian.copy()
    padded.resize(189, 189)
    edges = np.linspace(0, 30, 10)
    one, two, other = (
        spectral_density(h, edges, rng=np.random.default_rng(seed))
        for h, seed in ((hessian, 1), (padded, 1), (hessian, 2))
    )
    np.testing.assert_allclose(one.density, two.density, atol=1e-12)
    assert one.number_of_modes == two.number_of_modes == 177
    assert not np.array_equal(one.density, other.density)


@pytest.mark.parametrize(
    ("edges", "options", "message"),
    [
        ([1.0], {}, "omega_edges"),
        ([0.0, np.nan], {}, "omega_edges"),
        ([-1.0, 1.0], {}, "omega_edges"),
        ([0.0, 2.0, 2.0], {}, "increase"),
        ([0.0, 1.0], {"vectors": 1}, "vectors"),
        ([0.0, 1.0], {"vectors": 2.0}, "vectors"),
        ([0.0, 1.0], {"resolution": 0.0}, "resolution"),
        ([0.0, 1.0], {"resolution": 1e-5}, "moments"),
        ([0.0, 1.0], {"dimension": 2}, "translation"),
    ],
)
def test_bad_arguments_are_refused(edges, options, message):
    with pytest.raises(InputError, match=message):
        spectral_density(spring_network(30, 3), np.array(edges), rng=np.random.default_rng(0), **options)
