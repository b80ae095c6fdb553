"""Time of the phase diagram of the KHGPS model and of one spectrum: ``python benchmarks/replica_symmetric.py``.

Process time on one core. Target: 200 points of the critical line in 10 s.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import time

import numpy as np

from glasskit.meanfield.phase_diagram import khgps_phase_diagram
from glasskit.meanfield.replica_symmetric import khgps_replica_symmetric

POINTS, TARGET = 200, 10.0
RANGES = ((0.1, 1.0), (0.01, 1.0), (0.5, 0.5))


def main() -> None:
    for stiffness_range in RANGES:
        start = time.process_time()
        diagram = khgps_phase_diagram(np.geomspace(1e-4, 10, POINTS), stiffness_range=stiffness_range)
        seconds = time.process_time() - start
        lines = f"{(diagram.exponent == 2).sum()} on line A, {(diagram.exponent == 4).sum()} on line B"
        print(
            f"phase diagram, stiffness {stiffness_range}: {POINTS} points ({lines}) in {seconds:.2f} s "
            f"(target {TARGET:g} s)"
        )
    omega = np.linspace(0.01, 1.5, 400)
    for field, coupling in ((0.1, 0.15), (0.0, 0.13), (1.0, 0.3)):
        start = time.process_time()
        solution = khgps_replica_symmetric(field=field, coupling=coupling, stiffness_range=(0.1, 1.0))
        solved = time.process_time()
        solution.density_of_states(omega)
        print(
            f"h = {field:g}, J = {coupling:g}: solution {1e3 * (solved - start):.0f} ms, "
            f"spectrum at {len(omega)} frequencies {time.process_time() - solved:.2f} s"
        )


if __name__ == "__main__":
    main()
