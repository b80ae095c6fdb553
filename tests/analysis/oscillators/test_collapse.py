"""omega_x by collapse of displacements."""

import numpy as np
import pytest
from analysis.oscillators.synthetic import LIMITS, ensemble, partial_sums, shape
from scipy.stats import kstest

from glasskit.analysis.oscillators.collapse import collapse_displacements
from glasskit.analysis.oscillators.joint_fit import joint_fit, repeated_fits
from glasskit.analysis.oscillators.stiffness_bins import stiffness_bins
from glasskit.errors import InputError, InsufficientDataError
from glasskit.meanfield.khgps import KHGPS

OMEGA = {"a": 0.1, "b": 0.2, "c": 0.45}


def ensembles(rng, **options):
    kappa_0 = {"a": 1.0, "b": 1.0, "c": 2.0}
    return {name: ensemble(rng, omega, kappa_0=kappa_0[name], **options) for name, omega in OMEGA.items()}


@pytest.fixture(scope="module")
def found():
    return collapse_displacements(ensembles(np.random.default_rng(5)), resamples=100)


def test_bins_are_what_the_sums_differ_by(rng):
    limits, counts, sums = ensemble(rng, 0.2)
    one = stiffness_bins("a", limits, counts, sums)
    assert one.counts_gb.sum(axis=0).min() >= 130  # 200 expected, 5 standard deviations
    assert one.edges[0] == 0
    assert one.edges[-1] == limits[-1]
    assert one.mean_square == pytest.approx(sums[:, -1].sum() / counts[:, -1].sum(), rel=1e-12)
    upper = np.searchsorted(limits, one.edges[1:])
    np.testing.assert_allclose(one.partial_average, (sums.sum(0) / np.maximum(counts.sum(0), 1))[upper], rtol=1e-12)


def test_errors_of_bins_are_those_between_ensembles():
    rng = np.random.default_rng(7)
    many = [stiffness_bins("a", *ensemble(rng, 0.2, common=0.0)) for _ in range(150)]
    measured = np.std([one.mean for one in many], axis=0, ddof=1)
    expected = np.sqrt(np.mean([one.error**2 for one in many], axis=0))
    # a standard deviation of n = 150 scatters by 1/√(2n) = 6 %, more for skewed means: 5 of these, and smoothing
    np.testing.assert_allclose(expected, measured, rtol=0.4)
    assert np.mean(expected / measured) == pytest.approx(1, abs=0.12)


def test_ratios_come_back_without_bias_and_with_honest_errors():
    rng, pulls, p = np.random.default_rng(11), [], []
    for _ in range(40):
        one = collapse_displacements(ensembles(rng, n=1000), resamples=40)
        truth = np.log(np.array(list(OMEGA.values())) / OMEGA["a"])
        pulls.append(((np.log(one.omega_x) - truth) / np.sqrt(np.diag(one.covariance) + 1e-30))[1:])
        p.append(one.p_value)
    pulls = np.array(pulls)
    # 40 pulls of unit variance: 4.2 standard errors of the mean and of the rms, plus 0.1 for errors known to 11 %
    assert np.abs(pulls.mean(axis=0)).max() < 4.2 / np.sqrt(40) + 0.1
    assert np.abs(np.sqrt((pulls**2).mean(axis=0)) - 1).max() < 4.2 / np.sqrt(80) + 0.1
    assert kstest(p, "uniform").pvalue > 1e-4


def test_repeated_fits_are_full_fits(found):
    """The slow twin: whole fits of ensembles drawn again, weights and knots their own."""
    rng, given, slow = np.random.default_rng(3), ensembles(np.random.default_rng(5)), []
    for _ in range(40):
        drawn = {}
        for name, (limits, counts, sums) in given.items():
            rows = rng.integers(len(counts), size=len(counts))
            drawn[name] = (limits, counts[rows], sums[rows])
        bins = tuple(stiffness_bins(name, *values) for name, values in drawn.items())
        slow.append(0.5 * joint_fit(bins, 0).log_square[1:])
    ratio = np.std(slow, axis=0, ddof=1) / np.sqrt(np.diag(found.covariance)[1:])
    # standard deviations of 40 and of 100 values: √(1/80 + 1/200) = 13 %, four of these
    assert np.abs(np.log(ratio)).max() < 4 * 0.13


def test_repeated_fits_of_the_same_data_return_the_fit(found):
    bins = tuple(stiffness_bins(name, *values) for name, values in ensembles(np.random.default_rng(5)).items())
    fit = joint_fit(bins, 0)

    class Once:
        """Draws every instance exactly once."""

        def integers(self, high, size):
            return np.broadcast_to(np.arange(high), size)

    log_square, square = repeated_fits(fit, Once(), 3)
    # the last step was at most a hundredth of the noise
    np.testing.assert_allclose(log_square, np.tile(fit.log_square, (3, 1)), atol=1e-4)
    np.testing.assert_allclose(square, np.tile(found.mean_square, (3, 1)), rtol=1e-12)


def test_curves_of_two_shapes_are_refused(rng):
    given = ensembles(rng, common=0.0)
    given["c"] = ensemble(rng, 0.45, kappa_0=2.0, common=0.0, form=lambda u: 3.3 / (1 + u) ** 1.5)
    found = collapse_displacements(given, resamples=20)
    assert found.p_value < 1e-3
    assert not found.collapsed
    assert found.mismatch > 0.02
    assert "not one" in found.summary


def test_a_mismatch_is_measured(rng):
    def wavy(u):
        return shape(u) * (1 + 0.2 * np.sin(2 * np.log(u)))

    given = {"a": ensemble(rng, 0.2, common=0.0, n=2000), "b": ensemble(rng, 0.2, common=0.0, n=2000, form=wavy)}
    found = collapse_displacements(given, resamples=20)
    # two curves, ±w/2 about their mean, w of rms 0.2/√2: 0.07; weights and the free scale move it by a third
    assert found.mismatch == pytest.approx(0.07, rel=0.4)


def test_uncoupled_oscillators_have_omega_x_as_the_cube_root_of_the_field():
    fields = {"weak": 1e-3, "middle": 1e-2, "strong": 1e-1}
    rng, given = np.random.default_rng(1), {}
    for name, field in fields.items():
        records = [KHGPS(400, coupling=0.0, field=field).sample(rng).partial_averages(LIMITS) for _ in range(20)]
        given[name] = (LIMITS, [one.counts for one in records], [one.sums for one in records])
    found = collapse_displacements(given, reference="middle", field=fields["middle"], resamples=60)
    assert found.collapsed
    exact = np.cbrt(list(fields.values()))
    # x is a function of stiffness, so errors are small: 0.3 % or less; and 4.5 of them
    assert (found.error < 3e-3 * exact).all()
    assert (np.abs(found.omega_x - exact) <= 4.5 * found.error + 1e-12).all()


def test_the_common_curve_is_the_scaling_function_over_five_decades(rng):
    """Far from the bend, in units of a reference that bends at kappa = 2e-3: within errors and 3 % of splines."""
    given = {"a": ensemble(rng, 0.045, n=2000), "b": ensemble(rng, 0.2, n=2000), "c": ensemble(rng, 0.6, n=2000)}
    found = collapse_displacements(given, resamples=10)
    assert found.collapsed
    for one, omega, ratio in zip(found.bins, (0.045, 0.2, 0.6), found.omega_x, strict=True):
        at = one.middles[1:]
        value = found.curve.value(np.log(at / ratio**2), found.coefficients) * ratio**2
        exact = omega**2 * shape(at / omega**2)
        tolerance = 4.5 * np.sqrt(one.error[1:] ** 2 + (0.1 / np.sqrt(40) * one.mean[1:]) ** 2) + 0.03 * exact
        assert (np.abs(value - exact) < tolerance).all()


def test_the_line_of_partial_averages_is_the_mean_of_the_common_curve_from_zero(found):
    u = np.geomspace(1e-9, 1, 200_001)  # from far below the bend, which is at 2e-3: the first step is exact to 1e-6
    value = found.curve.value(np.log(u), found.coefficients)
    slow = np.cumsum(np.r_[value[0], 0.5 * (value[1:] + value[:-1])] * np.diff(u, prepend=0.0)) / u
    at = np.array([1e-6, 1e-4, 1e-3, 0.0123, 0.2, 0.99])
    # the slow twin steps by 1e-4 of u: its error is far below 1e-5; five Gauss nodes between knots have less
    np.testing.assert_allclose(
        found.curve.partial_average(np.log(at), found.coefficients), np.interp(at, u, slow), rtol=1e-5
    )


def test_the_drawn_line_passes_through_the_softest_points(found):
    """The first partial average is the mean over the softest bin, which is fitted: within errors of the curve."""
    softest = min(range(3), key=lambda m: found.bins[m].edges[1] / found.omega_x[m] ** 2)
    one, square = found.bins[softest], found.omega_x[softest] ** 2
    line = found.plot().lines[-1]
    u, value = line.get_data()
    assert u[0] == pytest.approx(one.edges[1] / square, rel=1e-12)
    error = np.sqrt(np.cumsum((one.error * np.diff(one.edges)) ** 2)) / one.edges[1:]  # of partial averages
    drawn = np.interp(one.edges[1:], u * square, value * square)  # at its own edges: nothing is interpolated
    # all instances share 10 %/√40 of x², which the scales absorb; 4.5 errors of 11 numbers: false alarm 1e-4
    assert (np.abs(drawn - one.partial_average) < 4.5 * np.hypot(error, 0.1 / np.sqrt(40) * drawn)).all()
    u, value = found.plot(partial=False).lines[-1].get_data()
    drawn = np.interp(one.middles, u * square, value * square)
    assert (np.abs(drawn - one.mean) < 4.5 * np.hypot(one.error, 0.1 / np.sqrt(40) * drawn)).all()
    # the same bin, by five nodes as in the fit instead of five between knots
    assert value[0] == pytest.approx(line.get_ydata()[0], rel=1e-2)


def test_reference_and_unit_change_nothing_else(found, rng):
    given = ensembles(np.random.default_rng(5))
    other = collapse_displacements(given, reference="b", field=-0.008, resamples=100)
    assert other.unit == pytest.approx(0.2)
    assert other.omega_x[1] == pytest.approx(0.2)
    # knots move with the reference, by less than noise
    np.testing.assert_allclose(
        np.log(other.omega_x / other.omega_x[0]), np.log(found.omega_x), atol=0.3 * np.sqrt(found.covariance.max())
    )
    assert other.error[1] == 0
    assert other.chi2 / other.degrees_of_freedom == pytest.approx(found.chi2 / found.degrees_of_freedom, rel=0.15)


def test_same_seed_same_numbers(found):
    again = collapse_displacements(ensembles(np.random.default_rng(5)), resamples=100)
    np.testing.assert_array_equal(again.log_omega_rm, found.log_omega_rm)
    assert found.seed == again.seed is not None
    assert found.log_omega_rm.shape == found.log_square_rm.shape == (100, 3)


def test_bad_input(rng):
    limits, counts, sums = ensemble(rng, 0.2)
    good = {"a": (limits, counts, sums)}
    with pytest.raises(InputError, match="at least two"):
        collapse_displacements(good)
    with pytest.raises(InputError, match=r"expected \(limits, counts, sums\)"):
        collapse_displacements({**good, "b": (limits, counts)})
    with pytest.raises(InputError, match="expected one of a, b"):
        collapse_displacements({**good, "b": good["a"]}, reference="z")
    with pytest.raises(InputError, match="other than 0"):
        collapse_displacements({**good, "b": good["a"]}, field=0.0)
    for bad, message in (
        ((limits[1:], counts, sums), "shapes"),
        ((limits[::-1], counts, sums), "ascending"),
        ((limits, counts, sums[:, ::-1]), "which grow"),
        ((limits, counts, sums * np.nan), "not finite"),
        ((np.vstack([limits, 2 * limits] * 20), counts, sums), "the same in all instances"),
        ((limits, counts, 1.0 * counts), "does not differ"),
    ):
        with pytest.raises(InputError, match=message):
            collapse_displacements({**good, "b": bad})
    with pytest.raises(InsufficientDataError, match="5 instances"):
        collapse_displacements({**good, "b": (limits, counts[:5], sums[:5])})
    stiffness = np.sort(rng.uniform(0.3, 1, (40, 400)), axis=1)
    with pytest.raises(InputError, match="without gap"):
        collapse_displacements({**good, "b": partial_sums(stiffness, stiffness**-2, LIMITS)})


@pytest.mark.parametrize(
    ("stiffness", "words"),
    [
        (lambda u: np.sqrt(u), r"density goes as kappa\^(1|0.99|1.01), and both the averages"),
        (lambda u: u**2, r"density goes as kappa\^-0.5, and both the averages"),
        (lambda u: 0.3 + 0.7 * u, "they have a gap"),
        (lambda u: 0.5 * u, "constant density of them down to 0, with kappa_0 the last limit"),
        (lambda u: np.where(u < 0.5, u, 1.0), "constant density of them down to 0, with kappa_0 the last limit"),
    ],
)
def test_stiffnesses_of_another_law_are_refused_for_what_they_are(rng, stiffness, words):
    stiffness_gn = np.sort(stiffness(rng.uniform(0, 1, (40, 1000))), axis=1)
    with pytest.raises(InputError, match=rf"b: .* with stiffnesses uniform from 0 to 1; .*{words}"):
        stiffness_bins("b", *partial_sums(stiffness_gn, np.ones_like(stiffness_gn), LIMITS))


def test_curves_that_do_not_overlap_are_refused(rng):
    with pytest.raises(InsufficientDataError, match="overlap with those of no other"):
        collapse_displacements({"a": ensemble(rng, 1e-2), "b": ensemble(rng, 30.0)})


def test_plots(found):
    ax = found.plot()
    assert len(ax.lines) == 4
    assert "omega_x" in ax.get_xlabel()
    assert len(found.plot(partial=False).containers) == 3
    assert str(found) == found.summary
    with pytest.raises(InputError, match="there are a, b, c"):
        found.select("z")
    assert found.select("c", "a") == [2, 0]
