"""Runs that texts copy from documents: sparse grams of the documents, a bitmap before the table.

Of the documents every `step`-th gram is indexed, of `gram` characters; with gram + step = run + 1
every run of `run` characters holds an indexed gram whole. Grams of a text are looked up at every
place; a hit is compared character by character and extended both ways, so no verdict rests on a
hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit, types
from numpy.typing import NDArray

from llmx_data.kernels.text import Codepoints, Texts
from llmx_data.kernels.utf8 import READ_I64, READ_U32

READ_U64 = types.Array(types.uint64, 1, "C", readonly=True)

_BORDER = np.uint32(0xFFFFFFFF)
"""Stands before, between and after the documents; no text has it, so every run ends there."""

_BASE, _SPREAD = 0x100000001B3, 0xBF58476D1CE4E5B9
"""A gram's hash is its polynomial in _BASE times _SPREAD, so that its first bits are good."""

_BITS_PER_GRAM = 16
"""Least bits of the bitmap per gram, of which each sets two in one word: of foreign positions 1.6 %
pass at most. With one bit each 4 % passed, and looking those up took most of the time."""


@dataclass(frozen=True)
class Copies:
    """Documents end to end with borders, and their sampled grams: sorted hashes and places.

    `firsts[w]` is the first gram that belongs to word w of the bitmap, by the first bits of its
    hash; looking grams up by halving the table cost as much as all the rest.
    """

    text: NDArray[np.uint32]
    hashes: NDArray[np.uint64]
    places: NDArray[np.int64]
    bitmap: NDArray[np.uint64]
    firsts: NDArray[np.int64]
    run: int

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(
            a.nbytes for a in (self.text, self.hashes, self.places, self.bitmap, self.firsts)
        )


def index_documents(blocks: Iterable[pl.Series], *, run: int) -> Copies:
    """Index documents, folded (NFKC, no white space), for runs of at least `run` (>= 2) characters.

    Cost: 25 us per 1,000 characters of the documents; 4.8 bytes a character, four of them the text.
    """
    assert run >= 2, run
    pieces, starts, sizes, size = [np.array([_BORDER])], [], [], 1
    for block in blocks:
        folded = Texts(block.drop_nulls()).folded
        counts = np.diff(folded.offsets)
        pieces.append(np.insert(folded.points, folded.offsets[1:], _BORDER))
        starts.append(size + folded.offsets[:-1] + np.arange(len(folded)))
        sizes.append(counts)
        size += len(pieces[-1])
    text = np.concatenate(pieces)
    none = [np.zeros(0, np.int64)]
    gram, step = _sizes(run)
    hashes, places = _sampled(
        text, np.concatenate(none + starts), np.concatenate(none + sizes), gram, step
    )
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    bits = max(10, int(_BITS_PER_GRAM * len(hashes)).bit_length() - 6)
    bitmap = np.zeros(1 << bits, np.uint64)
    _mark(hashes, bits, bitmap)
    words = np.arange(1, 1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
    firsts = np.concatenate([[0], np.searchsorted(hashes, words), [len(hashes)]]).astype(np.int64)
    return Copies(text, hashes, places[order], bitmap, firsts, run)


def longest_copies(texts: Codepoints, documents: Copies) -> NDArray[np.int64]:
    """Characters of the longest run of each text that stands word for word in a document.

    Runs under `documents.run` count 0. Give folded texts. Cost: 9 us per 1,000 characters against
    five million characters of documents, 15 against 25 million, whose bitmap fills the cache.
    """
    longest = np.zeros(len(texts), np.int64)
    gram, step = _sizes(documents.run)
    bits = len(documents.bitmap).bit_length() - 1
    _longest(
        texts.points,
        texts.offsets,
        documents.text,
        documents.hashes,
        documents.places,
        documents.bitmap,
        documents.firsts,
        bits,
        gram,
        step,
        longest,
    )
    return np.where(longest >= documents.run, longest, 0)


def _sizes(run: int) -> tuple[int, int]:
    """Size of a gram and distance of two indexed ones: 25 and 26 for runs of 50."""
    return run // 2, run - run // 2 + 1


@njit(
    types.Tuple((types.uint64[::1], types.int64[::1]))(
        READ_U32, READ_I64, READ_I64, types.int64, types.int64
    ),
    cache=True,
    nogil=True,
)
def _sampled(text, starts, sizes, gram, step):  # type: ignore[no-untyped-def]
    """Hash every `step`-th gram of each document; gives hashes and places."""
    count = 0
    for i in range(len(starts)):
        if sizes[i] >= gram:
            count += (sizes[i] - gram) // step + 1
    hashes, places = np.empty(count, np.uint64), np.empty(count, np.int64)
    n = 0
    for i in range(len(starts)):
        for at in range(starts[i], starts[i] + sizes[i] - gram + 1, step):
            h = np.uint64(0)
            for k in range(at, at + gram):
                h = h * np.uint64(_BASE) + np.uint64(text[k])
            hashes[n], places[n] = h * np.uint64(_SPREAD), at
            n += 1
    return hashes, places


@njit(types.uint64(types.uint64, types.int64), cache=True, nogil=True, inline="always")
def _marks(value, bits):  # type: ignore[no-untyped-def]
    """Two bits of a word of the bitmap, by the 12 bits that follow the number of the word."""
    one, two = value >> np.uint64(58 - bits), value >> np.uint64(52 - bits)
    return np.uint64(1) << (one & np.uint64(63)) | np.uint64(1) << (two & np.uint64(63))


@njit(types.void(READ_U64, types.int64, types.uint64[::1]), cache=True, nogil=True)
def _mark(hashes, bits, bitmap):  # type: ignore[no-untyped-def]
    """Set the bits of every hash."""
    for value in hashes:
        bitmap[value >> np.uint64(64 - bits)] |= _marks(value, bits)


@njit(
    types.int64(
        READ_U32,
        types.int64,
        types.int64,
        types.int64,
        READ_U32,
        types.int64,
        types.int64,
        types.int64,
    ),
    cache=True,
    nogil=True,
)
def _run_around(points, begin, stop, at, text, place, gram, step):  # type: ignore[no-untyped-def]
    """Characters of the run that holds the gram at `at`; 0 if an earlier gram of it was indexed."""
    left = 0
    while at - left > begin and points[at - left - 1] == text[place - left - 1]:
        left += 1
        if left == step:
            return 0
    right = 0
    while at + right < stop and points[at + right] == text[place + right]:
        right += 1
    return left + right if right >= gram else 0


@njit(
    types.void(
        READ_U32,
        READ_I64,
        READ_U32,
        READ_U64,
        READ_I64,
        READ_U64,
        READ_I64,
        types.int64,
        types.int64,
        types.int64,
        types.int64[::1],
    ),
    cache=True,
    nogil=True,
)
def _longest(points, offsets, text, hashes, places, bitmap, firsts, bits, gram, step, longest):  # type: ignore[no-untyped-def]
    """Hash the places of each text by rolling, then look them up: those that pass the bitmap.

    Two loops, as the reads of the bitmap overlap when no hash waits between them.
    """
    top = np.uint64(1)
    for _ in range(gram):
        top *= np.uint64(_BASE)
    size = 0
    for i in range(len(longest)):
        size = max(size, offsets[i + 1] - offsets[i])
    values = np.empty(size, np.uint64)
    for i in range(len(longest)):
        begin, stop = offsets[i], offsets[i + 1]
        h = np.uint64(0)
        for r in range(begin, stop):
            h = h * np.uint64(_BASE) + np.uint64(points[r])
            if r - begin >= gram:
                h -= top * np.uint64(points[r - gram])
            values[r - begin] = h * np.uint64(_SPREAD)
        for r in range(begin + gram - 1, stop):
            value = values[r - begin]
            marks, word = _marks(value, bits), np.int64(value >> np.uint64(64 - bits))
            if bitmap[word] & marks != marks:
                continue
            for k in range(firsts[word], firsts[word + 1]):
                if hashes[k] == value:
                    at = r - gram + 1
                    found = _run_around(points, begin, stop, at, text, places[k], gram, step)
                    longest[i] = max(longest[i], found)
