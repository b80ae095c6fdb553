"""The kinds of samples that can be analysed, and what a report must know of each: its words and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError

Settings = Mapping[str, Mapping[str, Any]]
"""Settings of a curve as plain tables, as `Ensemble.settings` returns them."""


@dataclass(frozen=True)
class Parameter:
    """A number, or an interval, in which curves differ.

    Attributes
    ----------
    name : str
        In columns of text and of files.
    symbol : str
        In figures, mathematical text.
    table, key : str
        Where it stands in the settings.
    """

    name: str
    symbol: str
    table: str
    key: str

    def of(self, settings: Settings) -> float | tuple[float, ...] | None:
        """Value in the settings of a curve; an interval as a tuple, None where the settings have none."""
        value = settings.get(self.table, {}).get(self.key)
        return tuple(value) if isinstance(value, list | tuple) else value

    def text(self, settings: Settings) -> str:
        """Value as text, an interval with a dash between its ends."""
        value = self.of(settings)
        if value is None:
            return "-"
        return " - ".join(f"{end:g}" for end in value) if isinstance(value, tuple) else f"{value:g}"


@dataclass(frozen=True)
class OscillatorKind:
    """A model of coupled oscillators, one disorder per instance.

    Attributes
    ----------
    title : str
        Its name, for headings.
    size : Parameter
        Number of oscillators N; each has one mode.
    parameters : tuple of Parameter
        All else that makes instances what they are, in the order of the columns.
    mean_field : bool
        Whether every oscillator is coupled to all others alike, which the laws of [R] are derived for.
    """

    title: str
    size: Parameter
    parameters: tuple[Parameter, ...]
    mean_field: bool

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of that name."""
        return next(parameter for parameter in self.parameters if parameter.name == name)


SIZE = Parameter("N", "$N$", "model", "size")
COUPLING = Parameter("J", "$J$", "model", "coupling")
FIELD = Parameter("h", "$h$", "model", "field")
STIFFNESS = Parameter("kappa", r"$\kappa$", "model", "stiffness_range")
DIMENSION = Parameter("d", "$d$", "model", "dimension")
STIFFNESS_EXPONENT = Parameter("beta", r"$\beta$", "model", "stiffness_exponent")
START = Parameter("start", r"$\sigma_{x(0)}$", "start", "width")

OSCILLATORS: dict[str, OscillatorKind] = {
    "khgps": OscillatorKind("KHGPS model", SIZE, (COUPLING, FIELD, STIFFNESS, START), mean_field=True),
    "gps": OscillatorKind(
        "GPS lattice model", SIZE, (DIMENSION, COUPLING, FIELD, STIFFNESS, STIFFNESS_EXPONENT, START), mean_field=False
    ),
}
"""Kinds of recipes whose samples are instances of coupled oscillators, with the records of `pipelines.oscillators`;
all of them have `SIZE`, `COUPLING`, `FIELD` and `STIFFNESS`."""


def nouns(kind: str) -> tuple[str, str]:
    """Return what one sample of a kind is called, and several."""
    return ("instance", "instances") if kind in OSCILLATORS else ("glass", "glasses")


def require_known(kind: str, directory: Path) -> None:
    """Refuse a folder of samples that no report is there for.

    Raises
    ------
    InputError
    """
    known = ("glass", *OSCILLATORS)
    if kind not in known:
        names = ", ".join(f'"{name}"' for name in known)
        raise InputError(f'{directory} holds samples of kind "{kind}"; analyse reads the kinds {names}.')
