"""Softest excitations of a glass: against single steps and dense twins, two mixed spots told apart, what goes wrong."""

import math
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
from quasilocalized_cases import POTENTIAL, glass, harmonic_modes

import glasskit as gk
from glasskit.errors import ConvergenceError, InputError, NumericalError
from glasskit.observables.elasticity import ElasticModuli
from glasskit.observables.quasilocalized import excitations
from glasskit.observables.quasilocalized.excitations import shear_velocities, softest_excitations
from glasskit.observables.quasilocalized.solve import nonlinear_mode

SEED = 2

# N = 600, made of two periodic copies of one glass, side by side, of which one has one diameter larger by 1e-4: a soft
# spot and its twin of nearly the same stiffness. Quenched liquid of the binary model (T = 0.6), seed 7.
TWO_SPOTS = Path(__file__).with_name("two_soft_spots.npz")


def overlap(a_nc, b_nc):
    return abs(float(np.vdot(a_nc, b_nc)))


@pytest.fixture(scope="module", params=[2, 3])
def soft(request):
    """A small glass and all that is found in it; a guess from strain leads to its softest cubic mode."""
    configuration = glass(request.param, seed=SEED)
    return configuration, softest_excitations(configuration, POTENTIAL, strains=True, geometric=True, second=True)


# Twins


def test_the_chain_is_that_of_its_single_steps(soft):
    configuration, found = soft
    dimension = configuration.positions.shape[1]
    lowest = harmonic_modes(dimension, seed=SEED)[0]  # dense LAPACK
    quartic = gk.quartic_mode(configuration, POTENTIAL, lowest)
    cubic = gk.cubic_mode(configuration, POTENTIAL, quartic.mode)
    geometric = gk.geometric_mode(configuration, POTENTIAL, lowest)
    for mode, twin in ((found.harmonic.mode, lowest), (found.quartic.mode, quartic.mode)):
        # gradients of 1e-10 over a relative curvature of order one
        assert overlap(mode, twin) == pytest.approx(1.0, abs=1e-10)
    assert overlap(found.geometric.mode, geometric.mode) == pytest.approx(1.0, abs=1e-10)
    assert found.guess_stiffness["quartic"] == pytest.approx(cubic.stiffness, rel=1e-8)


def test_the_harmonic_mode_has_the_lowest_eigenvalue(soft):
    configuration, found = soft
    dimension = configuration.positions.shape[1]
    matrix = gk.hessian(configuration, POTENTIAL).toarray()
    value = scipy.linalg.eigvalsh(matrix)[dimension]
    rounding = matrix.shape[0] * np.finfo(float).eps * np.abs(matrix).sum(axis=1).max()
    assert found.kappa_2 == pytest.approx(value, abs=rounding)
    assert found.harmonic.gradient < 1e-8
    assert found.harmonic.energy == found.kappa_2
    assert found.kappa_2 < found.kappa_4 < found.kappa_3
    for mode in found.modes.values():
        assert mode.stiffness == pytest.approx(mode.mode.ravel() @ matrix @ mode.mode.ravel(), rel=1e-10)


def test_the_gradient_of_a_harmonic_mode_is_that_of_kappa():
    """Of a mixture of the two lowest modes, whose kappa has 2|M·z − kappa z|/kappa = 2cs(λ2 − λ1)/kappa."""
    lowest, next_one = harmonic_modes(2, seed=SEED)[:2]
    matrix = gk.hessian(glass(2, seed=SEED), POTENTIAL).toarray()
    first, second = scipy.linalg.eigvalsh(matrix)[2:4]
    c, s = math.cos(0.01), math.sin(0.01)
    found = softest_excitations(glass(2, seed=SEED), POTENTIAL, harmonic=c * lowest + s * next_one)
    kappa = c * c * first + s * s * second
    assert found.kappa_2 == pytest.approx(kappa, rel=1e-11)
    assert found.harmonic.gradient == pytest.approx(2 * c * s * (second - first) / kappa, rel=1e-9)


def test_overlaps_and_differences_are_those_of_the_modes(soft):
    _, found = soft
    assert found.overlap("quartic", "harmonic") == pytest.approx(found.quartic.overlap, rel=1e-12)
    assert found.overlap("cubic", "quartic") == overlap(found.cubic.mode, found.quartic.mode)
    assert found.overlap("cubic", "cubic") == pytest.approx(1.0, abs=1e-12)
    expected = (found.quartic.frequency**2 - found.harmonic.frequency**2) / found.quartic.frequency**2
    assert found.relative_difference("quartic", "harmonic") == pytest.approx(expected, rel=1e-12)


def strained(configuration, plane, kind, gamma):
    """The configuration under a small affine shear, box and all."""
    a, b = ("xyzw".index(letter) for letter in plane)
    d = configuration.positions.shape[1]
    step_cc = np.eye(d)
    lengths, tilts = configuration.box.lengths.copy(), np.zeros(d * (d - 1) // 2)
    if kind == "simple":
        step_cc[a, b] = gamma
        tilts[list(zip(*np.triu_indices(d, k=1), strict=True)).index((a, b))] = gamma * lengths[b]
    else:
        step_cc[a, a], step_cc[b, b] = 1 + gamma / 2, 1 - gamma / 2
        lengths *= np.diag(step_cc)
    return gk.Configuration(configuration.positions @ step_cc.T, configuration.diameters, gk.Box(lengths, tilts))


@pytest.mark.parametrize("dimension", [2, 3])
def test_shear_velocities_balance_the_forces_of_strained_boxes(dimension):
    """−M⁻¹ Ξ against a dense pseudo-inverse and forces at strains of ±1e-6."""
    configuration = glass(dimension)
    velocities = shear_velocities(gk.elastic_moduli(configuration, POTENTIAL))
    planes = {2: ["xy"], 3: ["xy", "xz", "yz"]}[dimension]
    assert list(velocities) == [f"{kind} {plane}" for plane in planes for kind in ("simple", "pure")]
    inverse = np.linalg.pinv(gk.hessian(configuration, POTENTIAL).toarray(), rcond=1e-10, hermitian=True)
    gamma = 1e-6
    for name, velocity_nc in velocities.items():
        kind, plane = name.split()
        up, down = (gk.forces(strained(configuration, plane, kind, s * gamma), POTENTIAL) for s in (1, -1))
        twin_k = inverse @ ((up - down) / (2 * gamma)).ravel()
        # Forces of size 10 are rounded to 1e-14: 1e-8 of their derivative; third derivatives add gamma² = 1e-12. Net
        # forces left by the quench, 1e-12, and the softest mode, kappa about 0.5 of 500, do not make it 1e-6.
        np.testing.assert_allclose(velocity_nc.ravel(), twin_k, rtol=0, atol=1e-6 * np.abs(twin_k).max())


def test_shears_of_all_planes_in_four_dimensions():
    velocity_vnc = np.random.default_rng(1).normal(size=(10, 5, 4))  # xx, yy, zz, ww, zw, yw, yz, xw, xz, xy
    zeros = np.zeros((10, 10))
    moduli = ElasticModuli(zeros, zeros, np.zeros((4, 4)), velocity_vnc, 5, gk.Box(np.ones(4)), 0.0, 1e-8, 0, "")
    velocities = shear_velocities(moduli)
    planes = ["xy", "xz", "xw", "yz", "yw", "zw"]
    assert list(velocities) == [f"{kind} {plane}" for plane in planes for kind in ("simple", "pure")]
    assert np.array_equal(velocities["simple xw"], velocity_vnc[7])
    assert np.array_equal(velocities["pure yw"], 0.5 * (velocity_vnc[1] - velocity_vnc[3]))


def test_the_softest_cubic_mode_of_all_guesses_is_kept(soft):
    configuration, found = soft
    moduli = gk.elastic_moduli(configuration, POTENTIAL)
    guesses = {"quartic": found.quartic.mode, **shear_velocities(moduli)}
    assert list(found.guess_stiffness) == list(guesses)
    for name, guess_nc in guesses.items():
        alone = gk.cubic_mode(configuration, POTENTIAL, guess_nc)
        assert found.guess_stiffness[name] == pytest.approx(alone.stiffness, rel=1e-8)
        # the first of those that led to the softest one is named
        if found.guess_stiffness[name] < (1 + 1e-8) * found.kappa_3:
            assert found.guess == name or list(guesses).index(found.guess) < list(guesses).index(name)
    assert found.guess == "pure xy"
    assert found.kappa_3 == pytest.approx(min(found.guess_stiffness.values()), rel=1e-8)


def test_every_mode_starts_from_the_guess_of_the_protocol(monkeypatch):
    starts = []

    def noted(landscape, energy, initial, **keywords):
        mode = nonlinear_mode(landscape, energy, initial, **keywords)
        starts.append((energy.name, initial, mode))
        return mode

    monkeypatch.setattr(excitations, "nonlinear_mode", noted)
    found = softest_excitations(glass(2, seed=SEED), POTENTIAL, strains=True, geometric=True, second=True)
    psi, first, cubic = found.harmonic.mode, found.quartic.mode, found.cubic.mode
    velocities = shear_velocities(gk.elastic_moduli(glass(2, seed=SEED), POTENTIAL))
    expected = [("quartic", psi), ("cubic", first), *(("cubic", velocity) for velocity in velocities.values())]
    expected += [("quartic", cubic), ("geometric", psi), ("quartic", psi - np.vdot(psi, first) * first)]
    assert [name for name, _, _ in starts] == [name for name, _ in expected]
    for (_, initial_nc, _), (_, guess_nc) in zip(starts, expected, strict=True):
        np.testing.assert_allclose(initial_nc, guess_nc, rtol=0, atol=1e-12 * np.abs(guess_nc).max())
    assert found.quartic_of_cubic is starts[4][2]


def test_moduli_and_harmonic_mode_that_are_known_are_used(soft, monkeypatch):
    configuration, found = soft
    moduli = gk.elastic_moduli(configuration, POTENTIAL)
    monkeypatch.setattr(excitations, "elastic_moduli", None)
    monkeypatch.setattr(excitations, "lowest_modes", None)
    given = softest_excitations(
        configuration, POTENTIAL, harmonic=7.0 * found.harmonic.mode, strains=True, moduli=moduli
    )
    assert given.guess == found.guess
    assert given.kappa_3 == pytest.approx(found.kappa_3, rel=1e-8)
    assert given.geometric is None
    assert given.second is None
    assert set(given.modes) == {"harmonic", "quartic", "cubic", "quartic_of_cubic"}


# Two spots


def test_two_mixed_soft_spots_are_told_apart():
    """The lowest harmonic mode shares itself between a spot and its twin; the quartic modes sit on one each."""
    data = np.load(TWO_SPOTS)
    configuration = gk.Configuration(data["positions"], data["diameters"], data["box"])

    def twin(mode_nc):
        """The same displacements in the other copy."""
        return np.roll(mode_nc, 300, axis=0)

    found = softest_excitations(configuration, gk.BINARY_IPL.potential, second=True)
    assert overlap(twin(found.harmonic.mode), found.harmonic.mode) > 0.99
    for name in ("quartic", "second"):
        assert found.modes[name].participation < 0.3 * found.harmonic.participation
        assert found.overlap(name, "harmonic") == pytest.approx(math.sqrt(0.5), abs=0.02)
    assert found.overlap("quartic", "second") < 0.05
    assert overlap(twin(found.quartic.mode), found.second.mode) > 0.99
    assert found.second.stiffness == pytest.approx(found.kappa_4, rel=0.01)


def test_a_second_spot_that_is_the_first_again_is_said(soft):
    _, found = soft
    assert found.second is None
    assert "leads to the same spot again: overlap 1.000, expected below 0.5" in found.failures["second"]
    with pytest.raises(InputError, match="there is no mode 'second' of this glass: what the first quartic mode leaves"):
        found.overlap("second", "quartic")
    with pytest.raises(InputError, match="there is no mode 'quintic' of this glass: it was not asked for"):
        found.overlap("quintic", "quartic")


# What goes wrong


def reluctant(*, to_refuse, error=ConvergenceError):
    """`nonlinear_mode` that fails at the calls of these numbers."""
    calls = []

    def find(landscape, energy, initial, **keywords):
        calls.append(energy.name)
        if len(calls) - 1 in to_refuse:
            raise error(f"call {len(calls) - 1} of a {energy.name} mode")
        return nonlinear_mode(landscape, energy, initial, **keywords)

    return find


def test_a_cubic_mode_that_does_not_converge_loses_nothing_else(monkeypatch):
    monkeypatch.setattr(excitations, "nonlinear_mode", reluctant(to_refuse=(1,)))
    with pytest.raises(ConvergenceError, match=r"^cubic: call 1 of a cubic mode") as caught:
        softest_excitations(glass(2), POTENTIAL, geometric=True)
    partial = caught.value.partial
    assert set(partial.modes) == {"harmonic", "quartic", "geometric"}
    assert partial.failures == {"cubic": "call 1 of a cubic mode"}
    assert partial.guess_stiffness == {"quartic": math.inf}
    assert partial.guess == ""
    with pytest.raises(InputError, match="there is no mode 'cubic' of this glass: call 1 of a cubic mode"):
        _ = partial.kappa_3


def test_guesses_that_lead_nowhere_are_recorded(monkeypatch):
    monkeypatch.setattr(excitations, "nonlinear_mode", reluctant(to_refuse=(1, 3), error=InputError))
    found = softest_excitations(glass(2), POTENTIAL, strains=True)
    assert found.guess == "simple xy"
    assert found.guess_stiffness["quartic"] == found.guess_stiffness["pure xy"] == math.inf
    assert set(found.failures) == {"quartic to cubic", "pure xy"}


def test_without_a_quartic_mode_the_rest_is_kept(monkeypatch):
    monkeypatch.setattr(excitations, "nonlinear_mode", reluctant(to_refuse=(0,)))
    with pytest.raises(ConvergenceError, match=r"^quartic: call 0 of a quartic mode") as caught:
        softest_excitations(glass(2), POTENTIAL, geometric=True, second=True)
    assert set(caught.value.partial.modes) == {"harmonic", "geometric"}
    assert "without a quartic mode" in caught.value.partial.failures["cubic"]
    assert "without a first quartic mode" in caught.value.partial.failures["second"]


def test_a_harmonic_mode_that_is_not_the_lowest_is_found_out():
    stiff = harmonic_modes(3)[-1]
    with pytest.raises(NumericalError, match="that is not the lowest mode of this glass") as caught:
        softest_excitations(glass(3), POTENTIAL, harmonic=stiff)
    partial = caught.value.partial
    assert partial.kappa_4 < partial.kappa_2


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"tolerance": 0.0}, r"^tolerance: expected a number between 0 and 1, such as 1e-10, found 0.0"),
        ({"harmonic": np.ones(3)}, r"^initial: expected a real array of shape \(100, 2\)"),
        ({"harmonic": np.ones((100, 2))}, r"^initial: nothing is left of the guess without translations"),
    ],
)
def test_bad_arguments_are_one_sentence(keywords, words):
    with pytest.raises(InputError, match=words):
        softest_excitations(glass(2), POTENTIAL, **keywords)


def test_a_loose_quench_is_refused():
    loose = gk.quench(glass(2), gk.BINARY_IPL.potential.replace(cutoff_ratio=1.4), force_tolerance=1e-6).configuration
    with pytest.raises(InputError, match="quench it with force_tolerance=1e-12"):
        softest_excitations(loose, gk.BINARY_IPL.potential)
