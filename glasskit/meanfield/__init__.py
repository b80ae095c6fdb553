"""Mean-field models of interacting anharmonic oscillators: instances in the computer, and their exact solution.

Here live the KHGPS model (`khgps`: instances, minimised; their couplings, minimiser and spectra beside it) and its
replica-symmetric solution. Particles do not: for them see `glasskit.particles`. What is measured on both worlds
alike, exponents and level statistics, is in `glasskit.analysis`.
"""
