"""Scaling analysis of anharmonic oscillators without gap: omega_x by collapse, its laws, those of the prefactor A_g.

What Rainone, Urbani, Zamponi, Lerner and Bouchbinder, SciPost Phys. Core 4, 008 (2021), called [R] here, claim of the
KHGPS model, each as a number with an error: `collapse` (displacements of all ensembles on one curve, which gives
omega_x), `crossover` (how omega_x and <x²> depend on coupling J, field h and largest stiffness kappa_0, and J_x where
the weak regime ends), `prefactor_laws` (A_g(J) below and above its maximum). `stiffness_bins` and `common_curve` are
the parts of the collapse. The least squares of all laws is `straight_line`, one room up.

Arrays hold one row per instance. Making instances is the business of `glasskit.meanfield`.
"""
