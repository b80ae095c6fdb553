"""Glasses beside oscillators: known laws of A_g come back, windows hold what they say, bad input is refused."""

import csv
import math

import numpy as np
import pytest
from report.synthetic import write_folder
from report.two_worlds import (
    GLASS_MODES,
    OSCILLATOR_HEAD,
    curves_text,
    glass_folder,
    instance,
    oscillator_folder,
)

from glasskit.analysis.levels.curves import MEAN_FOLDED_POISSON
from glasskit.analysis.levels.gap_ratios import mean_gap_ratio
from glasskit.analysis.oscillators.crossover import expected_crossover
from glasskit.cli import main
from glasskit.errors import InputError, StorageError
from glasskit.report.measured import with_error
from glasskit.report.worlds import compare
from glasskit.report.worlds.windows import LEVELS, SHARE, dealt_ratio

TEMPERATURES = (0.2, 0.25, 0.35, 0.5, 1.0)
GLASS_A, GLASS_B = 0.6, 0.25
"""A_g omega_0^5 = A exp(-B/T_p), with omega_0 = 1."""

FIELD, KAPPA = 0.1, 4.0
COUPLINGS = (0.2, 0.25, 0.3, 0.4)
STRONG = 1.0
"""Above J_x = 0.75: the law is not expected there."""
OSCILLATOR_A, OSCILLATOR_B = 0.8, 0.1
"""A_g kappa_0^(5/2) J h^(2/3)/kappa_0^2 = A exp(-B x)."""

ERRORS = 5.0
"""Errors within which known numbers must come back: each false in 6e-7 of all seeds, some hundred are looked at."""


def reduced_prefactor(coupling):
    x = KAPPA * FIELD ** (2 / 3) / coupling**2
    return OSCILLATOR_A * math.exp(-OSCILLATOR_B * x) / (coupling * FIELD ** (2 / 3) / KAPPA**2)


def temperature_states(temperatures=TEMPERATURES):
    return {f"T{t}": (f"parent_temperature = {t}", GLASS_A * math.exp(-GLASS_B / t)) for t in temperatures}


def coupling_states(couplings=COUPLINGS):
    """A_g in frequencies of the recipe: divided by kappa_0^(5/2)."""
    states = {f"J{j}": (j, reduced_prefactor(j) / KAPPA**2.5) for j in couplings}
    return {**states, "strong": (STRONG, 0.5 * reduced_prefactor(0.4) / KAPPA**2.5)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    path, rng = tmp_path_factory.mktemp("worlds"), np.random.default_rng(1)
    return (
        glass_folder(path / "glasses", rng, temperature_states()),
        oscillator_folder(path / "oscillators", rng, coupling_states()),
    )


@pytest.fixture(scope="module")
def compared(folders, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return compare(folders, out=out, onset=0.4), out


@pytest.fixture
def undrawn(monkeypatch):
    """No figure: for what is about words and numbers."""
    monkeypatch.setattr("glasskit.report.worlds.command._drawn", lambda *arguments: ({}, ""))


def rows_of(out, name, **equal):
    with (out / f"{name}.csv").open() as file:
        return [row for row in csv.DictReader(file) if all(row[key] == value for key, value in equal.items())]


def numbers(row, *names):
    return [float(row[name]) for name in names]


def assert_near(value, error, true):
    assert abs(value - true) < ERRORS * error, (value, error, true)


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize("window", ["share", "scale"])
def test_laws_of_both_worlds_come_back(compared, window):
    _, out = compared
    glasses = rows_of(out, "laws", world="glasses", window=window, y="A_g", states="all")
    assert [row["x"] for row in glasses] == ["T_onset/T_p"]
    weak = rows_of(out, "laws", world="oscillators", window=window, y="J h^(2/3) A_g", states="J < J_x")
    weaker = rows_of(out, "laws", world="oscillators", window=window, y="J h^(2/3) A_g", states="J < J_x/2")
    assert 0 < int(weaker[0]["curves"] or 0) < int(weak[0]["curves"])
    true = (GLASS_B / 0.4, math.log(GLASS_A)), (OSCILLATOR_B, math.log(OSCILLATOR_A))
    for row, (slope, constant), curves in zip((*glasses, *weak), true, (5, 4), strict=True):
        b, error, a, chi2, freedom, p = numbers(row, "b", "b_error", "a", "chi2", "degrees_of_freedom", "p_value")
        assert_near(b, error, slope)
        assert 0 < error < 0.5 * slope
        # the constant is at x = 0, outside the data: its error is of the order of that of b times the largest x
        assert_near(a, error * float(row["x_to"]) + 0.05, constant)
        assert (int(row["curves"]), freedom) == (curves, curves - 2)
        assert p > 1e-5
        assert chi2 > 0


def test_the_law_of_oscillators_is_one_for_two_fields(folders, tmp_path, undrawn):
    """Those of the second field have 1.5 times the A_g of the law: one slope in each family, none over both."""
    field, rng = 0.2, np.random.default_rng(8)
    states = {}
    for x in (2.0, 4.0, 8.0, 12.0):
        j = math.sqrt(KAPPA * field ** (2 / 3) / x)
        height = OSCILLATOR_A * math.exp(-OSCILLATOR_B * x) / (j * field ** (2 / 3) / KAPPA**2)
        states[f"x{x:g}"] = (j, height / KAPPA**2.5)
    agreeing = oscillator_folder(tmp_path / "agreeing", rng, states, field=field)
    raised = {name: (j, 1.5 * height) for name, (j, height) in states.items()}
    other = oscillator_folder(tmp_path / "other", rng, raised, field=field)
    for folder, holds in ((agreeing, True), (other, False)):
        compare([*folders, folder], out=tmp_path / f"out-{holds}")
        rows = rows_of(tmp_path / f"out-{holds}", "laws", window="scale", states="J < J_x", y="J h^(2/3) A_g")
        both = [row for row in rows if row["family"] == "KHGPS, N = 1000, every h and kappa_0"]
        assert len(rows) == 3
        assert [int(row["curves"]) for row in both] == [8]
        assert (float(both[0]["p_value"]) > 1e-5) is holds
        if holds:
            assert_near(float(both[0]["b"]), float(both[0]["b_error"]), OSCILLATOR_B)


def test_where_no_law_holds_the_probability_says_so(compared):
    _, out = compared
    (row,) = rows_of(out, "laws", world="oscillators", window="scale", y="A_g", states="all")
    assert int(row["curves"]) == 5
    assert float(row["p_value"]) < 1e-6  # the strongly coupled one is a factor of two below the others' maximum


def test_below_the_onset_only_colder_glasses_count(compared):
    _, out = compared
    (row,) = rows_of(out, "laws", world="glasses", window="scale", states="T_p < T_onset")
    assert (row["curves"], row["x_from"], row["x_to"]) == ("3", repr(0.4 / 0.35), repr(0.4 / 0.2))
    assert_near(*numbers(row, "b", "b_error"), GLASS_B / 0.4)


def test_numbers_of_every_window(compared):
    _, out = compared
    rows = rows_of(out, "worlds")
    assert len(rows) == 3 * (5 + 5)
    known = {**{name: a for name, (_, a) in temperature_states().items()},
             **{name: a * KAPPA**2.5 for name, (_, a) in coupling_states().items()}}  # fmt: skip
    for row in rows:
        glassy = row["world"] == "glasses"
        modes, size, unit = GLASS_MODES if glassy else 1000, 64 if glassy else 1000, 1.0 if glassy else 2.0
        assert float(row["unit"]) == pytest.approx(unit)
        if row["omega_c"] == "":
            continue
        a, a_error, s, s_error, end, count = numbers(row, "A_g", "A_g_error", "s", "s_error", "omega_c", "modes")
        assert a == pytest.approx(5 * count / (300 * modes * end**5), rel=1e-9)
        assert_near(a, a_error, known[row["curve"]])
        assert_near(s, s_error, 4.0)
        assert float(row["participating"]) == pytest.approx((0.1 if glassy else 0.01) * size)
        if row["window"] == "share":
            assert count == round(SHARE * modes * 300)
        if row["window"] == "levels":
            assert count == LEVELS * 300
            ratio, error, dealt = numbers(row, "folded_ratio", "folded_ratio_error", "folded_ratio_dealt")
            assert_near(ratio, error, dealt)  # they were independent as they were made
        if row["window"] == "scale":
            assert end == pytest.approx(0.5 * 2 * math.pi / 4 if glassy else 0.5 * (KAPPA * 0.06) ** 0.25 / unit)
    assert sum(row["window"] == "scale" and row["omega_c"] != "" for row in rows) == 10


def test_the_text_says_what_was_done(compared):
    text, out = compared
    said = words(text)
    assert "frequencies in units of omega_0 = c_T/a_0 of T1.0 = 1." in said
    assert "frequencies in units of √kappa_0 = 2." in said
    assert "share: the lowest 0.00025 of all modes" in said
    assert "Written to" in said
    assert (out / "summary.txt").read_text() == f"{text}\n"
    assert (out / "worlds.png").stat().st_size > 10_000


def test_levels_that_repel_are_told_from_levels_that_were_dealt_out():
    rng = np.random.default_rng(2)
    level_g = [1 + np.cumsum(np.sqrt(rng.exponential(size=12))) for _ in range(400)]
    measured = mean_gap_ratio(level_g)
    assert measured.value - dealt_ratio(level_g) > 10 * measured.error
    uniform_g = [np.sort(rng.random(12)) for _ in range(400)]
    # 4000 ratios, of standard deviation 0.28, dealt out 40 times: the pool itself is a sample, error below 0.0045
    assert dealt_ratio(uniform_g) == pytest.approx(MEAN_FOLDED_POISSON, abs=5 * 0.0045)
    assert dealt_ratio(level_g) == dealt_ratio(level_g)


def test_dealt_levels_are_those_of_the_slow_way():
    rng = np.random.default_rng(6)
    level_g = [np.sort(rng.random(size)) for size in (0, 5, 2, 3, 9)]
    pooled, cuts, generator = (
        np.concatenate(level_g),
        np.cumsum([len(v) for v in level_g])[:-1],
        np.random.default_rng(7),
    )
    means = []
    for _ in range(40):
        parts = [np.sort(part) for part in np.split(generator.permutation(pooled), cuts)]
        means.append(mean_gap_ratio(parts, resamples=2).value)
    assert dealt_ratio(level_g, rng=np.random.default_rng(7)) == pytest.approx(np.mean(means), rel=1e-12)


def test_the_crossover_is_where_both_laws_of_omega_x_agree():
    coupling = expected_crossover(0.02, 3.0)
    assert coupling ** (7 / 8) * 3.0 ** (-3 / 8) == pytest.approx(0.02 ** (1 / 3))


def test_what_samples_cannot_decide_is_refused(tmp_path, undrawn):
    rng = np.random.default_rng(3)
    few = glass_folder(tmp_path / "few", rng, temperature_states((0.5,)), samples=100, shear=None)
    states = {"gapless": (0.2, 2.0), "free": (0.0, 2.0)}
    full = oscillator_folder(tmp_path / "full", rng, states, samples=60, participation=False, mean_square=2.0)
    gapped = oscillator_folder(tmp_path / "gapped", rng, {"gap": (0.2, 2.0)}, samples=60, stiffnesses=(0.1, 1.0))
    said = words(compare([few, full, gapped], out=tmp_path / "out"))
    assert "the window has 5 modes, 10 are needed: make more samples." in said  # 2.5e-4 of 189 modes, 100 glasses
    assert "unit not known: no moduli are stored that tell omega_0" in said
    assert "the window reaches 0.8409, all modes are known up to 0.5: ask for more modes." in said
    assert "no N e: no participation is stored: full spectra have none" in said
    assert "full/free: no x: kappa_0 h^(2/3)/J² needs a coupling J and a field h above zero." in said
    assert (
        "gapped/gap: no x: stiffnesses from 0.1: (kappa_0 <x²>)^(1/4) and the law of A_g are those of stiffnesses from "
        "0." in said
    )
    assert "A_g is known at 0 of 1 parent temperature, a law that can fail needs 3 at least." in said


def test_a_window_with_phonons_is_refused(tmp_path, undrawn):
    rng = np.random.default_rng(4)
    soft = glass_folder(tmp_path / "soft", rng, temperature_states((0.2,)), samples=250, shear=0.02)
    other = oscillator_folder(tmp_path / "o", rng, {"a": (0.2, 2.0)}, samples=60)
    said = words(compare([soft, other], out=tmp_path / "out"))
    assert "the first phonon is at 0.2221." in said


def test_tapers_have_a_column_of_their_own(tmp_path, monkeypatch):
    from glasskit.report.worlds import figure

    drawn = []
    make = figure.worlds_figure
    monkeypatch.setattr(figure, "worlds_figure", lambda *a, **k: drawn.append(make(*a, **k)) or drawn[-1])
    rng = np.random.default_rng(5)
    states = {
        "m2": ("parent_temperature = 0.3", 0.3),
        "m2-under-inf": ('parent_temperature = 0.3\nquench.taper = "inf"', 0.2),
        "minf": ('taper = "inf"\nparent_temperature = 0.35', 0.2),
    }
    tapers = glass_folder(tmp_path / "tapers", rng, states, samples=250)
    other = oscillator_folder(tmp_path / "o", rng, {"a": (0.2, 2.0)}, samples=60)
    compare([tapers, other], out=tmp_path / "out")
    titles = [ax.get_title() for ax in drawn[-1].axes if ax.get_title()]
    assert titles == ["glasses: taper", "oscillators: coupling"]
    top = drawn[-1].axes[0]
    labels = [text.get_text() for text in top.get_legend().get_texts()]
    assert labels == ["own liquids", "liquids of $m=2$, $T_p=0.3$"]
    assert [tick.get_text() for tick in top.get_xticklabels()] == ["$2$", r"$\infty$"]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("two of glasses", "glasses only; expected at least one folder of oscillators"),
        ("two of oscillators", "oscillators only; expected at least one folder of glasses"),
        ("one alone", "glasses only; expected at least one folder of oscillators"),
        ("twice", "a folder is given twice"),
        ("empty", "holds neither recipe.toml nor samples"),
        ("missing", "is not a folder"),
        ("onset", "onset is -1, expected a temperature above zero"),
        ("inside", "holds the samples of a curve: choose another folder with --out"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(folders, tmp_path, capsys, case, sentence):
    glasses, oscillators = (str(folder) for folder in folders)
    (tmp_path / "empty").mkdir()
    arguments = {
        "two of glasses": [glasses, f"{glasses}/T0.2"],
        "two of oscillators": [oscillators, f"{oscillators}/strong"],
        "one alone": [glasses],
        "twice": [glasses, f"{glasses}/../glasses", oscillators],
        "empty": [glasses, str(tmp_path / "empty")],
        "missing": [glasses, str(tmp_path / "nowhere")],
        "onset": [glasses, oscillators, "--onset", "-1"],
        "inside": [glasses, oscillators, "--out", f"{glasses}/T0.2"],
    }[case]
    assert main(["compare", *arguments]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("glasskit: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err
    assert said.out == ""


def test_errors_are_of_the_package(folders, tmp_path):
    with pytest.raises(InputError):
        compare([folders[0], folders[0] / "T0.2"], out=tmp_path)
    with pytest.raises(StorageError):
        compare([folders[0], tmp_path], out=tmp_path)


def test_the_command_prints_the_comparison(folders, tmp_path, capsys, undrawn):
    one = [str(folders[0] / "T0.2"), str(folders[1] / "strong")]
    assert main(["compare", *one, "--out", str(tmp_path / "out")]) == 0
    assert "Two worlds" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    help_text = capsys.readouterr().out
    for word in ("share", "levels", "scale", "--onset", "--out", "in any order"):
        assert word in help_text


def test_the_edge_of_a_gap_has_no_exponent_here_either(tmp_path, monkeypatch):
    """Instances whose modes begin at 0.3: the number stays in the file, words and figure name the edge."""
    rng = np.random.default_rng(3)
    states = {"law": (0.3, 0.1), "gapped": (0.4, 0.1)}
    head = OSCILLATOR_HEAD.format(field=FIELD, lowest=0.0, highest=KAPPA)
    made = {name: [instance(rng, height) for _ in range(100)] for name, (_, height) in states.items()}
    for record in made["gapped"]:
        omega = np.sort(0.3 + 0.2 * rng.random(20) ** (2 / 3))
        record.update(frequencies=omega, participation=np.full(omega.size, 0.01))
    recipe = head + curves_text({name: f"coupling = {j}" for name, (j, _) in states.items()}, 100)
    oscillators = write_folder(tmp_path / "oscillators", made, recipe=recipe).path
    glasses = glass_folder(tmp_path / "glasses", rng, temperature_states((0.25,)), samples=100)
    figures = []
    monkeypatch.setattr("glasskit.report.figures.image", lambda figure, kind: figures.append(figure) or b"")
    text = words(compare([glasses, oscillators], out=tmp_path / "out"))
    rows = rows_of(tmp_path / "out", "worlds")
    edges = [row for row in rows if row["edge"] == "True"]
    assert {(row["curve"], row["window"]) for row in edges} >= {("gapped", "share")}
    assert {row["curve"] for row in edges} == {"gapped"}
    for row in edges:
        power = with_error(float(row["s"]), float(row["s_error"]))
        assert f"gapped ({row['window']}): no s: edge of a gap (as a power law {power})" in text
        assert "an edge of a gap, not a power law" in row["note"]
        assert row["A_g"] == ""
        assert "no A_g: the window holds the edge of a gap" in row["note"]
        assert f"{row['window']} {float(row['omega_c']):.4g} {row['modes']} edge " in text
    assert "share, oscillators: s is" in text or "share, oscillators: no s but the edge" in text
    assert "no s but the edge of a gap in 1 curve" in text
    known = {float(row["s"]) for row in rows if row["edge"] == "False"}
    (panel,) = {
        ax for ax in figures[0].axes if ax.get_ylabel() == "exponent $s$" and ax.get_subplotspec().colspan.start
    }
    drawn = np.concatenate([container.lines[0].get_ydata() for container in panel.containers])
    assert set(drawn) <= known
    marks = [line for line in panel.lines if line.get_marker() == "x"]
    assert sum(len(line.get_xdata()) for line in marks) == sum(row["window"] != "levels" for row in edges)
