"""glasskit: computer glasses, their softest vibrations, and statistics with error bars.

Public names load on first use, so that ``import glasskit`` stays fast and loads neither
freud, matplotlib, dask nor h5py.
"""

from __future__ import annotations

import importlib
from typing import Any

from ._version import __version__

_HOME = {
    "particles.configuration": ("Box", "Configuration", "random_configuration"),
    "particles.diameters": ("PowerLawDiameters", "BinaryDiameters"),
    "particles.potentials": (
        "InversePowerLaw",
        "SmoothedInversePowerLaw",
        "LennardJones",
        "Hertzian",
        "HarmonicSpheres",
        "StickySpheres",
    ),
    "particles.models": ("Model", "TAPERED_IPL", "BINARY_IPL", "POLY", "NBC"),
    "particles.system": ("potential_energy", "forces"),
    "particles.swap": ("swap_monte_carlo", "tune_step"),
    "particles.quench": ("quench",),
    "particles.hessian": ("hessian",),
    "particles.formats": ("read", "write"),
    "observables.modes": ("lowest_modes", "spectrum", "participation_ratio"),
    "observables.filtered": ("estimated_lowest_modes",),
    "observables.spectral_density": ("spectral_density",),
    "observables.local_stress": ("local_stresses",),
    "analysis.exponents": ("fit_exponent",),
    "analysis.level_statistics": ("gap_ratios",),
    "ensembles.store": ("Ensemble",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'glasskit' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"glasskit.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
