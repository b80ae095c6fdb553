"""Specific heat of oscillators: Dulong–Petit, freezing out, powers of T, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import zeta

from glasskit.errors import InputError
from glasskit.meanfield.specific_heat import specific_heat


def test_one_oscillator_is_the_derivative_of_its_energy():
    omega, t, step = 1.3, 0.4, 1e-4
    energy = [omega / math.expm1(omega / (t + d)) for d in (-step, step)]
    exact = (energy[1] - energy[0]) / (2 * step)
    assert float(specific_heat([omega], t)) == pytest.approx(exact, rel=1e-6)  # step²/6 × C''' ~ 1e-8 × 20


def test_hot_and_cold():
    omega = np.array([0.5, 1.0, 2.0])
    assert float(specific_heat(omega, 1e4)) == pytest.approx(3, rel=1e-8)  # 1 − x²/12
    assert float(specific_heat(omega, 1e-4)) == 0
    assert float(specific_heat(omega, 0.02)) == pytest.approx(25**2 * math.exp(-25), rel=1e-9)


@pytest.mark.parametrize("s", [2, 3, 4])
def test_power_of_the_temperature(s):
    """D = (s + 1) omega^s on [0, 1]: C = (s + 1) (s + 2)! zeta(s + 2) T^(s+1) per mode as T → 0."""
    n = 1_000_000
    omega = ((np.arange(n) + 0.5) / n) ** (1 / (s + 1))
    t = np.array([0.04, 0.05])
    exact = (s + 1) * math.factorial(s + 2) * zeta(s + 2) * t ** (s + 1)
    # modes above x = 20 are missing: 3e-4 at s = 4; the sum has one mode below x = 1.6: 1e-3
    np.testing.assert_allclose(specific_heat(omega, t) / n, exact, rtol=2e-3)


def test_shape_follows_the_temperature():
    assert specific_heat([1.0], np.ones((2, 3))).shape == (2, 3)
    assert np.all(np.diff(specific_heat(np.ones(600_000), np.linspace(0.1, 1, 5))) > 0)  # in blocks


@pytest.mark.parametrize(
    ("frequencies", "temperature"),
    [
        ([0.0], 1.0),
        ([1.0], 0.0),
        ([1.0], -1.0),
        ([], 1.0),
        ([np.nan], 1.0),
        ([[1.0]], 1.0),
        (1.0, 1.0),
        ([1.0], []),
        ("a", 1.0),
        (["a"], 1.0),
        (None, 1.0),
        ([1j], 1.0),
        ([[1.0], [1.0, 2.0]], 1.0),
        ([1.0], "a"),
        ([1.0], None),
    ],
)
def test_bad_input(frequencies, temperature):
    with pytest.raises(InputError, match="expected"):
        specific_heat(frequencies, temperature)
