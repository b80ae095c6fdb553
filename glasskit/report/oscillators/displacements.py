"""Partial averages <x²>(κ): how far oscillators were displaced, the softest first, unscaled: [R] Figs. 3a and 5a."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...analysis.bootstrap import DEFAULT_SEED, resample_glasses, spread
from ...errors import InputError
from ..figures import legend_below, logarithmic_bars, new_figure
from ..measured import Refused, with_error
from ..opening import read_all
from ..section import Rows, Section
from ..text import wrapped
from .curve import Array, OscillatorCurve
from .looks import looks
from .words import attempt

NAMES = ("partial_limits", "partial_counts", "partial_sums")

FEWEST = 10
"""Oscillators of the softest average that is told in words."""


@dataclass(frozen=True)
class PartialMeans:
    """<x²>(κ) of a curve.

    Attributes
    ----------
    limits : (m,) array
        κ, those below which there is an oscillator, ascending and all different.
    value, error : (m,) arrays
        Mean of x² over the oscillators of all instances with κ_i <= κ, and its error over instances.
    count : (m,) array
        Oscillators in each mean.
    """

    limits: Array
    value: Array
    error: Array
    count: Array


def measure_partial_means(curve: OscillatorCurve) -> PartialMeans:
    """Add up the sums of the instances of a curve.

    Raises
    ------
    InputError
        If the instances do not have the same limits.
    InsufficientDataError
        For a single instance.
    """
    limit_gm, count_gm, sum_gm = (np.array(read_all(curve.ensemble, name), dtype=np.float64) for name in NAMES)
    if (limit_gm != limit_gm[0]).any():
        raise InputError("the instances have different limits of stiffness; expected those of one recipe.")
    first = np.unique(limit_gm[0], return_index=True)[1]
    held = first[count_gm.sum(axis=0)[first] > 0]
    count = count_gm[:, held].sum(axis=0)
    value = sum_gm[:, held].sum(axis=0) / count
    # to first order in the change of counts: a resampled ensemble may have no oscillator as soft as that
    change_gm = sum_gm[:, held] - value * count_gm[:, held]
    change_rm = resample_glasses(change_gm, rng=np.random.default_rng(DEFAULT_SEED)) / count
    return PartialMeans(limit_gm[0][held], value, spread(change_rm, curve.instances), count)


def displacements_section(
    curves: Sequence[OscillatorCurve], found: Mapping[str, PartialMeans | Refused]
) -> Section | None:
    """Table and figure of <x²>(κ); None where no curve stores partial sums."""
    if not found:
        return None
    known = {name: means for name, means in found.items() if isinstance(means, PartialMeans)}
    lines = [
        wrapped(f"{name}: no <x^2>(kappa): {means.reason}", indent="- ")
        for name, means in found.items()
        if isinstance(means, Refused)
    ]
    lines += [f"{name}: {_words(means)}" for name, means in known.items()]
    table: Rows = [
        {
            **curve.head(), "kappa": means.limits[m], "mean_square": means.value[m], "error": means.error[m],
            "oscillators": int(means.count[m]),
        }
        for curve in curves
        if (means := known.get(curve.name)) is not None
        for m in range(means.limits.size)
    ]  # fmt: skip
    figures = {"displacements": partial(_figure, curves, known)} if known else {}
    return Section("Mean square coordinates of the softer oscillators", lines, {"displacements": table}, figures)


def _words(means: PartialMeans) -> str:
    """The average over the softest oscillators, not fewer than have an honest error, and over all."""
    softest = min(int(np.searchsorted(means.count, FEWEST)), means.count.size - 1)
    value, error, limit = (array[softest] for array in (means.value, means.error, means.limits))
    return (
        f"{with_error(value, error)} up to kappa = {limit:.3g} ({int(means.count[softest])} oscillators), "
        f"{with_error(means.value[-1], means.error[-1])} of all"
    )


def partial_means(curves: Sequence[OscillatorCurve]) -> dict[str, PartialMeans | Refused]:
    """Return <x²>(κ) of all curves that store sums, by name."""
    stored = [curve for curve in curves if all(curve.stores(name) for name in NAMES)]
    return {curve.name: attempt(measure_partial_means, curve) for curve in stored}


def _figure(curves: Sequence[OscillatorCurve], known: Mapping[str, PartialMeans]) -> Any:
    style = looks(curves)
    figure = new_figure(6.4, 5.2)
    axes = figure.add_subplot()
    for name, means in known.items():
        shown = (means.limits > 0) & (means.value > 0)
        axes.errorbar(
            means.limits[shown], means.value[shown], logarithmic_bars(means.value[shown], means.error[shown]),
            elinewidth=0.8, label=style[name].label, **{**style[name].points, "markersize": 4},
        )  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlabel=r"stiffness $\kappa$",
        ylabel=r"$\langle x^2 \rangle(\kappa)$ of oscillators with $\kappa_i \leq \kappa$",
    )  # fmt: skip
    axes.set_title(r"Partial averages of $x^2$; those of the stiffest are $\langle x^2 \rangle$", fontsize=10)
    legend_below(figure)
    return figure
