"""Keep texts in Japanese, by rule: kana, Latin words, characters only simplified Chinese has."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from pydantic import Field

from llmx_data.filter import Filter, Need, Reason, Share, above


class Language(Filter):
    """Language by rule; `unknown` (too little to tell) is never a reason.

    Reasons: chinese, english, other_language, simplified_chinese.
    """

    allow: list[str] = Field(default=["ja", "unknown"])
    """Languages that stay: ja, zh, en, other, unknown. Ours."""
    max_simplified_share: Share | None = None
    """Kanji that GB2312 has and JIS X 0213 has not, of all kanji. Ours: 0.05 for answers."""

    def needs(self) -> list[Need]:
        """Yield the verdict of the rule."""
        return [Need("language")]

    def reasons(self) -> Iterator[Reason]:
        """Each language that may not stay."""
        words = {"zh": "chinese", "en": "english", "other": "other_language"}
        for language, word in words.items():
            if language not in self.allow:
                bad = pl.col("language") == language
                yield Reason(word, bad, pl.lit(None, pl.Float64), None)
        yield from above("simplified_chinese", "simplified_share", self.max_simplified_share)
