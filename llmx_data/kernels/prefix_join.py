"""Every pair of similar sets, exactly, through an index of their rarest members."""

from __future__ import annotations

import numpy as np
from numba import njit, types

from llmx_data.kernels.mixing import READ_U64
from llmx_data.kernels.utf8 import READ_I64

_SLACK = 1e-9  # products like .55 * 20 = 11.000000000000002 must not round up to 12


@njit(
    types.int64(READ_U64, types.int64, types.int64, types.int64, types.int64),
    cache=True,
    nogil=True,
)
def common_count(hashes, i, i_end, j, j_end):  # type: ignore[no-untyped-def]
    """Size of the intersection of two sorted sets, without a branch to guess wrong."""
    common = 0
    while i < i_end and j < j_end:
        x, y = hashes[i], hashes[j]
        common += int(x == y)
        i += int(x <= y)
        j += int(y <= x)
    return common


@njit("int64(Array(int64, 1, 'C', readonly=True), int64)", cache=True, nogil=True)
def _size(offsets, i):  # type: ignore[no-untyped-def]
    return offsets[i + 1] - offsets[i]


@njit("int64(int64, float64)", cache=True, nogil=True)
def _indexed(size, threshold):  # type: ignore[no-untyped-def]
    """How many rarest members of a set enter the index."""
    return size - int(np.ceil(2 * threshold / (1 + threshold) * size - _SLACK)) + 1


@njit(
    types.Tuple((types.int64[::1], types.int64[::1]))(READ_U64, READ_I64, types.float64),
    cache=True,
    nogil=True,
)
def _posting_lists(ranks, offsets, threshold):  # type: ignore[no-untyped-def]
    """Where the list of each rank starts, and room for all lists."""
    highest = np.int64(-1)
    for rank in ranks:
        highest = max(highest, np.int64(rank))
    starts = np.zeros(highest + 2, dtype=np.int64)
    for i in range(len(offsets) - 1):
        for rank in ranks[offsets[i] : offsets[i] + _indexed(_size(offsets, i), threshold)]:
            starts[rank + 1] += 1
    starts = np.cumsum(starts)
    return starts, np.empty(starts[-1], dtype=np.int64)


@njit(
    types.Tuple((types.int64[::1], types.int64[::1], types.float64[::1]))(
        READ_U64, READ_I64, types.float64
    ),
    cache=True,
    nogil=True,
)
def prefix_join(ranks, offsets, threshold):  # type: ignore[no-untyped-def]
    """Similar pairs of sets sorted by size, whose members are ranks sorted rarest first.

    Two sets with J >= t share a member among the first size - ceil(t size) + 1 of the larger and
    the first size - ceil(2 t size / (1 + t)) + 1 of the smaller.
    """
    count = len(offsets) - 1
    starts, posts = _posting_lists(ranks, offsets, threshold)
    heads, tails = starts[:-1].copy(), starts[:-1].copy()
    seen, met = np.full(count, -1), np.empty(count, dtype=np.int64)
    a, b = np.empty(1024, dtype=np.int64), np.empty(1024, dtype=np.int64)
    jaccard, found = np.empty(1024, dtype=np.float64), 0
    for x in range(count):
        first, last = offsets[x], offsets[x + 1]
        least = int(np.ceil(threshold * (last - first) - _SLACK))
        candidates = 0
        for rank in ranks[first : last - least + 1]:
            while heads[rank] < tails[rank] and _size(offsets, posts[heads[rank]]) < least:
                heads[rank] += 1
            for y in posts[heads[rank] : tails[rank]]:
                if seen[y] != x:
                    seen[y], met[candidates] = x, y
                    candidates += 1
        if found + candidates > len(a):
            room = np.empty(found + candidates, dtype=np.int64)
            a, b = np.concatenate((a, room)), np.concatenate((b, room))
            jaccard = np.concatenate((jaccard, np.empty(len(room), dtype=np.float64)))
        for y in met[:candidates]:
            common = common_count(ranks, first, last, offsets[y], offsets[y + 1])
            similar = common / (last - first + _size(offsets, y) - common)
            if similar >= threshold:
                a[found], b[found], jaccard[found] = x, y, similar
                found += 1
        for rank in ranks[first : first + _indexed(last - first, threshold)]:
            posts[tails[rank]] = x
            tails[rank] += 1
    return a[:found], b[:found], jaccard[:found]
