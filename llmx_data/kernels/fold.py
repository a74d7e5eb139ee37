"""Fold texts for comparing: NFKC, white space removed or kept, by table on code points."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit, types
from numpy.typing import NDArray

from llmx_data.kernels.text import Codepoints
from llmx_data.kernels.utf8 import READ_I64, READ_U32

_SIZE = 0x30000
"""Above it no code point is changed by NFKC, and none is white space or a combining mark."""

_STABLE = (
    range(0x3400, 0xA000),
    range(0xAC00, 0xD7A4),
    range(0xD800, 0xF900),
    range(0x20000, 0x2F800),
)
"""Ranges (Han, Hangul syllables, surrogates, private use) that NFKC leaves alone as well."""

_SPACE, _SLOW, _MANY = 0x8000_0000, 0x8000_0001, 0xC000_0000
"""Marks in the table: drop, normalize the text by Python, `_MANY | pool start << 5 | length`."""


class Table(NamedTuple):
    """Per code point below 0x30000 its folded form: a code point, or a mark; and the pool."""

    forms: NDArray[np.uint32]
    pool: NDArray[np.uint32]


def fold(series: pl.Series, points: Codepoints, *, blanks: bool = False) -> Codepoints:
    """NFKC, then every white-space character (`str.isspace`) removed, unless `blanks` keeps them.

    `points` are the decoded texts of `series`. Equal to `"".join(normalize("NFKC", t).split())`.
    Texts in which a character may join the one before (combining marks, half-width voiced marks,
    Hangul jamo) are normalized by Python. Cost: 2 us per 1,000 characters, 75 on the slow path.
    """
    slow = np.zeros(len(points), np.uint8)
    offsets = np.zeros(len(points) + 1, np.int64)
    given = (points.points, points.offsets, *table(blanks))
    row, out = 0, np.empty(len(points.points) * 17 // 16 + 64, np.uint32)
    while (row := _fold(*given, row, out, offsets, slow)) < len(points):
        out = np.concatenate([out, np.empty(len(out), np.uint32)])
    fast = Codepoints(out[: offsets[-1]], offsets)
    rows = np.flatnonzero(slow)
    return _patch(series, fast, rows, blanks) if len(rows) else fast


def _patch(
    series: pl.Series, fast: Codepoints, rows: NDArray[np.int64], blanks: bool
) -> Codepoints:
    """Put texts normalized by Python in the (empty) places of `rows`."""
    forms = [_slow_fold(text, blanks) for text in series.gather(rows).to_list()]
    lengths = np.diff(fast.offsets)
    lengths[rows] = [len(form) for form in forms]
    pieces, done = [], 0
    for row, form in zip(rows, forms, strict=True):
        pieces += [fast.points[done : fast.offsets[row]], form]
        done = int(fast.offsets[row])
    pieces.append(fast.points[done:])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    return Codepoints(np.concatenate(pieces), offsets)


def _slow_fold(text: str, blanks: bool) -> NDArray[np.uint32]:
    """Fold one text by Python: 75 us per 1,000 characters."""
    form = unicodedata.normalize("NFKC", text)
    kept = form if blanks else "".join(form.split())
    return np.frombuffer(kept.encode("utf-32-le"), np.uint32)


@cache
def table(blanks: bool = False) -> Table:
    """Folded form of every code point, from this Python's Unicode database; built in 60 ms."""
    forms = np.arange(_SIZE, dtype=np.uint32)
    pool: list[int] = []
    for code, form in _changes().items():
        if form is None:
            forms[code] = _SLOW
            continue
        kept = [ord(c) for c in form if blanks or not c.isspace()]
        if len(kept) > 1:
            forms[code] = _MANY | len(pool) << 5 | len(kept)
            pool += kept
        else:
            forms[code] = kept[0] if kept else _SPACE
    return Table(forms, np.array(pool, np.uint32))


@cache
def _changes() -> dict[int, str | None]:
    """NFKC of white space and of all that NFKC changes; None where it depends on what precedes."""
    found: dict[int, str | None] = {}
    changing = {code: unicodedata.decomposition(chr(code)) for code in _candidates()}
    joining = _joining(changing.values())
    for code, decomposition in changing.items():
        char = chr(code)
        if _joins(char, decomposition, joining):
            found[code] = None
        elif decomposition or char.isspace():
            found[code] = unicodedata.normalize("NFKC", char)
    return found


def _candidates() -> list[int]:
    """Code points below `_SIZE` outside the ranges known to be stable."""
    parts = (range(a.stop, b.start) for a, b in pairwise((range(0), *_STABLE, range(_SIZE, _SIZE))))
    return [code for part in parts for code in part]


def _joining(decompositions: Iterable[str]) -> set[str]:
    """Characters that may compose with the one before: second halves of canonical pairs, jamo."""
    jamo = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    pairs = (parts for d in decompositions if len(parts := d.split()) == 2 and d[0] != "<")
    return jamo | {chr(int(second, 16)) for _, second in pairs}


def _joins(char: str, decomposition: str, joining: set[str]) -> bool:
    """Say whether the character, decomposed, begins with one that may join what precedes."""
    first = unicodedata.normalize("NFKD", char)[0] if decomposition else char
    return unicodedata.combining(first) != 0 or first in joining


@njit(
    types.int64(
        READ_U32,
        READ_I64,
        READ_U32,
        READ_U32,
        types.int64,
        types.uint32[::1],
        types.int64[::1],
        types.uint8[::1],
    ),
    cache=True,
    nogil=True,
)
def _fold(points, starts, forms, pool, row, out, offsets, slow):  # type: ignore[no-untyped-def]
    """Fold texts from `row` on until `out` may be too small; gives the row to go on with.

    A text that needs Python is left empty and marked in `slow`.
    """
    w = offsets[row]
    for i in range(row, len(starts) - 1):
        begin = w
        for r in range(starts[i], starts[i + 1]):
            c = points[r]
            form = c
            if c < _SIZE:
                form = forms[c]
            if form < _SPACE:
                out[w] = form
                w += 1
            elif form == _SLOW:
                slow[i] = 1
                w = begin
                break
            elif form != _SPACE:
                at, n = (form ^ _MANY) >> 5, form & 31
                if w + n + starts[-1] - r > len(out):
                    return i
                for k in range(n):
                    out[w + k] = pool[at + k]
                w += n
        offsets[i + 1] = w
    return len(starts) - 1
