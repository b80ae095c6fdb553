"""KHGPS instances: derivatives, exact limits, the minimum of gradient descent, spectra, refusals."""

import math
import tracemalloc

import numpy as np
import pytest
import scipy.linalg

from glasskit.errors import ConvergenceError, IncompleteSpectrumError, InputError, InsufficientDataError
from glasskit.meanfield import couplings as couplings_module
from glasskit.meanfield import memory, spectrum
from glasskit.meanfield.couplings import Couplings, random_couplings
from glasskit.meanfield.displacements import partial_averages
from glasskit.meanfield.khgps import KHGPS
from glasskit.meanfield.landscape import Landscape
from glasskit.meanfield.levels import Levels
from glasskit.meanfield.newton import newton_step, stays
from glasskit.meanfield.spectrum import DenseHessian, lapack_bytes
from glasskit.reference import meanfield as reference


def sample(n=60, seed=1, **parameters):
    options = {"coupling": 0.3, "field": 0.05} | parameters
    return KHGPS(n, **options).sample(np.random.default_rng(seed))


def disorder(instance):
    dense = instance.landscape.couplings.dense()
    return {"stiffnesses": instance.stiffnesses, "couplings": dense, "field": instance.model.field}


def test_energy_gradient_and_hessian_are_those_of_the_slow_twin():
    instance = sample(30)
    x = np.random.default_rng(2).standard_normal(30)
    here = instance.landscape.at(x)
    assert here.energy == pytest.approx(reference.khgps_energy(x, **disorder(instance)), rel=1e-13)
    np.testing.assert_allclose(here.gradient, reference.khgps_gradient(x, **disorder(instance)), atol=1e-14)
    h = 1e-4  # central differences of a quartic: error h²/6 |x| = 5e-9, rounding 1e-16·|H|/h = 1e-11
    for i in (0, 17, 29):
        e = np.eye(30)[i] * h
        slope = (instance.landscape.at(x + e).energy - instance.landscape.at(x - e).energy) / (2 * h)
        assert slope == pytest.approx(here.gradient[i], abs=2e-8)
    found = instance.hessian()
    # of the gradient, cubic: error h²/6 = 2e-11, rounding 1e-16/1e-5
    expected = reference.khgps_hessian_by_differences(instance.coordinates, **disorder(instance))
    np.testing.assert_allclose(found, expected, atol=2e-10)


def test_couplings_are_symmetric_gaussian_and_a_function_of_the_seed():
    n, strength = 400, 0.7
    matrix = random_couplings(n, strength, np.random.default_rng(4)).dense()
    assert np.array_equal(matrix, matrix.T)
    assert not matrix.diagonal().any()
    z = matrix[np.tril_indices(n, -1)] * math.sqrt(n) / strength
    # 79,800 numbers: moments within 4.5 standard errors, false alarms below 1e-5 each
    assert abs(z.mean()) < 4.5 / math.sqrt(z.size)
    assert abs((z**2).mean() - 1) < 4.5 * math.sqrt(2 / z.size)
    assert abs((z**4).mean() - 3) < 4.5 * math.sqrt(96 / z.size)
    row = random_couplings(n, strength, np.random.default_rng(4)).packed[: 50 * 49 // 2]
    assert np.array_equal(row, matrix[np.tril_indices(50, -1)].astype(np.float32))  # float32 loses nothing


def test_products_do_not_depend_on_how_they_are_made(monkeypatch):
    n = 700
    of = random_couplings(n, 1.0, np.random.default_rng(5))
    block = np.random.default_rng(6).standard_normal((n, 5))
    expected = of.dense() @ block
    # n sums of terms of size 1/√n: rounding some eps
    np.testing.assert_allclose(of @ block, expected, atol=1e-14)
    np.testing.assert_allclose(of @ block[:, 0], expected[:, 0], atol=1e-14)
    monkeypatch.setattr(couplings_module, "TILE", 64)
    np.testing.assert_allclose(of @ block, expected, atol=1e-14)
    assert np.array_equal(of.dense()[:, 7], of @ np.eye(n)[7])


def test_the_same_seed_gives_the_same_bits_whatever_the_size_of_blocks(monkeypatch):
    first = sample(150, seed=8)
    monkeypatch.setattr(couplings_module, "TILE", 32)
    second = sample(150, seed=8)
    assert first.coordinates.tobytes() == second.coordinates.tobytes()
    assert first.landscape.couplings.packed.tobytes() == second.landscape.couplings.packed.tobytes()
    assert first.eigenvalues().tobytes() == second.eigenvalues().tobytes()


@pytest.mark.parametrize("parameters", [{"coupling": 0.05}, {}, {"coupling": 1.0}, {"field": -0.02}])
def test_the_minimum_is_that_of_slow_steepest_descent(parameters):
    for seed in range(2):
        instance = sample(60, seed=seed, **parameters)
        assert instance.relative_gradient <= 1e-12
        assert np.all(np.diff(instance.energies) <= 1e-14 * abs(instance.energy))
        slow = reference.khgps_descent(np.zeros(60), time_step=0.05, gradient=1e-7, **disorder(instance))
        # a gradient of 1e-7 over the softest eigenvalue, above 0.01 here
        assert instance.eigenvalues()[0] > 0.01
        np.testing.assert_allclose(instance.coordinates, slow, atol=1e-5)


@pytest.mark.parametrize("stiffness_range", [(0.0, 1.0), (0.3, 0.3)])
def test_without_couplings_each_oscillator_is_at_its_own_root(stiffness_range):
    h = 0.01
    instance = sample(500, coupling=0.0, field=h, stiffness_range=stiffness_range)
    for kappa, x in zip(instance.stiffnesses[:20], instance.coordinates[:20], strict=True):
        roots = np.roots([1 / 6, 0, kappa, -h])
        assert x == pytest.approx(roots[abs(roots.imag) < 1e-9].real[0], rel=1e-8)  # np.roots holds to √eps
    eigenvalues = instance.eigenvalues()
    np.testing.assert_allclose(eigenvalues, np.sort(instance.stiffnesses + instance.coordinates**2 / 2), rtol=1e-12)
    if stiffness_range[0] == 0.0:
        lowest = (1.5 * h) ** (1 / 3)
        softest = instance.stiffnesses[np.argmin(instance.stiffnesses + instance.coordinates**2 / 2)]
        # the minimum over kappa is flat: oscillators 1/500 apart leave omega² within 1e-4 of it
        assert lowest**2 <= eigenvalues[0] * (1 + 1e-12)
        assert eigenvalues[0] == pytest.approx(lowest**2, rel=2e-3)
        assert softest == pytest.approx(0.5 * lowest**2, abs=2e-2)


def test_strong_couplings_displace_as_the_square_root_of_their_strength():
    strong, stronger = (sample(400, coupling=j, seed=9) for j in (100.0, 400.0))
    # kappa and field are nothing beside J: the same landscape, x² in units of J
    assert stronger.mean_square / strong.mean_square == pytest.approx(4.0, rel=0.15)


def test_without_field_the_origin_is_a_minimum_only_below_the_instability():
    stable = sample(100, coupling=0.1, field=0.0, stiffness_range=(0.5, 1.0))
    assert not stable.coordinates.any()
    assert stable.relative_gradient == 0.0
    with pytest.raises(ConvergenceError, match="start_width > 0") as failure:
        sample(100, coupling=1.0, field=0.0)
    assert not failure.value.partial.coordinates.any()
    model = KHGPS(100, coupling=1.0, field=0.0)
    moved = model.sample(np.random.default_rng(1), start_width=0.1)
    assert moved.mean_square > 0.1
    assert moved.eigenvalues()[0] > 0


def test_the_shortcut_finds_the_modes_of_the_dense_matrix(monkeypatch):
    monkeypatch.setattr(spectrum, "DENSE_SIZE", 100)
    instance = sample(600, coupling=0.1, field=0.01)
    values, vectors = np.linalg.eigh(instance.hessian())
    low = instance.lowest_modes(20)
    np.testing.assert_allclose(low.eigenvalues, values[:20], rtol=1e-9)
    assert low.modes.shape == (20, 600)
    # residual 1e-8 over gaps above 1e-4
    np.testing.assert_allclose(np.abs(np.sum(low.modes * vectors[:, :20].T, axis=1)), 1.0, atol=1e-7)
    np.testing.assert_allclose(low.participation, 1 / (600 * np.sum(vectors[:, :20] ** 4, axis=0)), rtol=1e-4)
    assert values[19] < low.complete_below**2 < values[20]
    window = instance.lowest_modes(below=low.complete_below)
    np.testing.assert_allclose(window.eigenvalues, values[:20], rtol=1e-9)
    assert window.complete_below == low.complete_below
    nothing = instance.lowest_modes(below=0.5 * math.sqrt(values[0]))
    assert nothing.modes.shape == (0, 600)
    monkeypatch.setattr(spectrum, "DENSE_SIZE", 1500)
    dense = instance.lowest_modes(20)
    np.testing.assert_allclose(dense.eigenvalues, values[:20], rtol=1e-12)
    assert instance.lowest_modes(600).complete_below == math.inf
    np.testing.assert_allclose(instance.lowest_modes(below=low.complete_below).eigenvalues, values[:20], rtol=1e-12)


def test_a_missing_mode_is_noticed(monkeypatch):
    instance = sample(300, coupling=0.1, field=0.01)
    monkeypatch.setattr(spectrum, "DENSE_SIZE", 100)
    values = instance.eigenvalues()
    converge = spectrum.converge_around

    def lossy(*arguments):
        values, vectors = converge(*arguments)
        return np.delete(values, 2), np.delete(vectors, 2, axis=1)

    with monkeypatch.context() as patch:
        patch.setattr(spectrum, "converge_around", lossy)
        for wish in ({"count": 10}, {"below": math.sqrt(0.5 * (values[9] + values[10]))}):
            with pytest.raises(IncompleteSpectrumError, match=r"1 of \d+ modes did not converge") as failure:
                instance.lowest_modes(**wish)
            assert len(failure.value.partial.eigenvalues) >= 9
            assert failure.value.partial.complete_below == 0.0
    found = instance.lowest_modes(below=math.sqrt(values[9] + 1e-9))
    assert len(found.eigenvalues) == 10
    factor = spectrum._factor_at

    def rough(*arguments):
        found = factor(*arguments)
        found.backward_error = 2e-9  # so that rounding might have put the mode above the level
        return found

    monkeypatch.setattr(spectrum, "_factor_at", rough)
    with pytest.raises(IncompleteSpectrumError, match="too close"):
        instance.lowest_modes(below=math.sqrt(values[9] + 1e-9))


@pytest.mark.parametrize("guess", [0.03, 8.0])
def test_a_bad_guess_of_the_level_costs_a_factor_and_no_mode(monkeypatch, guess):
    instance = sample(600, coupling=0.1, field=0.01)
    monkeypatch.setattr(spectrum, "DENSE_SIZE", 100)
    levels, tried = spectrum.estimate_levels, []

    def wrong(*arguments):
        found = levels(*arguments)
        return Levels(found.levels, found.numbers / guess, found.lowest)

    monkeypatch.setattr(spectrum, "estimate_levels", wrong)
    factor = spectrum._factor_at
    monkeypatch.setattr(spectrum, "_factor_at", lambda *given: tried.append(given) or factor(*given))
    found = instance.lowest_modes(12)
    assert len(tried) == 2
    np.testing.assert_allclose(found.eigenvalues, instance.eigenvalues()[:12], rtol=1e-9)


@pytest.mark.parametrize("size", [100, 1500])
def test_a_negative_eigenvalue_is_refused(monkeypatch, size):
    monkeypatch.setattr(spectrum, "DENSE_SIZE", size)
    instance = sample(300, coupling=0.5)
    matrix = instance.dense_hessian()
    saddle = DenseHessian(matrix.couplings, matrix.diagonal - 0.5, matrix.largest)
    with pytest.raises(IncompleteSpectrumError, match="saddle") as failure:
        spectrum.lowest_modes(saddle, 5, None)
    assert failure.value.partial.eigenvalues[0] < 0
    with pytest.raises(IncompleteSpectrumError, match="saddle"):
        saddle.all_eigenvalues()


def test_partial_averages_are_means_over_softer_oscillators():
    instance = sample(200)
    limits = [0.1, 0.5, 1.0]
    found = instance.partial_averages(limits)
    for limit, mean, count in zip(limits, found.mean_square, found.counts, strict=True):
        softer = instance.stiffnesses <= limit
        assert count == softer.sum()
        assert mean == pytest.approx(np.mean(instance.coordinates[softer] ** 2), rel=1e-13)
    assert found.mean_square[-1] == pytest.approx(instance.mean_square, rel=1e-13)
    with pytest.raises(InsufficientDataError, match="stiffness of 1e-09"):
        _ = instance.partial_averages([1e-9]).mean_square
    with pytest.raises(InputError, match="arrays"):
        partial_averages([1.0, 2.0], [1.0], [1.0])
    with pytest.raises(InputError, match="finite"):
        partial_averages([1.0, math.nan], [1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("n", "parameters", "words"),
    [
        (1, {}, "n is 1, expected"), (2.5, {}, "n is 2.5"), (True, {}, "n is True"),
        (10, {"coupling": -0.1}, "coupling is -0.1, expected a number >= 0"),
        (10, {"field": math.nan}, "field is nan, expected a finite number"),
        (10, {"stiffness_range": (-0.1, 1.0)}, "stiffness_range is"),
        (10, {"stiffness_range": (1.0, 0.5)}, "stiffness_range is"),
        (10, {"stiffness_range": 1.0}, "stiffness_range is"),
    ],
)  # fmt: skip
def test_bad_models_are_refused(n, parameters, words):
    with pytest.raises(InputError, match=words):
        KHGPS(n, **({"coupling": 0.1, "field": 0.1} | parameters))


def test_bad_wishes_are_refused():
    model = KHGPS(20, coupling=0.1, field=0.1)
    rng = np.random.default_rng(0)
    for options, words in (
        ({"start_width": -1.0}, "start_width is -1.0"), ({"tolerance": 0.0}, "tolerance is 0.0"),
        ({"flow_tolerance": math.inf}, "flow_tolerance is inf"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            model.sample(rng, **options)
    with pytest.raises(InputError, match=r"numpy\.random\.Generator"):
        model.sample(7)
    instance = model.sample(rng)
    for options in ({}, {"count": 3, "below": 0.1}, {"count": 0}, {"count": 21}, {"below": -1.0}):
        with pytest.raises(InputError, match="expected"):
            instance.lowest_modes(**options)


def test_an_unreachable_tolerance_is_an_error_with_the_state():
    with pytest.raises(ConvergenceError, match="relative gradient") as failure:
        KHGPS(50, coupling=0.3, field=0.05).sample(np.random.default_rng(0), tolerance=1e-19)
    assert 0 < failure.value.partial.relative_gradient < 1e-12


def test_what_does_not_fit_into_memory_is_refused_before_it_is_taken(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1e9)
    with pytest.raises(InputError, match=r"n = 100000 oscillators takes 20\.\d+ GB of memory and 1\.00 GB"):
        KHGPS(100_000, coupling=0.1, field=0.1).sample(np.random.default_rng(0))
    instance = sample(100)
    monkeypatch.setattr(memory, "available_bytes", lambda: 1e4)
    with pytest.raises(InputError, match="Hessian of 100 oscillators"):
        instance.hessian()


@pytest.mark.parametrize(("wish", "known"), [(500, 500), (250, 250), (60, 60), (None, None)])
def test_modes_by_lapack_take_the_memory_that_was_required(monkeypatch, wish, known):
    monkeypatch.setattr(couplings_module, "TILE", 64)  # else the piece of couplings is as large as the matrix
    instance = sample(500)
    options = {"count": wish} if wish else {"below": 0.5}
    instance.lowest_modes(**options)  # compiles
    tracemalloc.start()
    low = instance.lowest_modes(**options)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    needed = lapack_bytes(500, known)
    assert 0.8 * needed < peak < needed  # ROOM's share is a fifth for few modes, some of it for buffers seen by none
    assert kept < 1.1 * low.modes.nbytes + 1e5  # no room for modes that were not found


@pytest.mark.parametrize(
    ("count", "below", "words"),
    [
        (5000, None, r"5000 modes of 20000 oscillators takes 4\.02 GB .* ask for fewer modes \(.* 0\.1 .* 2\.00 GB\)"),
        (20_000, None, r"20000 modes of 20000 oscillators takes 6\.42 GB .* for eigenvalues only"),
        (None, 0.5, r"all modes below omega = 0\.5 of 20000 oscillators takes 6\.42 GB .* a lower frequency"),
    ],
)
def test_modes_that_do_not_fit_into_memory_are_refused_before_it_is_taken(monkeypatch, count, below, words):
    unmade = Couplings(np.empty(0, np.float32), 20_000)
    monkeypatch.setattr(Couplings, "dense", lambda *given, **options: pytest.fail("memory was taken"))
    monkeypatch.setattr(memory, "available_bytes", lambda: 4e9)  # enough for the matrix, of 3.2 GB
    monkeypatch.setattr(spectrum, "_factor_at", lambda *given: None)  # a frequency that is an eigenvalue
    with pytest.raises(InputError, match=words):
        spectrum.lowest_modes(DenseHessian(unmade, np.ones(20_000), 1.0), count, below)


@pytest.mark.parametrize("wish", [{"count": 20}, {"below": 0.5}, {"count": 200}])
def test_where_the_fast_driver_fails_the_accurate_one_finds_the_modes(monkeypatch, wish):
    instance = sample(200)
    expected = instance.lowest_modes(**wish)
    solve, drivers = scipy.linalg.eigh, []

    def fails_by_bisection(matrix, driver=None, **options):
        drivers.append(driver)
        if driver is None:
            matrix[:] = np.nan  # as lost as LAPACK leaves it
            raise scipy.linalg.LinAlgError("Internal Error.")
        return solve(matrix, driver=driver, **options)

    monkeypatch.setattr(scipy.linalg, "eigh", fails_by_bisection)
    found = instance.lowest_modes(**wish)
    assert drivers == [None, "evd"]
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues, rtol=1e-12)
    assert found.complete_below == pytest.approx(expected.complete_below, rel=1e-12)
    monkeypatch.setattr(memory, "available_bytes", lambda: 1.25e6)  # 24 N² = 0.96 MB, and 0.2 MB beside it
    with pytest.raises(InputError, match=r"finding .* of 200 oscillators takes"):
        instance.lowest_modes(**wish)


def test_a_newton_step_is_taken_only_where_it_stays_in_its_basin():
    couplings = random_couplings(2, 0.0, np.random.default_rng(0))
    landscape = Landscape(np.array([0.1, 0.1]), couplings, 1e-4, 0.0)
    # curvature 0.1 + x²/2; at x = 3 it falls on the way by more than half (2.5 of 4.6), near the minimum it does not
    for x, expected in ((3.0, False), (0.1, True)):
        point = landscape.at(np.array([x, x]))
        found = newton_step(landscape, point, 1e-3)
        assert found.softest == pytest.approx(1.0, rel=1e-12)  # of its own diagonal
        assert found.step == pytest.approx(-point.gradient / (0.1 + x**2 / 2), rel=1e-12)
        assert stays(point, found) == expected
    # between two wells the curvature is negative: no step at all
    bent = Landscape(np.array([-1.0, 1.0]), couplings, 1e-4, 0.0)
    saddle = bent.at(np.zeros(2))
    assert not stays(saddle, newton_step(bent, saddle, 1e-3))


@pytest.mark.parametrize(
    "model",
    [
        KHGPS(40, coupling=0.0, field=0.0),
        KHGPS(40, coupling=0.0, field=0.0, stiffness_range=(0.0, 0.0)),
        KHGPS(300, coupling=0.1, field=0.0, stiffness_range=(0.5, 1.0)),
    ],
)
@pytest.mark.parametrize("width", [0.0, 1.0])
def test_a_convex_energy_without_a_field_is_least_at_rest(model, width):
    instance = model.sample(np.random.default_rng(3), start_width=width)
    assert instance.mean_square == 0
    assert instance.energy == 0
    assert instance.eigenvalues().min() >= 0


def test_an_energy_that_is_not_convex_is_not_left_at_rest():
    instance = KHGPS(300, coupling=0.6, field=0.0).sample(np.random.default_rng(3), start_width=1.0)
    assert instance.mean_square > 0.01
    assert instance.energy < 0
    assert instance.relative_gradient < 1e-12
