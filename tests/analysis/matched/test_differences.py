import numpy as np
import pytest

from glasskit.analysis.bootstrap import bootstrap_mean
from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.matched.differences import compare_matched
from glasskit.analysis.matched.samples import LOWEST, SOFT_MODES, MatchedSamples, match_indices
from glasskit.analysis.stresses.distribution import count_in_bins, distribution_from_counts, log_bin_edges
from glasskit.errors import InputError, InsufficientDataError


def pair(rng, *, glasses=100, per_glass=2.0, shared=0.8, s=(4.0, 3.0), numbers=True):
    """Two ensembles, each of exactly rate omega^s below 1: a mode is ``shared`` with the partner, or its own."""
    common = [rng.random(n) for n in rng.poisson(shared * per_glass, glasses)]
    made = []
    liquid = rng.normal(size=glasses)
    for k, exponent in enumerate(s):
        own = [rng.random(n) for n in rng.poisson((1 - shared) * per_glass, glasses)]
        modes = [np.concatenate(both) ** (1 / (exponent + 1)) for both in zip(common, own, strict=True)]
        energy = 1.2 - 0.1 * k + 0.05 * liquid + 0.01 * rng.normal(size=glasses)
        made.append(
            MatchedSamples(
                indices=np.arange(glasses),
                frequencies=modes,
                complete_below=1.0,
                numbers={"e_is": energy} if numbers else {},
            )
        )
    return made


def test_each_side_is_the_estimate_of_its_own_ensemble():
    first, second = pair(np.random.default_rng(1))
    found = compare_matched(first, second, 1.0)
    for samples, value in ((first, found.exponent.first), (second, found.exponent.second)):
        assert value == pytest.approx(fit_exponent(samples.frequencies, 1.0).s, rel=1e-12)
    assert found.exponent.difference == found.exponent.second - found.exponent.first
    errors = [fit_exponent(samples.frequencies, 1.0).error for samples in (first, second)]
    # errors of 1000 resampled ensembles, drawn anew: each has a relative scatter of 1/√2000 = 2.2 %
    assert found.exponent.independent_error == pytest.approx(np.hypot(*errors), rel=0.15)
    counts = [[len(modes) for modes in samples.frequencies] for samples in (first, second)]
    assert found.numbers[SOFT_MODES].first == np.mean(counts[0])
    assert found.numbers[SOFT_MODES].difference == pytest.approx(np.mean(counts[1]) - np.mean(counts[0]))


def test_the_resampled_exponents_are_those_of_glasses_drawn_one_by_one():
    first, second = pair(np.random.default_rng(2), glasses=30)
    found = compare_matched(first, second, 0.9, rng=np.random.default_rng(7), resamples=50)
    drawn_rg = np.random.default_rng(7).integers(30, size=(50, 30))
    change = []
    for samples in (first, second):
        modes = [f[f < 0.9] for f in samples.frequencies]
        all_modes = np.concatenate(modes)
        n, occupied = all_modes.size, sum(f.size > 0 for f in modes)
        k = (n - 1) / np.log(0.9 / all_modes).sum()
        y_r = np.array([np.log(0.9 / np.concatenate([modes[g] for g in row])).mean() for row in drawn_rg])
        factor = np.sqrt(n / (n - 2) * occupied / (occupied - 1))
        change.append(-k * factor * y_r / np.log(0.9 / all_modes).mean())
    assert found.exponent.error == pytest.approx(np.std(change[1] - change[0], ddof=1), rel=1e-9)
    assert found.exponent.correlation == pytest.approx(np.corrcoef(change)[0, 1], rel=1e-9)
    energy = [np.asarray(samples.numbers["e_is"]) for samples in (first, second)]
    mean_r = (energy[1] - energy[0])[drawn_rg].mean(axis=1)
    assert found.numbers["e_is"].error == pytest.approx(np.std(mean_r, ddof=1) * np.sqrt(30 / 29), rel=1e-9)


def test_the_paired_error_covers_the_truth_and_is_smaller():
    rng = np.random.default_rng(3)
    inside = {"s": 0, "e_is": 0}
    ratios, scatter = [], []
    for _ in range(300):
        found = compare_matched(*pair(rng), 1.0, rng=rng, resamples=200)
        inside["s"] += abs(found.exponent.difference - (3.0 - 4.0)) < found.exponent.error
        inside["e_is"] += abs(found.numbers["e_is"].difference + 0.1) < found.numbers["e_is"].error
        ratios.append(found.exponent.error / found.exponent.independent_error)
        scatter.append((found.exponent.difference, found.exponent.error))
    # binomial of 300 with p = 0.68 (0.67 to 0.68 of the single fits): standard deviation 8.1, 4.2 of them
    for hits in inside.values():
        assert abs(hits - 0.675 * 300) < 34
    # with 80 % of the modes shared the correlation of y is 0.8: √(1 − 0.8·2·k1·k2/(k1² + k2²)) = 0.468, k = 5 and 4
    assert np.mean(ratios) == pytest.approx(0.468, abs=0.02)
    difference, error = np.array(scatter).T
    # the errors are right on average: a standard deviation of 300 has an error of 4 %, four of them
    assert np.std(difference) == pytest.approx(np.sqrt(np.mean(error**2)), rel=0.17)


def test_glasses_that_share_nothing_gain_nothing():
    found = compare_matched(*pair(np.random.default_rng(4), glasses=2000, shared=0.0), 1.0)
    # correlation of 2000 glasses: error 1/√2000 = 0.022, and 1/√1000 = 0.032 of its bootstrap; four of 0.039
    assert abs(found.exponent.correlation) < 0.16
    assert abs(found.numbers[LOWEST].correlation) < 0.16
    assert found.exponent.gain == pytest.approx(1.0, abs=0.2)
    shared = compare_matched(*pair(np.random.default_rng(4), glasses=2000, shared=1.0), 1.0)
    # all modes shared, other exponents: the errors of k are proportional
    assert shared.exponent.correlation == pytest.approx(1.0, abs=1e-9)
    assert shared.numbers[SOFT_MODES].error == 0.0


def test_an_ensemble_differs_from_itself_by_nothing():
    first, _ = pair(np.random.default_rng(5))
    found = compare_matched(first, first, 1.0)
    for difference in (found.exponent, *found.numbers.values()):
        assert difference.difference == difference.error == 0.0
        assert difference.correlation == pytest.approx(1.0)
        assert difference.gain == np.inf
        assert difference.independent_error > 0


def test_missing_glasses_are_left_out_and_counted():
    first, second = pair(np.random.default_rng(6), glasses=60)
    order = np.random.default_rng(1).permutation(60)[:50]
    part = MatchedSamples(
        indices=order, frequencies=[second.frequencies[g] for g in order], complete_below=np.ones(50),
        numbers={"e_is": np.asarray(second.numbers["e_is"])[order]},
    )  # fmt: skip
    found = compare_matched(first, part, 1.0)
    assert (found.glasses, found.match.only_first, found.match.only_second) == (50, 10, 0)
    kept = np.sort(order)
    alone = [
        MatchedSamples(
            indices=kept,
            frequencies=[samples.frequencies[g] for g in kept],
            numbers={"e_is": np.asarray(samples.numbers["e_is"])[kept]},
        )
        for samples in (first, second)
    ]
    again = compare_matched(*alone, 1.0)
    assert found.exponent == again.exponent
    assert found.numbers["e_is"] == again.numbers["e_is"]
    back = compare_matched(part, first, 1.0)
    assert back.match.only_second == 10
    assert back.exponent.difference == -found.exponent.difference
    assert "left out: 10 that only the first" in found.text


def test_a_mean_has_the_error_of_the_differences():
    first, second = pair(np.random.default_rng(8))
    found = compare_matched(first, second, 1.0).numbers["e_is"]
    difference = np.asarray(second.numbers["e_is"]) - np.asarray(first.numbers["e_is"])
    assert found.difference == pytest.approx(difference.mean())
    # two bootstraps of 1000, each to 2.2 %: four of 3.2 %
    assert found.error == pytest.approx(bootstrap_mean(difference).error, rel=0.13)
    # liquids 0.05, glasses 0.01: correlation 25/26
    assert found.correlation == pytest.approx(25 / 26, abs=0.04)
    constant = MatchedSamples(indices=np.arange(100), frequencies=second.frequencies, numbers={"e_is": np.ones(100)})
    flat = compare_matched(first, constant, 1.0).numbers["e_is"]
    assert flat.correlation is None
    assert flat.error == pytest.approx(flat.independent_error)


def test_each_ensemble_may_have_its_own_window():
    first, second = pair(np.random.default_rng(9))
    stiff = MatchedSamples(indices=second.indices, frequencies=[2 * f for f in second.frequencies])
    own = compare_matched(first, stiff, (0.8, 1.6))
    common = compare_matched(first, second, 0.8)
    assert own.upper == (0.8, 1.6)
    assert own.exponent.difference == pytest.approx(common.exponent.difference, abs=1e-12)
    assert own.exponent.error == pytest.approx(common.exponent.error, rel=1e-9)
    assert "below 0.8 and 1.6" in own.text


def test_the_lowest_frequency_is_cut_where_it_is_not_known():
    frequencies = [[0.3, 0.9], [], [0.95]]
    first = MatchedSamples(indices=[0, 1, 2], frequencies=frequencies, complete_below=[0.9, 1.0, 1.0])
    second = MatchedSamples(indices=[0, 1, 2], frequencies=[[0.2], [0.4], [0.6]], complete_below=1.0)
    found = compare_matched(first, second, 0.85)
    assert found.cut == 0.9
    np.testing.assert_array_equal(found.per_glass[LOWEST], [[0.3, 0.9, 0.9], [0.2, 0.4, 0.6]])
    assert isinstance(found.exponent, InsufficientDataError)
    assert "no exponent" in found.text


EDGES = log_bin_edges(1e-3, 1.0, 5)


def stress_pair(rng, glasses=80, powers=(2.0, 3.0)):
    """Stresses of density sigma^(1/power − 1) from the same random numbers; a glass has more or fewer small ones."""
    counts = [[], []]
    for _ in range(glasses):
        u = rng.random(300) ** np.exp(0.2 * rng.normal())
        for part, power in enumerate(powers):
            counts[part].append(count_in_bins(u**power, EDGES))
    return np.array(counts)


def test_stress_slopes_differ_as_their_powers():
    counts = stress_pair(np.random.default_rng(10))
    samples = [
        MatchedSamples(indices=np.arange(80), frequencies=[[0.5]] * 79 + [[0.6]], stress_counts=c) for c in counts
    ]
    found = compare_matched(*samples, 1.0, stress_edges=EDGES, slope_span=3).stresses
    # slope 1/3 − 1/2 = −1/6 everywhere, modified by the same spread of exponents in both
    pull = (found.slope_difference + 1 / 6) / found.slope_error
    assert np.abs(pull).max() < 5
    for part in (0, 1):
        alone = distribution_from_counts(counts[part], EDGES, slope_span=3)
        assert set(np.round(np.log10(found.slope_sigma), 6)) <= set(np.round(np.log10(alone.slope_sigma), 6))
    both = [distribution_from_counts(c, EDGES, slope_span=3) for c in counts]
    shared = np.isin(np.round(np.log10(both[0].slope_sigma), 6), np.round(np.log10(found.slope_sigma), 6))
    shared_1 = np.isin(np.round(np.log10(both[1].slope_sigma), 6), np.round(np.log10(found.slope_sigma), 6))
    expected = both[1].slope[shared_1] - both[0].slope[shared]
    np.testing.assert_allclose(found.slope_difference, expected, rtol=1e-9, atol=1e-12)


def test_paired_stress_errors_are_right():
    rng, ratios, slopes, shares = np.random.default_rng(11), [], [], []
    for _ in range(60):
        one, two = stress_pair(rng, glasses=40, powers=(2.0, 2.2))
        found = compare_matched(
            *(MatchedSamples(indices=np.arange(40), frequencies=[[0.5]] * 40, stress_counts=c) for c in (one, two)),
            1.0, stress_edges=EDGES, slope_span=3, rng=rng, resamples=200,
        ).stresses  # fmt: skip
        ratios.append((found.log_ratio[-8:], found.error[-8:]))
        slopes.append((found.slope_difference[-6:], found.slope_error[-6:]))
        shares.append(found.error / found.independent_error)
        assert (found.slope_error < found.slope_independent_error)[-6:].all()
    for found in (ratios, slopes):
        value, error = np.array(found).transpose(1, 0, 2)
        # a standard deviation of 60 has an error of 9 %; up to eight bins, 4.5 of them
        np.testing.assert_allclose(np.std(value, axis=0), np.sqrt(np.mean(error**2, axis=0)), rtol=0.41)
    assert np.mean(np.concatenate(shares)) < 0.95


def test_unmatched_indices_are_refused():
    with pytest.raises(InputError, match="no index in common"):
        match_indices([0, 1], [2, 3])
    with pytest.raises(InputError, match="index 1 is given twice in the second"):
        match_indices([0, 1], [1, 1])
    with pytest.raises(InputError, match="whole numbers"):
        match_indices([0.0, 1.0], [0, 1])
    with pytest.raises(InputError, match="whole numbers"):
        match_indices([[0], [1]], [0, 1])
    found = match_indices([5, 3, 9], [9, 1, 3])
    np.testing.assert_array_equal(found.indices, [3, 9])
    np.testing.assert_array_equal(found.first, [1, 2])
    np.testing.assert_array_equal(found.second, [2, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frequencies": [[0.5]]}, "frequencies of 1 glasses"),
        ({"complete_below": [1.0, 1.0]}, "complete_below has shape"),
        ({"complete_below": 0.5}, "complete only"),
        ({"numbers": {"e_is": [1.0, 2.0]}}, "e_is of the second"),
        ({"numbers": {"e_is": [1.0, np.nan, 2.0]}}, "e_is of the second"),
        ({"numbers": {LOWEST: [1.0, 2.0, 3.0]}}, "another name"),
        ({"frequencies": [[0.5], [0.0], [0.3]]}, "positive"),
        ({"frequencies": [[0.5], [np.nan], [0.3]]}, "NaN"),
        ({"stress_counts": np.ones((2, 4))}, "stress_counts have shape"),
    ],
)
def test_bad_input(change, message):
    plain = {"indices": [0, 1, 2], "frequencies": [[0.5], [0.4], [0.3]]}
    with pytest.raises(InputError, match=message):
        compare_matched(MatchedSamples(**plain), MatchedSamples(**{**plain, **change}), 1.0)


def test_bad_stress_input():
    counts = np.full((3, 4), 10)
    first = MatchedSamples(indices=[0, 1, 2], frequencies=[[0.5], [0.4], [0.3]], stress_counts=counts)
    with pytest.raises(InputError, match="without stress_edges"):
        compare_matched(first, first, 1.0)
    with pytest.raises(InputError, match="expected both"):
        compare_matched(first, first, 1.0, stress_edges=[0.1, 0.2])
    with pytest.raises(InputError, match="slope_span"):
        compare_matched(first, first, 1.0, stress_edges=[0.1, 0.2, 0.4], slope_span=0)
    with pytest.raises(InputError, match="ascending"):
        compare_matched(first, first, 1.0, stress_edges=[0.4, 0.2, 0.1])
    few = MatchedSamples(indices=[0, 1, 2], frequencies=[[0.5], [0.4], [0.3]], stress_counts=np.ones((3, 4), int))
    with pytest.raises(InsufficientDataError, match="no bin holds"):
        compare_matched(few, few, 1.0, stress_edges=[0.1, 0.2, 0.4])


def test_one_glass_in_common_is_refused():
    first = MatchedSamples(indices=[0, 1], frequencies=[[0.5], [0.4]])
    second = MatchedSamples(indices=[1, 2], frequencies=[[0.5], [0.4]])
    with pytest.raises(InsufficientDataError, match="at least 2 glasses, found 1"):
        compare_matched(first, second, 1.0)
    with pytest.raises(InputError, match="upper has 3"):
        compare_matched(first, first, (1.0, 1.0, 1.0))


def test_plots_and_words():
    first, second = pair(np.random.default_rng(12))
    found = compare_matched(first, second, 1.0)
    ax = found.plot()
    assert len(ax.lines[0].get_xdata()) == 100
    assert "first" in ax.get_xlabel()
    found.plot("e_is", ax=ax)
    with pytest.raises(InputError, match="expected one of soft modes"):
        found.plot("pressure")
    assert "100 glasses of the same liquids" in found.text
    assert "e_is: 1.198 and 1.099, difference -0.0989 ± 0.0015" in found.text
    counts = stress_pair(np.random.default_rng(13), glasses=10)
    pair_s = [MatchedSamples(indices=np.arange(10), frequencies=[[0.5]] * 10, stress_counts=c) for c in counts]
    stresses = compare_matched(*pair_s, 1.0, stress_edges=EDGES).stresses
    assert stresses.plot(label="3 against 2").get_xscale() == "log"
