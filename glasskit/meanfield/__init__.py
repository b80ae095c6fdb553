"""Interacting anharmonic oscillators without particles: instances in the computer, and what is known of them exactly.

Models, to be sampled and minimised: `khgps` (all oscillators coupled at random) and `gps_lattice` (sites coupled like
elastic dipoles). What their instances share is in `instance`: the energy (`landscape`, over `couplings` and their
`products`), the minimum below a start (`minimise`: `flow`, then `newton`; `rest` where x = 0 is the only one), its
Hessian (`spectrum`: LAPACK, or `panels`, which count modes below a level of `levels`), and `displacements`. `memory` is
asked before it is taken.

Exact solution of KHGPS with gapped stiffness: `replica_symmetric` is the door, `critical_line` and `phase_diagram`
are its end; inside, `saddle`, `averages`, `effective_stiffness`, `resolvent` and `cauchy`.

Without any coupling: `soft_potential`, wells whose minima obey omega³ or omega⁴. `specific_heat` takes frequencies of
any model; `inputs` takes in arrays.

What does not live here: particles (`glasskit.particles`), and what is measured on both worlds alike, exponents and
level statistics (`glasskit.analysis`).
"""
