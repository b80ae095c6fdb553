"""Decay of modes away from their cores: exponent of a power law, and localisation length of an exponential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, InsufficientDataError
from .mode_shape import EXTENDED, ModeShape

_LEAST_RANGE = 1.5  # outer over inner radius
_LEAST_PARTICLES = 30
_LEAST_CLUSTERS = 5
_MOST_STEPS = 200


@dataclass(frozen=True)
class ModeDecay:
    """How the amplitude falls between two distances from the core.

    Attributes
    ----------
    exponent, exponent_error : float
        p of the power law <|z|²> ∝ r^(−2p), to be compared with ``expected``; its standard deviation.
    localisation_length, localisation_error : float
        ξ of the exponential <|z|²> ∝ exp(−2r/ξ) [length]; infinite where the amplitude does not fall.
    evidence : float
        ln of the likelihood ratio of the power law against the exponential, for independent Gaussian displacements:
        positive where the power law fits better. Neighbours move together, so a few units mean nothing.
    expected : float
        d−1, the far field of a force dipole in an elastic medium.
    inner, outer : float
        Distances between which particles entered [length].
    particles, clusters, modes : int
        Particles; groups of them that were taken as independent; modes.
    """

    exponent: float
    exponent_error: float
    localisation_length: float
    localisation_error: float
    evidence: float
    expected: float
    inner: float
    outer: float
    particles: int
    clusters: int
    modes: int


def mode_decay(
    shapes: ModeShape | Sequence[ModeShape], *, inner: float | None = None, outer: float | None = None
) -> ModeDecay:
    """Fit of the decay beyond the core, of one mode or of many together.

    Both laws have the form <|z_i|²> = exp(a − 2b·t_i) with t = ln r (power law, b = p) or t = r (exponential,
    b = 1/ξ). a and b solve Σ_i (|z_i|²/<|z_i|²> − 1)(1, t_i) = 0, which needs no bins and holds on average whatever
    the distribution of |z_i|² about its mean (quasi-likelihood; maximum likelihood for Gaussian displacements).
    Errors are those of a sum over clusters (sandwich formula, times √(C/(C−1))): of one mode, cells of about two mean
    distances; of several modes, one per glass, the modes.

    Parameters
    ----------
    shapes : ModeShape or sequence of ModeShape
        Several modes must come from different glasses and boxes of one size.
    inner : float, optional
        Default: the core size (mean over modes) but at least the mean distance [length].
    outer : float, optional
        Default: 0.4 of the shortest edge. Nearer to half an edge the periodic images flatten the decay.

    Raises
    ------
    InputError
        No shape, shapes of different boxes, or bounds that are not 0 < inner < outer <= half an edge.
    InsufficientDataError
        An extended mode, which has no core to decay from (``partial``: the shape); a range that is too narrow or
        with too few particles: the glass is too small.

    References
    ----------
    r^−(d−1): Kapteijns, Richard, Lerner, PRE 101, 032130 (2020); quasi-likelihood: P. McCullagh and J. A. Nelder,
    Generalized Linear Models (Chapman & Hall, 1989), chapters 8 and 9.
    """
    found = [shapes] if isinstance(shapes, ModeShape) else list(shapes)
    inner, outer = _range(found, inner, outer)
    chosen = [(shape.distance >= inner) & (shape.distance <= outer) for shape in found]
    r = np.concatenate([shape.distance[inside] for shape, inside in zip(found, chosen, strict=True)])
    square = np.concatenate([shape.square[inside] for shape, inside in zip(found, chosen, strict=True)])
    if len(found) == 1:
        label = found[0].cell[chosen[0]]
    else:
        label = np.repeat(np.arange(len(found)), [int(inside.sum()) for inside in chosen])
    cluster = np.unique(label, return_inverse=True)[1]
    clusters = int(cluster.max(initial=-1)) + 1
    if r.size < _LEAST_PARTICLES or clusters < _LEAST_CLUSTERS:
        raise InsufficientDataError(
            f"{r.size} particles in {clusters} independent groups lie between {inner:g} and {outer:g} from the core; "
            f"expected at least {_LEAST_PARTICLES} in {_LEAST_CLUSTERS}: use larger glasses or more modes."
        )
    power, power_error, power_likelihood = fit_rate(np.log(r), square, cluster)
    rate, rate_error, rate_likelihood = fit_rate(r, square, cluster)
    d = found[0].dimension
    return ModeDecay(
        exponent=power,
        exponent_error=power_error,
        localisation_length=1 / rate if rate > 0 else float("inf"),
        localisation_error=rate_error / rate**2 if rate > 0 else float("inf"),
        evidence=d / 2 * (power_likelihood - rate_likelihood),
        expected=d - 1.0,
        inner=inner,
        outer=outer,
        particles=r.size,
        clusters=clusters,
        modes=len(found),
    )


def fit_rate(
    t: NDArray[np.float64], square: NDArray[np.float64], cluster: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Rate b of <square> = exp(a − 2b·t), its error over clusters, and −Σ[ln<square> + square/<square>].

    Newton's method on a convex function of (a, b), with halved steps where one overshoots.

    Raises
    ------
    InsufficientDataError
        All squares zero, or no finite rate: those that are not zero lie at one end.
    """
    if not square.max() > 0:
        raise InsufficientDataError("no particle in the range moves: there is no amplitude to fit.")
    x = np.stack([np.ones(t.size), (t - t.mean()) / np.std(t)], axis=1)
    scaled = square / square.mean()
    beta = np.zeros(2)

    def loss(beta: NDArray[np.float64]) -> float:
        eta = x @ beta
        return float(np.sum(eta + scaled * np.exp(-eta)))

    for _ in range(_MOST_STEPS):
        ratio = scaled * np.exp(-(x @ beta))
        gradient, curvature = x.T @ (1 - ratio), (x * ratio[:, None]).T @ x
        step = -np.linalg.solve(curvature, gradient)
        now, size = loss(beta), 1.0
        while loss(beta + size * step) > now and size > 1e-6:
            size /= 2
        beta = beta + size * step
        if np.abs(size * step).max() <= 1e-12:
            break
    else:
        raise InsufficientDataError("the amplitudes have no finite rate of decay; take a wider range.")
    ratio = scaled * np.exp(-(x @ beta))
    bread = np.linalg.inv((x * ratio[:, None]).T @ x)
    clusters = int(cluster.max()) + 1
    score = np.stack([np.bincount(cluster, weights=(ratio - 1) * column, minlength=clusters) for column in x.T])
    covariance = bread @ (score @ score.T) @ bread * clusters / (clusters - 1)
    unit = 2 * float(np.std(t))
    return -float(beta[1]) / unit, float(np.sqrt(covariance[1, 1]) / unit), -loss(beta)


def _range(found: list[ModeShape], inner: float | None, outer: float | None) -> tuple[float, float]:
    """Check the shapes and place the bounds of the fit."""
    if not found:
        raise InputError("no shape is given; expected that of at least one mode.")
    first = found[0]
    for shape in found:
        if shape.dimension != first.dimension or not np.isclose(shape.half_edge, first.half_edge, rtol=1e-6):
            raise InputError("the shapes come from boxes of different size; expected glasses of one size.")
        if shape.extended:
            raise InsufficientDataError(
                f"a mode with participation ratio {shape.participation:.2f} is extended ({EXTENDED} or more): it has "
                "no core to decay from; leave it out.",
                shape,
            )
    if inner is None:
        inner = max(float(np.mean([shape.core_size for shape in found])), first.mean_distance)
    outer = 0.8 * first.half_edge if outer is None else float(outer)
    if not 0 < outer <= first.half_edge * (1 + 1e-12):
        raise InputError(f"outer is {outer:g}; expected at most {first.half_edge:g}, half the shortest edge.")
    if not inner > 0:
        raise InputError(f"inner is {inner:g}; expected a positive distance.")
    if outer < _LEAST_RANGE * inner:
        raise InsufficientDataError(
            f"the decay can be seen between {inner:.3g} and {outer:.3g} only; expected a factor of {_LEAST_RANGE} or "
            "more: use larger glasses, or pass inner and outer."
        )
    return float(inner), outer
