"""What `glasskit analyse` does: open a folder, reduce its curves, print, write and draw."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..ensembles.shards import shard_numbers, write_whole
from ..errors import InputError, StorageError
from .elasticity import elasticity_section, measure_elasticity
from .excitations import excitations_section, measure_excitations
from .files import results, tables
from .kinds import OSCILLATORS
from .levels import levels_section
from .matched_families import matched_families
from .matched_section import matched_section
from .opening import OpenedCurve, open_curves
from .oscillators import oscillator_report
from .section import Section, curves_with_glasses
from .stress_section import stress_section
from .tapering import CurveReport, reduce_curves
from .temperature import temperature_families, temperature_section
from .text import format_report, wrapped
from .verdicts import judge_curves, verdicts_section

DEFAULT_FOLDER = "analysis"
NO_MATPLOTLIB = (
    "No figures were drawn, since matplotlib is not installed; this installs it: "
    'pip install "glasskit-physics[plot]"; then analyse again.'
)


def analyse(directory: Path, *, out: Path | None = None, stress_by_size: bool = False) -> str:
    """Analyse the curves of an output folder of ``glasskit run``, whether or not the run has ended.

    Parameters
    ----------
    directory : Path
        Output folder, or the folder of one curve in it.
    out : Path, optional
        Where tables and figures go, each file in one step; by default ``directory/analysis``. Written are
        ``summary.txt`` (the text returned), ``results.json`` (everything reduced, with provenance), ``curves.csv``,
        ``equilibration.csv``, ``exponents.csv``, ``cumulative.csv``, ``stress.csv``, ``stress_slopes.csv``,
        ``verdicts.csv``, and as PNG and SVG the figures ``cumulative``, ``exponents``, ``stress``, ``plateau-CURVE``;
        ``elasticity``, ``levels``, ``excitations`` and ``temperature`` where the samples hold what they take.
        Of oscillators (`glasskit.report.oscillators`): ``summary.txt``, ``results.json`` and, as tables and figures,
        ``curves``, ``density``, ``cumulative``, ``exponents``, ``verdicts`` with ``plateau-CURVE``, ``prefactors``,
        ``displacements``, ``levels``, ``participation``. Where every sample failed, of any kind, only ``summary.txt``,
        ``results.json`` and ``curves.csv``.
    stress_by_size : bool
        Also compare P(sigma) by kind and pair size with what g(r) implies, in ``stress_by_size*.csv`` and in figures
        ``stress-by-size-CURVE``. It takes about 0.2 s for each glass of a thousand particles.

    Returns
    -------
    str
        The report.

    Raises
    ------
    StorageError
        If the folder holds nothing to analyse, changes while it is read, or ``out`` cannot be written.
    InputError
        If the folder holds samples of an unknown kind, or ``out`` is the folder of a curve; for ``stress_by_size`` of
        samples without pairs of particles.
    """
    directory = Path(directory)
    curves = open_curves(directory)
    kind = curves[0].kind
    if stress_by_size and kind != "glass":
        raise InputError(
            f'{directory} holds samples of kind "{kind}", which have no pairs of particles: leave out --stress-by-size.'
        )
    folder = prepared_folder(directory / DEFAULT_FOLDER if out is None else Path(out))
    title, recipe = f"Analysis of {directory}", _recipe(curves)
    reduced = (
        _oscillators(title, curves, recipe)
        if kind in OSCILLATORS
        else _glasses(title, curves, recipe, stress_by_size=stress_by_size)
    )
    drawn, missing = {}, ""
    try:
        drawn = reduced.draw()
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        missing = f"\n\n{wrapped(NO_MATPLOTLIB)}"
    names = ", ".join(["summary.txt", *reduced.files, *drawn])
    text = f"{reduced.text}{missing}\n\n{wrapped(f'Written to {folder}: {names}.')}"
    for name, content in {**reduced.files, **drawn, "summary.txt": f"{text}\n".encode()}.items():
        write_whole(folder / name, content)
    return text


class _Reduced(NamedTuple):
    """What is written: the report, its files by name, and a maker of its figures."""

    text: str
    files: dict[str, bytes]
    draw: Callable[[], dict[str, bytes]]


def _glasses(title: str, curves: list[OpenedCurve], recipe: str, *, stress_by_size: bool) -> _Reduced:
    reports = reduce_curves(curves)
    if not any(report.glasses for report in reports):
        files = {"curves.csv": tables(reports)["curves.csv"], "results.json": results(reports, recipe)}
        return _Reduced(format_report(title, reports), files, dict)
    sections = further_sections(curves, reports, stress_by_size=stress_by_size)
    files = {**tables(reports, sections), "results.json": results(reports, recipe, sections)}

    def draw() -> dict[str, bytes]:
        from .figures import draw

        return draw(reports, sections)

    return _Reduced(format_report(title, reports, sections), files, draw)


def _oscillators(title: str, curves: list[OpenedCurve], recipe: str) -> _Reduced:
    report = oscillator_report(title, curves)
    return _Reduced(report.text, report.files(recipe), report.draw)


def further_sections(
    opened: list[OpenedCurve], reports: list[CurveReport], *, stress_by_size: bool = False
) -> list[Section]:
    """Reduce what the samples hold beyond energies, frequencies and stresses."""
    curves = curves_with_glasses(opened, reports)
    measured = {curve.name: measure_elasticity(curve) for curve in curves}
    elasticity = {name: found for name, found in measured.items() if found is not None}
    sections = [
        verdicts_section(curves, judge_curves(curves, elasticity)),
        elasticity_section(curves, elasticity),
        levels_section(curves, elasticity),
        excitations_section(measure_excitations(curves, elasticity)),
        temperature_section(temperature_families(curves, elasticity)),
        matched_section(matched_families(curves, elasticity)),
        stress_section(curves) if stress_by_size else None,
    ]
    return [section for section in sections if section is not None]


def _recipe(curves: list[OpenedCurve]) -> str:
    return next(curve.ensemble.recipe for curve in curves if curve.ensemble is not None)


def prepared_folder(folder: Path) -> Path:
    """Make the output folder and try to write into it, before the work rather than after it."""
    if shard_numbers(folder):
        raise InputError(f"{folder} holds the samples of a curve: choose another folder with --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, probe = tempfile.mkstemp(dir=folder, prefix=".probe-", suffix=".tmp")
        os.close(handle)
        with contextlib.suppress(OSError):
            os.unlink(probe)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}.") from None
    return folder
