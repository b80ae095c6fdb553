"""Bad input to nonlinear modes: one clear sentence each."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from quasilocalized_cases import POTENTIAL, glass, harmonic_modes

import glasskit as gk
from glasskit.errors import GlasskitWarning, InputError
from glasskit.observables.quasilocalized.energies import QUARTIC
from glasskit.observables.quasilocalized.landscape import ModeLandscape
from glasskit.observables.quasilocalized.solve import nonlinear_mode, quartic_mode


@pytest.fixture(scope="module")
def landscape():
    return ModeLandscape.of(glass(3), POTENTIAL)


def test_a_quenched_glass_is_accepted_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        landscape = ModeLandscape.of(glass(3), POTENTIAL)
    assert landscape.relative_force <= 1e-11
    assert landscape.moving.all()
    matrix = abs(gk.hessian(glass(3), POTENTIAL))
    # Rows of |M| hold phi'' of both ends along single axes: the same scale.
    assert 0.2 < landscape.stiffest / matrix.max() < 5.0


def test_a_glass_that_is_not_converged_is_refused():
    moved = glass(3).replace(positions=glass(3).positions + 1e-7 * harmonic_modes(3)[-1])
    with pytest.raises(InputError, match=r"largest force is \d\.\de-\d\d of the rms bond force.*force_tolerance=1e-12"):
        ModeLandscape.of(moved, POTENTIAL)


def test_without_pairs_there_is_no_landscape():
    gas = gk.Configuration([[0.0, 0, 0], [5, 5, 5]], [1.0, 1.0], [10.0, 10, 10])
    with pytest.raises(InputError, match="no two particles interact"):
        ModeLandscape.of(gas, POTENTIAL)


def test_potentials_that_are_not_smooth_enough():
    with pytest.raises(InputError, match="potential: the third derivative of Hertzian diverges"):
        ModeLandscape.of(glass(3), gk.Hertzian())
    rough = POTENTIAL.replace(smoothness=2)
    with (
        pytest.warns(GlasskitWarning, match="potential: SmoothedInversePowerLaw ends with m = 2: its third") as caught,
        pytest.raises(InputError, match="largest force"),
    ):
        quartic_mode(glass(3), rough, harmonic_modes(3)[0])
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("guess", "message"),
    [
        (lambda z: z.ravel(), r"expected a real array of shape \(100, 3\).*found shape \(300,\)"),
        (lambda z: z[:-1], r"found shape \(99, 3\)"),
        (lambda z: z[:, :2], r"found shape \(100, 2\)"),
        (lambda z: z + 0j, "found shape .* dtype complex128"),
        (lambda z: z.astype(str), "found shape .* dtype <U"),
        (lambda z: "softest", r"found shape \(\) and dtype <U7"),
        (lambda z: None, r"found shape \(\) and dtype object"),
        (lambda z: [[1.0, 2.0, 3.0], [1.0]], "found rows of different length"),
        (lambda z: np.where(z == z.max(), np.nan, z), "some components are not finite"),
        (lambda z: np.where(z == z.max(), np.inf, z), "some components are not finite"),
        (lambda z: 0 * z, "the guess is zero everywhere"),
        (lambda z: np.ones_like(z) * [1.0, -3.0, 2.0], "it is a zero mode"),
    ],
)
def test_guesses_that_are_no_directions_are_refused(landscape, guess, message):
    with pytest.raises(InputError, match=f"^initial: .*{message}"):
        nonlinear_mode(landscape, QUARTIC, guess(harmonic_modes(3)[0]))


@pytest.mark.parametrize("size", [1e-300, 1e300, 1])
def test_guesses_of_any_length_and_of_integers_are_directions(landscape, size):
    z_nc = np.where(harmonic_modes(3)[0] > 0, 1, -1) * size
    found_nc = landscape.direction(z_nc)
    assert np.linalg.norm(found_nc) == pytest.approx(1.0, abs=1e-15)
    assert np.abs(found_nc.sum(axis=0)).max() < 1e-13


@pytest.mark.parametrize("tolerance", [0.0, -1e-10, 1.0, np.nan, np.inf, "tight", None, 1e-10j])
def test_tolerances_out_of_range_are_refused(landscape, tolerance):
    with pytest.raises(InputError, match="tolerance: expected a number between 0 and 1"):
        nonlinear_mode(landscape, QUARTIC, harmonic_modes(3)[0], tolerance=tolerance)


def test_a_tolerance_below_rounding_is_met_at_the_floor(landscape):
    found = nonlinear_mode(landscape, QUARTIC, harmonic_modes(3)[0], tolerance=1e-300)
    assert found.gradient <= found.floor < 1e-10
