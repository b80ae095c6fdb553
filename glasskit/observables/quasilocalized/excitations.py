"""The softest excitations of one glass: lowest harmonic mode, its quartic mode, the cubic mode of that, and more.

The protocol of Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), Appendix B: the lowest harmonic mode ψ is the guess
of the quartic mode π4, and that of the cubic mode π3. Optionally the non-affine velocities of all simple and pure
shears are guesses of cubic modes too, the softest of all being kept; and ψ − (ψ·π4) π4 is the guess of a second
quartic mode, the other soft spot where ψ is a mixture of two.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ConvergenceError, InputError, NumericalError
from ...particles.configuration import Configuration
from ...particles.hessian import hessian
from ...particles.kernels.contractions import make_contract
from ...particles.potentials import PairPotential
from ..elastic_tensor import voigt_axes
from ..elasticity import ElasticModuli, elastic_moduli
from ..modes import lowest_modes
from .energies import CUBIC, GEOMETRIC, QUARTIC, ModeEnergy
from .landscape import ModeLandscape
from .solve import TOLERANCE, QuasilocalizedMode, expansion, nonlinear_mode
from .trust_region import ROUNDINGS

SAME_SPOT = 0.5  # |π_a · π_b| from which two modes are one soft spot
FROM_QUARTIC = "quartic"  # name of the first guess of cubic modes
_AXES = "xyzw"
_TIE = 1e-8  # relative difference of kappa below which two guesses led to one mode: the first guess counts
_STIFFNESS_ROUNDINGS = 64.0  # eps · stiffest: what rounding may take off a sum of kappa


@dataclass(frozen=True, eq=False)
class SoftestExcitations:
    """The lowest harmonic mode of a glass and the nonlinear modes found from it.

    Attributes
    ----------
    harmonic : QuasilocalizedMode
        ψ, as a minimum of kappa on the unit sphere: kind "harmonic", energy kappa, gradient 2|M·ψ − kappa ψ|/kappa.
    quartic : QuasilocalizedMode or None
        π4, from ψ. None here and below: not asked for or, if ``failures`` has it, not found.
    cubic : QuasilocalizedMode or None
        π3: from π4; with strains the softest of those from all guesses.
    quartic_of_cubic : QuasilocalizedMode or None
        With strains: the quartic mode from the cubic one, which represents the same soft spot.
    geometric : QuasilocalizedMode or None
        From ψ.
    second : QuasilocalizedMode or None
        Quartic mode from ψ − (ψ·π4) π4, with an overlap below 0.5 with π4.
    guess : str
        The guess that led to the cubic mode: "quartic", or "simple xy", "pure xy" and so on; empty without one.
    guess_stiffness : dict of str to float
        kappa of the cubic mode from each guess, infinite where there is none [energy/length²].
    failures : dict of str to str
        Why there is no such mode: of "quartic", "cubic" and so on, and of cubic modes from a strain by the name of
        that guess.
    """

    harmonic: QuasilocalizedMode
    quartic: QuasilocalizedMode | None = None
    cubic: QuasilocalizedMode | None = None
    quartic_of_cubic: QuasilocalizedMode | None = None
    geometric: QuasilocalizedMode | None = None
    second: QuasilocalizedMode | None = None
    guess: str = ""
    guess_stiffness: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def modes(self) -> dict[str, QuasilocalizedMode]:
        """The modes that were found, by name, the harmonic one first."""
        names = ("harmonic", "quartic", "cubic", "quartic_of_cubic", "geometric", "second")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @property
    def kappa_2(self) -> float:
        """Stiffness of the lowest harmonic mode, its omega² [energy/length²]."""
        return self.harmonic.stiffness

    @property
    def kappa_4(self) -> float:
        """Stiffness of the quartic mode [energy/length²]."""
        return self._of("quartic").stiffness

    @property
    def kappa_3(self) -> float:
        """Stiffness of the cubic mode [energy/length²]."""
        return self._of("cubic").stiffness

    def overlap(self, first: str, second: str) -> float:
        """|π_a · π_b| of two modes by name: ``overlap("quartic", "harmonic")``.

        Raises
        ------
        InputError
            If there is no such mode.
        """
        return min(1.0, abs(float(np.vdot(self._of(first).mode, self._of(second).mode))))

    def relative_difference(self, first: str, second: str) -> float:
        """(kappa_a − kappa_b)/kappa_a of two modes by name: ("quartic", "harmonic") for (omega_4² − omega_2²)/omega_4².

        Raises
        ------
        InputError
            If there is no such mode.
        """
        return 1.0 - self._of(second).stiffness / self._of(first).stiffness

    def _of(self, name: str) -> QuasilocalizedMode:
        if name not in self.modes:
            why = self.failures.get(name, f"it was not asked for, or is none of {', '.join(self.modes)}")
            raise InputError(f"there is no mode {name!r} of this glass: {why}")
        return self.modes[name]


def softest_excitations(
    configuration: Configuration,
    potential: PairPotential,
    *,
    harmonic: ArrayLike | None = None,
    strains: bool = False,
    moduli: ElasticModuli | None = None,
    geometric: bool = False,
    second: bool = False,
    tolerance: float = TOLERANCE,
) -> SoftestExcitations:
    """Lowest harmonic mode of a glass, the quartic mode from it, the cubic mode from that one, and more on request.

    Parameters
    ----------
    configuration : Configuration
        A glass, quenched to a relative force of 1e-11 or the floor of float64: ``quench(..., force_tolerance=1e-12)``.
    potential : PairPotential
        m >= 3; for m <= 2 a warning.
    harmonic : (N, d) array_like, optional
        Its lowest harmonic mode, where that is known; otherwise it is computed.
    strains : bool
        The d(d − 1) non-affine velocities of the simple and the pure shear of each plane are guesses of cubic modes
        too (six in d = 3); the softest of all is kept, and the quartic mode from it is found besides.
    moduli : ElasticModuli, optional
        Of this glass: with ``strains`` its velocities are used instead of being computed.
    geometric : bool
        The geometric mode from the harmonic one too.
    second : bool
        A second quartic mode from what is left of the harmonic mode without its part along the first.
    tolerance : float
        Converged where |∇E|/E on the unit sphere is at most this, or the floor of rounding where that is larger.

    Returns
    -------
    SoftestExcitations

    Raises
    ------
    InputError
        A harmonic mode of another shape, not finite, or a zero mode; a configuration that is not quenched well enough;
        a Hertzian potential.
    IncompleteSpectrumError
        If the glass is no minimum.
    ConvergenceError
        If the quartic, the cubic or (where asked for) the geometric mode was not found. ``partial`` is the result
        with all others. A guess from strains that leads nowhere, or no second spot, is no error but a line in
        ``failures``.
    NumericalError
        If a mode is softer than the harmonic one, which then cannot be the lowest; ``partial`` is the result.

    Notes
    -----
    C. Kapteijns, D. Richard, E. Lerner, PRE 101, 032130 (2020), Appendix B and Fig. 1(b).

    Examples
    --------
    >>> glass = gk.quench(liquid, gk.POLY.potential, force_tolerance=1e-12).configuration
    >>> soft = gk.softest_excitations(glass, gk.POLY.potential, strains=True)
    >>> soft.kappa_2, soft.kappa_4, soft.kappa_3, soft.overlap("quartic", "harmonic"), soft.guess
    """
    if not 0.0 < tolerance < 1.0:
        raise InputError(f"tolerance: expected a number between 0 and 1, such as 1e-10, found {tolerance!r}.")
    landscape = ModeLandscape.of(configuration, potential)
    if harmonic is None:
        matrix = hessian(configuration, potential)
        harmonic = lowest_modes(matrix, 1, dimension=configuration.positions.shape[1]).modes[0]
    search = _Search(landscape, tolerance)
    lowest = _as_mode(landscape, landscape.direction(harmonic))
    found: dict[str, Any] = {"harmonic": lowest, "quartic": search.mode("quartic", QUARTIC, lowest.mode)}
    guesses: dict[str, NDArray[np.float64]] = {}
    if found["quartic"] is not None:
        guesses[FROM_QUARTIC] = found["quartic"].mode
    if strains:
        guesses |= shear_velocities(elastic_moduli(configuration, potential) if moduli is None else moduli)
    found |= search.softest_cubic(guesses)
    if strains and found["cubic"] is not None:
        found["quartic_of_cubic"] = search.mode("quartic_of_cubic", QUARTIC, found["cubic"].mode)
    if geometric:
        found["geometric"] = search.mode("geometric", GEOMETRIC, lowest.mode)
    if second:
        found["second"] = search.second_spot(lowest.mode, found["quartic"])
    result = SoftestExcitations(**found, failures=search.failures)
    _refuse_softer_than_harmonic(result, landscape)
    missing = [name for name in ("quartic", "cubic", "quartic_of_cubic", "geometric") if name in search.failures]
    if missing:
        raise ConvergenceError(f"{missing[0]}: {search.failures[missing[0]]}", result)
    return result


def shear_velocities(moduli: ElasticModuli) -> dict[str, NDArray[np.float64]]:
    """Non-affine velocities of the simple and the pure shear of each plane: "simple xy", "pure xy", ... -> (N, d).

    Per γ of η_ab = η_ba = γ/2 (simple) and of η_aa = −η_bb = γ/2 (pure). A simple shear with a and b exchanged differs
    by a rotation alone, so that d(d − 1) remain.
    """
    a, b = voigt_axes(moduli.dimension)
    velocity = {pair: moduli.velocities[v] for v, pair in enumerate(zip(a.tolist(), b.tolist(), strict=True))}
    found: dict[str, NDArray[np.float64]] = {}
    for first, other in itertools.combinations(range(moduli.dimension), 2):
        plane = _AXES[first] + _AXES[other]
        found[f"simple {plane}"] = velocity[first, other]
        found[f"pure {plane}"] = 0.5 * (velocity[first, first] - velocity[other, other])
    return found


class _Search:
    """Nonlinear modes of one glass, with the reasons of those that were not found."""

    def __init__(self, landscape: ModeLandscape, tolerance: float):
        self.landscape, self.tolerance = landscape, tolerance
        self.failures: dict[str, str] = {}

    def mode(self, name: str, energy: ModeEnergy, guess_nc: NDArray[np.float64]) -> QuasilocalizedMode | None:
        """The mode from a guess; None, with the reason in ``failures``, where it is not found."""
        try:
            return nonlinear_mode(self.landscape, energy, guess_nc, tolerance=self.tolerance)
        except (ConvergenceError, InputError) as error:  # the guess is the glass's own: chi <= 0, tau = 0 are its fault
            self.failures[name] = str(error)
            return None

    def softest_cubic(self, guesses: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
        """The softest cubic mode from several guesses, the guess that led to it, and kappa for each."""
        best, winner, stiffness = None, "", {}
        for name, guess_nc in guesses.items():
            mode = self.mode("cubic" if name == FROM_QUARTIC else name, CUBIC, guess_nc)
            stiffness[name] = math.inf if mode is None else mode.stiffness
            if mode is not None and (best is None or mode.stiffness < (1.0 - _TIE) * best.stiffness):
                best, winner = mode, name
        if best is None:
            self.failures.setdefault("cubic", "without a quartic mode there is no guess of it.")
        elif "cubic" in self.failures:  # the guesses from strains made up for the quartic one
            self.failures[FROM_QUARTIC + " to cubic"] = self.failures.pop("cubic")
        return {"cubic": best, "guess": winner, "guess_stiffness": stiffness}

    def second_spot(
        self, harmonic_nc: NDArray[np.float64], first: QuasilocalizedMode | None
    ) -> QuasilocalizedMode | None:
        """Quartic mode from the harmonic mode without its part along the first; None where it is the first again."""
        if first is None:
            self.failures["second"] = "without a first quartic mode there is no second one."
            return None
        rest_nc = harmonic_nc - np.vdot(harmonic_nc, first.mode) * first.mode
        mode = self.mode("second", QUARTIC, rest_nc)
        if mode is None:
            return None
        overlap = abs(float(np.vdot(mode.mode, first.mode)))
        if overlap >= SAME_SPOT:
            self.failures["second"] = (
                f"what the first quartic mode leaves of the harmonic mode ({np.linalg.norm(rest_nc):.2g} of its "
                f"length) leads to the same spot again: overlap {overlap:.3f}, expected below {SAME_SPOT:g}."
            )
            return None
        return mode


def _as_mode(landscape: ModeLandscape, z_nc: NDArray[np.float64]) -> QuasilocalizedMode:
    """A harmonic mode in the form of the others: a minimum of kappa on the unit sphere."""
    kappa, tau, chi = expansion(landscape, z_nc)
    force_nc = np.zeros_like(z_nc)
    contract = make_contract(z_nc.shape[1])
    contract(landscape.i, landscape.j, landscape.vectors, landscape.radial, z_nc, 2, force_nc)
    residual = float(np.linalg.norm(landscape.projected(force_nc - kappa * z_nc)))
    eps = float(np.finfo(np.float64).eps)
    return QuasilocalizedMode(
        kind="harmonic", mode=z_nc, stiffness=kappa, tau=tau, chi=chi, energy=kappa, gradient=2.0 * residual / kappa,
        floor=ROUNDINGS * eps * 2.0 * landscape.stiffest / kappa, overlap=1.0, steps=0, products=0,
    )  # fmt: skip


def _refuse_softer_than_harmonic(result: SoftestExcitations, landscape: ModeLandscape) -> None:
    """Kappa of the lowest harmonic mode is the least of all directions."""
    rounding = _STIFFNESS_ROUNDINGS * float(np.finfo(np.float64).eps) * landscape.stiffest
    for name, mode in result.modes.items():
        if mode.stiffness < result.kappa_2 - rounding:
            raise NumericalError(
                f"the {name} mode has kappa = {mode.stiffness:.10g}, below the {result.kappa_2:.10g} of the harmonic "
                f"mode by more than rounding ({rounding:.1e}): that is not the lowest mode of this glass; leave "
                "harmonic out.",
                result,
            )
