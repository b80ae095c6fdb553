"""Local stresses of each curve by pair size, measured beside what its g(r) implies.

`glasskit analyse --stress-by-size`: it takes about 0.2 s for each glass of a thousand particles, and so is done only
where it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..analysis.per_glass import FloatArray
from ..analysis.stresses.comparison import StressComparison
from ..analysis.stresses.distribution import SLOPE_SPAN, standard_edges
from ..analysis.stresses.inversion import NEAREST, PairsBelow, StressInverse, factor_matrix
from ..analysis.stresses.prediction import predicted_slope
from ..analysis.stresses.statistics import KINDS, StressStatistics, stress_statistics
from ..axes import HUES
from ..observables.local_stress import local_stresses
from ..particles.potentials import PairPotential
from .curve_style import order_label
from .measured import Refused, attempt, with_error
from .section import Curve, Rows, Section
from .stresses import glass_potential
from .text import aligned, wrapped

SHOWN = ("component", "scalar")
"""Kinds that are drawn; the table in words has the classes of the first, files have all."""

NEAREST_FLAT = 0.7
"""Distance, in pair diameters, from which a flat g(r) is taken to begin."""

_NAMES = {"component": r"components $|\sigma^{ab}|$, $a \neq b$", "scalar": r"scalars $|r\varphi'|$"}
_FINE = 6  # bins of the flat expectation in one bin of sigma


def stress_section(curves: Sequence[Curve]) -> Section | None:
    """Compare P(sigma) of every curve, by kind and pair size, with its prediction; None without curves."""
    if not curves:
        return None
    head = ["curve", "kind", "pair diameters", "pairs", "sigma", "largest deviation", "bins", "p", "used"]
    table, tests, slopes = [], [], []
    rows: list[list[str]] = []
    lines: list[str] = []
    figures: dict[str, Callable[[], Any]] = {}
    for curve in curves:
        found = attempt(_measure, curve)
        if isinstance(found, Refused):
            rows.append([curve.name, found.reason])
            tests.append({**curve.head(), "note": found.reason})
            continue
        for kind in KINDS:
            every = [found.overall[kind], *found.by_size[kind]]
            rows += [_cells(curve, found, c) for c in every if c.size is None or kind == SHOWN[0]]
            table += [row for comparison in every for row in _bins(curve, comparison)]
            slopes += [row for comparison in every for row in _slopes(curve, comparison)]
            tests += [_test(curve, found, comparison) for comparison in every]
        words = " ".join(_sentence(found.overall[kind].words) for kind in KINDS)
        lines.append(wrapped(f"{curve.name}: {words}", indent="- "))
        figures[f"stress-by-size-{curve.name}"] = partial(stress_by_size_figure, curve, found)
    note = wrapped(
        "scalar: |r phi'| of every pair; component: |e_a e_b r phi'| for a < b; traceless: |(e_a^2 - 1/d) r phi'|. The "
        "prediction has no parameter: counts of pairs by distance and size fix P(sigma). Largest deviation: measured "
        "over predicted less 1, in the bins predicted to hold 100 values or more; p tests all of them together."
    )
    return Section(
        "Local stresses by pair size, against what g(r) implies", [*aligned(head, rows), note, *lines],
        {"stress_by_size": table, "stress_by_size_slopes": slopes, "stress_by_size_tests": tests}, figures,
    )  # fmt: skip


def _measure(curve: Curve) -> StressStatistics:
    potential = glass_potential(curve.settings)
    return stress_statistics((local_stresses(c, potential) for c in curve.ensemble.configurations()), potential)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pairs(found: StressStatistics, comparison: StressComparison) -> int:
    if comparison.size is None:
        return int(found.pairs.sum())
    return int(found.pairs[int(np.searchsorted(found.size_edges, comparison.size[0]))])


def _cells(curve: Curve, found: StressStatistics, comparison: StressComparison) -> list[str]:
    size = "all" if comparison.size is None else f"{comparison.size[0]:.3f} to {comparison.size[1]:.3f}"
    start = [curve.name, comparison.kind, size, str(_pairs(found, comparison))]
    if not comparison.compared.any():
        return [*start, comparison.words]
    sigma = comparison.measured.sigma[comparison.compared]
    worst = int(np.abs(comparison.deviation).argmax())
    deviation = f"{with_error(100 * comparison.deviation[worst], 100 * comparison.deviation_error[worst], sign=True)} %"
    p_value = f"{comparison.p_value:.2g}" if comparison.degrees else "not known"
    return [*start, f"{sigma[0]:.1e} to {sigma[-1]:.1e}", deviation, str(comparison.compared.sum()), p_value,
            str(found.glasses)]  # fmt: skip


def _start(curve: Curve, comparison: StressComparison) -> dict[str, Any]:
    """Columns that the rows of a comparison begin with; sizes are empty for all pairs."""
    low, high = comparison.size or ("", "")
    return {**curve.head(), "kind": comparison.kind, "size_from": low, "size_to": high}


def _bins(curve: Curve, comparison: StressComparison) -> Rows:
    found = comparison.measured
    return [
        {
            **_start(curve, comparison), "sigma_from": found.edges[b], "sigma_to": found.edges[b + 1],
            "P": found.density[b], "error": found.error[b], "predicted": comparison.predicted[b],
            "values": int(found.count[b]), "compared": bool(comparison.compared[b]),
            "deviation": comparison.deviation[b], "deviation_error": comparison.deviation_error[b],
        }
        for b in range(found.sigma.size)
    ]  # fmt: skip


def _slopes(curve: Curve, comparison: StressComparison) -> Rows:
    found = comparison.measured
    columns = zip(found.slope_sigma, found.slope, found.slope_error, comparison.predicted_slope, strict=True)
    return [
        {
            **_start(curve, comparison), "sigma": sigma, "slope": slope, "error": error,
            "predicted": predicted if np.isfinite(predicted) else "",
        }
        for sigma, slope, error, predicted in columns
    ]  # fmt: skip


def _test(curve: Curve, found: StressStatistics, comparison: StressComparison) -> dict[str, Any]:
    tested = comparison.degrees > 0
    return {
        **_start(curve, comparison), "pairs": _pairs(found, comparison), "bins": int(comparison.compared.sum()),
        "largest_deviation": comparison.largest_deviation, "chi2": comparison.chi2 if tested else "",
        "degrees": comparison.degrees, "p_value": comparison.p_value if tested else "", "note": comparison.words,
    }  # fmt: skip


def flat_slope(
    potential: PairPotential, diameter: float, kind: str, *, dimension: int
) -> tuple[FloatArray, FloatArray]:
    """Local slope of P(sigma) that pairs of one diameter would have with a flat g(r), over half a decade.

    Distances from 0.7 of the diameter to the cutoff, directions isotropic: what the form of the potential alone makes
    of sigma, without structure. It tends to 1/m − 1 as sigma → 0.

    Parameters
    ----------
    potential : PairPotential
    diameter : float
        Pair diameter [length].
    kind : {"scalar", "component", "traceless"}
    dimension : int

    Returns
    -------
    sigma, slope : arrays
        Of bins whose pairs lie beyond the smallest distance.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eqs. (90)-(94).
    """
    edges = standard_edges()
    fine = np.geomspace(edges[0], edges[-1], (edges.size - 1) * _FINE + 1)
    fine[::_FINE] = edges
    inverse = StressInverse(potential, diameter)
    nearest = NEAREST_FLAT * diameter / inverse.cutoff
    below = PairsBelow(fine, inverse, np.array([NEAREST, nearest, 1.0]), dimension=dimension)([0.0, 1.0])
    share = factor_matrix(kind, edges, fine, dimension)
    count = np.diff(below) @ share[:, 1:-1]
    sigma, density = np.sqrt(edges[1:] * edges[:-1]), count / np.diff(edges)
    kept = (edges[1:] < float(inverse(nearest))) & (density > 0)
    sigma, density, span = sigma[kept], density[kept], SLOPE_SPAN
    slope = np.log(density[span:] / density[:-span]) / np.log(sigma[span:] / sigma[:-span])
    return np.sqrt(sigma[span:] * sigma[:-span]), slope


def stress_by_size_figure(curve: Curve, found: StressStatistics) -> Any:
    """P(sigma) of components and scalars by pair size with predictions, above local slopes with error bands.

    Dotted: slopes for a flat g(r) of the mean diameter of each class; dashed: 1/m − 1.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 8.2), layout="constrained")
    axes_qp = figure.subplots(2, 2, sharex="col", height_ratios=(1.2, 1.0))
    potential, dimension = glass_potential(curve.settings), curve.settings.model.dimension
    diameters = _mean_diameters(curve, found)
    for (above, below), kind in zip(axes_qp.T, SHOWN, strict=True):
        found.plot(kind, ax=above)
        found.plot(kind, slopes=True, ax=below)
        sigma = np.concatenate([c.measured.sigma[c.compared] for c in (found.overall[kind], *found.by_size[kind])])
        if sigma.size:
            above.set_xlim(sigma.min() / 2, 2 * sigma.max())
        for diameter, hue in zip(diameters, HUES, strict=False):
            below.plot(*flat_slope(potential, diameter, kind, dimension=dimension), color=hue, lw=1.2, ls=(0, (1, 1.2)))
        if not isinstance(curve.report.order, Refused):
            below.axhline(predicted_slope(curve.report.order), color="0.4", lw=1, ls=(0, (4, 3)), zorder=0)
        above.set_title(_NAMES[kind], fontsize=10)
        above.set_xlabel("")
        below.set(title="", ylim=(-2.05, 0.45))
        below.get_legend().remove()
    axes_qp[0][1].get_legend().remove()
    for ax in axes_qp[:, 1]:
        ax.set_ylabel("")
    temperature = curve.settings.liquid.parent_temperature
    figure.suptitle(
        f"{curve.name}: {order_label(curve.settings)}, $T_p = {temperature:g}$, {found.glasses} glasses", fontsize=11
    )
    figure.legend(handles=_keys(curve), loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure


def _mean_diameters(curve: Curve, found: StressStatistics) -> list[float]:
    """Mean pair diameter of each class in the first glass; classes are far from even inside."""
    first = local_stresses(next(curve.ensemble.configurations()), glass_potential(curve.settings)).diameters
    class_p = np.searchsorted(found.size_edges[1:-1], first, side="right")
    return [float(first[class_p == k].mean()) for k in range(len(found.pairs)) if (class_p == k).any()]


def _keys(curve: Curve) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    keys: list[Any] = [
        Line2D([], [], color="0.3", marker="o", ms=2.5, lw=0, label="measured, above"),
        Patch(color="0.3", alpha=0.25, lw=0, label="measured ± one standard deviation, below"),
        Line2D([], [], color="0.3", lw=1, label="from measured $g(r)$, no parameter"),
        Line2D([], [], color="0.3", lw=1.2, ls=(0, (1, 1.2)), label="flat $g(r)$, mean diameter of the class"),
    ]
    if not isinstance(curve.report.order, Refused):
        keys.append(Line2D([], [], color="0.4", lw=1, ls=(0, (4, 3)), label=r"$1/m - 1$, for $\sigma \to 0$"))
    return keys
