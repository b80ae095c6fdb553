"""The fast half of swap Monte Carlo: float32 screens keep to their bound and change no chain, rows miss no pair."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from potential_cases import CASES

import glasskit as gk
from glasskit.errors import InputError
from glasskit.particles import swap_run
from glasskit.particles.kernels import records
from glasskit.particles.potentials.form import SCREEN_ERROR, pair_cutoff, pair_diameter, pair_diameter_float32
from glasskit.particles.potentials.tapered import STEEPEST_SCREEN

SCREENED = {
    "tapered m=1": gk.InversePowerLaw(taper=1),
    "tapered m=2": gk.InversePowerLaw(),
    "tapered m=8": gk.InversePowerLaw(taper=8),
    "tapered m=inf": gk.InversePowerLaw(taper=np.inf),
    "tapered n=24": gk.InversePowerLaw(exponent=24, nonadditivity=0.2),
    "Lennard-Jones m=2": gk.LennardJones(),
    "Lennard-Jones m=inf": gk.LennardJones(taper=np.inf),
    "binary": gk.BINARY_IPL.potential,
    "poly": gk.POLY.potential,
    "nbc": gk.NBC.potential,
    "tapered m=100": gk.InversePowerLaw(taper=100, cutoff=6.0),
    "nonadditive": gk.InversePowerLaw(nonadditivity=0.9),
    "smoothed q=6": gk.SmoothedInversePowerLaw(exponent=12, cutoff_ratio=1.3, smoothness=6),
}


def screened_and_exact(potential: gk.InversePowerLaw, r_p, a_i, a_j):
    """Energies and sizes of pairs from the screen, and exact energies; both with the cutoff applied."""
    screen, energy = potential.form.screen, potential.form.energy

    @numba.njit(error_model="numpy")
    def evaluate(r_p, a_i, a_j, p, p32):
        out = np.zeros((3, r_p.size))
        for k in range(r_p.size):
            a = pair_diameter(a_i[k], a_j[k], p)
            if r_p[k] < pair_cutoff(a, p):
                out[2, k] = energy(r_p[k] ** 2, a, p)
            # Rounded as in the sweep: the squared distance is off by up to 1e-6 of itself.
            r2 = np.float32(np.float32(r_p[k] ** 2) * (np.float32(1.0) + np.float32((k % 3 - 1) * 3e-7)))
            a = pair_diameter_float32(np.float32(a_i[k]), np.float32(a_j[k]), p32)
            rc = pair_cutoff(a, p32)
            if r2 < rc * rc:
                phi, size = screen(r2, np.float32(1.0) / r2, a, p32)
                out[0, k], out[1, k] = phi, size
        return out

    p = potential.parameters
    return evaluate(r_p, a_i, a_j, p, p.astype(np.float32))


@pytest.mark.parametrize("name", SCREENED)
def test_a_screen_keeps_to_its_bound(name):
    potential, rng = SCREENED[name], np.random.default_rng(1)
    a_i, a_j = rng.uniform(0.7, 1.7, (2, 200_000))
    rc = potential.cutoff_of(potential.pair_diameter(a_i, a_j))
    r_p = rng.uniform(0.35, 1.001, a_i.size) * rc  # below 0.17 r_c the screen of m = inf has no opinion
    r_p[:1000] = rc[:1000] * (1.0 + 1e-7 * rng.standard_normal(1000))
    phi, size, exact = screened_and_exact(potential, r_p, a_i, a_j)
    error = np.abs(phi - exact)
    assert np.all(error <= SCREEN_ERROR * size + 1e-12)  # at the cutoff itself one of the two may take the pair for out
    assert np.mean(exact != 0.0) > 0.4
    # Not so wide that it would never reject: the bound of a pair in contact is far below k_B T.
    contact = r_p > 0.6 * rc
    assert np.all(SCREEN_ERROR * size[contact] < 0.05 * np.maximum(np.abs(exact[contact]), 1.0))


def test_where_the_exponential_taper_is_not_approximated_the_screen_has_no_opinion():
    potential = gk.InversePowerLaw(taper=np.inf)
    one = np.ones(1)
    assert np.isnan(screened_and_exact(potential, 0.1 * one, one, one)[0, 0])


@pytest.mark.parametrize("name", [*SCREENED, *CASES])
def test_energies_that_are_said_not_to_be_negative_are_not(name):
    potential = SCREENED[name] if name in SCREENED else CASES[name].potential
    a = np.linspace(0.7, 1.7, 21)[:, None]
    phi = potential.pair_energy(np.linspace(0.6, 1.1, 400) * potential.cutoff_of(a), a)
    if potential.form.nonnegative:
        assert phi.min() >= -1e-12  # terms of up to some hundred cancel at the cutoff
    if isinstance(potential, gk.LennardJones):
        assert not potential.form.nonnegative
        assert phi.min() < -0.01


def test_steep_and_odd_exponents_have_no_screen():
    assert gk.InversePowerLaw(exponent=STEEPEST_SCREEN).form.screen is not None
    assert gk.InversePowerLaw(exponent=STEEPEST_SCREEN + 2).form.screen is None
    assert gk.InversePowerLaw(exponent=11).form.screen is None
    assert gk.HarmonicSpheres().form.screen is None
    assert gk.InversePowerLaw(taper=101).form.screen is None


@pytest.fixture(scope="module")
def liquids() -> dict[str, gk.Configuration]:
    """Liquids large enough for rows that hold a fraction of all pairs, in boxes of three different edges."""
    rng, made = np.random.default_rng(8), {}
    for name, model, number, dimension, temperature in (
        ("m=2", gk.TAPERED_IPL, 500, 3, 0.3),
        ("m=inf", gk.TAPERED_IPL.with_taper(np.inf), 500, 3, 0.3),
        ("2D", gk.NBC, 300, 2, 0.3),
        ("4D", gk.TAPERED_IPL, 1200, 4, 0.5),
    ):
        box = number ** (1 / dimension) * (
            np.array([0.8, 1.1, 1.2])[:dimension] if dimension < 4 else np.array([0.98, 1.0, 1.0, 1.02])
        )
        box *= (number / model.density(dimension) / box.prod()) ** (1 / dimension)
        start = gk.Configuration(
            (rng.random((number, dimension)) - 0.5) * box, model.diameters.sample(number, rng=rng), box
        )
        run = gk.swap_monte_carlo(start, model.potential, temperature=temperature, sweeps=100, rng=rng)
        made[name] = run.configuration, model.potential, temperature
    return made


@pytest.mark.parametrize("name", ["m=2", "m=inf", "2D", "4D"])
def test_screens_change_no_bit(name, liquids, monkeypatch):
    configuration, potential, temperature = liquids[name]

    def run():
        return gk.swap_monte_carlo(
            configuration, potential, temperature=temperature, sweeps=150, rng=np.random.default_rng(3)
        )

    screened, made = run(), swap_run.Run(configuration, potential, temperature, None).make_moves
    monkeypatch.setattr(swap_run, "COARSEST_RECORD", 0.0)
    assert swap_run.Run(configuration, potential, temperature, None).make_moves is not made
    plain = run()
    assert 0.05 < screened.displacement_acceptance < 0.7
    assert 0.01 < screened.swap_acceptance < 0.7
    assert screened.row_updates == plain.row_updates > 100
    np.testing.assert_array_equal(screened.energies, plain.energies)
    np.testing.assert_array_equal(screened.configuration.positions, plain.configuration.positions)
    np.testing.assert_array_equal(screened.configuration.diameters, plain.configuration.diameters)


@pytest.mark.parametrize("name", ["m=2", "2D", "4D"])
@pytest.mark.parametrize("skin", [0.05, 0.5])
def test_rows_hold_every_pair_and_both_ways(name, skin, liquids):
    configuration, potential, temperature = liquids[name]
    run = swap_run.Run(configuration, potential, temperature, skin)
    moves = swap_run.Moves(configuration, temperature, np.random.default_rng(3), 0.2, 0.1, np.inf)
    energies = np.empty(60)
    while run.counter[0] < 60:
        if run.advance(moves, 60, energies) != 0:
            run.renew(rows=True)
    n, d = configuration.number_of_particles, configuration.dimension
    rows = run.rows
    listed = np.zeros((n, n), bool)
    for i in range(n):
        row = rows.member_nk[i]
        assert len(set(row[: rows.count_n[i]])) == rows.count_n[i]
        assert np.all(row[rows.count_n[i] :] == n)
        listed[i, row[: rows.count_n[i]]] = True
    np.testing.assert_array_equal(listed, listed.T)
    position_nc = run.particles.state_na[:n, :d]
    box = configuration.box
    apart = np.linalg.norm(box.minimum_image(position_nc - rows.reference_nc), axis=1)
    assert apart.max() <= 0.5 * skin * (1 + 1e-12)
    distance = np.linalg.norm(box.minimum_image(position_nc[:, None] - position_nc), axis=2)
    reference = np.linalg.norm(box.minimum_image(rows.reference_nc[:, None] - rows.reference_nc), axis=2)
    np.fill_diagonal(distance, np.inf)
    assert np.all(listed[distance < potential.largest_cutoff(configuration.diameters)])
    # Nothing is dragged along either: the rows are those of the references, to the margin of float32.
    assert not np.any(listed & (reference > run.radius + 1e-3))
    assert run.counter[7] > 100
    # The energies that are remembered, and the copies.
    np.testing.assert_array_equal(run.particles.diameter_nq[:n, d], run.particles.state_na[:n, d].astype(np.float32))
    remembered = run.particles.energy_n[:n].copy()
    run.renew(rows=False)
    np.testing.assert_allclose(remembered, run.particles.energy_n[:n], atol=1e-10)


def test_rows_follow_through_cells_in_four_dimensions():
    # 1,400 particles make room for three cells per axis.
    rng = np.random.default_rng(3)
    start = gk.TAPERED_IPL.random_configuration(1400, dimension=4, rng=rng)
    thin, wide = (
        gk.swap_monte_carlo(
            start,
            gk.TAPERED_IPL.potential,
            temperature=1.0,
            sweeps=8,
            rng=np.random.default_rng(1),
            step=0.1,
            skin=skin,
        )
        for skin in (0.06, 0.6)
    )
    assert thin.row_updates > wide.row_updates
    assert thin.displacement_acceptance == wide.displacement_acceptance
    np.testing.assert_array_equal(thin.configuration.diameters, wide.configuration.diameters)
    np.testing.assert_allclose(thin.energies, wide.energies, rtol=1e-9)


def test_a_box_too_small_for_float32():
    start = gk.Configuration(1e-8 * np.arange(6).reshape(2, 3), [1e-9, 1e-9], [1e-7, 1e-7, 1e-7])
    with pytest.raises(InputError, match="unit of length"):
        gk.swap_monte_carlo(
            start, gk.SmoothedInversePowerLaw(), temperature=1.0, sweeps=1, rng=np.random.default_rng(1)
        )


def test_records_wrap_at_the_box():
    quantise = numba.njit(lambda x, inverse: records.quantised(x, inverse))
    assert quantise(0.0, 0.1) == 0
    assert quantise(2.5, 0.1) == 2**30
    assert quantise(12.5, 0.1) == 2**30
    assert abs(quantise(-7.5, 0.1) - 2**30) <= 1
    assert abs(quantise(4.9999, 0.1)) > 2**31 - 50_000


@pytest.mark.parametrize(("kind", "lanes"), [(np.int32, 16), (np.float64, 8)])
@pytest.mark.parametrize("columns", [4, 8])
def test_fetched_lines_are_transposed_records(kind, lanes, columns):
    rng, fetch = np.random.default_rng(1), records.make_fetch(columns)
    record = rng.integers(-(2**31), 2**31, (50, columns)).astype(kind)
    member = rng.integers(0, 50, (3, 32)).astype(np.uint32)

    @numba.njit
    def fetched(record, member, near):
        for part in range(columns // 4):
            for k in range(0, member.shape[1], lanes):
                fetch(record, part, member, 1, k, near)

    near = np.zeros((columns, 32), kind)
    fetched(record, member, near)
    np.testing.assert_array_equal(near, record[member[1]].T)


def test_compressed_lines_are_the_marked_members():
    rng = np.random.default_rng(1)
    member = rng.integers(0, 20, (2, 48)).astype(np.uint32)
    close = rng.random(48) < 0.5

    @numba.njit
    def compressed(member, close, out):
        number = 2
        for k in range(0, 48, records.LANES):
            number = records.compress(member, 1, k, close, np.uint32(7), out, number)
        return number

    out = np.zeros(80, np.uint32)
    number = compressed(member, close, out)
    expected = member[1, close & (member[1] != 7)]
    assert number == 2 + expected.size
    np.testing.assert_array_equal(out[2:number], expected)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_sums_of_lines(kind):
    numbers = records.aligned_lines(2, 96, kind)[1]
    numbers[:] = np.arange(numbers.size)
    assert numbers.ctypes.data % 64 == 0
    total = numba.njit(lambda a, n: records.sum_of_lines(a, n))
    for count in (0, 16, 48, 96):
        assert total(numbers, count) == count * (count - 1) / 2
