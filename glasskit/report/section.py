"""A part of the report beyond energies and exponents: its table, its rows for files, its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..ensembles.store import Ensemble
from .opening import OpenedCurve
from .tapering import CurveReport

Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True)
class Section:
    """One analysis of all curves that hold what it takes.

    Attributes
    ----------
    title : str
    lines : list of str
        What is printed below the title.
    tables : dict of str to rows
        Files of comma-separated values, by name without ending; every row a dictionary of equal columns.
    figures : dict of str to callable
        Makers of figures, by name without ending; called only where matplotlib is installed.
    """

    title: str
    lines: list[str]
    tables: dict[str, Rows]
    figures: Mapping[str, Callable[[], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """A curve with good glasses: its samples, and what the report knows of it already."""

    ensemble: Ensemble
    report: CurveReport

    @property
    def name(self) -> str:
        """Name of the curve."""
        return self.report.name

    @property
    def settings(self) -> Any:
        """Settings of its glasses."""
        return self.report.settings

    def stores(self, name: str) -> bool:
        """Whether its samples hold this number or array."""
        return name in self.ensemble.array_names or name in self.ensemble.table()

    def head(self) -> dict[str, Any]:
        """Columns that every table begins with."""
        from .text import taper_text

        return {
            "curve": self.name, "particles": self.settings.model.particles,
            "taper": taper_text(self.settings.quench.taper),
            "parent_temperature": self.settings.liquid.parent_temperature, "glasses": len(self.ensemble),
        }  # fmt: skip


def curves_with_glasses(opened: Sequence[OpenedCurve], reports: Sequence[CurveReport]) -> list[Curve]:
    """Pair the samples of each curve with its report; curves without a good glass are left out."""
    return [
        Curve(curve.ensemble, report)
        for curve, report in zip(opened, reports, strict=True)
        if curve.ensemble is not None and len(curve.ensemble)
    ]
