"""Energy scales of several tapers in the section against the parent temperature."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from glasskit.analysis.bootstrap import bootstrap_mean
from glasskit.analysis.liquids.energy_scales import energy_scales
from glasskit.ensembles.pipelines.glass_settings import GlassSettings, LiquidTable, ModelTable, QuenchTable, resolve
from glasskit.report.measured import Refused
from glasskit.report.temperature import Family, State, scales_of, temperature_section

TEMPERATURES = (1.0, 0.7, 0.5, 0.4, 0.32, 0.28)
LAMBDA = {1: 1.3, 2: 1.0, np.inf: 1.1}


def state(taper, temperature, under=None, nonadditivity=None, verdict="equilibrated", size="equilibrated"):
    scale = LAMBDA[taper]
    model = ModelTable(particles=1000, name="tapered-ipl", taper=taper, nonadditivity=nonadditivity)
    settings = resolve(
        GlassSettings(model=model, liquid=LiquidTable(scale * temperature, 100), quench=QuenchTable(taper=under))
    )
    rng = np.random.default_rng(int(1e3 * temperature) + int(min(taper, 9)))
    level = scale * (1.2 - 0.004 / temperature - 0.001 / temperature**2)
    energy = bootstrap_mean(level + 1e-3 * rng.standard_normal(20))
    fluctuation = bootstrap_mean(2.0 + 0.1 * rng.standard_normal(20))
    report = SimpleNamespace(
        equilibrated=verdict,
        energy_equilibrated=verdict,
        means={"size_fluctuation": fluctuation},
        name="c",
        settings=settings,
    )
    curve = SimpleNamespace(
        name=f"m{taper}", settings=settings, report=report, ensemble=[0] * 20, head=lambda: {"curve": f"m{taper}"}
    )
    missing = Refused("not measured.")
    return State(curve, scale * temperature, energy, missing, missing, missing)


def family(taper, **more):
    states = tuple(state(taper, t, **more) for t in reversed(TEMPERATURES))
    name = f"IPL, N = 1000, m = {taper:g}" + (", control" if more.get("nonadditivity") else "")
    return Family(name, states, 0.5, "half the first phonon", None, Refused("too few"), ())


@pytest.fixture(scope="module")
def families():
    return [family(1), family(2), family(np.inf)]


def test_scales_of_tapers_that_differ_in_nothing_else(families):
    (found,) = scales_of(families).values()
    assert found.names == ("m = 2", "m = 1", "m = inf")
    ordered = {"m = 2": families[1], "m = 1": families[0], "m = inf": families[2]}
    expected = energy_scales({name: tuple(zip(*one.energies, strict=True)) for name, one in ordered.items()})
    np.testing.assert_array_equal(found.scale, expected.scale)
    # 20 glasses with a scatter of 1e-3 in slopes of about 0.01 per unit of 1/T
    assert np.abs(found.scale - [1.0, 1.3, 1.1]).max() < 4.5 * found.error.max()


def test_reminimised_glasses_and_other_models_do_not_enter(families):
    under = family(2, under=4)
    control = family(2, nonadditivity=0.2)
    (shared,) = scales_of([*families, under, control])
    assert shared == "IPL, N = 1000"
    assert scales_of([families[1], under, control]) == {}


def test_states_out_of_equilibrium_do_not_enter(families):
    spoilt = dataclasses.replace(families[0], states=(*families[0].states, state(1, 0.2, verdict="not equilibrated")))
    assert scales_of([spoilt, *families[1:]])["IPL, N = 1000"].scale[1] == scales_of(families)["IPL, N = 1000"].scale[1]


def test_drifting_composition_alone_is_no_reason(families):
    drifting = dataclasses.replace(families[0], states=(*families[0].states, state(1, 0.2, size="not equilibrated")))
    assert len(drifting.energies) == len(families[0].energies) + 1


def test_the_section_holds_sentence_table_and_figure(families):
    section = temperature_section(families)
    text = " ".join(" ".join(section.lines).split())
    assert "Energy scales in units of m = 2" in text
    assert [row["potential"] for row in section.tables["energy_scales"]] == ["m = 2", "m = 1", "m = inf"]
    assert section.tables["energy_scales"][0]["scale_error"] == 0.0
    assert len(section.figures["energy_scales"]().axes) == 1
    # only e_IS is known: one panel, no empty ones
    assert [ax.get_ylabel() for ax in section.figures["temperature"]().axes if ax.get_visible()] == [r"$e_{\rm IS}$"]


def test_a_refusal_is_said(families):
    few = [dataclasses.replace(one, states=one.states[:3]) for one in families]
    text = " ".join(" ".join(temperature_section(few).lines).split())
    assert "no energy scales: m = 2: 3 temperatures; an energy scale needs 4." in text
