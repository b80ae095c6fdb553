"""Pair potentials: one family per file, each with derivatives to fourth order; `POTENTIALS` lists them all."""

from .base import POTENTIALS, PairPotential
from .contact import HarmonicSpheres, Hertzian
from .smoothed import SmoothedInversePowerLaw, smoothing_coefficients
from .sticky import StickySpheres, sticky_coefficients
from .tapered import InversePowerLaw, LennardJones

__all__ = [
    "POTENTIALS",
    "HarmonicSpheres",
    "Hertzian",
    "InversePowerLaw",
    "LennardJones",
    "PairPotential",
    "SmoothedInversePowerLaw",
    "StickySpheres",
    "smoothing_coefficients",
    "sticky_coefficients",
]
