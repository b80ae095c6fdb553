"""Theories of the vibrations of glasses: equations to solve, no samples and no random numbers.

Heterogeneous elasticity: `heterogeneous_elasticity` and `finite_sample` are what scripts use, `medium` what an infinite
medium and a periodic sample have in common, `elastic_spectrum` the result and its figure. Inside: `static` (the
disorder a medium can bear), `propagators` (sums over wave vectors), `selfconsistent` (the solver), `edges` (where the
spectrum ends), `causality` (its integral checks).

Generalised heterogeneous elasticity: `generalized_heterogeneous_elasticity` leads from `stress_laws` (distributions of
local stresses) to `type_two_spectrum` (the modes they make, and figures); `inertia_fit` fits its one free number,
`type_two_exponents` lists its exponents by the taper of the potential.

What does not live here: glasses and their measured spectra. This room imports errors, axes and analysis only.
"""
