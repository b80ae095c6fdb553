"""Quasilocalized excitations: nonlinear modes of a glass, found by minimising energies over directions.

`landscape` makes a glass ready (pair table, translations and rattlers projected out), `energies` defines the quartic,
cubic and geometric energy of a direction, `trust_region` goes to the nearest minimum on the unit sphere (`minimise` one
at a time, `lockstep` many at once, preconditioned), `solve` holds the public functions `quartic_mode`, `cubic_mode`,
`geometric_mode` and their result. `excitations` finds the softest of a glass from its lowest harmonic mode; `search`
finds all, from the responses to force dipoles (`dipoles`), in stages on growing balls, without duplicates, and
estimates how many are missing (`capture_recapture`). `properties` describes one mode (`quartic_expansion`,
`strain_coupling`); `wells` looks for the second minimum along it and, with `path`, `band` and `saddle`, for the barrier
on the way; `pictures` draws.

Not here: harmonic modes (`observables.modes`) and statistics over ensembles (`analysis.excitations`).
"""
