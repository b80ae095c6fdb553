"""Compact copies of particles for the float32 screen: records of 32-bit numbers, and how a row of them is fetched.

A record holds the coordinates in units of 2^-32 of the box edge, as integers, and then the diameter as a float32: a
multiple of four numbers, 16 bytes in up to three dimensions. Differences of such integers wrap around at the box edge
by themselves: they are the minimum image, to 2^-32 of the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .jit import inline, kernel

LANES = 16  # neighbours that are fetched together; rows are padded to a multiple
_I32, _I64 = ir.IntType(32), ir.IntType(64)


def lasting_intrinsic(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Numba's `intrinsic` under a fixed name: its own is random, and a kernel that uses it is never found on disk."""

    def decorate(function: Callable[..., Any]) -> Any:
        made = intrinsic(function)
        made._set_uuid(f"glasskit.{name}")
        return made

    return decorate


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Uninitialised array that begins on a line of 64 bytes, so that no record straddles two."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)


def aligned_lines(rows: int, numbers: int, dtype: Any) -> np.ndarray:
    """Uninitialised array of whole lines of 64 bytes, at least so many numbers per row, aligned to them.

    Rows are a quarter of a page apart, up to whole pages: loads from one row never look like loads of what has just
    been stored into another, which compares the last 12 bits of the addresses.
    """
    size = np.dtype(dtype).itemsize
    columns = -(-numbers * size // 4096) * 4096 + 1088 if numbers * size > 1088 else 1088
    return aligned((rows, columns // size), dtype)


def width(dimension: int) -> int:
    """Numbers per record: coordinates and diameter, rounded up to a multiple of four."""
    return 4 * (dimension // 4 + 1)


@cache
def make_fetch(columns: int) -> Any:
    """Function that fetches a line of records of so many numbers each, four of them at a time.

    fetch(record, part, member, row, k, near) is
    near[4 part : 4 part + 4, k : k + lanes] = record[member[row, k : k + lanes], 4 part : 4 part + 4].T,
    with 16 lanes for records of int32 and 8 for float64, so that a line of `near` is 64 bytes. One load per record and
    a transposition in registers: one store per line instead of one per number, which is what bounds the plain loop.
    Nothing is checked.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(signature.args[0].dtype)
        size = context.get_abi_sizeof(number)
        lanes = 64 // size
        quad, line = ir.VectorType(number, 4), ir.VectorType(number, lanes)
        records, members, nears = (
            context.make_array(signature.args[k])(context, builder, arguments[k]) for k in (0, 2, 5)
        )
        part_, row_, k_ = arguments[1], arguments[3], arguments[4]
        member_columns, near_columns = (cgutils.unpack_tuple(builder, array.shape)[1] for array in (members, nears))
        first = builder.add(builder.mul(row_, member_columns), k_)
        offset = builder.mul(part_, _I64(4))
        quads = []
        for lane in range(lanes):
            j = builder.load(builder.gep(members.data, [builder.add(first, _I64(lane))]))
            at = builder.add(builder.mul(builder.zext(j, _I64), _I64(columns)), offset)
            loaded = builder.load(builder.bitcast(builder.gep(records.data, [at]), quad.as_pointer()))
            loaded.align = size
            quads.append(loaded)

        def shuffled(a: Any, b: Any, order: list[int]) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_I32, len(order)), order))

        def joined(parts: list[Any]) -> Any:
            while len(parts) > 1:
                both = 2 * parts[0].type.count
                parts = [shuffled(a, b, list(range(both))) for a, b in zip(parts[::2], parts[1::2], strict=True)]
            return parts[0]

        def interleaved(a: Any, b: Any, order: tuple[int, ...]) -> Any:
            """In each stretch of four: entries of a (0 to 3) and of b (4 to 7) in the given order."""
            return shuffled(a, b, [x % 4 + 4 * q + lanes * (x // 4) for q in range(lanes // 4) for x in order])

        # Line q holds records q, q + 4, ...: transposing four by four inside each stretch of four is enough.
        lines = [joined(quads[q::4]) for q in range(4)]
        low = [interleaved(lines[q], lines[q + 1], (0, 4, 1, 5)) for q in (0, 2)]
        high = [interleaved(lines[q], lines[q + 1], (2, 6, 3, 7)) for q in (0, 2)]
        numbers = [interleaved(a, b, order) for (a, b) in (low, high) for order in ((0, 1, 4, 5), (2, 3, 6, 7))]
        for c, line_of_number in enumerate(numbers):
            at = builder.add(builder.mul(builder.add(offset, _I64(c)), near_columns), k_)
            store = builder.store(line_of_number, builder.bitcast(builder.gep(nears.data, [at]), line.as_pointer()))
            store.align = size
        return context.get_dummy_value()

    @lasting_intrinsic(f"fetch.{columns}")
    def fetch(typing_context: Any, record: Any, part: Any, member: Any, row: Any, k: Any, near: Any) -> Any:
        return types.void(record, types.intp, member, types.intp, types.intp, near), generate

    return fetch


@lasting_intrinsic("sum_of_lines")
def sum_of_lines(typing_context: Any, array: Any, count: Any) -> Any:
    """Sum of the first `count` numbers, whole lines of 64 bytes, of an aligned array; in an order of its own.

    The plain loop is unrolled for long rows; here four to six lines are the rule. Nothing is checked.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers = context.make_array(signature.args[0])(context, builder, arguments[0])
        number = context.get_value_type(signature.args[0].dtype)
        size = context.get_abi_sizeof(number)
        lanes = 64 // size
        line = ir.VectorType(number, lanes)
        total = cgutils.alloca_once_value(builder, ir.Constant(line, [0.0] * lanes))
        with cgutils.for_range_slice(builder, _I64(0), arguments[1], _I64(lanes), _I64) as (k, _):
            loaded = builder.load(builder.bitcast(builder.gep(numbers.data, [k]), line.as_pointer()))
            loaded.align = 64
            builder.store(builder.fadd(builder.load(total), loaded), total)
        letter = "f32" if size == 4 else "f64"
        reduce = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(number, [number, line]), f"llvm.vector.reduce.fadd.v{lanes}{letter}"
        )
        return builder.call(reduce, [ir.Constant(number, -0.0), builder.load(total)], fastmath=("reassoc",))

    return array.dtype(array, types.intp), generate


@lasting_intrinsic("compress")
def compress(
    typing_context: Any, member: Any, row: Any, k: Any, close: Any, skipped: Any, selected: Any, number: Any
) -> Any:
    """Append a line of member[row, k:] to selected[number:], where close[k:] holds and it is not `skipped`.

    Returns the new number. A whole line is stored: there must be room for one beyond the number. Nothing is checked.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        members, closes, selection = (
            context.make_array(signature.args[a])(context, builder, arguments[a]) for a in (0, 3, 5)
        )
        _, row_, k_, _, skipped_, _, number_ = arguments
        line, bits = ir.VectorType(_I32, LANES), ir.VectorType(ir.IntType(1), LANES)
        octets = ir.VectorType(ir.IntType(8), LANES)
        at = builder.add(builder.mul(row_, cgutils.unpack_tuple(builder, members.shape)[1]), k_)
        values = builder.load(builder.bitcast(builder.gep(members.data, [at]), line.as_pointer()))
        values.align = 4
        flags = builder.load(builder.bitcast(builder.gep(closes.data, [k_]), octets.as_pointer()))
        flags.align = 1
        first = builder.insert_element(ir.Constant(line, ir.Undefined), skipped_, _I32(0))
        all_skipped = builder.shuffle_vector(first, ir.Constant(line, ir.Undefined), ir.Constant(line, [0] * LANES))
        mask = builder.and_(
            builder.icmp_unsigned("!=", flags, ir.Constant(octets, [0] * LANES)),
            builder.icmp_unsigned("!=", values, all_skipped),
        )
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(line, [line, bits, line]), f"llvm.experimental.vector.compress.v{LANES}i32"
        )
        packed = builder.call(function, [values, mask, ir.Constant(line, ir.Undefined)])
        store = builder.store(packed, builder.bitcast(builder.gep(selection.data, [number_]), line.as_pointer()))
        store.align = 4
        count = builder.ctpop(builder.bitcast(mask, ir.IntType(LANES)))
        return builder.add(number_, builder.zext(count, _I64))

    return types.intp(member, types.intp, types.intp, close, types.uint32, selected, types.intp), generate


@inline
def quantised(x, inverse_length):
    """Coordinate in units of 2^-32 of the box edge, wrapped."""
    f = x * inverse_length
    return np.int32(np.int64(np.rint((f - np.rint(f)) * 4294967296.0)))


@kernel
def fill_records(state_na, length_c, record_nq, diameter_nq):
    """Records of all particles; one more at the end stands for no particle: its diameter is NaN.

    Both record arrays are views of the same memory, one as int32 and one as float32.
    """
    n, d = state_na.shape[0] - 1, length_c.size
    for i in range(n):
        for c in range(d):
            record_nq[i, c] = quantised(state_na[i, c], 1.0 / length_c[c])
        diameter_nq[i, d] = state_na[i, d]
    diameter_nq[n, d] = np.nan
