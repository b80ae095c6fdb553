"""Figures of the laws of a family along J of which all is known: omega_x, kappa_0 <x²>/omega_x⁴ and A_g."""

import numpy as np
import pytest
from analysis.oscillators.synthetic import ensemble
from report.oscillators.synthetic import exponents_with, khgps_curve, legend_of, lines_of, marks_of

from glasskit.analysis.oscillators.collapse import collapse_displacements
from glasskit.analysis.oscillators.displacement_ratios import displacement_ratios
from glasskit.report.measured import Refused
from glasskit.report.oscillators.family import Family
from glasskit.report.oscillators.omega_x_figure import omega_x_figure
from glasskit.report.oscillators.prefactor_figure import prefactor_figure
from glasskit.report.oscillators.regimes import crossover_estimate
from glasskit.report.oscillators.scaling import _rows
from glasskit.report.oscillators.scaling_laws import laws_of

FIELD = 1e-3
J_X = FIELD ** (8 / 21)  # 0.072
TOP = FIELD ** (2 / 3)
WEAK, BETWEEN, ABOVE = [0.02, 0.03, 0.045, 0.06], [0.1, 0.2, 0.4], [2.0]


def omega(j):
    return FIELD ** (1 / 3) * max(1.0, j / J_X) ** 0.875


def prefactor(j):
    """The laws of [R]: slope -0.2 and intercept 1 of the weak one, constant 5 of the intermediate one."""
    return np.exp(1 - 0.2 * TOP / j**2) / (TOP * j) if 0 < j < J_X else 5 / omega(j) ** 3


@pytest.fixture(scope="module")
def family():
    return family_of([*WEAK, *BETWEEN, *ABOVE])


def family_of(couplings):
    rng = np.random.default_rng(21)
    members = [khgps_curve(f"J{j}", j, field=FIELD) for j in couplings]
    sums = {c.name: ensemble(rng, omega(float(c.name[1:])), n=300, instances=20, common=0.02) for c in members}

    def collapse(curves, field=None):
        return collapse_displacements({c.name: sums[c.name] for c in curves}, field=field, resamples=40)

    collapsed = collapse(members, FIELD)
    exponents = {
        c.name: exponents_with(prefactor(j), lowest=2 * prefactor(j) if j > J_X else None)
        for c in members
        for j in [float(c.name[1:])]
    }
    return Family(1, "J", members, collapsed, laws_of("J", members, collapsed, exponents, collapse), [])


def slope(line):
    (x0, x1), (y0, y1) = line
    return np.log(y1 / y0) / np.log(x1 / x0)


def test_omega_x_is_drawn_with_its_law_where_it_was_fitted(family):
    figure = omega_x_figure(family, family.collapsed, family.laws)
    axes = figure.axes[0]
    inside, outside, alone = marks_of(axes)
    np.testing.assert_allclose(inside[0], BETWEEN)
    np.testing.assert_allclose(outside[0], [*WEAK, *ABOVE])
    assert (inside[2], outside[2]) == (True, False)
    np.testing.assert_allclose(inside[1], family.collapsed.omega_x[4:7])
    # collapsed alone, and brought to the unit of all: the ratios of three curves, the first of them the same
    np.testing.assert_allclose(alone[0], BETWEEN)
    assert alone[1][0] == pytest.approx(inside[1][0], rel=1e-12)
    np.testing.assert_allclose(alone[1], inside[1], rtol=0.05)
    laws = [family.laws.omega_x, family.laws.alone.law]
    fitted = [line for line in lines_of(axes, "-") if line[0][0] != line[0][1]]
    assert len(fitted) == 2
    for line, law, points in zip(fitted, laws, (inside, alone), strict=True):
        np.testing.assert_allclose(line[0], [0.1, 0.4])
        assert slope(line) == pytest.approx(law.exponents[0], rel=1e-9)
        left = np.log(points[1]) - np.interp(np.log(points[0]), np.log(line[0]), np.log(line[1]))
        assert np.mean(left) == pytest.approx(0, abs=1e-9)
    (guide,) = lines_of(axes, "--")
    np.testing.assert_allclose(guide[0], [0.1, 0.4])
    assert slope(guide) == pytest.approx(7 / 8, rel=1e-12)
    assert np.sqrt(guide[1].prod()) == pytest.approx(np.sqrt(fitted[0][1].prod()), rel=1e-9)  # they cross in the middle
    (mark,) = lines_of(axes, ":")
    np.testing.assert_allclose(mark[0], crossover_estimate(family.members[0]))
    assert [words for words in legend_of(figure) if "slope 0.875" in words]


def test_displacement_ratios_are_drawn_told_and_tabled_below_kappa_0(family):
    names = [c.name for c in family.members[:7]]
    expected = displacement_ratios(family.collapsed, 1.0, names=names)
    figure = omega_x_figure(family, family.collapsed, family.laws)
    ((x, value, _),) = marks_of(figure.axes[1])
    np.testing.assert_allclose(x, [*WEAK, *BETWEEN])
    np.testing.assert_allclose(value, expected.value, rtol=1e-12)
    (uncoupled,) = [line for line in figure.axes[1].get_lines() if line.get_marker() == "_"]
    np.testing.assert_allclose(uncoupled.get_xdata(), WEAK)
    np.testing.assert_allclose(uncoupled.get_ydata(), 2.7257 - TOP)
    assert family.laws.sentences()["displacements for J and J_x < kappa_0"] == expected.summary
    alone = "displacements for J_x < J < kappa_0, collapsed without the others"
    assert "of 3 ensembles" in family.laws.sentences()[alone]
    rows = _rows(family, family.collapsed)
    np.testing.assert_allclose([row["displacement_ratio"] for row in rows[:7]], expected.value, rtol=1e-12)
    np.testing.assert_allclose([row["displacement_ratio_error"] for row in rows[:7]], expected.error, rtol=1e-12)
    assert rows[7]["displacement_ratio"] == rows[7]["displacement_ratio_error"] == ""


def test_a_constant_is_drawn_only_where_the_ratios_are_one_number(family):
    # stiff oscillators that are missing above kappa_0 make the ratio smaller where omega_x² is not far below it
    assert family.laws.ratios.p_value < 0.05
    figure = omega_x_figure(family, family.collapsed, family.laws)
    assert not [line for line in lines_of(figure.axes[1], "-") if line[1][0] == line[1][1]]
    assert [words for words in legend_of(figure) if words.startswith("not one number, p = ")]


def test_uncoupled_ratios_are_marked_where_uncoupled_oscillators_are_the_unit():
    family = family_of([0.0, *WEAK[:2], BETWEEN[0]])
    assert family.collapsed.reference == "J0.0"
    figure = omega_x_figure(family, family.collapsed, family.laws)
    (uncoupled,) = [line for line in figure.axes[1].get_lines() if line.get_marker() == "_"]
    np.testing.assert_allclose(uncoupled.get_xdata(), WEAK[:2])


def test_strong_fields_are_not_judged_by_displacement_ratios(family):
    """J_x = h^(8/21) > kappa_0 for h = 2: no weak regime with omega_x² below kappa_0."""
    members = [khgps_curve(c.name, float(c.name[1:]), field=2.0) for c in family.members]
    exponents = {c.name: exponents_with(1.0) for c in members}
    laws = laws_of("J", members, family.collapsed, exponents, lambda curves: Refused("not looked at"))
    assert laws.ratios is None


def test_prefactors_are_drawn_with_both_laws_and_the_crossover(family):
    figure = prefactor_figure(family, family.collapsed, family.laws)
    (axes,) = figure.axes
    judged, lowest = marks_of(axes)
    np.testing.assert_allclose(judged[0], [*WEAK, *BETWEEN, *ABOVE])
    np.testing.assert_allclose(lowest[0], [*BETWEEN, *ABOVE])
    assert (judged[2], lowest[2]) == (True, False)
    ((j, value),) = lines_of(axes, "-", points=100)
    assert (j[0], j[-1]) == (pytest.approx(0.02), pytest.approx(0.06))
    np.testing.assert_allclose(value, np.exp(1 - 0.2 * TOP / j**2) / (TOP * j), rtol=1e-6)  # exact points: exact law
    assert not lines_of(axes, "--", points=100)  # two curves of J < J_x/2 have no law
    between, of_lowest = lines_of(axes, "-.", points=3)
    np.testing.assert_allclose(between[0], BETWEEN)
    found, (at,) = family.laws.prefactors[0].intermediate, family.collapsed.omega_x[None, 4:7]
    np.testing.assert_allclose(between[1], found.constant / at**3, rtol=1e-12)
    np.testing.assert_allclose(of_lowest[1], 2 * between[1], rtol=1e-9)
    (mark,) = lines_of(axes, ":")
    np.testing.assert_allclose(mark[0], J_X)
    band = [patch for patch in axes.patches if patch.get_x() < family.laws.crossover.value]
    assert [words for words in legend_of(figure) if words.startswith("$J_x$ = ")]
    assert band


def test_no_law_of_prefactors_no_figure(family):
    exponents = {c.name: exponents_with(1.0, allowed=(3.0,)) for c in family.members}
    laws = laws_of("J", family.members, Refused("no"), exponents, lambda curves: Refused("no"))
    assert prefactor_figure(family, None, laws) is None
