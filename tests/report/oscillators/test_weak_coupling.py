"""A_g of weak coupling over curves of several J, h and kappa_0 that follow one line."""

import numpy as np
import pytest
from report.oscillators.synthetic import exponents_with, khgps_curve, legend_of, lines_of, marks_of

from glasskit.analysis.oscillators.prefactor_laws import WEAK_SLOPE
from glasskit.report.oscillators.weak_coupling import weak_coupling_section

STATES = [  # J, h, kappa_0; J/J_x = 0.29, 0.52, 0.35, 0.24, 0.87
    (0.05, 0.01, 1.0), (0.09, 0.01, 1.0), (0.025, 1e-3, 1.0), (0.055, 0.01, 2.0), (0.15, 0.01, 1.0),
]  # fmt: skip
ABOVE = [(0.3, 0.01, 1.0), (0.0, 0.01, 1.0), (0.06, 0.0, 1.0)]  # J > J_x, no coupling, no field


def place(j, h, kappa_0):
    return kappa_0 * h ** (2 / 3) / j**2


def prefactor(j, h, kappa_0):
    """Slope -0.19, intercept 0.7."""
    return np.exp(0.7 - 0.19 * place(j, h, kappa_0)) / (np.sqrt(kappa_0) * h ** (2 / 3) * j)


def section(states, *, spoiled=(), few=(), lowest=2.0, **options):
    curves = [khgps_curve(f"c{k}", j, field=h, kappa=(0.0, top), **options) for k, (j, h, top) in enumerate(states)]
    exponents = {}
    for k, (curve, state) in enumerate(zip(curves, states, strict=True)):
        a = prefactor(*state) if 0 not in state else 1.0
        allowed = (5.0,) if k in spoiled else (3.0, 4.0)
        exponents[curve.name] = exponents_with(a, allowed=allowed, lowest=lowest * a, count=7 if k in few else 8)
    return weak_coupling_section(curves, exponents)


def test_curves_of_all_fields_and_stiffnesses_are_one_line():
    found = section([*STATES, *ABOVE], spoiled=(4,))
    text = [" ".join(line.split()) for line in found.lines]
    assert text[0].startswith(
        "- A_g for J < J_x, all curves together: ln[kappa_0^(1/2) h^(2/3) J A_g] has the slope -0.190"
    )
    assert "(4 points" in text[0]
    assert text[1].startswith("- A_g for J < J_x/2, all curves together: ")
    assert "(3 points" in text[1]
    assert "from the lowest 0.0001 of all modes, whatever s is, all curves together" in text[2]
    assert "(5 points" in text[2]  # s = 4 is not asked for
    rows = found.tables["weak-coupling"]
    judged = [row for row in rows if row["A_g_from"] == "judged window"]
    assert [row["curve"] for row in judged] == ["c0", "c1", "c2", "c3"]
    assert len(rows) == 4 + 5
    np.testing.assert_allclose([row["x"] for row in judged], [place(*state) for state in STATES[:4]])
    line = [np.exp(0.7 - 0.19 * place(*state)) for state in STATES[:4]]
    np.testing.assert_allclose([row["scaled_A_g"] for row in judged], line)
    np.testing.assert_allclose([row["scaled_A_g_error"] for row in judged], 0.02 * np.array(line))


def test_the_figure_shows_points_and_lines():
    figure = section([*STATES, *ABOVE]).figures["weak-coupling"]()
    (axes,) = figure.axes
    points = marks_of(axes)
    assert [filled for _, _, filled in points] == [True] * 5 + [False] * 5
    np.testing.assert_allclose([x[0] for x, _, _ in points[:5]], [place(*state) for state in STATES])
    colours = [container.lines[0].get_color() for container in axes.containers[:5]]
    assert colours[0] == colours[1] == colours[4]
    assert len(set(colours)) == 3  # one per field and kappa_0
    every = sorted(place(*state) for state in STATES)
    weaker = [place(*state) for state in (STATES[0], STATES[2], STATES[3])]
    for lines, ends in ((lines_of(axes, "-"), every), (lines_of(axes, "--"), weaker)):
        assert len(lines) == 2
        for (x, value), factor in zip(lines, (1, 2), strict=True):
            np.testing.assert_allclose(x, [min(ends), max(ends)], rtol=1e-9)
            np.testing.assert_allclose(value, factor * np.exp(0.7 - 0.19 * x), rtol=1e-9)
    (guide,) = lines_of(axes, ":")
    assert np.diff(np.log(guide[1])) / np.diff(guide[0]) == pytest.approx(WEAK_SLOPE, rel=1e-9)
    np.testing.assert_allclose([guide[0][1], guide[1][1]], [max(weaker), np.exp(0.7 - 0.19 * max(weaker))], rtol=1e-9)
    assert [words for words in legend_of(figure) if "slope -0.190" in words]


def test_a_window_that_is_not_full_is_left_out_by_name():
    """The rule asks for the lowest thousandth of 400 × 20 modes; seven were computed."""
    found = section(STATES, few=(2,))
    assert "- left out: c2 (7 of 8 modes)." in found.lines
    assert [row["curve"] for row in found.tables["weak-coupling"]][:4] == ["c0", "c1", "c3", "c4"]
    assert "(4 points" in " ".join(found.lines[0].split())
    assert "(5 points" in " ".join(found.lines[2].split())  # the lowest modes are known


def test_two_points_are_drawn_without_a_law():
    found = section(STATES[:2])
    assert ": 2 curves can be used for it, it takes 3" in " ".join(found.lines[0].split())
    (axes,) = found.figures["weak-coupling"]().axes
    assert len(axes.containers) == 4
    assert not lines_of(axes, "-")


def test_no_weak_curves_no_section():
    assert section(STATES[:1]) is None
    assert section(ABOVE) is None
    assert section(STATES, kind="gps") is None
