"""Language by rule: kana say Japanese, simplified kanji say Chinese, common words say English."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

_MIN_KANA = 0.05
"""Least kana among the letters of a Japanese text (ours; Markdown full of code has more)."""

_MIN_SIMPLIFIED, _MAX_CHINESE_KANA = 0.05, 0.10
"""Least simplified kanji among the kanji of a Chinese text, most kana among its letters (ours)."""

_ENGLISH, _MIN_ENGLISH = r"(?i)\b(?:the|be|to|of|and|that|have|with)\b", 2
"""Words of which an English text has at least two: Gopher's rule (Rae et al. 2021)."""

_MIN_OTHER = 100
"""Least letters that make a Latin text without those words another language (ours)."""


class Language(Measure):
    """Language by characters and eight English words; no model, made to say no more than it knows.

    Gives: `simplified_share` (kanji that GB 2312 has and JIS X 0213 has not, 0..1 of the kanji;
    null where there is no kanji) and `language` (String):
    zh where the kanji are simplified and kana are rare; else ja where kana are not rare; en, or
    other, where more than half of the letters are Latin; other where they are of another script;
    unknown where there is no letter, only kanji that both languages have, or too little Latin.
    Cost: 3 us per 1,000 characters, 40 for Latin text. Source: ours; the words are Gopher's.
    """

    cost: ClassVar[float] = 3.0

    def gives(self) -> dict[str, pl.DataType]:
        """Columns of the result."""
        return {"simplified_share": pl.Float64(), "language": pl.String()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count the classes, look for English words only where Latin letters lead, then decide."""
        from llmx_data.kernels.chars import CLASSES

        classes = pl.from_numpy(texts.classes, schema=list(CLASSES), orient="row")
        found = classes.select(
            "latin",
            "letter",
            kana=pl.sum_horizontal("hiragana", "katakana", "kana_mark"),
            kanji=pl.sum_horizontal("^kanji.*$"),
            simplified_share=pl.col("kanji_simplified") / pl.sum_horizontal("^kanji.*$"),
        ).with_columns(pl.col("simplified_share").fill_nan(None))
        letters = pl.sum_horizontal("kana", "kanji", "latin", "letter")
        found = found.with_columns(letters=letters, latin_leads=pl.col("latin") * 2 > letters)
        words = _english_words(texts.series, found["latin_leads"])
        return found.select("simplified_share", language=_language(words))


def _english_words(texts: pl.Series, chosen: pl.Series) -> pl.Series:
    """Count the English words in the chosen texts; 0 elsewhere."""
    words = pl.when(chosen).then(texts).str.count_matches(_ENGLISH).fill_null(0)
    return pl.select(words.alias("words")).to_series()


def _language(words: pl.Series) -> pl.Expr:
    """Decide; the first rule that holds counts."""
    letters, kana = pl.col("letters"), pl.col("kana")
    simplified = pl.col("simplified_share").fill_null(0) >= _MIN_SIMPLIFIED
    return (
        pl.when(simplified & (kana < _MAX_CHINESE_KANA * letters))
        .then(pl.lit("zh"))
        .when((kana > 0) & (kana >= _MIN_KANA * letters))
        .then(pl.lit("ja"))
        .when(pl.col("latin_leads") & (words >= _MIN_ENGLISH))
        .then(pl.lit("en"))
        .when(pl.col("latin_leads") & (letters >= _MIN_OTHER))
        .then(pl.lit("other"))
        .when(pl.col("letter") * 2 > letters)
        .then(pl.lit("other"))
        .otherwise(pl.lit("unknown"))
    )
