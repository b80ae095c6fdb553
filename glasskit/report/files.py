"""The report of glasses in files: tables of comma-separated values, and one JSON file with everything."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from ..analysis.bootstrap import BootstrapEstimate
from ..analysis.exponents.edge import edge_in_words
from ..analysis.liquids.equilibration import EquilibrationVerdict
from ..analysis.spectra.cumulative_density import CumulativeDensity
from ..analysis.stresses.distribution import StressDistribution
from ..ensembles.tables import plain
from .encoding import Row, csv_bytes, plain_value, results_bytes, section_tables
from .measured import Refused
from .section import Section
from .tapering import CurveReport
from .text import taper_text
from .windows import EXPONENTS, TABLE_WINDOWS, WANTED_ERROR, Window


def tables(reports: Sequence[CurveReport], further: Sequence[Section] = ()) -> dict[str, bytes]:
    """Return the files of comma-separated values, by name.

    The first line names the columns; numbers have all their digits; a number that is not known is an empty field,
    and the column ``note`` says why.
    """
    return {
        "curves.csv": csv_bytes(_curve(report) for report in reports),
        "equilibration.csv": csv_bytes(
            _verdict(report, quantity, verdict) for report in reports for quantity, verdict in report.verdicts.items()
        ),
        "exponents.csv": csv_bytes(_window(report, window) for report in reports for window in report.windows),
        "cumulative.csv": csv_bytes(row for report in reports for row in _cumulative(report)),
        "stress.csv": csv_bytes(row for report in reports for row in _stress(report)),
        "stress_slopes.csv": csv_bytes(row for report in reports for row in _slopes(report)),
        **section_tables(further),
    }


def results(reports: Sequence[CurveReport], recipe: str, further: Sequence[Section] = ()) -> bytes:
    """Return everything reduced, with where it comes from, as JSON: enough to draw the figures again."""
    content = {
        "table_windows": list(TABLE_WINDOWS),
        "wanted_error": WANTED_ERROR,
        "exponents_to_tell_apart": list(EXPONENTS),
        "curves": [_report(report) for report in reports],
    }
    return results_bytes(recipe, content, further)


def _report(report: CurveReport) -> Row:
    fields = {field.name: plain_value(getattr(report, field.name)) for field in dataclasses.fields(report)}
    extra = {"excluded": report.excluded, "equilibrated": report.equilibrated}
    return {**fields, **extra, "settings": plain(report.settings)}


def _head(report: CurveReport) -> Row:
    """Columns that every table begins with."""
    settings = report.settings
    return {
        "curve": report.name,
        "taper": taper_text(settings.quench.taper) if settings else "",
        "parent_temperature": settings.liquid.parent_temperature if settings else "",
    }


def _curve(report: CurveReport) -> Row:
    row = {
        **_head(report),
        "sweeps": report.settings.liquid.sweeps if report.settings else "",
        "wanted": report.wanted, "used": report.glasses, "excluded": report.excluded,
        "left_out": sum(shard.samples for shard in report.left_out),
        "predicted_s": "" if isinstance(report.prediction, Refused) else report.prediction,
        "equilibrated": report.equilibrated,
    }  # fmt: skip
    for name, mean in report.means.items():
        known = isinstance(mean, BootstrapEstimate)
        row[name], row[f"{name}_error"] = (mean.value, mean.error) if known else ("", "")  # type: ignore[union-attr]
    refused = [mean.reason for mean in report.means.values() if isinstance(mean, Refused)]
    return {**row, "note": report.problem or "; ".join(dict.fromkeys(refused)), "recipe_hash": report.hash}


def _verdict(report: CurveReport, quantity: str, verdict: EquilibrationVerdict | Refused) -> Row:
    row = {**_head(report), "quantity": quantity}
    if isinstance(verdict, Refused):
        return {**row, "state": "cannot tell", "note": verdict.reason}
    drift, relaxation = verdict.drift, verdict.relaxation
    return {
        **row, "state": verdict.state, "change": drift.change, "error": drift.error, "z": drift.z,
        "p_value": drift.p_value, "bound": drift.bound, "tolerance": verdict.tolerance,
        "first_mean": drift.first_mean, "second_mean": drift.second_mean, "runs": drift.samples,
        "discarded": drift.discarded, "relaxation_sweeps": relaxation.time,
        "relaxation_error": relaxation.error, "relaxation_reliable": relaxation.reliable,
        "kept_sweeps": relaxation.length, "note": verdict.words,
    }  # fmt: skip


def _window(report: CurveReport, window: Window) -> Row:
    refused = {
        name: value.reason
        for name, value in vars(window).items()
        if isinstance(value, Refused)
    }  # fmt: skip
    numbers = {name: "" if name in refused else value for name, value in vars(window).items() if name != "fit"}
    fit = {} if isinstance(window.fit, Refused) else {
        name: getattr(window.fit, name)
        for name in ("s", "error", "analytic_error", "prefactor", "prefactor_error", "resamples", "seed")
    }  # fmt: skip
    return {
        **_head(report),
        "omega_c": numbers["upper"], "in_table": window.upper in TABLE_WINDOWS, "glasses": report.glasses,
        "modes": numbers["modes"],
        **(fit or dict.fromkeys(("s", "error"), "")), "edge": window.edge if fit else "",
        "predicted_s": "" if isinstance(report.prediction, Refused) else report.prediction,
        "glasses_for_error": numbers["for_error"],
        "glasses_to_distinguish": numbers["to_distinguish"],
        "note": _note(window),
    }  # fmt: skip


def _note(window: Window) -> str:
    if isinstance(window.fit, Refused):
        return window.fit.reason
    return f"{edge_in_words(window.fit)}." if window.edge else ""


def _cumulative(report: CurveReport) -> Iterable[Row]:
    density = report.cumulative
    if not isinstance(density, CumulativeDensity):
        return
    for j, omega in enumerate(density.omega):
        yield {
            **_head(report), "omega": omega, "F": density.value[j], "error": density.error[j],
            "lower": density.lower[j], "upper": density.upper[j], "modes": int(density.count[j]),
            "glasses": density.glasses,
        }  # fmt: skip


def _stress(report: CurveReport) -> Iterable[Row]:
    for quantity, found in report.stresses.items():
        if isinstance(found, StressDistribution):
            for b in range(found.sigma.size):
                yield {
                    **_head(report), "quantity": quantity, "sigma_from": found.edges[b],
                    "sigma_to": found.edges[b + 1], "sigma": found.sigma[b], "P": found.density[b],
                    "error": found.error[b], "values": int(found.count[b]), "glasses": found.glasses,
                }  # fmt: skip


def _slopes(report: CurveReport) -> Iterable[Row]:
    for quantity, found in report.stresses.items():
        if isinstance(found, StressDistribution):
            for k in range(found.slope.size):
                yield {
                    **_head(report), "quantity": quantity, "sigma": found.slope_sigma[k],
                    "slope": found.slope[k], "error": found.slope_error[k], "glasses": found.glasses,
                }  # fmt: skip
