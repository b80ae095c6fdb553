"""Phonon bands against a loop over wave vectors and a known crystal; Debye's level against counted waves."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest

from glasskit.analysis.spectra.phonons import (
    PhononWarning,
    debye_level,
    phonon_bands,
    warn_above_first_band,
)
from glasskit.errors import InputError


def waves_by_loop(lengths, speeds, highest):
    """Frequency of every single phonon, ascending: the slow twin of ``phonon_bands``."""
    reach = [int(highest / min(speeds) * length / (2 * math.pi)) + 1 for length in lengths]
    found = []
    for n in itertools.product(*(range(-m, m + 1) for m in reach)):
        k = 2 * math.pi * math.sqrt(sum((a / length) ** 2 for a, length in zip(n, lengths, strict=True)))
        if k > 0:
            found += [speeds[0] * k] * (len(lengths) - 1) + [speeds[1] * k]
    return np.sort([omega for omega in found if omega <= highest])


def test_cubes_have_the_known_degeneracies():
    cube = phonon_bands([10.0] * 3, transverse_speed=1.0, longitudinal_speed=3.0, highest=2.3)
    np.testing.assert_array_equal(cube.degeneracy[cube.transverse], [12, 24, 16, 12, 48, 48, 24, 60, 48, 48, 16, 48])
    np.testing.assert_array_equal(cube.degeneracy[~cube.transverse], [6])
    assert cube.lowest == pytest.approx(2 * math.pi / 10, rel=1e-15)
    square = phonon_bands([10.0] * 2, transverse_speed=1.0, longitudinal_speed=2.0, highest=1.6)
    np.testing.assert_array_equal(square.degeneracy[square.transverse], [4, 4, 4, 8])
    hypercube = phonon_bands([5.0] * 4, transverse_speed=1.0, longitudinal_speed=2.0, highest=2.0)
    np.testing.assert_array_equal(hypercube.degeneracy[hypercube.transverse], [24, 72])


@pytest.mark.parametrize("lengths", [[7.0, 9.0], [5.0, 5.0, 8.0], [4.0, 5.0, 6.0], [4.0, 4.0, 5.0, 4.0]])
def test_bands_are_all_waves_of_a_rectangular_box(lengths):
    bands = phonon_bands(lengths, transverse_speed=1.1, longitudinal_speed=1.9, highest=6.0)
    expected = waves_by_loop(lengths, (1.1, 1.9), 6.0)
    np.testing.assert_allclose(np.repeat(bands.omega, bands.degeneracy), expected, rtol=1e-12)
    assert (np.diff(bands.omega) >= 0).all()
    grid = np.linspace(0.5, 5.9, 12)
    np.testing.assert_array_equal(bands.modes_below(grid), [(expected <= w).sum() for w in grid])
    assert bands.modes_below(bands.omega[0]) == bands.degeneracy[0]  # at the band: in it


def test_bands_are_the_long_waves_of_a_triangular_lattice():
    # springs of stiffness 1 between neighbours at distance 1: lambda = mu = √3/4, rho = 2/√3, so c_T² = 3/8, c_L² = 9/8
    cells = (60, 40)
    lengths = np.array([cells[0], cells[1] * math.sqrt(3)])  # two particles in a cell of 1 × √3
    bands = phonon_bands(lengths, transverse_speed=math.sqrt(3 / 8), longitudinal_speed=math.sqrt(9 / 8), highest=0.2)
    neighbours = [(math.cos(k * math.pi / 3), math.sin(k * math.pi / 3)) for k in range(3)]
    omega = []
    for n in itertools.product(range(-12, 13), repeat=2):
        k = 2 * math.pi * np.array(n) / lengths
        dynamical = sum(2 * (1 - np.cos(k @ np.array(v))) * np.outer(v, v) for v in neighbours)
        omega += list(np.sqrt(np.maximum(np.linalg.eigvalsh(dynamical), 0)))
    found = np.sort(omega)[2 : 2 + bands.degeneracy.sum()]
    # dispersion: sin(x/2)/(x/2) with x = k = 0.33 at most, 1 - x²/24 = 0.995
    np.testing.assert_allclose(np.repeat(bands.omega, bands.degeneracy), found, rtol=0.006)


@pytest.mark.parametrize(("d", "length"), [(2, 100.0), (3, 20.0), (4, 8.0)])
def test_debye_counts_the_waves(d, length):
    debye = debye_level(transverse_speed=1.2, longitudinal_speed=2.0, density=0.8, dimension=d)
    bands = phonon_bands([length] * d, transverse_speed=1.2, longitudinal_speed=2.0, highest=8.0)
    # dN·(omega/omega_D)^d; lattice points in a ball of radius R = c^-1 omega L/2π > 4 deviate by a few surface^1/2:
    # largest deviation measured 1.2 %
    counted = bands.modes_below(np.linspace(7.0, 8.0, 50)).mean()
    modes = d * 0.8 * length**d
    continuum = np.mean(modes * (np.linspace(7.0, 8.0, 50) / debye.frequency) ** d)
    assert counted == pytest.approx(continuum, rel=0.02)
    assert debye.level == pytest.approx(d / debye.frequency**d, rel=1e-14)
    np.testing.assert_allclose(debye.density([1.0, 2.0]), debye.level * np.array([1.0, 2.0]) ** (d - 1))


def test_debye_in_three_dimensions_is_the_textbook_formula():
    found = debye_level(transverse_speed=3.6, longitudinal_speed=9.2, density=0.9)
    assert found.frequency**3 == pytest.approx(18 * math.pi**2 * 0.9 / (2 / 3.6**3 + 1 / 9.2**3), rel=1e-14)


def test_inside_a_band():
    bands = phonon_bands([10.0] * 3, transverse_speed=1.0, longitudinal_speed=3.0, highest=2.0)
    first, second = bands.omega[:2]
    omega = [0.1, 0.94 * first, 0.96 * first, first, 1.04 * first, (first + second) / 2, second]
    np.testing.assert_array_equal(bands.inside(omega, half_width=0.05), [False, False, True, True, True, False, True])
    with pytest.raises(InputError, match="lies above 2"):
        bands.inside([2.5], half_width=0.05)
    with pytest.raises(InputError, match="half_width is 0"):
        bands.inside([1.0], half_width=0)


def test_window_above_the_first_band_is_warned_of():
    bands = phonon_bands([10.0] * 3, transverse_speed=1.0, longitudinal_speed=3.0, highest=1.0)
    with pytest.warns(PhononWarning, match="reaches 0.7, above the first phonon band at 0.628319"):
        assert warn_above_first_band(0.7, bands)
    with pytest.warns(PhononWarning, match="less 10% for its width"):
        warn_above_first_band(0.6, 2 * math.pi / 10, half_width=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not warn_above_first_band(0.6, bands)


def test_plot_marks_every_band():
    bands = phonon_bands([10.0] * 3, transverse_speed=1.0, longitudinal_speed=3.0, highest=2.0)
    assert len(bands.plot().lines) == bands.omega.size


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: phonon_bands([1.0], transverse_speed=1, longitudinal_speed=1, highest=9), "2, 3 or 4 positive edges"),
        (lambda: phonon_bands([1, 0, 1], transverse_speed=1, longitudinal_speed=1, highest=9), "positive edges"),
        (lambda: phonon_bands([9, 9], transverse_speed=0, longitudinal_speed=1, highest=9), "transverse_speed is 0"),
        (lambda: phonon_bands([9, 9], transverse_speed=1, longitudinal_speed=2, highest=0.1), "below the first band"),
        (lambda: phonon_bands([1e5] * 2, transverse_speed=1, longitudinal_speed=2, highest=1), "lower highest"),
        (lambda: debye_level(transverse_speed=1, longitudinal_speed=2, density=1, dimension=5), "dimension is 5"),
        (lambda: debye_level(transverse_speed=1, longitudinal_speed=math.nan, density=1), "longitudinal_speed is nan"),
        (lambda: debye_level(transverse_speed=1, longitudinal_speed=2, density=-1), "density is -1"),
        (lambda: warn_above_first_band(math.nan, 1.0), "upper is nan"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(InputError, match=words):
        call()
