"""Quasilocalized excitations: nonlinear modes of a glass, found by minimising energies over directions.

`landscape` makes a glass ready (pair table, translations and rattlers projected out), `energies` defines the quartic,
cubic and geometric energy of a direction, `minimise` goes to the nearest minimum on the unit sphere, `solve` holds the
public functions `quartic_mode`, `cubic_mode`, `geometric_mode` and their result.

Not here: harmonic modes (`observables.modes`) and statistics over ensembles (`analysis`).
"""
