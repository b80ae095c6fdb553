"""Ready models: a potential, its sizes, its densities, and swap settings that suit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import InputError
from .configuration import Configuration, SizeDistribution, random_configuration
from .diameters import BinaryDiameters, PowerLawDiameters
from .potentials import InversePowerLaw, PairPotential, SmoothedInversePowerLaw


@dataclass(frozen=True)
class Model:
    """A computer glass: what interacts how, at which density.

    Parameters
    ----------
    name : str
        Name in recipes.
    potential : PairPotential
    diameters : SizeDistribution
    densities : mapping of int to float
        Number density per dimension [1/length^d].
    step : float
        Swap Monte Carlo displacement: each component is uniform on (−step, step) [length].
    largest_size_difference : float
        Swaps of a larger difference in diameter are rejected outright, which keeps detailed balance.
    source : str
        Where the model comes from.
    """

    name: str
    potential: PairPotential
    diameters: SizeDistribution
    densities: Mapping[int, float] = field(hash=False)
    step: float = 0.1
    largest_size_difference: float = np.inf
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "densities", MappingProxyType(dict(self.densities)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to worker processes, which a read-only mapping cannot."""
        values = (getattr(self, f.name) for f in fields(self))
        return Model, tuple(dict(value) if isinstance(value, MappingProxyType) else value for value in values)

    def density(self, dimension: int) -> float:
        """Number density in d dimensions; InputError where the literature gives none."""
        if dimension not in self.densities:
            known = ", ".join(str(d) for d in self.densities)
            raise InputError(f"{self.name} has a density for d = {known} only, found d = {dimension}; give a density.")
        return self.densities[dimension]

    def random_configuration(self, n: int, *, dimension: int = 3, rng: np.random.Generator) -> Configuration:
        """N particles of the model at independent uniform positions."""
        return random_configuration(
            n, density=self.density(dimension), diameters=self.diameters, dimension=dimension, rng=rng
        )

    def with_taper(self, m: float) -> Model:
        """The same model with taper T_m (tapered potentials only)."""
        if not hasattr(self.potential, "taper"):
            raise InputError(
                f"{self.name} has no taper: its {type(self.potential).__name__} ends by a polynomial; "
                "its parameter is smoothness."
            )
        return replace(self, potential=self.potential.replace(taper=m))


TAPERED_IPL = Model(
    "tapered-ipl",
    InversePowerLaw(exponent=12, cutoff=1.955, taper=2),
    PowerLawDiameters(0.73, 1.62),
    {2: 1.0, 3: 1.0, 4: 1.0},
    source="Schirmacher et al., Nat. Commun. 15, 3107 (2024); d = 3 there",
)
BINARY_IPL = Model(
    "binary-ipl",
    SmoothedInversePowerLaw(exponent=10, cutoff_ratio=1.48, smoothness=3, nonadditivity=1 / 24),
    BinaryDiameters(1.0, 1.4),
    {2: 0.86, 3: 0.82, 4: 0.80},
    source="Kapteijns, Richard, Lerner, PRE 101, 032130 (2020), Appendix C; pair diameters 1, 1.18, 1.4",
)
POLY = Model(
    "poly",
    SmoothedInversePowerLaw(exponent=10, cutoff_ratio=1.40, smoothness=3, nonadditivity=0.1),
    PowerLawDiameters(1.0, 2.22),
    {3: 0.65},
    step=0.15,
    source="Kapteijns, Richard, Lerner, PRE 101, 032130 (2020), Appendix C; E. Lerner, JNCS 522, 119570 (2019)",
)
NBC = Model(
    "nbc",
    SmoothedInversePowerLaw(exponent=12, cutoff_ratio=1.25, smoothness=2, nonadditivity=0.2),
    PowerLawDiameters(0.725327, 1.609500),
    {2: 1.0, 3: 1.0},
    largest_size_difference=0.2,
    source="Ninarello, Berthier, Coslovich, PRX 7, 021039 (2017)",
)

MODELS: dict[str, Model] = {model.name: model for model in (TAPERED_IPL, BINARY_IPL, POLY, NBC)}
