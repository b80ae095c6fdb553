"""One curve of oscillators as a report sees it: its samples, its parameters, and which of its modes are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...ensembles.store import Ensemble
from ...errors import InputError
from ..kinds import OSCILLATORS, OscillatorKind, Settings
from ..opening import LeftOut, OpenedCurve, read_all
from ..tapering import group_reasons

Array = NDArray[np.float64]


@dataclass(frozen=True)
class OscillatorCurve:
    """A curve with good instances.

    Attributes
    ----------
    name : str
    wanted : int
        Instances the recipe asks for.
    kind : OscillatorKind
    ensemble : Ensemble
    settings : mapping
        Tables of the recipe, every default spelled out.
    left_out : tuple of LeftOut
        Damaged shards that nothing was read from.
    """

    name: str
    wanted: int
    kind: OscillatorKind
    ensemble: Ensemble
    settings: Settings
    left_out: tuple[LeftOut, ...] = ()

    @property
    def size(self) -> int:
        """Number of oscillators N, that of the modes of an instance."""
        return int(self.kind.size.of(self.settings))  # type: ignore[arg-type]

    @property
    def instances(self) -> int:
        """Good instances."""
        return len(self.ensemble)

    @property
    def known(self) -> float:
        """Frequency below which all modes of all instances are known."""
        return float(self.ensemble.complete_below.min())

    @property
    def failures(self) -> Mapping[str, int]:
        """Reason -> number of instances that could not be made."""
        return group_reasons(self.ensemble.failures)

    def parameter(self, name: str) -> Any:
        """Value of a parameter, a number or an interval."""
        return self.kind.parameter(name).of(self.settings)

    def stores(self, name: str) -> bool:
        """Whether its samples hold this array."""
        return name in self.ensemble.array_names

    def frequencies(self) -> list[Array]:
        """Frequencies of every instance, ascending, all positive.

        Raises
        ------
        InputError
            If one is zero: a marginal state, whose instance must not be left out without a word.
        """
        frequencies = read_all(self.ensemble, "frequencies")
        for index, omega in zip(self.ensemble.indices, frequencies, strict=True):
            if omega.size and not omega[0] > 0:
                raise InputError(
                    f"instance {index} has the frequency {omega[0]:g}; expected positive frequencies: its minimum is "
                    "flat within rounding, start from a random state (start.width > 0)."
                )
        return frequencies

    def known_frequencies(self) -> list[Array]:
        """Frequencies up to which all instances are complete, the highest known one included where spectra are full."""
        frequencies = self.frequencies()
        if self.full(frequencies):
            return frequencies
        return [omega[omega < self.known] for omega in frequencies]

    def full(self, frequencies: Sequence[Array]) -> bool:
        """Whether every instance has all its modes."""
        return all(omega.size == self.size for omega in frequencies)

    def head(self) -> dict[str, Any]:
        """Columns that every table begins with; an interval has two."""
        row: dict[str, Any] = {"curve": self.name, self.kind.size.name: self.size}
        for parameter in self.kind.parameters:
            value = parameter.of(self.settings)
            if isinstance(value, tuple):
                row |= {f"{parameter.name}_from": value[0], f"{parameter.name}_to": value[-1]}
            else:
                row[parameter.name] = "" if value is None else value
        return {**row, "instances": self.instances}

    def state(self, *, but: str) -> tuple[Any, ...]:
        """All that makes its instances what they are, but for one parameter: equal for curves of one family."""
        named = (p for p in (self.kind.size, *self.kind.parameters) if p.name != but)
        return tuple(parameter.of(self.settings) for parameter in named)


def oscillator_curves(opened: Sequence[OpenedCurve]) -> list[OscillatorCurve]:
    """Return the curves that have good instances."""
    return [
        OscillatorCurve(
            curve.name, curve.wanted, OSCILLATORS[curve.kind], curve.ensemble, curve.ensemble.settings, curve.left_out
        )
        for curve in opened
        if curve.ensemble is not None and len(curve.ensemble)
    ]


def families(curves: Sequence[OscillatorCurve], along: str) -> list[list[OscillatorCurve]]:
    """Return groups of two curves and more that differ in one parameter only, ascending in it."""
    groups: dict[tuple[Any, ...], list[OscillatorCurve]] = {}
    for curve in curves:
        groups.setdefault(curve.state(but=along), []).append(curve)
    ordered = [sorted(group, key=lambda curve: curve.parameter(along)) for group in groups.values()]
    return [group for group in ordered if len({curve.parameter(along) for curve in group}) > 1]
