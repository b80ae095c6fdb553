"""<x²> against J: the law of strong coupling, from curves that it is told of, collapsed or not."""

import numpy as np
import pytest
from report.oscillators.synthetic import khgps_curve, legend_of, lines_of, marks_of, states_with

from glasskit.report.oscillators.mean_squares import mean_squares_section

COUPLINGS = [0.01, 1.0, 4.9, 5.0, 10.0, 20.0]


def section(couplings, value, *, relative=0.01, **options):
    curves = [khgps_curve(f"J{j}", j, **options) for j in couplings]
    states = {c.name: states_with(value(j), relative * value(j)) for c, j in zip(curves, couplings, strict=True)}
    return mean_squares_section(curves, states)


def kinked(j):
    """3 J from J = 5 on, far from it below."""
    return 3 * j if j >= 5 else j**2


def test_strong_coupling_is_fitted_and_nothing_below_it():
    found = section(COUPLINGS, kinked)
    (line, _) = (" ".join(text.split()) for text in found.lines)
    assert line.startswith("- N = 400, h = 0.001, kappa = 0 - 1, J >= 5 kappa_0: <x²> = 3.00(")
    assert " J^1.000(10) (expected 1) from 3 points" in line
    assert "between neighbours it is 1.00(2), 1.00(2)" in line  # 0.01·√2/ln 2 = 0.020
    rows = found.tables["mean-squares"]
    assert [row["strong"] for row in rows] == [False] * 3 + [True] * 3
    np.testing.assert_allclose([row["mean_square"] for row in rows], [kinked(j) for j in COUPLINGS])
    np.testing.assert_allclose([row["error"] for row in rows], [0.01 * kinked(j) for j in COUPLINGS])
    np.testing.assert_allclose([row["J_over_kappa_0"] for row in rows], COUPLINGS)


def test_strong_is_measured_in_kappa_0():
    found = section([5.0, 10.0, 20.0, 40.0], kinked, kappa=(0.0, 2.0))
    assert [row["strong"] for row in found.tables["mean-squares"]] == [False, True, True, True]


def test_another_power_is_told():
    assert "J^0.900(10) (expected 1)" in " ".join(section(COUPLINGS, lambda j: j**0.9).lines[0].split())
    bent = " ".join(section(COUPLINGS, lambda j: j * np.exp(0.2 * np.log(j) ** 2)).lines[0].split())
    assert "not a power law within errors" in bent


def test_too_few_strong_curves_are_drawn_and_say_so():
    found = section(COUPLINGS[:5], kinked)
    assert "J >= 5 kappa_0: 2 of the family's curves can be used for it, it takes 3" in " ".join(found.lines[0].split())
    (axes,) = found.figures["mean-squares"]().axes
    assert [len(x) for x, _, _ in marks_of(axes)] == [2, 3]
    assert not lines_of(axes, "-")


def test_the_figure_shows_the_law_where_it_was_fitted():
    figure = section(COUPLINGS, kinked).figures["mean-squares"]()
    (axes,) = figure.axes
    (x3, _, strong), (x2, _, below) = marks_of(axes)
    assert (strong, below) == (True, False)
    np.testing.assert_allclose(x3, [5, 10, 20])
    np.testing.assert_allclose(x2, [0.01, 1.0, 4.9])
    (line,), (guide,), (mark,) = lines_of(axes, "-"), lines_of(axes, "--"), lines_of(axes, ":")
    np.testing.assert_allclose(line, [[5, 20], [15, 60]], rtol=1e-9)
    np.testing.assert_allclose(guide, [[5, 20], [15, 60]], rtol=1e-9)
    np.testing.assert_allclose(mark[0], 1e-3 ** (8 / 21))
    assert [words for words in legend_of(figure) if "slope 1" in words]


def test_no_family_along_j_no_section():
    assert section([0.1], kinked) is None
    curves = [khgps_curve("a", 0.0), khgps_curve("b", 0.1)]  # no point of an uncoupled one on a logarithmic axis
    assert mean_squares_section(curves, {c.name: states_with(1.0, 0.1) for c in curves}) is None


@pytest.mark.parametrize("options", [{"kind": "gps"}, {"field": 0.0}, {"kappa": (0.1, 1.0)}])
def test_a_crossover_is_drawn_and_told_only_where_one_is_expected(options):
    def words(figure):
        return [text for text in legend_of(figure) if "J_x" in text]

    assert words(section(COUPLINGS, kinked).figures["mean-squares"]())
    found = section(COUPLINGS, kinked, **options)
    figure = found.figures["mean-squares"]()
    (axes,) = figure.axes
    assert not lines_of(axes, ":")
    assert not words(figure)
    assert ("Below J = kappa_0" in " ".join(found.lines[-1].split())) == ("field" in options)
