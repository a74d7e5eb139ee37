"""Whether a record and a known entry are one: their prompts and their answers, each compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.kernels.jaccard import verify
from llmx_data.kernels.shingles import char_shingles
from llmx_data.kernels.text import Codepoints, Texts
from llmx_data.recover.sides import PREFIX

JACCARD = 0.85
"""Least Jaccard of two versions of one answer. Of 669 machine translations that people rewrote the
nearest that differs has .824 with its rewriting, and another licence; docs/recover.md."""

CONTAINMENT = 0.95
"""Share of the shorter answer that stands in the longer. Nearest of those translations: .921."""

PROMPT = 0.8
"""Share of the shorter prompt that stands in the longer, where they are not equal. Ours."""

PROMPT_CHARS = 24
"""Shorter prompts must be equal: 24 characters have the 20 shingles that dedup asks for too."""

RECORD_SHARE = 0.5
"""Most of a record must come from its origin: a long answer that begins like a short one is new.
Ours."""

Ordinals = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """One side of pairs: sizes in folded characters, overlap of 5-grams, and who begins whom."""

    own: Ordinals
    other: Ordinals
    jaccard: Shares
    containment: Shares
    begins: Flags
    """The shorter text is the beginning of the longer, or all of it."""

    @property
    def shorter(self) -> Ordinals:
        """Characters of the shorter text."""
        return np.minimum(self.own, self.other)

    @property
    def equal(self) -> Flags:
        """Both texts are the same."""
        same: Flags = self.begins & (self.own == self.other)
        return same


def compare(own: pl.Series, other: pl.Series, a: Ordinals, b: Ordinals) -> Compared:
    """Compare texts own[a[i]] and other[b[i]]; null counts as empty.

    Cost: that of `verify`, 12-20 us per 1,000 shingles of the texts and 4-8 of each pair.
    """
    both = Texts(pl.concat([own.alias("text"), other.alias("text")])).folded
    there = b + len(own)
    jaccard, containment = verify(char_shingles(both), a, there)
    sizes = np.diff(both.offsets)
    return Compared(sizes[a], sizes[there], jaccard, containment, _begins(both, a, there))


def _begins(texts: Codepoints, a: Ordinals, b: Ordinals) -> Flags:
    starts, sizes = texts.offsets, np.diff(texts.offsets)
    common = np.minimum(sizes[a], sizes[b])
    runs = zip(starts[a].tolist(), starts[b].tolist(), common.tolist(), strict=True)
    same = [np.array_equal(texts.points[i : i + n], texts.points[j : j + n]) for i, j, n in runs]
    return np.array(same, dtype=np.bool_)


def agreement(prompt: Compared, answer: Compared, documents: Flags) -> pl.DataFrame:
    """Tell method (prefix, minhash or null) and score 0..1 of every pair.

    `documents` marks pairs without prompts: twice the length must agree there. The score is the
    share of the weaker side that agrees: of the record's answer that stands in the origin for
    prefix, Jaccard or containment for minhash. Answers under PREFIX characters never agree here:
    only `exact` knows those.
    """
    asked = np.where(prompt.equal | documents, 1.0, 0.0)
    near = (prompt.containment >= PROMPT) & (prompt.shorter >= PROMPT_CHARS) & ~documents
    asked = np.where(near, np.maximum(asked, prompt.containment), asked)
    enough = answer.shorter >= np.where(documents, 2 * PREFIX, PREFIX)
    enough &= (answer.shorter >= RECORD_SHARE * answer.own) & (asked > 0)
    alike = (answer.jaccard >= JACCARD) | (answer.containment >= CONTAINMENT)
    share = answer.shorter / np.maximum(answer.own, 1)
    prefix, minhash = enough & answer.begins, enough & alike & ~answer.begins
    overlap = np.maximum(answer.jaccard, np.where(alike, answer.containment, 0.0))
    score = np.minimum(asked, np.where(prefix, share, overlap))
    return pl.DataFrame({"prefix": prefix, "minhash": minhash, "score": score.round(4)}).select(
        method=pl.when("prefix").then(pl.lit("prefix")).when("minhash").then(pl.lit("minhash")),
        score=pl.when(pl.col("prefix") | pl.col("minhash")).then("score"),
    )
