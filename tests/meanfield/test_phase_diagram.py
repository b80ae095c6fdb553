"""Phase diagram: same points as one by one, order kept, what is drawn, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from glasskit.errors import InputError
from glasskit.meanfield.critical_line import khgps_critical_point
from glasskit.meanfield.phase_diagram import khgps_phase_diagram

RANGE = (0.1, 1.0)


def test_arrays_hold_the_points_in_the_order_given():
    fields = [1.0, 0.0, 0.01]
    diagram = khgps_phase_diagram(fields, stiffness_range=RANGE)
    for i, field in enumerate(fields):
        point = khgps_critical_point(field=field, stiffness_range=RANGE)
        assert diagram.coupling[i] == point.coupling
        assert diagram.exponent[i] == point.exponent
        assert diagram.prefactor[i] == point.prefactor
        assert diagram.softest[i] == point.saddle.softest
    assert list(diagram.field) == fields


def test_coupling_and_special_point_are_in_line():
    diagram = khgps_phase_diagram(np.geomspace(1e-3, 1, 12), stiffness_range=RANGE)
    assert (np.diff(diagram.coupling) > 0).all()
    assert set(diagram.exponent[diagram.field < diagram.special.field]) == {2}
    assert set(diagram.exponent[diagram.field > diagram.special.field]) == {4}


def test_plot_draws_both_lines_to_the_special_point():
    diagram = khgps_phase_diagram(np.geomspace(1e-3, 1, 12), stiffness_range=RANGE)
    axes = diagram.plot()
    line_a, line_b, point = axes.get_lines()
    assert line_a.get_xdata()[-1] == line_b.get_xdata()[0] == point.get_xdata()[0] == diagram.special.field
    assert len(line_a.get_xdata()) + len(line_b.get_xdata()) == 14
    assert axes.get_xscale() == "log"


def test_plot_from_no_field_is_linear_and_fits_given_axes():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    diagram = khgps_phase_diagram([0.0, 0.005, 0.01], stiffness_range=RANGE)
    assert diagram.plot(ax) is ax
    assert ax.get_xscale() == "linear"
    assert len(ax.get_lines()) == 1


def test_one_stiffness_has_no_special_point():
    assert khgps_phase_diagram([0.1], stiffness_range=(1.0, 1.0)).special is None


@pytest.mark.parametrize("fields", [[], [[0.1]], [-0.1], [np.nan], 0.1, ["a"], "a", None])
def test_bad_fields(fields):
    with pytest.raises(InputError, match="expected a list of finite numbers >= 0"):
        khgps_phase_diagram(fields, stiffness_range=RANGE)


def test_one_field_cannot_be_drawn():
    with pytest.raises(InputError, match="at least two different"):
        khgps_phase_diagram([0.1, 0.1], stiffness_range=RANGE).plot()
