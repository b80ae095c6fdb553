"""Families of curves: omega_x where it is known, laws of curves whose numbers follow them, families without either."""

from types import SimpleNamespace

import numpy as np
import pytest
from report.oscillators.conftest import column, instance, rows_of
from report.oscillators.synthetic import exponents_with

from glasskit.report import analyse
from glasskit.report.measured import Refused
from glasskit.report.oscillators import scaling
from glasskit.report.oscillators.displacements import PartialMeans, _words
from glasskit.report.oscillators.regimes import crossover_estimate
from glasskit.report.oscillators.scaling_laws import laws_of

LIMITS = 10.0 ** (np.arange(-24, 1) / 8)


def words(text):
    return " ".join(text.split())


def uncoupled(rng, field, *, size=400):
    """A record whose oscillators solve x³/6 + kappa x = h, stiffnesses uniform on [0, 1]."""
    kappa = np.sort(rng.random(size))
    x = np.full(size, (6 * field) ** (1 / 3))
    for _ in range(50):  # from above, where the function is convex: it descends to the root
        x -= (x**3 / 6 + kappa * x - field) / (x**2 / 2 + kappa)
    counts = np.searchsorted(kappa, LIMITS, side="right")
    sums = np.concatenate([[0.0], np.cumsum(x**2)])[counts]
    partial = {"partial_limits": LIMITS, "partial_counts": counts, "partial_sums": sums}
    return instance(rng, size=size) | partial | {"mean_square": np.mean(x**2)}


def test_fields_of_uncoupled_oscillators_have_omega_x_of_their_cube_root(written, undrawn, tmp_path):
    rng = np.random.default_rng(11)
    fields = {"a": 0.003, "b": 0.01, "c": 0.03}
    lines = {name: f"coupling = 0.001\nfield = {field}" for name, field in fields.items()}
    folder = written({name: [uncoupled(rng, field) for _ in range(20)] for name, field in fields.items()}, lines)
    text = words(analyse(folder.path, out=tmp_path / "out"))
    rows = rows_of(tmp_path / "out", "scaling.csv")
    assert [row["curve"] for row in rows] == ["a", "b", "c"]
    assert [row["reference"] for row in rows] == ["False", "False", "True"]  # J/J_x is smallest for the strongest field
    exact, found, error = np.cbrt(list(fields.values())), column(rows, "omega_x"), column(rows, "omega_x_error")
    assert found[2] == pytest.approx(exact[2], rel=1e-14)
    assert np.all(np.abs(found - exact)[:2] < 5 * error[:2])  # two numbers: false alarm 1e-6
    assert np.all(error[:2] < 0.05 * exact[:2])
    assert "the curves are one within noise" in text
    assert "along h: omega_x for J < J_x: omega_x = " in text
    law = text.split("along h: omega_x for J < J_x: ")[1]
    value, digits = law.split(" h^")[1].split(")")[0].split("(")
    assert float(value) == pytest.approx(1 / 3, abs=5 * float(digits) * 10 ** -len(value.split(".")[1]))
    assert "(expected 0.3333)" in law
    assert undrawn["collapse-1"]() is not None


def test_the_exponent_of_intermediate_coupling_is_that_of_its_curves_alone(written, undrawn, tmp_path):
    """Members of J_x < J < kappa_0 have one shape and omega_x ~ J^(2/3), the weak one has another shape."""
    rng = np.random.default_rng(14)
    lines, contents = {"weak": "coupling = 0.01\nfield = 0.01"}, {"weak": [uncoupled(rng, 0.03) for _ in range(20)]}
    for record in contents["weak"]:
        record["partial_sums"] = np.cumsum(np.diff(record["partial_sums"], prepend=0.0) * LIMITS**0.5)
    for j in (0.2, 0.3, 0.45, 0.7):
        lines[f"j{j}".replace(".", "-")] = f"coupling = {j}\nfield = 0.01"
        contents[f"j{j}".replace(".", "-")] = [uncoupled(rng, 0.1 * j**2) for _ in range(20)]
    text = words(analyse(written(contents, lines).path, out=tmp_path / "out"))
    alone = text.split("collapsed without the others: ")[1].split("- family")[0]
    together = text.split("in the collapse of all: ")[1].split("- family")[0]
    assert float(alone.split("J^")[1].split("(")[0]) == pytest.approx(2 / 3, abs=0.03)
    assert "the curves are one within noise" in alone
    assert "not one curve" not in alone
    assert "not one curve" in text.split("collapsed without the others: ")[0]
    assert together != alone


def test_too_few_instances_are_left_out_with_a_sentence(written, undrawn, tmp_path):
    rng = np.random.default_rng(12)
    contents = {name: [uncoupled(rng, 0.01) for _ in range(number)] for name, number in {"a": 12, "b": 3}.items()}
    folder = written(contents)
    text = words(analyse(folder.path, out=tmp_path / "out"))
    assert "family 1, along J: no collapse: fewer than two of its curves can be compared." in text
    assert "family 1, along J: b: 3 instances; errors over instances need 10: make more." in text
    assert "collapse-1" not in undrawn


def test_no_families_no_section(written, undrawn, tmp_path):
    rng = np.random.default_rng(13)
    lines = {"a": "coupling = 0.1", "b": "coupling = 0.2\nfield = 0.5", "c": "model.stiffness_range = [0.1, 1]"}
    text = analyse(written({name: [instance(rng)] * 2 for name in lines}, lines).path, out=tmp_path / "out")
    assert "Scaling of families" not in text


def unused(curves):
    raise AssertionError("curves of a family that has no collapse are not collapsed among themselves")


class Curve(SimpleNamespace):
    kind = SimpleNamespace(mean_field=True)
    size, instances = 400, 20  # a thousandth of all modes are the eight of `exponents_with`

    def parameter(self, name):
        return {"J": self.j, "h": 0.01, "kappa": (0.0, 1.0)}[name]


def test_laws_that_lack_the_same_share_a_sentence():
    laws = {"one": "0 curves.", "other": "slope 2.", "third": "0 curves.", "last": "1 curve."}
    family = SimpleNamespace(
        collapsed=Refused("no"), left_out=[], laws=SimpleNamespace(sentences=lambda: laws), number=1, along="J"
    )
    assert scaling._sentences(family) == [
        "no collapse: no", "one; third: 0 curves.", "other: slope 2.", "last: 1 curve."
    ]  # fmt: skip


def test_laws_are_fitted_on_their_side_of_the_crossover():
    couplings = [0.05, 0.07, 0.1, 0.14, 0.2, 0.3]
    members = [Curve(name=f"J{j}", j=j) for j in couplings]
    assert crossover_estimate(members[0]) == pytest.approx(0.01 ** (8 / 21))
    top = 0.01 ** (2 / 3)
    weak = {j: np.exp(-0.2 * top / j**2) / (top * j) for j in couplings}
    height = {j: weak[j] if j <= 0.14 else 0.5 * weak[0.14] for j in couplings}
    exponents = {curve.name: exponents_with(height[curve.j]) for curve in members}
    laws = laws_of("J", members, Refused("not looked at"), exponents, unused).sentences()
    assert "has the slope -0.2000(" in laws["A_g for J < J_x"]
    assert "(4 points" in laws["A_g for J < J_x"]
    assert "A_g is largest at J = 0.1" in laws["maximum of A_g"]
    assert "A_g for J_x < J < kappa_0" not in laws
    assert "left out of A_g" not in laws
    assert laws["A_g for J < J_x from the lowest 0.0001 of all modes, whatever s is"].startswith("0 of the")
    few = {**exponents, "J0.05": exponents_with(1e3, count=7)}  # of another height: it must not be fitted
    laws = laws_of("J", members, Refused("not looked at"), few, unused).sentences()
    assert laws["left out of A_g"] == "J0.05 (7 of 8 modes)."
    assert "has the slope -0.200(4)" in laws["A_g for J < J_x"]
    assert "(3 points" in laws["A_g for J < J_x"]
    for curve in members[:2]:
        exponents[curve.name] = exponents_with(height[curve.j], allowed=(5.0,), lowest=2 * height[curve.j])
    laws = laws_of("J", members, Refused("not looked at"), exponents, unused).sentences()
    assert laws["A_g for J < J_x"].startswith("2 of the family's curves can be used for it, it takes 3")
    for curve in members[2:]:
        exponents[curve.name] = exponents_with(height[curve.j], lowest=2 * height[curve.j])
    laws = laws_of("J", members, Refused("not looked at"), exponents, unused).sentences()
    lowest = laws["A_g for J < J_x from the lowest 0.0001 of all modes, whatever s is"]
    assert "has the slope -0.2000(" in lowest  # the constant has the factor 2, the slope not
    assert "(4 points" in lowest
    assert laws["A_g for J < J_x"].startswith("2 of the")


def test_a_lattice_has_no_laws_of_the_mean_field():
    members = [Curve(name=f"J{j}", j=j, kind=SimpleNamespace(mean_field=False)) for j in (0.1, 0.2)]
    found = laws_of("J", members, Refused("no"), {curve.name: exponents_with(1.0) for curve in members}, unused)
    words = " from the lowest 0.0001 of all modes, whatever s is"
    assert list(found.sentences()) == ["maximum of A_g", f"maximum of A_g{words}"]


def test_the_softest_average_in_words_is_over_ten_oscillators_or_more():
    limits, value, error = (np.arange(1.0, 5.0), np.array([3.0, 2.0, 1.5, 1.0]), np.array([0.0, 0.3, 0.2, 0.1]))
    means = PartialMeans(limits, value, error, np.array([1, 12, 30, 400]))
    assert _words(means) == "2.00 ± 0.30 up to kappa = 2 (12 oscillators), 1.00 ± 0.10 of all"
    few = PartialMeans(limits[:2], value[:2], error[:2], np.array([1, 3]))
    assert _words(few).startswith("2.00 ± 0.30 up to kappa = 2 (3 oscillators)")


def test_a_refused_law_crosses_nothing(written, undrawn, tmp_path):
    """omega_x of four curves above J_x that bends by far more than its error."""
    rng = np.random.default_rng(15)
    lines, contents = {"weak": "coupling = 0.01\nfield = 0.01"}, {"weak": [uncoupled(rng, 0.01) for _ in range(20)]}
    for j, force in ((0.2, 0.02), (0.3, 0.08), (0.45, 0.1), (0.7, 0.11)):
        name = f"j{j}".replace(".", "-")
        lines[name], contents[name] = f"coupling = {j}\nfield = 0.01", [uncoupled(rng, force) for _ in range(20)]
    text = words(analyse(written(contents, lines).path, out=tmp_path / "out"))
    assert "crossover: the law of omega_x for J_x < J < kappa_0 does not hold, and so crosses nothing." in text
