"""Plain arrays in, numbers with error bars out.

Statistics, all over the bootstrap of whole glasses (`bootstrap`, `per_glass`), one folder each: `exponents` of the
density of states, `spectra`, `levels`, `stresses`, `liquids`, and `matched` differences of the same liquids under
several potentials. Shared: `bins`, `profiles` over them, and `digits` (numbers as people write them).

What does not live here: configurations, potentials, records and files. This room knows arrays only, so that glasses and
mean-field models are analysed by the same code.
"""
