"""The exponent of each curve in words: everything that its glasses say about D(omega) ~ omega^s in one window."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..analysis.exponents.fit import predicted_exponent
from ..analysis.exponents.verdict import ExponentVerdict, judge_exponent
from ..errors import GlasskitWarning, InsufficientDataError
from .elasticity import Elasticity
from .measured import Refused, attempt
from .section import Curve, Section
from .text import wrapped

PHONON_SHARE = 0.5
"""The window ends at this part of the first phonon, fixed before anything is looked at."""

WITHOUT_MODULI = 0.6
"""Where no first phonon is known, the window ends at this frequency."""


def window_end(first_phonon: float | None, complete_below: float) -> tuple[float, str]:
    """Return the upper end of the window that the exponent is judged in, and how it came about."""
    upper, words = (PHONON_SHARE * first_phonon, "half the first phonon") if first_phonon else (
        WITHOUT_MODULI, "taken as no moduli tell the first phonon")  # fmt: skip
    if complete_below < upper:
        return complete_below, "up to which all modes are known"
    return upper, words


def judge_curves(curves: Sequence[Curve], elasticity: dict[str, Elasticity]) -> dict[str, ExponentVerdict | Refused]:
    """Judge the exponent of every curve in its own window, half its first phonon."""
    return {curve.name: _judge(curve, elasticity.get(curve.name)) for curve in curves}


def _judge(curve: Curve, elasticity: Elasticity | None) -> ExponentVerdict | Refused:
    model = curve.settings.model
    phonon = elasticity.first_phonon if elasticity is not None else None
    known = curve.ensemble.complete_below
    upper, _ = window_end(phonon, float(known.min()))
    order = curve.report.order
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlasskitWarning)  # they are in the verdict's words
        return attempt(
            judge_exponent, curve.ensemble.frequencies, upper, taper=None if isinstance(order, Refused) else order,
            complete_below=known, first_phonon=phonon, modes_total=model.dimension * (model.particles - 1),
            omega_0=elasticity.omega_0 if elasticity is not None else None, require_decision=False,
        )  # fmt: skip


def verdicts_section(curves: Sequence[Curve], verdicts: dict[str, ExponentVerdict | Refused]) -> Section:
    """Paragraphs, one for each curve, and a row of numbers."""
    lines, table = [], []
    for curve in curves:
        verdict = verdicts[curve.name]
        if isinstance(verdict, Refused):
            lines.append(wrapped(f"{curve.name}: no verdict: {verdict.reason}", indent="- "))
            table.append({**curve.head(), "note": verdict.reason})
            continue
        _, end = window_end(verdict.first_phonon, float(curve.ensemble.complete_below.min()))
        lines.append(wrapped(f"{curve.name} (window: {end}): {verdict.text}", indent="- "))
        table.append({**curve.head(), **verdict_row(verdict)})
    title = "The exponent in words: modes in a window fixed before s is known"
    return Section(title, lines, {"verdicts": table}, plateau_figures(verdicts))


def plateau_figures(verdicts: Mapping[str, ExponentVerdict | Refused]) -> dict[str, Callable[[], Any]]:
    """Return makers of the figures of s against the window, ``plateau-CURVE``, for exponents in several windows."""
    return {
        f"plateau-{name}": partial(_plateau, verdict)
        for name, verdict in verdicts.items()
        if isinstance(verdict, ExponentVerdict)
        and not verdict.edge
        and not isinstance(verdict.scan, InsufficientDataError)
    }


def _plateau(verdict: ExponentVerdict) -> Any:
    return verdict.plot().figure


def verdict_row(verdict: ExponentVerdict) -> dict[str, Any]:
    """Return the numbers of a verdict as a row of a table."""
    prefactor = verdict.prefactor
    predicted = predicted_exponent(verdict.taper) if verdict.taper is not None else None
    others: dict[str, Any] = {}
    for name, fit in (("corrected", verdict.correction), ("lowest", verdict.lowest)):
        s, error = ("", "") if isinstance(fit, InsufficientDataError) else (fit.s, fit.error)
        others |= {f"s_{name}": s, f"s_{name}_error": error}
    return {
        "omega_c": verdict.fit.upper, "modes": verdict.fit.count, "s": verdict.s, "error": verdict.error,
        "edge": verdict.edge, **others,
        "predicted_s": predicted if predicted is not None else "",
        "odds_against_predicted": verdict.odds(predicted) if predicted is not None else "",
        **{f"odds_against_{s:.3g}": verdict.odds(s) for s in (2.0, 3.0, 4.0, 5.0)},
        "A_g": prefactor.value if prefactor else "", "A_g_error": prefactor.error if prefactor else "",
        "A_g_omega_0^5": prefactor.reduced if prefactor and prefactor.reduced is not None else "",
        "A_g_omega_0^5_error": prefactor.reduced_error if prefactor and prefactor.reduced_error is not None else "",
        "warnings": "; ".join(verdict.warnings),
    }  # fmt: skip
