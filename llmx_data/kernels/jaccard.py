"""Exact Jaccard and containment of pairs, and every similar pair of short records."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from llmx_data.kernels.mixing import READ_U64, STEP, mix64
from llmx_data.kernels.prefix_join import common_count, prefix_join
from llmx_data.kernels.shingles import Shingles
from llmx_data.kernels.utf8 import READ_I64

Index = NDArray[np.int64]
Shares = NDArray[np.float64]


def shingle_sets(shingles: Shingles) -> Shingles:
    """Each text's shingles as a set: sorted, each once. Cost: 11-17 us per 1,000 shingles."""
    hashes = shingles.hashes.copy()
    bounds = shingles.offsets.tolist()
    for start, stop in pairwise(bounds):
        hashes[start:stop].sort()
    offsets = np.empty_like(shingles.offsets)
    total = _squeeze(hashes, shingles.offsets, offsets)
    return Shingles(hashes[:total], offsets)


def verify(shingles: Shingles, a: Index, b: Index) -> tuple[Shares, Shares]:
    """Jaccard and containment (of the smaller set in the larger) of the pairs (a[i], b[i]).

    Float64, 0..1, each the nearest float to the true fraction of the hash sets; 0 where either
    text has no shingle. Only texts that occur in a pair are sorted, each once.
    Cost: 12-20 us per 1,000 shingles of those texts and 4-8 us per 1,000 of each pair; memory
    24 bytes a shingle of theirs.
    """
    used, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    every = len(used) == len(shingles)
    sets = shingle_sets(shingles if every else _take(shingles, used))
    common = _overlaps(sets.hashes, sets.offsets, places[: len(a)], places[len(a) :])
    sizes = sets.counts[places]
    one, other = sizes[: len(a)], sizes[len(a) :]
    union, smaller = one + other - common, np.minimum(one, other)
    return common / np.maximum(union, 1), common / np.maximum(smaller, 1)


def short_pairs(shingles: Shingles, threshold: float) -> tuple[Index, Index, Shares]:
    """Every pair with Jaccard >= threshold, exactly: (a, b, jaccard), a < b, sorted by (a, b).

    For short records (3-grams of characters), where MinHash is too coarse. Records with one and
    the same set are paired (1.0) with the first of them alone, and only the first with others, so
    that many copies stay linear and the components are those of all pairs. A record without
    shingles is in no pair: compare it by exact hash. Prefix filter over shingles ordered by
    rareness (AllPairs, Bayardo 2007; index prefix of PPJoin, Xiao 2008).
    Cost: 9 us a record (50,000 prompts of 21 shingles, threshold .8). Errors: ValueError
    unless 0 < threshold <= 1.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be above 0 and at most 1, not {threshold}")
    sets = shingle_sets(shingles)
    first = _first_equal(sets)
    records = np.flatnonzero((first == np.arange(len(sets))) & (sets.counts > 0))
    records = records[np.argsort(sets.counts[records], kind="stable")]
    ranked = _by_rareness(_take(sets, records))
    one, other, jaccard = prefix_join(ranked.hashes, ranked.offsets, threshold)
    copies = np.flatnonzero((first < np.arange(len(sets))) & (sets.counts > 0))
    a = np.concatenate([np.minimum(records[one], records[other]), first[copies]])
    b = np.concatenate([np.maximum(records[one], records[other]), copies])
    order = np.lexsort((b, a))
    return a[order], b[order], np.concatenate([jaccard, np.ones(len(copies))])[order]


def _take(shingles: Shingles, rows: Index) -> Shingles:
    """Gather the texts `rows`, in that order."""
    starts, counts = shingles.offsets[rows], shingles.counts[rows]
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])
    shifts = np.repeat(starts - offsets[:-1], counts)
    return Shingles(shingles.hashes[np.arange(offsets[-1]) + shifts], offsets)


def _first_equal(sets: Shingles) -> Index:
    """For each set the first record with the same set."""
    _, first, same = np.unique(
        _fingerprints(sets.hashes, sets.offsets), return_index=True, return_inverse=True
    )
    return first[same]


def _by_rareness(sets: Shingles) -> Shingles:
    """Shingles replaced by their rank, rarest 0 (ties by hash), each set sorted by rank."""
    distinct, places, counts = np.unique(sets.hashes, return_inverse=True, return_counts=True)
    ranks = np.empty(len(distinct), dtype=np.uint64)
    ranks[np.argsort(counts, kind="stable")] = np.arange(len(distinct), dtype=np.uint64)
    return shingle_sets(Shingles(ranks[places], sets.offsets))


@njit(types.int64(types.uint64[::1], READ_I64, types.int64[::1]), cache=True, nogil=True)
def _squeeze(hashes, offsets, out):  # type: ignore[no-untyped-def]
    """Drop repeats from sorted runs in place; writes the new offsets, gives the new length."""
    place = 0
    for i in range(len(offsets) - 1):
        out[i] = place
        for j in range(offsets[i], offsets[i + 1]):
            hashes[place] = hashes[j]
            place += int(j + 1 == offsets[i + 1] or hashes[j] != hashes[j + 1])
    out[-1] = place
    return place


@njit(types.int64[::1](READ_U64, READ_I64, READ_I64, READ_I64), cache=True, nogil=True)
def _overlaps(hashes, offsets, a, b):  # type: ignore[no-untyped-def]
    out = np.empty(len(a), dtype=np.int64)
    for k in range(len(a)):
        i, j = a[k], b[k]
        out[k] = common_count(hashes, offsets[i], offsets[i + 1], offsets[j], offsets[j + 1])
    return out


@njit(types.uint64[::1](READ_U64, READ_I64), cache=True, nogil=True)
def _fingerprints(hashes, offsets):  # type: ignore[no-untyped-def]
    out = np.zeros(len(offsets) - 1, dtype=np.uint64)
    for i in range(len(out)):
        for j in range(offsets[i], offsets[i + 1]):
            out[i] = mix64((out[i] + STEP) ^ hashes[j])
    return out
