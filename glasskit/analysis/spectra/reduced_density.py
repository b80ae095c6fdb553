"""The reduced density of states D(omega)/omega^(d−1), the boson peak, and densities of large glasses without modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...axes import HUES, axes_for
from ...errors import InputError, InsufficientDataError
from ...observables.spectral_density import SpectralDensity
from ..bins import bin_middles
from ..bootstrap import generator_and_seed, resample_glasses, spread
from ..per_glass import FloatArray, IntArray
from .density_of_states import DensityOfStates
from .phonons import DebyeLevel

_LEAST_COUNT = 25  # modes in a bin that may be a peak: a relative error of 0.2
_MOST_FAILURES = 0.05  # fraction of resampled ensembles without a peak inside the window


@dataclass(frozen=True)
class ReducedDensity:
    """D(omega)/omega^(d−1) in bins, constant for a continuum of waves.

    Attributes
    ----------
    edges, omega : (B+1,), (B,) arrays
        Bins and their middles, as in `DensityOfStates`.
    value, error : (B,) arrays
        Modes of the bin over those that D = omega^(d−1) would put there, so that bins of any width are exact for a
        continuum; standard deviation over resampled ensembles.
    count : (B,) array
        Modes in the bin, in all glasses.
    dimension, glasses, resamples : int
    seed : int or None
    resampled_rb : (resamples, B) array
    """

    edges: FloatArray
    omega: FloatArray
    value: FloatArray
    error: FloatArray
    count: IntArray
    dimension: int
    glasses: int
    resamples: int
    seed: int | None
    resampled_rb: FloatArray = field(repr=False)

    def plot(
        self, ax: Any | None = None, *, debye: DebyeLevel | None = None, label: str | None = None, color: str = HUES[0]
    ) -> Any:
        """Draw the reduced density, with Debye's level as a dashed line where it is given; returns the axes."""
        fresh = ax is None
        ax = axes_for(ax)
        seen = self.value > 0
        ax.errorbar(
            self.omega[seen], self.value[seen], self.error[seen], fmt="o-", ms=3, lw=1, elinewidth=0.8, color=color,
            label=label,
        )  # fmt: skip
        if debye is not None:
            ax.axhline(debye.level, color=color, ls=(0, (4, 3)), lw=1.1, label="Debye level")
            ax.legend(frameon=False, fontsize=8)
        if fresh:
            power = "" if self.dimension == 2 else f"^{self.dimension - 1}"
            ax.set(xscale="log", xlabel=r"frequency $\omega$", ylabel=rf"reduced density $D(\omega)/\omega{power}$")
            ax.set_ylim(bottom=0)
        return ax


@dataclass(frozen=True)
class BosonPeak:
    """Maximum of the reduced density of states.

    Attributes
    ----------
    omega, omega_error : float
        Its frequency, and the standard deviation over resampled ensembles.
    height, height_error : float
        D/omega^(d−1) there; divide by `DebyeLevel.level` for the excess over Debye.
    failures : float
        Fraction of resampled ensembles whose maximum sits at an end of the window; they are not in the errors.
    glasses, resamples : int
    """

    omega: float
    omega_error: float
    height: float
    height_error: float
    failures: float
    glasses: int
    resamples: int


def reduced_density(density: DensityOfStates, dimension: int) -> ReducedDensity:
    """D(omega)/omega^(d−1), from the bins of D.

    In a bin from a to b the value is ∫D / ∫omega^(d−1) = D̄·(b−a)·d/(b^d − a^d).

    Parameters
    ----------
    density : DensityOfStates
        From `density_of_states` or `density_from_estimates`.
    dimension : int
        Spatial dimension d: 2, 3 or 4.

    Raises
    ------
    InputError
        Another dimension.
    """
    if dimension not in (2, 3, 4):
        raise InputError(f"dimension is {dimension}; expected 2, 3 or 4.")
    factor = np.diff(density.edges) * dimension / np.diff(density.edges**dimension)
    return ReducedDensity(
        edges=density.edges,
        omega=density.omega,
        value=density.density * factor,
        error=density.error * factor,
        count=density.count,
        dimension=dimension,
        glasses=density.glasses,
        resamples=density.resamples,
        seed=density.seed,
        resampled_rb=density.resampled_rb * factor,
    )


def boson_peak(reduced: ReducedDensity, *, lower: float = 0.0, upper: float = np.inf, span: int = 2) -> BosonPeak:
    """Frequency and height of the maximum of the reduced density.

    A parabola in ln omega is fitted by least squares to the highest bin and up to ``span`` bins on either side; its
    vertex is the peak. Bins with fewer than 25 modes do not take part. In a small box the phonon bands are peaks
    too: use bins wider than them, or leave them out by ``lower``.

    Parameters
    ----------
    reduced : ReducedDensity
    lower, upper : float
        Window of frequencies; bins that are not wholly inside are left out.
    span : int
        Bins on either side of the highest, at least 1. Wider spans have smaller errors and larger bias.

    Raises
    ------
    InputError
        A span below 1.
    InsufficientDataError
        Fewer than 3 bins with enough modes, a maximum at the end of the window, or one that wanders there in more
        than 5 % of resampled ensembles (``partial``: the BosonPeak).

    Notes
    -----
    The errors are statistical; the choice of bins and span adds a bias of the order of the bin width squared.
    """
    if isinstance(span, bool) or not isinstance(span, int | np.integer) or span < 1:
        raise InputError(f"span is {span!r}; expected an integer of at least 1.")
    inside = (reduced.edges[:-1] >= lower) & (reduced.edges[1:] <= upper) & (reduced.count >= _LEAST_COUNT)
    kept = np.flatnonzero(inside & (reduced.omega > 0))
    if kept.size < 3:
        raise InsufficientDataError(
            f"{kept.size} bins between {lower:g} and {upper:g} hold {_LEAST_COUNT} modes; a peak needs at least 3: "
            "use wider bins or more glasses."
        )
    x = np.log(reduced.omega[kept])
    omega, height = _vertex(x, reduced.value[kept], span)
    if not np.isfinite(omega):
        place = reduced.omega[kept[np.argmax(reduced.value[kept])]]
        raise InsufficientDataError(
            f"the reduced density is largest at {place:g}, at the end of the window from "
            f"{reduced.edges[kept[0]]:g} to {reduced.edges[kept[-1] + 1]:g}: there is no peak in it; widen the window."
        )
    vertex_r2 = np.array([_vertex(x, value, span) for value in reduced.resampled_rb[:, kept]])
    good = np.isfinite(vertex_r2[:, 0])
    errors = spread(vertex_r2[good], max(reduced.glasses, 2)) if good.sum() > 1 else np.full(2, np.inf)
    peak = BosonPeak(
        omega, float(errors[0]), height, float(errors[1]), float(1 - good.mean()), reduced.glasses, reduced.resamples
    )
    if peak.failures > _MOST_FAILURES:
        raise InsufficientDataError(
            f"in {peak.failures:.0%} of resampled ensembles the maximum sits at the end of the window: the peak near "
            f"{omega:g} is not certain; widen the window or make more glasses.",
            peak,
        )
    return peak


def _vertex(x: FloatArray, value: FloatArray, span: int) -> tuple[float, float]:
    """Frequency and height of the parabola through the highest point; (inf, inf) where that is no peak inside."""
    j = int(np.argmax(value))
    first, last = max(0, j - span), min(x.size - 1, j + span)
    if j in (0, x.size - 1) or not (value[first] < value[j] > value[last]):
        return np.inf, np.inf
    curvature, slope, height = np.polyfit(x[first : last + 1] - x[j], value[first : last + 1], 2)
    if not curvature < 0:
        return np.inf, np.inf
    shift = -slope / (2 * curvature)
    if not x[first] <= x[j] + shift <= x[last]:
        return np.inf, np.inf
    return float(np.exp(x[j] + shift)), float(height + slope * shift / 2)


def density_from_estimates(
    estimates: Sequence[SpectralDensity] | SpectralDensity,
    *,
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> DensityOfStates:
    """D(omega) of large glasses, from `glasskit.spectral_density` in place of modes.

    Several glasses are averaged, each with the number of its modes as weight, and resampled. Of a single glass, which
    averages over itself when it is large, the error is the one that its random vectors leave: it does not contain how
    glasses differ. Resampled bins are then independent Gaussian numbers.

    Parameters
    ----------
    estimates : SpectralDensity or sequence of them
        All with the same edges.
    rng : numpy.random.Generator, optional
        None: ``bootstrap.DEFAULT_SEED``, recorded in the result.
    resamples : int
        Ensembles drawn for the errors.

    Raises
    ------
    InputError
        No estimate, or estimates with different edges.
    """
    found = [estimates] if isinstance(estimates, SpectralDensity) else list(estimates)
    if not found:
        raise InputError("no estimate of a density is given; expected that of at least one glass.")
    edges = np.asarray(found[0].omega_edges, dtype=np.float64)
    if any(not np.array_equal(edges, one.omega_edges) for one in found):
        raise InputError("the estimates have different edges; ask spectral_density for the same edges in every glass.")
    generator, seed = generator_and_seed(rng)
    modes_g = np.array([one.number_of_modes for one in found], dtype=np.float64)
    density = modes_g @ np.array([one.density for one in found]) / modes_g.sum()
    if len(found) == 1:
        resampled_rb = density + found[0].error * generator.standard_normal((resamples, density.size))
        error = np.asarray(found[0].error, dtype=np.float64)
    else:
        sum_gc = np.column_stack([modes_g, modes_g[:, None] * np.array([one.density for one in found])])
        resampled_rc = resample_glasses(sum_gc, rng=generator, resamples=resamples)
        resampled_rb = resampled_rc[:, 1:] / resampled_rc[:, :1]
        error = spread(resampled_rb, len(found))
    fraction = density * np.diff(edges)
    return DensityOfStates(
        edges=edges,
        omega=bin_middles(edges),
        density=density,
        error=error,
        count=np.rint(np.maximum(fraction, 0) * modes_g.sum()).astype(np.int64),
        below=0.0,
        above=max(0.0, 1 - float(fraction.sum())),
        glasses=len(found),
        resamples=resamples,
        seed=seed,
        resampled_rb=resampled_rb,
    )
