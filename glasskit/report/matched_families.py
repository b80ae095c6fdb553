"""Curves of the same liquids quenched in several ways, and those of other tapers' own liquids: what is compared."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..analysis.exponents.fit import ExponentFit, fit_exponent
from ..analysis.matched.differences import MatchedComparison, PairedDifference, compare_matched
from ..analysis.matched.samples import MatchedSamples
from ..analysis.stresses.distribution import SLOPE_SPAN, standard_edges
from ..errors import InputError
from .elasticity import Elasticity
from .measured import Refused, attempt
from .section import Curve
from .stresses import SCALAR, count_stresses
from .text import taper_text
from .verdicts import PHONON_SHARE, WITHOUT_MODULI

NUMBERS = ("e_is", "shear")
"""Numbers of each glass that are compared where both curves hold them."""


@dataclass(frozen=True)
class Member:
    """A curve of a family: its exponent in two windows, and what changed against the reference.

    Attributes
    ----------
    curve : Curve
    common, own : ExponentFit or Refused
        s of all its glasses in the family's window, and below half its own first phonon.
    phonon : float or None
        Its first phonon; None where no moduli are stored.
    against : MatchedComparison or Refused or None
        Against the reference in the family's window; None for the reference and for other liquids.
    own_against : MatchedComparison or Refused or None
        Likewise, each curve below half its own first phonon.
    """

    curve: Curve
    common: ExponentFit | Refused
    own: ExponentFit | Refused
    phonon: float | None
    against: MatchedComparison | Refused | None = None
    own_against: MatchedComparison | Refused | None = None

    @property
    def order(self) -> float | None:
        """Order of the taper that the glasses are at rest under."""
        return self.curve.settings.quench.taper

    @property
    def prediction(self) -> float | Refused:
        """Predicted exponent."""
        return self.curve.report.prediction


@dataclass(frozen=True)
class MatchedFamily:
    """Curves quenched from the same liquids.

    Attributes
    ----------
    reference : Member
        The glasses of the liquids' own taper; where no curve has it, the first one.
    requenched : tuple of Member
        The same liquids under other quench settings.
    own_liquids : tuple of Member
        Glasses of the same model with other tapers, each from liquids of its own taper.
    upper : float
        The window of all: half the first phonon of the reference, or less where a curve is not complete so far.
    """

    reference: Member
    requenched: tuple[Member, ...]
    own_liquids: tuple[Member, ...]
    upper: float

    @property
    def name(self) -> str:
        """The liquids in a few words."""
        settings = self.reference.curve.settings
        model, liquid = settings.model, settings.liquid
        additive = f", nonadditivity {model.nonadditivity:g}" if model.nonadditivity else ""
        return (
            f"{model.potential}, N = {model.particles}{additive}: liquids of m = {taper_text(model.taper)} at "
            f"T_p = {liquid.parent_temperature:g}"
        )


def matched_families(curves: Sequence[Curve], elasticity: dict[str, Elasticity]) -> list[MatchedFamily]:
    """Group the curves that share their liquids and differ in their quench."""
    groups: dict[Any, list[Curve]] = {}
    for curve in curves:
        identity = curve.ensemble.identity
        groups.setdefault((identity.kind, identity.seed, identity.stream), []).append(curve)
    families = []
    for group in groups.values():
        ways: dict[Any, Curve] = {}
        for curve in group:
            ways.setdefault(curve.settings.quench, curve)
        if len(ways) > 1:
            families.append(_family(list(ways.values()), curves, elasticity))
    return families


def _family(ways: list[Curve], curves: Sequence[Curve], elasticity: dict[str, Elasticity]) -> MatchedFamily:
    ordered = sorted(ways, key=lambda curve: curve.settings.quench.taper != curve.settings.model.taper)
    reference, others = ordered[0], ordered[1:]
    siblings = list(_own_liquids(reference, curves))
    window = {curve.name: _window(curve, elasticity.get(curve.name)) for curve in (*ordered, *siblings)}
    known = min(float(curve.ensemble.complete_below.min()) for curve in (*ordered, *siblings))
    upper = min(window[reference.name], known)

    def member(curve: Curve) -> Member:
        return _member(curve, upper, window[curve.name], _phonon(elasticity.get(curve.name)))

    edges = standard_edges()
    first = _samples(reference, edges)
    requenched = []
    for curve in others:
        second = _samples(curve, edges)
        requenched.append(
            dataclasses.replace(
                member(curve),
                against=_compared(reference, curve, first, second, upper, edges),
                own_against=_compared(
                    reference, curve, _without_stresses(first), _without_stresses(second),
                    (window[reference.name], window[curve.name]), None,
                ),
            )
        )  # fmt: skip
    return MatchedFamily(
        member(reference),
        tuple(sorted(requenched, key=_by_order)),
        tuple(sorted((member(curve) for curve in siblings), key=_by_order)),
        upper,
    )


def _by_order(member: Member) -> float:
    return math.inf if member.order is None else member.order


def _own_liquids(reference: Curve, curves: Sequence[Curve]) -> Iterable[Curve]:
    """Curves of the same model with other tapers, quenched under their own: per taper the nearest in ln T_p."""

    def liquid(curve: Curve) -> Any:
        return dataclasses.replace(curve.settings.model, taper=None)

    def distance(curve: Curve) -> float:
        temperatures = [c.settings.liquid.parent_temperature for c in (curve, reference)]
        return abs(math.log(temperatures[0] / temperatures[1]))

    nearest: dict[Any, Curve] = {}
    for curve in curves:
        own = curve.settings.model.taper
        if own is None or own == reference.settings.model.taper or own != curve.settings.quench.taper:
            continue
        if liquid(curve) != liquid(reference):
            continue
        if own not in nearest or distance(curve) < distance(nearest[own]):
            nearest[own] = curve
    return nearest.values()


def _phonon(elasticity: Elasticity | None) -> float | None:
    return elasticity.first_phonon if elasticity is not None else None


def _window(curve: Curve, elasticity: Elasticity | None) -> float:
    phonon = _phonon(elasticity)
    known = float(curve.ensemble.complete_below.min())
    return min(PHONON_SHARE * phonon if phonon else WITHOUT_MODULI, known)


def _member(curve: Curve, common: float, own: float, phonon: float | None) -> Member:
    ensemble = curve.ensemble
    frequencies, known = ensemble.frequencies, ensemble.complete_below
    return Member(
        curve,
        attempt(fit_exponent, frequencies, common, complete_below=known),
        attempt(fit_exponent, frequencies, own, complete_below=known),
        phonon,
    )


def _samples(curve: Curve, edges: Any) -> MatchedSamples:
    ensemble, table = curve.ensemble, curve.ensemble.table()
    return MatchedSamples(
        indices=ensemble.indices, frequencies=ensemble.frequencies, complete_below=ensemble.complete_below,
        numbers={name: table[name] for name in NUMBERS if name in table},
        stress_counts=count_stresses(ensemble, edges)[SCALAR],
    )  # fmt: skip


def _without_stresses(samples: MatchedSamples) -> MatchedSamples:
    return dataclasses.replace(samples, stress_counts=None)


def _compared(
    reference: Curve, curve: Curve, first: MatchedSamples, second: MatchedSamples,
    upper: float | tuple[float, float], edges: Any,
) -> MatchedComparison | Refused:  # fmt: skip
    try:
        _require_same_liquids(reference, curve)
    except InputError as error:
        return Refused(str(error))
    return attempt(compare_matched, first, second, upper, stress_edges=edges, slope_span=SLOPE_SPAN)


def _require_same_liquids(first: Curve, second: Curve) -> None:
    """Refuse curves whose liquids should be the same and are not.

    Raises
    ------
    InputError
        Other energies of the liquids with equal indices.
    """
    _, one, two = np.intersect1d(first.ensemble.indices, second.ensemble.indices, return_indices=True)
    energies = first.ensemble.table()["liquid_energy"][one], second.ensemble.table()["liquid_energy"][two]
    other = int(np.sum(energies[0] != energies[1]))
    if other:
        raise InputError(
            f"{other} of {one.size} liquids of {second.name} have other energies than those of {first.name}: they are "
            "not the same liquids, though their recipes say so; make one of the curves again."
        )


def exponent_difference(family: MatchedFamily, member: Member, *, own: bool) -> PairedDifference | None:
    """s less that of the reference: paired for the same liquids, of independent ensembles for others; or None."""
    if member is family.reference:
        return None
    found = member.own_against if own else member.against
    if isinstance(found, MatchedComparison):
        return found.exponent if isinstance(found.exponent, PairedDifference) else None
    first, second = (m.own if own else m.common for m in (family.reference, member))
    if found is not None or isinstance(first, Refused) or isinstance(second, Refused):
        return None
    error = math.hypot(first.error, second.error)
    return PairedDifference(
        first.s, second.s, second.s - first.s, error, error, None, second.glasses, second.resamples, second.seed
    )


def predicted_difference(family: MatchedFamily, member: Member) -> float | None:
    """Predicted exponent less that of the reference; None where nothing is predicted."""
    first, second = family.reference.prediction, member.prediction
    return None if isinstance(first, Refused) or isinstance(second, Refused) else second - first
