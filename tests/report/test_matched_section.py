"""Folders of the same liquids quenched under several tapers, of glasses that were never made."""

import math

import numpy as np
import pytest
from report.synthetic import records, write_folder

from glasskit.analysis.exponents.fit import fit_exponent
from glasskit.analysis.matched.differences import MatchedComparison
from glasskit.report.elasticity import measure_elasticity
from glasskit.report.matched_families import exponent_difference, matched_families, predicted_difference
from glasskit.report.matched_section import matched_section
from glasskit.report.measured import Refused
from glasskit.report.opening import open_curves
from glasskit.report.section import curves_with_glasses
from glasskit.report.tapering import reduce_curves

RECIPE = """
kind = "glass"
seed = 5
[model]
name = "tapered-ipl"
particles = 64
[liquid]
sweeps = 4000
[run]
shard_size = 8
[curves.m2]
taper = 2
parent_temperature = 0.2
store.liquid = true
glasses = 24
[curves.m2-under-1]
taper = 2
parent_temperature = 0.2
quench.taper = 1
glasses = 24
[curves.m2-under-inf]
taper = 2
parent_temperature = 0.2
quench.taper = "inf"
glasses = 24
[curves.minf]
taper = "inf"
parent_temperature = 0.21
glasses = 24
[curves.minf-hot]
taper = "inf"
parent_temperature = 1.0
glasses = 24
"""
EXPONENTS = {"m2": 4.0, "m2-under-1": 5.0, "m2-under-inf": 3.0, "minf": 3.0, "minf-hot": 2.0}
SHEAR = {"m2": 4.0, "m2-under-1": 6.0, "m2-under-inf": 0.5, "minf": 4.0, "minf-hot": 4.0}


def glasses(name, *, moduli=True, liquids=None):
    """Modes and energies of the curves ``m2...`` are made of the same random numbers, but for a tenth of the modes."""
    same = name.startswith("m2")
    made = list(records(np.random.default_rng(3 if same else 4), 24))
    common, own = np.random.default_rng(1 if same else 2), np.random.default_rng(len(name))
    for g, record in enumerate(made):
        u = np.concatenate([common.random(6), own.random(1)])
        record["frequencies"] = np.sort(1.2 * u ** (1 / (EXPONENTS[name] + 1)))
        record["participation"] = np.full(7, 0.1)
        record["e_is"] = 1.1 + 0.01 * EXPONENTS[name] + 0.02 * common.normal() + 0.002 * own.normal()
        if liquids is not None:
            record["liquid_energy"] = liquids[g]
        if moduli:
            shear = SHEAR[name] * (1 + 0.1 * common.normal() + 0.01 * own.normal())
            record.update(shear=shear, bulk=30.0, pressure=5.0)
    return made


def families_of(path, contents, recipe=RECIPE):
    written = write_folder(path, contents, recipe)
    opened = open_curves(written.path)
    curves = curves_with_glasses(opened, reduce_curves(opened))
    found = {curve.name: measure_elasticity(curve) for curve in curves}
    return matched_families(curves, {name: e for name, e in found.items() if e is not None}), written


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    contents = {name: glasses(name) for name in EXPONENTS}
    contents["m2-under-1"][5] = "no minimum"
    (found,), written = families_of(tmp_path_factory.mktemp("matched") / "runs", contents)
    return found, written


def test_curves_of_the_same_liquids_are_found(family):
    found, _ = family
    assert found.reference.curve.name == "m2"
    assert [member.curve.name for member in found.requenched] == ["m2-under-1", "m2-under-inf"]
    # of two curves with m = infinity the one nearest in temperature
    assert [member.curve.name for member in found.own_liquids] == ["minf"]
    assert "liquids of m = 2 at T_p = 0.2" in found.name


def test_the_window_is_half_the_first_phonon_of_the_reference(family):
    found, written = family
    mean = np.mean([record["shear"] for record in written.records["m2"]])
    assert found.reference.phonon == pytest.approx(2 * math.pi * math.sqrt(mean) / 4.0)
    assert found.upper == min(0.5 * found.reference.phonon, 1.2)
    under_inf = found.requenched[1]
    assert under_inf.own.upper == pytest.approx(0.5 * under_inf.phonon)
    assert under_inf.common.upper == found.upper


def test_exponents_are_those_of_the_glasses(family):
    found, written = family
    for member in (found.reference, *found.requenched, *found.own_liquids):
        frequencies = [record["frequencies"] for record in written.records[member.curve.name]]
        assert member.common.s == fit_exponent(frequencies, found.upper).s
        assert len(member.curve.ensemble) == len(frequencies)


def test_the_same_liquids_are_paired_and_others_are_not(family):
    found, written = family
    under_1, under_inf = found.requenched
    paired = exponent_difference(found, under_inf, own=False)
    assert paired == under_inf.against.exponent
    assert paired.correlation > 0.7
    assert paired.error < 0.75 * paired.independent_error
    assert (under_1.against.glasses, under_1.against.match.only_first) == (23, 1)
    kept = [g for g in range(24) if g != 5]
    first = [written.records["m2"][g]["e_is"] for g in kept]
    second = [record["e_is"] for record in written.records["m2-under-1"]]
    assert under_1.against.numbers["e_is"].difference == pytest.approx(np.mean(second) - np.mean(first), rel=1e-9)
    other = exponent_difference(found, found.own_liquids[0], own=False)
    assert other.correlation is None
    assert other.error == pytest.approx(math.hypot(found.reference.common.error, found.own_liquids[0].common.error))
    assert exponent_difference(found, found.reference, own=True) is None


def test_predicted_differences(family):
    found, _ = family
    assert predicted_difference(found, found.requenched[0]) == 1.0
    assert predicted_difference(found, found.requenched[1]) == -1.0


def test_tables_hold_what_is_printed(family):
    found, _ = family
    section = matched_section([found])
    rows = {row["curve"]: row for row in section.tables["matched"]}
    assert list(rows) == ["m2", "m2-under-1", "m2-under-inf", "minf"]
    assert [row["liquids"] for row in rows.values()] == ["reference", "same liquids", "same liquids", "own liquids"]
    assert len({tuple(row) for row in rows.values()}) == 1
    under_1 = rows["m2-under-1"]
    assert under_1["matched"] == 23
    assert under_1["s_difference"] == found.requenched[0].against.exponent.difference
    assert under_1["shear_difference_correlation"] > 0.9
    assert under_1["predicted_s_difference"] == 1.0
    assert rows["m2"]["s_difference"] == ""
    text = "\n".join(section.lines)
    assert "+1.00" in text
    assert "own, T_p = 0.21" in text
    assert max(len(line) for line in text.splitlines()) <= 140
    # the softest curve has its first phonon at 1.1, below the window
    assert "m2-under-inf: the common window reaches above the first phonon" in text
    assert {row["curve"] for row in section.tables["matched_stress"]} == {"m2-under-1", "m2-under-inf"}


def test_the_figure_shows_every_exponent(family):
    found, _ = family
    axes = matched_section([found]).figures["matched"]().axes
    assert len(axes) == 2
    for ax in axes:
        line = ax.lines[0]
        np.testing.assert_allclose(line.get_ydata(), 3 + 2 * np.asarray(line.get_xdata()))
        # four exponents, two of them with a second bar
        assert len(ax.containers) == 6
    drawn = sorted(float(box.lines[0].get_xdata()[0]) for box in axes[0].containers if box.lines[0] is not None)
    np.testing.assert_allclose(drawn, [0.0, 0.0, 0.5, 1.0], atol=0.01)


def test_other_liquids_are_refused(tmp_path):
    contents = {name: glasses(name) for name in ("m2", "m2-under-1")}
    contents["m2-under-1"] = glasses("m2-under-1", liquids=np.linspace(1.4, 1.5, 24))
    (found,), _ = families_of(tmp_path / "runs", contents)
    assert isinstance(found.requenched[0].against, Refused)
    assert exponent_difference(found, found.requenched[0], own=False) is None
    text = "\n".join(matched_section([found]).lines)
    assert "24 of 24 liquids of m2-under-1 have other energies" in " ".join(text.split())


def test_without_moduli_there_is_a_fixed_window(tmp_path):
    contents = {name: glasses(name, moduli=False) for name in ("m2", "m2-under-1")}
    (found,), _ = families_of(tmp_path / "runs", contents)
    assert found.upper == 0.6
    assert isinstance(found.requenched[0].against, MatchedComparison)
    section = matched_section([found])
    assert "G" not in section.lines[-len(section.lines) // 2].split()
    assert section.tables["matched"][0]["shear"] == ""


def test_too_few_modes_say_so(tmp_path):
    contents = {name: glasses(name, moduli=False) for name in ("m2", "m2-under-1")}
    for record in contents["m2-under-1"]:
        record["frequencies"] = np.array([1.1])
        record["participation"] = np.array([0.1])
    (found,), _ = families_of(tmp_path / "runs", contents)
    assert exponent_difference(found, found.requenched[0], own=False) is None
    text = "\n".join(matched_section([found]).lines)
    assert "not known" in text
    assert "0 modes below 0.6" in text


def test_a_folder_without_common_liquids_has_no_section(folder):
    opened = open_curves(folder.path)
    assert matched_families(curves_with_glasses(opened, reduce_curves(opened)), {}) == []
    assert matched_section([]) is None
