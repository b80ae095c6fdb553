"""Make a glass: configurations, potentials, swap Monte Carlo, quenches, Hessians.

What a finished glass shows (modes, stresses, structure) lives in `glasskit.observables`;
statistics over many glasses live in `glasskit.analysis`.
"""
