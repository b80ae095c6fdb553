"""Parts of the report beyond energies and exponents: moduli, verdicts, levels, parent temperature."""

import csv
import dataclasses
import io
import math
import re

import numpy as np
import pytest
from report.synthetic import RECIPE, recipe, records, write_folder

from glasskit.analysis.bootstrap import bootstrap_mean
from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.exponents.prefactor import quartic_prefactor
from glasskit.analysis.exponents.synthetic_modes import corrected
from glasskit.analysis.exponents.verdict import judge_exponent
from glasskit.analysis.levels.windows import level_statistics
from glasskit.analysis.liquids.equilibration import equilibration_verdict
from glasskit.analysis.liquids.onset import onset_temperature
from glasskit.analysis.spectra.phonons import phonon_bands
from glasskit.errors import InsufficientDataError
from glasskit.report.elasticity import elasticity_section, measure_elasticity
from glasskit.report.files import tables
from glasskit.report.levels import levels_section
from glasskit.report.measured import Refused, attempt, with_error
from glasskit.report.opening import open_curves
from glasskit.report.section import Curve
from glasskit.report.tapering import ENERGY, CurveReport, predicting_order, settings_of
from glasskit.report.temperature import temperature_families, temperature_section
from glasskit.report.verdicts import WITHOUT_MODULI, judge_curves, verdict_row, verdicts_section, window_end

PLACES = ("lowest", "middle", "highest")


def described(opened):
    """A curve with a report that holds what these sections read."""
    ensemble = opened.ensemble
    energy_gt = np.array(ensemble.arrays("liquid_energies"))
    size_g = np.array(ensemble.arrays("size_fluctuation"))[:, 40:].mean(axis=1)
    settings = settings_of(ensemble)
    report = CurveReport(
        opened.name, opened.wanted, settings=settings, glasses=len(ensemble),
        order=attempt(predicting_order, settings),
        means={"e_is": attempt(bootstrap_mean, ensemble.table()["e_is"]),
               "size_fluctuation": attempt(bootstrap_mean, size_g)},
        verdicts={ENERGY: attempt(equilibration_verdict, energy_gt, tolerance=0.01, name="energy", spacing=4.0)},
    )  # fmt: skip
    return Curve(ensemble, report)


def curves_of(path, contents, text=RECIPE):
    written = write_folder(path, contents, recipe=text)
    return [described(opened) for opened in open_curves(path) if opened.ensemble], written.records


def measured(curves):
    found = {curve.name: measure_elasticity(curve) for curve in curves}
    return {name: elasticity for name, elasticity in found.items() if elasticity is not None}


def cells(lines, name):
    """Cells of the rows that begin with a name."""
    return [re.split(r"\s{2,}", line) for line in lines if line.startswith(f"{name} ")]


def words(lines):
    return " ".join(" ".join(lines).split())


def rows_of(section, name, **equal):
    text = tables([], [section])[f"{name}.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    return [row for row in rows if all(row[key] == value for key, value in equal.items())]


def estimate(values):
    mean = bootstrap_mean(np.array(values))
    return with_error(mean.value, mean.error)


def texts(figure):
    found = [ax.get_title() for ax in figure.axes] + [ax.get_xlabel() for ax in figure.axes]
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    return found + [ax.get_ylabel() for ax in figure.axes] + [t.get_text() for one in legends for t in one.get_texts()]


# elasticity


@pytest.fixture(scope="module")
def soft(tmp_path_factory):
    """A curve with moduli, three of its glasses unstable against shear, and one without."""
    rng = np.random.default_rng(21)
    made = list(records(rng, 20, shear=20.0, modes=20.0))
    for g in (2, 5, 7):
        made[g]["shear"] = -0.5 * g
    return curves_of(tmp_path_factory.mktemp("soft") / "r", {"m2-cold": made, "minf-hot": records(rng, 5)})


def test_moduli_and_the_scales_that_follow(soft):
    (curve, _), made = soft
    found = measured(soft[0])
    assert list(found) == ["m2-cold"]
    shear = np.array([record["shear"] for record in made["m2-cold"]])
    bulk = np.array([record["bulk"] for record in made["m2-cold"]])
    stable = shear[shear > 0]
    section = elasticity_section(soft[0], found)
    # density 1, so that a_0 = 1 and the box of 64 particles is 4 long
    (row,) = cells(section.lines, "m2-cold")
    assert row == [
        "m2-cold", "0.2", estimate(shear), estimate(bulk), estimate([r["pressure"] for r in made["m2-cold"]]),
        estimate(np.sqrt(stable)), estimate(2 * np.pi * np.sqrt(stable) / 4), "3", "20",
    ]  # fmt: skip
    assert stable.size == 17
    assert not cells(section.lines, "minf-hot")
    (row,) = rows_of(section, "elasticity")
    assert float(row["shear"]) == bootstrap_mean(shear).value
    # the same sums in another order: rounding of a few last bits
    assert float(row["omega_ph_error"]) == pytest.approx(bootstrap_mean(np.pi / 2 * np.sqrt(stable)).error, rel=1e-13)
    assert (row["curve"], row["particles"], row["glasses"], row["shear_not_positive"]) == ("m2-cold", "64", "20", "3")
    speed = math.sqrt(shear.mean())
    bands = phonon_bands(
        [4.0] * 3,
        transverse_speed=speed,
        longitudinal_speed=math.sqrt(bulk.mean() + 4 / 3 * shear.mean()),
        highest=10.0,
    )
    assert found[curve.name].first_phonon == pytest.approx(bands.lowest, rel=1e-14) == np.pi / 2 * speed
    assert found[curve.name].omega_0 == bootstrap_mean(np.sqrt(stable)).value


def test_glasses_that_are_all_unstable_have_no_frequencies(tmp_path):
    made = list(records(np.random.default_rng(22), 4, shear=-5.0))
    curves, _ = curves_of(tmp_path / "r", {"m2-cold": made})
    found = measured(curves)["m2-cold"]
    assert (found.soft, found.first_phonon, found.omega_0) == (4, None, None)
    section = elasticity_section(curves, {"m2-cold": found})
    (row,) = cells(section.lines, "m2-cold")
    assert row[5:] == ["not known", "not known", "4", "4"]
    assert "m2-cold: no omega_0, omega_ph: an error bar over glasses needs at least 2 glasses" in words(section.lines)
    assert "no phonons: transverse_speed is 0.0; expected a positive number" in words(section.lines)
    (row,) = rows_of(section, "elasticity")
    assert row["omega_0"] == ""
    assert "transverse_speed" in row["note"]


def test_without_moduli_there_is_no_section(soft):
    assert elasticity_section(soft[0][1:], {}) is None


# verdicts


def test_windows_end_at_half_the_first_phonon_or_where_modes_are_known():
    assert window_end(2.0, 1.2) == (1.0, "half the first phonon")
    assert window_end(3.0, 1.2) == (1.2, "up to which all modes are known")
    assert window_end(None, 1.2) == (WITHOUT_MODULI, "taken as no moduli tell the first phonon")


@pytest.mark.filterwarnings("ignore::glasskit.errors.GlasskitWarning")
def test_verdicts_are_those_of_the_window(tmp_path):
    rng = np.random.default_rng(23)
    contents = {"m2-cold": records(rng, 20, shear=1.7, modes=40.0), "minf-hot": records(rng, 20, modes=0.0)}
    curves, made = curves_of(tmp_path / "r", contents)
    elasticity = measured(curves)
    upper = 0.5 * elasticity["m2-cold"].first_phonon
    verdict = judge_exponent(
        [record["frequencies"] for record in made["m2-cold"]], upper, taper=2, complete_below=np.full(20, 1.2),
        first_phonon=2 * upper, modes_total=189, omega_0=elasticity["m2-cold"].omega_0, require_decision=False,
    )  # fmt: skip
    section = verdicts_section(curves, judge_curves(curves, elasticity))
    text = words(section.lines)
    assert f"m2-cold (window: half the first phonon): {' '.join(verdict.text.split())}" in text
    assert "minf-hot: no verdict: " in text
    row, other = rows_of(section, "verdicts")
    assert float(row["omega_c"]) == upper < 1.2
    assert (float(row["s"]), float(row["error"]), int(row["modes"])) == (verdict.s, verdict.error, verdict.fit.count)
    assert (float(row["s_lowest"]), float(row["s_lowest_error"])) == (verdict.lowest.s, verdict.lowest.error)
    assert isinstance(verdict.correction, InsufficientDataError)
    assert (row["s_corrected"], row["s_corrected_error"]) == ("", "")
    assert float(row["odds_against_3"]) == verdict.odds(3.0)
    assert float(row["odds_against_predicted"]) == float(row["odds_against_4"]) == verdict.odds(4.0)
    assert float(row["A_g_omega_0^5"]) == verdict.prefactor.reduced
    assert other["s"] == ""
    assert f"below {WITHOUT_MODULI}" in other["note"]
    assert list(section.figures) == ["plateau-m2-cold"]
    figure = section.figures["plateau-m2-cold"]()
    assert "omega_c" in figure.axes[0].get_xlabel()
    assert "$s$" in figure.axes[0].get_ylabel()


def test_the_row_of_a_verdict_holds_its_other_estimates():
    modes = corrected(np.random.default_rng(5), glasses=300, per_glass=4.0)
    verdict = judge_exponent(modes, 1.0, resamples=20)
    row = verdict_row(verdict)
    assert (row["s"], row["error"]) == (verdict.fit.s, verdict.fit.error)
    assert (row["s_lowest"], row["s_lowest_error"]) == (verdict.lowest.s, verdict.lowest.error)
    assert (row["s_corrected"], row["s_corrected_error"]) == (verdict.correction.s, verdict.correction.error)


# levels


@pytest.fixture(scope="module")
def levels(tmp_path_factory):
    """Levels that repel in one curve and not in the other, 64 and 125 particles, moduli in the first only."""
    rng = np.random.default_rng(24)
    text = recipe({
        "small": "taper = 2\nparent_temperature = 0.2",
        "large": "taper = 2\nparent_temperature = 0.2\nmodel.particles = 125",
        "inf": 'taper = "inf"\nparent_temperature = 0.2', "none": "taper = 2\nparent_temperature = 1.0",
    }, levels=12)  # fmt: skip
    contents = {
        "small": records(rng, 20, levels=12, shear=20.0), "large": records(rng, 20, levels=12, repelling=False),
        "inf": records(rng, 3, levels=12), "none": records(rng, 3),
    }  # fmt: skip
    return curves_of(tmp_path_factory.mktemp("levels") / "r", contents, text)


def test_levels_are_those_of_the_analysis(levels):
    curves, made = levels
    elasticity = measured(curves)
    section = levels_section(curves, elasticity)
    text = words(section.lines)
    for name, particles in {"small": 64, "large": 125}.items():
        bands = elasticity[name].bands if name in elasticity else None
        statistics = level_statistics(
            {place: [r[f"eigenvalues_{place}"] for r in made[name]] for place in PLACES}, bands=bands
        )
        found = cells(section.lines, name)
        assert [row[3] for row in found] == list(PLACES)
        for row, place in zip(found, PLACES, strict=True):
            window = statistics[place]
            taking_part = [particles * r[f"participation_{place}"].mean() for r in made[name]]
            assert row[:3] == [name, str(particles), "0.2"]
            assert row[5:] == [
                with_error(window.mean.value, window.mean.error), estimate(taking_part), "200", "20"
            ]  # fmt: skip
            assert window.verdict in text
            (line,) = rows_of(section, "levels", curve=name, levels=place)
            assert float(line["folded_ratio"]) == window.mean.value
            assert float(line["omega_from"]) == math.sqrt(window.lowest)
            assert float(line["participating"]) == bootstrap_mean(np.array(taking_part)).value
            assert float(line["p_Poisson"]) == next(
                fit.p_value for fit in window.folded.fits if fit.curve.name == "Poisson"
            )
            assert line["in_phonon_bands"] == ("" if window.phonons is None else repr(window.phonons.inside))
            bins = rows_of(section, "levels_histogram", curve=name, levels=place)
            np.testing.assert_array_equal([float(b["P"]) for b in bins], window.ratio.density)
    assert levels_section(curves[3:], {}) is None
    assert not cells(section.lines, "none")
    assert rows_of(section, "levels", curve="small", levels="lowest")[0]["in_phonon_bands"] != ""


def test_levels_that_cannot_be_judged_get_a_sentence(tmp_path):
    made = list(records(np.random.default_rng(25), 1, levels=12))
    curves, _ = curves_of(tmp_path / "r", {"m2-cold": made})
    section = levels_section(curves, {})
    assert cells(section.lines, "m2-cold")[0][:3] == ["m2-cold", "64", "0.2"]
    assert "an error over glasses needs at least 2" in rows_of(section, "levels")[0]["note"]
    assert "window 'lowest': 1 of 1 glasses have three levels" in words(section.lines)
    assert section.figures == {}


def test_figures_of_levels_say_what_they_show(levels):
    curves, _ = levels
    section = levels_section(curves, {})
    assert list(section.figures) == ["levels", "levels_size"]
    figure = section.figures["levels"]()
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == [f"{place} 12 levels, N = {size}" for size in (125, 64) for place in PLACES]
    assert any(text.startswith("small: ") for text in texts(figure))
    assert len(figure.axes[0].containers) == 1
    assert len(figure.axes[3].containers) == 2
    figure = section.figures["levels_size"]()
    # a taper of its own is a line of its own
    assert {"$m = 2$, $T_p = 0.2$", r"$m = \infty$, $T_p = 0.2$"} <= set(texts(figure))
    line, other = (container.lines[0] for container in figure.axes[0].containers)
    assert line.get_xdata().tolist() == [64, 125]
    assert other.get_xdata().tolist() == [64]
    assert list(levels_section(curves[2:3], {}).figures) == ["levels"]


# parent temperature


TEMPERATURES = (0.2, 0.25, 0.3, 0.4, 0.6, 1.0)


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """Six temperatures with an onset at 0.35 of liquids run differently long; beside them other families, too small."""
    rng = np.random.default_rng(26)
    tables_of = {
        f"T{t:g}".replace(".", "p"): f"taper = 2\nparent_temperature = {t}\nliquid.sweeps = {4000 * (1 + (t < 0.3))}"
        for t in TEMPERATURES
    }
    tables_of["T0p1"] = "taper = 2\nparent_temperature = 0.1"
    tables_of["inf1"] = 'taper = "inf"\nparent_temperature = 1.0'
    tables_of["inf2"] = 'taper = "inf"\nparent_temperature = 0.2'
    tables_of["large"] = "taper = 2\nparent_temperature = 0.5\nmodel.particles = 125"
    contents = {
        f"T{t:g}".replace(".", "p"): records(
            rng, 10, e_is=1.2 - 0.02 * max(0, 1 / t - 1 / 0.35), shear=12 - t, modes=30.0, sweeps=4000 * (1 + (t < 0.3))
        )
        for t in TEMPERATURES
    }
    # far too high for its temperature: it never got there
    contents["T0p1"] = records(rng, 10, e_is=1.19, shear=14.0, drift=-0.3)
    contents |= {name: records(rng, 3) for name in ("inf1", "inf2", "large")}
    curves, made = curves_of(tmp_path_factory.mktemp("family") / "r", contents, recipe(tables_of))
    return curves, made, temperature_families(curves, measured(curves))


def test_families_differ_in_their_parent_temperature_only(family):
    curves, _, (found,) = family
    assert [state.temperature for state in found.states] == [0.1, *TEMPERATURES]
    assert found.name == "InversePowerLaw, N = 64, d = 3, density 1, m = 2"
    few = [curve for curve in curves if curve.settings.liquid.parent_temperature > 0.4]
    assert temperature_families(few, {}) == []
    assert temperature_section([]) is None


def test_the_onset_leaves_out_what_is_not_in_equilibrium(family):
    _, made, (found,) = family
    assert found.left_out == ("T0p1",)
    means = [bootstrap_mean([r["e_is"] for r in made[f"T{t:g}".replace(".", "p")]]) for t in TEMPERATURES]
    expected = onset_temperature(TEMPERATURES, [m.value for m in means], [m.error for m in means])
    assert (found.onset.temperature, found.onset.error) == (expected.temperature, expected.error)
    text = words(temperature_section([found]).lines)
    assert f"{expected.text} Left out, as their energy is not in equilibrium: T0p1." in text


def test_table_against_the_parent_temperature(family):
    curves, made, (found,) = family
    section = temperature_section([found])
    hottest = measure_elasticity(next(curve for curve in curves if curve.name == "T1"))
    assert found.upper == min(0.5 * hottest.first_phonon, 1.2) == 1.2
    assert "modes below 1.2, up to which all modes are known" in section.lines[0]
    for t in TEMPERATURES:
        name = f"T{t:g}".replace(".", "p")
        frequencies = [record["frequencies"] for record in made[name]]
        fit = fit_exponent(frequencies, 1.2)
        prefactor = quartic_prefactor(frequencies, 1.2, modes_total=189, omega_0=hottest.omega_0)
        (row,) = cells(section.lines, f"{t:g}")
        assert row == [
            f"{t:g}", estimate([r["e_is"] for r in made[name]]), estimate([r["shear"] for r in made[name]]),
            str(fit.count), with_error(fit.s, fit.error), with_error(prefactor.reduced, prefactor.reduced_error),
            estimate([r["size_fluctuation"][40:].mean() for r in made[name]]), "equilibrated", "10",
        ]  # fmt: skip
        (row,) = rows_of(section, "temperature", curve=name)
        assert (float(row["s"]), float(row["s_error"])) == (fit.s, fit.error)
        assert float(row["A_g_reduced"]) == prefactor.reduced
        assert float(row["T_onset"]) == found.onset.temperature
        assert (row["family"], float(row["omega_c"]), row["note"]) == (found.name, 1.2, "")
    assert cells(section.lines, "0.1")[0][-2:] == ["not equilibrated", "10"]


def test_what_is_not_known_of_a_temperature_gets_a_sentence(tmp_path):
    rng = np.random.default_rng(27)
    text = recipe({f"T{k}": f"taper = 2\nparent_temperature = 0.{k}" for k in (2, 4, 6)})
    curves, _ = curves_of(tmp_path / "r", {f"T{k}": records(rng, 4, modes=0.0) for k in (2, 4, 6)}, text)
    (found,) = temperature_families(curves, {})
    section = temperature_section([found])
    assert "modes below 0.6, taken as no moduli tell the first phonon" in section.lines[0]
    assert isinstance(found.onset, Refused)
    text = words(section.lines)
    assert "no onset: 3 temperatures; an onset with four parameters needs at least 6" in text
    assert "T_p = 0.2, 0.4, 0.6: no G: no moduli are stored." in text
    assert "T_p = 0.2, 0.4, 0.6: no s: " in text
    row = rows_of(section, "temperature")[0]
    assert (row["s"], row["shear"], row["T_onset"]) == ("", "", "")
    assert "no G: no moduli are stored." in row["note"]
    assert figure_of(section).axes[0].containers  # energies are known all the same


def figure_of(section):
    (make,) = section.figures.values()
    return make()


def test_figure_against_the_parent_temperature(family):
    *_, (found,) = family
    figure = figure_of(temperature_section([found]))
    assert {r"$e_{\rm IS}$", "shear modulus $G$", "exponent $s$", r"$A_g\,\omega_0^5$"} <= set(texts(figure))
    assert {found.name, "not in equilibrium", "onset"} <= set(texts(figure))
    panel = figure.axes[1]
    points = {float(c.lines[0].get_xdata()[0]): c.lines[0] for c in panel.containers}
    np.testing.assert_allclose(sorted(points), sorted(1 / np.array([0.1, *TEMPERATURES])), rtol=1e-12)
    assert points[10.0].get_markerfacecolor() == "white"
    assert all(line.get_markerfacecolor() != "white" for x, line in points.items() if x < 10)
    assert [float(points[1 / t].get_ydata()[0]) for t in TEMPERATURES] == [
        state.shear.value for state in found.states[1:]
    ]


def test_two_curves_of_one_temperature_give_no_onset_but_a_sentence(family):
    curves, *_ = family
    twin = next(curve for curve in curves if curve.name == "T0p3")
    again = Curve(twin.ensemble, dataclasses.replace(twin.report, name="again"))
    (found,) = temperature_families([*curves, again], {})
    assert "no onset: a temperature is given twice" in words(temperature_section([found]).lines)
