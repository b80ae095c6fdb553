"""Energy scales from e_IS at corresponding temperatures."""

import numpy as np
import pytest

from glasskit.analysis.liquids.energy_scales import energy_scales
from glasskit.errors import InputError, InsufficientDataError

TEMPERATURES = np.array([1.0, 0.7, 0.5, 0.42, 0.36, 0.32, 0.28, 0.25])
SCALES = {"m = 2": 1.0, "m = 1": 1.28, "m = 8": 0.14}


def cubic(t):
    return 1.24 - 0.004 / t - 0.002 / t**2


def states(error=1e-3, rng=None, shape=cubic):
    out = {}
    for k, (name, scale) in enumerate(SCALES.items()):
        t = scale * TEMPERATURES * (1 + 0.03 * k)
        noise = 0.0 if rng is None else rng.standard_normal(t.size)
        out[name] = (t, 0.3 * k + scale * (shape(t / scale) + error * noise), np.full(t.size, scale * error))
    return out


def test_exact_curves_give_their_scales():
    found = energy_scales(states())
    np.testing.assert_allclose(found.scale, list(SCALES.values()), rtol=1e-6)
    np.testing.assert_allclose(found.offset, [0.0, 0.3, 0.6], atol=1e-6)
    assert found.chi2 < 1e-8
    assert found.degrees_of_freedom == 24 - 4 - 2 - 2
    assert "m = 1 1.28" in found.text


def test_a_potential_times_a_number_has_that_scale():
    t, e, s = states()["m = 2"]
    found = energy_scales({"one": (t, e, s), "three": (3 * t, 3 * e, 3 * s)})
    assert found.scale[1] == pytest.approx(3.0, rel=1e-7)
    assert found.offset[1] == pytest.approx(0.0, abs=1e-7)


def test_errors_cover_the_truth():
    rng, hits, pulls = np.random.default_rng(3), 0, []
    for _ in range(150):
        found = energy_scales(states(3e-4, rng))
        pull = (found.scale - list(SCALES.values()))[1:] / found.error[1:]
        hits += np.sum(np.abs(pull) < 1)
        pulls.append(pull)
    # 300 correlated in pairs: effectively at least 150, binomial with p = 0.68 to 0.75: 4.5 errors are ±0.17
    assert 0.68 - 0.17 < hits / 300 < 0.75 + 0.17
    assert np.abs(np.mean(pulls)) < 4.5 / np.sqrt(150)


def test_curves_of_different_form_enlarge_the_error():
    mixed = states(1e-4)
    t, _, s = mixed["m = 1"]
    mixed["m = 1"] = (t, 1.5 - 0.02 / t**1.5 + 0.01 * np.sin(6 / t), s)
    found = energy_scales(mixed)
    assert found.chi2 / found.degrees_of_freedom > 10
    assert "not quite the same function" in found.text


def test_bad_input():
    t, e, s = states()["m = 2"]
    with pytest.raises(InputError, match="at least one to compare"):
        energy_scales({"a": (t, e, s)})
    with pytest.raises(InputError, match="shapes"):
        energy_scales({"a": (t, e, s), "b": (t, e[1:], s)})
    with pytest.raises(InputError, match="positive"):
        energy_scales({"a": (t, e, s), "b": (-t, e, s)})
    with pytest.raises(InsufficientDataError, match="needs 4"):
        energy_scales({"a": (t, e, s), "b": (t[:3], e[:3], s[:3])})
    with pytest.raises(InsufficientDataError, match="does not fall"):
        energy_scales({"a": (t, e, s), "b": (t, -e, s)})


def test_plot_brings_all_onto_one_curve():
    ax = energy_scales(states()).plot()
    assert len(ax.containers) == 3
    assert "T_p" in ax.get_xlabel()
