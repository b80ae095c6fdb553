"""A minimal recipe of each kind: what must be given, and little else."""

from __future__ import annotations

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
