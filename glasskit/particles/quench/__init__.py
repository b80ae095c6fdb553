"""Quenches: from a liquid to its inherent structure, by L-BFGS or FIRE under one stopping rule.

Here live the minimisers of the potential energy at fixed box and sizes, and one over the shape of the box (`shape`)
that calls them. Minimisers of other functions (quasilocalized
modes, mean-field energies) live with those functions.
"""

from __future__ import annotations

from typing import Literal, overload

from ...errors import ConvergenceError, InputError
from ..configuration import Configuration
from ..potentials import PairPotential
from . import fire, lbfgs
from .overlaps import separate_overlaps
from .shape import RelaxedShapeResult
from .shape import relax_shape as _relax_shape
from .stopping import QuenchResult, StoppingRule
from .surface import EnergySurface

METHODS = {"lbfgs": lbfgs.minimise, "fire": fire.minimise}

__all__ = ["METHODS", "QuenchResult", "RelaxedShapeResult", "quench"]

# Quenches on the way to a shape without stress go this much further: what forces are left makes stresses too.
INNER_TOLERANCE = 0.01


@overload
def quench(
    configuration: Configuration, potential: PairPotential, *, method: str = ..., force_tolerance: float = ...,
    max_evaluations: int = ..., relax_shape: Literal[False] = ...,
) -> QuenchResult: ...  # fmt: skip


@overload
def quench(
    configuration: Configuration, potential: PairPotential, *, method: str = ..., force_tolerance: float = ...,
    max_evaluations: int = ..., relax_shape: bool,
) -> QuenchResult | RelaxedShapeResult: ...  # fmt: skip


def quench(
    configuration: Configuration,
    potential: PairPotential,
    *,
    method: str = "lbfgs",
    force_tolerance: float = 1e-10,
    max_evaluations: int = 100_000,
    relax_shape: bool = False,
) -> QuenchResult | RelaxedShapeResult:
    """Minimise the potential energy from a configuration: an instantaneous quench to an inherent structure.

    Converged means max |F_ic| / rms phi' <= force_tolerance: the largest component of any net force over the typical
    bond force (rms over the pairs within their cutoff), both evaluated on the returned configuration with a pair list
    made for it. A tolerance below what float64 coordinates resolve, eps · max |x| · max_i Σ_j |phi''|, is met at that
    floor, and the result says so. Without any pair within its cutoff there are no forces and every particle is a
    rattler.

    Parameters
    ----------
    configuration : Configuration
        Any start: a liquid, a glass, or random positions with overlaps (finite energy).
    potential : PairPotential
    method : {"lbfgs", "fire"}
        L-BFGS, finished by truncated Newton steps, needs the fewer force evaluations; FIRE follows damped dynamics.
        Both take extreme overlaps apart first by steepest descent with clipped steps. From one start they reach
        different minima of equal statistics.
    force_tolerance : float
        Positive; nonlinear modes need 1e-12.
    max_evaluations : int
        Force evaluations before giving up.
    relax_shape : bool
        Also relax the shape of the box at constant volume, until the largest component of the deviatoric stress over
        (1/(dV)) Σ r|phi'| is within the tolerance: a stress-relaxed glass, in a tilted box. From the same liquid it
        is another minimum than that of the fixed box, of lower energy.

    Returns
    -------
    QuenchResult or RelaxedShapeResult
        The latter with ``relax_shape``: it has stress, relative_stress, deformation, strain and shape_steps besides.
        Both with the attributes configuration, energy, max_force, relative_force, iterations, force_evaluations,
        hessian_products, rattlers, method, force_tolerance, floor and met_at_floor.

    Raises
    ------
    InputError
        On an unknown method, a tolerance that is not positive, a cutoff of half the box or more, or a start whose
        energy is not finite.
    ConvergenceError
        If neither tolerance nor floor is reached, by the forces or the shear stress; ``partial`` holds the result so
        far.

    Notes
    -----
    L-BFGS: Liu & Nocedal, Math. Program. 45, 503 (1989), with the approximate Wolfe conditions of Hager & Zhang,
    SIAM J. Optim. 16, 170 (2005); its last steps are those of Dembo & Steihaug, Math. Program. 26, 190 (1983).
    FIRE 2.0: Guénolé et al., Comput. Mater. Sci. 175, 109584 (2020).
    """
    if method not in METHODS:
        raise InputError(f"method: expected one of {', '.join(map(repr, METHODS))}, found {method!r}.")
    if not force_tolerance > 0.0:
        raise InputError(f"force_tolerance: must be positive, found {force_tolerance!r}.")
    if max_evaluations < 1:
        raise InputError(f"max_evaluations: must be at least 1, found {max_evaluations!r}.")
    if not relax_shape:
        return _at_fixed_box(configuration, potential, method, float(force_tolerance), int(max_evaluations))

    def inner(start: Configuration, evaluations: int) -> QuenchResult:
        return _at_fixed_box(start, potential, method, INNER_TOLERANCE * float(force_tolerance), evaluations)

    return _relax_shape(configuration, potential, inner, float(force_tolerance), int(max_evaluations))


def _at_fixed_box(
    configuration: Configuration, potential: PairPotential, method: str, force_tolerance: float, max_evaluations: int
) -> QuenchResult:
    surface = EnergySurface(configuration, potential)
    rule = StoppingRule(surface, force_tolerance, max_evaluations)
    point, iterations = METHODS[method](surface, rule, separate_overlaps(surface, surface.start()))
    result = rule.result(point, iterations, method)
    if not rule.converged:
        raise ConvergenceError(
            f"quench: relative force {result.relative_force:.3g} after {result.force_evaluations} force evaluations, "
            f"expected {force_tolerance:.3g} (float64 floor {result.floor:.2g}); "
            "allow more evaluations, try the other method, or loosen force_tolerance.",
            partial=result,
        )
    return result
