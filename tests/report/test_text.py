"""The printed report: every number equals what the statistics give for the arrays that were stored."""

import csv
import dataclasses
import io
import math

import numpy as np
import pytest
from report.synthetic import records, write_folder

from glasskit.analysis.bootstrap import bootstrap_mean
from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.exponents.planning import glasses_for_error, glasses_to_distinguish
from glasskit.analysis.liquids.equilibration import equilibration_verdict
from glasskit.report.figures import LEAST_MODES, exponents_figure
from glasskit.report.files import tables
from glasskit.report.measured import Refused, with_error
from glasskit.report.opening import open_curves
from glasskit.report.tapering import group_reasons, predicting_order, reduce_curves, settings_of
from glasskit.report.text import aligned, format_report
from glasskit.report.windows import exponent_text

CURVES = ("m2-cold", "minf-hot")


def rows(text, curve, section):
    """Cells of the rows of a curve in the section whose title begins so."""
    part = text.split(f"\n{section}", 1)[1].split("\n\n", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith(curve)]
    return [[cell for cell in line.split("  ") if cell.strip()] for line in lines]


def cells(text, curve, section):
    return [[cell.strip() for cell in row] for row in rows(text, curve, section)]


def estimate(values):
    mean = bootstrap_mean(np.array(values))
    return with_error(mean.value, mean.error)


@pytest.mark.parametrize(("curve", "taper", "temperature", "s"), [
    ("m2-cold", "2", "0.2", "4.00"), ("minf-hot", "inf", "1", "3.00 (log)"),
])  # fmt: skip
def test_table_of_glasses(folder, analysed, curve, taper, temperature, s):
    made = folder.records[curve]
    moves, swaps = (estimate([r[name] for r in made]) for name in ("displacement_acceptance", "swap_acceptance"))
    assert cells(analysed[0], curve, "Glasses") == [
        [curve, taper, temperature, "4000", "20", "0", "20", moves, swaps, s]
    ]


@pytest.mark.parametrize("curve", CURVES)
def test_energies_and_composition_are_those_of_the_second_halves(folder, analysed, curve):
    made = folder.records[curve]
    expected = [
        estimate([r["liquid_energies"][500:].mean() for r in made]),
        estimate([r["e_is"] for r in made]),
        estimate([r["size_fluctuation"][40:].mean() for r in made]),
        estimate([r["rattlers"] for r in made]),
        "20",
    ]
    (row,) = cells(analysed[0], curve, "Energies")
    assert row[2:] == expected


@pytest.mark.parametrize("curve", CURVES)
def test_table_of_exponents(folder, analysed, curve):
    frequencies = [r["frequencies"] for r in folder.records[curve]]
    found = cells(analysed[0], curve, "Exponent s")
    assert [row[1] for row in found] == ["0.6", "0.7", "0.8", "1"]
    fitted = 0
    for row, upper in zip(found, (0.6, 0.7, 0.8, 1.0), strict=True):
        assert row[2] == str(sum(np.count_nonzero(f < upper) for f in frequencies))
        if int(row[2]) < 3:
            continue
        fitted += 1
        fit = fit_exponent(frequencies, upper)
        assert row[3] == with_error(fit.s, fit.error)
        assert row[5:] == [str(glasses_for_error(fit, 0.25)), str(glasses_to_distinguish(fit.modes_per_glass))]
    assert fitted >= 2


def test_a_window_with_too_few_modes_gets_a_sentence_and_its_price(tmp_path):
    made = list(records(np.random.default_rng(2), 4, modes=0.0))
    made[1]["frequencies"] = np.array([0.55, 0.75])
    made[1]["participation"] = np.array([0.1, 0.1])
    write_folder(tmp_path / "few", {"m2-cold": made})
    text = format_report("few", reduce_curves(open_curves(tmp_path / "few")))
    words = " ".join(text.split())
    assert "no s: 1 modes below 0.6 in 4 glasses; an exponent with an error needs at least 3" in words
    assert f"About {glasses_to_distinguish(0.25)} glasses would tell 3 from 4." in words
    assert f"About {glasses_to_distinguish(0.5)} glasses would tell 3 from 4." in words
    assert "nan" not in text.lower()


def gapped_glasses(rng, samples):
    """Glasses whose modes begin at 0.55: the window below 0.6 holds the edge of a gap, the one below 1 does not."""
    made = list(records(rng, samples))
    for record in made:
        frequency = np.sort(0.55 + 0.6 * rng.random(40))
        record.update(frequencies=frequency, participation=np.full(frequency.size, 0.1))
    return made


def test_the_edge_of_a_gap_has_no_exponent_but_its_number_stays_in_the_files(tmp_path):
    rng = np.random.default_rng(6)
    write_folder(tmp_path / "gap", {"m2-cold": gapped_glasses(rng, 20), "minf-hot": records(rng, 20, k=4.0)})
    reports = reduce_curves(open_curves(tmp_path / "gap"))
    words = [" ".join(row) for row in cells(f"\n{format_report('gap', reports)}", "m2-cold", "Exponent s")]
    rows = list(csv.DictReader(io.StringIO(tables(reports)["exponents.csv"].decode())))
    edges = [row["omega_c"] for row in rows if row["edge"] == "True"]
    assert {row["curve"] for row in rows if row["edge"] == "True"} == {"m2-cold"}
    assert "0.6" in edges
    assert any(row["edge"] == "False" for row in rows)
    for row in rows:
        if row["omega_c"] not in edges or row["curve"] != "m2-cold":
            assert "edge of a gap" not in row["note"]
            continue
        assert float(row["s"]) > 10
        assert row["note"].startswith("an edge of a gap, not a power law")
        if row["in_table"] == "True":
            power = with_error(float(row["s"]), float(row["error"]))
            said = f"m2-cold {float(row['omega_c']):g} {row['modes']} no s: edge of a gap (as a power law {power})"
            assert said in words
    (axes,) = exponents_figure(reports).axes
    marks = [line for line in axes.lines if line.get_marker() == "x" and len(line.get_xdata())]
    np.testing.assert_allclose(
        marks[0].get_xdata(), [float(upper) for upper in edges if float(upper) >= 0.6], atol=0.01
    )
    assert set(marks[0].get_ydata()) == {0.975}
    drawn = np.concatenate([container.lines[0].get_ydata() for container in axes.containers])
    known = [float(row["s"]) for row in rows if row["edge"] == "False" and int(row["modes"]) >= LEAST_MODES]
    np.testing.assert_array_equal(np.sort(drawn), np.sort(known))


def test_a_window_beyond_the_proved_modes_gets_a_sentence(tmp_path):
    made = list(records(np.random.default_rng(2), 6))
    for record in made:
        keep = record["frequencies"] < 0.9
        record.update(frequencies=record["frequencies"][keep], participation=record["participation"][keep])
        record["complete_below"] = 0.9
    write_folder(tmp_path / "low", {"m2-cold": made, "minf-hot": records(np.random.default_rng(3), 6)})
    report, other = reduce_curves(open_curves(tmp_path / "low"))
    assert max(w.upper for w in report.windows if w.upper != 1.0) == 0.9
    # F of each curve ends where its own modes do, on points that both share
    assert 0.85 < report.cumulative.omega[-1] <= 0.9
    assert other.cumulative.omega[-1] == 1.2
    np.testing.assert_array_equal(report.cumulative.omega, other.cumulative.omega[: report.cumulative.omega.size])
    assert "the window reaches 1 but in 6 of 6 glasses" in " ".join(format_report("low", [report]).split())


def test_verdicts_in_words_with_relaxation_times_in_sweeps(folder, analysed):
    words = " ".join(analysed[0].split())
    for curve, temperature in zip(CURVES, (0.2, 1.0), strict=True):
        energy_gt = np.array([r["liquid_energies"] for r in folder.records[curve]])
        verdict = equilibration_verdict(energy_gt, tolerance=0.016 * temperature, spacing=4.0)
        assert verdict.state == "equilibrated"
        time = with_error(verdict.relaxation.time, verdict.relaxation.error)
        assert f"{verdict.words}; relaxation time {time} sweeps; 20 runs." in words
        size_gt = np.array([r["size_fluctuation"] for r in folder.records[curve]])
        verdict = equilibration_verdict(
            size_gt, tolerance=0.1 * size_gt[:, 40:].mean(), spacing=50.0, name="S_size"
        )  # fmt: skip
        time = with_error(verdict.relaxation.time, verdict.relaxation.error)
        assert f"{verdict.words}; relaxation time {time} sweeps; 20 runs." in words
        assert f"\n{curve}: equilibrated\n" in analysed[0]
    assert "is not shown" not in words


def test_a_drifting_energy_condemns_the_curve(tmp_path):
    write_folder(tmp_path / "drift", {"m2-cold": records(np.random.default_rng(3), 12, drift=-0.05)})
    reports = reduce_curves(open_curves(tmp_path / "drift"))
    text = format_report("drift", reports)
    assert "\nm2-cold: not equilibrated\n" in text
    assert "Equilibrium of the liquids is not shown for m2-cold:" in text


def test_a_run_too_short_to_judge_says_so(tmp_path):
    made = list(records(np.random.default_rng(4), 6))
    for record in made:
        record["size_fluctuation"] = record["size_fluctuation"][:5]
    write_folder(tmp_path / "short", {"m2-cold": made})
    (report, _) = reduce_curves(open_curves(tmp_path / "short"))
    assert report.equilibrated == "cannot tell"
    words = " ".join(format_report("short", [report]).split())
    assert "S_size(2pi/L): cannot tell: each run holds 5 values of the series; expected at least 10 times" in words


def test_demixing_is_said_above_three_only(folder, analysed):
    words = " ".join(analysed[0].split())
    size = estimate([r["size_fluctuation"][40:].mean() for r in folder.records["minf-hot"]])
    assert f"minf-hot: S_size(2pi/L) is {size}, above 3:" in words
    assert "begin to separate" in words
    assert "m2-cold: S_size(2pi/L) is" not in words


def test_equal_temperature_is_not_equal_depth_for_two_tapers_only(reports):
    warning = "Equal T_p is not equal depth for two tapers"
    assert warning in format_report("two", reports)
    assert "differ by about 6 %" in " ".join(format_report("two", reports).split())
    assert warning not in format_report("one", reports[:1])


def test_failures_that_differ_in_numbers_are_one_reason():
    reasons = {0: "quench: force 1.5e-8 above 1e-10", 3: "quench: force 2.5e-09 above 1e-10", 2: "modes: 2 missing"}
    assert group_reasons(reasons) == {"quench: force 1.5e-8 above 1e-10": 2, "modes: 2 missing": 1}


def test_the_order_that_predicts_is_that_of_the_quench(reports):
    settings = reports[0].settings
    requenched = dataclasses.replace(settings, quench=dataclasses.replace(settings.quench, taper=4))
    assert predicting_order(settings) == 2
    assert predicting_order(requenched) == 4
    text = format_report("re", [dataclasses.replace(reports[0], settings=requenched, order=4)])
    assert cells(text, "m2-cold", "Glasses")[0][1] == "2, quenched 4"
    assert cells(text, "m2-cold", "Glasses")[0][-1] == "3.50"


@pytest.mark.parametrize(("potential", "order"), [
    ("SmoothedInversePowerLaw", 3), ("LennardJones", 1), ("StickySpheres", 1), ("Hertzian", None),
])  # fmt: skip
def test_orders_of_other_potentials(reports, potential, order):
    settings = reports[0].settings
    model = dataclasses.replace(settings.model, potential=potential, smoothness=3)
    other = dataclasses.replace(settings, model=model)
    if order is None:
        with pytest.raises(ValueError, match="no exponent is predicted for Hertzian"):
            predicting_order(other)
    else:
        assert predicting_order(other) == order


def test_settings_come_from_the_shards(folder):
    for opened in open_curves(folder.path):
        settings = settings_of(opened.ensemble)
        assert settings.model.particles == 64
        assert settings.model.taper == (math.inf if "inf" in opened.name else 2)


def test_rows_that_end_in_a_sentence():
    rows = [["a", "100", "1.5", "2"], ["long", "7", " ".join(["word"] * 40)]]
    lines = aligned(["name", "n", "x", "y"], rows)
    assert lines[:2] == ["name    n    x  y", "a     100  1.5  2"]
    assert lines[2].startswith("long    7  word")
    assert len(lines) > 3
    assert all(line.startswith(" " * 11 + "word") for line in lines[3:])
    assert max(map(len, lines)) <= 118


def test_cells_of_exponents_say_edge_in_place_of_a_number():
    """The cell that tables against temperature, of matched curves and of both worlds share."""
    rng = np.random.default_rng(2)
    law = fit_exponent([rng.random(20) ** 0.2 for _ in range(10)], 1.0)
    gap = fit_exponent([0.95 + 0.05 * rng.random(20) for _ in range(10)], 1.0)
    assert exponent_text(law) == with_error(law.s, law.error)
    assert exponent_text(gap) == "edge"
    assert exponent_text(Refused("no mode")) == "not known"
