"""Parts of speech by MeCab with unidic-lite, counted from its output bytes, no node objects.

MeCab prints one number per word, the left-context id, which `left-id.def` of the dictionary turns
into a part of speech. That costs little more than `-Owakati` and a quarter of what fugashi's node
objects cost (`benchmarks/morphology.py`).
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numba import int64, njit, void
from numpy.typing import NDArray

from llmx_data.kernels.utf8 import READ_U8, buffers

CLASSES = (
    "other",
    "noun",
    "proper_noun",
    "particle",
    "final_particle",
    "auxiliary",
    "verb",
    "symbol",
    "blank",
    "unknown",
)
"""Columns of the counts. A word is in exactly one of the first nine; `unknown` counts it again."""

OTHER, BLANK, UNKNOWN = 0, 8, 9

SYMBOL_TYPE = 3
"""unidic's character type SYMBOL: its unknown words are 記号 though their id is that of a noun."""

LONG_CHARS = 2000
"""Longer documents are read in windows: cost stops growing, long single parses need much memory."""

WINDOWS, WINDOW_CHARS = 16, 125
"""Evenly spread and not aligned to sentences, because alignment adds bias. Against the full text
of documents over 2,000 characters: noun share r = .988, mean error .015 (4 x 500: r = .960)."""

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""Removed first: a NUL ends the text for MeCab."""


@dataclass(frozen=True)
class WordCounts:
    """What MeCab saw of n texts.

    `counts` is int64 (n, 10), one column per entry of CLASSES; `chars_read` int64 (n) counts the
    characters given to MeCab without white space; `read_share` float64 (n) is the part of the text
    given to MeCab, 1.0 unless it was read in windows.
    """

    counts: NDArray[np.int64]
    chars_read: NDArray[np.int64]
    read_share: NDArray[np.float64]


class Tagger:
    """MeCab set to print part-of-speech ids; `parsed_count` tells how many texts it was given."""

    def __init__(self) -> None:
        import unidic_lite
        from fugashi import GenericTagger

        rc = Path(__file__).with_name("mecab.rc")
        folder = Path(unidic_lite.DICDIR)
        where = f"-r {shlex.quote(str(rc))} -d {shlex.quote(str(folder))}"
        self._mecab: Any = GenericTagger(f"{where} -Ollmx")
        self.class_of_id = _class_of_id(folder / "left-id.def")
        self.parsed_count = 0

    def parse(self, pieces: list[str]) -> str:
        """Ids of the words of one text's pieces, blank-separated, on one line."""
        self.parsed_count += 1
        parse = self._mecab.parse
        return " ".join([parse(piece) for piece in pieces])


@cache
def tagger() -> Tagger:
    """Give the one tagger of this process (98 MB of dictionary, mapped and shared)."""
    return Tagger()


def windows(text: str) -> list[str]:
    """Cut a long text into the windows that are read; a short one is its own window."""
    if len(text) <= LONG_CHARS:
        return [text]
    last = len(text) - WINDOW_CHARS
    starts = [last * k // (WINDOWS - 1) for k in range(WINDOWS)]
    return [text[start : start + WINDOW_CHARS] for start in starts]


def count_words(texts: pl.Series) -> WordCounts:
    """Count parts of speech of every text; null counts as empty.

    Cost: 430 us per 1,000 characters read, nearly all of it MeCab's own.
    """
    clean = _without_control(texts.fill_null("")).to_list()
    read = [windows(text) for text in clean]
    mecab = tagger()
    output = "".join([f"{mecab.parse(pieces)} \n" for pieces in read]).encode()
    counts = np.zeros((len(clean), len(CLASSES)), np.int64)
    _count(np.frombuffer(output, np.uint8), mecab.class_of_id, counts)
    chars = [_solid_chars("".join(pieces)) for pieces in read]
    shares = [
        1.0 if len(text) <= LONG_CHARS else WINDOWS * WINDOW_CHARS / len(text) for text in clean
    ]
    return WordCounts(counts, np.array(chars, np.int64), np.array(shares, np.float64))


def _without_control(texts: pl.Series) -> pl.Series:
    """Remove control characters; looking at the bytes first is ten times cheaper."""
    data, _ = buffers(texts)
    low = data[(data < 32) | (data == 127)]
    blank = (low == 9) | (low == 10) | (low == 13)
    return texts if blank.all() else texts.str.replace_all(CONTROL, "")


def _solid_chars(text: str) -> int:
    """Count characters but those MeCab skips (blank, tab, line ends) or calls 空白 (U+3000)."""
    return len(text) - sum([text.count(blank) for blank in " \t\n\r\u3000"])


def class_of(pos1: str, pos2: str) -> int:
    """Find the number in CLASSES of a unidic part of speech."""
    word = {
        ("名詞", "固有名詞"): "proper_noun",
        ("助詞", "終助詞"): "final_particle",
    }.get((pos1, pos2)) or {
        "名詞": "noun",
        "助詞": "particle",
        "助動詞": "auxiliary",
        "動詞": "verb",
        "補助記号": "symbol",
        "空白": "blank",
    }.get(pos1, "other")
    return CLASSES.index(word)


def _class_of_id(path: Path) -> NDArray[np.uint8]:
    """Table from left-context id to class, out of the dictionary's `left-id.def`."""
    rows = [line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines() if line]
    table = np.zeros(max(int(number) for number, _ in rows) + 1, np.uint8)
    for number, feature in rows:
        table[int(number)] = class_of(*feature.split(",")[:2])
    return table


@njit(void(READ_U8, READ_U8, int64[:, ::1]), cache=True, nogil=True)
def _count(
    output: NDArray[np.uint8], class_of_id: NDArray[np.uint8], counts: NDArray[np.int64]
) -> None:
    """Add each printed word to its row; a word ends with a blank, a row with a line feed."""
    row, number, digits, kind, unknown = 0, 0, 0, -1, False
    for byte in output:
        if 48 <= byte <= 57:
            number = number * 10 + byte - 48
            digits += 1
            continue
        if byte == 44:  # ",": the number was the character type of an unknown word
            kind, unknown = number, True
        elif digits:
            found = OTHER if kind == SYMBOL_TYPE else class_of_id[number]
            counts[row, found] += 1
            counts[row, UNKNOWN] += unknown and found != BLANK
            kind, unknown = -1, False
        number, digits = 0, 0
        row += byte == 10
