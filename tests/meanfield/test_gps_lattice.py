"""The GPS lattice: couplings against sums over images, derivatives, exact limits, minima, refusals."""

import math

import numpy as np
import pytest

from glasskit.errors import InputError
from glasskit.meanfield import gps_lattice, memory
from glasskit.meanfield.gps_lattice import GPSLattice, lattice_couplings, lattice_distances
from glasskit.meanfield.khgps import KHGPS
from glasskit.reference import meanfield as reference


def sample(length=5, seed=1, start_width=1.0, **parameters):
    model = GPSLattice(length, **({"coupling": 1.0} | parameters))
    return model.sample(np.random.default_rng(seed), start_width=start_width)


def disorder(instance):
    dense = instance.landscape.couplings.dense()
    return {"stiffnesses": instance.stiffnesses, "couplings": dense, "field": instance.model.field}


def numbers_of(n, seed):
    """The same g as `lattice_couplings` draws, as a full matrix."""
    g = np.zeros((n, n))
    below = np.tril_indices(n, -1)
    g[below] = np.random.default_rng(seed).random(n * (n - 1) // 2, dtype=np.float32) - np.float32(0.5)
    return g + g.T


@pytest.mark.parametrize(("length", "dimension"), [(2, 3), (4, 3), (5, 3), (2, 2), (6, 2), (7, 2)])
def test_couplings_are_those_of_a_search_over_images(length, dimension):
    n = length**dimension
    found = lattice_couplings(length, dimension, 0.7, np.random.default_rng(3)).dense()
    expected = reference.gps_couplings(length, dimension, coupling=0.7, g=numbers_of(n, 3))
    assert np.array_equal(found, found.T)
    assert not found.diagonal().any()
    np.testing.assert_allclose(found, expected, rtol=1.2e-7)  # the weight and the product, rounded to float32: 2^-23
    sites = GPSLattice(length, coupling=1.0, dimension=dimension).sites
    distances = lattice_distances(length, dimension)
    for i in (0, n // 2, n - 1):
        for j in range(n):
            difference = tuple((sites[i] - sites[j]) % length)
            slow = reference.lattice_distance(sites[i], sites[j], length=length)
            assert distances[difference] == pytest.approx(slow, rel=1e-15)
    assert distances.max() == pytest.approx(math.sqrt(dimension) * (length // 2))


def test_at_half_an_even_edge_a_pair_is_coupled_once():
    found = lattice_couplings(2, 3, 1.0, np.random.default_rng(0)).dense()
    ratio = found / np.where(found == 0, 1, numbers_of(8, 0))
    assert sorted(ratio[0]) == pytest.approx([0.0] + [3**-1.5] + [2**-1.5] * 3 + [1.0] * 3, rel=1e-6)


def test_the_random_factors_are_uniform():
    length, n = 8, 512
    g = lattice_couplings(length, 3, 1.0, np.random.default_rng(4)).dense()
    sites = GPSLattice(length, coupling=1.0).sites
    differences = np.moveaxis((sites[:, None] - sites[None]) % length, -1, 0)
    distances = lattice_distances(length, 3)[tuple(differences)]
    g = (g * distances**3)[np.tril_indices(n, -1)]
    assert np.abs(g).max() <= 0.5 * (1 + 1e-6)
    # 130,816 numbers: moments within 4.5 standard errors, false alarms below 1e-5 each
    assert abs(g.mean()) < 4.5 * math.sqrt(1 / 12 / g.size)
    assert abs((g**2).mean() - 1 / 12) < 4.5 * math.sqrt((1 / 80 - 1 / 144) / g.size)
    assert abs((g**4).mean() - 1 / 80) < 4.5 * math.sqrt((1 / 2304 - 1 / 6400) / g.size)
    # neighbours in the order of drawing, and next ones, are independent
    for lag in (1, 2):
        assert abs(np.mean(g[lag:] * g[:-lag])) < 4.5 / 12 / math.sqrt(g.size)


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 0.5, 2.0])
def test_stiffnesses_follow_their_power(exponent):
    instance = sample(10, seed=5, coupling=0.0, stiffness_exponent=exponent, stiffness_range=(0.25, 2.25))
    share = ((instance.stiffnesses - 0.25) / 2) ** (exponent + 1)  # uniform on [0, 1]
    assert share.min() >= 0
    assert share.max() <= 1
    # Kolmogorov's statistic of 1000 numbers exceeds 2.4/√1000 with a probability of 2 exp(−2·2.4²) = 2e-5
    steps = np.arange(1000) / 1000
    assert max(np.max(np.sort(share) - steps), np.max(steps + 1e-3 - np.sort(share))) < 2.4 / math.sqrt(1000)


@pytest.mark.parametrize("parameters", [{"length": 3}, {"length": 5, "dimension": 2, "field": 0.1}])
def test_energy_gradient_and_hessian_are_those_of_the_slow_twin(parameters):
    instance = sample(**parameters)
    n = instance.model.n
    x = np.random.default_rng(2).standard_normal(n)
    here = instance.landscape.at(x)
    assert here.energy == pytest.approx(reference.khgps_energy(x, **disorder(instance)), rel=1e-13)
    np.testing.assert_allclose(here.gradient, reference.khgps_gradient(x, **disorder(instance)), atol=1e-14)
    h = 1e-4  # central differences of a quartic: error h²/6 |x| = 5e-9, rounding 1e-16·|H|/h = 1e-11
    for i in (0, 11, n - 1):
        e = np.eye(n)[i] * h
        slope = (instance.landscape.at(x + e).energy - instance.landscape.at(x - e).energy) / (2 * h)
        assert slope == pytest.approx(here.gradient[i], abs=2e-8)
    # of the gradient, cubic: error h²/6 = 2e-11, rounding 1e-16/1e-5
    expected = reference.khgps_hessian_by_differences(instance.coordinates, **disorder(instance))
    np.testing.assert_allclose(instance.hessian(), expected, atol=2e-10)
    np.testing.assert_allclose(instance.eigenvalues(), np.linalg.eigvalsh(expected), atol=1e-9)


@pytest.mark.parametrize("parameters", [{"coupling": 0.3}, {}, {"coupling": 10.0}, {"length": 8, "dimension": 2}])
def test_the_minimum_is_that_of_slow_steepest_descent(parameters):
    instance = sample(**({"length": 4} | parameters))
    n = instance.model.n
    assert instance.relative_gradient <= 1e-12
    assert np.all(np.diff(instance.energies) <= 1e-14 * abs(instance.energy))
    rng = np.random.default_rng(1)
    rng.random(n)
    rng.random(n * (n - 1) // 2, dtype=np.float32)
    # the largest curvature here is some 4 J: Euler steps far below its inverse follow the flow
    slow = reference.khgps_descent(
        rng.standard_normal(n), time_step=0.02 / max(instance.model.coupling, 1), gradient=1e-7, **disorder(instance)
    )
    softest = instance.eigenvalues()[0]
    assert softest > 1e-3
    np.testing.assert_allclose(instance.coordinates, slow, atol=1e-7 * math.sqrt(n) / softest)


def test_without_couplings_each_oscillator_is_at_its_own_root():
    instance = sample(6, coupling=0.0, field=0.01, start_width=0.0)
    for kappa, x in zip(instance.stiffnesses[:20], instance.coordinates[:20], strict=True):
        roots = np.roots([1 / 6, 0, kappa, -0.01])
        assert x == pytest.approx(roots[abs(roots.imag) < 1e-9].real[0], rel=1e-8)  # np.roots holds to √eps
    rest = sample(6, coupling=0.0)  # without a field as well they are at rest, and exactly so
    assert not rest.coordinates.any()
    assert rest.energy == rest.relative_gradient == 0.0
    np.testing.assert_allclose(rest.eigenvalues(), np.sort(rest.stiffnesses), rtol=1e-13)


@pytest.mark.parametrize("length", [5, 6])  # by LAPACK and by Lanczos
def test_where_the_origin_is_stable_it_is_the_minimum(length):
    stable = sample(length, coupling=0.1, stiffness_range=(0.3, 1.0))
    assert not stable.coordinates.any()
    assert stable.eigenvalues()[0] > 0
    assert sample(length, coupling=1.0, stiffness_range=(0.3, 1.0)).mean_square > 0.1


def test_strong_couplings_displace_as_the_square_root_of_their_strength():
    strong, stronger = (sample(6, coupling=j, seed=9) for j in (100.0, 400.0))
    # kappa is nothing beside J: the same landscape, x² in units of J, from starts that are small in them
    assert stronger.mean_square / strong.mean_square == pytest.approx(4.0, rel=0.15)


@pytest.mark.parametrize(("length", "dimension"), [(5, 3), (6, 3), (20, 2)])  # by LAPACK and by Lanczos
def test_the_norm_of_the_couplings_is_bounded_closely(length, dimension):
    instance = sample(length, dimension=dimension)
    exact = np.abs(np.linalg.eigvalsh(instance.landscape.couplings.dense())).max()
    assert exact <= instance.landscape.coupling_norm * (1 + 1e-12)
    assert instance.landscape.coupling_norm <= gps_lattice.NORM_MARGIN * exact * (1 + 1e-12)


def test_the_mean_field_coupling_is_that_of_the_same_mean_square_force():
    model = GPSLattice(8, coupling=0.5)
    dense = lattice_couplings(8, 3, 0.5, np.random.default_rng(6)).dense()
    # Σ_j J_ij² over 512 rows: nearest neighbours dominate, 130,816 pairs, relative error of the mean below 2 %
    assert model.mean_field_coupling**2 == pytest.approx(np.mean(np.sum(dense**2, axis=1)), rel=0.08)
    assert GPSLattice(13, coupling=1.0).mean_field_coupling == pytest.approx(math.sqrt(8.4 / 12), rel=1e-3)


def test_the_lowest_modes_are_those_of_the_whole_matrix():
    instance = sample(6)
    low = instance.lowest_modes(8)
    values, vectors = np.linalg.eigh(instance.hessian())
    np.testing.assert_allclose(low.eigenvalues, values[:8], rtol=1e-11)
    np.testing.assert_allclose(low.participation, 1 / (216 * np.sum(vectors[:, :8] ** 4, axis=0)), rtol=1e-6)
    averages = instance.partial_averages([0.5, 1.0])
    assert averages.mean_square[-1] == pytest.approx(instance.mean_square, rel=1e-13)
    assert averages.counts[0] == np.sum(instance.stiffnesses <= 0.5)


def test_the_same_seed_gives_the_same_bits():
    first, second = sample(6, seed=8), sample(6, seed=8)
    assert first.coordinates.tobytes() == second.coordinates.tobytes()
    doubled = lattice_couplings(6, 3, 2.0, np.random.default_rng(8)).packed
    assert np.array_equal(doubled, 2 * lattice_couplings(6, 3, 1.0, np.random.default_rng(8)).packed)
    assert not first.coordinates.flags.writeable
    assert not first.stiffnesses.flags.writeable


@pytest.mark.parametrize(
    ("length", "parameters", "words"),
    [
        (1, {}, "length is 1, expected a whole number >= 2"), (2.5, {}, r"length is 2\.5"),
        (True, {}, "length is True"),
        (5, {"coupling": -0.1}, r"coupling is -0\.1, expected a number >= 0"),
        (5, {"dimension": 4}, "dimension is 4, expected 2"), (5, {"dimension": True}, "dimension is True"),
        (5, {"field": math.nan}, "field is nan, expected a finite number"),
        (5, {"stiffness_exponent": -1.0}, r"stiffness_exponent is -1\.0, expected a number > -1"),
        (5, {"stiffness_range": (1.0, 0.5)}, "stiffness_range is"),
    ],
)  # fmt: skip
def test_bad_models_are_refused(length, parameters, words):
    with pytest.raises(InputError, match=words):
        GPSLattice(length, **({"coupling": 0.1} | parameters))


def test_bad_wishes_are_refused():
    with pytest.raises(InputError, match="start from a random state, start_width > 0"):
        sample(start_width=0.0)
    with pytest.raises(InputError, match=r"start_width is -1\.0"):
        sample(start_width=-1.0)
    with pytest.raises(InputError, match=r"numpy\.random\.Generator"):
        GPSLattice(5, coupling=1.0).sample(7)


def test_what_does_not_fit_into_memory_is_refused_before_it_is_taken(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1e9)
    with pytest.raises(InputError, match=r"n = 64000 oscillators takes 8\.24 GB of memory and 1\.00 GB"):
        GPSLattice(40, coupling=1.0).sample(np.random.default_rng(0))


def test_the_lattice_and_the_mean_field_model_offer_the_same():
    lattice, mean_field = sample(3), KHGPS(27, coupling=1.0, field=0.1).sample(np.random.default_rng(0))
    public = {name for name in dir(mean_field) if not name.startswith("_")}
    assert public == {name for name in dir(lattice) if not name.startswith("_")}
    assert lattice.model.stiffness_range == mean_field.model.stiffness_range
    assert lattice.model.n == mean_field.model.n
