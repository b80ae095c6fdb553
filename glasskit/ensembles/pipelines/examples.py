"""Each kind for the reference of recipes: what its samples are, and a minimal recipe with little else than must be."""

from __future__ import annotations

SAMPLES = {
    "glass": "particles: a liquid by swap Monte Carlo, quenched; its lowest modes, moduli, stresses",
    "khgps": "oscillators that are all coupled to each other at random, the KHGPS model; minimum and spectrum",
    "gps": "oscillators on a lattice with couplings that decay, the GPS model; minimum and spectrum",
}

EXAMPLES = {
    "glass": """\
kind = "glass"
seed = 1
[model]
name = "tapered-ipl"
particles = 300
[liquid]
sweeps = 300
[curves.hot]
parent_temperature = 0.8
glasses = 2
""",
    "khgps": """\
kind = "khgps"
seed = 1
[model]
size = 200
field = 0.1
[curves.weak]
coupling = 0.1
glasses = 10
[curves.strong]
coupling = 0.4
glasses = 10
""",
    "gps": """\
kind = "gps"
seed = 1
[model]
length = 6
[curves.cubic]
coupling = 0.5
glasses = 10
[curves.square]
coupling = 0.5
model.dimension = 2
length = 15
glasses = 10
""",
}
