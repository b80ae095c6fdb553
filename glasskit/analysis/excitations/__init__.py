"""Statistics of quasilocalized excitations: one harmonic, one quartic and one cubic mode of each glass.

What Kapteijns, Richard & Lerner, PRE 101, 032130 (2020), called [K] here, claim of them, each as a number with an
error: `stiffness_order` (which mode is the softer), `power_laws` (chi against Ne, tau² against kappa chi),
`local_slopes` and `convergence` (how harmonic modes become quartic ones as omega → 0), `soft_ends` (densities of the
lowest frequencies and barriers), `double_wells` (second and lower minima), `asymmetry` (what separates cubic from
quartic modes). `proportions`, `medians` and `columns` are shared.

Arrays hold one number per glass, in the same order. Finding the modes is the business of `glasskit.observables`.
"""
