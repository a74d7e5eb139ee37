"""Character n-grams of 2..10: types, repeated types, the most frequent; exact, by refinement.

An n-gram seen once stays unique for every larger n. So level n visits only places where both
(n-1)-grams inside were repeated, and names an n-gram by the class of its first n-1 characters and
its last code point: exact, no hash of the characters, 3 to 4 table look-ups per character for all
nine levels.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from llmx_data.kernels.text import Codepoints
from llmx_data.kernels.utf8 import READ_I64, READ_U32

SIZES = range(2, 11)
"""Sizes measured: Swallow's top 2..4 and duplicated 5..10, and what lies beside them."""

_SMALLEST, _LARGEST = SIZES[0], SIZES[-1]

_POINT_BITS, _KEY_BITS = 21, 48
_TURNS = 1 << 15
"""A key is turn (15 bits) | class (27) | code point (21); a new turn voids the old entries."""

LONGEST_TEXT = 1 << 26
"""Longest text (67 million characters): its table has 2**27 slots, and a class is a slot."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)

PLACES, SLOTS = types.int32[:, ::1], types.int64[:, ::1]


def ngram_counts(texts: Codepoints) -> NDArray[np.int64]:
    """N-grams over all characters, newlines too: array of n texts, 9 sizes (2..10), 3 counts.

    The counts: types (different n-grams), repeated (types that occur twice or more), top
    (occurrences of the most frequent). All 0 where the text is shorter than the n-gram.
    Cost: 35 us per 1,000 characters. Errors: ValueError above `LONGEST_TEXT`.
    """
    longest = int(np.diff(texts.offsets).max(initial=1))
    if longest > LONGEST_TEXT:
        raise ValueError(f"a text of {longest:,} characters; at most {LONGEST_TEXT:,} are possible")
    counts = np.zeros((len(texts), len(SIZES), 3), np.int64)
    places = np.empty((longest + 1, 2), np.int32)
    slots = np.zeros((max(4, 1 << (2 * longest - 1).bit_length()), 2), np.int64)
    _count(texts.points, texts.offsets, places, slots, counts)
    return counts


@njit(
    types.UniTuple(types.int64, 4)(
        READ_U32, types.int64, PLACES, types.int64, types.int64, types.int64, SLOTS
    ),
    cache=True,
    nogil=True,
)
def _insert(text, n, places, m, turn, bits, slots):  # type: ignore[no-untyped-def]
    """Count the n-grams at the first `m` places; leave in `places` those counted, with their slot.

    A place is (position, class). Where the next position is no place, the n-gram is unique.
    Gives: places left, types among them, repeated types, top count. No branch depends on whether
    an n-gram is new, which no processor could guess.
    """
    shift, mask = np.uint64(64 - bits), np.int64((1 << bits) - 1)
    left = types_ = repeated = top = np.int64(0)
    for j in range(m - 1):
        position = places[j, 0]
        if places[j + 1, 0] != position + 1:
            continue
        key = turn << _KEY_BITS | np.int64(places[j, 1]) << _POINT_BITS | text[position + n - 1]
        at = np.int64((np.uint64(key) * _FACTOR) >> shift)
        while (slots[at, 0] != key) & (slots[at, 0] >> _KEY_BITS == turn):
            at = (at + 1) & mask
        old = np.int64(slots[at, 0] == key)
        count = slots[at, 1] * old + 1
        slots[at, 0], slots[at, 1] = key, count
        types_ += 1 - old
        repeated += count == 2
        top = max(top, count)
        places[left, 0], places[left, 1] = position, at
        left += 1
    return left, types_, repeated, top


@njit(types.int64(PLACES, types.int64, SLOTS), cache=True, nogil=True)
def _keep_repeated(places, m, slots):  # type: ignore[no-untyped-def]
    """Keep the places whose n-gram occurs twice or more; give their number."""
    left = 0
    for j in range(m):
        places[left, 0], places[left, 1] = places[j, 0], places[j, 1]
        left += slots[places[j, 1], 1] > 1
    return left


@njit(
    types.void(READ_U32, READ_I64, PLACES, SLOTS, types.int64[:, :, ::1]),
    cache=True,
    nogil=True,
)
def _count(points, offsets, places, slots, counts):  # type: ignore[no-untyped-def]
    """Fill the counts text by text, level by level."""
    turn = used = 0
    for i in range(len(offsets) - 1):
        text = points[offsets[i] : offsets[i + 1]]
        m = len(text)
        for j in range(m):
            places[j, 0], places[j, 1] = j, text[j]
        for n in range(_SMALLEST, min(_LARGEST, len(text)) + 1):
            bits = 2
            while 1 << bits < 2 * m:
                bits += 1
            turn, used = turn + 1, max(used, 1 << bits)
            if turn == _TURNS:
                slots[:used] = 0
                turn, used = 1, 1 << bits
            left, found, repeated, top = _insert(text, n, places, m, turn, bits, slots)
            row = counts[i, n - _SMALLEST]
            row[0] = len(text) - n + 1 - left + found
            row[1], row[2] = repeated, max(top, 1)
            m = _keep_repeated(places, left, slots)
