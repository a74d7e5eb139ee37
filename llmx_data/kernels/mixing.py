"""The 64-bit hash under shingles, lanes and band keys: a polynomial, then a bijective mixer."""

from __future__ import annotations

import numpy as np
from numba import njit, types

READ_U64 = types.Array(types.uint64, 1, "C", readonly=True)
READ_FLAGS = types.Array(types.boolean, 1, "C", readonly=True)
"""Input types declared read-only, so that Arrow buffers and arrays are one and the same."""

STEP = np.uint64(0x9E3779B97F4A7C15)
"""floor(2**64 / golden ratio), odd: the base of the polynomial and splitmix64's increment."""

BLOCK = 256
"""Hashes made before they are used: 2 kB, so they stay in the nearest cache."""

_S33 = np.uint64(33)
_M1 = np.uint64(0xFF51AFD7ED558CCD)
_M2 = np.uint64(0xC4CEB9FE1A85EC53)


@njit("uint64(uint64)", cache=True, nogil=True, inline="always")
def mix64(x):  # type: ignore[no-untyped-def]
    """Mix 64 bits so that each input bit moves half of the output (MurmurHash3 fmix64)."""
    x = (x ^ (x >> _S33)) * _M1
    x = (x ^ (x >> _S33)) * _M2
    return x ^ (x >> _S33)
