"""A kind of sample without physics, quick and predictable, for the tests of the runner."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from glasskit.ensembles.pipelines import Cost
from glasskit.ensembles.tables import number, table, truth, whole
from glasskit.errors import ConvergenceError

version = 1
shorthands = {"taper": ("model", "length"), "wait": ("making", "wait")}
random_tables = ("model",)


@dataclass(frozen=True)
class Model:
    length: int = whole("a whole number >= 1")
    spread: float = number("a number > 0", lambda value: value > 0, default=1.0)
    edge: float | None = number("a number > 0", lambda value: value > 0, default=None)


@dataclass(frozen=True)
class Making:
    wait: float = number("seconds >= 0", lambda value: value >= 0, default=0.0)
    fail_every: int = whole("a whole number >= 0", least=0, default=0)
    bug: bool = truth(default=False)
    payload: int = whole("a whole number >= 0", least=0, default=0)


@dataclass(frozen=True)
class Settings:
    model: Model = table(Model)  # noqa: RUF009
    making: Making = table(Making)  # noqa: RUF009


settings_type = Settings


def resolve(settings):
    model = settings.model
    return replace(settings, model=replace(model, edge=2.0 * model.length if model.edge is None else model.edge))


def sampler(settings):
    def make(index, rng):
        time.sleep(settings.making.wait)
        if settings.making.bug and index == 3:
            raise ZeroDivisionError("a bug in the program")
        if settings.making.fail_every and index % settings.making.fail_every == 1:
            raise ConvergenceError(f"sample {index} does not want to")
        values = settings.model.spread * rng.random(settings.model.length + index % 3)
        return {
            "frequencies": np.sort(values),
            "positions": rng.random((4, 3)),
            "diameters": np.ones(4),
            "box": np.full(3, 2.0),
            "complete_below": settings.model.edge,
            "mean": values.mean(),
            "count": len(values),
            "payload": np.zeros(settings.making.payload),
        }

    return make


def warm_up(settings):
    pass


def calibrate(settings):
    return Cost(settings.making.wait + 1e-4, 3000.0, 1e7)


def offers(settings):
    return False


def reuse(settings, record):
    return None
