"""Heterogeneous elasticity of a periodic cube: a gap without phonons, its edge, and g ~ omega² at marginality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .edges import lowest_eigenvalue
from .medium import ElasticMedium
from .propagators import Shells, periodic_cube


@dataclass(frozen=True)
class FiniteSample(ElasticMedium):
    """A periodic cube of edge L: 3∫q² dq becomes the mean over the wave vectors 2πn/L, 0 < |q| < 1.

    The same mean replaces the integral with q⁴, so Sigma(0) and the critical disorder are those of the infinite
    medium. Below the lowest plane wave nothing absorbs: g = 0 up to the edge ``gap_edge``, which goes to 0 as
    gamma_c − gamma, and rises like √(lambda − lambda_c) above it; at gamma_c, g ~ omega².

    Parameters
    ----------
    bulk_modulus, disorder : float
        As ``HeterogeneousElasticity``, with disorder > 0.
    box_length : float
        L > 2π, in units of 1/k_xi.

    Raises
    ------
    InputError
        As ``HeterogeneousElasticity``; no disorder; a box without a wave vector below the cutoff, or with more
        than can be listed.

    References
    ----------
    Schirmacher et al., Nat. Commun. 15, 3107 (2024), Eq. (40) and the text before it.
    """

    box_length: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.disorder == 0:
            raise InputError(
                "disorder is 0: the spectrum of a finite sample is then lines, not a density; choose it above 0."
            )
        object.__setattr__(self, "_shells", periodic_cube(self.box_length))
        object.__setattr__(self, "box_length", float(self.box_length))

    @property
    def wave_vectors(self) -> int:
        """Number N_k of wave vectors; the sample has 3 N_k modes."""
        return self._waves().count

    @property
    def lowest_wave(self) -> float:
        """Frequency (2π/L) c_T(0) of the lowest transverse plane wave in the softened medium."""
        return float(np.sqrt(1 - self.static_self_energy) * self._waves().notable()[0])

    def gap_edge(self) -> float:
        """Eigenvalue lambda_c = omega_c² below which there are no modes.

        There the stable root meets the unstable one: the largest z at which Sigma = Phi(Sigma, z) still has real
        roots. 0 at critical disorder.
        """
        return lowest_eigenvalue(self._equation)

    def _waves(self) -> Shells:
        shells: Shells = self.__dict__["_shells"]
        return shells
