"""Everything that is known about the equilibrium of a family of liquid runs, in one object with one verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, InsufficientDataError
from ..digits import with_error
from ..per_glass import FloatArray
from .autocorrelation import LEAST_RELAXATION_TIMES, check_series
from .equilibration import DISCARDED_FRACTION, EquilibrationVerdict, equilibration_verdict
from .overlap_decay import OverlapDecay, overlap_decay

State = Literal["equilibrated", "not equilibrated", "cannot tell"]


@dataclass(frozen=True)
class Watched:
    """One quantity recorded along the runs.

    Attributes
    ----------
    name : str
        For the words, for example "energy", "e_IS", "S_size".
    series : (samples, times) array
        Equally spaced values, transient included.
    tolerance : float
        Drift between the halves that is accepted, in units of the series.
    spacing : float
        Sweeps between two values.
    """

    name: str
    series: ArrayLike = field(repr=False)
    tolerance: float
    spacing: float


@dataclass(frozen=True, eq=False)
class EquilibrationReport:
    """Verdicts on all watched quantities and overlaps.

    Attributes
    ----------
    state : "equilibrated", "not equilibrated" or "cannot tell"
        The worst of all: not equilibrated if any quantity drifts; equilibrated if every one is, and the runs are
        twenty relaxation times of every overlap long.
    verdicts : dict of str to EquilibrationVerdict
    overlaps : dict of str to OverlapDecay
    samples : int
        Independent runs.
    kept : float
        Sweeps of each run after the transient.
    slowest, slowest_time : str, float
        The quantity or overlap that relaxes slowest, and its time [sweeps] (a lower bound where it is not reliable).
    effective_samples : float
        samples × kept/(2 slowest_time), at least samples: so many independent configurations the runs hold.
    words : str
        Verdict and reasons, one sentence each.
    """

    state: State
    verdicts: dict[str, EquilibrationVerdict]
    overlaps: dict[str, OverlapDecay]
    samples: int
    kept: float
    slowest: str
    slowest_time: float
    effective_samples: float
    words: str
    series: dict[str, tuple[FloatArray, float]] = field(repr=False)

    def plot(self, *, figure: Any | None = None) -> Any:
        """All series (mean and error over runs, with the halves' means) and all overlaps; returns the figure."""
        from .equilibration_plot import plot_report

        return plot_report(self, figure)


def equilibration_report(
    watched: Sequence[Watched],
    *,
    overlaps: Mapping[str, ArrayLike] | None = None,
    overlap_spacing: float = 1.0,
    discard: float = DISCARDED_FRACTION,
    rng: np.random.Generator | None = None,
) -> EquilibrationReport:
    """Judge a family of runs by its energy, e_IS, S_size, whatever else was recorded, and its overlaps.

    Parameters
    ----------
    watched : sequence of Watched
        At least one; all of the same runs, their lengths (times × spacing) equal to 10 %. The composition,
        S_size(2π/L), belongs among them: of the additive models it relaxes slowest.
    overlaps : mapping of str to (samples, lags) array, optional
        By name, see `overlap_decay`.
    overlap_spacing : float
        Sweeps between two lags of the overlaps.
    discard : float
        Fraction of each run left out at its start.
    rng : numpy.random.Generator, optional
        Of the errors of overlap times; None: ``bootstrap.DEFAULT_SEED``.

    Returns
    -------
    EquilibrationReport
        "equilibrated", "not equilibrated" (a drift is seen, however short the runs), or "cannot tell" for want of
        samples.

    Raises
    ------
    InputError
        No quantity, two of one name, different runs, or as `equilibration_verdict`.
    InsufficientDataError
        The runs are too short to tell: less than 20 relaxation times of a quantity or overlap, and no drift is seen.
        ``partial`` is the report, with state "cannot tell".
    """
    series = {entry.name: (check_series(entry.series), float(entry.spacing)) for entry in watched}
    samples, length = _checked_runs(watched, series)
    verdicts = {
        entry.name: equilibration_verdict(
            entry.series, tolerance=entry.tolerance, name=entry.name, spacing=entry.spacing, discard=discard
        )
        for entry in watched
    }
    decays, undecayed = _decays(overlaps or {}, overlap_spacing, samples, rng)
    kept = (1 - discard) * length
    times = {name: verdict.relaxation.time for name, verdict in verdicts.items()}
    times |= {name: decay.time for name, decay in decays.items()}
    slowest = max(times, key=lambda name: times[name])
    short = [name for name, verdict in verdicts.items() if not verdict.relaxation.reliable]
    short += [name for name, decay in decays.items() if kept < LEAST_RELAXATION_TIMES * decay.time or name in undecayed]
    state = _worst([verdict.state for verdict in verdicts.values()], short)
    words = _words(state, verdicts, decays, undecayed, kept, slowest, times[slowest], short)
    report = EquilibrationReport(
        state=state, verdicts=verdicts, overlaps=decays, samples=samples, kept=kept, slowest=slowest,
        slowest_time=times[slowest], effective_samples=samples * max(1.0, kept / (2 * times[slowest])), words=words,
        series=series,
    )  # fmt: skip
    if state == "cannot tell" and short:
        raise InsufficientDataError(
            f"runs of {kept:.3g} sweeps after the transient are too short to judge {', '.join(short)}: the slowest, "
            f"{slowest}, takes at least {times[slowest]:.3g}, and {LEAST_RELAXATION_TIMES:g} times that are needed.",
            report,
        )
    return report


def _checked_runs(watched: Sequence[Watched], series: Mapping[str, tuple[FloatArray, float]]) -> tuple[int, float]:
    if not watched:
        raise InputError("nothing is watched; expected at least the energy.")
    if len(series) < len(watched):
        raise InputError("two watched quantities have one name; give each its own.")
    samples = {name: len(values) for name, (values, _) in series.items()}
    if len(set(samples.values())) > 1:
        raise InputError(f"quantities come from different numbers of runs, {samples}; expected the same runs.")
    length = {name: values.shape[1] * spacing for name, (values, spacing) in series.items()}
    if min(length.values()) < 0.9 * max(length.values()):
        raise InputError(f"quantities cover different lengths in sweeps, {length}; expected the same runs.")
    return next(iter(samples.values())), max(length.values())


def _decays(
    overlaps: Mapping[str, ArrayLike], spacing: float, samples: int, rng: np.random.Generator | None
) -> tuple[dict[str, OverlapDecay], list[str]]:
    decays, undecayed = {}, []
    for name, overlap in overlaps.items():
        if np.shape(overlap)[:1] != (samples,):
            raise InputError(f"{name} has shape {np.shape(overlap)}; expected ({samples}, lags), one row per run.")
        try:
            decays[name] = overlap_decay(overlap, spacing=spacing, name=name, rng=rng)
        except InsufficientDataError as error:
            if not isinstance(error.partial, OverlapDecay):
                raise
            decays[name] = error.partial
            if not error.partial.decayed:
                undecayed.append(name)
    return decays, undecayed


def _worst(states: list[State], short: list[str]) -> State:
    if "not equilibrated" in states:
        return "not equilibrated"
    return "cannot tell" if "cannot tell" in states or short else "equilibrated"


def _words(
    state: State,
    verdicts: Mapping[str, EquilibrationVerdict],
    decays: Mapping[str, OverlapDecay],
    undecayed: list[str],
    kept: float,
    slowest: str,
    slowest_time: float,
    short: list[str],
) -> str:
    lines = [f"Verdict: {state}."]
    lines += [verdict.words.rstrip(".") + "." for verdict in verdicts.values()]
    for name, decay in decays.items():
        if name in undecayed:
            lines.append(f"{name} has not decayed to 1/e within {decay.time:.3g} sweeps.")
        else:
            time = with_error(decay.time, decay.error) if math.isfinite(decay.error) else f"{decay.time:.3g}"
            lines.append(f"{name} decays to 1/e in {time} sweeps; the run is {kept / decay.time:.0f} times as long.")
    bound = "at least " if slowest in short else ""
    lines.append(
        f"Slowest is {slowest}, {bound}{slowest_time:.3g} sweeps: each run holds {'at most ' if bound else ''}"
        f"{max(1.0, kept / (2 * slowest_time)):.3g} independent configurations."
    )
    return " ".join(lines)
