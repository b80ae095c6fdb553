"""Processor time of KHGPS instances: minimisation, all eigenvalues beside LAPACK's own, the lowest modes with proof.

python benchmarks/meanfield.py [N ...] [--coupling J]
"""

import argparse
import time

import numpy as np
import scipy.linalg

from glasskit.meanfield.khgps import KHGPS


def timed(function, *arguments, **options):
    start = time.process_time()
    result = function(*arguments, **options)
    return result, time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[500, 1000, 2000, 4000])
    parser.add_argument("--coupling", type=float, default=0.1)
    parser.add_argument("--modes", type=int, default=100)
    parser.add_argument("--largest-full", type=int, default=4000)
    given = parser.parse_args()
    KHGPS(20, coupling=0.1, field=0.01).sample(np.random.default_rng(0)).eigenvalues()  # compiles
    print("     N  products  sample/s  lowest/s  all/s  LAPACK/s")
    for size in given.sizes:
        model = KHGPS(size, coupling=given.coupling, field=0.01)
        instance, sampling = timed(model.sample, np.random.default_rng(0))
        _, lowest = timed(instance.lowest_modes, given.modes)
        words = f"{size:6d}  {instance.products:8d}  {sampling:8.2f}  {lowest:8.2f}"
        if size <= given.largest_full:
            _, everything = timed(instance.eigenvalues)
            matrix = instance.hessian()
            _, own = timed(scipy.linalg.eigvalsh, matrix, overwrite_a=True, check_finite=False)
            words += f"  {everything:5.2f}  {own:8.2f}"
        print(words, flush=True)


if __name__ == "__main__":
    main()
