"""Drop Japanese texts into which Chinese has leaked, and texts that are Chinese."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from llmx_data.filter import Filter, Need, Reason, Share, above

SHOWN = 8
"""Kanji of a stretch with Chinese grammar that show Chinese where there is no kana: 目的論的存在
has grammar too. Ours."""


class ChineseLeak(Filter):
    """Chinese by characters: generators that also speak Chinese slip into it.

    Reasons: chinese (no kana), chinese_leak, long_kanji_run. A text that shows Chinese on purpose
    (a translation into it) is dropped too: leave such tasks to another step.
    """

    min_kanji: int | None = 6
    """Kanji from which a text without kana may be Chinese; it must show a simplified kanji or
    mostly Chinese grammar too, as names, laws and addresses have no kana either. Ours: 200 of
    200 Chinese lines have no kana, 0 of 164 Japanese ones."""
    max_simplified: int | None = 0
    """Most simplified kanji outside of quotations; only together with max_simplified_share.
    Ours: 2 of 9,933 documents have one, none has more or reaches the share."""
    max_simplified_share: Share = 0.02
    """Share of the kanji that simplified ones must exceed. Ours, from the same documents."""
    max_chinese_run: int | None = 9
    """Longest stretch of kanji with Chinese grammar and without kana. Ours."""
    max_kanji_run: int | None = None
    """Longest run of kanji of any kind. Off: 12 is a switch to Chinese in generated text, and a
    law's title in other text."""

    def needs(self) -> list[Need]:
        """Ask for runs, and for counts of kana and kanji."""
        return [Need("chinese_leak"), Need("chars")]

    def reasons(self) -> Iterator[Reason]:
        """Whole texts first, then leaks."""
        simplified, run = pl.col("simplified_kanji_count"), pl.col("chinese_run_chars")
        if self.min_kanji is not None:
            kanji = pl.col("kanji_count")
            shown = (simplified > 0) | ((run >= SHOWN) & (run * 2 > kanji))
            bad = (pl.col("kana_share") == 0) & (kanji >= self.min_kanji) & shown
            yield Reason("chinese", bad, kanji, float(self.min_kanji))
        if self.max_simplified is not None:
            many = simplified > self.max_simplified_share * pl.col("kanji_count")
            bad = (simplified > self.max_simplified) & many
            yield Reason("chinese_leak", bad, simplified, float(self.max_simplified))
        yield from above("chinese_leak", "chinese_run_chars", self.max_chinese_run)
        yield from above("long_kanji_run", "longest_kanji_run_chars", self.max_kanji_run)
