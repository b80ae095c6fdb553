"""Swap Monte Carlo: what a run conserves, records, repeats and refuses; limits of temperature; tuned steps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from boltzmann import PAIRS

import glasskit as gk
from glasskit.errors import InputError, NumericalError
from glasskit.particles import swap
from glasskit.particles.configuration import Configuration
from glasskit.particles.potentials.form import PairForm
from glasskit.particles.swap import REFRESH, SwapResult, default_step

IPL = gk.InversePowerLaw()


@pytest.fixture(scope="module")
def liquid() -> Configuration:
    """72 particles of the tapered model at T = 1."""
    rng = np.random.default_rng(3)
    start = gk.TAPERED_IPL.random_configuration(72, rng=rng)
    return gk.swap_monte_carlo(start, IPL, temperature=1.0, sweeps=300, rng=rng).configuration


def run_of(configuration: Configuration, potential=IPL, *, seed: int = 5, **settings) -> SwapResult:
    settings = {"temperature": 1.0, "sweeps": 50, "rng": np.random.default_rng(seed)} | settings
    return gk.swap_monte_carlo(configuration, potential, **settings)


def assert_same_bits(one: SwapResult, other: SwapResult) -> None:
    for name in ("positions", "diameters"):
        np.testing.assert_array_equal(getattr(one.configuration, name), getattr(other.configuration, name))
    np.testing.assert_array_equal(one.energies, other.energies)


class TestRecords:
    def test_the_last_energy_is_that_of_the_configuration(self, liquid):
        for sweeps in (1, 99, 100, 101):
            run = run_of(liquid, sweeps=sweeps)
            assert run.energies.shape == (sweeps,)
            assert run.energies[-1] == gk.potential_energy(run.configuration, IPL)

    def test_every_energy_is_that_of_its_sweep(self, liquid):
        # Fifty runs of one sweep take the same decisions as a run of fifty; their energies are sums anew.
        rng, present, energies = np.random.default_rng(5), liquid, []
        for _ in range(50):
            run = run_of(present, sweeps=1, rng=rng, step=0.1)
            present = run.configuration
            assert run.energies[0] == gk.potential_energy(present, IPL)
            energies.append(run.energies[0])
        whole = run_of(liquid, step=0.1)
        # 72 moves per sweep, each rounding a total of 200 at 1e-14, for 50 sweeps.
        np.testing.assert_allclose(whole.energies, energies, rtol=1e-12)
        np.testing.assert_array_equal(whole.configuration.diameters, present.diameters)

    def test_the_first_energy_after_a_great_fall_is_exact_too(self):
        # The fall from 1e25 may be the last move of the sweep: the running energy is then rounded at 1e9.
        start = Configuration([[0.0, 0], [0.01, 0], [2.5, 1]], [1.3, 1.3, 1.3], [5.0, 6.0])
        for seed in range(40):
            run = run_of(start, seed=seed, sweeps=1, swap_fraction=0.0, step=1.0)
            assert run.energies[0] == pytest.approx(gk.potential_energy(run.configuration, IPL), rel=1e-12, abs=1e-12)

    def test_the_drift_is_rounding(self, liquid):
        run = run_of(liquid, sweeps=2 * REFRESH)
        # Between two sums 36,000 accepted moves at most, each rounding some 200 at 1.4e-14 with either sign.
        assert 0.0 < run.largest_energy_drift < 1e-11
        assert 0.3 < run.displacement_acceptance < 0.8
        assert 0.05 < run.swap_acceptance < 0.8
        assert run.list_builds == 2

    def test_sizes_are_exchanged_and_never_changed(self, liquid):
        run = run_of(liquid)
        assert not np.array_equal(run.configuration.diameters, liquid.diameters)
        np.testing.assert_array_equal(np.sort(run.configuration.diameters), np.sort(liquid.diameters))
        assert run.configuration.box == liquid.box

    def test_the_start_is_left_as_it_was(self, liquid):
        before = liquid.positions.copy(), liquid.diameters.copy()
        run_of(liquid)
        np.testing.assert_array_equal(liquid.positions, before[0])
        np.testing.assert_array_equal(liquid.diameters, before[1])


class TestMoves:
    def test_without_swaps_sizes_stay(self, liquid):
        run = run_of(liquid, swap_fraction=0.0)
        np.testing.assert_array_equal(run.configuration.diameters, liquid.diameters)
        assert run.swap_acceptance == 0.0

    def test_swaps_alone_leave_positions(self, liquid):
        run = run_of(liquid, swap_fraction=1.0)
        np.testing.assert_array_equal(run.configuration.positions, liquid.positions)
        assert run.displacement_acceptance == 0.0
        assert run.swap_acceptance > 0.05

    def test_swaps_of_equal_sizes_are_rejected(self, liquid):
        same = liquid.replace(diameters=np.full(72, 1.0))
        run = run_of(same, swap_fraction=0.5)
        assert run.swap_acceptance == 0.0
        assert run.displacement_acceptance > 0.3

    def test_no_swap_beyond_the_size_limit(self, liquid):
        # Two groups of sizes, 0.2 apart: with a limit below that each particle stays in its group.
        small = np.arange(72) < 36
        diameters = np.where(small, 0.8, 1.1) + np.linspace(0, 0.1, 72)
        start = liquid.replace(diameters=diameters)
        run = run_of(start, swap_fraction=0.5, largest_size_difference=0.15)
        assert run.swap_acceptance > 0.05
        np.testing.assert_array_equal(run.configuration.diameters < 1.0, small)
        assert not np.array_equal(run.configuration.diameters, diameters)
        everywhere = run_of(start, swap_fraction=0.5)
        assert not np.array_equal(everywhere.configuration.diameters < 1.0, small)

    def test_infinite_temperature_accepts_everything(self, liquid):
        # Soft spheres: differences below 30 against thresholds of 1e12 ln(1/u), so that 3,600 moves pass.
        run = run_of(liquid, gk.HarmonicSpheres(), temperature=1e12)
        assert run.displacement_acceptance == 1.0
        assert run.swap_acceptance == 1.0

    def test_zero_temperature_never_climbs(self, liquid):
        run = run_of(liquid, temperature=1e-12, sweeps=200)
        assert np.diff(run.energies).max() < 1e-9
        assert run.energies[-1] < gk.potential_energy(liquid, IPL) - 10.0

    def test_particles_out_of_touch_move_freely(self):
        far = Configuration([[-4.0, -4, -4], [4.0, 4, 4]], [1.0, 1.1], [16.0, 16, 16])
        run = run_of(far, sweeps=10, step=0.05)
        assert run.energies.tolist() == [0.0] * 10
        assert (run.displacement_acceptance, run.swap_acceptance) == (1.0, 1.0)

    def test_one_particle_moves(self):
        run = run_of(Configuration([[0.0, 0, 0]], [1.0], [5.0, 5, 5]), swap_fraction=0.0)
        assert run.displacement_acceptance == 1.0
        assert np.abs(run.configuration.positions).max() > 0.01

    def test_the_energy_of_the_liquid(self):
        # Two independent codes give 2.601(2) at T = 1 and N = 1000. Here 4,000 sweeps of N = 200 scatter by 0.01,
        # and a box of three diameters may shift the mean by as much.
        rng = np.random.default_rng(1)
        start = gk.TAPERED_IPL.random_configuration(200, rng=rng)
        run = gk.swap_monte_carlo(start, gk.TAPERED_IPL.potential, temperature=1.0, sweeps=4000, rng=rng, step=0.1)
        assert run.energies[500:].mean() / 200 == pytest.approx(2.601, abs=0.05)


class TestRepetition:
    def test_the_same_seed_gives_the_same_bits(self, liquid):
        assert_same_bits(run_of(liquid), run_of(liquid))
        assert not np.array_equal(run_of(liquid).energies, run_of(liquid, seed=6).energies)

    @pytest.mark.parametrize("step", [None, 0.1, 3.0])
    def test_a_run_continued_after_a_renewal_equals_one_that_was_not(self, liquid, step):
        # With step None the step is a mean of diameters whose order has changed in between.
        # 200 particles are enough for rows that do not hold all pairs.
        start = gk.TAPERED_IPL.random_configuration(200, rng=np.random.default_rng(9))
        rng = np.random.default_rng(12)
        first = run_of(start, sweeps=REFRESH, rng=rng, step=step)
        second = run_of(first.configuration, sweeps=2 * REFRESH, rng=rng, step=step)
        whole = run_of(start, sweeps=3 * REFRESH, seed=12, step=step)
        np.testing.assert_array_equal(np.concatenate((first.energies, second.energies)), whole.energies)
        np.testing.assert_array_equal(second.configuration.positions, whole.configuration.positions)
        np.testing.assert_array_equal(second.configuration.diameters, whole.configuration.diameters)
        assert first.step == second.step == whole.step
        assert first.row_updates + second.row_updates == whole.row_updates
        assert step == 3.0 or second.row_updates > 100

    @pytest.mark.parametrize("seed", range(40))
    def test_a_run_continued_after_a_fall_in_energy_equals_one_that_was_not(self, seed, monkeypatch):
        # Hot and few: the renewal of an energy often falls on the end of a sweep after which all is renewed.
        monkeypatch.setattr(swap, "REFRESH", 2)
        rng = np.random.default_rng(seed)
        start = Configuration(rng.uniform(-4, 4, (3, 3)), [0.8, 1.0, 1.2], [9.0, 9.0, 9.0])
        settings = {"temperature": 1e6, "step": 1.5, "skin": 0.4}
        first = run_of(start, sweeps=2, rng=rng, **settings)
        second = run_of(first.configuration, sweeps=8, rng=rng, **settings)
        again = np.random.default_rng(seed)
        again.uniform(-4, 4, (3, 3))
        whole = run_of(start, sweeps=10, rng=again, **settings)
        np.testing.assert_array_equal(np.concatenate((first.energies, second.energies)), whole.energies)
        np.testing.assert_array_equal(second.configuration.positions, whole.configuration.positions)

    def test_the_default_step_is_a_tenth_of_the_mean_diameter_in_any_order(self, liquid, rng):
        assert default_step(liquid) == pytest.approx(0.1 * liquid.diameters.mean(), rel=1e-15)
        for _ in range(50):
            assert default_step(liquid.replace(diameters=rng.permutation(liquid.diameters))) == default_step(liquid)


class TestOverlaps:
    @pytest.mark.parametrize("name", PAIRS)
    def test_coinciding_particles_part(self, name):
        potential, diameters, temperature = PAIRS[name]
        position_nc = np.random.default_rng(1).uniform(-3, 3, (12, 3))
        position_nc[1] = position_nc[0]
        position_nc[2] = position_nc[0]
        start = Configuration(position_nc, np.resize(diameters, 12), [6.5, 6.5, 6.5])
        run = run_of(start, potential, temperature=temperature, sweeps=60)
        assert np.isfinite(run.energies[-1])
        assert not np.isnan(run.energies).any()
        assert run.energies[-1] == gk.potential_energy(run.configuration, potential)
        assert run.energies[-1] < 100.0

    def test_an_infinite_energy_at_the_end_is_an_error_with_the_result(self, liquid):
        position_nc = liquid.positions.copy()
        position_nc[1] = position_nc[0]
        with pytest.raises(NumericalError, match="still so close") as caught:
            run_of(liquid.replace(positions=position_nc), swap_fraction=1.0, sweeps=3)
        assert caught.value.partial.energies.tolist() == [np.inf] * 3
        assert isinstance(caught.value.partial.configuration, Configuration)


@dataclasses.dataclass(frozen=True)
class Inconsistent(gk.InversePowerLaw):
    """A defect on purpose: the moves use an energy one part in a million above that of the sums."""

    @property
    def form(self) -> PairForm:
        form = super().form
        energy = form.energy
        return form._replace(energy=_slightly_more(energy))


def _slightly_more(energy):
    from glasskit.particles.kernels.jit import inline

    @inline
    def wrong(r2, a, p):
        return 1.000001 * energy(r2, a, p)

    return wrong


def test_a_wrong_energy_difference_is_an_error_with_the_result():
    rng = np.random.default_rng(2)
    start = gk.TAPERED_IPL.random_configuration(70, dimension=2, rng=rng)
    start = gk.swap_monte_carlo(start, IPL, temperature=1.0, sweeps=50, rng=rng).configuration
    with pytest.raises(NumericalError, match="running energy departed") as caught:
        run_of(start, Inconsistent(), sweeps=3 * REFRESH)
    partial = caught.value.partial
    assert 1 <= partial.energies.size <= REFRESH  # the first sum anew finds it
    assert partial.largest_energy_drift > 1e-6
    assert partial.configuration.number_of_particles == 70


class TestTunedSteps:
    @pytest.mark.parametrize("wanted", [0.1, 0.3, 0.6, 0.9])
    @pytest.mark.parametrize("temperature", [0.3, 3.0])
    def test_the_wanted_acceptance_is_reached(self, liquid, wanted, temperature):
        rng = np.random.default_rng(4)
        step, end = gk.tune_step(liquid, IPL, temperature=temperature, rng=rng, acceptance=wanted)
        run = run_of(end, temperature=temperature, sweeps=300, step=step)
        # Trial runs of 50 sweeps count 2,900 displacements, correlated over some ten: a scatter of 0.02 at most.
        assert run.displacement_acceptance == pytest.approx(wanted, abs=0.05)
        assert run.step == step

    def test_a_random_start_is_allowed(self):
        rng = np.random.default_rng(4)
        start = gk.TAPERED_IPL.random_configuration(72, rng=rng)
        step, end = gk.tune_step(start, IPL, temperature=1.0, rng=rng)
        assert run_of(end, sweeps=300, step=step).displacement_acceptance == pytest.approx(0.4, abs=0.05)

    def test_the_step_ends_at_half_the_box(self):
        far = Configuration([[-4.0, -4, -4], [4.0, 4, 4]], [1.0, 1.1], [16.0, 17, 18])
        assert gk.tune_step(far, IPL, temperature=1.0, rng=np.random.default_rng(1), acceptance=0.2)[0] == 8.0

    @pytest.mark.parametrize(
        "bad", [{"acceptance": 0.0}, {"acceptance": 1.0}, {"acceptance": np.nan}, {"rounds": 0}, {"swap_fraction": 1.0}]
    )
    def test_bad_input_is_refused(self, liquid, bad):
        with pytest.raises(InputError, match=next(iter(bad))):
            gk.tune_step(liquid, IPL, **{"temperature": 1.0, "rng": np.random.default_rng(1)} | bad)


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *[("temperature", value) for value in (0.0, -1.0, np.inf, np.nan)],
            *[("sweeps", value) for value in (0, -3, 2.0, None)],
            *[("swap_fraction", value) for value in (-0.1, 1.1, np.nan)],
            *[("step", value) for value in (0.0, -0.1, np.inf, np.nan, 5.0)],
            *[("largest_size_difference", value) for value in (-0.1, np.nan)],
            *[("skin", value) for value in (-0.1, np.nan, np.inf)],
            *[("rng", value) for value in (1, None, np.random.RandomState(1))],
        ],
    )
    def test_arguments_out_of_range(self, liquid, name, value):
        with pytest.raises(InputError, match=f"^{name}: "):
            run_of(liquid, **{name: value})

    def test_swaps_of_one_particle(self):
        with pytest.raises(InputError, match="at least two particles"):
            run_of(Configuration([[0.0, 0, 0]], [1.0], [5.0, 5, 5]))

    def test_a_cutoff_of_half_the_box(self, liquid):
        with pytest.raises(InputError, match="half the shortest box edge"):
            run_of(liquid, gk.InversePowerLaw(cutoff=2.1))

    def test_sizes_that_form_no_pair(self, liquid):
        # Any two sizes may meet by swaps, so all pairs are checked and not only those in touch.
        with pytest.raises(InputError, match="no positive diameter"):
            run_of(liquid, gk.InversePowerLaw(nonadditivity=2.0))
