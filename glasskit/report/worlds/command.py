"""What `glasskit compare` does: open folders of both worlds, measure both alike, print, write and draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from ...ensembles.shards import write_whole
from ...ensembles.store import Ensemble
from ...errors import InputError
from ..command import NO_MATPLOTLIB, prepared_folder
from ..encoding import csv_bytes
from ..measured import Refused, attempt
from ..opening import left_out_lines, open_curves
from ..text import wrapped
from .laws import Measured, tested_laws
from .samples import Named, Spectra, glass_spectra, oscillator_spectra
from .text import comparison_text, law_rows, table_rows
from .windows import RULES, measure, participation_curve

DEFAULT_FOLDER = "comparison"
_KINDS = ("glass", "khgps")


def compare(directories: Sequence[Path], *, out: Path | None = None, onset: float | None = None) -> str:
    """Measure soft modes of glasses and of oscillators in the same way, and set them side by side.

    Parameters
    ----------
    directories : sequence of Path
        Output folders of ``glasskit run``, or folders of single curves: at least one of glasses (kind "glass") and one
        of oscillators (kind "khgps").
    out : Path, optional
        Where tables and figures go; by default ``comparison`` inside the first folder. Written are ``summary.txt``
        (the text returned), ``worlds.csv`` (one row for each curve and window), ``laws.csv``, ``participation.csv``
        and the figure ``worlds`` as PNG and SVG.
    onset : float, optional
        Onset temperature of the glasses; temperatures are then in its units, and the law of A_g is also tested below
        it alone.

    Returns
    -------
    str
        The comparison.

    Raises
    ------
    StorageError
        If a folder holds nothing to analyse, or ``out`` cannot be written.
    InputError
        If one of the worlds is missing, a folder is given twice or holds samples of another kind, ``out`` is the
        folder of a curve, or ``onset`` is not a positive temperature.
    """
    if onset is not None and not (math.isfinite(onset) and onset > 0):
        raise InputError(f"onset is {onset:g}, expected a temperature above zero.")
    folders = [Path(directory) for directory in directories]
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InputError("a folder is given twice, expected different ones.")
    opened, notes = _opened(folders)
    place = prepared_folder(folders[0] / DEFAULT_FOLDER if out is None else Path(out))
    spectra = [*glass_spectra(opened["glass"], onset=onset), *oscillator_spectra(opened["khgps"])]
    measured = [(one, measure(one, rule)) for one in spectra for rule in RULES]
    laws = tested_laws(measured)
    names = " and ".join(str(folder) for folder in folders)
    text = comparison_text(f"Two worlds: {names}", measured, laws, notes)
    files = {
        "worlds.csv": csv_bytes(table_rows(measured)),
        "laws.csv": csv_bytes(law_rows(laws)),
        "participation.csv": csv_bytes(_participation_rows(spectra)),
    }
    drawn, missing = _drawn(spectra, measured, laws, onset)
    written = ", ".join(["summary.txt", *files, *drawn])
    text = f"{text}{missing}\n\n{wrapped(f'Written to {place}: {written}.')}"
    for name, content in {**files, **drawn, "summary.txt": f"{text}\n".encode()}.items():
        write_whole(place / name, content)
    return text


def _opened(folders: Sequence[Path]) -> tuple[dict[str, list[Named]], list[str]]:
    """Open all curves that have samples, by kind; the others are named with the reason.

    Raises
    ------
    InputError
        If one of the kinds is missing, or there is another one.
    """
    made: dict[str, list[tuple[Path, Ensemble]]] = {kind: [] for kind in _KINDS}
    closed: dict[str, list[str]] = {}
    notes: list[str] = []
    for folder in folders:
        curves = open_curves(folder)
        kinds = {curve.ensemble.identity.kind for curve in curves if curve.ensemble is not None}
        for kind in kinds - set(_KINDS):
            raise InputError(f'{folder} holds samples of kind "{kind}", compare reads the kinds "glass" and "khgps".')
        for curve in curves:
            if curve.ensemble is not None:
                notes += left_out_lines(f"{folder}: {curve.name}", curve.left_out, curve.kind)
            if curve.ensemble is None or len(curve.ensemble) == 0:
                closed.setdefault(curve.problem or "no sample could be made.", []).append(f"{folder}: {curve.name}")
            else:
                made[curve.ensemble.identity.kind].append((folder, curve.ensemble))
    for kind, here, other in (("glass", "glasses", "khgps"), ("khgps", "oscillators", "glass")):
        if not made[kind]:
            what = {"glass": "glasses", "khgps": "oscillators"}[other]
            where = ", ".join(str(folder) for folder in folders)
            raise InputError(
                f'{where}: {what} only; expected at least one folder of {here}, of kind "{kind}", beside them.'
            )
    notes += [f"{', '.join(where)}: {reason}" for reason, where in closed.items()]
    return {kind: _named(members) for kind, members in made.items()}, notes


def _named(members: Sequence[tuple[Path, Ensemble]]) -> list[Named]:
    several = len({folder for folder, _ in members}) > 1
    return [Named(f"{folder.name}/{one.name}" if several else one.name, str(folder), one) for folder, one in members]


def _participation_rows(spectra: Sequence[Spectra]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for one in spectra:
        found = attempt(participation_curve, one)
        start = {"world": one.world, "curve": one.name}
        if isinstance(found, Refused):
            rows.append({**start, "note": found.reason})
            continue
        rows += [
            {**start, "omega_from": found.lower[b], "omega_to": found.upper[b], "participating": found.value[b],
             "participating_error": found.error[b], "modes": int(found.count[b]), "note": ""}
            for b in range(found.x.size)
        ]  # fmt: skip
    return rows


def _drawn(
    spectra: Sequence[Spectra], measured: Sequence[Measured], laws: Sequence[object], onset: float | None
) -> tuple[dict[str, bytes], str]:
    """Return the figure as files, or none and the sentence that says why."""
    try:
        from ..figures import image
        from .figure import worlds_figure

        figure = worlds_figure(spectra, measured, laws, onset=onset)  # type: ignore[arg-type]
        return {f"worlds.{kind}": image(figure, kind) for kind in ("png", "svg")}, ""
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        return {}, f"\n\n{wrapped(NO_MATPLOTLIB)}"
