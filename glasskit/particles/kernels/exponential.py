"""An exponential for non-positive arguments that vectorises: the library's own is a call per pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from .jit import FASTMATH

LOG2E = 1.0 / math.log(2.0)
LOWEST = -708.0  # below it the result would be subnormal; it is held at exp(−708) = 3e-308
_INVERSE_FACTORIALS = tuple(1.0 / math.factorial(k) for k in range(13, -1, -1))
_MAGIC = 1.5 * 2.0**52  # adding it leaves an integer in the low bits of a double


@intrinsic
def _bits_of(typing_context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _from_bits(typing_context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


def exp_nonpositive(y: float) -> float:
    """exp(y) for y <= 0, within a relative error of (|y| + 4) · 2^-52; exp(−708) for anything lower.

    y = k ln 2 + r with |r| <= ln(2)/2, exp(r) by its Taylor polynomial of degree 13 (truncation below 1e-17), and
    2^k put together from its bits. The error in |y| is that of rounding the argument itself.
    """
    return math.exp(max(y, LOWEST))


@overload(exp_nonpositive, jit_options={"error_model": "numpy", "fastmath": FASTMATH, "forceinline": True})
def _exp_nonpositive(y):
    c13, c12, c11, c10, c9, c8, c7, c6, c5, c4, c3, c2, c1, c0 = _INVERSE_FACTORIALS
    high = 0.693147180369123816490  # ln 2 in two parts, the first with trailing zeros
    low = 1.90821492927058770002e-10

    def vectorisable(y):
        y = max(y, LOWEST)
        k = np.rint(y * LOG2E)
        r = (y - k * high) - k * low
        p = c13
        p = p * r + c12
        p = p * r + c11
        p = p * r + c10
        p = p * r + c9
        p = p * r + c8
        p = p * r + c7
        p = p * r + c6
        p = p * r + c5
        p = p * r + c4
        p = p * r + c3
        p = p * r + c2
        p = p * r + c1
        p = p * r + c0
        return p * _from_bits((_bits_of(k + _MAGIC) << 52) + (1023 << 52))

    return vectorisable
