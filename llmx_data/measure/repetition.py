"""Repetition: the most frequent and the repeated character n-grams."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from llmx_data.measure import Measure, Texts

_TOP, _DUPLICATED = range(2, 5), range(5, 11)


class Repetition(Measure):
    """Character n-grams over the whole text, newlines included.

    Gives, 0..1: `top2gram_share` .. `top4gram_share` (occurrences of the most frequent n-gram, of
    all occurrences) and `dup5gram_share` .. `dup10gram_share` (different n-grams that occur twice
    or more, of all different n-grams). Null where the text is shorter than the n-gram.
    Cost: 35 us per 1,000 characters.
    Source: the code of Swallow's quality.py, which counts types; its README speaks of occurrences,
    and FineWeb-2's and Gopher's limits are for occurrences of words.
    """

    cost: ClassVar[float] = 35.0

    def gives(self) -> dict[str, pl.DataType]:
        """Columns of the result."""
        names = [*(f"top{n}gram_share" for n in _TOP), *(f"dup{n}gram_share" for n in _DUPLICATED)]
        return {name: pl.Float64() for name in names}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count all sizes in one pass, then divide."""
        from llmx_data.kernels.ngrams import SIZES, ngram_counts

        lengths = np.diff(texts.points.offsets)
        types, repeated, top = np.moveaxis(ngram_counts(texts.points), 2, 0)
        pairs = {
            f"top{n}gram_share": (top[:, n - SIZES[0]], np.maximum(lengths - n + 1, 0))
            for n in _TOP
        }
        pairs |= {
            f"dup{n}gram_share": (repeated[:, n - SIZES[0]], types[:, n - SIZES[0]])
            for n in _DUPLICATED
        }
        shares = {name: pl.Series(a) / pl.Series(b) for name, (a, b) in pairs.items()}
        return pl.DataFrame(shares).fill_nan(None)
