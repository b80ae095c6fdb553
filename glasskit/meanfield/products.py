"""Products of a packed symmetric matrix with one or two vectors: many rows in one pass, so that memory is the limit.

A row at a time, every coupling costs a load and a store of the result beside its own four bytes, and one stream of
memory is all a core waits for. Eight rows share these, and are eight streams.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..particles.kernels.jit import kernel

Array = NDArray[Any]


@kernel
def multiply(packed: Array, x: Array, y: Array) -> None:
    """Set y to J x, with J_10, J_20, J_21, J_30, ... in `packed`; one pass over the triangle serves both halves.

    The coupling of rows i > j is number i (i − 1)/2 + j. Sums in the precision of x and y.
    """
    n = len(x)
    y[:] = 0.0
    first = n % 8
    for i in range(1, first):
        for j in range(i):
            coupling = np.float64(packed[i * (i - 1) // 2 + j])
            y[i] += coupling * x[j]
            y[j] += coupling * x[i]
    while first < n:
        i, start = first, first * (first - 1) // 2
        row0 = packed[start : start + i]
        row1 = packed[start + i : start + 2 * i]
        row2 = packed[start + 2 * i + 1 : start + 3 * i + 1]
        row3 = packed[start + 3 * i + 3 : start + 4 * i + 3]
        row4 = packed[start + 4 * i + 6 : start + 5 * i + 6]
        row5 = packed[start + 5 * i + 10 : start + 6 * i + 10]
        row6 = packed[start + 6 * i + 15 : start + 7 * i + 15]
        row7 = packed[start + 7 * i + 21 : start + 8 * i + 21]
        x0, x1, x2, x3, x4, x5, x6, x7 = (
            x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4], x[i + 5], x[i + 6], x[i + 7],
        )  # fmt: skip
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
        for j in range(i):
            c0, c1, c2, c3 = np.float64(row0[j]), np.float64(row1[j]), np.float64(row2[j]), np.float64(row3[j])
            c4, c5, c6, c7 = np.float64(row4[j]), np.float64(row5[j]), np.float64(row6[j]), np.float64(row7[j])
            other = x[j]
            s0 += c0 * other
            s1 += c1 * other
            s2 += c2 * other
            s3 += c3 * other
            s4 += c4 * other
            s5 += c5 * other
            s6 += c6 * other
            s7 += c7 * other
            y[j] += c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3 + c4 * x4 + c5 * x5 + c6 * x6 + c7 * x7
        y[i] += s0
        y[i + 1] += s1
        y[i + 2] += s2
        y[i + 3] += s3
        y[i + 4] += s4
        y[i + 5] += s5
        y[i + 6] += s6
        y[i + 7] += s7
        for above in range(1, 8):  # the triangle on the diagonal
            corner = (i + above) * (i + above - 1) // 2 + i
            for left in range(above):
                coupling = np.float64(packed[corner + left])
                y[i + above] += coupling * x[i + left]
                y[i + left] += coupling * x[i + above]
        first += 8


@kernel
def multiply_two(packed: Array, x: Array, u: Array, y: Array, v: Array) -> None:
    """Set y to J x and v to J u in one pass over J: where memory is the limit, little more than the time of one.

    Four rows at a time, whose sums for two vectors fill as many registers as those of eight rows for one.
    """
    n = len(x)
    y[:] = 0.0
    v[:] = 0.0
    first = n % 4
    for i in range(1, first):
        for j in range(i):
            coupling = np.float64(packed[i * (i - 1) // 2 + j])
            y[i] += coupling * x[j]
            y[j] += coupling * x[i]
            v[i] += coupling * u[j]
            v[j] += coupling * u[i]
    while first < n:
        i, start = first, first * (first - 1) // 2
        row0 = packed[start : start + i]
        row1 = packed[start + i : start + 2 * i]
        row2 = packed[start + 2 * i + 1 : start + 3 * i + 1]
        row3 = packed[start + 3 * i + 3 : start + 4 * i + 3]
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        u0, u1, u2, u3 = u[i], u[i + 1], u[i + 2], u[i + 3]
        s0 = s1 = s2 = s3 = 0.0
        t0 = t1 = t2 = t3 = 0.0
        for j in range(i):
            c0, c1, c2, c3 = np.float64(row0[j]), np.float64(row1[j]), np.float64(row2[j]), np.float64(row3[j])
            other, second = x[j], u[j]
            s0 += c0 * other
            s1 += c1 * other
            s2 += c2 * other
            s3 += c3 * other
            t0 += c0 * second
            t1 += c1 * second
            t2 += c2 * second
            t3 += c3 * second
            y[j] += c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3
            v[j] += c0 * u0 + c1 * u1 + c2 * u2 + c3 * u3
        y[i] += s0
        y[i + 1] += s1
        y[i + 2] += s2
        y[i + 3] += s3
        v[i] += t0
        v[i + 1] += t1
        v[i + 2] += t2
        v[i + 3] += t3
        for above in range(1, 4):  # the triangle on the diagonal
            corner = (i + above) * (i + above - 1) // 2 + i
            for left in range(above):
                coupling = np.float64(packed[corner + left])
                y[i + above] += coupling * x[i + left]
                y[i + left] += coupling * x[i + above]
                v[i + above] += coupling * u[i + left]
                v[i + left] += coupling * u[i + above]
        first += 4
