"""The figures: what is on their axes, not their pixels."""

import dataclasses
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

from glasskit.analysis.exponents.fit import ExponentFit
from glasskit.report import analyse
from glasskit.report.curve_style import HUES, styles
from glasskit.report.figures import (
    LEAST_MODES,
    cumulative_figure,
    draw,
    exponents_figure,
    legend_below,
    logarithmic_bars,
    new_figure,
    readable_ticks,
)
from glasskit.report.measured import Refused, with_error
from glasskit.report.stress_figure import stress_figure
from glasskit.report.stresses import COMPONENT, SCALAR


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def line_of(axes, label):
    (line,) = [line for line in axes.lines if str(line.get_label()).startswith(label)]
    return line.get_xdata(), line.get_ydata()


def test_cumulative_figure_shows_f_with_bands_and_guides(reports):
    figure = cumulative_figure(reports)
    (axes,) = figure.axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert "omega" in axes.get_xlabel()
    assert "fraction of all modes" in axes.get_ylabel()
    for report in reports:
        omega, value = line_of(axes, report.name)
        seen = report.cumulative.count > 0
        np.testing.assert_array_equal(omega, report.cumulative.omega[seen])
        np.testing.assert_array_equal(value, report.cumulative.value[seen])
    assert len(axes.collections) == len(reports)
    guides = [line for line in axes.lines if str(line.get_label()).startswith("_")]
    slopes = [np.diff(np.log(line.get_ydata()))[0] / np.diff(np.log(line.get_xdata()))[0] for line in guides]
    np.testing.assert_allclose(slopes, [4, 5], rtol=1e-9)
    assert [text.get_text() for text in axes.texts] == ["slope 4", "slope 5"]


@pytest.mark.parametrize("make", [cumulative_figure, exponents_figure, stress_figure])
def test_legends_say_taper_temperature_composition_and_glasses(reports, make):
    entries = [re.sub(r"\s+", " ", text) for text in legend(make(reports))]
    for report, looks in zip(reports, ("$m = 2$, $T_p = 0.2$", r"$m = \infty$, $T_p = 1$"), strict=True):
        size = report.means["size_fluctuation"]
        composition = rf"$S_{{\rm size}}(2\pi/L) =$ {with_error(size.value, size.error)}"
        assert f"{report.name}: {looks} {composition}, 20 glasses" in entries


def test_exponents_figure_shows_all_windows_with_enough_modes(reports):
    figure = exponents_figure(reports)
    (axes,) = figure.axes
    assert len(axes.containers) == 2
    for container, report in zip(axes.containers, reports, strict=True):
        line, _, (bars,) = container.lines
        fits = [w.fit for w in report.windows if isinstance(w.fit, ExponentFit) and w.fit.count >= LEAST_MODES]
        assert len(fits) > 8
        np.testing.assert_array_equal(line.get_ydata(), [fit.s for fit in fits])
        np.testing.assert_allclose(line.get_xdata(), [fit.upper for fit in fits], atol=0.01)
        low, high = np.array([segment[:, 1] for segment in bars.get_segments()]).T
        np.testing.assert_allclose((high - low) / 2, [fit.error for fit in fits], rtol=1e-12)
        bottom, top = axes.get_ylim()
        assert bottom < low.min()
        assert high.max() < top
    style = styles(reports)
    level = {
        (line.get_ydata()[0], line.get_color()) for line in axes.lines if len(set(line.get_ydata())) == 1
    }  # fmt: skip
    assert {(4.0, style["m2-cold"].hue), (3.0, style["minf-hot"].hue), (4.0, "0.5")} <= level
    assert {"$s = 4$"} < set(legend(figure))


def test_stress_figure_shows_both_quantities_and_their_slopes(reports):
    figure = stress_figure(reports)
    assert len(figure.axes) == 4
    style = styles(reports)
    for column, quantity in enumerate((COMPONENT, SCALAR)):
        above, below = figure.axes[column], figure.axes[2 + column]
        assert above.get_xscale() == above.get_yscale() == "log"
        for k, report in enumerate(reports):
            found = report.stresses[quantity]
            sigma = above.lines[k].get_xdata()
            assert len(sigma) > 20
            np.testing.assert_array_equal(
                above.lines[k].get_ydata(), found.density[np.isin(found.sigma, sigma)]
            )  # fmt: skip
        level = [(line.get_ydata()[0], line.get_color()) for line in below.lines if len(line.get_xdata()) == 2]
        assert (-0.5, style["m2-cold"].hue) in level
        assert (-1.0, style["minf-hot"].hue) in level
        low, high = above.get_xlim()
        assert all(low < x < high for line in above.lines for x in line.get_xdata())
    # flat expectation: for scalars only
    assert len(figure.axes[3].lines) == len(figure.axes[2].lines) + 2


def test_curves_of_one_taper_share_their_hue_and_differ_otherwise(reports):
    twins = [*reports, dataclasses.replace(reports[0], name="again")]
    style = styles(twins)
    assert style["again"].hue == style["m2-cold"].hue == HUES[0]
    assert style["minf-hot"].hue == HUES[1]
    assert (style["again"].dashes, style["again"].filled) != (style["m2-cold"].dashes, style["m2-cold"].filled)


def test_no_figure_where_there_is_nothing_to_draw(reports):
    bare = [dataclasses.replace(r, windows=(), stresses={}, cumulative=Refused("no mode")) for r in reports]
    assert draw(bare) == {}


def test_a_figure_is_drawn_twice_alike_and_leaves_no_trace(reports, tmp_path):
    code = """
import pickle, sys, matplotlib
from pathlib import Path
from glasskit.report.figures import cumulative_figure, image
def settings():  # the backend left out: looking it up would load pyplot
    return {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if name != "backend"}
before = settings()
reports = pickle.loads(Path(sys.argv[1]).read_bytes())
first, second = ([image(cumulative_figure(reports), kind) for kind in ("png", "svg")] for _ in range(2))
assert first == second
assert settings() == before
assert "matplotlib.pyplot" not in sys.modules
assert first[0][:4] == b"\\x89PNG" and b"</svg>" in first[1]
"""
    path = tmp_path / "reports.pickle"
    path.write_bytes(pickle.dumps(reports))
    done = subprocess.run([sys.executable, "-W", "error", "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_matplotlib_text_and_tables_are_written_all_the_same(folder, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # what importing it now does: ModuleNotFoundError
    text = analyse(folder.path, out=tmp_path)
    assert 'pip install "glasskit-physics[plot]"' in text
    assert "curves.csv" in text
    assert {path.suffix for path in tmp_path.iterdir()} == {".txt", ".csv", ".json"}
    assert (tmp_path / "summary.txt").read_text(encoding="utf-8") == text + "\n"


def test_an_import_that_fails_for_another_reason_is_not_hidden(folder, tmp_path, monkeypatch):
    def broken(reports, further):
        raise ImportError("no module named freud", name="freud")

    monkeypatch.setattr("glasskit.report.figures.draw", broken)
    with pytest.raises(ImportError, match="freud"):
        analyse(folder.path, out=tmp_path)


def test_the_report_itself_loads_no_matplotlib():
    code = "import sys, glasskit.report, glasskit.report.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(("ends", "labels"), [
    ((0.55, 1.25), ["0.6", "0.75", "0.9", "1.05", "1.2"]), ((0.25, 1.2), ["0.3", "0.5", "0.7", "1"]),
    ((0.03, 1.2), ["0.05", "0.1", "0.2", "0.5", "1"]),
])  # fmt: skip
def test_ticks_of_logarithmic_axes_are_plain_numbers_as_many_as_fit(ends, labels):
    axes = new_figure(4, 4).add_subplot(xscale="log", xlim=ends)
    readable_ticks(axes.xaxis, ends)
    places = axes.xaxis.get_majorticklocs()
    inside = places[(places >= ends[0]) & (places <= ends[1])]
    assert axes.xaxis.get_major_formatter().format_ticks(inside) == labels
    assert not len(axes.xaxis.get_minorticklocs())


def test_bars_on_logarithmic_axes_end_above_zero():
    assert logarithmic_bars([2.0, 1.0], [0.5, 3.0]).tolist() == [[0.5, 0.9], [0.5, 3.0]]
    assert logarithmic_bars(1.0, 3.0).tolist() == [[0.9], [3.0]]


@pytest.mark.parametrize("letters", [20, 80])
def test_legends_below_stay_inside_the_figure(letters):
    figure = new_figure(6.0, 5.0)
    axes = figure.add_subplot()
    for number in range(4):
        axes.plot([0, 1], [0, number], label="a" * letters)
    legend_below(figure)
    (legend,) = figure.legends
    figure.draw_without_rendering()
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.x1
    (size,) = {text.get_fontsize() for text in legend.get_texts()}
    assert (size == 8) == (letters == 20)
    assert size > 3
