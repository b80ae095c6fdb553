"""Minima of KHGPS instances: products with J, and how often they are those of a hundredfold smaller flow tolerance.

python benchmarks/flow.py [--size N] [--instances n]
"""

import argparse
import time

import numpy as np

from glasskit.meanfield.khgps import KHGPS
from glasskit.meanfield.minimise import FLOW_TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--instances", type=int, default=8)
    parser.add_argument("--couplings", type=float, nargs="+", default=[0.1, 0.3, 1.0, 5.0])
    given = parser.parse_args()
    KHGPS(20, coupling=0.1, field=0.01).sample(np.random.default_rng(0))  # compiles
    print("     J  products  flow steps  CPU s  same minimum")
    for coupling in given.couplings:
        model = KHGPS(given.size, coupling=coupling, field=0.01)
        products, steps, seconds, same = [], [], [], 0
        for seed in range(given.instances):
            start = time.process_time()
            found = model.sample(np.random.default_rng(seed))
            seconds.append(time.process_time() - start)
            exact = model.sample(np.random.default_rng(seed), flow_tolerance=0.01 * FLOW_TOLERANCE)
            same += bool(np.allclose(found.coordinates, exact.coordinates, rtol=0, atol=1e-6))
            products.append(found.products)
            steps.append(found.flow_steps)
        words = f"{coupling:6g}  {np.mean(products):8.0f}  {np.mean(steps):10.0f}  {np.mean(seconds):5.3g}"
        print(f"{words}  {same} of {given.instances}", flush=True)


if __name__ == "__main__":
    main()
