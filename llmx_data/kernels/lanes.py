"""The inner loop of MinHash: sixteen 32-bit lanes at once, written as LLVM vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from llmx_data.kernels.utf8 import READ_U32

LANES = 16
"""Lanes per vector: one AVX-512 register; LLVM splits it where registers are narrower."""

_ROW = types.uint32[::1]


def padded(lanes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Lane constants followed by zeros up to whole vectors."""
    return np.concatenate([lanes, np.zeros(-len(lanes) % LANES, dtype=np.uint32)])


@intrinsic
def _least(typing: Any, row: Any, xors: Any, multipliers: Any, k: Any, hashes: Any) -> Any:
    """row[k:k+16] = min(row, (h ^ xors) * multipliers) over the hashes h of a tuple.

    Left to itself LLVM takes half registers on most AVX-512 machines, which costs 1.4-1.9x.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.IntType(32), LANES)
        nothing = ir.Constant(vector, ir.Undefined)
        places = []
        for kind, array in zip(signature.args[:3], args[:3], strict=True):
            data = context.make_array(kind)(context, builder, array).data
            places.append(builder.bitcast(builder.gep(data, [args[3]]), vector.as_pointer()))
        least, mask, factor = (builder.load(place, align=4) for place in places)
        for i in range(signature.args[4].count):
            value = builder.extract_value(args[4], i)
            first = builder.insert_element(nothing, value, ir.IntType(32)(0))
            spread = builder.shuffle_vector(first, nothing, ir.Constant(vector, [0] * LANES))
            value = builder.mul(builder.xor(spread, mask), factor)
            least = builder.select(builder.icmp_unsigned("<", value, least), value, least)
        builder.store(least, places[0], align=4)
        return context.get_dummy_value()

    return types.void(row, xors, multipliers, k, hashes), emit


@njit(types.void(_ROW, types.int64, READ_U32, READ_U32, _ROW), cache=True, nogil=True)
def lower(block, count, xors, multipliers, row):  # type: ignore[no-untyped-def]
    """Lower the lanes of `row` by the first `count` hashes of `block`, eight per pass.

    `block` has room for a multiple of 8: the last hash is repeated to fill the last pass, which
    no minimum notices. `row`, `xors` and `multipliers` are `padded`.
    """
    if count == 0:
        return
    whole = (count + 7) // 8 * 8
    block[count:whole] = block[count - 1]
    for j in range(0, whole, 8):
        b = block[j : j + 8]
        eight = (b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7])
        for k in range(0, len(row), LANES):
            _least(row, xors, multipliers, k, eight)
