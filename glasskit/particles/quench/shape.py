"""Quenches that also relax the shape of the box at constant volume, until the shear stress vanishes with the forces.

Outer minimisation of the energy of inherent structures over traceless strains by BFGS, each evaluation a quench at
fixed box. The gradient is the deviatoric stress times the volume, since positions in a minimum add nothing to it; the
quenches of the last steps start next to their minimum and cost little.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceError
from ..configuration import Configuration
from ..potentials import PairPotential
from ..system import interacting_pairs
from .stopping import QuenchResult

MOST_STEPS = 100
LARGEST_STRAIN = 0.02  # of any component in one step
MOST_HALVINGS = 12
DELTA = 1e-4  # of the energy expected from the slope, which a step has to gain (Wolfe's first condition)
ENERGY_ROUNDING = 1e-12  # of |U|: below, energies of two quenches cannot be told apart
SOFTENING = 0.4  # of the affine shear modulus: the first guess of the curvature; in glasses 0.3 to 0.5
PLASTIC = 0.2  # departure of the energy from the trapezoidal rule, of the slope's, that a smooth path does not show


@dataclass(frozen=True)
class RelaxedShapeResult(QuenchResult):
    """A quenched configuration without shear stress: what `QuenchResult` holds, and what became of the box.

    Attributes
    ----------
    stress : ndarray, shape (d, d)
        Cauchy stress (1/V) Σ phi' x_a x_b/r; tension is positive [energy/length^d].
    relative_stress : float
        Largest component of the deviatoric stress σ − (tr σ/d) 1 over (1/(dV)) Σ r|phi'|, the pressure if all pairs
        repel; 0 where there are no forces.
    deformation : ndarray, shape (d, d)
        F, upper triangular of determinant 1: the cell vectors are F times those of the start, up to whole edges in
        the tilts.
    shape_steps : int
        Accepted changes of shape. The counts of iterations and evaluations are those of all quenches together.
    """

    stress: NDArray[np.float64] = field(repr=False)
    relative_stress: float
    deformation: NDArray[np.float64] = field(repr=False)
    shape_steps: int

    @property
    def strain(self) -> NDArray[np.float64]:
        """Total Lagrangian strain ½(FᵀF − 1), shape (d, d)."""
        return 0.5 * (self.deformation.T @ self.deformation - np.eye(len(self.deformation)))


class _State:
    """A quenched configuration and its stress."""

    def __init__(self, quenched: QuenchResult, potential: PairPotential, deformation: NDArray[np.float64]):
        configuration = quenched.configuration
        pairs = interacting_pairs(configuration, potential)
        x_pc, r_p, slope_p = pairs.vectors, pairs.distances, pairs.derivatives[1]
        d, volume = configuration.dimension, configuration.box.volume
        self.quenched, self.deformation, self.volume = quenched, deformation, volume
        self.stress = np.einsum("p,pa,pb->ab", slope_p / r_p, x_pc, x_pc) / volume
        scale = float(np.abs(slope_p) @ r_p) / (d * volume)
        self.deviatoric = self.stress - np.trace(self.stress) / d * np.eye(d)
        self.relative_stress = float(np.abs(self.deviatoric).max()) / scale if scale > 0.0 else 0.0
        # The metric in which an isotropic body is as stiff along every strain: 2G per e_aa², G per gamma_ab².
        self.gradient = np.concatenate(
            (np.diag(self.deviatoric) / np.sqrt(2.0), self.deviatoric[np.triu_indices(d, k=1)])
        )
        affine = float(pairs.derivatives[2] @ r_p**2 - slope_p @ r_p) / (d * (d + 2) * volume)
        self.affine_shear = max(affine + np.trace(self.stress) / d, 0.1 * affine, 1e-300)


def _deformation(step: NDArray[np.float64], dimension: int) -> NDArray[np.float64]:
    """Upper triangular matrix of determinant 1 of a step in the metric of `_State.gradient`."""
    shear = np.eye(dimension)
    shear[np.triu_indices(dimension, k=1)] = step[dimension:]
    stretch = step[:dimension] / np.sqrt(2.0)
    return np.exp(stretch - stretch.mean())[:, None] * shear


def relax_shape(
    configuration: Configuration,
    potential: PairPotential,
    quench_at_fixed_box: Callable[[Configuration, int], QuenchResult],
    tolerance: float,
    max_evaluations: int,
) -> RelaxedShapeResult:
    """Minimise the energy over positions and traceless strains.

    Parameters
    ----------
    configuration : Configuration
    potential : PairPotential
    quench_at_fixed_box : callable
        (configuration, evaluations left) to a converged result, its forces well below the tolerance.
    tolerance : float
        Largest relative force and relative deviatoric stress.
    max_evaluations : int
        Force evaluations of all quenches together.

    Returns
    -------
    RelaxedShapeResult

    Raises
    ------
    ConvergenceError
        If the stress does not reach the tolerance; ``partial`` is the result so far.
    """
    d = configuration.dimension
    work = np.zeros(3, int)  # iterations, evaluations, products

    def state_of(start: Configuration, deformation: NDArray[np.float64]) -> _State:
        quenched = quench_at_fixed_box(start, max(max_evaluations - int(work[1]), 1))
        work[:] += quenched.iterations, quenched.force_evaluations, quenched.hessian_products
        return _State(quenched, potential, deformation)

    def result_of(state: _State, steps: int) -> RelaxedShapeResult:
        same = {f.name: getattr(state.quenched, f.name) for f in fields(QuenchResult)}
        same |= {
            "iterations": int(work[0]), "force_evaluations": int(work[1]), "hessian_products": int(work[2]),
            "force_tolerance": tolerance, "met_at_floor": bool(state.quenched.relative_force > tolerance),
        }  # fmt: skip
        return RelaxedShapeResult(**same, stress=state.stress, relative_stress=state.relative_stress,
                                  deformation=state.deformation, shape_steps=steps)  # fmt: skip

    here, steps = state_of(configuration, np.eye(d)), 0
    inverse, fresh = np.eye(len(here.gradient)) / (SOFTENING * here.affine_shear), True
    while here.relative_stress > max(tolerance, here.quenched.floor) and steps < MOST_STEPS:
        step = -inverse @ here.gradient
        step *= min(1.0, LARGEST_STRAIN / np.abs(step).max())
        there = None
        for _ in range(MOST_HALVINGS):
            matrix = _deformation(step, d)
            trial = state_of(here.quenched.configuration.deformed(matrix), matrix @ here.deformation)
            if _accepted(here, trial, step):
                there = trial
                break
            step *= 0.5
        if there is None:
            if fresh:
                break  # not even along the slope: the caller is told how far it came
            inverse, fresh = np.eye(len(step)) / (SOFTENING * here.affine_shear), True
            continue
        change = there.gradient - here.gradient
        if _plastic(here, there, step) or not step @ change > 1e-10 * np.linalg.norm(step) * np.linalg.norm(change):
            inverse, fresh = np.eye(len(step)) / (SOFTENING * there.affine_shear), True
        else:
            inverse, fresh = _updated(inverse, step, change), False
        here, steps = there, steps + 1
    result = result_of(here, steps)
    if result.relative_stress > max(tolerance, result.floor):
        raise ConvergenceError(
            f"quench: relative shear stress {result.relative_stress:.3g} after {steps} changes of shape, expected "
            f"{tolerance:.3g}; start from another liquid, or loosen force_tolerance.",
            partial=result,
        )
    return result


def _accepted(here: _State, there: _State, step: NDArray[np.float64]) -> bool:
    """Whether the energy fell as the slope promised, or where energies cannot be told apart, whether the slope did."""
    gain = there.quenched.energy - here.quenched.energy
    if gain <= DELTA * here.volume * float(here.gradient @ step) - ENERGY_ROUNDING * abs(here.quenched.energy):
        return True
    smaller = np.linalg.norm(there.gradient) < np.linalg.norm(here.gradient)
    return bool(smaller and gain <= ENERGY_ROUNDING * abs(here.quenched.energy))


def _plastic(here: _State, there: _State, step: NDArray[np.float64]) -> bool:
    """Whether particles rearranged on the way: the energy changed by something else than the work of the stress."""
    gain = there.quenched.energy - here.quenched.energy
    work = 0.5 * here.volume * float((here.gradient + there.gradient) @ step)
    slack = PLASTIC * here.volume * abs(float(here.gradient @ step)) + ENERGY_ROUNDING * abs(here.quenched.energy)
    return abs(gain - work) > slack


def _updated(
    inverse: NDArray[np.float64], step: NDArray[np.float64], change: NDArray[np.float64]
) -> NDArray[np.float64]:
    """BFGS update of an inverse Hessian (J. Nocedal, S. J. Wright, Numerical Optimization, Eq. (6.17))."""
    scale = 1.0 / float(step @ change)
    left = np.eye(len(step)) - scale * np.outer(step, change)
    return left @ inverse @ left.T + scale * np.outer(step, step)
