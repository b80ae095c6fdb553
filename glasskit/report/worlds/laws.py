"""Test whether A_g of D = A_g omega⁴ falls as exp(−b x), x = 1/T_p or, of oscillators, kappa_0 h^(2/3)/J².

For oscillators Rainone et al. predict it in the weak regime, with J in front of A_g; for glasses it is an observation.
They call the likeness suggestive: nothing here says why T_p should be like J.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...analysis.straight_line import linear_fit
from ...errors import InsufficientDataError
from ..measured import Refused, attempt
from .samples import GLASSES, Spectra
from .windows import WindowNumbers

LEAST_STATES = 3
LAW_RULES = ("share", "scale")
"""Windows whose A_g is tested."""

Measured = tuple[Spectra, WindowNumbers]


@dataclass(frozen=True)
class PrefactorLaw:
    """Weighted least squares of ln y = a − b x over the curves of a family.

    Attributes
    ----------
    slope, error : float
        b and its standard deviation, enlarged by √(chi²/dof) where that is above 1; errors of the single ln A_g are
        those of a bootstrap over samples.
    constant : float
        a.
    chi2 : float
    degrees_of_freedom : int
    p_value : float
        Probability of such a chi² or a larger one if the law holds.
    states : tuple of str
        Curves that counted.
    span : (float, float)
        Least and largest x.
    """

    slope: float
    error: float
    constant: float
    chi2: float
    degrees_of_freedom: int
    p_value: float
    states: tuple[str, ...]
    span: tuple[float, float]


@dataclass(frozen=True)
class TestedLaw:
    """A law, what it is about, and its fit or why there is none."""

    family: str
    world: str
    rule: str
    quantity: str
    variable: str
    states: str
    law: PrefactorLaw | Refused


def prefactor_law(points: Sequence[tuple[str, float, float, float]], *, what: str) -> PrefactorLaw:
    """Fit ln y = a − b x.

    Parameters
    ----------
    points : sequence of (name, x, y, error of y)
        One for each curve, independent of each other.
    what : str
        What is fitted, for messages.

    Raises
    ------
    InsufficientDataError
        Fewer than three different x.
    """
    different = len({x for _, x, _, _ in points})
    if different < LEAST_STATES:
        raise InsufficientDataError(
            f"A_g is known at {different} of {what}, a law that can fail needs {LEAST_STATES} at least."
        )
    x, y, error = (np.array(column) for column in list(zip(*points, strict=True))[1:])
    design = np.stack([np.ones_like(x), -x], axis=1)
    fit = linear_fit(design, np.log(y), np.diag((error / y) ** 2), what=what)
    return PrefactorLaw(
        float(fit.value[1]), float(fit.error[1]), float(fit.value[0]), fit.chi2, fit.degrees_of_freedom,
        fit.p_value, tuple(name for name, *_ in points), (float(x.min()), float(x.max())),
    )  # fmt: skip


def tested_laws(found: Iterable[Measured]) -> list[TestedLaw]:
    """Test the law of A_g in each family, in two windows, over all states and over those where it is expected.

    That of oscillators is one law for every h and kappa_0: it is tested over all their families together, too.
    """
    families: dict[str, list[Measured]] = {}
    for spectra, numbers in found:
        if numbers.rule in LAW_RULES:
            families.setdefault(spectra.family, []).append((spectra, numbers))
    laws = [law for members in families.values() for law in _laws_of(members)]
    together: dict[str, list[list[Measured]]] = {}
    for members in families.values():
        if members[0][0].world != GLASSES:
            together.setdefault(members[0][0].series, []).append(members)
    for name, groups in together.items():
        if len(groups) > 1:
            several = _laws_of([member for members in groups for member in members])
            laws += [replace(law, family=name) for law in several if law.quantity != "A_g"]
    return laws


def _laws_of(members: list[Measured]) -> list[TestedLaw]:
    first = members[0][0]
    glasses = first.world == GLASSES
    variable, many = first.control_words, "parent temperatures" if glasses else "couplings"
    tests: list[tuple[str, str, Callable[[Spectra], float | None]]] = [("A_g", "all", _one)]
    for weak in dict.fromkeys(words for spectra, _ in members for words in spectra.weak):
        tests.append(("A_g", weak, _one))
        if not glasses:
            tests.append(("J h^(2/3) A_g", weak, lambda spectra: spectra.amplitude))
    laws = []
    for rule in LAW_RULES:
        for quantity, states, factor in tests:
            same = [(s, n) for s, n in members if n.rule == rule and (states == "all" or s.weak.get(states))]
            points = [point for spectra, numbers in same if (point := _point(spectra, numbers, factor(spectra)))]
            number = len({spectra.state for spectra, _ in same})
            what = f"{number} {many if number != 1 else many[:-1]}"
            law = attempt(prefactor_law, points, what=what)
            laws.append(TestedLaw(first.family, first.world, rule, quantity, variable, states, law))
    return laws


def _one(spectra: Spectra) -> float:
    return 1.0


def _point(spectra: Spectra, numbers: WindowNumbers, factor: float | None) -> tuple[str, float, float, float] | None:
    """Name, x, y and its error, where all are known and y has a logarithm."""
    prefactor = numbers.prefactor
    if isinstance(prefactor, Refused) or isinstance(spectra.control, Refused) or factor is None:
        return None
    if prefactor.reduced is None or prefactor.reduced_error is None:
        return None
    if not (prefactor.reduced > 0 and prefactor.reduced_error > 0 and math.isfinite(spectra.control)):
        return None
    return spectra.name, spectra.control, factor * prefactor.reduced, factor * prefactor.reduced_error
