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
    "particles.tempering": ("parallel_tempering",),
    "particles.temperature_ladder": ("suggest_temperatures",),
    "particles.quench": ("quench",),
    "particles.hessian": ("hessian",),
    "particles.formats": ("read", "write"),
    "observables.modes": ("lowest_modes", "spectrum", "participation_ratio"),
    "observables.filtered": ("estimated_lowest_modes",),
    "observables.spectral_density": ("spectral_density",),
    "observables.consecutive_modes": ("consecutive_modes",),
    "observables.quasilocalized.solve": ("quartic_mode", "cubic_mode", "geometric_mode"),
    "observables.quasilocalized.excitations": ("softest_excitations",),
    "observables.quasilocalized.search": ("find_modes",),
    "observables.quasilocalized.properties": ("mode_properties",),
    "observables.quasilocalized.wells": ("find_second_well",),
    "observables.quasilocalized.pictures": ("plot_mode", "plot_core", "plot_difference"),
    "observables.mode_shape": ("mode_shape",),
    "observables.mode_decay": ("mode_decay",),
    "observables.elasticity": ("elastic_moduli",),
    "observables.local_stress": ("local_stresses",),
    "observables.pressure_identity": ("pressure_identity", "inverse_power_identity"),
    "observables.radial": ("radial_distribution",),
    "observables.structure_factor": ("structure_factor", "size_structure_factor"),
    "observables.bond_order": ("steinhardt", "hexatic", "crystal_test"),
    "observables.overlap": ("self_overlap", "place_overlap"),
    "observables.liquid_record": ("liquid_record",),
    "analysis.exponents.fit": ("fit_exponent", "predicted_exponent"),
    "analysis.exponents.verdict": ("judge_exponent",),
    "analysis.exponents.model_comparison": ("compare_rates",),
    "analysis.exponents.window_scan": ("scan_windows",),
    "analysis.exponents.correction_to_scaling": ("fit_correction",),
    "analysis.exponents.lowest_frequency": ("fit_lowest_frequency",),
    "analysis.exponents.lowest_frequency_scaling": ("scale_lowest_frequency",),
    "analysis.exponents.goodness_of_fit": ("goodness_of_fit", "count_dispersion"),
    "analysis.exponents.prefactor": ("quartic_prefactor",),
    "analysis.exponents.planning": ("glasses_for_error", "glasses_for_exponent", "glasses_to_distinguish"),
    "analysis.liquids.onset": ("onset_temperature",),
    "analysis.liquids.energy_scales": ("energy_scales",),
    "analysis.matched.differences": ("compare_matched",),
    "analysis.matched.samples": ("MatchedSamples",),
    "analysis.spectra.density_of_states": ("density_of_states",),
    "analysis.spectra.cumulative_density": ("cumulative_density",),
    "analysis.spectra.reduced_density": ("reduced_density", "boson_peak", "density_from_estimates"),
    "analysis.spectra.phonons": ("phonon_bands", "debye_level"),
    "analysis.spectra.participation": ("participation_profile",),
    "analysis.levels.gap_ratios": ("gap_ratios", "mean_gap_ratio"),
    "analysis.levels.spectrum_windows": ("LevelWindow", "nonzero_levels"),
    "analysis.levels.windows": ("level_statistics",),
    "analysis.levels.profile": ("gap_ratio_profile", "gap_ratio_sizes"),
    "analysis.stresses.statistics": ("stress_statistics",),
    "analysis.oscillators.collapse": ("collapse_displacements",),
    "analysis.oscillators.crossover": ("fit_scaling_law", "crossover_coupling"),
    "analysis.oscillators.displacement_ratios": ("displacement_ratios",),
    "analysis.oscillators.prefactor_laws": ("fit_weak_law", "fit_intermediate_law"),
    "analysis.oscillators.prefactor_maximum": ("prefactor_maximum",),
    "analysis.liquids.composition_limit": ("composition_limit",),
    "analysis.liquids.equilibration_report": ("Watched", "equilibration_report"),
    "meanfield.khgps": ("KHGPS",),
    "meanfield.gps_lattice": ("GPSLattice",),
    "meanfield.critical_line": ("khgps_critical_coupling", "khgps_critical_point", "khgps_special_point"),
    "meanfield.replica_symmetric": ("khgps_replica_symmetric",),
    "meanfield.phase_diagram": ("khgps_phase_diagram",),
    "meanfield.soft_potential": ("sample_quartic_wells", "quartic_minima"),
    "meanfield.specific_heat": ("specific_heat",),
    "theory.heterogeneous_elasticity": ("HeterogeneousElasticity",),
    "theory.generalized_heterogeneous_elasticity": ("GeneralizedHeterogeneousElasticity",),
    "theory.stress_laws": ("predicted_stress", "tabulated_stress", "measured_stress"),
    "theory.type_two_exponents": ("exponent_table",),
    "theory.inertia_fit": ("fit_inertia",),
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
