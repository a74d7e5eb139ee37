"""Characters that show that a text is broken, counted per text."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from llmx_data.kernels.text import Codepoints
from llmx_data.kernels.utf8 import READ_I64, READ_U32


def broken_chars(texts: Codepoints) -> NDArray[np.int64]:
    """Count replacement characters, and controls or noncharacters: n rows of two."""
    found = np.zeros((len(texts), 2), np.int64)
    _count(texts.points, texts.offsets, found)
    return found


@njit(types.void(READ_U32, READ_I64, types.int64[:, ::1]), cache=True, nogil=True)
def _count(points, offsets, found):  # type: ignore[no-untyped-def]
    for i in range(len(offsets) - 1):
        for k in range(offsets[i], offsets[i + 1]):
            c = points[k]
            if c == 0xFFFD:
                found[i, 0] += 1
            elif c < 0x20:
                found[i, 1] += c not in (0x09, 0x0A, 0x0D)
            elif 0x7F <= c < 0xA0:
                found[i, 1] += c != 0x85
            elif (c & 0xFFFE) == 0xFFFE or 0xFDD0 <= c <= 0xFDEF:
                found[i, 1] += 1
