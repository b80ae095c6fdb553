"""Processor time of KHGPS instances: minimisation, all eigenvalues beside LAPACK's own, the lowest modes with proof.

Set OMP_NUM_THREADS=1: threads of BLAS that wait for each other count as processor time. Memory is the largest so far.

python benchmarks/meanfield.py [N ...] [--coupling J]
"""

import argparse
import resource
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
    print("     N  products  ms/product  GB/s  sample/s  lowest/s  memory/GB  all/s  LAPACK/s")
    for size in given.sizes:
        model = KHGPS(size, coupling=given.coupling, field=0.01)
        instance, sampling = timed(model.sample, np.random.default_rng(0))
        single = min(timed(instance.landscape.pull, instance.coordinates)[1] for _ in range(5))
        rate = instance.landscape.couplings.packed.nbytes / 1e9 / single
        _, lowest = timed(instance.lowest_modes, given.modes)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        words = f"{size:6d}  {instance.products:8d}  {1e3 * single:10.2f}  {rate:4.1f}"
        words += f"  {sampling:8.2f}  {lowest:8.2f}  {memory:9.2f}"
        if size <= given.largest_full:
            _, everything = timed(instance.eigenvalues)
            matrix = instance.hessian()
            _, own = timed(scipy.linalg.eigvalsh, matrix, overwrite_a=True, check_finite=False)
            words += f"  {everything:5.2f}  {own:8.2f}"
        print(words, flush=True)


if __name__ == "__main__":
    main()
