"""Modes that are known exactly: a particle in a designed double well, its neighbours much stiffer."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from quasilocalized_cases import double_well

from glasskit.errors import ConvergenceError, InputError
from glasskit.observables.quasilocalized import minimise as minimise_module
from glasskit.observables.quasilocalized.energies import CUBIC, GEOMETRIC, QUARTIC, DirectionEnergy
from glasskit.observables.quasilocalized.lockstep import minimise_together
from glasskit.observables.quasilocalized.solve import expansion, nonlinear_mode

KAPPA, TAU, CHI = 0.01, -0.6, 10.0  # tau² = 3.6 kappa chi: the second minimum is the lower one
ENERGIES = pytest.mark.parametrize("energy", [QUARTIC, CUBIC, GEOMETRIC], ids=lambda energy: energy.name)


def guess(mode_nc, size=0.1, seed=3):
    """The mode with noise of a length relative to it."""
    noise_nc = np.random.default_rng(seed).normal(size=mode_nc.shape)
    return mode_nc + size / np.linalg.norm(noise_nc) * noise_nc


@pytest.mark.parametrize("dimension", [2, 3])
@ENERGIES
def test_soft_direction_is_found_with_its_expansion(energy, dimension):
    landscape, exact_nc, slide = double_well(KAPPA, TAU, CHI, across=2.0, dimension=dimension)
    found = nonlinear_mode(landscape, energy, guess(exact_nc))
    # |∇ ln E| <= 1e-10, and curvatures of ln E of 1 and more: the direction is known to 1e-10.
    assert np.linalg.norm(found.mode - exact_nc) < 1e-10
    assert found.stiffness == pytest.approx(KAPPA * slide**2, rel=1e-9)
    assert found.tau == pytest.approx(TAU * slide**3, rel=1e-9)
    assert found.chi == pytest.approx(CHI * slide**4, rel=1e-9)
    # Both bonds change their length: S = 2 slide⁴.
    energies = {
        "quartic": KAPPA**2 / CHI,
        "cubic": KAPPA**3 / TAU**2,
        "geometric": KAPPA**2 / 2,
    }
    assert found.energy == pytest.approx(energies[energy.name], rel=1e-9)
    assert found.gradient <= max(1e-10, found.floor)


def test_numbers_of_the_well():
    landscape, exact_nc, slide = double_well(KAPPA, TAU, CHI, across=2.0)
    found = nonlinear_mode(landscape, QUARTIC, guess(exact_nc))
    assert found.asymmetry == pytest.approx(3.6, rel=1e-9)
    # The cubic expansion has its maximum at s = −2 kappa/tau; s is the slide divided by `slide`.
    assert found.barrier_position == pytest.approx(-2 * KAPPA / TAU / slide, rel=1e-9)
    assert found.barrier == pytest.approx(2 * KAPPA**3 / (3 * TAU**2), rel=1e-9)
    s = found.barrier_position
    assert found.stiffness * s**2 / 2 + found.tau * s**3 / 6 == pytest.approx(found.barrier, rel=1e-12)
    assert found.frequency == pytest.approx(np.sqrt(KAPPA) * slide, rel=1e-9)
    n = len(exact_nc)
    z2_n = np.r_[((n - 1) / n) ** 2, np.full(n - 1, 1 / n**2)]
    assert found.participation == pytest.approx(z2_n.sum() ** 2 / (n * (z2_n**2).sum()), rel=1e-9)


def test_expansion_of_any_direction_is_that_of_the_two_bonds():
    """Along and across the line, from the two bond lengths."""
    landscape, exact_nc, slide = double_well(KAPPA, TAU, CHI, across=2.0)
    assert expansion(landscape, exact_nc) == pytest.approx(
        (KAPPA * slide**2, TAU * slide**3, CHI * slide**4), rel=1e-12
    )
    e_c = exact_nc[0] / np.linalg.norm(exact_nc[0])
    across_c = np.cross(e_c, [0.0, 0.0, 1.0])
    across_nc = np.outer(exact_nc @ e_c, across_c / np.linalg.norm(across_c))
    # Across: M = 2 phi' = 2, U3 = 0, U4 = 3 phi2 from each bond, phi2 = phi'' − phi'.
    expected = (2.0 * slide**2, 0.0, 6 * (KAPPA / 2 - 1.0) * slide**4)
    assert expansion(landscape, across_nc) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_stationary_guess_that_is_a_saddle_is_left():
    """Across, ln E4 bends like kappa_t/kappa − 3 U4:eett/chi with U4:eett = 2 (kappa_t − kappa): down here."""
    landscape, exact_nc, _ = double_well(1.0, 0.0, 2.0, across=3.0)
    found = nonlinear_mode(landscape, QUARTIC, exact_nc)
    assert found.energy < 0.9 * 0.5
    assert found.gradient <= max(1e-10, found.floor)
    assert found.overlap < 0.99
    opposite = nonlinear_mode(landscape, QUARTIC, -exact_nc)
    np.testing.assert_array_equal(opposite.mode, -found.mode)


def test_many_at_once_leave_a_saddle_and_refuse_rounding_as_one_alone():
    def together(landscape, energy, start_nc):
        ended = minimise_together(
            [start_nc], lambda: DirectionEnergy(landscape, energy), lambda force_bnc: force_bnc, 1e-10,
            lambda surface, start, place, steps: place,
        )  # fmt: skip
        return ended[0]

    landscape, exact_nc, _ = double_well(1.0, 0.0, 2.0, across=3.0)
    found = together(landscape, QUARTIC, exact_nc)
    assert np.exp(found.value) == pytest.approx(nonlinear_mode(landscape, QUARTIC, exact_nc).energy, rel=1e-9)
    assert np.exp(found.value) < 0.9 * 0.5
    landscape, exact_nc, _ = double_well(1e-13, 0.1, 3.0, across=2.0)
    refused = together(landscape, GEOMETRIC, exact_nc)
    assert isinstance(refused, InputError)
    assert "does not rise along the guess" in str(refused)


@ENERGIES
def test_a_guess_that_is_the_minimum_is_kept(energy):
    landscape, exact_nc, _ = double_well(KAPPA, TAU, CHI, across=2.0)
    found = nonlinear_mode(landscape, energy, exact_nc)
    assert np.linalg.norm(found.mode - exact_nc) < 1e-10


@pytest.mark.parametrize(
    ("energy", "numbers", "message"),
    [
        (QUARTIC, (0.01, 0.1, -3.0), r"chi = U4:zzzz = -3\.\d+e\+00 along the guess, expected positive"),
        (CUBIC, (0.01, 0.0, 3.0), r"tau = U3:zzz = \S+ along the guess, expected other than zero \(rounding leaves"),
        (QUARTIC, (-0.01, 0.1, 3.0), r"does not rise along the guess \(kappa = -1\.\d+e-02\)"),
        (GEOMETRIC, (1e-13, 0.1, 3.0), r"does not rise along the guess \(kappa = 1\.\d+e-13\)"),  # below rounding
    ],
)
def test_energies_that_are_not_defined_are_refused(energy, numbers, message):
    landscape, exact_nc, _ = double_well(*numbers, across=2.0)
    with pytest.raises(InputError, match=message):
        nonlinear_mode(landscape, energy, exact_nc)


def test_the_error_carries_the_mode_so_far(monkeypatch):
    landscape, exact_nc, _ = double_well(KAPPA, TAU, CHI, across=2.0)
    monkeypatch.setattr(minimise_module, "NEAREST", dataclasses.replace(minimise_module.NEAREST, steps=1))
    with pytest.raises(
        ConvergenceError, match=r"quartic mode did not converge in 1 steps: .*expected 1\.0e-10"
    ) as caught:
        nonlinear_mode(landscape, QUARTIC, guess(exact_nc))
    partial = caught.value.partial
    assert partial.kind == "quartic"
    assert partial.gradient > 1e-10
    assert np.linalg.norm(partial.mode) == pytest.approx(1.0, rel=1e-14)
    assert partial.steps == 1
