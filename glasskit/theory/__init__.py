"""Theories of the vibrations of glasses: equations to solve, no samples and no random numbers.

Heterogeneous elasticity: `static` (critical disorder), `propagators` (sums over wave vectors, of an infinite medium or
of a periodic sample), `selfconsistent` (the solver), `causality` (its integral checks), `heterogeneous_elasticity` and
`finite_sample` (what scripts use). Generalised heterogeneous elasticity: `stress_laws` (distributions of local
stresses), `generalized_heterogeneous_elasticity` (their spectrum), `inertia_fit` (its one free number).

What does not live here: glasses and their measured spectra. This room imports errors, axes and analysis only.
"""
