"""Plain arrays in, numbers with error bars out.

Here live the statistics, all over the bootstrap of whole glasses (`bootstrap`):

- the exponent of the density of states: `exponent_verdict` says all that is known in one result, made of `exponents`
  (the fit), `rate_models`, `model_comparison`, `window_scan`, `correction_to_scaling`, `lowest_frequency`,
  `goodness_of_fit`, `prefactor`; `planning` says what an answer costs; `synthetic_modes` makes known truth;
- spectra: `density_of_states`, `cumulative_density`, `reduced_density` (boson peak), `phonons`, `participation`;
- levels: `level_statistics` and `level_windows` over `gap_ratio_distribution`, `gap_ratio_profile`;
- local stresses: `stress_distribution`, `stress_prediction`, `stress_statistics`;
- liquids: `autocorrelation`, `overlap_decay`, `equilibration`, `equilibration_report`, `composition_limit`, `onset`.

What does not live here: configurations, potentials, records and files. This room knows arrays only, so that glasses and
mean-field models are analysed by the same code.
"""
