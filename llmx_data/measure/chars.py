"""Characters by class: how many, and the shares that tell Japanese prose from the rest."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

_COUNTS = {
    "chars": pl.sum_horizontal(pl.all()),
    "japanese": pl.sum_horizontal("^hiragana|katakana|kanji.*|kuten|toten$"),
    "hiragana": pl.col("hiragana"),
    "katakana": pl.col("katakana"),
    "kanji": pl.sum_horizontal("^kanji.*$"),
    "kuten": pl.col("kuten"),
    "toten": pl.col("toten"),
}

_PARTS = {
    "kana": pl.sum_horizontal("hiragana", "katakana", "kana_mark"),
    "latin": pl.col("latin"),
    "digit": pl.col("digit"),
    "symbol_chars": pl.col("symbol"),
}

_JAPANESE = ("hiragana", "katakana", "kanji", "kuten", "toten")


class Chars(Measure):
    """Characters by class, over the whole text, white space included.

    Gives: counts (UInt32) `chars_count`, `japanese_count`, `hiragana_count`, `katakana_count`,
    `kanji_count`, `kuten_count`, `toten_count`; shares 0..1, null where the divisor is 0:
    `hiragana_share`, `katakana_share`, `kanji_share`, `kuten_share`, `toten_share` of the Japanese
    letters; `japanese_share` and `space_share` of all characters; `kana_share`, `latin_share`,
    `digit_share`, `symbol_chars_share` of the characters that are not white space.
    Japanese letters are hiragana, katakana without the long mark, kanji, kuten (。．！？) and
    toten (、，); kana_share also counts ー, iteration marks and half-width kana.
    Cost: 2 us per 1,000 characters.
    Source: Swallow's quality.py, but kanji beyond U+FFFF (𠮟) count as kanji here; the shares of
    characters that are not white space, and space_share, are ours.
    """

    cost: ClassVar[float] = 2.0

    def gives(self) -> dict[str, pl.DataType]:
        """Columns of the result."""
        counts: dict[str, pl.DataType] = {f"{name}_count": pl.UInt32() for name in _COUNTS}
        shares = (*_JAPANESE, "japanese", "space", *_PARTS)
        return counts | {f"{name}_share": pl.Float64() for name in shares}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count the classes in one pass, then divide."""
        from llmx_data.kernels.chars import CLASSES

        classes = pl.from_numpy(texts.classes, schema=list(CLASSES), orient="row")
        sums = classes.select(**_COUNTS, blank=pl.col("space") + pl.col("newline"), **_PARTS)
        filled = pl.col("chars") - pl.col("blank")
        shares = {
            **{f"{name}_share": pl.col(name) / pl.col("japanese") for name in _JAPANESE},
            "japanese_share": pl.col("japanese") / pl.col("chars"),
            "space_share": pl.col("blank") / pl.col("chars"),
            **{f"{name}_share": pl.col(name) / filled for name in _PARTS},
        }
        counts = pl.col(*_COUNTS).cast(pl.UInt32).name.suffix("_count")
        return sums.select(counts, **shares).fill_nan(None)
