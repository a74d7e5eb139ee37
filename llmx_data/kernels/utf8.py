"""UTF-8 to code points and back: two compiled loops over Arrow buffers."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit, types
from numpy.typing import NDArray

READ_U8 = types.Array(types.uint8, 1, "C", readonly=True)
READ_U32 = types.Array(types.uint32, 1, "C", readonly=True)
READ_I64 = types.Array(types.int64, 1, "C", readonly=True)
"""Input types of every kernel here: declared read-only they take Arrow buffers and arrays alike."""


def buffers(series: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 bytes of a String column end to end and the n + 1 offsets into them.

    Null counts as empty. The first offset need not be 0. Both arrays are read-only views.
    """
    filled = series.fill_null("") if series.null_count() else series
    arrow = filled.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
    _, starts, data = arrow.buffers()
    if starts is None or len(arrow) == 0:
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    offsets = np.frombuffer(starts, np.int64, len(arrow) + 1, arrow.offset * 8)
    return np.frombuffer(data or b"", np.uint8), offsets


def points_of(series: pl.Series) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Code points and offsets of every text; null counts as empty."""
    data, starts = buffers(series)
    offsets = np.zeros(len(starts), np.int64)
    np.cumsum(series.str.len_chars().fill_null(0).to_numpy(), out=offsets[1:])
    points = np.empty(offsets[-1], np.uint32)
    _decode(data, starts[0], starts[-1], points)
    return points, offsets


def strings_of(points: NDArray[np.uint32], offsets: NDArray[np.int64]) -> pl.Series:
    """Encode code points into a String column."""
    starts = np.zeros(len(offsets), np.int64)
    _count_bytes(points, offsets, starts)
    data = np.empty(starts[-1], np.uint8)
    _encode(points[offsets[0] : offsets[-1]], data)
    arrow = pa.LargeStringArray.from_buffers(
        len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(data)
    )
    return pl.Series(arrow, dtype=pl.String)


@njit(types.void(READ_U8, types.int64, types.int64, types.uint32[::1]), cache=True, nogil=True)
def _decode(data, start, end, points):  # type: ignore[no-untyped-def]
    """Decode bytes `start` to `end`, which must be valid UTF-8."""
    r, w = start, 0
    while r < end:
        b = np.uint32(data[r])
        if b < 0x80:
            points[w] = b
            r += 1
        elif b >= 0xF0:
            high = (b & 7) << 18 | np.uint32(data[r + 1] & 63) << 12
            points[w] = high | np.uint32(data[r + 2] & 63) << 6 | np.uint32(data[r + 3] & 63)
            r += 4
        elif b >= 0xE0:
            points[w] = (b & 15) << 12 | np.uint32(data[r + 1] & 63) << 6 | (data[r + 2] & 63)
            r += 3
        else:
            points[w] = (b & 31) << 6 | np.uint32(data[r + 1] & 63)
            r += 2
        w += 1


@njit(types.void(READ_U32, READ_I64, types.int64[::1]), cache=True, nogil=True)
def _count_bytes(points, offsets, starts):  # type: ignore[no-untyped-def]
    """Add up, text by text, the bytes that the code points need."""
    for i in range(len(offsets) - 1):
        n = 0
        for r in range(offsets[i], offsets[i + 1]):
            c = points[r]
            n += 1 + (c >= 0x80) + (c >= 0x800) + (c >= 0x10000)
        starts[i + 1] = starts[i] + n


@njit(types.void(READ_U32, types.uint8[::1]), cache=True, nogil=True)
def _encode(points, data):  # type: ignore[no-untyped-def]
    """Write the code points as UTF-8."""
    w = 0
    for c in points:
        if c < 0x80:
            data[w] = c
            w += 1
        elif c < 0x800:
            data[w] = 0xC0 | c >> 6
            data[w + 1] = 0x80 | c & 63
            w += 2
        elif c < 0x10000:
            data[w] = 0xE0 | c >> 12
            data[w + 1] = 0x80 | c >> 6 & 63
            data[w + 2] = 0x80 | c & 63
            w += 3
        else:
            data[w] = 0xF0 | c >> 18
            data[w + 1] = 0x80 | c >> 12 & 63
            data[w + 2] = 0x80 | c >> 6 & 63
            data[w + 3] = 0x80 | c & 63
            w += 4
