"""Lines and sentences: how many, how long, how often repeated; Swallow's definitions.

A line is a piece between two newlines. A sentence is a run of other characters with the first
of 。．！？!? after it, inside a line; further end marks ("！！") belong to no sentence. Duplicates
are the copies beyond the first; a line is compared by its sentences, so without such marks.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from llmx_data.kernels.text import Codepoints
from llmx_data.kernels.utf8 import READ_I64, READ_U8, READ_U32

LINES = (
    "lines",
    "blank",
    "short",
    "longest",
    "ellipsis",
    "punctuated",
    "bullets",
    "kept_chars",
    "duplicates",
    "duplicate_chars",
    "blank_duplicates",
)
"""Columns of `line_counts`. Swallow: lines (blank ones too), kept_chars (characters that belong to
a sentence), duplicates and duplicate_chars. Ours: blank (white space only) and blank_duplicates
(their part of duplicates); short, ellipsis, punctuated and bullets count lines that are not blank
and, without the white space at their ends, have at most `short` characters, end in an ellipsis
(… ‥ ・ or ...), end in punctuation (。．！？…」』）!?.), or begin with a list mark; longest."""

SENTENCES = ("sentences", "chars", "longest", "ellipsis", "duplicates", "duplicate_chars")
"""Columns of `sentence_counts`; ellipsis: ends in ・ or … but for white space."""

SPANS = types.int64[:, ::1]

_SPACE, _END, _DOTS, _CLOSING, _BULLET = 1, 2, 4, 8, 16
"""Bits in the table of marks."""

_NEWLINE, _PERIOD, _MIDDLE_DOT, _ELLIPSIS = 0x0A, 0x2E, 0x30FB, 0x2026

_SEED, _FACTOR = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
"""FNV's seed and the golden ratio; quality matters little, as every hit is compared."""


def line_counts(texts: Codepoints, *, short: int) -> NDArray[np.int64]:
    """Count lines: n rows, columns `LINES`. Cost: 4 us per 1,000 characters."""
    counts = np.zeros((len(texts), len(LINES)), np.int64)
    spans, slots = _room(texts)
    _lines(texts.points, texts.offsets, _marks(), short, spans, slots, counts)
    return counts


def sentence_counts(texts: Codepoints) -> NDArray[np.int64]:
    """Count sentences: n rows, columns `SENTENCES`. Cost: 4 us per 1,000 characters."""
    counts = np.zeros((len(texts), len(SENTENCES)), np.int64)
    spans, slots = _room(texts)
    _sentences(texts.points, texts.offsets, _marks(), spans, slots, counts)
    return counts


@cache
def _marks() -> NDArray[np.uint8]:
    """Bits of every code point."""
    marks = np.zeros(sys.maxunicode + 1, np.uint8)
    spaces = "".join(chr(c) for c in range(0x3001) if chr(c).isspace())
    for bit, chars in (
        (_SPACE, spaces),
        (_END, "。．！？!?"),
        (_DOTS, "…‥・"),
        (_CLOSING, "。．！？!?.…」』）"),
        (_BULLET, "-*+・•‣●○◆◇■□▪▶※"),
    ):
        marks[[ord(c) for c in chars]] |= bit
    return marks


def _room(texts: Codepoints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Room for the spans (start, end, hash, kept) of the longest text and for their hash table."""
    longest = int(np.diff(texts.offsets).max(initial=0)) + 1
    return np.empty((longest, 4), np.int64), np.zeros((_table_size(longest), 2), np.int64)


@njit(types.int64(types.int64), cache=True, nogil=True)
def _table_size(items):  # type: ignore[no-untyped-def]
    """Give the power of two that is at least twice as large."""
    size = 4
    while size < 2 * items:
        size *= 2
    return size


@njit(types.int64(READ_U32, types.int64, types.int64, READ_U8, SPANS), cache=True, nogil=True)
def _split_lines(points, begin, stop, marks, spans):  # type: ignore[no-untyped-def]
    """Write one span per line; surplus end marks are in the span but not in its hash or kept."""
    n, start, kept, surplus, h = 0, begin, 0, True, _SEED
    for r in range(begin, stop + 1):
        c = points[r] if r < stop else np.uint32(_NEWLINE)
        if c == _NEWLINE:
            spans[n, 0], spans[n, 1], spans[n, 2], spans[n, 3] = start, r, np.int64(h), kept
            n, start, kept, surplus, h = n + 1, r + 1, 0, True, _SEED
            continue
        is_end = marks[c] & _END != 0
        if not (is_end and surplus):
            h = (h ^ c) * _FACTOR
            kept += 1
        surplus = is_end
    return n


@njit(types.int64(READ_U32, types.int64, types.int64, READ_U8, SPANS), cache=True, nogil=True)
def _split_sentences(points, begin, stop, marks, spans):  # type: ignore[no-untyped-def]
    """Write one span per sentence."""
    n, start, h = 0, -1, _SEED
    for r in range(begin, stop + 1):
        c = points[r] if r < stop else np.uint32(_NEWLINE)
        is_end = marks[c] & _END != 0
        if start < 0:
            if is_end or c == _NEWLINE:
                continue
            start, h = r, _SEED
        if c != _NEWLINE:
            h = (h ^ c) * _FACTOR
        if is_end or c == _NEWLINE:
            end = r + is_end
            spans[n, 0], spans[n, 1], spans[n, 2], spans[n, 3] = (
                start,
                end,
                np.int64(h),
                end - start,
            )
            n, start = n + 1, -1
    return n


@njit(
    types.boolean(READ_U32, READ_U8, types.int64, types.int64, types.int64, types.int64),
    cache=True,
    nogil=True,
)
def _same(points, marks, a, a_stop, b, b_stop):  # type: ignore[no-untyped-def]
    """Compare two spans without their surplus end marks."""
    a_surplus = b_surplus = True
    while True:
        while a < a_stop and a_surplus and marks[points[a]] & _END:
            a += 1
        while b < b_stop and b_surplus and marks[points[b]] & _END:
            b += 1
        if a == a_stop or b == b_stop:
            return a == a_stop and b == b_stop
        if points[a] != points[b]:
            return False
        a_surplus = b_surplus = marks[points[a]] & _END != 0
        a, b = a + 1, b + 1


@njit(
    types.boolean(READ_U32, READ_U8, SPANS, types.int64, types.int64, types.int64, SPANS),
    cache=True,
    nogil=True,
)
def _seen(points, marks, spans, k, size, text, slots):  # type: ignore[no-untyped-def]
    """Say whether an equal span came before in this text (numbered from 1); if not, keep it.

    A hit of the hash is compared character by character.
    """
    at = (spans[k, 2] >> 32) & (size - 1)
    while slots[at, 0] == text:
        other = slots[at, 1]
        if spans[other, 2] == spans[k, 2] and _same(
            points, marks, spans[other, 0], spans[other, 1], spans[k, 0], spans[k, 1]
        ):
            return True
        at = (at + 1) & (size - 1)
    slots[at, 0], slots[at, 1] = text, k
    return False


@njit(
    types.UniTuple(types.int64, 2)(READ_U32, types.int64, types.int64, READ_U8),
    cache=True,
    nogil=True,
)
def _strip(points, start, end, marks):  # type: ignore[no-untyped-def]
    """Leave out the white space at both ends."""
    while start < end and marks[points[end - 1]] & _SPACE:
        end -= 1
    while start < end and marks[points[start]] & _SPACE:
        start += 1
    return start, end


@njit(
    types.void(READ_U32, READ_I64, READ_U8, types.int64, SPANS, SPANS, SPANS),
    cache=True,
    nogil=True,
)
def _lines(points, offsets, marks, short, spans, slots, counts):  # type: ignore[no-untyped-def]
    """Fill the columns LINES."""
    for i in range(len(offsets) - 1):
        n = _split_lines(points, offsets[i], offsets[i + 1], marks, spans)
        size = _table_size(n)
        row = counts[i]
        row[0] = n
        for k in range(n):
            start, end = _strip(points, spans[k, 0], spans[k, 1], marks)
            blank = start == end
            row[1] += blank
            row[3] = max(row[3], spans[k, 1] - spans[k, 0])
            if not blank:
                last = points[end - 1]
                dots = end - start > 2 and last == points[end - 2] == points[end - 3] == _PERIOD
                row[2] += end - start <= short
                row[4] += dots or marks[last] & _DOTS != 0
                row[5] += marks[last] & _CLOSING != 0
                row[6] += marks[points[start]] & _BULLET != 0
            row[7] += spans[k, 3]
            if _seen(points, marks, spans, k, size, i + 1, slots):
                row[8] += 1
                row[9] += spans[k, 3]
                row[10] += blank


@njit(types.void(READ_U32, READ_I64, READ_U8, SPANS, SPANS, SPANS), cache=True, nogil=True)
def _sentences(points, offsets, marks, spans, slots, counts):  # type: ignore[no-untyped-def]
    """Fill the columns SENTENCES."""
    for i in range(len(offsets) - 1):
        n = _split_sentences(points, offsets[i], offsets[i + 1], marks, spans)
        size = _table_size(n)
        row = counts[i]
        row[0] = n
        for k in range(n):
            length = spans[k, 3]
            row[1] += length
            row[2] = max(row[2], length)
            start, end = _strip(points, spans[k, 0], spans[k, 1], marks)
            last = points[end - 1] if start < end else np.uint32(0)
            row[3] += last in (_MIDDLE_DOT, _ELLIPSIS)
            if _seen(points, marks, spans, k, size, i + 1, slots):
                row[4] += 1
                row[5] += length
