"""Loops: the phrase that a text ends by repeating, found exactly, in one pass from the end."""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from llmx_data.kernels.text import Codepoints
from llmx_data.kernels.utf8 import READ_I64, READ_U8, READ_U32

LOOPS = ("period", "chars")
"""Columns of `end_loops`: characters of the phrase, and of the whole repetition."""

_LETTER, _SPACE = 1, 2


def end_loops(texts: Codepoints, *, window: int) -> NDArray[np.int64]:
    """Find the repetition at the end of every text: n rows, columns `LOOPS`; 0 where there is none.

    White space at the end does not count; the last copy may be cut off. Of all ends of the text
    (within the last `window` characters) that repeat a phrase at least twice, the one with most
    characters after the first copy is given, if the phrase has a letter or digit: rules of dashes
    and rows of dots are layout. Cost: 5 us per 1,000 characters read.
    """
    loops = np.zeros((len(texts), len(LOOPS)), np.int64)
    longest = min(int(np.diff(texts.offsets).max(initial=0)), window) + 1
    _loops(texts.points, texts.offsets, _kinds(), window, np.zeros(longest, np.int64), loops)
    return loops


@cache
def _kinds() -> NDArray[np.uint8]:
    """Bits of every code point: letters and digits, white space."""
    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    codes = [c for c in range(0x323B0) if not 0xD800 <= c < 0xE000]
    kinds[[c for c in codes if chr(c).isalnum()]] = _LETTER
    kinds[[c for c in codes if chr(c).isspace()]] = _SPACE
    return kinds


@njit(
    types.void(READ_U32, READ_I64, READ_U8, types.int64, types.int64[::1], types.int64[:, ::1]),
    cache=True,
    nogil=True,
)
def _loops(points, offsets, kinds, window, border, loops):  # type: ignore[no-untyped-def]
    """Knuth-Morris-Pratt borders of the reversed text: i characters have period i - border."""
    for row in range(len(offsets) - 1):
        begin, last = offsets[row], offsets[row + 1] - 1
        while last >= begin and kinds[points[last]] == _SPACE:
            last -= 1
        size = min(last - begin + 1, window)
        k, best = 0, 0
        for i in range(1, size):
            c = points[last - i]
            while k > 0 and c != points[last - k]:
                k = border[k - 1]
            k += c == points[last - k]
            border[i] = k
            period = i + 1 - k
            if k >= period and k > best:
                letters = 0
                for r in range(last - period + 1, last + 1):
                    letters += kinds[points[r]] == _LETTER
                    if letters:
                        break
                if letters:
                    best = k
                    loops[row, 0], loops[row, 1] = period, i + 1
