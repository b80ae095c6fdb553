"""The section of quasilocalized excitations: every number equals that of the analysis it comes from."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from analysis.excitations.known import soft_spots
from report.synthetic import recipe, records, write_folder

from glasskit.analysis.bootstrap import bootstrap_mean
from glasskit.analysis.excitations.convergence import harmonic_convergence
from glasskit.analysis.excitations.double_wells import double_wells
from glasskit.analysis.excitations.power_laws import chi_against_participation
from glasskit.analysis.excitations.soft_ends import barriers
from glasskit.analysis.excitations.stiffness_order import stiffness_order
from glasskit.ensembles.quasilocalized import QUANTITIES, array_name
from glasskit.report.command import further_sections
from glasskit.report.elasticity import measure_elasticity
from glasskit.report.excitations import excitations_section, measure_excitations
from glasskit.report.files import results, tables
from glasskit.report.measured import Refused, attempt, with_error
from glasskit.report.opening import open_curves
from glasskit.report.section import Curve
from glasskit.report.tapering import CurveReport, reduce_curves, settings_of

RECIPE = recipe({
    "hot": 'taper = 4\nparent_temperature = 1.3\n', "cold": 'taper = 4\nparent_temperature = 0.35\n',
    "bare": 'taper = 4\nparent_temperature = 0.5\n',
}).replace("glasses = 20", "glasses = 60")  # fmt: skip


def stored(spots, g, *, missing=(), strains=False):
    """Arrays of one glass as the recipe option leaves them; kinds in ``missing`` were not found."""

    def numbers(kind, number):
        kappa, tau = spots[f"kappa_{number}"][g], spots.get(f"tau_{number}", spots["tau_4"])[g]
        chi = spots.get(f"chi_{number}", spots["chi_4"])[g]
        overlaps = {"harmonic": (1, spots["overlap_42"][g]), "quartic": (spots["overlap_42"][g], 1.0)}
        row = (kappa, tau, chi, spots["e_4"][g], kappa, 1e-12, 1e-13)
        row += overlaps.get(kind, (spots["overlap_42"][g], spots["overlap_34"][g]))
        assert len(row) == len(QUANTITIES)
        return np.array([row]) if kind not in missing else np.empty((0, len(row)))

    kinds = {"harmonic": 2, "quartic": 4, "cubic": 3, **({"quartic_of_cubic": 4} if strains else {})}
    failures = "\n".join(f"{kind}: not converged" for kind in missing).encode()
    return {
        **{array_name(kind): numbers(kind, number) for kind, number in kinds.items()},
        array_name("failures"): np.frombuffer(failures, dtype=np.uint8),
    }


def made(rng, spots, *, shear=None, missing=None, strains=False):
    glasses = spots["kappa_4"].size
    lost = missing or {}
    return [
        {**record, **stored(spots, g, missing=lost.get(g, ()), strains=strains)}
        for g, record in enumerate(records(rng, glasses, shear=shear))
    ]


def described(opened):
    ensemble = opened.ensemble
    report = CurveReport(
        opened.name, opened.wanted, settings=settings_of(ensemble), glasses=len(ensemble),
        means={"e_is": attempt(bootstrap_mean, ensemble.table()["e_is"])},
    )  # fmt: skip
    return Curve(ensemble, report)


def curves_of(path, contents):
    write_folder(path, contents, recipe=RECIPE)
    curves = [described(opened) for opened in open_curves(path) if opened.ensemble]
    found = {curve.name: measure_elasticity(curve) for curve in curves}
    return curves, {name: elasticity for name, elasticity in found.items() if elasticity is not None}


def rows_of(section, name):
    return list(csv.DictReader(io.StringIO(tables([], [section])[f"{name}.csv"].decode())))


def cells(lines, name):
    return [re.split(r"\s{2,}", line) for line in lines if line.startswith(f"{name} ")]


@pytest.fixture(scope="module")
def spots():
    rng = np.random.default_rng(31)
    return {"hot": soft_spots(rng, 60, lower_than_quartic=1), "cold": soft_spots(rng, 60)}


@pytest.fixture(scope="module")
def two(spots, tmp_path_factory):
    """Two curves with modes, glass 7 of one without its cubic mode, and one curve without any."""
    rng = np.random.default_rng(32)
    contents = {
        "hot": made(rng, spots["hot"], missing={7: ("cubic",)}), "cold": made(rng, spots["cold"]),
        "bare": records(rng, 5),
    }  # fmt: skip
    curves, elasticity = curves_of(tmp_path_factory.mktemp("excitations") / "r", contents)
    found = measure_excitations(curves, elasticity)
    return found, excitations_section(found)


def of(spots, lost):
    return {name: np.delete(value, lost) for name, value in spots.items() if name != "particles"}


def test_curves_without_modes_are_left_out(two, tmp_path):
    assert [one.curve.name for one in two[0]] == ["hot", "cold"]
    curves, elasticity = curves_of(tmp_path / "r", {"bare": records(np.random.default_rng(1), 3)})
    assert measure_excitations(curves, elasticity) == []
    assert excitations_section([]) is None


def test_numbers_are_those_of_the_analysis(two, spots):
    section = two[1]
    for name, lost in (("hot", [7]), ("cold", [])):
        s = of(spots[name], lost)
        first, tau, second, third = cells(section.lines, name)
        order = stiffness_order(s["kappa_2"], s["kappa_4"], s["kappa_3"])
        law = chi_against_participation(s["chi_4"], s["e_4"], 64)
        wells = double_wells(s["kappa_3"], s["tau_3"], s["chi_3"])
        temperature = {"hot": "1.3", "cold": "0.35"}[name]
        share = [f"{100 * p.value:.3g} ({100 * p.lower:.2g} to {100 * p.upper:.2g})"
                 for p in (order.cubic_softer, wells.second_minimum, wells.lower_minimum)]  # fmt: skip
        assert first == [
            name, "3", "64", temperature, share[0], with_error(order.ratio.value, order.ratio.error),
            with_error(law.slope, law.error), f"({with_error(law.orthogonal, law.orthogonal_error)})", share[1],
            share[2], str(60 - len(lost)),
        ]  # fmt: skip
        quartic_wells = double_wells(s["kappa_4"], s["tau_4"], s["chi_4"])
        assert tau[4:] == [
            text
            for found in (wells, quartic_wells)
            for text in (
                with_error(found.relation.slope, found.relation.error),
                with_error(found.ratio.value, found.ratio.error),
                "{:.2g} to {:.2g}".format(*found.spread),
            )
        ]
        convergence = harmonic_convergence(s["kappa_2"], s["kappa_4"], s["overlap_42"])
        assert second[4:6] == [
            with_error(convergence.energetic.slope[0], convergence.energetic.error[0]),
            with_error(convergence.energetic.overall, convergence.energetic.overall_error),
        ]
        assert second[8] == f"{np.sqrt(s['kappa_4'].min()):.2g}"
        end = barriers(s["kappa_3"], s["tau_3"])
        assert third[8:] == [with_error(fit.s, fit.error) for fit in (end.fits[0], end.fits[1])]


def test_what_is_missing_is_said(two):
    words = " ".join(" ".join(two[1].lines).split())
    assert "- hot: 1 glasses lack one of the modes." in words
    assert "reduced units of the model: not all curves have the moduli" in words
    rows = {row["curve"]: row for row in rows_of(two[1], "excitations")}
    assert (rows["hot"]["missing"], rows["cold"]["missing"]) == ("1", "0")
    assert (rows["hot"]["cubic_softer_hits"], rows["hot"]["harmonic_stiffer_hits"]) == ("1", "0")


def test_files_hold_every_glass_window_and_bin(two, spots):
    section = two[1]
    glasses = rows_of(section, "excitations_glasses")
    assert len(glasses) == 119
    assert "7" not in [row["index"] for row in glasses if row["curve"] == "hot"]
    cold = [row for row in glasses if row["curve"] == "cold"]
    np.testing.assert_array_equal([float(row["tau_3"]) for row in cold], spots["cold"]["tau_3"])
    np.testing.assert_array_equal([float(row["overlap_34"]) for row in cold], spots["cold"]["overlap_34"])
    (row,) = (row for row in rows_of(section, "excitations") if row["curve"] == "cold")
    s = of(spots["cold"], [])
    ratio = s["tau_4"] ** 2 / (s["kappa_4"] * s["chi_4"])
    names = ("quartic_tau_ratio", "quartic_tau_ratio_low", "quartic_tau_ratio_high")
    assert [float(row[name]) for name in names] == pytest.approx(np.quantile(ratio, (0.5, 0.16, 0.84)), rel=1e-12)
    slopes = rows_of(section, "excitations_slopes")
    assert len(slopes) == 2 * 2 * 6
    assert {row["expected"] for row in slopes} == {"2.0", "4.0"}
    densities = [row for row in rows_of(section, "excitations_densities") if row["curve"] == "cold"]
    for quantity in ("omega_4", "omega_3", "B"):
        assert sum(int(row["in_bin"]) for row in densities if row["quantity"] == quantity) == 60
    assert b"NaN" not in results([], "", [section])


def test_figures_show_all_curves(two):
    section = two[1]
    assert list(section.figures) == [
        f"excitations-{n}" for n in ("pairs", "chi", "convergence", "cubic", "wells", "densities")
    ]
    for make in section.figures.values():
        figure = make()
        shown = [ax.get_title() for ax in figure.axes]
        shown += [t.get_text() for legend in figure.legends for t in legend.get_texts()]
        for name in ("hot", "cold"):
            assert sum(text.startswith(f"{name}: 3D") for text in shown) == 1


def test_units_are_those_of_the_hottest_glasses_of_the_model(spots, tmp_path):
    rng = np.random.default_rng(33)
    contents = {"hot": made(rng, spots["hot"], shear=9.0), "cold": made(rng, spots["cold"], shear=25.0)}
    curves, elasticity = curves_of(tmp_path / "r", contents)
    hot, cold = measure_excitations(curves, elasticity)
    # density 1: a_0 = 1, omega_0 = √G of single glasses
    expected = np.sqrt([record["shear"] for record in contents["hot"]]).mean()
    assert hot.units == cold.units
    assert hot.units.omega == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(cold.modes["quartic"]["stiffness"], spots["cold"]["kappa_4"] / expected**2)
    section = excitations_section([hot, cold])
    assert any("Units omega_0 = c_T/a_0 of the hottest" in line for line in section.lines)
    ax = section.figures["excitations-densities"]().axes[0]
    assert ax.get_xlabel() == r"$\omega_4/\omega_0$"


def test_a_cubic_mode_of_another_spot_is_compared_with_the_quartic_of_that_spot(spots, tmp_path):
    """In all glasses but the first 15 the quartic mode of the lowest harmonic one is of a stiffer spot."""
    rng = np.random.default_rng(34)
    contents = {"hot": made(rng, spots["hot"], strains=True)}
    for record in contents["hot"][15:]:
        record[array_name("quartic")] = record[array_name("quartic")] * np.array([5.0, *[1] * 8])
    curves, elasticity = curves_of(tmp_path / "r", contents)
    (one,) = measure_excitations(curves, elasticity)
    assert one.order.cubic_softer.hits == 1
    np.testing.assert_array_equal(one.modes["quartic"]["stiffness"][15:], 5 * spots["hot"]["kappa_4"][15:])
    # where both are one spot the stored overlap is that of the pair
    np.testing.assert_array_equal(one.asymmetry.turn_g, 1 - spots["hot"]["overlap_34"][:15])
    ratio = np.median(np.abs(spots["hot"]["tau_3"] / spots["hot"]["tau_4"])[:15])
    assert one.asymmetry.tau_ratio.value == ratio
    excitations_section([one]).figures["excitations-cubic"]()


def test_no_pair_of_one_spot_is_a_reason(spots, tmp_path):
    rng = np.random.default_rng(37)
    contents = {"hot": made(rng, spots["hot"], strains=True)}
    for record in contents["hot"]:
        record[array_name("quartic")] = record[array_name("quartic")] * np.array([5.0, *[1] * 8])
    curves, elasticity = curves_of(tmp_path / "r", contents)
    (one,) = measure_excitations(curves, elasticity)
    assert isinstance(one.asymmetry, Refused)
    figure = excitations_section([one]).figures["excitations-cubic"]()
    assert "no pairs of one spot" in [t.get_text() for ax in figure.axes for t in ax.texts]


def test_a_harmonic_mode_above_is_a_reason_not_a_crash(spots, tmp_path):
    rng = np.random.default_rng(35)
    wrong = {name: np.copy(value) for name, value in spots["hot"].items()}
    wrong["kappa_2"][3] = 2 * wrong["kappa_3"][3]
    few = {name: value[:5] if np.ndim(value) else value for name, value in spots["cold"].items()}
    curves, elasticity = curves_of(tmp_path / "r", {"hot": made(rng, wrong), "cold": made(rng, few)})
    section = excitations_section(measure_excitations(curves, elasticity))
    words = " ".join(" ".join(section.lines).split())
    assert "hot: no order of stiffnesses: kappa_harmonic is above kappa_quartic in 1 of 60 glasses" in words
    assert "cold: no chi against Ne: 5 glasses; at least 10 are needed here" in words
    for make in section.figures.values():
        make()


def test_the_report_has_the_section_where_modes_are_stored(two, spots, tmp_path):
    rng = np.random.default_rng(36)
    write_folder(tmp_path / "r", {"hot": made(rng, spots["hot"]), "bare": records(rng, 3)}, recipe=RECIPE)
    opened = open_curves(tmp_path / "r")
    titles = [section.title for section in further_sections(opened, reduce_curves(opened))]
    assert titles.count("Quasilocalized excitations") == 1
