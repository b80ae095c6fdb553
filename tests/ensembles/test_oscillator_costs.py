"""What an instance is expected to take: pieces of work that are timed on small instances, and how each grows."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from glasskit.ensembles.pipelines import khgps, oscillators
from glasskit.ensembles.recipe import parse_recipe
from glasskit.errors import ConvergenceError
from glasskit.meanfield.khgps import KHGPS, KHGPSInstance


def settings_of(size, spectrum=""):
    recipe = f"""
kind = "khgps"
seed = 1
[model]
size = {size}
coupling = 0.1
field = 0.05
{spectrum}
[curves.one]
glasses = 1
"""
    return parse_recipe(recipe, source="r").curve("one").settings


def ticks(monkeypatch, seconds):
    """A clock of the processor that only pieces of work move, each by its own number of seconds."""
    now = [0.0]
    monkeypatch.setattr(oscillators.time, "thread_time", lambda: now[0])
    monkeypatch.setattr(oscillators.time, "perf_counter", lambda: now[0] * 3.0)  # a busy machine: three times as long

    def slow(name, work):
        def worked(*arguments, **keywords):
            now[0] += seconds[name]
            return work(*arguments, **keywords)

        return worked

    return slow


@pytest.mark.parametrize(
    ("spectrum", "expected"),
    [
        # growth 4: 4^(7/3) of minimising, N² of levels and Krylov space, N^2.5 of a factor, N³ of LAPACK
        ("count = 60", 4 ** (7 / 3) * 0.1 + 16 * 0.03 + 32 * 0.04 + 16 * 0.2),
        ("count = 300", 4 ** (7 / 3) * 0.1 + 16 * 0.03 + 32 * 0.04 + 16 * 0.2 * 5**0.7),
        ("count = 2000", 4 ** (7 / 3) * 0.1 + 64 * 0.5),
        ("below = 0.2", 4 ** (7 / 3) * 0.1 + 64 * (0.07 + 0.2)),
        ("full = true", 4 ** (7 / 3) * 0.1 + 64 * 0.5),
    ],
)
def test_an_estimate_adds_up_what_its_pieces_take(monkeypatch, spectrum, expected):
    """Of 4000 oscillators from 1000: the route of the real size, each piece with its own growth, times the wait."""
    slow = ticks(monkeypatch, {"sample": 0.1, "factor": 0.07, "levels": 0.03, "solve": 0.2, "lapack": 0.5})
    pieces = {"factor_of_few": "factor", "estimate_levels": "levels", "modes_under": "solve"}
    for name, piece in pieces.items():
        monkeypatch.setattr(oscillators, name, slow(piece, lambda *arguments: object()))
    small = KHGPS(50, coupling=0.1, field=0.1).sample(np.random.default_rng(0))
    thousand = replace(small, model=replace(small.model, n=1000))
    for name in ("eigenvalues", "lowest_modes"):
        monkeypatch.setattr(KHGPSInstance, name, slow("lapack", lambda self, *arguments, **keywords: None))
    parts = SimpleNamespace(size=1000, couplings=None, diagonal=None)
    monkeypatch.setattr(KHGPSInstance, "dense_hessian", lambda self: parts)
    monkeypatch.setattr(KHGPS, "sample", slow("sample", lambda self, rng, **keywords: thousand))
    cost = khgps.calibrate(settings_of(4000, f"[spectrum]\n{spectrum}"))
    assert cost.seconds == pytest.approx(3.0 * expected, rel=1e-9)


def test_an_estimate_is_the_median_of_a_few_trials(monkeypatch):
    """One slow trial among three, as where code is loaded, changes nothing; a long one is not repeated."""
    for seconds, tried, expected in (([0.6, 0.1, 0.2], 3, 0.2), ([1.5, 0.1, 0.2], 1, 1.5)):
        taken = iter(seconds)
        now = [0.0]
        monkeypatch.setattr(oscillators.time, "thread_time", lambda now=now: now[0])
        monkeypatch.setattr(oscillators.time, "perf_counter", lambda now=now: now[0])
        count = []

        def sample(self, rng, *, now=now, taken=taken, count=count, **keywords):
            now[0] += next(taken)
            count.append(1)
            raise ConvergenceError("no")  # it took its time all the same

        monkeypatch.setattr(KHGPS, "sample", sample)
        assert khgps.calibrate(settings_of(40)).seconds == pytest.approx(expected)
        assert len(count) == tried
