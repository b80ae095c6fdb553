from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from glasskit.analysis.liquids.onset import Onset, _fits, onset_temperature
from glasskit.errors import InputError, InsufficientDataError

TEMPERATURES = np.array([2.0, 1.0, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.16])


def energies(onset, level=1.2, hot=0.006, cold=0.02, temperatures=TEMPERATURES):
    beyond = 1 / temperatures - 1 / onset
    return level - np.where(beyond < 0, hot, cold) * beyond


@pytest.mark.parametrize("onset", [0.33, 0.45, 0.6])
def test_two_exact_lines_give_their_kink(onset):
    found = onset_temperature(TEMPERATURES, energies(onset), np.full(9, 1e-4))
    assert found.temperature == pytest.approx(onset, rel=1e-6)
    assert found.level == pytest.approx(1.2, abs=1e-9)
    assert (found.hot_slope, found.cold_slope) == pytest.approx((0.006, 0.02), rel=1e-6)
    assert found.bend == pytest.approx(0.014, rel=1e-6)
    assert found.chi2 < 1e-6
    np.testing.assert_allclose(found.curve(TEMPERATURES), energies(onset), atol=1e-9)


def sought(beta, value, error):
    """Twin: the kink sought numerically between each two temperatures, level and slopes by a general solver."""

    def solved(kink):
        columns = [np.ones_like(beta), -np.minimum(beta - kink, 0), -np.maximum(beta - kink, 0)]
        design = np.stack(columns, axis=1) / error[:, None]
        found = np.linalg.lstsq(design, value / error, rcond=None)[0]
        return np.sum((design @ found - value / error) ** 2), *found

    ends = [
        minimize_scalar(lambda kink: solved(kink)[0], bounds=pair, method="bounded", options={"xatol": 1e-9}).x
        for pair in pairwise(np.sort(beta)[1:-1])
    ]
    kink = min([*ends, *np.sort(beta)[1:-1]], key=lambda kink: solved(kink)[0])
    chi2, level, hot, cold = solved(kink)
    return kink, level, hot, cold, chi2


@pytest.mark.parametrize("scatter", [1e-4, 2e-3, 2e-2])
def test_the_kink_is_that_of_a_search(scatter):
    """From kinks seen clearly to energies that are all noise, whose best kink is often at a temperature or an end."""
    rng, beta, error = np.random.default_rng(5), 1 / TEMPERATURES, np.linspace(0.5, 2.0, 9)
    rows = energies(0.4) + scatter * error * rng.standard_normal((25, 9))
    for found, row in zip(_fits(beta, rows, scatter * error).T, rows, strict=True):
        kink, level, hot, cold, chi2 = sought(beta, row, scatter * error)
        assert found[5] == pytest.approx(chi2, rel=1e-7)
        if abs(kink - found[0]) > 1e-5 * kink:  # two kinks as good as each other: one point beyond it fits any
            far = np.sum(beta > max(kink, found[0]) * (1 - 1e-9)), np.sum(beta < min(kink, found[0]) * (1 + 1e-9))
            assert min(far) <= 1
        else:
            np.testing.assert_allclose(found[1:3], [level, hot], rtol=1e-4, atol=1e-5 * scatter)
            assert found[2] + found[3] == pytest.approx(cold, rel=1e-4, abs=1e-5 * scatter)


def test_errors_cover_the_truth():
    rng, hits = np.random.default_rng(2), 0
    for _ in range(200):
        noisy = energies(0.4) + 5e-4 * rng.standard_normal(9)
        found = onset_temperature(TEMPERATURES, noisy, np.full(9, 5e-4), rng=rng, resamples=60)
        hits += abs(found.temperature - 0.4) < found.error
    # binomial of 200 with p = 0.68 (more where chi² enlarges the error): 4.5 errors are ±30
    assert 0.68 * 200 - 30 < hits < 0.8 * 200 + 25


def test_the_order_of_temperatures_does_not_matter():
    noisy = energies(0.4) + 5e-4 * np.random.default_rng(3).standard_normal(9)
    forward = onset_temperature(TEMPERATURES, noisy, np.full(9, 5e-4))
    shuffled = np.random.default_rng(4).permutation(9)
    back = onset_temperature(TEMPERATURES[shuffled], noisy[shuffled], np.full(9, 5e-4))
    assert (forward.temperature, forward.error) == (back.temperature, back.error)


def test_a_bad_fit_enlarges_the_error():
    smooth = energies(0.4) + 2e-3 * np.cos(np.arange(9))
    tight = onset_temperature(TEMPERATURES, smooth, np.full(9, 1e-4))
    assert tight.chi2 / tight.degrees_of_freedom > 10
    loose = onset_temperature(TEMPERATURES, smooth, np.full(9, 1e-4 * np.sqrt(tight.chi2 / tight.degrees_of_freedom)))
    assert tight.error == pytest.approx(loose.error, rel=0.5)
    assert "enlarged" in tight.text


def test_energies_that_do_not_fall_are_refused_with_the_fit():
    with pytest.raises(InsufficientDataError, match="two on either side") as caught:
        onset_temperature(TEMPERATURES, 1.2 - 0.02 / TEMPERATURES, np.full(9, 1e-4))
    assert isinstance(caught.value.partial, Onset)
    with pytest.raises(InsufficientDataError, match="needs at least 6"):
        onset_temperature([1.0, 0.5, 0.4, 0.3, 0.2], [1.2, 1.2, 1.15, 1.1, 1.0], [0.1] * 5)


@pytest.mark.parametrize(
    ("temperatures", "energy", "error", "message"),
    [
        (TEMPERATURES, np.ones(8), np.ones(9), "shapes"),
        (-TEMPERATURES, np.ones(9), np.ones(9), "positive"),
        (TEMPERATURES, np.ones(9), np.zeros(9), "positive"),
        (TEMPERATURES, np.full(9, np.nan), np.ones(9), "finite"),
        (np.full(9, 0.3), np.ones(9), np.ones(9), "twice"),
    ],
)
def test_bad_input(temperatures, energy, error, message):
    with pytest.raises(InputError, match=message):
        onset_temperature(temperatures, energy, error)


def test_plot_shows_points_fit_and_kink():
    ax = onset_temperature(TEMPERATURES, energies(0.4), np.full(9, 1e-4)).plot()
    assert len(ax.lines) >= 3
    assert "1/T_p" in ax.get_xlabel()
