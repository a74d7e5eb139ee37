"""Find the words of a list in texts, but not inside of longer katakana or Latin words.

アス is no hit in アスパラガス, nor サック in リュックサック; kanji and hiragana have no such edges,
and every occurrence counts.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import polars as pl
from numba import int64, njit, void
from numpy.typing import NDArray

from llmx_data.core.errors import DataError
from llmx_data.kernels.text import Codepoints, Texts, to_strings
from llmx_data.kernels.utf8 import READ_I64, READ_U8, READ_U32, buffers

HITS = {"row": pl.UInt32, "start": pl.UInt32, "end": pl.UInt32, "word": pl.String}
"""Columns of `find_words`; start and end are code points of the text after NFKC."""


def read_words(path: Path, *, min_chars: int = 1) -> list[str]:
    """Read a word list: one word per line, `#` opens a comment; NFKC, longest first, each once.

    Words shorter than `min_chars` are left out. Errors: DataError if the file is not UTF-8 text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a readable UTF-8 word list\n    {error}") from error
    words = {unicodedata.normalize("NFKC", line.partition("#")[0]).strip() for line in lines}
    return sorted((w for w in words if len(w) >= max(min_chars, 1)), key=lambda w: (-len(w), w))


def find_words(texts: Texts, words: list[str]) -> pl.DataFrame:
    """Hits of `words` (as `read_words` gives them), leftmost and longest, with whole-word edges.

    Gives: the columns of HITS, sorted by row and start. Texts are folded to find those with any
    candidate; only these are searched, after NFKC with white space kept.
    Cost: 2.4 times a bare `contains_any` over the same texts (1,467 words): about 25 us per 1,000
    characters.
    """
    if not words:
        return pl.DataFrame(schema=HITS)
    gate = ["".join(word.split()) for word in words]
    rows = to_strings(texts.folded).str.contains_any(gate).arg_true()
    some = texts.series.gather(rows).str.normalize("NFKC")
    bytes_at = some.str.find_many(words, leftmost=True)
    kept = bytes_at.list.len() > 0
    frame = pl.DataFrame({"row": rows, "byte": bytes_at}).filter(kept)
    inside = Texts(some.filter(kept))
    hits = frame.with_row_index("place").explode("byte")
    places = hits["place"].to_numpy()
    starts = _code_points(inside.series, places, hits["byte"].to_numpy())
    found = _words_at(inside.series.to_list(), places, starts, words)
    base = inside.points.offsets[places]
    ends = starts + found.str.len_chars().to_numpy()
    free = _edges_free(inside.points, places, base + starts, base + ends)
    placed = hits.with_columns(start=pl.Series(starts), end=pl.Series(ends), word=found)
    return placed.filter(free).select(pl.col(name).cast(kind) for name, kind in HITS.items())


def _words_at(
    texts: list[str], rows: NDArray[np.uint32], starts: NDArray[np.int64], words: list[str]
) -> pl.Series:
    """Longest word of the list at each position; cheaper than searching every text again."""
    known, sizes = set(words), sorted({len(word) for word in words}, reverse=True)
    found = [
        next(text[at : at + size] for size in sizes if text[at : at + size] in known)
        for text, at in zip((texts[row] for row in rows), starts.tolist(), strict=True)
    ]
    return pl.Series(found, dtype=pl.String)


def _code_points(
    texts: pl.Series, rows: NDArray[np.uint32], byte: NDArray[np.uint32]
) -> NDArray[np.int64]:
    """Turn byte offsets within texts, in order, into code point offsets within texts."""
    starts = np.zeros(len(rows), np.int64)
    _count_leads(*buffers(texts), rows, byte, starts)
    return starts


@njit(void(READ_U8, READ_I64, READ_U32, READ_U32, int64[::1]), cache=True, nogil=True)
def _count_leads(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.uint32],
    byte: NDArray[np.uint32],
    starts: NDArray[np.int64],
) -> None:
    """Count the bytes before each hit that begin a code point, each text read once."""
    at, count = 0, 0
    for hit in range(len(rows)):
        first = offsets[rows[hit]]
        if hit == 0 or rows[hit] != rows[hit - 1]:
            at, count = first, 0
        while at < first + byte[hit]:
            count += (data[at] & 0xC0) != 0x80
            at += 1
        starts[hit] = count


def _edges_free(
    texts: Codepoints, rows: NDArray[np.uint32], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say of every hit whether it neither begins nor ends within a run of one script."""
    points, first, last = texts.points, texts.offsets[rows], texts.offsets[rows + 1]
    before = np.where(starts > first, _script(points[np.maximum(starts - 1, 0)]), 0)
    after = np.where(ends < last, _script(points[np.minimum(ends, len(points) - 1)]), 0)
    cut_left = (before != 0) & (before == _script(points[starts]))
    cut_right = (after != 0) & (after == _script(points[ends - 1]))
    return np.asarray(~(cut_left | cut_right), np.bool_)


def _script(points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """1 for katakana with long and iteration marks, 2 for Latin letters and digits, else 0."""
    katakana = (points - np.uint32(0x30A1) <= 0x59) | (points - np.uint32(0x30FC) <= 2)
    katakana |= points - np.uint32(0x31F0) <= 0xF
    lower = points | np.uint32(0x20)
    latin = (lower - np.uint32(0x61) <= 25) | (points - np.uint32(0x30) <= 9)
    latin |= points - np.uint32(0xC0) <= 0x18F
    return katakana.astype(np.uint8) + 2 * latin.astype(np.uint8)
