"""Plain arrays in, numbers with error bars out.

Here live the statistics: exponents and what they cost (`exponents`, `planning`), the integrated density of states
(`density_of_states`), gap ratios (`level_statistics`), distributions of local stresses (`stress_distribution`),
relaxation times and drift (`equilibration`), all over the bootstrap of whole glasses (`bootstrap`). What does not live
here: configurations, potentials, records and files. This room knows arrays only, so that glasses and mean-field models
are analysed by the same code.
"""
