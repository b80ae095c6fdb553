import numpy as np
import pytest
from spring_networks import check_modes, crystal, rounding, spring_network

import glasskit
from glasskit.errors import IncompleteSpectrumError, InputError
from glasskit.observables import consecutive_modes as module
from glasskit.observables.consecutive_modes import consecutive_modes

PLACES = {"lowest": 0, "low": 25, "middle": 180, "high": -60, "highest": -20}


@pytest.fixture(autouse=True)
def no_dense_shortcut(monkeypatch):
    monkeypatch.setattr(module, "_SMALL", 0)
    monkeypatch.setattr(module, "LARGEST_DENSE", 0)


@pytest.fixture(scope="module")
def network():
    hessian = spring_network(150, 3, bonds_per_particle=18)
    return hessian, np.linalg.eigvalsh(hessian.toarray())[3:]


@pytest.mark.parametrize("place", PLACES)
def test_levels_are_those_of_the_dense_spectrum(network, place):
    hessian, dense = network
    found = consecutive_modes(hessian, PLACES[place], 20)
    first = PLACES[place] % len(dense)
    assert found.first == first
    assert found.total == len(dense)
    np.testing.assert_allclose(found.eigenvalues, dense[first : first + 20], rtol=0, atol=rounding(hessian))
    flat = found.modes.reshape(20, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(20), atol=1e-10)
    residual = hessian @ flat.T - flat.T * found.eigenvalues
    assert np.abs(residual).max() < rounding(hessian)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_dense_and_sparse_ways_agree(dimension, monkeypatch):
    hessian = spring_network(120, dimension, bonds_per_particle=6 * dimension)
    sparse = consecutive_modes(hessian, 70, 12, dimension=dimension)
    monkeypatch.setattr(module, "_SMALL", 10_000)
    dense = consecutive_modes(hessian, 70, 12, dimension=dimension)
    np.testing.assert_allclose(sparse.eigenvalues, dense.eigenvalues, rtol=0, atol=rounding(hessian))
    np.testing.assert_allclose(np.abs(sparse.modes), np.abs(dense.modes), atol=1e-6)


def test_a_glass_with_its_lowest_modes():
    model, rng = glasskit.TAPERED_IPL, np.random.default_rng(0)
    glass = glasskit.quench(model.random_configuration(300, rng=rng), model.potential)
    hessian = glasskit.hessian(glass.configuration, model.potential)
    lowest = glasskit.lowest_modes(hessian, 30)
    found = consecutive_modes(hessian, 10, 20)
    np.testing.assert_allclose(found.eigenvalues, lowest.eigenvalues[10:], rtol=0, atol=rounding(hessian))
    np.testing.assert_allclose(found.modes, lowest.modes[10:], atol=1e-6)


def test_rattlers_are_not_numbered():
    hessian = spring_network(100, 3, bonds_per_particle=18)
    padded = np.zeros((306, 306))
    padded[:150, :150], padded[156:, 156:] = hessian.toarray()[:150, :150], hessian.toarray()[150:, 150:]
    padded[:150, 156:], padded[156:, :150] = hessian.toarray()[:150, 150:], hessian.toarray()[150:, :150]
    found, plain = consecutive_modes(padded, 50, 10), consecutive_modes(hessian, 50, 10)
    assert found.total == plain.total == 297
    np.testing.assert_allclose(found.eigenvalues, plain.eigenvalues, rtol=0, atol=rounding(hessian))
    assert not found.modes[:, 50:52].any()


def test_windows_that_cut_a_wide_band_are_refused():
    hessian, _ = crystal(6, 3)
    with pytest.raises(IncompleteSpectrumError, match="degenerate"):
        consecutive_modes(hessian, 20, 80)


def without(monkeypatch, missed):
    search = module.converge_around

    def lossy(*arguments):
        values, vectors = search(*arguments)
        return np.delete(values, missed), np.delete(vectors, missed, axis=1)

    monkeypatch.setattr(module, "converge_around", lossy)


@pytest.mark.parametrize("missed", [8, 12, 17, 27])
def test_a_missed_level_is_noticed(network, monkeypatch, missed):
    without(monkeypatch, missed)
    with pytest.raises(IncompleteSpectrumError, match=r"inertia|not all|not number") as caught:
        consecutive_modes(network[0], 180, 20)
    assert caught.value.partial.first == -1
    assert len(caught.value.partial.eigenvalues) > 20


@pytest.mark.parametrize("missed", [0, -1])
def test_a_level_missed_beyond_the_window_does_no_harm(network, monkeypatch, missed):
    without(monkeypatch, missed)
    found = consecutive_modes(network[0], 180, 20)
    np.testing.assert_allclose(found.eigenvalues, network[1][180:200], rtol=0, atol=rounding(network[0]))


@pytest.mark.parametrize(
    ("first", "count", "message"),
    [(0, 0, "not inside"), (440, 10, "not inside"), (-5, 6, "not inside"), (1.5, 3, "integer"), (1, True, "integer")],
)
def test_windows_outside_the_spectrum_are_refused(network, first, count, message):
    with pytest.raises(InputError, match=message):
        consecutive_modes(network[0], first, count)


def test_check_modes_helper_sees_the_lowest_window(network):
    found = consecutive_modes(network[0], 0, 15)
    check_modes(network[0], found, network[1], 3)
