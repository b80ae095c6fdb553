"""The table [quasilocalized] of recipes: what is stored and read back, what is refused, hashes that stay."""

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest

from glasskit import Ensemble
from glasskit.ensembles.executors import SerialExecutor
from glasskit.ensembles.pipelines import Cost, excitations, glass
from glasskit.ensembles.pipelines.glass_settings import potential_of
from glasskit.ensembles.quasilocalized import KINDS, QUANTITIES
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import run
from glasskit.ensembles.store import differences
from glasskit.errors import ConvergenceError, GlasskitWarning, InputError, NumericalError
from glasskit.observables.quasilocalized.excitations import softest_excitations
from glasskit.observables.quasilocalized.solve import nonlinear_mode

PLAIN = """
kind = "glass"
seed = 7
[model]
name = "binary-ipl"
particles = 120
[liquid]
sweeps = 40
parent_temperature = 0.6
[curves.c]
glasses = 3
"""
# of PLAIN, as the release without the table wrote it into its shards
HASH = "71c1fcbdfc01a206518c74c931c4e1332c9b78c353da1504a7929931205e9ae2"
STREAM = 416424019417390918
TABLE = "[quasilocalized]\nmodes = true\n"
RECIPE = (
    PLAIN.replace("120", "200")
    .replace("glasses = 3", "glasses = 4")
    .replace("[curves", TABLE + "store_modes = true\n[modes]\nbelow = 0.1\n[run]\nshard_size = 3\n[curves")
)
FLAT = (
    PLAIN.replace("120", "60\ndimension = 2")
    .replace("glasses = 3", "glasses = 2")
    .replace("[curves", TABLE + "strains = true\ngeometric = true\nsecond = true\n[curves")
)


def read(text):
    return parse_recipe(text, source="quasi.toml")


def curve(table="", text=PLAIN):
    return read(text.replace("[curves", table + "[curves")).curves[0]


def make(recipe, folder):
    with SerialExecutor() as executor:
        run(recipe, folder, executor=executor, report=lambda line: None)
    return Ensemble.open(folder / "c")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole")
    make(read(RECIPE), path)
    return path


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    return make(read(FLAT), tmp_path_factory.mktemp("flat"))


@pytest.fixture
def quick(monkeypatch):
    """Runs without compiling and measuring first."""
    monkeypatch.setattr(glass, "warm_up", lambda settings: None)
    monkeypatch.setattr("glasskit.ensembles.worker.calibrate", lambda target, settings: Cost(1.0, 1.0, 1.0))


# Recipes and hashes


def test_the_table_leaves_older_hashes_and_all_random_numbers_alone():
    assert (curve().hash, curve().stream) == (HASH, STREAM)
    for off in ("[quasilocalized]\n", "[quasilocalized]\nmodes = false\nstrains = false\n"):
        assert curve(off).hash == HASH
    on = curve(TABLE)
    assert on.hash != HASH
    assert on.stream == STREAM
    assert curve(TABLE + "second = false\n").hash == on.hash
    # keys too are covered only where they deviate, so that the table can grow
    assert json.loads(on.canonical)["settings"]["quasilocalized"] == {"modes": True}
    for key in ("strains", "geometric", "second", "store_modes"):
        assert curve(f"{TABLE}{key} = true\n").hash != on.hash
        assert curve(f"{TABLE}{key} = true\n").stream == STREAM


def test_the_quench_goes_as_far_as_nonlinear_modes_need():
    assert curve().settings.quench.force_tolerance == 1e-10
    assert curve(TABLE).settings.quench.force_tolerance == 1e-12
    assert curve(TABLE + "[quench]\nforce_tolerance = 1e-13\n").settings.quench.force_tolerance == 1e-13


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (TABLE + "strain = true\n", "unknown key quasilocalized.strain. Did you mean quasilocalized.strains? Known"),
        ("[quasilocalized]\nmodes = 1\n", "quasilocalized.modes is 1, expected true or false"),
        ("[quasilocalized]\nsecond = true\n", "quasilocalized.second is true, but quasilocalized.modes is not"),
        (TABLE + "[quench]\nforce_tolerance = 1e-11\n", "quench.force_tolerance is 1e-11, expected at most 1e-12"),
        ("[quasilocalised]\nmodes = true\n", "unknown key quasilocalised. Did you mean quasilocalized?"),
    ],
)
def test_bad_tables_are_one_clear_sentence(table, words):
    with pytest.raises(InputError) as caught:
        curve(table)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_hertzian_is_refused_when_the_recipe_is_read():
    text = PLAIN.replace('name = "binary-ipl"', 'potential = "Hertzian"\ndensity = 1.2\ndiameters.largest = 1.4')
    text = text.replace("diameters.largest", "diameters.smallest = 1.0\ndiameters.largest")
    assert curve(text=text).settings.model.potential == "Hertzian"
    with pytest.raises(
        InputError,
        match="modes = true: the third derivative of Hertzian diverges where particles touch",
    ):
        curve(TABLE, text)


def test_a_third_derivative_that_jumps_is_said_once_when_the_recipe_is_read():
    text = PLAIN.replace('"binary-ipl"', '"tapered-ipl"\ntaper = 2')
    with pytest.warns(GlasskitWarning, match="modes = true: InversePowerLaw ends with m = 2") as caught:
        made = curve(TABLE, text)
    assert len(caught) == 1
    curve(TABLE + "[quench]\ntaper = 4\n", text)  # what counts is the potential of the glass
    with pytest.warns(GlasskitWarning, match="m = 2"):
        curve(TABLE + "[quench]\ntaper = 2\n", text.replace("taper = 2", "taper = 4"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = glass.sampler(made.settings)(0, np.random.default_rng(0))
    assert record["quasilocalized_quartic"].shape == (1, len(QUANTITIES))


@pytest.mark.parametrize(
    ("model", "dimension"), [("binary-ipl", 2), ("binary-ipl", 3), ("binary-ipl", 4), ("poly", 3), ("poly", 2)]
)
def test_the_models_of_the_paper(model, dimension):
    density = "\ndensity = 0.7" if (model, dimension) == ("poly", 2) else ""
    text = PLAIN.replace("binary-ipl", model).replace("120", f"2000\ndimension = {dimension}{density}")
    settings = curve(TABLE, text).settings
    assert settings.model.potential == "SmoothedInversePowerLaw"
    assert settings.model.smoothness == 3


# What is stored


def test_stored_numbers_and_modes_are_those_of_the_stored_glasses(folder):
    ensemble = Ensemble.open(folder / "c")
    potential = potential_of(curve().settings.model)
    found = ensemble.quasilocalized()
    assert list(found) == ["harmonic", "quartic", "cubic"]
    assert ensemble.table()["relative_force"].max() < 1e-12
    for row, configuration in enumerate(ensemble.configurations()):
        soft = softest_excitations(configuration, potential)
        for kind, mode in soft.modes.items():
            stored = found[kind][row]
            assert stored["index"] == row
            assert stored["found"]
            # both converged to |∇E|/E = 1e-10: the mode is as exact as that over the relative curvature, about 1
            for name in ("stiffness", "chi", "participation", "energy"):
                assert stored[name] == pytest.approx(getattr(mode, name), rel=1e-8)
            assert abs(stored["tau"]) == pytest.approx(abs(mode.tau), rel=1e-7)
            assert stored["gradient"] <= max(1e-10, stored["floor"])
            assert stored["overlap_harmonic"] == pytest.approx(soft.overlap(kind, "harmonic"), abs=1e-8)
            assert stored["overlap_quartic"] == pytest.approx(soft.overlap(kind, "quartic"), abs=1e-8)
            vector = ensemble.arrays(f"quasilocalized_{kind}_modes")[row]
            assert vector.shape == (1, 200, 3)
            assert abs(np.vdot(vector[0], mode.mode)) == pytest.approx(1.0, abs=1e-8)


def test_the_lowest_mode_is_found_above_the_window_too(folder):
    ensemble = Ensemble.open(folder / "c")
    assert all(len(frequencies) == 0 for frequencies in ensemble.frequencies)  # nothing below 0.1
    found = ensemble.quasilocalized()
    assert np.all(found["harmonic"]["found"])
    assert np.all(found["harmonic"]["stiffness"] < found["quartic"]["stiffness"])
    assert np.all(found["quartic"]["stiffness"] < found["cubic"]["stiffness"])


def test_the_window_of_modes_and_the_moduli_do_not_change_what_is_found(folder):
    ensemble = Ensemble.open(folder / "c")
    other = curve(
        text=RECIPE.replace("below = 0.1", "below = 3.0").replace(TABLE, "[elasticity]\nmoduli = false\n" + TABLE)
    )
    record = glass.sampler(other.settings)(1, np.random.default_rng(other.seed_sequence(1)))
    assert len(record["frequencies"]) > 0
    row = ensemble.quasilocalized()["quartic"][1]
    assert record["quasilocalized_quartic"][0, 0] == pytest.approx(row["stiffness"], rel=1e-8)


def test_everything_on_request_in_two_dimensions(flat):
    found = flat.quasilocalized()
    assert tuple(found) == KINDS
    assert len(flat) == 2
    stiffness_gk = np.array(flat.arrays("quasilocalized_guess_stiffness"))
    assert stiffness_gk.shape == (2, 3)  # the quartic mode, simple and pure shear in the only plane
    # guesses that lead to the same mode agree to the convergence of stiffness, of second order
    np.testing.assert_allclose(found["cubic"]["stiffness"], stiffness_gk.min(axis=1), rtol=1e-8)
    guess = flat.table()["quasilocalized_guess"]
    np.testing.assert_allclose(stiffness_gk[np.arange(2), guess], found["cubic"]["stiffness"], rtol=1e-15)
    for kind in KINDS:
        there = found[kind]["found"]
        assert np.all(found[kind]["stiffness"][there] >= found["harmonic"]["stiffness"][there])
        for name in QUANTITIES:
            assert np.all(np.isfinite(found[kind][name][there]))
            assert np.all(np.isnan(found[kind][name][~there]))
    second = found["second"]
    assert np.all(second["overlap_quartic"][second["found"]] < 0.5)
    missing = {int(index) for index in second["index"][~second["found"]]}
    assert {
        i for i, lines in flat.quasilocalized_failures().items() if any("second:" in line for line in lines)
    } == missing
    assert not any("modes" in name for name in flat.array_names)


def test_a_run_in_pieces_makes_the_same(folder, tmp_path, quick):
    make(read(RECIPE.replace("glasses = 4", "glasses = 1")), tmp_path)
    make(read(RECIPE), tmp_path)
    assert differences(folder, tmp_path) == []


def test_a_folder_from_before_goes_on(tmp_path, quick):
    """Shards of a recipe without the table, and one with the table off, are the same ensemble."""
    make(read(PLAIN.replace("glasses = 3", "glasses = 1")), tmp_path)
    off = read(PLAIN.replace("[curves", "[quasilocalized]\nmodes = false\n[curves"))
    ensemble = make(off, tmp_path)
    assert len(ensemble) == 3
    with pytest.raises(InputError, match=r"stores no quasilocalized modes: set quasilocalized\.modes = true"):
        ensemble.quasilocalized()
    with pytest.raises(InputError, match="stores no quasilocalized modes"):
        ensemble.quasilocalized_failures()


# What is not found


def test_a_mode_that_does_not_converge_is_counted_and_the_rest_kept(tmp_path, quick, monkeypatch):
    calls = []

    def reluctant(landscape, energy, initial, **keywords):
        calls.append(energy.name)
        if len(calls) in (2, 3):  # the cubic mode of the first glass, the quartic one of the second
            raise ConvergenceError("no minimum in 300 steps")
        return nonlinear_mode(landscape, energy, initial, **keywords)

    monkeypatch.setattr("glasskit.observables.quasilocalized.excitations.nonlinear_mode", reluctant)
    text = PLAIN.replace("[curves", TABLE + "[curves")
    ensemble = make(read(text.replace("glasses = 3", "glasses = 2")), tmp_path)
    assert calls == ["quartic", "cubic", "quartic"]
    found = ensemble.quasilocalized()
    assert len(ensemble) == 2
    assert found["quartic"]["found"].tolist() == [True, False]
    assert found["cubic"]["found"].tolist() == [False, False]
    assert np.isnan(found["cubic"]["stiffness"]).all()
    assert np.isfinite(found["harmonic"]["stiffness"]).all()
    assert np.isnan(found["harmonic"]["overlap_quartic"]).tolist() == [False, True]
    assert ensemble.quasilocalized_failures() == {
        0: ("cubic: no minimum in 300 steps",),
        1: ("quartic: no minimum in 300 steps", "cubic: without a quartic mode there is no guess of it."),
    }
    assert len(ensemble.arrays("quasilocalized_cubic")[0]) == 0


def test_without_a_quartic_mode_there_is_no_overlap_with_it(monkeypatch):
    def reluctant(landscape, energy, initial, **keywords):
        if energy.name == "quartic":
            raise InputError("initial: chi = U4:zzzz = -1 along the guess")
        return nonlinear_mode(landscape, energy, initial, **keywords)

    monkeypatch.setattr("glasskit.observables.quasilocalized.excitations.nonlinear_mode", reluctant)
    settings = curve(
        TABLE + "strains = true\nsecond = true\n",
        FLAT.replace(TABLE, "[store]\n").split("strains")[0] + "[curves.c]\nglasses = 1\n",
    ).settings
    record = glass.sampler(settings)(0, np.random.default_rng(0))
    assert record["quasilocalized_quartic"].shape == (0, len(QUANTITIES))
    assert record["quasilocalized_second"].shape == (0, len(QUANTITIES))
    assert record["quasilocalized_harmonic"][0, QUANTITIES.index("overlap_quartic")] == -1.0
    assert record["quasilocalized_guess_stiffness"][0] == np.inf
    assert record["quasilocalized_guess"] in (1, 2)
    lines = bytes(record["quasilocalized_failures"]).decode().splitlines()
    assert lines[0] == "quartic: initial: chi = U4:zzzz = -1 along the guess"


def test_a_glass_that_is_no_minimum_or_whose_lowest_mode_is_not_the_lowest_fails_alone(tmp_path, quick, monkeypatch):
    errors = iter((InputError("its largest force is 1e-9"), NumericalError("the quartic mode has kappa = 1")))

    def doubtful(*arguments, **keywords):
        raise next(errors)

    monkeypatch.setattr(excitations, "softest_excitations", doubtful)
    text = PLAIN.replace("[curves", TABLE + "[curves").replace("glasses = 3", "glasses = 2")
    ensemble = make(read(text), tmp_path)
    assert len(ensemble) == 0
    assert ensemble.failures == {
        0: "ConvergenceError: nonlinear modes: its largest force is 1e-9",
        1: "NumericalError: the quartic mode has kappa = 1",
    }


def test_the_estimate_covers_the_modes(monkeypatch):
    """Calibration makes one glass with all that the table asks for."""
    settings = curve(TABLE + "store_modes = true\n").settings
    seen = []
    monkeypatch.setattr(
        glass, "excitations", lambda *arguments: seen.append(arguments) or {"quasilocalized_x": np.zeros(10**6)}
    )
    cost = glass.calibrate(replace(settings, liquid=replace(settings.liquid, sweeps=2)))
    assert len(seen) == 1
    assert cost.disk_bytes > 8e6
