"""Local stresses by pair size in the report: the numbers of the analysis, in words, rows and figures."""

import csv
import io
import json

import numpy as np
import pytest
from report.synthetic import records, write_folder

from glasskit.analysis.stresses.distribution import log_bin_edges
from glasskit.analysis.stresses.prediction import predicted_slope
from glasskit.analysis.stresses.statistics import KINDS, stress_statistics
from glasskit.observables.local_stress import local_stresses
from glasskit.particles.potentials import InversePowerLaw
from glasskit.report import analyse
from glasskit.report.files import tables
from glasskit.report.measured import with_error
from glasskit.report.opening import open_curves
from glasskit.report.section import Curve
from glasskit.report.stress_section import NEAREST_FLAT, flat_slope, stress_section
from glasskit.report.stresses import expected_slope
from glasskit.report.tapering import CurveReport, predicting_order, settings_of


def sized(rng, glasses):
    """Glasses of two sizes, and so of three sizes of pairs."""
    for record in records(rng, glasses):
        yield record | {"diameters": np.repeat([0.9, 1.1], 32)}


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    rng = np.random.default_rng(31)
    path = tmp_path_factory.mktemp("stress") / "r"
    write_folder(path, {"m2-cold": sized(rng, 12), "minf-hot": sized(rng, 1)})
    found = []
    for opened in open_curves(path):
        settings = settings_of(opened.ensemble)
        report = CurveReport(opened.name, opened.wanted, settings=settings, order=predicting_order(settings))
        found.append(Curve(opened.ensemble, report))
    return found


@pytest.fixture(scope="module")
def section(curves):
    return stress_section(curves)


@pytest.fixture(scope="module")
def statistics(curves):
    potential = InversePowerLaw(taper=2)
    return stress_statistics([local_stresses(c, potential) for c in curves[0].ensemble.configurations()], potential)


def rows_of(section, name, **equal):
    rows = list(csv.DictReader(io.StringIO(tables([], [section])[f"{name}.csv"].decode())))
    return [row for row in rows if all(row[key] == value for key, value in equal.items())]


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


def words(lines):
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_the_statistics(section, statistics, kind):
    assert len(statistics.by_size[kind]) == 3
    for comparison in (statistics.overall[kind], *statistics.by_size[kind]):
        low = "" if comparison.size is None else repr(comparison.size[0])
        chosen = {"curve": "m2-cold", "kind": kind, "size_from": low}
        rows = rows_of(section, "stress_by_size", **chosen)
        for name, values in {
            "sigma_from": comparison.measured.edges[:-1], "P": comparison.measured.density,
            "error": comparison.measured.error, "predicted": comparison.predicted, "deviation": comparison.deviation,
        }.items():  # fmt: skip
            # computed twice, by matrix products whose sums may run in another order
            np.testing.assert_allclose(column(rows, name), values, rtol=1e-11, atol=1e-11 if name == "deviation" else 0)
        assert [row["compared"] for row in rows] == [str(bool(yes)) for yes in comparison.compared]
        slopes = rows_of(section, "stress_by_size_slopes", **chosen)
        np.testing.assert_array_equal(column(slopes, "slope"), comparison.measured.slope)
        np.testing.assert_allclose(column(slopes, "predicted"), comparison.predicted_slope, rtol=0, atol=1e-11)
        (test,) = rows_of(section, "stress_by_size_tests", **chosen)
        assert float(test["largest_deviation"]) == pytest.approx(comparison.largest_deviation, rel=1e-9)
        assert (test["note"], int(test["degrees"])) == (comparison.words, comparison.degrees)
    sizes = [row["pairs"] for row in rows_of(section, "stress_by_size_tests", curve="m2-cold", kind=kind)]
    assert sizes == [str(n) for n in (statistics.pairs.sum(), *statistics.pairs)]


def test_words_are_those_of_the_comparisons(section, statistics):
    text = words(section.lines)
    for kind in KINDS:
        sentence = statistics.overall[kind].words
        assert sentence[0].upper() + sentence[1:] in text
    shown = [line.split()[1] for line in section.lines if line.startswith("m2-cold ")]
    assert shown == ["scalar", *["component"] * 4, "traceless"]
    comparison = statistics.overall["scalar"]
    worst = int(np.abs(comparison.deviation).argmax())
    expected = f"{with_error(100 * comparison.deviation[worst], 100 * comparison.deviation_error[worst], sign=True)} %"
    assert expected in next(line for line in section.lines if line.startswith("m2-cold "))


def test_a_single_glass_gets_a_sentence(section):
    assert "minf-hot" not in " ".join(section.figures)
    assert "needs at least 2 glasses, found 1" in words(section.lines)
    assert "needs at least 2" in rows_of(section, "stress_by_size_tests", curve="minf-hot")[0]["note"]
    assert stress_section([]) is None


def test_flat_slopes_of_scalars_are_those_of_the_formula(curves):
    # twin: P(sigma) point by point; here slopes over half a decade, curvature of at most 0.1 per decade²
    sigma, slope = flat_slope(InversePowerLaw(taper=2), 1.0, "scalar", dimension=3)
    point, expected = expected_slope(curves[0].settings)
    inside = (sigma > 1e-8) & (sigma < 0.1 * point[-1])
    assert inside.sum() > 50
    np.testing.assert_allclose(
        slope[inside], np.interp(np.log(sigma[inside]), np.log(point), expected), rtol=0, atol=0.02
    )
    assert slope[0] == pytest.approx(predicted_slope(2), abs=0.01)


def test_flat_slopes_of_components_by_drawing_pairs():
    rng = np.random.default_rng(32)
    potential, pairs = InversePowerLaw(taper=2), 1_000_000
    cutoff = float(potential.cutoff_of(1.0))
    r = (NEAREST_FLAT**3 + rng.random(pairs) * (cutoff**3 - NEAREST_FLAT**3)) ** (1 / 3)
    e_pc = rng.normal(size=(pairs, 3))
    e_pc /= np.linalg.norm(e_pc, axis=1)[:, None]
    value = np.abs(e_pc[:, 0] * e_pc[:, 1] * r * potential.pair_derivatives(r, np.ones(pairs), order=1)[1])
    sigma, slope = flat_slope(potential, 1.0, "component", dimension=3)
    edges = log_bin_edges(1e-9, 1e6)
    count, _ = np.histogram(value, edges)
    middle = np.sqrt(edges[1:] * edges[:-1])
    for target in (1e-4, 1e-2, 0.3):
        k = int(np.argmin(np.abs(np.log(sigma / target))))
        low = int(np.argmin(np.abs(np.log(middle[:-5] * middle[5:] / sigma[k] ** 2))))  # bins half a decade apart
        high, width = low + 5, np.diff(edges)
        assert np.sqrt(middle[low] * middle[high]) == pytest.approx(sigma[k], rel=1e-9)
        drawn = np.log(count[high] / width[high] / (count[low] / width[low])) / np.log(10**0.5)
        # five standard deviations of two Poisson counts
        tolerance = 5 * np.sqrt(1 / count[low] + 1 / count[high]) / np.log(10**0.5)
        assert tolerance < 0.2
        assert abs(drawn - slope[k]) < tolerance


def test_figure_shows_both_kinds_above_their_slopes(section, statistics):
    assert list(section.figures) == ["stress-by-size-m2-cold"]
    figure = section.figures["stress-by-size-m2-cold"]()
    assert figure.get_suptitle() == "m2-cold: $m = 2$, $T_p = 0.2$, 12 glasses"
    above, other, below, right = figure.axes
    assert "components" in above.get_title()
    assert "scalars" in other.get_title()
    assert above.get_yscale() == "log"
    assert all("sigma" in ax.get_xlabel() for ax in (below, right))
    assert "local slope" in below.get_ylabel()
    assert len(above.containers) == 4
    dotted = [line for line in right.lines if line.get_linestyle() == ":" or line.is_dashed()]
    assert len(dotted) == 3 + 1  # a flat expectation for each class, and 1/m - 1
    (asymptote,) = [line for line in right.lines if len(line.get_xdata()) == 2]
    assert set(asymptote.get_ydata()) == {-0.5}
    sizes = [text.get_text() for text in above.get_legend().get_texts()]
    assert len(sizes) == 4
    assert sizes[0] == "all"
    assert "flat $g(r)$" in " ".join(text.get_text() for text in figure.legends[0].get_texts())


def test_analyse_measures_them_where_asked(tmp_path, monkeypatch):
    rng = np.random.default_rng(33)
    write_folder(tmp_path / "r", {"m2-cold": sized(rng, 3)})
    asked = []
    monkeypatch.setattr(
        "glasskit.report.figures.draw", lambda reports, further: asked.extend(s.title for s in further) or {}
    )
    plain, full = (
        analyse(tmp_path / "r", out=tmp_path / name, stress_by_size=name == "full") for name in ("plain", "full")
    )
    title = "Local stresses by pair size, against what g(r) implies"
    assert title not in plain
    assert title in full
    assert asked.count(title) == 1
    added = {path.name for path in (tmp_path / "full").iterdir()} - {p.name for p in (tmp_path / "plain").iterdir()}
    assert added == {"stress_by_size.csv", "stress_by_size_slopes.csv", "stress_by_size_tests.csv"}
    further = json.loads((tmp_path / "full" / "results.json").read_text())["further"]
    assert {"verdicts", "stress_by_size", "stress_by_size_tests"} <= set(further)
    assert further["stress_by_size"]["kind"][0] == "scalar"
    assert len({len(column) for column in further["stress_by_size"].values()}) == 1
